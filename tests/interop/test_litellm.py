"""LiteLLM's proxy in front of `assistants serve`, by three of its addresses.

Neither `/v1`, its own three operations, nor `/openai`, which takes metadata out of what it forwards, can be managed through: the tool
has to say so in a sentence, leave behind what it found, and still read right. `/vllm` forwards a body as it is where LiteLLM knows the
model, so it can be; of the tool's headers it forwards those whose names begin with `x-pass-`, without that.
Of the metadata see findings/litellm-takes-metadata-out.sh.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.conftest import Cli, Write
from tests.interop.servers import Server, ask, litellm
from tests.servers import serving

FORMS = ["/v1", "/openai"]
MODELS = ("gpt-3.5-turbo", "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "o3-mini")  # of the examples
PROJECT = """
project: acme
default_environment: proxy
environments:
  proxy:
    endpoint:
      base_url: {url}/vllm
      api_key: {{env: OPENAI_API_KEY}}
      headers: {{x-pass-OpenAI-Beta: assistants=v2}}
"""


@dataclass(frozen=True)
class Both:
    """The proxy, and the server behind it, where the truth is."""

    proxy: Server
    upstream: str


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("litellm")
    with serving(folder / "upstream.db") as upstream, litellm(folder, upstream, MODELS) as proxy:
        yield Both(proxy, upstream)


@pytest.fixture
def both(running: Both, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Both:
    """With nothing in it."""
    monkeypatch.setenv("OPENAI_API_KEY", running.proxy.key)
    for one in listed(cli, running.upstream):
        ask("DELETE", f"{running.upstream}/assistants/{one['id']}")
    return running


def listed(cli: Cli, url: str) -> list[dict[str, Any]]:
    run = cli("list", "-o", "json", "--base-url", url)
    assert run.exit_code == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def put(cli: Cli, both: Both, *words: str) -> None:
    """Apply to the server behind the proxy, not through it."""
    run = cli("apply", *words, "--yes", "--base-url", both.upstream)
    assert run.exit_code == 0, run.stderr


@pytest.mark.parametrize("held", [0, 3], ids=["empty", "with marked assistants"])
@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("/v1", "405 Method Not Allowed; a proxy that forwards only some operations may stand between"),
        ("/openai", "the endpoint does not keep metadata"),
    ],
    ids=FORMS,
)
def test_a_create_is_refused_in_one_sentence_and_undone(
    both: Both, cli: Cli, write: Write, examples: Path, form: str, why: str, held: int
) -> None:
    if held:
        write(
            {f"held/{n}.yaml": f"key: held{n}\nname: held{n}\nmodel: gpt-4o\nmetadata: {{a: b}}\n" for n in range(held)}
        )
        put(cli, both, "held")
    before = listed(cli, both.upstream)
    run = cli("apply", "assistants", "--yes", "--base-url", both.proxy.url + form)
    assert run.exit_code == 1
    (failed,) = [line for line in run.stdout.splitlines() if "failed:" in line]
    assert why in failed
    assert failed.endswith("the assistant made to find out was removed")
    assert run.stdout.endswith("Applied: 0 created, 0 updated, 0 deleted, 1 failed, 9 not done.\n")
    assert listed(cli, both.upstream) == before


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_behind_it_is_read_right(both: Both, cli: Cli, examples: Path, form: str) -> None:
    put(cli, both, "assistants")
    plan = cli("plan", "assistants", "--exit-code", "--base-url", both.proxy.url + form)
    assert plan.exit_code == 0, plan.stdout
    assert {one["id"] for one in listed(cli, both.proxy.url + form)} == {
        one["id"] for one in listed(cli, both.upstream)
    }


@pytest.mark.parametrize(
    ("form", "why"), [("/v1", "405 Method Not Allowed"), ("/openai", "does not keep metadata")], ids=FORMS
)
def test_a_change_fails_and_the_next_apply_to_the_server_itself_heals(
    both: Both, cli: Cli, examples: Path, form: str, why: str
) -> None:
    put(cli, both, "assistants")
    (examples / "minimal.yaml").write_text("name: Renamed\nmodel: gpt-4o\nmetadata: {a: b}\n", encoding="utf-8")
    run = cli("apply", "assistants", "--yes", "--base-url", both.proxy.url + form)
    assert run.exit_code == 1
    assert why in run.stdout
    assert run.stdout.endswith("Applied: 0 created, 0 updated, 0 deleted, 1 failed.\n")
    put(cli, both, "assistants")
    assert cli("plan", "assistants", "--exit-code", "--base-url", both.proxy.url + form).exit_code == 0
    assert [one["name"] for one in listed(cli, both.upstream) if one["key"] == "minimal"] == ["Renamed"]


@pytest.mark.parametrize("form", FORMS)
def test_deleting_works(both: Both, cli: Cli, examples: Path, form: str) -> None:
    put(cli, both, "assistants")
    assert cli("delete", "minimal", "tutor", "--yes", "--base-url", both.proxy.url + form).exit_code == 0
    assert not {"minimal", "tutor"} & {one["key"] for one in listed(cli, both.upstream)}


def many(count: int) -> dict[str, str]:
    names = [f"k{number}" for number in range(count)]
    return {"many/many.yaml": "---\n".join(f"key: {name}\nname: {name}\nmodel: gpt-4o\n" for name in names)}


def test_of_more_than_twenty_the_three_operations_show_twenty_and_nothing_is_created_or_deleted(
    both: Both, cli: Cli, write: Write
) -> None:
    write(many(21))
    put(cli, both, "many")
    url = both.proxy.url + "/v1"
    run = cli("apply", "many", "--yes", "--base-url", url)
    assert run.exit_code == 4
    assert "the listing may be incomplete" in run.stdout
    assert cli("plan", "many", "--exit-code", "--base-url", url).exit_code == 4
    assert cli("list", "--base-url", url).exit_code == 1
    assert len(listed(cli, both.upstream)) == 21


def test_the_pass_through_pages(both: Both, cli: Cli, write: Write) -> None:
    write(many(130))
    put(cli, both, "many")
    assert len(listed(cli, both.proxy.url + "/openai")) == 130
    assert cli("plan", "many", "--exit-code", "--base-url", both.proxy.url + "/openai").exit_code == 0


def by_vllm(both: Both, write: Write) -> None:
    write({"assistants/project.yaml": PROJECT.format(url=both.proxy.url)})


def test_for_the_models_that_it_knows_vllm_lets_all_of_the_tool_through(
    both: Both, cli: Cli, write: Write, examples: Path
) -> None:
    by_vllm(both, write)
    first = cli("apply", "--yes")
    assert (first.exit_code, first.stdout.endswith("Applied: 10 created, 0 updated, 0 deleted.\n")) == (0, True)
    assert "did not keep" not in first.stdout
    assert cli("plan", "--exit-code").exit_code == 0

    (examples / "minimal.yaml").write_text("name: Renamed\nmodel: gpt-4.1\n", encoding="utf-8")
    (examples / "team.yaml").unlink()
    second = cli("apply", "--prune", "--yes")
    assert second.stdout.endswith("Applied: 0 created, 1 updated, 3 deleted.\n")
    assert cli("plan", "--exit-code").exit_code == 0
    minimal = next(one for one in listed(cli, both.upstream) if one["key"] == "minimal")
    assert (minimal["name"], minimal["description"], minimal["model"]) == ("Renamed", None, "gpt-4.1")

    assert cli("release", "minimal", "--yes").exit_code == 0
    assert not next(one for one in listed(cli, both.upstream) if one["name"] == "Renamed")["managed"]
    assert cli("apply", "--adopt", "--yes").exit_code == 0
    assert {one["id"] for one in listed(cli, both.upstream) if one["key"] == "minimal"} == {minimal["id"]}


def test_vllm_pages(both: Both, cli: Cli, write: Write) -> None:
    write({"assistants/many.yaml": many(130)["many/many.yaml"]})
    by_vllm(both, write)
    assert cli("apply", "--yes").stdout.endswith("Applied: 130 created, 0 updated, 0 deleted.\n")
    assert cli("plan", "--exit-code").exit_code == 0


def test_of_a_model_that_vllm_does_not_know_nothing_is_left(both: Both, cli: Cli, write: Write) -> None:
    write({f"assistants/{one}.yaml": f"model: {one}\n" for one in ("gpt-4o", "unknown")})
    by_vllm(both, write)
    run = cli("apply", "--yes")
    (failed,) = [line for line in run.stdout.splitlines() if "failed:" in line]
    assert failed.startswith("! unknown: ")
    assert failed.endswith("the assistant made to find out was removed")
    assert [one["key"] for one in listed(cli, both.upstream)] == ["gpt-4o"]


def test_a_refusal_of_the_server_behind_vllm_arrives_without_its_words(both: Both, cli: Cli, write: Write) -> None:
    """As a bare 500, after which a create may have happened: so it is tried again, each time after a look at the list."""
    write({"assistants/odd.yaml": "model: gpt-4o\ntools: [{type: made_up}]\n"})
    by_vllm(both, write)
    run = cli("apply", "--yes")
    assert (run.exit_code, listed(cli, both.upstream)) == (1, [])
    assert "500 Internal Server Error; after 4 tries, nothing changed" in run.stdout
    assert "unknown" not in run.stdout
    straight = cli("apply", "--yes", "--base-url", both.upstream)
    assert "made_up" in next(line for line in straight.stdout.splitlines() if "failed:" in line)


def test_without_the_proxys_key_nothing_passes(both: Both, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    for form in FORMS:
        run = cli("list", "--base-url", both.proxy.url + form)
        assert (run.exit_code, run.stderr.count("\n")) == (1, 1), run.stderr


@pytest.fixture
def chat(both: Both, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Ask by LiteLLM's own chat completions, with its key or without; behind it is the echo."""

    def ask_model(model: str, *words: str, key: bool = True) -> Result:
        tools = "[{type: function, function: {name: get_order}}]"
        write({"assistants/a.yaml": f"model: {model}\ninstructions: Be brief.\ntools: {tools}\n"})
        monkeypatch.setenv("ASSISTANTS_CHAT_API_KEY", both.proxy.key if key else "")
        return cli("chat", "a", "Where is my order?", "--chat-base-url", f"{both.proxy.url}/v1", *words)

    return ask_model


def test_chat_goes_through(chat: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(8))
    run = chat("chat", "--image", "a.png", "--max-tokens", "100")
    assert run.exit_code == 0, run.stderr
    assert (
        "2 words of instructions, 1 function (get_order), 1 picture and this message:\nWhere is my order?" in run.stdout
    )
    assert "finished: stop: the answer is complete\ntokens: prompt 7, cached 0, completion 28," in run.stderr
    assert json.loads(chat("chat", "-o", "json").stdout)["object"] == "chat.completion"


def test_what_it_does_not_let_through_is_said(chat: Callable[..., Result]) -> None:
    assert "the server has no model 'unknown' for this key" in chat("unknown").stderr
    assert "no key was sent, as none is named" in chat("chat", key=False).stderr
