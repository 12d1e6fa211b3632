"""Old objects, kept before they are changed or deleted: each whole, as the endpoint answered it, values of variables included.

`<time>/<key>-<id>.json` in the folder of backups, one folder for each run that wrote something, the last 20 runs of each target. A file
names the target that the object came from, the key that it stood under, its mark as it was written, and the object itself, verbatim: text
with halves of surrogate pairs and numbers of any length come back as they were. What a restore brought back has a `.back` file beside it,
which holds its new id, so that a restore that is done again finds it. `there.ids` in the run's folder has the id of all that was there
before the run, with the key that it bore, so that a restore does not take one of them for what was made since in another's place.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from assistants_tool.applying import earlierbackups
from assistants_tool.definitions import sources
from assistants_tool.definitions.pastes import BACKUP
from assistants_tool.definitions.replacing import replacing
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.again import written_mark
from assistants_tool.objects.assistant import Assistant
from assistants_tool.project.state import make_backups_folder
from assistants_tool.project.target import is_same_target

if TYPE_CHECKING:
    from assistants_tool.objects.mark import Mark
    from assistants_tool.objects.paths import Path as Steps
    from assistants_tool.project.target import Target

KEPT_RUNS = 20
FORMAT = BACKUP
VERSION = 1
_SIZE_MAX = 64 << 20  # bytes; some sixty times what an assistant holds at the most
_TIME = "%Y%m%dT%H%M%S.%f"
_OF_RESTORE = "-restore"
_IDLE_SECONDS = 3600.0
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}(-restore)?")  # the name of a run's folder; others are somebody else's
_THERE = "there.ids"
_UNTOLD: Mapping[str, str] = MappingProxyType({})
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Backup:
    """One object as kept: where it was, and itself as it was answered.

    `key` is that of the definition or the mark that it stood under, empty where there was none. `surplus`: it was the second of its key,
    and deleted as such. `back` is the id under which a restore brought it back. `variables` are the places whose values were read from
    variables, which only backups of earlier versions have. `there` are the ids of all that was there before its run, with the keys that
    they bore; backups of earlier versions do not know.
    """

    path: Path
    target: Mapping[str, Any]
    key: str
    before: Assistant
    surplus: bool = False
    back: str = ""
    variables: Mapping[Steps, str] = field(default_factory=dict)
    there: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        return self.before.id

    @property
    def mark(self) -> Mark | None:
        """Whose it was; None where it was nobody's."""
        return self.before.mark


@dataclass(frozen=True, slots=True)
class Run:
    """What one run kept. `faults` are sentences on files that cannot be read."""

    time: str
    backups: tuple[Backup, ...]
    faults: tuple[str, ...] = ()


class Backups:
    """The backups in one folder, as the runs of one target see them. Saving makes the run's folder at the first object.

    `restoring` says that the run is a restore, which a later restore passes over: done again, it goes on instead of undoing itself.
    """

    def __init__(self, folder: Path, target: Target, *, restoring: bool = False) -> None:
        self._folder = folder
        self._target = target.as_data()
        self._shown = str(target)
        self._restoring = restoring
        self._run: Path | None = None

    # --- writing

    def save(
        self, assistant: Assistant, key: str = "", *, surplus: bool = False, there: Mapping[str, str] = _UNTOLD
    ) -> None:
        """Keep an object, as it was before the run, under a key, else that of its mark. `there` is noted with the first one.

        Raises ToolError where it cannot be kept; then it must not be changed either.
        """
        key = key or (assistant.mark.key if assistant.mark else "")
        run = self._run
        try:
            run = run or self._new_run()
            if there and not self._run:
                _write(run / _THERE, _text({"ids": dict(there)}))
            _write_whole(run / f"{_name(key, assistant.id)}.json", _text(self._content(assistant, key, surplus)))
        except OSError as error:
            if run and not self._run:
                shutil.rmtree(run, ignore_errors=True)
            raise ToolError(
                f"{assistant.id} cannot be backed up, so it is left as it is: {error.strerror or error}; check {self._folder}"
            ) from None
        if self._run is None:
            self._run = run
            self._forget_old()

    def _content(self, assistant: Assistant, key: str, surplus: bool) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "target": self._target,
            "key": key,
            "id": assistant.id,
            "surplus": surplus,
            "mark": written_mark(assistant),
            "object": dict(assistant.body),
        }

    def _new_run(self) -> Path:
        """A folder named by the time; later than the last, whatever the clock says, and not another process's."""
        make_backups_folder(self._folder)
        while True:
            run = self._folder / (_later(self._folder.iterdir()) + (_OF_RESTORE if self._restoring else ""))
            with contextlib.suppress(FileExistsError):
                run.mkdir(mode=0o700)
                return run

    def _forget_old(self) -> None:
        """All but the last runs of this target. What holds nothing goes, too, unless its run may have only just made it."""
        kept = 0
        for folder in sorted((one for one in self._folder.iterdir() if _RUN.fullmatch(one.name)), reverse=True):
            with contextlib.suppress(OSError):  # another process may be about it, too
                if folder == self._run or not folder.is_dir():
                    continue
                ours = is_same_target(_target_in(folder), self._target)
                kept += ours
                idle = not _files(folder) and time.time() - folder.stat().st_mtime > _IDLE_SECONDS
                if (ours and kept >= KEPT_RUNS) or idle:
                    shutil.rmtree(folder, ignore_errors=True)

    # --- reading

    def read(self, asked: str | None, environ: Mapping[str, str]) -> Run:
        """What a run kept of this target, by default the newest that was no restore. Raises ToolError where there is nothing.

        `environ` has the variables that backups of earlier versions refer to.
        """
        known = sorted(times(self._folder), reverse=True)
        if asked and asked not in known:
            raise ToolError(f"there is no backup {asked!r}; there are: {', '.join(known) or 'none'}")
        for name in [asked] if asked else [one for one in known if not one.endswith(_OF_RESTORE)]:
            run = self._of(name, environ)
            here = tuple(one for one in run.backups if is_same_target(one.target, self._target))
            if here:
                return Run(name, here, run.faults)
            if run.faults and not run.backups:  # an older one is not what was meant
                raise ToolError(f"the backup {name} cannot be read: {run.faults[0]}; or choose another by its TIME")
            if asked:
                whose = f"belongs to another endpoint or environment ({_targets(run.backups)}); choose that one"
                raise ToolError(f"the backup {asked!r} {whose if run.backups else 'is empty; choose another'}")
        raise ToolError(f"there is no backup of {self._shown}; nothing was changed or deleted there from here")

    def runs(self, environ: Mapping[str, str]) -> list[Run]:
        """What each run kept of this target, the newest first; also those of which nothing can be read. `environ` is as for `read`."""
        found = (self._of(name, environ) for name in sorted(times(self._folder), reverse=True))
        ours = ((run, tuple(one for one in run.backups if is_same_target(one.target, self._target))) for run in found)
        return [Run(run.time, here, run.faults) for run, here in ours if here or not run.backups]

    def _of(self, time: str, environ: Mapping[str, str]) -> Run:
        found: list[Backup] = []
        faults: list[str] = []
        try:
            paths = _files(self._folder / time)
        except OSError as error:
            raise _unreadable(self._folder / time, error) from None
        for path in paths:
            try:
                found.append(_read(path, environ))
            except ToolError as error:
                faults.append(str(error))
        there = _there(self._folder / time)
        return Run(time, tuple(replace(one, there=there) for one in found), tuple(faults))


def times(folder: Path) -> list[str]:
    """The runs in a folder of backups, by their names. Raises ToolError where it cannot be read."""
    try:
        return [one.name for one in os.scandir(folder) if _RUN.fullmatch(one.name) and one.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, error) from None


def _unreadable(path: Path, error: OSError) -> ToolError:
    return ToolError(f"{shown(path)} cannot be read: {error.strerror}; check its permissions")


def _targets(found: Sequence[Backup]) -> str:
    return "; ".join(sorted({", ".join(str(value) for value in one.target.values() if value) for one in found}))


# --- writing


def note_back(backup: Backup, assistant_id: str) -> None:
    """Note under which id a restore brought an object back. Raises ToolError where that cannot be written."""
    try:
        _write(_back(backup.path), _text({"id": assistant_id}))
    except OSError as error:
        raise ToolError(f"{shown(backup.path.parent)} cannot be written: {error.strerror or error}") from None


def _back(path: Path) -> Path:
    return path.with_name(f"{path.stem}.back")


def _text(content: Mapping[str, Any]) -> str:
    """JSON for people to read, in which only halves of surrogate pairs, which no file can hold, are escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


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
    if not path.exists():
        _write(path, text)


def _write(path: Path, text: str) -> None:
    with replacing(path, 0o600) as file:
        file.write(text.encode())


# --- reading


def _files(run: Path) -> list[Path]:
    return sorted(one for one in run.iterdir() if one.suffix in (".json", earlierbackups.SUFFIX))


def _target_in(run: Path) -> Mapping[str, Any]:
    """Whose runs this one is among: every file of it says so. Empty where none does."""
    for path in _files(run):
        with contextlib.suppress(ToolError):  # the next one may be whole
            target: Mapping[str, Any] = _parsed(path)["target"]
            return target
    return {}


def _read(path: Path, environ: Mapping[str, str]) -> Backup:
    """Raises ToolError where it is none, or not whole."""
    content = _parsed(path)
    if path.suffix == earlierbackups.SUFFIX:
        kept = earlierbackups.kept(content, path, environ)
        backup = Backup(path, content["target"], kept.key, kept.before, kept.surplus, variables=kept.variables)
    else:
        backup = Backup(path, content["target"], content["key"], Assistant(content["object"]), content["surplus"])
    return replace(backup, back=_noted_back(path))


def _noted_back(path: Path) -> str:
    """The id in the `.back` file beside a backup; empty where there is none that can be read, which is as if it were not back."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        return str(json.loads(_bytes(_back(path)))["id"])
    return ""


def _there(run: Path) -> Mapping[str, str]:
    """What was there before a run; nothing where that was not noted, or cannot be read."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {str(found_id): str(key) for found_id, key in json.loads(_bytes(run / _THERE))["ids"].items()}
    return {}


def _parsed(path: Path) -> dict[str, Any]:
    """What a file says, of a shape that can be relied on. Raises ToolError where it is no backup, or not whole."""
    try:
        data = _bytes(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError, RecursionError):
        if path.suffix == earlierbackups.SUFFIX:
            return earlierbackups.parsed(data)
        content: dict[str, Any] = json.loads(data)
        if _is_of_newer(content):
            raise ToolError(f"{shown(path)} was made by a newer version of this tool; restore it with that")
        if _is_sound(content):
            return content
    raise ToolError(f"{shown(path)} is not a backup of this tool, or was cut off or changed; fix it, or remove it")


def _bytes(path: Path) -> bytes:
    """All of a file; nothing where it is too large for a backup, or no file."""
    data = sources.read_bounded(path, _SIZE_MAX + 1)
    return data if data is not None and len(data) <= _SIZE_MAX else b""


def _is_of_newer(content: Mapping[str, Any]) -> bool:
    return bool(content["format"] == FORMAT and content["version"] > VERSION)


def _is_sound(content: Mapping[str, Any]) -> bool:
    """What stands beside the object is for people and for finding it, so both have to say the same."""
    body = content["object"]
    said = content["format"] == FORMAT and isinstance(content["key"], str) and isinstance(content["surplus"], bool)
    same = content["id"] == body["id"] and content["mark"] == written_mark(Assistant(body))
    texts = [content["id"], *(content["target"][name] for name in ("endpoint", "project", "environment"))]
    return said and same and bool(content["id"]) and all(isinstance(one, str) for one in texts)
