"""Which definition has which assistant already, so that a migration that is run again makes nothing twice. Pure.

Files name no ids of the endpoint that they come from. What says so for certain counts first: the mark, the origin that the mark on the new
endpoint names, an adoption, a key that was saved with the assistant. Then what a definition says, and last what it is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions.importing import adoptions

if TYPE_CHECKING:
    from assistants_tool.objects.assistant import Assistant

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """The key of the definition that has an assistant; else empty, and where several may be it `unclear` says so."""

    key: str = ""
    unclear: str = ""


@dataclass
class Matching:
    """`documents` are the definitions by their keys. `own_key` is that of one whose mark is ours, None for any other. `says` tells
    whether a definition of a key says just what an assistant is. `origins` are the keys of what is on the new endpoint, by the id that it
    was migrated from.
    """

    documents: Mapping[str, Document]
    own_key: Callable[[Assistant], str | None]
    says: Callable[[Assistant, str, Document], bool]
    origins: Mapping[str, str] = field(default_factory=dict)
    _found: dict[int, Match] = field(default_factory=dict, init=False)
    _claimed: set[str] = field(default_factory=set, init=False)

    def of(self, assistants: Sequence[Assistant], saved: Sequence[str]) -> tuple[Match, ...]:
        """One for each; `saved` are the keys that they were saved with, empty for none.

        What the new endpoint has from another is not meant by what it says, or by its name.
        """
        adopted = {one: key for key, document in self.documents.items() for one in adoptions(document)}
        certain: tuple[Callable[[int, Assistant], str | None], ...] = (
            lambda _, one: self.own_key(one),
            lambda _, one: self.origins.get(one.id),
            lambda _, one: adopted.get(one.id),
            lambda at, _: saved[at],
            lambda _, one: one.id,  # the key of what has no name
        )
        for key_of in certain:
            for at, one in self._open(assistants):
                self._claim(at, key_of(at, one))
        for at, one in self._open(assistants):
            alike = (key for key in self._free if self.documents[key].get("name") == one.name)
            self._claim(at, next((key for key in alike if self.says(one, key, self.documents[key])), None))
        self._claim_by_name(assistants)
        return tuple(self._found.get(at, Match()) for at in range(len(assistants)))

    def _open(self, assistants: Sequence[Assistant]) -> Iterator[tuple[int, Assistant]]:
        return ((at, one) for at, one in enumerate(assistants) if at not in self._found)

    @property
    def _free(self) -> list[str]:
        from_another = self._claimed.union(self.origins.values())
        return [key for key in self.documents if key not in from_another]

    def _claim(self, at: int, key: str | None) -> None:
        if key and key in self.documents and key not in self._claimed:
            self._claimed.add(key)
            self._found[at] = Match(key)

    def _claim_by_name(self, assistants: Sequence[Assistant]) -> None:
        """Where one of each is left of a name. What is ours has its key, and is nobody else's."""
        open_ = [(one.name, at) for at, one in self._open(assistants) if self.own_key(one) is None]
        keys, places = _by_name((self.documents[key].get("name"), key) for key in self._free), _by_name(open_)
        for name, of_name in places.items():
            if len(keys[name]) == len(of_name) == 1:
                self._claim(of_name[0], keys[name][0])
            elif keys[name]:
                said = _UNCLEAR.format(name=name, keys=", ".join(keys[name]))
                self._found |= {at: Match(unclear=said) for at in of_name}


def _by_name(pairs: Iterable[tuple[Any, Any]]) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for name, one in pairs:
        if isinstance(name, str) and name:
            found[name].append(one)
    return found


_UNCLEAR = "it may be that of a definition called {name!r} ({keys}), and nothing says which; give those that are others' another name"
