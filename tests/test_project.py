"""Where a run is: the root, project.yaml with all of its problems, and the endpoint and scope that the choices lead to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_tool.errors import DefinitionError, ToolError, UsageError
from assistants_tool.project.projectfile import Environment, Project, find_project, find_root, read_project
from assistants_tool.project.state import make_state_folder
from assistants_tool.project.target import Choice, Embedded, Key, Remote, chat_server, choose_target
from tests.conftest import Write
from tests.examples import examples
from tests.tables import cases

Files = Mapping[str, str]

# --- the root


@cases(
    "folders paths current expected",
    {
        "the folder with .git": (["r/.git", "r/a"], ["r/a"], "r", "r"),
        "above the current folder": (["r/.git", "r/a/b"], ["r/a/b"], "r/a/b", "r"),
        "of the paths, not of the current folder": (["r/.git", "s/.git", "r/a"], ["r/a"], "s", "r"),
        "the nearest": (["r/.git", "r/a/.git", "r/a/b"], ["r/a/b"], "r", "r/a"),
        "above all of the paths": (["r/.git", "r/a/.git", "r/a", "r/b"], ["r/a", "r/b"], "r", "r"),
        "the path itself": (["r/.git"], ["r"], ".", "r"),
        "a file's folder": (["r/.git", "r/a"], ["r/a/file"], ".", "r"),
        "a path that is not there": (["r/.git"], ["r/a/b/c"], ".", "r"),
        "without .git, the current folder": (["r/a/b"], ["r/a/b"], "r", "r"),
        "without .git, the current folder itself": (["r/a"], ["r/a"], "r/a", "r/a"),
        "without .git, elsewhere": (["r/a", "s"], ["r/a"], "s", "r/a"),
        "without .git, a file elsewhere": (["r/a", "s"], ["r/a/file"], "s", "r/a"),
        "without .git, several elsewhere": (["r/a", "r/b", "s"], ["r/a", "r/b"], "s", "r"),
        "without .git, below": (["r/a/b"], ["r"], "r/a", "r"),
        "no paths": (["r/.git", "r/a"], [], "r/a", "r"),
        "no paths, no .git": (["r/a"], [], "r/a", "r/a"),
    },
)
def test_the_root(tmp_path: Path, folders: list[str], paths: list[str], current: str, expected: str) -> None:
    (tmp_path / ".git").rmdir()
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    if (tmp_path / "r/a").is_dir():
        (tmp_path / "r/a/file").touch()
    assert tmp_path / expected == find_root([tmp_path / path for path in paths], tmp_path / current)


def test_the_root_of_a_worktree_has_a_git_file(write: Write) -> None:
    folder = write({"r/.git": "gitdir: elsewhere", "r/a/b.yaml": ""})
    assert find_root([folder / "r/a/b.yaml"], folder) == folder / "r"


def test_too_long_a_path_has_a_root_all_the_same(tmp_path: Path) -> None:
    assert tmp_path == find_root([tmp_path / ("x" * 300)], tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_no_crash(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "a").mkdir(parents=True)
    closed.chmod(0)
    try:
        assert find_root([closed / "a/b.yaml"], tmp_path) == tmp_path
        assert find_project([closed / "a/b.yaml"], tmp_path) == Project(tmp_path)
    finally:
        closed.chmod(0o700)


# --- which project.yaml


def found(*paths: str, root: str = ".") -> str | None:
    """The project.yaml of paths in the current folder, as the user would type it."""
    project = find_project([Path.cwd() / path for path in paths], Path.cwd() / root)
    assert project.root == Path.cwd() / root
    return project.source.shown if project.source else None


@cases(
    "files paths expected",
    {
        "in the folder": (["a/x.yaml", "a/project.yaml"], ["a"], "a/project.yaml"),
        "beside the file": (["a/x.yaml", "a/project.yaml"], ["a/x.yaml"], "a/project.yaml"),
        "above": (["a/b/c/x.yaml", "a/project.yaml"], ["a/b/c", "a/b"], "a/project.yaml"),
        "the nearest above": (["a/b/x.yaml", "a/project.yaml", "project.yaml"], ["a/b"], "a/project.yaml"),
        "in the root": (["a/x.yaml", "project.yaml"], ["a"], "project.yaml"),
        "named itself": (["a/project.yaml"], ["a/project.yaml"], "a/project.yaml"),
        "none": (["a/x.yaml", "b/project.yaml"], ["a"], None),
        "none below a hidden folder": (
            ["a/x.yaml", "a/.b/project.yaml", "a/_c/project.yaml", "a/_project.yaml"],
            ["a"],
            None,
        ),
        "of another name": (["a/x.yaml", "a/project.yml"], ["a"], None),
        "a path that is not there": (["a/project.yaml"], ["a/b/c.yaml"], "a/project.yaml"),
    },
)
def test_project_yaml_is_the_nearest_at_or_above_the_paths(
    write: Write, files: list[str], paths: list[str], expected: str | None
) -> None:
    write(dict.fromkeys(files, "project: acme\n"))
    assert expected == found(*paths)


def test_a_project_yaml_above_the_root_does_not_count(write: Write) -> None:
    write({"project.yaml": "project: acme\n", "root/a/x.yaml": ""})
    assert found("root/a", root="root") is None
    assert found("root/a", root=".") == "project.yaml"


@cases(
    "files paths expected",
    {
        "two folders": (
            ["a/project.yaml", "b/project.yaml"],
            ["b", "a"],
            "one run has one project.yaml, but here are a/project.yaml and b/project.yaml; give the paths of one project",
        ),
        "a file's and a folder's": (
            ["a/project.yaml", "a/x.yaml", "project.yaml", "b/x.yaml"],
            ["a/x.yaml", "b"],
            "one run has one project.yaml, but here are a/project.yaml and project.yaml; give the paths of one project",
        ),
        "one deeper": (
            ["a/project.yaml", "a/b/c/project.yaml"],
            ["a"],
            "one run has one project.yaml, but here are a/b/c/project.yaml and a/project.yaml; give the paths of one project",
        ),
        "only one deeper": (
            ["a/b/project.yaml"],
            ["a"],
            "a/b/project.yaml stands deeper than the given path; give its folder, or move it up",
        ),
        "two deeper": (
            ["a/b/project.yaml", "a/c/project.yaml"],
            ["a"],
            "one run has one project.yaml, but here are a/b/project.yaml and a/c/project.yaml; give the paths of one project",
        ),
    },
)
def test_two_project_files_or_one_deeper_are_refused(
    write: Write, files: list[str], paths: list[str], expected: str
) -> None:
    write(dict.fromkeys(files, "project: acme\n"))
    with pytest.raises(ToolError) as caught:
        found(*paths)
    assert expected == str(caught.value)


def test_one_project_file_by_two_names_is_one(write: Write, tmp_path: Path) -> None:
    write({"a/project.yaml": "project: acme\n"})
    (tmp_path / "link").symlink_to("a")
    assert found("a", "link") == "a/project.yaml"


UNREADABLE = {
    "a link to nothing": (
        lambda path: path.symlink_to("nowhere"),
        "the file cannot be read: No such file or directory",
    ),
    "a link to itself": (
        lambda path: path.symlink_to(path.name),
        "the file cannot be read: Too many levels of symbolic links",
    ),
    "a link out of the root": (lambda path: path.symlink_to("/dev/null"), "the file is outside the root ."),
    "a pipe": (os.mkfifo, "not a regular file"),
    "a folder": (Path.mkdir, "not a regular file"),
}


@cases("make expected", UNREADABLE)
@cases("given", {"its folder": "a", "a file beside it": "a/x.yaml", "a folder below": "a/b"})
def test_a_project_yaml_that_cannot_be_read_is_not_passed_over(
    write: Write, make: Callable[[Path], None], expected: str, given: str
) -> None:
    """The run would go to another endpoint, and own what is not its own."""
    make(write({"a/x.yaml": "", "a/b/y.yaml": ""}) / "a/project.yaml")
    with pytest.raises(DefinitionError) as caught:
        found(given)
    assert str(caught.value).startswith(f"a/project.yaml: {expected}; ")


# --- what project.yaml holds

FULL = """\
project: acme
default_environment: local
environments:
  local:
    endpoint: embedded
  production:
    endpoint:
      base_url: https://assistants.example.com/any/prefix/v1
      api_key: {env: ASSISTANTS_API_KEY}
      query: {api-version: v1}
      headers: {X-Tenant: acme, Authorization: {env: TOKEN}}
      api: assistants
    defaults: {model: gpt-4.1, anything: {at: all}}
  foundry:
    endpoint:
      base_url: http://[::1]:8080
      api_key: {command: [az, account, get-access-token]}
"""


def test_a_project_yaml_with_everything(write: Write) -> None:
    project = read_project(write({"project.yaml": FULL}) / "project.yaml", Path.cwd())
    assert (project.name, project.default_environment, project.folder) == ("acme", "local", Path.cwd())
    assert list(project.environments) == ["local", "production", "foundry"]
    assert project.environments["local"].endpoint == {"embedded": True}
    assert project.environments["production"].defaults == {"model": "gpt-4.1", "anything": {"at": "all"}}


@cases(
    "text",
    {
        "a name": "project: acme\n",
        "nothing but null": "project:\ndefault_environment:\n",
        "behind an empty document": "---\n---\nproject: acme\n",
    },
)
def test_little_is_enough(write: Write, text: str) -> None:
    project = read_project(write({"project.yaml": text}) / "project.yaml", Path.cwd())
    assert project.environments == {}


def refused(text: str) -> list[str]:
    Path("project.yaml").write_text(text)
    with pytest.raises(DefinitionError) as caught:
        read_project(Path.cwd() / "project.yaml", Path.cwd())
    lines = str(caught.value).splitlines()
    assert all(line.startswith("project.yaml") for line in lines)
    return [line.removeprefix("project.yaml:") for line in lines]


IDENTIFIER = "use at most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"


@cases(
    "text expected",
    {
        "nothing": ("", " the file holds 0 documents where one is needed; leave one in it"),
        "two documents": (
            "project: a\n---\nproject: b\n",
            " the file holds 2 documents where one is needed; leave one in it",
        ),
        "a list": ("- a\n", " a project.yaml is a mapping; write `project: NAME` and `environments:`"),
        "syntax": (
            "project: [\n",
            "2:1: not valid YAML: a value is missing here: write it",
        ),
        "a trap": (
            "project: no\n",
            '1:10: YAML reads no as the boolean false; write false, or quote it to make it text: "no"',
        ),
        "unknown field": ("projet: a\n", "1:1: unknown field 'projet'; did you mean 'project'?"),
        "name": ("project: a b\n", f"1:10: project is 'a b'; {IDENTIFIER}"),
        "name is a number": ("project: 5\n", "1:10: project has to be text, but is a number; quote it"),
        "no environments": (
            "environments:\n",
            "1:14: environments has to be a mapping, but is nothing; write a mapping",
        ),
        "a list of environments": (
            "environments: [local]\n",
            "1:15: environments has to be a mapping, but is a list; write a mapping",
        ),
        "an environment's name": (
            "environments:\n  a b: {endpoint: embedded}\n",
            f"2:3: environments.a b is 'a b'; {IDENTIFIER}",
        ),
        "an empty environment": (
            "environments:\n  local:\n",
            "2:9: environments.local has to be a mapping, but is nothing; write a mapping",
        ),
        "no endpoint": (
            "environments:\n  local: {}\n",
            "2:10: the field 'endpoint' of environments.local is missing; add it",
        ),
        "unknown field of an environment": (
            "environments:\n  local: {endpoint: embedded, default: {}}\n",
            "2:31: unknown field 'default' of environments.local; did you mean 'defaults'?",
        ),
        "endpoint of another name": (
            "environments: {local: {endpoint: embeded}}\n",
            "1:34: endpoint has to be 'embedded' or a mapping with base_url; change it",
        ),
        "unknown field of an endpoint": (
            "environments: {p: {endpoint: {base_url: http://x, apikey: {env: K}}}}\n",
            "1:51: unknown field 'apikey' of environments.p.endpoint; did you mean 'api_key'?",
        ),
        "no base_url": (
            "environments: {p: {endpoint: {query: {}}}}\n",
            "1:30: the field 'base_url' of environments.p.endpoint is missing; add it",
        ),
        "base_url in the wrong place": (
            "environments: {p: {endpoint: embedded, base_url: http://x}}\n",
            "1:40: unknown field 'base_url' of environments.p; known are: endpoint, defaults",
        ),
        "another api": (
            "environments: {p: {endpoint: {base_url: http://x, api: chat}}}\n",
            "1:56: environments.p.endpoint.api is 'chat'; it has to be 'assistants', 'agents' or 'prompt-agents'",
        ),
        "query of numbers": (
            "environments: {p: {endpoint: {base_url: http://x, query: {v: 1}}}}\n",
            "1:62: environments.p.endpoint.query.v has to be text, but is a number; quote it",
        ),
        "header of numbers": (
            "environments: {p: {endpoint: {base_url: http://x, headers: {X: 1}}}}\n",
            "1:64: environments.p.endpoint.headers.X has to be text, but is a number; quote it",
        ),
        "unknown field of a header": (
            "environments: {p: {endpoint: {base_url: http://x, headers: {X: {evn: A}}}}}\n",
            (
                "1:64: the field 'env' of environments.p.endpoint.headers.X is missing; add it\n"
                "1:65: unknown field 'evn' of environments.p.endpoint.headers.X; did you mean 'env'?"
            ),
        ),
        "a key in the query": (
            "environments: {p: {endpoint: {base_url: http://x, query: {subscription-key: abc}}}}\n",
            "1:77: a key does not belong in a file; write {env: NAME}",
        ),
        "a parameter that is a number": (
            "environments: {p: {endpoint: {base_url: http://x, query: {api-version: 1}}}}\n",
            "1:72: environments.p.endpoint.query.api-version has to be text, but is a number; quote it",
        ),
        "a header's name": (
            "environments: {p: {endpoint: {base_url: http://x, headers: {X Y: a}}}}\n",
            "1:61: this cannot be the name of a header; correct it",
        ),
        "a header's value": (
            "environments: {p: {endpoint: {base_url: http://x, headers: {X: é}}}}\n",
            "1:64: a header holds printable ASCII characters; remove the others",
        ),
        "both kinds of key": (
            "environments: {p: {endpoint: {base_url: http://x, api_key: {env: A, command: [b]}}}}\n",
            "1:60: api_key takes one of env, command and azure; write exactly one",
        ),
        "no kind of key": (
            "environments: {p: {endpoint: {base_url: http://x, api_key: {}}}}\n",
            "1:60: api_key takes one of env, command and azure; write exactly one",
        ),
        "an empty command": (
            "environments: {p: {endpoint: {base_url: http://x, api_key: {command: []}}}}\n",
            "1:70: environments.p.endpoint.api_key.command is empty; write something or remove it",
        ),
        "a command with a character that no program gets": (
            'environments: {p: {endpoint: {base_url: http://x, api_key: {command: [az, "a\\0b"]}}}}\n',
            "1:75: no command takes a NUL character; remove it",
        ),
        "a variable's name that is none": (
            "environments: {p: {endpoint: {base_url: http://x, api_key: {env: A=B}}}}\n",
            "1:66: that is not the name of a variable; write {env: NAME}, and put the key into the variable",
        ),
        "a header's variable without a name": (
            "environments: {p: {endpoint: {base_url: http://x, headers: {X-A: {env: ''}}}}}\n",
            "1:72: that is not the name of a variable; write {env: NAME}, and put the key into the variable",
        ),
        "header of numbers, with a name that may be a key": (
            "environments: {p: {endpoint: {base_url: http://x, headers: {X-A: 1}}}}\n",
            "1:66: this takes text or {env: NAME}; write one of them",
        ),
        "a command for a shell": (
            "environments: {p: {endpoint: {base_url: http://x, api_key: {command: az login}}}}\n",
            "1:70: environments.p.endpoint.api_key.command has to be a list, but is text; write a list",
        ),
        "defaults are a mapping": (
            "environments: {p: {endpoint: embedded, defaults: [a]}}\n",
            "1:50: environments.p.defaults has to be a mapping, but is a list; write a mapping",
        ),
        "a key in the defaults": (
            "environments: {p: {endpoint: embedded, defaults: {key: a}}}\n",
            "1:51: 'key' belongs to a single definition; remove it from the defaults",
        ),
        "patches in the defaults": (
            "environments: {p: {endpoint: embedded, defaults: {environments: {}}}}\n",
            "1:51: 'environments' belongs to a single definition; remove it from the defaults",
        ),
        "default_environment": (
            "default_environment: lokal\nenvironments: {local: {endpoint: embedded}}\n",
            "1:22: the environment 'lokal' is not declared; did you mean 'local'?",
        ),
        "default_environment of none": (
            "default_environment: a\n",
            "1:22: the environment 'a' is not declared; known are: none",
        ),
    },
)
def test_each_problem_has_its_place(text: str, expected: str) -> None:
    assert expected.splitlines() == refused(text)


def test_all_problems_are_found_at_once() -> None:
    """Whatever is wrong with one part, the others are looked at."""
    text = """\
project: a b
default_environment: prod
environments:
  local: {endpoint: embeded}
  production:
    endpoint:
      base_url: https://user:pass@example.com
      api_key: sk-12345
      headers: {Authorization: Bearer 12345, X Y: z}
    defaults: {key: a}
  other: {}
"""
    assert refused(text) == [
        f"1:10: project is 'a b'; {IDENTIFIER}",
        "2:22: the environment 'prod' is not declared; did you mean 'production'?",
        "4:21: endpoint has to be 'embedded' or a mapping with base_url; change it",
        "7:17: a password does not belong in a file; use api_key or a header from a variable",
        "8:16: a key does not belong in a file; write {env: NAME}, {command: [PROGRAM, ARGUMENT]} or {azure: default}",
        "9:32: a key does not belong in a file; write {env: NAME}",
        "9:46: this cannot be the name of a header; correct it",
        "10:16: 'key' belongs to a single definition; remove it from the defaults",
        "11:10: the field 'endpoint' of environments.other is missing; add it",
    ]


VALUE = "sk-s3cr3t"
ENDPOINT = "environments: {p: {endpoint: {base_url: http://x, %s}}}\n"


@cases(
    "text",
    {
        "a key": ENDPOINT % f"api_key: {VALUE}",
        "a list of keys": ENDPOINT % f"api_key: [{VALUE}]",
        "a field of its own": ENDPOINT % f"api_key: {{value: {VALUE}}}",
        "beside the endpoint": f"environments: {{p: {{endpoint: embedded, api_key: {VALUE}}}}}\n",
        "Authorization": ENDPOINT % f"headers: {{Authorization: Bearer {VALUE}}}",
        "authorization in any case": ENDPOINT % f"headers: {{aUTHORIZATION: {VALUE}}}",
        "api-key": ENDPOINT % f"headers: {{api-key: {VALUE}}}",
        "x-api-key": ENDPOINT % f"headers: {{x-api-key: {VALUE}}}",
        "of Azure's gateway": ENDPOINT % f"headers: {{Ocp-Apim-Subscription-Key: {VALUE}}}",
        "a token": ENDPOINT % f"headers: {{X-Auth-Token: {VALUE}}}",
        "a short name": ENDPOINT % f"headers: {{X-Auth: {VALUE}}}",
        "a session": ENDPOINT % f"headers: {{X-Session-Id: {VALUE}}}",
        "a variable's name": ENDPOINT % f"api_key: {{env: {VALUE}}}",
        "a header's variable": ENDPOINT % f"headers: {{X-Token: {{env: {VALUE}}}}}",
        "the name of a field": ENDPOINT % f"api_key: {{{VALUE}: x}}",
        "the name of a field in block style": (
            f"environments:\n  p:\n    endpoint:\n      base_url: http://x\n      api_key:\n        {VALUE}: x\n"
        ),
        "the name of a header's field": ENDPOINT % f"headers: {{X-Token: {{{VALUE}: 1}}}}",
        "the name of a header": ENDPOINT % f"headers: {{{VALUE}}}",
        "a long name": ENDPOINT % f"api_key: {{{VALUE * 20}: x}}",
        **{
            f"{name} in the query": ENDPOINT % f"query: {{{name}: {VALUE}}}"
            for name in ("api-key", "subscription-key", "key", "token", "sig", "code", "access_token")
        },
        "a parameter's variable": ENDPOINT % f"query: {{x: {{env: {VALUE}}}}}",
        "the name of a parameter's field": ENDPOINT % f"query: {{x: {{{VALUE}: 1}}}}",
        "the name of a parameter": ENDPOINT % f"query: {{{VALUE}}}",
        "a cookie": ENDPOINT % f"headers: {{Cookie: {VALUE}}}",
        "in the address": f"environments: {{p: {{endpoint: {{base_url: 'https://user:{VALUE}@example.com/v1'}}}}}}\n",
        "in a broken address": f"environments: {{p: {{endpoint: {{base_url: 'user:{VALUE}@example.com'}}}}}}\n",
        "in an address for the endpoint": f"environments: {{p: {{endpoint: 'https://user:{VALUE}@example.com/v1'}}}}\n",
        "in a query of the address": f"environments: {{p: {{endpoint: {{base_url: 'https://example.com/v1?key={VALUE}'}}}}}}\n",
    },
)
def test_a_literal_key_is_refused_and_never_repeated(text: str) -> None:
    assert VALUE not in "".join(refused(text))


@cases(
    "text",
    {
        "a name that stands twice": ENDPOINT % f"api_key: {{{VALUE}: a, {VALUE}: b}}",
        "an alias": ENDPOINT % f"api_key: *{VALUE}",
        "an anchor that stands twice": ENDPOINT % f"api_key: [&{VALUE} a, &{VALUE} b]",
        "a tag": ENDPOINT % f"api_key: !{VALUE} x",
        "a number": ENDPOINT % "api_key: 123_456_789",
        "a date": ENDPOINT % "api_key: 2020-01-02",
        "a power": ENDPOINT % "api_key: 12e10",
    },
)
def test_what_is_no_yaml_repeats_no_key_either(text: str) -> None:
    (said,) = refused(text)
    assert not any(one in said for one in (VALUE, "123", "2020", "12"))
    assert "..." in said


NO_KEYS = [
    "Author",
    "X-Authors",
    "Authority",
    "X-Tenant",
    "OpenAI-Organization",
    "X-Keyboard",
    "x-pass-OpenAI-Beta",
    "Bypass-Cache",
]


@pytest.mark.parametrize("name", NO_KEYS)
def test_a_header_that_holds_no_key_may_be_a_literal(write: Write, name: str) -> None:
    write({"project.yaml": ENDPOINT % f"headers: {{{name}: acme}}"})
    assert read_project(Path.cwd() / "project.yaml", Path.cwd()).environments["p"].endpoint["headers"] == {name: "acme"}


def test_what_is_shown_of_a_line_is_a_name_alone(write: Write) -> None:
    write({"project.yaml": f"project: a b\n{VALUE}: 1\n"})
    with pytest.raises(DefinitionError) as caught:
        read_project(Path.cwd() / "project.yaml", Path.cwd())
    assert [one.excerpt for one in caught.value.problems] == ["project: ...", ""]


@cases(
    "url",
    {
        "plain": "http://localhost",
        "with /v1": "https://example.com/v1",
        "with a slash": "https://example.com/v1/",
        "with a prefix": "https://example.com/a/b%20c/openai/v1",
        "with a port": "http://127.0.0.1:8080/v1",
        "IPv6": "http://[::1]:8080/v1",
        "a name with dots in front and behind": "http://a.b.example./v1",
        "a name in other letters": "https://bücher.example/v1",
        "a name with a dash": "https://my-resource.services.ai.azure.com/api/projects/p",
    },
)
def test_a_base_url_is_an_http_address(url: str) -> None:
    Path("project.yaml").write_text(f"environments: {{p: {{endpoint: {{base_url: '{url}'}}}}}}\n")
    endpoint = read_project(Path.cwd() / "project.yaml", Path.cwd()).environments["p"].endpoint
    assert endpoint == {"base_url": url}


NO_HOST = "base_url has an invalid host or port; correct it"
QUERY = "base_url has to be an address without a query; put that under query, and a key in it as {env: NAME}"
EMPTY = "base_url has white space in it, or no host; correct it"
HTTP = "base_url needs http:// or https:// in front"


@cases(
    "url expected",
    {
        "no scheme": ("example.com/v1", HTTP),
        "another scheme": ("ftp://example.com", HTTP),
        "a host and a port": ("127.0.0.1:8000/v1", HTTP),
        "no host": ("https://", EMPTY),
        "no host but a path": ("https:///v1", EMPTY),
        "a query": ("https://example.com/v1?api-version=1", QUERY),
        "a fragment": ("https://example.com/v1#x", QUERY),
        "a space": ("https://example.com/ v1", EMPTY),
        "nothing": ("", HTTP),
        "a port out of range": (
            "https://example.com:99999/v1",
            NO_HOST,
        ),
        "a port that is none": (
            "https://example.com:http/v1",
            NO_HOST,
        ),
        "half an IPv6 address": ("https://[::1/v1", NO_HOST),
        "a host with an empty label": ("http://a..b/v1", NO_HOST),
        "a host of dots": ("http://..", NO_HOST),
        "a host in other letters with an empty label": ("http://ü..ü", NO_HOST),
        "a host of other letters that no name has": ("http://\u2603\u0663", NO_HOST),
        "a label of 64 characters": (f"http://{'a' * 64}.example", NO_HOST),
        "an IPv4 address that is none": ("http://127.0.0.256", NO_HOST),
        "an IPv6 address that is none": ("http://[::g]", NO_HOST),
        "too long": (f"https://example.com/{'a' * 2000}", "base_url is over 2000 characters; shorten it"),
        "a user": (
            "https://user@example.com",
            "a password does not belong in a file; use api_key or a header from a variable",
        ),
    },
)
def test_another_base_url_is_refused(url: str, expected: str) -> None:
    assert refused(f"environments: {{p: {{endpoint: {{base_url: '{url}'}}}}}}\n") == [f"1:41: {expected}"]


@examples(100)
@given(
    st.lists(st.sampled_from([*"aü.:[]%@/-_1\x1b\x7f ", "::1", "127.0.0.1", "99999"]) | st.characters(), max_size=12)
)
def test_what_is_taken_for_an_address_the_network_takes(parts: list[str]) -> None:
    try:
        target = chat_server(f"http://{''.join(parts)}", {})
    except UsageError:
        return
    assert httpx2.URL(target.base_url).host


@cases(
    "url",
    {"a control character": "http://127.0.0.1:9/\x1b[31m", "in the host": "http://\x01/", "no host": "http://ü..ü"},
)
def test_an_address_of_the_command_line_is_held_to_the_same(url: str) -> None:
    with pytest.raises(UsageError, match=r"^--base-url has to be an http\(s\) address") as caught:
        choose_target(NONE, Choice(None, url), {})
    assert url not in str(caught.value)


# --- the target

ENVIRONMENTS: dict[str, Any] = {
    "local": {"embedded": True},
    "production": {
        "base_url": "https://example.com/v1",
        "api_key": {"env": "SERVER_KEY"},
        "query": {"api-version": "v1", "subscription-key": {"env": "SUBSCRIPTION"}},
        "headers": {"X-Tenant": "acme", "X-Token": {"env": "TOKEN"}},
    },
    "bare": {"base_url": "https://bare.example.com"},
    "az": {"base_url": "https://az.example.com", "api_key": {"command": ["az", "token"]}},
}


def project(default: str | None = None, *, declared: bool = True) -> Project:
    settings = {name: Environment(one) for name, one in ENVIRONMENTS.items()}
    return Project(Path.cwd(), None, "acme", default, settings if declared else {})


NONE = Project(Path("/nowhere"))
DATABASE = "embedded endpoint .assistants/embedded.db, project acme, environment local"
OPENAI = {"OPENAI_API_KEY": "sk-x"}
REMOTE = Remote(
    "https://example.com/v1",
    Key("SERVER_KEY"),
    {"api-version": "v1", "subscription-key": Key("SUBSCRIPTION")},
    {"X-Tenant": "acme", "X-Token": Key("TOKEN")},
)


@cases(
    "default choice variables endpoint environment",
    {
        "-e": (None, Choice("production"), {}, REMOTE, "production"),
        "default_environment": ("production", Choice(), {}, REMOTE, "production"),
        "-e before default_environment": ("local", Choice("production"), {}, REMOTE, "production"),
        "an empty -e is none": ("production", Choice(""), {}, REMOTE, "production"),
        "a command for the key": (
            None,
            Choice("az"),
            {},
            Remote("https://az.example.com", Key(None, ("az", "token"))),
            "az",
        ),
        "no key: OPENAI_API_KEY is not sent to it": (
            None,
            Choice("bare"),
            OPENAI,
            Remote("https://bare.example.com"),
            "bare",
        ),
        "OPENAI_BASE_URL does not replace it": (
            None,
            Choice("bare"),
            {"OPENAI_BASE_URL": "http://x"},
            Remote("https://bare.example.com"),
            "bare",
        ),
        "--base-url keeps the environment, not its key, query and headers": (
            None,
            Choice("production", "http://x/v1"),
            OPENAI,
            Remote("http://x/v1", Key("OPENAI_API_KEY"), ambient=True),
            "production",
        ),
        "--base-url without a key": (
            "production",
            Choice(None, "http://x/v1"),
            {"SERVER_KEY": "s"},
            Remote("http://x/v1", ambient=True),
            "production",
        ),
    },
)
def test_the_endpoint_of_an_environment(
    default: str | None, choice: Choice, variables: Files, endpoint: Remote, environment: str
) -> None:
    target = choose_target(project(default), choice, variables)
    assert (endpoint, "acme", environment) == (target.endpoint, target.scope.project, target.scope.environment)
    assert target.scope.declared == {"local", "production", "bare", "az"}


@cases(
    "choice variables endpoint",
    {
        "OPENAI_API_KEY": (Choice(), OPENAI, Remote("https://api.openai.com/v1", Key("OPENAI_API_KEY"), ambient=True)),
        "OPENAI_BASE_URL": (Choice(), {"OPENAI_BASE_URL": "http://x"}, Remote("http://x", ambient=True)),
        "both": (
            Choice(),
            {**OPENAI, "OPENAI_BASE_URL": "http://x"},
            Remote("http://x", Key("OPENAI_API_KEY"), ambient=True),
        ),
        "an empty address is none": (
            Choice(),
            {**OPENAI, "OPENAI_BASE_URL": ""},
            Remote("https://api.openai.com/v1", Key("OPENAI_API_KEY"), ambient=True),
        ),
        "--base-url first": (
            Choice(None, "http://y"),
            {**OPENAI, "OPENAI_BASE_URL": "http://x"},
            Remote("http://y", Key("OPENAI_API_KEY"), ambient=True),
        ),
        "--base-url, an empty key is none": (
            Choice(None, "http://y"),
            {"OPENAI_API_KEY": ""},
            Remote("http://y", ambient=True),
        ),
        "--embedded first": (Choice(embedded=True), OPENAI, Embedded(Path("/nowhere/.assistants/embedded.db"))),
    },
)
def test_the_endpoint_where_no_environment_is_declared(
    choice: Choice, variables: Files, endpoint: Remote | Embedded
) -> None:
    """The environment in the mark is then empty."""
    target = choose_target(NONE, choice, variables)
    assert (endpoint, "", "") == (target.endpoint, target.scope.project, target.scope.environment)


@cases(
    "default choice variables",
    {
        "default_environment": ("local", Choice(), {}),
        "-e": (None, Choice("local"), {}),
        "--embedded keeps the environment": ("local", Choice(None, None, embedded=True), {}),
        "-e in CI": (None, Choice("local"), {"CI": "true"}),
        "--embedded in CI": ("local", Choice(embedded=True), {"CI": "true"}),
        "-e and --embedded in CI": (None, Choice("local", embedded=True), {"CI": "true"}),
        "not in CI": ("local", Choice(), {"CI": "false"}),
        "an empty CI": ("local", Choice(), {"CI": ""}),
        "OPENAI_API_KEY is for others": ("local", Choice(), OPENAI),
    },
)
def test_the_embedded_endpoint(default: str | None, choice: Choice, variables: Files) -> None:
    assert str(choose_target(project(default), choice, variables)) == DATABASE


def test_embedded_replaces_only_the_endpoint() -> None:
    target = choose_target(project(), Choice("production", embedded=True), {})
    assert str(target) == "embedded endpoint .assistants/embedded.db, project acme, environment production"


def test_in_ci_a_server_need_not_be_named() -> None:
    assert (
        str(choose_target(project("bare"), Choice(), {"CI": "true"}))
        == "https://bare.example.com, project acme, environment bare"
    )


NO_ENDPOINT = (
    "no endpoint is chosen: there is no project.yaml in the definitions' folder or above it; `assistants init` starts a project, "
    "--embedded tries without a server, and --base-url URL, or OPENAI_BASE_URL and OPENAI_API_KEY, name one"
)
UNCHOSEN = "project.yaml declares the environments local, production, bare, az; choose one with -e, or set default_environment there"
CI = "in CI the embedded endpoint has to be asked for, or an empty local database would pass for success; add -e local or --embedded"


@cases(
    "default declared choice variables expected",
    {
        "nothing": (None, False, Choice(), {}, NO_ENDPOINT),
        "nothing that is not empty": (
            None,
            False,
            Choice(),
            {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""},
            NO_ENDPOINT,
        ),
        "declared, none chosen": (None, True, Choice(), OPENAI, UNCHOSEN),
        "declared, none chosen, --embedded": (None, True, Choice(embedded=True), {}, UNCHOSEN),
        "declared, none chosen, --base-url": (None, True, Choice(None, "http://x"), {}, UNCHOSEN),
        "-e not declared": (
            None,
            True,
            Choice("prod"),
            {},
            "the environment 'prod' is not declared; did you mean 'production'?",
        ),
        "-e not declared, --embedded": (
            None,
            True,
            Choice("locl", embedded=True),
            {},
            "the environment 'locl' is not declared; did you mean 'local'?",
        ),
        "-e far from all": (
            None,
            True,
            Choice("xxx"),
            {},
            "the environment 'xxx' is not declared; known are: local, production, bare, az",
        ),
        "-e where none is declared": (
            None,
            False,
            Choice("prod"),
            OPENAI,
            "the environment 'prod' is not declared; declare it in project.yaml",
        ),
        "-e where none is declared, --embedded": (
            None,
            False,
            Choice("prod", embedded=True),
            {},
            "the environment 'prod' is not declared; declare it in project.yaml",
        ),
        "the default in CI": ("local", True, Choice(), {"CI": "true"}, CI),
        "the default in CI, spelled otherwise": ("local", True, Choice(), {"CI": "True"}, CI),
    },
)
def test_where_nothing_says_which_endpoint_the_error_says_how(
    default: str | None, declared: bool, choice: Choice, variables: Files, expected: str
) -> None:
    with pytest.raises(ToolError) as caught:
        choose_target(project(default, declared=declared), choice, variables)
    assert expected == str(caught.value)


def test_an_error_names_the_project_file_by_its_path(write: Write) -> None:
    write({"assistants/project.yaml": "environments: {local: {endpoint: embedded}}\n"})
    with pytest.raises(ToolError, match=r"^assistants/project\.yaml declares the environments local; choose one"):
        choose_target(find_project([Path.cwd() / "assistants"], Path.cwd()), Choice(), {})


# --- .assistants


def test_the_state_folder_keeps_itself_out_of_git(tmp_path: Path) -> None:
    for _ in range(2):
        make_state_folder(tmp_path / ".assistants")
    assert (tmp_path / ".assistants/.gitignore").read_text() == "*\n"


@cases(
    "link target",
    {
        "the folder": (".assistants", "../outside"),
        "the folder, to nothing": (".assistants", "../nowhere"),
        "the folder, over another link": (".assistants", "hop"),
        "the database": (".assistants/embedded.db", "../../outside/x.db"),
    },
)
def test_what_leads_out_of_the_root_is_refused(tmp_path: Path, link: str, target: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / link).parent.mkdir(parents=True)
    outside.mkdir()
    (root / "hop").symlink_to("../outside")
    (root / link).symlink_to(target)
    with pytest.raises(ToolError, match="leads out of the root root; put a folder or file in its place"):
        make_state_folder(root / ".assistants")
    assert list(outside.iterdir()) == []


def test_no_link_in_the_state_folder_is_written_through(tmp_path: Path) -> None:
    (tmp_path / ".assistants").mkdir()
    (tmp_path / ".assistants/.gitignore").symlink_to("../elsewhere")
    make_state_folder(tmp_path / ".assistants")
    assert not (tmp_path / "elsewhere").exists()


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / ".assistants").symlink_to("state")
    make_state_folder(tmp_path / ".assistants")
    assert (tmp_path / "state/.gitignore").exists()
