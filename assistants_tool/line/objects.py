"""What is on the endpoint, by key or id: list, show, delete, release.

Delete and release go the way of every plan (guards, question, backup, apply); only their plan is made of what was named, not of files.
"""

from __future__ import annotations

import contextlib
import difflib
import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from assistants_tool.errors import EndpointError, ToolError
from assistants_tool.line.versions import with_what_goes
from assistants_tool.objects.assistant import Standing
from assistants_tool.objects.endpoint import VersionedEndpoint
from assistants_tool.planning.making import make_deletion, make_deletion_of_all, make_release
from assistants_tool.planning.masks import hiding_variables
from assistants_tool.planning.plan import check_limit

if TYPE_CHECKING:
    from assistants_tool.applying.context import Policy
    from assistants_tool.line.steps import Done, Line
    from assistants_tool.objects.assistant import Assistant, Listing, Scope
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Endpoint
    from assistants_tool.planning.plan import Plan
    from assistants_tool.redaction import Redaction

    Make = Callable[[Listing, Scope, Sequence[Definition]], Plan]


async def listing(line: Line) -> Listing:
    """Everything on the endpoint, whoever made it; `incomplete` says why there may be more."""
    async with line.open(line.hidden()) as endpoint:
        return await endpoint.listing()


async def one(line: Line, wanted: str) -> Assistant:
    """The assistant of a key in the line's scope, or of a full id; `KEY@3` is its version 3. Raises ToolError where there is none."""
    scope, (name, at, version) = line.target.scope, wanted.rpartition("@")
    async with line.open(line.hidden()) as endpoint:
        listing = await endpoint.listing()
        known = at and _find(name, listing, scope).either
        listing = await _with_named([name if known else wanted], listing, endpoint, scope)
        if not at or _find(wanted, listing, scope).either:
            return _named(wanted, listing, scope)[0]
        return await _version(endpoint, _named(name, listing, scope)[0], version)


async def _version(endpoint: Endpoint, latest: Assistant, version: str) -> Assistant:
    if not isinstance(endpoint, VersionedEndpoint):
        raise ToolError(f"this API keeps no versions; leave out @{version}")
    if found := await endpoint.version(latest.id, version):
        return found
    raise ToolError(f"{latest.id} has no version {version!r}; the latest is {latest.version}")


async def delete(
    line: Line, wanted: Sequence[str], policy: Policy, *, unmanaged: bool = False, max_delete: str | None = None
) -> Done:
    """Delete what is named, by key or full id; with nothing named, everything that this project manages in this environment.

    Raises RefusedError where a guard refuses, and ToolError for what is not there or, without `unmanaged`, not this scope's, and for a
    `max_delete` that is neither a number nor a percentage.
    """
    check_limit(max_delete)

    def made(listing: Listing, scope: Scope, definitions: Sequence[Definition]) -> Plan:
        if not wanted:
            return make_deletion_of_all(listing, scope, definitions, max_delete)
        found = (_deletable(one, listing, scope, unmanaged=unmanaged) for one in dict.fromkeys(wanted))
        going, insisted = itertools.chain.from_iterable(found), wanted if unmanaged else ()
        return make_deletion([*going], listing, scope, definitions, max_delete, wanted, insisted)

    return await _carried_out(line, wanted, made, policy)


async def release(line: Line, wanted: Sequence[str], policy: Policy) -> Done:
    """Take the mark off what is named, by key or full id: the assistants stay, and are no longer managed."""

    def made(listing: Listing, scope: Scope, _: Sequence[Definition]) -> Plan:
        found = (_releasable(one, listing, scope) for one in dict.fromkeys(wanted))
        return make_release([*itertools.chain.from_iterable(found)], listing, scope)

    return await _carried_out(line, wanted, made, policy)


async def _carried_out(line: Line, wanted: Sequence[str], make: Make, policy: Policy) -> Done:
    """Carry out the plan that `make` makes. It gets the definitions as far as they can be read: they say what is protected, and what is
    not to be told."""
    scope, backups = line.target.scope, line.backups()
    reading = line.begin(lambda: line.workspace.sketch(line.target), _hidden, policy.parallelism)
    async with reading as begun:
        line.front.hide(_hidden(begun.found))

        async def again() -> Plan:
            listing = await _with_named(wanted, await begun.listing(), begun.endpoint, scope)
            return await with_what_goes(make(listing, scope, begun.found), begun.endpoint)

        return await line.carry_out(await again(), again, begun.endpoint, policy, backups.save)


def _hidden(definitions: Iterable[Definition]) -> Redaction:
    return hiding_variables((one.variables for one in definitions), os.environ)


async def _with_named(wanted: Iterable[str], listing: Listing, endpoint: Endpoint, scope: Scope) -> Listing:
    """The listing. Between two pages a row may be lost: where it lacks a wanted one it is walked in the other order, too. Where it may
    be incomplete, each that it lacks then is read by its id.
    """

    def missing() -> list[str]:
        return [one for one in dict.fromkeys(wanted) if not _find(one, listing, scope).either]

    if listing.pages > 1 and not listing.checked and missing():
        listing = await endpoint.checked(listing)
    read = []
    if listing.incomplete:
        for one in missing():
            with contextlib.suppress(EndpointError):  # it may be a key, which no server has to understand
                read.append(await endpoint.get(one))
    return replace(listing, assistants=(*listing.assistants, *filter(None, read)))


def _releasable(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    found = _certain(wanted, listing, scope)
    damaged = found[0].damaged
    if not scope.owns(found[0].mark) and not (damaged and scope.may_own(damaged)):
        raise _not_ours(found[0], scope, _TO_RELEASE)
    return found


class _Meant(NamedTuple):
    """Who bears a key in the scope (several where two runs raced, the one that stays first), and who has it as an id, anywhere."""

    by_key: Sequence[Assistant]
    by_id: Sequence[Assistant]

    @property
    def either(self) -> Sequence[Assistant]:
        """The id says more where both are meant: where ids are names, a copy bears the key of what it is a copy of."""
        return self.by_id if self.by_id and self.by_id[0] in self.by_key else self.by_key or self.by_id

    @property
    def is_certain(self) -> bool:
        return not (self.by_key and self.by_id) or self.by_id[0] in self.by_key


def _find(wanted: str, listing: Listing, scope: Scope) -> _Meant:
    by_key = scope.bearers(listing.assistants).get(wanted, ())
    return _Meant(by_key, [one for one in listing.assistants if one.id == wanted])


def _certain(wanted: str, listing: Listing, scope: Scope, *, unmanaged: bool = False) -> Sequence[Assistant]:
    """What is meant, to be changed. With `unmanaged` it is an id. Raises ToolError where it may be one of two."""
    meant = _find(wanted, listing, scope)
    if meant.is_certain:
        return _named(wanted, listing, scope)
    if unmanaged:
        return meant.by_id
    key = scope.key_of(meant.by_id[0])
    other = (
        f"of what has the key {key}: say {{}}, or {key}"
        if key
        else "of another: say {}, or add --unmanaged for that other"
    )
    raise ToolError(f"{wanted!r} is the key of {meant.by_key[0].id}, and the id {other.format(meant.by_key[0].id)}")


def _named(wanted: str, listing: Listing, scope: Scope) -> Sequence[Assistant]:
    found = _find(wanted, listing, scope).either
    if not found and listing.incomplete:
        raise ToolError(
            f"{wanted!r} was not found, but the listing may be incomplete ({listing.incomplete}); {listing.advice}"
        )
    if not found:
        where = f"in environment {scope.environment}" if scope.environment else "here"
        raise ToolError(f"no assistant has the key or id {wanted!r} {where}; {_near(wanted, listing, scope)}")
    return found


def _near(wanted: str, listing: Listing, scope: Scope) -> str:
    """A hint at what may be meant: the ids of assistants of that name, else a key or an id that is much like it."""
    if of_name := [one.id for one in listing.assistants if one.name == wanted]:
        return f"of that name there {'is' if len(of_name) == 1 else 'are'} {', '.join(of_name[:3])}"
    keys = [one.mark.key for one in listing.assistants if one.mark and scope.owns(one.mark)]
    close = difflib.get_close_matches(wanted, [*keys, *(one.id for one in listing.assistants)], n=3)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else "`assistants list` shows what there is"


def _deletable(wanted: str, listing: Listing, scope: Scope, *, unmanaged: bool) -> Sequence[Assistant]:
    found = _certain(wanted, listing, scope, unmanaged=unmanaged)
    if found[0].damaged or (not scope.owns(found[0].mark) and not unmanaged):
        raise _not_ours(found[0], scope, _TO_DELETE)
    return found


def _not_ours(assistant: Assistant, scope: Scope, to_do: Mapping[Standing, str]) -> ToolError:
    """The error for an assistant that is not of this scope: whose it is, and what to do instead."""
    mark, standing = assistant.mark, scope.standing(assistant.trace)
    project, environment = (mark.project, mark.environment) if mark else ("", "")
    said = f"{{id}} {_WHOSE[standing]}; {to_do[standing]}"
    return ToolError(said.format(id=assistant.id, project=project or "(none)", environment=environment or "(none)"))


_WHOSE = {
    Standing.NEIGHBOUR: "belongs to environment {environment}",
    Standing.UNSCOPED: "is marked with environment {environment} and no project",
    Standing.FOREIGN: "belongs to project {project}",
    Standing.LOOSE: "is marked with project {project}, environment {environment}, and so not managed here",
    Standing.DAMAGED: "has a damaged mark",
    Standing.UNMANAGED: "is not managed by this tool",
}


_TO_RELEASE = {
    Standing.NEIGHBOUR: "choose that with -e {environment}",
    Standing.UNSCOPED: "take it over there (`assistants apply -e {environment} --adopt`) and release it there",
    Standing.FOREIGN: "release it with that project's files",
    Standing.LOOSE: "take it over by `adopt: {id}` in a definition, and release it then",
    Standing.DAMAGED: "what is left of it names another project or environment, where `assistants release {id}` removes it",
    Standing.UNMANAGED: "there is nothing to release",
}


_TO_DELETE = {
    **dict.fromkeys(Standing, "add --unmanaged to delete it anyway"),
    Standing.NEIGHBOUR: "choose that with -e {environment}",
    Standing.DAMAGED: "it may have protected it: to delete it anyway, remove the mark first with `assistants release {id}`",
}
