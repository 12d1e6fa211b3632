"""The file format: what one YAML document may hold, as pydantic models. The API's own fields keep their names and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from assistants_tool import models
from assistants_tool.definitions import blocks
from assistants_tool.definitions.references import is_known_tool
from assistants_tool.definitions.shape import BARE_PATTERN, IDENTIFIER_PATTERN
from assistants_tool.definitions.structure import ApiShape, Referable
from assistants_tool.objects.members import ASSISTANTS

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

_VALUE, _STRUCTURE = Referable(), Referable(("file",))
Text = Annotated[str | None, _VALUE]
Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
FunctionName = Annotated[str, Field(pattern=models.FUNCTION_NAME_PATTERN), _VALUE]
Id = Annotated[str, Field(min_length=1, pattern=BARE_PATTERN), _VALUE]
OpaqueSchema = Annotated[dict[str, Any] | None, _STRUCTURE]


class Function(ApiShape):
    name: FunctionName
    description: Text = None
    parameters: OpaqueSchema = None
    strict: bool | None = None


class FunctionTool(ApiShape):
    type: Literal["function"]
    function: Annotated[Function, _STRUCTURE]


class CodeInterpreterTool(ApiShape):
    type: Literal["code_interpreter"]


class RankingOptions(ApiShape):
    ranker: Annotated[Literal["auto", "default_2024_08_21"] | None, _VALUE] = None
    score_threshold: Annotated[float, Field(ge=0, le=1), _VALUE]


class FileSearch(ApiShape):
    max_num_results: Annotated[
        Annotated[int, Field(ge=models.SEARCH_RESULTS_MIN, le=models.SEARCH_RESULTS_MAX)] | None, _VALUE
    ] = None
    ranking_options: RankingOptions | None = None


class FileSearchTool(ApiShape):
    type: Literal["file_search"]
    file_search: FileSearch | None = None


class OtherTool(BaseModel):
    """A tool type that we do not know passes through untouched: Foundry has more of them."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    type: str


def _tool_tag(value: Any) -> str:
    return f"={value['type']}" if is_known_tool(value) else "=other"


Tool = Annotated[
    Annotated[FunctionTool, Tag("=function")]
    | Annotated[CodeInterpreterTool, Tag("=code_interpreter")]
    | Annotated[FileSearchTool, Tag("=file_search")]
    | Annotated[OtherTool, Tag("=other")],
    Discriminator(_tool_tag),
    _STRUCTURE,
]


class CodeInterpreterResources(ApiShape):
    file_ids: Annotated[list[Id], Field(max_length=models.FILE_IDS_MAX)] | None = None


class FileSearchResources(ApiShape):
    vector_store_ids: Annotated[list[Id], Field(max_length=models.VECTOR_STORE_IDS_MAX)] | None = None


class ToolResources(BaseModel):
    """The resources of the tools that we know, checked; of others, untouched."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    code_interpreter: CodeInterpreterResources | None = None
    file_search: FileSearchResources | None = None


class PlainFormat(ApiShape):
    type: Literal["text", "json_object", "json_schema"]


class JsonSchema(ApiShape):
    name: FunctionName
    description: Text = None
    schema_: OpaqueSchema = Field(default=None, alias="schema")
    strict: bool | None = None


class JsonSchemaFormat(ApiShape):
    type: Literal["json_schema"]
    json_schema: JsonSchema


def _format_tag(value: Any) -> str:
    if not isinstance(value, dict):
        return "=auto"
    return "=json_schema" if value.get("type") == "json_schema" else "=plain"


ResponseFormat = Annotated[
    Annotated[Literal["auto"] | None, Tag("=auto")]
    | Annotated[PlainFormat, Tag("=plain")]
    | Annotated[JsonSchemaFormat, Tag("=json_schema")],
    Discriminator(_format_tag),
]
Metadata = dict[
    Annotated[str, Field(max_length=models.METADATA_KEY_MAX)],
    Annotated[Annotated[str, Field(max_length=models.METADATA_VALUE_MAX)] | None, _VALUE],
]


AdoptedId = Annotated[
    Annotated[Annotated[str, Field(min_length=1, pattern=BARE_PATTERN)], Tag("=id")]
    | Annotated[Literal[False] | None, Tag("=never")],
    Discriminator(lambda value: "=id" if isinstance(value, str) else "=never"),
]


class AssistantFields(ApiShape):
    """The API's members, as a request to create an assistant has them."""

    name: Annotated[Annotated[str, Field(max_length=ASSISTANTS["name"].most)] | None, _VALUE] = None
    description: Annotated[Annotated[str, Field(max_length=ASSISTANTS["description"].most)] | None, _VALUE] = None
    model: Id
    instructions: Annotated[Annotated[str, Field(max_length=ASSISTANTS["instructions"].most)] | None, _VALUE] = None
    tools: Annotated[list[Tool], Field(max_length=ASSISTANTS["tools"].most)] | None = None
    tool_resources: ToolResources | None = None
    metadata: Annotated[Metadata, Field(max_length=models.DECLARED_PAIRS_MAX)] | None = None
    temperature: Annotated[Annotated[float, Field(ge=0, le=ASSISTANTS["temperature"].most)] | None, _VALUE] = None
    top_p: Annotated[Annotated[float, Field(ge=0, le=ASSISTANTS["top_p"].most)] | None, _VALUE] = None
    response_format: ResponseFormat = None
    reasoning_effort: Annotated[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None, _VALUE] = (
        None
    )


class Document(AssistantFields):
    """One document after its environment's defaults and patch were merged: the API's members and our own."""

    key: Identifier | None = None
    protect: bool | None = None
    ignore: list[str] | None = None
    adopt: Annotated[AdoptedId, _VALUE] = None
    agents: blocks.AgentsBlock | None = None


# The shapes inside a document by their path: `*` is any index, and the tags of unions are kept.
SHAPES: Mapping[Path, type[BaseModel]] = {
    **blocks.SHAPES,
    ("tools", "*", "=function"): FunctionTool,
    ("tools", "*", "=function", "function"): Function,
    ("tools", "*", "=code_interpreter"): CodeInterpreterTool,
    ("tools", "*", "=file_search"): FileSearchTool,
    ("tools", "*", "=file_search", "file_search"): FileSearch,
    ("tools", "*", "=file_search", "file_search", "ranking_options"): RankingOptions,
    ("tool_resources", "code_interpreter"): CodeInterpreterResources,
    ("tool_resources", "file_search"): FileSearchResources,
    ("response_format", "=plain"): PlainFormat,
    ("response_format", "=json_schema"): JsonSchemaFormat,
    ("response_format", "=json_schema", "json_schema"): JsonSchema,
}
