"""Which libraries each command imports: start-up is most of what a command takes, and imports are most of start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from assistants_tool.objects.definition import Definition
from tests.hostile import hostile
from tests.tables import cases
from tests.trials import definitions, put, write_folder

# The process says at its end what it has imported; completion ends with sys.exit.
RUN = """
import atexit, sys
atexit.register(lambda: print("imported:", *sys.modules, file=sys.stderr))
from assistants_tool.cli import main
main()
"""
# The same, and when the listing is about to be asked for.
ASKING = f"""
import sys
import assistants_tool.line.steps as steps
begun = steps.begun
def telling(*given, **named):
    print("imported:", *sys.modules, file=sys.stderr)
    return begun(*given, **named)
steps.begun = telling
{RUN}
"""
LATER = {
    "assistants_tool.applying.run",
    "assistants_tool.definitions.loading",
    "assistants_tool.planning.making",
    "assistants_tool.planning.savedplan",
    "assistants_tool.planning.view",
    "assistants_tool.report.markdown",
    "assistants_tool.report.text",
}
HEAVY = {
    "asyncio",
    "genai_prices",
    "httpx2",
    "jinja2",
    "jsonschema_rs",
    "openai",
    "pydantic",
    "rapidfuzz",
    "ruamel",
    "starlette",
    "tabulate",
    "tenacity",
    "uvicorn",
    "watchfiles",
    "wcwidth",
    "yaml",
}
FILES = {"jsonschema_rs", "yaml"}
NETWORK = {"asyncio", "httpx2", "tenacity"}
COMPLETION = {"_ASSISTANTS_COMPLETE": "bash_complete", "COMP_WORDS": "assistants pl", "COMP_CWORD": "1"}

# words, variables -> what of the above they may import
CASES: dict[str, tuple[list[str], Mapping[str, str], set[str]]] = {
    "help": (["--help"], {}, set()),
    "version": (["--version"], {}, set()),
    "completion": ([], COMPLETION, set()),
    "validate": (["validate"], {}, FILES),
    "apply": (["apply", "--yes"], {}, FILES | NETWORK),
    "plan": (["plan"], {}, FILES | NETWORK),
    "fmt": (["fmt"], {}, FILES | {"ruamel"}),
    "a page": (["plan", "-o", "html"], {}, FILES | NETWORK | {"jinja2"}),
    "list": (["list"], {}, FILES | NETWORK | {"tabulate", "wcwidth"}),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with hostile() as endpoint:
        yield endpoint.url


@pytest.mark.parametrize("case", CASES)
def test_a_command_imports_what_it_needs(case: str, url: str, tmp_path: Path) -> None:
    words, variables, may = CASES[case]
    write_folder(tmp_path / "assistants", definitions(1))
    assert imported(words, url, variables) == may


@pytest.mark.parametrize("words", [["plan"], ["apply", "--yes"]], ids=" ".join)
def test_an_endpoint_is_asked_before_what_comes_after_it_is_imported(
    words: list[str], url: str, tmp_path: Path
) -> None:
    """What reads files, plans, writes and reports is imported while the answer is on its way."""
    write_folder(tmp_path / "assistants", definitions(1))
    asked, _, ended = told(ASKING, words, url).partition("\n")
    assert LATER & set(asked.split()) == set()
    assert {"assistants_tool.planning.making", "assistants_tool.report.text"} <= set(ended.split())


def imported(words: list[str], url: str, variables: Mapping[str, str] | None = None) -> set[str]:
    said = told(RUN, words, url, variables)
    assert "assistants_tool.cli" in said
    return HEAVY & set(said.split())


def told(program: str, words: list[str], url: str, variables: Mapping[str, str] | None = None) -> str:
    """What a program says of what it has imported."""
    environ = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-x", **(variables or {})}
    run = subprocess.run(
        [sys.executable, "-c", program, *words], env=environ, capture_output=True, text=True, check=True
    )
    return run.stderr.partition("imported: ")[2]


def test_watching_imports_what_hears_of_saves(url: str, tmp_path: Path) -> None:
    """It goes on until somebody ends it, so it is told of a folder that it cannot watch."""
    write_folder(tmp_path / "assistants", definitions(1))
    assert "watchfiles" not in imported(["watch", "--help"], url)
    run = subprocess.run(
        [sys.executable, "-c", RUN, "watch", "nix", "--embedded"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert run.returncode == 1
    assert "watchfiles" in run.stderr.partition("imported: ")[2].split()


@cases(
    "before may",
    {
        "nothing to do": ("Be kind.\nBe brief.\n", set()),
        "another line": ("Be kind.\nBe honest.\n", set()),
        "other lines in another order": ("Be brief.\nBe kind.\n", {"rapidfuzz"}),
        "other words": ("You are brief and kind.\n", {"rapidfuzz"}),
    },
)
def test_what_compares_texts_is_imported_where_they_changed(before: str, may: set[str], tmp_path: Path) -> None:
    wanted = Definition("k", {"model": "gpt-4o", "instructions": "Be kind.\nBe brief.\n"})
    with hostile() as endpoint:
        put(endpoint, [Definition("k", {**wanted.fields, "instructions": before})])
        write_folder(tmp_path / "assistants", [wanted])
        assert imported(["plan"], endpoint.url) == FILES | NETWORK | may
