"""The file format: what one YAML document may hold, as pydantic models. The API's own fields keep their names and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from assistants_tool import models
from assistants_tool.definitions import blocks  # noqa: TC001 - whose shapes pydantic reads
from assistants_tool.definitions.references import is_known_tool
from assistants_tool.definitions.shape import BARE_PATTERN, IDENTIFIER_PATTERN
from assistants_tool.definitions.structure import ApiShape, Referable, shapes_in
from assistants_tool.objects.members import ASSISTANTS

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

_VALUE, _STRUCTURE = Referable(), Referable(("file",))
Text = Annotated[str | None, _VALUE]
Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
FunctionName = Annotated[str, Field(pattern=models.FUNCTION_NAME_PATTERN), _VALUE]
Id = Annotated[str, Field(min_length=1, pattern=BARE_PATTERN), _VALUE]
OptionalId = Annotated[Annotated[str, Field(min_length=1, pattern=BARE_PATTERN)] | None, _VALUE]
RequiredText = Annotated[str, Field(min_length=1), _VALUE]
Effort = Literal[models.REASONING_EFFORTS]  # type: ignore[valid-type]  # mypy sees no words in a tuple
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
    ranker: Text = None
    score_threshold: Annotated[float, Field(ge=0, le=1), _VALUE]


class FileSearch(ApiShape):
    max_num_results: Annotated[
        Annotated[int, Field(ge=models.SEARCH_RESULTS_MIN, le=models.SEARCH_RESULTS_MAX)] | None, _VALUE
    ] = None
    ranking_options: RankingOptions | None = None


class FileSearchTool(ApiShape):
    type: Literal["file_search"]
    file_search: FileSearch | None = None


# --- the tools of Foundry


class AzureAISearch(ApiShape):
    pass


class AzureAISearchTool(ApiShape):
    type: Literal["azure_ai_search"]
    azure_ai_search: AzureAISearch | None = None


class CalledFunction(ApiShape):
    name: FunctionName
    description: Text = None
    parameters: Annotated[dict[str, Any], _STRUCTURE]


class StorageQueue(ApiShape):
    queue_service_endpoint: RequiredText
    queue_name: RequiredText


class QueueBinding(ApiShape):
    type: Literal["storage_queue"]
    storage_queue: StorageQueue


class AzureFunction(ApiShape):
    function: CalledFunction
    input_binding: QueueBinding
    output_binding: QueueBinding


class AzureFunctionTool(ApiShape):
    type: Literal["azure_function"]
    azure_function: AzureFunction


class BingConfiguration(ApiShape):
    connection_id: Id
    market: Text = None
    set_lang: Text = None
    count: Annotated[int | None, _VALUE] = None
    freshness: Text = None


class BingGrounding(ApiShape):
    search_configurations: Annotated[list[BingConfiguration], Field(max_length=models.CONNECTIONS_MAX)]


class BingGroundingTool(ApiShape):
    type: Literal["bing_grounding"]
    bing_grounding: BingGrounding


class BingCustomConfiguration(BingConfiguration):
    instance_name: RequiredText


class BingCustomSearch(ApiShape):
    search_configurations: Annotated[list[BingCustomConfiguration], Field(max_length=models.CONNECTIONS_MAX)]


class BingCustomSearchTool(ApiShape):
    type: Literal["bing_custom_search"]
    bing_custom_search: BingCustomSearch


class BrowserConnection(ApiShape):
    id: Id


class BrowserAutomation(ApiShape):
    connection: BrowserConnection


class BrowserAutomationTool(ApiShape):
    type: Literal["browser_automation"]
    browser_automation: BrowserAutomation


class ComputerUse(ApiShape):
    display_width: Annotated[int, _VALUE]
    display_height: Annotated[int, _VALUE]
    environment: RequiredText


class ComputerUseTool(ApiShape):
    type: Literal["computer_use_preview"]
    computer_use_preview: ComputerUse


class ConnectedAgent(ApiShape):
    id: Id
    name: RequiredText
    description: RequiredText


class ConnectedAgentTool(ApiShape):
    type: Literal["connected_agent"]
    connected_agent: ConnectedAgent


class Connection(ApiShape):
    connection_id: Id


class DeepResearch(ApiShape):
    deep_research_model: RequiredText
    bing_grounding_connections: list[Connection]


class DeepResearchTool(ApiShape):
    type: Literal["deep_research"]
    deep_research: DeepResearch


class Connections(ApiShape):
    connections: Annotated[list[Connection], Field(max_length=models.CONNECTIONS_MAX)] | None = None


class FabricTool(ApiShape):
    type: Literal["fabric_dataagent"]
    fabric_dataagent: Connections


class SharepointTool(ApiShape):
    type: Literal["sharepoint_grounding"]
    sharepoint_grounding: Connections


class McpTool(ApiShape):
    type: Literal["mcp"]
    server_label: RequiredText
    server_url: RequiredText
    allowed_tools: list[RequiredText] | None = None


class NoScheme(ApiShape):
    pass


class ConnectionScheme(ApiShape):
    connection_id: Id


class IdentityScheme(ApiShape):
    audience: RequiredText


class AnonymousAuth(ApiShape):
    type: Literal["anonymous"]
    security_scheme: NoScheme | None = None


class ConnectionAuth(ApiShape):
    type: Literal["connection"]
    security_scheme: ConnectionScheme


class IdentityAuth(ApiShape):
    type: Literal["managed_identity"]
    security_scheme: IdentityScheme


def _auth_tag(value: Any) -> str:
    return f"={value.get('type') if isinstance(value, dict) else None}"


class OpenApi(ApiShape):
    name: RequiredText
    description: Text = None
    spec: Annotated[dict[str, Any], _STRUCTURE]
    auth: Annotated[
        Annotated[AnonymousAuth, Tag("=anonymous")]
        | Annotated[ConnectionAuth, Tag("=connection")]
        | Annotated[IdentityAuth, Tag("=managed_identity")],
        Discriminator(_auth_tag),
    ]
    default_params: list[RequiredText] | None = None


class OpenApiTool(ApiShape):
    type: Literal["openapi"]
    openapi: OpenApi


# --- any tool


class OtherTool(BaseModel):
    """A tool type that we do not know passes through untouched."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    type: str


def _tool_tag(value: Any) -> str:
    return f"={value['type']}" if is_known_tool(value) else "=other"


Tool = Annotated[
    Annotated[FunctionTool, Tag("=function")]
    | Annotated[CodeInterpreterTool, Tag("=code_interpreter")]
    | Annotated[FileSearchTool, Tag("=file_search")]
    | Annotated[AzureAISearchTool, Tag("=azure_ai_search")]
    | Annotated[AzureFunctionTool, Tag("=azure_function")]
    | Annotated[BingCustomSearchTool, Tag("=bing_custom_search")]
    | Annotated[BingGroundingTool, Tag("=bing_grounding")]
    | Annotated[BrowserAutomationTool, Tag("=browser_automation")]
    | Annotated[ComputerUseTool, Tag("=computer_use_preview")]
    | Annotated[ConnectedAgentTool, Tag("=connected_agent")]
    | Annotated[DeepResearchTool, Tag("=deep_research")]
    | Annotated[FabricTool, Tag("=fabric_dataagent")]
    | Annotated[McpTool, Tag("=mcp")]
    | Annotated[OpenApiTool, Tag("=openapi")]
    | Annotated[SharepointTool, Tag("=sharepoint_grounding")]
    | Annotated[OtherTool, Tag("=other")],
    Discriminator(_tool_tag),
    _STRUCTURE,
]


class DataSource(ApiShape):
    type: Literal["id_asset", "uri_asset"]
    uri: RequiredText


DataSources = Annotated[list[DataSource], Field(max_length=models.DATA_SOURCES_MAX)]


class CodeInterpreterResources(ApiShape):
    file_ids: Annotated[list[Id], Field(max_length=models.FILE_IDS_MAX)] | None = None
    data_sources: DataSources | None = None


class VectorStoreConfiguration(ApiShape):
    data_sources: DataSources


class VectorStore(ApiShape):
    name: RequiredText
    configuration: VectorStoreConfiguration


class FileSearchResources(ApiShape):
    vector_store_ids: Annotated[list[Id], Field(max_length=models.VECTOR_STORE_IDS_MAX)] | None = None
    vector_stores: Annotated[list[VectorStore], Field(max_length=models.VECTOR_STORE_IDS_MAX)] | None = None


class SearchIndex(ApiShape):
    index_connection_id: OptionalId = None
    index_name: Text = None
    query_type: Text = None
    top_k: Annotated[int | None, _VALUE] = None
    filter: Text = None
    index_asset_id: OptionalId = None


class AzureAISearchResources(ApiShape):
    indexes: Annotated[list[SearchIndex], Field(max_length=models.SEARCH_INDEXES_MAX)] | None = None


class ToolList(ApiShape):
    tool_names: list[RequiredText] | None = None


class ApprovalPerTool(ApiShape):
    always: ToolList | None = None
    never: ToolList | None = None


Approval = Annotated[
    Annotated[Literal["always", "never"], Tag("=word")] | Annotated[ApprovalPerTool, Tag("=tools")],
    Discriminator(lambda value: "=tools" if isinstance(value, dict) else "=word"),
]


class McpResource(ApiShape):
    server_label: RequiredText
    headers: dict[str, RequiredText]
    require_approval: Annotated[Approval | None, _VALUE] = None


class ToolResources(BaseModel):
    """The resources of the tools that we know, checked; of others, untouched."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    code_interpreter: CodeInterpreterResources | None = None
    file_search: FileSearchResources | None = None
    azure_ai_search: AzureAISearchResources | None = None
    mcp: list[McpResource] | None = None


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
    reasoning_effort: Annotated[Effort | None, _VALUE] = None


class Document(AssistantFields):
    """One document after its environment's defaults and patch were merged: the API's members and our own."""

    key: Identifier | None = None
    protect: bool | None = None
    ignore: list[str] | None = None
    adopt: Annotated[AdoptedId, _VALUE] = None
    agents: blocks.AgentsBlock | None = None
    prompt_agents: blocks.PromptAgentsBlock | None = Field(default=None, alias="prompt-agents")


# The shapes inside a document by their path: `*` is any index, and the tags of unions are kept.
SHAPES: Mapping[Path, type[BaseModel]] = dict(shapes_in(Document))
