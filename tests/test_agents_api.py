"""`/v1/agents` of a service that answers the default of the model where an agent states no effort of reasoning, as OpenAI's may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Cli, Write
from tests.servers import Answer, Request, scripted

Object = dict[str, Any]


class Agents:
    """Agents, and the requests that were written by."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.effort = "medium"
        self.written: list[Object] = []

    def answer(self, request: Request) -> Answer:
        agent_id = request.path.partition("?")[0].partition("/agents/")[2]
        if request.method == "POST":
            self.written.append(request.body)
            agent_id = agent_id or f"agt_{len(self.objects) + 1}"
            before = self.objects.get(agent_id, {"id": agent_id, "object": "agent", "created_at": 1})
            self.objects[agent_id] = {**before, **request.body}
        found = [self._filled_in(one) for one in self.objects.values()]
        if not agent_id:
            return Answer(body={"data": found, "has_more": False})
        return Answer(body=next(one for one in found if one["id"] == agent_id))

    def _filled_in(self, agent: Object) -> Object:
        stated = agent.get("reasoning") or {}
        return {**agent, "reasoning": {"summary": None, **stated, "effort": stated.get("effort") or self.effort}}


@pytest.fixture
def agents() -> Agents:
    return Agents()


@pytest.fixture
def run(agents: Agents, cli: Cli, write: Write) -> Iterator[Any]:
    with scripted(agents.answer) as server:
        endpoint = f"{{base_url: '{server.url}', api: agents}}"
        write({"assistants/project.yaml": f"project: acme\nenvironments: {{p: {{endpoint: {endpoint}}}}}\n"})

        def command(words: str, text: str | None = None) -> str:
            write({"assistants/a.yaml": text} if text else {})
            done = cli(*words.split(), "-e", "p")
            assert done.exit_code == 0, done.output
            return done.stdout

        yield command


def test_an_effort_that_nobody_stated_is_told_once_and_never_written_again(run: Any, agents: Agents) -> None:
    assert "the endpoint added: reasoning" in run("apply --yes", "model: m\n")
    count = len(agents.written)
    assert "= still there: reasoning (a)" in run("plan")
    assert "1 unchanged" in run("plan")
    run("apply --yes")
    assert len(agents.written) == count


def test_a_line_that_is_removed_is_cleared(run: Any, agents: Agents) -> None:
    """What the files do not state has its default: that it stays would be a change that nobody sees."""
    run("apply --yes", "model: m\nreasoning_effort: low\n")
    assert 'reasoning.effort: "low" -> null' in run("plan", "model: m\n")
    run("apply --yes")
    assert agents.objects["agt_1"]["reasoning"] in (None, {"effort": None, "summary": None})
    assert "1 unchanged" in run("plan")


def test_another_default_of_the_model_is_a_change_that_is_shown(run: Any, agents: Agents) -> None:
    run("apply --yes", "model: m\n")
    agents.effort = "high"
    assert 'changed on the endpoint\n    reasoning.effort: "high" -> null' in run("plan")
    run("apply --yes")
    assert "1 unchanged" in run("plan")
