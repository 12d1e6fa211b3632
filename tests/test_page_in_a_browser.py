"""The page to review in a browser: its policy holds, its filter and links work, it fits, prints, and is fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistants_tool.planning.plan import Action
from assistants_tool.planning.view import SeenChange, SeenDifference, SeenPlan
from assistants_tool.report.page import plan_page
from tests.browser import MISSING, Browser, browsing
from tests.tables import cases
from tests.test_report_page import ATTACKS, hostile_page

pytestmark = pytest.mark.skipif(MISSING, reason="needs Debian's chromium and chromium-driver")

PROMPT = "".join(f"Rule {number}: be kind, and brief where that is enough.\n" for number in range(60))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as one:
        yield one


def shown(browser: Browser, folder: Path, page: str, anchor: str = "") -> None:
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    browser.open("about:blank")  # else another anchor alone would not load it anew
    browser.open(f"{path.as_uri()}{anchor}")


def large(count: int) -> str:
    """Updates of a long prompt; each tenth is a risk, each fifth a creation."""
    sides = SeenDifference("instructions", PROMPT, PROMPT.replace("Rule 7: be kind", "Rule 7: be very kind"))
    changes = (
        SeenChange(
            Action.UPDATE if number % 5 else Action.CREATE,
            f"bot-{number}",
            f"asst_{number}",
            after={"model": "m", "instructions": PROMPT},
            differences=(sides,),
            risks=() if number % 10 else ("the model changes",),
        )
        for number in range(count)
    )
    kept = (SeenChange(Action.KEEP, f"kept-{number}", f"a_{number}") for number in range(3))
    return "".join(plan_page("here", SeenPlan((*changes, *kept))))


# What a page would do that an attack had succeeded in, and what is beside its own script.
ACTED = """return [document.scripts.length, document.images.length, document.querySelectorAll("iframe, object, embed, link").length,
performance.getEntriesByType("resource").length, document.title.includes("49")]"""


@cases("text", ATTACKS)
def test_an_attack_does_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    shown(browser, tmp_path, hostile_page(text))
    assert browser.run(ACTED) == [1, 0, 0, 0, False]
    assert browser.told() == []
    assert browser.run("return document.getElementById(':shown').textContent") == "8 of 8 shown"


def test_the_policy_lets_nothing_in(browser: Browser, tmp_path: Path) -> None:
    shown(browser, tmp_path, large(1))
    browser.run("""
        document.body.insertAdjacentHTML("beforeend", "<img src='http://127.0.0.1:9/x'><p style='color: red' onclick='1'>x</p>");
        const script = document.createElement("script");
        script.textContent = "document.title = 'forged'";
        document.body.append(script);
    """)
    assert browser.run("return document.title").startswith("Plan:")
    told = browser.told()
    assert len(told) >= 3
    assert all("Content Security Policy" in one for one in told)


CHOOSE = """
const form = document.getElementById(":filter");
form.reset();
for (const [name, value] of Object.entries(arguments[0])) {
  const field = form.elements.namedItem(name);
  if (field.type === "checkbox") field.checked = value; else field.value = value;
}
form.dispatchEvent(new Event("input"));
return [...document.querySelectorAll("[data-key]:not([hidden])")].map((one) => one.id);
"""
FILTERS: dict[str, tuple[dict[str, str | bool], list[str]]] = {
    "nothing": ({}, [*(f"bot-{one}" for one in range(12)), "kept-0", "kept-1", "kept-2"]),
    "a key": ({"key": " BOT-1"}, ["bot-1", "bot-10", "bot-11"]),
    "an action": ({"action": "create"}, ["bot-0", "bot-5", "bot-10"]),
    "risks": ({"risk": True}, ["bot-0", "bot-10"]),
    "all three": ({"key": "1", "action": "create", "risk": True}, ["bot-10"]),
    "what is kept": ({"action": "keep"}, ["kept-0", "kept-1", "kept-2"]),
    "none": ({"key": "no such"}, []),
}


def test_the_filter(browser: Browser, tmp_path: Path) -> None:
    """One page for all of them, as people try one after the other."""
    shown(browser, tmp_path, large(12))
    for name, (chosen, ids) in FILTERS.items():
        assert browser.run(CHOOSE, chosen) == ids, name
        assert browser.run("return document.getElementById(':shown').textContent") == f"{len(ids)} of 15 shown", name
        kept = any(one.startswith("kept") for one in ids)
        assert browser.run("return document.getElementById(':kept').hidden") is not kept, name


WHERE = """
const one = document.getElementById(arguments[0]);
return [one.closest("details").open, one.hidden, Math.abs(one.getBoundingClientRect().top) < innerHeight];
"""


@pytest.mark.parametrize("key", ["bot-30", "kept-1"])
def test_a_permanent_link_opens_its_assistant(browser: Browser, tmp_path: Path, key: str) -> None:
    browser.look(1280)
    shown(browser, tmp_path, large(40), f"#{key}")
    assert browser.run(WHERE, key) == [True, False, True]
    assert browser.run("return document.querySelectorAll('details[open]').length") == 1


def test_a_link_to_what_is_filtered_out_shows_it(browser: Browser, tmp_path: Path) -> None:
    shown(browser, tmp_path, large(40))
    browser.run(CHOOSE, {"key": "no such"})
    after = (
        "const told = arguments[0]; addEventListener('hashchange', () => setTimeout(told)); location.hash = 'bot-7';"
    )
    browser.ask("POST", "/execute/async", {"script": after, "args": []})
    assert browser.run(WHERE, "bot-7") == [True, False, True]


def test_all_are_opened_and_closed_by_buttons(browser: Browser, tmp_path: Path) -> None:
    shown(browser, tmp_path, large(30))
    counted = "document.getElementById(arguments[0]).click(); return document.querySelectorAll('.change[open]').length"
    assert [browser.run(counted, one) for one in (":open", ":close")] == [30, 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    browser.look(width, scheme=scheme)
    word = "a" * 400
    one = SeenChange(
        Action.UPDATE,
        "bot",
        word,
        word,
        word,
        word,
        differences=(SeenDifference(f"x.{word}", word, f"{word}b\n"),),
        risks=(word,),
    )
    shown(browser, tmp_path, "".join(plan_page(word, SeenPlan((one,)))))
    assert browser.run("return document.documentElement.scrollWidth") == width
    sides = "return ['.old', '.new'].map((one) => document.querySelector(one).getBoundingClientRect().top)"
    old, new = browser.run(sides)
    assert (old == new) is (width == 1280)  # side by side where there is room
    back = "return getComputedStyle(document.body).backgroundColor"
    assert browser.run(back) == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]


def test_in_print_all_is_open(browser: Browser, tmp_path: Path) -> None:
    browser.look(800, media="print", scheme="dark")
    shown(browser, tmp_path, large(30))
    heights = "return [...document.querySelectorAll('.body')].map((one) => one.getBoundingClientRect().height)"
    assert min(browser.run(heights)) > 100
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("return document.getElementById(':filter').getBoundingClientRect().height") == 0
    browser.look(1280)


def test_all_of_it_is_reached_by_keys(browser: Browser, tmp_path: Path) -> None:
    """In the order in which it is read: the link past the filter first, then the filter, then each change."""
    shown(browser, tmp_path, large(2))
    names = []
    for _ in range(9):
        browser.ask("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": [
            {"type": "keyDown", "value": "\ue004"}, {"type": "keyUp", "value": "\ue004"}]}]})  # fmt: skip
        names.append(browser.run("return document.activeElement.name || document.activeElement.textContent.trim()"))
    assert names[:7] == ["To the changes", "bot-0", "key", "action", "risk", "Open all", "Close all"]
    assert "create bot-0" in names[7]
    assert names[8] == "Link to bot-0"


def test_five_hundred_changes_open_and_are_filtered_in_under_a_second(browser: Browser, tmp_path: Path) -> None:
    shown(browser, tmp_path, large(500))
    loaded = browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")
    filtered = browser.run("""
        const started = performance.now();
        const key = document.getElementById(":filter").elements.namedItem("key");
        key.value = "bot-4";
        key.dispatchEvent(new Event("input", { bubbles: true }));
        document.body.getBoundingClientRect();
        return performance.now() - started;
    """)
    assert (loaded < 1000, filtered < 1000) == (True, True), (loaded, filtered)
    assert browser.run("return document.getElementById(':shown').textContent") == "111 of 503 shown"
