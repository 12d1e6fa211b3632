"""The tutorial, and the transcript of a migration, typed from the first line to the last: each output is as it stands there, ids, times and
ages aside.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY, Cli
from tests.foundry import KINDS
from tests.typed import plain, played, reader_in, steps_of

DOCS = REPOSITORY / "docs"
PAGES = {"tutorial.md": 12, "migration/transcript.md": 8}
needs_a_shell = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "git"))), reason="the reader has no bash, curl or git"
)


@needs_a_shell
@pytest.mark.parametrize(("page", "least"), PAGES.items(), ids=PAGES)
def test_every_command_does_what_the_page_says(
    page: str, least: int, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLONE", str(REPOSITORY))
    reader, compared = reader_in(tmp_path, cli, monkeypatch.setenv), 0
    for step, output in played(steps_of(DOCS / page), reader):
        if step.output:
            assert plain(output) == plain(step.output), step.text
            compared += 1
    assert compared > least


def test_the_transcript_migrates_each_type_of_tool() -> None:
    found = yaml.safe_load_all((DOCS / "migration" / "foundry.yaml").read_text(encoding="utf-8"))
    stated = [
        {"key": kind.replace("_", "-"), "name": kind, "model": "chat", **one.fields} for kind, one in KINDS.items()
    ]
    assert [*found] == stated
