"""project.yaml: finding the one that belongs to some paths, reading it, and everything that is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions import sources
from assistants_tool.definitions.shape import IDENTIFIER, ShapeFault, did_you_mean, is_variable
from assistants_tool.definitions.sound import is_sound
from assistants_tool.definitions.sources import PROJECT_FILE, Source, fail, shown
from assistants_tool.errors import DefinitionError, ToolError
from assistants_tool.models import DEFAULT_API
from assistants_tool.objects.dialects import DIALECTS, Speech
from assistants_tool.objects.paths import Path as Steps
from assistants_tool.objects.paths import value_at
from assistants_tool.project.address import ADDRESS, address_fault, is_credential
from assistants_tool.project.kinds import KINDS, Kind, kind_of

if TYPE_CHECKING:
    from assistants_tool.models import Takes

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Environment:
    """As project.yaml declares it, whose shape is in `settings`. `endpoint` is that of a server, or the embedded one's."""

    endpoint: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def speech(self) -> Speech:
        """How its endpoint is spoken to."""
        return Speech(DIALECTS[self.endpoint.get("api", DEFAULT_API)], self.endpoint.get("drop", False))

    @property
    def is_embedded(self) -> bool:
        return "base_url" not in self.endpoint

    @property
    def kind(self) -> Kind:
        """The one that is named, else the one that the host tells."""
        return KINDS.get(self.endpoint.get("kind", "")) or kind_of(self.endpoint.get("base_url", ""))

    @property
    def takes(self) -> Takes:
        """What its endpoint is known to take."""
        return (self.is_embedded and self.kind.rehearsed) or self.kind.takes


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
    inside = {sources.real(one): one for path in reversed(paths) for one in _project_files_inside(path, root)}
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


def _project_files_inside(folder: Path, root: Path) -> Iterator[Path]:
    return sources.visible_files(folder, root, called=PROJECT_FILE)


def read_project(path: Path, root: Path) -> Project:
    """Read and check a project.yaml. Raises DefinitionError with all of its problems."""
    source = sources.read(path, sources.Root(root))
    document, value = sources.structure(source)
    if not isinstance(value, dict):
        raise fail(path, "a project.yaml is a mapping; write `project: NAME` and `environments:`")
    faults = _settings_faults(value)
    if faults:
        raise DefinitionError(source.problem(document, one.path, one.message, at_key=one.at_key) for one in faults)
    declared = value.get("environments", {}).items()
    environments = {name: Environment(_settings(one["endpoint"]), one.get("defaults", {})) for name, one in declared}
    return Project(root, source, value.get("project") or "", value.get("default_environment"), environments, document)


def _settings(endpoint: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """`embedded` is short for a mapping."""
    return {"embedded": True} if isinstance(endpoint, str) else endpoint


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
    from assistants_tool.definitions.structure import shape_faults
    from assistants_tool.project.settings import SHAPES, ProjectSettings

    return shape_faults(ProjectSettings, value, SHAPES)


_NO_LITERAL_KEY = "a key does not belong in a file"
_KEY_FORMS = "{env: NAME}, {command: [PROGRAM, ARGUMENT]} or {azure: default}"
_KNOWN = {
    name for kind in KINDS.values() for name in kind.query
}  # names of parameters, and no keys that slipped into their place


def _friendlier(fault: ShapeFault, value: dict[str, Any]) -> ShapeFault:
    """A key in a file is the mistake that matters most here, and its value must not be repeated."""
    if fault.path[-2:] == ("endpoint", "api_key") and "embedded" not in value_at(value, fault.path[:-1]):
        return ShapeFault(fault.path, f"{_NO_LITERAL_KEY}; write {_KEY_FORMS}")
    if fault.path[-2:] == ("endpoint", "base_url"):
        return ShapeFault(fault.path, _not_an_address(value_at(value, fault.path)))
    if fault.path[2:] == ("endpoint",) and not isinstance(value_at(value, fault.path), dict):
        return ShapeFault(fault.path, "endpoint has to be 'embedded' or a mapping with base_url; change it")
    if fault.path[2:4] in (("endpoint", "api_key"), ("endpoint", "headers"), ("endpoint", "query")):
        return replace(fault, message=_without_keys(fault, value))
    return fault


def _not_an_address(found: Any) -> str:
    if not isinstance(found, str):
        return "base_url has to be text: the address of the endpoint, as https://HOST/v1; write it"
    if not re.match("https?://", found):
        return "base_url needs http:// or https:// in front"
    if re.search(r"[?#]", found):
        return "base_url has to be an address without a query; put that under query, and a key in it as {env: NAME}"
    return "base_url has white space in it, or no host; correct it"


def _without_keys(fault: ShapeFault, value: dict[str, Any]) -> str:
    """What is wrong near a key, without what may be one: where the names are not like variables', what belongs there instead."""
    found = value_at(value, fault.path)
    if fault.path[-1] == "env" and isinstance(found, str) and not is_variable(found):
        return "that is not the name of a variable; write {env: NAME}, and put the key into the variable"
    if isinstance(found, str) and "\0" in found:
        return "no command takes a NUL character; remove it"
    if all(isinstance(step, int) or is_variable(step) or step in _KNOWN for step in fault.path[4:]):
        return fault.message
    takes = "text or {env: NAME}" if fault.path[3] in ("headers", "query") else _KEY_FORMS
    return f"this takes {takes}; write one of them"


def _endpoint_faults(endpoint: Any, path: Steps) -> Iterator[ShapeFault]:
    """What the shape of an endpoint does not say."""
    if not isinstance(endpoint, dict):
        return
    url = endpoint.get("base_url")
    if isinstance(url, str) and re.match(ADDRESS, url) and (said := address_fault(url)):
        yield ShapeFault((*path, "base_url"), said)
    elif isinstance(url, str):
        named = endpoint.get("kind")
        kind = (KINDS.get(named) if isinstance(named, str) else None) or kind_of(url)
        yield from _faults_of_a_kind(endpoint, kind, path)
    key = endpoint.get("api_key")
    if isinstance(key, dict) and sum(key.get(one) is not None for one in ("env", "command", "azure")) != 1:
        yield ShapeFault((*path, "api_key"), "api_key takes one of env, command and azure; write exactly one")
    for part, faults in (("query", _literal_keys), ("headers", _header_faults)):
        stated = endpoint.get(part)
        for name, value in stated.items() if isinstance(stated, dict) else ():
            yield from faults(name, value, (*path, part, name))


def _faults_of_a_kind(endpoint: Mapping[str, Any], kind: Kind, path: Steps) -> Iterator[ShapeFault]:
    if said := kind.address_fault(endpoint["base_url"]):
        yield ShapeFault((*path, "base_url"), said)
    key = endpoint.get("api_key")
    if isinstance(key, dict) and key.get("azure") and not kind.scope:
        said = "only Foundry and Azure are known to accept Azure tokens; add `kind: foundry` or `kind: azure` next to base_url"
        yield ShapeFault((*path, "api_key", "azure"), said)


def _literal_keys(name: str, value: Any, path: Steps) -> Iterator[ShapeFault]:
    if isinstance(value, str) and is_credential(name):
        yield ShapeFault(path, f"{_NO_LITERAL_KEY}; write {{env: NAME}}")


def _header_faults(name: str, value: Any, path: Steps) -> Iterator[ShapeFault]:
    if not _HEADER_NAME.fullmatch(name):
        yield ShapeFault(path, "this cannot be the name of a header; correct it", at_key=True)
    yield from (literal := list(_literal_keys(name, value, path)))
    if isinstance(value, str) and not literal and not (value.isascii() and value.isprintable()):
        yield ShapeFault(path, "a header holds printable ASCII characters; remove the others")
