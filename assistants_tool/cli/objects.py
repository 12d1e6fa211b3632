"""`list`, `show`, `delete`: what is on the endpoint."""

from __future__ import annotations

import asyncio
import fnmatch
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistants_tool.cli import terminal
from assistants_tool.cli.output import Output
from assistants_tool.cli.plans import code_of
from assistants_tool.cli.run import find_line, waiting
from assistants_tool.errors import ToolError
from assistants_tool.line import objects
from assistants_tool.report.objects import as_data, markdown_table, table, to_yaml
from assistants_tool.report.plain import one_line, printable_name, to_json

if TYPE_CHECKING:
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli.application import Settings
    from assistants_tool.line.steps import Done, Line
    from assistants_tool.objects.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Filter:
    """What `list` shows, and in which order. `name` and `model` are patterns, as for files; `managed` None means both."""

    managed: bool | None = None
    project: str | None = None
    name: str | None = None
    model: str | None = None
    sort: str = "key"

    def of(self, assistants: Iterable[Assistant]) -> list[Assistant]:
        return sorted(filter(self._takes, assistants), key=_ORDERS[self.sort])

    def _takes(self, one: Assistant) -> bool:
        return (
            self.managed in (None, one.trace is not None)
            and (self.project is None or (one.trace is not None and one.trace.project == self.project))
            and (self.name is None or fnmatch.fnmatchcase((one.name or "").casefold(), self.name.casefold()))
            and (self.model is None or fnmatch.fnmatchcase(str(one.body.get("model")), self.model))
        )


_ORDERS: Mapping[str, Callable[[Assistant], tuple[Any, ...]]] = {
    "key": lambda one: (one.trace is None, one.trace.key if one.trace else one.name or "", one.id),
    "name": lambda one: ((one.name or "").casefold(), one.id),
    "model": lambda one: (str(one.body.get("model") or ""), (one.name or "").casefold(), one.id),
    "created": lambda one: (-one.created_at, one.id),  # the newest first
}


def list_all(settings: Settings, output: str, chosen: Filter) -> None:
    line = find_line(settings)
    with waiting():
        listing = asyncio.run(objects.listing(line))
    found, count = chosen.of(listing.assistants), len(listing.assistants)
    if found or output in ("json", "yaml", "id"):
        _print(found, output)
    else:
        which = "No assistants" if not count else "None of 1 assistant" if count == 1 else f"None of {count} assistants"
        terminal.say(f"{which} at {line.target}.", err=True)
    if listing.incomplete:
        raise ToolError(f"the listing may be incomplete: {listing.incomplete}; {listing.advice}")


def show(settings: Settings, wanted: str, output: str) -> None:
    line = find_line(settings)
    with waiting():
        found = asyncio.run(objects.one(line, wanted))
    if output == "definition":
        _print_definition(line, found)
    elif output in ("json", "yaml"):
        print_data(as_data(found), output)
    else:
        _print([found], output)


def _print_definition(line: Line, assistant: Assistant) -> None:
    """As `import` would write it, so what it cannot state is said beside it."""
    from assistants_tool.line.importing import definition_of

    made = definition_of(line, assistant)
    for one in made.left_out:
        terminal.say(f"Note: {one_line(one)}", err=True)
    terminal.say(made.text.removesuffix("\n"))


def delete(settings: Settings, wanted: Sequence[str], policy: Policy, *, yes: bool, **how: Any) -> int:
    """Delete what is named; with nothing named, all that the scope holds."""
    return _carried_out(settings, lambda line: objects.delete(line, wanted, policy, **how), yes=yes)


def release(settings: Settings, wanted: Sequence[str], policy: Policy, *, yes: bool) -> int:
    """Take the mark off what is named."""
    return _carried_out(settings, lambda line: objects.release(line, wanted, policy), yes=yes)


def _carried_out(settings: Settings, run: Callable[[Line], Coroutine[Any, Any, Done]], *, yes: bool) -> int:
    output = Output(yes=yes)
    line = find_line(settings, front=output)
    output.begin(line.target)
    with waiting():
        return code_of(asyncio.run(run(line)))


def print_data(data: Any, output: str) -> None:
    """YAML whose lines GitHub Actions would take for orders is written as JSON, which is YAML, too, and has no such lines."""
    text = to_yaml(data) if output == "yaml" else ""
    terminal.result(text if text and terminal.is_inert(text) else to_json(data))


def _print(found: Sequence[Assistant], output: str) -> None:
    if output in ("json", "yaml"):
        print_data([as_data(one) for one in found], output)
    elif output == "id":
        for one in found:
            terminal.say(printable_name(one_line(one.id)))  # one a line, whatever a server says
    elif output == "markdown":
        terminal.say(markdown_table(found, time.time()))
    else:
        terminal.say(table(found, time.time(), wide=output == "wide", width=terminal.width()))
