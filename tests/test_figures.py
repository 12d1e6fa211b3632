"""What the pages count, beside what the code counts: a sentence with a number in it, and the constant that the number is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from assistants_tool import Project, redaction
from assistants_tool.applying import backups, context
from assistants_tool.endpoint import failures, keys
from assistants_tool.endpoint.patience import Patience
from assistants_tool.line import saving
from assistants_tool.objects.endpoint import AUTO
from assistants_tool.planning import alike
from tests.conftest import REPOSITORY

# What it is counted in -> how much of the code's unit that is.
SECOND, MINUTE, MIB, GIB = 1, 60, 1 << 20, 1 << 30
FIGURES: dict[tuple[str, str], tuple[float, float]] = {
    ("trust", "if the listing is older than five seconds"): (5 * SECOND, context.FRESH_SECONDS),
    ("trust", "the tool looks again for up to ten seconds"): (10 * SECOND, context.Policy().lag_seconds),
    ("trust", "If it asks for more than two minutes"): (2 * MINUTE, Patience().longest_wait),
    ("trust", "or accepts nothing for ten"): (10 * MINUTE, Patience().throttled_seconds),
    ("trust", "for the last 20 runs of each project, environment and endpoint"): (20, backups.KEPT_RUNS),
    ("trust", "shorter than four characters"): (4, redaction.SHORTEST),
    ("trust", "without pieces of them of eight characters or more"): (8, redaction.PIECE),
    ("trust", "A saved plan is at most 1 GiB"): (1 * GIB, saving.PLAN_MAX),
    ("trust", "A diff of more than 8,000 lines"): (8_192**2, alike.CELLS_MAX),
    ("security", "or at 512 MiB unpacked"): (512 * MIB, failures.ANSWER_MAX),
    ("ci", "that prints the key within a minute"): (1 * MINUTE, keys.KEY_COMMAND_SECONDS),
    ("python", "`timeout=120.0`"): (120 * SECOND, inspect.signature(Project.open).parameters["timeout"].default),
    ("trust", "starts with 10 requests at a time"): (10, AUTO.first),
    ("trust", "goes up to 32"): (32, AUTO.most),
}


@pytest.mark.parametrize(("place", "figure"), FIGURES.items(), ids=[words for _, words in FIGURES])
def test_what_a_page_counts_is_what_the_code_counts(place: tuple[str, str], figure: tuple[float, float]) -> None:
    page, words = place
    text = Path(REPOSITORY, "docs", f"{page}.md").read_text(encoding="utf-8")
    said, is_so = figure
    assert words in re.sub(r"\s+", " ", text)
    assert said == is_so
