"""What `apply` refuses: conflicts, deletions without a named project or over a limit, protected assistants, a listing that may lack rows.

In: a plan. Out: the refusals, each a sentence with its remedy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from assistants_tool.objects.assistant import Scope, Standing
from assistants_tool.planning.plan import (
    ALWAYS_DELETABLE,
    DEFAULT_MAX_DELETE,
    Action,
    Change,
    Options,
    Plan,
    deletion_limit,
)

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.mark import Damaged, Mark


def _lifting(mark: Mark | Damaged, scope: Scope, said: Collection[str]) -> str:
    """How to lift the protection of an assistant; empty where it is not protected.

    `said` are the keys whose definitions say `protect: true`, which counts before an apply has written it into the mark.
    """
    if mark.protect:
        return _LIFTING[scope.standing(mark)].format(mark=mark)
    if scope.owns(mark) and mark.key in said:
        return "remove `protect: true` from the definition first, or release"
    return ""


_LIFTING = {
    Standing.OURS: "apply `protect: false` first, or release",
    Standing.NEIGHBOUR: "apply `protect: false` in environment {mark.environment} first, or release there",
    Standing.UNSCOPED: "take over in environment {mark.environment} first (-e {mark.environment} --adopt), without `protect: true`",
    Standing.FOREIGN: "apply `protect: false` in project {mark.project} first, or release there",
    Standing.DAMAGED: "its mark is damaged, and may have protected it: remove it first (`assistants release` with its id) if that is meant",
    Standing.LOOSE: "take over first, by `adopt: ID` in a definition without `protect: true`",
}


def _count(changes: Sequence[Change], noun: str) -> str:
    return f"{len(changes)} {noun}{'' if len(changes) == 1 else 's'}"


def _keys(changes: Sequence[Change]) -> str:
    names = [one.key or one.id or "" for one in changes]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def conflicting(plan: Plan) -> Iterator[str]:
    """Refuses conflicts."""
    if conflicts := plan.of(Action.CONFLICT):
        yield f"{_count(conflicts, 'conflict')} ({_keys(conflicts)}): each says what to do"


def refusals_of(plan: Plan, options: Options) -> Iterator[str]:
    yield from conflicting(plan)
    if options.prune and not plan.scope.project:
        yield f"--prune {UNNAMED}: write `project: NAME` in project.yaml"
    if options.prune and not options.whole:
        yield "--prune needs all definitions, or it would delete those that were not given: give the folder of project.yaml"
    yield from protected(plan)
    yield from too_many(plan, options.max_delete)
    if options.fail_on_risk and (risky := [one for one in plan.changes if one.risks]):
        yield f"--fail-on-risk: {_count(risky, 'change')} to review ({_keys(risky)}): apply without it if that is meant"
    yield from unseen(plan)


UNNAMED = "needs a named project, or it could delete another's assistants"


def unseen(plan: Plan) -> Iterator[str]:
    """Refuses changes that would be others if the listing lacked a row.

    A create may have been made already; an adoption may be of a key that another assistant bears; a deletion may be counted wrong. A
    surplus deletion is allowed, because both assistants of its key were listed.
    """
    rests = [one for one in plan.of(Action.CREATE, Action.ADOPT, Action.DELETE) if not one.surplus]
    if plan.listing.incomplete and rests:
        what = f"what is missing from it decides {_count(rests, 'change')} ({_keys(rests)})"
        yield f"the listing may be incomplete ({plan.listing.incomplete}), and {what}: {plan.listing.advice}"


def protected(plan: Plan, definitions: Iterable[Definition] = ()) -> Iterator[str]:
    """Refuses deletions of protected assistants, with one sentence for each way to lift the protection."""
    said = {one.key for one in definitions if one.protect}
    found: dict[str, list[Change]] = {}
    for one in plan.of(Action.DELETE):
        mark = one.assistant.trace if one.assistant else None
        if mark and (lifting := _lifting(mark, plan.scope, said)):
            # Applying its definition lifts the protection of the one that stays.
            found.setdefault(f"release it by its id {one.id}" if one.surplus else lifting, []).append(one)
    for lifting, changes in found.items():
        yield f"{_count(changes, 'protected assistant')} would be deleted ({_keys(changes)}): {lifting}"


def too_many(plan: Plan, max_delete: str | None) -> Iterator[str]:
    ours = sum(plan.scope.owns(one.mark) for one in plan.listing.assistants)
    going = [one.assistant.mark for one in plan.of(Action.DELETE) if one.assistant]
    limit = deletion_limit(max_delete, ours)
    if len(going) > limit:
        of = f" of {ours}" if all(map(plan.scope.owns, going)) else ""
        asked = max_delete or f"{DEFAULT_MAX_DELETE}, at least {ALWAYS_DELETABLE}"
        allowed = asked if asked == str(limit) else f"{limit}: {asked}"
        yield f"{len(going)}{of} assistants would be deleted, more than --max-delete allows ({allowed}): raise it if that is meant"
