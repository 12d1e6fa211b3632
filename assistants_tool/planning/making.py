"""(desired, actual) -> Plan. Pure: what would change, why, and what `apply` would refuse.

Identity is (project, environment, key) in the mark, never the name, so renaming keeps the id that applications hold. There is no
state file: the digests in the mark say what the last apply sent and got, which is enough to tell a change in the files from one on the
endpoint.
"""

from __future__ import annotations

import fnmatch
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistants_tool.definitions.shape import did_you_mean
from assistants_tool.objects.assistant import Assistant, Listing, Scope, Standing
from assistants_tool.objects.masked import masked, masked_words
from assistants_tool.objects.paths import dotted
from assistants_tool.objects.payload import has_room_for_mark, members_of_create, members_of_update
from assistants_tool.planning.comparing import Habits, also_held, compare, is_raced_create, taking_over
from assistants_tool.planning.guards import UNNAMED, conflicting, protected, refusals_of, too_many, unseen
from assistants_tool.planning.plan import Action, Change, Options, Plan
from assistants_tool.planning.risks import hidden

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.paths import Path


def make_plan(definitions: Iterable[Definition], listing: Listing, scope: Scope, options: Options) -> Plan:
    """Pair definitions and assistants by their mark and say what to do with each pair, in the order of the keys."""
    pairing = _Pairing(tuple(definitions), listing, scope, options)
    changes = [pairing.change(one) for one in pairing.wanted]
    changes += pairing.left_over()
    plan = Plan(scope, tuple(_hint_at_renamed_keys(_in_order(changes))), listing, also_held=also_held(changes))
    return replace(plan, refusals=(*pairing.idle_patterns(), *refusals_of(plan, options)))


def make_deletion(
    assistants: Sequence[Assistant],
    listing: Listing,
    scope: Scope,
    definitions: Sequence[Definition] = (),
    max_delete: str | None = None,
    named: Collection[str] = (),
    insisted: Collection[str] = (),
) -> Plan:
    """A plan that deletes just these. Those that a definition protects are refused, and so are copies that share a key and were edited.

    A person named each of them, so no number is a surprise: there is a limit only where `max_delete` gives one. `named` are ids that were
    named themselves, where others are meant by their key; `insisted` those of them that are to be deleted whoever they are.
    """
    copies = _edited_copies(listing, scope, definitions)
    changes = tuple(
        copies[one.id]
        if one.id in copies and one.id not in named
        else Change(Action.DELETE, key, None, one, "named on the command line", insisted=one.id in insisted)
        for key, one in (
            (one.mark.key if one.mark else "", one) for one in {one.id: one for one in assistants}.values()
        )
    )
    plan = Plan(scope, changes, listing)
    above_limit = too_many(plan, max_delete) if max_delete else ()
    return replace(plan, refusals=(*conflicting(plan), *protected(plan, definitions), *above_limit))


def _edited_copies(listing: Listing, scope: Scope, definitions: Sequence[Definition]) -> dict[str, Change]:
    """By id, a conflict for each that bears the mark of another, and is provably no create of ours."""
    defined = {one.key: one for one in definitions}
    return {
        one.id: Change(Action.CONFLICT, key, None, one, _copied(one, first))
        for key, (first, *others) in scope.bearers(listing.assistants).items()
        for one in others
        if not is_raced_create(one, first, defined.get(key), ())
    }


def make_deletion_of_all(
    listing: Listing, scope: Scope, definitions: Sequence[Definition] = (), max_delete: str | None = None
) -> Plan:
    """A plan that deletes all that this project manages in this environment, surplus included.

    What a definition protects is refused, and so are copies that share a key and were edited.
    """
    bearers, copies = scope.bearers(listing.assistants).items(), _edited_copies(listing, scope, definitions)
    going = [
        copies.get(one.id) or Change(Action.DELETE, key, None, one, "--all") for key, found in bearers for one in found
    ]
    changes = [*going, *_Pairing((), listing, scope, Options()).left_alone()]
    plan = Plan(scope, tuple(_in_order(changes)), listing)
    guards = (conflicting(plan), protected(plan, definitions), too_many(plan, max_delete), unseen(plan))
    unnamed = () if scope.project else (f"--all {UNNAMED}: give the keys instead",)
    return replace(plan, refusals=(*unnamed, *itertools.chain.from_iterable(guards)))


def make_release(assistants: Sequence[Assistant], listing: Listing, scope: Scope) -> Plan:
    """A plan that takes the mark off these and keeps them."""
    changes = (
        Change(Action.RELEASE, one.mark.key if one.mark else "", None, one, "stays, and is no longer managed")
        for one in {one.id: one for one in assistants}.values()
    )
    return Plan(scope, tuple(changes), listing)


def _in_order(changes: Iterable[Change]) -> list[Change]:
    order = {action: index for index, action in enumerate(Action)}
    return sorted(changes, key=lambda change: (change.key, order[change.action], change.id or ""))


class _Pairing:
    """Both sides, indexed once, so that each definition finds its assistant at once.

    `wanted` are the definitions that `--only` selects. The others are not planned, but their keys and adoptions count.
    """

    def __init__(self, definitions: Sequence[Definition], listing: Listing, scope: Scope, options: Options) -> None:
        self.scope, self.options, self.listing = scope, options, listing
        self.wanted = [one for one in definitions if options.selects(one.key)]
        self.defined = {one.key: one for one in definitions}
        # An assistant that a definition adopts is nobody else's candidate, and no orphan.
        self.adoptions = Counter(one.adopt for one in definitions if one.adopt)
        self.by_id: dict[str, Assistant] = {}
        self.ours = scope.bearers(listing.assistants)
        for key, found in self.ours.items():
            if (definition := self.defined.get(key)) and definition.members.named_by:
                found.sort(key=lambda one: one.id != definition.name)
        self.half_restored = scope.half_restored(listing.assistants)
        self.foreign: dict[tuple[str, str], list[Assistant]] = {}
        self.of_others: dict[tuple[str, str], Assistant] = {}
        pairs = [(self.defined[key], found[0]) for key, found in self.ours.items() if key in self.defined]
        self.habits = Habits(pairs, listing.assistants)
        for one in listing.assistants:
            self._index(one)
        self.damaged = [
            (one, one.damaged)
            for one in self.by_id.values()
            if one.damaged and scope.may_own(one.damaged) and one.id not in self.adoptions
        ]
        free = (one for one in definitions if one.adopt is None and one.key not in self.ours)
        self.in_doubt = {one.key: found for one in free if (found := self._in_doubt(one))}
        self.would_adopt = Counter(
            found[0].id
            for one in definitions
            if one.adopt is None and one.key not in self.ours and len(found := self._candidates(one)) == 1
        )

    def _index(self, assistant: Assistant) -> None:
        self.by_id[assistant.id] = assistant
        mark, standing = assistant.mark, self.scope.standing(assistant.trace)
        if assistant.id not in self.adoptions and standing in _MAY_BE_MEANT:
            if assistant.name:
                self.foreign.setdefault(("name", assistant.name), []).append(assistant)
            if mark:
                self.foreign.setdefault(("key", mark.key), []).append(assistant)
        if standing is Standing.FOREIGN and mark and mark.environment == self.scope.environment and assistant.name:
            self.of_others[mark.key, assistant.name] = assistant

    def change(self, definition: Definition) -> Change:
        """What to do about a definition."""
        change = self._paired(definition)
        reason = _another_thing(change) or _another_name(change, definition) or _cannot_be_sent(change, definition)
        return Change(Action.CONFLICT, definition.key, definition, change.assistant, reason) if reason else change

    def _paired(self, definition: Definition) -> Change:
        # The mark decides. `adopt` is only for an assistant that does not bear it yet, and may stay in the file afterwards.
        found = self.ours.get(definition.key)
        if found:
            if definition.adopt and definition.adopt != found[0].id:
                already = f"but this key is already {found[0].id}; remove adopt, or delete one of the two"
                reason = f"adopt names {definition.shown_adopt}, {already}"
                return Change(Action.CONFLICT, definition.key, definition, found[0], reason)
            return compare(definition, found[0], self.habits)
        if half := self._half_restored(definition.key):
            return _left_to_restore(half, definition)
        if definition.adopt:
            return self._adopt_named(definition, definition.adopt)
        return self._create(definition)

    def left_over(self) -> Iterator[Change]:
        """The changes for assistants of ours that no definition was paired with: surplus, and those without a definition."""
        for key, bearers in self.ours.items():
            left = [one for one in bearers if one.id not in self.adoptions]
            if not self.options.selects(key):
                continue
            if key in self.defined:
                yield from (self._second(key, one, bearers[0]) for one in left if one is not bearers[0])
            # Without all definitions, one that was not given may have this key.
            elif left and self.options.whole:
                yield self._orphan(key, left[0])
                yield from (self._second(key, one, left[0]) for one in left[1:])
        yield from self._left_to_restores()
        yield from self.left_alone()

    def _left_to_restores(self) -> Iterator[Change]:
        """What a restore has not finished, but for what stands there for a definition already."""
        for one in self.half_restored if self.options.whole else ():
            key = one.mark.key if one.mark else ""
            stands = key in self.defined and key not in self.ours and one is self._half_restored(key)
            if self.options.selects(key) and not stands:
                yield _left_to_restore(one)

    def _half_restored(self, key: str) -> Assistant | None:
        return next((one for one in self.half_restored if one.mark and one.mark.key == key), None)

    def _second(self, key: str, assistant: Assistant, first: Assistant) -> Change:
        """What to do with another bearer of a mark: two runs that raced make one, and so does who copies an assistant by hand."""
        definition = self.defined.get(key)
        if not is_raced_create(assistant, first, definition, self.habits.not_kept):
            return Change(Action.CONFLICT, key, definition, assistant, _copied(assistant, first))
        if definition is None and self.options.prune:  # and so the first goes, too
            return self._orphan(key, assistant)
        reason = f"surplus: {first.id} has the same mark and stays"
        risk = f"applications may use this id, and not {first.id}"
        return Change(Action.DELETE, key, None, assistant, reason, risks=(risk,), twin=first)

    def left_alone(self) -> Iterator[Change]:
        """Assistants whose mark is damaged, and that no definition may mean: they are shown, and left as they are."""
        told = {one.id for found in self.in_doubt.values() for one in found}
        for one, damaged in self.damaged:
            if one.id not in told and self.options.selects(damaged.key):
                yield Change(Action.ORPHAN, damaged.key, None, one, _LEFT_ALONE.format(id=one.id))

    def idle_patterns(self) -> Iterator[str]:
        """Refuses `--only` patterns that match no key: a job with a typo in one would do nothing for ever, and stay green."""
        keys = {*self.defined, *self.options.left_out, *self.ours}
        for one in self.options.only:
            if not fnmatch.filter(keys, one):
                yield f"no definition and no managed assistant matches --only {one!r}; {did_you_mean(one, sorted(keys))}"

    def _orphan(self, key: str, assistant: Assistant) -> Change:
        action, remedy = (Action.DELETE, "") if self.options.prune else (Action.ORPHAN, "; --prune deletes it")
        if key in self.options.left_out:
            return Change(action, key, None, assistant, f"its definition leaves this environment out{remedy}")
        if file := self.options.strays.get(key):
            return Change(Action.ORPHAN, key, None, assistant, _STRAY.format(file=file, key=key))
        return Change(action, key, None, assistant, f"no definition has this key{remedy}")

    def _create(self, definition: Definition) -> Change:
        if damaged := self.in_doubt.get(definition.key):
            return Change(
                Action.CONFLICT, definition.key, definition, None, _IN_DOUBT.format(ids=_ids(damaged), id=damaged[0].id)
            )
        if reason := self._taken_name(definition):
            return Change(Action.CONFLICT, definition.key, definition, self.by_id[definition.name or ""], reason)
        if definition.adopt is False or not (candidates := self._candidates(definition)):
            doubts = tuple(hidden({}, definition.fields))
            return Change(
                Action.CREATE,
                definition.key,
                definition,
                reason="not on the endpoint yet: it will be created",
                notes=tuple(self._like_another_s(definition)),
                risks=doubts,
            )
        if self.options.adopt and self._is_sole_choice(candidates):
            return taking_over(definition, candidates[0], "--adopt")
        found = f"{_ids(candidates)} {_what_it_is(candidates, self.scope.api)}"
        another = definition.members.named_by
        way = f"give another name ({another})" if another else "adopt: false to make another"
        reason = f"{found}; {self._remedy(candidates)}, or {way}"
        return Change(Action.CONFLICT, definition.key, definition, None, reason)

    def _like_another_s(self, definition: Definition) -> Iterator[str]:
        """That another project has one of this key and name: after the project was renamed, that is this one, under the old name."""
        like = self.of_others.get((definition.key, definition.name or ""))
        if like and like.mark and definition.adopt is None:
            it = f"project {like.mark.project} has {like.id} of this key and name"
            yield f"{it}: if that is this project's old name, release it there first and write adopt: {like.id}"

    def _taken_name(self, definition: Definition) -> str:
        """Who has the name by which an object is known; empty where nobody has, or one that may be taken over."""
        there = self.by_id.get(definition.name or "") if definition.members.named_by else None
        if there is None:
            return ""
        if there.stray:
            added = f"version {there.stray} of this was added to it by an apply that was cut off"
            return f"{there.id} was there already, and {added}: delete that version by hand, and plan again"
        held, another = self.scope.held(there.trace), f"give this another name ({definition.members.named_by})"
        if not held and (unlike := there.members.another_thing(there.form)):
            return f"{there.id} is there: {unlike}; {another}"
        if held:
            return f"{there.id} {held}, or {another}"
        ours = there.mark if self.scope.owns(there.mark) else None
        return f"{there.id} has the key {ours.key}; adopt: {there.id} takes it over, or {another}" if ours else ""

    def _remedy(self, candidates: Sequence[Assistant]) -> str:
        if there := sorted({one.mark.environment for one in candidates if one.mark and self._is_held(one)}):
            return f"take it over there first ({' or '.join(f'-e {one} --adopt' for one in there)})"
        if len(candidates) > 1:
            return "write adopt: ID (one of these) to take it over"
        flag = ", or --adopt," if self._is_sole_choice(candidates) else ""
        return f"write adopt: {candidates[0].id}{flag} to take it over"

    def _is_sole_choice(self, candidates: Sequence[Assistant]) -> bool:
        """Whether there is one candidate, no other definition means it, and nobody has to let it go first."""
        first = candidates[0]
        return len(candidates) == 1 and self.would_adopt[first.id] == 1 and not self._is_held(first)

    def _candidates(self, definition: Definition) -> list[Assistant]:
        """Assistants that nobody manages for certain and that have the definition's name or key: it may mean one of them.

        Those that another environment has to let go first count only where there are no others.
        """
        by_name = self.foreign.get(("name", definition.name or ""), [])
        by_key = self.foreign.get(("key", definition.key), [])
        found = {one.id: one for one in (*by_name, *by_key)}
        candidates = sorted(found.values(), key=lambda one: one.age)
        return [one for one in candidates if not self._is_held(one)] or candidates

    def _in_doubt(self, definition: Definition) -> list[Assistant]:
        """Assistants with a damaged mark that the definition may mean, by their name or by what is left of the key in the mark."""
        name, key = definition.name, definition.key
        return [
            one
            for one, damaged in self.damaged
            if (name and one.name == name) or (damaged.key and damaged.may_say("key", key))
        ]

    def _is_held(self, candidate: Assistant) -> bool:
        """Whether another environment has to release it first."""
        return self.scope.standing(candidate.mark) is Standing.UNSCOPED

    def _adopt_named(self, definition: Definition, wanted_id: str) -> Change:
        assistant, named = self.by_id.get(wanted_id), definition.shown_adopt
        fault = (
            self._adoption_fault(assistant, named)
            if assistant
            else f"adopt names {named}, which {self._absence(wanted_id)}"
        )
        if fault or assistant is None:
            return Change(Action.CONFLICT, definition.key, definition, assistant, fault)
        return taking_over(definition, assistant, f"adopt: {named}")

    def _absence(self, wanted_id: str) -> str:
        """The end of a sentence on an `adopt` id that was not listed: what that means, and what to do."""
        if bearers := self.ours.get(wanted_id):
            return f"is a key and not an id; write adopt: {bearers[0].id}"
        if self.listing.incomplete:
            unseen = f"the listing may be incomplete ({self.listing.incomplete})"
            return f"was not found, but {unseen}; {self.listing.advice}"
        return "is not on the endpoint; remove adopt, or correct the id"

    def _adoption_fault(self, assistant: Assistant, named: str) -> str:
        mark, count = assistant.mark, self.adoptions[assistant.id]
        if count > 1:
            return f"adopt names {named} in {count} definitions; leave it in one"
        if mark and self.scope.owns(mark):
            first = self.ours[mark.key][0]
            return self._rename_fault(mark.key, named) if assistant is first else ""
        held = self.scope.held(assistant.trace)
        return f"{named} {held}" if held else ""

    def _rename_fault(self, key: str, named: str) -> str:
        """Why an assistant of ours may not be adopted under another key; empty where it may, as the definition of its old key is gone."""
        if key in self.defined:
            return f"{named} is already the assistant with key {key}; remove adopt"
        if not self.options.whole:
            unseen = f"{named} is the assistant with key {key}, whose definition may be among those that were not given"
            return f"{unseen}; give the whole folder of project.yaml to take it from there, or release {key} first"
        return ""


def with_versions(plan: Plan, counts: Mapping[str, int]) -> Plan:
    """The plan, saying of each deletion what goes with an object that has versions. `counts` are by id, without those nobody can tell."""
    return replace(plan, changes=tuple(_with_versions(one, counts.get(one.id or "", 0)) for one in plan.changes))


def _with_versions(change: Change, count: int) -> Change:
    latest = change.assistant.version if change.assistant and change.action is Action.DELETE else ""
    if not latest:
        return change
    number = f"its {count} versions go" if count > 1 else f"its versions up to {latest} go"
    all_of_them = f"{number} with it, and only the latest, {latest}, can be restored"
    return replace(change, notes=(*change.notes, "its one version goes with it" if count == 1 else all_of_them))


def _another_thing(change: Change) -> str:
    """Why what is there cannot become what is wanted, whatever is written; empty where it can."""
    found = change.assistant if change.action in (Action.UPDATE, Action.ADOPT) else None
    unlike = found.members.another_thing(found.form) if found else ""
    another = (
        f"give this another name ({found.members.named_by})" if found and found.members.named_by else "remove adopt"
    )
    return f"{change.id} cannot be taken over: {unlike}; {another}" if unlike else ""


def _another_name(change: Change, definition: Definition) -> str:
    """Why an object that keeps its name cannot be this one; empty where it can."""
    found, members = change.assistant, definition.members
    if not members.named_by or found is None or change.action is Action.CONFLICT or found.id == definition.name:
        return ""
    stated = members.named_by.replace("NAME", found.id)
    return f"{found.id} keeps its name, but this is to be {definition.name}; write {stated}, or delete it first"


def _cannot_be_sent(change: Change, definition: Definition) -> str:
    """Why no request could carry out this change; empty where one can."""
    assistant = change.assistant
    if change.action is Action.CREATE:
        body = members_of_create(definition)
    elif assistant and change.action in (Action.UPDATE, Action.ADOPT):
        if not has_room_for_mark(definition, assistant):
            return _no_room(definition.members.pairs_max)
        if change.action is Action.ADOPT and (lost := definition.secrets_lost_of(assistant.body)):
            return _would_be_lost(lost)
        body = members_of_update(definition, assistant)
    else:
        return ""
    found = masked(body, definition.members)
    return masked_words(found) if found else ""


def _would_be_lost(places: Sequence[Path]) -> str:
    """Of what is adopted nobody has such a value but the endpoint, and no backup will."""
    said = "holds a value" if len(places) == 1 else "hold values"
    return (
        f"{', '.join(map(dotted, places))} {said} that the endpoint hides and the definition does not state, so that it would be lost;"
        " state it, preferably as {env: NAME}, or put tool_resources under `ignore`"
    )


def _left_to_restore(assistant: Assistant, definition: Definition | None = None) -> Change:
    key, old_id = (assistant.mark.key, assistant.mark.restoring) if assistant.mark else ("", "")
    ways = f"run the same restore again, or `assistants delete {assistant.id}`"
    note = f"a restore of {old_id} as {assistant.id} is not finished, so it is left alone: {ways}"
    return Change(Action.KEEP, key, definition, assistant, notes=(note,))


def _no_room(pairs: int) -> str:
    return (
        f"the mark has no room among the {pairs} pairs of metadata that an assistant may hold;"
        " remove one of those that are there and ignored, or declare or ignore fewer"
    )


_STRAY = (
    "no definition has this key, but {file} is called so and none was read from it, so it is not pruned;"
    " fix or remove that file, or `assistants delete {key}`"
)
_IN_DOUBT = (
    "{ids} may be this one, but has a damaged mark; `assistants release {id}` removes it,"
    " and then `adopt: {id}` takes it over; or write adopt: false to make another"
)
_LEFT_ALONE = "its mark is damaged, so it is left as it is; `assistants release {id}` removes the mark"


_MAY_BE_MEANT = (Standing.UNMANAGED, Standing.LOOSE, Standing.UNSCOPED)


def _copied(assistant: Assistant, first: Assistant) -> str:
    one = assistant.id
    return (
        f"{one} has the mark of {first.id}, as a copy does, but is not as an apply left it; "
        f"`assistants release {one}` keeps it, unmanaged, `assistants delete {one}` deletes it, "
        f"and `adopt: {one}` in a definition of another key takes it over"
    )


def _ids(assistants: Sequence[Assistant]) -> str:
    return ", ".join(one.id for one in assistants)


def _what_it_is(candidates: Sequence[Assistant], api: str) -> str:
    mark = candidates[0].mark
    if len(candidates) > 1:
        return "may be meant"
    if mark is None:
        return "has this name and is not managed"
    by = "" if mark.api == api else f", api {mark.api}"
    return f"is marked with key {mark.key}, {mark.owner}{by}"


def _hint_at_renamed_keys(changes: Sequence[Change]) -> list[Change]:
    """The changes, with each create beside the orphan of its name, or else of its instructions: perhaps only the key was renamed."""
    partners: dict[int, Change] = {}
    moved: set[int] = set()
    for trait in (_name_of, _instructions_of):
        gone: dict[object, list[Change]] = {}
        new: dict[object, list[Change]] = {}
        for one in changes:
            if _is_gone(one) and id(one) not in moved:
                gone.setdefault(trait(one), []).append(one)
            elif _is_new(one) and id(one) not in partners:
                new.setdefault(trait(one), []).append(one)
        # Several that are alike are paired in their order, which is that of their keys.
        pairs = [pair for like in new if like for pair in zip(new[like], gone.get(like, ()), strict=False)]
        moved |= {id(old) for _, old in pairs}
        partners |= {id(one): old for one, old in pairs}
    shown: list[Change] = []
    for one in changes:
        if partner := partners.get(id(one)):
            shown += _hinted(one, partner)
        elif id(one) not in moved:
            shown.append(one)
    return shown


def _is_gone(one: Change) -> bool:
    marked = one.assistant and one.assistant.mark
    return one.definition is None and not one.surplus and bool(marked) and one.action is not Action.CONFLICT


def _is_new(one: Change) -> bool:
    return one.action is Action.CREATE and one.definition is not None and one.definition.adopt is None


def _name_of(one: Change) -> object:
    return one.name


def _instructions_of(one: Change) -> object:
    """The text, on whichever side there is; None for none."""
    held = one.definition.fields if one.definition else one.assistant.body if one.assistant else {}
    text = held.get("instructions")
    return text if isinstance(text, str) else None


def _hinted(new: Change, gone: Change) -> tuple[Change, Change]:
    note = f"key renamed from {gone.key} to {new.key}? `adopt: {gone.id}` keeps the id"
    risk = ("it may be the same assistant, whose id applications use",) if gone.action is Action.DELETE else ()
    shown = replace(gone, notes=(*gone.notes, note), risks=(*gone.risks, *risk))
    return replace(new, notes=(*new.notes, note)), shown
