"""Carrying the members of a definition over to another API: where each value goes, and what has no place there.

In: the members of an object as files state them, which is as `/assistants` has them, and the rules of a dialect, which are data (`Rule`).
Out: the members as that API has them, from where to where each value went, and what was lost, each with its place and its rule. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.models import DECLARED_PAIRS_MAX
from assistants_tool.objects import normal
from assistants_tool.objects.members import ASSISTANTS, METADATA, are_objects, is_object
from assistants_tool.objects.normal import is_hollow
from assistants_tool.objects.paths import dotted, value_at

if TYPE_CHECKING:
    from assistants_tool.objects.members import Members
    from assistants_tool.objects.normal import Structure
    from assistants_tool.objects.paths import Path

Fields = Mapping[str, Any]
# What a definition states, beside the block of an API, and has its place in each by a rule; anything else goes as it is.
_KNOWN = frozenset({*ASSISTANTS.names, "ignore"})
NO_PARAMETERS: Fields = {"type": "object", "properties": {}}
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
    """One definition on its way. `source` are its members, with the block of the dialect beside them under its name."""

    source: Fields
    made: dict[str, Any] = field(default_factory=dict)
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def at(self, *path: str | int) -> Any:
        """What is stated there; None where nothing is."""
        return value_at(self.source, path)

    @classmethod
    def of(cls, source: Fields) -> Carrying:
        """What no file can state, as an odd server may answer it, is lost whole: no rule has to look into it."""
        odd = [
            one for one, is_sound in _LOOKED_INTO.items() if source.get(one) is not None and not is_sound(source[one])
        ]
        over = cls({name: one for name, one in source.items() if name not in odd})
        for name in odd:
            over.lose((name,), _ODD)
        return over

    def tools(self) -> Iterator[tuple[Path, str, Fields]]:
        """Each tool that is stated, with its place and its type."""
        for index, tool in enumerate(self.at("tools") or ()):
            yield ("tools", index), kind_of(tool), tool

    def servers(self, label: Any) -> Iterator[Path]:
        """Where something is stated of the MCP server of a label, beside its tool."""
        for index, one in enumerate(self._servers()):
            if one.get("server_label") == label:
                yield "tool_resources", "mcp", index

    def _servers(self) -> Sequence[Fields]:
        found = self.at("tool_resources", "mcp")
        return found if are_objects(found) else ()

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

    def move_unknown(self, block: str) -> None:
        """What the tool does not know goes as it is."""
        for name in self.source:
            if name not in _KNOWN and name != block:
                self.move((name,), (name,))

    def move_own_tools(self, block: str) -> None:
        """Those of the block go behind the others."""
        for index, _ in enumerate(self.at(block, "tools") or ()):
            self.move((block, "tools", index), ("tools", len(self.made.get("tools", ()))))

    def move_pair(self, name: str, pair: str, said: str) -> None:
        """A member that stands among the pairs of metadata there; `said` is what is wrong where that pair is stated, too."""
        if self.at(name) and self.at(METADATA, pair) is not None:
            self.refuse((name,), said)
        elif self.at(name):
            self.move((name,), (METADATA, pair))

    def lose(self, path: Path, rule: Rule) -> None:
        self.losses.append(Loss(path, rule.told_of(path)))

    def lose_servers(self) -> None:
        """What is stated of MCP servers that are no tools."""
        labels = [tool.get("server_label") for _, kind, tool in self.tools() if kind == "mcp"]
        for index, one in enumerate(self._servers()):
            if one.get("server_label") not in labels and not is_hollow({**one, "server_label": None}):
                self.lose(("tool_resources", "mcp", index), WITHOUT_TOOL)

    def refuse(self, path: Path, message: str) -> None:
        self.losses.append(Loss(path, f"{dotted(path)}: {message}", may_be_dropped=False))

    def done(self, called: Mapping[str, str], members: Members) -> Carried:
        """What came over; `called` are the members that are called otherwise there, for what is ignored."""
        there = (called.get(one, one) for one in self.at("ignore") or ())
        ignored = frozenset(one for one in there if one in members or one.startswith(f"{METADATA}."))
        return Carried(self.made, tuple(self.moves), tuple(self.losses), ignored)


def kind_of(tool: Any) -> str:
    """The type of a tool; empty where it has none."""
    kind = tool.get("type") if isinstance(tool, dict) else None
    return kind if isinstance(kind, str) else ""


def check_pairs(over: Carrying) -> None:
    """What was put among the pairs of metadata leaves room for the mark."""
    pairs = over.made.get(METADATA) or {}
    if len(pairs) > DECLARED_PAIRS_MAX:
        said = f"{len(pairs)} pairs, with what this API has no other place for; keep at most {DECLARED_PAIRS_MAX}"
        over.refuse((METADATA,), said)


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


# --- what tables of members have in common


def lean_tools(shapes: Mapping[str, Structure]) -> Callable[[Any], Any]:
    """How tools of these types are stated, each without what is at its default."""

    def lean(tool: Any) -> Any:
        kind = tool.get("type") if isinstance(tool, dict) else None
        shape = shapes.get(kind) if isinstance(kind, str) else None
        return normal.lean(tool, shape({})) if shape else tool

    return lambda form: [lean(one) for one in form] if isinstance(form, list) else form
