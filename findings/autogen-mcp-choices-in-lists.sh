#!/usr/bin/env bash
# autogen-ext 0.7.5: of a tool from an MCP server the model gets the choices of a property, but neither those in a list nor a choice of one.
#
# The schema of such a tool is turned into a pydantic model and back. An `enum` of a property comes through. The same `enum` in the items of
# a list, a `const` (a choice of one, by which the parts of a union are told apart), the length of a text that may be null, and the kind of
# value that a map holds are dropped, and nothing says so: the model may send any text there. What the server then refuses, it was never told.
#
# What to do: compare `tool.schema` with what the server lists, and repeat in descriptions what is missing.
# It starts an MCP server of its own, over standard input and output.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q autogen-ext==0.7.5 autogen-core==0.7.5 mcp==1.27.0
cat >server.py <<'PYTHON'
from typing import Annotated, Literal

from mcp.server.fastmcp import FastMCP
from pydantic import Field

server = FastMCP("shop", log_level="ERROR")


@server.tool()
def ship(
    by: Literal["air", "sea"],
    stops: list[Literal["air", "sea"]],
    kind: Literal["parcel"],
    note: Annotated[str, Field(max_length=20)] | None,
    labels: dict[str, int],
) -> str:
    """Ships a parcel."""
    return by


server.run()
PYTHON
cat >seen.py <<'PYTHON'
import asyncio
import json
import sys

from autogen_ext.tools.mcp import StdioServerParams, mcp_server_tools
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SERVER = {"command": sys.executable, "args": ["server.py"]}


async def seen():
    async with stdio_client(StdioServerParameters(**SERVER)) as pipes, ClientSession(*pipes) as session:
        await session.initialize()
        listed = (await session.list_tools()).tools[0].inputSchema
    (tool,) = await mcp_server_tools(StdioServerParams(**SERVER))
    return listed["properties"], tool.schema["parameters"]["properties"]


listed, sent = asyncio.run(seen())
for name in listed:
    print(f"{name}: {json.dumps(listed[name])} -> {json.dumps(sent[name])}")
assert listed["by"]["enum"] == sent["by"]["enum"] == listed["stops"]["items"]["enum"] == ["air", "sea"]
assert sent["stops"]["items"] == {"type": "string"}
assert (listed["kind"]["const"], "const" in sent["kind"]) == ("parcel", False)
assert (listed["note"]["anyOf"][0]["maxLength"], sent["note"]["anyOf"][0]) == (20, {"type": "string"})
assert (listed["labels"]["additionalProperties"], sent["labels"]["additionalProperties"]) == ({"type": "integer"}, True)
PYTHON
venv/bin/python seen.py
