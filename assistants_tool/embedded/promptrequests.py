"""What a client of prompt agents may send, as data: by the types of Microsoft's SDK. What they leave open is taken as it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from assistants_tool import models

from .requests import Metadata, Object, Schema, checked, optional, plain

Fields = dict[str, Any]
_Kept = ConfigDict(extra="allow", strict=True)


class _Function(Object):
    model_config = _Kept
    type: Literal["function"]
    name: str
    description: str = optional()
    parameters: Schema
    strict: bool


class _Container(Object):
    model_config = _Kept
    type: Literal["auto"] = "auto"
    file_ids: list[str] = optional()


class _CodeInterpreter(Object):
    model_config = _Kept
    type: Literal["code_interpreter"]
    container: _Container | str = optional()


class _Ranking(Object):
    model_config = _Kept
    ranker: str = optional()
    score_threshold: float = optional(ge=0, le=1)


class _FileSearch(Object):
    model_config = _Kept
    type: Literal["file_search"]
    vector_store_ids: list[str]
    max_num_results: int = optional(ge=models.SEARCH_RESULTS_MIN, le=models.SEARCH_RESULTS_MAX)
    ranking_options: _Ranking = optional()


_CLASSIC = ("connected_agent", "deep_research", "fabric_dataagent", "sharepoint_grounding", "bing_custom_search")


def _of_this_api(kind: str) -> str:
    if kind in _CLASSIC:
        raise PydanticCustomError("invalid_value", "Invalid value: '{kind}' is no type of a tool.", {"kind": kind})
    return kind


def _tag(tool: Any) -> str:
    kind = tool.get("type") if isinstance(tool, dict) else None
    return kind if kind in ("function", "code_interpreter", "file_search") else "other"


class _Other(Object):
    """A tool of another type. Those of classic agents are called otherwise here, and refused."""

    model_config = _Kept
    type: Annotated[str, AfterValidator(_of_this_api)]


_Tool = Annotated[
    Annotated[_Function, Tag("function")]
    | Annotated[_CodeInterpreter, Tag("code_interpreter")]
    | Annotated[_FileSearch, Tag("file_search")]
    | Annotated[_Other, Tag("other")],
    Discriminator(_tag),
]


class _Reasoning(Object):
    effort: Literal[models.REASONING_EFFORTS] = optional()  # type: ignore[valid-type]  # mypy sees no words in a tuple
    summary: Literal["concise", "detailed", "auto"] = optional()


class _PlainFormat(Object):
    type: Literal["text", "json_object"]


class _SchemaFormat(Object):
    type: Literal["json_schema"]
    name: str
    schema_: Schema = Field(alias="schema")
    description: str = optional()
    strict: bool = optional()


class _Text(Object):
    format: Annotated[_PlainFormat | _SchemaFormat, Field(discriminator="type")] = optional()


class _Definition(Object):
    kind: Literal["prompt"]
    model: Annotated[str, Field(min_length=1)]
    instructions: str = optional()
    temperature: float = optional(ge=0, le=models.TEMPERATURE_MAX)
    top_p: float = optional(ge=0, le=models.TOP_P_MAX)
    reasoning: _Reasoning = optional()
    tools: list[_Tool] = optional(max_length=models.TOOLS_MAX)
    tool_choice: Any = optional()
    text: _Text = optional()
    structured_inputs: dict[str, Any] = optional()
    rai_config: dict[str, Any] = optional()
    skills: list[Any] = optional()
    harness: dict[str, Any] = optional()


class Version(Object):
    """A request for a version of an agent."""

    definition: _Definition
    description: str = Field(default="", max_length=models.DESCRIPTION_MAX)
    metadata: Metadata = {}
    draft: bool = False


def version(value: object) -> Fields:
    """What a version holds. Raises `ApiError` about the first fault."""
    stated = plain(checked(Version, value))
    return {name: stated[name] for name in ("description", "metadata", "draft", "definition")}
