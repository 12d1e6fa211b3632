"""Definition files in one style: the order of fields, text of several lines as a block, quotes only where they are needed. Pure.

Comments stay. A text whose meaning or comments would not be the same afterwards is left as it is.
"""

from __future__ import annotations

import collections
import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    PlainScalarString,
    SingleQuotedScalarString,
)

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.importing import FIELDS
from assistants_tool.objects.jsontext import as_text
from assistants_tool.objects.paths import inside
from assistants_tool.objects.unseen import escaped

if TYPE_CHECKING:
    from assistants_tool.definitions.sources import Source

ORDER = ("key", *FIELDS, "protect", "ignore", "adopt", "environments")
_STYLES: dict[str, Callable[[str], str]] = {
    "|": LiteralScalarString,
    "'": SingleQuotedScalarString,
    '"': DoubleQuotedScalarString,
}


def formatted(source: Source) -> str:
    """The text of a definition file in our style: of Markdown with front matter, that alone. JSON stays as it is, and so do faults."""
    if source.is_json or source.parsed.faults:
        return source.text
    before, rest = source.yaml
    try:
        after = _formatted(before)
    except (YAMLError, yaml.YAMLError):  # the writer reads less than we do, or writes what cannot be read
        return source.text
    return f"{after}{rest}" if _says_the_same(before, after) else source.text


def _formatted(text: str) -> str:
    documents = list(_writer().load_all(text))
    if not all(isinstance(one, dict) for one in documents):
        return text
    opening = "---\n" if text.startswith("---") else ""
    return opening + "---\n".join(_ordered(_indented(_document(one))) for one in documents)


def _writer() -> YAML:
    writer = YAML()
    writer.preserve_quotes = True
    writer.width = yamltext.WIDTH
    writer.allow_unicode = True
    writer.brace_single_entry_mapping_in_flow_sequence = True  # `[{env: X}]` without its braces reads like a mistake
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.representer.add_representer(type(None), _write_null)
    return writer


def _write_null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _document(value: Any) -> str:
    _style(value, flow=_has_brackets(value))
    stream = io.StringIO()
    _writer().dump(value, stream)
    return escaped(stream.getvalue().removeprefix("---\n"))


def _style(value: Any, *, flow: bool = False) -> None:
    """Give each text its style, in place. What is folded by its author, or has an anchor, stays.

    Within brackets (`flow`) fewer texts can do without quotes, and none is a block.
    """
    for step, one in inside(value):
        if not isinstance(one, str):
            _style(one, flow=flow or _has_brackets(one))
        elif not isinstance(one, FoldedScalarString) and not _anchor(one):
            style = _STYLES.get(yamltext.quote_of(str(one), flow=flow), PlainScalarString)
            if type(one) is not style:
                value[step] = _with_comment(style(one), one)


def _has_brackets(value: Any) -> bool:
    return isinstance(value, (CommentedMap, CommentedSeq)) and bool(value.fa.flow_style())


def _anchor(value: Any) -> Any:
    return getattr(getattr(value, "anchor", None), "value", None)


def _with_comment(new: Any, old: Any) -> Any:
    if hasattr(old, "comment"):
        new.comment = old.comment
    return new


def _indented(document: str) -> str:
    """A comment on a line of its own is not left of what it stands above."""
    lines = document.splitlines(keepends=True)
    inside = {line for start, end in _scalars(document) for line in _lines_of(document, start, end)}
    wanted = 0
    for index in reversed(range(len(lines))):
        bare = lines[index].lstrip(" ")
        column = len(lines[index]) - len(bare)
        if not bare.startswith("#") or index in inside:
            wanted = column if bare.strip() and index not in inside else wanted
        elif column < wanted:
            lines[index] = " " * wanted + bare
    return "".join(lines)


def _lines_of(text: str, start: int, end: int) -> range:
    """The numbers of the lines that a scalar goes on to, from 0."""
    first = text.count("\n", 0, start)
    return range(first + 1, first + 1 + text.count("\n", start, end - 1))


# --- the order of fields


def _ordered(document: str) -> str:
    """A document with its fields in our order. The comment above a field goes with it, one at the top of the document stays there."""
    starts = dict(_fields(document))
    if list(starts.values()) == sorted(starts.values(), key=_place):
        return document
    lines = f"{document.rstrip()}\n".splitlines(keepends=True)
    cuts = [_begin(lines, line) for line in starts]
    head = "".join(lines[: next(iter(starts))]).lstrip("\n")
    foot = _begin(lines, len(lines))
    parts = ["".join(lines[begin:end]) for begin, end in zip(cuts, [*cuts[1:], foot], strict=True)]
    parts[0] = parts[0].lstrip("\n").removeprefix(head)
    named = sorted(zip(starts.values(), parts, strict=True), key=lambda one: _place(one[0]))
    return "".join([head, *(part for _, part in named), *lines[foot:]]).lstrip("\n")


def _fields(document: str) -> Iterator[tuple[int, str]]:
    """The line on which each field of a block mapping begins, and its name."""
    root = yaml.compose(document, Loader=yaml.CSafeLoader)
    if isinstance(root, yaml.MappingNode) and not root.flow_style:
        yield from ((key.start_mark.line, key.value) for key, _ in root.value)


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _begin(lines: list[str], line: int) -> int:
    """Where the comment and the empty lines above a field begin."""
    while line and (lines[line - 1].startswith("#") or not lines[line - 1].strip()):
        line -= 1
    return line


# --- the proof


def _says_the_same(before: str, after: str) -> bool:
    old, new = yamltext.parse(before), yamltext.parse(after)
    return (
        not new.faults
        and [*map(as_text, old.values)] == [*map(as_text, new.values)]
        and (_comments(before) == _comments(after))
    )


def _comments(text: str) -> collections.Counter[str]:
    """Every comment, without the white space around it."""
    outside = list(text)
    for start, end in _scalars(text):
        outside[start:end] = "x" * (end - start)
    found = re.findall(r"(?m)(?:^|(?<=\s))#(.*)$", "".join(outside))
    return collections.Counter(one.strip() for one in found)


def _scalars(text: str) -> Iterator[tuple[int, int]]:
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            yield token.start_mark.index, token.end_mark.index
