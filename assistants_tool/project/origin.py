"""Where this tool is from: the git repository, and the commit or tag in it, from which a CI job can take the same.

An installed package says it by itself (PEP 610, `direct_url.json`): one that pip took from a repository names address and commit, one that
it took from a clone names the folder. One from an index has the address that the project gave, and the tag of its version.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from assistants_tool.errors import UsageError

PACKAGE = "assistants-tool"
EXAMPLE = f"https://github.com/acme/{PACKAGE}@v1.2.3"
_ADDRESS = re.compile(
    r"(?:git\+)?(?:(?P<scheme>https|ssh)://)?(?:(?P<who>[^@/\s]+)@)?(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?)[:/](?P<path>[A-Za-z0-9._/~-]+)"
)
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository by its address over HTTPS, without `.git`, and a commit or tag in it."""

    url: str
    ref: str

    @property
    def name(self) -> str:
        """What its host calls it: `acme/assistants-tool`."""
        return urlsplit(self.url).path.strip("/")


def parse(text: str) -> Origin:
    """`URL@REF`, also as pip (`git+https://...`) or git (`git@HOST:PATH`) writes the address. Raises UsageError."""
    url, _, ref = text.strip().rpartition("@")
    found = _origin(url, ref)
    if found is None:
        raise UsageError(
            f"{text!r} is not where a tool comes from; give the address of its git repository, @, and a commit or tag, as {EXAMPLE}"
        )
    if (parts := _ADDRESS.fullmatch(url)) and parts["scheme"] == "https" and parts["who"]:
        raise UsageError("the address of the tool's repository holds a user name or a password; leave it out")
    return found


def found() -> Origin | None:
    """Of the tool that runs; None where its installation does not say."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    text = package.read_text("direct_url.json")
    return _released(package) if text is None else _installed(json.loads(text))


def _origin(url: str, ref: str) -> Origin | None:
    """Over HTTPS, and without who asks: a CI job is somebody else."""
    parts = _ADDRESS.fullmatch(url)
    if parts is None or not _REF.fullmatch(ref) or "." not in parts["host"]:
        return None
    host = parts["host"] if parts["scheme"] == "https" else parts["host"].partition(":")[0]
    return Origin(f"https://{host}/{parts['path'].strip('/').removesuffix('.git')}", ref)


def _installed(direct: dict[str, Any]) -> Origin | None:
    if "vcs_info" in direct:
        return _origin(direct["url"], direct["vcs_info"]["commit_id"])
    if "dir_info" in direct:
        return _of_clone(Path(url2pathname(urlsplit(direct["url"]).path)))
    return None


def _released(package: metadata.Distribution) -> Origin | None:
    for one in package.metadata.get_all("Project-URL") or []:
        label, _, url = one.partition(",")
        if label.strip().lower() == "repository":
            return _origin(url.strip(), f"v{package.version}")
    return None


def _of_clone(folder: Path) -> Origin | None:
    """Its commit, where the repository that it was cloned from has that, too."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit or not _git(folder, "branch", "--remotes", "--contains", commit):
        return None
    return _origin(_git(folder, "remote", "get-url", "origin"), commit)


def _git(folder: Path, *words: str) -> str:
    """What git says there; nothing where it is not to be had or finds no repository."""
    program = shutil.which("git")
    if program is None or not (folder / ".git").exists():
        return ""
    try:
        run = subprocess.run(  # noqa: S603 - words of ours, and no shell
            [program, "-C", str(folder), *words], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
