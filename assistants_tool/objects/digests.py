"""Short fingerprints of canonical forms, for the mark: what the last apply sent and got, in a few characters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.jsontext import fingerprint
from assistants_tool.objects.masked import is_masked
from assistants_tool.objects.members import ASSISTANTS, Form, Members
from assistants_tool.objects.paths import with_value
from assistants_tool.objects.unknown import NOWHERE, Place, unknown


def digest(
    fields: Mapping[str, Any],
    ignored: Collection[str] = (),
    members: Members = ASSISTANTS,
    stated: Collection[Place] = NOWHERE,
) -> str:
    """A short fingerprint of the canonical form, with the version of the table of members: `2:` and 16 hexadecimal digits.

    Where there are secrets in it, 8 digits more are a fingerprint of these alone: a server that hides them shows the rest. Where a
    definition ignores something, `:` and 8 digits more are one of the list of what it ignores.
    """
    return digest_of(canonical(fields, ignored, members, stated), ignored, members)


def digest_of(form: Form, ignored: Collection[str] = (), members: Members = ASSISTANTS) -> str:
    """The same, of a form that is canonical already."""
    said, hidden = _parts(form, members)
    return ":".join(filter(None, (members.version, said + hidden, _tag(ignored))))


def _parts(form: Form, members: Members) -> tuple[str, str]:
    """The fingerprints of a form without its secrets, and of these alone, which is empty where there are none."""
    found = [(list(path), value) for path, value in members.secrets(form)]
    for path, _ in found:
        form = with_value(form, tuple(path), "")
    return fingerprint(form, 8), fingerprint(found, 4) if found else ""


def _tag(ignored: Collection[str]) -> str:
    return fingerprint(sorted(set(ignored)), 4) if ignored else ""


def digest_matches(
    recorded: str,
    fields: Mapping[str, Any],
    ignored: Collection[str] = (),
    members: Members = ASSISTANTS,
    stated: Collection[Place] = NOWHERE,
) -> bool | None:
    """Whether a recorded digest is that of these members; None where it cannot tell. Of the members that its table did not know, those
    count that stand at the `stated` places. Secrets that the server hides do not count.

    It cannot where there is none, where a newer tool made it, and where other fields were ignored when it was made: then it is a digest
    of other fields. Digests that are older than the part about ignored fields lack that part; such a one still tells where it is equal.
    """
    table = members.of_digest(recorded)
    if table is None:
        return None
    found, _, tag = recorded.partition(":")[2].partition(":")
    form = canonical(fields, ignored, table, stated)
    said, hidden = _parts(form, table)
    is_hidden = any(is_masked(one) for _, one in table.secrets(form))
    same = found[:_SAID] == said and (is_hidden or found[_SAID:] == hidden)
    return same if tag == _tag(ignored) else (same and not tag) or None


_SAID = 16  # digits


def secrets_match(
    recorded: str, fields: Mapping[str, Any], ignored: Collection[str] = (), members: Members = ASSISTANTS
) -> bool | None:
    """Whether the secrets that are stated here are those that were there when a digest was made; None where it cannot tell.

    An older one tells of the whole alone.
    """
    table = members.of_digest(recorded)
    if table is not members:
        stated = unknown(fields, table).places if table else NOWHERE
        return digest_matches(recorded, fields, ignored, members, stated)
    return recorded.split(":")[1][_SAID:] == _parts(canonical(fields, ignored, members), members)[1]


def difference_digest(found: Iterable[Difference]) -> str:
    """A short fingerprint of places with what both sides have there: 8 hexadecimal digits."""
    return fingerprint([[one.path, *(_present(side) for side in (one.before, one.after))] for one in found], 4)


def _present(side: Any) -> list[Any]:
    return [] if side is ABSENT else [side]
