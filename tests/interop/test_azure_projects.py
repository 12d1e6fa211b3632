"""Microsoft's client of prompt agents, azure-ai-projects, against the embedded endpoint in Foundry's place (`serve --kind foundry`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interop.servers import PINS, python_of
from tests.servers import serving


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the program found."""
    database: Path = tmp_path_factory.mktemp("projects") / "foundry.db"
    with serving(database, "--kind", "foundry") as url:
        words: list[str | Path] = [python_of("azure_projects"), PINS / "projects_client.py", url]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_a_version_comes_back_as_the_client_knows_it(done: dict[str, Any]) -> None:
    first = done["first"]
    assert (first["id"], first["name"], first["version"], first["metadata"]) == ("bot:1", "bot", "1", {"a": "b"})
    assert [one["type"] for one in first["definition"]["tools"]] == ["function", "file_search", "code_interpreter"]
    assert done["version"] is True


def test_each_create_is_one_version_more_and_the_latest_is_the_agents(done: dict[str, Any]) -> None:
    assert (done["second"], done["versions"]) == ("2", ["1", "2"])
    assert done["read"]["versions"]["latest"]["definition"]["instructions"] == "two"


def test_agents_are_listed_over_pages(done: dict[str, Any]) -> None:
    names = ["bot", *(f"other-{number}" for number in range(4))]
    assert (done["names"], done["newest first"]) == (names, names[::-1])


def test_versions_and_agents_are_deleted(done: dict[str, Any]) -> None:
    assert (done["left"], done["none"], done["gone"]) == (["1"], [], 404)
