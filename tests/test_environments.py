"""`diff ENV1 ENV2`: what two environments want, and what their endpoints hold, beside each other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.objects.definition import Definition
from assistants_tool.objects.mark import Mark
from assistants_tool.planning.environments import Side, compare, held_side, wanted_side
from assistants_tool.planning.masks import Secrets, hiding
from assistants_tool.report.text import comparison_lines
from tests.builders import applied, marked, wanted
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, scripted
from tests.tables import cases

SECRET = "zekr-3t-value"  # noqa: S105 - it is what must not be shown


def told(first: Side | None, second: Side | None) -> list[str]:
    """What is printed of one key, without the count."""
    sides = [{"a": one} if one else {} for one in (first, second)]
    return [line.text for line in comparison_lines(compare(("x", "y"), sides[0], sides[1]))][:-1]


def loaded(fields: dict[str, Any], **more: Any) -> Definition:
    """As it is loaded without the value of any variable: references stay, and defaults stand in their places."""
    places = {name: fields[name]["env"] for name in fields if isinstance(fields[name], dict) and "env" in fields[name]}
    return replace(wanted("a", **fields), variables={(name,): one for name, one in places.items()}, **more)


M, N = {"env": "M"}, {"env": "N"}
OFFLINE: dict[str, tuple[Definition, Definition, list[str]]] = {
    "nothing": (loaded({}), loaded({}), []),
    "a default that is written out": (loaded({}), loaded({"temperature": 1.0, "tools": []}), []),
    "a literal": (loaded({}), loaded({"temperature": 0.5}), ["    temperature: 1 -> 0.5"]),
    "one variable": (loaded({"name": M}), loaded({"name": M}), []),
    "two variables": (loaded({"name": M}), loaded({"name": N}), ['    name: "env:M" -> "env:N"']),
    "a variable and a literal": (loaded({"name": "x"}), loaded({"name": M}), ['    name: "x" -> "env:M"']),
    "a variable and nothing": (loaded({"name": M}), loaded({}), ['    name: "env:M" -> null']),
    "a text that is like a variable": (loaded({"name": "env:M"}), loaded({"name": M}), ["    name: env:M differs"]),
    "a number's variable": (loaded({"temperature": M}), loaded({}), ['    temperature: "env:M" -> 1']),
    "one default": (
        loaded({"name": "x"}, defaulted={("name",): "M"}),
        loaded({"name": "x"}, defaulted={("name",): "M"}),
        [],
    ),
    "two defaults": (
        loaded({"temperature": 0.1}, defaulted={("temperature",): "M"}),
        loaded({"temperature": 0.2}, defaulted={("temperature",): "M"}),
        ['    temperature: "env:M, default 0.1" -> "env:M, default 0.2"'],
    ),
    "one default of two variables": (
        loaded({"name": "x"}, defaulted={("name",): "M"}),
        loaded({"name": "x"}, defaulted={("name",): "N"}),
        ['    name: "env:M, default x" -> "env:N, default x"'],
    ),
    "protection": (loaded({}), loaded({}, protect=True), ["    protect: false -> true"]),
    "what is ignored is compared": (
        loaded({"top_p": 0.1}, ignore=frozenset({"top_p"})),
        loaded({"top_p": 0.2}, ignore=frozenset({"top_p"})),
        ["    top_p: 0.1 -> 0.2"],
    ),
    "what one ignores": (loaded({}), loaded({}, ignore=frozenset({"name"})), ['    ignore[0]: (absent) -> "name"']),
    "what is adopted is not": (loaded({}), loaded({}, adopt="asst_1"), []),
    "a member that the tool does not know": (loaded({}), loaded({"voice": "v"}), ['    voice: (absent) -> "v"']),
}


@cases("first second differing", OFFLINE)
def test_what_two_environments_want(first: Definition, second: Definition, differing: list[str]) -> None:
    lines = told(wanted_side(first), wanted_side(second))
    assert lines[1:] == differing
    assert bool(lines) is bool(differing)


def test_what_only_one_of_them_wants() -> None:
    side = wanted_side(loaded({"name": M}))
    assert told(side, None) == ["- a env:M: only in x"]
    assert told(None, side) == ["+ a env:M: only in y", "    model: gpt-4o", "    name: env:M"]


def held(definition: Definition | None, *others: Definition, mark: Mark | None = None, **body: Any) -> Side:
    """What an endpoint holds of the key, where these definitions are loaded."""
    every = [one for one in (definition, *others) if one]
    stated = frozenset(place for one in every for place in one.stated)
    found = marked("asst_1", mark or Mark("p", "e", "a"), **body)
    return held_side(found, definition, stated, Secrets.of(hiding(every), every))


TOKEN = wanted("a", variables={("metadata", "t"): "TOKEN"}, metadata={"t": SECRET})
OTHER = wanted("b", variables={("metadata", "t"): "TOKEN"}, metadata={"t": SECRET})
LIVE: dict[str, tuple[Side, Side, list[str]]] = {
    "nothing, whatever the marks say": (held(None, mark=Mark("p", "x", "a", protect=True)), held(None), []),
    "what the server fills in": (held(None, temperature=None), held(None, temperature=1.0), []),
    "a text": (held(None, name="A"), held(None, name="B"), ['    name: "A" -> "B"']),
    "a variable's value, and another": (
        held(TOKEN, metadata={"t": SECRET}),
        held(TOKEN, metadata={"t": f"{SECRET}2"}),
        ["    metadata.t: env:TOKEN differs"],
    ),
    "a variable's value, of which the other has no definition": (
        held(TOKEN, metadata={"t": SECRET}),
        held(None, TOKEN, metadata={}),
        ['    metadata.t: "env:TOKEN" -> (absent)'],
    ),
    "a value of another definition's variable": (
        held(None, OTHER, name="A"),
        held(None, OTHER, name=f"x {SECRET}"),
        ['    name: "A" -> "x env:TOKEN"'],
    ),
    "a value whose line is gone": (
        held(None, metadata={"t": SECRET}, mark=Mark("p", "e", "a", variables=("metadata.t",))),
        held(None, metadata={"t": "x"}),
        ['''    metadata.t: "(was a variable's)" -> "x"'''],
    ),
    "what no file states": (held(None, voice="v"), held(None), []),
    "what a file of one of them states": (
        held(wanted("a", voice="v"), voice="v"),
        held(None, wanted("a", voice="v")),
        ['    voice: "v" -> (absent)'],
    ),
}


@cases("first second differing", LIVE)
def test_what_two_endpoints_hold(first: Side, second: Side, differing: list[str]) -> None:
    lines = told(first, second)
    assert lines[1:] == differing
    assert SECRET not in "".join([str(first.whole), str(second.whole), *lines])


# --- the command

PROJECT = """\
project: p
environments:
  local: {endpoint: embedded}
  near: {endpoint: {base_url: "URL/near/v1"}, defaults: {top_p: 0.5}}
  far: {endpoint: {base_url: "URL/far/v1"}}
"""
A = "model: m\nmetadata: {t: {env: TOKEN}}\nenvironments: {far: {name: Far}}\n"


@pytest.fixture(autouse=True)
def project(write: Write) -> None:
    write({"assistants/project.yaml": PROJECT.replace("URL", "http://127.0.0.1:9"), "assistants/a.yaml": A})


@pytest.mark.parametrize("token", [None, SECRET])
def test_it_is_offline_and_variables_need_not_be_set(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token:
        monkeypatch.setenv("TOKEN", token)
    ran = cli("diff", "local", "far")
    assert (ran.exit_code, ran.stderr) == (3, "")
    assert ran.stdout == (
        "~ a \"Far\": differs\n    name: null -> \"Far\"\n"
        "local -> far: 1 different, 0 only in local, 0 only in far, 0 the same.\n"
    )  # fmt: skip
    found = json.loads(cli("diff", "near", "local", "-o", "json").stdout)
    assert (found["assistants"][0]["before"]["metadata"], found["summary"]["different"]) == ({"t": "env:TOKEN"}, 1)
    assert cli("diff", "far", "far").exit_code == 0
    assert not Path(".assistants").exists()


WRONG = {
    "one environment": ("diff local", 2, "`assistants plan` shows what apply would change in one"),
    "three": ("diff local near far", 2, "diff compares two environments: assistants diff ENV1 ENV2;"),
    "one that is not there": ("diff local fer", 1, "the environment 'fer' is not declared; did you mean 'far'?"),
    "-e": ("diff local far -e far", 2, "diff names its two environments itself; leave out -e"),
    "-e before": ("-e far diff local far", 2, "diff names its two environments itself; leave out -e"),
    "an endpoint": ("diff local far --embedded", 2, "diff names its two environments itself; leave out --embedded"),
}


@cases("words code said", WRONG)
def test_what_cannot_be_compared(cli: Cli, words: str, code: int, said: str) -> None:
    ran = cli(*words.split())
    assert (ran.exit_code, said in ran.stderr) == (code, True), ran.stderr


def test_a_variable_for_an_environment_is_a_default(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANTS_ENVIRONMENT", "near")
    assert cli("diff", "local", "far").exit_code == 3


def test_problems_of_both_are_told_at_once(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\nenvironments: {near: {nam: x}, far: {temperature: 9}}\n"})
    ran = cli("diff", "near", "far", "-o", "json")
    assert (ran.exit_code, len(json.loads(ran.stdout)["problems"])) == (1, 2)


def listing(request: Request, *, more: bool = False) -> Answer:
    """Two endpoints on one server: each holds one assistant of its environment, and one of nobody."""
    environment = request.path.split("/")[1]
    ours = applied(wanted("a", name="Near"), "asst_1").body
    mark = Mark("p", environment, "a").encode()
    body = {**ours, "name": environment, "metadata": {"t": SECRET + environment, "assistants-tool": mark}}
    stranger = {**applied(wanted("x", name=environment), "asst_2").body, "metadata": {}}
    return Answer(body={"object": "list", "data": [body, stranger], "has_more": more})


def test_live_asks_both_endpoints_by_get_alone(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", f"{SECRET}near")
    with scripted(listing) as server:
        write({"assistants/project.yaml": PROJECT.replace("URL", server.url.removesuffix("/v1"))})
        ran = cli("diff", "near", "far", "--live")
    assert ran.exit_code == 3, ran.output
    assert [line.partition("?")[0] for line in server.lines] == ["GET /near/v1/assistants", "GET /far/v1/assistants"]
    assert ran.stdout.splitlines()[2:] == [
        '~ a "far": differs',
        '    name: "near" -> "far"',
        "    metadata.t: env:TOKEN differs",
        "near -> far: 1 different, 0 only in near, 0 only in far, 0 the same.",
    ]
    assert SECRET not in ran.output


def test_live_of_two_that_hold_the_same(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    write({"assistants/project.yaml": "project: p\nenvironments: {x: {endpoint: embedded}, y: {endpoint: embedded}}\n"})
    write({"assistants/a.yaml": "model: m\nmetadata: {t: {env: TOKEN}}\n"})
    assert [cli("apply", "-e", one, "--yes").exit_code for one in "xy"] == [0, 0]
    ran = cli("diff", "x", "y", "--live")
    assert (ran.exit_code, ran.stdout.splitlines()[-1]) == (
        0,
        "x -> y: 0 different, 0 only in x, 0 only in y, 1 the same.",
    )


def test_live_of_two_apis_is_refused(cli: Cli, write: Write) -> None:
    environments = "{x: {endpoint: embedded}, y: {endpoint: {embedded: true, api: agents}}}"
    write({"assistants/project.yaml": f"project: p\nenvironments: {environments}\n", "assistants/a.yaml": "model: m\n"})
    ran = cli("diff", "x", "y", "--live")
    assert ran.exit_code == 1
    assert "compared where both are of one API, and these are assistants and agents; without --live," in ran.stderr


def test_live_where_a_listing_may_be_incomplete(cli: Cli, write: Write, impatient: None) -> None:
    def script(request: Request) -> Answer:
        return listing(request, more="/far/" in request.path)

    with scripted(script) as server:
        write({"assistants/project.yaml": PROJECT.replace("URL", server.url.removesuffix("/v1"))})
        ran = cli("diff", "near", "far", "--live")
    assert ran.exit_code == 1
    assert "1 different" in ran.stdout
    assert "the listing may be incomplete" in ran.stderr


@pytest.mark.parametrize("form", ["table", "json"])
def test_what_no_one_can_see_is_escaped(cli: Cli, write: Write, form: str) -> None:
    write(
        {"assistants/a.yaml": json.dumps({"model": "m", "environments": {"far": {"instructions": "Be\u200b kind."}}})}
    )
    ran = cli("diff", "near", "far", "-o", form)
    assert ("\u200b" in ran.stdout, "Be\\u200b kind." in ran.stdout) == (False, True)
