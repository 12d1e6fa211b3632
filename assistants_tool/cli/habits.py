"""Words that people bring from other tools: what this one calls the same. Read only where a word is not known here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

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
    **dict.fromkeys(("edit", "set", "patch"), "edit the definition, then `assistants apply`"),
    **dict.fromkeys(("check", "lint", "test"), "`assistants validate` checks the definitions offline"),
    **dict.fromkeys(("rollback", "undo", "revert"), "`assistants restore` brings back what the last run changed"),
    **dict.fromkeys(("forget", "unmanage", "orphan"), "`assistants release KEY` stops managing one, and keeps it"),
    **dict.fromkeys(("workspace", "env", "environment", "config"), "-e NAME chooses an environment of project.yaml"),
    **dict.fromkeys(("new", "create-project"), "`assistants init` starts a project"),
    **dict.fromkeys(("server", "start", "run"), "`assistants serve` serves the embedded endpoint"),
    "force-unlock": "there is no state file, and nothing to lock",
    "output": "-o chooses the form: table, json, markdown or github",
    "login": "keys come from variables or a command, which project.yaml names",
    "version": "`assistants --version`",
}
# Options, without dashes and value -> what to give here.
OPTIONS = {
    **dict.fromkeys(("target", "targets", "selector", "l", "limit", "tags"), "--only GLOB chooses by key"),
    **dict.fromkeys(
        ("dry-run", "dryrun", "noop", "no-op", "what-if"),
        "`assistants plan` is the dry run: it shows what apply would change, and writes nothing",
    ),
    **dict.fromkeys(
        ("auto-approve", "auto-accept", "force", "doit", "assume-yes", "no-input", "input"),
        "--yes goes ahead without asking",
    ),
    **dict.fromkeys(("detailed-exitcode",), "`assistants plan --exit-code` exits 3 where changes are pending"),
    **dict.fromkeys(("destroy", "delete"), "`assistants delete --all`, or --prune for what has no definition any more"),
    **dict.fromkeys(
        ("refresh", "refresh-only", "refresh-state"), "each run reads the endpoint: there is no state to refresh"
    ),
    **dict.fromkeys(("replace",), "`assistants delete KEY`, then `assistants apply`"),
    **dict.fromkeys(("var", "var-file", "set", "values"), "{env: NAME} in a definition takes a value from a variable"),
    **dict.fromkeys(
        ("workspace", "env", "namespace", "n", "context", "profile"), "-e NAME chooses an environment of project.yaml"
    ),
    **dict.fromkeys(("format", "json"), "-o json, markdown or github chooses the form"),
    **dict.fromkeys(("state", "backend-config", "lock", "lock-timeout"), "there is no state file, and nothing to lock"),
    **dict.fromkeys(("chdir", "C"), "definitions are found from anywhere inside the project; -f PATH names others"),
    **dict.fromkeys(("write", "list"), "`assistants fmt --check` and `--diff` write nothing"),
    **dict.fromkeys(("filename", "recursive", "R"), "give the path itself: a folder is read with all that is in it"),
    **dict.fromkeys(("url", "endpoint", "server"), "--base-url URL names an endpoint"),
    **dict.fromkeys(("token", "api-key", "password"), "a key comes from OPENAI_API_KEY, or as project.yaml says"),
    **dict.fromkeys(("debug", "trace", "log-level"), "--verbose shows each request, without secrets"),
}


def of_command(word: str) -> str:
    """What a command of another tool is called here; empty for a word that none has."""
    return COMMANDS.get(word.lower(), "")


def of_options(words: Iterable[str]) -> tuple[str, str] | None:
    """The first of these words that is an option of another tool, with one dash or two and without a value, and what it is called here."""
    given = (one.partition("=")[0] for one in words if one.startswith("-"))
    return next(((one, OPTIONS[one.lstrip("-")]) for one in given if one.lstrip("-") in OPTIONS), None)


def with_one_dash(words: Sequence[str], ours: Collection[str]) -> tuple[str, str] | None:
    """The first of these words that is one of our options, but for a dash: `-out=plan.json`, as Terraform has it."""
    options = words[: words.index("--")] if "--" in words else words
    given = (one.partition("=")[0] for one in options if one.startswith("-") and not one.startswith("--"))
    return next(((one, f"write -{one}") for one in given if len(one) > 2 and f"-{one}" in ours), None)
