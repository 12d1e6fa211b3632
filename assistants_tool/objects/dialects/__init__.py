"""The APIs that the tool speaks, each as data: what the members of its objects are, and how a definition's members are carried there.

Files state an assistant as `/assistants` has it. Each dialect is a module here, a speaker in `endpoint`, and an API of the endpoint of our
own; who is in between takes a `Dialect` and asks no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_tool.objects.dialects import agents, prompts
from assistants_tool.objects.dialects.carrying import Carried, Loss, Rule, Way
from assistants_tool.objects.members import ASSISTANTS, Members

if TYPE_CHECKING:
    from assistants_tool.objects.normal import Place
    from assistants_tool.objects.paths import Path

__all__ = [
    "ASSISTANTS_DIALECT",
    "BLOCKS",
    "DIALECTS",
    "PLAIN",
    "Carried",
    "Dialect",
    "Loss",
    "Rule",
    "Saved",
    "Speech",
    "Way",
    "saved",
    "secrets",
    "that_has",
]


@dataclass(frozen=True, eq=False)
class Dialect:
    """One API. `carry` takes the members of a definition (with its block, and the key) over, `restate` takes those of an object back.

    `rules` are the table of what is carried and what is not; that of the API by which files are written has none, and nothing is carried.
    `block` is the mapping of a definition for what this API alone has, and `places` are where in it a reference may stand. `path` is where
    its objects are, `beta` what its header says. `kind` is that of the only servers that have it, by its name. `read` makes an object of
    what somebody saved of an answer; None of what is of another API.
    """

    name: str
    title: str
    path: str
    beta: str
    members: Members
    carry: Callable[[Mapping[str, Any], str], Carried]
    restate: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    rules: tuple[Rule, ...] = ()
    block: str = ""
    places: Mapping[Path, Place] = field(default_factory=dict)
    kind: str = ""
    read: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] = lambda _: None

    @property
    def is_that_of_files(self) -> bool:
        return not self.rules


def _as_it_is(source: Mapping[str, Any], key: str) -> Carried:  # noqa: ARG001 - what `carry` is given
    fields = {name: one for name, one in source.items() if name != "ignore"}
    return Carried(fields, ignored=frozenset(source.get("ignore") or ()))


ASSISTANTS_DIALECT = Dialect(
    "assistants", "/v1/assistants", "/assistants", "assistants=v2", ASSISTANTS, _as_it_is, dict
)
DIALECTS: Mapping[str, Dialect] = {
    one.name: one
    for one in (
        ASSISTANTS_DIALECT,
        Dialect(
            "agents",
            title="OpenAI's /v1/agents",
            path="/agents",
            beta="agents=v1",
            members=agents.AGENTS,
            carry=agents.carry,
            restate=agents.restate,
            rules=agents.RULES,
            block=agents.BLOCK,
            kind="openai",
            read=agents.read,
        ),
        Dialect(
            "prompt-agents",
            title="Foundry's prompt agents",
            path="/agents",
            beta="",
            members=prompts.PROMPTS,
            carry=prompts.carry,
            restate=prompts.restate,
            rules=prompts.RULES,
            block=prompts.BLOCK,
            places=prompts.PLACES,
            kind="foundry",
            read=prompts.read,
        ),
    )
}


class Saved(NamedTuple):
    """An object that somebody saved, and the API that it was answered by."""

    dialect: Dialect
    body: Mapping[str, Any]


def saved(value: Any) -> Saved | None:
    """What this is as an answer of another API than that of files; None for what is none."""
    found = ((one, one.read(value)) for one in DIALECTS.values() if isinstance(value, dict))
    return next((Saved(one, body) for one, body in found if body is not None), None)


def that_has(members: Members) -> Dialect:
    """The API whose objects have these members."""
    return next(one for one in DIALECTS.values() if one.members is members)


BLOCKS = tuple(one.block for one in DIALECTS.values() if one.block)


def secrets(stated: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The values in a definition that are told to nobody, those in the blocks of single APIs included, with their paths."""
    yield from ASSISTANTS.secrets(stated)
    for dialect in DIALECTS.values():
        block = stated.get(dialect.block)
        for path, value in dialect.members.secrets(block) if isinstance(block, dict) else ():
            yield (dialect.block, *path), value


@dataclass(frozen=True, slots=True)
class Speech:
    """How an endpoint is spoken to: by which API. `drops`: what that has no place for is left out, with a warning; else it is a fault."""

    dialect: Dialect = ASSISTANTS_DIALECT
    drops: bool = False


PLAIN = Speech()
