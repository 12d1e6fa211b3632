"""The real service's recorded traffic: what was sent and what was answered have one canonical form."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.objects.canonical import canonical
from assistants_tool.objects.differences import differences
from assistants_tool.objects.jsontext import as_text

DATA = Path(os.environ.get("ASSISTANTS_TEST_DATA", "")) / "recordings.jsonl"
pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="ASSISTANTS_TEST_DATA names no folder of recordings")

Recording = dict[str, Any]


def recordings(kind: str) -> list[Recording]:
    lines = DATA.read_text(encoding="utf-8").splitlines() if DATA.is_file() else []
    posts = [one for line in lines if (one := json.loads(line))["method"] == "POST" and one["status"] == 200]
    creating = {True: "create", False: "modify"}
    return [one for one in posts if creating[one["url"].rstrip("/").endswith("/assistants")] == kind]


def named(one: Recording) -> str:
    return f"{one['source']}#{one['index']}"


def uses_helper(one: Recording) -> bool:
    """The create-only helper is replaced by the id of the store that it made, so the answer never equals the request."""
    return "vector_stores" in json.dumps(one["request"].get("tool_resources") or {})


def test_there_are_as_many_as_were_recorded() -> None:
    creates = recordings("create")
    assert (len(creates), len(recordings("modify"))) == (125, 11)
    assert sum(map(uses_helper, creates)) < 10


@pytest.mark.parametrize("one", [one for one in recordings("create") if not uses_helper(one)], ids=named)
def test_a_recorded_create_is_answered_with_the_same_form(one: Recording) -> None:
    assert not list(differences(canonical(one["request"]), canonical(one["response"])))


@pytest.mark.parametrize("one", recordings("modify"), ids=named)
def test_a_recorded_modify_is_answered_with_the_same_form_of_what_it_names(one: Recording) -> None:
    sent, got = canonical(one["request"]), canonical(one["response"])
    assert set(one["request"]) <= set(sent)
    for name in one["request"]:
        if name == "tool_resources":  # a member that a request leaves out stays as it was
            for member in one["request"][name]:
                assert as_text(sent[name][member]) == as_text(got[name][member])
        else:
            assert as_text(sent[name]) == as_text(got[name])
