"""The models of an endpoint: what it says it serves and what definitions want of it -> Entries, with what is known of each. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistants_tool import models
from assistants_tool.models import ANYTHING, Takes, Word
from assistants_tool.objects.endpoint import Offer
from assistants_tool.planning.lifecycle import shutdown

if TYPE_CHECKING:
    from assistants_tool.asking.prices import Price
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.endpoint import Served


@dataclass(frozen=True, slots=True)
class Entry:
    """A model, or a deployment of the model `of`. `id` is `env:NAME` where a definition takes it from a variable and the endpoint does not
    list it.

    `endpoints` are paths of the API that it is good for, none where that is unknown. `shutdown_source` is whose word `shutdown` is: that
    of the endpoint, what Microsoft says of the model behind a deployment, or OpenAI of its own model of that name. `keys` are those of the
    definitions that want it.
    """

    id: str
    listed: bool
    endpoints: tuple[str, ...]
    shutdown: datetime.date | None
    shutdown_source: Word | None
    price: Price | None
    keys: tuple[str, ...] = ()
    of: str | None = None


def catalogue(
    served: Served, definitions: Iterable[Definition], price_of: Callable[[str], Price | None], takes: Takes = ANYTHING
) -> tuple[Entry, ...]:
    """Every model that is listed or wanted, by id. Where the endpoint `takes` names of deployments, such a name says nothing by itself."""
    keys: dict[tuple[str, str], list[str]] = {(one, one): [] for one in served}
    for one in definitions:
        model = one.model or one.shown_model
        keys.setdefault((model if model in served else one.shown_model, model), []).append(one.key)
    found = (_entry(shown, model, served, using, price_of, takes) for (shown, model), using in keys.items())
    return tuple(sorted(found, key=lambda one: one.id))


def _entry(
    shown: str,
    model: str,
    served: Served,
    using: Iterable[str],
    price_of: Callable[[str], Price | None],
    takes: Takes,
) -> Entry:
    offer = served.get(model, Offer())
    known = offer.model or ("" if takes.deployments else model)
    told = shutdown(model, offer, takes)
    return Entry(
        shown,
        model in served,
        models.endpoints(known),
        told.day if told else None,
        told.word if told else None,
        price_of(known) if known else None,
        tuple(using),
        offer.model,
    )
