"""One definition beside one assistant: what differs, which side moved, and what deserves a second look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import Difference, differences
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.payload import left_as_it_is
from assistants_tool.planning.plan import Action, Change, Held
from assistants_tool.planning.risks import risks

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition


def _writing(
    action: Action, definition: Definition, assistant: Assistant, reason: str, found: tuple[Difference, ...]
) -> Change:
    doubts = (
        *risks(definition.form_of(assistant.body), definition.form, definition.members),
        *_lifted(definition, assistant),
    )
    notes = tuple(_moved_outside(definition, assistant))
    return Change(action, definition.key, definition, assistant, reason, found, notes, risks=doubts)


def _lifted(definition: Definition, assistant: Assistant) -> Iterator[str]:
    if assistant.mark and assistant.mark.protect and not definition.protect:
        yield "protection is lifted"


def _both_differences(
    definition: Definition, assistant: Assistant
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """What differs in the assistant, and what in its mark."""
    mark = assistant.mark or Mark("", "", definition.key)
    return departures(definition, assistant.body), tuple(_own_differences(mark, definition))


def departures(definition: Definition, body: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Where an assistant's members differ from what a definition wants."""
    form = definition.form_of(body)
    return () if same(form, definition.form) else tuple(differences(form, definition.form))  # most are the same


def _own_differences(mark: Mark, definition: Definition) -> Iterator[Difference]:
    if mark.key != definition.key:
        yield Difference("key", mark.key, definition.key)
    if mark.protect != definition.protect:
        yield Difference("protect", mark.protect, definition.protect)


def _which_side_moved(definition: Definition, assistant: Assistant, mark: Mark) -> str:
    """In words; empty where neither did, so that what differs is what the endpoint made of the last apply."""
    as_sent = definition.digest_matches(mark.sent, definition.fields)
    as_got = definition.digest_matches(mark.got or mark.sent, assistant.body)
    return _REASONS.get((as_sent, as_got), "differs")


_REASONS: dict[tuple[bool | None, bool | None], str] = {
    (False, True): "changed in the files",
    (True, False): "changed on the endpoint",
    (False, False): "changed in the files and on the endpoint",
    (True, True): "",
}


def kept_out(found: Iterable[Difference]) -> str:
    """The fields that differ, each once; of metadata the key, too."""
    names = (
        one.path if one.path.startswith("metadata.") else one.path.partition(".")[0].partition("[")[0] for one in found
    )
    return ", ".join(dict.fromkeys(names))


def taking_over(definition: Definition, assistant: Assistant, why: str) -> Change:
    found, own = _both_differences(definition, assistant)
    return _writing(Action.ADOPT, definition, assistant, why, found + own)


def _moved_outside(definition: Definition, assistant: Assistant) -> Iterator[str]:
    """A word on members that no file states, where they are not as the last apply left them."""
    mark, held = assistant.mark, assistant.unknown
    if not mark or not mark.rest or held.rest(definition.stated) == mark.rest:
        return
    # What the files state may be more or less by now, and so what they do not state.
    left_alone = (
        one for one in held.besides(definition.stated) if held.rest({*definition.stated, one.place}) == mark.rest
    )
    stated_anew = any(held.rest(definition.stated - {one}) == mark.rest for one in definition.stated)
    if freed := next(left_alone, None):
        yield f"no longer stated in the files, and left as it is: {freed.shown}"
    elif not stated_anew:
        yield "changed outside of what the files state"


def also_held(changes: Iterable[Change]) -> tuple[Held, ...]:
    """What those that stay hold beside what is stated of them, each place once."""
    keys: dict[str, list[str]] = {}
    for one in changes:
        if one.definition and one.assistant and one.action in _STAYS:
            for found in left_as_it_is(one.definition, one.assistant):
                keys.setdefault(found.shown, []).append(one.key)
    return tuple(Held(place, tuple(bearers)) for place, bearers in sorted(keys.items()))


_STAYS = (Action.KEEP, Action.UPDATE, Action.ADOPT)


def compare(definition: Definition, assistant: Assistant) -> Change:
    """Keep or update, and why: the digests of the last apply tell which side moved."""
    found, own = _both_differences(definition, assistant)
    outside = tuple(_moved_outside(definition, assistant))
    if not found and not own:
        return Change(Action.KEEP, definition.key, definition, assistant, notes=outside)
    mark = assistant.mark or Mark("", "", definition.key)
    reason = _which_side_moved(definition, assistant, mark) if found else ""
    if reason:
        return _writing(Action.UPDATE, definition, assistant, reason, found + own)
    notes = (*((f"the endpoint does not keep: {kept_out(found)}",) if found else ()), *outside)
    if not own:
        return Change(Action.KEEP, definition.key, definition, assistant, notes=notes)
    doubts = tuple(_lifted(definition, assistant))
    return Change(Action.UPDATE, definition.key, definition, assistant, "protection changed", own, notes, doubts)
