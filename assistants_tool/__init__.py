"""Terraform for assistants: definitions in YAML, plan and apply on an OpenAI-compatible `/v1/assistants` endpoint.

`Project` is what a program begins with; docs/python.md describes it. The names are imported when they are asked for, so that
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
        Client,
        Definition,
        DefinitionError,
        Difference,
        EndpointError,
        Fate,
        Imported,
        Left,
        Listing,
        Mark,
        Members,
        Migrated,
        Moved,
        Outcome,
        Planned,
        Problem,
        Project,
        RefusedError,
        Restored,
        SavedPlan,
        Scope,
        Status,
        Target,
        ToolError,
        UnreachedError,
        UsageError,
        Wanted,
        Written,
        apply,
        load,
        plan,
        validate,
    )

__version__ = "0.1.0"
__all__ = [
    "Action",
    "Assistant",
    "AsyncProject",
    "Change",
    "Client",
    "Definition",
    "DefinitionError",
    "Difference",
    "EndpointError",
    "Fate",
    "Imported",
    "Left",
    "Listing",
    "Mark",
    "Members",
    "Migrated",
    "Moved",
    "Outcome",
    "Planned",
    "Problem",
    "Project",
    "RefusedError",
    "Restored",
    "SavedPlan",
    "Scope",
    "Status",
    "Target",
    "ToolError",
    "UnreachedError",
    "UsageError",
    "Wanted",
    "Written",
    "apply",
    "load",
    "plan",
    "validate",
]

# A checker of types reads the imports above. With a `__getattr__` it would take every name for one of ours, misspelt ones included.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from assistants_tool import api  # noqa: PLC0415 - see above

        return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
