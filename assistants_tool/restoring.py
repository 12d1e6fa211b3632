"""Backups -> what is wanted again. Pure.

An object is known by its id, not by its key alone: of two with one key, of one that is another project's, and of one that was nobody's, the
key says nothing. What was not ours is made like the rest, because only a mark makes a create safe, and then let go again.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from assistants_tool.definition import REFERENCES, Definition
from assistants_tool.errors import ToolError
from assistants_tool.loading import number, pattern
from assistants_tool.planning import Action, Change, Plan
from assistants_tool.sources import shown

if TYPE_CHECKING:
    from assistants_tool.assistant import Assistant, Listing, Scope
    from assistants_tool.backups import Backup
    from assistants_tool.shape import Path as Steps


@dataclass(slots=True)
class Restoration:
    """What to plan. `old_ids` by key; `unmanaged` are the keys of what was not ours, to be let go when it is back.

    `passed_over` are sentences on what needs nothing; `faults`, on what cannot be brought back.
    """

    definitions: list[Definition] = field(default_factory=list)
    old_ids: dict[str, str] = field(default_factory=dict)
    unmanaged: set[str] = field(default_factory=set)
    passed_over: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def worded(self, plan: Plan) -> Plan:
        """With words for a backup, where a plan has words for files."""
        return replace(plan, changes=tuple(self._worded(one) for one in plan.changes))

    def _worded(self, change: Change) -> Change:
        created = change.action is Action.CREATE
        notes = [f"was {self.old_ids[change.key]}; it comes back under a new id"] if created else []
        notes += ["it was not managed here, and is let go again"] if change.key in self.unmanaged else []
        reasons = {Action.UPDATE: "not as in the backup", Action.ADOPT: "there still, and not managed any more"}
        return replace(change, reason=reasons.get(change.action, change.reason), notes=(*change.notes, *notes))


def restoration(
    backups: Iterable[Backup],
    listing: Listing,
    scope: Scope,
    environ: Mapping[str, str],
    only: tuple[str, ...] = (),
) -> Restoration:
    """What brings back these objects, or those whose key or id is like one of `only`. Raises ToolError where there is none such."""
    chosen = sorted(_chosen(tuple(backups), only), key=lambda one: (one.created_at, one.id))
    work = _Work(listing, scope, environ)
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
    def __init__(self, listing: Listing, scope: Scope, environ: Mapping[str, str]) -> None:
        self.scope, self.environ = scope, environ
        self.restoration = Restoration()
        self.there = {one.id: one for one in listing.assistants}
        self.first: dict[str, Assistant] = {}  # by key: who bears the mark, or bore it first
        for one in sorted(listing.assistants, key=_age):
            if one.mark and scope.owns(one.mark):
                self.first.setdefault(one.mark.key, one)

    def take(self, backup: Backup) -> None:
        there = self.there.get(backup.id)
        ours = self.scope.owns(backup.mark)
        if there and there.mark and self.scope.owns(there.mark):
            self._make_as_it_was(backup, there, there.mark.key, ours=ours)
        elif there and not ours:
            self._pass_over(f"{backup.id} is there, and not managed here: it is left as it is")
        elif there and there.mark:
            self._fail(f"{backup.id} {self.scope.held(there.mark) or _LOOSE}")
        elif there and backup.mark:
            self._want(backup, backup.mark.key, adopt=backup.id)
        elif ours and backup.mark:
            self._bring_back(backup, backup.mark.key)
        else:
            self._want(backup, self._free_key(backup.id), unmanaged=True)

    def _make_as_it_was(self, backup: Backup, there: Assistant, key: str, *, ours: bool) -> None:
        if self.first[key].id != there.id:
            self._pass_over(
                f"{backup.id} is a second assistant of key {key}; {self.first[key].id}, the first, is the key's"
            )
        else:
            self._want(backup, key, unmanaged=not ours)

    def _bring_back(self, backup: Backup, key: str) -> None:
        """One that is gone. Where its key has another now, that was either made in its place, or the first of two already."""
        first = self.first.get(key)
        if first and _age(first) < (backup.created_at, backup.id):
            self._pass_over(f"{backup.id} was a second assistant of key {key}; {first.id}, the first, is left as it is")
        else:
            self._want(backup, key)

    def _want(self, backup: Backup, key: str, *, adopt: str | Literal[False] = False, unmanaged: bool = False) -> None:
        if key in self.restoration.old_ids:
            first = self.restoration.old_ids[key]
            self._pass_over(f"{backup.id} was a second assistant of key {key}; {first}, the first, is brought back")
            return
        try:
            fields = {name: self._resolved(one, (name,), backup) for name, one in backup.fields.items()}
        except ToolError as error:
            self._fail(str(error))
            return
        protect = backup.mark is not None and backup.mark.protect and not unmanaged
        source, variables = f"{shown(backup.path)}:1:1", dict(backup.variables)
        self.restoration.definitions.append(Definition(key, fields, protect, frozenset(), adopt, source, variables))
        self.restoration.old_ids[key] = backup.id
        if unmanaged:
            self.restoration.unmanaged.add(key)

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
        value = number(text) if REFERENCES.get(pattern(path)) == "number" else text
        if value is None:
            raise ToolError(f"{where} does not hold a number; write one there")
        return value

    def _free_key(self, assistant_id: str) -> str:
        """A key for as long as it takes."""
        name = "was-" + re.sub(r"[^A-Za-z0-9._-]", "_", assistant_id)[:50]
        taken = {*self.first, *self.restoration.old_ids}
        names = (name if not count else f"{name}-{count}" for count in range(len(taken) + 1))
        return next(one for one in names if one not in taken)

    def _pass_over(self, said: str) -> None:
        self.restoration.passed_over.append(said)

    def _fail(self, said: str) -> None:
        self.restoration.faults.append(said)


def _age(assistant: Assistant) -> tuple[float, str]:
    return assistant.created_at, assistant.id


_LOOSE = "bears the mark of an environment that is not declared; take it over with adopt: ID in a definition"
