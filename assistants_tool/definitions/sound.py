"""Is a value of a shape at all? Asked of a JSON Schema, which answers in microseconds; what is wrong, the models of the shape say.

The schemas in `shapes/` are generated from the models (`schema.shapes`), and a test holds that they accept nothing that the models refuse.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Literal

SHAPES = Path(__file__).parent / "shapes"


def is_sound(kind: Literal["document", "project"], value: Any) -> bool:
    """Whether a document (its layers merged), or a project.yaml, has its shape. False also where JSON has no word for something in it."""
    try:
        return bool(_validator(kind).is_valid(value))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False


@functools.cache
def _validator(kind: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(json.loads((SHAPES / f"{kind}.json").read_text(encoding="utf-8")))
