"""The file format of project.yaml, as pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from assistants_tool import models
from assistants_tool.definitions.shape import IDENTIFIER_PATTERN, VARIABLE_PATTERN
from assistants_tool.definitions.structure import Shape
from assistants_tool.project.address import ADDRESS

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
Variable = Annotated[str, Field(pattern=VARIABLE_PATTERN)]
Word = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class FromVariable(Shape):
    env: Variable


class KeySettings(Shape):
    """Exactly one of the two."""

    env: Variable | None = None
    command: Annotated[list[Word], Field(min_length=1)] | None = None


HeaderValue = Annotated[
    Annotated[str, Tag("=text")] | Annotated[FromVariable, Tag("=env")],
    Discriminator(lambda value: "=env" if isinstance(value, dict) else "=text"),
]


class EndpointSettings(Shape):
    base_url: Annotated[str, Field(pattern=ADDRESS)]
    api_key: KeySettings | None = None
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, HeaderValue] = Field(default_factory=dict)
    api: Literal[models.APIS] = models.DEFAULT_API  # type: ignore[valid-type]
    drop: bool = False


EndpointChoice = Annotated[
    Annotated[Literal["embedded"], Tag("=embedded")] | Annotated[EndpointSettings, Tag("=settings")],
    Discriminator(lambda value: "=settings" if isinstance(value, dict) else "=embedded"),
]


class EnvironmentSettings(Shape):
    endpoint: EndpointChoice
    defaults: dict[str, Any] = Field(default_factory=dict)


class ProjectSettings(Shape):
    """project.yaml."""

    project: Identifier | None = None
    default_environment: Identifier | None = None
    environments: dict[Identifier, EnvironmentSettings] = Field(default_factory=dict)


SHAPES: Mapping[Path, type[Shape]] = {
    ("environments", "*"): EnvironmentSettings,
    ("environments", "*", "endpoint", "=settings"): EndpointSettings,
    ("environments", "*", "endpoint", "=settings", "api_key"): KeySettings,
    ("environments", "*", "endpoint", "=settings", "headers", "*", "=env"): FromVariable,
}
