"""What a project begins with: project.yaml, an example, the schemas that editors check both by, a line of .gitignore, a CI workflow.

The schemas lie in `.schema/` beside the definitions and belong in git: editors find them by a path relative to the file, colleagues have
them without running anything, and the folder can move as a whole. In `.assistants/`, which git ignores, they would be on one machine only.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.definitions import sources, yamltext
from assistants_tool.definitions.files import is_definition
from assistants_tool.definitions.replacing import replacing
from assistants_tool.definitions.sources import PROJECT_FILE, shown
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.project import schema
from assistants_tool.project.jobs import Job, job_of
from assistants_tool.project.projectfile import find_project, find_root

if TYPE_CHECKING:
    from assistants_tool.project.origin import Origin
    from assistants_tool.project.projectfile import Project

SCHEMAS = ".schema"
CI_FILES = {"github": ".github/workflows/assistants.yml", "gitlab": ".gitlab-ci.yml"}
# Where the other jobs of a project have GitLab's one file: theirs includes ours.
INCLUDED = ".gitlab/assistants.yml"
WRITTEN, LEFT = "written", "already there, left as it is"


@dataclass(frozen=True, slots=True)
class Flavour:
    """What a project is begun for: the ends of its templates' names, and what they leave to be filled in."""

    suffix: str = ""
    needs: str = ""


PLAIN = Flavour()
FOUNDRY = Flavour(
    "-foundry",
    "the names of your resource and project in base_url, and the name of a deployment as the model of each definition",
)


@dataclass(frozen=True, slots=True)
class Ci:
    """Which CI a workflow is for, and what says, or asks, where a job of it gets this tool. `issue`: one tells of drift, in place of a red
    job. `environment` is that of its jobs, where one was asked for.
    """

    kind: str
    origin: Callable[[], Origin]
    issue: bool = False
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one file."""

    path: Path
    done: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of each file, and what the workflow is for that was written; None where none was. `include` is its file, where the one
    that GitLab reads has to include that.
    """

    steps: list[Step]
    job: Job | None
    include: str = ""


def start(folder: Path, definitions: Path, ci: Ci | None = None, flavour: Flavour = PLAIN) -> Begun:
    """Write what is missing; `folder` is where the user will work, both paths are absolute.

    Raises ToolError where a file cannot be written, and takes back what was written before it.
    """
    with contextlib.ExitStack() as undo:
        _make_folder(folder, undo)
        root = find_root((definitions,), folder)
        project = find_project((definitions,), root)
        files = list(_files(folder, definitions, project, flavour))
        job, file = None, _ci_file(ci.kind, root) if ci else ""
        if ci:
            path = root / file
            job = (
                None
                if os.path.lexists(path)
                else job_of(project, definitions, ci.environment, signs_in=flavour is FOUNDRY)
            )
            files.append((path, _workflow(ci, definitions.relative_to(root), job, file) if job else ""))
        ignored = root / ".gitignore"
        for path in (*(path for path, _ in files), ignored):
            _check_place(path, root)
        steps = [_write(path, text, undo) for path, text in files]
        steps.append(_ignore(ignored, undo))
        undo.pop_all()
    return Begun(steps, job, file if job and file == INCLUDED else "")


def _ci_file(kind: str, root: Path) -> str:
    """Where the workflow goes, from the root."""
    if kind != "gitlab":
        return CI_FILES[kind]
    with contextlib.suppress(OSError):
        there = sources.read_bounded(root / CI_FILES[kind])
        return CI_FILES[kind] if there is None or b"assistants-apply:" in there else INCLUDED
    return CI_FILES[kind]


def _files(folder: Path, definitions: Path, project: Project, flavour: Flavour) -> Iterator[tuple[Path, str]]:
    name = _quoted(identifier(folder.name))
    yield (
        project.source.path if project.source else definitions / PROJECT_FILE,
        _template(f"project{flavour.suffix}.yaml", PROJECT=name),
    )
    if not any(
        one.name != PROJECT_FILE and is_definition(one) for one in sources.visible_files(definitions, project.root)
    ):
        yield definitions / "example.yaml", _template("example.yaml")
    for kind, text in schema.texts().items():
        yield definitions / SCHEMAS / f"{kind}.json", text


def _workflow(ci: Ci, folder: Path, job: Job, file: str) -> str:
    """Raises UsageError where GitHub cannot run the action of the repository that the tool is from."""
    origin = ci.origin()
    if ci.kind == "github" and origin.name.count("/") != 1:
        raise UsageError(
            f"{origin.url} is not a GitHub repository; GitHub runs an action from OWNER/REPOSITORY; give --tool the address of one"
        )
    files = folder.as_posix()
    inside = "" if files == "." else json.dumps(f"{files}/", ensure_ascii=False)[1:-1]
    values = {
        "FILE": file,
        "FILES": _quoted(files),
        "FOLDER": inside,
        "ACTION": f"{origin.name}@{origin.ref}",
        "TOOL": f"{origin.url}@{origin.ref}",
        "ENVIRONMENT": job.environment,
        "NAME": _quoted(job.environment),
        "ENV": _given(job),
        "HOLDS": _HOLDS[ci.kind](job),
        **(_ISSUE if ci.issue else dict.fromkeys(_ISSUE, "")),
    }
    return _template(f"{ci.kind}{(FOUNDRY if job.signs_in else PLAIN).suffix}.yml", **values)


def _given(job: Job) -> str:
    """The variables of a job on GitHub, which gets none that is not named."""
    lines = [f"{name}: ${{{{ secrets.{name} }}}}" for name in job.secrets]
    lines += [f"{name}: ${{{{ vars.{name} }}}}" for name in job.variables]
    return "".join(f"\n      {one}" if at else f"\n    env:\n      {one}" for at, one in enumerate(lines))


def _held_by_gitlab(job: Job) -> str:
    """A line of the comment at the top for each variable."""
    where = f"of the environment {job.environment} alone"
    said = dict.fromkeys(job.secrets, f"masked, {where}; protected, too, if merge requests shall not plan")
    return "".join(f"#   {name:<21}  {what}\n" for name, what in (said | dict.fromkeys(job.variables, where)).items())


_HOLDS: Mapping[str, Callable[[Job], str]] = {
    "github": lambda job: f"\n# Both have {job.settings}." if job.settings else "",
    "gitlab": _held_by_gitlab,
}


# What the nightly job needs to keep an issue: its rights, which a job has all of its own or none, and an input of the action.
_ISSUES = "\n      issues: write # to report drift"
_ISSUE = {
    "ISSUES": _ISSUES,
    "RIGHTS": f"\n    permissions:\n      contents: read{_ISSUES}",
    "ISSUE": '\n          issue: "true" # one: opened, kept up to date, and closed when nothing differs any more',
}


def _template(file: str, **values: str) -> str:
    text = resources.files("assistants_tool.project").joinpath("templates", file).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def identifier(name: str) -> str:
    """A folder's name made fit for a project: what is left of it in plain letters, digits, '.', '_' and '-'."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).lstrip("._-")[:64].rstrip("-") or "project"


def _quoted(text: str) -> str:
    """As YAML: plain where that reads as this very text."""
    parsed = yamltext.parse(text)
    return text if not parsed.faults and parsed.values == (text,) else json.dumps(text, ensure_ascii=False)


def renew_schemas(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write schemas, over those that are there. Raises ToolError."""
    written = []
    for kind, text in texts.items():
        path = folder / f"{kind}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(text.encode())
        except OSError as error:
            raise _unwritable(path, error) from None
        written.append(path)
    return written


def _check_place(path: Path, root: Path) -> None:
    """Raises ToolError where a link leads it out of the root."""
    if not sources.real(path).is_relative_to(sources.real(root)):
        raise ToolError(f"{shown(path)} leads out of the root {shown(root)}; put a folder or file in its place")


def _write(path: Path, text: str, undo: contextlib.ExitStack) -> Step:
    if os.path.lexists(path):
        return Step(path, LEFT)
    _make_folder(path.parent, undo)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            undo.callback(_take_back, path.unlink)
            stream.write(text)
    except OSError as error:
        raise _unwritable(path, error) from None
    return Step(path, WRITTEN)


def _make_folder(path: Path, undo: contextlib.ExitStack) -> None:
    for one in reversed([one for one in (path, *path.parents) if not os.path.lexists(one)]):
        try:
            one.mkdir()
        except OSError as error:
            raise _unwritable(one, error) from None
        undo.callback(_take_back, one.rmdir)


_IGNORED = {b".assistants", b".assistants/", b"/.assistants", b"/.assistants/"}


def _ignore(path: Path, undo: contextlib.ExitStack) -> Step:
    """Append the line for `.assistants/`, in the file's own line ends."""
    try:
        there = path.read_bytes() if path.exists() else b""
        if _IGNORED & {line.strip() for line in there.splitlines()}:
            return Step(path, LEFT)
        end = b"\r\n" if b"\r\n" in there else b"\n"
        with path.open("ab") as stream:
            undo.callback(_take_back, partial(os.truncate, path, len(there)) if there else path.unlink)
            stream.write((end if there and not there.endswith(b"\n") else b"") + b".assistants/" + end)
    except OSError as error:
        raise _unwritable(path, error) from None
    return Step(path, "a line added" if there else WRITTEN)


def _take_back(undo: Callable[[], None]) -> None:
    """As far as it goes: what stopped the writing may stop this, too."""
    with contextlib.suppress(OSError):
        undo()


def _unwritable(path: Path, error: OSError) -> ToolError:
    return ToolError(f"{shown(path)} cannot be written: {error.strerror}; check the path and its permissions")
