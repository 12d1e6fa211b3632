"""Carrying the members of a definition over to another API: where each value goes, and what has no place there.

In: the members of an object as files state them, which is as `/assistants` has them, and the rules of a dialect, which are data (`Rule`).
Out: the members as that API has them, from where to where each value went, and what was lost, each with its place and its rule. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.models import DECLARED_PAIRS_MAX
from assistants_tool.objects.members import ASSISTANTS, METADATA, are_objects, is_object
from assistants_tool.objects.normal import is_hollow, kind_of
from assistants_tool.objects.paths import dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.objects.members import Members
    from assistants_tool.objects.paths import Path

Fields = Mapping[str, Any]
# What a definition states, beside the block of an API, and has its place in each by a rule; anything else goes as it is.
_KNOWN = frozenset({*ASSISTANTS.names, "ignore"})
PLAIN_TEXT: Fields = {"type": "text"}


class Way(enum.Enum):
    """How an API has what a definition states."""

    NATIVE = "native"
    MAPPED = "mapped"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a dialect's table: `what` a definition states, `where` it goes, and what there is to say of that.

    Of what is unsupported, `why` says that in the words of a message, and `instead` what comes nearest.
    """

    what: str
    way: Way
    where: str = ""
    why: str = ""
    instead: str = ""

    def told_of(self, path: Path) -> str:
        """In a message about a definition that states it at a path."""
        return f"{dotted(path)}: {self.why}{f'; {self.instead}' if self.instead else ''}"


WITHOUT_TOOL = Rule(
    "tool_resources without their tool",
    Way.UNSUPPORTED,
    why="resources are part of their tool there, and the tool is not stated",
    instead="state the tool, or remove this",
)
_ODD = Rule("", Way.UNSUPPORTED, why="it has a shape that no file can state")
_LOOKED_INTO = {"tools": are_objects, "tool_resources": is_object, METADATA: is_object}


@dataclass(frozen=True, slots=True)
class Loss:
    """What could not be carried, and where it stands. `may_be_dropped`: the rest means what it meant without it."""

    path: Path
    message: str
    may_be_dropped: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """What came over. `moves` are from where to where; what an `ignored` member of a definition is called there."""

    fields: Fields
    moves: tuple[tuple[Path, Path], ...] = ()
    losses: tuple[Loss, ...] = ()
    ignored: frozenset[str] = frozenset()

    def path(self, path: Path) -> Path:
        """Where a value is now: by the move that was of it or of what it stands in."""
        moves = [(len(of), there) for of, there in self.moves if path[: len(of)] == of]
        length, there = max(moves, default=(0, ()), key=lambda one: one[0])
        return (*there, *path[length:])


@dataclass
class Carrying:
    """One definition on its way. `source` are its members, with the block of the dialect beside them under its name, `block`."""

    source: Fields
    block: str
    made: dict[str, Any] = field(default_factory=dict)
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    @classmethod
    def of(cls, source: Fields, block: str) -> Carrying:
        """What no file can state, as an odd server may answer it, is lost whole: no rule has to look into it."""
        odd = [
            one for one, is_sound in _LOOKED_INTO.items() if source.get(one) is not None and not is_sound(source[one])
        ]
        over = cls({name: one for name, one in source.items() if name not in odd}, block)
        for name in odd:
            over.lose((name,), _ODD)
        return over

    def at(self, *path: str | int) -> Any:
        """What is stated there; None where nothing is."""
        return value_at(self.source, path)

    def move(self, of: Path, to: Path) -> None:
        """A value goes over as it is, if it is stated."""
        if (value := value_at(self.source, of)) is not None:
            self.put(to, value)
            self.moves.append((of, to))

    def put(self, to: Path, value: Any) -> None:
        """A value that no file states."""
        _put(self.made, to, value.copy() if isinstance(value, (dict, list)) else value)

    def move_all(self, of: Path, to: Path, *but_for: str) -> None:
        """Each member of what is stated there by itself."""
        found = self.at(*of)
        for name in found if isinstance(found, dict) else ():
            if name not in but_for:
                self.move((*of, name), (*to, name))

    def move_members(self, *names: str) -> None:
        """Those that are called the same there."""
        for name in names:
            self.move((name,), (name,))

    def move_pair(self, name: str, said: str) -> None:
        """A member that stands among the pairs of metadata there; `said` is what is wrong where that pair is stated, too."""
        if self.at(name) and self.at(METADATA, name) is not None:
            self.refuse((name,), said)
        elif self.at(name):
            self.move((name,), (METADATA, name))

    def move_block(self, *within: str, but_for: Sequence[str] = ()) -> None:
        """What the block states, each member as a whole, or, `within` some, each of theirs. Its tools go by themselves."""
        for name, value in (self.at(self.block) or {}).items():
            if name in within:
                for inner in value or {}:
                    self.move((self.block, name, inner), (name, inner))
            elif name not in ("tools", *but_for):
                self.move((self.block, name), (name,))

    def move_own_tools(self) -> None:
        """Those of the block go behind the others."""
        for index, _ in enumerate(self.at(self.block, "tools") or ()):
            self.move((self.block, "tools", index), self.next_tool)

    @property
    def next_tool(self) -> Path:
        """Where the next tool goes."""
        return "tools", len(self.made.get("tools", ()))

    @property
    def tools(self) -> Iterator[tuple[Path, str, Fields]]:
        """Each tool that is stated, with its place and its type."""
        for index, tool in enumerate(self.at("tools") or ()):
            yield ("tools", index), kind_of(tool), tool

    @property
    def servers(self) -> Iterator[tuple[Path, Fields]]:
        """What MCP servers need besides, each at its place among the resources, under the label of its server."""
        found = self.at("tool_resources", "mcp")
        for index, one in enumerate(found if are_objects(found) else ()):
            yield ("tool_resources", "mcp", index), one

    def lose_servers(self) -> None:
        """What is stated of MCP servers that are no tools."""
        labels = [tool.get("server_label") for _, kind, tool in self.tools if kind == "mcp"]
        for path, one in self.servers:
            if one.get("server_label") not in labels and not is_hollow({**one, "server_label": None}):
                self.lose(path, WITHOUT_TOOL)

    def lose(self, path: Path, rule: Rule) -> None:
        self.losses.append(Loss(path, rule.told_of(path)))

    def refuse(self, path: Path, message: str) -> None:
        self.losses.append(Loss(path, f"{dotted(path)}: {message}", may_be_dropped=False))

    def done(self, called: Mapping[str, str], members: Members) -> Carried:
        """What came over, with what the tool does not know as it is. `called`: what ignored members are called there."""
        self.move_members(*(name for name in self.source if name not in _KNOWN and name != self.block))
        self._leave_room_for_the_mark()
        there = (called.get(one, one) for one in self.at("ignore") or ())
        ignored = frozenset(one for one in there if one in members or one.startswith(f"{METADATA}."))
        return Carried(self.made, tuple(self.moves), tuple(self.losses), ignored)

    def _leave_room_for_the_mark(self) -> None:
        """Among the pairs of metadata, of which there may be one more now."""
        pairs = self.made.get(METADATA) or {}
        if len(pairs) > DECLARED_PAIRS_MAX:
            said = f"{len(pairs)} pairs, with what this API has no other place for; keep at most {DECLARED_PAIRS_MAX}"
            self.refuse((METADATA,), said)


def _put(target: Any, path: Path, value: Any) -> None:
    """What is missing on the way is made: a list for an index, else a mapping. An item is put at the end of its list, or into one there."""
    *way, last = path
    for step, following in zip(way, path[1:], strict=True):
        target = _stepped(target, step, [] if isinstance(following, int) else {})
    _stepped(target, last, value)
    target[last] = value


def _stepped(target: Any, step: Any, missing: Any) -> Any:
    if isinstance(target, dict):
        return target.setdefault(step, missing)
    if step == len(target):
        target.append(missing)
    return target[step]


# --- and back


def without_pair(metadata: Any, pair: str, member: str, most: int) -> dict[str, Any]:
    """The metadata without a pair that a definition states as a member of its own, and that member, if it can be one."""
    found = metadata.get(pair) if isinstance(metadata, dict) else None
    if not (isinstance(found, str) and 0 < len(found) <= most):
        return {METADATA: metadata} if metadata else {}
    left = {name: one for name, one in metadata.items() if name != pair}
    return {member: found, **({METADATA: left} if left else {})}


_OF_SERVER = ("type", "server_label", "server_url", "allowed_tools")
_OF_RESOURCE = ("headers", "require_approval")


def server_back(server: Fields, stated: Sequence[Any]) -> tuple[Fields, list[Fields]] | None:
    """An MCP server as a definition states it, and its resource, if it needs one; None where a definition has no place for it.

    `stated` are the tools in front of it: what a server needs stands under its label, so there is one of each.
    """
    label = server.get("server_label")
    twins = any(isinstance(one, dict) and one.get("server_label") == label for one in stated)
    if twins or not isinstance(server.get("allowed_tools", []), list) or set(server) - {*_OF_SERVER, *_OF_RESOURCE}:
        return None
    tool = {name: server[name] for name in _OF_SERVER if name in server}
    needs = {name: server[name] for name in _OF_RESOURCE if server.get(name)}
    return tool, [{"server_label": label, "headers": {}, **needs}] if needs else []
