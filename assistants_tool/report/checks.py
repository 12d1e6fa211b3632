"""A diagnosis: lines for people, plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assistants_tool.asking.diagnosis import Check, Verdict
from assistants_tool.report.plain import Line

_TONES = {Verdict.OK: "create", Verdict.FAILED: "error", Verdict.UNKNOWN: "update"}


def check_lines(checks: Sequence[Check]) -> Iterator[Line]:
    """One line for each check, its advice indented below; last the count."""
    width = max(len(one.name) for one in checks)
    for one in checks:
        yield Line(_single(f"{one.verdict.value:<7}  {one.name:<{width}}  {one.found}"), _TONES[one.verdict])
        if one.advice:
            yield Line(_single(f"{'':<7}  {'':<{width}}  -> {one.advice}"), "quiet")
    yield Line(", ".join(f"{sum(one.verdict is each for one in checks)} {each.value}" for each in Verdict) + ".")


def _single(text: str) -> str:
    return text.replace("\n", "\\n")


def checks_data(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """name, verdict (ok, failed or unknown), found, and advice, which is empty where there is none."""
    return [
        {"name": one.name, "verdict": one.verdict.value, "found": one.found, "advice": one.advice} for one in checks
    ]
