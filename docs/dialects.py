"""docs/dialects.md, made out of the tables of the APIs: `python -m docs.reference` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assistants_tool.objects.dialects import DIALECTS, Dialect, Rule, Way

PAGE = Path(__file__).with_name("dialects.md")
_HEAD = """\
# The same files for other APIs

Made from the code by `{refresh}`: do not edit it by hand.

Definitions state an assistant as `/v1/assistants` has it. An environment may be spoken to by another API; the members are carried over, and
everything else stays: plans, guards, marks, backups, `list`, `import`, `restore`.

```yaml
environments:
  production:
    endpoint:
      base_url: https://api.openai.com/v1
      api_key: {{env: OPENAI_API_KEY}}
      api: agents        # {names}; assistants where nothing is said
      drop: false        # true: what has no place there is left out, with a warning
```

```sh
assistants plan -e production
assistants plan --embedded --api agents
assistants apply --embedded --api agents --drop-unsupported
```

No address changes the API by itself. It is part of the target: saved plans, backups and the mark on each object name it, and those of
another are refused. What an API has no place for is an error with file, line and column before anything is sent; with
`--drop-unsupported`, or `drop: true` beside `base_url`, it is a warning, and the plan lists what is lost.

What only one API has stands in a mapping of its name, which the others pass over; [the reference](reference.md#definition-files) has its
fields, and patches of `environments:` reach them. `import` writes assistants of any API as definitions, so `import --from` leads from one
to another."""
_PROSE = {
    "prompt-agents": """\
They are what Azure AI Foundry has after its classic agents, at `https://RESOURCE.services.ai.azure.com/api/projects/PROJECT` with
`api-version` v1. An agent is known by its name: the key, with `-` for `.` and `_`, or what `prompt-agents: {name: ...}` gives. Two
definitions of one name are an error, and a name that somebody else has is a conflict; `adopt:` takes a name.

An update is a new version, and the plan shows from which to which; the mark is in the metadata of the version. A version is never changed,
so none is made to note what the service made of another, and none is ever deleted by an apply: applications pin them. `list` shows
which is the latest, `show KEY@3` an earlier one. `restore` makes the old one anew, as one more. Deleting an agent deletes all of its
versions, which the plan counts, and of which only the latest comes back. An agent of another kind, as a workflow is, holds its name, and
is neither taken over nor imported.

Where two runs make an agent of one name at the same time, the second version is taken away again and the conflict is told.

The embedded endpoint serves them under `/api/projects/PROJECT`, also as `assistants serve --kind foundry`: a reconstruction from the types
of Microsoft's SDK, as nothing of the service is recorded.""",
    "agents": """\
The service is in beta. It appends instructions to ones of its own, and answers each create with 201. An Idempotency-Key is sent with a
create; nobody knows whether OpenAI's service honours it, and no create is sent twice on the strength of it. `compaction` is compared only
where a definition states it. What is not `object: "agent"` is refused before anything is written: other products have other things at
this path.

The embedded endpoint's `/v1/agents` is a reconstruction from the types of OpenAI's SDK and from reports; no recording of the service is
public.""",
}


def page(refresh: str) -> str:
    """The whole page, as Markdown."""
    others = [one for one in DIALECTS.values() if not one.is_that_of_files]
    head = _HEAD.format(refresh=refresh, names=" or ".join(one.name for one in others))
    return "\n\n".join([head, *(part for one in others for part in _section(one))]) + "\n"


def _section(dialect: Dialect) -> Iterator[str]:
    yield f"## {dialect.title}: `api: {dialect.name}`"
    yield _PROSE[dialect.name]
    yield _table(dialect.rules)


def _table(rules: tuple[Rule, ...]) -> str:
    lines = ["| a definition's | carried | there, or why not and what comes nearest |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {one.what} | {one.way.value} | {_said(one)} |" for one in rules)])


def _said(rule: Rule) -> str:
    if rule.way is Way.UNSUPPORTED:
        return f"{rule.why}; {rule.instead}"
    return f"`{rule.where}`{f': {rule.why}' if rule.why else ''}"
