"""Terraform for assistants: definitions in YAML, plan and apply on an OpenAI-compatible `/v1/assistants` endpoint.

`Project` is what a program begins with; `assistants_tool.api` describes it. The names are imported when they are asked for, so that
`assistants --help` does not pay for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistants_tool.api import (
        Action,
        Assistant,
        AsyncProject,
        Change,
        DefinitionError,
        EndpointError,
        Imported,
        Left,
        Listing,
        Outcome,
        Planned,
        Project,
        RefusedError,
        Restored,
        Status,
        ToolError,
        Wanted,
        Written,
        apply,
        load,
        plan,
    )

__version__ = "0.1.0"
__all__ = [
    "Action",
    "Assistant",
    "AsyncProject",
    "Change",
    "DefinitionError",
    "EndpointError",
    "Imported",
    "Left",
    "Listing",
    "Outcome",
    "Planned",
    "Project",
    "RefusedError",
    "Restored",
    "Status",
    "ToolError",
    "Wanted",
    "Written",
    "apply",
    "load",
    "plan",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assistants_tool import api  # noqa: PLC0415 - see above

    return getattr(api, name)
