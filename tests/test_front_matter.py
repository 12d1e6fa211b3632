"""Markdown definitions: front matter, and the body as instructions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.definitions.loading import load
from assistants_tool.definitions.sources import Source, structure
from assistants_tool.errors import DefinitionError
from assistants_tool.project.projectfile import find_project
from tests.conftest import Cli, Write


def loaded(*paths: str) -> dict[str, object]:
    """Key -> fields."""
    here = Path.cwd()
    found = load([here / path for path in paths], find_project([here], here), "", os.environ)
    return {one.key: dict(one.fields) for one in found.definitions}


SOUND: dict[str, tuple[str, dict[str, object]]] = {
    "fields and body": ("---\nmodel: m\n---\nYou are kind.\n", {"model": "m", "instructions": "You are kind.\n"}),
    "the body as it is": (
        "---\nmodel: m\n---\n\n  # Role\n\n---\nx",
        {"model": "m", "instructions": "\n  # Role\n\n---\nx"},
    ),
    "no body": ("---\nmodel: m\n---\n", {"model": "m"}),
    "no line end": ("---\nmodel: m\n---", {"model": "m"}),
    # see findings/mdformat-frontmatter-last-newline.sh
    "text that ends the front matter": (
        "---\nmodel: m\ndescription: |\n  Kind.\n---\nx",
        {"model": "m", "description": "Kind.\n", "instructions": "x"},
    ),
    "spaces behind the first line": ("--- \t\nmodel: m\n---\nx", {"model": "m", "instructions": "x"}),
    "spaces behind the line": ("---\nmodel: m\n--- \t\nx", {"model": "m", "instructions": "x"}),
    "CRLF and BOM": ("\ufeff---\r\nmodel: m\r\n---\r\na\r\nb\r\n", {"model": "m", "instructions": "a\nb\n"}),
    "what YAML forbids is text": (
        "---\nmodel: m\n---\n{a: [\x07\u2028 *x ${y}",
        {"model": "m", "instructions": "{a: [\x07\u2028 *x ${y}"},
    ),
    "instructions from a file": (
        "---\nmodel: m\ninstructions: {file: p.md}\n---\n",
        {"model": "m", "instructions": "---\nx\n"},
    ),
}


@pytest.mark.parametrize(("text", "fields"), SOUND.values(), ids=SOUND)
def test_what_a_file_means(write: Write, text: str, fields: dict[str, object]) -> None:
    write({"bots/p.md": "---\nx\n"})
    Path("bots/bot.md").write_bytes(text.encode())
    assert loaded("bots/bot.md") == {"bot": fields}


def test_of_a_folder_only_what_begins_with_front_matter(write: Write) -> None:
    write(
        {
            "bots/README.md": "# Bots\n",
            "bots/a.md": "---\nmodel: m\n---\nx",
            "bots/b.yaml": "model: m\n",
            "bots/_c.md": "---\n",
        }
    )
    Path("bots/photo.md").write_bytes(b"\xff\xd8" * (1 << 20))
    assert set(loaded("bots")) == {"a", "b"}


@pytest.mark.parametrize("start", ["\n", " \n", "--- \n"])
def test_what_cannot_be_seen_does_not_drop_a_definition_from_its_folder(write: Write, cli: Cli, start: str) -> None:
    """It would be an orphan then, and pruned."""
    write({"bots/a.md": start + ("---\n" if start.isspace() else "") + "model: m\n---\nx", "bots/B.YAML": "model: m\n"})
    run = cli("validate", "bots")
    assert ("front matter begins" in run.stderr) if start.isspace() else (run.stdout == "2 definitions are valid.\n")


def test_a_prompt_that_a_definition_names_is_none_itself(write: Write) -> None:
    write({"bots/a.yaml": "model: m\ninstructions: {file: a.md}\n", "bots/a.md": "---\ntitle: A\n---\nx"})
    assert loaded("bots") == {"a": {"model": "m", "instructions": "---\ntitle: A\n---\nx"}}


LATE = "front matter begins with the first line of a file, and this comes after other text; remove that text, or this front matter"
BEHIND: dict[str, tuple[str, int]] = {
    "a heading": ("# Bot\n---\nmodel: m\n---\nx", 2),
    "a comment": ("<!-- mine -->\n\n--- \nkey: a\n---\n", 3),
    "CRLF and BOM": ("\ufeff#\r\n---\r\nmodel: m\r\n---\r\n", 2),
    "a rule before it": ("a\n\n---\n\nb\n\n---\nmodel: m\n---\n", 7),
    "what it takes from a variable": ("a\n---\nname: A\nmodel: {env: MODEL}\n---\n", 2),
    "a slip in it": ("a\n---\nmodel: m\ntools: [\n  - x\n---\n", 2),
    "behind an example of one": ("```\n---\nmodel: m\n---\n```\n---\nmodel: n\n---\n", 6),
    "what is not UTF-8": ("caf\udce9\n---\nmodel: m\n---\n", 2),
    "a name in quotes": ('a\n---\n"model": m\n---\n', 2),
    "a name in quotes, and a slip": ("a\n---\n'model': m\ntools: [\n---\n", 2),
    "all in braces": ("a\n---\n{name: A, model: m}\n---\n", 2),
    "all of it indented": ("a\n---\n  model: m\n  name: A\n---\n", 2),
    "four thousand characters": ("a" * 4100 + "\n---\nmodel: m\n---\n", 2),
}


@pytest.mark.parametrize(("text", "line"), BEHIND.values(), ids=BEHIND)
def test_front_matter_behind_something_does_not_vanish(write: Write, text: str, line: int) -> None:
    """It would be an orphan then, and pruned."""
    write({"bots/b.yaml": "model: m\n"})
    Path("bots/a.md").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DefinitionError) as raised:
        loaded("bots")
    assert str(raised.value) == f"bots/a.md:{line}:1: {LATE}"


NONE_AT_ALL: dict[str, str] = {
    "no rule": "# Bots\nmodel: m\n",
    "one rule": "# Bots\n---\nmodel: m\n",
    "prose between rules": "# Bots\n---\nThe model: m is what they use.\n---\n",
    "a field and prose between rules": "# Bots\n---\nmodel: the one\nthat we like: best\nof all\n---\n",
    "other fields": "# Bots\n---\ntitle: Bots\n---\n",
    "an example": "# Bots\n````markdown\n---\nmodel: m\n---\n```\n---\nkey: a\n---\n````\n",
    "an example that is indented": "# Bots\n\n    ---\n    model: m\n    ---\n",
    "an example that goes on to the end": "# Bots\n~~~\n---\nmodel: m\n---\n",
    "a field deep inside": "# Bots\n---\nbots:\n  model: m\n---\n",
}


@pytest.mark.parametrize("text", NONE_AT_ALL.values(), ids=NONE_AT_ALL)
def test_a_readme_with_a_rule_is_no_definition(write: Write, text: str) -> None:
    write({"bots/b.yaml": "model: m\n", "bots/README.md": text})
    assert set(loaded("bots")) == {"b"}


def test_a_prompt_that_a_definition_names_may_have_anything_inside(write: Write) -> None:
    prompt = "Write this:\n---\nmodel: m\n---\n"
    write({"bots/a.yaml": "model: m\ninstructions: {file: p.md}\n", "bots/p.md": prompt})
    assert loaded("bots") == {"a": {"model": "m", "instructions": prompt}}


FAULTY: dict[str, tuple[str, str]] = {
    "no front matter": (
        "# Bot\n",
        "bot.md: Markdown without front matter is not a definition; begin it with a line of ---",
    ),
    "lines before it": (
        "\n \n---\nmodel: m\n---\nx",
        "bot.md:1:1: front matter begins with the first line of a file; remove the empty lines before it",
    ),
    "no end": ("---\nmodel: m\n", "bot.md:1:1: the front matter has no end; close it with a line of ---"),
    "an end that is none": (
        "---\nmodel: m\n----\n",
        "bot.md:1:1: the front matter has no end; close it with a line of ---",
    ),
    "instructions twice": (
        "---\nmodel: m\ninstructions: x\n---\ny",
        "bot.md:3:1: the body is the instructions; remove them here",
    ),
    "two documents": (
        "---\nmodel: m\n--- {name: Lost}\n---\nx",
        "bot.md:3:5: front matter is one document; begin the body with a line of --- alone",
    ),
    "no model": (
        "---\n---\nx",
        "bot.md:2:1: the field 'model' is missing; add it here or to the environment's defaults",
    ),
    "an unknown field": (
        "---\nmodel: m\n\nmodle: x\n---\ny",
        "bot.md:4:1: unknown field 'modle'; did you mean 'model'? To send it as it is, write it under extra",
    ),
    "a list": ("---\n- a\n---\nx", "bot.md:2:1: a definition is a mapping of fields; write `model: NAME`"),
    "broken YAML": ("---\nmodel: [\n---\nx", "bot.md:3:1: "),
    "too long a body": (
        f"---\nmodel: m\n# a comment\n---\n{'x' * 256_001}",
        "bot.md:5:1: instructions has 256001 characters; shorten it to at most 256000",
    ),
}


@pytest.mark.parametrize(("text", "said"), FAULTY.values(), ids=FAULTY)
def test_faults_have_their_place_in_the_file(write: Write, text: str, said: str) -> None:
    write({"bot.md": text})
    with pytest.raises(DefinitionError) as raised:
        loaded("bot.md")
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_environments_patch_it_like_any_other(write: Write, cli: Cli) -> None:
    write(
        {
            "bots/project.yaml": "environments:\n  a: {endpoint: embedded, defaults: {model: m}}\n  b: {endpoint: embedded}\n",
            "bots/bot.md": "---\nenvironments:\n  b: {model: n, instructions: Shorter.}\n---\nLong.\n",
        }
    )
    assert cli("validate", "bots").exit_code == 0
    for name, expected in (("a", ("m", "Long.\n")), ("b", ("n", "Shorter."))):
        project = find_project([Path.cwd() / "bots"], Path.cwd())
        (one,) = load([Path.cwd() / "bots"], project, name, {}).definitions
        assert (one.fields["model"], one.fields["instructions"]) == expected


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1))
def test_any_body_is_kept_as_it_is(body: str) -> None:
    assert structure(Source(Path("bot.md"), f"---\nmodel: m\n---\n{body}"))[1] == {"model": "m", "instructions": body}
