"""What is needed of an endpoint, whatever the server behind it speaks: five verbs over objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import datetime

    from assistants_tool.objects.assistant import Assistant, Listing
    from assistants_tool.objects.members import Members
    from assistants_tool.objects.payload import Body


@dataclass(frozen=True, slots=True)
class Parallelism:
    """How many requests may be on their way at once: `first` of them to begin with, and at no time more than `most`.

    Where the two differ, the number finds its own height between one and `most`, by how quick the answers are.
    """

    first: int = 10
    most: int = 32

    @classmethod
    def fixed(cls, number: int) -> Parallelism:
        """A number that only a 429 lowers, for a time."""
        return cls(number, number)


AUTO = Parallelism()


class Endpoint(Protocol):
    """What the line needs. Every method raises EndpointError, whose fate says what became of the request."""

    async def listing(self) -> Listing: ...

    async def checked(self, listing: Listing) -> Listing:
        """The listing, joined with that of a walk in the other order, for who relies on an assistant not being there."""

    async def checked_listing(self, known: Sequence[str] = ()) -> Listing:
        """What `checked` makes of a new listing; sooner, where the ids of most are known, the oldest first."""

    async def get(self, assistant_id: str) -> Assistant | None:
        """The assistant, or None where there is none of that id."""

    async def create(self, body: Body) -> Assistant:
        """Sent at most once where it may have taken effect."""

    async def update(self, assistant_id: str, body: Body) -> Assistant: ...

    async def delete(self, assistant_id: str) -> None:
        """Returns where the assistant is gone, whoever removed it."""

    def room(self) -> int:
        """How many changes may be in work now, with none that waits for its turn; at least one. Each answer may change it."""


class Offer(NamedTuple):
    """What an endpoint says of a model that it serves: the day on which it shuts it down, and, of a deployment, which model it is of, and
    which version of that.
    """

    shutdown: datetime.date | None = None
    model: str | None = None
    version: str | None = None


Served = Mapping[str, Offer]  # by the name that a request gives


@runtime_checkable
class VersionedEndpoint(Protocol):
    """What one has besides whose objects have versions."""

    async def version(self, assistant_id: str, version: str) -> Assistant | None:
        """One version of an object; None where there is none of that number. Raises EndpointError."""

    async def versions(self, assistant_id: str) -> tuple[Assistant, ...]:
        """All versions of an object, the latest first. Raises EndpointError, also where there is no such object."""


class ServingEndpoint(Endpoint, Protocol):
    """What `models` and `doctor` need besides: which models the endpoint serves."""

    async def models(self) -> Served:
        """What the endpoint says it serves. Raises EndpointError."""


class OpenEndpoint(ServingEndpoint, Protocol):
    """An endpoint as it is opened."""

    @property
    def members(self) -> Members:
        """What the members of its objects are."""

    def stop_waiting(self) -> None:
        """From now on no request waits for the rate limit. One that the server does not take at once fails, and its change is not done."""
