"""The file format of project.yaml, as pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag

from assistants_tool import models
from assistants_tool.definitions.shape import IDENTIFIER_PATTERN, VARIABLE_PATTERN
from assistants_tool.definitions.structure import Shape, shapes_in
from assistants_tool.project.address import ADDRESS
from assistants_tool.project.kinds import KINDS

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
Variable = Annotated[str, Field(pattern=VARIABLE_PATTERN)]
Api = Literal[models.APIS]  # type: ignore[valid-type]  # mypy sees no words in a tuple
_KINDS, _PLAYED = tuple(KINDS), tuple(one.name for one in KINDS.values() if one.rehearsed)
Kind = Literal[_KINDS]  # type: ignore[valid-type]  # likewise
Played = Literal[_PLAYED]  # type: ignore[valid-type]  # likewise
Word = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class FromVariable(Shape):
    env: Variable


class KeySettings(Shape):
    """Exactly one of them."""

    env: Variable | None = None
    command: Annotated[list[Word], Field(min_length=1)] | None = None
    azure: Literal["default"] | None = None


Stated = Annotated[
    Annotated[str, Tag("=text")] | Annotated[FromVariable, Tag("=env")],
    Discriminator(lambda value: "=env" if isinstance(value, dict) else "=text"),
]


class EndpointSettings(Shape):
    base_url: Annotated[str, Field(pattern=ADDRESS)]
    api_key: KeySettings | None = None
    query: dict[str, Stated] = Field(default_factory=dict)
    headers: dict[str, Stated] = Field(default_factory=dict)
    api: Api = models.DEFAULT_API
    drop: bool = False
    kind: Kind | None = None


class EmbeddedSettings(Shape):
    """The endpoint of our own, in the place of a server of some kind."""

    embedded: Literal[True]
    kind: Played | None = None
    api: Api = models.DEFAULT_API
    drop: bool = False


def _endpoint_tag(value: Any) -> str:
    if not isinstance(value, dict):
        return "=embedded"
    return "=own" if "embedded" in value else "=settings"


EndpointChoice = Annotated[
    Annotated[Literal["embedded"], Tag("=embedded")]
    | Annotated[EmbeddedSettings, Tag("=own")]
    | Annotated[EndpointSettings, Tag("=settings")],
    Discriminator(_endpoint_tag),
]


class EnvironmentSettings(Shape):
    endpoint: EndpointChoice
    defaults: dict[str, Any] = Field(default_factory=dict)


class ProjectSettings(Shape):
    """project.yaml."""

    project: Identifier | None = None
    default_environment: Identifier | None = None
    environments: dict[Identifier, EnvironmentSettings] = Field(default_factory=dict)


# The shapes inside, by their path, as those of a definition are.
SHAPES: Mapping[Path, type[BaseModel]] = dict(shapes_in(ProjectSettings))
