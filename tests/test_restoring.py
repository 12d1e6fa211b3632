"""What a backup asks for, by what is there now: ids decide, and marks, likeness and keys where an id is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.applying.backups import Backup
from assistants_tool.applying.restoring import Return, restoration
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.planning.plan import Action

SCOPE = Scope("acme", "prod", frozenset({"prod", "test"}))
OURS = Mark("acme", "prod", "a")
OTHERS = Mark("beta", "prod", "a")
LOOSE = Mark("", "gone", "a")


def there(found_id: str, mark: Mark | None, created_at: float = 10, name: Any = "New", **body: Any) -> Assistant:
    metadata = {MARK_KEY: mark.encode()} if mark else {}
    made = {"id": found_id, "created_at": created_at, "model": "m", "name": name, "metadata": metadata}
    return Assistant({**made, **body})


def backup(
    found_id: str,
    mark: Mark | None,
    created_at: float = 10,
    name: Any = "Old",
    *,
    surplus: bool = False,
    back: str = "",
    beside: Mapping[str, str] | None = None,
    **body: Any,
) -> Backup:
    old = there(found_id, mark, created_at, name, **body)
    return Backup(Path("x.json"), {}, mark.key if mark else "", old, surplus, back, there=beside or {})


def half(found_id: str, old_id: str, key: str = "a", created_at: float = 20) -> Assistant:
    return there(found_id, replace(OURS, key=key, restoring=old_id), created_at)


PAIRS = {f"k{number}": "v" for number in range(16)}


@dataclass(frozen=True, slots=True)
class Case:
    """Backups, what is there, and then: actions by key, the old id and that of what is made like it; what is said of the others."""

    backups: tuple[Backup, ...]
    there: tuple[Assistant, ...]
    does: tuple[tuple[Action, str, str, str | None], ...]
    passed_over: str = ""
    faults: str = ""
    notes: str = ""


DAMAGED = {MARK_KEY: '{"key":"a","pro'}
NEW_ID = "was x; it comes back under a new id"
LET_GO = "it was not managed here, and is released again"
CASES = {
    "ours, changed": Case((backup("x", OURS),), (there("x", OURS),), ((Action.UPDATE, "a", "x", "x"),)),
    "ours, as it was": Case((backup("x", OURS),), (there("x", OURS, name="Old"),), ((Action.KEEP, "a", "x", "x"),)),
    "ours, but for its mark": Case(
        (backup("x", OURS),),
        (there("x", replace(OURS, sent="1:00"), name="Old"),),
        ((Action.UPDATE, "a", "x", "x"),),
        notes="its mark, which says what the last apply did, is put back",
    ),
    "ours, gone": Case((backup("x", OURS),), (), ((Action.CREATE, "a", "x", None),), notes=NEW_ID),
    "ours, gone, and made anew": Case(
        (backup("x", OURS),),
        (there("y", OURS, 11),),
        ((Action.UPDATE, "a", "x", "y"),),
        notes="was x; y becomes what that was",
    ),
    "ours, gone, and there again": Case(
        (backup("x", OURS),), (there("y", OURS, 11, "Old"),), ((Action.KEEP, "a", "x", "y"),)
    ),
    "ours, gone, and brought back": Case(
        (backup("x", OURS, back="z"),),
        (there("y", OURS, 11), there("z", OURS, 12)),
        ((Action.UPDATE, "a", "x", "z"),),
        notes="was x; z becomes what that was",
    ),
    "ours, and its restore was cut off": Case(
        (backup("x", OURS),),
        (half("y", "x"),),
        ((Action.UPDATE, "a", "x", "y"),),
        notes="was x; y becomes what that was",
    ),
    "ours, released": Case((backup("x", OURS),), (there("x", None),), ((Action.ADOPT, "a", "x", "x"),)),
    "ours, under another key": Case(
        (backup("x", OURS),), (there("x", replace(OURS, key="b")),), ((Action.UPDATE, "a", "x", "x"),)
    ),
    "ours, under another key, and its key another's by now": Case(
        (backup("x", OURS),),
        (there("x", replace(OURS, key="b")), there("y", OURS, 11)),
        (),
        faults="x had the key a, which y has now; release or delete that first",
    ),
    "ours, released, and its key another's by now": Case(
        (backup("x", OURS), backup("z", replace(OURS, key="z"))),
        (there("x", None), there("y", OURS, 11)),
        ((Action.CREATE, "z", "z", None),),
        faults="x had the key a, which y has now; release or delete that first",
        notes="was z; it comes back under a new id",
    ),
    "two that changed keys": Case(
        (backup("x", OURS), backup("y", replace(OURS, key="b"))),
        (there("x", replace(OURS, key="b")), there("y", OURS)),
        ((Action.UPDATE, "a", "x", "x"), (Action.UPDATE, "b", "y", "y")),
    ),
    "ours, another's now": Case(
        (backup("x", OURS),),
        (there("x", OTHERS),),
        (),
        faults="x belongs to project beta; release it there first",
    ),
    "ours, of nobody's environment now": Case(
        (backup("x", OURS),),
        (there("x", LOOSE),),
        (),
        faults="x has the mark of an environment that is not declared; take it over with adopt: ID in a definition",
    ),
    "ours, gone, and its key an older one's by now": Case(
        (backup("y", OURS, 11),),
        (there("x", OURS, 10),),
        ((Action.UPDATE, "a", "y", "x"),),
        notes="was y; x becomes what that was",
    ),
    "a second one, removed, and then the first": Case(
        (backup("x", OURS, 11, surplus=True),), (), ((Action.CREATE, "a", "x", None),), notes=NEW_ID
    ),
    "a second one, removed": Case(
        (backup("x", OURS, 11, surplus=True),),
        (there("y", OURS, 10),),
        ((Action.CREATE, "a", "x", None),),
        notes=NEW_ID,
    ),
    "three second ones, removed, of which one came back": Case(
        (
            backup("x", OURS, 11, surplus=True),
            backup("y", OURS, 12, surplus=True),
            backup("z", OURS, 13, "Third", surplus=True),
        ),
        (there("w", OURS, 10), there("v", OURS, 20, "Third")),
        ((Action.CREATE, "a", "x", None), (Action.CREATE, "a", "y", None), (Action.KEEP, "a", "z", "v")),
        notes=f"{NEW_ID}; was y; it comes back under a new id",
    ),
    "a second one, changed": Case(
        (backup("y", OURS, 11),),
        (there("x", OURS, 10), there("y", OURS, 11)),
        ((Action.UPDATE, "a", "y", "y"),),
    ),
    "both of one key, gone": Case(
        (backup("y", OURS, 11, "Second"), backup("x", OURS, 10, "First")),
        (),
        ((Action.CREATE, "a", "x", None), (Action.CREATE, "a", "y", None)),
        notes=f"{NEW_ID}; was y; it comes back under a new id",
    ),
    "both of one key, released": Case(
        (backup("y", OURS, 11, "Second"), backup("x", OURS, 10, "First")),
        (there("y", None, 11), there("x", None, 10)),
        ((Action.ADOPT, "a", "x", "x"), (Action.ADOPT, "a", "y", "y")),
    ),
    "the first of two, deleted by its id": Case(
        (backup("x", OURS, beside={"x": "a", "y": "a"}),),
        (there("y", OURS, 11, "Mine"),),
        ((Action.CREATE, "a", "x", None),),
        faults="x comes back as the newer one: of the two with the key a y is the first now",
        notes=NEW_ID,
    ),
    "the first of two that were alike, deleted by its id": Case(
        (backup("x", OURS, beside={"x": "a", "y": "a"}),),
        (there("y", OURS, 11, "Old"),),
        ((Action.CREATE, "a", "x", None),),
        faults="x comes back as the newer one: of the two with the key a y is the first now",
        notes=NEW_ID,
    ),
    "the second of two, deleted by its id": Case(
        (backup("x", OURS, 12, beside={"x": "a", "y": "a"}),),
        (there("y", OURS, 11, "Mine"),),
        ((Action.CREATE, "a", "x", None),),
        notes=NEW_ID,
    ),
    "the first of two, released": Case(
        (backup("x", OURS, beside={"x": "a", "y": "a"}),),
        (there("x", None), there("y", OURS, 11)),
        ((Action.ADOPT, "a", "x", "x"),),
    ),
    "ours, gone, and another took over its key": Case(
        (backup("x", OURS, beside={"x": "a", "y": "b"}),),
        (there("y", OURS, 11),),
        (),
        faults="x had the key a, which y has now; release or delete that first",
    ),
    "one of two of nobody's that were alike": Case(
        (backup("x", None, beside={"x": "", "y": ""}),),
        (there("y", None, 11, "Old"),),
        ((Action.CREATE, "was-x", "x", None),),
        notes=f"{NEW_ID}; {LET_GO}",
    ),
    "nobody's, gone": Case(
        (backup("x", None),), (), ((Action.CREATE, "was-x", "x", None),), notes=f"{NEW_ID}; {LET_GO}"
    ),
    "nobody's, gone, and its restore was cut off": Case(
        (backup("x", None),),
        (half("y", "x", "was-x"),),
        ((Action.UPDATE, "was-x", "x", "y"),),
        notes=f"was x; y becomes what that was; {LET_GO}",
    ),
    "nobody's, come back": Case(
        (backup("x", None),), (there("y", None, 11, "Old"),), ((Action.KEEP, "was-x", "x", "y"),)
    ),
    "nobody's, come back, and changed since": Case(
        (backup("x", None, back="y"),),
        (there("y", None, 11),),
        ((Action.UPDATE, "was-x", "x", "y"),),
        notes="was x; y becomes what that was",
    ),
    "two of nobody's that are alike, one of them come back": Case(
        (backup("x", None), backup("z", None)),
        (there("y", None, 11, "Old"),),
        ((Action.KEEP, "was-x", "x", "y"), (Action.CREATE, "was-z", "z", None)),
        notes=f"was z; it comes back under a new id; {LET_GO}",
    ),
    "nobody's, adopted": Case(
        (backup("x", None),), (there("x", OURS),), ((Action.UPDATE, "a", "x", "x"),), notes=LET_GO
    ),
    "nobody's, adopted as it was": Case(
        (backup("x", None),), (there("x", OURS, name="Old"),), ((Action.RELEASE, "a", "x", "x"),), notes=LET_GO
    ),
    "nobody's, adopted, with no room for a mark": Case(
        (backup("x", None, metadata=PAIRS),), (there("x", OURS),), ((Action.UPDATE, "a", "x", "x"),), notes=LET_GO
    ),
    "nobody's, adopted and let go since": Case(
        (backup("x", None),), (there("x", None),), ((Action.UPDATE, "was-x", "x", "x"),)
    ),
    "nobody's, another's now": Case(
        (backup("x", None),), (there("x", OTHERS),), (), faults="x belongs to project beta; release it there first"
    ),
    "of a damaged mark, released": Case(
        (backup("x", None, metadata=DAMAGED),),
        (there("x", None),),
        ((Action.UPDATE, "was-x", "x", "x"),),
        notes="its mark was damaged, and is again",
    ),
    "of a damaged mark, gone": Case(
        (backup("x", None, metadata=DAMAGED),),
        (),
        ((Action.CREATE, "was-x", "x", None),),
        notes=f"{NEW_ID}; its mark was damaged, and is again",
    ),
    "ours, with a damaged mark now": Case(
        (backup("x", OURS),), (there("x", None, metadata=DAMAGED),), ((Action.UPDATE, "a", "x", "x"),)
    ),
    "ours, with a damaged mark of another's now": Case(
        (backup("x", OURS),),
        (there("x", None, metadata={MARK_KEY: '{"project":"beta","envir'}),),
        (),
        faults="x has a damaged mark; remove that first (`assistants release` with its id)",
    ),
    "of an environment that is gone, adopted": Case(
        (backup("x", LOOSE),),
        (there("x", OURS),),
        ((Action.UPDATE, "a", "x", "x"),),
        notes="it belongs to project (none), environment gone again",
    ),
    "another's, there still": Case(
        (backup("x", OTHERS),),
        (there("x", OTHERS),),
        (),
        passed_over="x exists and belongs to project beta, environment prod: it is left as it is",
    ),
    "another's, gone, of a key that is ours, too": Case(
        (backup("x", OTHERS), backup("y", OURS)),
        (there("y", OURS),),
        ((Action.UPDATE, "a", "y", "y"), (Action.CREATE, "was-x", "x", None)),
        notes=f"{NEW_ID}; it belongs to project beta, environment prod again",
    ),
    "another's, gone, and made anew there": Case(
        (backup("x", OTHERS),),
        (there("y", OTHERS, 11),),
        ((Action.CREATE, "was-x", "x", None),),
        faults="x comes back without its mark: y of project beta, environment prod has its key now",
        notes=NEW_ID,
    ),
    "another's, come back, and changed since": Case(
        (backup("x", OTHERS, back="y"),),
        (there("y", OTHERS, 11),),
        ((Action.UPDATE, "was-x", "x", "y"),),
        notes="was x; y becomes what that was; it belongs to project beta, environment prod again",
    ),
    "two of nobody's whose ids are much alike": Case(
        (backup("x:1", None), backup("x_1", None)),
        (),
        ((Action.CREATE, "was-x_1", "x_1", None), (Action.CREATE, "was-x_1-567900e8413d", "x:1", None)),
        notes=f"was x_1; it comes back under a new id; {LET_GO}; was x:1; it comes back under a new id; {LET_GO}",
    ),
    "of shapes that nobody knows": Case(
        (
            backup("x", OURS, tools=["file_search"]),
            backup("y", None, tool_resources={"a": 1}, metadata="none"),
            backup("z", None, name={"env": "X"}, model=None),
        ),
        (),
        (
            (Action.CREATE, "a", "x", None),
            (Action.CREATE, "was-y", "y", None),
            (Action.CREATE, "was-z", "z", None),
        ),
        notes="; ".join(
            [NEW_ID, *(f"was {one}; it comes back under a new id; {LET_GO}" for one in ("y", "z"))],
        ),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_wanted_again(case: Case) -> None:
    found = restoration(case.backups, Listing(case.there), SCOPE)
    changes = [one for one in found.plan.changes if isinstance(one, Return)]
    assert tuple((one.action, one.key, one.backup.id, one.id) for one in changes) == case.does
    assert "; ".join(found.passed_over) == case.passed_over
    assert "; ".join(found.faults) == case.faults
    assert "; ".join(note for one in changes for note in one.notes) == case.notes
    assert (len(changes), found.plan.refusals) == (len(found.plan.changes), ())


@pytest.mark.parametrize(
    ("only", "keys"),
    [(("a",), ["a"]), (("asst_b",), ["b"]), (("*",), ["a", "b"]), (("b", "a"), ["a", "b"])],
)
def test_only_chooses_by_key_or_id(only: tuple[str, ...], keys: list[str]) -> None:
    kept = [backup(f"asst_{key}", Mark("acme", "prod", key)) for key in ("a", "b")]
    assert [one.key for one in restoration(kept, Listing(()), SCOPE, (), only).plan.changes] == keys


def test_what_is_made_anew_is_refused_where_it_may_be_there_and_not_listed() -> None:
    found = restoration([backup("x", OURS)], Listing((), "the endpoint repeats a page"), SCOPE)
    (refusal,) = found.plan.refusals
    assert refusal.startswith("the listing may be incomplete (the endpoint repeats a page)")


def test_five_hundred_are_paired_at_once() -> None:
    kept = [backup(f"x{number}", None, name=f"A{number}") for number in range(500)]
    others = tuple(there(f"y{number}", None, name=f"A{number}") for number in range(500))
    assert all(one.action is Action.KEEP for one in restoration(kept, Listing(others), SCOPE).plan.changes)
