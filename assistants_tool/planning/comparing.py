"""One definition beside one assistant: what differs, which side moved, and what deserves a second look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.differences import Difference, differences
from assistants_tool.objects.digests import digest_matches
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.mark import Mark
from assistants_tool.planning.plan import Action, Change
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
    return Change(action, definition.key, definition, assistant, reason, found, risks=doubts)


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
    ignored, members = definition.ignore, definition.members
    as_sent = digest_matches(mark.sent, definition.fields, ignored, members)
    as_got = digest_matches(mark.got or mark.sent, assistant.body, ignored, members)
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


def compare(definition: Definition, assistant: Assistant) -> Change:
    """Keep or update, and why: the digests of the last apply tell which side moved."""
    found, own = _both_differences(definition, assistant)
    if not found and not own:
        return Change(Action.KEEP, definition.key, definition, assistant)
    mark = assistant.mark or Mark("", "", definition.key)
    reason = _which_side_moved(definition, assistant, mark) if found else ""
    if reason:
        return _writing(Action.UPDATE, definition, assistant, reason, found + own)
    notes = (f"the endpoint does not keep: {kept_out(found)}",) if found else ()
    if not own:
        return Change(Action.KEEP, definition.key, definition, assistant, notes=notes)
    doubts = tuple(_lifted(definition, assistant))
    return Change(Action.UPDATE, definition.key, definition, assistant, "protection changed", own, notes, doubts)
