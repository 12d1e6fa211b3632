#!/usr/bin/env bash
# agent-framework-declarative 1.4.0: the model of a function tool has `strict`, and the agent that is made of it does not.
#
# A declarative agent states a function with `strict: true`. The loader's own class keeps it, and the function that the agent gets has
# no such attribute. In its place the JSON Schema of the parameters holds the words `strict` (false, always) and `examples`, which are
# the loader's and no words of JSON Schema that a model's server asks for. So the calls of that function are not strict, and nothing says so.
#
# What to do: set what has to be strict at the request, and say so where the file is written.
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
tools:
  - kind: function
    name: get_order
    description: Looks up an order.
    strict: true
    parameters:
      properties:
        number: {kind: string, required: true}
"""


class Client:
    def __init__(self, model):
        self.model, self.additional_properties = model, {}

    async def get_response(self, *_, **__): ...


sys.modules["ours"] = types.SimpleNamespace(Client=Client)
ours = {"package": "ours", "name": "Client", "model_field": "model", "endpoint_field": None, "api_key_field": None}
factory = AgentFactory(default_provider="Ours", additional_mappings={"Ours": ours})
(tool,) = factory.create_agent_from_yaml(AGENT).default_options["tools"]
seen = tool.parameters()
print("attribute strict:", getattr(tool, "strict", "none"))
print("schema:", {name: seen[name] for name in sorted(seen)})
assert not hasattr(tool, "strict")
assert seen["strict"] is False and seen["examples"] == []
assert seen["required"] == ["number"]
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
