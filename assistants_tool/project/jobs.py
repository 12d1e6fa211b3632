"""What a CI job of a project works on, and what has to be set where it runs: read from project.yaml and the definitions, never asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.definitions.loading import sketch
from assistants_tool.definitions.shape import IDENTIFIER
from assistants_tool.definitions.sources import PROJECT_FILE
from assistants_tool.errors import UsageError
from assistants_tool.objects.dialects import secrets

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.project.projectfile import Environment, Project

USUAL = "production"
USUAL_KEY = "ASSISTANTS_API_KEY"  # as in the project.yaml that `init` writes


@dataclass(frozen=True, slots=True)
class Job:
    """The environment of the jobs, and the variables that it needs: `secrets` are those that nobody is told.

    `signs_in`: a job asks Azure for its key. `runs`: a command of project.yaml prints it. `is_declared` is False where project.yaml does
    not have the environment yet.
    """

    environment: str
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    signs_in: bool = False
    runs: bool = False
    is_declared: bool = True

    @property
    def settings(self) -> str:
        """What both environments of a repository have to hold, in words; empty for nothing."""
        return " and ".join(
            f"the {kind}{'s' if len(names) > 1 else ''} {', '.join(names)}"
            for kind, names in (("secret", self.secrets), ("variable", self.variables))
            if names
        )

    def needs(self, kind: str) -> str:
        """What is left to do for the jobs of this CI, in words; empty for nothing."""
        in_project = "" if self.is_declared else f"the environment {self.environment} in {PROJECT_FILE}"
        there = self._in_github if kind == "github" else self._in_gitlab
        identity = "an Azure identity, as the comment at its top says, with `api_key: {azure: default}`"
        last = identity if self.signs_in else "whatever the command for its key needs" if self.runs else ""
        return ", and ".join(filter(None, (in_project, there, last)))

    @property
    def _in_github(self) -> str:
        name = self.environment
        held = f", each with {self.settings}" if self.settings else ""
        return f"the environments {name}-plan and {name} in the repository's settings, the latter for the branch main only{held}"

    @property
    def _in_gitlab(self) -> str:
        names = [*(f"{one} (masked)" for one in self.secrets), *self.variables]
        several = "s" if len(names) > 1 else ""
        return (
            f"the project's variable{several} {', '.join(names)} for the environment {self.environment} only"
            if names
            else ""
        )


def job_of(project: Project, definitions: Path, asked: str | None, *, signs_in: bool) -> Job:
    """The job of the environment that was asked for, else of the only one with a server, else of `production`.

    Raises UsageError where several have one and none was asked for, and where a job would work on an empty local database.
    """
    name = asked or _usual(project)
    if asked and project.environments:
        project.choose(asked)
    if not IDENTIFIER.match(name):
        raise UsageError(f"{name!r} cannot be the name of an environment; use letters, digits, '.', '_' and '-'")
    found = project.environments.get(name)
    if found is None:
        return Job(name, () if signs_in else (USUAL_KEY,), signs_in=signs_in, is_declared=False)
    if found.is_embedded:
        raise UsageError(
            f"the environment {name} is the embedded endpoint, which is empty in a CI job; choose one with a server by -e"
        )
    key = found.endpoint.get("api_key") or {}
    # What is wrong with files is not what `init` is about.
    told = sketch((definitions,), project, name, None, found.speech)
    hidden = dict.fromkeys((*_of_endpoint(found), *(one for each in told for one in _secret(each))))
    needed = dict.fromkeys(one for each in told for one in _needed(each) if one not in hidden)
    return Job(name, tuple(hidden), tuple(needed), signs_in=signs_in or "azure" in key, runs="command" in key)


def _usual(project: Project) -> str:
    servers = [name for name, one in project.environments.items() if not one.is_embedded]
    if USUAL in servers or not servers:
        return USUAL
    if len(servers) > 1:
        raise UsageError(f"{PROJECT_FILE} has several servers ({', '.join(servers)}); choose that of the jobs with -e")
    return servers[0]


def _of_endpoint(environment: Environment) -> Iterator[str]:
    """The variables of its key, its headers and its query."""
    stated = [value for part in ("headers", "query") for value in environment.endpoint.get(part, {}).values()]
    held = [environment.endpoint.get("api_key"), *stated]
    return (one["env"] for one in held if isinstance(one, dict) and one.get("env"))


def _needed(definition: Definition) -> Iterator[str]:
    """The variables without a default."""
    return (name for path, name in definition.variables.items() if path not in definition.defaulted)


def _secret(definition: Definition) -> Iterator[str]:
    paths = {path for path, _ in (*secrets(definition.fields), *definition.members.secrets(definition.fields))}
    return (name for path, name in definition.variables.items() if path in paths)
