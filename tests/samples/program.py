"""A program that uses the package as anyone would who has installed it; `mypy --strict` accepts it, and a test runs it.

    python program.py DEFINITIONS ENVIRONMENT

It is no part of the package, and knows of it only what `assistants_tool` exports.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from openai import AsyncOpenAI

from assistants_tool import (
    Action,
    Assistant,
    AsyncProject,
    Change,
    DefinitionError,
    EndpointError,
    Fate,
    Imported,
    Listing,
    Outcome,
    Planned,
    Problem,
    Project,
    RefusedError,
    Restored,
    SavedPlan,
    Status,
    Target,
    ToolError,
    Wanted,
    apply,
    load,
    plan,
    validate,
)


def places(error: DefinitionError) -> list[tuple[str, int]]:
    problems: tuple[Problem, ...] = error.problems
    return [(one.path, one.line) for one in problems]


def creates(planned: Planned) -> list[str]:
    changes: tuple[Change, ...] = planned.changes
    return [one.key for one in changes if one.action is Action.CREATE]


def done(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    return {one.change.key: one.id for one in outcomes if one.status is Status.DONE and one.id}


def applied(folder: Path, environment: str) -> list[str]:
    """The whole line with `Project`, by way of a saved plan."""
    project = Project.open(folder, environment=environment, timeout=30, parallelism=4)
    target: Target = project.target
    planned = project.plan(prune=True, only=["*"], max_delete="50%")
    print(f"{validate(folder)} definitions for {target}; to create: {creates(planned)}")
    planned.save(project.root / "plan.json")
    saved: SavedPlan = project.read_plan(project.root / "plan.json")
    heard: list[Outcome] = []
    outcomes = project.apply(saved, on_outcome=heard.append)
    return sorted(done(outcomes).keys() & {one.change.key for one in heard})


async def tidied(folder: Path, environment: str) -> list[str]:
    """With `AsyncProject`: all is deleted, brought back, let go, and written down as it is found then."""
    project = AsyncProject.open(folder, environment=environment)
    await project.delete(everything=True, max_delete="100%")
    restored: Restored = await project.restore()
    await project.release(*(one.change.key for one in restored.outcomes))
    listing: Listing = await project.list()
    found: list[Assistant] = [await project.show(one.id) for one in listing.assistants]
    imported: Imported = await project.import_(*(one.id for one in found), to=project.root / "imported")
    return sorted(one.name for one in imported.written)


def taken_over(folder: Path, environment: str) -> bool:
    """With the steps as functions: what was let go has a definition of its name still."""
    wanted: Wanted = load(folder, environment=environment)
    apply(plan(wanted, adopt=True))
    return plan(wanted).is_empty


async def over_a_client(folder: Path, environment: str) -> Target:
    """Where a project works with a client of one's own; nothing is asked there."""
    async with AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="none") as client:
        return AsyncProject.open(folder, environment=environment, client=client).target


def main() -> int:
    folder, environment = Path(sys.argv[1]), sys.argv[2]
    try:
        print(applied(folder, environment))
        print(asyncio.run(tidied(folder, environment)))
        print(taken_over(folder, environment))
        print(asyncio.run(over_a_client(folder, environment)))
    except DefinitionError as error:
        print(places(error))
        return 1
    except RefusedError as error:
        print(error, *error.details, sep="\n")
        return 4
    except EndpointError as error:
        print("try again later" if error.fate is Fate.THROTTLED else error)
        return 1
    except ToolError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
