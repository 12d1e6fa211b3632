"""`export`: definitions in the form of another tool or API. `definitions.exporting` has the forms; here they are written and told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.cli import terminal
from assistants_tool.cli.chat import named
from assistants_tool.cli.run import find_workspace
from assistants_tool.definitions.exporting import FORMS, Exported
from assistants_tool.definitions.exporting import export as exported
from assistants_tool.definitions.replacing import replacing
from assistants_tool.errors import ToolError
from assistants_tool.objects.paths import dotted
from assistants_tool.report.objects import to_yaml
from assistants_tool.report.plain import Line, one_line, to_json

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.objects.definition import Definition


def export(settings: Settings, keys: Sequence[str], form: str, out: Path | None, *, strict: bool) -> int:
    """Write the definitions of these keys, or all, in this form. Returns the exit code."""
    workspace = find_workspace(settings)
    environment = workspace.project.choose(settings.environment)
    definitions = workspace.load(environment, os.environ, needs=lambda _: False).definitions
    chosen = [named(key, definitions) for key in dict.fromkeys(keys)] if keys else definitions
    found = [exported(one, FORMS[form]) for one in chosen]
    _write(_text(found, form), out)
    for definition, one in zip(chosen, found, strict=True):
        terminal.say_lines(_losses(definition, one), err=True)
    return 1 if strict and any(one.lost for one in found) else 0


def _text(found: Sequence[Exported], form: str) -> str:
    whole = FORMS[form].whole
    documents: list[Any] = [whole(found)] if whole else [one.document for one in found]
    if form in ("responses", "chat"):
        return to_json(documents[0])
    return "\n---\n".join(map(to_yaml, documents))


def _write(text: str, out: Path | None) -> None:
    if out is None:
        terminal.result(text)
        return
    try:
        with replacing(out) as file:
            file.write(f"{text}\n".encode())
    except OSError as error:
        raise ToolError(f"{out} cannot be written: {error.strerror}; choose another place") from None


def _losses(definition: Definition, found: Exported) -> list[Line]:
    places = {dotted(one.path): one.why for one in found.lost}
    return [
        Line(one_line(f"! {definition.source}: {found.key}: {place}: {why}"), "risk") for place, why in places.items()
    ]
