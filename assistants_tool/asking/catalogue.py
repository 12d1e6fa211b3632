"""The models of an endpoint: what it says it serves and what definitions want of it -> Entries, with what is known of each. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assistants_tool import models

if TYPE_CHECKING:
    from assistants_tool.asking.prices import Price
    from assistants_tool.objects.definition import Definition

Served = Mapping[str, datetime.date | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model. `id` is `env:NAME` where a definition takes it from a variable and the endpoint does not list it.

    `endpoints` are paths of the API that it is good for, none where that is unknown. `shutdown_source` is whose word `shutdown` is: that
    of the endpoint, or what OpenAI says of its own model of that name. `keys` are those of the definitions that want it.
    """

    id: str
    listed: bool
    endpoints: tuple[str, ...]
    shutdown: datetime.date | None
    shutdown_source: Literal["endpoint", "openai"] | None
    price: Price | None
    keys: tuple[str, ...] = ()


def catalogue(
    served: Served, definitions: Iterable[Definition], price_of: Callable[[str], Price | None]
) -> tuple[Entry, ...]:
    """Every model that is listed or wanted, by id."""
    keys: dict[tuple[str, str], list[str]] = {(one, one): [] for one in served}
    for one in definitions:
        model = one.model or one.shown_model
        keys.setdefault((model if model in served else one.shown_model, model), []).append(one.key)
    found = (_entry(shown, model, served, using, price_of) for (shown, model), using in keys.items())
    return tuple(sorted(found, key=lambda one: one.id))


def _entry(
    shown: str, model: str, served: Served, keys: Iterable[str], price_of: Callable[[str], Price | None]
) -> Entry:
    own, told = served.get(model), models.shutdown(model)
    return Entry(
        shown,
        model in served,
        models.endpoints(model),
        own or told,
        "endpoint" if own else "openai" if told else None,
        price_of(model),
        tuple(keys),
    )
