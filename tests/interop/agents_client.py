"""What a program does with Microsoft's client of classic agents. It runs in the client's own environment; its result is JSON.

    python agents_client.py URL

The one concession is `enforce_https=False` with each call: azure-core sends no token over plain HTTP else.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from azure.ai.agents import AgentsClient
from azure.ai.agents.models import (
    AzureAISearchTool,
    BingGroundingTool,
    CodeInterpreterTool,
    FunctionTool,
    OpenApiAnonymousAuthDetails,
    OpenApiTool,
)
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError

SPEC = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"operationId": "GetA"}}}}


class Fake:
    """A credential of nobody's."""

    def get_token(self, *_scopes: str, **_: Any) -> AccessToken:
        return AccessToken("fake", int(time.time()) + 3600)


def look_up(order: str) -> str:
    """
    Look an order up.

    :param order: Its number.
    """
    return order


def main(url: str) -> dict[str, Any]:
    plain = {"enforce_https": False}
    client = AgentsClient(url, Fake())
    search = AzureAISearchTool(index_connection_id="c", index_name="i", filter="")
    tools = [
        *CodeInterpreterTool().definitions,
        *search.definitions,
        *FunctionTool({look_up}).definitions,
        *BingGroundingTool("connection").definitions,
        *OpenApiTool("a", "Does it.", SPEC, OpenApiAnonymousAuthDetails()).definitions,
    ]
    made = [client.create_agent(model="team-chat", name=f"agent {number}", **plain) for number in range(6)]
    rich = client.create_agent(
        model="team-chat", name="rich", tools=tools, tool_resources=search.resources, metadata={"a": "b"}, **plain
    )
    pages = [[one.name for one in page] for page in client.list_agents(limit=3, order="asc", **plain).by_page()]
    found = {
        "pages": pages,
        "newest first": [one.name for one in client.list_agents(limit=100, **plain)],
        "read": client.get_agent(rich.id, **plain).as_dict() == rich.as_dict(),
        "tools": [one.type for one in rich.tools],
        "functions": rich.as_dict()["tools"][-1]["openapi"]["functions"],
        "resources": rich.as_dict()["tool_resources"],
        "updated": client.update_agent(rich.id, name="renamed", temperature=0.5, **plain).as_dict(),
        "kept": rich.as_dict(),
    }
    for one in (*made, rich):
        client.delete_agent(one.id, **plain)
    found["left"] = [one.name for one in client.list_agents(**plain)]
    try:
        client.get_agent(rich.id, **plain)
    except HttpResponseError as error:
        found["gone"] = error.status_code
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
