"""Where a run works: the endpoint, and the project and environment whose assistants it owns there.

`choose_target` is pure. A target is a description; connecting to it, and fetching its key from a variable or a command, is the
business of `endpoint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions.sources import PROJECT_FILE, shown
from assistants_tool.errors import ToolError
from assistants_tool.objects.assistant import Scope
from assistants_tool.project.address import sound_address
from assistants_tool.project.state import database

if TYPE_CHECKING:
    from assistants_tool.project.projectfile import Project

CHAT_KEY = "ASSISTANTS_CHAT_API_KEY"


OPENAI_BASE_URL = "https://api.openai.com/v1"
EMBEDDED = "embedded"  # the embedded endpoint as what is kept names it
DEFAULT_API = "assistants"


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key comes from: a variable's name, or a command's words. Never the key itself."""

    variable: str | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """The endpoint of our own, in this process, over this file. `api` is the dialect that it is spoken to in."""

    database: Path
    api: str = DEFAULT_API

    def __str__(self) -> str:
        return f"embedded endpoint {shown(self.database)}"


@dataclass(frozen=True, slots=True)
class Remote:
    """A server. Headers whose value is a Key take it from there. `api` is the dialect that it is spoken to in.

    `ambient`: the user's OPENAI_* variables are meant for it, those for organization, project and further headers included.
    """

    base_url: str
    key: Key | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str | Key] = field(default_factory=dict)
    ambient: bool = False
    api: str = DEFAULT_API

    def __str__(self) -> str:
        return self.base_url


@dataclass(frozen=True, slots=True)
class Target:
    """What a run works on: where, and which part of it."""

    endpoint: Embedded | Remote
    scope: Scope

    def __str__(self) -> str:
        return f"{self.endpoint}, {self.scope}"

    def as_data(self) -> dict[str, str]:
        """Endpoint, project and environment, for what is kept and compared later: the embedded endpoint is one, wherever its root is."""
        endpoint = str(self.endpoint) if isinstance(self.endpoint, Remote) else EMBEDDED
        return {"endpoint": endpoint, "project": self.scope.project, "environment": self.scope.environment}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line (or its variables) said about the endpoint."""

    environment: str | None = None
    base_url: str | None = None
    embedded: bool = False


def choose_target(project: Project, choice: Choice, environ: Mapping[str, str]) -> Target:
    """The endpoint and scope of a run. Raises ToolError where nothing, or too little, says which."""
    environment = project.choose(choice.environment)
    endpoint = _endpoint(project, environment, choice, environ)
    if isinstance(endpoint, Embedded) and not choice.embedded and not choice.environment:
        refuse_silent_database(environment, environ)
    return Target(endpoint, Scope(project.name, environment, frozenset(project.environments)))


def refuse_silent_database(environment: str, environ: Mapping[str, str]) -> None:
    """Raises ToolError in CI: nobody named the embedded endpoint."""
    if environ.get("CI", "").lower() in ("true", "1"):
        raise ToolError(
            "in CI the embedded endpoint has to be asked for, or an empty local database would pass for success; "
            f"add -e {environment} or --embedded"
        )


def _endpoint(project: Project, environment: str, choice: Choice, environ: Mapping[str, str]) -> Embedded | Remote:
    openai_key = Key("OPENAI_API_KEY") if environ.get("OPENAI_API_KEY") else None
    if choice.embedded:
        return Embedded(database(project.root))
    if choice.base_url:
        return _ambient(choice.base_url, openai_key, "--base-url")
    if environment:
        settings = project.environments[environment].endpoint
        return Embedded(database(project.root)) if settings == "embedded" else _remote(settings)
    if openai_key or environ.get("OPENAI_BASE_URL"):
        return _ambient(environ.get("OPENAI_BASE_URL") or OPENAI_BASE_URL, openai_key, "OPENAI_BASE_URL")
    raise ToolError(
        "no endpoint is chosen; use --embedded to try without one, --base-url URL, the variables OPENAI_API_KEY and OPENAI_BASE_URL, "
        f"or declare environments in {PROJECT_FILE}; `assistants init` begins a project"
    )


def _ambient(url: str, key: Key | None, origin: str) -> Remote:
    return Remote(sound_address(url, origin), key, ambient=True)


def chat_server(url: str, environ: Mapping[str, str]) -> Remote:
    """A server beside the environment's, to chat with alone. It gets a key of its own, and nothing that was meant for another."""
    return Remote(sound_address(url, "--chat-base-url"), Key(CHAT_KEY) if environ.get(CHAT_KEY) else None)


def _remote(settings: Mapping[str, Any]) -> Remote:
    key, headers = settings.get("api_key"), settings.get("headers", {})
    return Remote(
        settings["base_url"],
        Key(key.get("env"), tuple(key.get("command") or ())) if key else None,
        settings.get("query", {}),
        {name: one if isinstance(one, str) else Key(one["env"]) for name, one in headers.items()},
    )
