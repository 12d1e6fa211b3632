#!/usr/bin/env bash
# agent-framework-declarative 1.4.0: a tool of kind `openapi` is loaded, and the factory makes no agent with it.
#
# The package has a class for such a tool, with `specification` and `connection`, and the loading of an agent's YAML makes one. The factory,
# which turns loaded tools into those of an agent, knows function, web_search, file_search, code_interpreter and mcp, and raises for this kind
# when the agent is made: a file that loads says nothing of whether it can be used.
#
# What to do: make the agents of a file once, in a test, before it is shipped.
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
import yaml
from agent_framework_declarative import AgentFactory, _models

AGENT = """\
kind: Prompt
name: weather
model: {id: gpt-4o}
tools:
  - kind: openapi
    name: forecast
    specification: '{"openapi": "3.0.0", "info": {"title": "Forecast", "version": "1"}, "paths": {}}'
"""


class Client:
    def __init__(self, model):
        self.model, self.additional_properties = model, {}

    async def get_response(self, *_, **__): ...


loaded = _models.agent_schema_dispatch(yaml.safe_load(AGENT))
print("loaded as:", type(loaded.tools[0]).__name__)
assert type(loaded.tools[0]).__name__ == "OpenApiTool"
sys.modules["ours"] = types.SimpleNamespace(Client=Client)
ours = {"package": "ours", "name": "Client", "model_field": "model", "endpoint_field": None, "api_key_field": None}
factory = AgentFactory(default_provider="Ours", additional_mappings={"Ours": ours})
try:
    factory.create_agent_from_yaml(AGENT)
except ValueError as error:
    print("made: no,", error)
    assert "openapi" in str(error)
else:
    raise SystemExit("it makes an agent now")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
