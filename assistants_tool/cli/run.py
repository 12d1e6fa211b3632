"""The first steps of every command: what its options say of paths, endpoint and how to talk."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.cli import terminal
from assistants_tool.cli.progress import progress
from assistants_tool.definitions import sources
from assistants_tool.errors import DefinitionError, UsageError
from assistants_tool.line.workspace import Workspace, usual_files
from assistants_tool.project.target import Choice, Target

if TYPE_CHECKING:
    from assistants_tool.cli.application import Settings
    from assistants_tool.definitions.sources import Source
    from assistants_tool.line.front import Front
    from assistants_tool.line.opening import Talk, Tries
    from assistants_tool.line.steps import Line
    from assistants_tool.objects.definition import Definition
    from assistants_tool.redaction import Redaction

STDIN = Path("-")
Definitions = tuple["Definition", ...] | DefinitionError


def find_workspace(settings: Settings, given: Sequence[Path] = (), *, strict: bool = False) -> Workspace:
    """From positional paths, else from -f, else `assistants/`; `-` is standard input. `strict`: warnings are faults."""
    files = settings.files or usual_files()
    named = tuple(given) or files
    text = standard_input() if STDIN in named else None
    return replace(Workspace.find([path for path in named if path != STDIN], text, files), strict=strict)


def standard_input() -> Source:
    """What `-` stands for. Raises UsageError where it is closed."""
    return sources.decode(sources.STDIN, standard_input_bytes(sources.SIZE_MAX + 1))


def standard_input_bytes(most: int) -> bytes:
    """At most so many bytes of it."""
    if sys.stdin is None:
        raise UsageError("- is standard input, which is closed; give a file, or something to read")
    return sys.stdin.buffer.read(most)


def choice_of(settings: Settings) -> Choice:
    one = settings
    return Choice(one.environment, one.base_url, one.embedded, one.api, one.drop_unsupported)


def again(command: str, settings: Settings) -> str:
    """A command to type next, with the options that chose where this one worked."""
    given = {
        "-f": settings.files,
        "-e": filter(None, [settings.environment]),
        "--base-url": filter(None, [settings.base_url]),
        "--api": filter(None, [settings.api]),
    }
    words = [word for name, values in given.items() for one in values for word in (name, str(one))]
    return " ".join(
        ["assistants", command, shlex.join([*words, *(["--embedded"] if settings.embedded else [])])]
    ).rstrip()


def find_target(settings: Settings, workspace: Workspace) -> Target:
    return workspace.target(choice_of(settings), os.environ)


def find_line(settings: Settings, given: Sequence[Path] = (), front: Front | None = None) -> Line:
    """The line of a command that talks to an endpoint."""
    from assistants_tool.line.steps import Line

    return Line.of(find_workspace(settings, given), choice_of(settings), talk_of(settings), front)


def definitions_if_any(settings: Settings, workspace: Workspace, target: Target) -> Definitions:
    """For a command that needs none: that there are none is fine, unless files were asked for; nor need their variables be set."""
    if not settings.files and not workspace.holds_files():
        return ()
    try:
        there = target.endpoint
        return workspace.load(
            target.scope.environment, os.environ, there.takes, needs=lambda _: False, speech=there.speech
        ).definitions
    except DefinitionError as error:
        return error


def hidden_of(definitions: Definitions, workspace: Workspace, target: Target) -> Redaction:
    """What nobody is told of a server's words; of definitions that are not sound, too, as far as they can be read."""
    from assistants_tool.planning.masks import hiding

    return workspace.hidden(target) if isinstance(definitions, DefinitionError) else hiding(definitions)


def talk_of(settings: Settings, tries: Tries | None = None) -> Talk:
    """How to talk to an endpoint: requests are shown with --verbose, what is waited for on a terminal."""
    from assistants_tool.line.opening import Talk

    _silence_libraries()
    return Talk(settings.timeout, _say if settings.verbose else None, terminal.note, _say, tries)


@contextmanager
def waiting() -> Iterator[None]:
    """While an endpoint is asked: a person on a terminal sees what is waited for."""
    with progress.during():
        yield


def _silence_libraries() -> None:
    """With OPENAI_LOG the SDK would print requests and a server's words as they are; our own trace is --verbose."""
    import logging

    if not logging.root.handlers:  # with one, the SDK adds none of its own
        logging.root.addHandler(logging.NullHandler())


def _say(text: str) -> None:
    terminal.say(text, err=True)
