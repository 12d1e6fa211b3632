"""A page read back by a parser of HTML: which elements it has, and its trees as lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "br"}


@dataclass
class Element:
    tag: str
    attributes: Mapping[str, str | None]
    inside: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "") -> list[Element]:
        """Those of this name inside, or all of them, in their order."""
        found = []
        for one in self.inside:
            if isinstance(one, Element):
                found += [one] if tag in ("", one.tag) else []
                found += one.all(tag)
        return found

    def is_a(self, name: str) -> bool:
        return name in (self.attributes.get("class") or "").split()

    def of(self, name: str) -> list[Element]:
        """Those of this class."""
        return [one for one in self.all() if one.is_a(name)]

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(page: str) -> Element:
    """The page's document. Every element that is opened is closed, in turn."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1
    return reader.open[0]


def tree(element: Element, depth: int = 0) -> list[str]:
    """A tree of paths as lines: `name: [-old-]{+new+}`, texts as lines that begin as in a diff, each two columns deeper."""
    said: list[str] = []
    for item in (one for one in element.inside if isinstance(one, Element) and one.tag == "li"):
        lists = [one for one in item.inside if isinstance(one, Element) and one.tag == "ul"]
        diffs = item.of("diff") if not lists else []
        if lists or diffs:
            said.append("  " * depth + item.all("code")[0].text)
        else:
            said.append("  " * depth + " ".join(_signed(item).split()))
        said += [line for one in lists for line in tree(one, depth + 1)]
        said += ["  " * (depth + 1) + line for one in diffs for line in _lines(one)]
    return said


def _lines(diff: Element) -> list[str]:
    said = []
    for one in diff.all("div"):
        sign = {"kept": " ", "old": "-", "new": "+"}.get(one.attributes.get("class") or "")
        if sign:
            said += [f"{sign}{_signed(line)}" for line in one.of("line")]
            said += [f"\\ {line.text}" for line in one.of("unended")]
        elif one.is_a("at"):
            said.append(f"@ {one.text}")
    return said


def _signed(element: Element) -> str:
    said = ""
    for one in element.inside:
        if isinstance(one, str):
            said += one
        elif not one.is_a("spoken") and "aria-hidden" not in one.attributes:
            start, end = {"del": ("[-", "-]"), "ins": ("{+", "+}")}.get(one.tag, ("", ""))
            said += f"{start}{_signed(one)}{end}"
    return said
