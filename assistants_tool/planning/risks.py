"""What in a change deserves a second look: words for the plan, without any value, so that nothing in them has to be masked.

Both sides are canonical forms; a field that the definition ignores is missing on both and is no one's risk.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from assistants_tool.objects.canonical import Form, as_text
from assistants_tool.objects.paths import Path, dotted
from assistants_tool.objects.unseen import count, is_name

TEMPERATURE_STEP = 0.5
_ORDER_COUNTS = (
    4000  # words; of longer texts, which words there are says enough, and the order would take seconds to compare
)
_WORD = re.compile(r"[A-Za-z0-9_]+|[^\sA-Za-z0-9_]")  # where words have no spaces between them, each character counts


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
    yield from hidden(before, after)


def hidden(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Text that brings characters which no one can see, by its place. What the assistant holds already is no news."""
    known = {text for _, text in _texts(before)}
    for place, text in _texts(after):
        if text not in known and (found := count(text, name=is_name(place))):
            yield f"{place} brings {found} character{'' if found == 1 else 's'} that no one can see"


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[str, str]]:
    """Every text inside a value, the names of members included, with its place."""
    if isinstance(value, str):
        yield dotted(path), value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield dotted((*path, name)), name
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))


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
    """Whether more than half of a text, by words, is not as it was."""
    old, new = (_WORD.findall(one) if isinstance(one, str) else [] for one in (before, after))
    if old == new:
        return False
    matcher = difflib.SequenceMatcher(None, old, new)
    if matcher.quick_ratio() < 0.5:
        return True
    return len(old) + len(new) <= _ORDER_COUNTS and matcher.ratio() < 0.5
