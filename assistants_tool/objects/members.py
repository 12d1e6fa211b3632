"""What the members of an object are, as data: one table for each kind of endpoint, and `ASSISTANTS`, that of `/assistants`.

Everything that compares, sends, clears, masks or backs up an object takes what it has to know of the object's members from here, so that
an endpoint with other members is another table.
"""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from assistants_tool import models
from assistants_tool.objects import normal, tools
from assistants_tool.objects.jsontext import plain, read_structure, same
from assistants_tool.objects.normal import Part, Shape
from assistants_tool.objects.paths import inside

if TYPE_CHECKING:
    from assistants_tool.objects.normal import Normal, Place, Structure
    from assistants_tool.objects.paths import Path

Form = dict[str, Any]
METADATA = "metadata"  # the member that the mark stands in, on every kind of endpoint


class Watch(enum.Enum):
    """Which change of a member deserves a second look."""

    CHANGE = "any"
    TOOLS = "one more or one less"
    STEP = "a number that moves far"
    REWRITE = "a text of which more than half is new"
    FORMAT = "another format of the response, which stands in it"


def _as_it_is(value: Any) -> Any:
    return value


def _declared_alone(declared: Any, _: Any) -> Any:
    return declared


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_object, value))


def _is_object_of_structures(value: Any) -> bool:
    return is_object(value) and all(is_object(one) or are_objects(one) for one in value.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of an object.

    `normal` is the normal form of a value, that of None what a server makes of a member that is not stated. `clear` is what an update
    sends to unset it, `literal` what it sends where that did not take. Both `sent` (a declared value -> what a request states) and `lean`
    (a normal form -> as a file would state it) leave out what says nothing; `in_place_of` (what is sent, what is held -> what is sent in
    an update) adds what a server would else leave as it is. `is_sound`: whether a value has the shape that a request relies on.

    `servers_choice`: where no file states it, the server chooses, and may choose anew: then it is neither compared nor sent.

    `most` is the most characters, items, or the greatest number. `fixed`: an object that has another value than the default is another
    thing than a definition can state, whatever is written to it.
    """

    name: str
    normal: Normal = normal.text
    clear: Any = None
    literal: Any = ""
    sent: Callable[[Any], Any] = _as_it_is
    lean: Callable[[Any], Any] = _as_it_is
    in_place_of: Callable[[Any, Any], Any] = _declared_alone
    is_sound: Callable[[Any], bool] = _is_text
    most: int | None = None
    watch: Watch | None = None
    servers_choice: bool = False
    fixed: bool = False

    def cleared(self, held: Any, *, literal: bool) -> Any:
        """What unsets it in an update, where this is `held`; `literal` where null did not."""
        return self.in_place_of(self.literal if literal else self.clear, held)


def structured(
    name: str, shape: Structure, clear: Any = None, *, servers_choice: bool = False, watch: Watch | None = None
) -> Member:
    """A member that is an object, which an update replaces whole."""
    return Member(
        name=name,
        normal=shape,
        clear=clear,
        literal=shape(None) if clear is None else clear,
        sent=lambda declared: normal.without_nulls(declared, shape),
        lean=lambda form: normal.lean(form, shape({})),
        is_sound=is_object,
        servers_choice=servers_choice,
        watch=watch,
    )


def flat_tools(shapes: Mapping[str, Structure]) -> Member:
    """The tools of an API in which the members of a tool stand beside its type; `shapes` are what is known of each type."""
    form = normal.Items(normal.Kinds(shapes), names=(("name",), ("server_label",)))

    def lean(tool: Any) -> Any:
        shape = shapes.get(normal.kind_of(tool))
        return normal.lean(tool, shape({})) if shape else tool

    return Member(
        name="tools",
        normal=form,
        clear=[],
        literal=[],
        sent=lambda declared: normal.without_nulls(declared, form),
        lean=lambda tools: [lean(one) for one in tools] if isinstance(tools, list) else tools,
        is_sound=are_objects,
        watch=Watch.TOOLS,
    )


_SERVERS_OWN = (
    "*_at",
    "version",
    "row_version",
    "revision",
    "etag",
    "user_id",
    "org_id",
    "file_ids",
    "skills",
    "extra_body",
)


@dataclass(frozen=True, eq=False)
class Members(Shape):
    """The members of an object, in the order in which the service answers them and a plan tells of them.

    `required` are those that every write has to state. `replaces`: an update is the whole object, and unsets what it leaves out; without
    it, what an update leaves out stays as it is. `pairs_max` is how many pairs of metadata an object holds.

    `named_by`: an object is known by its name, which no other has and nobody changes; it is how a file states the name. `versions` is the
    member that counts its versions, each of which is whole and never changed: an update makes one more.

    `identity` are members that a server gives once and no one changes. `servers_own` are patterns of names, those of more that servers
    set by themselves: stamps, counters, what an account owns (docs/interop.md has where each was seen).

    `version` is that of the digests of this table's forms, `earlier` are the tables of the versions before: every one that was ever
    written into a mark stays, so that a new version of the tool alone is never a change.
    """

    table: tuple[Member, ...]
    required: tuple[str, ...] = ("model",)
    replaces: bool = False
    pairs_max: int = models.METADATA_PAIRS_MAX
    identity: tuple[str, ...] = ("id", "object", "created_at")
    servers_own: tuple[str, ...] = _SERVERS_OWN
    named_by: str = ""
    versions: str = ""
    version: str = "1"
    earlier: Mapping[str, Members] = field(default_factory=dict)
    place: Place | None = None

    @cached_property
    def _by_name(self) -> Mapping[str, Member]:
        return {one.name: one for one in self.table}

    @cached_property
    def with_parts(self) -> Mapping[str, Shape]:
        """The members of which it is known what is inside of them."""
        return {one.name: one.normal for one in self.table if isinstance(one.normal, Shape)}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def __getitem__(self, name: str) -> Member:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __call__(self, value: Any) -> Form:
        """The normal form of an object's members."""
        return {one.name: plain(one.normal(value.get(one.name))) for one in self.table}

    def parts(self, value: Any) -> Iterator[Part]:
        """Every member of an object but its identity."""
        for name, one in value.items():
            if name not in self.identity:
                yield self._part(name, one)

    def part(self, value: Any, known_by: Hashable) -> Part | None:
        return self._part(known_by, value.get(known_by)) if isinstance(known_by, str) else None

    def _part(self, name: str, value: Any) -> Part:
        if member := self._by_name.get(name):
            return Part(name, name, value, member.normal)
        return Part(name, name, value, None, any(fnmatch.fnmatchcase(name, one) for one in self.servers_own))

    @cached_property
    def defaults(self) -> Form:
        """The canonical form of an object of which nothing is stated."""
        return {one.name: plain(one.normal(None)) for one in self.table}

    def another_thing(self, form: Form) -> str:
        """Why no definition can state an object of this form; empty where one can."""
        unlike = (one.name for one in self.table if one.fixed and not same(form[one.name], self.defaults[one.name]))
        return ", ".join(
            f"its {name} is {form[name]!a:.40}, and only {self.defaults[name]!a} is managed" for name in unlike
        )

    @cached_property
    def places(self) -> Mapping[Path, Place]:
        """Where a file may refer to a variable or another file, and what that stands for."""
        return dict(normal.places(self))

    def inside(self) -> Iterator[tuple[str, Normal]]:
        for one in self.table:
            yield one.name, one.normal

    @cached_property
    def _secret_places(self) -> tuple[Path, ...]:
        return tuple(normal.secret_places(self))

    def secrets(self, value: Any) -> Iterator[tuple[Path, Any]]:
        """The values in an object's members, or in the body of a request, that are told to nobody, with their paths."""
        for place in self._secret_places:
            yield from _values_at(value, place)

    def hold_secret_at(self, path: Path) -> bool:
        """Whether what stands there is told to nobody. Names may hold dots, so one that was read out of a text may have more steps."""
        return any(_leads_into(path, place) for place in self._secret_places)

    def of_digest(self, recorded: str) -> Members | None:
        """The table by which a digest was made, as its version says; None where only a newer tool has it, and where there is no digest."""
        version = recorded.partition(":")[0]
        return self if version == self.version else self.earlier.get(version)

    def hold_ids_at(self, path: Path) -> bool:
        """Whether what stands there is one of a list of ids, whose order says nothing."""
        return normal.at(self, path[:-1]) is normal.ids

    def sent(self, name: str, value: Any) -> Any:
        """What a request states of a declared member: one that is not in the table as it is."""
        member = self._by_name.get(name)
        return member.sent(value) if member else value

    def is_sound(self, name: str, value: Any) -> bool:
        """Whether a request, and who shows it, can rely on a value's shape. Of a member that is not in the table, text alone."""
        member = self._by_name.get(name)
        return (member.is_sound if member else _is_text)(value)


def _values_at(value: Any, place: Path, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The values at the paths that a place with `*` stands for; JSON in a string on the way is read."""
    if not place:
        yield path, value
        return
    value = read_structure(value)
    for step, one in inside(value) if place[0] == "*" else ():
        yield from _values_at(one, place[1:], (*path, step))
    if isinstance(value, dict) and place[0] in value:
        yield from _values_at(value[place[0]], place[1:], (*path, place[0]))


def _leads_into(path: Path, place: Path) -> bool:
    return len(path) >= len(place) and all(want in ("*", step) for step, want in zip(path, place, strict=False))


_JSON_SCHEMA = normal.Structure(
    {"name": normal.text, "description": normal.text, "schema": normal.opaque(None), "strict": normal.flag}
)
_FORMATS = {
    "text": normal.Structure({}),
    "json_object": normal.Structure({}),
    "json_schema": normal.Structure({"json_schema": _JSON_SCHEMA}),
}
_RESPONSE_FORMAT = normal.Kinds(_FORMATS, default="auto")


def _lean_format(form: Any) -> Any:
    if not isinstance(form, dict) or not isinstance(form.get("json_schema"), dict):
        return form
    return {**form, "json_schema": normal.lean(form["json_schema"], _JSON_SCHEMA({}))}


_TABLE = (
    Member(name="name", most=models.NAME_MAX),
    Member(name="description", most=models.DESCRIPTION_MAX),
    Member(name="model", watch=Watch.CHANGE),
    Member(name="instructions", most=models.INSTRUCTIONS_MAX, watch=Watch.REWRITE),
    Member(
        name="tools",
        normal=tools.tools,
        clear=[],  # null is refused
        literal=[],
        sent=tools.sent_tools,
        lean=tools.lean_tools,
        is_sound=are_objects,
        most=models.TOOLS_MAX,
        watch=Watch.TOOLS,
    ),
    Member(
        name="top_p",
        normal=normal.number(1),
        literal=1,
        is_sound=is_number,
        most=models.TOP_P_MAX,
    ),
    Member(
        name="temperature",
        normal=normal.number(1),
        literal=1,
        is_sound=is_number,
        most=models.TEMPERATURE_MAX,
        watch=Watch.STEP,
    ),
    Member(name="reasoning_effort", literal=None),  # of which no literal means "unset"
    Member(
        name="tool_resources",
        normal=tools.resources,
        clear={},
        literal={},
        sent=tools.sent_resources,
        lean=tools.lean_resources,
        in_place_of=tools.resources_in_place_of,
        is_sound=_is_object_of_structures,
    ),
    Member(
        name=METADATA,
        normal=normal.metadata,
        clear={},
        literal={},
        is_sound=is_object,
    ),
    Member(
        name="response_format",
        normal=_RESPONSE_FORMAT,
        literal="auto",
        sent=lambda declared: normal.without_nulls(declared, _RESPONSE_FORMAT),
        lean=_lean_format,
        is_sound=lambda value: isinstance(value, (str, dict)),
        watch=Watch.CHANGE,
    ),
)
# Of each version before, the members whose normal form was another; None for one that it did not know.
_EARLIER: Mapping[str, Mapping[str, Normal | None]] = {
    "1": {"tools": tools.tools_of_1, "tool_resources": tools.resources_of_1},
}


def as_it_was(table: tuple[Member, ...], version: str, forms: Mapping[str, Normal | None]) -> Members:
    """A table with the normal forms that some of its members had in a version; None leaves one out."""
    then = ((one, forms.get(one.name, one.normal)) for one in table)
    return Members(tuple(replace(one, normal=form) for one, form in then if form is not None), version=version)


ASSISTANTS = Members(
    _TABLE,
    version="2",
    earlier={version: as_it_was(_TABLE, version, forms) for version, forms in _EARLIER.items()},
)
