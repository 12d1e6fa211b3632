"""`init` and `schema`: what a project begins with, and what an editor knows of its files."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.definitions.sources import PROJECT_FILE, shown
from assistants_tool.errors import UsageError
from assistants_tool.line.workspace import DEFAULT_FILES
from assistants_tool.project import origin, scaffold
from assistants_tool.project import schema as schemas

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings


def init(settings: Settings, folder: Path, ci: str | None, tool: str | None, *, drift: bool, foundry: bool) -> None:
    if len(settings.files) > 1:
        raise UsageError("init makes one folder for definitions; give -f once")
    if drift and ci != "github":
        raise UsageError(
            "--drift keeps an issue on GitHub: give --ci github, too; GitLab's job is red where something differs"
        )
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links
    definitions = Path(os.path.normpath(folder / (settings.files or DEFAULT_FILES)[0]))
    flavour = scaffold.FOUNDRY if foundry else scaffold.PLAIN
    workflow = scaffold.Ci(ci, lambda: _origin(tool), drift, settings.environment) if ci else None
    begun = scaffold.start(folder, definitions, workflow, flavour)
    for one in begun.steps:
        terminal.say(f"{shown(one.path)}: {one.done}")
    if ci and begun.job and (needs := begun.job.needs(ci)):
        terminal.say(f"The workflow needs {needs}.")
    if begun.include:
        terminal.say(
            f"Add `include: [{{local: {begun.include}}}]` to .gitlab-ci.yml; its jobs are of the stages test and deploy."
        )
    if flavour.needs:
        (project,) = (one for one in begun.steps if one.path.name == PROJECT_FILE)
        left = flavour.needs if project.done == scaffold.WRITTEN else "the environments that docs/foundry.md shows"
        terminal.say(f"{shown(project.path)} needs {left}.")
    terminal.say("\nNext:")
    options = f" -f {shlex.quote(os.path.relpath(definitions, folder))}" if settings.files else ""
    declared = begun.job is not None and begun.job.is_declared
    if begun.job and declared:
        options += f" -e {begun.job.environment}"
    if folder != Path.cwd():
        terminal.say(f"  cd {shlex.quote(shown(folder))}")
    for command in ("plan",) if declared else ("plan", "apply"):
        terminal.say(f"  assistants {command}{options}")


def _origin(tool: str | None) -> origin.Origin:
    """Where a CI job gets this tool. Raises UsageError where that is not said, not known, and there is nobody to ask."""
    if tool:
        return origin.parse(tool)
    if known := origin.found():
        return known
    answer = terminal.ask(
        "Where does a CI job get this tool? The address of its git repository, @, and a commit or tag: "
    )
    if answer is None:
        raise UsageError(
            "CI jobs have to get this tool from somewhere; add --tool URL@REF, a git repository and a commit or tag in it, "
            f"as {origin.EXAMPLE}"
        )
    return origin.parse(answer)


def schema(of: str | None, to: Path | None) -> None:
    texts = schemas.texts()
    if to is None:
        terminal.result(texts[of or "definition"].removesuffix("\n"))
        return
    for path in scaffold.renew_schemas(to, {of: texts[of]} if of else texts):
        terminal.say(f"{path}: written")
