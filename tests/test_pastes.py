"""Files that are no definitions, answers of the API, lists, tools of other APIs: each leads on, and `import` makes definitions of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli, Write
from tests.tables import cases
from tests.test_traps import PROJECT, Files, said

# --- files that are passed over

NOT_READ = "note: not read: definitions end in .yaml, .yml, .md or .json; rename it if it is one"
NO_MODEL = (
    "note: not read: a definition is a JSON object with `model`, or a list of such, and no {file: ...} names this one"
)
A = {"a.yaml": "model: m\n"}


@cases(
    "name text expected",
    {
        "TOML": ("b.toml", 'model = "m"\n', NOT_READ),
        "another Markdown": ("b.markdown", "---\nmodel: m\n---\n", NOT_READ),
        "MDX": ("b.mdx", "---\nmodel: m\n---\n", NOT_READ),
        "a template": ("b.yaml.tmpl", "model: m\n", NOT_READ),
        "a template of another kind": ("b.yml.j2", "model: m\n", NOT_READ),
        "JSON without a model": ("b.json", '{"name": "x"}', NO_MODEL),
        "a list without models": ("b.json", '[{"name": "x"}]', NO_MODEL),
        "JSON of something else that has models": ("b.json", '{"cars": [{"model": "Golf"}]}', NO_MODEL),
        "broken JSON that speaks of no model": ("b.json", '{"name": ', NO_MODEL),
        "a list of the API's": (
            "b.json",
            '{"object": "list", "data": [{"id": "asst_1", "model": "m"}]}',
            (
                "note: not read: this is a list as the API answers it; "
                "`assistants import assistants/b.json` writes definitions of what is in it"
            ),
        ),
        "a saved plan": (
            "b.json",
            '{"format": "assistants-tool/plan", "changes": [{"after": {"model": "m"}}]}',
            "note: not read: this is a saved plan; `assistants apply assistants/b.json` applies it",
        ),
    },
)
def test_a_file_that_is_passed_over_gets_a_note(cli: Cli, write: Write, name: str, text: str, expected: str) -> None:
    assert said(cli, write, {**A, name: text}) == [f"{name}: {expected}"]
    assert said(cli, write, {}, "--strict") == [f"{name}: {expected}"]
    assert cli("validate", "--strict").stdout == "1 definition is valid.\n"


@pytest.mark.parametrize("name", ["b.txt", "README.md", "_b.toml", ".b.json", ".schema/b.json", "b.csv", "b.tmpl", "b"])
def test_what_nobody_takes_for_a_definition_gets_none(cli: Cli, write: Write, name: str) -> None:
    assert said(cli, write, {**A, name: "model: m\n"}) == []


def test_what_a_reference_names_gets_none(cli: Cli, write: Write) -> None:
    files = {
        "a.yaml": "model: m\ninstructions: {file: p.mdx}\ntools: [{file: t.json}]\n",
        "p.mdx": "Hi",
        "t.json": '{"type": "function", "function": {"name": "f", "parameters": {"file": "s.json"}}}',
        "s.json": '{"type": "object", "properties": {"model": {"type": "string"}}}',
    }
    assert said(cli, write, files) == []


@cases(
    "text keys",
    {
        "an object": ('{"model": "m", "name": "\\ud83d\\ude00"}', ["b"]),
        "a list": ('[{"key": "c", "model": "m"},\n {"key": "d", "model": "m"}]', ["c", "d"]),
        "a list of one": ('[{"model": "m"}]', ["b"]),
    },
)
def test_json_with_a_model_is_a_definition(cli: Cli, write: Write, text: str, keys: list[str]) -> None:
    assert said(cli, write, {**A, "b.json": text}) == []
    plan = cli("plan", "--embedded").stdout
    assert [one.split(" ")[1].rstrip(":") for one in plan.splitlines() if one.startswith("+ ")] == ["a", *keys]


@cases(
    "text expected",
    {
        "a fault": ('{"model": "m",\n "temperature": 3}', ["b.json:2:17: temperature is 3; it has to be at most 2"]),
        "broken": (
            '{"model": "m", }',
            [
                "b.json:1:16: not valid JSON: a key in double quotes is missing here: write it, or remove the comma before it"
            ],
        ),
        "equal keys": (
            '{"model": "m", "model": "n"}',
            ["b.json:1:16: the key 'model' appears twice in one object; keep one of them"],
        ),
        "in a list": (
            '[{"key": "c", "model": "m"},\n {"key": "c", "model": "m", "top_p": 3, "environments": {"x": {}}}]',
            [
                "b.json:2:10: the key 'c' is also that of assistants/b.json:1; keys are unique, change one",
                "b.json:2:38: top_p is 3; it has to be at most 1",
                "b.json:2:58: the environment 'x' is not declared; known are: local, production",
            ],
        ),
        "in a list without keys": (
            '[{"model": "m"},\n {"key": "d", "model": "m"}]',
            ["b.json:1:2: the file holds several definitions; add `key: NAME` to each"],
        ),
    },
)
def test_faults_in_json_have_their_places(cli: Cli, write: Write, text: str, expected: list[str]) -> None:
    assert said(cli, write, {**A, "project.yaml": PROJECT, "b.json": text}) == expected


def test_a_patch_and_a_reference_in_a_list_of_json(cli: Cli, write: Write) -> None:
    definitions = [
        {"key": "a", "model": "m", "environments": {"local": {"name": "here"}}},
        {"key": "b", "model": "m", "instructions": {"file": "p.md"}},
    ]
    write(
        {"assistants/project.yaml": PROJECT, "assistants/all.json": json.dumps(definitions), "assistants/p.md": "Hi\n"}
    )
    assert "    name: here\n" in cli("plan").stdout
    assert "    instructions: Hi\n" in cli("plan").stdout


def test_large_files_of_data_are_no_faults(cli: Cli, write: Write) -> None:
    assert said(cli, write, {**A, "data.json": json.dumps(["x" * 100] * 20_000)}) == [f"data.json: {NO_MODEL}"]


# --- pastes

IS_ANSWER = "this is an assistant as the API answers it; `assistants import assistants/{}` writes a definition of it"
SERVERS = "it is set by the server and does not belong in a definition: remove it"
ANSWER: dict[str, Any] = {
    "id": "asst_abc123",
    "object": "assistant",
    "created_at": 1700000000,
    "model": "gpt-4o",
    "name": "Desk",
    "tools": [],
}


def test_an_answer_of_the_api_is_told_what_it_is_and_where_its_members_belong(cli: Cli, write: Write) -> None:
    ranking = {"score_threshold": 0.5, "hybrid_search": None}
    tools = [{"type": "retrieval"}, {"type": "file_search", "file_search": {"ranking_options": ranking}}]
    answer = {
        **ANSWER,
        "tools": tools,
        "file_ids": ["file-1"],
        "description": None,
        "metadata": {},
        "response_format": "auto",
    }
    found = said(cli, write, {"a.yaml": json.dumps(answer)})
    assert [one.partition(": ")[2] for one in found] == [
        IS_ANSWER.format("a.yaml"),
        "unknown field 'id'; write `adopt: asst_abc123` to take that assistant over, else remove it",
        f"unknown field 'object'; {SERVERS}",
        f"unknown field 'created_at'; {SERVERS}",
        "warning: tools[0].type is 'retrieval', which was renamed to file_search; write that, unless the server still has the old one",
        "tools[1].file_search.ranking_options.hybrid_search is null, which says nothing: remove it",
        "unknown field 'file_ids'; write the ids under tool_resources.code_interpreter.file_ids",
    ]


@cases(
    "files expected",
    {
        "an id of an assistant": (
            {"a.yaml": "model: m\nassistant_id: asst_1\n"},
            [
                "a.yaml:2:1: unknown field 'assistant_id'; write `adopt: asst_1` to take that assistant over, else remove it"
            ],
        ),
        "what show prints": (
            {"a.yaml": "model: m\nmanaged: false\nproject: null\n"},
            ["a.yaml:2:1: unknown field 'managed'; `assistants show` adds it to what the API answered: remove it"],
        ),
        "what show prints, but alone": (
            {"a.yaml": "model: m\nenvironment: production\n"},
            [
                "a.yaml:2:1: unknown field 'environment'; did you mean 'environments'? To send it as it is, write it under extra"
            ],
        ),
        "a list of the API's": (
            {"a.yaml": "object: list\ndata: [{id: asst_1, model: m}]\n"},
            [
                (
                    "a.yaml:1:1: this is a list as the API answers it; "
                    "`assistants import assistants/a.yaml` writes definitions of what is in it"
                )
            ],
        ),
        "a list of definitions": (
            {"a.yaml": "- model: m\n- model: n\n"},
            [
                (
                    "a.yaml:1:1: this is a list of definitions in one document; write one document for each, separated by a line of ---, "
                    "or let `assistants import assistants/a.yaml` write them"
                )
            ],
        ),
        "a list in a file with a space": (
            {"a b.yaml": "- model: m\n"},
            [
                (
                    "a b.yaml:1:1: this is a list of definitions in one document; write one document for each, separated by a line of ---, "
                    "or let `assistants import 'assistants/a b.yaml'` write them"
                )
            ],
        ),
        "a flat tool": (
            {
                "a.yaml": "model: m\ntools:\n  - {type: function, name: ping, description: d, parameters: {}, strict: false}\n"
            },
            [
                (
                    "a.yaml:3:5: tools[0]: a function has its members one level deeper; "
                    "put name, description, parameters, strict under `function:` "
                    "(`assistants import FILE` does so)"
                )
            ],
        ),
        "a function without a type": (
            {"a.yaml": "model: m\ntools:\n  - {name: ping, parameters: {}}\n"},
            [
                (
                    "a.yaml:3:5: tools[0]: a function has its members one level deeper; put name, parameters under `function:` "
                    "(`assistants import FILE` does so)"
                )
            ],
        ),
        "the file of a whole tool as its function": (
            {
                "a.yaml": "model: m\ntools:\n  - type: function\n    function: {file: tool.json}\n",
                "tool.json": '{"type": "function", "function": {"name": "f"}}',
            },
            [
                (
                    "a.yaml:3:5: tools[0]: a whole tool stands under `function:`; put it in the place of the tool, "
                    "as `- {file: ...}` is"
                )
            ],
        ),
        "the name of a tool": (
            {"a.yaml": "model: m\ntools: [code_interpreter]\n"},
            ["a.yaml:2:9: tools[0] is text; write {type: code_interpreter}"],
        ),
        "a type of Python": (
            {"a.yaml": "model: m\ntools: [{type: function, function: {name: f, parameters: {type: dict}}}]\n"},
            [
                "a.yaml:2:65: tools[0].function.parameters.type is 'dict', which JSON Schema does not have; did you mean 'object'?"
            ],
        ),
    },
)
def test_pastes_lead_on(cli: Cli, write: Write, files: Files, expected: list[str]) -> None:
    assert said(cli, write, files) == expected


def test_an_object_of_another_kind_is_not_called_an_assistant(cli: Cli, write: Write) -> None:
    run = {"id": "run_1", "object": "thread.run", "created_at": 1, "assistant_id": "asst_1", "model": "m"}
    found = said(cli, write, {"a.yaml": json.dumps(run)})
    assert [one.partition("; ")[0].rpartition(" ")[2] for one in found] == [
        "'id'",
        "'object'",
        "'created_at'",
        "'assistant_id'",
    ]


def test_json_in_the_encoding_of_another_shell_is_not_passed_over(cli: Cli, write: Write) -> None:
    write(A)
    folder = Path("assistants")
    folder.mkdir(exist_ok=True)
    (folder / "b.json").write_bytes('{"model": "m"}'.encode("utf-16"))
    assert said(cli, write, A) == ["b.json:1:1: not valid UTF-8; save the file in UTF-8"]


def test_a_tool_of_an_unknown_type_with_a_name_is_not_flat(cli: Cli, write: Write) -> None:
    assert said(cli, write, {"a.yaml": "model: m\ntools: [{type: bing, name: x, parameters: {}}]\n"}) == []


# --- import of a file


def imported(cli: Cli, write: Write, content: str, name: str = "dump.json") -> dict[str, str]:
    """The definitions that come of a file, which are sound."""
    write({name: content})
    ran = cli("import", name, "--to", "made")
    assert ran.exit_code == 0, ran.stderr
    assert cli("validate", "made").exit_code == 0
    return {one.name: one.read_text(encoding="utf-8") for one in sorted(Path("made").iterdir())}


PAGE = {"object": "list", "data": [ANSWER, {**ANSWER, "id": "asst_2", "name": "Second"}], "has_more": False}
DESK = "name: Desk\nmodel: gpt-4o\n"
SECOND = "name: Second\nmodel: gpt-4o\n"


@cases(
    "content name made",
    {
        "one": (json.dumps(ANSWER), "dump.json", {"desk.yaml": DESK}),
        "one, pretty": (json.dumps(ANSWER, indent=2), "dump.json", {"desk.yaml": DESK}),
        "one, in YAML": ("object: assistant\nid: asst_1\nname: Desk\nmodel: gpt-4o\n", "dump.yml", {"desk.yaml": DESK}),
        "JSON that is called YAML": (json.dumps(ANSWER), "dump.yaml", {"desk.yaml": DESK}),
        "a list": (json.dumps([ANSWER]), "dump.json", {"desk.yaml": DESK}),
        "a list as the API answers it": (json.dumps(PAGE), "dump.json", {"desk.yaml": DESK, "second.yaml": SECOND}),
        "a list of lists": (
            json.dumps([PAGE, [ANSWER]]),
            "dump.json",
            {"desk.yaml": DESK, "second.yaml": SECOND},
        ),
        "one list behind the other": (
            f"{json.dumps(PAGE, indent=1)}\n{json.dumps(ANSWER)}\n",
            "dump.json",
            {"desk.yaml": DESK, "second.yaml": SECOND},
        ),
        "several documents of YAML": (
            "data: [{name: Desk, model: gpt-4o}]\n---\n- {name: Second, model: gpt-4o}\n",
            "dump.yaml",
            {"desk.yaml": DESK, "second.yaml": SECOND},
        ),
        "what show prints": (
            json.dumps({**ANSWER, "managed": True, "key": "front", "project": "acme", "environment": "x"}),
            "dump.json",
            {"front.yaml": DESK},
        ),
        "an old one": (
            json.dumps(
                {**ANSWER, "tools": [{"type": "retrieval"}, {"type": "code_interpreter"}], "file_ids": ["file-1"]}
            ),
            "dump.json",
            {
                "desk.yaml": "name: Desk\nmodel: gpt-4o\ntools:\n  - type: file_search\n  - type: code_interpreter\n"
                "tool_resources:\n  code_interpreter:\n    file_ids:\n      - file-1\n"
            },
        ),
        "flat tools": (
            json.dumps(
                {**ANSWER, "tools": [{"type": "function", "name": "ping", "parameters": None, "strict": False}]}
            ),
            "dump.json",
            {"desk.yaml": "name: Desk\nmodel: gpt-4o\ntools:\n  - type: function\n    function:\n      name: ping\n"},
        ),
        "definitions in one list": (
            "- {key: front, model: m, protect: true, tools: [code_interpreter]}\n- {name: Second, model: gpt-4o}\n",
            "dump.yaml",
            {"front.yaml": "model: m\nprotect: true\ntools:\n  - type: code_interpreter\n", "second.yaml": SECOND},
        ),
    },
)
def test_a_file_of_answers_becomes_definitions(
    cli: Cli, write: Write, content: str, name: str, made: dict[str, str]
) -> None:
    assert imported(cli, write, content, name) == made


def test_an_answer_in_front_matter_becomes_a_definition_as_validate_says(cli: Cli, write: Write) -> None:
    text = "---\nid: asst_1\nobject: assistant\nmodel: gpt-4o\nname: Desk\n---\nHi\n"
    assert said(cli, write, {"a.md": text})[0].endswith("`assistants import assistants/a.md` writes a definition of it")
    assert imported(cli, write, text, "a.md") == {"desk.yaml": f"{DESK}instructions: |\n  Hi\n"}


def test_standard_input_becomes_definitions_and_no_endpoint_is_asked(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT.replace(
                "endpoint: embedded", "endpoint: {base_url: 'http://127.0.0.1:9/v1'}"
            )
        }
    )
    ran = cli("import", "-", stdin=json.dumps(ANSWER))
    assert (ran.exit_code, ran.stdout) == (0, "+ assistants/desk.yaml: asst_abc123 'Desk'\nImported: 1.\n")
    assert ran.stderr.startswith("From: <stdin>\n")
    assert Path("assistants/desk.yaml").read_text() == DESK
    assert not Path(".assistants").exists()


def test_the_defaults_of_the_environment_are_kept_away(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": PROJECT.replace(
                "{endpoint: embedded}", "{endpoint: embedded, defaults: {temperature: 0.1}}"
            )
        }
    )
    assert cli("import", "-", stdin=json.dumps(ANSWER)).exit_code == 0
    assert Path("assistants/desk.yaml").read_text() == f"{DESK}environments:\n  local:\n    temperature: null\n"


def test_references_in_a_list_of_definitions_lead_where_they_led(cli: Cli, write: Write) -> None:
    write({"old/p.md": "Hi\n", "old/t.yaml": "type: code_interpreter\n"})
    text = (
        "- key: a\n  model: {env: M, default: m}\n  instructions: {file: p.md}\n  tools: [{file: ./t.yaml}]\n"
        "  environments: {x: {instructions: {file: ../old/p.md}}}\n"
    )
    write({"old/all.yaml": text, "made/project.yaml": "environments: {x: {endpoint: embedded}}\n"})
    assert cli("import", "old/all.yaml", "--to", "made").exit_code == 0
    made = Path("made/a.yaml").read_text()
    assert made.count("file: ../old/p.md") == 2
    assert "file: ../old/t.yaml" in made
    assert cli("validate", "made").exit_code == 0


def test_a_definition_alone_in_its_file_keeps_its_key(cli: Cli, write: Write) -> None:
    write({"assistants/front.yaml": "model: m\nname: Desk\ntools: [code_interpreter]\n"})
    made = "model: m\nname: Desk\ntools:\n  - type: code_interpreter\n"
    assert cli("import", "assistants/front.yaml", "--to", "made").exit_code == 0
    assert {one.name: one.read_text() for one in Path("made").iterdir()} == {"front.yaml": made}
    assert cli("import", "assistants/front.yaml").exit_code == 0
    assert Path("assistants/front-2.yaml").read_text() == f"key: front\n{made}"


def test_a_file_in_the_folder_of_definitions_has_to_go(cli: Cli, write: Write) -> None:
    write({"assistants/pasted.yaml": json.dumps(ANSWER)})
    ran = cli("import", "assistants/pasted.yaml")
    assert ran.exit_code == 0
    assert "Remove assistants/pasted.yaml: it is read as a definition, but is not one.\n" in ran.stderr
    Path("assistants/pasted.yaml").unlink()
    assert cli("validate").stdout == "1 definition is valid.\n"


LEFT = {
    "no assistant": (
        "[5]",
        "dump.json, entry 1: not imported: it is not an assistant; an assistant is an object with `model`",
    ),
    "no model": ('[{"name": "x"}]', "'x': not imported: it has no `model`, so it is not an assistant"),
    "a fault": (
        '[{"id": "asst_1", "created_at": 1, "model": "tts-1"}]',
        "asst_1: not imported: the model 'tts-1' cannot serve an assistant",
    ),
    "a fault in a definition": ('[{"key": "a", "model": "m", "x": 1}]', "a: not imported: unknown field 'x'"),
    "a key that is taken": (
        '[{"key": "front", "model": "m"}]',
        "front: not imported: the key 'front' is taken; change it there",
    ),
    "a mark that a definition has": (
        json.dumps([{**ANSWER, "metadata": {"assistants-tool": '{"key":"front"}'}}]),
        "asst_abc123 'Desk': not imported: a definition has it already",
    ),
    "an id that a definition adopts": (
        json.dumps([{**ANSWER, "id": "asst_9"}]),
        "asst_9 'Desk': not imported: a definition has it already",
    ),
}


@cases("content sentence", LEFT)
def test_what_cannot_be_imported_is_named(cli: Cli, write: Write, content: str, sentence: str) -> None:
    write({"dump.json": content, "assistants/front.yaml": "model: m\nadopt: asst_9\n"})
    ran = cli("import", "dump.json")
    assert (ran.exit_code, f"! {sentence}" in ran.stderr) == (1, True), ran.stderr
    assert [one.name for one in Path("assistants").iterdir()] == ["front.yaml"]


def test_what_has_no_place_in_a_definition_is_named(cli: Cli, write: Write) -> None:
    answer = {**ANSWER, "file_ids": ["file-1"], "owner": "me", "nothing": None}
    write({"dump.json": json.dumps(answer)})
    ran = cli("import", "dump.json")
    assert ran.exit_code == 0
    assert "! desk.yaml: file_ids is left out, as no tool of the type code_interpreter reads it\n" in ran.stderr
    assert "nothing" not in ran.stderr
    (written,) = Path("assistants").glob("desk.yaml")
    assert "extra:\n  owner: me\n" in written.read_text(encoding="utf-8")  # what the tool does not know is kept


@cases(
    "words code sentence",
    {
        "with an id": (["dump.json", "asst_1"], 2, "a file is imported by itself: not with ids, --all or --from"),
        "with all": (["dump.json", "--all"], 2, "a file is imported by itself: not with ids, --all or --from"),
        "from an environment": (["-", "--from", "x"], 2, "a file is imported by itself: not with ids, --all or --from"),
        "nothing there": (["none.json"], 1, "none.json: the file cannot be read: No such file or directory"),
        "a folder": (["folder.json"], 1, "folder.json: not a regular file; name a file"),
        "broken JSON": (["broken.json"], 1, "broken.json:1:2: not valid JSON"),
        "broken YAML": (["broken.yaml"], 1, "broken.yaml:1:1: YAML tags are not read here"),
        "empty": (["empty.json"], 1, "empty.json holds no assistant"),
        "a list of none": (["none.yaml"], 1, "none.yaml holds no assistant"),
        "an environment that is not there": (["dump.json", "-e", "x"], 1, "the environment 'x' is not declared"),
    },
)
def test_files_that_cannot_be_imported(cli: Cli, write: Write, words: list[str], code: int, sentence: str) -> None:
    write({"dump.json": json.dumps(ANSWER), "broken.json": "{x", "broken.yaml": "!x 1\n", "empty.json": "[]"})
    write({"none.yaml": "data: []\n", "folder.json/x": "", "assistants/a.yaml": "model: m\n"})
    ran = cli("import", *words, stdin="{}")
    assert (ran.exit_code, sentence in ran.stderr) == (code, True), ran.stderr


def test_many_assistants_may_be_in_a_file(cli: Cli, write: Write) -> None:
    answers = [{**ANSWER, "id": f"asst_{number}", "instructions": "x" * 20_000} for number in range(100)]
    assert len(imported(cli, write, json.dumps(answers))) == 100
