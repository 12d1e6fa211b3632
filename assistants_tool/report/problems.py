"""Problems of files as compilers show them: the sentence, then the line, and a caret below the place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistants_tool.report.columns import columns_of, fit, fit_end
from assistants_tool.report.plain import TONES, Line, printable

if TYPE_CHECKING:
    from assistants_tool.errors import Problem


def problem_lines(problem: Problem, width: int) -> Iterator[Line]:
    """For a terminal of `width` columns. Of a long line, the part around the place."""
    yield Line(str(problem), TONES[problem.severity])
    if not problem.excerpt.strip():
        return
    number = f"{problem.line:>5} | "
    room = max(20, width - len(number) - 1)
    offset = problem.column - 1
    before = fit_end(_plain(problem.excerpt[:offset]), room * 2 // 3)
    after = fit(_plain(problem.excerpt[offset:]), room - columns_of(before))
    yield Line(f"{number}{before}{after}", "quiet")
    yield Line(f"{'| ':>{len(number)}}{' ' * columns_of(before)}^", TONES[problem.severity])


def _plain(text: str) -> str:
    return printable(text).replace("\t", " ")
