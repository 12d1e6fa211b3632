"""Microsoft's client of classic agents, azure-ai-agents, against the embedded endpoint in Foundry's place (`serve --kind foundry`)."""

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
    database: Path = tmp_path_factory.mktemp("agents") / "foundry.db"
    with serving(database, "--kind", "foundry") as url:
        assert url.endswith("/api/projects/local")
        words: list[str | Path] = [
            python_of("azure_agents"),
            PINS / "agents_client.py",
            url.replace("local", "any-project"),
        ]
        ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_agents_are_listed_over_pages(done: dict[str, Any]) -> None:
    names = [*(f"agent {number}" for number in range(6)), "rich"]
    # It asks until a page is empty, whatever `has_more` says.
    assert done["pages"] == [names[:3], names[3:6], names[6:], []]
    assert done["newest first"] == names[::-1]


def test_tools_and_resources_come_back_as_the_client_knows_them(done: dict[str, Any]) -> None:
    assert done["read"] is True
    assert done["tools"] == ["code_interpreter", "azure_ai_search", "function", "bing_grounding", "openapi"]
    assert [one["name"] for one in done["functions"]] == ["GetA"]
    (index,) = done["resources"]["azure_ai_search"]["indexes"]
    assert (index["index_name"], index["filter"]) == ("i", "")


def test_an_update_merges_and_a_delete_deletes(done: dict[str, Any]) -> None:
    assert done["updated"] == {**done["kept"], "name": "renamed", "temperature": 0.5}
    assert (done["left"], done["gone"]) == ([], 404)
