"""What must not be told, keys and values of variables alike, in whichever spelling a server repeats it."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 4  # characters; what is shorter hides nothing, and stands in any text
PIECE = 8  # characters of a word that tell too much of it
_CUT = "..."
_HEX = re.compile(r"%[0-9A-F]{2}")


def spellings(text: str) -> set[str]:
    """Every way in which a server may spell a text: as it is, in an address, in HTML, in JSON, in JSON inside JSON, as Python does, and
    each with its white space folded. Without what is too short to hide anything.
    """
    found = {text, repr(text)[1:-1]}.union(_in_json(text), _in_html(text), _in_addresses(text))
    return {one for said in found for one in (said, " ".join(said.split())) if len(text) >= SHORTEST <= len(one)}


def _in_json(text: str) -> Iterator[str]:
    for to_json in (json.JSONEncoder().encode, json.JSONEncoder(ensure_ascii=False).encode):
        once = to_json(text)[1:-1]
        for one in (once, to_json(once)[1:-1]):
            yield from (one, one.replace("/", "\\/"))
        yield to_json(once.replace("/", "\\/"))[1:-1]


def _in_html(text: str) -> Iterator[str]:
    plain = html.escape(text, quote=False)
    yield plain
    for double in ("&quot;", "&#34;"):
        yield from (plain.replace('"', double).replace("'", single) for single in ("&#x27;", "&#39;", "&apos;"))


def _in_addresses(text: str) -> Iterator[str]:
    for way, safe in ((quote, ""), (quote, "/"), (quote, "!'()*~"), (quote_plus, "")):
        one = way(text, safe, errors="replace")  # half a character would be no address
        yield from (one, _HEX.sub(lambda code: code[0].lower(), one))


@dataclass(frozen=True, slots=True)
class Redaction:
    """Puts a stand-in in the place of each text that must not be told. `texts` are these by themselves, `words` all their spellings, the
    longer first; both by what stands for them.
    """

    texts: Mapping[str, str]
    words: Mapping[str, str]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Redaction:
        words = {word: shown for text, shown in texts.items() for word in spellings(text)}
        return cls(texts, _longest_first(words))

    def __or__(self, other: Redaction) -> Redaction:
        return Redaction({**self.texts, **other.texts}, _longest_first({**self.words, **other.words}))

    def text(self, said: str) -> str:
        for word, shown in self.words.items():
            said = said.replace(word, shown)
        return said

    def message(self, said: str) -> str:
        """What a server says. Where it cuts what it repeats (`sk-abc...`), a short beginning stands for the whole; and a longer piece is
        hidden wherever it was cut out, because whoever has half of a key needs to guess the rest only.
        """
        said = self.text(said)
        if _CUT in said:
            for word, shown in self.words.items():
                said = _without_beginnings(said, word, shown)
        return _without_pieces(said, self.texts)

    def value(self, text: str) -> str:
        """A value of the endpoint's, which may be one of them as a whole, however short."""
        return self.texts.get(text) or self.text(text)

    def data(self, value: Any) -> Any:
        """A JSON value, with every text in it, names included, as `text` makes it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.data(one) for one in value]
        return {self.text(name): self.data(one) for name, one in value.items()} if isinstance(value, dict) else value


def _without_beginnings(said: str, word: str, shown: str) -> str:
    start = said.find(word[:SHORTEST])
    while start >= 0:
        end = said.find(_CUT, start + SHORTEST, start + len(word) + len(_CUT))
        if end > 0 and word.startswith(said[start:end]):
            said = f"{said[:start]}{shown}{said[end:]}"
        start = said.find(word[:SHORTEST], start + 1)
    return said


def _without_pieces(said: str, words: Mapping[str, str]) -> str:
    """Without what a word has in common with it, from PIECE characters on. Of a value that is prose, single words of it tell nothing."""
    grams = set(_grams(said))
    for word, shown in words.items():
        if common := {one for one in _grams(word) if one in grams}:
            prose = any(map(str.isspace, word))
            said = "".join(
                shown if hidden and not (prose and piece.strip().isalpha()) else piece
                for piece, hidden in _runs(said, common)
            )
            grams = set(_grams(said))
    return said


def _grams(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(len(text) - PIECE + 1))


def _runs(said: str, grams: set[str]) -> Iterator[tuple[str, bool]]:
    """The text in parts: those that the grams cover, and those between them."""
    covered = [False] * len(said)
    for start in range(len(said)):
        if said[start : start + PIECE] in grams:
            covered[start : start + PIECE] = [True] * PIECE
    for hidden, places in itertools.groupby(range(len(said)), covered.__getitem__):
        found = list(places)
        yield said[found[0] : found[-1] + 1], hidden


def _longest_first(words: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(words.items(), key=lambda one: -len(one[0])))


NOTHING = Redaction({}, {})


class Flowing:
    """Text that comes in pieces, over which a word may be split. As little is held back as may yet become one."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._longest = max(map(len, redaction.words), default=0)
        self._held = ""

    def add(self, piece: str) -> str:
        """What may be told by now."""
        said = self._held + piece
        end = self._told(said)
        self._held = said[end:]
        return self._redaction.text(said[:end])

    def end(self) -> str:
        said, self._held = self._held, ""
        return self._redaction.text(said)

    def _told(self, said: str) -> int:
        """How far no word goes on: neither one that the end may be the beginning of, nor one that goes over into it."""
        words = self._redaction.words
        near = range(max(0, len(said) - self._longest), len(said))
        end = next((start for start in near if any(word.startswith(said[start:]) for word in words)), len(said))
        while across := [start for word in words if (start := _across(said, word, end)) >= 0]:
            end = min(across)
        return end


def _across(said: str, word: str, end: int) -> int:
    """Where a word begins before `end` that ends behind it; -1 where none does."""
    return said.find(word, max(0, end - len(word) + 1), end + len(word) - 1)
