"""What strangers read first: README's picture, its comparison, its first command, and its Korean side."""

from __future__ import annotations

import re
import shlex
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistants_tool import __version__
from docs import picture
from tests.conftest import REPOSITORY, Cli

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
KOREAN = (REPOSITORY / "README.ko.md").read_text(encoding="utf-8")


def tables(page: str) -> list[list[list[str]]]:
    """The cells of each row of each table, the line below its titles left out."""
    found = re.findall(r"(?m)(?:^\|.*\|$\n?)+", page)
    return [[_cells(row) for row in one.splitlines() if not set(row) <= set("|- ")] for one in found]


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


# --- the picture


@pytest.mark.skipif(not all(map(shutil.which, ("sh", "sed"))), reason="the picture shows sed at work")
def test_the_picture_is_what_a_run_shows_now() -> None:
    there = picture.PAGE.read_text(encoding="utf-8")
    assert there == picture.picture(), f"docs/picture.svg is not what a run shows; run `{picture.REFRESH}`"


def test_the_picture_needs_nothing_outside_of_itself() -> None:
    text = picture.PAGE.read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert "@font-face" not in text
    assert ET.fromstring(text).get("aria-label") == picture.ALT  # noqa: S314 - our own file
    assert f"![{picture.ALT}](docs/picture.svg)" in README


def test_every_colour_of_the_picture_reads_well_on_its_background() -> None:
    text = picture.PAGE.read_text(encoding="utf-8")
    (ground,) = re.findall(r'<rect fill="(#\w{6})" stroke=', text)
    colours = set(re.findall(r"\{ fill: (#\w{6})", text)) - {ground}
    assert len(colours) > 3
    assert {one for one in colours if contrast(one, ground) < 4.5} == set()


def contrast(one: str, other: str) -> float:
    """As WCAG 2 reckons it: from 1 to 21."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


# --- the first command


def test_what_the_first_command_prints_fits_a_screen(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "assistants", tmp_path / "assistants")
    (line,) = re.findall(r"\.venv/bin/(assistants apply .*)", README)
    ran = cli(*shlex.split(line)[1:])
    lines = ran.output.splitlines()
    assert (ran.exit_code, lines[-1]) == (0, "Applied: 10 created, 0 updated, 0 deleted.")
    assert len(lines) < 24


# --- the comparison


def test_the_comparison_says_something_of_all_four() -> None:
    (table,) = (one for one in tables(README) if one[0][1] == "speaks to")
    assert [len(row) for row in table] == [6] * 5
    assert all(map(all, table[1:]))
    assert all(re.search(r"\d+\.\d+\.\d+", row[0]) for row in table[1:])


def test_the_versions_of_the_comparison_are_those_that_are_tested() -> None:
    pinned = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    assert re.findall(r"\(openai (\S+), ", README) == re.findall(r"(?m)^openai==(\S+)$", pinned)
    assert re.findall(r"(?m)^\| `assistants` (\S+) \|", README) == [__version__]
    finding = (REPOSITORY / "findings" / "terraform-lost-create.sh").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\| Terraform (\S+) ", README) == re.findall(r"# Terraform (\S+),", finding)


# --- the Korean side


def code(text: str) -> Counter[str]:
    return Counter(re.findall(r"`([^`]+)`", text))


def blocks(page: str) -> list[str]:
    return re.findall(r"(?ms)^```.*?^```$", page)


def prose(page: str) -> str:
    """What is neither code nor in a comment."""
    return re.sub(r"(?ms)^```.*?^```$|<!--.*?-->", "", page)


def links(page: str) -> Sequence[str]:
    """Where they lead; titles are another in each language, and so is the page that is the other side."""
    targets = re.findall(r"\]\(([^)]+)\)", page)
    return sorted("#" if one.startswith("#") else one.replace("README.ko.md", "README.md") for one in targets)


def test_the_korean_side_shows_the_same_commands_and_files() -> None:
    assert blocks(KOREAN) == blocks(README)
    assert code(prose(KOREAN)) == code(prose(README))


def test_the_korean_tables_hold_the_same_code() -> None:
    ours, theirs = tables(README), tables(KOREAN)
    assert [len(one) for one in theirs] == [len(one) for one in ours]
    for mine, korean in zip(ours, theirs, strict=True):
        assert [code(" ".join(row)) for row in korean] == [code(" ".join(row)) for row in mine]


def test_the_korean_side_leads_to_the_same_places() -> None:
    assert links(KOREAN) == links(README)
    assert KOREAN.count("\n## ") == README.count("\n## ")
