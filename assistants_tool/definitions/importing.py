"""Assistants -> definition files, as a person would write them. Pure: what to write and why not, never the writing.

What is written is read back before it is given out: a file that would mean anything else than the assistant, or nothing at all, is not
written, and the reason is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistants_tool.definitions import yamltext
from assistants_tool.definitions.loading import load
from assistants_tool.definitions.shape import IDENTIFIER
from assistants_tool.definitions.sources import Source
from assistants_tool.errors import DefinitionError
from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.jsontext import same
from assistants_tool.objects.unseen import count

if TYPE_CHECKING:
    from assistants_tool.definitions.loading import Project
    from assistants_tool.objects.assistant import Assistant, Scope

ORIGIN = "migrated_from"
LONG = 1500  # characters; longer instructions are easier to read and to edit as the body of a Markdown file
_ORDER = (
    "name",
    "description",
    "model",
    "instructions",
    "tools",
    "tool_resources",
    "temperature",
    "top_p",
    "reasoning_effort",
    "response_format",
    "metadata",
)
_RESERVED = "project"  # its file would be project.yaml


@dataclass(frozen=True, slots=True)
class Written:
    """A definition file to be: `name` in its folder, and the text."""

    assistant: Assistant
    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """An assistant that is not imported, and why."""

    assistant: Assistant
    reason: str


@dataclass
class Import:
    """Where definitions go: a project's environment, and the keys that are taken. `migrates`: they are to be made anew elsewhere."""

    project: Project
    environment: str
    migrates: bool = False
    taken: set[str] = field(default_factory=set)
    _marks: set[str] = field(default_factory=set, init=False)  # the keys of what is ours and written

    def write(self, assistants: Iterable[Assistant]) -> Iterator[Written | Left]:
        """One of both for each; a key that is given is taken for the next."""
        for one in assistants:
            key = self._key(one)
            written = self._written(one, key)
            if isinstance(written, Written):
                self.taken.add(key.casefold())
            yield written

    def _key(self, assistant: Assistant) -> str:
        """From its mark, its name or its id; file names may not differ by case alone."""
        proposed = (assistant.mark.key if assistant.mark else "", slug(assistant.name or ""), assistant.id)
        wanted = next((one for one in proposed if IDENTIFIER.match(one)), "assistant")
        key, number = wanted, 1
        while key.casefold() in self.taken or key.casefold() == _RESERVED:
            number += 1
            key = f"{wanted[:60]}-{number}"
        return key

    def _written(self, assistant: Assistant, key: str) -> Written | Left:
        ours = self._own_key(assistant)
        if ours in self._marks:
            return Left(
                assistant, "another assistant bears the same mark; `assistants plan` says what becomes of this one"
            )
        document = self._document(assistant)
        if ours is not None:
            self._marks.add(ours)
            document = (
                document if ours == key else {"key": ours, **document}
            )  # by this, and no other, it is found again
        most = assistant.members.pairs_max
        if len(document.get("metadata") or {}) >= most:
            return Left(assistant, f"it has {most} metadata pairs, and the tool needs one; remove a pair first")
        name, text = _as_file(key, document)
        fault = self._fault(Source(Path(name), text), assistant)
        return Left(assistant, fault) if fault else Written(assistant, key, name, text)

    def _document(self, assistant: Assistant) -> dict[str, Any]:
        stated = assistant.stated
        document = {name: stated[name] for name in _ORDER if name in stated}
        if self.migrates:
            metadata = document.get("metadata")
            document["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), ORIGIN: assistant.id}
        mark = assistant.mark
        if mark and mark.protect:
            document["protect"] = True
        patch = dict(_withheld(self._defaults, stated))
        if not self.migrates and self._own_key(assistant) is None:
            patch["adopt"] = assistant.id
        if len(self.project.environments) > 1 and patch:
            return {**document, "environments": {self.environment: patch}}
        return {**document, **_merged(document, patch)}

    @property
    def _defaults(self) -> Mapping[str, Any]:
        found = self.project.environments.get(self.environment)
        return found.defaults if found else {}

    def _own_key(self, assistant: Assistant) -> str | None:
        """The key of one that is ours already; None for any other, and where all are made anew."""
        mark = assistant.mark
        ours = mark and (mark.project, mark.environment) == (self.project.name, self.environment)
        return mark.key if mark and ours and not self.migrates else None

    def _fault(self, source: Source, assistant: Assistant) -> str:
        """Why a file does not say what the assistant is; empty where it does."""
        try:
            source.text.encode()
            (definition,) = load((), self.project, self.environment, {}, source).definitions
        except UnicodeEncodeError:
            return "it holds half of a character (a surrogate), which no file can"
        except DefinitionError as error:
            return "; ".join(one.message for one in error.problems)
        fields = dict(definition.fields)
        if self.migrates:
            fields["metadata"] = {name: one for name, one in fields["metadata"].items() if name != ORIGIN}
        form = canonical(fields, members=assistant.members)
        return "" if same(form, assistant.form) else "no file can say what it holds"


def why_not(assistant: Assistant, scope: Scope, keys: Collection[str], adopted: Collection[str]) -> str:
    """Why an assistant may not be imported: a definition (by key, or by `adopt`) has it, or somebody else. Empty where it may."""
    mark = assistant.mark
    if assistant.id in adopted or (mark and scope.owns(mark) and mark.key in keys):
        return "a definition has it already"
    held = scope.held(assistant.trace)
    return f"it {held}" if held else ""


def keys_and_adoptions(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[set[str], set[str]]:
    """The keys of documents, and the ids that they adopt in any environment, or were migrated from."""
    keys, adopted = set(), set()
    for key, document in documents:
        keys.add(key)
        patches = document.get("environments")
        for layer in (document, *(patches.values() if isinstance(patches, dict) else ())):
            if isinstance(layer, dict) and isinstance(layer.get("adopt"), str):
                adopted.add(layer["adopt"])
        metadata = document.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get(ORIGIN), str):
            adopted.add(metadata[ORIGIN])
    return keys, adopted


def slug(name: str) -> str:
    """A key that reads like the name; empty where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _withheld(defaults: Mapping[str, Any], stated: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The nulls that keep an environment's defaults away from what does not state them."""
    for name, default in defaults.items():
        if name not in stated:
            yield name, None
        elif isinstance(default, dict) and isinstance(stated[name], dict):
            inner = dict(_withheld(default, stated[name]))
            if inner:
                yield name, inner


def _merged(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for name, value in patch.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _as_file(key: str, document: Mapping[str, Any]) -> tuple[str, str]:
    """Name and text: Markdown where that suits the instructions better, else YAML."""
    body = document.get("instructions")
    if isinstance(body, str) and _reads_better_as_body(body):
        rest = {name: value for name, value in document.items() if name != "instructions"}
        return f"{key}.md", f"---\n{yamltext.dump(rest)}---\n{body}"
    return f"{key}.yaml", yamltext.dump(document)


def _reads_better_as_body(text: str) -> bool:
    if "\r\n" in text or count(text):  # the one is read as a line's end alone, the other would not be seen there
        return False
    return len(text) > LONG or ("\n" in text and not yamltext.is_block(text))
