"""How a run is told, by `-o`: for people as it goes, or at its end as one document for a program, a comment, or GitHub Actions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.cli import terminal
from assistants_tool.cli.progress import progress
from assistants_tool.cli.validating import SUMMARY_MAX, annotate, problems_told
from assistants_tool.planning.view import SeenOutcome, SeenPlan, seen_outcome, seen_plan
from assistants_tool.redaction import NOTHING, Redaction
from assistants_tool.report.data import result
from assistants_tool.report.github import outcome_annotations, plan_annotations
from assistants_tool.report.markdown import plan_markdown, result_markdown
from assistants_tool.report.plain import Line, json_pieces
from assistants_tool.report.text import Words, outcome_lines, outcome_summary, plan_lines

if TYPE_CHECKING:
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Plan
    from assistants_tool.planning.savedplan import SavedPlan
    from assistants_tool.project.target import Target


@dataclass
class Output:
    """One run's. With `json` and `markdown`, stdout is kept for the document, and what happens meanwhile is told on stderr.

    `word_diff`: what changed in a line is told by signs, and not only by a style where there is colour. `hidden`, once there are
    definitions, is what must not be told of them.
    """

    kind: str = "table"
    word_diff: bool = False
    hidden: Redaction = NOTHING
    _target: Target | None = field(default=None, init=False)

    def lines(self, lines: Iterable[Line]) -> None:
        terminal.say_lines(lines, err=self._aside)

    def begin(self, target: Target) -> None:
        """Say where, before anything is planned or written."""
        self._target = target
        self.lines([Line(f"Target: {target}")])

    def problems(self) -> contextlib.AbstractContextManager[None]:
        """Tell of definitions that cannot be loaded, too."""
        return problems_told(self.kind)

    def planned(self, plan: Plan, saved: Callable[[], SavedPlan]) -> None:
        """A plan that is not carried out; `saved` makes the document of it, which takes longer."""
        seen = seen_plan(plan, self.hidden)
        if self.kind == "json":
            self._document(saved().as_data())
        elif self.kind == "markdown":
            terminal.say(plan_markdown(self._where, seen))
        else:
            self._plan(seen)
        if self.kind == "github":
            annotate(plan_annotations(seen), plan_markdown(self._where, seen, SUMMARY_MAX))

    def about_to(self, plan: Plan) -> None:
        """A plan that is to be carried out."""
        self._plan(seen_plan(plan, self.hidden))

    def _plan(self, plan: SeenPlan) -> None:
        marked = Words.MARKED if terminal.colored(err=self._aside) else Words.NOT
        self.lines(plan_lines(plan, Words.BRACKETED if self.word_diff else marked))

    def outcome(self, outcome: Outcome) -> None:
        progress.advance()
        self.lines(outcome_lines(seen_outcome(outcome)))

    def applied(self, plan: Plan, outcomes: Sequence[Outcome] = ()) -> None:
        """The end of an apply; nothing came of a plan that was refused or empty."""
        ends = [seen_outcome(one) for one in outcomes]
        if ends:
            self.lines([Line(outcome_summary(ends))])
        if self.kind != "table":  # there the plan is told already
            self._applied(seen_plan(plan, self.hidden), ends)

    def _applied(self, plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> None:
        if self.kind == "json":
            self._document(result(self._target.as_data() if self._target else {}, plan, outcomes))
        elif self.kind == "markdown":
            terminal.say(result_markdown(self._where, plan, outcomes))
        elif self.kind == "github":
            shown = result_markdown(self._where, plan, outcomes, SUMMARY_MAX)
            annotate(outcome_annotations(plan, outcomes), shown)

    @property
    def _aside(self) -> bool:
        """Whether stdout is kept for a document."""
        return self.kind in ("json", "markdown")

    @property
    def _where(self) -> str:
        return str(self._target)

    @staticmethod
    def _document(data: Any) -> None:
        terminal.results(json_pieces(data))
