"""The JSON Schemas that editors check by say what the models say; what they leave to `validate` is listed here."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.checks import faults
from assistants_tool.definitions.document import Document
from assistants_tool.definitions.references import REFERENCES
from assistants_tool.definitions.sound import SHAPES, is_sound
from assistants_tool.definitions.structure import field_names, shape_faults
from assistants_tool.objects.definition import Definition
from assistants_tool.project import schema
from assistants_tool.project.settings import ProjectSettings
from tests import test_definition, test_project
from tests.conftest import REPOSITORY, Cli
from tests.examples import examples
from tests.strategies import ODD_JSON, definition_lists, definitions
from tests.tables import cases, table_of

Value = dict[str, Any]

TEXTS = schema.texts()
SCHEMAS: Mapping[str, Value] = {kind: json.loads(text) for kind, text in TEXTS.items()}
DEFINITION = jsonschema_rs.validator_for(SCHEMAS["definition"])
PROJECT = jsonschema_rs.validator_for(SCHEMAS["project"])

# --- against the tests of the formats

ALLOWED = table_of(test_definition.test_what_is_allowed_has_no_faults)
REFUSED = {
    f"{kind}: {about}": fields
    for kind, test in {
        "limit": test_definition.test_beyond_a_limit_is_a_fault,
        "kind": test_definition.test_the_wrong_kind_is_a_fault_in_plain_words,
        "unknown": test_definition.test_an_unknown_field_is_a_fault_with_a_hint,
    }.items()
    for about, (fields, _) in table_of(test).items()
}
# No matter of shape: the mark's own pair, and below models and the schemas inside definitions.
LEFT_TO_VALIDATE = {"limit: the mark's pair", "limit: ranker"}
DEEPER = (
    test_definition.test_parameters_are_checked_as_json_schema,
    test_definition.test_strict_schemas_keep_the_rules_of_structured_outputs,
)


@cases("fields", {about: fields for about, (fields,) in ALLOWED.items()})
def test_what_a_definition_may_hold(fields: Value) -> None:
    assert errors(DEFINITION, {"model": "gpt-4o", **fields}) == []


@cases("fields", {about: fields for about, fields in REFUSED.items() if about not in LEFT_TO_VALIDATE})
def test_what_a_definition_may_not_hold(fields: Value) -> None:
    assert errors(DEFINITION, {"model": "gpt-4o", **fields}) != []


def test_what_is_left_to_validate() -> None:
    """A mistake that the schema could see by now is to be taken off the list."""
    left = [REFUSED[about] for about in LEFT_TO_VALIDATE]
    left += [{"model": "whisper-1"}]
    left += [
        one[0] if "tools" in one[0] else test_definition.function(one[0])
        for t in DEEPER
        for one in table_of(t).values()
        if "response_format" not in one[0]
    ]
    assert len(left) > 20
    assert [errors(DEFINITION, {"model": "gpt-4o", **one}) for one in left] == [[]] * len(left)


PROJECTS_REFUSED = {
    **{about: text for about, (text, _) in table_of(test_project.test_each_problem_has_its_place).items()},
    **{
        about: text
        for about, (text,) in table_of(test_project.test_a_literal_key_is_refused_and_never_repeated).items()
    },
    **{
        about: f"environments: {{p: {{endpoint: {{base_url: '{url}'}}}}}}\n"
        for about, (url, _) in table_of(test_project.test_another_base_url_is_refused).items()
    },
}
# These are no YAML, or not one document; a schema never sees them.
NOT_ONE_DOCUMENT = {"nothing", "two documents", "syntax", "a trap"}
PROJECTS_LEFT_TO_VALIDATE = {
    "a host in other letters with an empty label",
    "a host of dots",
    "a host of other letters that no name has",
    "a host with an empty label",
    "a label of 64 characters",
    "an IPv4 address that is none",
    "an IPv6 address that is none",
    "too long",
    "a session",
    "a short name",
    "a header's name",
    "a header's value",
    "default_environment",
    "default_environment of none",
    "Authorization",
    "authorization in any case",
    "api-key",
    "x-api-key",
    "of Azure's gateway",
    "a token",
    "a cookie",
    "a key in the query",
    *(one for one in PROJECTS_REFUSED if one.endswith(" in the query")),
    "in the address",
    "a port out of range",
    "a port that is none",
    "half an IPv6 address",
    "a user",
}


@cases("about", {about: about for about in PROJECTS_REFUSED if about not in NOT_ONE_DOCUMENT})
def test_what_project_yaml_may_not_hold(about: str) -> None:
    (value,) = yamltext.parse(PROJECTS_REFUSED[about]).values
    assert (errors(PROJECT, value) == []) is (about in PROJECTS_LEFT_TO_VALIDATE)


@cases("text", {about: text for about, (text,) in table_of(test_project.test_little_is_enough).items()})
def test_little_is_enough_in_project_yaml(text: str) -> None:
    assert [errors(PROJECT, one) for one in yamltext.parse(text).values if one] in ([], [[]])


def test_everything_in_project_yaml() -> None:
    """But for a field in the defaults that no definition has: only definitions are checked with them."""
    whole = yaml.safe_load(test_project.FULL)
    (said,) = errors(PROJECT, whole)
    assert "anything" in said
    del whole["environments"]["production"]["defaults"]["anything"]
    assert errors(PROJECT, whole) == []


def test_the_examples() -> None:
    """Ten definitions and their project.yaml; the rest are parts that they name."""
    folder = REPOSITORY / "assistants"
    found = {path.name: list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) for path in folder.glob("*.yaml")}
    assert [errors(PROJECT, one) for one in found.pop("project.yaml")] == [[]]
    wrong = {name: said for name, ones in found.items() for one in ones if (said := errors(DEFINITION, one))}
    assert (wrong, sum(map(len, found.values()))) == ({}, 10)


# --- patches

PATCHES: Mapping[str, Value] = {
    "nothing": {},
    "fields taken away": {name: None for name in field_names(Document) if name != "key"},
    "a part of a form": {"response_format": {"json_schema": {"strict": False}}},
    "a form taken away": {"response_format": {"type": "text", "json_schema": None}},
    "a reference": {"model": {"env": "MODEL"}, "tools": [{"file": "tool.yaml"}]},
}


@cases("patch", PATCHES)
def test_a_patch_needs_no_field_and_takes_null(patch: Value) -> None:
    assert errors(DEFINITION, {"environments": {"production": patch, "local": False}}) == []
    assert errors(PROJECT, {"environments": {"production": {"endpoint": "embedded", "defaults": patch}}}) == []


@cases(
    "environments",
    {
        "a key": {"production": {"key": "b"}},
        "patches": {"production": {"environments": {}}},
        "an unknown field": {"production": {"modle": "m"}},
        "a limit": {"production": {"temperature": 3}},
        "true": {"production": True},
        "nothing": {"production": None},
        "a name that none has": {"a b": {}},
        "a list": ["production"],
    },
)
def test_what_is_no_patch(environments: Any) -> None:
    assert errors(DEFINITION, {"model": "m", "environments": environments}) != []


# --- against what hypothesis makes up

SETTINGS = examples(20)


def written(one: Definition) -> Value:
    return {**one.fields, "key": one.key, "protect": one.protect, "ignore": sorted(one.ignore)}


@SETTINGS
@given(definition_lists())
def test_every_sound_definition_is_sound_here(found: list[Definition]) -> None:
    for one in found:
        assert errors(DEFINITION, written(one)) == []
        patch = {name: value for name, value in written(one).items() if name != "key"}
        assert errors(DEFINITION, {"environments": {"production": patch}}) == []


ANYTHING = [*ODD_JSON, {"file": "f"}, {"env": "E"}, {"file": 1}, {"type": "function"}, {"type": "text"}]


@examples(83)
@given(definitions(), st.data())
def test_the_schema_and_the_models_agree_on_any_value_in_any_place(one: Definition, data: st.DataObject) -> None:
    document = copy.deepcopy(written(one))
    *holders, last = data.draw(st.sampled_from(list(places(document, ()))))
    value: Any = document
    for step in holders:
        value = value[step]
    value[last] = copy.deepcopy(data.draw(st.sampled_from(ANYTHING)))
    if holders == ["ignore"] or last in ("ignore", "max_num_results"):
        return  # which fields can be ignored is checked beside the models, and to JSON Schema 1.0 is an integer
    assert bool(errors(DEFINITION, document)) is bool(shape_faults(Document, document, {})), document


def places(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document, and one more in each mapping. A JSON Schema is one place."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield (*path, "another")
    for name, inner in list(members):
        yield (*path, name)
        if name not in ("parameters", "schema"):
            yield from places(inner, (*path, name))


# --- what `validate` asks first


def test_the_shipped_shapes_are_those_of_the_models() -> None:
    shipped = {path.stem: path.read_text(encoding="utf-8") for path in SHAPES.glob("*.json")}
    assert shipped == schema.shapes(), "python -m docs.reference makes them anew"


@examples(83)
@given(definitions(), st.data())
def test_what_is_sound_the_models_take(one: Definition, data: st.DataObject) -> None:
    """The other way does not matter: the models are asked then, and have the last word."""
    document = copy.deepcopy(written(one))
    assert is_sound("document", document)
    *holders, last = data.draw(st.sampled_from(list(places(document, ()))))
    value: Any = document
    for step in holders:
        value = value[step]
    value[last] = copy.deepcopy(data.draw(st.sampled_from(ANYTHING)))
    if is_sound("document", document):
        found = shape_faults(Document, document, {})
        assert [fault.path[-1] for fault in found] in ([], ["max_num_results"])  # 1.0, which a check of its own refuses
        assert bool(found) <= bool(faults(document))


@cases("text", {about: text for about, text in PROJECTS_REFUSED.items() if about not in NOT_ONE_DOCUMENT})
def test_what_is_no_project_is_not_sound(text: str) -> None:
    value = yaml.safe_load(text)
    if is_sound("project", value):
        assert shape_faults(ProjectSettings, value, {}) == []


@pytest.mark.parametrize("odd", [float("nan"), 10**400, {1: 2}, object()], ids=range(4))
def test_what_json_has_no_word_for_is_not_sound(odd: Any) -> None:
    assert not is_sound("document", {"model": "m", "metadata": {"a": odd}})


# --- what an editor shows


@pytest.mark.parametrize("model", [*schema.ABOUT, schema.Patch, schema.JsonSchemaPatch], ids=lambda one: one.__name__)
def test_every_field_is_described(model: Any) -> None:
    assert set(schema.about_fields(model)) == set(field_names(model))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_example_is_right(kind: str) -> None:
    whole = SCHEMAS[kind]
    seen = 0
    for name, part in {"": whole, **whole["$defs"]}.items():
        for field, member in part["properties"].items():
            validator = jsonschema_rs.validator_for({"$schema": schema.DRAFT, "$defs": whole["$defs"], **member})
            for example in member.get("examples", ()):
                assert errors(validator, example) == [], (name, field)
                seen += 1
    assert seen > 15


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_is_sound_and_holds_nothing_twice(kind: str) -> None:
    whole = SCHEMAS[kind]
    jsonschema_rs.meta.validate(whole)
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    text = json.dumps(whole)
    assert text.count('"title"') == 1
    assert '"default": null' not in text
    assert text.count('{"file": {') == 1
    named = set(whole["$defs"])
    assert {name for name in named if f'"#/$defs/{name}"' in text} == named


# --- the command


def test_the_command_prints_one_or_writes_both(cli: Cli, tmp_path: Path) -> None:
    assert cli("schema").stdout == cli("schema", "definition").stdout == TEXTS["definition"]
    assert cli("schema", "project").stdout == TEXTS["project"]
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "project.json").write_text("old")
    assert cli("schema", "--to", "there").stdout == "there/definition.json: written\nthere/project.json: written\n"
    assert {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "there").iterdir()} == TEXTS
    assert cli("schema", "project", "--to", "new/one").stdout == "new/one/project.json: written\n"
    (tmp_path / "file").touch()
    refused = cli("schema", "--to", "file")
    assert refused.exit_code == 1
    assert (
        refused.stderr
        == "Error: file/definition.json cannot be written: File exists; check the path and its permissions\n"
    )


def errors(validator: Any, value: Any) -> list[str]:
    return [error.message for error in validator.iter_errors(value)]


# --- references


def referable(
    node: Value, parts: Mapping[str, Value], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where a schema takes a reference, and what that may be: to a file alone, or also to a variable."""
    options = [node, *node.get("anyOf", ())]
    named = [one["$ref"].rpartition("/")[2] for one in options if "$ref" in one]
    if "FileReference" in named:
        yield path, "any" if "VariableReference" in named else "file"
    for one in [*options, *(parts[name] for name in named if name not in ("FileReference", "VariableReference"))]:
        for name, inner in one.get("properties", {}).items():
            yield from referable(inner, parts, (*path, name))
        for inner in (one.get("items"), one.get("additionalProperties")):
            if isinstance(inner, dict):
                yield from referable(inner, parts, (*path, "*"))
        if one is not node:
            yield from referable({"anyOf": one["anyOf"]}, parts, path) if "anyOf" in one else ()


def test_a_reference_is_allowed_where_it_is_resolved() -> None:
    """The table of members says where a reference stands for a value, the models where an editor lets one be written."""
    schema_of = SCHEMAS["definition"]
    whole = {name: one for name, one in schema_of["properties"].items() if name != "environments"}
    found = dict(referable({"properties": whole}, schema_of["$defs"]))
    expected = {path: "file" if kind == "structure" else "any" for path, kind in REFERENCES.items()}
    assert found == expected
