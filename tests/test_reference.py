"""The reference is what the code says now, and every command that a page shows can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import click
import pytest

from assistants_tool.cli import main
from assistants_tool.cli.application import Command
from docs import dialects, reference
from tests.conftest import REPOSITORY, Cli, Write
from tests.tables import cases

PAGES = [REPOSITORY / "README.md", REPOSITORY / "README.ko.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
SOURCES = [path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "assistants_tool").rglob("*.py"))]
COMMANDS = {name: cast("Command", one) for name, one in main.commands.items()}


def test_the_reference_is_current() -> None:
    there = reference.PAGE.read_text(encoding="utf-8")
    assert there == reference.page(), f"docs/reference.md is not what the code says; run `{reference.REFRESH}`"


def test_the_page_of_apis_is_current() -> None:
    there = dialects.PAGE.read_text(encoding="utf-8")
    assert there == dialects.page(reference.REFRESH), (
        f"docs/dialects.md is not what the code says; run `{reference.REFRESH}`"
    )


def test_it_names_every_variable_that_is_read() -> None:
    read = {name for text in SOURCES for name in re.findall(r'environ(?:\.get\(|\[)"(\w+)"', text)}
    assert len(read) > 5
    assert read <= reference.VARIABLES.keys()


def test_cells_keep_to_their_column() -> None:
    table = reference.table(("a", "b"), [("`N|N%`", "two\n  lines")])
    assert table == "| a | b |\n| --- | --- |\n| `N\\|N%` | two lines |"
    rows = [line for line in reference.page().splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3, 4, 5}


# --- what is shown can be typed


def shown(page: Path) -> Iterator[str]:
    """The commands in a page's shell blocks and workflows."""
    blocks = re.findall(r"(?ms)^ *```(?:sh|console|yaml)\n(.*?)^ *```", page.read_text(encoding="utf-8"))
    for line in "\n".join(blocks).replace("\\\n", "").splitlines():
        if found := re.match(r"[ $-]*(?:run: )?(?:\S*/)?(assistants [a-z][^|&;>)#]*)", line):
            yield found[1]


def parsed(line: str) -> click.Context:
    """A command line taken apart by its options, but not run."""
    outer = click.Context(main)
    name, command, rest = main.resolve_command(outer, shlex.split(line)[1:])
    assert command is not None
    return command.make_context(name, rest, parent=outer)


@cases("name", {name: name for name in COMMANDS})
def test_examples_of_the_help_can_be_typed(name: str) -> None:
    examples = COMMANDS[name].examples
    assert len(examples) >= 2
    assert {parsed(line).info_name for line in examples} == {name}


@cases("page", {page.name: page for page in PAGES})
def test_commands_of_a_page_can_be_typed(page: Path) -> None:
    lines = list(shown(page))
    assert lines or page.name in ("install.md", "interop.md", "performance.md", "python.md", "security.md", "trust.md")
    for line in lines:
        parsed(line)


def test_what_cannot_be_typed_is_found() -> None:
    for line in ("assistants plan --prun", "assistants plan --max-delete few", "assistants nix", "assistants show"):
        with pytest.raises(click.UsageError):
            parsed(line)


@cases("name", {name: name for name in COMMANDS})
def test_a_default_in_the_help_is_the_real_one(name: str) -> None:
    for option in (one for one in COMMANDS[name].params if isinstance(one, click.Option)):
        said = re.search(r"  \[default: (.*)\]$", option.help or "")
        real = option.get_default(click.Context(COMMANDS[name]))
        if isinstance(real, (str, int, float)) and not isinstance(real, bool):
            assert said, option.name
            assert said[1] == (f"{real:g}" if isinstance(real, float) else str(real))


def test_the_definition_of_the_readme_can_be_pasted(cli: Cli, write: Write) -> None:
    definition, project, _ = re.findall(r"(?s)```yaml\n(.*?)```", PAGES[0].read_text(encoding="utf-8"))
    kept = [line for line in definition.splitlines(keepends=True) if "(*)" not in line]
    assert 10 < len(kept) < len(definition.splitlines())
    write({"assistants/project.yaml": project, "assistants/pasted.yaml": "".join(kept)})
    assert cli("validate").stdout == "1 definition is valid.\n"


# --- links


@cases("page", {page.name: page for page in PAGES})
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        there = (page.parent / path) if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    """Of a page's titles, as GitHub makes them."""
    titles = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in titles}
