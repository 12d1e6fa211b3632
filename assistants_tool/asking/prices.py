"""What models cost, from the tables that the package genai-prices brings with it: nothing is asked of any server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from genai_prices import Usage, calc_price
from genai_prices.types import PriceCalculation, TieredPrices

if TYPE_CHECKING:
    from assistants_tool.asking.chat import Tokens


class Price(NamedTuple):
    """US dollars for a million tokens, None where there is no such price; those of the first tier, without discounts."""

    provider: str
    input: Decimal | None
    output: Decimal | None


def price(model: str, base_url: str | None) -> Price | None:
    """What the service behind an address asks for a model, or else the model's maker; None where no price by tokens is known."""
    found = _found(Usage(), model, base_url)
    if found is None:
        return None
    into, out = (_base(getattr(found.model_price, name, None)) for name in ("input_mtok", "output_mtok"))
    return None if into is None and out is None else Price(found.provider.id, into, out)


def _found(usage: Usage, model: str, base_url: str | None) -> PriceCalculation | None:
    ways: tuple[Callable[[], PriceCalculation], ...] = (
        lambda: calc_price(usage, model, provider_api_url=base_url),
        # Of some models, such as those for embeddings, the tables do not know by the name alone that they are OpenAI's.
        lambda: calc_price(usage, model, provider_id="openai"),
        lambda: calc_price(usage, model),
    )
    for ask in ways:
        with contextlib.suppress(LookupError):
            return ask()
    return None


def _base(price: Decimal | TieredPrices | None) -> Decimal | None:
    return price.base if isinstance(price, TieredPrices) else price


# --- what an exchange costs

UNKNOWN = "unknown price"


def cost_words(tokens: Tokens, model: str, url: str) -> str:
    """An estimate in dollars, and by whose list; that of the model's maker where the server is none that is known, such as a proxy."""
    if tokens.prompt is None or tokens.completion is None:
        return UNKNOWN
    usage = Usage(input_tokens=tokens.prompt, cache_read_tokens=tokens.cached, output_tokens=tokens.completion)
    try:
        found = _found(usage, model, url)
    except ValueError:  # counts that contradict each other
        return UNKNOWN
    return (
        f"{_dollars(found.total_price)} by the list of {found.provider.name} for {found.model.id}" if found else UNKNOWN
    )


def _dollars(amount: Decimal) -> str:
    return f"about ${amount:.6f}" if not amount or amount >= Decimal("0.000001") else "under $0.000001"
