"""What must not be told, in every spelling, also where it is cut or comes in pieces."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.planning.masks import hiding
from assistants_tool.redaction import NOTHING, Flowing, Redaction
from tests.builders import wanted
from tests.tables import cases

ODD = "k/e+y'\"&<>s=e  cret~!*()\u00e9"


def lower_hex(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda one: one[0].lower(), text)


# How servers and frameworks spell what they repeat.
SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "folded": lambda one: " ".join(one.split()),
    "JSON": lambda one: json.dumps(one)[1:-1],
    "JSON with its letters": lambda one: json.dumps(one, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda one: json.dumps(one)[1:-1].replace("/", "\\/"),
    "JSON in JSON": lambda one: json.dumps(json.dumps(one))[3:-3],
    "JSON of PHP in JSON": lambda one: json.dumps(json.dumps(one)[1:-1].replace("/", "\\/"))[1:-1],
    "Python": lambda one: repr(one)[1:-1],
    "HTML": html.escape,
    "HTML without quotes": lambda one: html.escape(one, quote=False),
    "HTML of Go": lambda one: html.escape(one).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    "HTML of PHP": lambda one: html.escape(one).replace("&#x27;", "&#39;"),
    "XML": lambda one: html.escape(one).replace("&#x27;", "&apos;"),
    "an address": lambda one: quote(one, safe=""),
    "a path": quote,
    "an address of JavaScript": lambda one: quote(one, safe="!'()*~"),
    "a form": quote_plus,
    "an address in small letters": lambda one: lower_hex(quote(one, safe="")),
    "a form in small letters": lambda one: lower_hex(quote_plus(one)),
}


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
def test_every_spelling_is_hidden(spelled: Callable[[str], str]) -> None:
    assert Redaction.of({ODD: "***"}).text(f"bad: {spelled(ODD)}, really") == "bad: ***, really"


MESSAGES: dict[str, tuple[Any, str, str]] = {
    "twice": ("secret", "secret, secret", "env:V, env:V"),
    "its lines made one": ("one\n  two", "bad: one two", "bad: env:V"),
    "cut": ("a long secret", "bad: a long s...; check the key", "bad: env:V...; check the key"),
    "cut twice": ("a long secret", "a long s... a long...", "env:V... env:V..."),
    "cut, and begun before": ("a long secret", "a lot of a long sec...", "a lot of env:V..."),
    "cut after too little": ("a long secret", "bad: a l...", "bad: a l..."),
    "cut three times": ("sk-1234567890abcdef", "sk-1..., sk-12..., sk-123...", "env:V..., env:V..., env:V..."),
    "cut, of a short value before its end": ("sk-12345", "bad: sk-1234...", "bad: env:V..."),
    "cut, and more is left out behind": ("sk-1234567890abcdef", "sk-1... or...", "env:V... or..."),
    "cut, and begun one character before": ("aaaa-1234", "aaaaa-1...", "aenv:V..."),
    "another's, cut, that begins as it does": ("sk-1234567890abcdef", "sk-1999...", "sk-1999..."),
    "its beginning, and something else cut": ("sk-1234567890abcdef", "sk-1 wor...", "sk-1 wor..."),
    "its beginning, and nothing is cut any more": ("sk-1234567890abcdef", "wait... sk-1 ", "wait... sk-1 "),
    "a number": (0.25, "0.25 is too much", "env:V is too much"),
    "a number of few digits": (1.5, "1.5 is too much", "1.5 is too much"),
    "a piece from the middle": ("sk-1234567890abcdef", "key ...567890abc... is bad", "key ...env:V... is bad"),
    "a piece off the end": ("sk-1234567890abcdef", "ends in 90abcdef", "ends in env:V"),
    "a piece with more around it": ("sk-1234567890abcdef", "x4567890abcx", "xenv:Vx"),
    "seven characters": ("sk-1234567890abcdef", "ends in 0abcdef", "ends in 0abcdef"),
    "a word of a prompt": ("Be an assistant. Token: q7-zz81-xk", "No assistant found", "No assistant found"),
    "a token inside a prompt": ("Be an assistant. Token: q7-zz81-xk", "near 'q7-zz81-x'", "near 'env:V'"),
    "what is short": ("abc", "abc", "abc"),
    "what is short, but for its escapes": ("\u00e9", "caf\\u00e9", "caf\\u00e9"),
    "nothing": ("", "words", "words"),
}


@cases("value message shown", MESSAGES)
def test_messages(value: Any, message: str, shown: str) -> None:
    assert hiding([wanted("bot", x=value, variables={("x",): "V"})]).message(message) == shown


def test_pieces_of_two_values_are_hidden_in_one_message() -> None:
    hidden = Redaction.of({"sk-1234567890abcdef": "env:ONE", "pk-0987654321fedcba": "env:TWO"})
    assert hidden.message("neither 567890abc nor 654321fed") == "neither env:ONE nor env:TWO"


def test_a_value_that_is_no_text_of_any_encoding_is_hidden() -> None:
    """The system hands over a variable's bytes that are no UTF-8 as half characters, which an address has no spelling for."""
    value = b"caf\xe9 au lait".decode("utf-8", "surrogateescape")
    hidden = Redaction.of({value: "env:V"})
    assert hidden.text(f"{value}, /caf%3F%20au%20lait, caf%3f+au+lait") == "env:V, /env:V, env:V"


def test_the_longer_of_two_values_goes_first_whosever_they_are() -> None:
    one = wanted("a", name="secret", variables={("name",): "A"})
    other = wanted("b", description="secret-two", adopt="asst_42", variables={("description",): "B", ("adopt",): "C"})
    assert hiding([one, other]).message("secret-two, asst_42, secret") == "env:B, asst_42, env:A"


def test_a_value_may_be_hidden_however_short() -> None:
    hidden = Redaction.of({"Bo": "env:NAME"})
    assert (hidden.value("Bo"), hidden.value("Bob"), NOTHING.value("Bo")) == ("env:NAME", "Bob", "Bo")


def test_in_data_names_and_texts_are_hidden() -> None:
    hidden = Redaction.of({"s3cret": "***"})
    assert hidden.data({"s3cret": ["a s3cret", 1, None, {"b": "s3cret"}]}) == {"***": ["a ***", 1, None, {"b": "***"}]}


def test_two_are_as_one() -> None:
    both = Redaction.of({"secret": "***"}) | Redaction.of({"a secret place": "env:V"})
    assert both.text("secret: a secret place") == "***: env:V"
    assert both.message("near 'cret plac'") == "near 'env:V'"
    assert (both.value("secret"), both.value("a secret place")) == ("***", "env:V")


# --- in pieces

PIECES: dict[str, tuple[list[str], list[str]]] = {
    "nothing to hide": (["one ", "two"], ["one ", "two"]),
    "whole": (["a secret key"], ["a *** key"]),
    "split": (["a sec", "ret key"], ["a ", "*** key"]),
    "in single characters": (list("secret!"), ["", "", "", "", "", "", "***!"]),
    "only the beginning": (["a sec", "tion"], ["a ", "section"]),
    "at the end": (["my secret"], ["my "]),
    "a shorter one before a longer": (["sk-abc", "def."], ["", "===."]),
    "one that goes over into another's beginning": (["xsecretsk", "y"], ["x", "***sky"]),
    "one that does so from the start": (["secretsk", "y"], ["", "***sky"]),
    "one that begins just before another": (["secretz", "y"], ["", "***zy"]),
    "one that ends just behind another's beginning": (["codesk-a", "z"], ["", "!!!k-az"]),
}


@cases("pieces shown", PIECES)
def test_pieces(pieces: Sequence[str], shown: Sequence[str]) -> None:
    words = {"secret": "***", "sk-abc": "---", "sk-abcdef": "===", "etsk": "+++", "ecretzone": "///", "codes": "!!!"}
    flowing = Flowing(Redaction.of(words))
    assert [flowing.add(one) for one in pieces] == shown


def test_what_is_held_back_comes_at_the_end() -> None:
    flowing = Flowing(Redaction.of({"secret": "***"}))
    assert flowing.add("no sec") + flowing.end() == "no sec"
    assert flowing.add("secret") + flowing.end() == "***"


@given(st.lists(st.text("abc ", max_size=6), max_size=8), st.sets(st.text("abc", min_size=4, max_size=7), max_size=3))
def test_in_pieces_no_more_is_told_than_at_once(pieces: list[str], secrets: set[str]) -> None:
    hidden = Redaction.of(dict.fromkeys(secrets, "***"))
    flowing = Flowing(hidden)
    told = "".join([*map(flowing.add, pieces), flowing.end()])
    assert not any(one in told for one in secrets)
    assert len(told.replace("***", "")) <= len("".join(pieces))
