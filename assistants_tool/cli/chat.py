"""`chat`: one message to the model of a definition, and its answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool.asking.chat import (
    Completions,
    Question,
    Reply,
    Tokens,
    finish_words,
    left_out,
    limit_words,
    request,
    token_words,
)
from assistants_tool.asking.pictures import as_address
from assistants_tool.cli import terminal
from assistants_tool.cli.run import STDIN, find_target, find_workspace, standard_input, talk_of, waiting
from assistants_tool.definitions.shape import did_you_mean
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.line.opening import opened_chat
from assistants_tool.planning.masks import hiding
from assistants_tool.project.target import Embedded, Remote, chat_server, where_it_chats
from assistants_tool.redaction import Flowing
from assistants_tool.report.plain import one_line, to_json

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.line.workspace import Workspace
    from assistants_tool.models import Takes
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.payload import Body


@dataclass(frozen=True, slots=True)
class Options:
    """The command's own, by their names on the command line."""

    image: tuple[str, ...]
    max_tokens: int | None
    legacy_max_tokens: bool
    temperature: float | None
    system_role: str
    chat_base_url: str | None
    only_request: bool
    output: str


def chat(settings: Settings, key: str, message: str, options: Options) -> int:
    workspace = find_workspace(settings)
    environment = workspace.project.choose(settings.environment)
    takes = _takes(settings, workspace, options.chat_base_url)
    definitions = workspace.load(environment, os.environ, takes, needs=lambda one: one == key).definitions
    definition = named(key, definitions)
    question = _question(message, workspace, options)
    body = request(definition, question, stream=options.output == "text")
    if said := left_out(definition):
        _tell(f"Note: {said}")
    if options.only_request:
        terminal.result(to_json(body))
        return 0
    url = options.chat_base_url
    server = chat_server(url, os.environ) if url else where_it_chats(find_target(settings, workspace).endpoint)
    _tell(f"Asking {definition.shown_model} at {server}")
    with waiting():
        reply = asyncio.run(_exchange(opened_chat(server, talk_of(settings), hiding(definitions)), body))
    _summarize(reply, question, body["model"], server)
    return int(reply.finish == "content_filter")


def _takes(settings: Settings, workspace: Workspace, url: str | None) -> Takes | None:
    """What the server takes that would be asked, which may call its models as it likes; None where none is chosen."""
    if url:
        return chat_server(url, os.environ).takes
    # Who asks for the request alone needs no server, and who does not is told of it when it is opened.
    with contextlib.suppress(ToolError):
        return find_target(settings, workspace).endpoint.takes
    return None


def named(key: str, definitions: Iterable[Definition]) -> Definition:
    found = {one.key: one for one in definitions}
    if key not in found:
        raise ToolError(f"no definition has the key {key!r} here; {did_you_mean(key, list(found))}")
    return found[key]


def _question(message: str, workspace: Workspace, options: Options) -> Question:
    if message == str(STDIN):
        if workspace.text is not None:
            raise UsageError("standard input is the definition or the message, not both; name a file with -f")
        message = standard_input().text
    if not (message.strip() or options.image):
        raise UsageError("the message is empty; write something to be answered")
    return Question(
        message,
        tuple(as_address(one) for one in options.image),
        options.system_role,
        options.max_tokens,
        options.temperature,
        options.legacy_max_tokens,
    )


async def _exchange(opening: AbstractAsyncContextManager[Completions], body: Body) -> Reply:
    """Send, and show what comes. What came before a failure is shown, too."""
    reply = Reply()
    async with opening as endpoint:
        try:
            if body.get("stream"):
                await _show_stream(endpoint, body, reply)
            else:
                response = await endpoint.whole(body)
                reply.add(response)
                terminal.result(to_json(response))
        finally:
            for one in endpoint.remarks:
                _tell(f"Note: {one}")
    return reply


async def _show_stream(endpoint: Completions, body: Body, reply: Reply) -> None:
    flow, told = terminal.Flow(), Flowing(endpoint.keys)
    try:
        async for part in endpoint.parts(body):
            flow.write(told.add(reply.add(part)))
    finally:
        flow.write(told.end())
        flow.end()
    if reply.calls:
        terminal.result(to_json(endpoint.keys.data(reply.calls)))


def _summarize(reply: Reply, question: Question, model: str, server: Embedded | Remote) -> None:
    tokens = Tokens.of(reply.usage)
    _tell(f"finished: {finish_words(reply)}")
    _tell(f"tokens: {token_words(tokens)}")
    _tell(f"cost: {_cost(tokens, reply.model or model, server)}")
    if said := limit_words(question, tokens):
        _tell(f"Note: {said}")


def _cost(tokens: Tokens, model: str, server: Embedded | Remote) -> str:
    if isinstance(server, Embedded):
        return "none, as the embedded endpoint runs no model"
    from assistants_tool.asking.prices import cost_words

    return cost_words(tokens, model, server.base_url)


def _tell(text: str) -> None:
    terminal.say(one_line(text), err=True)
