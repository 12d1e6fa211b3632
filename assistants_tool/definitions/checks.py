"""What is wrong with a document whose layers are merged: its shape, and what only a sound field can be asked.

The shape of a document is in `document`. `faults` finds everything at once, as paths into the document; in which file a path stands is
the loader's business.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assistants_tool import models
from assistants_tool.definitions.advice import friendlier
from assistants_tool.definitions.extra import EXTRA, extras, is_plain
from assistants_tool.definitions.pastes import RENAMED_TOOLS, where_members_belong
from assistants_tool.definitions.schemas import schema_faults
from assistants_tool.definitions.shape import ShapeFault, did_you_mean, shown
from assistants_tool.definitions.sound import is_sound
from assistants_tool.errors import Severity
from assistants_tool.objects.dialects import secrets
from assistants_tool.objects.members import ASSISTANTS
from assistants_tool.objects.normal import MARK_KEY, leaves
from assistants_tool.objects.paths import Path, dotted, value_at
from assistants_tool.objects.tools import EITHER, TOOLS

if TYPE_CHECKING:
    from assistants_tool.models import Takes


def faults(document: Mapping[str, Any], takes: Takes = models.ANYTHING) -> list[ShapeFault]:
    """Everything that is wrong with a merged document: its shape, what only a sound field can be asked, and what its endpoint refuses."""
    found = [] if is_sound("document", document) else list(_of_the_shape(document))
    broken = {one.path for one in found}
    checks = _CHECKS if is_plain(document) else (*_CHECKS, *_OF_WHAT_IS_NOT_PLAIN)
    deeper = [one for check in checks for one in check(document)]
    deeper += [one for check in _OF_THE_ENDPOINT for one in check(document, takes)]
    found += (one for one in deeper if not any(one.path[:length] in broken for length in range(1, len(one.path) + 1)))
    return list(dict.fromkeys(found))


def _of_the_shape(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """In words that lead on; of a tool that is one of another API's, that alone."""
    flat = dict(where_members_belong(document))
    yield from (ShapeFault(path, said) for path, said in flat.items())
    for one in _shape_faults(document):
        if one.path[:2] not in flat:
            yield friendlier(one, document)


def _check_taken(document: Mapping[str, Any], takes: Takes) -> Iterator[ShapeFault]:
    """What the endpoint of an environment refuses of a document that others take."""
    for index, tool in enumerate(_items(document, "tools") if takes.tools else ()):
        kind = tool.get("type") if isinstance(tool, dict) else None
        if isinstance(kind, str) and takes.tools and kind not in takes.tools:
            said = f"{takes.name} refuses tools of the type {shown(kind)}; it takes {', '.join(takes.tools)}"
            yield ShapeFault(("tools", index, "type"), f"tools[{index}].type: {said}", severity=Severity.WARNING)
    resources = document.get("tool_resources")
    for name, value in resources.items() if takes.resources and isinstance(resources, dict) else ():
        if takes.resources and name not in takes.resources and value is not None:
            said = f"{takes.name} refuses the resources {shown(name)}; it takes {', '.join(takes.resources)}"
            path = ("tool_resources", name)
            yield ShapeFault(path, f"{dotted(path)}: {said}", at_key=True, severity=Severity.WARNING)
    for name in takes.without:
        if document.get(name) is not None:
            said = f"{name}: {takes.name} has no such member; remove it"
            yield ShapeFault((name,), said, at_key=True, severity=Severity.WARNING)


def _check_ranker(document: Mapping[str, Any], takes: Takes) -> Iterator[ShapeFault]:
    """Servers have rankers of their own; where nothing is known of those, a ranker is one of OpenAI's."""
    for index, tool in enumerate(() if takes.any_ranker else _items(document, "tools")):
        path: Path = ("tools", index, "file_search", "ranking_options", "ranker")
        ranker = value_at(tool, path[2:])
        if isinstance(ranker, str) and ranker not in models.RANKERS:
            said = f"it has to be {' or '.join(map(repr, models.RANKERS))}"
            yield ShapeFault(path, f"{dotted(path)} is {shown(ranker)}; {said}")


def literal_secrets(document: Mapping[str, Any], from_variables: Collection[Path]) -> Iterator[ShapeFault]:
    """The secrets that stand in files: who may read these may use them."""
    for path, value in secrets(document):
        if isinstance(value, str) and value and path not in from_variables:
            said = (
                f"{dotted(path)} is a secret, which a file should not hold; write {{env: NAME}} and set that variable"
            )
            yield ShapeFault(path, said, severity=Severity.WARNING)


def _shape_faults(document: Mapping[str, Any]) -> list[ShapeFault]:
    from assistants_tool.definitions.document import SHAPES, Document
    from assistants_tool.definitions.structure import shape_faults

    return shape_faults(Document, document, SHAPES)


def _items(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []


def _model_of(document: Mapping[str, Any], takes: Takes) -> str:
    """The model, where its name tells which it is; else empty."""
    model = document.get("model")
    return model if isinstance(model, str) and not takes.deployments else ""


def _check_model(document: Mapping[str, Any], takes: Takes) -> Iterator[ShapeFault]:
    model = _model_of(document, takes)
    if endpoints := models.unfit_for_assistants(model):
        yield ShapeFault(
            ("model",),
            f"the model {model!r} cannot serve an assistant: it serves {', '.join(endpoints)}; choose a chat model",
        )


def _check_sampling(document: Mapping[str, Any], takes: Takes) -> Iterator[ShapeFault]:
    """A warning: a server of one's own may have a model of that name which takes them. What is at its default is not minded."""
    model = _model_of(document, takes)
    for name in ("temperature", "top_p"):
        value = document.get(name)
        given = isinstance(value, (int, float)) and not isinstance(value, bool) and value != 1
        if given and models.has_no_sampling(model):
            said = f"{name}: reasoning models such as this one refuse it; remove it, or choose another model"
            yield ShapeFault((name,), said, severity=Severity.WARNING)


def _check_effort(document: Mapping[str, Any], takes: Takes) -> Iterator[ShapeFault]:
    """A warning, likewise."""
    model, effort = _model_of(document, takes), document.get("reasoning_effort")
    if isinstance(effort, str) and models.has_no_effort(model):
        said = f"reasoning_effort: {model} does not reason, and refuses it; remove it, or choose a reasoning model"
        yield ShapeFault(("reasoning_effort",), said, severity=Severity.WARNING)


def _check_spelling(document: Mapping[str, Any], takes: Takes) -> Iterator[ShapeFault]:
    """A warning: servers name their own models."""
    model = _model_of(document, takes)
    if meant := models.misspelt(model):
        said = f"unknown model {shown(model)}; did you mean {meant!r}?"
        yield ShapeFault(("model",), said, severity=Severity.WARNING)


def _check_tool_types(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """A type that we do not know passes, but not one that is all but one that we know."""
    for index, tool in enumerate(_items(document, "tools")):
        kind = tool.get("type") if isinstance(tool, dict) else None
        if not isinstance(kind, str) or kind in TOOLS:
            continue
        path: Path = ("tools", index, "type")
        if kind in RENAMED_TOOLS:
            said = f"which was renamed to {RENAMED_TOOLS[kind]}; write that, unless the server still has the old one"
            yield ShapeFault(path, f"{dotted(path)} is {shown(kind)}, {said}", severity=Severity.WARNING)
        elif close := difflib.get_close_matches(kind, TOOLS, 1, 0.85):
            yield ShapeFault(path, f"{dotted(path)} is {shown(kind)}; did you mean {close[0]!r}?")


def _check_whole_numbers(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """To JSON Schema 8.0 is a whole number, and to some servers it is none."""
    for path, value, leaf in leaves(document, ASSISTANTS):
        if leaf.is_whole and isinstance(value, float):
            yield ShapeFault(path, f"{dotted(path)} has to be a whole number, but is a number; write a whole number")


def _check_one_of_two(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    for name, (one, other) in EITHER.items():
        path = ("tool_resources", name)
        stated = value_at(document, path)
        if isinstance(stated, dict) and stated.get(one) and stated.get(other):
            yield ShapeFault(
                (*path, other), f"{dotted(path)} takes {one} or {other}, not both; remove one", at_key=True
            )


def _check_metadata(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and MARK_KEY in metadata:
        yield ShapeFault(
            ("metadata", MARK_KEY), f"the metadata key {MARK_KEY!r} is the tool's own; remove it", at_key=True
        )


def _check_extra(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """What is known has one place, which is checked."""
    for extra in extras(document):
        for name in extra.members:
            if name in extra.known or name in extra.servers_own:
                path = (*extra.path, name)
                advice = "remove it" if name in extra.servers_own else f"write it beside {EXTRA}"
                yield ShapeFault(
                    path, f"{dotted(path)}: {name!r} is a field that the tool knows; {advice}", at_key=True
                )


def _check_ignore(document: Mapping[str, Any]) -> Iterator[ShapeFault]:
    for index, name in enumerate(_items(document, "ignore")):
        if isinstance(name, str) and name not in ASSISTANTS.names and not re.match(r"metadata\..", name, re.DOTALL):
            hint = did_you_mean(name, [*ASSISTANTS.names, "metadata.KEY"])
            yield ShapeFault(("ignore", index), f"unknown field {name!r} to ignore; {hint}")


_Check = Callable[[Mapping[str, Any]], Iterator[ShapeFault]]
_CHECKS: tuple[_Check, ...] = (_check_tool_types, _check_one_of_two, _check_metadata, _check_ignore, schema_faults)
# Which find nothing in what is plain.
_OF_WHAT_IS_NOT_PLAIN: tuple[_Check, ...] = (_check_whole_numbers, _check_extra)
# Of what is fine for one endpoint and not for another.
_OF_THE_ENDPOINT: tuple[Callable[[Mapping[str, Any], Takes], Iterator[ShapeFault]], ...] = (
    _check_taken,
    _check_model,
    _check_sampling,
    _check_effort,
    _check_spelling,
    _check_ranker,
)
