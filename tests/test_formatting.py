"""`fmt`: one style for definition files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.formatting import ORDER, formatted
from assistants_tool.definitions.importing import Import, Written
from assistants_tool.definitions.sources import Source
from assistants_tool.objects.assistant import Assistant
from assistants_tool.objects.definition import Definition
from assistants_tool.project.projectfile import Project
from tests.builders import answered
from tests.conftest import REPOSITORY, Cli, Write
from tests.examples import examples
from tests.strategies import definitions, json_values, texts
from tests.tables import cases


def fmt(text: str, name: str = "a.yaml") -> str:
    return formatted(Source(Path(name), text))


# What is written, and what becomes of it.
CASES: dict[str, tuple[str, str]] = {
    "in order already": ("name: A\nmodel: m\n", "name: A\nmodel: m\n"),
    "the order of fields": ("model: m\nname: A\nkey: a\n", "key: a\nname: A\nmodel: m\n"),
    "what nobody knows comes last": ("verbosity: low\nmodel: m\n", "model: m\nverbosity: low\n"),
    "a comment goes with its field": (
        "# the file\nmodel: m # as yet\n\n# who\n# it is\nname: A\n",
        "# the file\n\n# who\n# it is\nname: A\nmodel: m # as yet\n",
    ),
    "a comment inside a field stays there": (
        "tools:\n  # one\n  - type: code_interpreter\n  # - type: file_search\nmodel: m\n",
        "model: m\ntools:\n  # one\n  - type: code_interpreter\n  # - type: file_search\n",
    ),
    "quotes where they are needed": (
        'name: "A"\nmodel: \'m\'\nmetadata: {a: "no", b: \'12\', c: "x: y", \'no\': "\\u200b"}\n',
        "name: A\nmodel: m\nmetadata: {a: 'no', b: '12', c: 'x: y', 'no': \"\\u200b\"}\n",
    ),
    "more quotes within brackets": (
        "model: m\ndescription: '::x'\nmetadata: {a: '::x', b: ['?y', \"z]\"], c: 'm'}\n",
        "description: ::x\nmodel: m\nmetadata: {a: '::x', b: ['?y', 'z]'], c: m}\n",
    ),
    "text of several lines is a block": (
        'model: m\ninstructions: "One\\nTwo # no comment\\n"\n',
        "model: m\ninstructions: |\n  One\n  Two # no comment\n",
    ),
    "which cannot hold everything": (
        'model: m\ninstructions: "One \\n\\tTwo"\n',
        'model: m\ninstructions: "One \\n\\tTwo"\n',
    ),
    "what its author folded stays": (
        "model: m\ninstructions: >\n  One\n  two.\n",
        "model: m\ninstructions: >\n  One\n  two.\n",
    ),
    # see findings/ruamel-folded-text-gains-lines.sh
    "a long line set in deeper in it, which nobody may break": (
        f"model: m\ninstructions: >\n  One:\n\n    {'word ' * 40}end\n\n  Two.\n",
        f"model: m\ninstructions: >\n  One:\n\n    {'word ' * 40}end\n\n  Two.\n",
    ),
    # see findings/ruamel-tab-gains-a-space.sh
    "a table with tabs, which nobody may break either": (
        'model: m\nname: A\ninstructions: "' + r"to order\thead torch\thall 4\n" * 9 + '"\n',
        'name: A\nmodel: m\ninstructions: "' + r"to order\thead torch\thall 4\n" * 9 + '"\n',
    ),
    # see findings/prettier-cuts-block-text.sh
    "lists are indented, so that Prettier leaves their text alone": (
        "model: m\nnotes:\n- |2\n    One.\n  Two.\n",
        "model: m\nnotes:\n  - |2\n      One.\n    Two.\n",
    ),
    "lists are indented": (
        "model: m\ntools:\n- type: function\n  # why\n  function:\n    name: f\n",
        "model: m\ntools:\n  - type: function\n    # why\n    function:\n      name: f\n",
    ),
    "what one API alone has comes before what is ours": (
        "protect: true\nextra: {a: 1}\nagents: {service_tier: auto}\nmodel: m\n",
        "model: m\nagents: {service_tier: auto}\nextra: {a: 1}\nprotect: true\n",
    ),
    "a reference in a list keeps its braces": (
        "model: m\nignore: [a, {env: X}, env: Y]\n",
        "model: m\nignore: [a, {env: X}, {env: Y}]\n",
    ),
    "numbers stay as they are spelled": ("model: m\ntemperature: 0.20\n", "model: m\ntemperature: 0.20\n"),
    "each document by itself": (
        "---\nmodel: m\nkey: a\n---\nmodel: m\nkey: b\n",
        "---\nkey: a\nmodel: m\n---\nkey: b\nmodel: m\n",
    ),
    "empty lines at its end": ("model: m\nname: A\n\n\n---\nmodel: m\n", "name: A\nmodel: m\n---\nmodel: m\n"),
    "a long line is not broken": (f"name: {'word ' * 40}end\nmodel: m\n", f"name: {'word ' * 40}end\nmodel: m\n"),
    "what is nothing": (
        "model: m\nenvironments:\n  x:\n    name:\n",
        "model: m\nenvironments:\n  x:\n    name: null\n",
    ),
    "anchors, which no reference may stand before": ("model: &m m\nname: *m\n", "model: &m m\nname: *m\n"),
    "lines that nobody owns": ("model: m\nname: A\n# the end\n", "name: A\nmodel: m\n# the end\n"),
}


@cases("before after", CASES)
def test_a_text_in_one_style(before: str, after: str) -> None:
    if "name: *m" in before or ("model: m\nname: " in before and before == after):
        after = before  # an alias may not stand before its anchor
    assert fmt(before) == after
    assert fmt(after) == after


def test_the_front_matter_of_markdown_and_not_its_body() -> None:
    body = "Be  kind.\n- model: m\n---\n"
    assert fmt(f"---\nmodel: 'm'\nname: A\n---\n{body}", "a.md") == f"---\nname: A\nmodel: m\n---\n{body}"
    last = "---\nmodel: m\ninstructions: |\n  Be kind.\n---\n"
    assert fmt(last, "a.md") == last, "its last end of line stays: see findings/mdformat-frontmatter-last-newline.sh"


@cases(
    "name text",
    {
        "JSON": ("a.json", '{"model": "m", "name": "A"}'),
        "a fault": ("a.yaml", "model: m\nname: A\nname: B\n"),
        "no mapping": ("a.yaml", "- model: m\n"),
        "a mapping on one line": ("a.yaml", "{model: m, name: A}\n"),
        "nothing": ("a.yaml", "# nothing\n"),
        # see findings/ruamel-comment-becomes-text.sh
        "a comment that would become text": ("a.yaml", "model: m\nnotes:\n  - |\n    One.\n  - # why\n    two: x\n"),
    },
)
def test_what_is_left_alone(name: str, text: str) -> None:
    assert fmt(text, name) == text


@pytest.mark.parametrize("path", sorted((REPOSITORY / "assistants").glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_in_this_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.name == "project.yaml" or fmt(text) == text


@examples(20)
@given(definitions())
def test_what_import_writes_is_in_this_style(made: Definition) -> None:
    held = Assistant({**answered(made.fields), "id": "asst_1"})
    importing = Import(Project(Path("/nowhere")), "")
    for one in importing.write([held]):
        # The two write a character beyond the first plane in quotes, and an empty or long key, each in a way of its own.
        if isinstance(one, Written) and not re.search(r"\\U00|\? ", one.text):
            assert fmt(one.text, one.name) == one.text


comments = st.sampled_from(["", "# why\n", "\n# why: not\n\n"])
names = st.sampled_from([*ORDER, "other"])


@examples(20)
@given(st.dictionaries(names, texts(80) | json_values(), min_size=1, max_size=5), st.data())
def test_it_means_the_same_and_is_done_once(fields: dict[str, object], data: st.DataObject) -> None:
    before = "".join(data.draw(comments) + yamltext.dump({name: value}) for name, value in fields.items())
    after = fmt(before)
    old, new = yamltext.parse(before), yamltext.parse(after)
    assert (new.values, new.faults) == (old.values, old.faults)
    assert after.count("# why") == before.count("# why")
    assert fmt(after) == after
    places = [ORDER.index(one) if one in ORDER else 99 for one in new.values[0]] if new.values else []
    assert old.faults or places == sorted(places) or after == before


def test_files_are_written_and_named(cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/a.yaml": "model: m\nname: A\n",
            "assistants/b.yaml": "model: m\n",
            "assistants/project.yaml": "project: p\n",
        }
    )
    run = cli("fmt")
    assert (run.exit_code, run.stdout, run.stderr) == (0, "", "formatted: assistants/a.yaml\n")
    assert Path("assistants/a.yaml").read_text(encoding="utf-8") == "name: A\nmodel: m\n"
    again = cli("fmt")
    assert (again.exit_code, again.stderr) == (0, "")


def test_check_and_diff_write_nothing(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\nname: A\n"})
    run = cli("fmt", "--check")
    assert (run.exit_code, run.stderr) == (3, "would be formatted: assistants/a.yaml\n")
    shown = cli("fmt", "--diff")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[2:] == ["@@ -1,2 +1,2 @@", "+name: A", " model: m", "-name: A"]
    assert cli("fmt", "--check", "--diff").exit_code == 3
    assert Path("assistants/a.yaml").read_text(encoding="utf-8") == "model: m\nname: A\n"


def test_faults_are_told_and_the_others_are_written(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\nname: A\n", "assistants/b.yaml": "model: [\n"})
    run = cli("fmt")
    assert run.exit_code == 1
    assert [line.split(": ")[0] for line in run.stderr.splitlines()] == ["formatted", "assistants/b.yaml:2:1"]


def test_ends_of_lines_rights_and_links_stay(cli: Cli, write: Write, tmp_path: Path) -> None:
    write({"assistants/real/a.yaml": ""})
    real = tmp_path / "assistants" / "real" / "a.yaml"
    real.write_bytes(b"model: m\r\nname: A\r\n")
    real.chmod(0o640)
    (tmp_path / "assistants" / "b.yaml").symlink_to("real/a.yaml")
    assert cli("fmt", "assistants/b.yaml").exit_code == 0
    assert real.read_bytes() == b"name: A\r\nmodel: m\r\n"
    assert (real.stat().st_mode & 0o777, (tmp_path / "assistants" / "b.yaml").is_symlink()) == (0o640, True)


def test_standard_input_goes_to_standard_output(cli: Cli) -> None:
    run = cli("fmt", "-", stdin="key: a\nname: A\nmodel: 'm'\n")
    assert (run.exit_code, run.stdout) == (0, "key: a\nname: A\nmodel: m\n")


def test_what_cannot_be_written_leaves_nothing_behind(
    cli: Cli, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write({"assistants/a.yaml": "model: m\nname: A\n"})
    monkeypatch.setattr("shutil.copymode", refuse)
    run = cli("fmt")
    said = "assistants/a.yaml cannot be written: No space left on device; check it, then format again"
    assert (run.exit_code, run.stderr) == (1, f"Error: {said}\n")
    assert [one.name for one in (tmp_path / "assistants").iterdir()] == ["a.yaml"]
