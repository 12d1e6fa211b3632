"""A Terraform provider for the one thing that is measured: as the published ones do, it makes one call for each resource.

    python benchmarks/terraform_provider.py    started by Terraform; ENDPOINT is the base URL

Runs on `tf`, which speaks Terraform's protocol, and the standard library.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
from typing import Any
from urllib.parse import urlsplit

from tf.iface import CreateContext, DeleteContext, Provider, ReadContext, Resource, UpdateContext
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.types import String
from tf.utils import Diagnostics

FIELDS = ("name", "model", "instructions")
ENDPOINT = urlsplit(os.environ["ENDPOINT"])
HEADERS = {"Content-Type": "application/json", "OpenAI-Beta": "assistants=v2"}
State = dict[str, Any]
_own = threading.local()


def call(method: str, found: str = "", body: State | None = None) -> State:
    """One call, on a connection that its thread keeps."""
    if not hasattr(_own, "connection"):
        _own.connection = http.client.HTTPConnection(ENDPOINT.netloc)
    text = None if body is None else json.dumps({name: body[name] for name in FIELDS})
    _own.connection.request(method, f"{ENDPOINT.path}/assistants{found}", text, HEADERS)
    answer = json.loads(_own.connection.getresponse().read())
    return {name: answer.get(name) for name in ("id", *FIELDS)}


class AssistantResource(Resource):
    def __init__(self, provider: Provider) -> None:
        pass

    @classmethod
    def get_name(cls) -> str:
        return "assistant"

    @classmethod
    def get_schema(cls) -> Schema:
        return Schema(
            [Attribute("id", String(), computed=True), *(Attribute(name, String(), required=True) for name in FIELDS)]
        )

    def create(self, ctx: CreateContext, planned: State) -> State:
        return call("POST", body=planned)

    def read(self, ctx: ReadContext, current: State) -> State:
        return call("GET", f"/{current['id']}")

    def update(self, ctx: UpdateContext, current: State, planned: State) -> State:
        return call("POST", f"/{current['id']}", planned)

    def delete(self, ctx: DeleteContext, current: State) -> None:
        call("DELETE", f"/{current['id']}")


class AssistantsProvider(Provider):
    def get_model_prefix(self) -> str:
        return "loopback_"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        return Schema([])

    def full_name(self) -> str:
        return "registry.terraform.io/local/loopback"

    def validate_config(self, diags: Diagnostics, config: State) -> None:
        pass

    def configure_provider(self, diags: Diagnostics, config: State) -> None:
        pass

    def get_data_sources(self) -> list[type[Any]]:
        return []

    def get_resources(self) -> list[type[Resource]]:
        return [AssistantResource]


if __name__ == "__main__":
    run_provider(AssistantsProvider())
