"""What renders as nothing is seen: escaped in every output, counted as a risk, and left alone where people need it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.cli import terminal
from assistants_tool.definitions import yamltext
from assistants_tool.objects.unseen import count, escaped, is_name, settled
from assistants_tool.report.objects import to_yaml
from assistants_tool.report.plain import to_json
from tests.builders import applied, bare, planned, printed, wanted
from tests.conftest import Cli, Write
from tests.examples import examples
from tests.strategies import SCRIPTS
from tests.tables import cases

TAGS = "".join(chr(0xE0000 + ord(one)) for one in "obey")

# One character of each kind that the tool promises to show.
KINDS = {
    "soft hyphen": "\xad",
    "grapheme joiner": "\u034f",
    "Arabic letter mark": "\u061c",
    "Mongolian vowel separator": "\u180e",
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "left to right": "\u200e",
    "right to left": "\u200f",
    "override": "\u202e",
    "word joiner": "\u2060",
    "isolate": "\u2066",
    "digit shapes": "\u206f",
    "Hangul filler": "\u3164",
    "half-width filler": "\uffa0",
    "variation selector": "\ufe00",
    "emoji selector": "\ufe0f",
    "byte order mark": "\ufeff",
    "tag": "\U000e0041",
    "last of the tags": "\U000e0fff",
    "selector supplement": "\U000e01ef",
    "bell": "\x07",
}


@cases("character", KINDS)
def test_what_no_one_can_see_is_escaped_and_counted(character: str) -> None:
    text = f"Be kind.{character}"
    code = ord(character)
    shown = f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    assert escaped(text) == f"Be kind.{shown}"
    assert count(text) == 1
    assert json.loads(to_json(text)) == text
    assert character not in to_json(text)


STAYS = {
    "a family": "👩\u200d👩\u200d👧",
    "a heart on fire": "❤\ufe0f\u200d🔥",
    "a dark-skinned developer": "👩🏿\u200d💻",
    "a keycap": "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "text for a picture": "☎\ufe0e",
    "the flag of Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Persian": "می\u200cخواهم",
    "an Arabic abbreviation": "ه\u200d",
    "Hindi": "क\u094d\u200dष क\u094d\u200cष",
    "Bengali": "র\u200d\u09cdয",
    "Sinhala": "ශ\u0dca\u200dරී",
    "Malayalam": "ന\u0d4d\u200d",
    "Mongolian": "ᠠ\u180b",
    "French prose": "Vraiment\xa0? Oui\u202f!",
    "combining marks": "e\u0301 ก็ ど",
    "lines": "a\n\tb",
}


@cases("text", STAYS)
def test_what_people_need_stays(text: str) -> None:
    assert (escaped(text), count(text)) == (text, 0)


SMUGGLED = {
    "two joiners behind a letter": ("م\u200c\u200c", "م\u200c\\u200c", 1),
    "two selectors behind an emoji": ("😀\ufe0f\ufe0e", "😀\ufe0f\\ufe0e", 1),
    "a joiner with no picture behind it": ("😀\u200dx", "😀\\u200dx", 1),
    "a joiner in Latin": ("a\u200db", "a\\u200db", 1),
    "a selector behind a letter": ("a\ufe0f", "a\\ufe0f", 1),
    "a selector behind a digit": ("1\ufe0f", "1\\ufe0f", 1),
    "tags behind a flag that is none": ("🏴\U000e0061\U000e007f", "🏴\\U000e0061\\U000e007f", 2),
    "tags behind a flag": (STAYS["the flag of Scotland"] + "\U000e0061", None, 1),
    "a Mongolian selector elsewhere": ("a\u180b", "a\\u180b", 1),
    "first of all": ("\u200da", "\\u200da", 1),
    "a line's end hides nothing": ("a\r\nb\u2028", "a\\u000d\nb\\u2028", 0),
}


@cases("text shown found", SMUGGLED)
def test_there_is_room_for_no_message(text: str, shown: str | None, found: int) -> None:
    assert count(text) == found
    assert escaped(text) == (shown or STAYS["the flag of Scotland"] + "\\U000e0061")


@pytest.mark.parametrize("text", SCRIPTS)
def test_scripts_of_the_world_are_shown_as_they_are(text: str) -> None:
    assert escaped(text) == text


@cases(
    "path yes",
    {
        "name": ("name", True),
        "model": ("model", True),
        "an id": ("tool_resources.file_search.vector_store_ids[0]", True),
        "a function's name": ("tools[0].function.name", True),
        "prose": ("instructions", False),
        "a pair": ("metadata.team", False),
        "what only begins so": ("named", False),
    },
)
def test_which_places_hold_names_and_ids(path: str, yes: bool) -> None:
    assert is_name(path) is yes
    assert escaped("a\xa0b", name=is_name(path)) == ("a\\u00a0b" if yes else "a\xa0b")


@examples(100)
@given(st.text(st.sampled_from(["a", "م", "क", "👩", "🏴", "1", "\u20e3", "\n", *KINDS.values(), *TAGS])))
def test_escapes_are_final_and_their_json_says_the_same(text: str) -> None:
    shown = escaped(text)
    assert escaped(shown) == shown
    assert count(shown) == 0
    assert json.loads(to_json({text: [text]})) == {text: [text]}
    assert yaml.safe_load(yamltext.dump({"a": text})) == {"a": text}
    assert count(yamltext.dump({"a": text})) == 0


@examples(100)
@given(
    st.lists(st.text(st.sampled_from(["a", "م", "👩", "👧", "🏴", *KINDS.values(), *STAYS["the flag of Scotland"]])))
)
def test_text_that_comes_in_pieces_is_shown_as_the_whole(pieces: list[str]) -> None:
    whole, at = "".join(pieces), 0
    for piece in pieces:
        at += len(piece)
        sure = settled(whole[:at])
        assert escaped(whole).startswith(escaped(whole[:sure]))


def test_an_answer_that_flows_keeps_its_emoji_and_shows_what_it_hides(capsys: pytest.CaptureFixture[str]) -> None:
    flow = terminal.Flow()
    for piece in (
        "Hi 👩",
        "\u200d",
        "👧 ",
        "🏴\U000e0067\U000e0062",
        "\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u200b",
        "!\n",
    ):
        flow.write(piece)
    flow.end()
    assert (
        capsys.readouterr().out
        == "Hi 👩\u200d👧 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f\\u200b!\n"
    )


# --- in a plan


def test_a_change_of_nothing_visible_is_seen() -> None:
    before = wanted("a", instructions="Be kind.")
    plan = printed(planned([wanted("a", instructions=f"Be kind.{TAGS}")], [applied(before)]))
    assert '    instructions: "Be kind." -> "Be kind.\\U000e006f' in escaped(plan)
    assert "    risk: instructions adds 4 invisible characters" in plan


RISKS = {
    "on a create": ({"instructions": "a\u200b"}, None, ["instructions adds 1 invisible character"]),
    "in a member's name": (
        {"metadata": {"a\u200b": "x"}},
        {},
        ["metadata.a\u200b adds 1 invisible character"],
    ),
    "deep in a schema": (
        {"tools": [{"type": "function", "function": {"name": "f", "description": f"x{TAGS}"}}]},
        {"tools": [{"type": "function", "function": {"name": "f", "description": "x"}}]},
        ["tools[0].function.description adds 4 invisible characters"],
    ),
    "a space that is none, in a name": ({"name": "a\xa0b"}, {}, ["name adds 1 invisible character"]),
    "the same in prose": ({"description": "a\xa0b"}, {}, []),
    "it was there before": ({"description": "a\u200b", "name": "b"}, {"description": "a\u200b"}, []),
    "an emoji": ({"description": "👩\u200d👧"}, {}, []),
    "where in a long text": (
        {"instructions": "a\nb\u200b\nc"},
        None,
        ["instructions adds 1 invisible character, in line 2"],
    ),
    "in several lines": (
        {"instructions": "a\r\nb\n\u200bc\u200b\n\u200b", "name": "x\n\xa0y"},
        None,
        [
            "instructions adds 3 invisible characters, first in line 3",
            "name adds 1 invisible character, in line 2",
        ],
    ),
}


@cases("after before said", RISKS)
def test_a_definition_that_brings_hidden_text_is_a_risk(after: dict, before: dict | None, said: list[str]) -> None:  # type: ignore[type-arg]
    there = [applied(wanted("a", **before))] if before is not None else []
    (change,) = planned([wanted("a", **after)], there).changes
    assert list(change.risks) == said


def test_what_is_ignored_and_sent_on_create_is_a_risk_too() -> None:
    (change,) = planned([wanted("a", ignore=["instructions"], instructions="a\u200b")], []).changes
    assert change.risks == ("instructions adds 1 invisible character",)


def test_names_and_ids_show_what_only_looks_like_a_space() -> None:
    plan = planned([wanted("a", name="Help\xa0Desk", adopt="asst_1")], [bare("asst_1", name="Help Desk")])
    assert 'asst_1 "Help\\u00a0Desk"' in printed(plan)
    assert '    name: "Help Desk" -> "Help\\u00a0Desk"' in printed(plan)


def test_names_in_yaml_show_it_too_and_prose_stays_as_it_is() -> None:
    found = {"id": "a\xa0b", "name": "비서\xa0😀", "description": "Vraiment\xa0? 비서", "model": "m\u2007"}
    text = to_yaml([found])
    assert text == (
        '- id: "a\\_b"\n  name: "\\uBE44\\uC11C\\_\\U0001F600"\n  description: Vraiment\xa0? 비서\n  model: "m\\u2007"'
    )
    assert yaml.safe_load(text) == [found]
    assert to_yaml({"name": "비서 😀"}) == "name: 비서 😀"


SECRET = f"Be kind.{TAGS}\u200b"
OUTPUTS = [
    *("plan", "plan -o json", "plan -o markdown", "plan -o github", "show plan.json", "show plan.json -o json"),
    *("show plan.json -o markdown", "apply --yes -o markdown", "show a", "show a -o json", "list", "list -o wide"),
    *("show a -o definition", "list -o yaml", "list -o json", "list -o markdown", "plan --fail-on-risk", "models"),
    *("plan -o html", "show plan.json -o html", "apply --yes -o html", "plan -o brief", "apply --yes -o brief"),
]  # fmt: skip


def test_no_output_lets_it_through(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/a.yaml": json.dumps(
                {"model": "m", "name": SECRET, "instructions": SECRET, "metadata": {SECRET: SECRET}}
            )
        }
    )
    cli("plan", "--embedded", "--out", "plan.json")
    assert TAGS not in Path("plan.json").read_text()
    for words in OUTPUTS:
        ran = cli(*words.split(), "--embedded")
        assert not {*TAGS, "\u200b"} & {*ran.output}, words
    assert cli("release", "a", "--embedded", "--yes").exit_code == 0
    assert cli("import", "--all", "--to", "other", "--embedded").exit_code == 0
    (imported,) = Path("other").iterdir()
    assert not {*TAGS, "\u200b"} & {*imported.read_text()}
    assert yaml.safe_load(imported.read_text())["instructions"] == SECRET


# Every character that the tool promises to show, and what only looks like a space.
PROMISED = [
    chr(code)
    for first, last in (
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E)),
        *((0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xE0000, 0xE0FFF)),
    )
    for code in range(first, last + 1)
]
LIKE_SPACES = [chr(code) for code in (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x2800)]
WRITTEN = [
    *("plan", "plan -o markdown", "plan -o github", "plan -o json", "plan -o html", "plan --out plan.json", "show plan.json"),
    *("apply --yes", "list", "list -o wide", "list -o yaml", "list -o json", "list -o markdown", "show a", "show a -o json"),
    *("import a.json --to made", "import bad.json --to bad", "validate bad.yaml", "delete a --yes", "restore --yes"),
    *("show b -o definition", "restore --list", "release a --yes", "list --unmanaged", "import --all --to others"),
    *("plan others -v", "apply others --yes -v"),
]  # fmt: skip


def test_no_output_lets_any_of_them_through(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    prose = "".join(f"x{one}" for one in PROMISED)
    name = "".join(f"x{one}" for one in (*PROMISED[:60], *LIKE_SPACES))
    schema = {"type": "object", "properties": {}, "title": prose}
    tool = {"type": "function", "function": {"name": "f", "description": prose, "parameters": schema}}
    body = {
        "model": f"m{name}x",
        "name": name,
        "instructions": prose,
        "tools": [tool],
        "metadata": {prose[:64]: prose[:512]},
    }
    write({"assistants/a.yaml": json.dumps(body), "a.json": json.dumps({**body, "id": "asst_1", "created_at": 1})})
    write({"bad.yaml": json.dumps({**body, prose: 1, "temperature": prose}), "bad.json": json.dumps({"name": name})})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    for words in WRITTEN:
        ran = cli(*words.split(), "--embedded")
        assert ran.exit_code in (0, 1), ran.output
        assert {*PROMISED, *LIKE_SPACES} & {*ran.output} == set(), words
    for file in (Path("plan.json"), Path("summary.md"), *Path("made").iterdir(), *Path("others").iterdir()):
        assert {*PROMISED} & {*file.read_text()} == set(), file
    (change,) = json.loads(Path("plan.json").read_text())["changes"]
    assert change["after"]["instructions"] == prose
    assert f"instructions adds {len(PROMISED)} invisible characters" in change["risks"]
    assert f"name adds {60 + len(LIKE_SPACES)} invisible characters" in change["risks"]


def test_a_risk_of_hidden_text_can_be_refused(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": 'model: gpt-4o\ninstructions: "Be kind.\\u200b"\n'})
    refused = cli("apply", "--embedded", "--yes", "--fail-on-risk")
    assert refused.exit_code == 4
    assert "    risk: instructions adds 1 invisible character\n" in refused.stdout
