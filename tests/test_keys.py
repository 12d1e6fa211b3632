"""A key that a command prints: how that command is run, and what is said where it gives none."""

from __future__ import annotations

import asyncio

import pytest

from assistants_tool.endpoint import keys
from assistants_tool.endpoint.keys import fetch_key
from assistants_tool.errors import ToolError
from assistants_tool.project.target import Key
from tests.tables import cases


def test_no_shell_reads_its_words() -> None:
    assert asyncio.run(fetch_key(Key(command=("echo", "$HOME; sk-1 && *")), {})) == "$HOME; sk-1 && *"


def test_it_has_so_much_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEY_COMMAND_SECONDS", 0.05)
    with pytest.raises(
        ToolError, match=r"^the command 'sleep' for the key took over 0\.05 s; run it by hand to see why$"
    ):
        asyncio.run(fetch_key(Key(command=("sleep", "60")), {}))


@cases(
    "words sentence",
    {
        "none of that name": (("no-such-command",), "the command 'no-such-command' for the key is not there"),
        "one that fails": (("false",), "the command 'false' for the key failed with exit code 1; run it by hand"),
        "one that prints nothing": (("true",), "the command 'true' printed no key; run it by hand to see why"),
    },
)
def test_what_gives_no_key_is_said(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ToolError) as caught:
        asyncio.run(fetch_key(Key(command=words), {}))
    assert str(caught.value).startswith(sentence)
