#!/usr/bin/env bash
# agent-framework-declarative 1.4.0: an object inside a declared schema is closed, the schema itself is open.
#
# `outputSchema` and the `parameters` of a function are lists of properties. Where one of them is an object, the JSON Schema that is made
# says `additionalProperties: false` for it, though nobody asked; for the outermost object it says nothing. A schema whose inner objects are
# maps (any key to a text) so turns into one that takes only the keys that are named, which may be none.
#
# What to do: name every member of an inner object, or write a map as a list of pairs.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q agent-framework-core==1.23.0 agent-framework-declarative==1.4.0
cat >"$folder/seen.py" <<'PYTHON'
import sys
import types
import warnings

warnings.simplefilter("ignore")
from agent_framework_declarative import AgentFactory

AGENT = """\
kind: Prompt
name: shop
model: {id: gpt-4o}
outputSchema:
  properties:
    labels: {kind: object, description: Any word to any text.}
"""


class Client:
    def __init__(self, model):
        self.model, self.additional_properties = model, {}

    async def get_response(self, *_, **__): ...


sys.modules["ours"] = types.SimpleNamespace(Client=Client)
ours = {"package": "ours", "name": "Client", "model_field": "model", "endpoint_field": None, "api_key_field": None}
factory = AgentFactory(default_provider="Ours", additional_mappings={"Ours": ours})
schema = factory.create_agent_from_yaml(AGENT).default_options["response_format"]
inner = schema["properties"]["labels"]
print("outer:", schema.get("additionalProperties", "not stated"))
print("inner:", inner.get("additionalProperties", "not stated"), "of", inner.get("properties"))
assert "additionalProperties" not in schema
assert inner["additionalProperties"] is False
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
