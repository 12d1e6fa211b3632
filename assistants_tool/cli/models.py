"""`models`: what the endpoint serves, and which definitions want it."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistants_tool.asking.catalogue import Entry, catalogue
from assistants_tool.asking.prices import price
from assistants_tool.cli import terminal
from assistants_tool.cli.objects import print_data
from assistants_tool.cli.run import definitions_if_any, find_target, find_workspace, hidden_of, talk_of, waiting
from assistants_tool.errors import DefinitionError
from assistants_tool.line.asking import served
from assistants_tool.project.target import Embedded
from assistants_tool.report.catalogue import catalogue_data, catalogue_markdown, catalogue_table
from assistants_tool.report.plain import one_line, printable_name

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings


def models(settings: Settings, output: str, name: str | None) -> None:
    """Definitions that are not sound are told of at the end: what the endpoint serves can be said without them."""
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    definitions = definitions_if_any(settings, workspace, target)
    wanted = () if isinstance(definitions, DefinitionError) else definitions
    with waiting():
        found = asyncio.run(served(target, talk_of(settings), hidden_of(definitions, workspace, target)))
    base_url = None if isinstance(target.endpoint, Embedded) else target.endpoint.base_url
    entries = catalogue(found, wanted, lambda model: price(model, base_url), target.endpoint.takes)
    shown = [one for one in entries if name is None or fnmatch.fnmatchcase(one.id.casefold(), name.casefold())]
    _print(shown, output)
    if isinstance(target.endpoint, Embedded) and not all(one.listed for one in shown):
        terminal.say("The embedded endpoint takes any model that is not known to be unfit, and runs none.", err=True)
    if isinstance(definitions, DefinitionError):
        raise definitions


def _print(entries: Sequence[Entry], output: str) -> None:
    if output in ("json", "yaml"):
        print_data(catalogue_data(entries), output)
    elif output == "id":
        for one in entries:
            if one.listed:
                terminal.say(printable_name(one_line(one.id)))  # one a line, whatever a server says
    elif not entries:
        terminal.say("No models.", err=True)
    elif output == "markdown":
        terminal.say(catalogue_markdown(entries))
    else:
        terminal.say(catalogue_table(entries, terminal.width()))
