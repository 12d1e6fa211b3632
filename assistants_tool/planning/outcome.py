"""What became of a change, as data: `applying` makes it, `view` and the reports read it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistants_tool.planning.plan import Change


class Status(enum.Enum):
    """What became of a change."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "not done"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change, done or not. `message` is an error or a remark.

    `not_kept` names the places that the endpoint did not keep, `still_there` those where it holds what is not wanted there.
    """

    change: Change
    status: Status
    id: str | None = None
    message: str = ""
    not_kept: str = ""
    still_there: str = ""
