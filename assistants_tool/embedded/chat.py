"""Chat completions without a model: an echo that says that it is one, so that examples, tests and CI need no account.

The same request gets the same answer, but for its id and time. A token is a word of text, or a picture: no tokenizer counts so, but a
person can. Limits on tokens hold; what else a request asks of a model (functions, formats, temperature) is taken and changes nothing.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from .errors import ApiError
from .requests import checked

BODY_MAX = 64 * 2**20  # bytes; two pictures of 20 MiB, which base64 makes a third larger
_WORD = re.compile(r"\S+\s*")


class _Lenient(BaseModel):
    """Only what the echo uses is looked at."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Part(_Lenient):
    type: str
    text: str = ""


def _as_parts(content: object) -> object:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


class _Message(_Lenient):
    role: Literal["developer", "system", "user", "assistant", "tool", "function"]
    content: Annotated[list[_Part], BeforeValidator(_as_parts)] = []

    @property
    def text(self) -> str:
        return "".join(one.text for one in self.content)

    @property
    def pictures(self) -> int:
        return sum(one.type == "image_url" for one in self.content)


class _FunctionName(_Lenient):
    name: str


class _Tool(_Lenient):
    type: str
    function: _FunctionName | None = None


class _StreamOptions(_Lenient):
    include_usage: bool = False


class Request(_Lenient):
    """A request for a completion, as far as it matters here."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[_Message], Field(min_length=1)]
    tools: list[_Tool] | None = None
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None


class Completion(NamedTuple):
    """The answer: `pieces` of text, and why it ends."""

    request: Request
    id: str
    created: int
    pieces: list[str]
    finish_reason: str


def complete(value: object, chats: Callable[[str], bool]) -> Completion:
    """The echo of a request. Raises `ApiError` for one that is not sound, or is to a model that does not chat."""
    request = checked(Request, value)
    if not chats(request.model):
        message = "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
        raise ApiError(message, param="model", status=404)
    pieces = _WORD.findall(_echo(request))
    limit = request.max_completion_tokens or request.max_tokens or len(pieces)
    finish = "length" if limit < len(pieces) else "stop"
    return Completion(request, f"chatcmpl-{secrets.token_hex(12)}", int(time.time()), pieces[:limit], finish)


def _echo(request: Request) -> str:
    told = sum(_words(one.text) for one in request.messages if one.role in ("developer", "system"))
    pictures = sum(one.pictures for one in request.messages)
    functions = [one.function.name for one in request.tools or () if one.function]
    got = f"{_count(told, 'word')} of instructions, {_count(len(functions), 'function')}"
    got += f" ({', '.join(functions)})" if functions else ""
    said = next((one.text for one in reversed(request.messages) if one.role == "user"), "")
    return (
        f"This is an echo: no model runs here. {request.model} would have got {got}, {_count(pictures, 'picture')} "
        f"and this message:\n{said}"
    )


def _words(text: str) -> int:
    return len(text.split())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def response(done: Completion) -> dict[str, Any]:
    """The whole response."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(done.pieces), "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": done.finish_reason}
    return {**_envelope(done, "chat.completion"), "choices": [choice], "usage": _usage(done)}


def events(done: Completion) -> Iterator[str]:
    """The same as server-sent events: a chunk for each word, one that ends it, usage where that was asked for, and the end."""
    wants_usage = bool(done.request.stream_options and done.request.stream_options.include_usage)
    begin = {"role": "assistant", "content": "", "refusal": None}
    deltas = itertools.chain([begin], ({"content": one} for one in done.pieces), [{}])
    for number, delta in enumerate(deltas, -1):
        finish = done.finish_reason if number == len(done.pieces) else None
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        yield _event(done, {"choices": [choice], **({"usage": None} if wants_usage else {})})
    if wants_usage:
        yield _event(done, {"choices": [], "usage": _usage(done)})
    yield "data: [DONE]\n\n"


def _event(done: Completion, members: dict[str, Any]) -> str:
    return f"data: {json.dumps({**_envelope(done, 'chat.completion.chunk'), **members}, ensure_ascii=False)}\n\n"


def _envelope(done: Completion, kind: str) -> dict[str, Any]:
    return {
        "id": done.id,
        "object": kind,
        "created": done.created,
        "model": done.request.model,
        "service_tier": "default",
        "system_fingerprint": "fp_echo",
    }


def _usage(done: Completion) -> dict[str, Any]:
    prompt = sum(_words(one.text) + one.pictures for one in done.request.messages)
    completion = len(done.pieces)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
