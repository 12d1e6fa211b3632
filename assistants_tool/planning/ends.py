"""What ends, as data: the models that definitions want, and the endpoint itself; and spans of time, as options give them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistants_tool.definitions.shape import shown
from assistants_tool.models import WORDS, Word, way_on

KEYS_SHOWN = 3
SPAN_PATTERN = r"^[0-9]{1,4}[dw]$"
_UNITS = {"d": 1, "w": 7}  # days


def span_fault(span: object) -> str:
    """Why this cannot be a span of time; empty where it can."""
    if span is None or (isinstance(span, str) and re.fullmatch(SPAN_PATTERN, span)):
        return ""
    return f"{shown(span)} is no span of time; write days as '60d', or weeks as '8w'"


def span_of(text: str) -> datetime.timedelta:
    """`60d` or `8w`."""
    return datetime.timedelta(int(text[:-1]) * _UNITS[text[-1]])


@dataclass(frozen=True, slots=True)
class ModelEnd:
    """A model that definitions want, by the name that they give it, and the first day without it; None where nobody knows that.

    `keys` are those of the definitions, `word` is whose word the day is, and `of` is the model and version behind the name of a deployment.
    """

    model: str
    keys: tuple[str, ...]
    day: datetime.date | None = None
    word: Word | None = None
    of: str = ""

    def __str__(self) -> str:
        more = f" and {len(self.keys) - KEYS_SHOWN} more" if len(self.keys) > KEYS_SHOWN else ""
        behind = f"{self.of} as " if self.of else ""
        return f"{behind}{self.model} ({', '.join(self.keys[:KEYS_SHOWN])}{more})"


@dataclass(frozen=True, slots=True)
class EndpointEnd:
    """The first day without the API that an environment's endpoint is spoken to by, as its service announced it."""

    service: str
    day: datetime.date
    environment: str = ""

    def __str__(self) -> str:
        return f"/assistants of {self.service} ends on {self.day}; {way_on(self.environment)}"


@dataclass(frozen=True, slots=True)
class Ends:
    """All that ends. `unread` says why the endpoint, though asked, did not tell of its models."""

    models: tuple[ModelEnd, ...] = ()
    endpoint: EndpointEnd | None = None
    unread: str = ""

    def sentences(self) -> Iterator[str]:
        """One for each day, the nearest first, then what is not known and the end of the endpoint."""
        known = sorted((one for one in self.models if one.day), key=lambda one: str(one.day))
        days = dict.fromkeys((one.day, one.word) for one in known)
        for day, word in days:
            ending = [one for one in known if (one.day, one.word) == (day, word)]
            verb = "ends" if len(ending) == 1 else "end"
            yield f"{', '.join(map(str, ending))} {verb} on {day}{f', {WORDS[word]}' if word else ''}"
        if unknown := [one for one in self.models if not one.day]:
            why = f": {self.unread}" if self.unread else ""
            yield f"no shutdown day known for {', '.join(map(str, unknown))}{why}"
        if self.endpoint:
            yield str(self.endpoint)


NOTHING_ENDS = Ends()
