"""The query of a list request. It is read without pydantic, whose import is a seventh of what a plan takes that only lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from assistants_tool import models

from .errors import told

_ORDERS = ("asc", "desc")


class Listing(NamedTuple):
    """Which page is asked for: at most `limit` rows, in which order, behind the id `after` and in front of the id `before`."""

    limit: int = models.PAGE_DEFAULT
    order: str = "desc"
    after: str | None = None
    before: str | None = None


def listing(query: Mapping[str, str]) -> Listing:
    """Members that are not known are passed over, as was recorded. Raises `ApiError` about the first fault."""
    order = query.get("order", "desc")
    limit = _limit(query.get("limit", str(models.PAGE_DEFAULT)))
    if order not in _ORDERS:
        raise told("literal_error", "order", order, {"expected": " or ".join(map(repr, _ORDERS))})
    return Listing(limit, order, query.get("after"), query.get("before"))


def _limit(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,99}", text):
        raise told("int_type", "limit", text, {})
    limit = int(text)
    if limit < 1:
        raise told("greater_than_equal", "limit", limit, {"ge": 1})
    if limit > models.PAGE_MAX:
        raise told("less_than_equal", "limit", limit, {"le": models.PAGE_MAX})
    return limit
