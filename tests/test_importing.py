"""Import: what is written reads back as what is there, and reads as a person would write it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool import models
from assistants_tool.applying.context import Policy
from assistants_tool.applying.run import apply
from assistants_tool.definitions.importing import Import, Left, Written, adoptions, slug, why_not
from assistants_tool.definitions.loading import load
from assistants_tool.objects.assistant import Assistant, Scope
from assistants_tool.objects.mark import Mark
from assistants_tool.planning.making import make_plan
from assistants_tool.planning.outcome import Status
from assistants_tool.planning.plan import Action, Options
from assistants_tool.project.projectfile import Project, find_project
from tests.builders import answered, bare, broken, marked
from tests.conftest import Cli, Write
from tests.examples import examples
from tests.fakes import MemoryEndpoint
from tests.servers import Answer, scripted
from tests.strategies import fields
from tests.test_recordings import DATA, recordings

NOWHERE = Project(Path("/nowhere"))


def written(*bodies: dict[str, Any], project: Project = NOWHERE, environment: str = "", **how: Any) -> list[Written]:
    found = list(Import(project, environment, **how).write(map(Assistant, bodies)))
    assert all(isinstance(one, Written) for one in found), found
    return [one for one in found if isinstance(one, Written)]


def body(**members: Any) -> dict[str, Any]:
    return {"id": "asst_1", "created_at": 1, **answered({"model": "gpt-4o", **members})}


# --- the round trip


def adopted(bodies: Sequence[dict[str, Any]], folder: Path) -> None:
    """Import all, then plan: adoptions that change nothing. Apply them, then plan: nothing."""
    for old in folder.iterdir():
        old.unlink()
    for one in written(*bodies):
        (folder / one.name).write_bytes(one.text.encode())
    definitions = load([folder], Project(folder), "", {}).definitions
    endpoint = MemoryEndpoint(*bodies)

    async def line() -> None:
        plan = make_plan(definitions, await endpoint.listing(), Scope(), Options())
        assert [(one.action, one.differences) for one in plan.changes] == [(Action.ADOPT, ())] * len(bodies)
        outcomes = await apply(plan, endpoint, Policy(settle_seconds=0))
        assert {one.status for one in outcomes} <= {Status.DONE}, [one.message for one in outcomes]
        assert make_plan(definitions, await endpoint.listing(), Scope(), Options()).is_empty

    asyncio.run(line())


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
PARTS = ("", " ", "\t", "# a", "- b", "c ", " d", "---", "...", "no", "|", "%e", "f: g", "\x07", "\u2028", "봇")
TRAPS = ("no", "12:30", "010", "1_000", "2024-01-01", "<<", "=", "~")
lines = st.lists(st.sampled_from(PARTS))
odd = st.one_of(texts, lines.map("\n".join), lines.map("\r\n".join), st.sampled_from(TRAPS))


@examples(50)
@given(st.lists(fields(), max_size=3), odd, odd)
def test_import_then_plan_is_empty(
    tmp_path: Path, generated: list[dict[str, Any]], name: str, instructions: str
) -> None:
    folder = tmp_path / "imported"
    folder.mkdir(exist_ok=True)
    last = {"model": "m", "name": name[:256], "instructions": instructions, "metadata": {"a": instructions[:500]}}
    bodies = [{"id": f"asst_{index}", **answered(one)} for index, one in enumerate([*generated, last])]
    adopted(bodies, folder)


@pytest.mark.skipif(not DATA.is_file(), reason="ASSISTANTS_TEST_DATA names no folder of recordings")
def test_the_recorded_objects_come_back_as_they_are(tmp_path: Path) -> None:
    (folder := tmp_path / "imported").mkdir()
    answers = {one["response"]["id"]: one["response"] for kind in ("create", "modify") for one in recordings(kind)}
    bodies = [one for one in answers.values() if len(one.get("metadata") or {}) < models.METADATA_PAIRS_MAX]
    bodies = [one for one in bodies if not models.unfit_for_assistants(one["model"])]
    assert len(bodies) > 100
    adopted(bodies, folder)


# --- how it reads

BODY = "You are kind.\n\n- Be brief.\n"
READS: dict[str, tuple[dict[str, Any], str, str]] = {
    "what is at its default is left out": (body(name="Bot"), "bot.yaml", "name: Bot\nmodel: gpt-4o\nadopt: asst_1\n"),
    "members in order": (
        body(name="Bot", temperature=0.2, metadata={"team": "a"}, tools=[{"type": "file_search"}], description="d"),
        "bot.yaml",
        (
            "name: Bot\ndescription: d\nmodel: gpt-4o\ntools:\n  - type: file_search\ntemperature: 0.2\n"
            "metadata:\n  team: a\nadopt: asst_1\n"
        ),
    ),
    "lines as a block": (
        body(instructions=BODY),
        "asst_1.yaml",
        "model: gpt-4o\ninstructions: |\n  You are kind.\n\n  - Be brief.\nadopt: asst_1\n",
    ),
    "long text as Markdown": (
        body(instructions="Be kind. " * 200),
        "asst_1.md",
        f"---\nmodel: gpt-4o\nadopt: asst_1\n---\n{'Be kind. ' * 200}",
    ),
    "what no block can hold as Markdown": (
        body(instructions="a \n\tb"),
        "asst_1.md",
        "---\nmodel: gpt-4o\nadopt: asst_1\n---\na \n\tb",
    ),
    "what Markdown cannot hold in quotes": (
        body(instructions="a\r\nb"),
        "asst_1.yaml",
        'model: gpt-4o\ninstructions: "a\\r\\nb"\nadopt: asst_1\n',
    ),
    "traps in quotes": (
        body(metadata={"on": "no", "at": "12:30"}),
        "asst_1.yaml",
        "model: gpt-4o\nmetadata:\n  'on': 'no'\n  at: '12:30'\nadopt: asst_1\n",
    ),
}


@pytest.mark.parametrize(("found", "name", "text"), READS.values(), ids=READS)
def test_it_reads_as_a_person_would_write_it(found: dict[str, Any], name: str, text: str) -> None:
    (one,) = written(found)
    assert (one.name, one.text) == (name, text)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Support Bot", "support-bot"),
        ("  Écrivain! (v2) ", "ecrivain-v2"),
        ("회의록", ""),
        ("---", ""),
        ("x" * 90, "x" * 60),
    ],
)
def test_the_key_reads_like_the_name(name: str, key: str) -> None:
    assert slug(name) == key


def test_keys_are_given_once() -> None:
    bodies = [
        {**body(name=name), "id": f"-{index}"}
        for index, name in enumerate(["Bot", "BOT!", None, None, "Project", "taken"])
    ]
    assert [one.key for one in written(*bodies, taken={"taken"})] == [
        "bot",
        "bot-2",
        "assistant",
        "assistant-2",
        "project-2",
        "taken-2",
    ]


# --- environments

TWO = """project: acme
environments:
  staging: {endpoint: embedded}
  production: {endpoint: embedded, defaults: {model: d, temperature: 0.1, metadata: {team: x, cost: y}}}
"""


@pytest.fixture
def two(write: Write) -> Project:
    folder = write({"assistants/project.yaml": TWO})
    return find_project([folder / "assistants"], folder)


def test_where_several_are_declared_only_one_adopts_it(two: Project) -> None:
    (one,) = written(body(name="a"), project=two, environment="staging")
    assert one.text == "name: a\nmodel: gpt-4o\nenvironments:\n  staging:\n    adopt: asst_1\n"


def test_an_environments_defaults_are_kept_away(two: Project) -> None:
    (one,) = written(body(metadata={"team": "a"}), project=two, environment="production")
    assert one.text == (
        "model: gpt-4o\nmetadata:\n  team: a\nenvironments:\n  production:\n"
        "    temperature: null\n    metadata:\n      cost: null\n    adopt: asst_1\n"
    )


def test_ours_without_a_definition_needs_no_adoption(two: Project) -> None:
    mark = Mark("acme", "staging", "old-key", protect=True)
    found = Import(two, "staging").write([marked("asst_1", mark, name="Bot", model="m")])
    assert [one.text for one in found if isinstance(one, Written)] == ["name: Bot\nmodel: m\nprotect: true\n"]


OURS: dict[str, tuple[list[str], set[str], list[str]]] = {
    "its file name is taken": (["support"], {"support"}, ["support-2.yaml: key: support"]),
    "its file would be project.yaml": (["project"], set(), ["project-2.yaml: key: project"]),
    "two bear one mark": (
        ["s", "s"],
        set(),
        ["s.yaml: name: Bot", "another assistant has the same mark; `assistants plan` shows what happens to this one"],
    ),
}


@pytest.mark.parametrize(("keys", "taken", "found"), OURS.values(), ids=OURS)
def test_what_is_ours_keeps_the_key_by_which_it_is_found(
    two: Project, keys: list[str], taken: set[str], found: list[str]
) -> None:
    bodies = [marked(f"asst_{n}", Mark("acme", "staging", key), n, name="Bot", model="m") for n, key in enumerate(keys)]
    done = Import(two, "staging", taken=taken).write(bodies)
    shown = [f"{one.name}: {one.text.splitlines()[0]}" if isinstance(one, Written) else one.reason for one in done]
    assert shown == found


@pytest.mark.parametrize("key", ["support", "Support", "support-2"])
def test_no_two_files_are_of_one_key_whatever_others_are_called(two: Project, key: str) -> None:
    """What is ours has its key for certain, and so what only has such a name gets another, though it is older."""
    ours = marked("asst_9", Mark("acme", "staging", key), 9, name="Ours", model="m")
    others = [bare(f"asst_{n}", n, name="Support", model="m") for n in range(2)]
    found = [one for one in Import(two, "staging").write([*others, ours]) if isinstance(one, Written)]
    keys = [yaml.safe_load(one.text).get("key", Path(one.name).stem) for one in found]
    assert keys[-1] == key
    assert len({one.casefold() for one in keys}) == len({one.name.casefold() for one in found}) == 3


def test_what_is_ours_and_may_have_a_file_that_cannot_be_read_is_left(two: Project) -> None:
    bodies = [marked("asst_1", Mark("acme", "staging", "Bot"), name="Ours", model="m"), bare("asst_2", name="Bot")]
    left, written = Import(two, "staging", unread={"bot": "assistants/x/bot.yaml"}).write(bodies)
    said = "assistants/x/bot.yaml may hold its definition, and cannot be read; fix or remove that first"
    assert isinstance(left, Left)
    assert left.reason == said
    assert isinstance(written, Written)
    assert written.name == "bot-2.yaml"


def test_what_is_made_anew_leaves_alone_what_is_not_managed_where_it_is(two: Project) -> None:
    (one,) = written(
        body(metadata={"team": "a"}), project=two, environment="staging", adopts=False, source="production"
    )
    assert one.text == "model: gpt-4o\nmetadata:\n  team: a\nenvironments:\n  production: false\n"


def test_what_is_made_anew_and_managed_where_it_is_means_the_same_in_both(two: Project) -> None:
    mark = Mark("acme", "production", "bot")
    how: dict[str, Any] = {"adopts": False, "source": "production", "owns": lambda one: one.environment == "production"}
    found = Import(two, "staging", **how).write([marked("asst_1", mark, name="Bot", model="m")])
    (text,) = [one.text for one in found if isinstance(one, Written)]
    assert text == ("name: Bot\nmodel: m\nenvironments:\n  production:\n    temperature: null\n    metadata: null\n")


# --- what is left

LEFT: dict[str, tuple[dict[str, Any], str]] = {
    "no pair free": (
        body(metadata={str(number): "x" for number in range(16)}),
        "it has 16 metadata pairs, and the tool needs one; remove a pair first",
    ),
    "no model": ({"id": "asst_1"}, "the field 'model' is missing; add it here or to the environment's defaults"),
    "an odd answer": (
        {"id": "asst_1", "model": "m", "tools": "none"},
        "tools has to be a list, but is text; write a list",
    ),
    "what would read as a reference": (
        body(tools=[{"type": "function", "function": {"name": "f", "parameters": {"file": "secret.json"}}}]),
        "tools[0].function.parameters: ",
    ),
    "half a character": (body(instructions="a\ud800"), "it holds half of a character"),
    "half a character in Markdown": (body(instructions="a" * 2000 + "\ud800"), "it holds half of a character"),
}


@pytest.mark.parametrize(("found", "reason"), LEFT.values(), ids=LEFT)
def test_what_no_file_can_say_is_left(found: dict[str, Any], reason: str) -> None:
    (left,) = Import(NOWHERE, "").write([Assistant(found)])
    assert isinstance(left, Left)
    assert left.reason.startswith(reason)
    assert left.reason


SCOPE = Scope("acme", "staging", frozenset({"staging", "production"}))
WHOSE: dict[str, tuple[Assistant, str]] = {
    "no one's": (bare("asst_1"), ""),
    "adopted by a definition": (bare("asst_9"), "a definition has it already"),
    "ours": (marked("asst_1", Mark("acme", "staging", "bot")), "a definition has it already"),
    "ours without a definition": (marked("asst_1", Mark("acme", "staging", "old")), ""),
    "another project's": (
        marked("asst_1", Mark("other", "staging", "bot")),
        "it belongs to project other; release it there first",
    ),
    "another environment's": (
        marked("asst_1", Mark("acme", "production", "bot")),
        "it belongs to environment production; release it there first",
    ),
    "an undeclared environment's": (marked("asst_1", Mark("acme", "old", "bot")), ""),
    "marked without a project": (marked("asst_1", Mark("", "", "bot")), ""),
    "whose mark is damaged": (
        broken("asst_1", "garbage"),
        "it has a damaged mark; remove that first (`assistants release` with its id)",
    ),
}


@pytest.mark.parametrize(("assistant", "reason"), WHOSE.values(), ids=WHOSE)
def test_what_others_have_is_left(assistant: Assistant, reason: str) -> None:
    assert why_not(assistant, SCOPE, {"bot"}, {"asst_9"}) == reason


def test_adoptions_count_in_every_environment() -> None:
    several: dict[str, Any] = {"environments": {"x": {"adopt": "asst_2"}, "y": False}, "adopt": False}
    assert [*adoptions({"adopt": "asst_1"}), *adoptions(several)] == ["asst_1", "asst_2"]


# --- the command


@pytest.fixture
def unmanaged(write: Write, cli: Cli) -> list[str]:
    """Two assistants on the embedded endpoint that no one manages; their ids."""
    write(
        {
            "first/a.yaml": "name: Support Bot\nmodel: m\n",
            "first/b.yaml": "name: Support Bot\nmodel: m\ntemperature: 0.1\n",
        }
    )
    assert cli("apply", "first", "--embedded", "--yes").exit_code == 0
    assert cli("release", "a", "b", "--embedded", "--yes").exit_code == 0
    return [one["id"] for one in json.loads(cli("list", "--embedded", "-o", "json").stdout)]


def test_all_are_imported_then_adopted_then_nothing_is_left(unmanaged: list[str], cli: Cli) -> None:
    run = cli("import", "--all", "--embedded")
    assert run.exit_code == 0, run.stderr
    assert "+ assistants/support-bot.yaml: asst_" in run.stdout
    assert run.stdout.endswith("Imported: 2.\n")
    plan = cli("plan", "--embedded").stdout
    assert plan.endswith("Plan: 0 to create, 0 to update, 2 to adopt, 0 to delete, 0 unchanged.\n")
    assert cli("import", "--all", "--embedded").stdout == "Imported: 0, skipped 2: already managed.\n"
    assert cli("apply", "--embedded", "--yes").exit_code == 0
    assert cli("plan", "--embedded", "--exit-code").exit_code == 0
    assert cli("import", "--all", "--embedded").stdout == "Imported: 0, skipped 2: already managed.\n"


def test_one_into_a_folder_of_choice(unmanaged: list[str], cli: Cli) -> None:
    run = cli("import", unmanaged[0], "--to", "new/folder", "--embedded")
    assert run.exit_code == 0, run.stderr
    assert [one.name for one in Path("new/folder").iterdir()] == ["support-bot.yaml"]
    again = cli("import", unmanaged[0], "--to", "new/folder", "--embedded")
    assert (again.exit_code, "not imported: a definition has it already" in again.stderr) == (1, True)
    assert again.stderr.endswith("`assistants show ID -o definition --embedded` prints what the endpoint has of it.\n")


@pytest.mark.usefixtures("unmanaged")
def test_what_was_changed_there_by_hand_can_be_had_as_a_definition(cli: Cli, write: Write) -> None:
    """Printed over the file, and nothing is left to change."""
    path = write({"assistants/ours.yaml": "model: m\ninstructions: Be kind.\n"}) / "assistants" / "ours.yaml"
    assert cli("apply", "--embedded", "--yes").exit_code == 0
    path.write_text(f"model: n\ninstructions: |-\n  {'Be brief.' * 300}\n  Be kind.\n", encoding="utf-8")
    assert cli("apply", "--embedded", "--yes").exit_code == 0
    shown = cli("show", "ours", "-o", "definition", "--embedded")
    assert (shown.exit_code, shown.stdout) == (0, path.read_text(encoding="utf-8"))
    path.write_text("model: m\n", encoding="utf-8")
    assert cli("plan", "--embedded", "--exit-code").exit_code == 3
    path.write_text(shown.stdout, encoding="utf-8")
    assert cli("plan", "--embedded", "--exit-code").exit_code == 0


def test_what_nobody_manages_is_adopted_by_its_printed_definition(unmanaged: list[str], cli: Cli) -> None:
    shown = cli("show", unmanaged[0], "-o", "definition", "--embedded")
    assert yaml.safe_load(shown.stdout)["adopt"] == unmanaged[0]


def test_what_no_file_can_say_is_not_printed_as_one(cli: Cli) -> None:
    rows = {"data": [{"id": "asst_1", "name": "\ud800", "model": "m"}]}
    with scripted(lambda _: Answer(200, rows)) as running:
        refused = cli("show", "asst_1", "-o", "definition", "--base-url", running.url)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "half of a character" in refused.stderr


def test_nothing_is_overwritten(unmanaged: list[str], cli: Cli, write: Write) -> None:
    write({"assistants/Support-Bot.md": "# notes\n"})
    assert cli("import", unmanaged[0], "--embedded").exit_code == 0
    assert {one.name for one in Path("assistants").iterdir()} == {"Support-Bot.md", "support-bot-2.yaml"}


def test_what_a_broken_file_may_define_is_not_imported_beside_it(write: Write, cli: Cli) -> None:
    """Else there were two of one key as soon as it is mended."""
    write({"assistants/team/a.yaml": "model: m\n", "assistants/b.yaml": "model: m\n"})
    assert cli("apply", "--embedded", "--yes").exit_code == 0
    write({"assistants/team/a.yaml": "model: [\n", "assistants/team/b.md": "notes\n"})
    Path("assistants/b.yaml").unlink()
    run = cli("import", "--all", "--embedded")
    assert run.exit_code == 1
    said = "assistants/team/a.yaml may hold its definition, and cannot be read; fix or remove that first"
    assert said in run.stdout + run.stderr
    assert sorted(one.name for one in Path("assistants").iterdir()) == ["b.yaml", "team"]
    write({"assistants/team/a.yaml": "model: m\n"})
    assert cli("plan", "--embedded", "--exit-code").exit_code == 0


def test_migrating_from_one_environment_to_another(unmanaged: list[str], cli: Cli, write: Write) -> None:
    write(
        {
            "assistants/project.yaml": "project: p\nenvironments:\n  old: {endpoint: embedded}\n  new: {endpoint: embedded}\n"
        }
    )
    run = cli("import", "--all", "--from", "old", "-e", "new")
    assert run.exit_code == 0, run.stderr
    assert cli("import", "--all", "--from", "old", "-e", "new").stdout.startswith("Imported: 0, skipped 2")
    files = [one.read_text() for one in Path("assistants").glob("s*.yaml")]
    assert all(unmanaged[0] not in one and one.endswith("environments:\n  old: false\n") for one in files)
    assert cli("validate").exit_code == 0
    assert cli("plan", "-e", "old", "--exit-code").exit_code == 0


def test_what_a_listing_lacks_may_be_missing(cli: Cli) -> None:
    page = {"data": [{"id": "asst_1", "name": "One", "model": "m"}], "has_more": True}
    with scripted(lambda one: Answer(400 if "after=" in one.path else 200, page)) as running:
        whole = cli("import", "--all", "--base-url", running.url)
        named = cli("import", "asst_1", "--to", "other", "--base-url", running.url)
    assert (whole.exit_code, whole.stdout.endswith("Imported: 1.\n")) == (1, True)
    assert "Error: the listing may be incomplete: GET " in whole.stderr
    assert whole.stderr.endswith("; others may be missing: import again\n")
    assert (named.exit_code, "incomplete" in named.stderr) == (0, False)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "name the assistants to import by their ids, or give --all"),
        (("--all", "asst_1"), 2, "name the assistants to import by their ids, or give --all"),
        (("asst_none",), 1, "no assistant has the id 'asst_none' here"),
        (("--all", "--to", "file"), 2, "file is a file; give a folder for the definitions with --to"),
        (("--all", "--from", "e"), 2, "--from e is the environment that they are for; choose another with -e"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], code: int, said: str, cli: Cli, write: Write) -> None:
    environments = "environments: {e: {endpoint: embedded}}\n"
    write({"file": "", "assistants/project.yaml": f"project: p\ndefault_environment: e\n{environments}"})
    run = cli("import", *words, "--embedded")
    assert (run.exit_code, said in run.stderr) == (code, True), run.stderr
