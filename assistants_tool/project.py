"""Where a run is: the root, project.yaml, the environment, and the endpoint that all of it points to.

`find_root` and `find_project` read the file system; `choose_target` is pure. The target is a description: connecting to it, and fetching
its key from a variable or a command, is the endpoint's business.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from assistants_tool import sources
from assistants_tool.assistant import Scope
from assistants_tool.errors import DefinitionError, ToolError, UsageError
from assistants_tool.shape import IDENTIFIER, ShapeFault, did_you_mean, is_variable, value_at
from assistants_tool.shape import Path as Steps
from assistants_tool.sound import is_sound
from assistants_tool.sources import PROJECT_FILE, Source, fail, shown

CHAT_KEY = "ASSISTANTS_CHAT_API_KEY"
OPENAI_BASE_URL = "https://api.openai.com/v1"
_SECRET_HEADER = re.compile(
    r"auth(?!ors?$|ority)|bearer|cookie|credential|jwt|pass(w|phrase|code|$)|secret|session|signature|token|api-?key|key$",
    re.IGNORECASE,
)
ADDRESS = r"^https?://[^\s/?#]+[^\s?#]*$"
ADDRESS_MAX = 2000  # characters
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key comes from: a variable's name, or a command's words. Never the key itself."""

    variable: str | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """The endpoint of our own, in this process, over this file."""

    database: Path

    def __str__(self) -> str:
        return f"embedded endpoint {shown(self.database)}"


@dataclass(frozen=True, slots=True)
class Remote:
    """A server. Headers whose value is a Key take it from there.

    `ambient`: the user's OPENAI_* variables are meant for it, those for organization, project and further headers included.
    """

    base_url: str
    key: Key | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str | Key] = field(default_factory=dict)
    ambient: bool = False

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
        endpoint = str(self.endpoint) if isinstance(self.endpoint, Remote) else "embedded"
        return {"endpoint": endpoint, "project": self.scope.project, "environment": self.scope.environment}


@dataclass(frozen=True, slots=True)
class Environment:
    """As project.yaml declares it, whose shape is in `settings`: `endpoint` is `embedded` or a mapping with base_url."""

    endpoint: Literal["embedded"] | Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """project.yaml as read; without one, all is empty."""

    root: Path
    source: Source | None = None
    name: str = ""
    default_environment: str | None = None
    environments: Mapping[str, Environment] = field(default_factory=dict)
    document: int = 0  # the first that is not empty

    @property
    def folder(self) -> Path | None:
        return self.source.path.parent if self.source else None

    def choose(self, named: str | None) -> str:
        """The environment of a run: the one that was named, else the default; "" where none is declared."""
        chosen = named or self.default_environment
        where = self.source.shown if self.source else PROJECT_FILE
        if chosen and chosen not in self.environments:
            hint = did_you_mean(chosen, list(self.environments)) if self.environments else f"declare it in {where}"
            raise ToolError(f"the environment {chosen!r} is not declared; {hint}")
        if self.environments and not chosen:
            names = ", ".join(self.environments)
            raise ToolError(
                f"{where} declares the environments {names}; choose one with -e, or set default_environment there"
            )
        return chosen or ""


def find_root(paths: Sequence[Path], current: Path) -> Path:
    """The nearest folder at or above the paths that holds `.git`; else the current one if it contains them; else their own."""
    common = Path(os.path.commonpath([_nearest_folder(path) for path in paths] or [current]))
    for folder in (common, *common.parents):
        if os.path.exists(folder / ".git"):  # noqa: PTH110 - as in _nearest_folder
            return folder
    return current if common.is_relative_to(current) else common


def _nearest_folder(path: Path) -> Path:
    # Not `is_dir`, which raises where a folder may not be looked into; whoever reads the path says so.
    return next((one for one in (path, *path.parents) if os.path.isdir(one)), path)  # noqa: PTH112 - see above


def find_project(paths: Sequence[Path], root: Path) -> Project:
    """Read the one project.yaml that belongs to these paths. Raises ToolError for two, and DefinitionError for one that is not sound."""
    above = {sources.real(one): one for path in reversed(paths) if (one := _project_file(path, root))}
    inside = {sources.real(one): one for path in reversed(paths) for one in _project_files_inside(path)}
    files = {**inside, **above}
    if len(files) > 1:
        others = " and ".join(map(shown, sorted(files.values())))
        raise ToolError(f"one run has one {PROJECT_FILE}, but here are {others}; give the paths of one project")
    if not files:
        return Project(root)
    (only,) = files.values()
    if not above:
        raise ToolError(f"{shown(only)} stands deeper than the given path; give its folder, or move it up")
    return read_project(only, root)


def _project_file(path: Path, root: Path) -> Path | None:
    folder = _nearest_folder(path)
    for one in (folder, *folder.parents):
        if os.path.lexists(one / PROJECT_FILE):  # also what cannot be read: whoever reads it says why
            return one / PROJECT_FILE
        if one == root:
            break
    return None


def _project_files_inside(folder: Path) -> Iterator[Path]:
    return (one for one in sources.visible_files(folder) if one.name == PROJECT_FILE)


def read_project(path: Path, root: Path) -> Project:
    """Read and check a project.yaml. Raises DefinitionError with all of its problems."""
    source = sources.read(path, root)
    document, value = sources.structure(source)
    if not isinstance(value, dict):
        raise fail(path, "a project.yaml is a mapping; write `project: NAME` and `environments:`")
    faults = _settings_faults(value)
    if faults:
        raise DefinitionError(source.problem(document, one.path, one.message, at_key=one.at_key) for one in faults)
    declared = value.get("environments", {}).items()
    environments = {name: Environment(one["endpoint"], one.get("defaults", {})) for name, one in declared}
    return Project(root, source, value.get("project") or "", value.get("default_environment"), environments, document)


def _settings_faults(value: dict[str, Any]) -> list[ShapeFault]:
    """Everything at once: where a part has the wrong shape, the others are looked at all the same."""
    faults = [] if is_sound("project", value) else [_friendlier(one, value) for one in _shape_faults(value)]
    environments = value.get("environments")
    environments = environments if isinstance(environments, dict) else {}
    default = value.get("default_environment")
    if isinstance(default, str) and IDENTIFIER.match(default) and default not in environments:
        hint = did_you_mean(default, list(environments))
        faults.append(ShapeFault(("default_environment",), f"the environment {default!r} is not declared; {hint}"))
    for name in environments:
        path = ("environments", name)
        faults.extend(_endpoint_faults(value_at(value, (*path, "endpoint")), (*path, "endpoint")))
        for own in ("key", "environments"):
            if value_at(value, (*path, "defaults", own)) is not None:
                said = f"{own!r} belongs to a single definition; remove it from the defaults"
                faults.append(ShapeFault((*path, "defaults", own), said, at_key=True))
    return faults


def _shape_faults(value: dict[str, Any]) -> list[ShapeFault]:
    from assistants_tool.settings import SHAPES, ProjectSettings
    from assistants_tool.structure import shape_faults

    return shape_faults(ProjectSettings, value, SHAPES)


_NO_LITERAL_KEY = "a key never stands in a file"


def _friendlier(fault: ShapeFault, value: dict[str, Any]) -> ShapeFault:
    """A key in a file is the mistake that matters most here, and its value must not be repeated."""
    if fault.path[-2:] == ("endpoint", "api_key"):
        return ShapeFault(fault.path, f"{_NO_LITERAL_KEY}; write {{env: NAME}} or {{command: [PROGRAM, ARGUMENT]}}")
    if fault.path[-2:] == ("endpoint", "base_url"):
        return ShapeFault(fault.path, "base_url has to be an http(s) address without a query; put that under query")
    if fault.path[2:] == ("endpoint",) and not isinstance(value_at(value, fault.path), dict):
        return ShapeFault(fault.path, "endpoint has to be 'embedded' or a mapping with base_url; change it")
    if fault.path[2:4] in (("endpoint", "api_key"), ("endpoint", "headers")):
        return replace(fault, message=_without_keys(fault, value))
    return fault


def _without_keys(fault: ShapeFault, value: dict[str, Any]) -> str:
    """What is wrong near a key, without what may be one: where the names are not like variables', what belongs there instead."""
    found = value_at(value, fault.path)
    if fault.path[-1] == "env" and isinstance(found, str) and not is_variable(found):
        return "that is no variable's name; write {env: NAME}, and the key into the variable"
    if isinstance(found, str) and "\0" in found:
        return "no command takes a NUL character; remove it"
    if all(isinstance(step, int) or is_variable(step) for step in fault.path[4:]):
        return fault.message
    takes = "text or {env: NAME}" if fault.path[3] == "headers" else "{env: NAME} or {command: [PROGRAM, ARGUMENT]}"
    return f"this takes {takes}; write one of them"


def _endpoint_faults(endpoint: Any, path: Steps) -> Iterator[ShapeFault]:
    """What the shape of an endpoint does not say."""
    if not isinstance(endpoint, dict):
        return
    url = endpoint.get("base_url")
    if isinstance(url, str) and re.match(ADDRESS, url) and (said := _address_fault(url)):
        yield ShapeFault((*path, "base_url"), said)
    key = endpoint.get("api_key")
    if isinstance(key, dict) and sum(key.get(one) is not None for one in ("env", "command")) != 1:
        yield ShapeFault((*path, "api_key"), "api_key takes one of env and command; write exactly one")
    headers = endpoint.get("headers")
    for name, value in headers.items() if isinstance(headers, dict) else ():
        yield from _header_faults(name, value, (*path, "headers", name))


def _header_faults(name: str, value: Any, path: Steps) -> Iterator[ShapeFault]:
    if not _HEADER_NAME.fullmatch(name):
        yield ShapeFault(path, "this cannot be the name of a header; correct it", at_key=True)
    if isinstance(value, str) and _SECRET_HEADER.search(name):
        yield ShapeFault(path, f"{_NO_LITERAL_KEY}; write {{env: NAME}}")
    elif isinstance(value, str) and not (value.isascii() and value.isprintable()):
        yield ShapeFault(path, "a header holds printable ASCII characters; remove the others")


def _address_fault(url: str) -> str | None:
    """What the network's library, or the system, would refuse when all is under way."""
    if any(one < " " or one == "\x7f" for one in url):
        return "base_url holds a character that no address has; remove it"
    try:
        parts = urlsplit(url)
        _ = parts.port
        _check_host(parts.hostname or "")
    except ValueError:
        return "base_url has a host or a port that cannot be; correct it"
    if "@" in parts.netloc:
        return "a password never stands in a file; use api_key or a header from a variable"
    return f"base_url is over {ADDRESS_MAX} characters; shorten it" if len(url) > ADDRESS_MAX else None


def _check_host(host: str) -> None:
    """Raises ValueError for what is neither an IP address nor a name."""
    if not host.isascii():
        import idna

        host = idna.encode(host).decode("ascii")
    if ":" in host:
        ipaddress.IPv6Address(host)
    elif re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host):
        ipaddress.IPv4Address(host)
    elif not all(0 < len(label) < 64 for label in host.removesuffix(".").split(".")):
        raise ValueError("a label is empty or too long")


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
    return Remote(_sound(url, origin), key, ambient=True)


def _sound(url: str, origin: str) -> str:
    """An address that stands in no file. It is refused without being repeated: it may hold a password."""
    if not re.match(ADDRESS, url) or _address_fault(url):
        raise UsageError(f"{origin} has to be an http(s) address with neither user, password nor query; correct it")
    return url


def chat_server(url: str, environ: Mapping[str, str]) -> Remote:
    """A server beside the environment's, to chat with alone. It gets a key of its own, and nothing that was meant for another."""
    return Remote(_sound(url, "--chat-base-url"), Key(CHAT_KEY) if environ.get(CHAT_KEY) else None)


def _remote(settings: Mapping[str, Any]) -> Remote:
    key, headers = settings.get("api_key"), settings.get("headers", {})
    return Remote(
        settings["base_url"],
        Key(key.get("env"), tuple(key.get("command") or ())) if key else None,
        settings.get("query", {}),
        {name: one if isinstance(one, str) else Key(one["env"]) for name, one in headers.items()},
    )


def database(root: Path) -> Path:
    return state_folder(root) / "embedded.db"


def state_folder(root: Path) -> Path:
    return root / ".assistants"


def make_state_folder(folder: Path) -> None:
    """`.assistants/`, which keeps itself out of git. Raises ToolError where a link leads it, or the database in it, out of the root."""
    root = sources.real(folder.parent)
    for one in (folder, database(folder.parent)):
        if not sources.real(one).is_relative_to(root):
            raise ToolError(
                f"{shown(one)} leads out of the root {shown(folder.parent)}; put a folder or file in its place"
            )
    try:
        folder.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as ignore:
            ignore.write("*\n")
    except OSError as error:
        raise ToolError(f"{folder} cannot be written: {error.strerror}; check its permissions") from None
