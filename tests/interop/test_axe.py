"""axe-core, the usual measure of whether people with a keyboard, a magnifier or a screen reader can use a page, on the page to review."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenDifference, SeenOutcome, SeenPlan
from assistants_tool.report.page import result_page
from tests.browser import MISSING, browsing
from tests.interop.servers import axe

RUN = """
const told = arguments[0];
axe.run(document).then((found) => told([found.violations, found.passes.length]));
"""


def page() -> str:
    """One of everything that a page may show."""
    differences = (
        SeenDifference("model", "gpt-4", "gpt-4o"),
        SeenDifference("instructions", "Be kind.\nBe one.\n", "Be very kind.\nBe one.\nBe brief."),
        SeenDifference(
            "tools[0]", None, {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
        ),
        SeenDifference("name", variable="NAME"),
    )
    held = {"model": "m", "instructions": "a\nb\n"}
    changes = tuple(
        SeenChange(
            action,
            action.name.lower(),
            "a_1",
            "A",
            "a.yaml:1:1",
            "changed",
            held,
            held,
            differences,
            notes=("a note",),
            risks=("the model changes",),
        )
        for action in Action
    )
    ends = (
        SeenOutcome(Action.UPDATE, "update", "a_1", Status.FAILED, "500", still_there="name"),
        SeenOutcome(Action.CREATE, "create", "a_2", Status.DONE, not_kept="name"),
    )
    return "".join(result_page("here", SeenPlan(changes, "no end", ("1 conflict",)), ends))


@pytest.mark.skipif(MISSING, reason="needs Debian's chromium and chromium-driver")
def test_nothing_keeps_people_from_using_the_page(tmp_path: Path) -> None:
    script, path = axe(), tmp_path / "page.html"
    path.write_text(page(), encoding="utf-8")
    with browsing() as browser:
        for width in (390, 1280):
            for scheme in ("light", "dark"):
                browser.look(width, scheme=scheme)
                browser.open(path.as_uri())
                browser.run("document.getElementById(':open').click(); document.getElementById(':kept').open = true")
                browser.run(script)
                violations, passes = browser.ask("POST", "/execute/async", {"script": RUN, "args": []})
                found = [(one["id"], [each["html"] for each in one["nodes"]]) for one in violations]
                assert (found, passes > 20) == ([], True), (width, scheme)
