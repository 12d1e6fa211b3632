"""What apply refuses, and what it does not: exit codes, words, and the requests that a server got."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest

from assistants_tool.objects.mark import Mark
from assistants_tool.objects.normal import MARK_KEY
from tests.conftest import Cli, Write
from tests.hostile import Hostile, Temper, hostile
from tests.trials import definitions, put

PROJECT = {"assistants/project.yaml": "project: trust\n"}


def files(count: int, first: int = 0) -> dict[str, str]:
    """Definitions as `definitions` makes them."""
    return {
        f"assistants/{one.key}.yaml": "".join(f"{name}: {value}\n" for name, value in one.fields.items())
        for one in definitions(count, first=first)
    }


def nothing(_: Hostile) -> None:
    pass


def ours(count: int) -> Callable[[Hostile], None]:
    return lambda endpoint: put(endpoint, definitions(count))


def protected(endpoint: Hostile) -> None:
    put(endpoint, [replace(one, protect=True) for one in definitions(1)])


def stranger(endpoint: Hostile) -> None:
    endpoint.put({"model": "gpt-4o", "name": "Bot 0"})


def unordered(endpoint: Hostile) -> None:
    put(endpoint, definitions(140))
    endpoint.temper = Temper(unordered=True)


def stranger_unordered(endpoint: Hostile) -> None:
    endpoint.put({"model": "gpt-4o", "name": "X"})
    unordered(endpoint)


@dataclass(frozen=True, slots=True)
class Case:
    """What is there, the files and options, and what then must happen: a refusal in these words, or else these writes."""

    held: Callable[[Hostile], None]
    files: Mapping[str, str]
    options: tuple[str, ...] = ()
    refused: str = ""
    writes: tuple[str, ...] = ()


PRUNE = ("--prune",)
CREATE, UPDATE, DELETE = "POST", "POST /{id}", "DELETE /{id}"
CHANGED = {"assistants/k000.yaml": "model: gpt-4o\nname: Other\n"}
CASES = {
    "conflict": Case(stranger, PROJECT | files(1), refused="1 conflict (k000): each says what to do"),
    "conflict, with --adopt": Case(stranger, PROJECT | files(1), ("--adopt",), writes=(UPDATE,)),
    "conflict, with adopt: false": Case(
        stranger, PROJECT | {"assistants/k000.yaml": "model: gpt-4o\nname: Bot 0\nadopt: false\n"}, writes=(CREATE,)
    ),
    "conflict elsewhere": Case(stranger, PROJECT | files(2), ("--only", "k001"), writes=(CREATE,)),
    "--prune without a project": Case(nothing, files(1), PRUNE, "--prune needs a named project"),
    "no --prune without a project": Case(nothing, files(1), writes=(CREATE,)),
    "--prune of a part": Case(
        ours(2), PROJECT | files(2), (*PRUNE, "assistants/k000.yaml"), "--prune needs all definitions"
    ),
    "--prune of the whole": Case(ours(2), PROJECT | files(1), PRUNE, writes=(DELETE,)),
    "six of seven": Case(ours(7), PROJECT | files(1), PRUNE, "6 of 7 assistants would be deleted"),
    "six of seven, without --prune": Case(ours(7), PROJECT | files(1)),
    "five of seven": Case(ours(7), PROJECT | files(2), PRUNE, writes=(DELETE,) * 5),
    "six of seven, with --max-delete 6": Case(
        ours(7), PROJECT | files(1), (*PRUNE, "--max-delete", "6"), writes=(DELETE,) * 6
    ),
    "one, with --max-delete 0": Case(
        ours(2), PROJECT | files(1), (*PRUNE, "--max-delete", "0"), "1 of 2 assistants would be deleted"
    ),
    "nothing at all, with --max-delete 0": Case(ours(2), PROJECT | files(2), (*PRUNE, "--max-delete", "0")),
    "protected": Case(protected, PROJECT | files(1, first=1), PRUNE, "1 protected assistant would be deleted (k000)"),
    "protected, kept": Case(protected, PROJECT | files(1, first=1), writes=(CREATE,)),
    "protected, and then not": Case(protected, PROJECT | files(1), PRUNE, writes=(UPDATE,)),
    "a create on pages without order": Case(unordered, PROJECT | files(141), refused="the listing may be incomplete"),
    "an adoption on pages without order": Case(
        stranger_unordered,
        PROJECT | {"assistants/x.yaml": "model: gpt-4o\nname: X\n"},
        ("--adopt",),
        "the listing may be incomplete",
    ),
    "a delete on pages without order": Case(unordered, PROJECT | files(139), PRUNE, "the listing may be incomplete"),
    "an update on pages without order": Case(unordered, PROJECT | CHANGED, writes=(UPDATE,)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_refused_writes_nothing_and_what_is_not_is_done(
    case: Case, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(case.files)
    with hostile() as endpoint:
        case.held(endpoint)
        before = endpoint.dump()
        shown = cli("plan", *case.options, "--exit-code", "--base-url", endpoint.url)
        assert endpoint.writes == []
        assert shown.exit_code == (4 if case.refused else 3 if case.writes else 0)
        assert cli("plan", *case.options, "--base-url", endpoint.url).exit_code == 0
        found = cli("apply", *case.options, "--yes", "--base-url", endpoint.url)
        assert found.exit_code == (4 if case.refused else 0), found.output
        assert ("Refused: " in found.stdout, case.refused in found.stdout) == (bool(case.refused), True)
        assert endpoint.writes == list(case.writes)
        assert (endpoint.dump() == before) == (not case.writes)
        if case.refused:
            assert found.stderr == "Error: refused, nothing was written; the plan above says why and what to do\n"


# --- what is named rests on no absence


def listed_in_part(endpoint: Hostile) -> str:
    """Its pages are without order, so that any listing of it is incomplete; an id, which they may lack."""
    put(endpoint, definitions(140))
    endpoint.temper = Temper(unordered=True)
    return str(endpoint.dump()[70]["id"])


@pytest.mark.parametrize(("words", "write_sent"), [("delete", DELETE), ("release", UPDATE)])
def test_what_is_named_by_id_needs_no_whole_listing(
    words: str, write_sent: str, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(PROJECT)
    with hostile() as endpoint:
        one = listed_in_part(endpoint)
        assert cli("show", one, "--base-url", endpoint.url).exit_code == 0
        assert cli(words, one, "--yes", "--base-url", endpoint.url).exit_code == 0
        assert endpoint.writes == [write_sent]
        missing = cli(words, "asst_nix", "--yes", "--base-url", endpoint.url)
        assert missing.exit_code == 1
        assert missing.stderr.startswith("Error: 'asst_nix' was not found, but the listing may be incomplete (")
        assert missing.stderr.endswith("); this endpoint always does this: use one that lists everything\n")


def test_all_of_an_incomplete_listing_is_not_all(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(PROJECT)
    with hostile() as endpoint:
        listed_in_part(endpoint)
        found = cli("delete", "--all", "--max-delete", "100%", "--yes", "--base-url", endpoint.url)
        assert (found.exit_code, endpoint.writes) == (4, [])


@pytest.mark.parametrize(("words", "left"), [("delete", 0), ("release", 2)])
def test_a_key_that_two_bear_names_both(
    words: str, left: int, cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the second would be there still, and be the key's."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(PROJECT)
    with hostile() as endpoint:
        put(endpoint, [*definitions(1), *definitions(1)])
        found = cli(words, "k000", "--yes", "--base-url", endpoint.url)
        assert found.exit_code == 0, found.output
        held = endpoint.dump()
        assert (len(held), [one["metadata"] for one in held]) == (left, [{}] * left)


# --- what is not ours: whose it is, and advice that can be followed

SEVERAL = {
    "assistants/project.yaml": "project: acme\nenvironments: {local: {endpoint: embedded}, staging: {endpoint: embedded}}\n",
    "assistants/a.yaml": "model: gpt-4o\nname: A\n",
}
ADOPTING = "model: gpt-4o\nadopt: {}\n"
NOT_HERE = (
    "has a damaged mark; what is left of it names another project or environment,"
    " where `assistants release {}` removes it"
)
PERHAPS_PROTECTED = (
    "has a damaged mark; it may have protected it:"
    " to delete it anyway, remove the mark first with `assistants release {}`"
)
# mark, what `release` and `delete` say of an id in environment local, and the commands that release it then
ELSEWHERE: dict[str, tuple[Mark | str | None, str, str, list[str]]] = {
    "another environment's": (
        Mark("acme", "staging", "a"),
        "belongs to environment staging; choose that with -e staging",
        "belongs to environment staging; choose that with -e staging",
        ["release {} -e staging"],
    ),
    "another environment's, without a project": (
        Mark("", "staging", "a"),
        (
            "is marked with environment staging and no project; "
            "take it over there (`assistants apply -e staging --adopt`) and release it there"
        ),
        "is marked with environment staging and no project; add --unmanaged to delete it anyway",
        ["apply -e staging --adopt", "release {} -e staging"],
    ),
    "an undeclared environment's": (
        Mark("acme", "old", "b"),
        (
            "is marked with project acme, environment old, and so not managed here; "
            "take it over by `adopt: {}` in a definition, and release it then"
        ),
        "is marked with project acme, environment old, and so not managed here; add --unmanaged to delete it anyway",
        ["apply -e local", "release {} -e local"],
    ),
    "no project's": (
        Mark("", "", "b"),
        (
            "is marked with project (none), environment (none), and so not managed here; "
            "take it over by `adopt: {}` in a definition, and release it then"
        ),
        "is marked with project (none), environment (none), and so not managed here; add --unmanaged to delete it anyway",
        ["apply -e local", "release {} -e local"],
    ),
    "another project's": (
        Mark("other", "local", "a"),
        "belongs to project other; release it with that project's files",
        "belongs to project other; add --unmanaged to delete it anyway",
        [],
    ),
    "whose mark is damaged beyond reading": ("garbage", "", PERHAPS_PROTECTED, ["release {} -e local"]),
    "whose damaged mark names another project": ('{"project":"other","key":["a"]}', NOT_HERE, PERHAPS_PROTECTED, []),
    "whose damaged mark names another environment": (
        '{"project":"acme","environment":"staging","key":"a',
        NOT_HERE,
        PERHAPS_PROTECTED,
        ["release {} -e staging"],
    ),
    "not managed": (
        None,
        "is not managed by this tool; there is nothing to release",
        "is not managed by this tool; add --unmanaged to delete it anyway",
        [],
    ),
}


@pytest.mark.parametrize(("mark", "release", "delete", "then"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_is_not_ours_is_told_with_advice_that_works(
    mark: Mark | str | None,
    release: str,
    delete: str,
    then: list[str],
    cli: Cli,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(SEVERAL)
    with hostile() as endpoint:
        metadata = {MARK_KEY: mark if isinstance(mark, str) else mark.encode()} if mark else {}
        one = endpoint.put({"model": "gpt-4o", "metadata": metadata})
        at = ("-e", "local", "--yes", "--base-url", endpoint.url)
        for words, said in (("release", release), ("delete", delete)):
            if not said:  # it may be released
                continue
            refused = cli(words, one, *at)
            assert (refused.exit_code, refused.stderr) == (1, f"Error: {one} {said.format(one)}\n")
        assert endpoint.writes == []
        if "in a definition" in release:
            write({"assistants/b.yaml": ADOPTING.format(one)})
        for words in then:
            done = cli(*words.format(one).split(), "--yes", "--base-url", endpoint.url)
            assert done.exit_code == 0, done.output
        assert not then or {each["id"]: each["metadata"] for each in endpoint.dump()}[one] == {}


def test_what_was_marked_before_the_project_had_a_name_can_be_taken_over(cli: Cli, write: Write) -> None:
    write({name: text.removeprefix("project: acme\n") for name, text in SEVERAL.items()})
    assert cli("apply", "-e", "staging", "--yes").exit_code == 0
    write(SEVERAL)
    conflict = cli("plan", "-e", "local", "--exit-code")
    assert conflict.exit_code == 4
    assert "take it over there first (-e staging --adopt)" in conflict.stdout
    assert cli("apply", "-e", "staging", "--adopt", "--yes").exit_code == 0
    assert cli("apply", "-e", "local", "--yes").exit_code == 0


# --- damaged marks


def test_the_bearer_of_a_damaged_mark_is_let_go_then_taken_over(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(SEVERAL)
    with hostile() as endpoint:
        at = ("-e", "local", "--base-url", endpoint.url)
        assert cli("apply", "--yes", *at).exit_code == 0
        (one,) = endpoint.shelf.objects.values()
        one["metadata"][MARK_KEY] = one["metadata"][MARK_KEY][:48]
        endpoint.recount()
        refused = cli("apply", "--yes", "--prune", *at)
        assert refused.exit_code == 4
        assert f'! a "A": {one["id"]} may be this one, but has a damaged mark; ' in refused.stdout
        assert cli("delete", one["id"], "--unmanaged", "--yes", *at).exit_code == 1
        assert cli("delete", "--all", "--max-delete", "100%", "--yes", *at).exit_code == 0
        assert endpoint.writes == []
        assert cli("release", one["id"], "--yes", *at).exit_code == 0
        assert cli("apply", "--adopt", "--yes", *at).exit_code == 0
        assert [each["id"] for each in endpoint.dump()] == [one["id"]]
        assert "Nothing to change." in cli("apply", "--yes", *at).stdout


@pytest.mark.parametrize("damage", [html.escape, json.dumps, " {}\n".format], ids=["HTML", "JSON", "space"])
def test_a_mark_that_can_be_read_all_the_same_changes_nothing(
    damage: Callable[[str], str], cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    write(SEVERAL)
    with hostile() as endpoint:
        at = ("-e", "local", "--base-url", endpoint.url)
        assert cli("apply", "--yes", *at).exit_code == 0
        metadata = next(iter(endpoint.shelf.objects.values()))["metadata"]
        metadata[MARK_KEY] = damage(metadata[MARK_KEY])
        endpoint.recount()
        assert "Nothing to change." in cli("apply", "--prune", "--yes", *at).stdout
        assert endpoint.writes == []
