"""Old objects, kept before they are changed or deleted, and read back as definitions.

`.assistants/backups/<time>/<key>-<id>.yaml`, one folder for each run that wrote something, the last 20 of them. Each file names the
target that it came from and holds the object as a definition, so that restoring is the straight line with another source. A value that
the files take from a variable is kept as the reference, never as the value; where no definition is left to say so, it is the value.
"""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from assistants_tool import sources
from assistants_tool.canonical import declared
from assistants_tool.errors import DefinitionError, ToolError
from assistants_tool.loading import load, pattern
from assistants_tool.masks import leaves
from assistants_tool.project import Project, Target, make_state_folder, state_folder
from assistants_tool.shape import Path as Steps
from assistants_tool.shape import value_at
from assistants_tool.sources import Source, shown

if TYPE_CHECKING:
    from assistants_tool.assistant import Assistant
    from assistants_tool.definition import Definition

KEPT_RUNS = 20


class Backups:
    """The backups of one root. Saving makes the run's folder at the first object.

    `definitions` are those of the target's environment: what is deleted or released may take values from variables, too.
    """

    def __init__(self, root: Path, target: Target, definitions: Iterable[Definition] = ()) -> None:
        self._folder = state_folder(root) / "backups"
        self._target = target
        self._definitions = {one.key: one for one in definitions}
        self._run: Path | None = None

    def save(self, assistant: Assistant, definition: Definition | None) -> None:
        """Keep an object. Raises ToolError where it cannot be kept; then it must not be changed either."""
        definition = definition or self._definition_of(assistant)
        key = definition.key if definition else assistant.mark.key if assistant.mark else ""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", f"{key or 'unmanaged'}-{assistant.id}")[:200]
        content = {
            "target": self._target.as_data(),
            "id": assistant.id,
            "created_at": assistant.created_at,
            "definition": _as_definition(assistant, key, definition),
        }
        try:
            if self._run is None:
                self._run = self._new_run()
            descriptor = os.open(self._run / f"{name}.yaml", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                yaml.safe_dump(content, stream, sort_keys=False, allow_unicode=True)
        except (OSError, UnicodeEncodeError) as error:
            raise ToolError(
                f"{assistant.id} cannot be backed up, so it is left as it is: {error}; check {self._folder}"
            ) from None

    def _definition_of(self, assistant: Assistant) -> Definition | None:
        mark = assistant.mark
        return self._definitions.get(mark.key) if mark and self._target.scope.owns(mark) else None

    def _new_run(self) -> Path:
        """A folder named by the time, and room for it among the last runs."""
        make_private(self._folder)
        run = self._folder / f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%S.%f}"
        run.mkdir(mode=0o700)
        for old in sorted(self._folder.iterdir())[:-KEPT_RUNS]:
            shutil.rmtree(old, ignore_errors=True)
        return run

    def read(self, time: str | None) -> tuple[str, tuple[Backup, ...]]:
        """The objects of a run (by default the newest of this target) and its time. Raises ToolError where there is none."""
        runs = (
            sorted((one.name for one in self._folder.iterdir() if one.is_dir()), reverse=True)
            if self._folder.is_dir()
            else []
        )
        if time and time not in runs:
            raise ToolError(f"there is no backup {time!r}; there are: {', '.join(runs) or 'none'}")
        for name in [time] if time else runs:
            found = [_read(path) for path in sorted((self._folder / name).glob("*.yaml"))]
            here = tuple(one for one in found if one.target == self._target.as_data())
            if here:
                return name, here
            if time:
                raise ToolError(
                    f"the backup {time!r} is of another endpoint or environment ({_targets(found)}); choose that one"
                )
        raise ToolError(f"there is no backup of {self._target}; nothing was changed or deleted there from here")


@dataclass(frozen=True, slots=True)
class Backup:
    """One object as kept: where it was, under which id, and itself as a definition."""

    target: Mapping[str, str]
    id: str
    created_at: float
    definition: Mapping[str, Any]


def restored(backups: Sequence[Backup], root: Path, environ: Mapping[str, str]) -> tuple[Definition, ...]:
    """The definitions that backups hold, checked like any other. Of several with one key, the one that bore it first."""
    first: dict[str, Backup] = {}
    for one in sorted(backups, key=lambda one: (one.created_at, one.id)):
        first.setdefault(str(one.definition.get("key")), one)
    text = yaml.safe_dump_all([dict(one.definition) for one in first.values()], sort_keys=False, allow_unicode=True)
    return load((), Project(root), "", environ, Source(Path("<backup>"), text)).definitions


def make_private(folder: Path) -> None:
    """`.assistants/` and a folder in it; the former keeps itself out of git."""
    make_state_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def _targets(found: Sequence[Backup]) -> str:
    return "; ".join(sorted({", ".join(filter(None, one.target.values())) for one in found})) or "empty"


def _as_definition(assistant: Assistant, key: str, definition: Definition | None) -> dict[str, Any]:
    fields = declared(assistant.body)
    for path in definition.variables if definition else ():
        _refer(fields, path, definition)
    if definition:
        fields = _referring(fields, (), _references_of(definition))
    protect = {"protect": True} if assistant.mark and assistant.mark.protect else {}
    return {"key": key or assistant.id, **fields, **protect, "adopt": False}


def _references_of(definition: Definition) -> Callable[[Steps, str], str | None]:
    """The variable behind a text of the endpoint's: by the text, else by the kind of place, unless a literal of the files stands there."""
    variables = {path: name for path, name in definition.variables.items() if path[0] != "adopt"}
    values = (
        (path, value_at(definition.fields, path)) for path in variables
    )  # references still, where no variable was read
    found = {(pattern(path), value): variables[path] for path, value in values if isinstance(value, str)}
    places = {pattern(path): name for path, name in variables.items()}
    literals = {(pattern(path), one) for path, one in leaves(definition.fields) if path not in variables}

    def variable(path: Steps, text: str) -> str | None:
        known = pattern(path), text
        return found.get(known) or (places.get(known[0]) if known not in literals else None)

    return variable


def _referring(value: Any, path: Steps, variable: Callable[[Steps, str], str | None]) -> Any:
    """With the reference for each such text: the endpoint may have another order than the files."""
    if isinstance(value, str):
        name = variable(path, value)
        return {"env": name} if name else value
    if isinstance(value, dict):
        return {key: _referring(one, (*path, key), variable) for key, one in value.items()}
    if isinstance(value, list):
        return [_referring(one, (*path, index), variable) for index, one in enumerate(value)]
    return value


def _refer(fields: dict[str, Any], path: tuple[str | int, ...], definition: Definition | None) -> None:
    """Put the reference where the value stands. Ids have no places, so only those that the files state stay beside the references."""
    if definition is None:
        return
    value: Any = fields
    for step in path[:-1]:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return
    reference = {"env": definition.variables[path]}
    if path[0] == "tool_resources" and isinstance(value, list):
        references = {
            steps[-1]: {"env": name} for steps, name in definition.variables.items() if steps[:-1] == path[:-1]
        }
        stated = enumerate(value_at(definition.fields, path[:-1]))
        value[:] = [*(one for place, one in stated if place not in references and one in value), *references.values()]
    elif isinstance(value, dict) and path[-1] in value:
        value[path[-1]] = reference


def _read(path: Path) -> Backup:
    source = sources.read(path, path.parent)
    _, content = sources.structure(source)
    try:
        return Backup(content["target"], content["id"], content["created_at"], dict(content["definition"]))
    except (KeyError, TypeError, ValueError):
        problem = source.problem(0, (), f"{shown(path)} is not a backup of this tool; remove it")
        raise DefinitionError([problem]) from None
