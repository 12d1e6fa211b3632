"""Short fingerprints of canonical forms, for the mark: what the last apply sent and got, in a few characters."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.differences import ABSENT, Difference
from assistants_tool.objects.jsontext import as_text
from assistants_tool.objects.members import ASSISTANTS, Form, Members
from assistants_tool.objects.unknown import NOWHERE, Place


def digest(
    fields: Mapping[str, Any],
    ignored: Collection[str] = (),
    members: Members = ASSISTANTS,
    stated: Collection[Place] = NOWHERE,
) -> str:
    """A short fingerprint of the canonical form, with the version of the table of members: `1:` and 16 hexadecimal digits.

    Where a definition ignores something, `:` and 8 digits more are a fingerprint of the list of what it ignores.
    """
    return digest_of(canonical(fields, ignored, members, stated), ignored, members)


def digest_of(form: Form, ignored: Collection[str] = (), members: Members = ASSISTANTS) -> str:
    """The same, of a form that is canonical already."""
    return ":".join(filter(None, (members.version, _hash(form, 8), _tag(ignored))))


def _tag(ignored: Collection[str]) -> str:
    return _hash(sorted(set(ignored)), 4) if ignored else ""


def _hash(value: Any, size: int) -> str:
    return hashlib.blake2b(as_text(value).encode(), digest_size=size).hexdigest()


def digest_matches(
    recorded: str,
    fields: Mapping[str, Any],
    ignored: Collection[str] = (),
    members: Members = ASSISTANTS,
    stated: Collection[Place] = NOWHERE,
) -> bool | None:
    """Whether a recorded digest is that of these members; None where it cannot tell.

    It cannot where there is none, where a newer tool made it, and where other fields were ignored when it was made: then it is a digest
    of other fields. Digests that are older than the part about ignored fields lack that part; such a one still tells where it is equal.
    """
    version, _, rest = recorded.partition(":")
    table = members.of_version(version)
    if table is None:
        return None
    found, _, tag = rest.partition(":")
    same = _hash(canonical(fields, ignored, table, stated), 8) == found
    return same if tag == _tag(ignored) else (same and not tag) or None


def difference_digest(found: Iterable[Difference]) -> str:
    """A short fingerprint of places with what both sides have there: 8 hexadecimal digits."""
    return _hash([[one.path, *(_present(side) for side in (one.before, one.after))] for one in found], 4)


def _present(side: Any) -> list[Any]:
    return [] if side is ABSENT else [side]
