"""What in a change deserves a second look: words for the plan, without any value, so that nothing in them has to be masked.

Both sides are canonical forms; a field that the definition ignores is missing on both and is no one's risk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from assistants_tool.objects.canonical import Form, as_text
from assistants_tool.planning.alike import runs, words

TEMPERATURE_STEP = 0.5
_ORDER_COUNTS = 4000  # words; of longer texts, which words there are says enough


def risks(before: Form, after: Form) -> Iterator[str]:
    """What may change how an assistant behaves more than its author had in mind."""
    if _changed("model", before, after):
        yield "the model changes"
    yield from _tool_risks(_tools(before), _tools(after))
    if _changed("response_format", before, after):
        yield "the response format changes"
    if _moved_far(before.get("temperature"), after.get("temperature")):
        yield f"the temperature moves by more than {TEMPERATURE_STEP}"
    if mostly_new(before.get("instructions"), after.get("instructions")):
        yield "more than half of the instructions changes"


def _changed(name: str, before: Form, after: Form) -> bool:
    return name in before and as_text(before[name]) != as_text(after.get(name))


def _tools(form: Form) -> Counter[str]:
    """Tools by what they are, not by how they are set up."""
    tools = form.get("tools")
    return Counter(map(_identity, tools)) if isinstance(tools, list) else Counter()


def _identity(tool: Any) -> str:
    if not isinstance(tool, dict):
        return as_text(tool)
    function = tool.get("function")
    return as_text([tool.get("type"), function.get("name") if isinstance(function, dict) else None])


def _tool_risks(before: Counter[str], after: Counter[str]) -> Iterator[str]:
    added, removed = after - before, before - after
    interpreter = _identity({"type": "code_interpreter"})
    if added.pop(interpreter, 0):
        yield "code_interpreter is added: the assistant may run code"
    for tools, what in ((added, "added"), (removed, "removed")):
        count = tools.total()
        if count:
            yield f"a tool is {what}" if count == 1 else f"{count} tools are {what}"


def _moved_far(before: Any, after: Any) -> bool:
    sides = [one for one in (before, after) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    return len(sides) == 2 and abs(sides[0] - sides[1]) > TEMPERATURE_STEP + 1e-9


def mostly_new(before: Any, after: Any) -> bool:
    """Whether more than half of a text, by the letters of its words, is not as it was. A line that is still there may stand elsewhere."""
    old, new = (one if isinstance(one, str) else "" for one in (before, after))
    lines, others = old.split("\n"), new.split("\n")
    if 4 * sum(map(len, {*lines} & {*others})) >= len(old) + len(new):
        return False  # without a look at words, as most are
    shared = Counter(lines) & Counter(others)
    half = (_letters(old) + _letters(new)) / 4  # of the letters of one side
    kept = _letters("".join(shared.elements()))
    return kept < half and kept + _kept(_without(lines, shared), _without(others, shared)) < half


def _letters(text: str) -> int:
    return sum(map(len, text.split()))


def _without(lines: Iterable[str], shared: Counter[str]) -> list[str]:
    """The words of the lines that the other side does not have."""
    left = Counter(shared)
    own = []
    for line in lines:
        left[line] -= 1
        if left[line] < 0:
            own.append(line)
    return words("\n".join(own))


def _kept(old: list[str], new: list[str]) -> int:
    """How many letters the words have that both have; of not too many words, in the same order."""
    if len(old) + len(new) > _ORDER_COUNTS:
        return sum(len(word) * count for word, count in (Counter(old) & Counter(new)).items())
    return sum(len(word) for one in runs(old, new) for word in old[one.before : one.before + one.length])
