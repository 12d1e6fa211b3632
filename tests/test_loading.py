"""Files become definitions: discovery, layers, references; and every problem of every file at once, where it is written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.definitions import loading, sources
from assistants_tool.errors import DefinitionError, Problem
from assistants_tool.objects.definition import Definition
from assistants_tool.project.projectfile import find_project, find_root
from tests.bounds import computes
from tests.conftest import Write
from tests.examples import examples
from tests.tables import cases

Files = Mapping[str, str]

OR_EXTRA = " To send it as it is, write it under extra"
ELSE_EXTRA = "; to send it as it is, write it under extra"
PROJECT = """\
project: acme
environments:
  local: {endpoint: embedded}
  production:
    endpoint: embedded
    defaults:
      model: gpt-4.1
      temperature: 0.5
      metadata: {team: care, env: default}
"""
TEXT = "key: a\nmodel: gpt-4o\n"


def load(
    *paths: str, environment: str = "", stdin: str | None = None, variables: Mapping[str, str] | None = None
) -> loading.Loaded:
    """Load as the command line would, from the current folder."""
    given = [Path.cwd() / path for path in paths]
    project = find_project(given or [Path.cwd()], find_root(given or [Path.cwd()], Path.cwd()))
    text = sources.decode(sources.STDIN, stdin.encode()) if stdin is not None else None
    return loading.load(given, project, environment, variables or {}, text)


def loaded(*paths: str, environment: str = "", **variables: str) -> dict[str, Definition]:
    found = load(*paths or ("assistants",), environment=environment, variables=variables).definitions
    return {one.key: one for one in found}


def fields(environment: str = "", key: str = "a", **variables: str) -> Mapping[str, Any]:
    """The fields of the definition `a` in the folder assistants/."""
    return loaded(environment=environment, **variables)[key].fields


def problems(*paths: str, environment: str = "", **variables: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        loaded(*paths, environment=environment, **variables)
    return str(caught.value).splitlines()


def validated(*paths: str) -> int:
    given = [Path.cwd() / path for path in paths or ("assistants",)]
    return loading.validate(given, find_project(given, find_root(given, Path.cwd()))).count


def invalid(*paths: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        validated(*paths)
    return str(caught.value).splitlines()


# --- which files, which documents


def test_a_folder_is_read_recursively_but_for_what_is_no_definition(write: Write) -> None:
    text = "model: gpt-4o\n"
    write({f"assistants/{name}": text for name in ("b.yaml", "a.yml", "sub/deep/c.yaml")})
    write(
        {
            f"assistants/{name}": "no: definition"
            for name in (".a.yaml", "_b.yaml", ".c/d.yaml", "_e/f.yaml", "g.json", "h.txt", "i")
        }
    )
    write({"assistants/project.yaml": "project: acme\n"})
    found = loaded()
    assert {key: one.source for key, one in found.items()} == {
        "a": "assistants/a.yml:1:1",
        "b": "assistants/b.yaml:1:1",
        "c": "assistants/sub/deep/c.yaml:1:1",
    }


def test_paths_are_files_and_folders_and_each_file_counts_once(write: Write) -> None:
    write({"x/a.yaml": "model: m\n", "x/b.yaml": "model: m\n", "y/c.yaml": "model: m\n"})
    assert list(loaded("y/c.yaml", "x", "x/a.yaml", "x")) == ["a", "b", "c"]
    assert list(loaded("x/b.yaml")) == ["b"]


@cases(
    "files paths expected",
    {
        "missing": ({}, ["a.yaml"], ["a.yaml: no such file or folder; check the path, or run from the project's root"]),
        "too long a name": (
            {},
            ["x" * 300],
            [f"{'x' * 300}: no such file or folder; check the path, or run from the project's root"],
        ),
        "two missing": (
            {},
            ["b", "a"],
            [
                "a: no such file or folder; check the path, or, for a key, give --only a",
                "b: no such file or folder; check the path, or, for a key, give --only b",
            ],
        ),
        "another suffix": (
            {"a.toml": ""},
            ["a.toml"],
            ["a.toml: a definition file ends in .yaml, .yml, .md or .json; rename it"],
        ),
        "project.yaml": (
            {"x/project.yaml": "project: a\n"},
            ["x/project.yaml"],
            ["x/project.yaml: project.yaml is not a definition; give its folder"],
        ),
        "empty folder": (
            {"x/_a.yaml": TEXT},
            ["x"],
            ["x: no definitions here; add a .yaml file with at least `model: NAME`"],
        ),
        "two empty folders": (
            {"x/_a": "", "y/_a": ""},
            ["x", "y"],
            ["x, y: no definitions here; add a .yaml file with at least `model: NAME`"],
        ),
        "empty file": (
            {"a.yaml": ""},
            ["a.yaml"],
            ["a.yaml: the file holds no definition; write one or remove the file"],
        ),
        "only empty documents": (
            {"x/a.yaml": "# c\n---\n---\n", "x/b.yaml": TEXT},
            ["x"],
            ["x/a.yaml: the file holds no definition; write one or remove the file"],
        ),
        "a list": (
            {"a.yaml": "- model: m\n"},
            ["a.yaml"],
            [
                (
                    "a.yaml:1:1: this is a list of definitions in one document; write one document for each, "
                    "separated by a line of ---, or let `assistants import a.yaml` write them"
                )
            ],
        ),
        "a list of something else": (
            {"a.yaml": "- name: m\n"},
            ["a.yaml"],
            ["a.yaml:1:1: a definition is a mapping of fields; write `model: NAME`"],
        ),
        "a text as second document": (
            {"a.yaml": f"{TEXT}--- hello\n"},
            ["a.yaml"],
            ["a.yaml:3:5: a definition is a mapping of fields; write `model: NAME`"],
        ),
        "over 1 MiB": (
            {"a.yaml": "#" * ((1 << 20) + 1)},
            ["a.yaml"],
            ["a.yaml: the file is over 1 MiB, which no assistant needs; make it smaller"],
        ),
    },
)
def test_a_file_that_is_no_definition_is_a_problem(
    write: Write, files: Files, paths: list[str], expected: list[str]
) -> None:
    write(files)
    assert expected == problems(*paths)


def test_links_that_lead_out_of_the_root_are_refused_and_others_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    (root / "assistants").mkdir()
    (root / "b.yaml").write_text(TEXT)
    (tmp_path / "outside.yaml").write_text(TEXT)
    (root / "assistants/inside.yaml").symlink_to("../b.yaml")
    (root / "assistants/outside.yaml").symlink_to(tmp_path / "outside.yaml")
    monkeypatch.chdir(root)
    expected = "assistants/outside.yaml: the file is outside the root .; move it below that folder"
    assert problems() == [expected]
    (root / "assistants/outside.yaml").unlink()
    assert list(loaded()) == ["a"]


def test_a_link_to_a_folder_is_followed_below_the_root(write: Write, tmp_path: Path) -> None:
    """Each folder is read once, however many links lead there."""
    write(
        {
            "assistants/a.yaml": "model: m\n",
            "assistants/x/c.yaml": "model: m\n",
            "other/b.yaml": "model: m\n",
            "other/deep/d.yaml": "model: m\n",
        }
    )
    (tmp_path / "assistants/link").symlink_to("../other")
    (tmp_path / "assistants/again").symlink_to("../other/deep")
    (tmp_path / "assistants/inside").symlink_to("x")
    (tmp_path / "other/back").symlink_to("../other")
    (tmp_path / "assistants/gone").symlink_to("../nowhere")
    (tmp_path / "assistants/_hidden").symlink_to("../other")
    found = load("assistants")
    assert [one.source for one in found.definitions] == [
        "assistants/a.yaml:1:1",
        "assistants/link/b.yaml:1:1",
        "assistants/x/c.yaml:1:1",
        "assistants/again/d.yaml:1:1",
    ]
    assert found.remarks == ()


def test_a_link_to_a_folder_that_is_not_followed_is_named(write: Write, tmp_path: Path) -> None:
    write({"root/.git/_": "", "root/assistants/a.yaml": "model: m\n", "other/b.yaml": "model: m\n"})
    (tmp_path / "root/assistants/circle").symlink_to("..")
    (tmp_path / "root/assistants/link").symlink_to("../../other")
    found = load("root/assistants")
    assert [one.key for one in found.definitions] == ["a"]
    assert list(map(str, found.remarks)) == [
        "root/assistants/circle: note: not read: the link leads back to a folder that holds it; remove it",
        "root/assistants/link: note: not read: the link leads out of the root root; put a folder in its place",
    ]


# What a folder holds beside `other.yaml` -> the keys for which there is a file that was not read.
STRAYS: dict[str, tuple[Files, list[str]]] = {
    "Markdown that lost its front matter": ({"a.md": "You are kind.\n"}, ["a"]),
    "JSON without a model": ({"a.json": "{}", "deep/b.json": "[]"}, ["a", "b"]),
    "another form": ({"a.toml": "", "b.yaml.j2": "", "c.d.json5": ""}, ["a", "b", "c.d"]),
    "what another names, and may be a definition": (
        {"b.yaml": "model: m\ninstructions: {file: a.yaml}\n", "a.yaml": "name: A\n"},
        ["a"],
    ),
    "a prompt that another names": ({"b.yaml": "model: m\ninstructions: {file: a.md}\n", "a.md": "Be kind.\n"}, []),
    "under another key": ({"a.yaml": "key: b\nmodel: m\n"}, []),
    "not in this environment": ({"a.yaml": "model: m\nenvironments: {local: false}\n"}, []),
    "hidden": ({"_a.yaml": "", ".b.yaml": "", "_c/d.md": ""}, []),
    "neither text of ours nor like it": ({"a.png": "", "b.py": "", "c": ""}, []),
}


@cases("files keys", STRAYS)
def test_a_file_that_is_called_as_a_definition_and_holds_none_is_known(
    write: Write, files: Files, keys: list[str]
) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/other.yaml": "model: m\n"})
    write({f"assistants/{name}": text for name, text in files.items()})
    assert sorted(load("assistants", environment="local").strays) == keys
    assert load("assistants/other.yaml", environment="local").strays == {}


def test_a_pipe_in_the_folder_does_not_block(write: Write, tmp_path: Path) -> None:
    write({"assistants/a.yaml": TEXT})
    os.mkfifo(tmp_path / "assistants/b.yaml")
    assert problems() == ["assistants/b.yaml: not a regular file; name a file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_a_problem(write: Write, tmp_path: Path) -> None:
    write({"assistants/a.yaml": TEXT, "assistants/x/b.yaml": TEXT})
    (tmp_path / "assistants/x").chmod(0)
    try:
        expected = "assistants/x: the folder cannot be read: Permission denied; check it"
        assert problems() == [expected]
        assert problems("assistants/x/b.yaml") == [
            "assistants/x/b.yaml: no such file or folder; check the path, or run from the project's root"
        ]
    finally:
        (tmp_path / "assistants/x").chmod(0o700)


@cases(
    "name text expected",
    {
        "the stem": ("support.yaml", "model: m\n", {"support": "support.yaml:1:1"}),
        "a stem with a dot": ("a.b-c_d.yml", "model: m\n", {"a.b-c_d": "a.b-c_d.yml:1:1"}),
        "its own": ("x y.yaml", "key: a\nmodel: m\n", {"a": "x y.yaml:1:1"}),
        "null is none": ("a.yaml", "key:\nmodel: m\n", {"a": "a.yaml:1:1"}),
        "several": (
            "x.yaml",
            "key: a\nmodel: m\n---\n\n# c\nkey: b\nmodel: m\n",
            {"a": "x.yaml:1:1", "b": "x.yaml:6:1"},
        ),
        "one with empty ones around": ("x.yaml", "---\n---\nmodel: m\n---\n", {"x": "x.yaml:3:1"}),
        "a merge of anchors": ("x.yaml", "key: &k a\nmodel: *k\n", {"a": "x.yaml:1:1"}),
    },
)
def test_a_definition_has_a_key_and_a_place(write: Write, name: str, text: str, expected: Files) -> None:
    write({name: text})
    assert expected == {key: one.source for key, one in loaded(name).items()}


@cases(
    "files expected",
    {
        "a stem that cannot be one": (
            {"x y.yaml": "model: m\n"},
            ["x y.yaml:1:1: the file name 'x y' cannot be a key; add `key: NAME`"],
        ),
        "too long a stem": (
            {f"{'k' * 65}.yaml": "model: m\n"},
            [f"{'k' * 65}.yaml:1:1: the file name '{'k' * 65}' cannot be a key; add `key: NAME`"],
        ),
        "another script": (
            {"회의록.yaml": "model: m\n"},
            ["회의록.yaml:1:1: the file name '회의록' cannot be a key; add `key: NAME`"],
        ),
        "several without": (
            {"x.yaml": "model: m\n---\nkey: b\nmodel: m\n---\nmodel: m\n"},
            [
                "x.yaml:1:1: the file holds several definitions; add `key: NAME` to each",
                "x.yaml:6:1: the file holds several definitions; add `key: NAME` to each",
            ],
        ),
        "not text": ({"x.yaml": "key: 5\nmodel: m\n"}, ["x.yaml:1:6: key has to be text, but is a number; quote it"]),
        "no identifier": (
            {"x.yaml": "key: a b\nmodel: m\n"},
            [
                "x.yaml:1:6: key is 'a b'; use at most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"
            ],
        ),
        "twice in a file": (
            {"x.yaml": f"{TEXT}---\n# c\n{TEXT}"},
            ["x.yaml:5:6: the key 'a' is also that of x.yaml:1; keys are unique, change one"],
        ),
        "twice in two files": (
            {"x/b.yaml": f"# c\n{TEXT}", "a.yaml": "model: m\n"},
            ["x/b.yaml:2:6: the key 'a' is also that of a.yaml:1; keys are unique, change one"],
        ),
        "the stem is another's key": (
            {"a.yaml": "model: m\n", "A/a.yml": "\nmodel: m\n"},
            ["A/a.yml:2:1: the key 'a' is also that of a.yaml:1; keys are unique, change one"],
        ),
        "three": (
            {"a.yaml": TEXT, "b.yaml": TEXT, "c.yaml": TEXT},
            [
                "b.yaml:1:6: the key 'a' is also that of a.yaml:1; keys are unique, change one",
                "c.yaml:1:6: the key 'a' is also that of a.yaml:1; keys are unique, change one",
            ],
        ),
    },
)
def test_a_key_that_cannot_be_is_a_problem(write: Write, files: Files, expected: list[str]) -> None:
    write(files)
    assert expected == problems(".")


def test_standard_input_needs_keys(tmp_path: Path) -> None:
    """It has no name, and its references start from the current folder."""
    (tmp_path / "text.md").write_text("Hello.\n")
    found = load(stdin="key: a\nmodel: m\ninstructions: {file: text.md}\n---\nkey: b\nmodel: m\n")
    assert [(one.key, one.source) for one in found.definitions] == [("a", "<stdin>:1:1"), ("b", "<stdin>:5:1")]
    assert found.definitions[0].fields["instructions"] == "Hello.\n"
    with pytest.raises(DefinitionError) as caught:
        load(stdin="\nmodel: m\nnam: x\n")
    assert str(caught.value).splitlines() == [
        "<stdin>:2:1: a definition from standard input has no file name to go by; add `key: NAME`",
        "<stdin>:3:1: unknown field 'nam'; did you mean 'name'?" + OR_EXTRA,
    ]


def test_standard_input_stands_beside_files(write: Write) -> None:
    write({"b.yaml": "model: m\n"})
    assert [one.key for one in load("b.yaml", stdin=TEXT).definitions] == ["a", "b"]


@cases(
    "paths whole",
    {
        "the project's folder": (["assistants"], True),
        "a folder inside it": (["assistants/x"], False),
        "all of its files": (["assistants/a.yaml", "assistants/x"], False),
        "a file besides": (["assistants/a.yaml", "assistants"], True),
    },
)
def test_only_the_projects_folder_is_the_whole(write: Write, paths: list[str], whole: bool) -> None:
    write(
        {
            "assistants/project.yaml": "project: acme\n",
            "assistants/a.yaml": "model: m\n",
            "assistants/x/b.yaml": "model: m\n",
        }
    )
    assert whole == load(*paths).whole


def test_a_folder_below_the_projects_is_not_the_whole(write: Write) -> None:
    write({"project.yaml": "project: acme\n", "assistants/a.yaml": "model: m\n"})
    assert load("assistants").whole is False
    assert load(".").whole is True


def test_without_a_project_there_is_no_whole(write: Write) -> None:
    write({"assistants/a.yaml": TEXT})
    assert load("assistants").whole is False


# --- every problem at once


def test_every_problem_of_every_file_is_found_in_one_run_in_order(write: Write) -> None:
    write(
        {
            "assistants/b.yaml": "model: whisper-1\nnam: B\ntemperature: 3\n---\nkey: b\n",
            "assistants/a.yaml": "name: no\nmodel: [\n",
            "assistants/c.yaml": (
                "model: gpt-4o\ntools:\n  - type: function\n    function:\n      name: f\n      parameters: {file: c.json}\n"
            ),
            "assistants/c.json": '{"type": "object",\n "properties": {"a": {"type": "strin"}}}',
            "assistants/d.yaml": "model: gpt-4o\ninstructions: {file: missing.md}\nname: {env: NOWHERE}\n",
            "assistants/e.yaml": "model: gpt-4o\n",
        }
    )
    Path("assistants/f.yaml").write_bytes(b"model: \xff\n")
    assert problems() == [
        'assistants/a.yaml:1:7: YAML reads no as the boolean false; write false, or quote it to make it text: "no"',
        "assistants/a.yaml:3:1: not valid YAML: a value is missing here: write it",
        "assistants/b.yaml:1:1: the file holds several definitions; add `key: NAME` to each",
        ("assistants/b.yaml:1:8: the model 'whisper-1' cannot serve an assistant: "
        "it serves /v1/audio/transcriptions, /v1/audio/translations; choose a chat model"),
        "assistants/b.yaml:2:1: unknown field 'nam'; did you mean 'name'?" + OR_EXTRA,
        "assistants/b.yaml:3:14: temperature is 3; it has to be at most 2",
        "assistants/b.yaml:5:1: the field 'model' is missing; add it here or to the environment's defaults",
        ("assistants/c.json:2:31: tools[0].function.parameters.properties.a.type is 'strin', which JSON Schema does not have; "
        "did you mean 'string'?"),
        ("assistants/d.yaml:2:15: instructions: assistants/missing.md: the file cannot be read: "
        "No such file or directory; check the path and its permissions"),
        "assistants/d.yaml:3:7: name: the variable 'NOWHERE' is not set; set it",
        "assistants/f.yaml:1:8: not valid UTF-8; save the file in UTF-8",
    ]  # fmt: skip


@cases(
    "text expected",
    {
        "the value": (
            "model: m\ntools:\n- type: file_search\n  file_search:\n    max_num_results: 51\n",
            "5:22: tools[0].file_search.max_num_results is 51; it has to be at most 50",
        ),
        "the key": (
            "model: m\ntools:\n- type: file_search\n  file_search:\n    max_results: 5\n",
            "5:5: unknown field 'max_results' of tools[0].file_search; did you mean 'max_num_results'?" + OR_EXTRA,
        ),
        "the mapping that misses one": (
            "model: m\nresponse_format:\n  {type: json_schema}\n",
            "3:3: the field 'json_schema' of response_format is missing; add it",
        ),
        "a metadata key": (
            f"model: m\nmetadata:\n  a: b\n  {'k' * 65}: x\n",
            f"4:3: metadata.{'k' * 65} has 65 characters; shorten it to at most 64",
        ),
        "the schema": (
            (
                "model: m\nresponse_format:\n  type: json_schema\n  json_schema:\n    name: a\n    strict: true\n    schema:\n"
                "      type: object\n      properties: {}\n"
            ),
            "8:7: response_format.json_schema.schema: with strict: true an object needs additionalProperties: false; add it",
        ),
        "inside a schema": (
            (
                "model: m\nresponse_format:\n  type: json_schema\n  json_schema:\n    name: a\n    schema:\n      properties:\n"
                "        a: {type: object, minLength: -1}\n"
            ),
            (
                "8:38: response_format.json_schema.schema.properties.a.minLength is not valid JSON Schema: -1 is less than the "
                "minimum of 0; fix it"
            ),
        ),
        "through an alias": (
            "name: &n 5\nmodel: m\ndescription: *n\n",
            "1:7: description has to be text, but is a number; quote it|1:7: name has to be text, but is a number; quote it",
        ),
        "through a merge key": (
            "model: m\ntools:\n- &t {type: file_search, file_search: {x: 1}}\n- <<: *t\n",
            (
                "3:40: unknown field 'x' of tools[0].file_search; known are: max_num_results, ranking_options; to send it as it is,"
                " write it under extra|3:40: unknown field 'x' of tools[1].file_search; known are: max_num_results,"
                " ranking_options" + ELSE_EXTRA
            ),
        ),
        "behind wide characters": (
            "model: m\nmetadata: {팀: 고객, b: 5}\n",
            "2:22: metadata.b has to be text, but is a number; quote it",
        ),
        "CRLF": ("model: m\r\nname: 5\r\n", "2:7: name has to be text, but is a number; quote it"),
        "a BOM": ("\ufeffname: 5\nmodel: m\n", "1:7: name has to be text, but is a number; quote it"),
        "reference where none may stand": (
            "model: m\ntools: {file: t.yaml}\n",
            "2:8: tools has to be a list, but is a mapping; write a list",
        ),
        "environments of another kind": (
            "model: m\nenvironments: [production]\n",
            "2:15: environments has to be a mapping of environments to patches; change it",
        ),
        "environments without a project": (
            "model: m\nenvironments: {production: {}}\n",
            "2:16: the environment 'production' is not declared; declare it in project.yaml",
        ),
    },
)
def test_a_problem_is_placed_where_it_is_written(write: Write, text: str, expected: str) -> None:
    write({"assistants/a.yaml": text})
    assert [f"assistants/a.yaml:{one}" for one in expected.split("|")] == problems()


# --- references


@cases(
    "place content value",
    {
        "text": ("instructions: {file: x}", "Two\nlines.\n", "Two\nlines.\n"),
        "text without final newline": ("instructions: {file: x}", "a", "a"),
        "text of CRLF": ("instructions: {file: x}", "a\r\nb\r\n", "a\nb\n"),
        "text behind a BOM": ("instructions: {file: x}", "\ufeffa\n", "a\n"),
        "text that looks like YAML": ("instructions: {file: x}", "a: &b !!c [\n", "a: &b !!c [\n"),
        "text with control characters": ("instructions: {file: x}", "a\x01\x1b\x85\u2028", "a\x01\x1b\x85\u2028"),
        "no interpolation": ("instructions: {file: x}", "${HOME} $HOME {{x}} %(x)s", "${HOME} $HOME {{x}} %(x)s"),
        "name": ("name: {file: x}", "A", "A"),
        "number": ("temperature: {file: x}", "0.25\n", 0.25),
        "whole number": ("top_p: {file: x}", "1\n", 1),
        "metadata value": ("metadata: {a: {file: x}}", "v\n", {"a": "v\n"}),
        "id": (
            "tool_resources: {file_search: {vector_store_ids: [{file: x}]}}",
            "vs_1",
            {"file_search": {"vector_store_ids": ["vs_1"]}},
        ),
        "file id": (
            "tool_resources: {code_interpreter: {file_ids: [a, {file: x}]}}",
            "f",
            {"code_interpreter": {"file_ids": ["a", "f"]}},
        ),
        "tool": (
            "tools: [{file: x}, {type: file_search}]",
            "type: code_interpreter\n",
            [{"type": "code_interpreter"}, {"type": "file_search"}],
        ),
        "tool of a type unknown here": (
            "tools: [{file: x}]",
            "type: bing\nfunction: {file: nowhere}\n",
            [{"type": "bing", "function": {"file": "nowhere"}}],
        ),
        "function": (
            "tools: [{type: function, function: {file: x}}]",
            "name: f\n",
            [{"type": "function", "function": {"name": "f"}}],
        ),
        "function's description": (
            "tools: [{type: function, function: {name: f, description: {file: x}}}]",
            "D",
            [{"type": "function", "function": {"name": "f", "description": "D"}}],
        ),
        "parameters": (
            "tools: [{type: function, function: {name: f, parameters: {file: x}}}]",
            "---\n---\ntype: object\n",
            [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        ),
        "schema": (
            "response_format: {type: json_schema, json_schema: {name: n, schema: {file: x}}}",
            '{"type": "object", "default": null}',
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "default": None}}},
        ),
        "score_threshold": (
            "tools: [{type: file_search, file_search: {ranking_options: {score_threshold: {file: x}}}}]",
            "0.5",
            [{"type": "file_search", "file_search": {"ranking_options": {"score_threshold": 0.5}}}],
        ),
    },
)
def test_a_file_stands_in_the_place_of_a_value(write: Write, place: str, content: str, value: Any) -> None:
    """As text, as a number, or as the structure that it holds, whatever that place wants."""
    write({"assistants/a.yaml": f"model: m\n{place}\n", "assistants/x": content})
    assert json.dumps({"model": "m", place.partition(":")[0]: value}, sort_keys=True) == json.dumps(
        fields(), sort_keys=True
    )


@cases(
    "text value",
    {
        "the whole of metadata": ("metadata: {file: x}", {"file": "x"}),
        "the whole of metadata, a variable": ("metadata: {env: production}", {"env": "production"}),
        "in a schema": (
            "tools: [{type: function, function: {name: f, parameters: {default: {file: x}, examples: [{env: X}]}}}]",
            [
                {
                    "type": "function",
                    "function": {"name": "f", "parameters": {"default": {"file": "x"}, "examples": [{"env": "X"}]}},
                }
            ],
        ),
        "a property of a schema": (
            "response_format: {type: json_schema, json_schema: {name: n, schema: {properties: {file: {type: string}}}}}",
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": {"properties": {"file": {"type": "string"}}}},
            },
        ),
        "a file in a tool of a type unknown here": (
            "tools: [{type: bing, function: {file: x}, file_search: {max_num_results: {env: X, y: z}}}]",
            [{"type": "bing", "function": {"file": "x"}, "file_search": {"max_num_results": {"env": "X", "y": "z"}}}],
        ),
        "in what describes values, in such a tool": (
            "tools: [{type: web_service, web_service: {spec: {a: {env: X}}, b: [{parameters: {env: X}, schema: {env: X}}]}}]",
            [
                {
                    "type": "web_service",
                    "web_service": {
                        "spec": {"a": {"env": "X"}},
                        "b": [{"parameters": {"env": "X"}, "schema": {"env": "X"}}],
                    },
                }
            ],
        ),
        "what is literal in such a tool": (
            "tools: [{type: mcp_proxy, headers: {a: {literal: {env: X}}, b: {literal: {literal: {}}}, c: {literal: x}}}]",
            [{"type": "mcp_proxy", "headers": {"a": {"env": "X"}, "b": {"literal": {}}, "c": {"literal": "x"}}}],
        ),
        "a mapping of variables in such a tool": (
            "tools: [{type: mcp_proxy, container: {env: {A: b}}, one: {env: {A: b}, default: 1}}]",
            [{"type": "mcp_proxy", "container": {"env": {"A": "b"}}, "one": {"env": {"A": "b"}, "default": 1}}],
        ),
        "in resources of a tool unknown here": (
            "tool_resources: {memory: {file: x}}",
            {"memory": {"file": "x"}},
        ),
        "no interpolation": ("instructions: ${HOME} {env}", "${HOME} {env}"),
    },
)
def test_what_only_looks_like_a_reference_is_literal(write: Write, text: str, value: Any) -> None:
    write({"assistants/a.yaml": f"model: m\n{text}\n"})
    assert {"model": "m", text.partition(":")[0]: value} == fields()


def test_a_variable_is_a_reference_wherever_nothing_is_known(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": """\
model: m
tools:
  - {file: mcp.yaml}
  - {type: code_interpreter, extra: {key: {env: A}}}
tool_resources:
  memory: [{server_label: wiki, headers: {Authorization: {env: B}}}]
  file_search: {extra: {key: {env: A}, raw: {literal: {env: A}}}}
extra: {deep: [{env: A}], env: A, literal: {env: B}}
""",
            "assistants/mcp.yaml": "type: mcp_proxy\nheaders: {Authorization: {env: A}}\n",
        }
    )
    definition = loaded(A="a!", B="b!")["a"]
    assert definition.fields == {
        "model": "m",
        "tools": [
            {"type": "mcp_proxy", "headers": {"Authorization": "a!"}},
            {"type": "code_interpreter", "key": "a!"},
        ],
        "tool_resources": {
            "memory": [{"server_label": "wiki", "headers": {"Authorization": "b!"}}],
            "file_search": {"key": "a!", "raw": {"env": "A"}},
        },
        "deep": ["a!"],
        "env": "A",
        "literal": "b!",
    }
    assert definition.variables == {
        ("tools", 0, "headers", "Authorization"): "A",
        ("tools", 1, "key"): "A",
        ("tool_resources", "memory", 0, "headers", "Authorization"): "B",
        ("tool_resources", "file_search", "key"): "A",
        ("deep", 0): "A",
        ("literal",): "B",
    }


def test_a_variable_that_is_not_set_is_told_with_its_place_in_what_is_not_known(write: Write) -> None:
    write({"assistants/a.yaml": "model: m\nextra:\n  deep:\n    - {env: NOPE}\n"})
    assert problems() == ["assistants/a.yaml:4:7: extra.deep[0]: the variable 'NOPE' is not set; set it"]


@cases(
    "text place",
    {
        "a number": ("extra: {a: {env: A, default: 5}}", "2:12: extra.a"),
        "nothing": ("tools: [{type: mcp_proxy, key: {env: A, default: null}}]", "2:32: tools[0].key"),
        "a structure": ("tool_resources: {memory: [{env: A, default: [b]}]}", "2:27: tool_resources.memory[0]"),
    },
)
def test_a_default_that_is_no_text_is_a_fault_in_what_is_not_known_too(write: Write, text: str, place: str) -> None:
    write({"assistants/a.yaml": f"model: m\n{text}\n"})
    said = "the default of 'A' has to be text; quote it, or write {literal: ...} around what is meant as it stands"
    assert problems() == [f"assistants/a.yaml:{place}: {said}"]


EXTRA = """\
model: m
extra: {colour: red, gone: null}
tools:
  - {type: function, extra: {a: 1}, function: {name: f, extra: {b: {c: null}}}}
  - {type: file_search, file_search: {extra: {d: 2}, ranking_options: {score_threshold: 0, extra: {e: 3}}}}
  - {type: other, extra: {stays: here}}
tool_resources:
  code_interpreter: {extra: {datasets: [{uri: u}]}}
response_format: {type: json_schema, extra: {f: 4}, json_schema: {name: s, extra: {g: 5, extra: {}}}}
"""


def test_extra_members_stand_beside_those_that_are_known(write: Write) -> None:
    write({"assistants/a.yaml": EXTRA})
    assert fields() == {
        "model": "m",
        "colour": "red",
        "gone": None,
        "tools": [
            {"type": "function", "a": 1, "function": {"name": "f", "b": {"c": None}}},
            {"type": "file_search", "file_search": {"d": 2, "ranking_options": {"score_threshold": 0, "e": 3}}},
            {"type": "other", "extra": {"stays": "here"}},
        ],
        "tool_resources": {"code_interpreter": {"datasets": [{"uri": "u"}]}},
        "response_format": {"type": "json_schema", "f": 4, "json_schema": {"name": "s", "g": 5, "extra": {}}},
    }


BESIDE = "is a field that the tool knows; write it beside extra"
KNOWN = {
    "at the top": ("extra: {temperature: 1}", f"2:9: extra.temperature: 'temperature' {BESIDE}"),
    "what a server gives": ("extra: {id: x}", "2:9: extra.id: 'id' is a field that the tool knows; remove it"),
    "in a tool": (
        "tools: [{type: code_interpreter, extra: {type: x}}]",
        f"2:42: tools[0].extra.type: 'type' {BESIDE}",
    ),
    "deeper": (
        "tools: [{type: function, function: {name: f, extra: {strict: true}}}]",
        f"2:54: tools[0].function.extra.strict: 'strict' {BESIDE}",
    ),
    "in resources": (
        "tool_resources: {file_search: {extra: {vector_store_ids: []}}}",
        f"2:40: tool_resources.file_search.extra.vector_store_ids: 'vector_store_ids' {BESIDE}",
    ),
    "no mapping": ("extra: [a]", "2:8: extra has to be a mapping, but is a list; write a mapping"),
}


@pytest.mark.parametrize(("text", "said"), KNOWN.values(), ids=KNOWN)
def test_an_extra_is_a_mapping_of_what_is_not_known(write: Write, text: str, said: str) -> None:
    write({"assistants/a.yaml": f"model: m\n{text}\n"})
    assert problems() == [f"assistants/a.yaml:{said}"]


def test_an_extra_is_merged_member_by_member_and_null_stays_in_it(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": """\
environments:
  prod:
    endpoint: embedded
    defaults:
      extra: {a: 1, b: {c: 1, d: 2}, e: {env: X}, f: {literal: {env: X}}}
      tool_resources: {memory: {headers: {A: {env: X}}}}
""",
            "assistants/a.yaml": """\
model: m
extra: {a: null, b: {c: null, g: 3}}
environments:
  prod:
    extra: {e: {literal: {env: Y}}, f: {env: Z}, h: null}
    tool_resources: {memory: {headers: {A: {literal: {env: Z}}}}}
""",
        }
    )
    assert fields("prod", X="x!", Z="z!") == {
        "model": "m",
        "a": None,
        "b": {"d": 2, "g": 3},
        "e": {"env": "Y"},
        "f": "z!",
        "h": None,
        "tool_resources": {"memory": {"headers": {"A": {"env": "Z"}}}},
    }


def test_references_nest_and_start_from_the_file_that_holds_them(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\ntools: [{file: tools/one.yaml}]\n",
            "assistants/tools/one.yaml": "type: function\nfunction: {file: deep/function.json}\n",
            "assistants/tools/deep/function.json": (
                '{"name": "f", "description": {"file": "text.md"}, "parameters": {"file": "../../../schema.json"}}'
            ),
            "assistants/tools/deep/text.md": "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
            "schema.json": '{"type": "object", "description": "\\ud83d\\ude00"}',
        }
    )
    function = {"name": "f", "description": "😀", "parameters": {"type": "object", "description": "😀"}}
    assert fields()["tools"] == [{"type": "function", "function": function}]


def test_a_reference_may_lead_through_files_that_are_nothing_but_references(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\ntools: [{file: x/1.yaml}]\n",
            "assistants/x/1.yaml": "file: y/2.yaml\n",
            "assistants/x/y/2.yaml": "type: code_interpreter\n",
        }
    )
    assert fields()["tools"] == [{"type": "code_interpreter"}]


def test_a_link_is_a_holder_of_its_own(write: Write, tmp_path: Path) -> None:
    """Relative to the file that holds it: where the link stands, not where it leads."""
    write(
        {
            "assistants/a.yaml": "model: m\ntools: [{file: x/tool.yaml}, {file: y/tool.yaml}]\n",
            "assistants/x/tool.yaml": "type: function\nfunction: {file: function.yaml}\n",
            "assistants/x/function.yaml": "name: x\n",
            "assistants/y/function.yaml": "name: y\n",
        }
    )
    (tmp_path / "assistants/y/tool.yaml").symlink_to("../x/tool.yaml")
    assert [one["function"]["name"] for one in fields()["tools"]] == ["x", "y"]


def test_a_value_from_a_variable_is_remembered_by_its_path(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": (
                "name: {env: NAME}\nmodel: {env: MODEL}\ntemperature: {env: T}\nmetadata: {a: {env: A}}\nadopt: {env: ID}\n"
                "tools: [{type: file_search, file_search: {max_num_results: {env: N}}}]\n"
                "tool_resources: {file_search: {vector_store_ids: [{env: VS}]}}\n"
            )
        }
    )  # fmt: skip
    (found,) = loaded(NAME="N", MODEL="m", T=" 1e-1 ", A="no", ID="asst_1", N="7", VS="vs_1", OTHER="x").values()
    assert found.fields == {
        "name": "N",
        "model": "m",
        "temperature": 0.1,
        "metadata": {"a": "no"},
        "tools": [{"type": "file_search", "file_search": {"max_num_results": 7}}],
        "tool_resources": {"file_search": {"vector_store_ids": ["vs_1"]}},
    }
    assert found.adopt == "asst_1"
    assert found.variables == {
        ("name",): "NAME",
        ("model",): "MODEL",
        ("temperature",): "T",
        ("metadata", "a"): "A",
        ("adopt",): "ID",
        ("tools", 0, "file_search", "max_num_results"): "N",
        ("tool_resources", "file_search", "vector_store_ids", 0): "VS",
    }


@cases(
    "text value expected",
    {
        "not set": ("name: {env: NOWHERE}", "", "2:7: name: the variable 'NOWHERE' is not set; set it"),
        "not a number": (
            "temperature: {env: X}",
            "warm",
            "2:14: temperature: the variable 'X' does not hold a number; write one there",
        ),
        "nothing as a number": (
            "temperature: {env: X}",
            " ",
            "2:14: temperature: the variable 'X' does not hold a number; write one there",
        ),
        "NaN": (
            "temperature: {env: X}",
            "nan",
            "2:14: temperature: the variable 'X' does not hold a number; write one there",
        ),
        "infinity": (
            "temperature: {env: X}",
            "inf",
            "2:14: temperature: the variable 'X' does not hold a number; write one there",
        ),
        "a number of Python's": (
            "temperature: {env: X}",
            "1_0",
            "2:14: temperature: the variable 'X' does not hold a number; write one there",
        ),
        "digits of another script": (
            "temperature: {env: X}",
            "٣",
            "2:14: temperature: the variable 'X' does not hold a number; write one there",
        ),
        "not UTF-8": ("name: {env: X}", "\udcff", "2:7: name: the variable 'X' is not valid UTF-8; fix it"),
        "a structure": (
            "tools: [{env: X}]",
            "{}",
            "2:9: tools[0]: a variable holds text, and a structure is needed here; write {file: PATH}",
        ),
        "a schema": (
            "tools: [{type: function, function: {name: f, parameters: {env: X}}}]",
            "{}",
            "2:58: tools[0].function.parameters: a variable holds text, and a structure is needed here; write {file: PATH}",
        ),
        "a number out of range, without its value": (
            "temperature: {env: X}",
            "77",
            "2:14: temperature is env:X; it has to be at most 2",
        ),
        "text that does not fit, without its value": (
            "tools: [{type: function, function: {name: {env: X}}}]",
            "my secret",
            "2:43: tools[0].function.name is env:X; use 1 to 64 letters, digits, '_' and '-'",
        ),
        "one of a few, without its value": (
            "reasoning_effort: {env: X}",
            "my secret",
            "2:19: reasoning_effort is env:X; it has to be 'none', 'minimal', 'low', 'medium', 'high', 'xhigh' or 'max'",
        ),
        "an empty id": (
            "tool_resources: {file_search: {vector_store_ids: [{env: X}]}}",
            "",
            (
                "2:51: tool_resources.file_search.vector_store_ids[0]: the variable 'X' is empty; "
                "set it, or write {env: X, default: ''} if that is meant"
            ),
        ),
        "an id with a newline behind it": (
            "tool_resources: {file_search: {vector_store_ids: [{env: X}]}}",
            "vs_1\n",
            "2:51: tool_resources.file_search.vector_store_ids[0] is env:X; remove the white space around it",
        ),
        "an empty name": (
            "name: {env: X}",
            "",
            "2:7: name: the variable 'X' is empty; set it, or write {env: X, default: ''} if that is meant",
        ),
        "a fraction for a whole number": (
            "tools: [{type: file_search, file_search: {max_num_results: {env: X}}}]",
            "1.5",
            "2:60: tools[0].file_search.max_num_results has to be a whole number, but is a number; write a whole number",
        ),
        "too long": ("name: {env: X}", "x" * 257, "2:7: name has 257 characters; shorten it to at most 256"),
    },
)
def test_a_variable_that_does_not_fit_is_a_problem(write: Write, text: str, value: str, expected: str) -> None:
    write({"assistants/a.yaml": f"model: m\n{text}\n"})
    assert problems(X=value) == [f"assistants/a.yaml:{expected}"]


def test_a_model_from_a_variable_is_checked_without_repeating_it(write: Write) -> None:
    write({"assistants/a.yaml": "model: {env: X}\n"})
    expected = "the model env:X cannot serve an assistant: it serves /v1/audio/speech; choose a chat model"
    assert problems(X="tts-1") == [f"assistants/a.yaml:1:8: {expected}"]


def test_validate_takes_variables_as_unknown_and_finds_all_the_rest(write: Write) -> None:
    write({"assistants/a.yaml": "model: {env: MODEL}\ntemperature: {env: T}\nmetadata: {a: {env: A}}\n"})
    assert validated() == 1
    write({"assistants/b.yaml": "model: {env: MODEL}\ntools: [{env: X}]\ntop_p: 3\n"})
    assert invalid() == [
        "assistants/b.yaml:2:9: tools[0]: a variable holds text, and a structure is needed here; write {file: PATH}",
        "assistants/b.yaml:3:8: top_p is 3; it has to be at most 1",
    ]


READ = "the file cannot be read"
CHECK = "check the path and its permissions"


@cases(
    "name expected",
    {
        "missing": ("nothing.md", f"assistants/nothing.md: {READ}: No such file or directory; {CHECK}"),
        "a folder": (".", "assistants: not a regular file; name a file"),
        "nothing": ("", "assistants: not a regular file; name a file"),
        "a pipe": ("pipe", "assistants/pipe: not a regular file; name a file"),
        "a loop of links": ("loop", f"assistants/loop: {READ}: Too many levels of symbolic links; {CHECK}"),
        "out of the root by `..`": (
            "../../outside",
            "OUTSIDE: the file is outside the root .; move it below that folder",
        ),
        "out of the root by its path": (
            "OUTSIDE",
            "OUTSIDE: the file is outside the root .; move it below that folder",
        ),
        "out of the root by a link": (
            "link",
            "assistants/link: the file is outside the root .; move it below that folder",
        ),
        "a device by a link": (
            "zero",
            "assistants/zero: the file is outside the root .; move it below that folder",
        ),
        "over 1 MiB": ("large", "assistants/large: the file is over 1 MiB, which no assistant needs; make it smaller"),
        "no name for a file": ('"a\\0b"', f"assistants/a\x00b: {READ}: no file has such a name; {CHECK}"),
        "too long a name": ("x" * 300, f"assistants/{'x' * 300}: {READ}: File name too long; {CHECK}"),
        "far too long a name": ("y" * 300_000, f"assistants/{'y' * 486}...: {READ}: File name too long; {CHECK}"),
        "a file as folder": ("large/x", f"assistants/large/x: {READ}: Not a directory; {CHECK}"),
    },
)
@cases("place", {"text": "instructions: {file: NAME}", "structure": "tools: [{file: NAME}]"})
def test_a_file_that_cannot_be_read_is_a_problem_of_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str, place: str
) -> None:
    root, outside = tmp_path / "root", str(tmp_path / "outside")
    (root / ".git").mkdir(parents=True)
    folder = root / "assistants"
    folder.mkdir()
    Path(outside).write_text("secret")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "link").symlink_to(outside)
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "large").write_text("#" * ((1 << 20) + 1))
    name = name.replace("OUTSIDE", outside) or '""'
    (folder / "a.yaml").write_text(f"model: m\n{place.replace('NAME', name)}\n")
    monkeypatch.chdir(root)
    where = "2:15: instructions" if "instructions" in place else "2:9: tools[0]"
    assert "\n".join(problems()) == f"assistants/a.yaml:{where}: {expected.replace('OUTSIDE', outside)}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_problem_of_the_reference(write: Write, tmp_path: Path) -> None:
    write({"assistants/a.yaml": "model: m\ninstructions: {file: x}\n", "assistants/x": "secret"})
    (tmp_path / "assistants/x").chmod(0)
    assert problems() == [f"assistants/a.yaml:2:15: instructions: assistants/x: {READ}: Permission denied; {CHECK}"]


@cases(
    "place files expected",
    {
        "bytes that are no text": (
            "instructions: {file: bad.md}",
            {},
            ["bad.md:2:2: not valid UTF-8; save the file in UTF-8"],
        ),
        "a trap of YAML": (
            "tools: [{file: t.yaml}]",
            {"t.yaml": "type: function\nfunction:\n  name: no\n"},
            ['t.yaml:3:9: YAML reads no as the boolean false; write false, or quote it to make it text: "no"'],
        ),
        "an unknown field": (
            "tools: [{file: t.yaml}]",
            {"t.yaml": "type: function\nfunction:\n  nam: f\n"},
            [
                "t.yaml:3:3: the field 'name' of tools[0].function is missing; add it",
                "t.yaml:3:3: unknown field 'nam' of tools[0].function; did you mean 'name'?" + OR_EXTRA,
            ],
        ),
        "the wrong kind": (
            "tools: [{file: t.yaml}]",
            {"t.yaml": "# c\n- type: code_interpreter\n"},
            ["t.yaml:2:1: tools[0] has to be a mapping, but is a list; write a mapping"],
        ),
        "behind an empty document": (
            "tools: [{file: t.yaml}]",
            {"t.yaml": "---\n---\ntype: code_interpreter\nx: 1\n"},
            ["t.yaml:4:1: unknown field 'x' of tools[0]; known are: type" + ELSE_EXTRA],
        ),
        "in JSON, behind an emoji": (
            "response_format: {type: json_schema, json_schema: {name: n, schema: {file: s.json}}}",
            {"s.json": '{"title": "\\ud83d\\ude00",\n "required": 5}'},
            [
                's.json:2:14: response_format.json_schema.schema.required is not valid JSON Schema: 5 is not of type "array"; fix it'
            ],
        ),
        "broken JSON": (
            "response_format: {type: json_schema, json_schema: {name: n, schema: {file: s.json}}}",
            {"s.json": '{"a": 1 "b"}'},
            ["s.json:1:9: not valid JSON: a comma or a closing bracket is missing here: add it"],
        ),
        "deep JSON": (
            "response_format: {type: json_schema, json_schema: {name: n, schema: {file: s.json}}}",
            {"s.json": "[" * 100_000},
            ["s.json:1:101: nested more than 100 levels deep; make it flatter"],
        ),
        "in a part of a part": (
            "tools: [{file: x/t.yaml}]",
            {
                "x/t.yaml": "type: function\nfunction: {file: ../y/f.yaml}\n",
                "y/f.yaml": "name: f\nparameters: {file: ../s.yaml}\n",
                "s.yaml": "type: object\nrequired: a\n",
            },
            [
                's.yaml:2:11: tools[0].function.parameters.required is not valid JSON Schema: "a" is not of type "array"; fix it'
            ],
        ),
        "a missing part of a part": (
            "tools: [{file: x/t.yaml}]",
            {"x/t.yaml": "type: function\nfunction: {file: nothing.yaml}\n"},
            [
                f"x/t.yaml:2:11: tools[0].function: assistants/x/nothing.yaml: {READ}: No such file or directory; {CHECK}"
            ],
        ),
        "no single document": (
            "tools: [{file: t.yaml}]",
            {"t.yaml": "a: 1\n---\nb: 1\n"},
            [
                "a.yaml:2:9: tools[0]: assistants/t.yaml: the file holds 2 documents where one is needed; leave one in it"
            ],
        ),
        "a file that is named twice, once": (
            "tools: [{file: t.yaml}, {file: x/../t.yaml}]",
            {"t.yaml": "type: no\n", "x/_": ""},
            ['t.yaml:1:7: YAML reads no as the boolean false; write false, or quote it to make it text: "no"'],
        ),
        "not a number": (
            "temperature: {file: t}",
            {"t": "warm\n"},
            ["a.yaml:2:14: temperature: the file 't' does not hold a number; write one there"],
        ),
        "text that is too long": (
            "name: {file: t}",
            {"t": "x" * 257},
            ["a.yaml:2:7: name has 257 characters; shorten it to at most 256"],
        ),
    },
)
def test_a_fault_inside_a_file_is_placed_in_that_file(
    write: Write, place: str, files: Files, expected: list[str]
) -> None:
    folder = write(
        {"assistants/a.yaml": f"model: m\n{place}\n", **{f"assistants/{name}": text for name, text in files.items()}}
    )
    (folder / "assistants/bad.md").write_bytes(b"a\nb\xff")
    assert [f"assistants/{one}" for one in expected] == problems()


@pytest.mark.parametrize("key", ["file", r'"f\x69le"', r'"\u0066ile"'])
def test_what_names_a_file_is_known_however_its_key_is_written(write: Write, key: str) -> None:
    """A file that is named is no definition, though it looks like one."""
    write({"assistants/a.yaml": f"model: m\ninstructions: {{{key}: b.yaml}}\n", "assistants/b.yaml": "- Be kind.\n"})
    assert loaded()["a"].fields["instructions"] == "- Be kind.\n"


def test_a_circle_of_parts_is_ended(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\ntools: [{file: x.yaml}]\n",
            "assistants/x.yaml": "file: y.yaml\n",
            "assistants/y.yaml": "file: x.yaml\n",
        }
    )
    assert problems() == ["assistants/y.yaml:1:1: tools[0]: the file 'x.yaml' includes itself; break the circle"]


def test_a_part_that_names_itself_is_a_circle(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\ntools: [{file: _x.yaml}]\n",
            "assistants/_x.yaml": "type: function\nfunction: {file: _x.yaml}\n",
        }
    )
    assert problems() == [
        "assistants/_x.yaml:2:11: tools[0].function: the file '_x.yaml' includes itself; break the circle"
    ]


def test_a_long_chain_of_parts_is_ended(write: Write) -> None:
    """Six hundred would overflow the stack."""
    write({f"assistants/_{n}.yaml": f"file: _{n + 1}.yaml\n" for n in range(600)})
    write({"assistants/_600.yaml": "type: code_interpreter\n"})
    write({"assistants/a.yaml": "model: m\ntools: [{file: _581.yaml}]\n"})
    assert fields()["tools"] == [{"type": "code_interpreter"}]
    write({"assistants/a.yaml": "model: m\ntools: [{file: _0.yaml}]\n"})
    assert problems() == [
        "assistants/_19.yaml:1:1: tools[0]: over 20 files name each other in a row; shorten the chain"
    ]


# --- what a reference names is no definition


@cases(
    "files",
    {
        "a tool": {"a.yaml": "model: m\ntools: [{file: t.yaml}]\n", "t.yaml": "type: code_interpreter\n"},
        "a text": {"a.yaml": "model: m\ninstructions: {file: t.yaml}\n", "t.yaml": "- not: [a definition\n"},
        "by a path with `..`": {
            "a.yaml": "model: m\ntools: [{file: x/../t.yaml}]\n",
            "t.yaml": "type: code_interpreter\n",
            "x/_": "",
        },
        "by a part": {
            "a.yaml": "model: m\ntools: [{file: t.yaml}]\n",
            "t.yaml": "type: function\nfunction: {file: f.yaml}\n",
            "f.yaml": "name: f\nparameters: {file: p.yaml}\n",
            "p.yaml": "type: object\n",
        },
        "by a part that is hidden": {
            "a.yaml": "model: m\ntools: [{file: _t.yaml}]\n",
            "_t.yaml": "type: function\nfunction: {file: f.yaml}\n",
            "f.yaml": "name: f\n",
        },
        "by a part that is text elsewhere": {
            "a.yaml": "model: m\ninstructions: {file: t.yaml}\ntools: [{file: t.yaml}]\n",
            "t.yaml": "type: function\nfunction: {file: f.yaml}\n",
            "f.yaml": "name: f\n",
        },
        "only by a patch": {
            "project.yaml": PROJECT,
            "a.yaml": "model: m\nenvironments: {production: {tools: [{file: t.yaml}]}}\n",
            "t.yaml": "type: code_interpreter\n",
        },
        "by a definition that a patch overrules": {
            "project.yaml": PROJECT,
            "a.yaml": "model: m\ninstructions: {file: t.yaml}\nenvironments: {local: {instructions: x}}\n",
            "t.yaml": "text",
        },
        "only by another environment's defaults": {
            "project.yaml": (
                "environments: {local: {endpoint: embedded}, production: {endpoint: embedded, defaults: {instructions: {file: "
                "t.yaml}}}}\n"
            ),
            "a.yaml": "model: m\n",
            "t.yaml": "text",
        },
    },
)
def test_a_file_that_a_reference_names_is_no_definition(write: Write, files: Files) -> None:
    write({f"assistants/{name}": text for name, text in files.items()})
    assert list(loaded(environment="local" if "project.yaml" in files else "")) == ["a"]


def test_what_only_looks_like_a_reference_names_no_file(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\nmetadata: {file: b.yaml}\ntools: [{type: bing, function: {file: b.yaml}}]\n",
            "assistants/b.yaml": "model: m\n",
        }
    )
    assert list(loaded()) == ["a", "b"]


def test_a_definition_that_another_names_does_not_vanish(write: Write) -> None:
    """It would be an orphan then, and pruned."""
    write(
        {
            "assistants/a.yaml": "model: m\ninstructions: {file: b.yaml}\n",
            "assistants/b.yaml": "name: B\nmodel: m\n",
            "assistants/c.yaml": "key: c\nmodel: m\n---\nkey: d\nmodel: m\n",
            "assistants/d.yaml": "model: m\ntools: [{file: e.json}]\nenvironments: {}\n",
            "assistants/e.json": '{"model": "m"}',
            "assistants/project.yaml": "environments: {x: {endpoint: embedded, defaults: {instructions: {file: c.yaml}}}}\n",
        }
    )
    said = "this has a `model`, as a definition has, and {} names it with {{file: ...}}; remove one of the two"
    by_project = said.format("assistants/project.yaml")
    assert [one for one in invalid() if "this has" in one] == [
        f"assistants/b.yaml:2:1: {said.format('assistants/a.yaml')}",
        f"assistants/c.yaml:2:1: {by_project}",
        f"assistants/c.yaml:5:1: {by_project}",
        f"assistants/e.json:1:2: {said.format('assistants/d.yaml')}",
    ]


def test_an_id_that_two_definitions_adopt_is_said(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": "environments: {x: {endpoint: embedded}, y: {endpoint: embedded}}\n",
            "assistants/a.yaml": "model: m\nadopt: asst_1\n",
            "assistants/b.yaml": "model: m\nenvironments: {x: {adopt: asst_1}, y: {adopt: asst_2}}\n",
            "assistants/c.yaml": "model: m\nenvironments:\n  y: {adopt: {env: ID}}\n",
            "assistants/d.yaml": "model: m\nadopt: false\n",
            "assistants/e.yaml": "model: m\nadopt: false\n",
        }
    )
    assert invalid() == [
        "assistants/b.yaml:2:27: in environment x: adopt: asst_1 is also what assistants/a.yaml:2 adopts; leave it in one of them"
    ]
    assert problems(environment="y", ID="asst_2") == [
        "assistants/c.yaml:3:14: adopt: env:ID is also what assistants/b.yaml:2 adopts; leave it in one of them"
    ]
    assert len(loaded(environment="y", ID="asst_3")) == 5


def test_a_tool_may_have_a_model(write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\ntools: [{file: image.yaml}]\n",
            "assistants/image.yaml": "type: image_generation\nmodel: gpt-image-1\n",
        }
    )
    assert list(loaded()) == ["a"]


CIRCLE = "a file that is named by another is not a definition, and here they name each other in a circle; break it"


@cases(
    "files expected",
    {
        "itself": ({"a.yaml": "instructions: {file: a.yaml}\n"}, ["a"]),
        "each other": (
            {"a.yaml": "instructions: {file: b.yaml}\n", "b.yaml": "instructions: {file: a.yaml}\n"},
            ["a", "b"],
        ),
        "by a definition's part": (
            {
                "c.yaml": "instructions: {file: a.yaml}\n",
                "a.yaml": "instructions: {file: b.yaml}\n",
                "b.yaml": "name: B\n",
            },
            ["b"],
        ),
    },
)
def test_definitions_that_name_each_other_are_not_lost_in_silence(
    write: Write, files: Files, expected: list[str]
) -> None:
    project = "environments: {local: {endpoint: embedded, defaults: {model: m}}}\n"
    write({"assistants/project.yaml": project, "assistants/z.yaml": "name: Z\n"})
    write({f"assistants/{name}": text for name, text in files.items()})
    assert [f"assistants/{key}.yaml: {CIRCLE}" for key in expected] == problems(environment="local")


@cases(
    "text expected",
    {
        "a trap": (
            "name: no\nmodel: m\ntools: [{file: t.yaml}]\n",
            '1:7: YAML reads no as the boolean false; write false, or quote it to make it text: "no"',
        ),
        "syntax": (
            'model: m\ntools:\n  - {file: t.yaml}\n  - {file: "t.yaml" }\nname: [\n',
            "6:1: not valid YAML: a value is missing here: write it",
        ),
    },
)
def test_the_parts_of_a_broken_file_are_not_taken_for_broken_definitions(
    write: Write, text: str, expected: str
) -> None:
    write(
        {
            "assistants/a.yaml": text,
            "assistants/t.yaml": "type: function\nfunction: {file: f.yaml}\n",
            "assistants/f.yaml": "name: f\n",
        }
    )
    assert problems() == [f"assistants/a.yaml:{expected}"]


# --- environments


@cases(
    "text environment expected",
    {
        "defaults lie below": (
            "{}",
            "production",
            {"model": "gpt-4.1", "temperature": 0.5, "metadata": {"team": "care", "env": "default"}},
        ),
        "the definition overrules": (
            "model: m\ntemperature: 0\n",
            "production",
            {"model": "m", "temperature": 0, "metadata": {"team": "care", "env": "default"}},
        ),
        "mappings are merged": (
            "metadata: {env: x, more: y}\n",
            "production",
            {"model": "gpt-4.1", "temperature": 0.5, "metadata": {"team": "care", "env": "x", "more": "y"}},
        ),
        "a metadata pair called env is no reference": (
            "metadata: {env: x}\n",
            "production",
            {"model": "gpt-4.1", "temperature": 0.5, "metadata": {"team": "care", "env": "x"}},
        ),
        "null removes a default": (
            "temperature: null\nmetadata: {env: null}\n",
            "production",
            {"model": "gpt-4.1", "metadata": {"team": "care"}},
        ),
        "the patch lies above": (
            "model: m\nenvironments: {production: {model: p, metadata: {env: p}}}\n",
            "production",
            {"model": "p", "temperature": 0.5, "metadata": {"team": "care", "env": "p"}},
        ),
        "another's patch does not": ("model: m\nenvironments: {production: {model: p}}\n", "local", {"model": "m"}),
        "null in a patch removes": (
            (
                "model: m\nname: A\nmetadata: {a: x, b: y}\n"
                "environments: {production: {name: null, temperature: null, metadata: {a: null, team: null}}}\n"
            ),
            "production",
            {"model": "m", "metadata": {"b": "y", "env": "default"}},
        ),
        "null of what is not there": (
            "model: m\nenvironments: {local: {name: null, metadata: {a: null, b: x}}}\n",
            "local",
            {"model": "m", "metadata": {"b": "x"}},
        ),
        "nulls in a definition's schema stay": (
            "response_format: {type: json_schema, json_schema: {name: n, schema: {default: null}}}\ntemperature: null\nmetadata: null\n",
            "production",
            {
                "model": "gpt-4.1",
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"default": None}}},
            },
        ),
        "lists are replaced whole": (
            "model: m\ntools: [{type: file_search}, {type: code_interpreter}]\nenvironments: {local: {tools: [{type: x, y: null}]}}\n",
            "local",
            {"model": "m", "tools": [{"type": "x", "y": None}]},
        ),
        "a list by null": (
            "model: m\ntools: [{type: file_search}]\nenvironments: {local: {tools: null}}\n",
            "local",
            {"model": "m"},
        ),
        "a mapping in place of a text": (
            "model: m\nresponse_format: auto\nenvironments: {local: {response_format: {type: text}}}\n",
            "local",
            {"model": "m", "response_format": {"type": "text"}},
        ),
        "a text in place of a mapping": (
            "model: m\nresponse_format: {type: text}\nenvironments: {local: {response_format: auto}}\n",
            "local",
            {"model": "m", "response_format": "auto"},
        ),
        "mappings deep down": (
            (
                "model: m\nresponse_format: {type: json_schema, json_schema: {name: n, schema: {type: object, title: T}}}\n"
                "environments: {local: {response_format: {json_schema: {schema: {title: null, maxProperties: 1}}}}}\n"
            ),
            "local",
            {
                "model": "m",
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": {"type": "object", "maxProperties": 1}},
                },
            },
        ),
        "a literal that looks like a reference is merged": (
            (
                "model: m\nresponse_format: {type: json_schema, json_schema: {name: n, schema: {default: {file: a}, title: "
                "T}}}\nenvironments: {local: {response_format: {json_schema: {schema: {default: {b: c}}}}}}\n"
            ),
            "local",
            {
                "model": "m",
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": {"default": {"file": "a", "b": "c"}, "title": "T"}},
                },
            },
        ),
        "a reference by a structure, whole": (
            (
                "model: m\nresponse_format: {type: json_schema, json_schema: {name: n, schema: {file: nowhere.json}}}\n"
                "environments: {local: {response_format: {json_schema: {schema: {type: object, title: null}}}}}\n"
            ),
            "local",
            {
                "model": "m",
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
            },
        ),
        "a structure by a reference, whole": (
            (
                "model: m\nresponse_format: {type: json_schema, json_schema: {name: n, schema: {title: T}}}\n"
                "environments: {local: {response_format: {json_schema: {schema: {file: s.json}}}}}\n"
            ),
            "local",
            {
                "model": "m",
                "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "array"}}},
            },
        ),
        "a reference by another, whole": (
            "model: m\nname: {env: NOWHERE}\nenvironments: {local: {name: {file: name.txt}}}\n",
            "local",
            {"model": "m", "name": "From a file"},
        ),
        "an empty patch": ("model: m\nenvironments: {local: {}}\n", "local", {"model": "m"}),
        "no patches": ("model: m\nenvironments:\n", "local", {"model": "m"}),
    },
)
def test_an_environment_is_its_defaults_then_the_definition_then_the_patch(
    write: Write, text: str, environment: str, expected: Any
) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": text,
            "assistants/s.json": '{"type": "array"}',
            "assistants/name.txt": "From a file",
        }
    )
    assert json.dumps(expected, sort_keys=True) == json.dumps(fields(environment), sort_keys=True)


def test_references_are_resolved_for_the_chosen_environment_only(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "model: m\nenvironments: {production: {name: {env: NOWHERE}, instructions: {file: nowhere}}}\n",
        }
    )
    assert fields("local") == {"model": "m"}
    assert problems(environment="production") == [
        "assistants/a.yaml:2:35: name: the variable 'NOWHERE' is not set; set it",
        f"assistants/a.yaml:2:65: instructions: assistants/nowhere: {READ}: No such file or directory; {CHECK}",
    ]


def test_defaults_hold_references_that_start_from_the_project_file(write: Write) -> None:
    defaults = "{model: {env: MODEL}, instructions: {file: house.md}}"
    write(
        {
            "assistants/project.yaml": f"environments: {{local: {{endpoint: embedded, defaults: {defaults}}}}}\n",
            "assistants/x/a.yaml": "name: A\n",
            "assistants/house.md": "Be brief.\n",
        }
    )
    (found,) = loaded(environment="local", MODEL="m").values()
    assert found.fields == {"name": "A", "model": "m", "instructions": "Be brief.\n"}
    assert found.variables == {("model",): "MODEL"}


def test_false_leaves_a_definition_out_of_an_environment(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "model: m\nenvironments: {local: false}\n",
            "assistants/b.yaml": "model: m\n",
        }
    )
    assert list(loaded(environment="local")) == ["b"]
    assert list(loaded(environment="production")) == ["a", "b"]


def test_an_environment_may_be_left_with_no_definitions(write: Write) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": "model: m\nenvironments: {local: false}\n"})
    assert loaded(environment="local") == {}


def test_our_own_fields_are_layered_too(write: Write) -> None:
    text = (
        "model: m\nprotect: true\nignore: [temperature]\nadopt: asst_1\n"
        "environments: {local: {protect: false, ignore: [name, metadata.x], adopt: false}}\n"
    )
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": text})
    found = [loaded(environment=name)["a"] for name in ("production", "local")]
    assert [(one.protect, one.ignore, one.adopt) for one in found] == [
        (True, frozenset({"temperature"}), "asst_1"),
        (False, frozenset({"name", "metadata.x"}), False),
    ]


@cases(
    "text expected",
    {
        "not declared": (
            "model: m\nenvironments:\n  prodction: {name: P}\n",
            ["a.yaml:3:3: the environment 'prodction' is not declared; did you mean 'production'?"],
        ),
        "not declared, though false": (
            "model: m\nenvironments: {x: false}\n",
            ["a.yaml:2:16: the environment 'x' is not declared; known are: local, production"],
        ),
        "the key": (
            "model: m\nenvironments:\n  local: {key: b, name: A}\n",
            ["a.yaml:3:11: 'key' cannot be patched; remove it here"],
        ),
        "key and environments": (
            "model: m\nenvironments:\n  local: {environments: {}, key: b}\n",
            [
                "a.yaml:3:11: 'environments' cannot be patched; remove it here",
                "a.yaml:3:29: 'key' cannot be patched; remove it here",
            ],
        ),
        "not a mapping": (
            "model: m\nenvironments:\n  local: gpt-4o\n  production:\n",
            [
                "a.yaml:3:10: a patch has to be a mapping of fields, or false; change it",
                "a.yaml:4:14: a patch has to be a mapping of fields, or false; change it",
            ],
        ),
        "true": (
            "model: m\nenvironments: {local: true}\n",
            ["a.yaml:2:23: a patch has to be a mapping of fields, or false; change it"],
        ),
        "a fault in a patch": (
            "model: m\nenvironments:\n  local:\n    temperature: 5\n",
            ["a.yaml:4:18: temperature is 5; it has to be at most 2"],
        ),
        "an unknown field in a patch": (
            "model: m\nenvironments:\n  local: {modl: x}\n",
            ["a.yaml:3:11: unknown field 'modl'; did you mean 'model'?" + OR_EXTRA],
        ),
        "a fault deep in a patch": (
            (
                "model: m\ntools: [{type: code_interpreter}, {type: file_search}]\nenvironments:\n  local:\n    tools:\n"
                "    - type: file_search\n      file_search: {max_num_results: 0}\n"
            ),
            ["a.yaml:7:38: tools[0].file_search.max_num_results is 0; it has to be at least 1"],
        ),
        "a fault below a patch": (
            "model: m\nmetadata: {a: 5}\nenvironments: {local: {metadata: {b: x}}}\n",
            ["a.yaml:2:15: metadata.a has to be text, but is a number; quote it"],
        ),
        "a fault of both together": (
            "model: m\nmetadata: {"
            + ", ".join(f"a{n}: x" for n in range(15))
            + "}\nenvironments:\n  local: {metadata: {b: x}}\n",
            ["a.yaml:4:21: metadata holds 16 items; keep at most 15"],
        ),
        "a model that a patch removes": (
            "model: m\nenvironments: {local: {model: null}}\n",
            ["a.yaml:1:1: the field 'model' is missing; add it here or to the environment's defaults"],
        ),
    },
)
def test_a_fault_of_a_patch_is_placed_in_it(write: Write, text: str, expected: list[str]) -> None:
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": text})
    assert [f"assistants/{one}" for one in expected] == problems(environment="local")


@cases(
    "defaults expected",
    {
        "a value": ("{model: m, temperature: 3}", "project.yaml:6:39: temperature is 3; it has to be at most 2"),
        "an unknown field": (
            "{model: m, temprature: 1}",
            "project.yaml:6:26: unknown field 'temprature'; did you mean 'temperature'?" + OR_EXTRA,
        ),
        "deep": (
            "{model: m, tools: [{type: file_search, file_search: {x: 1}}]}",
            "project.yaml:6:68: unknown field 'x' of tools[0].file_search; known are: max_num_results, ranking_options"
            + ELSE_EXTRA,
        ),
        "a reference": (
            "{model: m, name: {env: NOWHERE}}",
            "project.yaml:6:32: name: the variable 'NOWHERE' is not set; set it",
        ),
    },
)
def test_a_fault_of_the_defaults_is_placed_in_project_yaml_once(write: Write, defaults: str, expected: str) -> None:
    """However many definitions it spoils; and behind an empty document, too."""
    text = f"---\n---\nenvironments:\n  local:\n    endpoint: embedded\n    defaults: {defaults}\n"
    write(
        {
            "assistants/project.yaml": text,
            "assistants/a.yaml": "{}",
            "assistants/b.yaml": "name: B\n" if "name" not in defaults else "{}",
        }
    )
    assert problems(environment="local") == [f"assistants/{expected}"]


def test_validate_checks_every_environment_and_says_each_problem_once(write: Write) -> None:
    text = "name: 5\nenvironments:\n  local: {model: m, temperature: 3}\n  production: {temperature: -1, model: whisper-1}\n"
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": text})
    assert invalid() == [
        "assistants/a.yaml:1:7: name has to be text, but is a number; quote it",
        "assistants/a.yaml:3:34: in environment local: temperature is 3; it has to be at most 2",
        "assistants/a.yaml:4:29: in environment production: temperature is -1; it has to be at least 0",
        (
            "assistants/a.yaml:4:40: in environment production: the model 'whisper-1' cannot serve an assistant: "
            "it serves /v1/audio/transcriptions, /v1/audio/translations; choose a chat model"
        ),
    ]


def test_what_some_environments_lack_names_them(write: Write) -> None:
    others = "environments: {a: {endpoint: embedded}, b: {endpoint: embedded}, c: {endpoint: embedded, defaults: {model: m}}}\n"
    write({"assistants/project.yaml": others, "assistants/x.yaml": "name: X\n"})
    (said,) = invalid()
    assert said.startswith("assistants/x.yaml:1:1: in environments a, b: the field 'model' is missing; ")


def test_validate_counts_definitions_not_environments(write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT,
            "assistants/a.yaml": "model: m\n---\nkey: b\nmodel: m\nenvironments: {local: false}\n".replace(
                "model: m\n", "key: a\nmodel: m\n", 1
            ),
        }
    )
    assert validated() == 2


# --- anything at all

NAMES = [
    "key",
    "model",
    "name",
    "tools",
    "type",
    "function",
    "parameters",
    "file",
    "env",
    "strict",
    "properties",
    "metadata",
    "environments",
    "local",
    "response_format",
    "json_schema",
    "schema",
    "ignore",
    "adopt",
    "=x",
    "[key]",
    "tool_resources",
    "file_search",
    "vector_stores",
]


@examples(33)
@given(data=st.data())
def test_whatever_a_file_holds_loading_gives_definitions_or_problems_with_places(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Documents of plausible members with implausible values, and bytes of any kind."""
    scalar = st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            1.5,
            10**400,
            "",
            "x",
            "a b",
            "auto",
            "function",
            "file_search",
            "json_schema",
            "object",
            "\x00",
            "é" * 300,
        ]
    )
    name = st.sampled_from(NAMES)
    value = st.recursive(
        scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(name, inner, max_size=5), max_leaves=12
    )
    document = st.dictionaries(name, value, max_size=8).map(lambda one: json.dumps(one).encode())
    folder = tmp_path / "assistants"
    folder.mkdir(exist_ok=True)
    (folder / "project.yaml").write_text(PROJECT)
    for file in ("a.yaml", "b.yaml", "x"):
        (folder / file).write_bytes(data.draw(document | st.binary(max_size=30) | st.just(b"model: m\n")))
    faults, found = outcome(data.draw(st.sampled_from(["local", "production"])))
    assert all((one.line >= 1 and one.column >= 1) or one.line == one.column == 0 for one in faults)
    assert all(json.dumps(one.form) and one.fields["model"] for one in found)


def outcome(environment: str) -> tuple[Sequence[Problem], Sequence[Definition]]:
    try:
        return (), tuple(loaded(environment=environment).values())
    except DefinitionError as error:
        return error.problems, ()


def test_a_thousand_definitions_load_in_well_under_two_seconds(write: Write) -> None:
    """A bound that only a change in kind would break: reading or checking each file several times over."""
    text = "model: gpt-4o\ntools: [{type: function, function: {name: f, parameters: {type: object, properties: {a: {type: string}}}}}]\n"
    write({f"assistants/a{n}.yaml": text for n in range(1000)})
    with computes(6):
        assert len(loaded()) == 1000
