"""What is made out of the code: `python -m docs.reference` writes docs/reference.md, docs/dialects.md and definitions/shapes/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import yaml

from assistants_tool.cli import main
from assistants_tool.cli.application import EXIT_CODES
from assistants_tool.definitions.schemas import RULES, Origin
from assistants_tool.definitions.sound import SHAPES
from assistants_tool.project import schema
from docs import dialects

if TYPE_CHECKING:
    from assistants_tool.cli.application import Command
    from assistants_tool.errors import Severity

PAGE = Path(__file__).with_name("reference.md")
REFRESH = "python -m docs.reference"

# What is read beside the variables of options. A test holds that none is missing.
VARIABLES = {
    "OPENAI_API_KEY": "The key, if no environment is declared, and with `--base-url`.",
    "OPENAI_BASE_URL": "The endpoint, if no environment is declared.",
    "OPENAI_CUSTOM_HEADERS": "More headers, one `NAME: VALUE` per line, for an endpoint from the two above or `--base-url`.",
    "OPENAI_ORG_ID": "Sent as a header, only to such an endpoint.",
    "OPENAI_PROJECT_ID": "Sent as a header, only to such an endpoint.",
    "ASSISTANTS_CHAT_API_KEY": "The key for `chat --chat-base-url`, which is sent no other key.",
    "CI": "`true`: the embedded endpoint has to be asked for, by `-e` or `--embedded`; no progress bar.",
    "NO_COLOR": "No colours, if it is set and not empty.",
    "FORCE_COLOR": "Colours, even without a terminal.",
    "TERM": "`dumb`: no progress bar.",
    "GITHUB_ACTIONS": "Text that Actions would take for a workflow command is made harmless.",
    "GITHUB_STEP_SUMMARY": "The file to which `-o github` adds its report.",
    "HTTPS_PROXY": "The proxy; [In CI](ci.md#proxies-and-certificates) has this and those for certificates.",
    "HTTP_PROXY": "The same, for `http://` endpoints.",
    "ALL_PROXY": "The same, for addresses that the two do not cover.",
}
# What it says is made out of the code, and what the code says of itself is held by these.
_HELD = """\
make reference,
  tests/test_reference.py::test_the_reference_is_current,
  tests/test_reference.py::test_examples_of_the_help_can_be_typed,
  tests/test_reference.py::test_a_default_in_the_help_is_the_real_one,
  tests/test_reference.py::test_it_names_every_variable_that_is_read,
  tests/test_schema.py::test_the_shipped_shapes_are_those_of_the_models,
  tests/test_schema.py::test_every_field_is_described,
  tests/test_schema.py::test_every_example_is_right,
  tests/test_definition.py::test_every_rule_of_the_table_finds_what_breaks_it,
  tests/test_completion.py::test_each_shell_takes_the_lines_of_the_reference,
  tests/test_completion.py::test_zsh_needs_what_the_reference_says_that_it_needs"""
Node = Mapping[str, Any]


def page() -> str:
    """The whole page, as Markdown."""
    parts = (_head(), *_commands(), *_exit_codes(), *_files(), *_variables())
    return "\n\n".join(parts) + "\n"


def _head() -> str:
    return (
        f"# Reference\n\n<!-- all held by {_HELD} -->\n\nMade from the code by `{REFRESH}`: do not edit it by hand.\n\n"
        "- [Commands](#commands) · [Options of every command](#options-of-every-command) · [Exit codes](#exit-codes)\n"
        "- [Definition files](#definition-files) · [project.yaml](#projectyaml) · [Variables](#variables) · [Completion](#completion)"
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown. A cell may hold code; what would end it is escaped."""
    cells = (" | ".join(re.sub(r"\s*\n\s*", " ", one).replace("|", r"\|") for one in row) for row in rows)
    return "\n".join(f"| {row} |" for row in (" | ".join(titles), " | ".join("---" for _ in titles), *cells))


# --- commands


def _commands() -> Iterator[str]:
    yield "## Commands"
    yield "A PATH is a definition file or a folder of them; a KEY is that of a definition; an ID is the endpoint's (`asst_...`)."
    commands = {name: cast("Command", one) for name, one in main.commands.items()}
    yield table(
        ("command", "does"), ((f"[{name}](#{name})", one.about.split("\n")[0]) for name, one in commands.items())
    )
    for name, command in commands.items():
        yield f"### {name}"
        yield from _command(name, command)
    yield "### Options of every command"
    yield "They may stand before or after the command; the later one wins."
    yield _options(one for one in main.params if isinstance(one, click.Option))


def _command(name: str, command: Command) -> Iterator[str]:
    pieces = command.collect_usage_pieces(click.Context(command))
    yield command.about
    examples = "\n".join(command.examples)
    yield f"```text\nassistants {name} {' '.join(pieces)}\n```"
    yield f"```sh\n{examples}\n```"
    if command.own_options:
        yield _options(command.own_options)


def _options(options: Iterable[click.Option]) -> str:
    return table(("option", "variable", "default", "meaning"), map(_option, options))


def _option(option: click.Option) -> tuple[str, str, str, str]:
    names = ", ".join(f"`{one}`" for one in option.opts)
    value = "" if option.is_flag else f" `{option.make_metavar(click.Context(main))}`"
    text, _, default = (option.help or "").partition("  [default: ")
    limits = f" {_limits(option.type)}." if isinstance(option.type, click.IntRange) else ""
    return f"{names}{value}", f"`{option.envvar}`" if option.envvar else "", default.rstrip("]"), text + limits


def _limits(kind: click.IntRange) -> str:
    return f"At least {kind.min}" if kind.max is None else f"{kind.min} to {kind.max}"


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes"
    yield table(("code", "means"), ((str(code), meaning) for code, meaning in EXIT_CODES.items()))


# --- files

_REFERENCES = {
    "FileReference": "`{file: PATH}`",
    "VariableReference": "`{env: NAME}`",
    "FromVariable": "`{env: NAME}`",
    "Patch": "fields of a definition",
}
_FORMS = {"file": "`{file: PATH}`", "env": "`{env: NAME}`", "default": "`{env: NAME, default: TEXT}`"}
_OF_VALUES = ("FileReference", "VariableReference")
_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _files() -> Iterator[str]:
    definition, project = schema.definition_schema(), schema.project_schema()
    yield "## Definition files"
    yield (
        "One YAML document is one assistant. In a Markdown file the fields come first, between lines of `---`, and the rest is the "
        "`instructions`. Unknown fields are errors; a field that is `null` counts as absent."
    )
    yield from _fields("", definition, definition["$defs"])
    yield "### References"
    yield "Where a field takes them, one of these may replace a value:"
    members = {name: one for of in _OF_VALUES for name, one in definition["$defs"][of]["properties"].items()}
    yield table(("reference", "its value"), ((_FORMS[name], one["description"]) for name, one in members.items()))
    yield (
        "In `extra`, and in tools and resources of a type that the tool does not know, `{env: NAME}` is a reference everywhere "
        "except inside `parameters`, `schema` and `spec`. To write such a mapping itself, use "
        "`{literal: {env: NAME}}`."
    )
    yield from _schema_rules()
    yield "## project.yaml"
    yield from _fields("", project, project["$defs"])


_ORIGINS = {
    Origin.DOCUMENTED: "the API's description, or JSON Schema itself, says so",
    Origin.REPORTED: "people reported that a server refused it",
    Origin.SEEN: "a server's refusal was recorded",
}


def _schema_rules() -> Iterator[str]:
    yield "### JSON Schemas"
    yield (
        "The rules for `parameters` of a function and `schema` of a response format: JSON Schema itself, and what OpenAI-style "
        "servers require. A warning stops nothing, unless `--strict` is given."
    )
    rows = ((one.says, one.origin.value, _weight(one.loose), _weight(one.strict)) for one in RULES)
    yield table(("rule", "known", "breaking it is", "with `strict: true`"), rows)
    yield "\n".join(f"- {origin.value}: {meaning}" for origin, meaning in _ORIGINS.items())


def _weight(severity: Severity | None) -> str:
    return f"a {severity.value}" if severity else ""


def _fields(path: str, shape: Node, parts: Node) -> Iterator[str]:
    """A table of a mapping's fields, then one for each mapping inside."""
    fields = shape["properties"]
    yield table(("field", "takes", "meaning"), (_field(name, one, shape) for name, one in fields.items()))
    for name, field in fields.items():
        for where, inner in _inside(f"{path}.{name}".lstrip("."), field):
            yield f"### {_titled(where, parts[inner])}"
            yield from _fields(where, parts[inner], parts)


def _titled(path: str, shape: Node) -> str:
    kind = shape["properties"].get("type", {})
    types = kind.get("enum", [kind["const"]] if "const" in kind else [])
    suffix = f" of the type {' or '.join(types)}" if types else " of any other type" if kind else ""
    return f"`{path}`{suffix}"


def _inside(path: str, node: Node) -> Iterator[tuple[str, str]]:
    """The mappings that a value may be or hold, with their paths."""
    if (name := node.get("$ref", "").rpartition("/")[2]) and name not in _REFERENCES:
        yield path, name
    for one in node.get("anyOf", ()):
        yield from _inside(path, one)
    if "items" in node:
        yield from _inside(f"{path}[]", node["items"])
    for one in (*node.get("patternProperties", {}).values(), node.get("additionalProperties")):
        if isinstance(one, dict):
            yield from _inside(f"{path}.NAME", one)


def _field(name: str, node: Node, owner: Node) -> tuple[str, str, str]:
    needed = " (required)" if name in owner.get("required", ()) else ""
    example = f" For example: `{_flow(node['examples'][0])}`" if node.get("examples") else ""
    return f"`{name}`{needed}", ", ".join(dict.fromkeys(_takes(node))), f"{node['description']}{example}"


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    return yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False).removesuffix("...\n").strip()


def _takes(node: Node) -> Iterator[str]:
    if name := node.get("$ref", "").rpartition("/")[2]:
        yield _REFERENCES.get(name, "a mapping")
    for one in node.get("anyOf", ()):
        yield from _takes(one)
    values = node.get("enum", [node["const"]] if "const" in node else [])
    yield from (f"`{_flow(one)}`" for one in values if one is not None)
    kinds = node.get("type", []) if not values else []
    yield from (_KINDS[one] for one in ([kinds] if isinstance(kinds, str) else kinds) if one != "null")


def _variables() -> Iterator[str]:
    yield "## Variables"
    yield "Every option has a variable, named in its table. A flag is set by `1` or `true`. There are also:"
    yield table(("variable", "effect"), ((f"`{name}`", effect) for name, effect in VARIABLES.items()))
    yield "## Completion"
    yield "Commands, options, keys and environments complete in your shell, from the files alone. Put these lines into its start-up file:"
    yield _COMPLETION
    yield (
        "This runs `assistants` each time a shell starts, which takes a fifth of a second. To avoid that, write what it prints into a file "
        "once per release, and source the file."
    )


_COMPLETION = """\
```sh
# ~/.bashrc: bash 4.4 or newer, so not the 3.2 that macOS has
eval "$(_ASSISTANTS_COMPLETE=bash_source assistants)"

# ~/.zshrc: zsh completes nothing before compinit, and says "command not found: compdef"; leave that line out where the file has one already
autoload -Uz compinit && compinit
eval "$(_ASSISTANTS_COMPLETE=zsh_source assistants)"

# ~/.config/fish/config.fish
_ASSISTANTS_COMPLETE=fish_source assistants | source
```"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    dialects.PAGE.write_text(dialects.page(REFRESH), encoding="utf-8", newline="\n")
    for name, text in schema.shapes().items():
        (SHAPES / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
