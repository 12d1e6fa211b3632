"""CONTRIBUTING.md says what the code is: its drawing, its names, its figures and its commands are held against it."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.endpoint import DIALECTS
from assistants_tool.objects.normal import MARK_KEY
from tests.conftest import REPOSITORY, Cli, Write
from tests.hostile import hostile
from tests.tables import cases
from tests.test_rules import MAY_IMPORT

PAGE = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
ROOMS = {room: frozenset(may.split()) for room, may in MAY_IMPORT.items()}
BY_NAME_ALONE = {"__main__", "__init__"}  # what they import stands in a sentence


def section(title: str) -> str:
    (found,) = re.findall(rf"(?ms)^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE)
    return str(found)


def block(kind: str) -> str:
    (found,) = re.findall(rf"(?s)```{kind}\n(.*?)```", PAGE)
    return str(found)


def names_in(text: str) -> list[str]:
    """What stands between backticks, blocks left out."""
    return re.findall(r"`([^`]+)`", re.sub(r"(?s)```.*?```", "", text))


# --- the drawing


def behind(room: str, arrows: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """All that the arrows of a room lead to."""
    return arrows[room].union(*(behind(one, arrows) for one in arrows[room]))


def drawn() -> dict[str, frozenset[str]]:
    arrows: dict[str, set[str]] = {room: set() for room in ROOMS}
    for one, other in re.findall(r"^  (\w+) --> (\w+)$", block("mermaid"), re.MULTILINE):
        arrows[one].add(other)
    return {room: frozenset(others) for room, others in arrows.items()}


def left_out() -> dict[str, frozenset[str]]:
    """Room -> which of the rooms behind it the table says that it imports none of."""
    rows = re.findall(r"(?m)^\| ((?:`\w+` ?)+) \| .* \|([^|]*)\|$", section("The house"))
    return {room: frozenset(names_in(rest)) for rooms, rest in rows for room in names_in(rooms)}


def test_the_drawing_and_its_table_are_what_may_be_imported() -> None:
    arrows, but_for = drawn(), left_out()
    assert set(but_for) == set(ROOMS) - BY_NAME_ALONE
    assert {room: behind(room, arrows) - but_for[room] for room in but_for} == {room: ROOMS[room] for room in but_for}
    assert {room: arrows[room] for room in BY_NAME_ALONE} == {room: ROOMS[room] for room in BY_NAME_ALONE}
    assert {room for room in but_for if not but_for[room] <= behind(room, arrows)} == set()


def test_no_arrow_is_drawn_that_others_lead_along() -> None:
    arrows = drawn()
    for room, others in arrows.items():
        for one in others:
            assert one not in frozenset().union(*(behind(other, arrows) for other in others - {one})), (room, one)


# --- one definition, followed


def found(dotted: str) -> Any:
    """What a name below the package stands for."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(["assistants_tool", *parts[:end]]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            value = getattr(value, part)
        return value
    raise AssertionError(dotted)


NAMED = sorted(
    one for one in {*names_in(PAGE)} if re.fullmatch(r"(\w+)(\.\w+)+(?<!\.py)", one) and one.split(".")[0] in ROOMS
)


@cases("name", {name: name for name in NAMED})
def test_what_is_named_is_there(name: str) -> None:
    assert found(name) is not None


def test_every_step_names_where_it_is() -> None:
    rows = re.findall(r"(?m)^\| [\w ]+ \| (`.*?`) \| .+ \|$", section("One definition, followed"))
    assert len(rows) > 10
    assert all(one in NAMED for row in rows for one in names_in(row))


def test_a_name_that_is_not_there_is_noticed() -> None:
    with pytest.raises(AttributeError):
        found("line.steps.Line.nix")


def test_the_definition_makes_this_body_and_these_words(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"assistants/project.yaml": "project: acme\n", "assistants/support.yaml": block("yaml")})
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    with hostile() as endpoint:
        done = cli("apply", "--yes", "--base-url", endpoint.url)
        (body,) = [one.request.body for one in endpoint.log if one.request.is_create]
    assert json.dumps(body | {"metadata": {MARK_KEY: "(the mark)"}}, indent=2) + "\n" == block("json")
    assert list(body["metadata"]) == [MARK_KEY]
    said = re.sub(r"asst_\w+", "asst_...", done.stdout)
    assert said.partition("\n")[2] == block("text")


# --- commands

TARGETS = {
    "check",
    "test",
    "laws",
    "core",
    "dead",
    "mutation",
    "record",
    "interop",
    "findings",
    "bench",
    "reference",
} | {
    "package",
    "workflows",
    "constraints",
    "audit",
    "image",
    "stranger",
}


def recipe(target: str) -> str:
    (lines,) = re.findall(rf"(?m)^{target}:.*\n((?:\t.*\n)*)", MAKEFILE)
    return str(lines)


def test_the_commands_of_the_page_are_those_of_the_makefile() -> None:
    (phony,) = re.findall(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    shown = re.findall(r"(?m)^\| `make (\w+)` \|", section("Commands"))
    assert set(phony.split()) == set(shown) == TARGETS


def test_a_check_is_what_ci_runs() -> None:
    assert recipe("check") == "\t.ci/run\n"
    workflow = (REPOSITORY / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "- run: .ci/run\n" in workflow


def test_every_benchmark_has_a_target() -> None:
    (listed,) = re.findall(r"(?m)^BENCHMARKS := (.*)$", MAKEFILE)
    page = (REPOSITORY / "benchmarks/README.md").read_text(encoding="utf-8")
    assert sorted(listed.split()) == sorted(re.findall(r"(?m)^\| `python -m benchmarks\.(\w+)(?: --[^`]*)?`", page))


# --- what to touch


def test_the_files_to_touch_are_there() -> None:
    paths = {one for one in names_in(section("What to touch for ...")) if one.endswith((".py", "/"))}
    assert len(paths) > 15
    places = (REPOSITORY, REPOSITORY / "assistants_tool", REPOSITORY / "tests")
    assert [one for one in sorted(paths) if not any((place / one).exists() for place in places)] == []
    assert "assistants" in DIALECTS


def test_the_page_is_linked() -> None:
    assert "](CONTRIBUTING.md)" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", PAGE):
        assert (REPOSITORY / Path(target)).exists(), target
