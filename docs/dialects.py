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
another API are refused. What an API does not support is an error with file, line and column before anything is written; with
`--drop-unsupported`, or `drop: true` next to `base_url`, it is a warning, and the plan lists what is lost.
<!-- held by
"Made from the code": make reference, tests/test_reference.py::test_the_page_of_apis_is_current
"everything else works as before": tests/test_dialects.py::TestTheLine::test_a_change_is_made_and_undone,
  tests/test_dialects.py::TestTheLine::test_what_is_imported_is_what_is_there,
  tests/test_dialects.py::test_no_api_is_asked_more_than_the_first
"The address never chooses the API": tests/test_dialects.py::test_no_host_changes_the_api,
  tests/test_dialects.py::TestTheLine::test_a_saved_plan_is_of_one_api
"What an API does not support": tests/test_dialects.py::test_each_example_is_applied_or_refused_with_position_and_reason,
  tests/test_dialects.py::test_what_is_lost_is_told_in_every_form,
  tests/test_dialects.py::test_the_endpoint_itself_may_say_that_it_is_dropped -->

Fields that only one API has are in a mapping with its name, which the others ignore; [the reference](reference.md#definition-files) has
these fields, and `environments:` can patch them. `import` writes objects of any API as definitions, and `migrate` creates them again
through another API: [Migration](migration.md).
<!-- held by
tests/test_dialects.py::test_what_an_agent_is_of_a_definition, tests/test_prompts_api.py::test_a_patch_reaches_the_block,
  tests/test_dialects.py::TestTheLine::test_what_is_imported_is_what_is_there,
  tests/test_migrating.py::test_what_nobody_manages_is_made_anew_and_known_again -->"""
_HELD = """\
<!-- held by
"| a definition's | carried |": make reference
"| instructions |": tests/test_dialects.py::test_what_an_agent_is_of_a_definition,
  tests/test_prompts_api.py::test_what_a_prompt_agent_is_of_a_definition
"| tools: function |": tests/test_dialects.py::test_what_no_agent_can_be_of_a_definition,
  tests/test_prompts_api.py::test_what_no_prompt_agent_can_be_of_a_definition
"| native |": tests/test_dialects.py::test_each_member_that_a_file_may_state_is_in_the_table
"| mapped |": tests/test_dialects.py::test_there_and_back_again_is_the_same, tests/test_dialects.py::test_apply_then_plan_is_empty
"| unsupported |": tests/test_dialects.py::test_what_the_table_calls_unsupported_is_refused,
  tests/test_dialects.py::test_what_cannot_even_be_dropped -->"""
_PROSE = {
    "prompt-agents": """\
They replace Azure AI Foundry's classic agents, at `https://RESOURCE.services.ai.azure.com/api/projects/PROJECT` with
`api-version` v1. An agent is identified by its name: the key, with `-` for `.` and `_`, or what `prompt-agents: {name: ...}` states. Two
definitions with one name are an error, and a name that somebody else has is a conflict; `adopt:` takes a name.

An update creates a new version, and the plan shows from which to which; the mark is in the metadata of the version. Versions never
change, so the tool does not create one just to record what the service made of another. An apply deletes no version, because applications
pin them, but for one: if two runs create an agent with the same name at the same time, the second version is deleted again and reported
as a conflict. `list` shows the latest version, `show KEY@3` an earlier one. `restore` brings the old one back as a new version. Deleting
an agent deletes all of its versions, which the plan counts, and of which only the latest can be restored. An agent of another kind, such
as a workflow, holds its name, and is neither taken over nor imported.
<!-- held by
"An agent is identified by its name": tests/test_prompts_api.py::test_what_a_prompt_agent_is_of_a_definition,
  tests/test_prompts_api.py::test_a_name_that_cannot_be, tests/test_prompts_api.py::test_a_name_that_somebody_has_is_a_conflict
"An update creates a new version": tests/test_prompts_api.py::test_an_update_is_one_version_more_and_the_plan_says_which,
  tests/test_prompts_api.py::test_an_apply_of_the_same_makes_no_version_also_where_something_is_not_kept
"if two runs create an agent": tests/test_prompts_api.py::test_a_name_that_is_taken_meanwhile_gets_no_version_of_ours
"`show KEY@3` an earlier one": tests/test_prompts_api.py::test_an_update_is_one_version_more_and_the_plan_says_which,
  tests/test_prompts_api.py::test_what_a_restore_makes_is_as_it_was_also_where_something_is_not_kept
"Deleting an agent deletes all": tests/test_prompts_api.py::test_a_deletion_says_what_goes,
  tests/test_prompts_api.py::test_an_agent_of_another_kind_holds_its_name_and_is_nobodys_to_take -->

The embedded endpoint serves them under `/api/projects/PROJECT`, also as `assistants serve --kind foundry`: a reconstruction from the types
of Microsoft's SDK, not from recordings.
<!-- held by
tests/test_embedded_prompts.py::test_each_post_is_a_version_and_the_latest_is_the_agents,
  tests/interop/test_azure_projects.py::test_a_version_comes_back_as_the_client_knows_it,
  document "azure-ai-projects 2.10.0, its types" read 2026-11-28 -->""",
    "agents": """\
The service is in beta. It appends instructions to its own, and answers each create with 201. Each create carries an Idempotency-Key;
whether OpenAI's service honours it is not documented, so the tool does not rely on it to send a create twice.

What a definition does not state has its default, and is compared with it, as everywhere: removing the line `reasoning_effort` clears it. If
the service then answers the default of the model, the plan says so (`still there: reasoning`) and writes nothing. `compaction` alone is
compared only if a definition states it, because its default has changed.

An object that is not `object: "agent"` is refused before anything is written, because other products use
this path for other things.
<!-- held by
"The service is in beta": document "OpenAI's reference: Agents (beta), create" read 2026-11-28
"Each create carries an Idempotency-Key": tests/test_prompts_api.py::test_a_create_of_an_agent_has_a_key_that_its_tries_have_in_common,
  tests/test_applying.py::test_a_create_of_unknown_fate_is_settled_by_one_listing
"removing the line": tests/test_agents_api.py::test_a_line_that_is_removed_is_cleared
"the plan says so": tests/test_agents_api.py::test_an_effort_that_nobody_stated_is_told_once_and_never_written_again
"`compaction` alone is": tests/test_dialects.py::test_what_the_service_chooses_is_compared_only_where_it_is_stated
"An object that is not": tests/test_prompts_api.py::test_what_is_no_agent_is_not_written_to -->

The embedded endpoint's `/v1/agents` is a reconstruction from the types of OpenAI's SDK and from reports; no recording of the service is
public.
<!-- held by
tests/test_embedded_agents.py::test_what_is_filled_in, tests/test_sdk.py::test_the_sdk_drives_the_served_agents,
  tests/interop/test_agents_prism.py::test_every_request_and_every_answer_is_as_described -->""",
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
    rows = (f"| {one.what} | {one.way.value} | {_said(one)} |" for one in rules)
    return "\n".join([*lines, *rows, "", _HELD])


def _said(rule: Rule) -> str:
    if rule.way is Way.UNSUPPORTED:
        return f"{rule.why}; {rule.instead}"
    return f"`{rule.where}`{f': {rule.why}' if rule.why else ''}"
