"""What nobody uses: whatever vulture finds in the package and in docs, and that is called by no one from outside either.

    python -m benchmarks.dead

Prints where it is, exit code 1; nothing, where there is nothing. A name counts as used wherever it is written, so this is a sieve with
holes: what is found is dead, unless a library calls it by its name, and then it belongs into HOOKS.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, is_typeddict

from pydantic import BaseModel
from vulture.core import Vulture

import assistants_tool

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE = REPOSITORY / "assistants_tool/report/page.html"

# What others call or read, by who does.
HOOKS = {
    "Python": ("__getattr__", "__dir__"),
    "pydantic": ("model_config",),
    "click": ("format_help_text", "format_options", "format_epilog", "list_commands", "command_class"),
    "PyYAML": ("indentless", "ignore_aliases"),
    "azure-identity": ("scopes",),
}
DECORATORS = ["@model_validator"]  # of pydantic


def modules() -> Iterator[Any]:
    for one in pkgutil.walk_packages(assistants_tool.__path__, "assistants_tool."):
        if not one.name.endswith("__main__"):
            yield importlib.import_module(one.name)


def members_of_shapes() -> Iterator[str]:
    """What files, requests and callers state: it is used by being read."""
    for module in modules():
        for _, one in inspect.getmembers(module, inspect.isclass):
            if issubclass(one, BaseModel) or is_typeddict(one):
                yield from inspect.get_annotations(one)


def members_of_the_api() -> Iterator[str]:
    for name in assistants_tool.__all__:
        yield from vars(getattr(assistants_tool, name)) if inspect.isclass(getattr(assistants_tool, name)) else ()


def settings_of_others() -> Iterator[str]:
    """Attributes that are set on something else than `self`, as on what a library made: it reads them."""
    for path in sorted((REPOSITORY / "assistants_tool").rglob("*.py")):
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and ast.unparse(one.value) != "self":
                yield one.attr


def words_of_the_template() -> Iterator[str]:
    for code in re.findall(r"\{[{%](.*?)[%}]\}", TEMPLATE.read_text(encoding="utf-8"), re.DOTALL):
        yield from re.findall(r"\w+", code)


def dead() -> list[str]:
    """Each with its place."""
    hooks = (name for names in HOOKS.values() for name in names)
    ways = (members_of_shapes, members_of_the_api, settings_of_others, words_of_the_template)
    used = {*hooks, *(name for way in ways for name in way())}
    sieve = Vulture(ignore_names=sorted(used), ignore_decorators=DECORATORS)
    sieve.scavenge([str(REPOSITORY / one) for one in ("assistants_tool", "docs")])
    return [
        f"{Path(one.filename).relative_to(REPOSITORY)}:{one.first_lineno}: {one.message}"
        for one in sieve.get_unused_code()
    ]


def main() -> int:
    found = dead()
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
