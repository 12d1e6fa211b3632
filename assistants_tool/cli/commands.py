"""The commands as Click sees them: arguments, options, help. Each hands over to the module that does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from assistants_tool.cli.application import (
    PATH,
    Application,
    Command,
    Function,
    Settings,
    completing,
    given_anywhere,
    option,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistants_tool.cli import everywhere
    from assistants_tool.objects.endpoint import Parallelism

OUTPUTS = ("table", "wide", "id", "json", "yaml", "markdown")
FORMS = "table, wide, id, json, yaml or markdown"
SHOW_FORMS = "table, wide, id, json, yaml, markdown, or definition, which prints it as a file would state it"
ORDERS = ("key", "name", "model", "created")
EXPORTS = ("responses", "chat", "agent-framework", "promptfoo")
REPORTS = {"table": "", "json": "", "markdown": " for a comment", "github": " for Actions"}
PLAN_REPORTS = {
    "table": "",
    "brief": " for one line each",
    "json": "",
    "markdown": " for a comment",
    "html": " for a browser",
    "github": " for Actions",
}
PLAN_FORMS = ("table", "json", "markdown", "html")
complete_keys = completing("keys")
only_option = option(
    "--only",
    multiple=True,
    metavar="GLOB",
    shell_complete=complete_keys,
    help="Only assistants whose key matches; repeatable.",
)
paths_argument = click.argument("paths", metavar="[PATH]...", nargs=-1, type=PATH)
short_report_option = option(
    "-o",
    "--output",
    type=click.Choice(("table", "json")),
    default="table",
    metavar="FORM",
    help="table or json.  [default: table]",
)
word_diff_option = option("--word-diff", is_flag=True, help="Show which words changed within lines: [-old-]{+new+}.")
yes_option = option("-y", "--yes", is_flag=True, help="Do not ask.")
strict_option = option("--strict", is_flag=True, help="Treat warnings, which are probable mistakes, as errors.")


def report_option(forms: dict[str, str]) -> Callable[[Function], Function]:
    """What `-o` of a run may be, each with what it is for."""
    *others, last = (form + use for form, use in forms.items())
    return option(
        "-o",
        "--output",
        type=click.Choice([*forms]),
        default="table",
        metavar="FORM",
        help=f"{', '.join(others)}, or {last}.  [default: table]",
    )


page_option = report_option(PLAN_REPORTS)


def _parallelism(_: click.Context, __: click.Parameter, value: str | None) -> Parallelism:
    from assistants_tool.objects.endpoint import AUTO, Parallelism

    if value is None or value == "auto":
        return AUTO
    if not (value.isdecimal() and 1 <= int(value) <= 100):
        raise click.BadParameter(f"{value!r} is not a number of requests; give one from 1 to 100, or auto.")
    return Parallelism.fixed(int(value))


parallelism_option = option(
    "--parallelism",
    metavar="auto|N",
    callback=_parallelism,
    help="Requests at a time, 1 to 100; auto: from 10 up to 32, as long as answers get no slower.  [default: auto]",
)


def _limit(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    from assistants_tool.planning.plan import limit_fault

    if fault := limit_fault(value):
        raise click.BadParameter(fault)
    return value


max_delete_option = option(
    "--max-delete",
    metavar="N|N%",
    callback=_limit,
    help="Refuse to delete more than this number or share of what is managed.  [default: 20%, at least 5]",
)


def _span(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    from assistants_tool.planning.ends import span_fault

    if fault := span_fault(value):
        raise click.BadParameter(fault)
    return value


def _planning_options(command: Function) -> Function:
    """The options that shape a plan."""
    for add in (
        option("--fail-on-risk", is_flag=True, help="Refuse changes that the plan marks as a risk (exit 4)."),
        option(
            "--fail-on-retired-within",
            metavar="60d|8w",
            callback=_span,
            help="Refuse models that are shut down already, or will be within this time (exit 4).",
        ),
        max_delete_option,
        option("--prune", is_flag=True, help="Delete this project's assistants that no longer have a definition."),
        option("--adopt", is_flag=True, help="Take over unmanaged assistants of the same name."),
        only_option,
    ):
        command = add(command)
    return command


def _chooses_itself(settings: Settings, said: str) -> None:
    """Raises UsageError where something else chooses an environment or an endpoint, too. A variable for -e is no more than a default."""
    chosen = {
        "-e": given_anywhere(click.get_current_context(), "environment"),
        "--base-url (ASSISTANTS_BASE_URL)": settings.base_url is not None,
        "--embedded (ASSISTANTS_EMBEDDED)": settings.embedded,
    }
    if given := [name for name, is_given in chosen.items() if is_given]:
        raise click.UsageError(f"{said}; leave out {' and '.join(given)}")


all_environments_option = option(
    "--all-environments",
    is_flag=True,
    help="Run for each environment of project.yaml separately; one that fails does not hide the others.",
)


def _in_each(settings: Settings, paths: tuple[Path, ...], output: str, run: everywhere.Run) -> int:
    """`run` in each environment of project.yaml."""
    from assistants_tool.cli import everywhere

    _chooses_itself(settings, "--all-environments takes each environment, and the endpoint of each")
    return everywhere.each(settings, paths, output, run)


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", type=PATH, default=".")
@option(
    "--ci",
    type=click.Choice(("github", "gitlab")),
    metavar="KIND",
    help="Add a workflow for github or gitlab, for the environment of -e.  [default: the only one with a server]",
)
@option(
    "--tool",
    metavar="URL@REF",
    help="The git repository, and commit or tag, that CI jobs install this tool from; asked if not known.",
)
@option(
    "--drift",
    is_flag=True,
    help="With --ci github: report what the nightly check finds as an issue, and close it when nothing differs any more.",
)
@option("--foundry", is_flag=True, help="Add the environments that a project for Azure AI Foundry (classic) needs.")
def init(settings: Settings, folder: Path, ci: str | None, tool: str | None, drift: bool, foundry: bool) -> None:
    """Start a project: project.yaml, an example, schemas for editors.

    DIR is the project's folder, by default the current one; the definitions go into assistants/ in it, or where -f says. Existing files
    are left as they are.

    \b
    assistants init
    assistants init --foundry
    assistants init --ci github --drift -e production
    assistants init bots --ci github --tool https://github.com/acme/assistants-tool@v1.2.3
    """
    from assistants_tool.cli import starting

    starting.init(settings, folder, ci, tool, drift=drift, foundry=foundry)


@click.command(cls=Command)
@click.argument("of", metavar="[definition|project]", type=click.Choice(("definition", "project")), required=False)
@option("--to", type=PATH, metavar="DIR", help="Write both schemas into this folder, replacing existing ones.")
def schema(settings: Settings, of: str | None, to: Path | None) -> None:  # noqa: ARG001 - every command gets them
    """Print the JSON Schema of a definition file, or of project.yaml.

    Editors use them to complete fields, show limits and underline mistakes. `init` writes both; --to renews them after an upgrade.

    \b
    assistants schema
    assistants schema project
    assistants schema --to assistants/.schema
    """
    from assistants_tool.cli import starting

    starting.schema(of, to)


@click.command(cls=Command)
@paths_argument
@all_environments_option
@strict_option
@report_option(REPORTS)
def validate(
    settings: Settings, paths: tuple[Path, ...], output: str, strict: bool, all_environments: bool
) -> int | None:
    """Check definitions offline, for every environment.

    PATH is a definition file or a folder of them; - is standard input. All problems are shown at once, each with its place; with
    --all-environments, separately for each environment.

    \b
    assistants validate
    assistants validate assistants/support.yaml
    assistants validate -o github
    """
    from assistants_tool.cli import validating

    def of_one(settings: Settings, output: str) -> None:
        validating.validate(settings, paths, output, strict=strict, only=settings.environment)

    if all_environments:
        return _in_each(settings, paths, output, of_one)
    validating.validate(settings, paths, output, strict=strict)
    return None


@click.command(cls=Command)
@paths_argument
@option("--check", is_flag=True, help="Write nothing; exit 3 if a file is not in this style.")
@option("--diff", is_flag=True, help="Write nothing; show what would change.")
def fmt(settings: Settings, paths: tuple[Path, ...], check: bool, diff: bool) -> int:
    """Write definition files in one style.

    Fields get one order, text of several lines becomes a block, and quotes are used only where needed. Comments stay, and the meaning does
    not change: a file for which that cannot be proved is left as it is, as are JSON, the body of Markdown, and files with errors.

    \b
    assistants fmt
    assistants fmt --check assistants/support.yaml
    assistants fmt - < draft.yaml
    """
    from assistants_tool.cli import formatting

    return formatting.fmt(settings, paths, check=check, diff=diff)


@click.command(cls=Command)
@paths_argument
@_planning_options
@strict_option
@page_option
@word_diff_option
@option("--out", type=PATH, metavar="FILE.json", help="Save the plan, to apply exactly this one later.")
@option("--exit-code", is_flag=True, help="Exit 3 if changes are pending, 4 if apply would refuse.")
@all_environments_option
def plan(
    settings: Settings,
    paths: tuple[Path, ...],
    output: str,
    out: Path | None,
    *,
    all_environments: bool,
    word_diff: bool,
    **how: Any,
) -> int:
    """Show what apply would change.

    Nothing is written: only GET is sent. PATH is a definition file or a folder of them; - is standard input.

    \b
    assistants plan
    assistants plan -e production --prune --exit-code
    assistants plan --out plan.json -o markdown
    assistants plan --all-environments --exit-code
    assistants plan -o html > plan.html
    """
    from assistants_tool.cli import plans
    from assistants_tool.cli.output import Output

    exit_code, strict = how.pop("exit_code"), how.pop("strict")

    def of_one(settings: Settings, output: str) -> int:
        told = Output(output, word_diff)
        return plans.plan(settings, paths, how, told, out, exit_code=exit_code, strict=strict)

    if all_environments and out:
        raise click.UsageError("--out holds the plan of one environment: not with --all-environments")
    return _in_each(settings, paths, output, of_one) if all_environments else of_one(settings, output)


@click.command(cls=Command)
@click.argument("environments", metavar="ENV1 ENV2", nargs=-1, shell_complete=completing("environments"))
@option("--live", is_flag=True, help="Compare what both endpoints have of this project; only GET is sent.")
@short_report_option
@word_diff_option
def diff(settings: Settings, environments: tuple[str, ...], output: str, live: bool, word_diff: bool) -> int:
    """Compare by key what two environments want.

    This works offline: env:NAME stands for a variable, set or not, and two variables are the same if their names and defaults are. What a
    definition adopts is not compared. With --live, what both endpoints have is compared, except for marks. Exit 0 if they are the same,
    3 if they differ.

    \b
    assistants diff staging production
    assistants diff staging production --live -o json
    """
    from assistants_tool.cli import comparing
    from assistants_tool.cli.output import Output

    if len(environments) != 2:
        raise click.UsageError(
            "diff compares two environments: assistants diff ENV1 ENV2; `assistants plan` shows what apply would change in one"
        )
    _chooses_itself(settings, "diff names its two environments itself")
    first, second = environments
    return comparing.diff(settings, (first, second), Output(output, word_diff), live=live)


@click.command(cls=Command)
@paths_argument
@_planning_options
@strict_option
@page_option
@word_diff_option
@option("--fail-fast", is_flag=True, help="Start nothing new after the first failure.")
@parallelism_option
@yes_option
@click.pass_context
def apply(context: click.Context, /, settings: Settings, paths: tuple[Path, ...], output: str, **how: Any) -> int:
    """Create and update assistants as the definitions say.

    apply shows the plan and asks before it writes; it deletes only with --prune. PATH is a definition file or a folder of them; - is
    standard input. A plan that `plan --out` saved is recognised by its content, and is applied if it still holds.

    \b
    assistants apply
    assistants apply assistants/support.yaml
    assistants apply -e production --prune --yes
    assistants apply plan.json --yes
    """
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli import plans
    from assistants_tool.cli.output import Output

    told = Output(output, how.pop("word_diff"), how.pop("yes"))
    policy = Policy(how.pop("parallelism"), fail_fast=how.pop("fail_fast"))
    if saved := [path for path in paths if path.suffix == ".json" and plans.is_saved(path)]:
        _stands_alone(context, paths, how)
        return plans.apply_saved(settings, saved[0], policy, told)
    strict = how.pop("strict")
    return plans.apply(settings, paths, how, policy, told, strict=strict)


def _stands_alone(context: click.Context, paths: tuple[Path, ...], shape: dict[str, Any]) -> None:
    if len(paths) > 1 or any(given_anywhere(context, name) for name in (*shape, "files")):
        raise click.UsageError("a saved plan contains its paths and options; give it alone, or plan again")


@click.command(cls=Command)
@paths_argument
@only_option
@strict_option
@word_diff_option
def watch(settings: Settings, paths: tuple[Path, ...], only: tuple[str, ...], strict: bool, word_diff: bool) -> None:
    """Validate and plan again whenever a file is saved.

    Nothing is written: only GET is sent. PATH is a definition file or a folder of them; files that the definitions name, and
    project.yaml, are watched, too. Ctrl-C ends it.

    \b
    assistants watch -e local
    assistants watch assistants/support.yaml --word-diff
    """
    from assistants_tool.cli import watching

    watching.watch(settings, paths, only, strict=strict, word_diff=word_diff)


@click.command("list", cls=Command)
@option("--managed", is_flag=True, help="Only assistants that this tool manages, for any project.")
@option("--unmanaged", is_flag=True, help="Only the others.")
@option("--project", metavar="NAME", help="Only those of this project.")
@option("--name", metavar="GLOB", help="Only those whose name matches.")
@option("--model", metavar="GLOB", help="Only those whose model matches.")
@option(
    "--sort",
    type=click.Choice(ORDERS),
    default="key",
    metavar="ORDER",
    help="key, name, model, or created: the newest first.  [default: key]",
)
@all_environments_option
@option(
    "-o", "--output", type=click.Choice(OUTPUTS), default="table", metavar="FORM", help=f"{FORMS}.  [default: table]"
)
def list_command(
    settings: Settings, output: str, managed: bool, unmanaged: bool, all_environments: bool, **chosen: Any
) -> int | None:
    """List all assistants on the endpoint, whoever created them.

    \b
    assistants list
    assistants list --unmanaged -o json
    assistants list --name 'support*' --sort created
    """
    from assistants_tool.cli import objects

    if managed and unmanaged:
        raise click.UsageError("--managed and --unmanaged leave nothing to list; use one of them")
    shown = objects.Filter(None if managed == unmanaged else managed, **chosen)
    if all_environments:
        return _in_each(settings, (), output, lambda settings, output: objects.list_all(settings, output, shown))
    objects.list_all(settings, output, shown)
    return None


def _shown(_: click.Context, __: click.Parameter, value: str | None) -> str:
    if value is None:
        raise click.UsageError(
            "name an assistant by its key or id, or a saved plan; `assistants list` shows what there is"
        )
    return value


@click.command(cls=Command)
@click.argument("assistant", metavar="KEY|ID|PLAN.json", required=False, callback=_shown, shell_complete=complete_keys)
@option(
    "-o",
    "--output",
    type=click.Choice((*OUTPUTS, "definition", "html")),
    metavar="FORM",
    help=f"{SHOW_FORMS}; for a saved plan table, json, markdown or html.  [default: yaml; table for a saved plan]",
)
def show(settings: Settings, assistant: str, output: str | None) -> None:
    """Show one assistant as it is on the endpoint, or a saved plan.

    A key is looked up in the chosen environment, a full id anywhere on the endpoint. If the API keeps versions, KEY@3 is the third.

    \b
    assistants show support
    assistants show support -o definition
    assistants show asst_abc123 -o json
    assistants show plan.json
    """
    from pathlib import Path

    from assistants_tool.cli import objects, plans

    path = Path(assistant)
    if path.suffix == ".json" and path.is_file():
        if output not in (None, *PLAN_FORMS):
            raise click.UsageError(f"a saved plan has no form {output!r}; choose table, json, markdown or html")
        plans.show_saved(path, output or "table")
    elif output == "html":
        raise click.UsageError(f"an assistant has no form 'html', which is for plans; choose {SHOW_FORMS}")
    else:
        objects.show(settings, assistant, output or "yaml")


@click.command(cls=Command)
@click.argument("assistants", metavar="[KEY|ID]...", nargs=-1, shell_complete=complete_keys)
@option(
    "--all",
    "everything",
    is_flag=True,
    variable="ASSISTANTS_DELETE_ALL",
    help="Everything that this project manages in the chosen environment.",
)
@option(
    "--unmanaged",
    is_flag=True,
    variable="ASSISTANTS_DELETE_UNMANAGED",
    help="Allow ids that this project does not manage in the chosen environment.",
)
@max_delete_option
@parallelism_option
@yes_option
def delete(
    settings: Settings, assistants: tuple[str, ...], everything: bool, parallelism: Parallelism, **doing: Any
) -> int:
    """Delete assistants from the endpoint.

    delete shows the plan, asks, and makes a backup first. A key is looked up in the chosen environment, a full id anywhere on the
    endpoint. Definitions stay: the next apply creates their assistants again, under another id. What a definition protects is not
    deleted, even if that was not applied yet. --max-delete limits what you name only if you give it.

    \b
    assistants delete support tutor
    assistants delete --all --max-delete 100% -e staging
    """
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli import objects

    if everything == bool(assistants):
        raise click.UsageError("name the assistants to delete, or give --all: one of the two")
    return objects.delete(settings, assistants, policy=Policy(parallelism), **doing)


@click.command(cls=Command)
@click.argument("assistants", metavar="KEY|ID...", nargs=-1, required=True, shell_complete=complete_keys)
@parallelism_option
@yes_option
def release(settings: Settings, assistants: tuple[str, ...], parallelism: Parallelism, yes: bool) -> int:
    """Stop managing assistants: they stay, without the mark.

    Remove the definition, too: otherwise the next plan takes the assistant over again, or creates another one.

    \b
    assistants release support
    assistants release support tutor -e production --yes
    """
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli import objects

    return objects.release(settings, assistants, Policy(parallelism), yes=yes)


@click.command(cls=Command)
@click.argument("time", required=False, shell_complete=completing("backups"))
@option("--list", "listing", variable="ASSISTANTS_RESTORE_LIST", is_flag=True, help="List the backups instead.")
@only_option
@parallelism_option
@yes_option
def restore(
    settings: Settings, time: str | None, listing: bool, only: tuple[str, ...], parallelism: Parallelism, yes: bool
) -> int:
    """Bring back what a run changed or deleted.

    Each run that changes or deletes assistants first saves them in .assistants/backups/TIME/ (UTC), or in the folder that
    ASSISTANTS_BACKUPS names. Without TIME, the newest backup of the chosen environment and endpoint is taken, except those of a restore
    (they end in -restore). Each assistant becomes what it was; what cannot be brought back is named (exit 1). A deleted assistant comes
    back under a new id; one that was not managed is not managed afterwards, either.

    \b
    assistants restore
    assistants restore --list
    assistants restore -e production --only 'support*'
    assistants restore 20261123T101500.250000
    """
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli import plans

    if listing and time:
        raise click.UsageError("--list shows every TIME; leave out one of the two")
    if listing:
        plans.list_backups(settings)
        return 0
    return plans.restore(settings, time, only, Policy(parallelism), yes=yes)


@click.command("import", cls=Command)
@click.argument("ids", metavar="[ID|FILE]...", nargs=-1)
@option("--all", "everything", is_flag=True, help="Everything that nobody manages and no definition adopts.")
@option("--to", type=PATH, metavar="DIR", help="Where to write them.  [default: assistants/]")
@option(
    "--from",
    "origin",
    metavar="ENV",
    shell_complete=completing("environments"),
    help="Read from this environment, to create them again in the one that -e names.",
)
def import_command(
    settings: Settings, ids: tuple[str, ...], everything: bool, to: Path | None, origin: str | None
) -> int:
    """Write definitions of what is on the endpoint, or in a file.

    Each definition has an `adopt` id, so that the next apply takes the assistant over; with --from it has none, so that a new one is
    created. No file is overwritten. A FILE ends in .json, .yaml, .yml or .md, or is - for standard input; it holds an API's answer (one
    assistant, a list, several lists) or a list of definitions. Then no endpoint is asked, and nothing is adopted.

    \b
    assistants import asst_abc123
    assistants import --all --to assistants/imported
    assistants import --all --from old -e new
    assistants import saved.json
    """
    from assistants_tool.cli import importing

    if files := [one for one in ids if one == "-" or one.lower().endswith((".json", ".yaml", ".yml", ".md"))]:
        if everything or origin or len(files) < len(ids):
            raise click.UsageError("a file is imported by itself: not with ids, --all or --from")
        return importing.import_files(settings, files, to)
    if everything == bool(ids):
        raise click.UsageError("name the assistants to import by their ids, or give --all")
    return importing.import_assistants(settings, ids, to, origin)


@click.command(cls=Command)
@click.argument("words", metavar="[PATH|ID]...", nargs=-1)
@option(
    "--from",
    "origin",
    metavar="ENV",
    shell_complete=completing("environments"),
    help="Read from this environment: all, or the IDs.",
)
@option("--to", type=PATH, metavar="DIR", help="Where to write definitions.  [default: assistants/]")
@option(
    "-o",
    "--output",
    type=click.Choice(("table", "csv", "json")),
    variable="ASSISTANTS_MIGRATE_OUTPUT",
    default="table",
    metavar="FORM",
    help="table, csv of old and new ids, or json.  [default: table]",
)
@parallelism_option
@yes_option
def migrate(
    settings: Settings,
    words: tuple[str, ...],
    origin: str | None,
    to: Path | None,
    output: str,
    parallelism: Parallelism,
    yes: bool,
) -> int:
    """Recreate assistants on another endpoint: import, then apply.

    What is read from --from, or from saved JSON (a file, a folder, - for standard input), and has no definition yet gets one; then those
    definitions are applied in the environment of -e, whatever API that is spoken to by. It shows the files and the plan, asks once, and
    ends with old ids, new ids, and what became of each member. Nothing is written where they are read. Run again, it does what is left.

    \b
    assistants migrate --from classic -e agents
    assistants migrate saved.json -e production --drop-unsupported
    assistants migrate --from classic -e agents -o csv > ids.csv
    """
    from assistants_tool.applying.context import Policy
    from assistants_tool.cli import migrating

    if not (origin or words):
        raise click.UsageError(
            "say where they are: --from ENV, or a file or folder of saved JSON, or - for standard input"
        )
    return migrating.migrate(settings, words, to, origin, Policy(parallelism), output, yes=yes)


@click.command(cls=Command)
@click.argument("keys", metavar="[KEY]...", nargs=-1, shell_complete=complete_keys)
@option("--all", "everything", is_flag=True, variable="ASSISTANTS_EXPORT_ALL", help="Every definition.")
@option("--as", "form", type=click.Choice(EXPORTS), required=True, metavar="FORM", help=f"{', '.join(EXPORTS)}.")
@option("--out", type=PATH, metavar="FILE", help="Write to this file, replacing it.")
@option("--strict", is_flag=True, help="Exit 1 if something is lost.")
def export(
    settings: Settings, keys: tuple[str, ...], everything: bool, form: str, out: Path | None, strict: bool
) -> int:
    """Write definitions in the form of another tool or API.

    responses and chat are the parameters of a request to OpenAI's Responses API and of a chat completion, agent-framework is the YAML of
    Microsoft's Agent Framework, promptfoo a configuration with a provider for each definition. No endpoint is asked. What the form
    cannot express is named on stderr; the values of variables are never written.

    \b
    assistants export support --as responses
    assistants export --all --as promptfoo --out promptfooconfig.yaml
    """
    from assistants_tool.cli import exporting

    if everything == bool(keys):
        raise click.UsageError("name the definitions to export by their keys, or give --all: one of the two")
    return exporting.export(settings, keys, form, out, strict=strict)


@click.command(cls=Command)
@click.argument("key", shell_complete=complete_keys)
@click.argument("message")
@option(
    "--image", multiple=True, metavar="PATH|URL", help="A picture to send along: PNG, JPEG, GIF or WebP; repeatable."
)
@option("--max-tokens", type=click.IntRange(min=1), metavar="N", help="The most tokens that the answer may have.")
@option("--legacy-max-tokens", is_flag=True, help="Send that limit as max_tokens, for older servers.")
@option(
    "--temperature",
    type=click.FloatRange(0, 2),
    metavar="T",
    help="Replaces the definition's.",
)
@option(
    "--system-role",
    type=click.Choice(("developer", "system")),
    default="developer",
    metavar="ROLE",
    help="The role of the instructions: developer, or system for older servers.  [default: developer]",
)
@option(
    "--chat-base-url", metavar="URL", help="Ask this server, with the key in ASSISTANTS_CHAT_API_KEY, if it is set."
)
@option("--request", "only_request", is_flag=True, help="Print the request as JSON and send nothing.")
@option(
    "-o",
    "--output",
    type=click.Choice(("text", "json")),
    variable="ASSISTANTS_CHAT_OUTPUT",
    default="text",
    metavar="FORM",
    help="text as it comes, or json: the whole response.  [default: text]",
)
def chat(settings: Settings, key: str, message: str, **how: Any) -> int:
    """Send one message to a definition's model, to try it before it ships.

    The definition's instructions, functions and settings go to the endpoint's /chat/completions; nothing is applied and no function is
    run. MESSAGE - is standard input. The answer goes to stdout; why it ended, tokens and estimated cost go to stderr.

    \b
    assistants chat support "Where is my order?"
    assistants chat support "What is wrong here?" --image receipt.png -e production
    assistants chat support "Hello" --chat-base-url http://localhost:11434/v1
    """
    from assistants_tool.cli import chat as trying

    return trying.chat(settings, key, message, trying.Options(**how))


@click.command(cls=Command)
@option("--name", metavar="GLOB", variable="ASSISTANTS_MODELS_NAME", help="Only those whose id matches.")
@option(
    "-o",
    "--output",
    type=click.Choice([one for one in OUTPUTS if one != "wide"]),
    default="table",
    metavar="FORM",
    help="table, id, json, yaml or markdown.  [default: table]",
)
def models(settings: Settings, output: str, name: str | None) -> None:
    """List the models of the endpoint: use, shutdown, price.

    For each model: which of the API's endpoints it is good for, when it shuts down, what a million tokens cost (the list price of the
    service or of the model's maker), and which definitions use it. Unknown values are empty or `unknown`; a day in parentheses is
    OpenAI's, if the endpoint names none. LISTED is `no` if a definition uses a model that the endpoint does not list.

    \b
    assistants models
    assistants models -e production --name 'gpt-4*'
    assistants models -o json
    """
    from assistants_tool.cli import models as listing

    listing.models(settings, output, name)


@click.command(cls=Command)
@option("--probe", is_flag=True, help="Also create an assistant, read it back and delete it.")
@short_report_option
def doctor(settings: Settings, output: str, probe: bool) -> int:
    """Check the endpoint: key, list, metadata, models, dates.

    Only GET is sent, unless --probe is given. Exit 1 means that a check failed; what could not be checked is unknown, not failed.

    \b
    assistants doctor -e production
    assistants doctor -e production --probe
    assistants doctor -o json
    """
    from assistants_tool.cli import doctor as examination

    return examination.doctor(settings, output, probe=probe)


@click.command(cls=Command)
@option("--host", default="127.0.0.1", metavar="ADDRESS", help="The address to listen on.  [default: 127.0.0.1]")
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    metavar="N",
    help="The port; 0 takes a free one.  [default: 8080]",
)
@option("--database", type=PATH, metavar="FILE", help="The SQLite file.  [default: .assistants/embedded.db]")
@option("--api-key-env", metavar="NAME", help="Require the key that this variable holds.")
@option(
    "--kind",
    type=click.Choice(("openai", "foundry")),
    default="openai",
    metavar="KIND",
    help="The service to act as: openai, or foundry for classic agents of Azure AI Foundry.  [default: openai]",
)
def serve(settings: Settings, host: str, port: int, database: Path | None, api_key_env: str | None, kind: str) -> None:
    """Serve the embedded endpoint over HTTP.

    It keeps assistants and echoes chat completions; it runs no threads and no models. Ctrl-C ends it. An address that others can
    reach needs a key. As foundry, its path is /api/projects/PROJECT, with any PROJECT, and it has its own database.

    \b
    assistants serve
    assistants serve --kind foundry
    assistants serve --host 0.0.0.0 --port 9000 --api-key-env SERVE_KEY
    """
    from assistants_tool.cli import serving

    serving.serve(settings, host, port, database, api_key_env, kind)


main = Application(
    name="assistants",
    commands=[
        init,
        validate,
        fmt,
        plan,
        diff,
        apply,
        watch,
        list_command,
        show,
        import_command,
        migrate,
        export,
        delete,
        release,
        restore,
        chat,
        models,
        doctor,
        schema,
        serve,
    ],
    help="""Terraform for assistants: YAML files say which assistants should exist on an OpenAI-compatible endpoint.

    `plan` shows what would change, `apply` does it, `list` shows what is there. Options may stand before or after the command, and
    each has a variable: `--max-delete` is ASSISTANTS_MAX_DELETE.
    """,
)
