"""What a program does with Microsoft's client of prompt agents. It runs in the client's own environment; its result is JSON.

    python projects_client.py URL

The one concession is `enforce_https=False` with each call: azure-core sends no token over plain HTTP else.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from azure.ai.projects import AIProjectClient
from azure.ai.projects.models import CodeInterpreterTool, FileSearchTool, FunctionTool, PromptAgentDefinition
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError

PLAIN = {"enforce_https": False}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


class Fake:
    """A credential of nobody's."""

    def get_token(self, *_scopes: str, **_: Any) -> AccessToken:
        return AccessToken("fake", int(time.time()) + 3600)


def definition(instructions: str) -> PromptAgentDefinition:
    return PromptAgentDefinition(
        model="team-chat",
        instructions=instructions,
        temperature=0.2,
        tools=[
            FunctionTool(name="f", description="It.", parameters=SCHEMA, strict=False),
            FileSearchTool(vector_store_ids=["vs_1"], max_num_results=3),
            CodeInterpreterTool(),
        ],
    )


def main(url: str) -> dict[str, Any]:
    agents = AIProjectClient(url, Fake()).agents
    first = agents.create_version("bot", definition=definition("one"), metadata={"a": "b"}, description="It.", **PLAIN)
    second = agents.create_version("bot", definition=definition("two"), **PLAIN)
    for number in range(4):
        agents.create_version(f"other-{number}", definition=PromptAgentDefinition(model="team-chat"), **PLAIN)
    found = {
        "first": first.as_dict(),
        "second": second.version,
        "read": agents.get("bot", **PLAIN).as_dict(),
        "version": agents.get_version("bot", "1", **PLAIN).as_dict() == first.as_dict(),
        "versions": [one.version for one in agents.list_versions("bot", order="asc", **PLAIN)],
        "names": [one.name for one in agents.list(limit=2, order="asc", **PLAIN)],
        "newest first": [one.name for one in agents.list(kind="prompt", **PLAIN)],
    }
    agents.delete_version("bot", "2", **PLAIN)
    found["left"] = [one.version for one in agents.list_versions("bot", **PLAIN)]
    for one in list(agents.list(**PLAIN)):  # the cursor of a page is one that goes
        agents.delete(one.name, **PLAIN)
    found["none"] = [one.name for one in agents.list(**PLAIN)]
    try:
        agents.get("bot", **PLAIN)
    except HttpResponseError as error:
        found["gone"] = error.status_code
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1]), default=str))
