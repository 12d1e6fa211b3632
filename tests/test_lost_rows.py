"""A row that a server loses between two pages, without any sign: what rests on its absence is looked for in the other order."""

from __future__ import annotations

from typing import Any

from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, Script, scripted
from tests.tables import cases

PROJECT = "project: acme\ndefault_environment: p\nenvironments: {p: {endpoint: {base_url: URL}}}\n"


def losing(lost: dict[str, Any]) -> Script:
    """101 others, then this one, which the second page in ascending order lacks."""
    others: list[dict[str, Any]] = [
        {"id": f"asst_{number:03}", "object": "assistant", "created_at": number, "model": "m", "metadata": {}}
        for number in range(101)
    ]
    every = [
        *others[:100],
        {"object": "assistant", "created_at": 100, "model": "m", "metadata": {}, **lost},
        others[100],
    ]

    def script(request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        if not query:
            found = [one for one in every if path.endswith(one["id"])]
            return Answer(body=found[0]) if found else Answer(404, {"error": {"message": "no"}})
        turned = "order=desc" in query
        rows = every[::-1] if turned else every
        after = dict(pair.split("=") for pair in query.split("&")).get("after")
        start = [one["id"] for one in rows].index(after) + 1 if after else 0
        data = [one for one in rows[start : start + 100] if turned or not after or one["id"] != lost["id"]]
        return Answer(body={"data": data, "has_more": start + 100 < len(rows)})

    return script


MARKED = {MARK_KEY: Mark("acme", "p", "a").encode()}
LOST = {
    "a create": ("model: m\nname: A\n", {"metadata": MARKED}, "plan", "Plan: 0 to create"),
    "an adoption": ("model: m\nadopt: asst_lost\n", {}, "plan", "1 to adopt"),
    "another of the name": ("model: m\nname: A\n", {"name": "A"}, "plan", "write adopt: asst_lost"),
    "a key": ("model: m\n", {"metadata": MARKED}, "plan --only a", "Plan: 0 to create"),
    "what is shown": ("model: m\n", {"metadata": MARKED}, "show a -o json", '"asst_lost"'),
    "what is shown, by its id": ("model: m\n", {"metadata": {}}, "show asst_lost -o json", '"asst_lost"'),
    "what is released": ("model: m\n", {"metadata": MARKED}, "release a", "asst_lost"),
}


@cases("text lost words said", LOST)
def test_what_was_not_found_is_looked_for_in_the_other_order(
    cli: Cli, write: Write, text: str, lost: dict[str, Any], words: str, said: str
) -> None:
    with scripted(losing({"id": "asst_lost", **lost})) as server:
        write({"assistants/project.yaml": PROJECT.replace("URL", server.url), "assistants/a.yaml": text})
        ran = cli(*words.split())
    assert said in ran.output, ran.output
    assert "is not on the endpoint" not in ran.output
    assert len([one for one in server.lines if "order=desc" in one]) == 2


def test_what_was_found_needs_no_second_walk(cli: Cli, write: Write) -> None:
    with scripted(losing({"id": "asst_lost"})) as server:
        write({"assistants/project.yaml": PROJECT.replace("URL", server.url)})
        shown = cli("show", "asst_099", "-o", "json")
    assert (shown.exit_code, len(server.requests)) == (0, 2)
