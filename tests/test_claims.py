"""Beside every claim of README and docs stands its proof: the test, or the command, that fails once the claim is no longer true.

A proof stands below what it holds, in a comment that readers of the page do not see, or in a table's last column ("held by" and the like),
as a link to the test or a command of pytest:

    <!-- held by
    tests/test_cli.py::test_create_then_nothing_then_an_edit, make stranger
    "some words of the text above": tests/test_init.py::test_twice_changes_nothing,
      tests/test_init.py::test_a_folder_without_git -->

A comment is about everything above it, up to its title or the comment before; a line that begins with words of that text is about their
sentence, item or row. What is said of others' products without a test has a document, `read` on a day, or `of` the day that it bears
itself or on which it was run: a page does not call a copy that is older today's. `advice` is what claims nothing. A page that is made or
run as a whole says so once, below its title: `<!-- all held by ... -->`.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.conftest import REPOSITORY
from tests.tables import cases

PAGES = [REPOSITORY / "README.md", REPOSITORY / "README.ko.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
TITLE = re.compile(r"(?m)^#+ .*$")
COMMENT = re.compile(r"(?s)<!-- held by\n(.*?)-->")
ALL = re.compile(r"(?s)<!-- all held by (.*?) -->")
HIDDEN = re.compile(r"(?s)<!--.*?-->")
TABLE = re.compile(r"(?m)(?:^\|.*\|$\n?)+")
CODE = re.compile(r"(?ms)^ *```.*?^ *```$")
PROOFS = re.compile(r"\|.*\| (held|tried) by \|\n|\|.*\| repeat it \|\n")
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/test_\w+\.py)\)|`(pytest tests/[^`]+)`")
WORDS = re.compile(r'"(.+)": (.*)')
NEXT = re.compile(r",\s+(?=tests/|make |findings/|python |document |advice)")
MOST_WORDS = (
    70  # of prose, for each line of a comment: who reads a page looks for one sentence's proof, not for a page's
)


@dataclass(frozen=True, slots=True)
class Held:
    """A piece of a page, and the lines of proofs beside it."""

    text: str
    lines: tuple[str, ...]
    is_row: bool = False

    def faults(self) -> Iterator[str]:
        told = " ".join(self.text.split())
        for line in self.lines:
            words, proofs = _apart(line)
            if " ".join(words.split()) not in told:
                yield f"what is held does not stand above its proof: {words}"
            yield from (f"not there: {one}" for one in proofs if not is_there(one))
        if not self.is_row and len(re.findall(r"(?m)(?<!\S)\S*\w", CODE.sub("", self.text))) > MOST_WORDS * len(
            self.lines
        ):
            yield f"too much for {len(self.lines)} line(s) of proofs; say which words each one holds: {told[:60]}"


def _apart(line: str) -> tuple[str, list[str]]:
    named = WORDS.fullmatch(line)
    words, proofs = named.groups() if named else ("", line)
    return words, NEXT.split(proofs)


@cache
def named_in(path: Path) -> frozenset[str]:
    """The names of a file's tests, as pytest writes them behind the file's: `test_x`, `TestThis::test_x`."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    inside = [(f"{one.name}::", each) for one in body if isinstance(one, ast.ClassDef) for each in one.body]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        f"{at}{one.name}" for at, one in [*(("", one) for one in body), *inside] if isinstance(one, functions)
    )


def is_there(proof: str) -> bool:
    """Whether a proof can be looked at: the test, the command or the finding exists, the document has a name and a day."""
    found = proof == "advice"
    match shlex.split(proof):
        case ["make", target]:
            found = bool(re.search(rf"(?m)^{target}:", (REPOSITORY / "Makefile").read_text(encoding="utf-8")))
        case ["python", "-m", module, *_]:
            found = (REPOSITORY / f"{module.replace('.', '/')}.py").exists()
        case ["pytest", *words]:
            found = _chooses(words)
        case ["document", *_]:
            found = bool(re.fullmatch(r'document "[^"]{8,}" (of|read) \d{4}-\d{2}-\d{2}', proof))
        case [one] if one.startswith("findings/"):
            found = (REPOSITORY / one).is_file()
        case [one] if one.startswith("tests/"):
            file, _, test = one.partition("::")
            found = test.rpartition("::")[2].startswith("test_") and test in named_in(REPOSITORY / file)
    return found


def _chooses(words: list[str]) -> bool:
    """Whether the files that pytest is given are there, and hold the words of its `-k`."""
    files = [REPOSITORY / one for one in words if one.startswith("tests/")]
    chosen = " or ".join(one for one in words if not one.startswith(("tests/", "-"))).split(" or ")
    texts = [one.read_text(encoding="utf-8") if one.is_file() else str(one) for one in files if one.exists()]
    return len(texts) == len(files) and (chosen == [""] or all(one in "".join(texts) for one in chosen))


def pieces(page: str) -> Iterator[Held]:
    """The text of a page below its titles, in order, each with its proofs; a piece that has none stands without."""
    for section in TITLE.split(CODE.sub(lambda code: code[0].replace("\n#", "\n #"), page)):
        rows, rest = _rows_out_of(section)
        yield from rows
        *commented, last = COMMENT.split(rest)
        for text, proofs in zip(commented[::2], commented[1::2], strict=True):
            yield Held(text, tuple(filter(None, map(str.strip, re.sub(r",\n *", ", ", proofs).splitlines()))))
        if last.strip():
            yield Held(last, ())


def _rows_out_of(section: str) -> tuple[list[Held], str]:
    """The rows of tables that have a column for their proofs, and the section without those tables."""
    tables = [one for one in TABLE.findall(section) if PROOFS.match(one)]
    for one in tables:
        section = section.replace(one, "")
    rows = [row for one in tables for row in one.splitlines()[2:]]
    return [Held(row, tuple(_linked(row)), is_row=True) for row in rows], section


def _linked(row: str) -> Iterator[str]:
    for test, file, command in LINK.findall(row):
        yield command or f"{file}::{test}"


def faults(page: str) -> list[str]:
    """What is wrong with the proofs of a page."""
    if whole := ALL.search(page):
        return [f"not there: {one}" for one in NEXT.split(whole[1]) if not is_there(one)]
    held = list(pieces(page))
    bare = [f"nothing holds this: {' '.join(one.text.split())[:80]}" for one in held if not one.lines]
    return bare + [fault for one in held if one.lines for fault in one.faults()]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_claim_has_its_proof_beside_it(page: Path) -> None:
    assert faults(page.read_text(encoding="utf-8")) == []


def rendered(page: str) -> str:
    """As a reader sees it, white space aside."""
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
    return re.sub(r"\s+", "", HIDDEN.sub("", shown))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_reader_sees_the_proofs(page: Path) -> None:
    """Nor do they take anything away: in a list, a comment that is not indented as its item ends the list inside of itself."""
    text = page.read_text(encoding="utf-8")
    assert rendered(text) == rendered(re.sub(r"(?s) *<!-- (?:all )?held by.*?-->\n", "", text))


@cases(
    "page found",
    {
        "text without a proof": ("# A\n\nIt flies.\n", ["nothing holds this: It flies."]),
        "text behind the last proof": (
            "# A\n\nIt flies.\n<!-- held by\nmake test -->\nIt swims.\n",
            ["nothing holds this: It swims."],
        ),
        "an empty list": ("It flies.\n<!-- held by\n-->\n", ["nothing holds this: It flies."]),
        "words that do not stand there": (
            'It flies.\n<!-- held by\n"It swims": make test -->\n',
            ["what is held does not stand above its proof: It swims"],
        ),
        "no such test": (
            "It flies.\n<!-- held by\ntests/test_claims.py::test_it_flies -->\n",
            ["not there: tests/test_claims.py::test_it_flies"],
        ),
        "a function that is no test": (
            "It flies.\n<!-- held by\ntests/test_claims.py::pieces -->\n",
            ["not there: tests/test_claims.py::pieces"],
        ),
        "no such command": ("It flies.\n<!-- held by\nmake flights -->\n", ["not there: make flights"]),
        "a document without a day": (
            'It flies.\n<!-- held by\ndocument "How it flies" -->\n',
            ['not there: document "How it flies"'],
        ),
        "a document that was read, and one that bears its day": (
            'It flies.\n<!-- held by\ndocument "How it flies" read 2026-11-28, document "How it flew" of 2023-08-01 -->\n',
            [],
        ),
        "a row without a test": (
            "| it | held by |\n| --- | --- |\n| flies | us |\n",
            ["nothing holds this: | flies | us |"],
        ),
        "a row whose test is gone": (
            "| it | held by |\n| --- | --- |\n| flies | [test_it](../tests/test_claims.py) |\n",
            ["not there: tests/test_claims.py::test_it"],
        ),
        "a title in code is none": ("It flies.\n```sh\n# so\nfly\n```\n<!-- held by\nmake test -->\n", []),
        "a page that is held as a whole": ("# A\n<!-- all held by make reference, make test -->\nIt flies.\n", []),
        "a page that nothing holds as a whole": ("# A\n<!-- all held by make it -->\n", ["not there: make it"]),
    },
)
def test_what_is_held_by_nothing_is_found(page: str, found: list[str]) -> None:
    assert faults(page) == found


def test_a_list_is_no_proof_of_a_whole_page() -> None:
    (fault,) = faults("word " * (MOST_WORDS + 1) + "\n<!-- held by\nmake test -->\n")
    assert fault.startswith("too much for 1 line(s) of proofs")
