"""The rules of the house, held by reading the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assistants_tool.cli import main
from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "assistants_tool"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Which modules of ours a module may import; `endpoint` and `embedded` stand for all that is inside them.
MAY_IMPORT: dict[str, set[str]] = {
    "models": set(),
    "errors": set(),
    "yamltext": set(),
    "shape": set(),
    "structure": {"shape"},
    "sound": set(),
    "redaction": set(),
    "canonical": {"models"},
    "assistant": {"canonical"},
    "sources": {"errors", "shape", "yamltext"},
    "definition": {"canonical", "document", "models", "shape", "sound", "structure"},
    "document": {"definition", "models", "shape", "structure"},
    "settings": {"project", "shape", "structure"},
    "project": {"assistant", "errors", "settings", "shape", "sound", "sources", "structure"},
    "schema": {"definition", "document", "models", "settings", "shape", "structure"},
    "scaffold": {"errors", "loading", "project", "schema", "sources", "yamltext"},
    "loading": {"definition", "errors", "models", "project", "shape", "sources"},
    "backups": {
        "assistant",
        "canonical",
        "definition",
        "errors",
        "loading",
        "masks",
        "project",
        "shape",
        "sources",
        "yamltext",
    },
    "restoring": {
        "assistant",
        "backups",
        "canonical",
        "definition",
        "errors",
        "loading",
        "planning",
        "shape",
        "sources",
    },
    "importing": {"assistant", "canonical", "errors", "loading", "models", "project", "shape", "sources", "yamltext"},
    "workspace": {"definition", "errors", "loading", "project", "sources"},
    "api": {"applying", "backups", "definition", "endpoint", "errors", "masks", "planning", "project", "workspace"},
    "payload": {"assistant", "canonical", "definition", "models"},
    "chat": {"definition", "payload"},
    "pictures": {"errors", "sources"},
    "risks": {"canonical"},
    "planning": {"assistant", "canonical", "definition", "errors", "models", "payload", "risks", "shape"},
    "masks": {"canonical", "definition", "redaction", "shape"},
    "applying": {"assistant", "canonical", "definition", "errors", "payload", "planning"},
    "view": {"applying", "canonical", "masks", "planning", "redaction"},
    "savedplan": {"assistant", "canonical", "definition", "errors", "masks", "planning", "redaction", "shape", "view"},
    "report": {"applying", "assistant", "canonical", "catalogue", "diagnosis", "errors", "planning", "report", "view"},
    "diagnosis": {"assistant", "canonical", "definition", "errors", "models", "payload", "project"},
    "prices": {"chat"},
    "catalogue": {"definition", "models", "prices"},
    "embedded": {"models", "embedded"},
    "endpoint": {
        "assistant",
        "canonical",
        "embedded",
        "endpoint",
        "errors",
        "models",
        "payload",
        "project",
        "redaction",
    },
}
ONLY_THERE = {
    "openai": "endpoint",
    "httpx2": "endpoint",
    "click": "cli",
    "starlette": "embedded",
    "tenacity": "endpoint",
    "genai_prices": "prices",
}


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


def ours(path: Path) -> set[str]:
    return {name.split(".")[1] for name, _ in imports(path) if name.startswith("assistants_tool.")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    module = module_of(path)
    if module in ("cli", "__init__", "__main__"):
        return
    assert ours(path) <= MAY_IMPORT[module]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_does_io_stays_at_the_edge(path: Path) -> None:
    module = module_of(path)
    for name, line in imports(path):
        home = ONLY_THERE.get(name.partition(".")[0])
        # The in-process endpoint is an app of starlette's, whose type the endpoint names.
        assert home in (None, module) or (name, module) == ("starlette.applications", "endpoint"), f"{path}:{line}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short_and_nothing_prints(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


def test_constraints_hold_no_addresses() -> None:
    for line in (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"#.*|[A-Za-z0-9_.-]+==[^/\s]+", line), line
