"""Where a run works: the paths of definitions, and the project.yaml that belongs to them. Every front end begins here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistants_tool.definitions.sources import PROJECT_FILE, real, visible_folders
from assistants_tool.errors import ToolError
from assistants_tool.objects.dialects import PLAIN, Speech
from assistants_tool.project.kinds import OPENAI, kind_of
from assistants_tool.project.projectfile import Project, find_project, find_root
from assistants_tool.project.target import Choice, Embedded, Target, choose_target

if TYPE_CHECKING:
    from assistants_tool.definitions.loading import Checked, Loaded
    from assistants_tool.definitions.sources import Source
    from assistants_tool.models import Takes
    from assistants_tool.objects.definition import Definition
    from assistants_tool.redaction import Redaction

DEFAULT_FILES = (Path("assistants"),)


def usual_files() -> tuple[Path, ...]:
    """Where definitions are if nobody says so: `assistants/` here; else the nearest folder at or above this one that has a project.yaml,
    or an `assistants/` in it, up to the root.
    """
    current = Path.cwd()
    root = find_root((current,), current)
    above = [one for one in (current, *current.parents) if one.is_relative_to(root)]
    for folder in above if not os.path.isdir(DEFAULT_FILES[0]) else ():  # noqa: PTH112 - Path.is_dir may raise
        if os.path.isfile(folder / PROJECT_FILE):  # noqa: PTH113 - as above
            return (folder,)
        if os.path.isdir(folder / DEFAULT_FILES[0]):  # noqa: PTH112 - as above
            return (folder / DEFAULT_FILES[0],)
    return DEFAULT_FILES


@dataclass(frozen=True, slots=True)
class Workspace:
    """The paths of definitions, absolute, and the project that they belong to. `text` is what came by standard input, `ahead` are files
    that are about to be written.
    """

    paths: tuple[Path, ...]
    text: Source | None
    project: Project
    strict: bool = False  # warnings are faults
    ahead: tuple[Source, ...] = ()

    @classmethod
    def find(
        cls, paths: Sequence[Path], text: Source | None = None, files: Sequence[Path] = DEFAULT_FILES
    ) -> Workspace:
        """The workspace of these paths; without paths, `files` are only where to look for project.yaml.

        Raises DefinitionError for a project.yaml that is not sound.
        """
        given = _absolute(paths)
        root = find_root(given or (Path.cwd(),), Path.cwd())
        return cls(given, text, find_project(given or _absolute(files), root))

    def load(
        self,
        environment: str,
        environ: Mapping[str, str],
        takes: Takes | None = None,
        needs: Callable[[str], bool] = lambda _: True,
        speech: Speech = PLAIN,
    ) -> Loaded:
        """The definitions of an environment, by default as files have them. Raises DefinitionError with every problem.

        `takes` is what the endpoint of the run takes, by default that of the environment: what it would refuse is a warning. `needs` says,
        by its key, whether a definition's variables have to be set.
        """
        from assistants_tool.definitions import loading

        asked = loading.Asked(self.strict, (lambda _: takes) if takes else None, needs, lambda _: speech)
        return loading.load(self.paths, self.project, environment, environ, self.text, asked, self.ahead)

    def sketch(self, target: Target) -> tuple[Definition, ...]:
        """The definitions as far as they can be read, without the values of variables, whose references stay in their places."""
        from assistants_tool.definitions import loading

        environment, speech = target.scope.environment, target.endpoint.speech
        return loading.sketch(self.paths, self.project, environment, self.text, speech)

    def hidden(self, target: Target) -> Redaction:
        """What nobody is told of a server's words, for who needs no definitions: the values of the variables that they name, as far as they
        can be read.
        """
        from assistants_tool.planning.masks import hiding_variables

        return hiding_variables((one.variables for one in self.sketch(target)), os.environ)

    def folders(self) -> tuple[Path, ...]:
        """Every folder in which a change may make other definitions: of the paths, of project.yaml, and of what a `{file: ...}` names.

        Raises DefinitionError for a path that is not there.
        """
        from assistants_tool.definitions.files import Reader, check_paths, collect

        check_paths(self.paths, self.project.root)
        found = collect(self.paths, self.project, None, Reader(self.project.root))
        read = [*(one.source.identity for one in found.items), *found.named]
        given = [path.parent if os.path.isfile(path) else path for path in self.paths]  # noqa: PTH113 - Path.is_file may raise
        own = [self.project.folder] if self.project.folder else []
        below = [one for path in given for one in visible_folders(path)]
        return tuple(dict.fromkeys(map(real, (*own, *below, *(one.parent for one in read)))))

    def holds_files(self) -> bool:
        """Whether there is any definition file, sound or not."""
        from assistants_tool.definitions.files import holds_files

        return self.text is not None or holds_files(self.paths, self.project.root)

    def validate(self, choice: Choice | None = None, only: str | None = None) -> Checked:
        """Check every environment offline, or `only` one. Raises DefinitionError with every problem.

        A choice of the endpoint, or of an API, alone counts for each environment: what an endpoint would refuse is a warning, and what an
        API has no place for a fault.
        """
        chosen = choice or Choice()

        def speech(environment: str) -> Speech:
            declared = None if chosen.embedded or chosen.elsewhere else self.project.environments.get(environment)
            return chosen.over(declared.speech if declared else PLAIN)

        def takes(environment: str) -> Takes:
            if chosen.elsewhere and not chosen.embedded:
                return chosen.lent.takes if chosen.lent else kind_of(chosen.base_url or "").takes
            declared = self.project.environments.get(environment)
            return Embedded.of(self.project.root, declared.kind if declared else OPENAI).takes

        from assistants_tool.definitions import loading

        asked = loading.Asked(self.strict, takes if chosen.elsewhere or chosen.embedded else None, speech=speech)
        return loading.validate(self.paths, self.project, self.text, asked, only)

    def target(self, choice: Choice, environ: Mapping[str, str]) -> Target:
        """The endpoint and scope of a run. Raises ToolError where nothing, or too little, says which."""
        try:
            return choose_target(self.project, choice, environ)
        except ToolError:
            from assistants_tool.definitions.files import check_paths

            # With a mistyped path no project.yaml is found, and so no endpoint: then the path is what to complain about.
            check_paths([path for path in self.paths if path not in _absolute(DEFAULT_FILES)], self.project.root)
            raise


def _absolute(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Absolute paths. Links are not followed: a definition belongs to the folder that it was named in."""
    return tuple(Path(os.path.abspath(path)) for path in paths)  # noqa: PTH100 - resolve() would follow links
