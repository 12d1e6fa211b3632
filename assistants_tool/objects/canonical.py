"""One form for both sides, so that equality means "nothing to do".

Input: the members of an object, as a file states them or as a server answered them. Output: the same members with every default filled
in and everything that carries no meaning removed, so that what a server adds (recorded: `strict: false`, empty `parameters`, ranking
options, empty tool resources) and how a server spells "unset" (null, absent, {}, [], "") make no difference. Nothing here fails: a value
of a shape that no one expects is kept as it is, and so shows up as a difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from assistants_tool.objects.jsontext import as_text, plain
from assistants_tool.objects.members import ASSISTANTS, METADATA, Form, Members


def canonical(fields: Mapping[str, Any], ignored: Collection[str] = (), members: Members = ASSISTANTS) -> Form:
    """The canonical form of an object's members, without the mark and without the `ignored` paths (`FIELD` or `metadata.KEY`)."""
    form = {one.name: plain(one.normal(fields.get(one.name))) for one in members.table if one.name not in ignored}
    if isinstance(form.get(METADATA), dict):
        form[METADATA] = {key: one for key, one in form[METADATA].items() if f"{METADATA}.{key}" not in ignored}
    return form


def declared(body: Mapping[str, Any], members: Members = ASSISTANTS) -> Form:
    """An object's members as a file would state them: without what a server filled in, and without what says nothing.

    A definition of these members has the same canonical form as the body, so that it plans no change.
    """
    form, defaults = canonical(body, members=members), members.defaults
    return {name: members[name].lean(one) for name, one in form.items() if as_text(one) != as_text(defaults[name])}
