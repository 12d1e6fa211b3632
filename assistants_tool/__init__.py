"""Terraform for assistants: definitions in YAML, plan and apply on an OpenAI-compatible `/v1/assistants` endpoint.

`load`, `plan` and `apply` are the whole way for a program; `assistants_tool.api` has their description. They are imported when they
are asked for, so that `assistants --help` does not pay for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistants_tool.api import Planned, Wanted, apply, load, plan
    from assistants_tool.errors import DefinitionError, EndpointError, RefusedError, ToolError

__version__ = "0.1.0"
__all__ = [
    "DefinitionError",
    "EndpointError",
    "Planned",
    "RefusedError",
    "ToolError",
    "Wanted",
    "apply",
    "load",
    "plan",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assistants_tool import api  # noqa: PLC0415 - see above

    return getattr(api, name)
