"""The rules of the house, held by reading the source."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assistants_tool import models
from assistants_tool.cli import main
from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "assistants_tool"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# The arrows of the house: which rooms a room may import. A room is a package, or a module at the top.
MAY_IMPORT: dict[str, str] = {
    "errors": "",
    "models": "",
    "redaction": "",
    "objects": "errors models",
    "definitions": "errors models objects",
    "project": "errors models objects definitions",
    "planning": "errors models redaction objects definitions",
    "applying": "errors objects definitions project planning",
    "asking": "errors models redaction objects definitions project planning",
    "embedded": "models",
    "endpoint": "errors models redaction objects project embedded",
    "report": "errors objects planning applying asking",
    "line": "errors models redaction objects definitions project planning applying asking endpoint report",
    "api": "errors objects definitions planning applying project line",
    "cli": "errors models redaction objects definitions project planning applying asking embedded line report",
    "__init__": "api",
    "__main__": "cli",
}
ONLY_THERE = {
    "azure": "endpoint",
    "httpx2": "endpoint",
    "click": "cli",
    "starlette": "embedded",
    "tenacity": "endpoint",
    "genai_prices": "asking",
    "rapidfuzz": "planning",
    "ruamel": "definitions",
    "watchfiles": "cli",
    "wcwidth": "report",
    "jinja2": "report",
    "markupsafe": "report",
}


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((one.name, node.lineno) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(["assistants_tool", module_of(path), *filter(None, [base])])
            if base == "assistants_tool":
                yield from ((f"{base}.{one.name}", node.lineno) for one in node.names if one.name != "__version__")
            else:
                yield base, node.lineno


def name_of(path: Path) -> str:
    """A module's dotted name below the package; a package's own is that of its folder."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def modules(path: Path) -> Iterator[str]:
    """Which modules of ours a module imports, itself left out."""
    known = {name_of(one) for one in SOURCES}
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("assistants_tool"):
            base = (node.module or "").removeprefix("assistants_tool").lstrip(".")
            for one in node.names:
                name = f"{base}.{one.name}".lstrip(".")
                if (found := name if name in known else base) and found != name_of(path):
                    yield found


def ours(path: Path) -> set[str]:
    return {name.split(".")[1] for name, _ in imports(path) if name.startswith("assistants_tool.")}


def test_imports_point_one_way() -> None:
    for path in SOURCES:
        room = module_of(path)
        found = ours(path) - {room}
        assert found <= set(MAY_IMPORT[room].split()), path


def test_the_rooms_stand_in_an_order() -> None:
    """No circle: there is an order in which each room imports only what comes before it."""
    order: list[str] = []
    left = {room: set(may.split()) for room, may in MAY_IMPORT.items()}
    while left:
        ready = sorted(room for room, may in left.items() if may <= set(order))
        assert ready, f"these rooms import each other: {sorted(left)}"
        order += ready
        for room in ready:
            del left[room]
    assert set(MAY_IMPORT) == {module_of(path) for path in SOURCES}


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Nor for its types. What is left, once all is taken away that stands on nothing that is left, is a circle, and what stands on it."""
    left = {name_of(path): set(modules(path)) for path in SOURCES}
    while ready := {name for name, imported in left.items() if not imported & left.keys()}:
        left = {name: imported for name, imported in left.items() if name not in ready}
    assert not left


def test_the_house_is_small() -> None:
    entries = [one for one in PACKAGE.iterdir() if not one.name.startswith("__pycache__")]
    assert len(entries) <= 18
    assert sum(one.is_dir() for one in entries) <= 11


def test_what_does_io_stays_at_the_edge() -> None:
    for path in SOURCES:
        module = module_of(path)
        for name, line in imports(path):
            home = ONLY_THERE.get(name.partition(".")[0])
            # The in-process endpoint is an app of starlette's, whose type the endpoint names.
            assert home in (None, module) or (name, module) == ("starlette.applications", "endpoint"), f"{path}:{line}"


def test_the_sdk_is_for_chat_and_for_clients_that_are_handed_over() -> None:
    """Importing it is most of what a command would cost: nothing else names it, not even for a type."""
    uses = {name_of(path): {name.partition(".")[0] for name, _ in imports(path)} for path in SOURCES}
    assert {name for name, used in uses.items() if "openai" in used} == {"endpoint.chat", "endpoint.sdk"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short_and_nothing_prints(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 50, f"{path}:{node.lineno} {node.name}"
            assert "dry_run" not in {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path}:{node.lineno}"


def test_no_module_is_a_drawer() -> None:
    assert not {"utils", "helpers", "common", "misc"} & {path.stem for path in SOURCES}


COMMANDS = sorted(main.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples_and_stands_in_the_readme(name: str) -> None:
    command = main.commands[name]
    assert command.help is not None
    assert command.help.count(f"assistants {name}") >= 2
    assert f"`assistants {name}" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help_and_a_variable(name: str) -> None:
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert str(parameter.envvar).startswith("ASSISTANTS_")


def test_every_exit_code_stands_in_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    for code in (0, 1, 2, 3, 4, 130):
        assert re.search(rf"^\| {code} \|", readme, re.MULTILINE), code


def asks_which_api(node: ast.AST) -> bool:
    """Whether it is a comparison of some `api` with the name of one."""
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    named = {"DEFAULT_API", *(f"'{one}'" for one in models.APIS)}
    about = any(isinstance(one, (ast.Attribute, ast.Name)) and ast.unparse(one).endswith("api") for one in sides)
    return about and any(ast.unparse(one) in named for one in sides)


OF_ONE_API = ("objects/dialects/", "endpoint/assistants.py", "endpoint/agents.py", "endpoint/prompts.py", "embedded/")


def test_nobody_but_a_dialect_asks_which_api_it_is() -> None:
    """What differs between them is in their tables and packages: a fourth would be one more of these."""
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in SOURCES
        if not str(path.relative_to(PACKAGE)).startswith(OF_ONE_API)
        for node in nodes(path)
        if isinstance(node, ast.Compare) and asks_which_api(node)
    ]
    assert found == []
    asking = ast.parse("if mark.api == 'assistants': pass").body[0]
    assert isinstance(asking, ast.If)
    assert asks_which_api(asking.test)


def test_constraints_hold_no_addresses() -> None:
    for line in (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"#.*|[A-Za-z0-9_.-]+==[^/]+", line), line
