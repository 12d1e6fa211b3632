"""The mark: the one metadata pair by which an assistant is known again. In: its value. Out: the Mark, what is left of it, or nothing.

Servers and people damage what they store: they trim, escape, cut off, turn texts into numbers. What a damaged mark surely meant is read as
if nothing had happened; of any other only the remnants are told, and whoever bears it is left alone.
"""

from __future__ import annotations

import html
import json
import re
import urllib.parse
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace
from typing import Any

from assistants_tool.models import DEFAULT_API, METADATA_VALUE_MAX
from assistants_tool.objects.differences import Difference, field_of
from assistants_tool.objects.digests import difference_digest
from assistants_tool.objects.jsontext import contradicts_itself, read_structure
from assistants_tool.objects.members import ASSISTANTS

# What may name a key, a project or an environment: short enough for three of them to fit into a mark.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose an assistant is, and what the last apply sent and got. Its members stand in the order in which they are written.

    `sent` and `got` are digests; `got` is empty where the endpoint kept what was sent; else `differs` are digests of where it did not,
    8 digits each. `variables` are the places of the definition whose
    values came from variables then, as `metadata.token`, or whole fields. `rest` is a digest of the members that the tool does not know,
    with the tags of those that the server was seen to set by itself.

    `restoring` is the id of an object that a restore is about to bring back as this one: until that is done, only a restore touches it.
    `origin` is the id that it had on the endpoint that it was migrated from; it is told, and nothing depends on it.
    `version` is the one that was to be made, where each write makes one that is never changed: in that, and in no other, what differs from
    what was sent is the server's doing. `api` is the one that it was written by: moved to another, as a migration does with all metadata, a
    mark says nothing there.
    """

    project: str
    environment: str
    key: str
    _: KW_ONLY
    api: str = DEFAULT_API
    version: str = ""
    restoring: str = ""
    protect: bool = False
    sent: str = ""
    got: str = ""
    origin: str = ""
    differs: str = ""
    variables: tuple[str, ...] = ()
    rest: str = ""

    @property
    def whose(self) -> tuple[str, str, str, str]:
        """What makes two assistants one: the same project, environment, key and API."""
        return self.project, self.environment, self.key, self.api

    @property
    def owner(self) -> str:
        """In words."""
        return owner_words(self.project, self.environment)

    def noting(self, found: Sequence[Difference]) -> Mark:
        """The same with what differs after the write that it is of: each place, or where there is no room for so many, each field."""
        digests = [difference_digest([one]) for one in found]
        if digests and not self._has_room_for(digests):
            digests = [difference_digest(group) for group in by_field(found)]
        while digests and not self._has_room_for(digests):
            digests.pop()
        return replace(self, differs="".join(digests))

    def _has_room_for(self, digests: Sequence[str]) -> bool:
        noted = replace(self, differs="".join(digests), variables=(), rest="")
        return _fits({name: one for name in _ORDER if (one := getattr(noted, name))})

    def knows(self, found: Sequence[Difference]) -> tuple[Difference, ...]:
        """Of what differs, that which differed just so after the write that the mark is of."""
        if not self.differs:
            return ()
        noted = {self.differs[at : at + 8] for at in range(0, len(self.differs), 8)}
        fields = {field_of(group[0].path) for group in by_field(found) if difference_digest(group) in noted}
        return tuple(one for one in found if field_of(one.path) in fields or difference_digest([one]) in noted)

    def encode(self) -> str:
        """Compact JSON of at most 512 characters: the names, then of the other members what fits, the first of them first."""
        stated = {
            name: one for name in _ORDER if ((one := getattr(self, name)) and one != _UNSAID.get(name)) or name == "key"
        }
        if _fits(stated):  # as it mostly does
            return _as_text(stated)
        members: dict[str, Any] = {name: one for name, one in stated.items() if name in _NAMES}
        for name in _ORDER[len(_NAMES) :]:
            said = stated.get(name)
            fitting = (one for one in _ever_shorter(said) if _fits({**members, name: one}))
            if value := next(fitting, None):
                members[name] = value
        return _as_text(members)

    @classmethod
    def decode(cls, value: Any) -> Mark | Damaged | None:
        """What a metadata value says: None where there is none, or where it is empty, which is how some servers spell that."""
        return _read(value)

    def is_kept(self, found: Mark | Damaged | None) -> bool:
        """Whether an endpoint that was sent this mark kept what makes an assistant manageable: all but `variables` and `rest`."""
        return isinstance(found, Mark) and self._core == found._core

    def says_the_same(self, found: Mark | Damaged | None) -> bool:
        """Whether writing this mark over `found` would say nothing new. That an older mark lacks members is no reason to write."""
        if not isinstance(found, Mark) or not self.is_kept(found):
            return False
        if found == self:  # as it mostly is
            return True
        wanted = Mark.decode(self.encode())  # what has no room is not written either
        return isinstance(wanted, Mark) and _says_as_much(wanted, found)

    @property
    def _core(self) -> tuple[str | bool, ...]:
        return *self.whose, self.version, self.restoring, self.protect, self.sent, self.got, self.differs


def owner_words(project: str, environment: str) -> str:
    """Which project's, and which environment's, something is."""
    return f"project {project or '(none)'}, environment {environment or '(none)'}"


def by_field(found: Iterable[Difference]) -> list[list[Difference]]:
    """In groups of one top-level member each."""
    groups: dict[str, list[Difference]] = {}
    for one in found:
        groups.setdefault(field_of(one.path), []).append(one)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class Damaged:
    """What is left of a mark whose meaning is not certain: each name as far as it can be read, empty where it cannot.

    `cut` says which of the names break off.
    """

    project: str = ""
    environment: str = ""
    key: str = ""
    cut: frozenset[str] = frozenset()

    @property
    def protect(self) -> bool:
        """Nothing says that it is not."""
        return True

    def may_say(self, name: str, value: str) -> bool:
        """Whether the member `project`, `environment` or `key` may have been this value."""
        left = getattr(self, name)
        return not left or left == value or (name in self.cut and value.startswith(left))


_ORDER = tuple(one.name for one in fields(Mark))
_UNSAID = {"api": DEFAULT_API}  # marks from before there was another lack it
_NAMES = _ORDER[:3]
_NAME = re.compile(NAME_PATTERN.replace("$", r"\Z"))
_BLANK = " \t\r\n\f\v\u00a0\u200b\ufeff"
_ESCAPES_MAX = 4  # one inside the other
ORIGIN_MAX = 64  # characters, as they stand in the mark


# --- writing


def has_room_for(origin: str) -> bool:
    """Whether the id that something was migrated from is short enough for a mark."""
    return len(json.dumps(origin)) - 2 <= ORIGIN_MAX


def _as_text(members: Mapping[str, Any]) -> str:
    return json.dumps(members, separators=(",", ":"))


def _fits(members: Mapping[str, Any]) -> bool:
    return len(_as_text(members)) <= METADATA_VALUE_MAX


def _ever_shorter(value: Any) -> Iterator[Any]:
    """The value. Of places also, where they are too many, whole fields in place of those inside, and in the end the first of these."""
    yield value
    if not isinstance(value, tuple):
        return
    places = value
    for _ in {_field_of(one) for one in value}:
        field = max(map(_field_of, places), key=lambda one: _saved(one, places))
        places = tuple(dict.fromkeys(field if _field_of(one) == field else one for one in places))
        yield places
    for length in range(len(places) - 1, 0, -1):
        yield places[:length]


def _field_of(place: str) -> str:
    return re.split(r"[.\[]", place, maxsplit=1)[0]


def _saved(field: str, places: tuple[str, ...]) -> int:
    """How many characters the field in place of what is inside it saves; nothing where it stands there already."""
    inside = [one for one in places if _field_of(one) == field]
    return len(_as_text({"": inside})) - len(_as_text({"": [field]}))


def _says_as_much(wanted: Mark, found: Mark) -> bool:
    """Whether the places of variables, as far as a mark names them, say as much in `found`. The rest is never a reason to write."""
    hidden = set(found.variables)
    covered = all(one in hidden or _field_of(one) in hidden for one in wanted.variables)
    return covered or not hidden


# --- reading


def _read(value: Any, escapes: int = _ESCAPES_MAX) -> Mark | Damaged | None:
    said = value.strip(_BLANK) if isinstance(value, str) else value
    value = read_structure(said)
    if value is None or value in ("", "null", [], {}):
        return None
    if isinstance(value, dict):
        return _remnants(said) if isinstance(said, str) and contradicts_itself(said) else _of_members(value)
    if not isinstance(value, str):
        return Damaged()
    plainer = _one_escape_less(value)
    if plainer != value and escapes:
        return _read(plainer, escapes - 1)
    return _of_cut(value) or _remnants(value)


def _one_escape_less(text: str) -> str:
    if re.match(r'\{\s*"', text):  # as a mark begins: what else looks like an escape belongs to a value
        return text
    if text.startswith("%"):
        return urllib.parse.unquote(text)
    if re.match(r'"|\{\s*\\', text):
        inside = re.sub(r'(?<!\\)"\Z', "", text[1:]) if text[0] == '"' else text
        return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", lambda one: _character(one[1]), inside)
    if text.startswith("{'"):  # Python's way to print it
        return re.sub(r":\s*True\b", ":true", text.replace("'", '"'))
    return html.unescape(text)


def _character(escaped: str) -> str:
    if len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    return " " if escaped in "bfnrt" else escaped


def _of_members(members: Mapping[str, Any]) -> Mark | Damaged:
    project, environment, key = (_name(members.get(name)) for name in _NAMES)
    if not key or project is None or environment is None:
        return _left_of({name: members.get(name) for name in _NAMES})
    sent, got = _digests(members)
    differs, rest = (one if isinstance(one := members.get(name), str) else "" for name in ("differs", "rest"))
    return Mark(
        project,
        environment,
        key,
        api=str(members.get("api") or DEFAULT_API),
        version=str(members.get("version") or ""),
        restoring=str(members.get("restoring") or ""),
        protect=_flag(members.get("protect")),
        sent=sent,
        got=got,
        origin=one if isinstance(one := members.get("origin"), str) and has_room_for(one) else "",
        differs=differs,
        variables=_places(members.get("variables")),
        rest=rest,
    )


def _name(value: Any) -> str | None:
    """The name that a value surely stands for, empty where it says that there is none; None where that is not certain."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53:
        return str(value)
    name = value.strip(_BLANK) if isinstance(value, str) else None
    return name if name == "" or (name and _NAME.match(name)) else None


def _flag(value: Any) -> bool:
    """Whether it is protected: all but what surely says that it is not."""
    word = value.strip(_BLANK).lower() if isinstance(value, str) else value
    return word not in (None, False, 0, "", "false", "no", "off", "0", "none", "null")


def _digests(members: Mapping[str, Any]) -> tuple[str, str]:
    """Both, or neither: one without the other says something else."""
    sent, got = (one if (one := members.get(name)) is not None else "" for name in ("sent", "got"))
    return (sent, got) if isinstance(sent, str) and isinstance(got, str) else ("", "")


def _places(value: Any) -> tuple[str, ...]:
    """Where they cannot be read, every field may hold one."""
    places = [] if value is None else value
    if not isinstance(places, list) or not all(isinstance(one, str) for one in places):
        return ASSISTANTS.names
    return tuple(places)


_MEMBER = re.compile(r'\s*"(\w+)"\s*:\s*("[^"\\]*"|true|false|null|(?:0|[1-9][0-9]*)(?=\s*,))\s*(,?)')
_BROKEN_OFF = re.compile(
    r'(?:\s*"(\w*)("?).*|\.{2,3}|\u2026)?', re.DOTALL
)  # the next member, or the dots that some put where they cut


def _of_cut(text: str) -> Mark | None:
    """A mark of which the beginning is left, as it was written; None where that does not surely say who it is."""
    members: dict[str, Any] = {}
    at, goes_on = 1, text.startswith("{") and not text.endswith("}")
    while goes_on and (found := _MEMBER.match(text, at)):
        if found[1] in members:
            return None
        members[found[1]] = json.loads(found[2], strict=False)
        at, goes_on = found.end(), bool(found[3])
    broken = _BROKEN_OFF.fullmatch(text, at)
    named = (broken[1],) if broken and broken[2] else ()
    names = [*members, *named]
    # In another order than ours, what is missing may have been in the part that is gone.
    if broken is None or names != [name for name in _ORDER if name in names] or not {"project", "key"} <= {*members}:
        return None
    mark = _of_members({**members, **_of_what_is_gone(members, names[-1])})
    return replace(mark, variables=ASSISTANTS.names) if isinstance(mark, Mark) else None


def _of_what_is_gone(members: Mapping[str, Any], last: str) -> dict[str, Any]:
    """What is assumed of the members behind the last one that is named."""
    restoring = {"restoring": "?"} if last == "restoring" and "restoring" not in members else {}
    protect = {"protect": True} if "protect" not in members and _is_before(last, "sent") else {}
    kept = "got" in members or not _is_before(last, "origin")
    return {**restoring, **protect, **({} if kept else {"sent": "", "got": ""})}


def _is_before(name: str, other: str) -> bool:
    return _ORDER.index(name) < _ORDER.index(other)


_REMNANT = re.compile(r"""["'](project|environment|key)["']\s*:\s*(?:["']([^"']*)(["']?)|([0-9]+)\b)""")


def _remnants(text: str) -> Damaged:
    """Of a name that stands there twice, with two values, nothing is left."""
    every = [*_REMNANT.finditer(text)]
    said = {(one[1], one[2] or one[4]) for one in every}
    found = {one[1]: one for one in every if sum(name == one[1] for name, _ in said) == 1}
    whole = {name for name, one in found.items() if one[3] or one[4]}
    return _left_of({name: one[2] or one[4] for name, one in found.items()}, found.keys() - whole)


def _left_of(members: Mapping[str, Any], cut: Collection[str] = ()) -> Damaged:
    """The names as far as they are names."""
    left, broken = {}, set(cut)
    for name, value in members.items():
        sound = _name(value)
        begun = _BEGUN.match(value.strip(_BLANK)) if isinstance(value, str) else None
        left[name] = sound or (begun[0] if begun else "")
        broken |= {name} if sound is None else set()
    return Damaged(
        **{name: one.rstrip(".") if name in broken else one for name, one in left.items()}, cut=frozenset(broken)
    )


_BEGUN = re.compile(r"[A-Za-z0-9._-]{0,64}")
