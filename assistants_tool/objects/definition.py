"""The wanted side: an assistant that shall exist, as the files state it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from assistants_tool.errors import ToolError
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.digests import digest, digest_matches, digest_of, secrets_match
from assistants_tool.objects.masked import counterpart, is_masked
from assistants_tool.objects.members import ASSISTANTS, Form, Members
from assistants_tool.objects.normal import is_unset
from assistants_tool.objects.paths import dotted, value_at, with_value
from assistants_tool.objects.unknown import unknown

if TYPE_CHECKING:
    from assistants_tool.objects.parameters import ChatParams, ResponsesParams
    from assistants_tool.objects.paths import Path
    from assistants_tool.objects.unknown import Place


@dataclass(frozen=True)
class Definition:
    """An assistant that shall exist. `fields` are the API's members as the files state them, those that say null left out, and members
    that we do not know in their places, as they are to be sent; `members` says what each of them is.

    `variables` names the environment variable behind a path whose value came from one, `defaulted` the one whose default stands there,
    which is no secret. `source` is `path:line:column`. `origin` is the id of the assistant that it is migrated from, where it is.
    """

    key: str
    fields: Mapping[str, Any]
    protect: bool = False
    ignore: frozenset[str] = frozenset()
    adopt: str | Literal[False] | None = None
    source: str = ""
    variables: Mapping[Path, str] = field(default_factory=dict)
    members: Members = field(default=ASSISTANTS, repr=False)
    defaulted: Mapping[Path, str] = field(default_factory=dict)
    origin: str = ""

    def __repr__(self) -> str:
        # Not the fields: they hold the values of variables, and whatever prints or logs an object prints this.
        return f"<Definition {self.key} {self.source}>"

    @property
    def name(self) -> str | None:
        name = self.fields.get("name")
        return name if isinstance(name, str) and name else None

    @property
    def unread(self) -> tuple[str, ...]:
        """The variables that are not read: where nothing needs their values a reference stays in its place."""
        held = {**self.fields, "adopt": self.adopt or {}}
        places = ((path, name) for path, name in self.variables.items() if isinstance(value_at(held, path), dict))
        return tuple(dict.fromkeys(name for _, name in places))

    @property
    def model(self) -> str | None:
        """None where it comes from a variable that is not read."""
        model = self.fields["model"]
        return model if isinstance(model, str) else None

    @property
    def shown_model(self) -> str:
        """The model, or the variable that it came from."""
        variable = self.variables.get(("model",))
        return f"env:{variable}" if variable else str(self.fields["model"])

    @property
    def shown_adopt(self) -> str:
        """The id to adopt, or the variable that it came from."""
        variable = self.variables.get(("adopt",))
        return f"env:{variable}" if variable else str(self.adopt)

    @property
    def variable_places(self) -> tuple[str, ...]:
        """Where the assistant has values of variables, for its mark: once the line is gone, nothing else says so."""
        return tuple(sorted(dotted(path) for path in self.variables if path[0] in self.fields))

    def ignores(self, path: Path) -> bool:
        """Whether a place in it is left to others: its whole field, or its pair of metadata."""
        return path[0] in self.ignore or ".".join(map(str, path[:2])) in self.ignore

    @functools.cached_property
    def stated(self) -> frozenset[Place]:
        """The places of the members that we do not know and that it states."""
        return unknown(self.fields, self.members).places

    def stated_beside(self, table: Members) -> frozenset[Place]:
        """The places of the members that it states and that another table, such as an earlier one, does not know."""
        return self.stated if table is self.members else unknown(self.fields, table).places

    @functools.cached_property
    def uncompared(self) -> frozenset[str]:
        """What it leaves to others: ignored fields, and what it leaves to the server by saying nothing of it."""
        left = (one.name for one in self.members.table if one.servers_choice and one.name not in self.fields)
        return self.ignore.union(left)

    @functools.cached_property
    def form(self) -> Form:
        """What is compared: the canonical form without what is left to others."""
        return self.form_of(self.fields)

    def form_of(self, fields: Mapping[str, Any]) -> Form:
        """The form of another object's members. Where a server hides a value there, what this one states is taken for it."""
        return canonical(self._with_hidden(fields), self.uncompared, self.members, self.stated)

    def _with_hidden(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        for path, value in self.members.secrets(fields):
            wanted = counterpart(path, fields, self.fields, self.members) if is_masked(value) else None
            if wanted is not None and not is_unset(wanted):
                fields = with_value(fields, path, wanted)
        return fields

    def hidden_in(self, fields: Mapping[str, Any]) -> tuple[Path, ...]:
        """The places of its secrets that are hidden in what a server answered, so that nobody can see whether they are the same."""
        return tuple(
            path
            for path, _ in self.members.secrets(self.form)
            if is_masked(counterpart(path, self.form, fields, self.members))
        )

    def secrets_lost_of(self, fields: Mapping[str, Any]) -> tuple[Path, ...]:
        """The places of secrets that a server hides and that it does not state, and so takes away."""
        return tuple(
            path
            for path, value in self.members.secrets(fields)
            if path[0] not in self.uncompared
            and is_masked(value)
            and counterpart(path, fields, self.fields, self.members) is None
        )

    def secrets_match(self, recorded: str) -> bool | None:
        """Whether it has the secrets that it had when a digest of it was recorded; None where that cannot be told."""
        return secrets_match(recorded, self.fields, self.uncompared, self.members)

    @functools.cached_property
    def digest(self) -> str:
        """What the mark remembers of it."""
        return digest_of(self.form, self.uncompared, self.members)

    def responses_params(self) -> ResponsesParams:
        """What `client.responses.create(**params, input=...)` takes of it, the values of variables included.

        `assistants export` names what has no counterpart there.
        """
        from assistants_tool.objects.parameters import RESPONSES

        return cast("ResponsesParams", RESPONSES.parameters(*self._as_stated()).body)

    def chat_params(self) -> ChatParams:
        """What `client.chat.completions.create(**params)` takes of it, once the user's messages are added."""
        from assistants_tool.objects.parameters import CHAT

        return cast("ChatParams", CHAT.parameters(*self._as_stated()).body)

    def _as_stated(self) -> tuple[Mapping[str, Any], Members]:
        """Raises ToolError where it is not as files state it any more."""
        if self.members is not ASSISTANTS:
            raise ToolError(f"{self.key} was loaded as another API has it; load it with api='assistants' for this")
        return self.fields, self.members

    def digest_of(self, fields: Mapping[str, Any]) -> str:
        """The digest of another object's members, of what is compared here."""
        return digest(fields, self.uncompared, self.members, self.stated)

    def digest_matches(self, recorded: str, fields: Mapping[str, Any]) -> bool | None:
        """Whether a recorded digest is that of these members; None where that cannot be told."""
        table = self.members.of_digest(recorded) or self.members
        return digest_matches(recorded, fields, self.uncompared, self.members, self.stated_beside(table))
