"""References in place of values, and faults with their sentences: what all readers of files have in common."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistants_tool.errors import Severity
from assistants_tool.objects.mark import NAME_PATTERN

if TYPE_CHECKING:
    from assistants_tool.objects.paths import Path

IDENTIFIER_PATTERN = NAME_PATTERN


# With no white space around it. Spelled out, as engines of regular expressions differ in what \s is.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
BARE_PATTERN = rf"^[^{_SPACE}]([\s\S]*[^{_SPACE}])?$"
VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
IDENTIFIER = re.compile(IDENTIFIER_PATTERN.replace("$", r"\Z"))
_VARIABLE = re.compile(VARIABLE_PATTERN.replace("$", r"\Z"))


def is_variable(name: str) -> bool:
    """Whether a name looks like a variable's. In project.yaml, what does not may be a key that was written there by mistake."""
    return _VARIABLE.match(name) is not None


def is_reference(value: Any) -> bool:
    """Whether a value is `{file: TEXT}`, `{env: TEXT}` or `{env: TEXT, default: TEXT}`; its place says whether that is a reference."""
    if not isinstance(value, dict) or len(value) > 2 or value.keys() not in _REFERENCES:
        return False
    return all(isinstance(one, str) for one in value.values())


def is_meant_as_variable(value: Any) -> bool:
    """Whether somebody meant a variable, also where its default is no text: then what is wrong with it has to be said."""
    return isinstance(value, dict) and value.keys() in _VARIABLES and isinstance(value["env"], str)


_VARIABLES = ({"env"}, {"env", "default"})
_REFERENCES = ({"file"}, *_VARIABLES)
REFERENCE_FORMS = "{file: PATH}, {env: NAME} or {env: NAME, default: TEXT}"


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """A fault of a structure: the path of the value (or of its key) and a sentence on it; or, by its severity, a warning."""

    path: Path
    message: str
    at_key: bool = False
    severity: Severity = Severity.FAULT


_LONG = 200  # characters: far more than any name that is known


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The closest of the known names, or the first that `name` is the beginning of (`prod`); else all of them."""
    close = (
        difflib.get_close_matches(name, known, n=1) if len(name) < _LONG else []
    )  # which takes a second for half a million
    close = close or [one for one in known if len(name) > 2 and one.startswith(name)]
    return f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(known) or 'none'}"


def known_or_extra(name: str, known: Collection[str]) -> str:
    """The same, and the way out where a server has such a field that the tool does not know."""
    hint = did_you_mean(name, known)
    return f"{hint}{' To' if hint.endswith('?') else '; to'} send it as it is, write it under extra"


def shown(value: Any) -> str:
    """A value in a message: whole, unless that would bury the message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
