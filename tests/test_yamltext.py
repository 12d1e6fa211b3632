"""YAML and JSON texts become plain values, or faults with their places; nothing in a text can do more than that."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.yamltext import Fault, locate, locate_json, parse, parse_json
from assistants_tool.objects.paths import Path
from tests.bounds import computes
from tests.examples import examples
from tests.tables import cases

SOUND = """\
key: support
name: Support
model: gpt-4o
instructions: |
  One.
  Two.
tools: &tools
  - type: function
    function: {name: get_order, parameters: {type: object, properties: {n: {type: number, maximum: 1.5}}}}
metadata: {team: care}
copy: *tools
---
key: other
model: gpt-4o
"""


def faults(text: str) -> list[str]:
    return [f"{one.line}:{one.column}: {one.message}" for one in parse(text).faults]


def json_faults(text: str) -> list[str]:
    return [f"{one.line}:{one.column}: {one.message}" for one in parse_json(text).faults]


# --- YAML: values


@cases(
    "text values",
    {
        "nothing": ("", ()),
        "comment": ("# only a comment\n", ()),
        "empty documents": ("---\n---\n", (None, None)),
        "two documents": ("a: 1\n---\nb: 2\n", ({"a": 1}, {"b": 2})),
        "the empty one first": ("---\n---\na: 1\n...\n", (None, {"a": 1})),
        "directive": ("%YAML 1.1\n---\na: 1\n", ({"a": 1},)),
        "CRLF": ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", ({"a": 1, "b": "x\ny\n"},)),
        "block scalars": ("a: |\n  x\n\n  y\nb: >-\n  x\n  y\n", ({"a": "x\n\ny\n", "b": "x y"},)),
        "booleans": ("a: true\nb: False\nc: TRUE\n", ({"a": True, "b": False, "c": True},)),
        "nulls": ("a: null\nb: ~\nc:\nd: ''\n", ({"a": None, "b": None, "c": None, "d": ""},)),
        "numbers": ("[0, -1, +2, 0x1F, 1.5, -0.5, .5, 1., 1.0e+3]", ([0, -1, 2, 31, 1.5, -0.5, 0.5, 1.0, 1000.0],)),
        "quoted": ("['no', \"12:30\", '010', '2024-01-01', 'null']", (["no", "12:30", "010", "2024-01-01", "null"],)),
        "plain texts": (
            "[y, n, 09, 1.2.3, 12-30, v1, a_b, =, <<]",
            (["y", "n", "09", "1.2.3", "12-30", "v1", "a_b", "=", "<<"],),
        ),
        "escapes": (r'"\u00e9\U0001f600\n\t\0"', ("é😀\n\t\0",)),
        "other scripts": ("이름: 한글\n", ({"이름": "한글"},)),
        "a BOM inside is a character": ("a: x\ufeffy\n", ({"a": "x\ufeffy"},)),
        "alias": ("a: &x [1, {b: 2}]\nc: *x\n", ({"a": [1, {"b": 2}], "c": [1, {"b": 2}]},)),
        "anchors belong to one document": ("a: &x 1\n---\na: &x 2\nb: *x\n", ({"a": 1}, {"a": 2, "b": 2})),
        "merge key": ("a: &x {p: 1, q: 1}\nb: {<<: *x, q: 2}\n", ({"a": {"p": 1, "q": 1}, "b": {"p": 1, "q": 2}},)),
        "of merged ones the first counts": (
            "b:\n  q: 2\n  <<: [{p: 1, q: 1}, {p: 3, r: 3}]\n",
            ({"b": {"p": 1, "q": 2, "r": 3}},),
        ),
        "a quoted merge key is a key": ("{'<<': 1}", ({"<<": 1},)),
        "an alias of a merge key is text": (
            "? &m <<\n: {a: 1}\nb: *m\nc: {*m : 1}\n",
            ({"a": 1, "b": "<<", "c": {"<<": 1}},),
        ),
        "JSON is YAML": ('{"a": [1, "x"], "b": {}}', ({"a": [1, "x"], "b": {}},)),
        "no interpolation": ("a: ${HOME}\nb: '{{ x }}'\n", ({"a": "${HOME}", "b": "{{ x }}"},)),
    },
)
def test_yaml_is_read_as_plain_values(text: str, values: tuple[Any, ...]) -> None:
    parsed = parse(text)
    assert parsed.faults == ()
    assert values == parsed.values
    assert json.dumps(values, sort_keys=True) == json.dumps(parsed.values, sort_keys=True)  # True is not 1 there


def test_each_document_knows_where_it_starts() -> None:
    assert parse(SOUND).starts == ((1, 1), (13, 1))
    assert parse("# c\n  a: 1\n---\n---\n# d\nb: 2\n").starts == ((2, 3), (4, 1), (6, 1))


# --- YAML: faults

QUOTE = "quote it to make it text:"


@cases(
    "text expected",
    {
        "no": ("name: no", f'1:7: YAML reads no as the boolean false; write false, or {QUOTE} "no"'),
        "On": ("name: On", f'1:7: YAML reads On as the boolean true; write true, or {QUOTE} "On"'),
        "a key, too": ("yes: 1", f'1:1: YAML reads yes as the boolean true; write true, or {QUOTE} "yes"'),
        "base 60": ("a: 12:30", f'1:4: YAML reads 12:30 as the number 750; write that, or {QUOTE} "12:30"'),
        "base 60, fraction": (
            "a: 1:30.5",
            f'1:4: YAML reads 1:30.5 as the number 90.5; write that, or {QUOTE} "1:30.5"',
        ),
        "octal": ("a: 010", f'1:4: YAML reads 010 as the number 8; write that, or {QUOTE} "010"'),
        "negative octal": ("a: -010", f'1:4: YAML reads -010 as the number -8; write that, or {QUOTE} "-010"'),
        "binary": ("a: 0b11", f'1:4: YAML reads 0b11 as the number 3; write that, or {QUOTE} "0b11"'),
        "underscore": ("a: 1_000", f'1:4: YAML reads 1_000 as the number 1000; write that, or {QUOTE} "1_000"'),
        "a date with underscores": (
            "a: 2024_08_21",
            f'1:4: YAML reads 2024_08_21 as the number 20240821; write that, or {QUOTE} "2024_08_21"',
        ),
        "date": ("a: 2024-01-01", f'1:4: YAML reads 2024-01-01 as a date, which no field holds; {QUOTE} "2024-01-01"'),
        "an exponent without point and sign is text": (
            "a: 1e3",
            f'1:4: YAML reads 1e3 as text; write 1000.0, or {QUOTE} "1e3"',
        ),
        "an exponent without sign": (
            "a: 1.5E30",
            f'1:4: YAML reads 1.5E30 as text; write 1.5e+30, or {QUOTE} "1.5E30"',
        ),
        "what is advised is a number": ("a: 1e-7", f'1:4: YAML reads 1e-7 as text; write 1.0e-07, or {QUOTE} "1e-7"'),
        "infinity": ("a: .inf", f'1:4: .inf is not a number that JSON has; write a finite one, or {QUOTE} ".inf"'),
        "negative infinity": (
            "a: -.INF",
            f'1:4: -.INF is not a number that JSON has; write a finite one, or {QUOTE} "-.INF"',
        ),
        "NaN": ("a: .nan", f'1:4: .nan is not a number that JSON has; write a finite one, or {QUOTE} ".nan"'),
        "overflow": (
            "a: 1.0e+999",
            f'1:4: 1.0e+999 is not a number that JSON has; write a finite one, or {QUOTE} "1.0e+999"',
        ),
        "hexadecimal nothing": ("a: 0x_", f'1:4: YAML takes 0x_ for a number, but it is not one; {QUOTE} "0x_"'),
        "binary nothing": ("a: 0b_", f'1:4: YAML takes 0b_ for a number, but it is not one; {QUOTE} "0b_"'),
        "huge number": (
            "a: " + "9" * 401,
            "1:4: a number of 401 characters is too long; write a smaller one, or quote it",
        ),
        "base 60 beyond a float": (
            "a: 1" + ":1" * 190 + ".0",
            f'1:4: YAML takes 1{":1" * 190}.0 for a number, but it is not one; {QUOTE} "1{":1" * 190}.0"',
        ),
        "number as key": ("1: a", "1:1: a key has to be text, and 1 is not; quote it"),
        "null as key": ("null: a", "1:1: a key has to be text, and null is not; quote it"),
        "list as key": ("? [a]\n: b", "1:3: a key has to be text, and a list is not; quote it"),
        "mapping as key": ("? {a: 1}\n: b", "1:3: a key has to be text, and a mapping is not; quote it"),
        "duplicate key": ("a: 1\nb: 2\na: 3", "3:1: the key 'a' appears twice in one mapping; keep one of them"),
        "duplicate key, quoted": (
            "x: {a: 1, 'a': 2}",
            "1:11: the key 'a' appears twice in one mapping; keep one of them",
        ),
        "duplicate merge key": (
            "a: &x {}\nb:\n  <<: *x\n  <<: *x",
            "4:3: the key << appears twice in one mapping; give one of them a list",
        ),
        "merging a number": ("b:\n  <<: 1", "2:7: << merges mappings only; give it an alias of a mapping"),
        "merging a list with a number": (
            "b: {<<: [{}, 1]}",
            "1:9: << merges mappings only; give it an alias of a mapping",
        ),
        "tag": ("a: !!str 5", "1:4: YAML tags are not read here; remove !!str"),
        "tag of a mapping": ("a: !foo {b: 1}", "1:4: YAML tags are not read here; remove !foo"),
        "a tag that runs code": (
            "a: !!python/object/apply:os.system [id]",
            "1:4: YAML tags are not read here; remove !!python/object/apply:os.system",
        ),
        "a tag for a variable": ("a: !ENV MODEL", "1:4: YAML tags are not read here; write {env: MODEL}"),
        "a tag for a file": ("a: !include p/q.md", "1:4: YAML tags are not read here; write {file: p/q.md}"),
        "such a tag of nothing": ("a: !include", "1:4: YAML tags are not read here; remove !include"),
        "such a tag of much": ("a: !file 'x y'", "1:4: YAML tags are not read here; remove !file"),
        "the empty tag": ("! a", "1:1: YAML tags are not read here; remove !"),
        "alias of nothing": ("a: *x", "1:4: the alias *x stands for nothing here; define &x before it"),
        "alias of itself": ("a: &x [*x]", "1:8: the alias *x stands for nothing here; define &x before it"),
        "duplicate anchor": (
            "a: &x 1\nb: &x 2",
            "2:4: the anchor &x appears twice in one document; rename one of them",
        ),
        "syntax": (
            "a: b: c",
            "1:5: not valid YAML: a colon and a space begin a mapping: quote the whole text",
        ),
        "tab": (
            "a:\n\t- b",
            "2:1: line 2 begins with a tab: YAML needs spaces",
        ),
        "escape of half a character": (
            'a: "\\ud83d"',
            "1:5: half of a surrogate pair is not a character; remove it",
        ),
        "control character": (
            "a: '한\x01'",
            "1:6: the character U+0001 is not allowed in YAML; remove it or write it as an escape",
        ),
        "DEL": (
            "한: 1\n글: x\x7f",
            "2:5: the character U+007F is not allowed in YAML; remove it or write it as an escape",
        ),
        "no character": (
            "a: x\ufffey",
            "1:5: the character U+FFFE is not allowed in YAML; remove it or write it as an escape",
        ),
        "half of a surrogate pair": ("a: \ud800", "1:4: half of a surrogate pair is not a character; remove it"),
        "NEL": (
            "a: x\x85y",
            "1:5: YAML takes the character U+0085 for the end of a line; remove it or write it as an escape",
        ),
        "line separator": (
            "a: |\n  x\u2028y\n  z",
            "2:4: YAML takes the character U+2028 for the end of a line; remove it or write it as an escape",
        ),
        "a lone CR ends a line": (
            "a: 1\rb: no",
            f'2:4: YAML reads no as the boolean false; write false, or {QUOTE} "no"',
        ),
        "the end of a text whose last line is not ended": (
            "a: [1",
            "1:6: not valid YAML: a list that [ begins is not closed: add ] or a comma",
        ),
        "places after CR": (
            "a: |\r  x\r\nb: \x00",
            "3:4: the character U+0000 is not allowed in YAML; remove it or write it as an escape",
        ),
    },
)
def test_what_yaml_hides_is_a_fault(text: str, expected: str) -> None:
    assert [expected] == faults(text)


LOST = "1:{}: YAML takes {} for a comment and keeps {}; quote the whole value, or write `# ` to begin a comment"


@cases(
    "text column comment kept",
    {
        "a number": ("a: Ticket #12 helper\n", 11, "'#12 helper'", "'Ticket'"),
        "all of it": ("channel: #general\n", 10, "'#general'", "nothing"),
        "in a list": ("- by #id\n- x\n", 6, "'#id'", "'by'"),
        "all of an item": ("- #id\n", 3, "'#id'", "nothing"),
        "in a mapping of one line": ("{a: b #c\n}\n", 7, "'#c'", "'b'"),
        "behind an anchor": ("a: &x b #c\n", 9, "'#c'", "'b'"),
        "behind tabs": ("a: b \t#c\n", 7, "'#c'", "'b'"),
        "behind wide characters": ("팀: 😀고객 #1 팀\n", 8, "'#1 팀'", "'😀고객'"),
        "a number before it": ("a: 0.2 #was 1\n", 8, "'#was 1'", "'0.2'"),
        "several hashes": ("a: b ##c\n", 6, "'##c'", "'b'"),
        "before a hard space": ("a: Nr. #\xa012\n", 8, "'#\\xa012'", "'Nr.'"),
        "a long one": (f"a: b #{'c' * 99}\n", 6, f"'#{'c' * 55}...", "'b'"),
    },
)
def test_text_that_yaml_would_take_for_a_comment_is_a_fault(text: str, column: int, comment: str, kept: str) -> None:
    assert faults(text) == [LOST.format(column, comment, kept)]


def test_text_that_would_be_lost_behind_several_lines_is_a_fault() -> None:
    assert faults("a: one\n  two #12\n") == [LOST.format(7, "'#12'", "'one two'").replace("1:7", "2:7")]


@cases(
    "text value",
    {
        "a comment": ("a: b # c\n", {"a": "b"}),
        "a comment of several hashes": ("a: b ## c\n", {"a": "b"}),
        "an empty comment": ("a: b #\n", {"a": "b"}),
        "a hash inside a word": ("a: C# and F#\n", {"a": "C# and F#"}),
        "in quotes": ("a: 'b #c'\n", {"a": "b #c"}),
        "behind quotes": ("a: 'b' #c\n", {"a": "b"}),
        "in a block": ("a: |\n  b #c\n  #d\n", {"a": "b #c\n#d\n"}),
        "behind a block's sign": ("a: | #c\n  b\n", {"a": "b\n"}),
        "on a line of its own": ("a:\n  #c\n  b\n#d\n", {"a": "b"}),
        "behind a key of several": ("a: #c\n  b: 1\n", {"a": {"b": 1}}),
    },
)
def test_what_is_a_comment_stays_one(text: str, value: Any) -> None:
    assert parse(text) == yamltext.Parsed((value,), ((1, 1),), ())


@cases(
    "text value",
    {
        "a pair": (r'a: "\ud83d\ude00"', {"a": "😀"}),
        "capitals": (r'a: "\uD83D\uDE00!"', {"a": "😀!"}),
        "several": (r'a: "\ud83d\ude00 x \ud83d\udc69\u200d\ud83d\udc67"', {"a": "😀 x 👩\u200d👧"}),
        "a key": (r'"\ud83d\ude00": 1', {"😀": 1}),
        "over lines": ('a: "x\n  \\ud83d\\ude00\n\n  y"', {"a": "x 😀\ny"}),
        "text beside it": ('a: "\\ud83d\\ude00"\nb: \\ud83d\\ude00\nc: \'\\ud83d\'\nd: |\n  \\ud83d\n',
            {"a": "😀", "b": r"\ud83d\ude00", "c": r"\ud83d", "d": "\\ud83d\n"}),
        "behind a backslash": (r'a: "\\ud83d\\ude00"', {"a": r"\ud83d\ude00"}),
        "behind two": (r'a: "\\\ud83d\ude00"', {"a": "\\😀"}),
        "a replacement character": (r'a: "\ufffd\ud83d\ude00�"', {"a": "\ufffd😀�"}),
        "what json.dumps writes": (json.dumps({"a": ["😀", "𝔘\n", {"봇": "👩\u200d👧"}]}), {"a": ["😀", "𝔘\n", {"봇": "👩\u200d👧"}]}),
    },
)  # fmt: skip
def test_a_pair_of_escaped_halves_is_its_character(text: str, value: Any) -> None:
    assert parse(text) == yamltext.Parsed((value,), ((1, 1),), ())


HALF = "half of a surrogate pair is not a character; remove it"


@cases(
    "text places",
    {
        "a lone one": (r'a: "\ud83d"', ["1:5"]),
        "the second alone": (r'a: "x\ude00"', ["1:6"]),
        "the wrong way round": (r'a: "\ude00\ud83d"', ["1:5", "1:11"]),
        "one too many": (r'a: "\ud83d\ud83d\ude00"', ["1:5"]),
        "apart": (r'a: "\ud83d \ude00"', ["1:5", "1:12"]),
        "on two lines": ('a: "\\ud83d\\\n \\ude00"\nb: "\\ud83d\\ude00"', ["1:5", "2:2"]),
    },
)
def test_a_half_without_its_other_is_a_fault(text: str, places: list[str]) -> None:
    assert faults(text) == [f"{one}: {HALF}" for one in places]


def test_faults_behind_a_pair_have_their_places() -> None:
    text = '"\\ud83d\\ude00": {"\\ud83d\\ude01": no, a: "\\ud83d\\ude00 #x", b: 1}\nc: [\n'
    assert [one.partition(": ")[0] for one in faults(text)] == ["1:34", "3:1"]
    text = '"\\ud83d\\ude00": {"\\ud83d\\ude01": 5, b: &b ["\\ud83d\\ude00", 2], c: *b}\n'
    assert locate(text, 0, ("😀", "😁")) == (1, 34)
    assert locate(text, 0, ("😀", "😁"), key=True) == (1, 18)
    assert locate(text, 0, ("😀", "b", 1)) == (1, 60)


def test_many_pairs_are_read_in_time_that_grows_with_the_text_alone() -> None:
    text = "[" + '"\\ud83d\\ude00", ' * 20_000 + '"\\ud83d"]'
    with computes(10):
        assert len(faults(text)) == 1


QUOTED: dict[str, tuple[str, str]] = {
    "a colon": ("a: Note: this\n", "1:8|a colon and a space begin a mapping: quote the whole text"),
    "a colon in a list": ("a: [b: c: d]\n", "1:9|a colon and a space begin a mapping: quote the whole text"),
    "a colon, or the indentation": (
        "a: b\n c: d\n",
        "2:3|quote the text if the colon belongs to it, otherwise fix the indentation",
    ),
    "a template": ("a: {{ name }} text\nb: c\n", "1:15|{{ begins a mapping: quote the whole text"),
    "a template behind text": ("a: you are {{x}}: kind\n", "1:17|{{ begins a mapping: quote the whole text"),
    "an at sign": ("a: @team\n", "1:4|plain text cannot begin with @: quote it"),
    "a path behind one": (
        "a: @prompts/mail.md\n",
        "1:4|write {file: prompts/mail.md} for the text of that file, or quote it",
    ),
    "a file behind one": ("- @mail.md\n", "1:3|write {file: mail.md} for the text of that file, or quote it"),
    "a per cent sign": ("a: %s\n", "1:4|plain text cannot begin with %: quote it"),
    "a per cent sign at the beginning": ("%s\na: b\n", "1:3|plain text cannot begin with %: quote it"),
    "a backtick": ("a: `ls`\n", "1:4|plain text cannot begin with `: quote it"),
    "bold": ("a: **b** c\n", "1:5|plain text cannot begin with *, & or !: quote it"),
    "an end before the end": ('a: "b" and c\nd: e\n', "1:8|the value continues after its end: quote the whole text"),
    "a bracket": ("a: [draft] b\nd: e\n", "1:12|the value continues after its end: quote the whole text"),
    "text behind a block's sign": ("a: > b\n", "1:6|put the text on the next line, indented, or quote it"),
    "a dash": ("a: - b\n", "1:4|begin the list on the next line, or quote the text"),
    "a tab behind a dash": ("a:\n-\t- b\n", "2:2|there is a tab here: YAML needs spaces"),
    "a question mark": ("a: ? b\n", "1:4|plain text cannot begin with ?: quote it"),
    "a path of Windows": ('a: "C:\\dir"\n', "1:7|in double quotes \\ begins an escape: write \\\\, or use single quotes"),
    "a regular expression": ('a: "\\xq"\n', "1:7|in double quotes \\ begins an escape: write \\\\, or use single quotes"),
    "quotes that stay open": ("a: 1\nb: 'c\nd: e\n", "2:4|a text in quotes is not closed: close it"),
    "quotes open at the next document": ('a: "b\n---\nc: d\n', "1:4|a text in quotes is not closed: close it"),
    "a colon without a space": ("a: 1\nb:c\nd: e\n", "2:1|a key ends with a colon and a space: put the space there"),
    "a block's line at its left": (
        "a: |\n  b\nc d\n",
        "3:1|there is a line of text where `key: value` is expected: indent it if it belongs to the text above",
    ),
    "a list that stays open": ("a: [b\nc: d\n", "2:2|a list that [ begins is not closed: add ] or a comma"),
    "a mapping that stays open": ("a: {b: c\nd: e\n", "2:2|a mapping that { begins is not closed: add } or a comma"),
    "no value": ("a: [}\n", "1:5|a value is missing here: write it"),
    "half an indentation": (
        "a:\n  b: 1\n c: 2\n",
        "3:2|this line does not fit what is above it: indent it as its neighbours are, or quote the text",
    ),
}  # fmt: skip


@cases("text expected", QUOTED)
def test_what_should_have_been_quoted_is_told_so(text: str, expected: str) -> None:
    place, _, advice = expected.partition("|")
    found = faults(text)[-1]
    assert found == f"{place}: not valid YAML: {advice}"


def test_a_template_alone_is_told_so() -> None:
    advice = "{{ begins a mapping, so quote the whole text"
    assert faults("a: {{name}}\n") == [f"1:5: a key has to be text, and a mapping is not; {advice}"]


def test_every_fault_of_a_text_is_found() -> None:
    text = "a: no\nb: 010\na: !!int 3\nc: \x01\n1: x\nd: [unclosed\n"
    assert [
        "4:4: the character U+0001 is not allowed in YAML; remove it or write it as an escape",
        f'1:4: YAML reads no as the boolean false; write false, or {QUOTE} "no"',
        f'2:4: YAML reads 010 as the number 8; write that, or {QUOTE} "010"',
        "3:1: the key 'a' appears twice in one mapping; keep one of them",
        "3:4: YAML tags are not read here; remove !!int",
        "5:1: a key has to be text, and 1 is not; quote it",
        "7:1: not valid YAML: a list that [ begins is not closed: add ] or a comma",
    ] == faults(text)


def test_of_a_binary_text_only_the_first_bad_characters_are_named() -> None:
    assert [(1, column) for column in range(1, 11)] == [(one.line, one.column) for one in parse("\x00" * 1000).faults]


# --- YAML: size

TOO_DEEP = "nested more than 100 levels deep; make it flatter"
FULL = "[" * 90


@cases(
    "text place",
    {
        "brackets": ("[" * 500 + "]" * 500, "1:101"),
        "100,000 braces": ("{a: " * 100_000, "1:401"),
        "101 dashes": ("- " * 101 + "a", "1:201"),
        "100,000 question marks": ("? " * 100_000, "1:201"),
        "deep through an alias": ("a: &x " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*x" + "]" * 60, "2:64"),
        "deep through a merge key": ("a: &x " + "[" * 98 + "]" * 98 + "\nb: {<<: {c: {d: *x}}}", "2:17"),
    },
)
def test_deep_nesting_is_refused_before_anything_recurses(text: str, place: str) -> None:
    assert [f"{place}: {TOO_DEEP}"] == faults(text)


def test_what_the_parser_itself_takes_for_too_deep_is_said_in_the_same_words() -> None:
    """PyYAML 6.0.4 has a limit of its own, a thousand, and meets it as it looks ahead, before we have counted a hundred."""
    assert faults("[" * 100_000) in ([f"1:1001: {TOO_DEEP}"], [f"1:101: {TOO_DEEP}"])


@cases(
    "text",
    {
        "100 dashes": "- " * 100 + "a",
        "with an alias": "a: &x " + "[" * 50 + "]" * 50 + "\nb: " + "[" * 49 + "*x" + "]" * 49,
    },
)
def test_a_hundred_levels_are_allowed(text: str) -> None:
    assert parse(text).faults == ()


def test_as_many_words_as_there_may_be_are_read_as_few_are() -> None:
    """What was read before is remembered, up to a number."""
    numbers = range(10_000)
    assert parse("".join(f"k{one}: {one}\n" for one in numbers)).values == ({f"k{one}": one for one in numbers},)


def test_an_alias_bomb_is_refused() -> None:
    """Ten levels of ten aliases each would be ten thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert faults("\n".join(lines)) == ["5:45: aliases stand for more than 100000 values; write less"]


def test_an_alias_bomb_of_merge_keys_is_refused() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, 30)]
    (fault,) = parse("\n".join(lines)).faults
    assert fault.message == "aliases stand for more than 100000 values; write less"


# --- YAML: places


@cases(
    "path key expected",
    {
        "the document": ((), False, (1, 1)),
        "value": (("name",), False, (2, 7)),
        "key": (("name",), True, (2, 1)),
        "block scalar": (("instructions",), False, (4, 15)),
        "item": (("tools", 0), False, (8, 5)),
        "an item has no key": (("tools", 0), True, (8, 5)),
        "deep key": (("tools", 0, "function", "parameters", "properties", "n", "maximum"), True, (9, 91)),
        "the deepest that is there": (("tools", 0, "function", "nothing", "at", "all"), False, (9, 15)),
        "beyond a list's end": (("tools", 7), False, (7, 8)),
        "through an alias, where it is written": (("copy", 0, "type"), False, (8, 11)),
        "inside a text": (("name", "x"), False, (2, 7)),
    },
)
def test_a_path_has_a_place(path: Path, key: bool, expected: tuple[int, int]) -> None:
    assert expected == locate(SOUND, 0, path, key=key)


def test_a_place_belongs_to_a_document() -> None:
    assert locate(SOUND, 1, ("key",)) == (13, 6)


def test_a_merged_member_has_the_place_where_it_is_written() -> None:
    text = "a: &x {p: 1, q: 1}\nb: {q: 2, <<: [{r: 3}, *x]}\n"
    places = {name: locate(text, 0, ("b", name)) for name in "pqr"}
    assert places == {"p": (1, 11), "q": (2, 8), "r": (2, 20)}


# --- JSON


@cases(
    "text value",
    {
        "values": (' {"a": [1, -2.5, 1e3, true, null, "x"]} ', {"a": [1, -2.5, 1000.0, True, None, "x"]}),
        "a surrogate pair is one character": (r'"\ud83d\ude00 \/ é"', "😀 / é"),
        "brackets in texts": ('{"{": "}", "[\\"": ["]", "\\\\"]}', {"{": "}", '["': ["]", "\\"]}),
        "100 levels": ("[" * 100 + "]" * 100, None),
        "400 digits": ("[" + "9" * 400 + "]", [int("9" * 400)]),
        "text": ('"no"', "no"),
    },
)
def test_json_is_read_by_its_own_rules(text: str, value: Any) -> None:
    parsed = parse_json(text)
    assert parsed.faults == ()
    assert (json.loads(text) if value is None else value,) == parsed.values


@cases(
    "text expected",
    {
        "nothing": ("", "1:1: not valid JSON: a value is missing here, or a text is not in double quotes: fix that"),
        "syntax": ('{"a": 1,\n "b" 2}', "2:6: not valid JSON: a colon is missing here: add it"),
        "control character": (
            '"\t"',
            "1:2: not valid JSON: a line break or another control character is in a text: write it as an escape, such as \\n",
        ),
        "unclosed": ('"\\', "1:1: not valid JSON: a text in quotes is not closed: close it"),
        "100,000 brackets": ("[" * 100_000, f"1:101: {TOO_DEEP}"),
        "101 levels": ("[\n" * 101 + "]" * 101, f"101:1: {TOO_DEEP}"),
        "duplicate key": ('{"a": 1,\n "a": 2}', "2:2: the key 'a' appears twice in one object; keep one of them"),
        "duplicate in one of several": (
            '[{"a": {"a": 1}}, {"a": {"b": 1, "b": 1}}]',
            "1:34: the key 'b' appears twice in one object; keep one of them",
        ),
        "NaN": ('{"a":\n NaN}', "2:2: NaN is not a number that JSON has; write a finite one"),
        "infinity": ("[1, -Infinity]", "1:5: -Infinity is not a number that JSON has; write a finite one"),
        "overflow": ("[1e999]", "1:2: 1e999 is not a number that JSON has; write a finite one"),
        "5,000 digits": (
            "[" + "1" * 5000 + "]",
            "1:2: a number of 5000 characters is too long; write a smaller one, or quote it",
        ),
        "half of a pair": (r'["", "\ud83d"]', "1:6: half of a surrogate pair is not a character; remove it"),
        "half of a pair as key": (r'{"\udc00": 1}', "1:2: half of a surrogate pair is not a character; remove it"),
    },
)
def test_what_json_hides_is_a_fault(text: str, expected: str) -> None:
    assert [expected] == json_faults(text)


@cases(
    "path key expected",
    {
        "the document": ((), False, (1, 2)),
        "value": (("a",), False, (1, 8)),
        "key": (("a",), True, (1, 3)),
        "deep value, behind a surrogate pair": (("b", "c", 1, "d"), False, (3, 10)),
        "deep key": (("b", "c", 1, "d"), True, (3, 4)),
        "the deepest that is there": (("b", "c", 5, "d"), True, (2, 13)),
    },
)
def test_a_path_in_json_has_a_place(path: Path, key: bool, expected: tuple[int, int]) -> None:
    text = ' {"a": "\\ud83d\\ude00",\n "b": {"c": [1,\n  {"d":  2}]}}'
    assert expected == locate_json(text, path, key=key)


# --- anything at all


PIECES = [
    "*tools",
    "&tools",
    "<<: ",
    "!!x ",
    "\t",
    "\r",
    "- ",
    "? ",
    "[",
    "}",
    "'",
    '"',
    "no",
    "1e3",
    "0x_",
    "1:1",
    "---\n",
    "\x00",
    "�",
    "\ufeff",
    "\\ud800",
    "",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A sound text with a few pieces put in, taken out or doubled."""
    text = SOUND
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 20)))
        piece = draw(st.sampled_from(PIECES) | st.just(text[start:end] * 2) | st.text(max_size=5))
        text = text[:start] + piece + text[end:]
    return text


@examples(100)
@given(st.one_of(st.text(), st.text("[]{}&*<:-?!|>'\"%@`#,~ \n\t\r\\0x1._eab=\ud800\x85\x00"), mutated()))
@example("a: 0x_")
@example("a: 1" + ":1" * 190 + ".0")
@example('{"a": 1e999}')
@example('"\\')
def test_any_text_gives_values_or_faults_with_a_place(text: str) -> None:
    """Values are JSON, with a place for every part; nothing is ever raised."""
    for parsed, find in ((parse(text), locate), (parse_json(text), None)):
        assert all(one.line >= 1 and one.column >= 1 for one in parsed.faults)
        if parsed.faults:
            continue
        assert len(parsed.values) == len(parsed.starts)
        json.dumps(parsed.values, allow_nan=False).encode()
        for index, value in enumerate(parsed.values):
            for path in paths(value):
                place = find(text, index, path) if find else locate_json(text, path)
                assert place >= (1, 1)


def paths(value: Any, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for name, one in inner for deeper in paths(one, (*path, name)))]


@examples(33)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=10,
    )
)
def test_json_that_python_writes_is_read_back(value: Any) -> None:
    text = json.dumps(value, indent=1)
    try:
        value_is_unicode = bool(json.dumps(value, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        value_is_unicode = False
    parsed = parse_json(text)
    assert value_is_unicode == (not parsed.faults)
    assert (value,) == parsed.values


def test_faults_are_found_in_time_that_grows_with_the_text_alone() -> None:
    """Where each fault were looked for from the start, 20,000 of them would take minutes."""
    text = "".join(f"k{n}: 1\n" for n in range(20_000))
    lines = [locate(text, 0, (f"k{n}",), key=True)[0] for n in range(20_000)]
    assert list(range(1, 20_001)) == lines
    quotes = '"' + '\\"' * 100_000
    assert [Fault(1, 1, "not valid JSON: a text in quotes is not closed: close it")] == list(parse_json(quotes).faults)


def test_numbers_keep_their_kind() -> None:
    (values,) = parse("[1, 1.0, true]").values
    assert [int, float, bool] == [type(one) for one in values]
    assert math.isclose(1.0, values[1])


@pytest.mark.parametrize(
    "text", ["7e10", "123456e789", "08", "0o17", ".5e3", "-.5", "+1.e3", "0x1F", "010", "12:30", "no"]
)
def test_what_another_reader_takes_for_a_number_is_written_in_quotes(text: str) -> None:
    """A short name of a commit, say, in what `import` and `export` write: to YAML 1.2, as editors and promptfoo read, it is one."""
    assert yamltext.dump({"a": text}) == f"a: '{text}'\n"


@pytest.mark.parametrize("text", ["0o8", "0x1G", "1.2.3", "4o", "e3", ".e3", "-", ".", "1e", "0o", "gpt-4.1"])
def test_what_nobody_takes_for_a_number_needs_none(text: str) -> None:
    assert yamltext.dump({"a": text}) == (f"a: '{text}'\n" if text == "-" else f"a: {text}\n")
