"""`doctor`: is this endpoint fit for the tool, and what to do where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from assistants_tool.asking import diagnosis
from assistants_tool.asking.diagnosis import Case, Check, Verdict
from assistants_tool.cli import terminal
from assistants_tool.cli.interrupts import stopping
from assistants_tool.cli.run import definitions_if_any, find_target, find_workspace, hidden_of, talk_of, waiting
from assistants_tool.line.asking import examined
from assistants_tool.line.opening import Tries
from assistants_tool.line.steps import utc_today
from assistants_tool.report.checks import check_lines, checks_data
from assistants_tool.report.plain import to_json

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.redaction import Redaction

PATIENCE = Tries(3, 10.0)  # somebody is waiting for what is so, not for it to become better


def doctor(settings: Settings, output: str, *, probe: bool) -> int:
    workspace = find_workspace(settings)
    target = find_target(settings, workspace)
    if output == "table":
        terminal.say(f"Target: {target}")
    definitions = definitions_if_any(settings, workspace, target)
    hidden = hidden_of(definitions, workspace, target)
    stopped: list[asyncio.Event] = []
    with waiting():
        talk = talk_of(settings, PATIENCE)
        seen = asyncio.run(examined(target, talk, hidden, definitions, _probing(stopped) if probe else None))
    case = Case(target.endpoint, definitions, seen, utc_today(), target.scope.environment)
    checks = _masked(diagnosis.diagnose(case), hidden)
    if output == "json":
        terminal.result(to_json(checks_data(checks)))
    else:
        terminal.say_lines(check_lines(checks))
    if any(one.is_set() for one in stopped):
        return 130
    return int(any(one.verdict is Verdict.FAILED for one in checks))


def _masked(checks: Sequence[Check], hidden: Redaction) -> list[Check]:
    """A server may answer what the probe took from a definition."""
    return [replace(one, found=hidden.text(one.found), advice=hidden.text(one.advice)) for one in checks]


def _probing(events: list[asyncio.Event]) -> Callable[[asyncio.Event], AbstractContextManager[None]]:
    """A signal sets the event of the probe, which is kept to tell afterwards."""

    def around(stop: asyncio.Event) -> AbstractContextManager[None]:
        events.append(stop)
        return stopping(stop)

    return around
