"""What `export` writes, read by what it is for: Agent Framework makes an agent of it, promptfoo a request."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli, Write
from tests.interop.servers import promptfoo, python_of
from tests.servers import Answer, scripted

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
FUNCTION = {"name": "get_order", "description": "Looks up an order.", "parameters": SCHEMA}
BOT = {
    "name": "Bot",
    "model": "gpt-4o",
    "description": "Answers.",
    "instructions": "=== Rules ===\nAsk {{name}}.\n\n- a: b # c\n",
    "temperature": 0.2,
    "top_p": 0.5,
    "tools": [
        {"type": "code_interpreter"},
        {"type": "file_search", "file_search": {"max_num_results": 5}},
        {"type": "function", "function": FUNCTION},
    ],
    "tool_resources": {
        "code_interpreter": {"file_ids": ["file-a"]},
        "file_search": {"vector_store_ids": ["vs_1"]},
    },
    "response_format": {"type": "json_schema", "json_schema": {"name": "o", "schema": SCHEMA, "strict": True}},
    "metadata": {"team": "red"},
}
# What makes an agent of each document of a file, and says what it is. The model is asked by a class of ours, which nobody calls.
LOAD = """\
import json, sys, types
from agent_framework_declarative import AgentFactory

class Client:
    def __init__(self, model):
        self.model, self.additional_properties = model, {}
    async def get_response(self, *_, **__): ...

sys.modules["ours"] = types.SimpleNamespace(Client=Client)
ours = {"package": "ours", "name": "Client", "model_field": "model", "endpoint_field": None, "api_key_field": None}
factory = AgentFactory(default_provider="Ours", additional_mappings={"Ours": ours}, safe_mode=False)
for text in open(sys.argv[1], encoding="utf-8").read().split("\\n---\\n"):
    agent = factory.create_agent_from_yaml(text)
    options = dict(agent.default_options)
    tools = [one if isinstance(one, dict) else [one.name, one.description, one.parameters()] for one in options.pop("tools", [])]
    print("agent", json.dumps([agent.name, agent.description, agent.client.model, options, tools]))
"""


@pytest.fixture
def bots(write: Write) -> None:
    write(
        {
            "assistants/bot.yaml": json.dumps(BOT),
            "assistants/plain.yaml": "model: {env: MODEL}\ninstructions: Be kind.\n",
        }
    )


def agents(path: Path, **variables: str) -> list[Any]:
    words: list[str | Path] = [python_of("agent_framework"), "-W", "ignore", "-c", LOAD, path]
    run = subprocess.run(words, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line.removeprefix("agent ")) for line in run.stdout.splitlines() if line.startswith("agent ")]


@pytest.mark.usefixtures("bots")
def test_agent_framework_makes_agents_of_it(cli: Cli) -> None:
    assert cli("export", "--all", "--as", "agent-framework", "--out", "agents.yaml").exit_code == 0
    bot, plain = agents(Path("agents.yaml"), MODEL="gpt-4.1")
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "examples": []}
    name, description, model, options, tools = bot
    assert (name, description, model) == ("Bot", "Answers.", "gpt-4o")
    assert options["instructions"] == f"\n{BOT['instructions']}"
    assert (options["temperature"], options["top_p"]) == (0.2, 0.5)
    assert options["response_format"] == {**schema, "strict": True}
    assert tools == [
        {"type": "code_interpreter", "file_ids": ["file-a"]},
        {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 5},
        ["get_order", "Looks up an order.", {**schema, "strict": False}],
    ]
    assert (plain[0], plain[3]["instructions"]) == ("plain", "Be kind.")
    assert plain[2] in ("gpt-4.1", "=Env.MODEL")  # formulas are read by PowerFx, which needs .NET


@pytest.mark.usefixtures("bots")
def test_promptfoo_asks_as_the_responses_api_would_be_asked(cli: Cli) -> None:
    """By itself it would ask for something else: see findings/promptfoo-openai-responses.sh."""
    said = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
    message = {**said, "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}
    answer = {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "model": "m",
        "output": [message],
        "usage": {},
    }
    assert cli("export", "--all", "--as", "promptfoo", "--out", "config.yaml").exit_code == 0
    valid = promptfoo("validate", "-c", "config.yaml", MODEL="gpt-4.1")
    assert (valid.returncode, "Configuration is valid" in valid.stdout) == (0, True), valid.stderr
    with scripted(lambda _: Answer(body=answer)) as server:
        web = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none", "MODEL": "gpt-4.1"}
        ran = promptfoo("eval", "-c", "config.yaml", "--no-cache", "--no-table", **web)
    assert ran.returncode == 0, ran.stdout
    asked = {one.body["model"]: one.body for one in server.requests if one.path.endswith("/responses")}
    params = json.loads(cli("export", "bot", "--as", "responses").stdout)
    assert asked["gpt-4o"] == {**params, "input": "Hello"}
    assert asked["gpt-4.1"] == {
        "model": "gpt-4.1",
        "instructions": "Be kind.",
        "input": "Hello",
        "text": {"format": {"type": "text"}},
    }
