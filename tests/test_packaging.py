"""The package, its release and its image: what is in them, that they say one version, and that nothing in them is taken on trust."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from assistants_tool import __version__
from assistants_tool.project import schema
from tests.conftest import REPOSITORY
from tests.tables import cases

PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = REPOSITORY / ".github" / "workflows"
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
BASH = str(shutil.which("bash"))


def ran(*command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)


# --- what is built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by hatchling alone; `make package` builds it as pip does, in an environment made from nothing."""
    (built,) = WheelBuilder(str(REPOSITORY)).build(directory=str(tmp_path_factory.mktemp("wheel")))
    return Path(built)


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


def tracked() -> Iterator[str]:
    """The package's files, as the repository has them."""
    for path in (REPOSITORY / "assistants_tool").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(REPOSITORY).as_posix()


def test_the_wheel_has_the_whole_package_and_nothing_else(names: frozenset[str]) -> None:
    metadata = f"assistants_tool-{__version__}.dist-info/"
    assert {one for one in names if not one.startswith(metadata)} == set(tracked())
    assert {
        "assistants_tool/py.typed",
        "assistants_tool/definitions/shapes/document.json",
        "assistants_tool/definitions/shapes/project.json",
        "assistants_tool/project/templates/example.yaml",
        "assistants_tool/project/templates/github.yml",
        "assistants_tool/report/page.html",
        f"{metadata}licenses/LICENSE",
    } <= names
    assert not [one for one in names if re.search(r"(^|/)(tests?|docs|cassettes|benchmarks)/|conftest|\.db$", one)]


def test_the_wheel_works_from_where_it_lies(wheel: Path, tmp_path: Path) -> None:
    """`python -m assistants_tool` with nothing of the repository on its path; what it prints comes from the wheel's own data."""
    alone = {"PYTHONPATH": str(wheel)}
    run = ran(sys.executable, "-m", "assistants_tool", "--version", folder=tmp_path, **alone)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"assistants {__version__}\n", "")
    assert ran(sys.executable, "-m", "assistants_tool", "init", folder=tmp_path, **alone).returncode == 0
    written = (tmp_path / "assistants" / ".schema" / "definition.json").read_text(encoding="utf-8")
    assert written == schema.texts()["definition"]


def test_the_module_is_the_program() -> None:
    run = ran(sys.executable, "-m", "assistants_tool", "--version", folder=REPOSITORY)
    assert (run.returncode, run.stdout) == (0, f"assistants {__version__}\n")


def test_what_another_packager_needs_is_in_the_sdist(tmp_path: Path) -> None:
    (built,) = SdistBuilder(str(REPOSITORY)).build(directory=str(tmp_path))
    with tarfile.open(built) as archive:
        found = {one.partition("/")[2] for one in archive.getnames()}
    assert set(tracked()) <= found
    assert {
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "constraints.txt",
        "tests/conftest.py",
        "cassettes/create.yaml",
    } <= found
    assert not [one for one in found if one.startswith((".ci/", ".github/", ".venv", "dist/", ".assistants/"))]


# --- one version


def test_the_version_stands_in_one_place() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert "version" in PYPROJECT["project"]["dynamic"]
    assert PYPROJECT["tool"]["hatch"]["version"]["path"] == "assistants_tool/__init__.py"
    assert (
        __version__
        not in (REPOSITORY / "pyproject.toml")
        .read_text(encoding="utf-8")
        .partition("[project]")[2]
        .partition("dependencies")[0]
    )


def test_the_changelog_goes_by_release_the_newest_first() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^## (.*)$", text)
    found = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) \((unreleased|\d{4}-\d\d-\d\d)\)", one) for one in headings]
    assert all(found), headings
    versions = [tuple(map(int, one.groups()[:3])) for one in found if one]
    assert versions == sorted(versions, reverse=True)
    assert ".".join(map(str, versions[0])) == __version__
    assert not [one[4] for one in found[1:] if one and one[4] == "unreleased"]


def test_what_was_never_out_did_not_change() -> None:
    """The first section says what the product does. What it did on the way there, nobody has seen."""
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.split(r"(?m)^## ", text)[-1]
    assert re.findall(r"any more|until now|no longer|any longer|used to|as before|instead of", first) == []


CHANGES = "# Changelog\n\n## 1.2.3 (2027-01-02)\n\n- New.\n\n## 1.2.2 (2026-12-01)\n\n- Old.\n"
RELEASES = {
    "as it should be": ("v1.2.3", CHANGES, 0, "- New.", ""),
    "another tag": ("v1.2.4", CHANGES, 1, "", "the tag is v1.2.4, but the package is of version 1.2.3; tag v1.2.3, or"),
    "no v": ("1.2.3", CHANGES, 1, "", "tag v1.2.3"),
    "no day": ("v1.2.3", CHANGES.replace("2027-01-02", "unreleased"), 1, "", "no heading '## 1.2.3 (YYYY-MM-DD)'"),
    "no section": ("v1.2.3", CHANGES.replace("1.2.3", "1.2.30"), 1, "", "no heading '## 1.2.3 (YYYY-MM-DD)'"),
}


@cases("tag changes code notes error", RELEASES)
def test_a_release_has_one_version_and_its_notes(
    tmp_path: Path, tag: str, changes: str, code: int, notes: str, error: str
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(REPOSITORY / ".ci" / "release", tmp_path / ".ci" / "release")
    (tmp_path / "assistants_tool").mkdir()
    (tmp_path / "assistants_tool" / "__init__.py").write_text('"""X."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(changes)
    run = ran(BASH, str(tmp_path / ".ci" / "release"), tag, folder=tmp_path)
    assert (run.returncode, run.stdout.strip()) == (code, notes)
    assert error in run.stderr


# --- the release


def steps(job: dict[str, Any]) -> list[str]:
    return [str(one.get("uses", one.get("run"))) for one in job["steps"]]


def test_a_release_is_built_once_and_each_job_may_do_one_thing() -> None:
    jobs = yaml.safe_load((WORKFLOWS / "release.yml").read_text(encoding="utf-8"))["jobs"]
    assert {name: job.get("permissions") for name, job in jobs.items()} == {
        "build": None,
        "attest": {
            "contents": "read",
            "id-token": "write",
            "attestations": "write",
            "artifact-metadata": "write",
        },
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "build": None,
        "attest": "build",
        "publish": "attest",
        "announce": "publish",
    }
    assert jobs["publish"]["environment"] == "release"
    assert [".ci/release" in one or one in (".ci/run", "make package") for one in steps(jobs["build"])[2:5]] == [
        True
    ] * 3
    text = (WORKFLOWS / "release.yml").read_text(encoding="utf-8")
    assert "secrets." not in text  # the index and Sigstore believe GitHub who the job is
    assert "password" not in text


def test_what_publishes_is_told_nothing_but_where_the_files_are() -> None:
    jobs = yaml.safe_load((WORKFLOWS / "release.yml").read_text(encoding="utf-8"))["jobs"]
    (publish,) = [one for one in jobs["publish"]["steps"] if "pypi-publish" in one["uses"]]
    assert publish["with"] == {"packages-dir": "dist/", "attestations": True}
    attested = [one["with"] for one in jobs["attest"]["steps"] if one["uses"].startswith("actions/attest@")]
    assert attested == [{"subject-path": "dist/*"}, {"subject-path": "dist/*", "sbom-path": "sbom/*.cdx.json"}]


# --- what is installed


def pins(path: Path) -> dict[str, str]:
    lines = [one for one in path.read_text(encoding="utf-8").splitlines() if not one.startswith("#")]
    found = [re.fullmatch(r"([a-z0-9-]+)==([^ ;/]+)( ; [^/]+)?", one) for one in lines]
    assert all(found), [line for line, one in zip(lines, found, strict=True) if not one]
    return {one[1]: one[2] for one in found if one}


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[><=; ]", one)[0].lower().replace(".", "-") for one in requirements} - {"assistants-tool"}


def test_every_dependency_has_one_exact_version() -> None:
    project = PYPROJECT["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    assert wanted([*project["dependencies"], *extras]) <= pins(REPOSITORY / "constraints.txt").keys()
    tools = (REPOSITORY / ".ci" / "tools.in").read_text(encoding="utf-8").splitlines()
    assert wanted([one for one in tools if not one.startswith("#")]) <= pins(REPOSITORY / ".ci" / "tools.txt").keys()


@cases(
    "called package",
    {
        "myla": ("myla", "myla"),
        "LiteLLM": ("LiteLLM", "litellm"),
        "llmock": ("llmock", "llmock"),
        "Microsoft's client of classic agents": ("azure-ai-agents", "azure-ai-agents"),
        "Azure's library of identities": ("azure-identity", "azure-identity"),
        "Prism": ("Prism", "prism-cli"),
    },
)
def test_the_pages_name_the_versions_of_others_that_are_run(called: str, package: str) -> None:
    places = [REPOSITORY / "tests/interop/servers.py", *(REPOSITORY / "tests/interop").glob("*.txt")]
    installed = {one for path in places for one in re.findall(rf"\b{package}(?:==|@)([\d.]+)", path.read_text("utf-8"))}
    named = {
        one
        for page in ("interop", "foundry")
        for one in re.findall(rf"\b{called} (\d[\d.]*\d)\b", (REPOSITORY / f"docs/{page}.md").read_text("utf-8"))
    }
    assert named == installed


# In pieces, so that this file names none either.
REGISTRIES = [
    ".".join(one)
    for one in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"))
]


def test_no_registry_is_named() -> None:
    """Where packages come from is for whoever installs them to say: an index of a company's own, or a mirror."""
    listed = ran("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=REPOSITORY)
    if listed.returncode:
        pytest.skip("not a clone")
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace").lower()
            assert not [one for one in REGISTRIES if one in text], name


# --- the image


def test_the_image_is_small_and_runs_as_nobody() -> None:
    """Read only: there is no Docker where the tests run. `make workflows` has hadolint read it, `make image` and CI build it."""
    stages = DOCKERFILE.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert all(one.startswith("python:3.13-slim") for one in stages)
    last = stages[-1].splitlines()
    assert [one.split()[0] for one in last[1:]] == ["COPY", "ENV", "WORKDIR", "USER", "ENTRYPOINT", "CMD"]
    assert "USER 10001:10001" in last
    assert 'ENTRYPOINT ["assistants"]' in last
    assert "--constraint constraints.txt" in DOCKERFILE


def test_the_image_is_given_what_it_copies_and_nothing_else() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    given = {one.removeprefix("!") for one in lines if one.startswith("!")}
    copied = {word for words in re.findall(r"(?m)^COPY (?!--from)(.*) \S+$", DOCKERFILE) for word in words.split()}
    assert "*" in lines
    assert copied == given
    assert [one for one in given if not (REPOSITORY / one).exists()] == []


# --- what is said of it

BY_NAME = re.compile(
    r"(?m)^.*\b(?:pip install|pipx (?:install|run)|uvx|uv tool install)\b[^\n`]* assistants-tool(?:[=<>~ \[]|$).*$"
)
DOCUMENTS = sorted((*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")))


def test_the_package_is_named_only_where_it_is_said_that_it_has_to_be_released() -> None:
    for page in DOCUMENTS:
        assert BY_NAME.findall(page.read_text(encoding="utf-8")) == [], page.name
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (said,) = [one for one in readme.split("\n\n") if re.search(r"package\b.*`assistants-tool`", one)]
    assert "it has to be released first" in " ".join(said.split())
    assert "It is on no index yet: it has to be released first" in (REPOSITORY / "docs" / "install.md").read_text(
        encoding="utf-8"
    )


def test_a_way_to_install_by_name_is_found() -> None:
    for line in ("pip install assistants-tool", "uvx assistants-tool plan", "pipx install assistants-tool==1.2.3"):
        assert BY_NAME.findall(line) == [line]


def test_ci_runs_where_the_page_says() -> None:
    page = (REPOSITORY / "docs" / "install.md").read_text(encoding="utf-8")
    jobs = yaml.safe_load((WORKFLOWS / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    pythons = jobs["check"]["strategy"]["matrix"]["python"]
    systems = jobs["action"]["strategy"]["matrix"]["system"]
    assert f"The tests run on Linux with {pythons[0]} to {pythons[-1]}, the action on Linux and macOS" in page
    assert PYPROJECT["project"]["requires-python"] == f">={pythons[0]}"
    assert [one.partition("-")[0] for one in systems] == ["ubuntu", "macos"]
    assert {job["runs-on"] for job in jobs.values()} == {"ubuntu-latest", "${{ matrix.system }}"}


def test_what_is_said_to_be_tried_is_tried() -> None:
    script = (REPOSITORY / ".ci" / "package").read_text(encoding="utf-8")
    page = (REPOSITORY / "docs" / "install.md").read_text(encoding="utf-8")
    tried = set(re.findall(r'(?m)^ *tried "([a-z -]+?)(?: \$| by|")', script))
    assert tried == {"pip", "python -m", "pipx install", "pipx run", "uvx"}
    assert all(f"`{one}`" in page or one == "pip" for one in tried)
    workflow = (WORKFLOWS / "ci.yml").read_text(encoding="utf-8")
    assert "- run: make package\n" in workflow
    assert "- run: docker build --tag assistants-tool .\n" in workflow
