"""What a user is told, in the words of the field, with the remedy last: for each sentence the input that brings it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistants_tool.models import misspelt
from tests.conftest import REPOSITORY, Cli, Write
from tests.servers import Answer, scripted
from tests.tables import cases

REMOTE = 'environments: {{local: {{endpoint: {{base_url: "{}"}}}}}}\n'

# Files below assistants/, a command, and a sentence of its output.
SAID: dict[str, tuple[dict[str, str], str, str]] = {
    "what is not there yet": ({"a.yaml": "model: m\n"}, "plan --embedded", "+ a: not on the endpoint yet: it will be created\n"),
    "a tab": ({"a.yaml": "model: m\nmetadata:\n  a: b\n\tc: d\n"}, "validate", "a.yaml:4:1: line 4 begins with a tab: YAML needs spaces\n"),
    "an address without its beginning": (
        {"a.yaml": "model: m\n", "project.yaml": REMOTE.format("127.0.0.1:8000/v1")},
        "validate",
        "project.yaml:1:45: base_url needs http:// or https:// in front\n",
    ),
    "an address with a query": (
        {"a.yaml": "model: m\n", "project.yaml": REMOTE.format("http://127.0.0.1/v1?a=b")},
        "validate",
        ": base_url has to be an address without a query; put that under query, and a key in it as {env: NAME}\n",
    ),
    "a pattern that nothing is like": (
        {"a.yaml": "model: m\n"},
        "plan --embedded --only x",
        "no definition and no managed assistant matches --only 'x'; known are: a\n",
    ),
    "a file that is not there": (
        {},
        "validate assistants/a.yaml",
        "no such file or folder; check the path, or run from the project's root\n",
    ),
    "a temperature for a reasoning model": (
        {"a.yaml": "model: o3-mini\ntemperature: 0.2\n"},
        "validate",
        "a.yaml:2:14: warning: temperature: reasoning models such as this one refuse it; remove it, or choose another model\n",
    ),
    "an effort for one that does not reason": (
        {"a.yaml": "model: gpt-4o\nreasoning_effort: low\n"},
        "validate",
        "a.yaml:2:19: warning: reasoning_effort: gpt-4o does not reason, and refuses it; remove it, or choose a reasoning model\n",
    ),
    "a model that is misspelt": (
        {"a.yaml": "model: gpt-4oo\n"},
        "plan --embedded",
        "a.yaml:1:8: warning: unknown model 'gpt-4oo'; did you mean 'gpt-4o'?\n",
    ),
    "JSON that is no definition": (
        {"a.yaml": "model: m\n", "other.json": "{}"},
        "validate",
        "other.json: note: not read: a definition is a JSON object with `model`, or a list of such, and no {file: ...} names this one\n",
    ),
    "TOML": (
        {"a.yaml": "model: m\n", "f.toml": ""},
        "validate",
        "f.toml: note: not read: definitions end in .yaml, .yml, .md or .json; rename it if it is one\n",
    ),
}  # fmt: skip


@cases("files words sentence", SAID)
def test_what_is_said(cli: Cli, write: Write, files: dict[str, str], words: str, sentence: str) -> None:
    write({f"assistants/{name}": text for name, text in files.items()})
    assert sentence in cli(*words.split()).output


@pytest.mark.parametrize(
    "text", ["model: gpt-4oo\n", "model: gpt-4o\nreasoning_effort: low\n", "model: o1\ntop_p: 0.5\n"]
)
def test_with_strict_such_a_warning_is_a_fault(cli: Cli, write: Write, text: str) -> None:
    write({"assistants/a.yaml": text})
    assert [cli("validate").exit_code, cli("validate", "--strict").exit_code] == [0, 1]


@cases(
    "model meant",
    {
        "a letter twice": ("gpt-4oo", "gpt-4o"),
        "no hyphen": ("gpt4o-mini", "gpt-4o-mini"),
        "letters in another order": ("gtp-4o-mini", "gpt-4o-mini"),
        "a letter less": ("gpt-4o-mni", "gpt-4o-mini"),
        "known": ("gpt-4o", ""),
        "a newer one": ("gpt-4.9", ""),
        "a newer one of a day": ("gpt-4o-2027-01-01", ""),
        "of somebody else": ("llama-3.1-70b-instruct", ""),
        "a deployment": ("our-gpt-4o-in-europe", ""),
        "fine-tuned": ("ft:gpt-4o-mini:acme::abc", ""),
        "not one at all": ("m", ""),
        "long": ("gpt-4o" * 100_000, ""),
    },
)
def test_only_what_is_surely_misspelt_is_called_so(model: str, meant: str) -> None:
    assert misspelt(model) == meant


def test_what_import_leaves_alone_is_counted(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\n"})
    cli("apply", "--embedded", "--yes")
    assert cli("import", "--all", "--embedded").stdout == "Imported: 0, skipped 1: already managed.\n"


@cases(
    "key variables said",
    {
        "a variable": ("{env: MY_KEY}", {"MY_KEY": "sk-1234567890"}, "the key in the variable 'MY_KEY' was refused: check it"),
        "a command": ("{command: [echo, sk-1234567890]}", {}, "the key that the command 'echo' printed was refused: check it"),
    },
)  # fmt: skip
def test_a_key_that_is_refused_is_named(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, key: str, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with scripted(lambda _: Answer(401, {"error": {"message": "Incorrect API key provided"}})) as server:
        settings = f"environments: {{p: {{endpoint: {{base_url: '{server.url}', api_key: {key}}}}}}}\n"
        write({"assistants/project.yaml": settings, "assistants/a.yaml": "model: m\n"})
        ran = cli("plan", "-e", "p")
    assert ran.stderr.endswith(f"/assistants: 401 Incorrect API key provided; {said}\n")
    assert "sk-1234567890" not in ran.output


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/trust.md", "If the backup of an assistant fails, it is not changed"),
        ("README.md", "removes the ownership mark"),
        ("docs/interop.md", "no shutdown date known for"),
        ("docs/tutorial.md", "not on the endpoint yet: it will be created"),
    ],
)
def test_the_pages_use_the_same_words(page: str, words: str) -> None:
    assert words in Path(REPOSITORY, page).read_text(encoding="utf-8")
