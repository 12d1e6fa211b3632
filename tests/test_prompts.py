"""Prompts in many scripts go to the endpoint and come back, and are the same to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistants_tool.definitions.sources import decode
from tests.conftest import Cli
from tests.strategies import SCRIPTS
from tests.test_traps import Files

# --- text stays the same

PIECES = [
    "---",
    "...",
    "\t",
    "# x",
    " #1",
    "- ",
    ": ",
    "{{x}}",
    "${y}",
    "@z",
    "`",
    "%",
    "|",
    ">",
    "'",
    '"',
    "\\",
    "\\ud83d",
    "😀",
    "\u200b",
]
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
prompts = st.lists(
    st.sampled_from([*SCRIPTS, *PIECES, "\n", "\r\n"]) | st.text(characters, max_size=8), max_size=8
).map("".join)


def as_file(text: str, form: str) -> tuple[Files, str]:
    """A definition with this text in one of the ways that people have, and how the text reads there."""
    if form == "json":
        return {"a.json": json.dumps({"model": "m", "instructions": text})}, text
    if form == "json in yaml":
        return {"a.yaml": json.dumps({"model": "m", "instructions": text})}, text
    if form == "a file":
        return {"a.yaml": "model: m\ninstructions: {file: p.txt}\n", "p.txt": text}, text
    return {"a.md": f"---\nmodel: m\n---\n{text}"}, text


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=prompts, form=st.sampled_from(["json", "json in yaml", "a file", "markdown"]))
def test_a_prompt_goes_there_and_back_and_is_the_same_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, cli: Cli, text: str, form: str
) -> None:
    """Apply; import into another folder; adopt; then there is nothing to do."""
    folder = tmp_path_factory.mktemp("prompt")
    (folder / ".git").mkdir()
    (folder / "assistants").mkdir()
    files, wanted = as_file(text, form)
    if form in ("a file", "markdown"):  # a file's lines end as they do, but for CRLF, which reads as LF
        wanted = decode(Path("x"), text.encode()).text
    for name, content in files.items():
        (folder / "assistants" / name).write_bytes(content.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert there_and_back(cli) == wanted


def there_and_back(cli: Cli) -> str:
    """The prompt that the endpoint holds at the end."""
    done = cli("apply", "--embedded", "--yes")
    assert done.exit_code == 0, done.output
    before = json.loads(cli("list", "--embedded", "-o", "json").stdout)[0]["instructions"] or ""
    assert cli("plan", "--embedded", "--exit-code").exit_code == 0
    assert cli("release", "a", "--embedded", "--yes").exit_code == 0
    ran = cli("import", "--all", "--to", "made", "--embedded")
    assert ran.exit_code == 0, ran.output
    plan = cli("plan", "made", "--embedded")
    assert "1 to adopt" in plan.stdout, plan.output
    assert cli("apply", "made", "--embedded", "--yes").exit_code == 0
    assert cli("plan", "made", "--embedded", "--exit-code").exit_code == 0
    (after,) = json.loads(cli("list", "--embedded", "-o", "json").stdout)
    assert (after["instructions"] or "") == before
    return str(before)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "a.yaml",
            b"model: m\ninstructions: 'a\0b'\n",
            "2:17: the character U+0000 is not allowed in YAML; remove it or write it as an escape",
        ),
        (
            "a.json",
            b'{"model": "m", "instructions": "a\0b"}',
            "1:34: not valid JSON: Invalid control character; mend the syntax there",
        ),
    ],
)
def test_a_nul_character_is_refused(cli: Cli, tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / "assistants").mkdir()
    (tmp_path / "assistants" / name).write_bytes(content)
    assert cli("validate").stderr == f"assistants/{name}:{expected}\n"
