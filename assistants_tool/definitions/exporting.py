"""Definitions in the forms of other tools: parameters of OpenAI's APIs, Agent Framework's YAML, promptfoo's configuration. Pure.

A value that came from a variable is never written out: a form that reads variables gets a reference of its own kind, any other a text
that names the variable. Nor is a secret, wherever it stands. What a form has no place for is named, never dropped unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_tool.objects.masked import UNTOLD
from assistants_tool.objects.normal import is_unset
from assistants_tool.objects.parameters import (
    CHAT,
    NO_SUCH_TOOL,
    RESPONSES,
    RESPONSES_TOOLS,
    Api,
    Lost,
    Parameters,
    Piece,
    Placed,
    lost_but_for,
    pairs,
    resource,
    resources,
    to,
    tools,
)
from assistants_tool.objects.paths import leaves, with_value

if TYPE_CHECKING:
    from assistants_tool.objects.definition import Definition
    from assistants_tool.objects.parameters import Fields, ToolRule
    from assistants_tool.objects.paths import Path


class Exported(NamedTuple):
    """A definition in another form: a document of plain data, and what is not in it."""

    key: str
    document: dict[str, Any]
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """`made` turns fields into a document. `reference`: how a variable at a path is referred to, None where nothing there is read.

    `misread`: why a text would mean something else there, None where it would not. `whole` puts several documents into one; without it
    they follow each other.
    """

    made: Callable[[str, Fields], Parameters]
    reference: Callable[[Path, str], str | None]
    misread: Callable[[str], str | None] = lambda _: None
    whole: Callable[[Sequence[Exported]], Any] | None = None


def export(definition: Definition, form: Form) -> Exported:
    """The definition in this form. Variables need not be set."""
    fields: Any = dict(definition.fields)
    lost = [
        Lost(path, why)
        for path, text in _texts(definition.fields)
        if path not in definition.variables and (why := form.misread(text))
    ]
    for path, variable in definition.variables.items():
        if path[0] in fields:
            spelled = form.reference(path, variable)
            fields = with_value(fields, path, spelled or f"env:{variable}")
            if spelled is None:
                lost.append(
                    Lost(path, f"its value comes from the variable {variable}; put it in place of env:{variable}")
                )
    secrets = _literal_secrets(definition)
    for path in secrets:
        fields = with_value(fields, path, UNTOLD)
    document, not_carried = form.made(definition.key, fields)
    if any(text == UNTOLD for _, text in _texts(document)):
        lost += [Lost(path, f"it is a secret; put it in place of {UNTOLD}") for path in secrets]
    return Exported(definition.key, document, (*not_carried, *lost))


def _literal_secrets(definition: Definition) -> list[Path]:
    found = definition.members.secrets(definition.fields)
    return [path for path, value in found if path not in definition.variables and not is_unset(value)]


def _texts(value: Any) -> Iterator[tuple[Path, str]]:
    return ((path, one) for path, one in leaves(value) if isinstance(one, str))


def _by_key(exported: Sequence[Exported]) -> Any:
    """One by itself, several by their keys."""
    return exported[0].document if len(exported) == 1 else {one.key: one.document for one in exported}


def _of(api: Api) -> Form:
    return Form(lambda _, fields: api.parameters(fields), lambda _, __: None, whole=_by_key)


# --- Agent Framework (agent-framework-declarative 1.4.0): a YAML document for each agent. A text that begins with = is a formula there.

_OF_A_PROPERTY = ("type", "description", "enum", "default", "example", "items", "properties", "required")


def _property(path: Path, schema: Any, pieces: list[Lost], *, inner: bool = True) -> dict[str, Any]:
    """A JSON Schema as a property of theirs, which knows fewer words; every object inside another is closed there."""
    if not isinstance(schema, Mapping):
        pieces.append(Lost(path, "a property there has a type, and this has none"))
        return {}
    closed = schema.get("additionalProperties") is False
    pieces += lost_but_for(path, schema, (*_OF_A_PROPERTY, *(("additionalProperties",) if closed else ())))
    if inner and schema.get("type") == "object" and not closed:
        pieces.append(Lost(path, "an object inside another takes no members there but those that it names"))
    known = {name: schema[name] for name in ("description", "enum", "default", "example") if name in schema}
    found = {"kind": _kind(path, schema.get("type"), pieces), **known}
    if "items" in schema:
        found["items"] = _property((*path, "items"), schema["items"], pieces)
    if schema.get("properties"):
        found["properties"] = _properties(path, schema, pieces)
    return {name: one for name, one in found.items() if one is not None}


def _kind(path: Path, kind: Any, pieces: list[Lost]) -> Any:
    if isinstance(kind, list) and kind:
        pieces.append(Lost((*path, "type"), "a property there has one type; the first is taken"))
        return kind[0]
    return kind


def _properties(path: Path, schema: Mapping[str, Any], pieces: list[Lost]) -> dict[str, Any]:
    required = schema.get("required") or ()
    return {
        name: {
            **_property((*path, "properties", name), one, pieces),
            **({"required": True} if name in required else {}),
        }
        for name, one in schema["properties"].items()
    }


def _schema(path: Path, schema: Any) -> tuple[dict[str, Any], list[Lost]]:
    pieces: list[Lost] = []
    found = _property(path, schema, pieces, inner=False)
    return found.get("properties") or {}, pieces


def _function(path: Path, tool: Mapping[str, Any], _: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    function = tool.get("function") or {}
    inner = (*path, "function")
    yield from lost_but_for(inner, function, ("name", "description", "parameters", "strict"))
    if function.get("strict"):
        yield Lost((*inner, "strict"), "it is read there, and not passed on to the model")
    properties, lost = _schema((*inner, "parameters"), function.get("parameters") or {})
    yield from lost
    stated = {
        "name": function.get("name"),
        "description": function.get("description"),
        "strict": True if function.get("strict") else None,
        "parameters": {"properties": properties} if properties else None,
    }
    yield {"kind": "function", **_stated(stated)}


def _search(path: Path, tool: Mapping[str, Any], fields: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    settings = tool.get("file_search") or {}
    ranking = settings.get("ranking_options") or {}
    yield from lost_but_for((*path, "file_search"), settings, ("max_num_results", "ranking_options"))
    stated = {
        "vectorStoreIds": resource(fields, "file_search", "vector_store_ids"),
        "maximumResultCount": settings.get("max_num_results"),
        "ranker": ranking.get("ranker"),
        "scoreThreshold": ranking.get("score_threshold"),
    }
    yield {"kind": "file_search", **_stated(stated)}


def _interpreter(_: Path, __: Mapping[str, Any], fields: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    yield {"kind": "code_interpreter", **_stated({"fileIds": resource(fields, "code_interpreter", "file_ids")})}


def _mcp(path: Path, tool: Mapping[str, Any], fields: Fields) -> Iterator[Mapping[str, Any] | Lost]:
    label = tool.get("server_label")
    held = resource(fields, "mcp") or ()
    beside = next((one for one in held if isinstance(one, dict) and one.get("server_label") == label), {})
    yield from lost_but_for(path, tool, ("type", "server_label", "server_url", "allowed_tools"))
    approval = beside.get("require_approval")
    known = ("server_label", *(("require_approval",) if approval in ("always", "never") else ()))
    yield from lost_but_for(("tool_resources", "mcp"), beside, known)
    stated = {
        "name": label,
        "url": tool.get("server_url"),
        "allowedTools": tool.get("allowed_tools"),
        "approvalMode": {"kind": approval} if approval in ("always", "never") else None,
    }
    yield {"kind": "mcp", **_stated(stated)}


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in values.items() if one not in (None, [], "")}


def _output(path: Path, value: Any, _: Fields) -> Iterator[Piece]:
    if not isinstance(value, Mapping) or value.get("type") == "text":
        return
    inner = value.get("json_schema")
    if not isinstance(inner, Mapping):
        yield Lost(path, "an agent there has a schema for its output, or none")
        return
    yield from lost_but_for((*path, "json_schema"), inner, ("schema", "strict"))
    properties, lost = _schema((*path, "json_schema", "schema"), inner.get("schema"))
    yield from lost
    yield Placed(("outputSchema",), {"strict": bool(inner.get("strict")), "properties": properties})


_AGENT = Api(
    "an agent of Agent Framework",
    {
        "name": to("name"),
        "description": to("description"),
        "model": to("model", "id"),
        "instructions": to("instructions"),
        "temperature": to("model", "options", "temperature"),
        "top_p": to("model", "options", "topP"),
        "tools": tools(
            {"function": _function, "file_search": _search, "code_interpreter": _interpreter, "mcp": _mcp},
            "Agent Framework makes no tool of the type {}",
        ),
        "tool_resources": resources({"file_search": "vector_store_ids", "code_interpreter": "file_ids", "mcp": ""}),
        "response_format": _output,
        "metadata": pairs,
    },
)


def _agent(key: str, fields: Fields) -> Parameters:
    plain = {name: _without_formula(one) for name, one in fields.items()}
    body, lost = _AGENT.parameters(plain)
    return Parameters({"kind": "Prompt", "name": key, **body}, lost)


def _is_formula(text: str) -> str | None:
    return (
        "it begins with =, which makes it a formula there; an empty line is put before it" if text[:1] == "=" else None
    )


def _without_formula(value: Any) -> Any:
    if isinstance(value, str):
        return f"\n{value}" if _is_formula(value) and not _FORMULA.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {name: _without_formula(one) for name, one in value.items()}
    return [_without_formula(one) for one in value] if isinstance(value, list) else value


_FORMULA = re.compile(r"=Env\.\w+")
_EVALUATED = {("name",), ("description",), ("model",), ("instructions",)}


def _formula(path: Path, variable: str) -> str | None:
    """Their texts alone are evaluated, not those in lists or pairs."""
    return f"=Env.{variable}" if path in _EVALUATED else None


# --- promptfoo (0.123.1): one configuration, with a provider for each definition. {{env.NAME}} is a variable in any text of it.

_ENV_TEMPLATE = re.compile(r"\{\{(?:[^}]|\}(?!\}))*?(?:\benv\.|env\[)")


def _is_template(text: str) -> str | None:
    return "{{...env...}} in it is a variable there" if _ENV_TEMPLATE.search(text) else None


def _has_ref(value: Any) -> bool:
    return any(path[-1:] == ("$ref",) for path, _ in _texts(value))


_REF = "promptfoo looks for a $ref in its own file; write what it stands for in its place"


def _tool_without_ref(rule: ToolRule) -> ToolRule:
    return lambda path, tool, fields: [Lost(path, _REF)] if _has_ref(tool) else rule(path, tool, fields)


def _format_without_ref(path: Path, value: Any, fields: Fields) -> Iterable[Piece]:
    return [Lost(path, _REF)] if _has_ref(value) else RESPONSES.rules["response_format"](path, value, fields)


_PROVIDER = Api(
    RESPONSES.name,
    {
        **RESPONSES.rules,
        "tools": tools({kind: _tool_without_ref(one) for kind, one in RESPONSES_TOOLS.items()}, NO_SUCH_TOOL),
        "response_format": _format_without_ref,
    },
)


def _provider(key: str, fields: Fields) -> Parameters:
    """All but the model goes through as it is: promptfoo's own settings know less, and set a limit and a temperature of their own."""
    body, lost = _PROVIDER.parameters(fields)
    model = body.pop("model")
    config = {"omitDefaults": True, "passthrough": body}
    return Parameters({"id": f"openai:responses:{model}", "label": key, "config": config}, lost)


def _configuration(exported: Sequence[Exported]) -> dict[str, Any]:
    return {
        "description": "The assistants of these definitions, side by side",
        "prompts": ["{{message}}"],
        "providers": [one.document for one in exported],
        "tests": [{"vars": {"message": "Hello"}}],
    }


FORMS: Mapping[str, Form] = {
    "responses": _of(RESPONSES),
    "chat": _of(CHAT),
    "agent-framework": Form(_agent, _formula, _is_formula),
    "promptfoo": Form(_provider, lambda _, name: f"{{{{env.{name}}}}}", _is_template, _configuration),
}
