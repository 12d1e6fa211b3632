"""Backups -> a plan that makes the objects again what they were. Pure.

An object is known by its id; one that is gone, by what a restore noted or marked when it began to bring it back, by being just the same,
or, where it was the key's own, by its key. What is there is made as it was in one write, its mark as it was written included. What is gone
is made under a mark that says that a restore is about it, so that nothing else touches it until it is as it was.
"""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from assistants_tool.definitions.shape import is_variable
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.again import (
    create_body,
    differing,
    likeness,
    metadata_in,
    metadata_of,
    update_body,
    values_for,
)
from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import Difference
from assistants_tool.objects.mark import Damaged, Mark
from assistants_tool.objects.members import ASSISTANTS, METADATA
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import leaves
from assistants_tool.planning.guards import unseen
from assistants_tool.planning.masks import Masks, Secrets, hiding
from assistants_tool.planning.plan import Action, Change, Plan

if TYPE_CHECKING:
    from assistants_tool.applying.backups import Backup
    from assistants_tool.objects.members import Members
    from assistants_tool.objects.paths import Path as Steps


@dataclass(frozen=True, slots=True)
class Return(Change):
    """A change of a restore: makes an object again what it was, with this metadata, and these values where masks stood.

    `meanwhile` is the mark that one which is made anew bears until it is as it was; None where that is known by its name, and so is made
    in one write.
    """

    settled_by: ClassVar[str] = "the same restore"

    old: Assistant = field(kw_only=True)
    backup: Backup = field(kw_only=True)
    metadata: Any = field(kw_only=True)
    meanwhile: Mark | None = field(kw_only=True)
    values: Mapping[Steps, str] = field(kw_only=True, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restoration:
    """The plan of a restore. `passed_over` are sentences on what is left as it is; `faults`, on what cannot be brought back."""

    plan: Plan
    passed_over: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def restoration(
    backups: Iterable[Backup],
    listing: Listing,
    scope: Scope,
    definitions: Iterable[Definition] = (),
    only: tuple[str, ...] = (),
    members: Members = ASSISTANTS,
) -> Restoration:
    """What brings back these objects, or those whose key or id is like one of `only`; `members` are those of the endpoint's objects.

    The definitions say which values are not to be told, and have those that the endpoint masks. Raises ToolError where a pattern matches
    nothing.
    """
    chosen = (replace(one, before=Assistant(one.before.body, members)) for one in _chosen(tuple(backups), only))
    pairs = _paired(sorted(chosen, key=lambda one: one.before.age), listing, scope)
    work = _Work(pairs, listing, scope, {one.key: one for one in definitions})
    found = sorted(filter(None, map(work.change, pairs)), key=lambda one: (one.key, one.old.age))
    plan = Plan(scope, tuple(found), listing)
    return Restoration(replace(plan, refusals=tuple(unseen(plan))), tuple(work.passed_over), tuple(work.faults))


def _chosen(backups: tuple[Backup, ...], only: tuple[str, ...]) -> list[Backup]:
    names = {one.id: {one.key, one.id, one.mark.key if one.mark else ""} - {""} for one in backups}
    for wanted in only:
        if not any(fnmatch.filter(found, wanted) for found in names.values()):
            known = ", ".join(sorted({name for found in names.values() for name in found}))
            raise ToolError(f"--only {wanted!r} matches nothing in the backup; it holds {known}")
    return [one for one in backups if not only or any(fnmatch.filter(names[one.id], wanted) for wanted in only)]


# --- which object is which


@dataclass(frozen=True, slots=True)
class _Pair:
    """A backup, and what is there of it; None where it is to be made anew."""

    backup: Backup
    there: Assistant | None = None

    @property
    def old(self) -> Assistant:
        return self.backup.before


def _paired(backups: Sequence[Backup], listing: Listing, scope: Scope) -> list[_Pair]:
    """Each backup with its object, the surest signs first, and no object twice."""
    free = {one.id: one for one in sorted(listing.assistants, key=lambda one: one.age)}
    found: dict[str, Assistant] = {}
    for sign in _signs(scope):
        left = [one for one in backups if one.id not in found]
        alike: dict[str, list[Assistant]] = {}
        for there in free.values() if left else ():
            alike.setdefault(sign.of_assistant(there), []).append(there)
        for one in left:
            candidates = alike.get(wanted, []) if (wanted := sign.of_backup(one)) else []
            made = (there for there in candidates if not (sign.made_since and there.id in one.there))
            if there_now := next(made, None):
                candidates.remove(there_now)
                found[one.id] = free.pop(there_now.id)
    return [_Pair(one, found.get(one.id)) for one in backups]


class _Sign(NamedTuple):
    """What a backup and an object have in common where they are one; what has it empty is none.

    `made_since`: it says so only of what was made since, in its place. What was there beside it then is another.
    """

    of_backup: Callable[[Backup], str]
    of_assistant: Callable[[Assistant], str]
    made_since: bool = False


def _signs(scope: Scope) -> Sequence[_Sign]:
    return (
        _Sign(lambda backup: backup.id, lambda there: there.id),
        _Sign(lambda backup: backup.back, lambda there: there.id),
        _Sign(lambda backup: sign_of(backup.id), lambda there: _half_restored(there, scope)),
        _Sign(lambda backup: likeness(backup.before), likeness, made_since=True),
        _Sign(lambda backup: _key_alone(backup, scope), scope.key_of, made_since=True),
    )


def _key_alone(backup: Backup, scope: Scope) -> str:
    """The key by which another may be taken for it: not of a second one, and not where it is known by a name, which no other has."""
    return "" if backup.surplus or backup.before.members.named_by else scope.key_of(backup.before)


def _half_restored(there: Assistant, scope: Scope) -> str:
    return there.mark.restoring if there.mark and scope.owns(there.mark) else ""


def _is_as_it_was(old: Assistant, there: Assistant) -> bool:
    return not differing(old, metadata_in(there.version, old, metadata_of(old)), there)


def _is_another(old: Assistant, there: Assistant) -> bool:
    """Whether an object that is known by its name is one that somebody made since, under that name: versions are never taken back."""
    numbers = [one.version for one in (old, there)]
    if not old.members.named_by or there.trace or not all(map(str.isdecimal, numbers)):
        return False
    then, now = map(int, numbers)
    return now <= then


def sign_of(assistant_id: str) -> str:
    """What a mark says of the id that is being restored: the id, if it is short and plain."""
    is_plain = len(assistant_id) <= 64 and re.fullmatch(r"[!-~]+", assistant_id)
    return assistant_id if is_plain else f"#{_digest(assistant_id)}"


# --- what is to be done


class _Work:
    def __init__(
        self, pairs: Sequence[_Pair], listing: Listing, scope: Scope, definitions: Mapping[str, Definition]
    ) -> None:
        self.scope, self.definitions = scope, definitions
        self.secrets = Secrets.of(hiding(definitions.values()), definitions.values())
        self.passed_over: list[str] = []
        self.faults: list[str] = []
        taken = {one.there.id for one in pairs if one.there}
        self.others = [one for one in listing.assistants if one.id not in taken]

    def change(self, pair: _Pair) -> Return | None:
        """None where nothing is to be done, or nothing can be."""
        change = self._change(pair)
        if change and change.action is not Action.KEEP and (fault := _cannot_be_sent(change)):
            self.faults.append(f"{change.backup.id} is left as it is: {fault}")
            return None
        return change

    def _change(self, pair: _Pair) -> Return | None:
        backup, there = pair.backup, pair.there
        if there and _is_as_it_was(pair.old, there):
            return self._return(pair, Action.KEEP)
        if there and (trace := there.trace) and not self._may_touch(trace) and there.id != backup.back:
            self._leave(pair, trace)
            return None
        if there and _is_another(pair.old, there):
            self.faults.append(_ANOTHER.format(id=backup.id))
            return None
        if rival := self._rival(pair):
            key = backup.mark.key if backup.mark else ""
            self.faults.append(f"{backup.id} had the key {key}, which {rival.id} has now; release or delete that first")
            return None
        return self._made_as_it_was(pair, there) if there else self._made_anew(pair)

    def _may_touch(self, trace: Mark | Damaged) -> bool:
        return self.scope.may_own(trace) if isinstance(trace, Damaged) else self.scope.owns(trace)

    def _leave(self, pair: _Pair, mark: Mark | Damaged) -> None:
        """What is another's now: where it was then, too, it is none of ours, and else it was taken over."""
        if isinstance(mark, Mark) and pair.backup.mark and pair.backup.mark.whose == mark.whose:
            self.passed_over.append(f"{pair.backup.id} exists and belongs to {mark.owner}: it is left as it is")
        else:
            self.faults.append(f"{pair.backup.id} {self.scope.held(mark) or _LOOSE}")

    def _rival(self, pair: _Pair) -> Assistant | None:
        """Who has its key by now, so that the two would be taken for one made twice. What was a second one before, may be so again."""
        mark, here = pair.backup.mark, pair.there.mark if pair.there else None
        as_before = here and mark and here.whose == mark.whose and not here.restoring
        if mark is None or pair.backup.surplus or as_before or (pair.there is None and not self.scope.owns(mark)):
            return None
        return next((one for one in self._bearers(mark) if pair.backup.there.get(one.id) != mark.key), None)

    def _bearers(self, mark: Mark) -> Sequence[Assistant]:
        """Those that bear the same, and that nothing is restored to."""
        marked = ((one, one.mark) for one in self.others if one.mark and not one.mark.restoring)
        return [one for one, found in marked if found.whose == mark.whose]

    def _made_as_it_was(self, pair: _Pair, there: Assistant) -> Return:
        backup, notes = pair.backup, []
        if backup.id != there.id:
            notes.append(f"was {backup.id}; {there.id} becomes what that was")
        if there.trace or backup.before.trace:
            notes += self._whose_again(backup.before)
        action, reason = Action.UPDATE, "not as it is in the backup"
        if there.mark and there.mark.restoring:
            reason = "a restore of it was interrupted"
        elif backup.mark and there.trace is None:
            action, reason = Action.ADOPT, "still there, and no longer managed"
        found = tuple(_shown_differences(pair.old, there))
        if not found and backup.before.trace is None:
            action = Action.RELEASE
        elif not found and there.trace:
            notes.append("its mark, which says what the last apply did, is put back")
        return replace(self._return(pair, action, reason), differences=found, notes=tuple(notes))

    def _whose_again(self, old: Assistant) -> list[str]:
        if old.mark:
            return [] if self.scope.owns(old.mark) else [f"it belongs to {old.mark.owner} again"]
        return [
            "its mark was damaged, and is again" if old.damaged else "it was not managed here, and is released again"
        ]

    def _made_anew(self, pair: _Pair) -> Return:
        backup, metadata = pair.backup, metadata_of(pair.old)
        again = f"{backup.id} is recreated, and its versions start again at 1" if pair.old.members.named_by else ""
        notes = [again or f"was {backup.id}; it comes back under a new id"]
        beside = self._bearers(backup.mark) if backup.mark else ()
        # To another project it would be surplus, which is deleted.
        if backup.mark and beside and not self.scope.owns(backup.mark):
            said = f"{beside[0].id} of {backup.mark.owner} has its key now"
            self.faults.append(f"{backup.id} comes back without its mark: {said}")
            metadata = {name: one for name, one in metadata.items() if name != MARK_KEY}
        else:
            notes += self._whose_again(pair.old)
        if self.scope.owns(backup.mark) and any(pair.old.age < one.age for one in beside) and not backup.surplus:
            said = f"of the two with the key {backup.key} {beside[0].id} is the first now"
            self.faults.append(f"{backup.id} comes back as the newer one: {said}")
        return replace(self._return(pair, Action.CREATE), metadata=metadata, notes=tuple(notes))

    def _return(self, pair: _Pair, action: Action, reason: str = "") -> Return:
        backup, there = pair.backup, pair.there
        ours = backup.mark if self.scope.owns(backup.mark) else None
        held = there.mark.key if there and there.mark and self.scope.owns(there.mark) else ""
        key = ours.key if ours else held or _key_meanwhile(backup.id)
        scope = self.scope
        half = Mark(scope.project, scope.environment, key, restoring=sign_of(backup.id), api=scope.api)
        definition = self._definition(backup, key)
        stated = self.definitions.get(backup.key or key)
        return Return(
            action,
            key,
            definition,
            there,
            reason,
            old=replace(pair.old, seen_moving=there.moving) if there else pair.old,
            backup=backup,
            metadata=metadata_of(pair.old),
            meanwhile=None if pair.old.members.named_by else half,
            values=values_for(pair.old, stated.fields) if stated else {},
        )

    def _definition(self, backup: Backup, key: str) -> Definition:
        """How a file would state it, to be shown: with each value hidden that came, or comes, from a variable."""
        fields, mark = backup.before.stated, backup.mark
        stated = self.definitions.get(backup.key or key) or Definition(key, {})
        masks = Masks(stated, self.secrets, mark)
        hidden = {path: _variable(told) for path, one in leaves(fields) if (told := masks.found(one, path)) != one}
        protect = mark is not None and mark.protect
        source, members = f"{shown(backup.path)}:1:1", backup.before.members
        return Definition(
            key, fields, protect, variables={**hidden, **backup.variables}, source=source, members=members
        )


def _variable(told: Any) -> str:
    """The name of the variable in what may be told of a value; where only a part of a text came from it, or it is gone, none."""
    name = str(told).removeprefix("env:")
    return name if is_variable(name) and told != name else "(hidden)"


def _cannot_be_sent(change: Return) -> str:
    """Why no request could make it as it was; empty where one can."""
    try:
        if change.assistant:
            update_body(change.old, change.metadata, change.assistant, change.values)
        else:
            create_body(change.old, change.metadata, change.values)
    except ToolError as error:
        return str(error)
    return ""


def _shown_differences(old: Assistant, there: Assistant) -> Iterator[Difference]:
    """Without what a mark says of the last apply, of which people know nothing."""
    if there.mark and old.mark and not there.mark.restoring:
        if there.mark.key != old.mark.key:
            yield Difference("key", there.mark.key, old.mark.key)
        if there.mark.protect != old.mark.protect:
            yield Difference("protect", there.mark.protect, old.mark.protect)
    for one in differing(old, metadata_of(old), there):
        if one.path != f"{METADATA}.{MARK_KEY}":
            yield one


def _key_meanwhile(assistant_id: str) -> str:
    """The key of what is not ours until it is let go: the same for an id each time."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", assistant_id)[:40]
    return f"was-{name}" if name == assistant_id else f"was-{name}-{_digest(assistant_id)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


_ANOTHER = (
    "{id} is there, and was made by somebody since, as its versions say, so it is left as it is;"
    " delete it first, if the old one is to be back"
)
_LOOSE = "has the mark of an environment that is not declared; take it over with adopt: ID in a definition"
