"""What stands in place of the values of variables and of secrets, wherever they may show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assistants_tool.objects.dialects.prompts import PROMPTS
from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.masked import masked_words
from assistants_tool.objects.paths import Path
from assistants_tool.planning.masks import Masks, Secrets, each_inside, hiding, hiding_variables, name_of
from tests.builders import wanted
from tests.tables import cases

VALUE = "a value to hide"
BOT = wanted(
    "bot",
    protect=True,
    variables={("name",): "NAME", ("metadata", "team"): "TEAM", ("temperature",): "HEAT", ("tools", 0, "x"): "X"},
    name=VALUE,
    description="told by the files",
    metadata={"team": "core", "other": "literal"},
    temperature=0.25,
    tools=[{"type": "of a server", "x": "in a tool"}],
)
GONE = "(was a variable's)"


def masks(**mark: Any) -> Masks:
    secrets = Secrets.of(hiding([BOT, OTHER]), [BOT, OTHER])
    return Masks(BOT, secrets, Mark("acme", "production", "bot", **mark) if mark else None)


OTHER = wanted(
    "other", variables={("top_p",): "TOP", ("instructions",): "TEXT"}, top_p=0.5, instructions="of another one"
)


def test_variables_of_definitions_that_could_not_be_resolved() -> None:
    places: list[dict[Path, str]] = [{("name",): "N", ("model",): "M"}, {("adopt",): "A", ("description",): "UNSET"}]
    found = hiding_variables(places, {"N": "secret-name", "M": "gpt-of-ours", "A": "asst_123", "OTHER": "x"})
    assert found.texts == {"secret-name": "env:N"}
    assert found.text("secret-name gpt-of-ours asst_123") == "env:N env:M asst_123"


def test_values_are_hidden_by_what_stands_for_them() -> None:
    assert hiding([BOT]).texts == {VALUE: "env:NAME", "core": "env:TEAM", "0.25": "env:HEAT", "in a tool": "env:X"}
    empty = wanted("e", variables={("name",): "N", ("model",): "M"}, name="", model="gpt-of-ours")
    assert (hiding([empty]).texts, hiding([empty]).words) == ({}, {"gpt-of-ours": "env:M"})


@cases(
    "text is_hidden",
    {one: (one, False) for one in ("1", "-1", "1.5", "1e5", "1E+5", "-1.5e-5")}
    | {one: (one, True) for one in ("1.5x", "x1", "1.", "1 ", "e5", "1e")},
)
def test_what_reads_as_a_number_is_hidden_in_its_place_alone(text: str, is_hidden: bool) -> None:
    one = wanted("n", variables={("name",): "N"}, name=text)
    assert (text in Secrets.of(hiding([one]), [one]).texts) == is_hidden


def test_secrets_of_all_definitions() -> None:
    found = Secrets.of(hiding([BOT, OTHER]), [BOT, OTHER])
    assert found.numbers == {(("temperature",), 0.25): "env:HEAT", (("top_p",), 0.5): "env:TOP"}
    assert list(found.inside) == [VALUE, "of another one", "in a tool", "core"]
    telling = wanted("t", description="of another one, the core")
    assert list(Secrets.of(hiding([BOT, OTHER]), [BOT, OTHER, telling]).inside) == [VALUE, "in a tool"]


def test_the_files_side() -> None:
    assert masks().stated() == {
        "model": "gpt-4o",
        "name": "env:NAME",
        "description": "told by the files",
        "metadata": {"team": "env:TEAM", "other": "literal"},
        "temperature": "env:HEAT",
        "tools": [{"type": "of a server", "x": "env:X"}],
        "protect": True,
    }
    assert Masks(OTHER).stated() == {"model": "gpt-4o", "top_p": "env:TOP", "instructions": "env:TEXT"}


@cases(
    "value path expected",
    {
        "in its place": ("anything", ("name",), "env:NAME"),
        "nothing in its place": (None, ("name",), None),
        "absent": (ABSENT, ("name",), ABSENT),
        "in another place": (VALUE, ("description",), "env:NAME"),
        "inside another text": (f"say {VALUE}!", ("description",), "say env:NAME!"),
        "of another definition": ("of another one", ("description",), "env:TEXT"),
        "of another definition, inside": ("<of another one>", ("description",), "<env:TEXT>"),
        "a literal of the files": ("told by the files", ("instructions",), "told by the files"),
        "a number in its place": (0.75, ("temperature",), "env:HEAT"),
        "another's number in its place": (0.5, ("top_p",), "env:TOP"),
        "another's number elsewhere": (0.5, ("temp",), 0.5),
        "no number": (True, ("top_p",), True),
        "not a number in JSON": (float("inf"), ("x",), "inf"),
        "deep": (
            {"team": "x", "other": "literal", "more": [VALUE, 1, None]},
            ("metadata",),
            {"team": "env:TEAM", "other": "literal", "more": ["env:NAME", 1, None]},
        ),
        "an item in any place": ([{"x": "y"}, {"x": "z"}], ("tools",), [{"x": "env:X"}, {"x": "env:X"}]),
    },
)
def test_the_endpoints_side(value: Any, path: Path, expected: Any) -> None:
    assert masks().found(value, path) == expected


@cases(
    "value path expected",
    {
        "its value": ("who knows", ("instructions",), GONE),
        "a number": (7, ("instructions",), GONE),
        "nothing": (None, ("instructions",), None),
        "absent": (ABSENT, ("instructions",), ABSENT),
        "a literal of the files": ("literal", ("instructions",), "literal"),
        "the same in the same place": (0.5, ("top_p",), 0.5),
        "in a field that was one as a whole": ({"a": "b", "c": ["d"]}, ("tool_resources",), {"a": GONE, "c": [GONE]}),
        "another place": ("who knows", ("description",), "who knows"),
    },
)
def test_what_was_a_variables_when_the_mark_was_written(value: Any, path: Path, expected: Any) -> None:
    definition = wanted("b", description="literal", top_p=0.5)
    mark = Mark("acme", "production", "b", variables=("instructions", "top_p", "tool_resources"))
    assert Masks(definition, mark=mark).found(value, path) == expected
    assert Masks(definition).found("who knows", ("instructions",)) == "who knows"


@cases(
    "path variable",
    {
        "name": ("name", "NAME"),
        "a pair": ("metadata.team", "TEAM"),
        "another pair": ("metadata.other", ""),
        "an id, in any place": ("tool_resources.code_interpreter.file_ids[1]", "FILE"),
        "all ids": ("tool_resources.code_interpreter.file_ids", "FILE"),
        "other ids": ("tool_resources.file_search.vector_store_ids[0]", ""),
    },
)
def test_the_variable_behind_a_difference(path: str, variable: str) -> None:
    ids: Path = ("tool_resources", "code_interpreter", "file_ids", 0)
    definition = wanted(
        "b",
        variables={("name",): "NAME", ("metadata", "team"): "TEAM", ids: "FILE"},
        name="n",
        metadata={"team": "t", "other": "o"},
        tool_resources={"code_interpreter": {"file_ids": ["file-1"]}, "file_search": {"vector_store_ids": ["vs_1"]}},
    )
    assert Masks(definition).variable(Difference(path, "a", "b")) == variable


@cases(
    "path variable",
    {
        "an id, in any place": ("tools[1].vector_store_ids[3]", "STORE"),
        "all ids": ("tools[1].vector_store_ids", "STORE"),
        "another member of that tool": ("tools[1].max_num_results", ""),
        "ids of another tool": ("tools[0].container.file_ids[0]", ""),
        "another tool": ("tools[2]", ""),
        "all of that tool": ("tools[1]", ""),
    },
)
def test_the_variable_behind_a_difference_inside_a_tool(path: str, variable: str) -> None:
    """A plan shows what else differs in the tools: a prompt agent has its ids there."""
    store: Path = ("tools", 1, "vector_store_ids", 0)
    tools = [{"type": "code_interpreter"}, {"type": "file_search", "vector_store_ids": ["vs_1"]}]
    told = Masks(replace(wanted("b", variables={store: "STORE"}, tools=tools), members=PROMPTS))
    assert told.variable(Difference(path, "a", "b")) == variable
    shown = {"type": "file_search", "vector_store_ids": ["env:STORE"]}
    there = {"type": "file_search", "vector_store_ids": ["vs_9"]}
    assert told.sides(Difference("tools[1]", there, tools[1])) == (shown, shown)


def test_both_sides_of_what_is_larger_than_a_place() -> None:
    before, after = masks().sides(Difference("tools[0]", {"x": "there"}, {"type": "of a server", "x": "in a tool"}))
    assert (before, after) == ({"x": "env:X"}, {"type": "of a server", "x": "env:X"})
    before, after = masks().sides(Difference("metadata", ABSENT, {"team": "core", "copy": VALUE, "n": [float("nan")]}))
    assert (before, after) == (ABSENT, {"team": "env:TEAM", "copy": "env:NAME", "n": ["nan"]})
    assert masks().sides(Difference("name", VALUE, ABSENT)) == ("env:NAME", ABSENT)


@pytest.mark.parametrize("short", ["abc", "abcd"])
def test_what_is_too_short_is_hidden_as_a_whole_alone(short: str) -> None:
    one = wanted("s", variables={("name",): "N"}, name=short)
    found = Masks(one).found(f"x{short}x", ("description",))
    assert found == ("xenv:Nx" if len(short) == 4 else f"x{short}x")
    assert Masks(one).found(short, ("description",)) == "env:N"


def test_longer_values_are_hidden_first() -> None:
    one = wanted("l", variables={("name",): "SHORT", ("description",): "LONG"}, name="value", description="value more")
    assert Masks(one).found("a value more or less a value", ("instructions",)) == "a env:LONG or less a env:SHORT"


def test_the_name_of_what_has_no_definition() -> None:
    secrets = Secrets.of(hiding([BOT]), [BOT])
    mark = Mark("acme", "production", "k")
    assert [name_of(one, mark, secrets) for one in (VALUE, f"my {VALUE}", "plain", None)] == [
        "env:NAME",
        "my env:NAME",
        "plain",
        None,
    ]
    assert name_of("plain", Mark("acme", "production", "k", variables=("name",)), secrets) == GONE
    assert name_of("plain", None, secrets) == "plain"


def test_each_value_knows_its_path() -> None:
    seen: list[tuple[Any, Path]] = []

    def walk(value: Any, path: Path) -> Any:
        seen.append((value, path))
        return value

    assert each_inside({"a": [1]}, ("x",), walk) == {"a": [1]}
    assert each_inside(["b", "c"], ("y",), walk) == ["b", "c"]
    assert seen == [([1], ("x", "a")), ("b", ("y", 0)), ("c", ("y", 1))]


def test_masks_that_would_be_sent() -> None:
    advice = (
        " in place of a value, and the mask would be sent; state the value there, preferably as {env: NAME}"
        " (under `extra:` if the tool does not know the field)"
    )
    assert masked_words([("a", "b")]) == f"a.b holds a mask{advice}"
    assert masked_words([("a", 0), ("c",)]) == f"a[0], c hold masks{advice}"


# --- secrets that stand in a file, such as headers

HEADERS: Path = ("tool_resources", "mcp", 0, "headers")
SAFE = wanted(
    "safe",
    variables={(*HEADERS, "a"): "KEY"},
    tool_resources={
        "mcp": [{"server_label": "w", "headers": {"a": "of a variable", "b": "written down", "c": "REDACTED", "d": ""}}]
    },
)


def test_a_secret_of_a_file_is_told_nowhere() -> None:
    assert hiding([SAFE]).texts == {"of a variable": "env:KEY", "written down": "(secret)", "REDACTED": "(secret)"}
    (server,) = Masks(SAFE).stated()["tool_resources"]["mcp"]
    assert server == {
        "server_label": "w",
        "headers": {"a": "env:KEY", "b": "(secret)", "c": "REDACTED", "d": "(secret)"},
    }
    other = {"b": "another", "c": "REDACTED", "e": "new"}
    told = {"b": "(secret)", "c": "REDACTED", "e": "(secret)"}
    assert Masks(SAFE).found(other, HEADERS) == told
    assert Masks(SAFE).sides(Difference("tool_resources.mcp[0].headers", ABSENT, other)) == (ABSENT, told)


def test_a_short_value_of_another_definition_is_hidden_where_it_is_all() -> None:
    one = wanted("one", variables={("name",): "N"}, name="xyz")
    secrets = Secrets.of(hiding([one]), [one])
    assert Masks(wanted("two"), secrets).found("xyz", ("description",)) == "env:N"
    assert Masks(wanted("two", instructions="xyz"), secrets).found("xyz", ("description",)) == "xyz"
    assert Masks(wanted("two"), secrets).found("wxyz", ("description",)) == "wxyz"
    assert name_of("xyz", None, secrets) == "env:N"


def test_a_number_of_a_variable_is_told_on_neither_side() -> None:
    assert masks().sides(Difference("temperature", 1, 0.25)) == ("env:HEAT", "env:HEAT")
