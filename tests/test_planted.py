"""What variables hold, planted in every place that takes one, is in nothing that validate, plan and apply say or leave behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Cli, Write
from tests.servers import Answer, Request, scripted
from tests.tables import cases

PROJECT = "project: acme\ndefault_environment: local\nenvironments:\n  local: {endpoint: embedded}\n"
BOT = """\
name: {env: V_NAME}
description: {env: V_DESCRIPTION}
model: {env: V_MODEL}
instructions: {env: V_INSTRUCTIONS}
temperature: {env: V_TEMPERATURE}
top_p: {env: V_TOP_P}
metadata: {token: {env: V_TOKEN}, plain: told}
tools:
  - type: function
    function: {name: {env: V_FUNCTION}, description: {env: V_SPOKEN}}
  - type: file_search
    file_search: {max_num_results: {env: V_RESULTS}, ranking_options: {score_threshold: {env: V_SCORE}}}
tool_resources:
  file_search: {vector_store_ids: [{env: V_STORE}]}
response_format: {type: json_schema, json_schema: {name: {env: V_FORMAT}, description: {env: V_FORMATTED}, schema: {}}}
"""
TEXTS = ("NAME", "DESCRIPTION", "MODEL", "INSTRUCTIONS", "TOKEN", "FUNCTION", "SPOKEN", "STORE", "FORMAT", "FORMATTED")
NUMBERS = {"TEMPERATURE": "0.7312", "TOP_P": "0.8423", "RESULTS": "17", "SCORE": "0.5634"}
FORMS = ("table", "json", "markdown", "github")
Values = Mapping[str, str]


def values(word: str) -> Values:
    return {**{name: f"{word}-{name.lower()}" for name in TEXTS}, **NUMBERS}


def use(patch: pytest.MonkeyPatch, found: Values) -> None:
    for name, value in found.items():
        patch.setenv(f"V_{name}", value)


def leaks(text: str) -> list[str]:
    return [one for one in ("zekr", "yekr", "0.7312", "0.8423", "0.5634") if one in text]


@pytest.fixture(autouse=True)
def project(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, values("zekr"))
    write({"assistants/project.yaml": PROJECT, "assistants/bot.yaml": BOT})


def test_nothing_that_is_said_or_kept_tells_a_value(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    said = [cli("validate", "-o", one) for one in FORMS]
    said += [cli("plan", "-v", "-o", one, "--out", f"first-{one}.json") for one in (*FORMS, "html")]
    said += [cli("apply", "-v", "--yes", "-o", "github")]
    assert json.loads(cli("show", "bot", "-o", "json").stdout)["name"] == "zekr-name"
    use(monkeypatch, values("yekr"))
    said += [cli("plan", "-v", "-o", one, "--out", f"then-{one}.json") for one in (*FORMS, "html")]
    said += [cli("show", "then-json.json", "-o", one) for one in ("table", "json", "markdown", "html")]
    assert {one.exit_code for one in said} == {0}
    said += [cli("apply", "first-json.json", "--yes"), cli("apply", "-v", "--yes", "-o", "json")]
    kept = [one for one in tmp_path.rglob("*") if one.is_file() and not one.name.startswith("embedded.db")]
    assert {".yaml", ".json", ".md"} <= {one.suffix for one in kept}
    private = [one for one in kept if "backups" in one.parts]
    assert any("zekr" in one.read_text(encoding="utf-8") for one in private), "a backup is the object, whole"
    said += [cli("restore", "-v", "--yes")]
    shared = [one.read_text(encoding="utf-8") for one in kept if one not in private]
    for text in (*(one.output for one in said), *shared):
        assert leaks(text) == []
    assert json.loads(cli("show", "bot", "-o", "json").stdout)["name"] == "zekr-name"


@pytest.mark.parametrize("output", FORMS)
def test_a_server_that_repeats_what_it_got(cli: Cli, output: str) -> None:
    def script(request: Request) -> Answer:
        if request.method == "GET":
            return Answer(body={"object": "list", "data": [], "has_more": False})
        return Answer(400, {"error": {"message": f"cannot be {json.dumps(request.body)}", "code": "x"}})

    with scripted(script) as server:
        found = cli("apply", "--yes", "-v", "-o", output, "--base-url", server.url)
    assert found.exit_code == 1
    assert "cannot be" in found.output
    assert leaks(found.output) == []


FAULTS: dict[str, tuple[str, str]] = {
    "no number": ("TEMPERATURE", "zekr"),
    "too large a number": ("TEMPERATURE", "73120.7312"),
    "too long": ("NAME", "zekr" * 100),
    "not a function's name": ("FUNCTION", "zekr name!"),
    "a model for something else": ("MODEL", "whisper-1"),
    "no whole number": ("RESULTS", "1.7312"),
    "too many": ("RESULTS", "8423000"),
    "empty": ("STORE", ""),
    "a name of lines": ("FORMAT", "zekr\n'zekr'"),
}


@cases("name value", FAULTS)
def test_a_value_that_cannot_be(cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"V_{name}", value)
    for output in FORMS:
        found = cli("plan", "-o", output)
        assert found.exit_code == 1
        assert leaks(found.output) == []
        assert "assistants/bot.yaml:" in found.stderr
        assert len(value) < 4 or value not in found.output


def test_a_value_in_another_order_comes_back_untold(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The value stands in the same kind of place, and not in the same place."""
    tools = ["{type: function, function: {name: f, description: {env: V_SPOKEN}}}", "{type: code_interpreter}"]
    text = "key: bot\nmodel: m\ntools: [{}, {}]\n"
    write({"assistants/bot.yaml": text.replace("{}, {}", ", ".join(reversed(tools)))})
    assert cli("apply", "--yes").exit_code == 0
    write({"assistants/bot.yaml": text.replace("{}, {}", ", ".join(tools))})
    assert cli("apply", "--yes").exit_code == 0
    before = json.loads(cli("show", "bot", "-o", "json").stdout)["tools"]
    restored = cli("restore", "--yes")
    assert (restored.exit_code, leaks(restored.output)) == (0, [])
    assert json.loads(cli("show", "bot", "-o", "json").stdout)["tools"] == before[::-1]


@pytest.mark.parametrize(
    "url", ["http://me:zekr@127.0.0.1:9/v1", "http://zekr@127.0.0.1:9", "http://127.0.0.1:9/v1?k=zekr"]
)
def test_an_address_holds_no_secret(cli: Cli, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    said = [cli("plan", "--base-url", url)]
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    Path("assistants/project.yaml").unlink()
    said.append(cli("plan"))
    assert {one.exit_code for one in said} == {2}
    for one in said:
        assert "neither user, password nor query" in one.stderr
        assert leaks(one.output) == []


@pytest.mark.parametrize("words", [("chat", "s", "hello"), ("doctor", "--probe")])
def test_what_a_server_repeats_is_named_by_its_variable(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Also where nothing is applied."""

    def answer(request: Request) -> Answer:
        if request.method == "GET":
            return Answer(body={"object": "list", "data": [], "has_more": False})
        return Answer(400, {"error": {"message": f"bad request: {json.dumps(request.body)}"}})

    monkeypatch.setenv("MYMODEL", "planted-model")
    monkeypatch.setenv("INSTRUCTIONS", "planted-instructions")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write({"only/s.yaml": "model: {env: MYMODEL}\ninstructions: {env: INSTRUCTIONS}\n"})
    with scripted(answer) as server:
        run = cli(*words, "-f", "only", "--base-url", server.url)
    assert "planted" not in run.output
    assert "env:MYMODEL" in run.output


# --- a value is hidden wherever it shows, not only in the definition that takes it now

MOVED = "model: gpt-4o\nmetadata: {token: {env: V_TOKEN}, team: red}\n"
PLAIN = "model: gpt-4o\nmetadata: {team: red}\n"
OTHER_LINES = {
    "moved to another file": {"a.yaml": PLAIN, "b.yaml": MOVED},
    "gone from all files": {"a.yaml": PLAIN, "b.yaml": PLAIN},
    "in the place of a literal now": {"a.yaml": "model: gpt-4o\nmetadata: {token: literal}\n", "b.yaml": PLAIN},
}


@pytest.mark.parametrize("output", FORMS)
@cases("after", OTHER_LINES)
def test_a_line_that_took_a_value_and_is_not_there_any_more(
    after: Mapping[str, str], output: str, cli: Cli, write: Write, tmp_path: Path
) -> None:
    """The value is known from another definition, or nothing knows it any more but the mark, which names its place."""
    (tmp_path / "assistants/bot.yaml").unlink()
    write({"assistants/a.yaml": MOVED, "assistants/b.yaml": PLAIN})
    assert cli("apply", "--yes").exit_code == 0
    write({f"assistants/{name}": text for name, text in after.items()})
    said = [cli("plan", "-v", "-o", output, "--out", "p.json"), cli("show", "p.json")]
    said += [cli("plan", "-o", output, "--only", "a"), cli("apply", "--yes", "-o", output)]
    assert [one.exit_code for one in said] == [0, 0, 0, 0]
    assert leaks("".join(one.output for one in said) + (tmp_path / "p.json").read_text()) == []
    assert "metadata.token" in said[0].output


@pytest.mark.parametrize("meanwhile", ["ignore: [metadata.token]", "ignore: [metadata]"])
def test_a_value_that_stayed_under_ignore_while_a_file_stated_another(
    meanwhile: str, cli: Cli, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "assistants/bot.yaml").unlink()
    literal = "model: gpt-4o\nmetadata: {token: literal, team: red}\n"
    for text in (MOVED, f"{literal}description: new\n{meanwhile}\n"):
        write({"assistants/a.yaml": text})
        assert cli("apply", "--yes").exit_code == 0
    write({"assistants/a.yaml": literal})
    said = cli("plan").stdout
    assert leaks(said) == []
    assert 'metadata.token: "(was a variable\'s)" -> "literal"' in said


def test_the_name_of_what_goes_is_not_told_where_it_was_a_variables(cli: Cli, tmp_path: Path, write: Write) -> None:
    write({"assistants/keeps.yaml": PLAIN})
    assert cli("apply", "--yes").exit_code == 0
    (tmp_path / "assistants/bot.yaml").unlink()
    said = [cli("plan"), cli("plan", "--prune", "-o", "markdown"), cli("apply", "--prune", "--yes", "-o", "json")]
    assert leaks("".join(one.output for one in said)) == []


def test_a_model_of_a_variable_is_hidden_in_its_own_place_alone(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "assistants/bot.yaml").unlink()
    monkeypatch.setenv("V_MODEL", "gpt-4o")
    write({"assistants/a.yaml": "model: {env: V_MODEL}\n", "assistants/b.yaml": "model: gpt-4o\n"})
    assert cli("apply", "--yes").exit_code == 0
    write({"assistants/b.yaml": "model: gpt-4o-mini\n"})
    assert 'model: "gpt-4o" -> "gpt-4o-mini"' in cli("plan").stdout


def test_a_key_that_equals_a_value_stays_a_key(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "assistants/bot.yaml").unlink()
    monkeypatch.setenv("V_TOKEN", "support")
    write({"assistants/support.yaml": MOVED})
    assert "+ support" in cli("plan").stdout
