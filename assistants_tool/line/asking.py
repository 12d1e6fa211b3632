"""What is asked of an endpoint beside its assistants: which models it serves, and whether it is fit for the tool."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from assistants_tool.asking import diagnosis
from assistants_tool.errors import DefinitionError, EndpointError, Fate, ToolError
from assistants_tool.line.opening import Talk, known, opened

if TYPE_CHECKING:
    from assistants_tool.asking.diagnosis import Seen
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Served
    from assistants_tool.project.target import Target
    from assistants_tool.redaction import Redaction

Stopping = Callable[[asyncio.Event], contextlib.AbstractContextManager[None]]


async def served(target: Target, talk: Talk, hidden: Redaction) -> Served:
    """The models that the endpoint says it serves. Raises ToolError where it does not say."""
    async with opened(target.endpoint, talk, known(hidden)) as endpoint:
        try:
            return await endpoint.models()
        except EndpointError as error:
            if error.fate not in (Fate.MISSING, Fate.NO_VERB):
                raise
            no_word = "the first apply shows whether it takes those of the definitions"
            raise ToolError(f"the endpoint does not say which models it serves: {error}; {no_word}") from None


async def examined(
    target: Target,
    talk: Talk,
    hidden: Redaction,
    definitions: tuple[Definition, ...] | DefinitionError,
    probing: Stopping | None,
) -> Seen | ToolError:
    """What the endpoint answers to a diagnosis, or why it could not be opened.

    With `probing`, the diagnosis also creates an assistant and deletes it again. `probing` makes the context for that, in which a signal
    sets the event that ends it early.
    """
    try:
        async with opened(target.endpoint, talk, known(hidden)) as endpoint:
            seen = await diagnosis.look(endpoint)
            # Where not even a list can be had, a create would tell nothing more, and could leave something behind.
            if probing is None or isinstance(seen.listing, EndpointError):
                return seen
            stop = asyncio.Event()
            with probing(stop):
                there = target.endpoint
                body = diagnosis.probe_body(definitions, seen, there.takes, there.speech.dialect)
                return replace(seen, probe=await diagnosis.probe(endpoint, body, stop))
    except ToolError as error:
        return error
