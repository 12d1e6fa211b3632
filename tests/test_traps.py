"""What people really paste, and what becomes of it: for each kind the input and the sentence, through the commands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Cli, Write
from tests.tables import cases

Files = Mapping[str, str]
PROJECT = """\
project: acme
default_environment: local
environments:
  local: {endpoint: embedded}
  production: {endpoint: {base_url: "http://127.0.0.1:9/v1"}}
"""


def said(cli: Cli, write: Write, files: Files, *words: str) -> list[str]:
    """What `validate` says of the files in assistants/, a line each."""
    write({f"assistants/{name}": text for name, text in files.items()})
    return [one.removeprefix("assistants/") for one in cli("validate", *words).stderr.splitlines()]


# --- text behind a hash

LOST = "YAML takes {} for a comment and keeps {}; quote the whole value, or write `# ` to begin a comment"


@cases(
    "files expected",
    {
        "a name": ({"a.yaml": "model: m\nname: Ticket #12 helper\n"}, ["a.yaml:2:14", "'#12 helper'", "'Ticket'"]),
        "front matter": ({"a.md": "---\nmodel: m\nname: By #id\n---\nHi #1\n"}, ["a.md:3:10", "'#id'", "'By'"]),
        "a function's description": (
            {
                "a.yaml": "model: m\ntools: [{file: t.yaml}]\n",
                "t.yaml": "type: function\nfunction:\n  name: f\n  description: By #id\n",
            },
            ["t.yaml:4:19", "'#id'", "'By'"],
        ),
        "a list's item": (
            {"a.yaml": "model: m\nignore:\n  - temperature #x\n"},
            ["a.yaml:3:17", "'#x'", "'temperature'"],
        ),
    },
)
def test_text_that_would_be_lost_is_a_fault(cli: Cli, write: Write, files: Files, expected: list[str]) -> None:
    place, comment, kept = expected
    assert said(cli, write, files) == [f"{place}: {LOST.format(comment, kept)}"]


def test_what_is_lost_in_project_yaml_is_not_repeated(cli: Cli, write: Write) -> None:
    key = PROJECT.replace('/v1"', '/v1", api_key: sk-secret #old-secret\n  ')
    found = said(cli, write, {"project.yaml": key, "a.yaml": "model: m\n"})
    assert [one.partition(": ")[2] for one in found] == [LOST.format("...", "...")]


# --- variables

EMPTY = "the variable 'X' is empty; set it, or write {env: X, default: ''} if that is meant"


def planned(cli: Cli, write: Write, text: str) -> list[str]:
    write({"assistants/a.yaml": text})
    found = cli("plan", "--embedded")
    return (found.stderr or found.stdout).splitlines()


@pytest.mark.parametrize("place", ["name", "instructions", "model", "adopt", "temperature", "reasoning_effort"])
def test_an_empty_variable_is_a_fault(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    text = f"{place}: {{env: X}}\n" + ("" if place == "model" else "model: m\n")
    monkeypatch.setenv("X", "")
    assert planned(cli, write, text) == [f"assistants/a.yaml:1:{len(place) + 3}: {place}: {EMPTY}"]
    assert cli("validate").exit_code == 0


def test_an_empty_variable_in_metadata_and_resources_is_a_fault(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", "")
    text = "model: m\nmetadata: {a: {env: X}}\ntool_resources: {file_search: {vector_store_ids: [{env: X}]}}\n"
    assert [one.rpartition(": the ")[0] for one in planned(cli, write, text)] == [
        "assistants/a.yaml:2:15: metadata.a",
        "assistants/a.yaml:3:51: tool_resources.file_search.vector_store_ids[0]",
    ]


@pytest.mark.parametrize("value", [None, ""])
def test_a_default_stands_for_unset_and_for_empty_and_is_told(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.setenv("TEXT", value) if value is not None else monkeypatch.delenv("TEXT", raising=False)
    text = (
        "name: {env: TEXT, default: A plain default}\nmodel: {env: TEXT, default: m}\ntemperature: {env: TEXT, default: '0.5'}\n"
        "description: {env: TEXT, default: ''}\nmetadata: {a: {default: b, env: TEXT}}\n"
    )
    lines = planned(cli, write, text)
    assert lines[1:] == [
        '+ a "A plain default": not on the endpoint yet: it will be created',
        "    name: A plain default",
        "    description: ",
        "    model: m",
        "    temperature: 0.5",
        '    metadata: {"a": "b"}',
        "Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged.",
    ]


def test_a_variable_that_is_set_stands_before_its_default_and_is_hidden(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXT", "a secret value")
    assert (
        planned(cli, write, "model: m\nname: {env: TEXT, default: none}\n")[1]
        == "+ a env:TEXT: not on the endpoint yet: it will be created"
    )


def test_a_plan_with_a_default_is_stale_when_the_variable_is_set(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"assistants/a.yaml": "model: m\nname: {env: TEXT, default: none}\n"})
    assert cli("plan", "--embedded", "--out", "plan.json").exit_code == 0
    monkeypatch.setenv("TEXT", "a secret value")
    stale = cli("apply", "plan.json", "--yes")
    assert (stale.exit_code, "a.yaml:1:1: the variable TEXT of a changed" in stale.stderr) == (4, True)
    assert cli("plan", "--embedded", "--out", "plan.json").exit_code == 0
    monkeypatch.delenv("TEXT")
    stale = cli("apply", "plan.json", "--yes")
    assert (stale.exit_code, "a.yaml:1:1: the variable TEXT of a changed" in stale.stderr) == (4, True)


FORM = "a reference is {file: PATH}, {env: NAME} or {env: NAME, default: TEXT}, with text in it; write one"


@cases(
    "text expected",
    {
        "a default that does not fit": (
            "temperature: {env: X, default: warm}",
            "14: temperature: the default of 'X' does not hold a number; write one there",
        ),
        "a default out of range": ("top_p: {env: X, default: '3'}", "8: top_p is 3; it has to be at most 1"),
        "a default with a space": (
            "adopt: {env: X, default: 'asst_1 '}",
            "8: adopt is 'asst_1 '; remove the white space around it",
        ),
        "a default of a structure": (
            "tools: [{env: X, default: a}]",
            "9: tools[0]: a variable holds text, and a structure is needed here; write {file: PATH}",
        ),
        "a number for a default": ("name: {env: X, default: 5}", f"7: name: {FORM}"),
        "a file with a default": ("name: {file: x, default: a}", f"7: name: {FORM}"),
        "a file and a variable": ("instructions: {file: x, env: Y}", f"15: instructions: {FORM}"),
        "another member": ("metadata: {a: {env: X, fallback: y}}", f"15: metadata.a: {FORM}"),
    },
)
def test_what_is_wrong_with_a_reference_is_found_without_the_variable(
    cli: Cli, write: Write, text: str, expected: str
) -> None:
    assert said(cli, write, {"a.yaml": f"model: m\n{text}\n"}) == [f"a.yaml:2:{expected}"]


def test_a_default_may_come_by_a_patch(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "model: m\nname: {env: A}\nenvironments: {local: {name: {env: B, default: b}}}\n"
    write({"assistants/project.yaml": PROJECT, "assistants/a.yaml": text})
    assert '+ a "b": not on the endpoint' in cli("plan", "-e", "local").stdout
    monkeypatch.setenv("A", "")
    assert cli("plan", "-e", "local").exit_code == 0


@cases(
    "text value expected",
    {
        "a model": ('model: "gpt-4o "', "", "1:8: model is 'gpt-4o '; remove the white space around it"),
        "a line's end": ('model: "gpt-4o\\n"', "", "1:8: model is 'gpt-4o\\n'; remove the white space around it"),
        "a hard space": ('model: "\\u00a0m"', "", "1:8: model is '\\xa0m'; remove the white space around it"),
        "from a variable": ("model: {env: X}", "gpt-4o\n", "1:8: model is env:X; remove the white space around it"),
        "from a file": ("model: {file: x.txt}", "", "1:8: model is 'gpt-4o\\n'; remove the white space around it"),
        "an id": (
            'model: m\ntool_resources: {code_interpreter: {file_ids: ["file-1 "]}}',
            "",
            "2:48: tool_resources.code_interpreter.file_ids[0] is 'file-1 '; remove the white space around it",
        ),
        "an adoption": ('model: m\nadopt: " asst_1"', "", "2:8: adopt is ' asst_1'; remove the white space around it"),
        "a key": (
            'model: m\nkey: "a "',
            "",
            "2:6: key is 'a '; use at most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit",
        ),
    },
)
def test_white_space_around_ids_models_and_keys_shows(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, text: str, value: str, expected: str
) -> None:
    monkeypatch.setenv("X", value)
    write({"assistants/x.txt": "gpt-4o\n"})
    assert planned(cli, write, f"{text}\n") == [f"assistants/a.yaml:{expected}"]


# --- a file's name in place of its text

NAMED = "this is a file name, not the file's content; write {{file: {}}}"


@cases(
    "text expected",
    {
        "a path": ("instructions: prompts/mail.md", "15: instructions: |prompts/mail.md"),
        "from the root": ("instructions: assistants/prompts/mail.md", "15: instructions: |prompts/mail.md"),
        "with a dot": ("instructions: ./prompts/mail.md", "15: instructions: |prompts/mail.md"),
        "with a space": ("instructions: prompts/two words.md", "15: instructions: |prompts/two words.md"),
        "with a line behind it": ("instructions: |\n  prompts/mail.md", "15: instructions: |prompts/mail.md"),
        "an address": ("instructions: file://prompts/mail.md", "15: instructions: |prompts/mail.md"),
        "an address of nothing": ("instructions: file://nowhere.md", "15: instructions: |nowhere.md"),
        "an address without slashes": ("instructions: file:prompts/mail.md", "15: instructions: |prompts/mail.md"),
        "behind an at": ('instructions: "@prompts/mail.md"', "15: instructions: |prompts/mail.md"),
        "behind an at, of nothing": ('instructions: "@nowhere/mail.md"', "15: instructions: |nowhere/mail.md"),
        "a description": ("description: prompts/mail.md", "14: description: |prompts/mail.md"),
        "a tool": ("tools: [tools/t.yaml]", "9: tools[0]: |tools/t.yaml"),
        "a function": ("tools: [{type: function, function: tools/t.yaml}]", "36: tools[0].function: |tools/t.yaml"),
        "a schema": (
            "tools: [{type: function, function: {name: f, parameters: tools/t.yaml}}]",
            "58: tools[0].function.parameters: |tools/t.yaml",
        ),
    },
)
def test_a_files_name_in_place_of_its_text_is_a_fault(cli: Cli, write: Write, text: str, expected: str) -> None:
    write({"assistants/prompts/two words.md": "x", "assistants/tools/t.yaml": "type: code_interpreter\n"})
    place, _, name = expected.partition("|")
    files = {"prompts/mail.md": "You sort mail.\n", "_a.yaml": ""}
    write({f"assistants/{path}": content for path, content in files.items()})
    write({"assistants/a.yaml": f"model: m\n{text}\n"})
    found = cli("validate", "assistants/a.yaml").stderr.splitlines()
    assert found == [f"assistants/a.yaml:2:{place}{NAMED.format(name)}"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "instructions: prompts/none.md",
            "instructions: Read prompts/mail.md first.",
            "instructions: '@mail'",
            "name: prompts/mail.md",
        ),
        *("metadata: {prompt: prompts/mail.md}", "instructions: 'Answer about node.js'", "instructions: ../outside.md"),
        *("model: prompts/mail.md", "instructions: 'file: attached'", "instructions: prompts"),
    ],
)
def test_what_only_looks_like_a_files_name_is_text(cli: Cli, write: Write, text: str, tmp_path: Path) -> None:
    (tmp_path.parent / "outside.md").write_text("x")
    files = {
        "prompts/mail.md": "You sort mail.\n",
        "a.yaml": f"{text}\n" + ("" if text.startswith("model") else "model: m\n"),
    }
    assert said(cli, write, files) == []


# --- a variable's name in place of its value


@cases(
    "text expected",
    {
        "a model": ("model: ${MODEL}", "model is '${MODEL}', and nothing is put in its place here; write {env: MODEL}"),
        "without braces": (
            "model: $MODEL",
            "model is '$MODEL', and nothing is put in its place here; write {env: MODEL}",
        ),
        "with a default": (
            "model: ${MODEL:-gpt-4o}",
            "model is '${MODEL:-gpt-4o}', and nothing is put in its place here; write {env: MODEL}",
        ),
        "a secret of Actions": (
            "model: ${{ vars.MODEL }}",
            "model is '${{ vars.MODEL }}', and nothing is put in its place here; write {env: MODEL}",
        ),
        "a model of another tool": (
            "model: ${env:MODEL}",
            "model is '${env:MODEL}', and nothing is put in its place here; write {env: MODEL}",
        ),
        "a value of Helm": (
            "model: '{{ .Values.model }}'",
            "model is '{{ .Values.model }}', and nothing is put in its place here; write {env: model}",
        ),
        "a pipeline's": (
            "model: $(MODEL)",
            "model is '$(MODEL)', and nothing is put in its place here; write {env: MODEL}",
        ),
        "that of Windows": (
            "model: '%MODEL%'",
            "model is '%MODEL%', and nothing is put in its place here; write {env: MODEL}",
        ),
        "inside of a model": (
            "model: gpt-${SIZE}",
            "model is 'gpt-${SIZE}', and nothing is put in its place here; write {env: SIZE}",
        ),
        "an id": ("adopt: ${ID}\nmodel: m", "adopt is '${ID}', and nothing is put in its place here; write {env: ID}"),
        "a number": (
            "temperature: ${T}\nmodel: m",
            "temperature is '${T}', and nothing is put in its place here; write {env: T}",
        ),
        "a name": (
            "name: ${NAME}\nmodel: m",
            "warning: name is '${NAME}', and nothing is put in its place here; write {env: NAME}",
        ),
        "a pair": (
            "metadata: {a: '{{ TEAM }}'}\nmodel: m",
            "warning: metadata.a is '{{ TEAM }}', and nothing is put in its place here; write {env: TEAM}",
        ),
    },
)
def test_a_variables_name_in_place_of_its_value_is_told(cli: Cli, write: Write, text: str, expected: str) -> None:
    (line,) = said(cli, write, {"a.yaml": f"{text}\n"})
    assert line.partition(": ")[2] == expected


def test_templates_inside_a_text_are_text(cli: Cli, write: Write) -> None:
    assert said(cli, write, {"a.yaml": "model: m\ninstructions: Dear ${NAME}, {{x}} $y %(z)s\nname: $5 bot\n"}) == []


def test_where_no_reference_can_stand_validate_and_plan_say_the_same(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", "auto")
    text = "model: m\nresponse_format: {env: X}\n"
    found = said(cli, write, {"a.yaml": text})
    assert found[1] == "a.yaml:2:19: response_format: a reference is not allowed here; write the value itself"
    assert planned(cli, write, text) == [f"assistants/{one}" for one in found]


# --- what git left in place of what was meant

SIDES = "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> feature\n"
HERE = "a merge was not finished here: keep one side, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"
THERE = "has a merge that was not finished, from its line {} on; keep one side"
PROMPT = "model: m\ninstructions: {file: p.txt}\n"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
NOT_FETCHED = "this is a pointer of Git LFS, and not the file itself; fetch that: `git lfs pull`"


@cases(
    "files expected",
    {
        "a merge of fields": ({"a.yaml": "name: A\n" + SIDES.format("model: m", "model: n")}, [f"a.yaml:2:1: {HERE}"]),
        "at the top": ({"a.yaml": SIDES.format("model: m", "model: n")}, [f"a.yaml:1:1: {HERE}"]),
        "with the base between": (
            {"a.yaml": SIDES.format("model: m\n||||||| base\nmodel: b", "model: n")},
            [f"a.yaml:1:1: {HERE}"],
        ),
        "in a block": (
            {"a.yaml": "model: m\ninstructions: |\n  One.\n" + SIDES.format("  Two.", "  Three.")},
            [f"a.yaml:4:1: {HERE}"],
        ),
        "in front matter": (
            {"a.md": f"---\n{SIDES.format('model: m', 'model: n')}---\nHello.\n"},
            [f"a.md:2:1: {HERE}"],
        ),
        "in JSON": ({"a.json": "{\n" + SIDES.format('"model": "m"', '"model": "n"') + "}"}, [f"a.json:2:1: {HERE}"]),
        "in a prompt, which may be about merges": (
            {"a.yaml": PROMPT, "p.txt": "Hello.\n" + SIDES.format("One.", "Two.")},
            [f"a.yaml:2:15: warning: instructions: the file 'p.txt' {THERE.format(2)}"],
        ),
        "behind front matter": (
            {"a.md": f"---\nmodel: m\n---\n{SIDES.format('One.', 'Two.')}"},
            [f"a.md:4:1: warning: instructions: this text {THERE.format(1)}"],
        ),
        "a heading that is underlined": ({"a.yaml": PROMPT, "p.txt": "Title\n=======\n<<<<<<< x\n"}, []),
        "a file that was not fetched": (
            {"a.yaml": PROMPT, "p.txt": POINTER},
            [f"a.yaml:2:15: instructions: assistants/p.txt: {NOT_FETCHED}"],
        ),
        "a definition that was not": ({"a.yaml": POINTER}, [f"a.yaml: {NOT_FETCHED}"]),
        "one in Markdown": ({"a.yaml": "model: m\n", "b.md": POINTER}, [f"b.md: {NOT_FETCHED}"]),
    },
)
def test_what_git_left_is_named(cli: Cli, write: Write, files: Files, expected: list[str]) -> None:
    assert said(cli, write, files) == expected
