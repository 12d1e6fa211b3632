"""How a run is told, by `-o`: for people as it goes, or at its end as one document for a program, a comment, a
browser, or GitHub Actions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.cli import terminal
from assistants_tool.cli.interrupts import stopping
from assistants_tool.cli.progress import progress
from assistants_tool.cli.validating import SUMMARY_MAX, annotate, problems_told
from assistants_tool.errors import RefusedError, ToolError
from assistants_tool.line.front import Brake, Front
from assistants_tool.redaction import NOTHING, Redaction
from assistants_tool.report.plain import Line, json_pieces

if TYPE_CHECKING:
    from assistants_tool.errors import Problem
    from assistants_tool.line.steps import Planned
    from assistants_tool.planning.environments import Comparison
    from assistants_tool.planning.outcome import Outcome
    from assistants_tool.planning.plan import Plan
    from assistants_tool.planning.view import SeenOutcome, SeenPlan
    from assistants_tool.project.target import Target
    from assistants_tool.report.text import Extent, Words


@dataclass
class Output(Front):
    """One run's. With `json`, `markdown` and `html`, stdout is kept for the document, and what happens meanwhile is told on stderr.

    `word_diff`: what changed in a line is told by signs, and not only by a style where there is colour. `yes`: nobody is asked. Once there
    are definitions, `hidden` is what must not be told of them, and `remarks` what they are warned of.
    """

    kind: str = "table"
    word_diff: bool = False
    yes: bool = False
    hidden: Redaction = NOTHING
    remarks: Sequence[Problem] = ()
    _target: Target | None = field(default=None, init=False)

    def lines(self, lines: Iterable[Line]) -> None:
        terminal.say_lines(lines, err=self._aside)

    def begin(self, target: Target) -> None:
        """Say where, before anything is planned or written."""
        self._target = target
        self.lines([Line(f"Target: {target}")])

    def hide(self, hidden: Redaction) -> None:
        self.hidden = hidden

    def remark(self, remarks: Sequence[Problem]) -> None:
        self.remarks = remarks

    def problems(self) -> contextlib.AbstractContextManager[None]:
        """Tell of definitions that cannot be loaded, too."""
        return problems_told(self.kind)

    def planned(self, planned: Planned) -> None:
        """A plan that is not carried out."""
        from assistants_tool.planning.view import seen_plan
        from assistants_tool.report.github import plan_annotations
        from assistants_tool.report.markdown import plan_markdown

        seen = seen_plan(planned.plan, self.hidden, self.remarks)
        if self.kind == "json":
            self._document(planned.saved().as_data())
        elif self.kind == "markdown":
            terminal.say(plan_markdown(self._where, seen))
        elif self.kind == "html":
            from assistants_tool.report.page import plan_page

            terminal.results(plan_page(self._where, seen))
        else:
            self._plan(seen)
        if self.kind == "github":
            annotate(plan_annotations(seen), plan_markdown(self._where, seen, SUMMARY_MAX))

    def about_to(self, plan: Plan) -> None:
        from assistants_tool.planning.view import seen_plan

        self._plan(seen_plan(plan, self.hidden, self.remarks))
        if terminal.is_unread():
            raise ToolError("the output was closed before the plan could be shown, so nothing was written")

    def _plan(self, plan: SeenPlan, extent: Extent | None = None) -> None:
        from assistants_tool.report.text import Extent, plan_lines

        usual = Extent.BRIEF if self.kind == "brief" else Extent.USUAL
        self.lines(plan_lines(plan, self._words, extent or usual))

    def compared(self, found: Comparison) -> None:
        """Two environments beside each other."""
        from assistants_tool.report.data import comparison
        from assistants_tool.report.text import comparison_lines

        if self.kind == "json":
            self._document(comparison(found))
        else:
            self.lines(comparison_lines(found, self._words))

    @property
    def _words(self) -> Words:
        from assistants_tool.report.text import Words

        marked = Words.MARKED if terminal.colored(err=self._aside) else Words.NOT
        return Words.BRACKETED if self.word_diff else marked

    def refusal(self, plan: Plan) -> RefusedError:  # noqa: ARG002 - it was shown
        return RefusedError("refused, nothing was written; the plan above says why and what to do")

    def agree(self, plan: Plan) -> bool:
        return self.asked(plan, "Go ahead")

    def asked(self, plan: Plan, what: str) -> bool:
        """Ask for that; whether a person was asked."""
        from assistants_tool.planning.view import seen_plan
        from assistants_tool.report.text import Extent

        def details() -> None:
            self._plan(seen_plan(plan, self.hidden, self.remarks), Extent.FULL)

        return terminal.confirm(f"{what} at {self._target}?", yes=self.yes, details=details)

    @contextlib.contextmanager
    def working(self, plan: Plan, brake: Brake) -> Iterator[None]:
        """Ctrl-C stops what has not begun; the second one cuts off what has."""
        from assistants_tool.planning.plan import WRITES

        counting = progress.counting(len(plan.of(*WRITES)), "Applying")
        with stopping(brake.stopped, brake.stop_waiting, cut=brake.cut), counting:
            yield

    def restoring(self, time: str) -> None:
        terminal.say(f"Restoring the backup {time}")

    def not_planned(self, passed_over: Sequence[str], faults: Sequence[str]) -> None:
        self.lines(Line(f"= {one}", "quiet") for one in passed_over)
        self.lines(Line(f"! not restored: {one}", "error") for one in faults)

    def outcome(self, outcome: Outcome) -> None:
        from assistants_tool.planning.view import seen_outcome
        from assistants_tool.report.text import outcome_lines

        progress.advance()
        self.lines(outcome_lines(seen_outcome(outcome)))

    def applied(self, plan: Plan, outcomes: Sequence[Outcome] = ()) -> None:
        from assistants_tool.planning.view import seen_outcome, seen_plan
        from assistants_tool.report.text import outcome_summary

        if plan.is_empty and not plan.refusals:
            self.lines([Line("Nothing to change.")])
        ends = [seen_outcome(one) for one in outcomes]
        if ends:
            self.lines([Line(outcome_summary(ends))])
        if self.kind not in ("table", "brief"):  # there the plan is told already
            self._applied(seen_plan(plan, self.hidden, self.remarks), ends)

    def _applied(self, plan: SeenPlan, outcomes: Sequence[SeenOutcome]) -> None:
        from assistants_tool.report.data import result
        from assistants_tool.report.github import outcome_annotations
        from assistants_tool.report.markdown import result_markdown

        if self.kind == "json":
            self._document(result(self._target.as_data() if self._target else {}, plan, outcomes))
        elif self.kind == "markdown":
            terminal.say(result_markdown(self._where, plan, outcomes))
        elif self.kind == "html":
            from assistants_tool.report.page import result_page

            terminal.results(result_page(self._where, plan, outcomes))
        elif self.kind == "github":
            shown = result_markdown(self._where, plan, outcomes, SUMMARY_MAX)
            annotate(outcome_annotations(plan, outcomes), shown)

    @property
    def _aside(self) -> bool:
        """Whether stdout is kept for a document."""
        return self.kind in ("json", "csv", "markdown", "html")

    @property
    def _where(self) -> str:
        return str(self._target)

    @staticmethod
    def _document(data: Any) -> None:
        terminal.results(json_pieces(data))
