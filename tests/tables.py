"""Tests as tables: what a case is about -> its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


def cases(names: str, table: Mapping[str, Any]) -> pytest.MarkDecorator:
    """`pytest.mark.parametrize` with the table's keys as ids. One name takes the bare value, several a tuple."""
    return pytest.mark.parametrize(
        names.split(), [(one,) if " " not in names else one for one in table.values()], ids=table
    )


def plain_name(value: object) -> str:
    """What a case is called by its value. Without backslashes: pytest escapes them once more with each run in one process, as mutmut's
    are, and does not find the case again: see findings/mutmut-tests-not-found.sh.
    """
    return ascii(value).replace("\\", "%")


def table_of(test: Any) -> dict[str, tuple[Any, ...]]:
    """The table of a test that another test goes through, too."""
    (mark,) = test.pytestmark
    return dict(zip(mark.kwargs["ids"], mark.args[1], strict=True))
