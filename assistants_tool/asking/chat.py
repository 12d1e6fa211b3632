"""One exchange with the model of a definition, to try it before it ships: the request, and what came of it. Pure.

It is an exchange of `/v1/chat/completions`, which servers have that never had assistants. What such an exchange has no room for (tools
that a server runs, their files) is left out, and `left_out` says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistants_tool.objects.parameters import CHAT

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.payload import Body
    from assistants_tool.redaction import Redaction


class Completions(Protocol):
    """What an exchange needs of a server: `keys` are hidden in what comes, `remarks` is what a person should know of a request."""

    remarks: list[str]

    @property
    def keys(self) -> Redaction: ...

    async def whole(self, body: Body) -> Body:
        """The response, all at once. Raises EndpointError."""

    def parts(self, body: Body) -> AsyncIterator[Any]:
        """The chunks of a stream as they come, each a JSON value. Raises EndpointError, also where the stream breaks off."""


SYSTEM_ROLES = ("developer", "system")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `pictures` are addresses, data URLs among them; None for `temperature` and `max_tokens` is the definition's and none.

    `legacy` names the limit as servers do that do not know `max_completion_tokens`.
    """

    message: str
    pictures: tuple[str, ...] = ()
    system_role: str = SYSTEM_ROLES[0]
    max_tokens: int | None = None
    temperature: float | None = None
    legacy: bool = False


def request(definition: Definition, question: Question, *, stream: bool) -> Body:
    """The body of the request. A stream says at its end what it used only where it is asked to."""
    stated = CHAT.parameters(definition.fields, definition.members).body
    body: Body = {
        "model": stated["model"],
        "messages": list(_messages(definition.fields.get("instructions"), question)),
        **{name: one for name, one in stated.items() if name not in ("model", "messages", "metadata")},
    }
    if question.temperature is not None:
        body["temperature"] = question.temperature
    if question.max_tokens is not None:
        body["max_tokens" if question.legacy else "max_completion_tokens"] = question.max_tokens
    return {**body, "stream": True, "stream_options": {"include_usage": True}} if stream else body


def _messages(instructions: str | None, question: Question) -> Iterator[Body]:
    if instructions:
        yield {"role": question.system_role, "content": instructions}
    pictures = [{"type": "image_url", "image_url": {"url": one}} for one in question.pictures]
    text = [{"type": "text", "text": question.message}] if question.message else []
    yield {"role": "user", "content": [*text, *pictures] if pictures else question.message}


def left_out(definition: Definition) -> str:
    """What the request has no room for, in a sentence; empty where that is nothing."""
    lost = CHAT.parameters(definition.fields, definition.members).lost
    kinds = {definition.fields["tools"][path[1]]["type"] for path, _ in lost if path[0] == "tools"}
    return f"left out, because a chat completion has only functions: {', '.join(sorted(kinds))}" if kinds else ""


# --- the answer


class Reply:
    """An answer as far as it has come: of one response, or of the chunks of a stream. What a server sends may have any shape."""

    def __init__(self) -> None:
        self.model = ""
        self.finish = ""  # why it ended; empty until the server says so
        self.usage: Mapping[str, Any] = {}
        self.refused = False
        self._calls: dict[int | str, Body] = {}

    @property
    def calls(self) -> list[Body]:
        """The calls that the model wants made, as the API writes them."""
        return list(self._calls.values())

    def add(self, part: Any) -> str:
        """Take in a response, or a chunk of one; the text that it brings."""
        part = _mapping(part)
        self.model = _text(part.get("model")) or self.model
        self.usage = _mapping(part.get("usage")) or self.usage
        choices = part.get("choices")
        choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
        self.finish = _text(choice.get("finish_reason")) or self.finish
        message = _mapping(choice.get("delta")) or _mapping(choice.get("message"))
        for call in message["tool_calls"] if isinstance(message.get("tool_calls"), list) else ():
            self._add_call(_mapping(call))
        refusal = _text(message.get("refusal"))
        self.refused = self.refused or bool(refusal)
        return _text(message.get("content")) + refusal

    def _add_call(self, piece: Mapping[str, Any]) -> None:
        """Pieces belong together by their index; where a server gives none, by their id, and without that they continue the last."""
        known = list(self._calls)
        named = next((one for one in (piece.get("index"), piece.get("id")) if isinstance(one, (int, str))), None)
        place = named if named is not None else known[-1] if known else 0
        call = self._calls.setdefault(place, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        function = _mapping(piece.get("function"))
        call["id"] = call["id"] or _text(piece.get("id"))
        for name in ("name", "arguments"):
            call["function"][name] += _text(function.get(name))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """Text, or that of a list of parts, as some servers answer it."""
    if isinstance(value, list):
        return "".join(_text(_mapping(one).get("text")) for one in value)
    return value if isinstance(value, str) else ""


_FINISHES = {
    "stop": "the answer is complete",
    "length": "cut off at the limit of tokens; raise --max-tokens, or the model's context is full",
    "tool_calls": "the model calls functions; they are shown, not run",
    "content_filter": "the server's content filter held the rest back; change the message or the instructions",
    "refusal": "the model refused; change the message or the instructions",
}


def finish_words(reply: Reply) -> str:
    """Why the answer ended. A refusal ends with `stop` as any answer does."""
    why = "refusal" if reply.refused and reply.finish in ("", "stop") else reply.finish
    return f"{why}: {_FINISHES[why]}" if why in _FINISHES else why or "the server does not say why it ended"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What was used; None where the server does not say. `cached` is part of `prompt`, `reasoning` of `completion`."""

    prompt: int | None = None
    cached: int | None = None
    completion: int | None = None
    reasoning: int | None = None
    total: int | None = None

    @classmethod
    def of(cls, usage: Mapping[str, Any]) -> Tokens:
        prompt, completion = (_mapping(usage.get(f"{one}_tokens_details")) for one in ("prompt", "completion"))
        said = (
            usage.get("prompt_tokens"),
            prompt.get("cached_tokens"),
            usage.get("completion_tokens"),
            completion.get("reasoning_tokens"),
            usage.get("total_tokens"),
        )
        return cls(*(one if isinstance(one, int) and not isinstance(one, bool) and one >= 0 else None for one in said))


def token_words(tokens: Tokens) -> str:
    if tokens == Tokens():
        return "the server does not say"
    shown = {name: getattr(tokens, name) for name in tokens.__slots__}
    return ", ".join(f"{name} {'unknown' if count is None else count}" for name, count in shown.items())


def limit_words(question: Question, tokens: Tokens) -> str:
    """That a server passed over the limit, as some do that know it by its old name only; empty where it kept it."""
    limit = question.max_tokens
    if limit is None or tokens.completion is None or tokens.completion <= limit:
        return ""
    advice = "" if question.legacy else "; if it knows only max_tokens, add --legacy-max-tokens"
    return f"the server ignored --max-tokens {limit}{advice}"
