"""Words that people bring from other tools lead on to ours."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from assistants_tool.cli import main
from assistants_tool.cli.habits import OPTIONS
from tests.conftest import Cli, Write
from tests.tables import cases

# What people type, and what the last line of stderr has to hold.
TYPED = {
    "terraform destroy": ("destroy", "`assistants delete --all` deletes all"),
    "terraform refresh": ("refresh", "`assistants plan` reads the endpoint each time"),
    "terraform state list": ("state list", "`assistants list --managed`"),
    "terraform plan -target=x": ("plan -target=x", "No such option '-target' here; --only GLOB chooses by key"),
    "terraform plan --target x": ("plan --target x", "No such option '--target' here; --only GLOB chooses by key"),
    "terraform apply -auto-approve": ("apply -auto-approve", "'-auto-approve' here; --yes goes ahead without asking"),
    "terraform apply --auto-approve": ("apply --auto-approve", "--yes goes ahead without asking"),
    "terraform plan -detailed-exitcode": ("plan -detailed-exitcode", "`assistants plan --exit-code` exits 3"),
    "terraform state show": ("state show a", "there is no state file: `assistants plan` reads the endpoint each time"),
    "terraform show": (
        "show",
        "name an assistant by its key or id, or a saved plan; `assistants list` shows what there is",
    ),
    "terraform show -json": ("show -json plan.json", "'-json' here; -o chooses the form, such as -o json"),
    "terraform plan -out=": ("plan -out=plan.json", "No such option '-out' here; write --out"),
    "terraform plan -out": ("plan -out plan.json", "No such option '-out' here; write --out"),
    "terraform plan -destroy": ("plan -destroy", "`assistants delete --all`, or --prune"),
    "terraform plan -refresh=false": ("plan -refresh=false", "there is no state to refresh"),
    "terraform plan -no-color": ("plan -no-color", "No such option '-no-color' here; write --no-color"),
    "terraform apply -parallelism": ("apply -parallelism=5", "No such option '-parallelism' here; write --parallelism"),
    "terraform apply -target": ("apply -target x -auto-approve", "'-target' here; --only GLOB chooses by key"),
    "terraform destroy -auto-approve": ("destroy -auto-approve", "`assistants delete --all` deletes all"),
    "terraform import": (
        "import assistant.a asst_1 --embedded",
        "no assistant has the id 'assistant.a' here; `assistants list",
    ),
    "terraform fmt -check": ("fmt -check", "No such option '-check' here; write --check"),
    "terraform fmt -diff": ("fmt -diff", "No such option '-diff' here; write --diff"),
    "terraform fmt -recursive": ("fmt -recursive", "give the path itself: a folder is read with all that is in it"),
    "terraform fmt -write=false": ("fmt -write=false", "--check and --diff write nothing"),
    "terraform -chdir": ("-chdir=x plan", "definitions are found from anywhere inside the project"),
    "terraform force-unlock": ("force-unlock 1", "there is no state file, and nothing to lock"),
    "terraform plan -o": ("plan -o tf.plan", "No such option '-o tf.plan' here; --out tf.plan saves the plan"),
    "terraform output": ("output", "`assistants show KEY -o id` prints an id"),
    "terraform state mv": ("mv a b", "rename its file, and `key: OLD` in it keeps the assistant"),
    "what would be deleted": ("delete a --dry-run", "without --yes it shows what it would do, and asks"),
    "what would be formatted": ("fmt --dry-run", "--check and --diff write nothing"),
    "some of a list": ("list --limit x", "--name GLOB chooses by name"),
    "init --force": ("init --force", "no file is written over: remove it first"),
    "import --overwrite": ("import --all --overwrite", "`assistants show KEY -o definition` prints"),
    "apply -q": ("apply -q", "-o brief is one line for each change"),
    "list -q": ("list --quiet", "Error: No such option '--quiet'."),
    "serve -p": ("serve -p 9000", "--port N chooses the port"),
    "serve --db": ("serve --db x", "--database FILE names it"),
    "drift": ("drift", "`assistants plan --exit-code` exits 3"),
    "a list of backups": ("backups", "`assistants restore --list`"),
    "kubectl completion": ("completion zsh", "_ASSISTANTS_COMPLETE=bash_source"),
    "help": ("help plan", "`assistants COMMAND --help`"),
    "a slip of the pen": ("plna", "No such command 'plna'. Did you mean 'plan'?"),
    "kubectl get": ("get support", "`assistants list` shows all, and `assistants show KEY` one"),
    "kubectl describe": ("describe support", "`assistants show KEY` shows one"),
    "kubectl apply --dry-run=server": ("apply --dry-run=server", "`assistants plan` is the dry run"),
    "kubectl diff": ("diff", "`assistants plan` shows what apply would change"),
    "octodns-sync --doit": ("sync --doit", "`assistants apply` makes it so"),
    "before the command": ("--dry-run apply", "`assistants plan` is the dry run"),
    "import-all": ("import-all", "`assistants import --all` writes definitions"),
    "a slip in -e": ("validate -e nix", "the environment 'nix' is not declared; declare it in project.yaml"),
    "a key in place of a path": ("plan support --embedded", "check the path, or, for a key, give --only support"),
}


@cases("words said", TYPED)
def test_what_people_type_leads_on(cli: Cli, write: Write, words: str, said: str) -> None:
    write({"assistants/support.yaml": "model: m\n"})
    ran = cli(*words.split())
    assert (ran.exit_code in (1, 2), said in ran.stderr.splitlines()[-1]) == (True, True), ran.output


@cases(
    "words said",
    {
        "plan": ("plan", "Plan: 1 to create,"),
        "apply": ("apply --yes", "Applied: 1 created,"),
        "import": ("import --all", "Imported: 0."),
        "fmt": ("fmt", ""),
        "show": ("show support", "model: m\n"),
        "init": ("init", "Next:"),
        "validate": ("validate", "1 definition is valid."),
    },
)
def test_words_that_we_share_do_what_people_expect(cli: Cli, write: Write, words: str, said: str) -> None:
    write({"assistants/support.yaml": "model: m\n", "assistants/project.yaml": "project: p\n"})
    if words.startswith("show"):
        cli("apply", "--embedded", "--yes")
    ran = cli(*words.split(), *(() if words in ("init", "fmt", "validate") else ("--embedded",)))
    assert (ran.exit_code, said in ran.stdout) == (0, True), ran.output


def test_a_value_that_is_wrong_is_told_as_such(cli: Cli) -> None:
    """Only one of our own options, with a single dash, is taken for what was meant."""
    for words in ("plan -o nix", "plan -ox", "plan --max-delete nix -- -out", "plan -e"):
        assert "No such option" not in cli(*words.split()).stderr, words


def test_no_lead_is_of_an_option_of_ours() -> None:
    """On a command that lacks it, it would mislead."""
    ours = {name.lstrip("-") for command in main.commands.values() for one in command.params for name in one.opts}
    assert {*OPTIONS} & ours == set()


def test_a_word_that_no_one_has_is_just_unknown(cli: Cli) -> None:
    assert cli("frobnicate").stderr.splitlines()[-1] == "Error: No such command 'frobnicate'."
    assert cli("plan", "--frobnicate").stderr.splitlines()[-1].startswith("Error: No such option '--frobnicate'.")


def test_an_option_behind_two_dashes_is_a_path(cli: Cli, write: Write) -> None:
    write({"assistants/a.yaml": "model: m\n"})
    assert "--dry-run: no such file or folder" in cli("validate", "--", "--dry-run").stderr


# --- where definitions are found


@cases(
    "folder files",
    {
        "inside the folder": ("assistants", {}),
        "deeper in it": ("assistants/team/deep", {"assistants/team/deep/x.txt": ""}),
        "beside it": ("src/app", {"src/app/x.txt": ""}),
    },
)
@pytest.mark.parametrize("project", ["", "environments: {local: {endpoint: embedded}}\n"])
def test_definitions_are_found_from_anywhere_in_the_project(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, folder: str, files: dict[str, str], project: str
) -> None:
    write({"assistants/a.yaml": "model: m\n", **files, **({"assistants/project.yaml": project} if project else {})})
    monkeypatch.chdir(folder)
    words = ("-e", "local") if project else ("--embedded",)
    assert cli("validate").stdout == "1 definition is valid.\n"
    assert cli("apply", "--yes", *words).stdout.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    assert cli("list", "-o", "id", *words).stdout.startswith("asst_")
    assert cli("release", "a", "--yes", *words).exit_code == 0
    Path(f"{'../' * (folder.count('/') + 1)}assistants/a.yaml").unlink()
    assert cli("import", "--all", *words).exit_code == 0
    assert len([*Path(f"{'../' * (folder.count('/') + 1)}assistants").glob("*.yaml")]) == 1 + bool(project)


def test_outside_of_a_project_nothing_is_guessed(
    cli: Cli, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"assistants/a.yaml": "model: m\n", "other/x.txt": ""})
    (tmp_path / ".git").rmdir()
    monkeypatch.chdir("other")
    said = "assistants: no such file or folder; check the path, or run from the project's root\n"
    assert cli("validate").stderr == said


def test_a_port_that_is_taken_is_told_once(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = cli("serve", "--port", str(port := taken.getsockname()[1]))
    assert (
        refused.stderr
        == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port or --host\n"
    )
