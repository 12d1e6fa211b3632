"""One definition beside one assistant: what differs, which side moved, and what deserves a second look."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistants_tool.objects.differences import ABSENT, Difference, differences, field_of
from assistants_tool.objects.digests import digest_matches
from assistants_tool.objects.jsontext import as_text, same
from assistants_tool.objects.mark import Mark, by_field
from assistants_tool.objects.masked import HIDDEN
from assistants_tool.objects.paths import dotted, value_at
from assistants_tool.objects.payload import left_as_it_is
from assistants_tool.objects.unknown import NOWHERE, unknown
from assistants_tool.planning.plan import Action, Change, Held
from assistants_tool.planning.risks import risks

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.unknown import Place as UnknownPlace

Place = tuple[str, str]  # a differing path, with `[*]` for each index, and what the endpoint has there


@dataclass(frozen=True)
class Habits:
    """What the endpoint is seen to make of what it is sent. `pairs`: definitions, each with the assistant of its key."""

    pairs: Sequence[tuple[Definition, Assistant]] = ()
    assistants: Sequence[Assistant] = ()

    @cached_property
    def not_kept(self) -> frozenset[Place]:
        """Where it has something else than was sent, as the marks of assistants tell that are as the last apply left them."""
        left = (departures(one, found.body) for one, found in self.pairs if _is_as_left(one, found))
        return frozenset(place for found in left for place in places(found))

    @cached_property
    def fields_held(self) -> frozenset[str]:
        """The members that any assistant has something in, so that the endpoint does keep them."""
        forms = [(one.form, one.members.defaults) for one in self.assistants]
        return frozenset(name for form, unset in forms for name in form if not same(form[name], unset[name]))


def _is_as_left(definition: Definition, assistant: Assistant) -> bool:
    """Whether nobody changed either side since the apply that noted how the assistant differs from what was sent."""
    mark = assistant.mark or _NO_MARK
    return bool(mark.got) and not _which_side_moved(definition, assistant, mark)


_NO_MARK = Mark("", "", "")


def places(found: Iterable[Difference]) -> Iterator[Place]:
    """Of what differs, where, and what the endpoint has there."""
    for one in found:
        yield re.sub(r"\[\d+\]", "[*]", one.path), "" if one.before is ABSENT else as_text(one.before)


def is_raced_create(
    assistant: Assistant, first: Assistant, definition: Definition | None, not_kept: Collection[Place]
) -> bool:
    """Whether a second assistant of one mark is provably a create of ours and nothing else: its content is what its own mark says.

    Where that create was not finished, it may differ from what was sent where the endpoint is seen to keep something else. A copy that
    somebody has edited is none, and neither is a copy of a first that somebody has edited. Where the digests cannot tell, to be just as the
    first is enough: nothing is lost then.
    """
    if assistant.members.named_by:
        return False  # two runs that raced made one of that name
    mark, stated = assistant.mark or _NO_MARK, definition.stated if definition else NOWHERE
    if assistant.unknown.rest(stated) not in ("", first.unknown.rest(stated)):
        return False  # what no file states, and the other has not, somebody has put there
    is_as_marked = _is_as_marked(mark.got or mark.sent, assistant, definition)
    if is_as_marked or (is_as_marked is None and mark == first.mark and same(assistant.stated, first.stated)):
        return True
    if mark.got or definition is None or not definition.digest_matches(mark.sent, definition.fields):
        return False
    return set(places(departures(definition, assistant.body))) <= set(not_kept)


def _is_as_marked(recorded: str, assistant: Assistant, definition: Definition | None) -> bool | None:
    """Whether a digest in its mark is that of an assistant; None where that cannot be told.

    Without its definition nothing says what more than the known was stated.
    """
    if definition:
        return definition.digest_matches(recorded, assistant.body)
    table = assistant.members.of_digest(recorded)
    either = (NOWHERE, unknown(assistant.body, table).places if table else NOWHERE)
    found = [digest_matches(recorded, assistant.body, members=assistant.members, stated=one) for one in either]
    return any(found) or (None if None in found else False)


def _writing(
    action: Action,
    definition: Definition,
    assistant: Assistant,
    reason: str,
    found: Sequence[Difference],
    known: Sequence[Difference] = (),
) -> Change:
    """`known` differs as it did after the last apply: it is noted, and is neither a difference nor a risk."""
    before = _without(definition.form_of(assistant.body), found, known, definition)
    doubts = (*risks(before, definition.form, definition.members), *_lifted(definition, assistant))
    notes = (
        *_versions(assistant),
        *notes_on(definition, assistant.body, known),
        *_moved_outside(definition, assistant),
    )
    return Change(action, definition.key, definition, assistant, reason, tuple(found), notes, doubts)


def _versions(assistant: Assistant) -> Iterator[str]:
    if assistant.next_version:
        yield f"version {assistant.version} -> {assistant.next_version}"


def _without(
    form: Mapping[str, Any], found: Iterable[Difference], known: Iterable[Difference], definition: Definition
) -> dict[str, Any]:
    """The endpoint's side, with what is wanted in those fields that differ in nothing but what is known."""
    moved = {field_of(one.path) for one in found}
    healed = {field_of(one.path) for one in known} - moved
    return {**form, **{name: one for name, one in definition.form.items() if name in healed}}


def _lifted(definition: Definition, assistant: Assistant) -> Iterator[str]:
    if assistant.mark and assistant.mark.protect and not definition.protect:
        yield "protection is lifted"


def _both_differences(
    definition: Definition, assistant: Assistant
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """What differs in the assistant, and what in its mark."""
    return departures(definition, assistant.body), tuple(_own_differences(assistant.mark, definition))


def departures(definition: Definition, body: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Where an assistant's members differ from what a definition wants."""
    form = definition.form_of(body)
    return () if same(form, definition.form) else tuple(differences(form, definition.form))  # most are the same


def _own_differences(mark: Mark | None, definition: Definition) -> Iterator[Difference]:
    if mark and mark.key != definition.key:
        yield Difference("key", mark.key, definition.key)
    if definition.protect is not bool(mark and mark.protect):
        yield Difference("protect", not definition.protect, definition.protect)


def _which_side_moved(definition: Definition, assistant: Assistant, mark: Mark) -> str:
    """Which side changed since the last apply, in words; empty where neither did: then the endpoint does not keep what it is sent."""
    as_sent = definition.digest_matches(mark.sent, definition.fields)
    recorded, body = mark.got or mark.sent, assistant.body
    as_got = assistant.is_as_written or definition.digest_matches(recorded, body)
    if not (as_sent or as_got) and (then := _stated_then(definition, assistant, mark.rest)) is not None:
        as_got = digest_matches(recorded, body, definition.uncompared, definition.members, then)
    return _REASONS.get((as_sent, as_got), "differs")


def _moved_secrets(definition: Definition, assistant: Assistant, mark: Mark) -> tuple[Difference, ...]:
    """What the files state otherwise than at the last apply, where the endpoint hides it. Which of them it is, no digest tells."""
    hidden = definition.hidden_in(assistant.body)
    if not hidden or definition.secrets_match(mark.sent) is not False:
        return ()
    return tuple(Difference(dotted(one), HIDDEN, value_at(definition.form, one)) for one in hidden)


_BY_HAND, _IN_FILES = "changed on the endpoint", "changed in the files"
_REASONS: dict[tuple[bool | None, bool | None], str] = {
    (False, True): _IN_FILES,
    (True, False): _BY_HAND,
    (False, False): "changed in the files and on the endpoint",
    (True, True): "",
}


def left_out(
    definition: Definition, body: Mapping[str, Any], found: Sequence[Difference]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The places that the endpoint does not keep, and those that hold still, or by the endpoint's own doing, what no file states.

    A field that one side has not at all is named whole, but for metadata.
    """
    if not found:
        return (), ()
    not_kept: dict[str, None] = {}
    still_there: dict[str, None] = {}
    form = definition.form_of(body)
    for one in found:
        name = field_of(one.path)
        default, wanted, there = (side.get(name) for side in (definition.members.defaults, definition.form, form))
        whole = name != "metadata" and (same(there, default) or same(wanted, default))
        unstated = same(wanted, default) if whole else one.after in _NOTHING
        (still_there if unstated else not_kept)[name if whole else one.path] = None
    return tuple(not_kept), tuple(still_there)


_NOTHING: tuple[Any, ...] = (ABSENT, None, "", [], {})


def notes_on(definition: Definition, body: Mapping[str, Any], known: Sequence[Difference]) -> Iterator[str]:
    """What the endpoint made of the last apply, in words."""
    not_kept, still_there = left_out(definition, body, known)
    if not_kept:
        yield f"the endpoint does not keep: {', '.join(not_kept)}"
    if still_there:
        yield f"still there: {', '.join(still_there)}"
    if hidden := definition.hidden_in(body):
        yield f"the endpoint hides what it holds there, so a change by hand cannot be detected: {', '.join(map(dotted, hidden))}"


def taking_over(definition: Definition, assistant: Assistant, why: str) -> Change:
    found, own = _both_differences(definition, assistant)
    return _writing(Action.ADOPT, definition, assistant, why, found + own)


def compare(definition: Definition, assistant: Assistant, habits: Habits = Habits()) -> Change:
    """The change for an assistant that bears its definition's mark: keep it or update it, and why."""
    found, own = _both_differences(definition, assistant)
    mark = assistant.mark or _NO_MARK
    reason = _which_side_moved(definition, assistant, mark) if found else ""
    known = mark.knows(found) if reason else found
    if reason == _BY_HAND and not mark.got:
        reason, known = _unfinished(found, habits, definition.members.defaults)
    moved = [*(one for one in found if one not in known), *_moved_secrets(definition, assistant, mark)]
    if moved or reason == _UNFINISHED:
        return _writing(Action.UPDATE, definition, assistant, reason or _IN_FILES, [*moved, *own], known)
    if own:
        return _writing(Action.UPDATE, definition, assistant, "protection changed", own, known)
    notes = (*notes_on(definition, assistant.body, known), *_moved_outside(definition, assistant))
    return Change(Action.KEEP, definition.key, definition, assistant, notes=notes)


_UNFINISHED = "not finished by the last run"


def _unfinished(
    found: tuple[Difference, ...], habits: Habits, unset: Mapping[str, Any]
) -> tuple[str, tuple[Difference, ...]]:
    """Why an assistant differs whose mark says that all was kept, and what of that is known.

    A run that ended between a create and the note of what the endpoint made of it leaves just such a mark; so does a hand that takes a
    field away. Which it was, other assistants tell: where they show the endpoint to do the same, or to keep the field.
    """
    if set(places(found)) <= habits.not_kept:
        return _UNFINISHED, found
    dropped = {field_of(group[0].path) for group in by_field(found) if all(_is_lacking(one, unset) for one in group)}
    if {field_of(one.path) for one in found} <= dropped - habits.fields_held:
        return f"{_BY_HAND}, or {_UNFINISHED}", ()
    return _BY_HAND, ()


def _is_lacking(one: Difference, unset: Mapping[str, Any]) -> bool:
    """Whether the endpoint has nothing there, or the default."""
    return one.before in _NOTHING or same(one.before, unset.get(one.path))


def _moved_outside(definition: Definition, assistant: Assistant) -> Iterator[str]:
    """A word on members that no file states, where they are not as the last apply left them."""
    recorded = (assistant.mark or _NO_MARK).rest
    if not assistant.members.of_digest(recorded):
        return  # no digest, or that of a newer tool
    then = _stated_then(definition, assistant, recorded)
    if then is None:
        yield "changed outside of what the files state"
    elif freed := [one.shown for one in assistant.unknown.besides(definition.stated) if one.place in then]:
        yield f"no longer stated in the files, and left as it is: {', '.join(freed)}"


_TRIES = 64  # enough for any choice of six members


def _stated_then(definition: Definition, assistant: Assistant, recorded: str) -> Collection[UnknownPlace] | None:
    """Which of the members that the tool does not know the files stated when the mark was written; None where that cannot be told.

    They may state more or fewer by now. The digest of the others that the mark has `recorded` tells which, where none of them was changed
    since.
    """
    table = definition.members.of_digest(recorded)
    if table is None:
        return None
    held, stated = unknown(assistant.body, table).setting_apart(assistant.moving), definition.stated_beside(table)
    choices = (chosen for count in range(len(held.told) + 1) for chosen in itertools.combinations(held.told, count))
    for chosen in itertools.islice(choices, _TRIES):
        then = stated ^ {one.place for one in chosen}
        if held.rest(then, assistant.moving) == recorded:
            return then
    return None


def also_held(changes: Iterable[Change]) -> tuple[Held, ...]:
    """What those that stay hold beside what is stated of them, each place once."""
    keys: dict[str, list[str]] = {}
    for one in changes:
        if one.definition and one.assistant and one.action in _STAYS:
            for found in left_as_it_is(one.definition, one.assistant):
                keys.setdefault(found.shown, []).append(one.key)
    return tuple(Held(place, tuple(bearers)) for place, bearers in sorted(keys.items()))


_STAYS = (Action.KEEP, Action.UPDATE, Action.ADOPT)
