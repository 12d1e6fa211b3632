"""Prism between the tool and the embedded endpoint in Foundry's place: requests and answers against a description of classic agents.

The description is `foundry-classic-openapi.json` of the folder that the environment names: Microsoft's own, re-typed with closed bodies.
Prism refuses what breaks it with a 422, and says 500 instead of a bad answer.
"""

from __future__ import annotations

import collections
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli, Write
from tests.interop.servers import Server, prism
from tests.servers import serving
from tests.test_embedded_foundry import RESOURCES, TOOLS

if "ASSISTANTS_TEST_DATA" not in os.environ:
    pytest.skip("ASSISTANTS_TEST_DATA names no folder with the description", allow_module_level=True)
DESCRIPTION = Path(os.environ["ASSISTANTS_TEST_DATA"]) / "foundry-classic-openapi.json"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("prism")
    with serving(folder / "foundry.db", "--kind", "foundry") as upstream, prism(folder, DESCRIPTION, upstream) as proxy:
        yield proxy


def _stated() -> list[dict[str, Any]]:
    """Those that a definition can state."""
    return list(RESOURCES.values())


def definitions(turn: int) -> str:
    """One for each tool and each resource; in the second turn with other texts, in the third bare."""
    texts: list[dict[str, Any]] = [
        {"name": "One", "description": "It."},
        {"name": "둘", "temperature": 0.2, "metadata": {"a": "b"}},
        {},
    ]
    stated: dict[str, dict[str, Any]] = {
        **{f"tool-{number}": {"tools": [one]} for number, (one, _) in enumerate(TOOLS.values())},
        **{f"resource-{number}": {"tool_resources": one} for number, one in enumerate(_stated())},
    }
    return "\n---\n".join(
        json.dumps({"key": key, "model": "team-chat", **texts[turn], **(one if turn < 2 else {})})
        for key, one in stated.items()
    )


def test_every_request_and_every_answer_is_as_described(
    cli: Cli, write: Write, proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "any")
    endpoint = f"{{base_url: '{proxy.url}', kind: foundry, api_key: {{env: KEY}}}}"
    write(
        {
            "assistants/project.yaml": f"project: acme\ndefault_environment: p\nenvironments: {{p: {{endpoint: {endpoint}}}}}\n"
        }
    )
    seen: collections.Counter[str] = collections.Counter()
    for turn in (0, 1, 2):
        write({"assistants/all.yaml": definitions(turn)})
        for words in (("apply", "--yes"), ("plan", "--exit-code")):
            ran = cli("-v", *words)
            found = re.findall(r"^([A-Z]+) /assistants\S* -> (\d+)", ran.stderr, re.MULTILINE)
            seen.update(f"{method} {status}" for method, status in found)
            assert ran.exit_code == 0, ran.output
    assert cli("delete", "--all", "--max-delete", "100%", "--yes").exit_code == 0
    assert set(seen) == {"GET 200", "POST 200"}
