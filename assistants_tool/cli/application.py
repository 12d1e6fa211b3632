"""The group of commands: options that may stand before or after the command, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from assistants_tool import __version__
from assistants_tool.cli import terminal
from assistants_tool.cli.interrupts import sigterm_is_ctrl_c
from assistants_tool.errors import ToolError, UsageError
from assistants_tool.models import APIS


class _Path(click.Path):
    """A path, as pathlib has it, which is imported for a command that is given one, and not for `--help`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from pathlib import Path

        return Path(os.fsdecode(super().convert(value, param, ctx)))


PATH = _Path()
if TYPE_CHECKING:
    from pathlib import Path

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options that every command takes say."""

    files: tuple[Path, ...] = ()
    environment: str | None = None
    base_url: str | None = None
    embedded: bool = False
    api: str | None = None
    drop_unsupported: bool = False
    timeout: float = 120.0
    verbose: bool = False
    no_color: bool = False


def option(*names: str, variable: str | None = None, **settings: Any) -> Callable[[Function], Function]:
    """An option with its variable: `--max-delete` is ASSISTANTS_MAX_DELETE, unless that would arm another command, too."""
    return click.option(*names, envvar=variable or _variable(names), **settings)


def _variable(names: Sequence[str]) -> str:
    long = next(name for name in names if name.startswith("--"))
    return "ASSISTANTS_" + long.removeprefix("--").upper().replace("-", "_")


def _shared(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, envvar=_variable(names), **settings)


def completing(what: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """A completion of `cli.completion`, imported when a shell asks for it."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        from assistants_tool.cli import completion

        found: list[str] = getattr(completion, what)(context, parameter, incomplete)
        return found

    return complete


class _Seconds(click.FloatRange):
    """A time that comes: click takes `nan` for within any range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is not a number of seconds.", param, ctx)
        return found


_TIMEOUT = _Seconds(min=0, min_open=True)
EXIT_CODES = {
    0: "fine",
    1: "an error, a change that failed, or declined at the prompt",
    2: "the command line is wrong; also: no terminal to ask on and no --yes",
    3: "plan --exit-code: changes are pending; diff: the two differ; fmt --check: a file is in another style",
    4: "refused by a guard, nothing was written; also plan --exit-code where apply would refuse",
    130: "interrupted; what had started was finished and reported",
}


@functools.cache
def _shared_options() -> tuple[click.Parameter, ...]:
    """One set for all commands, of which there are many."""
    return (
        _shared(
            "-f",
            "--files",
            type=PATH,
            multiple=True,
            metavar="PATH",
            help="A definition file, or a folder of them; repeatable.  [default: assistants/]",
        ),
        _shared(
            "-e",
            "--environment",
            metavar="NAME",
            shell_complete=completing("environments"),
            help="The environment of project.yaml to work on.  [default: its default_environment]",
        ),
        _shared("--base-url", metavar="URL", help="Use this endpoint, with the key that OPENAI_API_KEY holds."),
        _shared("--embedded", is_flag=True, help="Use the embedded endpoint: no account, no network."),
        _shared(
            "--api",
            type=click.Choice(APIS),
            help="The API that the endpoint speaks.  [default: that of its environment, otherwise assistants]",
        ),
        _shared("--drop-unsupported", is_flag=True, help="Leave out, with a warning, what that API does not support."),
        _shared(
            "--timeout",
            type=_TIMEOUT,
            default=120.0,
            metavar="SECONDS",
            help="Longest wait for an answer.  [default: 120]",
        ),
        _shared("-v", "--verbose", is_flag=True, help="Show each request on stderr, without secrets."),
        _shared("--no-color", is_flag=True, help="No colours, even on a terminal."),
    )


_SHARED = tuple(one.name for one in fields(Settings))
_TOLD = ("files", "environment")  # which the help of each command explains anew


@contextlib.contextmanager
def _leading_on(args: Sequence[str], params: Iterable[click.Parameter], name: str | None) -> Iterator[None]:
    """An option that is not known, but to another tool, leads to ours; so does one of ours with one dash, which is read as letters."""
    words = [*args]
    try:
        yield
    except (click.NoSuchOption, click.BadParameter) as error:
        from assistants_tool.cli import habits

        ours = [name for one in params for name in one.opts]
        unknown = isinstance(error, click.NoSuchOption)
        theirs = habits.of_options(words, [*ours, name or ""]) if unknown else habits.file_for_a_form(words, ours)
        if found := theirs or habits.with_one_dash(words, ours):
            option, said = found
            raise click.UsageError(f"No such option '{option}' here; {said}", error.ctx) from None
        if not isinstance(error, click.NoSuchOption):
            raise
        near = habits.close(error.option_name, error.possibilities or ())
        raise click.NoSuchOption(error.option_name, possibilities=near, ctx=error.ctx) from None


class Command(click.Command):
    """A command that also takes the shared options; of one given twice, the later wins. Its callback gets Settings first.

    What stands in its help below a line with `\\b` alone are examples, one a line.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _shared_options()

    @property
    def about(self) -> str:
        """The help without its examples."""
        return self._parts[0].strip()

    @property
    def examples(self) -> list[str]:
        """Commands as people type them."""
        return self._parts[2].splitlines()

    @property
    def own_options(self) -> list[click.Option]:
        """Those that not every command takes."""
        return [one for one in self.params if isinstance(one, click.Option) and one.name not in _SHARED]

    @property
    def _parts(self) -> tuple[str, str, str]:
        return inspect.cleandoc(self.help or "").partition("\b\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.about)
        with formatter.section("Examples"):
            formatter.write("".join(f"  {one}\n" for one in self.examples))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options first; what every command takes would bury them, so most of that is only named."""
        every = [one for one in self.get_params(ctx) if isinstance(one, click.Option) and one not in self.own_options]
        told = [one for one in every if one.name in _TOLD]
        left = [one for one in every if one.name in _SHARED and one not in told]
        for title, chosen in (("Options", self.own_options), ("Options of every command", told)):
            if records := [record for one in chosen if (record := one.get_help_record(ctx))]:
                with formatter.section(title):
                    formatter.write_dl(records)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"`assistants --help` explains the others: {', '.join(one.opts[-1] for one in left)}.")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _leading_on(args, self.get_params(ctx), self.name):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        before = ctx.parent
        chosen = {}
        for name in _SHARED:
            here = ctx.params.pop(name)
            earlier = before is not None and _given(before, name) and not _given(ctx, name)
            chosen[name] = before.params[name] if earlier and before else here
        settings = Settings(**chosen)
        if settings.embedded and settings.base_url:
            raise UsageError("--embedded and --base-url name two endpoints; choose one")
        terminal.configure(color=not settings.no_color)
        _check_current_folder()
        ctx.params = {"settings": settings, **ctx.params}
        return super().invoke(ctx)


def _check_current_folder() -> None:
    """Raises ToolError where it is gone: each path is relative to it."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is imported for a command that is given a path
    except OSError as error:
        raise ToolError(f"the current folder cannot be used: {error.strerror}; change to one that exists") from None


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def given_anywhere(context: click.Context, name: str) -> bool:
    """Whether the command line, and not a variable, has this option: behind the command or before it."""
    return _given(context, name) or (context.parent is not None and _given(context.parent, name))


class Application(click.Group):
    """All commands. An error of ours becomes one message and its exit code here, and nowhere else."""

    command_class = Command

    def __init__(self, *, commands: Sequence[click.Command], **kwargs: Any) -> None:
        version = click.version_option(__version__, prog_name="assistants", message="%(prog)s %(version)s")
        super().__init__(commands=commands, context_settings={"help_option_names": ["-h", "--help"]}, **kwargs)
        self.params += _shared_options()
        version(self)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        every = itertools.chain(self.get_params(ctx), *(one.params for one in self.commands.values()))
        with _leading_on(args, every, None):
            return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            from assistants_tool.cli.habits import close, of_command

            if said := of_command(args[0]):
                raise click.UsageError(f"No such command '{args[0]}' here; {said}", ctx)
            if not args[0].startswith("-"):
                near = " or ".join(map(repr, close(args[0], self.commands)))
                raise click.UsageError(f"No such command '{args[0]}'.{near and f' Did you mean {near}?'}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        kwargs["standalone_mode"] = False
        kwargs.setdefault("prog_name", "assistants")
        sys.exit(_exit_code(lambda: super(Application, self).main(*args, **kwargs)))


def _exit_code(run: Callable[[], Any]) -> int:
    try:
        terminal.check_streams()
        with sigterm_is_ctrl_c():
            code = run()
        terminal.flush()
    except click.ClickException as error:
        with terminal.telling():
            error.show()
        return error.exit_code
    except ToolError as error:
        terminal.failure(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        terminal.error("interrupted; nothing more is done")
        return 130
    except BrokenPipeError:
        terminal.stop_writing()  # whoever read stderr, or click's own words, has gone
        return 1
    except Exception as error:  # noqa: BLE001 - the last line: nobody ever sees a traceback
        terminal.error(terminal.unprinted(error) or _own_fault(error))
        return 1
    return code if isinstance(code, int) else 0


def _own_fault(error: Exception) -> str:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - pathlib may be what failed
    return f"this is a bug in the tool ({type(error).__name__} at {where}: {error}); please report it with the command"
