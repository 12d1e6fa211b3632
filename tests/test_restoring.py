"""What a backup asks for, by what is there now: ids decide, and age where one key has two."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.applying.backups import Backup
from assistants_tool.applying.restoring import restoration
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.plan import Action

SCOPE = Scope("acme", "prod", frozenset({"prod", "test"}))
OURS = Mark("acme", "prod", "a")
OTHERS = Mark("beta", "prod", "a")


def backup(
    found_id: str,
    mark: Mark | None,
    created_at: float = 10,
    name: str = "Old",
    key: str = "a",
    *,
    surplus: bool = False,
) -> Backup:
    return Backup(Path("x.yaml"), {}, found_id, created_at, mark, key, {"model": "m", "name": name}, {}, surplus)


def odd(found_id: str, **fields: Any) -> Backup:
    return Backup(Path("x.yaml"), {}, found_id, 10, OURS, found_id, {"model": "m", **fields}, {})


def full(found_id: str) -> Backup:
    pairs = {f"k{number}": "v" for number in range(16)}
    return Backup(Path("x.yaml"), {}, found_id, 10, None, "a", {"model": "m", "metadata": pairs}, {})


def there(found_id: str, mark: Mark | None, created_at: float = 10, name: str = "New") -> Assistant:
    metadata = {MARK_KEY: mark.encode()} if mark else {}
    body = {"id": found_id, "created_at": created_at, "model": "m", "name": name, "metadata": metadata}
    return Assistant(body)


@dataclass(frozen=True, slots=True)
class Case:
    """Backups, what is there, and then: actions by key and id; what is said of the others."""

    backups: tuple[Backup, ...]
    there: tuple[Assistant, ...]
    does: tuple[tuple[Action, str, str | None], ...]
    passed_over: str = ""
    faults: str = ""
    unmanaged: frozenset[str] = frozenset()


CASES = {
    "ours, changed": Case((backup("x", OURS),), (there("x", OURS),), ((Action.UPDATE, "a", "x"),)),
    "ours, gone": Case((backup("x", OURS),), (), ((Action.CREATE, "a", None),)),
    "ours, gone, made anew": Case((backup("x", OURS),), (there("y", OURS, 11),), ((Action.UPDATE, "a", "y"),)),
    "ours, released": Case((backup("x", OURS),), (there("x", None),), ((Action.ADOPT, "a", "x"),)),
    "ours, under another key": Case(
        (backup("x", OURS),),
        (there("x", Mark("acme", "prod", "b")),),
        ((Action.UPDATE, "b", "x"),),
        passed_over="the key of x was a and is b, which it stays",
    ),
    "ours, released, and its key another's by now": Case(
        (backup("x", OURS), backup("z", Mark("acme", "prod", "z"))),
        (there("x", None), there("y", OURS, 11)),
        ((Action.CREATE, "z", None),),
        faults="x is not managed any more, and its key a has y; release that first",
    ),
    "nobody's, adopted, with no room for a mark": Case(
        (full("x"), backup("z", Mark("acme", "prod", "z"))),
        (there("x", OURS),),
        ((Action.CREATE, "z", None),),
        faults=(
            "x: the mark has no room among the 16 pairs of metadata that an assistant may hold;"
            " remove one of those that are there and ignored, or declare or ignore fewer"
        ),
        unmanaged=frozenset({"a"}),
    ),
    "nobody's, come back but not let go": Case(
        (backup("x", None, key=""),),
        (there("y", Mark("acme", "prod", "was-x"), 11, "Old"),),
        ((Action.KEEP, "was-x", "y"),),
        unmanaged=frozenset({"was-x"}),
    ),
    "nobody's, come back": Case(
        (backup("x", None, key=""),),
        (there("y", None, 11, "Old"),),
        (),
        passed_over="y is there, not managed and just like x: nothing is made of that",
    ),
    "two of nobody's that are alike, one of them come back": Case(
        (backup("x", None, key=""), backup("z", None, key="")),
        (there("y", None, 11, "Old"),),
        ((Action.CREATE, "was-z", None),),
        passed_over="y is there, not managed and just like x: nothing is made of that",
        unmanaged=frozenset({"was-z"}),
    ),
    "of a shape that no server takes": Case(
        (
            odd("x", tools=["file_search"]),
            odd("y", tool_resources={"a": 1}),
            odd("z", name={"env": "X"}),
            backup("b", None),
        ),
        (),
        ((Action.CREATE, "was-b", None),),
        faults="; ".join(
            f"x.yaml holds a {name} of a shape that no server takes; make {found_id} anew by hand"
            for found_id, name in (("x", "tools"), ("y", "tool_resources"), ("z", "name"))
        ),
        unmanaged=frozenset({"was-b"}),
    ),
    "ours, another's now": Case(
        (backup("x", OURS),),
        (there("x", OTHERS),),
        (),
        faults="x belongs to project beta; release it there first",
    ),
    "ours, gone, and its key an older one's by now": Case(
        (backup("y", OURS, 11),), (there("x", OURS, 10),), ((Action.UPDATE, "a", "x"),)
    ),
    "a second one, removed, and then the first": Case(
        (backup("y", OURS, 11, surplus=True),), (), ((Action.CREATE, "a", None),)
    ),
    "a second one, removed": Case(
        (backup("y", OURS, 11, surplus=True),),
        (there("x", OURS, 10),),
        (),
        passed_over="y was a second assistant of key a; x, the first, is left as it is",
    ),
    "a second one, changed": Case(
        (backup("y", OURS, 11),),
        (there("x", OURS, 10), there("y", OURS, 11)),
        (),
        passed_over="y is a second assistant of key a; x, the first, is the key's",
    ),
    "both of one key, gone": Case(
        (backup("y", OURS, 11, "Second"), backup("x", OURS, 10, "First")),
        (),
        ((Action.CREATE, "a", None),),
        passed_over="y was a second assistant of key a; x, the first, is brought back",
    ),
    "both of one key, released": Case(
        (backup("y", OURS, 11, "Second"), backup("x", OURS, 10, "First")),
        (there("y", None, 11), there("x", None, 10)),
        ((Action.ADOPT, "a", "x"),),
        passed_over="y was a second assistant of key a; x, the first, is brought back",
    ),
    "nobody's, gone": Case(
        (backup("x", None, key=""),), (), ((Action.CREATE, "was-x", None),), unmanaged=frozenset({"was-x"})
    ),
    "nobody's, adopted": Case(
        (backup("x", None),), (there("x", OURS),), ((Action.UPDATE, "a", "x"),), unmanaged=frozenset({"a"})
    ),
    "nobody's, there still": Case(
        (backup("x", None),),
        (there("x", None),),
        (),
        passed_over="x is there, and not managed here: it is left as it is",
    ),
    "another's, gone, of a key that is ours, too": Case(
        (backup("x", OTHERS), backup("y", OURS)),
        (there("y", OURS),),
        ((Action.UPDATE, "a", "y"), (Action.CREATE, "was-x", None)),
        unmanaged=frozenset({"was-x"}),
    ),
    "two of nobody's whose ids are much alike": Case(
        (backup("x:1", None), backup("x_1", None)),
        (),
        ((Action.CREATE, "was-x_1", None), (Action.CREATE, "was-x_1-567900e8413d", None)),
        unmanaged=frozenset({"was-x_1", "was-x_1-567900e8413d"}),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_wanted_again(case: Case) -> None:
    listing = Listing(case.there)
    found = restoration(case.backups, listing, SCOPE, {})
    plan = found.plan(listing, SCOPE)
    assert tuple((one.action, one.key, one.id) for one in plan.changes) == case.does
    assert "; ".join(found.passed_over) == case.passed_over
    assert "; ".join(found.faults) == case.faults
    assert set(found.unmanaged) == case.unmanaged
    assert plan.refusals == ()
    assert all(one.name != "Second" for one in plan.changes)


@pytest.mark.parametrize(
    ("only", "keys"),
    [(("a",), ["a"]), (("asst_b",), ["b"]), (("*",), ["a", "b"]), (("b", "a"), ["a", "b"])],
)
def test_only_chooses_by_key_or_id(only: tuple[str, ...], keys: list[str]) -> None:
    kept = [backup(f"asst_{key}", Mark("acme", "prod", key), key=key) for key in ("a", "b")]
    assert [one.key for one in restoration(kept, Listing(()), SCOPE, {}, only).definitions] == keys


VALUES: dict[str, tuple[str, Any]] = {"text": ("0.5", "0.5"), "number": ("0.5", 0.5), "whole": ("1", 1)}


@pytest.mark.parametrize(("text", "value"), VALUES.values(), ids=VALUES)
def test_variables_are_read_as_their_place_wants_it(text: str, value: Any) -> None:
    name = "name" if isinstance(value, str) else "temperature"
    kept = Backup(Path("x"), {}, "x", 1, OURS, "a", {"model": "m", name: {"env": "V"}}, {(name,): "V"})
    (found,) = restoration([kept], Listing(()), SCOPE, {"V": text}).definitions
    assert (found.fields[name], found.variables) == (value, {(name,): "V"})


def test_a_variable_that_is_no_number_is_a_fault() -> None:
    kept = Backup(Path("x"), {}, "x", 1, OURS, "a", {"model": "m", "top_p": {"env": "V"}}, {("top_p",): "V"})
    found = restoration([kept], Listing(()), SCOPE, {"V": "warm"})
    assert found.faults == ["x takes a value from the variable 'V', which does not hold a number; write one there"]
