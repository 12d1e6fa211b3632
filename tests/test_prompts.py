"""Prompts in many scripts go to the endpoint and come back, and are the same to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.definitions.references import as_file_name
from assistants_tool.definitions.sources import decode
from tests.conftest import Cli
from tests.examples import examples
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


def is_a_prompt(text: str) -> bool:
    """Not the name of a file for certain, such as `@z/0`: that is refused, on its way there and on its way back."""
    found = as_file_name(text)
    return not (found and found[1])


prompts = (
    st.lists(st.sampled_from([*SCRIPTS, *PIECES, "\n", "\r\n"]) | st.text(characters, max_size=8), max_size=8)
    .map("".join)
    .filter(is_a_prompt)
)


FORMS = ["json", "json in yaml", "a file", "markdown"]


def as_file(key: str, text: str, form: str) -> Files:
    """A definition with this text in one of the ways that people have."""
    if form == "json":
        return {f"{key}.json": json.dumps({"model": "m", "instructions": text})}
    if form == "json in yaml":
        return {f"{key}.yaml": json.dumps({"model": "m", "instructions": text})}
    if form == "a file":
        return {f"{key}.yaml": f"model: m\ninstructions: {{file: {key}.txt}}\n", f"{key}.txt": text}
    return {f"{key}.md": f"---\nmodel: m\n---\n{text}"}


def as_read(text: str, form: str) -> str:
    """A file's lines end as they do, but for CRLF, which reads as LF."""
    return decode(Path("x"), text.encode()).text if form in ("a file", "markdown") else text


@examples(4)
@given(wanted=st.lists(st.tuples(prompts, st.sampled_from(FORMS)), min_size=8, max_size=8))
def test_prompts_go_there_and_back_and_are_the_same_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, cli: Cli, wanted: list[tuple[str, str]]
) -> None:
    """Apply; import into another folder; adopt; then there is nothing to do. Several at a time, as the commands take the time."""
    folder = tmp_path_factory.mktemp("prompt")
    (folder / ".git").mkdir()
    (folder / "assistants").mkdir()
    for number, (text, form) in enumerate(wanted):
        for name, content in as_file(f"k{number}", text, form).items():
            (folder / "assistants" / name).write_bytes(content.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert there_and_back(cli) == {f"k{number}": as_read(*one) for number, one in enumerate(wanted)}


def there_and_back(cli: Cli) -> dict[str, str]:
    """The prompts that the endpoint holds at the end, by the keys that they had first."""
    done = cli("apply", "--embedded", "--yes")
    assert done.exit_code == 0, done.output
    before = held(cli)
    assert cli("plan", "--embedded", "--exit-code").exit_code == 0
    assert cli("release", *(one["key"] for one in before.values()), "--embedded", "--yes").exit_code == 0
    ran = cli("import", "--all", "--to", "made", "--embedded")
    assert ran.exit_code == 0, ran.output
    plan = cli("plan", "made", "--embedded")
    assert f"{len(before)} to adopt" in plan.stdout, plan.output
    assert cli("apply", "made", "--embedded", "--yes").exit_code == 0
    assert cli("plan", "made", "--embedded", "--exit-code").exit_code == 0
    after = held(cli)
    assert after.keys() == before.keys()
    return {before[one]["key"]: after[one]["instructions"] or "" for one in before}


def held(cli: Cli) -> dict[str, dict[str, str]]:
    return {one["id"]: one for one in json.loads(cli("list", "--embedded", "-o", "json").stdout)}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.md", b"---\nmodel: m\n---\nHi\na\0b", "5:2: no text can hold the character U+0000; remove it"),
        ("p.txt", b"Hi\r\na\0b", "2:2: no text can hold the character U+0000; remove it"),
        (
            "a.yaml",
            b"model: m\ninstructions: 'a\0b'\n",
            "2:17: the character U+0000 is not allowed in YAML; remove it or write it as an escape",
        ),
        (
            "a.json",
            b'{"model": "m", "instructions": "a\0b"}',
            "1:34: not valid JSON: a line break or another control character is in a text: write it as an escape, such as \\n",
        ),
    ],
)
def test_a_nul_character_is_refused(cli: Cli, tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / "assistants").mkdir()
    (tmp_path / "assistants" / name).write_bytes(content)
    if name == "p.txt":
        (tmp_path / "assistants" / "a.yaml").write_text("model: m\ninstructions: {file: p.txt}\n")
    assert cli("validate").stderr == f"assistants/{name}:{expected}\n"
