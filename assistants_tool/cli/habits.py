"""Words that people bring from other tools: what this one calls the same. Read only where a word is not known here."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

# Commands of Terraform, kubectl, octoDNS, Ansible and others -> what to type here.
COMMANDS = {
    **dict.fromkeys(("destroy", "down"), "`assistants delete --all` deletes all that this project manages"),
    **dict.fromkeys(("rm", "remove"), "`assistants delete KEY` deletes one"),
    **dict.fromkeys(("get", "ls", "status"), "`assistants list` shows all, and `assistants show KEY` one"),
    **dict.fromkeys(("describe", "cat"), "`assistants show KEY` shows one"),
    **dict.fromkeys(
        ("refresh", "state", "taint", "untaint"),
        "there is no state file: `assistants plan` reads the endpoint each time, `assistants list --managed` shows what is ours",
    ),
    **dict.fromkeys(("import-all", "dump", "pull"), "`assistants import --all` writes definitions of what is there"),
    **dict.fromkeys(("preview", "dry-run", "whatif", "what-if"), "`assistants plan` shows what would change"),
    **dict.fromkeys(("sync", "up", "create", "update", "deploy", "push"), "`assistants apply` makes it so"),
    **dict.fromkeys(("edit", "set", "patch", "add"), "edit the definitions, then `assistants apply`"),
    **dict.fromkeys(("check", "lint", "test"), "`assistants validate` checks the definitions offline"),
    **dict.fromkeys(("rollback", "undo", "revert"), "`assistants restore` brings back what the last run changed"),
    **dict.fromkeys(("forget", "unmanage", "orphan"), "`assistants release KEY` stops managing one, and keeps it"),
    **dict.fromkeys(
        ("workspace", "env", "environment", "environments", "config", "context", "profile"),
        "-e NAME chooses an environment of project.yaml",
    ),
    **dict.fromkeys(("mv", "move", "moved", "rename"), "rename its file, and `key: OLD` in it keeps the assistant"),
    **dict.fromkeys(("adopt", "manage"), "`assistants import ID` writes a definition that takes one over"),
    **dict.fromkeys(("prune", "gc", "clean"), "`assistants apply --prune` deletes what has no definition any more"),
    **dict.fromkeys(("backup", "backups", "history"), "`assistants restore --list` lists the backups"),
    **dict.fromkeys(
        ("completion", "completions", "complete"),
        'put `eval "$(_ASSISTANTS_COMPLETE=bash_source assistants)"` into ~/.bashrc; zsh and fish have zsh_source and fish_source',
    ),
    **dict.fromkeys(("new", "create-project"), "`assistants init` starts a project"),
    **dict.fromkeys(("server", "start", "run"), "`assistants serve` serves the embedded endpoint"),
    "drift": "`assistants plan --exit-code` exits 3 where the endpoint is not as the files say",
    "format": "`assistants fmt` writes files in one style",
    "help": "`assistants --help` lists the commands, `assistants COMMAND --help` explains one",
    "force-unlock": "there is no state file, and nothing to lock",
    "output": "`assistants show KEY -o id` prints an id, -o json all that there is",
    "login": "keys come from variables or a command, which project.yaml names",
    "version": "`assistants --version`",
}


class Lead(NamedTuple):
    """What is said, and where: on commands of these names, or with one of these options; without any, everywhere."""

    said: str
    where: frozenset[str] = frozenset()


def _on(said: str, *where: str) -> Lead:
    return Lead(said, frozenset(where))


# Options, without dashes and value -> what to give here; the first that fits the command.
OPTIONS: Mapping[str, Sequence[Lead]] = {
    **dict.fromkeys(
        ("target", "targets", "selector", "l", "limit", "tags", "filter"),
        (_on("--only GLOB chooses by key", "--only"), _on("--name GLOB chooses by name", "--name")),
    ),
    **dict.fromkeys(
        ("dry-run", "dryrun", "noop", "no-op", "what-if"),
        (
            _on("without --yes it shows what it would do, and asks", "delete", "release", "restore", "migrate"),
            _on("--check and --diff write nothing", "fmt"),
            _on("`assistants plan` is the dry run: it shows what apply would change, and writes nothing"),
        ),
    ),
    **dict.fromkeys(
        ("auto-approve", "auto-accept", "doit", "assume-yes", "no-input", "input"),
        (_on("--yes goes ahead without asking", "--yes"),),
    ),
    **dict.fromkeys(
        ("force", "overwrite"),
        (
            _on("no file is written over: `assistants show KEY -o definition` prints what the endpoint has", "import"),
            _on("no file is written over: remove it first", "init"),
            _on("--yes goes ahead without asking", "--yes"),
        ),
    ),
    **dict.fromkeys(("detailed-exitcode",), (_on("`assistants plan --exit-code` exits 3 where changes are pending"),)),
    **dict.fromkeys(
        ("destroy", "delete"), (_on("`assistants delete --all`, or --prune for what has no definition any more"),)
    ),
    **dict.fromkeys(
        ("refresh", "refresh-only", "refresh-state"),
        (_on("each run reads the endpoint: there is no state to refresh"),),
    ),
    "replace": (_on("`assistants delete KEY`, then `assistants apply`"),),
    **dict.fromkeys(
        ("var", "var-file", "set", "values"), (_on("{env: NAME} in a definition takes a value from a variable"),)
    ),
    **dict.fromkeys(
        ("workspace", "env", "namespace", "n", "context", "profile"),
        (_on("-e NAME chooses an environment of project.yaml"),),
    ),
    **dict.fromkeys(("format", "json"), (_on("-o chooses the form, such as -o json", "--output"),)),
    **dict.fromkeys(("quiet", "q", "silent"), (_on("-o brief is one line for each change", "plan", "apply"),)),
    **dict.fromkeys(
        ("state", "backend-config", "lock", "lock-timeout"), (_on("there is no state file, and nothing to lock"),)
    ),
    **dict.fromkeys(
        ("chdir", "C"), (_on("definitions are found from anywhere inside the project; -f PATH names others"),)
    ),
    "write": (_on("--check and --diff write nothing", "fmt"),),
    **dict.fromkeys(
        ("filename", "recursive", "R"), (_on("give the path itself: a folder is read with all that is in it"),)
    ),
    **dict.fromkeys(("url", "endpoint", "server"), (_on("--base-url URL names an endpoint"),)),
    **dict.fromkeys(
        ("token", "api-key", "password"), (_on("a key comes from OPENAI_API_KEY, or as project.yaml says"),)
    ),
    **dict.fromkeys(("debug", "trace", "log-level"), (_on("--verbose shows each request, without secrets"),)),
    "db": (_on("--database FILE names it", "--database"),),
    "p": (_on("--port N chooses the port", "--port"),),
}


def of_command(word: str) -> str:
    """What a command of another tool is called here; empty for a word that none has."""
    return COMMANDS.get(word.lower(), "")


def of_options(words: Iterable[str], here: Collection[str]) -> tuple[str, str] | None:
    """The first of these words that is an option of another tool, with one dash or two and without a value, and what it is called on a
    command: `here` are its name and its options.
    """
    given = (one.partition("=")[0] for one in words if one.startswith("-"))
    leads = ((one, lead) for one in given for lead in OPTIONS.get(one.lstrip("-"), ()))
    return next(((one, lead.said) for one, lead in leads if not lead.where or lead.where & {*here}), None)


def file_for_a_form(words: Sequence[str], ours: Collection[str]) -> tuple[str, str] | None:
    """A file behind `-o`, which other tools save a plan to."""
    pairs = itertools.pairwise(words)
    files = (
        value for one, value in pairs if one in ("-o", "--output") and value.endswith((".json", ".plan", ".tfplan"))
    )
    return next(((f"-o {one}", f"--out {one} saves the plan") for one in files if "--out" in ours), None)


def close(word: str, known: Iterable[str]) -> list[str]:
    """Those of which it may be a misspelling: half of the letters, which click takes for close, are another word."""
    return get_close_matches(word, [*known], cutoff=0.75)


def with_one_dash(words: Sequence[str], ours: Collection[str]) -> tuple[str, str] | None:
    """The first of these words that is one of our options, but for a dash: `-out=plan.json`, as Terraform has it."""
    options = words[: words.index("--")] if "--" in words else words
    given = (one.partition("=")[0] for one in options if one.startswith("-") and not one.startswith("--"))
    return next(((one, f"write -{one}") for one in given if len(one) > 2 and f"-{one}" in ours), None)
