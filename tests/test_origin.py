"""Where this tool is from: what --tool takes, and what an installation says by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from assistants_tool.errors import UsageError
from assistants_tool.project import origin
from assistants_tool.project.origin import Origin
from tests.tables import cases

ACME = "https://github.com/acme/assistants-tool"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TAKEN = {
    "a tag": (f"{ACME}@v1.2.3", Origin(ACME, "v1.2.3")),
    "a commit": (f"{ACME}@{COMMIT}", Origin(ACME, COMMIT)),
    "as pip writes it": (f"git+{ACME}.git@v1", Origin(ACME, "v1")),
    "as git writes it": ("git@github.com:acme/assistants-tool.git@v1", Origin(ACME, "v1")),
    "over SSH": ("ssh://git@github.com:2222/acme/assistants-tool@v1", Origin(ACME, "v1")),
    "without a scheme": ("github.com/acme/assistants-tool@release/1", Origin(ACME, "release/1")),
    "a port": ("https://git.example.com:8443/a/b@v1", Origin("https://git.example.com:8443/a/b", "v1")),
}


@cases("text expected", TAKEN)
def test_what_is_taken(text: str, expected: Origin) -> None:
    assert origin.parse(text) == expected


REFUSED = {
    "no ref": ACME,
    "an empty ref": f"{ACME}@",
    "an option for a ref": f"{ACME}@--upload-pack=x",
    "spaces": f"{ACME}@v1; rm -rf x",
    "a line": f"{ACME}@v1\n  - run: x",
    "a folder": "/home/me/assistants-tool@v1",
    "a file's address": "file:///home/me/assistants-tool@v1",
    "without TLS": "http://github.com/acme/assistants-tool@v1",
    "nothing": "@v1",
    "a password": "https://me:secret@github.com/acme/assistants-tool@v1",
}


@cases("text", REFUSED)
def test_what_is_not(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        origin.parse(text)
    assert "secret" not in str(refused.value) or "password" in str(refused.value)
    if "secret" in text:
        assert (
            str(refused.value) == "the address of the tool's repository holds a user name or a password; leave it out"
        )


def installed(folder: Path, direct: object, *lines: str) -> None:
    """A package of our name, as pip leaves it behind."""
    info = folder / "assistants_tool-1.2.3.dist-info"
    info.mkdir()
    text = "\n".join(["Metadata-Version: 2.4", "Name: assistants-tool", "Version: 1.2.3", *lines, ""])
    (info / "METADATA").write_text(text, encoding="utf-8")
    if direct is not None:
        (info / "direct_url.json").write_text(json.dumps(direct), encoding="utf-8")


def from_git(url: str) -> object:
    return {"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"}}


REPOSITORY_LINE = f"Project-URL: Repository, {ACME}"
SAID = {
    "from a repository": (from_git(f"{ACME}.git"), (), Origin(ACME, COMMIT)),
    "with who took it": (from_git("https://me:secret@github.com/acme/assistants-tool"), (), Origin(ACME, COMMIT)),
    "from an index": (
        None,
        ("Project-URL: Documentation, https://docs.example.com", REPOSITORY_LINE),
        Origin(ACME, "v1.2.3"),
    ),
    "from an index, with no address": (None, (), None),
    "from a file": ({"url": "file:///tmp/a.whl", "archive_info": {}}, (REPOSITORY_LINE,), None),
    "from a folder that is gone": ({"url": "file:///nowhere/at/all", "dir_info": {}}, (), None),
}


@cases("direct lines expected", SAID)
def test_what_an_installation_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, direct: object, lines: tuple[str, ...], expected: Origin | None
) -> None:
    installed(tmp_path, direct, *lines)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert origin.found() == expected


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    done = subprocess.run(
        [str(shutil.which("git")), *who, "-C", str(folder), *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@cases(
    "address pushed found",
    {
        "cloned": ("git@github.com:acme/assistants-tool.git", True, True),
        "a commit that only this machine has": (ACME, False, False),
        "cloned from a folder": ("/srv/git/assistants-tool", True, False),
    },
)
def test_a_clone_says_where_it_was_cloned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, pushed: bool, found: bool
) -> None:
    clone = tmp_path / "my clone"
    clone.mkdir()
    git(clone, "init", "-q")
    git(clone, "commit", "-q", "--allow-empty", "-m", "x")
    git(clone, "remote", "add", "origin", address)
    commit = git(clone, "rev-parse", "HEAD")
    if pushed:
        git(clone, "update-ref", "refs/remotes/origin/main", commit)
    installed(tmp_path, {"url": clone.as_uri(), "dir_info": {"editable": True}})
    monkeypatch.syspath_prepend(str(tmp_path))
    assert origin.found() == (Origin(ACME, commit) if found else None)


def test_without_git_or_an_installation_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c" / ".git").mkdir(parents=True)
    installed(tmp_path, {"url": (tmp_path / "c").as_uri(), "dir_info": {}})
    monkeypatch.syspath_prepend(str(tmp_path))
    assert origin.found() is None  # git finds no repository there
    monkeypatch.setenv("PATH", str(tmp_path))
    assert origin.found() is None
    monkeypatch.setattr(origin, "PACKAGE", "no-package-of-this-name")
    assert origin.found() is None
