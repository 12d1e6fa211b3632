"""What an exchange costs by the list prices that genai-prices carries: an estimate, made without the network."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from genai_prices import Usage, calc_price

if TYPE_CHECKING:
    from assistants_tool.chat import Tokens

UNKNOWN = "unknown price"


def cost_words(tokens: Tokens, model: str, url: str) -> str:
    """The cost in dollars, and by whose list. A server that the list does not know may be a proxy: the model's name decides then."""
    if tokens.prompt is None or tokens.completion is None:
        return UNKNOWN
    usage = Usage(input_tokens=tokens.prompt, cache_read_tokens=tokens.cached, output_tokens=tokens.completion)
    for where in (url, None):
        try:
            found = calc_price(usage, model, provider_api_url=where)
        except LookupError:
            continue
        except ValueError:  # counts that contradict each other
            break
        return f"{_dollars(found.total_price)} by the list of {found.provider.name} for {found.model.id}"
    return UNKNOWN


def _dollars(amount: Decimal) -> str:
    return f"about ${amount:.6f}" if not amount or amount >= Decimal("0.000001") else "under $0.000001"
