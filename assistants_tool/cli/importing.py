"""`import`: definition files from what is on the endpoint."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.run import find_target, opened
from assistants_tool.definitions.importing import Import, Left, Written, keys_and_adoptions, why_not
from assistants_tool.definitions.loading import Reader, collect
from assistants_tool.definitions.sources import shown
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.line.workspace import DEFAULT_FILES, Workspace
from assistants_tool.objects.assistant import Listing
from assistants_tool.report.plain import Line

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.objects.assistant import Assistant, Scope
    from assistants_tool.objects.endpoint import Endpoint


def import_assistants(settings: Settings, ids: Sequence[str], to: Path | None, origin: str | None) -> int:
    """Write definitions for these ids, or for all that may be imported. Returns the exit code."""
    folder = Path(os.path.abspath(to or (settings.files or DEFAULT_FILES)[0]))  # noqa: PTH100 - links stay
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{shown(folder)} is a file; give a folder for the definitions with --to")
    workspace = Workspace.find((), files=(folder,))
    if workspace.project.source is None:  # the folder need not be the project's
        workspace = Workspace.find((), files=settings.files or DEFAULT_FILES)
    target = find_target(replace(settings, environment=origin or settings.environment), workspace)
    environment = workspace.project.choose(settings.environment) if origin else target.scope.environment
    terminal.say(f"From: {target}", err=True)

    async def line() -> Listing:
        async with opened(target, settings) as endpoint:
            return await _chosen(endpoint, ids)

    found = asyncio.run(line())
    keys, adopted = _defined(workspace, folder)
    taken = {one.casefold() for one in (*keys, *_stems(folder))}
    importer = Import(workspace.project, environment, migrates=origin is not None, taken=taken)
    code = _import(found.assistants, target.scope, keys, adopted, importer, folder, named=bool(ids))
    if found.incomplete:
        raise ToolError(f"the listing may be incomplete: {found.incomplete}; others may be missing: import again")
    return code


async def _chosen(endpoint: Endpoint, ids: Sequence[str]) -> Listing:
    """These, of which none is missing; or all that there is, the oldest first."""
    listing = await endpoint.listing()
    if not ids:
        ordered = sorted(listing.assistants, key=lambda one: one.age)
        return replace(listing, assistants=tuple(ordered))
    by_id = {one.id: one for one in listing.assistants}
    found = []
    for wanted in dict.fromkeys(ids):
        one = by_id.get(wanted) or (await endpoint.get(wanted) if listing.incomplete else None)
        if one is None:
            raise ToolError(
                f"no assistant has the id {wanted!r} here; `assistants list --unmanaged` shows what there is"
            )
        found.append(one)
    return Listing(tuple(found))


def _defined(workspace: Workspace, folder: Path) -> tuple[set[str], set[str]]:
    """The keys and adopted ids of the definitions that are there, sound or not."""
    project = workspace.project
    paths = [one for one in (project.folder or folder, folder) if one.is_dir()]
    items, _ = collect(paths, project, None, Reader(project.root)) if paths else ([], [])
    return keys_and_adoptions((one.key, one.value) for one in items)


def _stems(folder: Path) -> list[str]:
    return [one.stem for one in folder.iterdir()] if folder.is_dir() else []


def _import(
    found: Sequence[Assistant],
    scope: Scope,
    keys: set[str],
    adopted: set[str],
    importer: Import,
    folder: Path,
    *,
    named: bool,
) -> int:
    reasons = {one.id: why_not(one, scope, keys, adopted) for one in found}
    refused = [Left(one, reasons[one.id]) for one in found if reasons[one.id]]
    done = list(importer.write(one for one in found if not reasons[one.id]))
    written = [one for one in done if isinstance(one, Written)]
    left = [one for one in done if isinstance(one, Left)] + (refused if named else [])
    _write(written, folder)
    terminal.say_lines(Line(f"+ {shown(folder / one.name)}: {_subject(one.assistant)}", "create") for one in written)
    terminal.say_lines(
        (Line(f"! {_subject(one.assistant)}: not imported: {one.reason}", "error") for one in left), err=True
    )
    others = f", {len(refused)} left, which a definition or somebody else has" if refused and not named else ""
    terminal.say(f"Imported: {len(written)}{others}.")
    if written:
        terminal.say("Look at the files; then `assistants plan` shows what applying them means.", err=True)
    return 1 if left else 0


def _write(written: Sequence[Written], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in written:
            with (folder / one.name).open("x", encoding="utf-8", newline="") as stream:
                stream.write(one.text)
    except OSError as error:
        raise ToolError(
            f"{shown(Path(error.filename))} cannot be written: {error.strerror}; check it, then import again"
        ) from None


def _subject(assistant: Assistant) -> str:
    return f"{assistant.id} {assistant.name!r}" if assistant.name else assistant.id
