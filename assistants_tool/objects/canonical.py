"""One form for both sides, so that equality means "nothing to do".

Input: the members of an object, as a file states them or as a server answered them. Output: the same members with every default filled
in and everything that carries no meaning removed, so that what a server adds (recorded: `strict: false`, empty `parameters`, ranking
options, empty tool resources) and how a server spells "unset" (null, absent, {}, [], "") make no difference. Of what we do not know only
that is there which a definition states. Nothing here fails: a value of a shape that no one expects is kept as it is, and so shows up as a
difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from assistants_tool.objects.jsontext import plain, same
from assistants_tool.objects.members import ASSISTANTS, METADATA, Form, Members
from assistants_tool.objects.normal import is_hollow
from assistants_tool.objects.unknown import NOWHERE, Place, put, unknown


def canonical(
    fields: Mapping[str, Any],
    ignored: Collection[str] = (),
    members: Members = ASSISTANTS,
    stated: Collection[Place] = NOWHERE,
) -> Form:
    """The canonical form of an object's members, without the mark and without the `ignored` paths (`FIELD` or `metadata.KEY`).

    `stated` are the places of members that we do not know, and that are to be in it nevertheless.
    """
    form = members(fields)
    for one in unknown(fields, members).all if stated else ():
        if one.place in stated and not is_hollow(one.value):
            form = put(form, members, one.place, plain(one.value))
    form = {name: one for name, one in form.items() if name not in ignored}
    if isinstance(form.get(METADATA), dict):
        form[METADATA] = {key: one for key, one in form[METADATA].items() if f"{METADATA}.{key}" not in ignored}
    return form


def declared(body: Mapping[str, Any], members: Members = ASSISTANTS) -> Form:
    """An object's members as a file would state them: what a server filled in, and what says nothing, left out.

    Its canonical form, with all that it holds, is that of the body.
    """
    form, defaults = canonical(body, members=members), members.defaults
    lean = {name: members[name].lean(one) for name, one in form.items() if not same(one, defaults[name])}
    for one in unknown(body, members).told:
        lean = put(lean, members, one.place, plain(one.value))
    return lean
