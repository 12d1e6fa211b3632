"""These tests start servers of others, which are fetched from PyPI and npm once: so they run only where that is asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--interop"):
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="starts servers of others: --interop"))


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples, to be changed at will; it is where the commands look for files of their own accord."""
    return Path(shutil.copytree(REPOSITORY / "assistants", tmp_path / "assistants"))
