"""Definitions and assistants in few words, and what the service makes of a request, written from recordings of it alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from assistants_tool.objects.assistant import Assistant, Listing, Scope
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from assistants_tool.objects.paths import Path
from assistants_tool.objects.payload import create_body
from assistants_tool.planning.comparing import departures
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.plan import Options, Plan
from assistants_tool.planning.view import seen_plan
from assistants_tool.report.text import plan_lines

Object = dict[str, Any]

SCOPE = Scope("acme", "production", frozenset({"production", "staging"}))


def wanted(
    key: str,
    /,
    *,
    protect: bool = False,
    ignore: Iterable[str] = (),
    adopt: str | Literal[False] | None = None,
    variables: Mapping[Path, str] | None = None,
    **fields: Any,
) -> Definition:
    """A definition. Its model is gpt-4o unless said."""
    return Definition(key, {"model": "gpt-4o", **fields}, protect, frozenset(ignore), adopt, "", variables or {})


def bare(assistant_id: str, created_at: float = 1, **body: Any) -> Assistant:
    """An assistant that bears no mark."""
    return Assistant({"id": assistant_id, "object": "assistant", "created_at": created_at, **answered(body)})


def marked(assistant_id: str, mark: Mark, created_at: float = 1, **body: Any) -> Assistant:
    """An assistant that bears this mark, and perhaps nothing that an apply has written."""
    pairs = {**(body.pop("metadata", None) or {}), MARK_KEY: mark.encode()}
    return bare(assistant_id, created_at, **{"model": "gpt-4o", **body, "metadata": pairs})


def broken(assistant_id: str, value: object, created_at: float = 1, **body: Any) -> Assistant:
    """An assistant whose mark became this value."""
    return bare(assistant_id, created_at, **{"model": "gpt-4o", **body, "metadata": {MARK_KEY: value}})


def applied(
    definition: Definition,
    assistant_id: str = "",
    created_at: float = 1,
    *,
    scope: Scope = SCOPE,
    drops: Iterable[str] = (),
    noting: bool = True,
    **changed: Any,
) -> Assistant:
    """The assistant as an apply of this definition left it on an endpoint that `drops` some fields; then somebody `changed` it.

    `noting`: whether its mark says which, as those of earlier versions do not.
    """
    sent = {name: one for name, one in definition.fields.items() if name not in drops}
    kept = replace(definition, fields=sent)
    got = definition.digest_of(sent) if canonical(sent) != canonical(definition.fields) else ""
    mark = Mark(
        scope.project,
        scope.environment,
        definition.key,
        protect=definition.protect,
        sent=definition.digest,
        got=got,
    )
    mark = mark.noting(departures(definition, sent)) if noting else mark
    body = answered(create_body(kept, mark))
    metadata = {**body["metadata"], **changed.pop("metadata", {})}
    assistant_id = assistant_id or f"asst_{definition.key}"
    as_answered = {**body, "id": assistant_id, "object": "assistant", "created_at": created_at}
    return Assistant({**as_answered, **changed, "metadata": metadata})


def answered(request: Mapping[str, Any]) -> Object:
    """What the service answers to a create with these members: N1 to N17 of its recordings."""
    stated = json.loads(json.dumps({name: one for name, one in request.items() if one is not None}))
    body: Object = {"name": None, "description": None, "model": "gpt-4o", "instructions": None, "tools": []}
    body |= {"top_p": 1.0, "temperature": 1.0, "reasoning_effort": None, "tool_resources": {}, "metadata": {}}
    body |= {"response_format": "auto", **stated}
    body["tools"] = [_answered_tool(one) for one in body["tools"]]
    resources = _stated(body["tool_resources"])
    for tool, ids in (("code_interpreter", "file_ids"), ("file_search", "vector_store_ids")):
        if tool in resources or any(one.get("type") == tool for one in body["tools"]):
            resources[tool] = {ids: [], **_stated(resources.get(tool, {}))}
    return {**body, "tool_resources": resources, "metadata": _stated(body["metadata"])}


def _stated(members: Any) -> Any:
    return {name: one for name, one in members.items() if one is not None} if isinstance(members, dict) else members


def _answered_tool(tool: Object) -> Object:
    if tool["type"] == "file_search":
        search = _stated(tool.get("file_search") or {})
        ranking = {"ranker": "default_2024_08_21", "score_threshold": 0.0, "hybrid_search": None}
        return {
            **tool,
            "file_search": {**search, "ranking_options": ranking | _stated(search.get("ranking_options", {}))},
        }
    if tool["type"] == "function":
        given = _stated(tool["function"])
        ordered = {name: given[name] for name in ("name", "description") if name in given}
        parameters = given.get("parameters", {"type": "object", "properties": {}})
        return {**tool, "function": {**ordered, "parameters": parameters, "strict": given.get("strict", False)}}
    return tool


def planned(
    definitions: Iterable[Definition],
    assistants: Iterable[Assistant],
    *,
    scope: Scope = SCOPE,
    incomplete: str = "",
    whole: bool = True,
    **options: Any,
) -> Plan:
    """The plan for two lists. The definitions are all there are, unless `whole` says otherwise."""
    return make_plan(definitions, Listing(tuple(assistants), incomplete), scope, Options(whole=whole, **options))


def printed(plan: Plan) -> str:
    """A plan as people see it."""
    return "\n".join(line.text for line in plan_lines(seen_plan(plan)))
