"""What in a change deserves a second look: words for the plan, without any value, so that nothing in them has to be masked.

Both sides are canonical forms; a field that the definition ignores is missing on both and is no one's risk. Which members are looked at,
and how, stands in their table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from assistants_tool.objects.jsontext import same
from assistants_tool.objects.members import ASSISTANTS, Form, Member, Members, Watch
from assistants_tool.objects.normal import Items
from assistants_tool.objects.paths import Path, dotted
from assistants_tool.objects.unseen import count, is_name
from assistants_tool.planning.alike import runs, words

STEP = 0.5  # of a number, such as the temperature
_ORDER_COUNTS = 4000  # words; of longer texts, which words there are says enough


def risks(before: Form, after: Form, members: Members = ASSISTANTS) -> Iterator[str]:
    """A sentence for each change that may alter how an assistant behaves more than its author had in mind."""
    for member in members.table:
        if member.watch and member.name in before:
            yield from _WATCHES[member.watch](member, before[member.name], after.get(member.name))
    yield from hidden(before, after)


def hidden(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each text with characters that no one can see, unless the assistant holds the same text already."""
    known = {text for _, text in _texts(before)}
    for place, text in _texts(after):
        name = is_name(place)
        if text not in known and (found := count(text, name=name)):
            where = _first_line(text, found, name=name) if "\n" in text else ""
            yield f"{place} adds {found} invisible character{'' if found == 1 else 's'}{where}"


def _first_line(text: str, found: int, *, name: bool) -> str:
    """Where to look: of a long text a plan shows the beginning."""
    line = next(number for number, one in enumerate(text.split("\n"), 1) if count(one, name=name))
    return f", {'first ' if found > 1 else ''}in line {line}"


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


def _shown(member: Member) -> str:
    return member.name.replace("_", " ")


def _change(member: Member, before: Any, after: Any) -> Iterator[str]:
    if not same(before, after):
        yield f"the {_shown(member)} changes"


def _format(_: Member, before: Any, after: Any) -> Iterator[str]:
    old, new = (one.get("format") if isinstance(one, dict) else one for one in (before, after))
    if not same(old, new):
        yield "the response format changes"


def _step(member: Member, before: Any, after: Any) -> Iterator[str]:
    sides = [one for one in (before, after) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(sides) == 2 and abs(sides[0] - sides[1]) > STEP + 1e-9:
        yield f"the {_shown(member)} moves by more than {STEP}"


def _rewrite(member: Member, before: Any, after: Any) -> Iterator[str]:
    if mostly_new(before, after):
        yield f"more than half of the {_shown(member)} changes"


def _tools(member: Member, tools: Any) -> Counter[tuple[str, str]]:
    """How many tools there are of each type, and of each name where its kind has one; how they are set up does not count."""
    items = member.normal
    return (
        Counter(map(items.kind_and_name, tools)) if isinstance(items, Items) and isinstance(tools, list) else Counter()
    )


def _tool_risks(member: Member, before: Any, after: Any) -> Iterator[str]:
    old, new = _tools(member, before), _tools(member, after)
    added, removed = new - old, old - new
    if added.pop(("code_interpreter", ""), 0):
        yield "code_interpreter is added: the assistant may run code"
    for tools, what in ((added, "added"), (removed, "removed")):
        count = tools.total()
        if count:
            yield f"a tool is {what}" if count == 1 else f"{count} tools are {what}"


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


_WATCHES: Mapping[Watch, Callable[[Member, Any, Any], Iterator[str]]] = {
    Watch.CHANGE: _change,
    Watch.TOOLS: _tool_risks,
    Watch.STEP: _step,
    Watch.REWRITE: _rewrite,
    Watch.FORMAT: _format,
}
