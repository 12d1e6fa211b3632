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

from assistants_tool.backups import Backups
from assistants_tool.cli import terminal
from assistants_tool.cli.output import Output
from assistants_tool.cli.plans import carry_out
from assistants_tool.cli.run import find_target, find_workspace, opened
from assistants_tool.errors import EndpointError, ToolError
from assistants_tool.planning import Options, Plan, make_deletion, make_plan, make_release
from assistants_tool.report.objects import as_data, markdown_table, table, to_yaml
from assistants_tool.report.plain import to_json

if TYPE_CHECKING:
    from assistants_tool.applying import Policy
    from assistants_tool.assistant import Assistant, Listing, Scope
    from assistants_tool.cli.application import Settings
    from assistants_tool.endpoint.assistants import AssistantsEndpoint


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
    options = Options(whole=True, prune=True, max_delete=max_delete)

    def made(listing: Listing, scope: Scope) -> Plan:
        if not wanted:
            plan = make_plan((), listing, scope, options)
            return replace(
                plan, changes=tuple(replace(one, reason=one.reason if one.surplus else "--all") for one in plan.changes)
            )
        found = (_deletable(one, listing, scope, unmanaged=unmanaged) for one in dict.fromkeys(wanted))
        return make_deletion([*itertools.chain.from_iterable(found)], listing, scope)

    return _carry_out(settings, wanted, made, policy, yes=yes)


def release(settings: Settings, wanted: Sequence[str], policy: Policy, *, yes: bool) -> int:
    """Take the mark off what is named."""

    def made(listing: Listing, scope: Scope) -> Plan:
        found = (_releasable(one, listing, scope) for one in dict.fromkeys(wanted))
        return make_release([*itertools.chain.from_iterable(found)], listing, scope)

    return _carry_out(settings, wanted, made, policy, yes=yes)


def _carry_out(
    settings: Settings, wanted: Sequence[str], made: Callable[[Listing, Scope], Plan], policy: Policy, *, yes: bool
) -> int:
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    output = Output()
    output.begin(target)
    backups = Backups(workspace.project.root, target, workspace.sketch(target.scope.environment))

    async def line() -> int:
        async with opened(target, settings, policy.parallelism) as endpoint:
            plan = made(await _listing_with(wanted, endpoint, target.scope), target.scope)
            return await carry_out(plan, endpoint, policy, backups.save, output, yes=yes)

    return asyncio.run(line())


async def _listing_with(wanted: Iterable[str], endpoint: AssistantsEndpoint, scope: Scope) -> Listing:
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
        raise ToolError(
            f"{wanted} is not managed by this project's environment; choose the one that it belongs to with -e"
        )
    return found


def _find(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    """By key within the scope, the oldest first where two runs made several; else by full id anywhere."""
    ours = [one for one in listing.assistants if one.mark and scope.owns(one.mark) and one.mark.key == wanted]
    ours.sort(key=lambda one: (one.created_at, one.id))
    return ours or [one for one in listing.assistants if one.id == wanted]


def _named(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    found = _find(wanted, listing, scope)
    if not found:
        unseen = f"; but the listing may be incomplete ({listing.incomplete})" if listing.incomplete else ""
        raise ToolError(f"no assistant has the key or id {wanted!r} here; {_near(wanted, listing, scope)}{unseen}")
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
    mark = found[0].mark
    if not scope.owns(mark) and not unmanaged:
        if mark and mark.project == scope.project and mark.environment in scope.declared:
            raise ToolError(f"{wanted} belongs to environment {mark.environment}; choose that with -e")
        whose = f"belongs to project {mark.project or '(none)'}" if mark else "is not managed by this tool"
        raise ToolError(f"{wanted} {whose}; add --unmanaged if it is to be deleted all the same")
    return found


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
