"""What ends when: the models that definitions want, and the endpoint itself. Pure: the day of today is an argument.

In: a plan, what is known of its endpoint beforehand, and what that says of its models, where it was asked. Out: the plan with all that
ends, and with what the guard refuses. A day that nobody knows refuses nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from assistants_tool import models
from assistants_tool.errors import EndpointError
from assistants_tool.models import Retirement, Shutdown, Takes
from assistants_tool.objects.endpoint import Offer, Served
from assistants_tool.planning.ends import EndpointEnd, Ends, ModelEnd, span_of

if TYPE_CHECKING:
    from assistants_tool.planning.plan import Change, Plan
    from assistants_tool.redaction import Redaction


class Where(NamedTuple):
    """What is known of an endpoint before it is asked: what it takes, whether it is OpenAI's own, and when it ends."""

    takes: Takes
    is_openais: bool = False
    retirement: Retirement | None = None


Said = Served | EndpointError | None  # what the endpoint says of its models; None: it was not asked
_SILENT = Offer()


def shutdown(model: str, offer: Offer, takes: Takes) -> Shutdown | None:
    """The endpoint's word counts. Else it is the day of the model behind a deployment, or of OpenAI's model of that name."""
    if offer.shutdown:
        return Shutdown(offer.shutdown, "endpoint")
    if takes.deployments:
        return models.microsoft_shutdown(offer.model, offer.version) if offer.model else None
    return models.openai_shutdown(model)


def with_ends(plan: Plan, where: Where, said: Said, hidden: Redaction, span: str | None, today: datetime.date) -> Plan:
    """The plan with what ends of its models and its endpoint, and, with a `span`, refused for the models that end within it."""
    ends = ends_of(plan.changes, where, said, plan.scope.environment, hidden)
    return replace(plan, ends=ends, refusals=(*plan.refusals, *retired_within(ends, span, today)))


def ends_of(changes: Iterable[Change], where: Where, said: Said, environment: str, hidden: Redaction) -> Ends:
    """What ends of what definitions want. Where the endpoint was asked, models of which no day is known are among it."""
    users: dict[tuple[str, str], list[str]] = {}
    for one in changes:
        if (wanted := _wanted(one, hidden)) is not None:
            users.setdefault(wanted, []).append(one.key)
    served = {} if isinstance(said, EndpointError) or said is None else said
    found = (
        _end(name, keys, served.get(model, _SILENT), model, where, hidden) for (name, model), keys in users.items()
    )
    told = tuple(one for one in found if one.day or said is not None)
    ending = where.retirement
    return Ends(
        told,
        EndpointEnd(ending.service, ending.day, environment) if ending else None,
        str(said) if isinstance(said, EndpointError) else "",
    )


def _wanted(change: Change, hidden: Redaction) -> tuple[str, str] | None:
    """The model of a change as it may be shown, and as it is: that of the files, or what is there where they leave it to others."""
    definition, there = change.definition, change.assistant
    if definition is None:
        return None
    if "model" in definition.ignore and there and isinstance(model := there.body.get("model"), str):
        return hidden.text(model), model
    return (definition.shown_model, definition.model) if definition.model else None


def _end(name: str, keys: Sequence[str], offer: Offer, model: str, where: Where, hidden: Redaction) -> ModelEnd:
    found = shutdown(model, offer, where.takes)
    if found is None or (found.word == "openai" and not where.is_openais):
        return ModelEnd(name, tuple(keys))
    # Only what our own table knows is told of a deployment: the rest is a server's text.
    behind = " ".join(filter(None, (offer.model, offer.version))) if found.word == "microsoft" else ""
    return ModelEnd(name, tuple(keys), found.day, found.word, hidden.text(behind) if offer.model != model else "")


def retired_within(ends: Ends, span: str | None, today: datetime.date) -> Iterator[str]:
    """Refuses models that are shut down already, or will be before the span from today on is over."""
    last = today + span_of(span) if span else None
    if last and (ending := [one for one in ends.models if one.day and one.day <= last]):
        what = "; ".join(Ends(tuple(ending)).sentences())
        yield f"--fail-on-retired-within {span}: {what}: choose another model, or apply without it if that is meant"
