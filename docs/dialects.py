"""docs/dialects.md, made out of the tables of the APIs: `python -m docs.reference` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assistants_tool.objects.dialects import DIALECTS, Dialect, Rule, Way

PAGE = Path(__file__).with_name("dialects.md")
_HEAD = """\
# The same files for other APIs

Made from the code by `{refresh}`: do not edit it by hand.

Definitions describe an assistant in the form of `/v1/assistants`. An environment may have another API; then the members are converted, and
everything else works as before: plans, guards, marks, backups, `list`, `import`, `restore`.

```yaml
environments:
  production:
    endpoint:
      base_url: https://api.openai.com/v1
      api_key: {{env: OPENAI_API_KEY}}
      api: agents        # {names}; the default is assistants
      drop: false        # true: leave out, with a warning, what that API does not support
```

```sh
assistants plan -e production
assistants plan --embedded --api agents
assistants apply --embedded --api agents --drop-unsupported
```

The address never chooses the API. The API is part of the target: saved plans, backups and the mark on each object name it, and those of
another API are refused. What an API does not support is an error with file, line and column before anything is sent; with
`--drop-unsupported`, or `drop: true` next to `base_url`, it is a warning, and the plan lists what is lost.

Fields that only one API has are in a mapping with its name, which the others ignore; [the reference](reference.md#definition-files) has
these fields, and `environments:` can patch them. `import` writes objects of any API as definitions, and `migrate` creates them again
through another API: [Migration](migration.md)."""
_PROSE = {
    "prompt-agents": """\
They replace Azure AI Foundry's classic agents, at `https://RESOURCE.services.ai.azure.com/api/projects/PROJECT` with
`api-version` v1. An agent is identified by its name: the key, with `-` for `.` and `_`, or what `prompt-agents: {name: ...}` states. Two
definitions with one name are an error, and a name that somebody else has is a conflict; `adopt:` takes a name.

An update creates a new version, and the plan shows from which to which; the mark is in the metadata of the version. Versions never change,
so the tool does not create one just to record what the service made of another. An apply never deletes a version, because applications
pin them. `list` shows the latest version, `show KEY@3` an earlier one. `restore` brings the old one back as a new version. Deleting an
agent deletes all of its versions, which the plan counts, and of which only the latest can be restored. An agent of another kind, such as
a workflow, holds its name, and is neither taken over nor imported.

If two runs create an agent with the same name at the same time, the second version is deleted again and reported as a conflict.

The embedded endpoint serves them under `/api/projects/PROJECT`, also as `assistants serve --kind foundry`: a reconstruction from the types
of Microsoft's SDK, because no recording of the service is public.""",
    "agents": """\
The service is in beta. It appends instructions to its own, and answers each create with 201. Each create carries an Idempotency-Key;
whether OpenAI's service honours it is not documented, so the tool does not rely on it to send a create twice.

What a definition does not state has its default, and is compared with it, as everywhere: removing the line `reasoning_effort` clears it. If
the service then answers the default of the model, the plan says so (`still there: reasoning`) and writes nothing. `compaction` alone is
compared only if a definition states it, because its default has changed.

An object that is not `object: "agent"` is refused before anything is written, because other products use
this path for other things.

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
    lines = ["| a definition's | carried | there, or why not and what comes closest |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {one.what} | {one.way.value} | {_said(one)} |" for one in rules)])


def _said(rule: Rule) -> str:
    if rule.way is Way.UNSUPPORTED:
        return f"{rule.why}; {rule.instead}"
    return f"`{rule.where}`{f': {rule.why}' if rule.why else ''}"
