"""Where a plan goes, as a saved one keeps it: all that says whose assistants it would change, by which it is refused anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assistants_tool.models import DEFAULT_API, beside
from assistants_tool.objects.mark import owner_words

_WHOLE = ("endpoint", "project", "environment", "api")
_BY_NAME = {
    "query": "the query parameter {}",
    "headers": "the header {}",
    "digests": "the header {}, which comes from a variable,",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """An endpoint, what of it belongs to whom, and the parameters and headers that choose a tenant there.

    `digests` are those of values that come from variables. A plan of version 1 says none of the last four.
    """

    endpoint: str
    project: str
    environment: str
    api: str | None = None
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    digests: Mapping[str, str] | None = None

    def as_data(self) -> dict[str, Any]:
        return {name: one for name, one in asdict(self).items() if one is not None}

    def __str__(self) -> str:
        owner = owner_words(self.project, self.environment)
        return f"{self.endpoint or '(none)'}, {owner}{beside(self.api or DEFAULT_API)}"

    def elsewhere(self, now: Destination) -> Iterator[str]:
        """In words, where a plan that goes here would not go to `now`."""
        for name in _WHOLE:
            then, found = getattr(self, name), getattr(now, name)
            then = DEFAULT_API if name == "api" and then is None else then  # there was no other
            if then != found:
                yield f"the {name} is {found or '(none)'}, and the plan was made for {then or '(none)'}"
        for name, what in _BY_NAME.items():
            yield from _apart(getattr(self, name), getattr(now, name) or {}, what, told=name != "digests")


def _apart(then: Mapping[str, str] | None, now: Mapping[str, str], what: str, *, told: bool) -> Iterator[str]:
    for name in sorted({*(then or {}), *now}):
        subject = what.format(name)
        if then is None:
            yield f"{subject} may choose other assistants, and the plan is of an older version that does not name it; plan again"
        elif then.get(name) != now.get(name):
            values = f"is {now.get(name, '(none)')}, and the plan was made for {then.get(name, '(none)')}"
            yield f"{subject} {values if told else 'is another than the plan was made for'}"
