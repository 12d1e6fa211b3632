#!/usr/bin/env bash
# semantic-kernel 1.45.0: of a tool from an MCP server the references reach the model, and what they refer to does not.
#
# The schema of such a tool is taken apart into its properties and put together again for the model. A property that is a `$ref` stays one;
# the `$defs` beside the properties are left out. Servers whose tools take objects, as those that
# pydantic or zod describe, are listed and loaded without a word; the request to the model holds references to nothing.
#
# What to do: have the server write its schemas without references, and look at what is sent.
# It starts an MCP server of its own, over standard input and output.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q semantic-kernel==1.45.0 mcp==1.27.0
cat >server.py <<'PYTHON'
from mcp.server.fastmcp import FastMCP
from pydantic import BaseModel

server = FastMCP("shop")


class Address(BaseModel):
    street: str


@server.tool()
def ship(to: Address, back: Address) -> str:
    """Ships a parcel."""
    return to.street + back.street


server.run()
PYTHON
cat >seen.py <<'PYTHON'
import asyncio
import json
import sys

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_calling_utils import kernel_function_metadata_to_function_call_format
from semantic_kernel.connectors.mcp import MCPStdioPlugin


async def seen():
    async with MCPStdioPlugin(name="shop", command=sys.executable, args=["server.py"]) as plugin:
        listed = (await plugin.session.list_tools()).tools[0].inputSchema
        kernel = Kernel()
        kernel.add_plugin(plugin)
        sent = kernel_function_metadata_to_function_call_format(kernel.get_function("shop", "ship").metadata)
        return listed, sent["function"]["parameters"]


listed, sent = asyncio.run(seen())
print("listed:", json.dumps(listed))
print("sent:  ", json.dumps(sent))
assert listed["properties"]["to"] == sent["properties"]["to"] == {"$ref": "#/$defs/Address"}
assert "Address" in listed["$defs"]
assert "$defs" not in sent
PYTHON
venv/bin/python seen.py
