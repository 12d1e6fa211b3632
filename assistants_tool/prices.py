"""What models cost, from the tables that the package genai-prices brings with it: nothing is asked of any server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from genai_prices import Usage, calc_price
from genai_prices.types import PriceCalculation, TieredPrices


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
