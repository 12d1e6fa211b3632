"""Old objects, kept before they are changed or deleted.

`.assistants/backups/<time>/<key>-<id>.yaml`, one folder for each run that wrote something, the last 20 of them. Each file names the
target that it came from, whose the object was, and holds it as a definition. A value that the files take from a variable is kept as the
reference, never as the value; where no definition is left to say so, it is the value. What is read back is taken as it stands: the
endpoint held it, so no limit of files applies, and only the references that were put in here are read from variables.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions import sources, yamltext
from assistants_tool.definitions.references import pattern
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.paths import Path as Steps
from assistants_tool.objects.paths import value_at
from assistants_tool.planning.masks import leaves
from assistants_tool.project.state import make_state_folder, state_folder
from assistants_tool.project.target import is_same_target

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.project.target import Target

KEPT_RUNS = 20
_SIZE_MAX = 64 << 20  # bytes; some sixty times what an assistant holds at the most
_NESTING_MAX = 200  # more than a server's answer may have
_TIME = "%Y%m%dT%H%M%S.%f"
_OF_RESTORE = "-restore"
_IDLE_SECONDS = 3600.0
_END = "\n...\n"  # YAML's end of a document: what lacks it was cut off


@dataclass(frozen=True, slots=True)
class Backup:
    """One object as kept: where it was, under which id, whose it was (`mark`, None where nobody's), and itself as a file would state it.

    `variables` are the places in `fields` that are references, each with its variable. `key` is that of the definition that changed it.
    `surplus`: it was the second of its key, and deleted as such.
    """

    path: Path
    target: Mapping[str, Any]
    id: str
    created_at: float
    mark: Mark | None
    key: str
    fields: Mapping[str, Any]
    variables: Mapping[Steps, str]
    surplus: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What one run kept. `faults` are sentences on files that cannot be read."""

    time: str
    backups: tuple[Backup, ...]
    faults: tuple[str, ...] = ()


class Backups:
    """The backups of one root. Saving makes the run's folder at the first object.

    `definitions` are those of the target's environment: what is deleted or released may take values from variables, too. `restoring` says
    that the run is a restore, which a later restore passes over: done again, it goes on instead of undoing itself.
    """

    def __init__(
        self, root: Path, target: Target, definitions: Iterable[Definition] = (), *, restoring: bool = False
    ) -> None:
        self._folder = state_folder(root) / "backups"
        self._target = target
        self._definitions = {one.key: one for one in definitions}
        self._restoring = restoring
        self._run: Path | None = None

    def save(self, assistant: Assistant, definition: Definition | None, *, surplus: bool = False) -> None:
        """Keep an object, as it was before the run. Raises ToolError where it cannot be kept; then it must not be changed either."""
        definition = definition or self._definition_of(assistant)
        key = definition.key if definition else assistant.mark.key if assistant.mark else ""
        content = {**self._content(assistant, key, definition), **({"surplus": True} if surplus else {})}
        text = yamltext.dump(content) + _END.lstrip("\n")
        run = self._run
        try:
            run = run or self._new_run()
            _write_whole(run / f"{_name(key, assistant.id)}.yaml", text)
        except OSError as error:
            if run and not self._run:
                shutil.rmtree(run, ignore_errors=True)
            raise ToolError(
                f"{assistant.id} cannot be backed up, so it is left as it is: {error.strerror or error}; check {self._folder}"
            ) from None
        if self._run is None:
            self._run = run
            self._forget_old()

    def _content(self, assistant: Assistant, key: str, definition: Definition | None) -> dict[str, Any]:
        mark = assistant.mark
        stated = _sendable(assistant.stated)
        fields = _with_references(stated, definition) if definition else stated
        return {
            "target": self._target.as_data(),
            "id": _sendable(assistant.id),
            "created_at": assistant.created_at,
            "mark": {"project": mark.project, "environment": mark.environment, "key": mark.key} if mark else None,
            "definition": {"key": key, **fields, **({"protect": True} if mark and mark.protect else {})},
            "variables": [{"path": list(path), "env": name} for path, name in _references(stated, fields)],
        }

    def _definition_of(self, assistant: Assistant) -> Definition | None:
        mark = assistant.mark
        return self._definitions.get(mark.key) if mark and self._target.scope.owns(mark) else None

    def _new_run(self) -> Path:
        """A folder named by the time; later than the last, whatever the clock says, and not another process's."""
        make_private(self._folder)
        while True:
            run = self._folder / (_later(self._folder.iterdir()) + (_OF_RESTORE if self._restoring else ""))
            with contextlib.suppress(FileExistsError):
                run.mkdir(mode=0o700)
                return run

    def _forget_old(self) -> None:
        """All but the last runs that kept something. What holds nothing goes, too, unless its run may have only just made it."""
        kept = 0
        for folder in sorted(self._folder.iterdir(), reverse=True):
            with contextlib.suppress(OSError):  # another process may be about it, too
                if folder == self._run or not folder.is_dir():
                    continue
                kept += any(folder.glob("*.yaml"))
                idle = not any(folder.iterdir()) and time.time() - folder.stat().st_mtime > _IDLE_SECONDS
                if kept >= KEPT_RUNS or idle:
                    shutil.rmtree(folder, ignore_errors=True)

    def read(self, asked: str | None) -> Run:
        """What a run kept of this target, by default the newest that was no restore. Raises ToolError where there is nothing."""
        times = sorted(self._times(), reverse=True)
        if asked and asked not in times:
            raise ToolError(f"there is no backup {asked!r}; there are: {', '.join(times) or 'none'}")
        for name in [asked] if asked else [one for one in times if not one.endswith(_OF_RESTORE)]:
            run = self._of(name)
            here = tuple(one for one in run.backups if is_same_target(one.target, self._target.as_data()))
            if here:
                return Run(name, here, run.faults)
            if run.faults and not run.backups:  # an older one is not what was meant
                raise ToolError(f"the backup {name} cannot be read: {run.faults[0]}; or choose another by its TIME")
            if asked:
                whose = f"is of another endpoint or environment ({_targets(run.backups)}); choose that one"
                raise ToolError(f"the backup {asked!r} {whose if run.backups else 'holds nothing; choose another'}")
        raise ToolError(f"there is no backup of {self._target}; nothing was changed or deleted there from here")

    def _times(self) -> list[str]:
        try:
            return [one.name for one in os.scandir(self._folder) if one.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self._folder, error) from None

    def _of(self, time: str) -> Run:
        folder = self._folder / time
        try:
            paths = sorted(one for one in folder.iterdir() if one.suffix == ".yaml")
        except OSError as error:
            raise _unreadable(folder, error) from None
        found: list[Backup] = []
        faults: list[str] = []
        for path in paths:
            try:
                found.append(_read(path))
            except ToolError as error:
                faults.append(str(error))
        return Run(time, tuple(found), tuple(faults))


def make_private(folder: Path) -> None:
    """`.assistants/` and a folder in it; the former keeps itself out of git."""
    make_state_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def _unreadable(path: Path, error: OSError) -> ToolError:
    return ToolError(f"{shown(path)} cannot be read: {error.strerror}; check its permissions")


def _targets(found: Sequence[Backup]) -> str:
    return "; ".join(sorted({", ".join(str(value) for value in one.target.values() if value) for one in found}))


# --- writing


def _name(key: str, assistant_id: str) -> str:
    """For people; where that would be no file name, or a long one, with a digest, so that no two are alike."""
    wanted = f"{key or 'unmanaged'}-{assistant_id}"
    name = re.sub(r"[^A-Za-z0-9._-]", "_", wanted)[:150]
    odd = hashlib.blake2b(wanted.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return name if name == wanted else f"{name}-{odd}"


def _later(runs: Iterable[Path]) -> str:
    times = [datetime.datetime.now(datetime.UTC).replace(tzinfo=None)]
    for run in runs:
        with contextlib.suppress(ValueError, OverflowError):  # a folder of somebody else's
            last = datetime.datetime.strptime(run.name.removesuffix(_OF_RESTORE), _TIME)
            times.append(last + datetime.timedelta(microseconds=1))
    return f"{max(times):{_TIME}}"


def _write_whole(path: Path, text: str) -> None:
    """The file is there whole, on the disk, or not at all. One that is there already is of the same run, and the older."""
    if path.exists():
        return
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sendable(value: Any) -> Any:
    """Without halves of surrogate pairs, which no file can hold, and no server takes."""
    if isinstance(value, str):
        return value if value.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {_sendable(key): _sendable(one) for key, one in value.items()}
    return [_sendable(one) for one in value] if isinstance(value, list) else value


def _references(stated: Any, referring: Any, path: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Where `referring` has a reference and `stated`, which it was made of, has none: a server may have put its own there."""
    if stated == referring:
        return
    if isinstance(referring, dict) and referring.keys() == {"env"} and not isinstance(stated, dict):
        yield path, referring["env"]
    elif isinstance(referring, (dict, list)):
        members = referring.items() if isinstance(referring, dict) else enumerate(referring)
        for step, inner in members:
            yield from _references(value_at(stated, (step,)), inner, (*path, step))


def _with_references(fields: Any, definition: Definition) -> Any:
    """Of what the endpoint holds, what the definition takes from variables as references."""
    for path in definition.variables:
        fields = _referring_at(fields, path, definition)
    return _referring(fields, (), _references_of(definition))


def _referring_at(fields: Any, path: Steps, definition: Definition) -> Any:
    """With the reference in its place. Ids have no places, so only those that the files state stay beside the references."""
    holder = value_at(fields, path[:-1])
    if definition.members.hold_ids_at(path) and isinstance(holder, list):
        references = {
            steps[-1]: {"env": name} for steps, name in definition.variables.items() if steps[:-1] == path[:-1]
        }
        stated = enumerate(value_at(definition.fields, path[:-1]))
        ids = [one for place, one in stated if place not in references and one in holder]
        return _replaced(fields, path[:-1], [*ids, *references.values()])
    if isinstance(holder, dict) and path[-1] in holder:
        return _replaced(fields, path, {"env": definition.variables[path]})
    return fields


def _replaced(value: Any, path: Steps, by: Any) -> Any:
    """A copy with another value at a path that is there."""
    if not path:
        return by
    copy: Any = value.copy()
    copy[path[0]] = _replaced(value[path[0]], path[1:], by)
    return copy


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


# --- reading


def _read(path: Path) -> Backup:
    """Raises ToolError where it is none, or not whole."""
    try:
        data = sources.read_bounded(path, _SIZE_MAX + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    text = data.decode("utf-8", "replace") if data is not None and len(data) <= _SIZE_MAX else ""
    parsed = yamltext.parse(text, _NESTING_MAX)
    if text.endswith(_END) and not parsed.faults:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            return _backup(path, parsed.values[0])
    raise ToolError(f"{shown(path)} is not a backup of this tool, or was cut off or changed; mend it, or remove it")


def _backup(path: Path, content: Any) -> Backup:
    mark, definition = content["mark"], dict(content["definition"])
    key = definition.pop("key")
    variables = {tuple(one["path"]): one["env"] for one in content["variables"]}
    texts = (
        content["id"],
        key,
        *(content["target"][name] for name in ("endpoint", "project", "environment")),
        *variables.values(),
    )
    if not all(isinstance(one, str) for one in texts) or not isinstance(content["created_at"], (int, float)):
        raise ValueError
    protect = definition.pop("protect", False) is True
    whose = Mark(mark["project"], mark["environment"], mark["key"], protect) if mark else None
    surplus = content.get("surplus") is True
    return Backup(
        path, content["target"], content["id"], content["created_at"], whose, key, definition, variables, surplus
    )
