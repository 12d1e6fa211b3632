"""Tables of what is on an endpoint: what fits, what is cut, what cannot act."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.cli.objects import Filter
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.mark import Mark
from assistants_tool.report.columns import columns_of
from assistants_tool.report.objects import age, as_data, markdown_table, table
from tests.builders import bare, broken, marked

DAMAGED = [
    broken("asst_1", '{"project":"acme","environment":"prod","key":"supp', 1000, model="m"),
    broken("asst_2", "garbage", 1000, model="m"),
]
DAY = 86400
TOOLS = [{"type": "code_interpreter"}, {"type": "function", "function": {"name": "f"}}, {"type": "file_search"}]
BOTS = [
    marked("asst_1", Mark("acme", "prod", "support"), 1000, name="Support Bot", model="gpt-4o", tools=TOOLS),
    marked("asst_2", Mark("acme", "prod", "korean"), 2000, name="회의록 정리 도우미", model="gpt-4.1"),
    bare("asst_3", 3000, model="m", tools=[*TOOLS[1:2], *TOOLS[1:2], {"type": "openapi"}]),
]


def test_a_table() -> None:
    assert table(BOTS, 1000 + 3 * DAY).split("\n") == [
        "KEY      NAME                MODEL    TOOLS                     AGE  ID",
        "support  Support Bot         gpt-4o   code, search, 1 function  3d   asst_1",
        "korean   회의록 정리 도우미  gpt-4.1                            2d   asst_2",
        "                             m        openapi, 2 functions      2d   asst_3",
    ]


def test_wide_tells_all() -> None:
    _, first, *_ = table(BOTS, 1000 + DAY, wide=True, width=None).split("\n")
    for part in ("code_interpreter, function f, file_search", "acme", "prod", "1970-01-01 00:16"):
        assert part in first


@pytest.mark.parametrize("created_at", [9e14, 1e20, -1e20, float("inf"), "today"])
def test_a_time_that_is_in_no_calendar_is_left_out(created_at: Any) -> None:
    bot = bare("asst_1", created_at, model="m")
    assert table([bot], 1000, wide=True).split("\n")[1].split()[-1] == "asst_1"


@pytest.mark.parametrize("metadata", ["odd", ["odd"], 5])
def test_metadata_of_an_odd_shape_is_told_as_it_is(metadata: Any) -> None:
    assert as_data(Assistant({"id": "asst_1", "metadata": metadata}))["metadata"] == metadata


def test_a_damaged_mark_is_shown_as_far_as_it_can_be_read() -> None:
    assert table(DAMAGED, 1000 + DAY).split("\n") == [
        "KEY                  NAME  MODEL  TOOLS  AGE  ID",
        "supp (damaged mark)        m             1d   asst_1",
        "(damaged mark)             m             1d   asst_2",
    ]
    cut, garbage = (as_data(one) for one in DAMAGED)
    assert {name: cut[name] for name in _OWN} == dict(zip(_OWN, [True, "supp", "acme", "prod", True], strict=True))
    assert {name: garbage[name] for name in _OWN} == dict(zip(_OWN, [True, None, None, None, True], strict=True))
    assert cut["metadata"] == {}
    assert "damaged" not in as_data(BOTS[0])


@pytest.mark.parametrize(
    ("chosen", "count"), [({"managed": True}, 2), ({"managed": False}, 0), ({"project": "acme"}, 1)], ids=str
)
def test_the_bearer_of_a_damaged_mark_is_not_taken_for_unmanaged(chosen: dict[str, Any], count: int) -> None:
    assert len(Filter(**chosen).of(DAMAGED)) == count


_OWN = ("managed", "key", "project", "environment", "damaged")


@pytest.mark.parametrize("width", [52, 60, 66])
def test_what_does_not_fit_is_cut_but_for_the_id(width: int) -> None:
    lines = table(BOTS, 4000, width=width).split("\n")
    assert max(map(columns_of, lines)) <= width
    assert [line.split()[-1] for line in lines[1:]] == ["asst_1", "asst_2", "asst_3"]
    assert "..." in "".join(lines)


REAL = [
    marked(
        f"asst_{name * 24}",
        Mark("customer-care-team", "production-europe", f"a-long-key-of-{name * 20}"),
        1000,
        name="A long name of an assistant",
        model="gpt-4o-2024-11-20",
        tools=TOOLS,
    )
    for name in "xy"
]


@pytest.mark.parametrize(("width", "wide"), [(80, False), (120, True)])
def test_real_ids_fit_a_usual_terminal_and_are_whole(width: int, wide: bool) -> None:
    lines = table(REAL, 4000, width=width, wide=wide).split("\n")
    assert max(map(columns_of, lines)) <= width
    assert [one.id in line for one, line in zip(REAL, lines[1:], strict=True)] == [True, True]
    assert "AGE" not in lines[0]


def test_a_wide_table_that_cannot_fit_is_whole() -> None:
    assert table(REAL, 4000, width=80, wide=True) == table(REAL, 4000, wide=True)


def test_the_age_goes_before_anything_is_cut() -> None:
    whole = table(BOTS, 4000)
    assert "AGE" in whole
    lines = table(BOTS, 4000, width=columns_of(whole.split("\n")[1]) - 1).split("\n")
    assert ("AGE" in lines[0], "..." in "".join(lines)) == (False, False)


@given(st.lists(st.text(max_size=60), max_size=4), st.integers(20, 200))
def test_any_name_can_be_shown_and_fits_if_that_can_be(names: list[str], width: int) -> None:
    shown = table([bare("asst_1", name=name, model="m") for name in names], 1.0, width=width)
    assert shown.count("\n") == len(names)
    if names and width > 50:
        assert max(map(columns_of, shown.split("\n"))) <= width


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (7199, "1h"),
        (DAY - 1, "23h"),
        (3 * DAY, "3d"),
        (800 * DAY, "2y"),
    ],
)
def test_age(seconds: float, shown: str) -> None:
    assert age(seconds) == shown


def test_nothing_acts_as_markdown() -> None:
    row = markdown_table([bare("asst_1", 1, name="@team `x` | <b>", model="m")], 2.0).split("\n")[2]
    assert "`` @team `x` \\| <b> ``" in row


CHOSEN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all by key, ours first": ({}, ["asst_2", "asst_1", "asst_3"]),
    "managed": ({"managed": True}, ["asst_2", "asst_1"]),
    "not managed": ({"managed": False}, ["asst_3"]),
    "of a project": ({"project": "other"}, []),
    "by name, whatever its case": ({"name": "support*"}, ["asst_1"]),
    "by model": ({"model": "gpt-4*"}, ["asst_2", "asst_1"]),
    "sorted by name": ({"sort": "name"}, ["asst_3", "asst_1", "asst_2"]),
    "sorted by model": ({"sort": "model"}, ["asst_2", "asst_1", "asst_3"]),
    "the newest first": ({"sort": "created"}, ["asst_3", "asst_2", "asst_1"]),
}


@pytest.mark.parametrize(("chosen", "ids"), CHOSEN.values(), ids=CHOSEN)
def test_what_is_listed(chosen: dict[str, Any], ids: list[str]) -> None:
    assert [one.id for one in Filter(**chosen).of(BOTS)] == ids


def test_odd_answers_can_be_listed() -> None:
    odd = [
        Assistant({"id": "a", "tools": "x", "created_at": "then", "name": {}}),
        Assistant({"id": "b", "model": None, "tools": [1]}),
    ]
    assert table(Filter(sort="created").of(odd), 1.0).count("\n") == 2
