"""Where a run works: the endpoint, and the project and environment whose assistants it owns there.

`choose_target` is pure. A target is a description; connecting to it, and fetching its key from a variable or a command, is the
business of `endpoint`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from assistants_tool import models
from assistants_tool.definitions.sources import PROJECT_FILE, shown
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.models import APIS, DEFAULT_API, beside
from assistants_tool.objects.assistant import Scope
from assistants_tool.objects.dialects import DIALECTS, Speech
from assistants_tool.project.address import is_credential, sound_address
from assistants_tool.project.kinds import KINDS, OPENAI, Kind, kind_of
from assistants_tool.project.state import database

if TYPE_CHECKING:
    from assistants_tool.models import Retirement, Takes
    from assistants_tool.project.projectfile import Project

CHAT_KEY = "ASSISTANTS_CHAT_API_KEY"
T = TypeVar("T")


API_VERSION = "api-version"  # the one parameter that chooses no tenant
OPENAI_BASE_URL = "https://api.openai.com/v1"
EMBEDDED = {one.embedded for one in KINDS.values()}  # as what is kept names the embedded ones


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key comes from: a variable's name, a command's words, or the scope of a token that Azure's libraries get. Never the key."""

    variable: str | None = None
    command: tuple[str, ...] = ()
    scope: str | None = None


_HOST = "http://embedded"  # of the endpoint in this process, which no network knows


@dataclass(frozen=True, slots=True)
class Embedded:
    """The endpoint of our own, in this process, over this file. `api` is the dialect that is spoken, `kind` whose place it takes.

    `drops` is as in `Speech`.
    """

    database: Path
    api: str = DEFAULT_API
    kind: Kind = OPENAI
    base_url: str = f"{_HOST}{OPENAI.path}"
    query: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False

    @classmethod
    def of(cls, root: Path, kind: Kind = OPENAI, api: str = DEFAULT_API) -> Embedded:
        """The one of a root, which has another file for each kind. An API that only one kind of server has chooses that."""
        kind = KINDS.get(DIALECTS[api].kind, kind)
        return cls(database(root, kind), api, kind, f"{_HOST}{kind.path}", kind.query)

    @property
    def speech(self) -> Speech:
        return Speech(DIALECTS[self.api], self.drops)

    @property
    def takes(self) -> Takes:
        return self.kind.rehearsed or self.kind.takes

    @property
    def begins_early(self) -> bool:
        """It answers in this process: there is nothing to wait for, and where the files are faulty no database is to be left behind."""
        return False

    @property
    def is_openais(self) -> bool:
        return False

    @property
    def retirement(self) -> Retirement | None:
        """It stays, whatever becomes of the service in whose place it is."""
        return None

    def __str__(self) -> str:
        return f"embedded endpoint {shown(self.database)}"


@dataclass(frozen=True, slots=True)
class Remote:
    """A server. Headers and parameters of the query whose value is a Key take it from there. `api` is the dialect that it is spoken to
    in, `drops` as in `Speech`.

    `ambient`: the user's OPENAI_* variables are meant for it, those for organization, project and further headers included. `named` is
    the kind that project.yaml names. `lent`: it is that of a client that a program hands over, and these are the headers by which that
    chooses a tenant; else None.
    """

    base_url: str
    key: Key | None = None
    query: Mapping[str, str | Key] = field(default_factory=dict)
    headers: Mapping[str, str | Key] = field(default_factory=dict)
    ambient: bool = False
    api: str = DEFAULT_API
    named: Kind | None = None
    lent: Mapping[str, str] | None = field(default=None, repr=False)
    drops: bool = False

    @property
    def speech(self) -> Speech:
        return Speech(DIALECTS[self.api], self.drops)

    @property
    def kind(self) -> Kind:
        return self.named or kind_of(self.base_url)

    @property
    def takes(self) -> Takes:
        return self.kind.takes

    @property
    def begins_early(self) -> bool:
        """Whether it may be asked before the files are read.

        A command for a key may ask a person to log in, and so may a client of somebody else's; faulty files spare him that.
        """
        return self.lent is None and not any(one.command for one in self.keys)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Where all that is fetched for its requests comes from, the key first."""
        return tuple(one for one in (self.key, *self.headers.values(), *self.query.values()) if isinstance(one, Key))

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_openais(self) -> bool:
        """Whether its models are OpenAI's own, whose names mean the same everywhere there."""
        return models.is_openais(self.host)

    @property
    def retirement(self) -> Retirement | None:
        """When the API that it is spoken to by ends: that of its host, or of the service that its kind is named for."""
        known = models.retirement(self.host) or self.kind.retirement
        return known if self.speech.dialect.is_that_of_files else None

    def __str__(self) -> str:
        return self.base_url

    @property
    def choosing_headers(self) -> dict[str, str]:
        """The headers that stand in the file, which never are credentials, by name in small letters."""
        stated = ((name.lower(), one) for name, one in self.headers.items() if isinstance(one, str))
        return dict(sorted(stated))

    def choosing_variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """What comes from variables and may choose a tenant: all but credentials. Those that are not set are empty.

        Headers by name in small letters, parameters of the query by name after a `?`, which no header's name holds.
        """
        found = _from_variables(self.headers, environ)
        sent = {**ambient_headers(environ), **found} if self.ambient else found
        headers = {name.lower(): one for name, one in sent.items() if not is_credential(name)}
        query = _choosing(_from_variables(self.query, environ))
        return {**headers, **{f"?{name}": one for name, one in query.items() if not is_credential(name)}}


def _from_variables(stated: Mapping[str, str | Key], environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ.get(one.variable or "", "") for name, one in stated.items() if isinstance(one, Key)}


def _choosing(query: Mapping[str, T]) -> dict[str, T]:
    """All but the version of the API, by name."""
    return {name: one for name, one in sorted(query.items()) if name != API_VERSION}


def where_it_chats(endpoint: Embedded | Remote) -> Embedded | Remote:
    """The same server, with the same key, at the address of its chat completions."""
    kind, parts = endpoint.kind, urlsplit(endpoint.base_url)
    if kind.chat is None:
        return endpoint
    query: dict[str, Any] = {name: one for name, one in endpoint.query.items() if name not in kind.query}
    return replace(endpoint, base_url=f"{parts.scheme}://{parts.netloc}{kind.chat}", query=query)


ORGANIZATION = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}


def ambient_headers(environ: Mapping[str, str]) -> dict[str, str]:
    """What the user's OPENAI_* variables say of every request; of names that differ in their letters alone the later counts."""
    named = {name: environ[variable] for name, variable in ORGANIZATION.items() if environ.get(variable)}
    return {**named, **custom_headers(environ)}


def proxies(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that name a proxy."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
    return tuple(one for one in names if environ.get(one) or environ.get(one.lower()))


def custom_headers(environ: Mapping[str, str]) -> dict[str, str]:
    """The headers that OPENAI_CUSTOM_HEADERS names, one a line, as the SDK reads them."""
    lines = environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    return {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}


@dataclass(frozen=True, slots=True)
class Target:
    """What a run works on: where, and which part of it."""

    endpoint: Embedded | Remote
    scope: Scope

    def __str__(self) -> str:
        return f"{self.endpoint}, {self.scope}{beside(self.endpoint.api)}"

    def as_data(self) -> dict[str, Any]:
        """All that says whose assistants these are, for what is kept and compared later. A tenant may be chosen by parameters and headers.

        Of each kind there is one embedded endpoint, wherever its root is. What comes from variables is left out, as they may be renewed.
        Of the headers of a client that was handed over there are digests, as nobody wrote them to be read.
        """
        remote = self.endpoint if isinstance(self.endpoint, Remote) else None
        query = {name: one for name, one in _choosing(remote.query).items() if isinstance(one, str)} if remote else {}
        lent = {name: self._salted(name, one) for name, one in (remote.lent or {}).items()} if remote else {}
        return {
            "endpoint": str(remote) if remote else self.endpoint.kind.embedded,
            "project": self.scope.project,
            "environment": self.scope.environment,
            "api": self.endpoint.api,
            "query": {name: self._salted(name, one) if is_credential(name) else one for name, one in query.items()},
            "headers": {**remote.choosing_headers, **lent} if remote else {},
        }

    def with_variables(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The same, and of each header and parameter whose value comes from a variable a digest."""
        found = self.endpoint.choosing_variables(environ) if isinstance(self.endpoint, Remote) else {}
        return {**self.as_data(), "digests": {name: self._salted(name, one) for name, one in sorted(found.items())}}

    def _salted(self, name: str, value: str) -> str:
        """A digest that is another for each target and name."""
        text = json.dumps([str(self.endpoint), self.scope.project, self.scope.environment, name, value])
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def is_same_target(kept: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two `as_data` are of one target. What was kept by an older version says less, and is taken at its word."""
    return (
        all(kept[name] == now[name] for name in now if name in kept)
        and {"endpoint", "project", "environment"} <= kept.keys()
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line (or its variables) said about the endpoint; `lent` is the server of a client that a program hands over.

    Raises UsageError for an API that nobody speaks.
    """

    environment: str | None = None
    base_url: str | None = None
    embedded: bool = False
    api: str | None = None
    drops: bool = False
    lent: Remote | None = None

    def __post_init__(self) -> None:
        if self.api not in (None, *APIS):
            raise UsageError(f"api: {self.api!r} is not one that this tool speaks; give one of {', '.join(APIS)}")

    def over(self, speech: Speech) -> Speech:
        """How an endpoint is spoken to that would else be spoken to like this."""
        return Speech(DIALECTS[self.api] if self.api else speech.dialect, self.drops or speech.drops)

    @property
    def elsewhere(self) -> bool:
        """Whether it names a server in the place of the environment's."""
        return bool(self.base_url or self.lent)


class Client(Protocol):
    """A client to talk over in place of the tool's own: an `openai.AsyncOpenAI` or `openai.AsyncAzureOpenAI`. It is never closed here."""

    @property
    def base_url(self) -> Any: ...

    def close(self) -> Coroutine[Any, Any, None]: ...


def choose_target(project: Project, choice: Choice, environ: Mapping[str, str]) -> Target:
    """The endpoint and scope of a run. Raises ToolError where nothing, or too little, says which."""
    environment = project.choose(choice.environment)
    endpoint = _endpoint(project, environment, choice, environ)
    if isinstance(endpoint, Embedded) and not choice.embedded and not choice.environment:
        refuse_silent_database(environment, environ)
    endpoint = replace(endpoint, api=choice.api or endpoint.api, drops=choice.drops or endpoint.drops)
    return Target(endpoint, Scope(project.name, environment, frozenset(project.environments), endpoint.api))


def is_in_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() in ("true", "1")


def refuse_silent_database(environment: str, environ: Mapping[str, str]) -> None:
    """Raises ToolError in CI: nobody named the embedded endpoint."""
    if is_in_ci(environ):
        raise ToolError(
            "in CI the embedded endpoint has to be asked for, or an empty local database would pass for success; "
            f"add -e {environment} or --embedded"
        )


def _endpoint(project: Project, environment: str, choice: Choice, environ: Mapping[str, str]) -> Embedded | Remote:
    openai_key = Key("OPENAI_API_KEY") if environ.get("OPENAI_API_KEY") else None
    declared = project.environments[environment] if environment else None
    if choice.embedded:
        return Embedded.of(project.root, declared.kind if declared else OPENAI, choice.api or DEFAULT_API)
    if choice.lent:
        return choice.lent
    if choice.base_url:
        return _ambient(choice.base_url, openai_key, "--base-url")
    if declared and declared.is_embedded:
        speech = choice.over(declared.speech)
        return replace(Embedded.of(project.root, declared.kind, speech.dialect.name), drops=speech.drops)
    if declared:
        return _remote(declared.endpoint)
    if openai_key or environ.get("OPENAI_BASE_URL"):
        return _ambient(environ.get("OPENAI_BASE_URL") or OPENAI_BASE_URL, openai_key, "OPENAI_BASE_URL")
    nowhere = f"there is no {PROJECT_FILE} in the definitions' folder or above it"
    why = f"{project.source.shown} declares no environment" if project.source else nowhere
    raise ToolError(
        f"no endpoint is chosen: {why}; `assistants init` starts a project, --embedded tries without a server, and --base-url URL, or "
        "OPENAI_BASE_URL and OPENAI_API_KEY, name one"
    )


def _ambient(url: str, key: Key | None, origin: str) -> Remote:
    return Remote(url, key, kind_of(address_of_assistants(url, origin)).query, ambient=True)


def address_of_assistants(url: str, origin: str) -> str:
    """The address, which `origin` gave. Raises UsageError where it is none, or one at which its kind of server has no assistants."""
    if said := kind_of(sound_address(url, origin)).address_fault(url):
        raise UsageError(f"{origin}: {said}")
    return url


def chat_server(url: str, environ: Mapping[str, str]) -> Remote:
    """A server beside the environment's, to chat with alone. It gets a key of its own, and nothing that was meant for another."""
    return Remote(sound_address(url, "--chat-base-url"), Key(CHAT_KEY) if environ.get(CHAT_KEY) else None)


def _remote(settings: Mapping[str, Any]) -> Remote:
    key, named = settings.get("api_key"), KINDS.get(settings.get("kind", ""))
    kind = named or kind_of(settings["base_url"])
    return Remote(
        settings["base_url"],
        _key(key, kind) if key else None,
        {**kind.query, **_stated(settings.get("query", {}))},
        _stated(settings.get("headers", {})),
        api=settings.get("api", DEFAULT_API),
        named=named,
        drops=settings.get("drop", False),
    )


def _stated(values: Mapping[str, Any]) -> dict[str, str | Key]:
    return {name: one if isinstance(one, str) else Key(one["env"]) for name, one in values.items()}


def _key(settings: Mapping[str, Any], kind: Kind) -> Key:
    return Key(settings.get("env"), tuple(settings.get("command") or ()), kind.scope if settings.get("azure") else None)
