"""Applies as the trust tests and the benchmarks make them, and what has to be true of the endpoint and of the report afterwards."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistants_tool.applying import run as applying
from assistants_tool.applying import settling
from assistants_tool.applying.context import Policy
from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.patience import Patience
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.digests import digest
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.payload import Body, create_body
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Outcome, Status
from assistants_tool.planning.plan import Action, Options, Plan
from assistants_tool.project.target import Remote
from tests.hostile import Hostile, Object, Request

SCOPE = Scope("trust")
WHOLE = Options(whole=True, prune=True, max_delete="100%")
QUICK = Patience(first_wait=0.005)
BRISK = Policy(settle_seconds=0.05)


def definitions(count: int, *, first: int = 0, version: int = 1) -> list[Definition]:
    """Definitions `k000`, `k001`...; another version differs in each."""
    return [
        Definition(f"k{number:03}", {"model": "gpt-4o", "name": f"Bot {number}", "description": f"version {version}"})
        for number in range(first, first + count)
    ]


def bodies(wanted: Iterable[Definition]) -> Iterator[Body]:
    """What an apply of these would send."""
    for one in wanted:
        mark = Mark(SCOPE.project, SCOPE.environment, one.key, protect=one.protect, sent=digest(one.fields, one.ignore))
        yield create_body(one, mark)


def put(endpoint: Hostile, wanted: Iterable[Definition]) -> None:
    """Let the endpoint hold what an apply of these would have left."""
    for body in bodies(wanted):
        endpoint.put(body)


# --- an apply in this process


@dataclass(frozen=True, slots=True)
class Applied:
    """One apply: the plan and what became of it; a plan that was refused has no outcomes."""

    plan: Plan
    outcomes: tuple[Outcome, ...]

    @property
    def summary(self) -> Counter[str]:
        return Counter(f"{one.change.action.name.lower()} {one.status.value}" for one in self.outcomes)

    @property
    def messages(self) -> str:
        return "\n".join(one.message for one in self.outcomes)


async def applied(
    url: str,
    wanted: Sequence[Definition],
    *,
    policy: Policy = BRISK,
    patience: Patience = QUICK,
    planned: Callable[[], Awaitable[object]] | None = None,
) -> Applied:
    """Plan and apply. `planned` is waited for between the two."""
    connection = Connection(10.0, policy.parallelism, patience=patience)
    async with connect(Remote(url), connection, {}) as endpoint:
        plan = make_plan(wanted, await endpoint.listing(), SCOPE, WHOLE)
        if planned:
            await planned()
        return Applied(plan, () if plan.refusals else await applying.apply(plan, endpoint, policy))


# --- an apply as a process


def write_folder(folder: Path, wanted: Iterable[Definition]) -> Path:
    """The definitions as files, with a project.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "project.yaml").write_text(f"project: {SCOPE.project}\n", encoding="utf-8")
    for one in wanted:
        (folder / f"{one.key}.yaml").write_text(json.dumps(one.fields), encoding="utf-8")
    return folder


def started(folder: Path, url: str, *words: str, start_new_session: bool = False) -> subprocess.Popen[str]:
    """A command over a folder, by default `apply --yes`, running."""
    command = [sys.executable, "-m", "assistants_tool", *(words or ("apply", "--yes")), "-f", str(folder)]
    variables = {**os.environ, "OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": url}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        start_new_session=start_new_session,
    )


# --- what has to be true


@dataclass(frozen=True, slots=True)
class State:
    """What is wrong with an endpoint's assistants: keys that several bear, and keys that none bears."""

    duplicates: tuple[str, ...]
    missing: tuple[str, ...]


SOUND = State((), ())


def state(objects: Iterable[Object], wanted: Iterable[Definition]) -> State:
    borne = Counter(one.mark.key for one in map(Assistant, objects) if one.mark)
    return State(
        tuple(sorted(key for key, count in borne.items() if count > 1)),
        tuple(one.key for one in wanted if not borne[one.key]),
    )


def lies(outcomes: Iterable[Outcome], before: Iterable[Object], after: Iterable[Object]) -> list[str]:
    """What outcomes say that the endpoint belies. "Unknown" says nothing, so it cannot lie."""
    was, held = _by_id(before), _by_id(after)
    return [
        f"{one.change.action.name} {one.change.key} {one.id}: {one.status.value} {one.message}"
        for one in outcomes
        if not (_is_done(one, held) if one.status is Status.DONE else _is_as_said(one, was, held))
    ]


def _by_id(objects: Iterable[Object]) -> dict[str, Assistant]:
    return {one["id"]: Assistant(one) for one in objects}


def _is_done(outcome: Outcome, held: dict[str, Assistant]) -> bool:
    definition, found = outcome.change.definition, held.get(outcome.id or "")
    if outcome.change.action is Action.DELETE or definition is None:
        return found is None
    bears = found is not None and found.mark is not None and found.mark.key == outcome.change.key
    return bears and found is not None and same(canonical(found.body, definition.ignore), definition.form)


def _is_as_said(outcome: Outcome, was: dict[str, Assistant], held: dict[str, Assistant]) -> bool:
    """Failed, or not done: nothing has changed."""
    if outcome.status is Status.UNKNOWN:
        return True
    if outcome.change.action is Action.CREATE:
        return not any(one.mark and one.mark.key == outcome.change.key for one in held.values())
    return held.get(outcome.id or "") == was.get(outcome.id or "")


def unjustified(outcomes: Iterable[Outcome], endpoint: Hostile) -> Iterator[str]:
    """What is said to be unknown and could be known: no request for it was in doubt; or, of a create that listings could settle, not in
    every round.
    """
    listings = [entry.in_doubt for entry in endpoint.log if entry.request.kind == "GET"]
    unlisted = any(in_doubt and len(list(run)) >= QUICK.tries for in_doubt, run in itertools.groupby(listings))
    for one in outcomes:
        if one.status is Status.UNKNOWN:
            tries = 1 if unlisted or one.change.action is not Action.CREATE else settling.ROUNDS + 1
            doubts = sum(entry.in_doubt for entry in endpoint.log if _concerns(entry.request, one))
            if doubts < tries:
                yield f"{one.change.key}: {doubts} of {tries} doubts: {one.message}"


def _concerns(request: Request, outcome: Outcome) -> bool:
    if outcome.change.action is not Action.CREATE:
        return request.assistant_id == outcome.id
    return request.is_create and _key(request) == outcome.change.key


def blind(endpoint: Hostile) -> list[str]:
    """Keys of creates that were sent although an earlier one was in doubt, with no listing in between."""
    doubtful: set[str] = set()
    found = []
    for entry in endpoint.log:
        if entry.request.kind == "GET":
            doubtful.clear()
        elif entry.request.is_create:
            key = _key(entry.request)
            found += [key] if key in doubtful else []
            doubtful |= {key} if entry.in_doubt else set()
    return found


def _key(create: Request) -> str:
    mark = Assistant(create.body).mark
    return mark.key if mark else ""
