"""The form of findings/: each script says what it has to and is in the table there, and what tests name is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FINDINGS = sorted((REPOSITORY / "findings").glob("*.sh"))
HEAD = re.compile(
    r"#!/usr/bin/env bash\n"
    r"# .*\d+\.\d+.*\n#\n"  # of which version, and what
    r"(?:#.*\n)+?# What to do: .*\n"
    r"(?:#.*\n)*?# Seen \d{4}-\d{2}-\d{2}, .*\.\n"
    r"set -euo pipefail\n"
)
INSTALLED = re.compile(r"(?m)^.*(?:pip\" install|pip install|npm install)(.*)$")


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_a_finding_says_what_it_has_to(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert HEAD.match(text), (
        "its head is the title with a version, what happens, what to do, the day, and bash's strict mode"
    )
    assert os.access(path, os.X_OK)
    assert "assistants_tool" not in text, "it runs without this project"
    assert "http://" not in re.sub(r"http://127\.0\.0\.1\b", "", text), "nothing but loopback is spoken to"
    assert re.search(r"(?s)mktemp -d.*\ntrap '.*rm -rf \"\$folder\"' EXIT\n", text), "it leaves nothing behind"


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_what_a_finding_installs_is_pinned(path: Path) -> None:
    lines = INSTALLED.findall(path.read_text(encoding="utf-8"))
    assert lines
    for words in lines:
        packages = [one for one in words.split() if not one.startswith("-") and one != '"$pins"']
        assert packages or '-r "$pins"' in words
        assert all(re.search(r"(==|.@)\d", one) for one in packages), packages


def test_the_table_has_each_and_no_other() -> None:
    page = (REPOSITORY / "findings/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| \[([\w-]+)\]\(\1\.sh\) \| ", page)
    assert sorted(rows) == [path.stem for path in FINDINGS]


def test_what_tests_name_is_there() -> None:
    named = {
        one
        for path in (REPOSITORY / "tests").rglob("*.py")
        for one in re.findall(r"see findings/([\w-]+\.sh)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= {path.name for path in FINDINGS}
