"""What people paste in place of a definition: what the API answered, a list of definitions, tools as another API has them.

In: the value of a document. Out: what it is, in a sentence that leads on; where each foreign member of it belongs; and, for `import`, the
same as a definition would state it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool.models import DEFAULT_API
from assistants_tool.objects.dialects import saved
from assistants_tool.objects.tools import TOOLS

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

Object = Mapping[str, Any]

_SERVERS_OWN = "it is set by the server and does not belong in a definition: remove it"
_SHOWN = "`assistants show` adds it to what the API answered: remove it"
_AS_ADOPTION = "write `adopt: ID` to take that assistant over, else remove it"
# The members of an answer that no definition has, and what becomes of them.
MEMBERS: Mapping[str, str] = {
    "object": _SERVERS_OWN,
    "id": _AS_ADOPTION,
    "assistant_id": _AS_ADOPTION,
    "created_at": _SERVERS_OWN,
    "updated_at": _SERVERS_OWN,
    "file_ids": "write the ids under tool_resources.code_interpreter.file_ids",
    "vector_store_ids": "write the id under tool_resources.file_search.vector_store_ids",
    "managed": _SHOWN,
    "project": _SHOWN,
    "environment": _SHOWN,
    "migrated_from": _SHOWN,
}
SHOWN = frozenset(name for name, said in MEMBERS.items() if said == _SHOWN)
RENAMED_TOOLS = {"retrieval": "file_search"}
SAVED_PLAN = "assistants-tool/plan"
BACKUP = "assistants-tool/backup"


def is_answer(value: Any) -> bool:
    """Whether this is an assistant as the API answers it."""
    if not isinstance(value, dict):
        return False
    is_dated = "created_at" in value and isinstance(value.get("id"), str)
    return value.get("object") == "assistant" or (is_dated and not isinstance(value.get("object"), str))


def is_listing(value: Any) -> bool:
    """Whether this is a list as the API answers it."""
    return isinstance(value, dict) and isinstance(value.get("data"), list)


def what_it_is(value: Any) -> str:
    """What stands in the place of a definition, and what to do with it; empty where it may be one. FILE stands for the file."""
    if isinstance(value, dict) and value.get("format") == SAVED_PLAN:
        return "this is a saved plan; `assistants apply FILE` applies it"
    if is_listing(value):
        return "this is a list as the API answers it; `assistants import FILE` writes definitions of what is in it"
    if is_answer(value):
        return "this is an assistant as the API answers it; `assistants import FILE` writes a definition of it"
    if saved(value):
        return "this is an agent as its API answers it; `assistants import FILE` writes a definition of it"
    if is_list(value):
        alone = "write one document for each, separated by a line of ---"
        return f"this is a list of definitions in one document; {alone}, or let `assistants import FILE` write them"
    return ""


def is_list(value: Any) -> bool:
    """Whether this is a list of what may be definitions."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "model" in one for one in value)


def is_flat(tool: Any) -> bool:
    """Whether a tool is a function whose members stand beside its type, as the Responses API has them, or without a type at all."""
    if not isinstance(tool, dict) or "function" in tool or not isinstance(tool.get("name"), str):
        return False
    return tool.get("type") == "function" or ("type" not in tool and bool(tool.keys() & {"parameters", "description"}))


def is_whole(function: Any) -> bool:
    """Whether what stands as a function is a tool, as when its file holds one."""
    return isinstance(function, dict) and isinstance(function.get("function"), dict) and "name" not in function


def where_members_belong(document: Object) -> Iterator[tuple[Path, str]]:
    """A sentence for each tool of a document whose members stand one level too high or too deep."""
    tools = document.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        if is_flat(tool):
            members = ", ".join(one for one in tool if one != "type")
            said = f"a function has its members one level deeper; put {members} under `function:`"
            yield ("tools", index), f"tools[{index}]: {said} (`assistants import FILE` does so)"
        elif isinstance(tool, dict) and is_whole(tool.get("function")):
            said = "a whole tool stands under `function:`; put it in the place of the tool, as `- {file: ...}` is"
            yield ("tools", index), f"tools[{index}]: {said}"


# --- as a definition would state it


def entries(value: Any) -> Iterator[Any]:
    """The assistants in a file of answers: one, a list as the API answers it, a backup of ours, or lists of these in each other."""
    if is_listing(value):
        value = value["data"]
    if isinstance(value, dict) and value.get("format") == BACKUP:
        value = _kept(value)
    if isinstance(value, list):
        for one in value:
            yield from entries(one)
    elif value is not None:
        yield value


def _kept(backup: Object) -> Object:
    """The object of a backup, with the key that it stood under; one of an API that is not known stays what it is."""
    kept, target, key = backup.get("object"), backup.get("target"), {"key": backup.get("key")}
    api = target.get("api", DEFAULT_API) if isinstance(target, dict) else ""
    found = saved(kept)
    if not isinstance(kept, dict) or api != (found.dialect.name if found else DEFAULT_API):
        return backup
    return {**kept, **({} if found else {"object": "assistant"}), **key}


def tool_of(word: str) -> str:
    """The type of a tool that a word in its place names, however it is spelled; empty where it names none that we know."""
    kind = word.strip().lower().replace("-", "_").replace(" ", "_")
    kind = RENAMED_TOOLS.get(kind, kind)
    return kind if kind in TOOLS else ""


def as_stated(value: Object) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An assistant or definition with each foreign member where it belongs, and, in sentences, what has no place in a definition."""
    stated = {name: one for name, one in value.items() if name not in MEMBERS}
    lost = []
    if isinstance(value.get("tools"), list):
        stated["tools"] = [_tool(one) for one in value["tools"]]
    for name, tool in (("file_ids", "code_interpreter"), ("vector_store_ids", "file_search")):
        if not (ids := value.get(name)):
            continue
        if _put(stated, tool, name, ids):
            continue
        lost.append(f"{name} is left out, as no tool of the type {tool} reads it")
    return stated, tuple(lost)


def _tool(tool: Any) -> Any:
    if isinstance(tool, str):
        return {"type": tool_of(tool) or tool}
    if is_flat(tool):
        return {"type": "function", "function": {name: one for name, one in tool.items() if name != "type"}}
    if isinstance(tool, dict) and tool.get("type") in RENAMED_TOOLS:
        return {**tool, "type": RENAMED_TOOLS[tool["type"]]}
    return tool


def _put(stated: dict[str, Any], tool: str, name: str, ids: Any) -> bool:
    """Put ids among the resources of a tool, if the assistant has that tool and no ids there."""
    tools = stated.get("tools")
    kinds = [one.get("type") for one in tools if isinstance(one, dict)] if isinstance(tools, list) else []
    resources = stated.get("tool_resources") or {}
    if tool not in kinds or tool not in TOOLS or not isinstance(resources, dict):
        return False
    there = resources.get(tool) or {}
    if not isinstance(there, dict) or there.get(name):
        return False
    stated["tool_resources"] = {**resources, tool: {**there, name: ids}}
    return True
