"""What a fault of a document's shape means to the person who wrote it: the sentences that know this file format.

In: a fault as the models found it, and the document. Out: the same fault in words that lead on; or as it is, where nobody knows better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from assistants_tool.definitions import pastes
from assistants_tool.definitions.references import REFERENCES, pattern
from assistants_tool.definitions.shape import REFERENCE_FORMS, ShapeFault, is_reference, known_or_extra, shown
from assistants_tool.objects.dialects import BLOCKS
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import Structure, at
from assistants_tool.objects.paths import dotted, value_at

OWN_FIELDS = ("key", "protect", "ignore", "adopt", "environments", *BLOCKS)
Document = Mapping[str, Any]


def friendlier(fault: ShapeFault, document: Document) -> ShapeFault:
    said = next((said for say in _SENTENCES if (said := say(fault, document))), None)
    return replace(fault, message=said) if said else fault


def _model(fault: ShapeFault, _: Document) -> str | None:
    if fault.path == () and "'model'" in fault.message:
        return "the field 'model' is missing; add it here or to the environment's defaults"
    return None


def _reference(fault: ShapeFault, document: Document) -> str | None:
    value = value_at(document, fault.path)
    if isinstance(value, dict) and {"env", "file"} & value.keys() and pattern(fault.path) in REFERENCES:
        return f"{dotted(fault.path)}: a reference is {REFERENCE_FORMS}, with text in it; write one"
    return None


def _misplaced(fault: ShapeFault, document: Document) -> str | None:
    parent = fault.path[:-1]
    if not parent or not fault.at_key or not is_reference(value_at(document, parent)) or pattern(parent) in REFERENCES:
        return None
    return f"{dotted(parent)}: a reference is not allowed here; write the value itself"


def _template(fault: ShapeFault, document: Document) -> str | None:
    value = value_at(document, fault.path)
    if isinstance(value, str) and REFERENCES.get(pattern(fault.path)) == "number" and (said := uninserted(value)):
        return f"{dotted(fault.path)} is {said}"
    return None


def _foreign(fault: ShapeFault, document: Document) -> str | None:
    """A member of what the API answers, or a null, which only an answer has where nothing is known of the member."""
    if not fault.at_key or not fault.message.startswith("unknown field"):
        return None
    name, value = str(fault.path[-1]), value_at(document, fault.path)
    if value is None:
        return f"{dotted(fault.path)} is null, which says nothing: remove it"
    added_by_us = name in pastes.SHOWN and not (pastes.is_answer(document) or "managed" in document)
    if len(fault.path) > 1 or name not in pastes.MEMBERS or added_by_us:
        return None
    said = pastes.MEMBERS[name] if value or not isinstance(value, list) else "it is empty: remove it"
    return f"unknown field {name!r}; {said.replace('ID', str(value)) if isinstance(value, str) else said}"


def _tool_by_name(fault: ShapeFault, document: Document) -> str | None:
    value = value_at(document, fault.path)
    if not isinstance(value, str) or pattern(fault.path) not in (("tools",), ("tools", "*")):
        return None
    kind = pastes.tool_of(value)
    if not kind:
        return None
    tool = f"{{type: {kind}}}"
    return f"{dotted(fault.path)} is text; write {tool if len(fault.path) > 1 else f'[{tool}]'}"


def _unknown(fault: ShapeFault, _: Document) -> str | None:
    if len(fault.path) == 1 and fault.at_key:
        name = str(fault.path[0])
        return f"unknown field {shown(name)}; {known_or_extra(name, [*ASSISTANTS.names, *OWN_FIELDS])}"
    return None


def _adopt(fault: ShapeFault, document: Document) -> str | None:
    if fault.path == ("adopt",) and not (isinstance(document["adopt"], str) and document["adopt"].strip()):
        return "adopt has to be an assistant's id, or false; change it"
    return None


def _response_format(fault: ShapeFault, document: Document) -> str | None:
    value = document.get("response_format")
    if fault.path == ("response_format",) and (not isinstance(value, dict) or is_reference(value)):
        kinds = "'auto' or a mapping with the type text, json_object or json_schema"
        return f"response_format has to be {kinds}; change it"
    return None


def _vector_stores(fault: ShapeFault, _: Document) -> str | None:
    """As OpenAI has them; those of Foundry name what is there."""
    if pattern(fault.path) == (*_STORES, "*", "file_ids"):
        advice = "make the store once and name its id in vector_store_ids"
        return f"'vector_stores' of files would make a new store with each create; {advice}"
    return None


_STORES = ("tool_resources", "file_search", "vector_stores")


def _servers_own(fault: ShapeFault, _: Document) -> str | None:
    holder = at(ASSISTANTS, fault.path[:-1]) if fault.at_key and fault.path else None
    if isinstance(holder, Structure) and fault.path[-1] in holder.servers_own:
        return f"{dotted(fault.path)} is set by the server and does not belong in a definition: remove it"
    return None


def _of_mcp(fault: ShapeFault, document: Document) -> str | None:
    """What stands beside the tool in other APIs."""
    tool, name = value_at(document, fault.path[:-1]), fault.path[-1:]
    if (
        fault.at_key
        and name in (("headers",), ("require_approval",))
        and isinstance(tool, dict)
        and tool.get("type") == "mcp"
    ):
        return f"{dotted(fault.path)} belongs to tool_resources.mcp; write it there, next to the tool's server_label"
    return None


_SENTENCES: tuple[Callable[[ShapeFault, Document], str | None], ...] = (
    _model,
    _reference,
    _misplaced,
    _template,
    _foreign,
    _tool_by_name,
    _unknown,
    _adopt,
    _response_format,
    _vector_stores,
    _servers_own,
    _of_mcp,
)


# --- the names of variables, as other tools put them into texts

# `${NAME}`, with a default or the kind of name that it is; `${{ vars.NAME }}`, `{{ .Values.name }}`, `$(NAME)`, `%NAME%`; and `$NAME`,
# which may be money or the end of a line inside of another text.
_INSERTED = (
    r"\$?\{\{\s*\.?(?:\w+\.)*(\w+)\s*\}\}|\$\{(?:\w+[.:])*([A-Za-z_]\w*)(?:[:?+=-][^{}]*)?\}|\$\(([A-Za-z_]\w*)\)"
)
_TEMPLATE = re.compile(rf"(?:{_INSERTED}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)")
_TEMPLATE_INSIDE = re.compile(_INSERTED)


def uninserted(text: str, *, anywhere: bool = False) -> str:
    """That a text is nothing but the name of a variable, as other tools write it, or has one `anywhere` in it; empty where it has not."""
    found = _TEMPLATE.fullmatch(text.strip()) or (_TEMPLATE_INSIDE.search(text) if anywhere else None)
    if not found:
        return ""
    name = next(filter(None, found.groups()))
    return f"{shown(text)}, and nothing is put in its place here; write {{env: {name}}}"
