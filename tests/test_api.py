"""The Python API, as a program uses it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

import assistants_tool
from assistants_tool import DefinitionError, RefusedError, ToolError, apply, load, plan
from tests.conftest import REPOSITORY, Cli, Write

PROJECT = "project: acme\nenvironments: {local: {endpoint: embedded}}\n"


def test_the_example_of_the_readme_runs(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\n"})
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own example
    assert re.fullmatch(r"a done asst_\w{24}\n", capsys.readouterr().out)
    assert plan(load(environment="local")).is_empty


def test_everything_that_is_exported_is_there() -> None:
    for name in assistants_tool.__all__:
        assert getattr(assistants_tool, name).__doc__
    misspelt = "nix"
    with pytest.raises(AttributeError, match="has no attribute 'nix'"):
        getattr(assistants_tool, misspelt)


def test_it_works_inside_an_event_loop(write: Write) -> None:
    write({"assistants/a.yaml": "model: m\n"})

    async def program() -> int:
        return len(apply(plan(load("assistants", embedded=True))))

    assert asyncio.run(program()) == 1


def test_what_a_program_changes_can_be_restored(write: Write, cli: Cli) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\nname: Before\n"})
    apply(plan(load(environment="local")))
    write({"assistants/a.yaml": "model: m\nname: After\n"})
    apply(plan(load(environment="local")))
    assert 'name: "After" -> "Before"' in cli("restore", "-e", "local", "--yes").stdout


def test_what_its_definition_leaves_out_is_known(write: Write, cli: Cli) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\n", "assistants/b.yaml": "model: m\n"})
    apply(plan(load(environment="local")))
    write({"assistants/a.yaml": "model: m\nenvironments: {local: false}\n"})
    (orphan, kept) = plan(load(environment="local")).changes
    assert (orphan.key, orphan.reason, kept.key) == (
        "a",
        "its definition leaves this environment out; --prune deletes it",
        "b",
    )
    assert (
        f"? a {orphan.id}: its definition leaves this environment out; --prune deletes it\n"
        in cli("plan", "-e", "local").stdout
    )


def test_problems_are_data(write: Write) -> None:
    write({"assistants/a.yaml": "modle: m\nmodel: m\n"})
    with pytest.raises(DefinitionError) as caught:
        load("assistants", embedded=True)
    (problem,) = caught.value.problems
    assert (problem.path, problem.line, problem.column) == ("assistants/a.yaml", 1, 1)


def test_guards_hold_for_programs_too(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "model: m\nprotect: true\n",
            "assistants/b.yaml": "model: m\n",
        }
    )
    apply(plan(load(environment="local")))
    Path("assistants/a.yaml").unlink()
    planned = plan(load(environment="local"), prune=True)
    assert len(planned.refusals) == 1
    assert planned.changes
    with pytest.raises(RefusedError, match="1 protected assistant"):
        apply(planned)


@pytest.mark.parametrize("limit", ["few", "-3", "5.5", 5])
def test_a_limit_that_is_none_is_an_error_before_anything_is_asked(write: Write, limit: Any) -> None:
    write({"assistants/a.yaml": "model: m\n"})
    wanted = load("assistants", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ToolError, match=f"^max_delete: {limit!r} is neither a number"):
        plan(wanted, prune=True, max_delete=limit)


def test_no_endpoint_is_an_error_that_names_the_ways(write: Write) -> None:
    write({"assistants/a.yaml": "model: m\n"})
    with pytest.raises(ToolError, match="no endpoint is chosen"):
        load("assistants")
