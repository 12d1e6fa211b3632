"""Where a plan goes, as a saved one keeps it: all that says whose assistants it would change, by which it is refused anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assistants_tool.models import DEFAULT_API, beside
from assistants_tool.objects.mark import owner_words

_WHOLE = ("endpoint", "project", "environment", "api")
_BY_NAME = {"query": "the query parameter {}", "headers": "the header {}"}


@dataclass(frozen=True, slots=True)
class Destination:
    """An endpoint, what of it belongs to whom, and the parameters and headers that choose a tenant there.

    `digests` are those of values that come from variables; a `?` stands before the name of a parameter. A plan of version 1 says none of
    the last four.
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
            yield from _apart(getattr(self, name), getattr(now, name) or {}, what.format)
        yield from _apart(self.digests, now.digests or {}, _from_a_variable, told=False)


def _from_a_variable(name: str) -> str:
    words = _BY_NAME["query" if name.startswith("?") else "headers"]
    return f"{words.format(name.removeprefix('?'))}, which comes from a variable,"


def _apart(
    then: Mapping[str, str] | None, now: Mapping[str, str], words: Callable[[str], str], *, told: bool = True
) -> Iterator[str]:
    for name in sorted({*(then or {}), *now}):
        subject = words(name)
        if then is None:
            yield f"{subject} may choose other assistants, and the plan is of an older version that does not name it; plan again"
        elif then.get(name) != now.get(name):
            values = f"is {now.get(name, '(none)')}, and the plan was made for {then.get(name, '(none)')}"
            yield f"{subject} {values if told else 'is another than the plan was made for'}"
