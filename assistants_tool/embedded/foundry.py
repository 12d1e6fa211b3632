"""What Azure AI Foundry's classic agents take, as data, and what that service makes of it.

The members are those of Microsoft's description (version v1, and the preview of 2025-05-15). What is filled in, dropped or hidden was seen
in the recordings of Microsoft's own tests, unless a comment calls it a choice. Nobody asks here whether a connection, an index or a
deployment exists.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from assistants_tool import models

from .errors import ApiError
from .requests import (
    Absent,
    CodeInterpreter,
    Fields,
    Format,
    FunctionTool,
    Metadata,
    Object,
    Ranking,
    Search,
    Shapes,
    auto_or,
    optional,
)

HIDDEN = "REDACTED"  # what is answered in place of a header's value
_ABSENT = cast("Any", Absent)


# --- tools


class _Ranking(Ranking):
    ranker: str = "default_2024_08_21"  # type: ignore[assignment]  # any text, where the base has two


class _Search(Search):
    ranking_options: _Ranking = _Ranking(score_threshold=0.0)


class _FileSearch(Object):
    type: Literal["file_search"]
    file_search: _Search = _Search()


class _AzureSearch(Object):
    type: Literal["azure_ai_search"]
    azure_ai_search: dict[str, Any] = optional()


class _Grounding(Object):
    """What is an empty text is not answered."""

    connection_id: str
    market: str = optional()
    set_lang: str = optional()
    count: int = optional()
    freshness: str = optional()

    @model_validator(mode="after")
    def _drop_empty(self) -> Self:
        for name in type(self).model_fields:
            if getattr(self, name) == "":
                setattr(self, name, _ABSENT)
        return self


class _CustomGrounding(_Grounding):  # that it drops what is empty, too, is a choice
    instance_name: str


class _Groundings(Object):
    search_configurations: Annotated[list[_Grounding], Field(max_length=1)]


class _CustomGroundings(Object):
    search_configurations: Annotated[list[_CustomGrounding], Field(max_length=1)]


class _BingGrounding(Object):
    type: Literal["bing_grounding"]
    bing_grounding: _Groundings


class _BingCustomSearch(Object):
    type: Literal["bing_custom_search"]
    bing_custom_search: _CustomGroundings


class _Anonymous(Object):
    type: Literal["anonymous"]
    security_scheme: dict[str, Any] = Field(default={})


class _ByConnection(Object):
    class Scheme(Object):
        connection_id: str

    type: Literal["connection"]
    security_scheme: Scheme


class _ByIdentity(Object):
    class Scheme(Object):
        audience: str

    type: Literal["managed_identity"]
    security_scheme: Scheme


class _OpenApiDefinition(Object):
    name: str
    description: str = optional()
    spec: dict[str, Any]
    auth: Annotated[_Anonymous | _ByConnection | _ByIdentity, Field(discriminator="type")]
    default_params: list[str] = optional()
    functions: list[dict[str, Any]] = Field(
        default=[]
    )  # the service's own: what a request says of them counts for nothing

    @model_validator(mode="after")
    def _fill_in(self) -> Self:
        if self.default_params == []:
            self.default_params = _ABSENT
        self.functions = [*_operations(self.spec)]
        return self


def _operations(spec: dict[str, Any]) -> list[Fields]:
    """The functions that a description is good for: one for each operation that has an id."""
    paths = spec.get("paths")
    operations = (
        [one for path in paths.values() if isinstance(path, dict) for one in path.values()]
        if isinstance(paths, dict)
        else []
    )
    return [_operation(one) for one in operations if isinstance(one, dict) and isinstance(one.get("operationId"), str)]


def _operation(operation: dict[str, Any]) -> Fields:
    stated = operation.get("parameters")
    named = [one for one in stated if isinstance(one, dict) and "name" in one] if isinstance(stated, list) else []
    return {
        "name": operation["operationId"],
        "description": operation.get("description") or operation.get("summary"),
        "parameters": {
            "type": "object",
            "properties": {str(one["name"]): one.get("schema", {}) for one in named},
            "required": [str(one["name"]) for one in named if one.get("required") is True],
        },
    }


class _OpenApi(Object):
    type: Literal["openapi"]
    openapi: _OpenApiDefinition


class _Queue(Object):
    queue_service_endpoint: str
    queue_name: str


class _Binding(Object):
    type: Literal["storage_queue"]
    storage_queue: _Queue


class _BoundFunction(Object):
    name: str
    description: str = optional()
    parameters: dict[str, Any]


class _BoundFunctionDefinition(Object):
    function: _BoundFunction
    input_binding: _Binding
    output_binding: _Binding


class _AzureFunction(Object):
    type: Literal["azure_function"]
    azure_function: _BoundFunctionDefinition


class _Agent(Object):
    id: str
    name: str
    description: str


class _ConnectedAgent(Object):
    type: Literal["connected_agent"]
    connected_agent: _Agent


class _Mcp(Object):
    type: Literal["mcp"]
    server_label: str
    server_url: str
    allowed_tools: list[str] | None = None


class _Connection(Object):
    connection_id: str
    instructions: str | None = None


class _Connections(Object):
    connections: list[_Connection] = Field(default=[], max_length=1)
    instructions: str | None = None


class _Fabric(Object):
    type: Literal["fabric_dataagent"]
    fabric_dataagent: _Connections


class _SharePoint(Object):
    type: Literal["sharepoint_grounding"]
    sharepoint_grounding: _Connections


class _ById(Object):
    connection_id: str


class _Research(Object):
    deep_research_model: str
    deep_research_bing_grounding_connections: list[_ById] = optional()
    bing_grounding_connections: list[_ById] = optional()


class _DeepResearch(Object):
    type: Literal["deep_research"]
    deep_research: _Research


class _BrowserConnection(Object):
    class Named(Object):
        id: str

    connection: Named


class _Browser(Object):
    type: Literal["browser_automation"]
    browser_automation: _BrowserConnection


class _Screen(Object):
    display_width: int
    display_height: int
    environment: str


class _ComputerUse(Object):
    type: Literal["computer_use_preview"]
    computer_use_preview: _Screen


_Tool = Annotated[
    CodeInterpreter
    | _FileSearch
    | FunctionTool
    | _AzureSearch
    | _BingGrounding
    | _BingCustomSearch
    | _OpenApi
    | _AzureFunction
    | _ConnectedAgent
    | _Mcp
    | _Fabric
    | _SharePoint
    | _DeepResearch
    | _Browser
    | _ComputerUse,
    Field(discriminator="type"),
]


# --- resources, which are kept as they come


class _Source(Object):
    uri: str
    type: Literal["uri_asset", "id_asset"]


_Sources = Annotated[list[_Source], Field(max_length=models.FILE_IDS_MAX)]


class _OneOfTwo(Object):
    """Ids of what is there, or a description of what to make: not both."""

    @model_validator(mode="after")
    def _exclude(self) -> Self:
        if len(self.model_fields_set) > 1:
            names = " and ".join(repr(one) for one in type(self).model_fields)
            message = f"Mutually exclusive parameters: give only one of {names}."
            raise PydanticCustomError("mutually_exclusive_parameters", cast("Any", message))
        return self


class _CodeResources(_OneOfTwo):
    file_ids: list[str] = optional(max_length=models.FILE_IDS_MAX)
    data_sources: _Sources = optional()


class _StoreConfiguration(Object):
    data_sources: _Sources


class _Store(Object):
    name: str
    configuration: _StoreConfiguration


class _SearchResources(_OneOfTwo):
    vector_store_ids: list[str] = optional(max_length=models.VECTOR_STORE_IDS_MAX)
    vector_stores: list[_Store] = optional(max_length=models.VECTOR_STORE_IDS_MAX)


class _Index(Object):
    index_connection_id: str = optional()
    index_name: str = optional()
    query_type: str = optional()
    top_k: int = optional()
    filter: str = optional()
    index_asset_id: str = optional()


class _IndexResources(Object):
    indexes: list[_Index] = optional(max_length=1)


class _Server(Object):
    """The values of headers are secrets, which are taken and never given back. Here nobody has a use for them, so none is kept."""

    server_label: str
    headers: dict[str, str] = Field(default={})
    require_approval: Any = optional()

    @model_validator(mode="after")
    def _hide(self) -> Self:
        self.headers = dict.fromkeys(self.headers, HIDDEN)
        return self


class _Resources(Object):
    code_interpreter: _CodeResources = optional()
    file_search: _SearchResources = optional()
    azure_ai_search: _IndexResources = optional()
    mcp: list[_Server] = optional()


# --- requests


class Modify(Object):
    """A request to change an agent. Its members stand in the order in which they are answered. Three of them may not be null."""

    name: str | None = Field(default=None, max_length=models.NAME_MAX)
    description: str | None = Field(default=None, max_length=models.DESCRIPTION_MAX)
    model: str = optional(min_length=1)
    instructions: str | None = Field(default=None, max_length=models.INSTRUCTIONS_MAX)
    tools: list[_Tool] = Field(default=[], max_length=models.TOOLS_MAX)
    top_p: float | None = Field(default=1.0, ge=0, le=models.TOP_P_MAX)
    temperature: float | None = Field(default=1.0, ge=0, le=models.TEMPERATURE_MAX)
    tool_resources: _Resources = _Resources()
    metadata: Metadata | None = Field(default={})
    response_format: Annotated[Format | None, WrapValidator(auto_or)] = "auto"  # type: ignore[assignment]  # what no format is called

    @model_validator(mode="before")
    @classmethod
    def _know_tools(cls, value: Any) -> Any:
        tools = value.get("tools") if isinstance(value, dict) else None
        kinds = [one.get("type") for one in tools if isinstance(one, dict)] if isinstance(tools, list) else []
        if unknown := [one for one in kinds if isinstance(one, str) and one not in TOOLS]:
            raise ApiError(f"Invalid tool value(s): {', '.join(unknown)}. Supported values are: {', '.join(TOOLS)}.")
        return value


class Create(Modify):
    """A request to make an agent."""

    model: str = Field(min_length=1)
    tool_resources: _Resources | None = _Resources()  # type: ignore[assignment]  # null, too, which an update refuses


TOOLS = tuple(one.model_fields["type"].annotation.__args__[0] for one in _Tool.__args__[0].__args__)
FOUNDRY = Shapes(Create, Modify, {})
