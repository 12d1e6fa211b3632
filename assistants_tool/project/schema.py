"""The file formats as JSON Schema (draft 2020-12), for editors: they complete fields, show limits, and underline mistakes.

The shapes are those of the models in `document` and `settings`; what a person wants to know of a field stands here, in `ABOUT`. An editor
sees one file alone. So what depends on others (which environments are declared, what the defaults add), and what is no matter of shape
(models that cannot serve an assistant, the JSON Schemas inside a definition, keys written out), is left to `validate`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from assistants_tool import models
from assistants_tool.definitions import blocks, document
from assistants_tool.definitions.document import Document, FunctionName, Id, Identifier, JsonSchema
from assistants_tool.definitions.structure import ApiShape, FileReference, VariableReference
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.tools import TOOLS
from assistants_tool.project import settings
from assistants_tool.project.settings import ProjectSettings

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Node = dict[str, Any]


# Patches allow null where what they patch does not, which is what mypy objects to in these overrides.


class JsonSchemaPatch(JsonSchema):
    name: FunctionName | None = None  # type: ignore[assignment]


class FormatPatch(ApiShape):
    type: Literal["text", "json_object", "json_schema"] | None = None
    json_schema: JsonSchemaPatch | None = None


class Patch(Document):
    """A part of a definition: no member is needed, and null takes one away."""

    model: Id | None = None  # type: ignore[assignment]
    response_format: Literal["auto"] | FormatPatch | None = None  # type: ignore[assignment]


class DefinitionFile(Document):
    """A document as it stands in a file. The model may come from elsewhere."""

    model: Id = Field(default_factory=str)
    environments: dict[Identifier, Patch | Literal[False]] | None = None


class About(NamedTuple):
    """What a field means, and examples of its value."""

    text: str
    examples: tuple[Any, ...]


def about(text: str, *examples: Any) -> About:
    return About(text, examples)


_TOOLS_EXAMPLE = [{"type": "code_interpreter"}, {"type": "file_search"}]
_IDENTIFIER = "At most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit."
_FUNCTION_NAME = "1 to 64 letters, digits, '_' and '-'."
_API = about("The API that the endpoint speaks. Default: assistants.", "agents")
_DROP = about(
    "true: what that API does not support is left out, with a warning instead of an error, as with --drop-unsupported. Default: false."
)
_STRICT = (
    "true: the model keeps to the schema exactly. Each object in it then needs additionalProperties: false and has to name all of its "
    "properties in required; oneOf, allOf and some others are not supported. Default: false."
)
_VARIABLE = "The name of an environment variable: its value is used. It has to be set for plan and apply."
_CONNECTION = "The id of a connection of the project; each environment has its own, so best `{env: NAME}`."
_COMMAND = "A command, one item for each word, run without a shell: it prints the key."

# Every field of every model. One that a model inherits is described where it is declared.
ABOUT: Mapping[type, Mapping[str, About]] = {
    ApiShape: {
        "extra": about("Members that the server has here and the tool does not know; see `extra` of the definition.")
    },
    document.AssistantFields: {
        "name": about(
            f"The name in lists: at most {models.NAME_MAX} characters. It need not be unique, and changing it keeps the id. "
            "Default: none.",
            "Support Bot",
        ),
        "description": about(
            f"What the assistant is for: at most {models.DESCRIPTION_MAX} characters. Default: none.",
            "Answers order questions.",
        ),
        "model": about(
            "The model that answers, by the endpoint's name for it. The only required field, here or in the environment's defaults.",
            "gpt-4o",
            "gpt-4.1-mini",
            "o3-mini",
        ),
        "instructions": about(
            f"The system prompt: at most {models.INSTRUCTIONS_MAX} characters, sent as they are, final newline included. "
            "`{file: PATH}` keeps a long one in a file of its own. Default: none.",
            {"file": "prompts/support.md"},
        ),
        "tools": about(
            f"What the assistant can use, in this order: at most {models.TOOLS_MAX}. Removing the field removes all. Default: none.",
            _TOOLS_EXAMPLE,
        ),
        "tool_resources": about("What the tools work on, by id. Removing a member empties it. Default: none."),
        "metadata": about(
            f"Pairs of text for your own use: at most {models.DECLARED_PAIRS_MAX} (the API's "
            f"{models.METADATA_PAIRS_MAX}th is the tool's mark), keys of at most {models.METADATA_KEY_MAX} and values of at most "
            f"{models.METADATA_VALUE_MAX} characters. A number or a boolean has to be quoted. Default: none.",
            {"team": "customer-care"},
        ),
        "temperature": about(
            f"0 to {models.TEMPERATURE_MAX}: the higher, the more varied the answers. Change this or top_p, not both; reasoning models "
            "take neither. Default: 1, which removing the line brings back.",
            0.2,
        ),
        "top_p": about(
            f"0 to {models.TOP_P_MAX}: only the likeliest words that together have this probability are considered. Change this or "
            "temperature, not both. Default: 1, which removing the line brings back.",
            0.9,
        ),
        "response_format": about(
            "The form of the answers: `auto`, or a mapping with the type text, json_object (the instructions have to speak of JSON then) "
            "or json_schema. Default: auto.",
            "auto",
            {"type": "json_object"},
        ),
        "reasoning_effort": about(
            "How much a reasoning model thinks before it answers; for such models only. Default: left to the model.",
            "medium",
        ),
    },
    Document: {
        "extra": about(
            "Members that the server has and the tool does not know, here or next to the fields of a tool, resource or format: sent "
            "as they are, compared as stated. null clears one; removing the line leaves it as it is. `{env: NAME}` in it takes a value "
            "from a variable; `{literal: {env: x}}` is that mapping itself.",
            {"cache_ttl": 60},
        ),
        "key": about(
            f"The stable identity: with project and environment it says which assistant this is, so another key is another assistant. "
            f"{_IDENTIFIER} Default: the file's name without its ending; a file of several documents needs one in each.",
            "support",
        ),
        "protect": about(
            "true: nothing deletes this assistant. It is remembered on the endpoint, so removing the file does not lift it; false does. "
            "Default: false.",
            True,
        ),
        "ignore": about(
            "Fields that are left to others: sent when the assistant is created, if stated, and not compared or changed after that. "
            "`metadata.KEY` is a single pair.",
            ["temperature"],
        ),
        "adopt": about(
            "The id of an existing assistant, to be managed from now on. false: never take one over, create a new one.",
            "asst_abc123",
            False,
        ),
        "agents": about(
            "Fields that only OpenAI's /v1/agents has, for environments with `api: agents`; others ignore them.",
            {"text": {"verbosity": "low"}},
        ),
        "prompt-agents": about(
            "Fields that only Foundry's prompt agents have, for environments with `api: prompt-agents`; others ignore them.",
            {"name": "support-bot"},
        ),
    },
    DefinitionFile: {
        "environments": about(
            "What differs in single environments of project.yaml: fields that replace those above (mappings are merged, null takes a field "
            "away), or false where the assistant should not exist.",
            {"production": {"model": "gpt-4.1"}, "local": False},
        ),
    },
    blocks.AgentsBlock: {
        "text": about("How it writes, apart from the format."),
        "reasoning": about("How its reasoning is reported."),
        "service_tier": about("The service tier. Default: auto.", "flex"),
        "multi_agent": about("Whether it may start agents of its own."),
        "compaction": about("How a long session is made shorter. Where nothing is stated, it is left to the service."),
        "experimental": about("Experimental features of the service."),
        "tools": about(
            "More tools, in the form of this API, behind those of the definition.",
            [{"type": "web_search", "mode": "live"}],
        ),
    },
    blocks.PromptAgentsBlock: {
        "name": about("The agent's name, instead of the key: 1 to 63 letters, digits and hyphens.", "support-bot"),
        "tool_choice": about("Which tool it has to call, or whether it may. Default: auto."),
        "structured_inputs": about("What fills the places in its instructions, by name."),
        "rai_config": about("The responsible-AI policy that applies to it."),
        "skills": about("The skills that it has."),
        "harness": about("What it runs in."),
        "reasoning": about("How its reasoning is reported."),
        "tools": about(
            "More tools, in the form of this API, behind those of the definition.", [{"type": "image_generation"}]
        ),
    },
    blocks.PromptReasoning: {"summary": about("Which summary of its reasoning is given. Default: none.", "concise")},
    blocks.AgentsText: {"verbosity": about("How much it says. Default: medium.", "low")},
    blocks.AgentsReasoning: {"summary": about("Which summary of its reasoning is given. Default: none.", "concise")},
    blocks.AgentsMultiAgent: {
        "enabled": about("Whether it may."),
        "max_concurrent_subagents": about("How many at once. Default: 6."),
    },
    blocks.AgentsCompaction: {"async": about("Whether that happens while the session goes on.")},
    blocks.AgentsExperimental: {"time_awareness": about("Whether it knows the time. Default: false.")},
    blocks.OwnTool: {"type": about("Which tool it is; the other members are those of that API.", "web_search")},
    document.FunctionTool: {
        "type": about("A function of yours: the model asks for a call of it, your program answers."),
        "function": about("The function. `{file: PATH}` keeps it in a file of its own."),
    },
    document.Function: {
        "name": about(f"What the model calls it by. {_FUNCTION_NAME}", "get_order"),
        "description": about("What it does and when to call it, for the model to choose. Default: none."),
        "parameters": about(
            "Its parameters as a JSON Schema of an object. Default: none.",
            {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]},
            {"file": "tools/get_order.parameters.yaml"},
        ),
        "strict": about(_STRICT),
    },
    document.CodeInterpreterTool: {"type": about("Runs Python on the files of tool_resources.code_interpreter.")},
    document.FileSearchTool: {
        "type": about("Searches the vector store of tool_resources.file_search."),
        "file_search": about("How to search."),
    },
    document.FileSearch: {
        "max_num_results": about(
            f"The most results of a search: {models.SEARCH_RESULTS_MIN} to {models.SEARCH_RESULTS_MAX}. Default: left to the server.",
        ),
        "ranking_options": about("How results are ranked. Default: the ranker auto, and no threshold."),
    },
    document.RankingOptions: {
        "ranker": about("Default: auto."),
        "score_threshold": about("0 to 1: results with a lower score are left out. Required here.", 0.5),
    },
    document.AzureAISearchTool: {
        "type": about("Searches the index of tool_resources.azure_ai_search. Azure AI Foundry has it, as all below."),
        "azure_ai_search": about("Leave it empty."),
    },
    document.AzureAISearch: {},
    document.AzureFunctionTool: {
        "type": about("Calls a function of yours by way of two storage queues; basic set-ups of Foundry refuse it."),
        "azure_function": about("The function and its queues."),
    },
    document.AzureFunction: {
        "function": about("What the model calls."),
        "input_binding": about("Where the calls go."),
        "output_binding": about("Where the answers come from."),
    },
    document.CalledFunction: {
        "name": about(f"What the model calls it by. {_FUNCTION_NAME}", "get_weather"),
        "description": about("What it does and when to call it, for the model to choose. Default: none."),
        "parameters": about("Its parameters as a JSON Schema of an object.", {"file": "tools/weather.parameters.yaml"}),
    },
    document.QueueBinding: {
        "type": about("A storage queue; there is no other."),
        "storage_queue": about("Which queue."),
    },
    document.StorageQueue: {
        "queue_service_endpoint": about("The address of the queue service.", "https://acme.queue.core.windows.net"),
        "queue_name": about("The name of the queue.", "calls"),
    },
    document.BingGroundingTool: {
        "type": about("Searches the web with Bing."),
        "bing_grounding": about("By which connection, and how."),
    },
    document.BingGrounding: {
        "search_configurations": about(f"The connection and its options: at most {models.CONNECTIONS_MAX}.")
    },
    document.BingCustomSearchTool: {
        "type": about("Searches chosen parts of the web with Bing Custom Search."),
        "bing_custom_search": about("By which connection, and how."),
    },
    document.BingCustomSearch: {
        "search_configurations": about(f"The connection and its options: at most {models.CONNECTIONS_MAX}.")
    },
    document.BingConfiguration: {
        "connection_id": about(_CONNECTION, {"env": "BING_CONNECTION"}),
        "market": about("Where the results come from. Default: left to the server.", "en-US"),
        "set_lang": about("The language of the search. Default: left to the server.", "en"),
        "count": about("How many results. Default: left to the server.", 5),
        "freshness": about("How old results may be. Default: any.", "Week"),
    },
    document.BingCustomConfiguration: {
        "instance_name": about("The name of the custom configuration.", "product-pages"),
    },
    document.BrowserAutomationTool: {
        "type": about("Works with web pages in a browser of the Playwright service."),
        "browser_automation": about("By which connection."),
    },
    document.BrowserAutomation: {"connection": about("The connection of the browser.")},
    document.BrowserConnection: {"id": about(_CONNECTION, {"env": "BROWSER_CONNECTION"})},
    document.ComputerUseTool: {
        "type": about("Works with a computer by its screen, keyboard and mouse."),
        "computer_use_preview": about("The screen, and what kind of computer it is."),
    },
    document.ComputerUse: {
        "display_width": about("The width of the screen in pixels.", 1024),
        "display_height": about("The height of the screen in pixels.", 768),
        "environment": about("What kind of computer it is.", "browser"),
    },
    document.ConnectedAgentTool: {
        "type": about("Lets this assistant ask another assistant."),
        "connected_agent": about("Which one, and when."),
    },
    document.ConnectedAgent: {
        "id": about("The id of the other assistant.", {"env": "STOCK_AGENT"}),
        "name": about("What the model calls it by: letters and '_'.", "stock_prices"),
        "description": about("When to ask it, for the model to choose.", "Knows the prices of stocks."),
    },
    document.DeepResearchTool: {
        "type": about("Researches the web in several steps."),
        "deep_research": about("With which model, and by which connection."),
    },
    document.DeepResearch: {
        "deep_research_model": about("The deployment of the model that researches.", "o3-deep-research"),
        "bing_grounding_connections": about("The connections of Bing."),
    },
    document.FabricTool: {
        "type": about("Asks a data agent of Microsoft Fabric."),
        "fabric_dataagent": about("By which connection."),
    },
    document.SharepointTool: {
        "type": about("Searches a SharePoint site."),
        "sharepoint_grounding": about("By which connection."),
    },
    document.Connections: {"connections": about(f"At most {models.CONNECTIONS_MAX}. Default: none.")},
    document.Connection: {"connection_id": about(_CONNECTION, {"env": "FABRIC_CONNECTION"})},
    document.McpTool: {
        "type": about("Calls the tools of an MCP server. Headers and approval stand in tool_resources.mcp."),
        "server_label": about("A name for the server, which tool_resources.mcp repeats.", "github"),
        "server_url": about("Its address.", "https://mcp.example.com/v1"),
        "allowed_tools": about("The tools that may be called. Default: all.", ["search_code"]),
    },
    document.OpenApiTool: {
        "type": about("Calls an HTTP API by its OpenAPI description."),
        "openapi": about("The API."),
    },
    document.OpenApi: {
        "name": about("A name for the API.", "weather"),
        "description": about("What it is good for, for the model to choose. Default: none."),
        "spec": about(
            "The OpenAPI description. `{file: PATH}` keeps it in a file of its own.", {"file": "weather.yaml"}
        ),
        "auth": about(
            "How to authenticate: the type anonymous, connection or managed_identity.", {"type": "anonymous"}
        ),
        "default_params": about("Parameters that the server fills in by itself. Default: none.", ["api-version"]),
    },
    document.AnonymousAuth: {
        "type": about("No authentication."),
        "security_scheme": about("Leave it empty."),
    },
    document.NoScheme: {},
    document.ConnectionAuth: {
        "type": about("By a connection of the project."),
        "security_scheme": about("Which connection."),
    },
    document.ConnectionScheme: {"connection_id": about(_CONNECTION, {"env": "WEATHER_CONNECTION"})},
    document.IdentityAuth: {
        "type": about("By the managed identity of the project."),
        "security_scheme": about("Who the token is for."),
    },
    document.IdentityScheme: {"audience": about("The audience of the token.", "https://cognitiveservices.azure.com/")},
    document.OtherTool: {
        "type": about(
            "A type that only some servers know. All of its members are passed on as they are, with the values of variables for "
            "`{env: NAME}`; `{literal: {env: x}}` is that mapping itself."
        )
    },
    document.ToolResources: {
        "code_interpreter": about("For tools of the type code_interpreter."),
        "file_search": about("For tools of the type file_search."),
        "azure_ai_search": about("For tools of the type azure_ai_search."),
        "mcp": about("For tools of the type mcp: what each server is sent, and which calls have to be approved."),
    },
    document.DataSource: {
        "type": about("id_asset: the uri is the id of a project asset. uri_asset: it is an address."),
        "uri": about("Where the data is.", "azureml://datastores/orders/paths/2026.csv"),
    },
    document.VectorStore: {
        "name": about("The name of the store.", "handbooks"),
        "configuration": about("What is in it."),
    },
    document.VectorStoreConfiguration: {
        "data_sources": about(f"What the store is made of: at most {models.DATA_SOURCES_MAX}.")
    },
    document.AzureAISearchResources: {
        "indexes": about(f"The index to search, at most {models.SEARCH_INDEXES_MAX}. Default: none.")
    },
    document.SearchIndex: {
        "index_connection_id": about(_CONNECTION, {"env": "SEARCH_CONNECTION"}),
        "index_name": about("The name of the index.", "orders"),
        "query_type": about(
            "How to search: simple, semantic, vector, or two of these joined by `_`. Default: left to the server."
        ),
        "top_k": about("How many documents. Default: left to the server.", 5),
        "filter": about("An OData filter. Default: none.", "year gt 2024"),
        "index_asset_id": about("The id of an index asset, in place of the connection and the name."),
    },
    document.McpResource: {
        "server_label": about("The label of the tool that this is for.", "github"),
        "headers": about(
            "Headers for the server. Their values are secrets: they are not shown, and one written out in a file is a warning. The server "
            "hides them, so a change by hand cannot be detected; a changed value here is an update.",
            {"Authorization": {"env": "GITHUB_MCP_AUTHORIZATION"}},
        ),
        "require_approval": about(
            "always, never, or for each tool. Default: left to the server.",
            "never",
            {"always": {"tool_names": ["delete"]}},
        ),
    },
    document.ApprovalPerTool: {
        "always": about("The tools of which each call has to be approved."),
        "never": about("The tools that may be called at once."),
    },
    document.ToolList: {"tool_names": about("Their names.", ["search_code"])},
    document.CodeInterpreterResources: {
        "file_ids": about(
            f"The ids of at most {models.FILE_IDS_MAX} uploaded files, in any order. Default: none.",
            ["file-abc123"],
        ),
        "data_sources": about(
            f"At most {models.DATA_SOURCES_MAX} assets, in place of file_ids, where the endpoint is Azure AI Foundry. Default: none.",
            [{"type": "id_asset", "uri": "azureml://datastores/orders/paths/2026.csv"}],
        ),
    },
    document.FileSearchResources: {
        "vector_store_ids": about(
            "The id of the vector store, at most one. The tool makes none; `{env: NAME}` takes each environment's own. Default: none.",
            ["vs_abc123"],
            [{"env": "SUPPORT_VECTOR_STORE"}],
        ),
        "vector_stores": about(
            "The store, described by its contents, if the endpoint is Azure AI Foundry; at most one. Default: none."
        ),
    },
    document.PlainFormat: {"type": about("text, or json_object for any JSON.")},
    document.JsonSchemaFormat: {
        "type": about("JSON by a schema."),
        "json_schema": about("The schema and its name."),
    },
    document.JsonSchema: {
        "name": about(f"A name for the schema. {_FUNCTION_NAME}", "answer"),
        "description": about("What the answer is for. Default: none."),
        "schema": about("The JSON Schema of an answer.", {"file": "answer.schema.yaml"}),
        "strict": about(_STRICT),
    },
    FormatPatch: {
        "type": about("The form of the answers."),
        "json_schema": about("For the type json_schema: the schema and its name."),
    },
    FileReference: {
        "file": about(
            "A path, relative to this file: that file's text (or, where a structure is wanted, its YAML or JSON) stands here.",
            "prompts/support.md",
        )
    },
    VariableReference: {
        "env": about(
            "The name of an environment variable: its value is used. For plan and apply it has to be set and not empty, unless there "
            "is a default.",
            "SUPPORT_VECTOR_STORE",
        ),
        "default": about(
            "The text that is used if the variable is not set or empty. It is not a secret: it is shown like any other text.",
            "vs_abc123",
        ),
    },
    ProjectSettings: {
        "project": about(
            f"The scope of ownership: no assistant outside it is ever touched, and --prune needs it. {_IDENTIFIER}",
            "acme",
        ),
        "default_environment": about("The environment that is used without -e.", "local"),
        "environments": about(
            f"The endpoints for the definitions, by name; -e chooses. {_IDENTIFIER}",
            {"local": {"endpoint": "embedded"}},
        ),
    },
    settings.EnvironmentSettings: {
        "endpoint": about(
            "`embedded` (an SQLite file in .assistants/, no account and no network), or the server's base_url and key.",
            "embedded",
            {"embedded": True, "kind": "foundry"},
        ),
        "defaults": about(
            "Fields for every definition in this environment, which a definition's own replace (mappings are merged).",
            {"model": "gpt-4.1"},
        ),
    },
    settings.EndpointSettings: {
        "base_url": about(
            "The server's http(s) address, with any prefix, with or without /v1, and without a query.",
            "https://assistants.example.com/v1",
        ),
        "api_key": about(
            "Where the key comes from, never the key itself. Default: none is sent.",
            {"env": "ASSISTANTS_API_KEY"},
        ),
        "query": about(
            "Sent with every request, such as the api-version of Azure AI Foundry, which is v1 unless you state another. A key "
            "comes from a variable: `subscription-key: {env: NAME}`.",
            {"api-version": "v1"},
        ),
        "headers": about(
            "Sent with every request. A secret comes from a variable: `X-Token: {env: NAME}`.",
            {"X-Tenant": "acme"},
        ),
        "api": _API,
        "drop": _DROP,
        "kind": about(
            "Which kind of server it is, if the host does not show it: foundry is recognised by *.services.ai.azure.com, azure by "
            "*.openai.azure.com, and any other counts as openai. On foundry and azure a model is the name of a deployment.",
            "foundry",
        ),
    },
    settings.EmbeddedSettings: {
        "embedded": about("true: the tool's own endpoint."),
        "kind": about(
            "The service to act as: it accepts what that accepts, and answers as that does. Default: openai.",
            "foundry",
        ),
        "api": _API,
        "drop": _DROP,
    },
    settings.KeySettings: {
        "env": about(_VARIABLE, "ASSISTANTS_API_KEY"),
        "command": about(
            _COMMAND,
            ["az", "account", "get-access-token", "--query", "accessToken", "-o", "tsv"],
        ),
        "azure": about(
            "default: a token of Entra ID that Azure's DefaultAzureCredential finds: a managed identity, the identity of a CI job, a "
            "developer's login. It needs the extra assistants-tool[azure].",
            "default",
        ),
    },
    settings.FromVariable: {"env": about(_VARIABLE, "TENANT_TOKEN")},
}


def definition_schema() -> Node:
    """Of a definition file; in a file of several documents, of each."""
    schema = _generated(DefinitionFile)
    return {**_head("definition", "An assistant that should exist."), **schema}


def project_schema() -> Node:
    """Of project.yaml."""
    schema = _generated(ProjectSettings, Patch)
    return {**_head("project", "Who owns the assistants of this folder, and where they go."), **schema}


@functools.cache
def texts() -> Mapping[str, str]:
    """Both as files: name -> JSON text. They are the same each time, and take pydantic a while."""
    schemas = {"definition": definition_schema(), "project": project_schema()}
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def shapes() -> dict[str, str]:
    """What `sound` asks, for its folder: name -> JSON text. A document is whole here: its layers are merged."""
    found = {"document": _generated(Document), "project": _generated(ProjectSettings, Patch)}
    return {name: json.dumps(_bare(one), separators=(",", ":")) + "\n" for name, one in found.items()}


def _bare(node: Any) -> Any:
    """Without what is said of fields."""
    if isinstance(node, list):
        return [_bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    parts = {
        name: one for name, one in node.items() if name not in ("description", "examples") or isinstance(one, dict)
    }
    return {name: _bare(one) for name, one in parts.items()}


def _head(name: str, description: str) -> Node:
    return {
        "$schema": DRAFT,
        "$id": f"urn:assistants-tool:{name}",
        "title": f"assistants: {name}",
        "description": description,
    }


def _generated(root: type[BaseModel], *more: type[BaseModel]) -> Node:
    """The schema of the first model, with what it refers to beside it."""
    asked: Any = [(one, "validation") for one in (root, *more, *_REFERENCES)]
    _, generated = models_json_schema(asked, ref_template=_REF.format("{model}"))
    parts = {name: _described(name, _tidy({**one, "title": ""})) for name, one in generated["$defs"].items()}
    _sharpen(parts)
    top = parts.pop(root.__name__)
    return {**top, "$defs": dict(sorted(parts.items()))}


_REF = "#/$defs/{}"
_REFERENCES = (FileReference, VariableReference)


def _described(name: str, part: Node) -> Node:
    part.pop("description", None)  # docstrings are for who reads the code
    known = about_fields(_MODELS[name])
    for field, member in part["properties"].items():
        text, examples = known[field]
        shown = {"examples": list(examples)} if examples else {}
        part["properties"][field] = {**member, "description": text, **shown}
    if "extra" in part["properties"]:  # after what it stands beside
        part["properties"]["extra"] = part["properties"].pop("extra")
    return part


_MODELS = {one.__name__: one for one in ABOUT} | {"Patch": Patch, "JsonSchemaPatch": JsonSchemaPatch}


def about_fields(model: type) -> dict[str, About]:
    """What there is to say of a model's fields, inherited ones included."""
    return {name: one for base in reversed(model.__mro__) for name, one in ABOUT.get(base, {}).items()}


def _sharpen(parts: Mapping[str, Node]) -> None:
    """What the models leave to code, or say less of for the sake of a better message."""
    if "OtherTool" in parts:
        parts["OtherTool"]["properties"]["type"]["not"] = {"enum": list(TOOLS)}
    if "PlainFormat" in parts:
        parts["PlainFormat"]["properties"]["type"]["enum"] = ["text", "json_object"]
    for name in {"Document", "DefinitionFile", "Patch"} & parts.keys():
        parts[name]["properties"]["ignore"]["items"] = _IGNORABLE
    if "Patch" in parts:
        del parts["Patch"]["properties"]["key"]
    if "KeySettings" in parts:
        parts["KeySettings"]["oneOf"] = [
            _stated("env", "string"),
            _stated("command", "array"),
            _stated("azure", "string"),
        ]
    if "EnvironmentSettings" in parts:
        defaults = parts["EnvironmentSettings"]["properties"]["defaults"]
        del defaults["additionalProperties"], defaults["type"]
        defaults["$ref"] = _REF.format("Patch")


_IGNORABLE = {"anyOf": [{"enum": list(ASSISTANTS.names)}, {"type": "string", "pattern": r"^metadata\.[\s\S]"}]}


def _stated(name: str, kind: str) -> Node:
    return {"required": [name], "properties": {name: {"type": kind}}}


def _tidy(node: Any) -> Any:
    """Pydantic's schema without its titles and `default: null`, and with alternatives in one flat list."""
    if not isinstance(node, dict):
        return node
    if node.get("title") in {one.__name__ for one in _REFERENCES}:  # pydantic writes them out at every place
        return {"$ref": _REF.format(node["title"])}
    kept = {name: one for name, one in node.items() if name != "title" and (name, one) != ("default", None)}
    for name in {"properties", "patternProperties"} & kept.keys():
        kept[name] = {key: _tidy(one) for key, one in kept[name].items()}
    for name in {"items", "additionalProperties", "propertyNames"} & kept.keys():
        kept[name] = _tidy(kept[name])
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    options = [_tidy(one) for name in ("anyOf", "oneOf") for one in kept.pop(name, ())]
    return {**kept, **_either(options)} if options else kept


def _either(options: Iterable[Node]) -> Node:
    flat = [inner for one in options for inner in (one["anyOf"] if one.keys() == {"anyOf"} else [one])]
    rest = [one for one in flat if one != {"type": "null"}]
    if len(rest) < len(flat):
        typed = next((one for one in rest if "type" in one), None)
        rest = [_or_null(one) if one is typed else one for one in rest] if typed else [*rest, {"type": "null"}]
    return rest[0] if len(rest) == 1 else {"anyOf": rest}


def _or_null(node: Node) -> Node:
    """A schema of one type that allows null, too."""
    node = {**node, "type": [node["type"], "null"]}
    values = node.get("enum") or ([node.pop("const")] if "const" in node else None)
    return {**node, "enum": [*values, None]} if values else node
