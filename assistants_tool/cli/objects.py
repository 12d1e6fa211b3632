"""`list`, `show`, `delete`: what is on the endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import fnmatch
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistants_tool.applying.backups import Backups
from assistants_tool.cli import terminal
from assistants_tool.cli.output import Output
from assistants_tool.cli.plans import carry_out
from assistants_tool.cli.run import find_target, find_workspace, opened
from assistants_tool.errors import EndpointError, ToolError
from assistants_tool.objects.assistant import Standing
from assistants_tool.planning.making import make_deletion, make_deletion_of_all, make_release
from assistants_tool.report.objects import as_data, markdown_table, table, to_yaml
from assistants_tool.report.plain import to_json

if TYPE_CHECKING:
    from assistants_tool.applying.run import Policy
    from assistants_tool.cli.application import Settings
    from assistants_tool.objects.assistant import Assistant, Listing, Scope
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.planning.plan import Plan

    Made = Callable[[Listing, Scope, Sequence[Definition]], Plan]


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
            self.managed in (None, one.mark is not None)
            and (self.project is None or (one.mark is not None and one.mark.project == self.project))
            and (self.name is None or fnmatch.fnmatchcase((one.name or "").casefold(), self.name.casefold()))
            and (self.model is None or fnmatch.fnmatchcase(str(one.body.get("model")), self.model))
        )


_ORDERS: Mapping[str, Callable[[Assistant], tuple[Any, ...]]] = {
    "key": lambda one: (one.mark is None, one.mark.key if one.mark else one.name or "", one.id),
    "name": lambda one: ((one.name or "").casefold(), one.id),
    "model": lambda one: (str(one.body.get("model") or ""), (one.name or "").casefold(), one.id),
    "created": lambda one: (-one.created_at, one.id),  # the newest first
}


def list_all(settings: Settings, output: str, chosen: Filter) -> None:
    target = find_target(settings, find_workspace(settings))

    async def line() -> Listing:
        async with opened(target, settings) as endpoint:
            return await endpoint.listing()

    listing = asyncio.run(line())
    _print(chosen.of(listing.assistants), output)
    if listing.incomplete:
        raise ToolError(f"the listing may be incomplete: {listing.incomplete}; try again")


def show(settings: Settings, wanted: str, output: str) -> None:
    target = find_target(settings, find_workspace(settings))

    async def line() -> Assistant:
        async with opened(target, settings) as endpoint:
            return _named(wanted, await _listing_with([wanted], endpoint, target.scope), target.scope)[0]

    found = asyncio.run(line())
    if output in ("json", "yaml"):
        print_data(as_data(found), output)
    else:
        _print([found], output)


def delete(
    settings: Settings, wanted: Sequence[str], *, unmanaged: bool, max_delete: str | None, policy: Policy, yes: bool
) -> int:
    """Delete what is named; with nothing named, all that the scope holds."""

    def made(listing: Listing, scope: Scope, definitions: Sequence[Definition]) -> Plan:
        if not wanted:
            return make_deletion_of_all(listing, scope, definitions, max_delete)
        found = (_deletable(one, listing, scope, unmanaged=unmanaged) for one in dict.fromkeys(wanted))
        return make_deletion([*itertools.chain.from_iterable(found)], listing, scope, definitions, max_delete)

    return _carry_out(settings, wanted, made, policy, yes=yes)


def release(settings: Settings, wanted: Sequence[str], policy: Policy, *, yes: bool) -> int:
    """Take the mark off what is named."""

    def made(listing: Listing, scope: Scope, _: Sequence[Definition]) -> Plan:
        found = (_releasable(one, listing, scope) for one in dict.fromkeys(wanted))
        return make_release([*itertools.chain.from_iterable(found)], listing, scope)

    return _carry_out(settings, wanted, made, policy, yes=yes)


def _carry_out(settings: Settings, wanted: Sequence[str], made: Made, policy: Policy, *, yes: bool) -> int:
    """`made` plans with the listing, the scope, and the definitions as far as they can be read."""
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    output = Output()
    output.begin(target)
    definitions = workspace.sketch(target.scope.environment)
    backups = Backups(workspace.project.root, target, definitions)

    async def line() -> int:
        async with opened(target, settings, policy.parallelism) as endpoint:
            plan = made(await _listing_with(wanted, endpoint, target.scope), target.scope, definitions)
            return await carry_out(plan, endpoint, policy, backups.save, output, yes=yes)

    return asyncio.run(line())


async def _listing_with(wanted: Iterable[str], endpoint: Endpoint, scope: Scope) -> Listing:
    """The listing; where it may be incomplete, with what can be read by its id, too."""
    listing = await endpoint.listing()
    read = []
    for one in dict.fromkeys(wanted) if listing.incomplete else ():
        if not _find(one, listing, scope):
            with contextlib.suppress(EndpointError):  # it may be a key, which no server has to understand
                read.append(await endpoint.get(one))
    return replace(listing, assistants=(*listing.assistants, *filter(None, read)))


def _releasable(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    found = _named(wanted, listing, scope)
    if not scope.owns(found[0].mark):
        raise _not_ours(found[0], scope, _TO_RELEASE)
    return found


def _find(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    """By key within the scope, the oldest first where two runs made several; else by full id anywhere."""
    ours = scope.bearers(listing.assistants).get(wanted)
    return ours or [one for one in listing.assistants if one.id == wanted]


def _named(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    found = _find(wanted, listing, scope)
    if not found and listing.incomplete:
        raise ToolError(
            f"{wanted!r} was not found, but the listing may be incomplete ({listing.incomplete}); try again"
        )
    if not found:
        raise ToolError(f"no assistant has the key or id {wanted!r} here; {_near(wanted, listing, scope)}")
    return found


def _near(wanted: str, listing: Listing, scope: Scope) -> str:
    """What may be meant: the ids behind a name, else a key or an id that is much like it."""
    if of_name := [one.id for one in listing.assistants if one.name == wanted]:
        return f"of that name there {'is' if len(of_name) == 1 else 'are'} {', '.join(of_name[:3])}"
    keys = [one.mark.key for one in listing.assistants if one.mark and scope.owns(one.mark)]
    close = difflib.get_close_matches(wanted, [*keys, *(one.id for one in listing.assistants)], n=3)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else "`assistants list` shows what there is"


def _deletable(wanted: str, listing: Listing, scope: Scope, *, unmanaged: bool) -> Sequence[Assistant]:
    found = _named(wanted, listing, scope)
    if not scope.owns(found[0].mark) and not unmanaged:
        raise _not_ours(found[0], scope, _TO_DELETE)
    return found


def _not_ours(assistant: Assistant, scope: Scope, to_do: Mapping[Standing, str]) -> ToolError:
    """Whose an assistant is instead, and what to do then."""
    mark, standing = assistant.mark, scope.standing(assistant.mark)
    project, environment = (mark.project, mark.environment) if mark else ("", "")
    said = f"{{id}} {_WHOSE[standing]}; {to_do[standing]}"
    return ToolError(said.format(id=assistant.id, project=project or "(none)", environment=environment or "(none)"))


_WHOSE = {
    Standing.NEIGHBOUR: "belongs to environment {environment}",
    Standing.UNSCOPED: "is marked with environment {environment} and no project",
    Standing.FOREIGN: "belongs to project {project}",
    Standing.LOOSE: "is marked with project {project}, environment {environment}, and so no one's here",
    Standing.UNMANAGED: "is not managed by this tool",
}
_TO_RELEASE = {
    Standing.NEIGHBOUR: "choose that with -e {environment}",
    Standing.UNSCOPED: "take it over there (`assistants apply -e {environment} --adopt`) and release it there",
    Standing.FOREIGN: "release it with that project's files",
    Standing.LOOSE: "take it over by `adopt: {id}` in a definition, and release it then",
    Standing.UNMANAGED: "there is nothing to release",
}
_TO_DELETE = {
    **dict.fromkeys(Standing, "add --unmanaged if it is to be deleted all the same"),
    Standing.NEIGHBOUR: "choose that with -e {environment}",
}


def print_data(data: Any, output: str) -> None:
    """YAML whose lines GitHub Actions would take for orders is written as JSON, which is YAML, too, and has no such lines."""
    text = to_yaml(data) if output == "yaml" else ""
    terminal.result(text if text and terminal.is_inert(text) else to_json(data))


def _print(found: Sequence[Assistant], output: str) -> None:
    if output in ("json", "yaml"):
        print_data([as_data(one) for one in found], output)
    elif output == "id":
        for one in found:
            terminal.say(one.id.replace("\n", "\\n"))  # one a line, whatever a server says
    elif not found:
        terminal.say("No assistants.", err=True)
    elif output == "markdown":
        terminal.say(markdown_table(found, time.time()))
    else:
        terminal.say(table(found, time.time(), wide=output == "wide", width=terminal.width()))
