"""`doctor`: is this endpoint fit for the tool, and what to do where it is not."""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from assistants_tool.asking import diagnosis
from assistants_tool.asking.diagnosis import Case, Check, Seen, Verdict
from assistants_tool.cli import terminal
from assistants_tool.cli.interrupts import stopping
from assistants_tool.cli.run import Definitions, definitions_if_any, find_target, find_workspace, opened
from assistants_tool.endpoint.patience import Patience
from assistants_tool.errors import DefinitionError, EndpointError, ToolError
from assistants_tool.planning.masks import hiding
from assistants_tool.report.checks import check_lines, checks_data
from assistants_tool.report.plain import to_json

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.objects.endpoint import ServingEndpoint
    from assistants_tool.redaction import Redaction

PATIENCE = Patience(tries=3, seconds=10)  # somebody is waiting for what is so, not for it to become better
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def doctor(settings: Settings, output: str, *, probe: bool) -> int:
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    if output == "table":
        terminal.say(f"Target: {target}")
    definitions = definitions_if_any(settings, workspace, target)
    stop = asyncio.Event()
    hidden = hiding(() if isinstance(definitions, DefinitionError) else definitions)
    endpoint = opened(target, settings, patience=PATIENCE, hidden=hidden)
    seen = asyncio.run(_examine(endpoint, definitions, stop if probe else None))
    proxies = tuple(one for one in PROXIES if os.environ.get(one) or os.environ.get(one.lower()))
    today = datetime.datetime.now(datetime.UTC).date()
    checks = _masked(diagnosis.diagnose(Case(target.endpoint, definitions, seen, today, proxies)), hidden)
    if output == "json":
        terminal.result(to_json(checks_data(checks)))
    else:
        terminal.say_lines(check_lines(checks))
    if stop.is_set():
        return 130
    return int(any(one.verdict is Verdict.FAILED for one in checks))


def _masked(checks: Sequence[Check], hidden: Redaction) -> list[Check]:
    """A server may answer what the probe took from a definition."""
    return [replace(one, found=hidden.text(one.found), advice=hidden.text(one.advice)) for one in checks]


async def _examine(
    opening: AbstractAsyncContextManager[ServingEndpoint], definitions: Definitions, stop: asyncio.Event | None
) -> Seen | ToolError:
    """With a `stop`, a probe is made as well."""
    try:
        async with opening as endpoint:
            seen = await diagnosis.look(endpoint)
            if stop is None or isinstance(seen.listing, EndpointError):
                return seen
            with stopping(stop):
                return replace(
                    seen, probe=await diagnosis.probe(endpoint, diagnosis.probe_body(definitions, seen), stop)
                )
    except ToolError as error:
        return error
