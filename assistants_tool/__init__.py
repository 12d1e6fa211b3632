"""Terraform for assistants: definitions in YAML, plan and apply on an OpenAI-compatible `/v1/assistants` endpoint."""

__version__ = "0.1.0"
