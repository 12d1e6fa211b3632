"""Backups -> what is wanted again. Pure.

An object is known by its id, not by its key alone: of two with one key, of one that is another project's, and of one that was nobody's, the
key says nothing. What was not ours is made like the rest, because only a mark makes a create safe, and then let go again; its key for that
time is always the same, and once it is back, it is known by what it holds, so that a restore may be done again, wherever it was cut off.
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from assistants_tool.definitions.references import number, pattern
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.plan import Action, Change, Options, Plan

if TYPE_CHECKING:
    from assistants_tool.applying.backups import Backup
    from assistants_tool.objects.assistant import Assistant, Listing, Scope
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.members import Members
    from assistants_tool.objects.paths import Path as Steps


@dataclass(slots=True)
class Restoration:
    """What to plan. `old_ids` by key; `unmanaged` are the keys of what was not ours, to be let go when it is back, with a word on that.

    `passed_over` are sentences on what needs nothing; `faults`, on what cannot be brought back.
    """

    definitions: list[Definition] = field(default_factory=list)
    old_ids: dict[str, str] = field(default_factory=dict)
    unmanaged: dict[str, str] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def plan(self, listing: Listing, scope: Scope) -> Plan:
        """What is wanted, with words for a backup where a plan has words for files. A conflict keeps only itself back."""
        made = make_plan(self.definitions, listing, scope, Options())
        conflicts = made.of(Action.CONFLICT)
        self.faults += [f"{self.old_ids[one.key]}: {one.reason}" for one in conflicts]
        kept_back = {one.key for one in conflicts}
        wanted = [one for one in self.definitions if one.key not in kept_back]
        made = make_plan(wanted, listing, scope, Options()) if conflicts else made
        return replace(made, changes=tuple(self._worded(one) for one in made.changes))

    def _worded(self, change: Change) -> Change:
        created = change.action is Action.CREATE
        notes = [f"was {self.old_ids[change.key]}; it comes back under a new id"] if created else []
        notes += [self.unmanaged[change.key]] if change.key in self.unmanaged else []
        reasons = {Action.UPDATE: "not as in the backup", Action.ADOPT: "there still, and not managed any more"}
        return replace(change, reason=reasons.get(change.action, change.reason), notes=(*change.notes, *notes))


def restoration(
    backups: Iterable[Backup],
    listing: Listing,
    scope: Scope,
    environ: Mapping[str, str],
    only: tuple[str, ...] = (),
    members: Members = ASSISTANTS,
) -> Restoration:
    """What brings back these objects, or those whose key or id is like one of `only`; `members` are those of the endpoint's objects.

    Raises ToolError where there is none such.
    """
    chosen = sorted(_chosen(tuple(backups), only), key=lambda one: (one.created_at, one.id))
    work = _Work(listing, scope, environ, members)
    for one in chosen:
        work.take(one)
    return work.restoration


def _chosen(backups: tuple[Backup, ...], only: tuple[str, ...]) -> list[Backup]:
    names = {one.id: {one.key, one.id, one.mark.key if one.mark else ""} - {""} for one in backups}
    for pattern_ in only:
        if not any(fnmatch.filter(found, pattern_) for found in names.values()):
            known = ", ".join(sorted({name for found in names.values() for name in found}))
            raise ToolError(f"--only {pattern_!r} matches nothing in the backup; it holds {known}")
    return [one for one in backups if not only or any(fnmatch.filter(names[one.id], pattern_) for pattern_ in only)]


class _Work:
    def __init__(self, listing: Listing, scope: Scope, environ: Mapping[str, str], members: Members) -> None:
        self.scope, self.environ, self.members = scope, environ, members
        self.restoration = Restoration()
        self.there = {one.id: one for one in listing.assistants}
        self.unmanaged = [one for one in listing.assistants if one.mark is None]
        self.first = {key: found[0] for key, found in scope.bearers(listing.assistants).items()}

    def take(self, backup: Backup) -> None:
        there = self.there.get(backup.id)
        if there is None:
            self._bring_back(backup)
        elif there.mark and self.scope.owns(there.mark):
            self._make_as_it_was(backup, there, there.mark.key)
        elif not self.scope.owns(backup.mark) or backup.mark is None:
            self._pass_over(f"{backup.id} is there, and not managed here: it is left as it is")
        elif there.mark:
            self._fail(f"{backup.id} {self.scope.held(there.mark) or _LOOSE}")
        elif first := self.first.get(backup.mark.key):
            self._fail(
                f"{backup.id} is not managed any more, and its key {backup.mark.key} has {first.id}; release that first"
            )
        else:
            self._want(backup, backup.mark.key, adopt=backup.id)

    def _make_as_it_was(self, backup: Backup, there: Assistant, key: str) -> None:
        if self.first[key].id != there.id:
            self._pass_over(
                f"{backup.id} is a second assistant of key {key}; {self.first[key].id}, the first, is the key's"
            )
            return
        if backup.mark and self.scope.owns(backup.mark) and backup.mark.key != key:
            self._pass_over(f"the key of {backup.id} was {backup.mark.key} and is {key}, which it stays")
        self._want(backup, key)

    def _bring_back(self, backup: Backup) -> None:
        """One that is gone. Where its key has another, that was made in its place, unless this one was the second of it."""
        mark = backup.mark
        if mark is None or not self.scope.owns(mark):
            self._bring_back_unmanaged(backup)
        elif backup.surplus and mark.key in self.first:
            first = self.first[mark.key].id
            self._pass_over(
                f"{backup.id} was a second assistant of key {mark.key}; {first}, the first, is left as it is"
            )
        else:
            self._want(backup, mark.key)

    def _bring_back_unmanaged(self, backup: Backup) -> None:
        key = _key_meanwhile(backup.id)
        like_it = None if key in self.first else self._unmanaged_like(backup)
        if like_it:
            self.unmanaged.remove(like_it)
            self._pass_over(f"{like_it.id} is there, not managed and just like {backup.id}: nothing is made of that")
        else:
            self._want(backup, key)

    def _unmanaged_like(self, backup: Backup) -> Assistant | None:
        with contextlib.suppress(ToolError):  # of a variable, which is told where it is wanted
            form = canonical(self._fields(backup), members=self.members)
            return next((one for one in self.unmanaged if same(one.form, form)), None)
        return None

    def _want(self, backup: Backup, key: str, *, adopt: str | Literal[False] = False) -> None:
        if key in self.restoration.old_ids:
            first = self.restoration.old_ids[key]
            self._pass_over(f"{backup.id} was a second assistant of key {key}; {first}, the first, is brought back")
            return
        try:
            fields = self._fields(backup)
        except ToolError as error:
            self._fail(str(error))
            return
        ours = self.scope.owns(backup.mark)
        protect = ours and backup.mark is not None and backup.mark.protect
        source, variables = f"{shown(backup.path)}:1:1", dict(backup.variables)
        wanted = Definition(key, fields, protect, frozenset(), adopt, source, variables, self.members)
        self.restoration.definitions.append(wanted)
        self.restoration.old_ids[key] = backup.id
        if not ours:
            whose = f"it bore the mark of {_whose(backup.mark)}, and" if backup.mark else "it was not managed here, and"
            self.restoration.unmanaged[key] = f"{whose} is let go again"

    def _fields(self, backup: Backup) -> dict[str, Any]:
        """Raises ToolError where a variable is missing, and for what no request can hold."""
        fields = {name: self._resolved(one, (name,), backup) for name, one in backup.fields.items()}
        odd = [name for name, one in fields.items() if not self.members.is_sound(name, one)]
        missing = [name for name in self.members.required if not fields.get(name)]
        if odd or missing:
            what = f"a {odd[0]} of a shape that" if odd else f"no {missing[0]}, which"
            raise ToolError(f"{shown(backup.path)} holds {what} no server takes; make {backup.id} anew by hand")
        return fields

    def _resolved(self, value: Any, path: Steps, backup: Backup) -> Any:
        if name := backup.variables.get(path):
            return self._variable(name, path, backup)
        if isinstance(value, dict):
            return {key: self._resolved(one, (*path, key), backup) for key, one in value.items()}
        if isinstance(value, list):
            return [self._resolved(one, (*path, index), backup) for index, one in enumerate(value)]
        return value

    def _variable(self, name: str, path: Steps, backup: Backup) -> Any:
        where = f"{shown(backup.path)} takes a value from the variable {name!r}, which"
        if name not in self.environ:
            raise ToolError(f"{where} is not set; set it")
        text = self.environ[name]
        value = number(text) if self.members.places.get(pattern(path)) == "number" else text
        if value is None:
            raise ToolError(f"{where} does not hold a number; write one there")
        return value

    def _pass_over(self, said: str) -> None:
        self.restoration.passed_over.append(said)

    def _fail(self, said: str) -> None:
        self.restoration.faults.append(said)


def _whose(mark: Mark) -> str:
    return f"project {mark.project or '(none)'}, environment {mark.environment or '(none)'}"


def _key_meanwhile(assistant_id: str) -> str:
    """The key of what is not ours until it is let go: the same for an id each time."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", assistant_id)[:40]
    odd = hashlib.blake2b(assistant_id.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"was-{name}" if name == assistant_id else f"was-{name}-{odd}"


_LOOSE = "bears the mark of an environment that is not declared; take it over with adopt: ID in a definition"
