"""What hypothesis makes up: sound definitions over every field, and JSON of any shape.

`definitions()` passes every check of the file format, so whatever a test finds wrong with one is a fault of what it tests.
"""

from __future__ import annotations

import copy
import functools
import re
import string
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from assistants_tool import models
from assistants_tool.definitions.shape import BARE_PATTERN
from assistants_tool.models import DECLARED_PAIRS_MAX
from assistants_tool.objects.definition import Definition
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY

Fields = dict[str, Any]

# Text that has been changed on its way somewhere, once.
ODD_TEXTS = (
    " ",
    "\n",
    "  leading and trailing \n\n",
    "tab\tand\rreturn\r\n",
    "e\u0301 is not \u00e9",
    "도우미 봇",
    "👩‍👩‍👧 family",
    "\u202eright to left\u202c",
    "\ufeffmark",
    "\x00\x1b[31m\x7f\x85\u2028",
    "𝔘𝔫𝔦",
    '{"a": 1}',
    "[1, 2]",
    "null",
    "no",
    "1.0",
    "${x} {{y}}",
)


# Prompts as people write them, in scripts that something on the way may take apart: right to left, combining marks, joined letters,
# emoji of several, tabs, and what means something to YAML, Markdown, JSON or a template.
SCRIPTS = (
    "أنت مساعد لطيف. أجب بإيجاز!\n",
    "אתה עוזר אדיב, ענה בקצרה (עד 3 שורות).\n",
    "شما دستیار هستید؛ می\u200cخواهم کوتاه پاسخ دهید.\n",
    "आप एक सहायक हैं। क\u094d\u200dष पर ध्यान दें।\n",
    "তুমি র\u200d\u09cdয লিখতে পারো।\n",
    "คุณเป็นผู้ช่วยที่สุภาพ ตอบสั้น ๆ\n",
    "សូមឆ្លើយខ្លីៗ។\n",
    "မင်္ဂလာပါ။ တိုတိုဖြေပါ။\n",
    "친절하게 답하세요. \u1112\u1161\u11ab\n",
    "親切に、短く答えてください。　全角の空白も。\n",
    "请简短回答：你是客服。𠮷\n",
    "Τηρείτε μέτρο· ἀρχὴ ἥμισυ παντός.\n",
    "Отвечай кратко — «по делу».\n",
    "Trả lời ngắn gọn, e\u0301 và \u00e9 khác nhau.\n",
    "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 🇰🇷 🏳\ufe0f\u200d🌈\n",
    "\tindented\n\t\ttwice\n",
    "---\nnot: front matter\n---\n",
    "# Title\n\n- item #12 of `x`\n- @me: 50 % of {a, b}\n",
    "${VARIABLE} {{template}} {% if x %} %(old)s $(sh) \\u0041\n",
    '{"json": "\\ud83d\\ude00", "n": null}\n',
    "'single' \"double\" it's: fine\n",
    "trailing spaces   \n   leading\n\n\n",
    "no newline at the end",
)


# JSON that has been changed on its way somewhere, once: nulls and empties dropped, numbers rounded, true taken for 1.
ODD_JSON: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    1.0,
    -0.0,
    0.1234567890123,
    1e20,
    2**63,
    "",
    "null",
    '{"a": 1}',
    [],
    {},
    [None, {}, []],
    {"b": None, "a": {"type": None}, "": [1.0, True]},
)


@functools.cache
def texts(longest: int, shortest: int = 0) -> SearchStrategy[str]:
    """Text without halves of surrogate pairs, which no file can hold; now and then an odd one, or as long as is allowed."""
    odd = [one for one in ODD_TEXTS if len(one) <= longest]
    return st.one_of(st.text(min_size=shortest, max_size=min(longest, 12)), st.sampled_from([*odd, "x" * longest]))


@functools.cache
def json_values(leaves: int = 8) -> SearchStrategy[Any]:
    """JSON of any shape: nulls, empties, true beside 1, 1.0 beside 1."""
    numbers = st.one_of(st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False))
    plain = st.one_of(st.none(), st.booleans(), st.sampled_from([0, 1, 1.0, 1e20]), numbers, st.text(max_size=6))
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=leaves,
    )


def _with(required: dict[str, SearchStrategy[Any]], **optional: SearchStrategy[Any]) -> SearchStrategy[Fields]:
    return st.fixed_dictionaries(required, optional=optional)


def _or_null(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | inner


def is_bare(text: str) -> bool:
    """Whether there is no white space around it, nor the whole of it a variable's name, as ids have to be."""
    return re.fullmatch(BARE_PATTERN, text) is not None and text[-1] != "\n" and text[0] not in "${"


@functools.cache
def keys() -> SearchStrategy[str]:
    """What may name a definition, a project, an environment."""
    alphanumeric = string.ascii_letters + string.digits
    return st.builds(
        str.__add__, st.sampled_from(alphanumeric), st.text(alphanumeric + "._-", max_size=8) | st.just("z" * 63)
    )


@functools.cache
def function_names() -> SearchStrategy[str]:
    return st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=10) | st.just("f" * 64)


@functools.cache
def schemas() -> SearchStrategy[Fields]:
    """JSON Schemas of an object, with values inside that must arrive as they are."""
    leaf = _with(
        {"type": st.sampled_from(["string", "number", "integer", "boolean", "null", ["string", "null"]])},
        description=texts(40),
        default=st.sampled_from(ODD_JSON),
        enum=st.just([None, 1.5, "", {}]),
        minimum=st.sampled_from([0, 0.0, 1, 1.0, 0.1234567890123, 1e20]),
    )
    properties = st.dictionaries(st.text(max_size=6), leaf, max_size=3)
    return _with(
        {"type": st.just("object"), "properties": properties}, description=texts(40), title=st.text(max_size=6)
    )


def _strict(schema: Fields) -> Fields:
    return {**schema, "required": list(schema["properties"]), "additionalProperties": False}


@functools.cache
def _functions() -> SearchStrategy[Fields]:
    loose = _with(
        {"name": function_names()},
        description=_or_null(texts(60)),
        parameters=_or_null(st.just({}) | schemas()),
        strict=st.sampled_from([None, False]),
    )
    strict = _with({"name": function_names(), "parameters": schemas().map(_strict), "strict": st.just(True)})
    return st.fixed_dictionaries({"type": st.just("function"), "function": loose | strict})


@functools.cache
def _file_searches() -> SearchStrategy[Fields]:
    ranking = _with(
        {"score_threshold": st.sampled_from([0, 0.0, 1, 0.35]) | st.floats(0, 1, width=16)},
        ranker=_or_null(st.sampled_from(["auto", "default_2024_08_21"])),
    )
    search = _with(
        {},
        max_num_results=_or_null(st.integers(models.SEARCH_RESULTS_MIN, models.SEARCH_RESULTS_MAX)),
        ranking_options=_or_null(ranking),
    )
    return _with({"type": st.just("file_search")}, file_search=_or_null(search))


@functools.cache
def _unknown_tools() -> SearchStrategy[Fields]:
    kinds = st.sampled_from(["memory", "web_lookup", "colleague", "web_service", "retrieval", ""])
    members = st.dictionaries(
        st.sampled_from(["a", "function", "parameters", ""]), st.sampled_from(ODD_JSON), max_size=2
    )
    return st.builds(lambda kind, rest: {"type": kind, **rest}, kinds, members)


@functools.cache
def _words() -> SearchStrategy[str]:
    return st.text(min_size=1, max_size=6).filter(is_bare)


def _within(
    kind: str, members: dict[str, SearchStrategy[Any]], **optional: SearchStrategy[Any]
) -> SearchStrategy[Fields]:
    return st.fixed_dictionaries({"type": st.just(kind), kind: _with(members, **optional)})


@st.composite
def _foundry_tools(draw: st.DrawFn) -> Fields:
    """Those of Foundry. A composite, as the whole would be too long where hypothesis names it."""
    return draw(_kinds_of_foundry())


@functools.cache
def _kinds_of_foundry() -> SearchStrategy[Fields]:
    connection = st.fixed_dictionaries({"connection_id": _words()})
    search = _with(
        {"connection_id": _words()},
        market=_or_null(st.just("") | _words()),
        count=_or_null(st.integers(1, 50)),
    )
    anonymous = _with({"type": st.just("anonymous")}, security_scheme=st.sampled_from([None, {}]))
    identity = st.just({"type": "managed_identity", "security_scheme": {"audience": "https://a"}})
    queue = st.just({"type": "storage_queue", "storage_queue": {"queue_service_endpoint": "e", "queue_name": "q"}})
    function = _with({"name": function_names(), "parameters": schemas()}, description=_or_null(texts(40)))
    mcp = {"type": st.just("mcp"), "server_label": _words(), "server_url": _words()}
    return st.one_of(
        _with({"type": st.just("azure_ai_search")}, azure_ai_search=st.sampled_from([None, {}])),
        _within("azure_function", {"function": function, "input_binding": queue, "output_binding": queue}),
        _within("bing_grounding", {"search_configurations": st.lists(search, max_size=1)}),
        _within("connected_agent", {"id": _words(), "name": texts(10, 1), "description": texts(10, 1)}),
        _within("fabric_dataagent", {}, connections=_or_null(st.lists(connection, max_size=1))),
        _with(mcp, allowed_tools=_or_null(st.lists(texts(6, 1), max_size=2))),
        _within(
            "openapi",
            {"name": texts(10, 1), "spec": schemas(), "auth": anonymous | identity},
            description=_or_null(texts(40)),
            default_params=_or_null(st.lists(texts(6, 1), max_size=2)),
        ),
    )


@functools.cache
def tools(*, unknown: bool = True) -> SearchStrategy[Fields]:
    """One tool of any type that we know, and (with `unknown`) of some that we do not. Without, none but those of OpenAI."""
    known = [st.just({"type": "code_interpreter"}), _file_searches(), _functions(), _foundry_tools()]
    return st.one_of(*known, _unknown_tools()) if unknown else st.one_of(*known[:3])


def with_names_of_their_own(several: list[Fields]) -> list[Fields]:
    """No two functions of one name, which servers refuse."""
    seen: set[str] = set()
    distinct = []
    for one in several:
        if one["type"] == "function" and isinstance(one.get("function"), dict) and "name" in one["function"]:
            name = one["function"]["name"]
            name = f"{name[:62]}{len(seen)}" if name in seen else name
            one = {**one, "function": {**one["function"], "name": name}}  # noqa: PLW2901 - another with the same members
            seen.add(name)
        distinct.append(one)
    return distinct


@functools.cache
def tool_resources(*, unknown: bool = True) -> SearchStrategy[Fields]:
    if unknown:
        return _openais_resources() | _any_resources()
    return _openais_resources()


@functools.cache
def _openais_resources() -> SearchStrategy[Fields]:
    ids = st.text(min_size=1, max_size=8).filter(is_bare)
    files = st.lists(ids, max_size=4) | st.just([f"file-{number}" for number in range(models.FILE_IDS_MAX)])
    stores = st.lists(ids, max_size=models.VECTOR_STORE_IDS_MAX)
    return _with(
        {},
        code_interpreter=_or_null(_with({}, file_ids=_or_null(files))),
        file_search=_or_null(_with({}, vector_store_ids=_or_null(stores))),
    )


@st.composite
def _any_resources(draw: st.DrawFn) -> Fields:
    return draw(_kinds_of_resources())


@functools.cache
def _kinds_of_resources() -> SearchStrategy[Fields]:
    """Those of Foundry, too, without headers, which are secrets, and of one that nobody knows."""
    ids = st.lists(_words(), max_size=2)
    sources = st.lists(
        st.fixed_dictionaries({"type": st.sampled_from(["id_asset", "uri_asset"]), "uri": _words()}), max_size=2
    )
    store = st.fixed_dictionaries(
        {"name": texts(6, 1), "configuration": st.fixed_dictionaries({"data_sources": sources})}
    )
    index = _with({}, index_name=_or_null(texts(6)), top_k=_or_null(st.integers(1, 9)), filter=_or_null(st.just("")))
    names = _or_null(st.fixed_dictionaries({"tool_names": st.lists(texts(6, 1), max_size=2)}))
    approval = st.sampled_from([None, "always", "never"]) | _with({}, always=names, never=names)
    server = _with({"server_label": _words(), "headers": st.just({})}, require_approval=approval)
    return _with(
        {},
        code_interpreter=_or_null(_with({}, file_ids=_or_null(ids)) | _with({}, data_sources=_or_null(sources))),
        file_search=_or_null(_with({}, vector_stores=_or_null(st.lists(store, max_size=1)))),
        azure_ai_search=_or_null(_with({}, indexes=_or_null(st.lists(index, max_size=1)))),
        mcp=_or_null(st.lists(server, max_size=2)),
        memory=st.sampled_from(ODD_JSON),
    )


@functools.cache
def metadata() -> SearchStrategy[Fields]:
    names = texts(models.METADATA_KEY_MAX, 1).filter(lambda name: name != MARK_KEY)
    pairs = st.dictionaries(names, _or_null(texts(models.METADATA_VALUE_MAX)), max_size=3)
    return pairs | st.just({f"k{number}": "v" for number in range(DECLARED_PAIRS_MAX)})


@functools.cache
def response_formats() -> SearchStrategy[Any]:
    loose = _with(
        {"name": function_names()},
        description=_or_null(texts(40)),
        schema=_or_null(st.just({}) | schemas()),
        strict=st.sampled_from([None, False]),
    )
    strict = _with({"name": function_names(), "schema": schemas().map(_strict), "strict": st.just(True)})
    return st.one_of(
        st.sampled_from(["auto", {"type": "text"}, {"type": "json_object"}]),
        st.fixed_dictionaries({"type": st.just("json_schema"), "json_schema": loose | strict}),
    )


@functools.cache
def _models() -> SearchStrategy[str]:
    free = texts(20, 1).filter(lambda name: is_bare(name) and not models.unfit_for_assistants(name))
    return st.sampled_from(["gpt-4o", "gpt-4.1", "o3-mini", "llama3:8b", "Qwen/Qwen2.5-7B"]) | free


@functools.cache
def fields(*, unknown: bool = True) -> SearchStrategy[Fields]:
    """The API's members as loading hands them over: any of them absent, none of them null."""
    return _with(
        {"model": _models()},
        name=texts(models.NAME_MAX),
        description=texts(models.DESCRIPTION_MAX),
        instructions=texts(2000),
        tools=st.lists(tools(unknown=unknown), max_size=3).map(with_names_of_their_own),
        tool_resources=tool_resources(unknown=unknown),
        metadata=metadata(),
        # None so near to nothing that it can be written in two ways: 5e-324 is 4.9e-324.
        temperature=st.sampled_from([0, 0.0, 1, 1.0, 2, 0.7])
        | st.floats(0, models.TEMPERATURE_MAX, allow_subnormal=False),
        top_p=st.sampled_from([0, 0.0, 1, 1.0, 0.9]) | st.floats(0, models.TOP_P_MAX, allow_subnormal=False),
        response_format=response_formats(),
        reasoning_effort=st.sampled_from(models.REASONING_EFFORTS),
    )


def _definition(key: str, stated: Fields, protect: bool, ignore: frozenset[str]) -> Definition:
    first = next(iter(stated.get("metadata") or ()), "none")
    named = frozenset(one.replace("*", first) for one in ignore)
    return Definition(key, stated, protect, named, source=f"{key}.yaml:1:1")


@functools.cache
def definitions(*, unknown: bool = True) -> SearchStrategy[Definition]:
    """One sound definition. `unknown`: also tools and resources of types that the service does not know and some servers do."""
    ignorable = st.sampled_from([*ASSISTANTS.names, "metadata.*", "metadata.k3"])
    ignore = st.just(frozenset[str]()) | st.frozensets(ignorable, max_size=2)
    return st.builds(_definition, keys(), fields(unknown=unknown), st.booleans(), ignore)


@functools.cache
def definition_lists(*, unknown: bool = True, most: int = 4) -> SearchStrategy[list[Definition]]:
    """Sound definitions, each with a key of its own."""
    return st.lists(definitions(unknown=unknown), max_size=most, unique_by=lambda one: one.key)


# --- members that the tool does not know

_ODD_UNKNOWN: tuple[Any, ...] = (
    {"env": "X"},
    {"env": "X", "default": 5},
    {"literal": {"env": "X"}},
    {"file": "x.md"},
    [{"uri": "u", "keep": None}],
    {"parameters": {"env": "X"}, "spec": {"literal": {}}},
    False,
    "text",
)
Addition = tuple[int, str, Any]


@functools.cache
def additions(most: int = 5) -> SearchStrategy[list[Addition]]:
    """Members for `with_unknown`: which of the places in an object, by its number; a name; a value."""
    names = st.sampled_from(["voice", "datasets", "extra", "literal", "env", "a.b", "max_results"])
    values = st.sampled_from(_ODD_UNKNOWN) | st.sampled_from(ODD_JSON) | json_values(4)
    return st.lists(st.tuples(st.integers(0, 50), names, values), max_size=most)


def with_unknown(body: Fields, added: list[Addition]) -> Fields:
    """A copy of an object in which these members stand beside those that are known, at any depth."""
    body = copy.deepcopy(body)
    for number, name, value in added:
        places = list(closed_places(body).values())
        places[number % len(places)][name] = copy.deepcopy(value)
    return body


KNOWN_KINDS = ("function", "code_interpreter", "file_search", "bing_grounding", "connected_agent", "fabric_dataagent")


def closed_places(body: Fields) -> dict[tuple[Any, ...], Fields]:
    """The mappings of an object of which the tool knows members, by what they are known by."""
    places: dict[tuple[Any, ...], Fields] = {(): body}
    seen: list[tuple[str, str]] = []
    for tool in body.get("tools") or ():
        if tool["type"] in KNOWN_KINDS:
            seen.append((tool["type"], (tool.get("function") or {}).get("name", "")))
            here = ("tools", *seen[-1], seen.count(seen[-1]))
            _places_inside(here, tool, KNOWN_KINDS, places)
            _places_inside((*here, "file_search"), tool.get("file_search") or {}, ("ranking_options",), places)
    resources = body.get("tool_resources") or {}
    for kind in ("code_interpreter", "file_search", "azure_ai_search"):
        _places_inside(("tool_resources", kind), resources.get(kind), (), places)
    if isinstance(body.get("response_format"), dict):
        _places_inside(
            ("response_format", body["response_format"]["type"]), body["response_format"], ("json_schema",), places
        )
    return places


def _places_inside(here: tuple[Any, ...], value: Any, names: tuple[str, ...], places: dict[Any, Fields]) -> None:
    if isinstance(value, dict):
        places[here] = value
        for name in names:
            if isinstance(value.get(name), dict):
                places[(*here, name)] = value[name]
