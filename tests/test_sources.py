"""Files are read once, within limits, below the root; whatever is wrong with one is a problem with a place, never a crash."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from assistants_tool.definitions import sources
from assistants_tool.definitions.sources import Root
from assistants_tool.errors import DefinitionError, Problem
from tests.conftest import Write
from tests.tables import cases


def problem(path: str | Path) -> str:
    with pytest.raises(DefinitionError) as caught:
        sources.read(Path.cwd() / path, Root(Path.cwd()))
    return str(caught.value)


@cases(
    "data text",
    {
        "UTF-8": ("é 한글 😀\n".encode(), "é 한글 😀\n"),
        "CRLF reads as LF": (b"a\r\nb\r\n", "a\nb\n"),
        "a lone CR stays": (b"a\rb", "a\rb"),
        "no final newline is added": (b"a", "a"),
        "final newlines stay": (b"a\n\n", "a\n\n"),
        "a BOM is dropped": (b"\xef\xbb\xbfa", "a"),
        "nothing": (b"", ""),
        "control characters": (b"a\x00\x1b[0m", "a\x00\x1b[0m"),
        "1 MiB": (b"x" * (1 << 20), "x" * (1 << 20)),
    },
)
def test_text_is_verbatim_but_for_line_ends_and_bom(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "file").write_bytes(data)
    assert text == sources.read(tmp_path / "file", Root(tmp_path)).text


@cases(
    "data expected",
    {
        "over 1 MiB": (
            b"x" * ((1 << 20) + 1),
            "file: the file is over 1 MiB, which no assistant needs; make it smaller",
        ),
        "Latin-1": (b"a\nb\xe9", "file:2:2: not valid UTF-8; save the file in UTF-8"),
        "characters are counted, not bytes": (
            "한글\n한글".encode() + b"\xff",
            "file:2:3: not valid UTF-8; save the file in UTF-8",
        ),
        "behind lone CRs": (b"a\rb\r\nc\xff", "file:3:2: not valid UTF-8; save the file in UTF-8"),
        "behind a CR and a CRLF": (b"a\r\r\n\xff", "file:2:1: not valid UTF-8; save the file in UTF-8"),
        "behind a BOM": (b"\xef\xbb\xbfa\n\xff", "file:2:1: not valid UTF-8; save the file in UTF-8"),
        "behind a BOM, first line": (b"\xef\xbb\xbfa\xff", "file:1:2: not valid UTF-8; save the file in UTF-8"),
        "UTF-16": ("a".encode("utf-16"), "file:1:1: not valid UTF-8; save the file in UTF-8"),
        "half of a surrogate pair": (b"a\xed\xa0\x80", "file:1:2: not valid UTF-8; save the file in UTF-8"),
        "cut off": ("é".encode()[:1], "file:1:1: not valid UTF-8; save the file in UTF-8"),
    },
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "file").write_bytes(data)
    assert expected == problem("file")


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    """64 GiB, all of them a hole: to read it would take minutes, and more memory than there is."""
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", 1 << 36)
    assert problem("file").startswith("file: the file is over 1 MiB")


def unreadable(folder: Path) -> None:
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "text").write_text("x")
    (folder / "loop").symlink_to("loop")
    (folder / "broken").symlink_to("nowhere")


@cases(
    "name expected",
    {
        "missing": (
            "nothing",
            "nothing: the file cannot be read: No such file or directory; check the path and its permissions",
        ),
        "folder": ("folder", "folder: not a regular file; name a file"),
        "a pipe does not block": ("pipe", "pipe: not a regular file; name a file"),
        "a device": ("/dev/null", "/dev/null: the file is outside the root .; move it below that folder"),
        "a file as folder": (
            "text/file",
            "text/file: the file cannot be read: Not a directory; check the path and its permissions",
        ),
        "a loop of links": (
            "loop",
            "loop: the file cannot be read: Too many levels of symbolic links; check the path and its permissions",
        ),
        "a broken link": (
            "broken",
            "broken: the file cannot be read: No such file or directory; check the path and its permissions",
        ),
        "too long a name": (
            "x" * 300,
            f"{'x' * 300}: the file cannot be read: File name too long; check the path and its permissions",
        ),
        "no name for a file": (
            "a\x00b",
            "a\x00b: the file cannot be read: no file has such a name; check the path and its permissions",
        ),
        "half of a surrogate pair": (
            "\ud800",
            "\ud800: the file cannot be read: no file has such a name; check the path and its permissions",
        ),
    },
)
def test_what_is_no_readable_file_is_a_problem(tmp_path: Path, name: str, expected: str) -> None:
    unreadable(tmp_path)
    assert expected == problem(name)


def test_a_socket_is_no_file(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")  # a relative name: an absolute one may be too long for a socket
        assert problem("socket").startswith("socket: the file cannot be read: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0)
    expected = "the file cannot be read: Permission denied; check the path and its permissions"
    assert problem("secret") == f"secret: {expected}"


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    """A new descriptor is the lowest free number, so it is the same one before and after."""
    unreadable(tmp_path)

    def lowest() -> int:
        descriptor = os.open(tmp_path, os.O_RDONLY)
        os.close(descriptor)
        return descriptor

    before = lowest()
    for name in ("folder", "pipe", "nothing", "loop"):
        problem(name)
    assert before == lowest()


@cases(
    "name", {"by `..`": "root/../outside", "by a link": "root/link", "by a link to its folder": "root/folder/outside"}
)
def test_a_file_outside_the_root_is_refused(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("secret")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "folder").symlink_to(tmp_path)
    with pytest.raises(DefinitionError) as caught:
        sources.read(tmp_path / name, Root(root))
    assert str(caught.value) == f"{name}: the file is outside the root root; move it below that folder"


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="no file here is longer than it says")
def test_a_file_is_read_to_its_end_whatever_its_size_is_said_to_be() -> None:
    """As of a file that grows just now: such a one says that it is empty."""
    place = Path("/proc/self/status")
    assert place.stat().st_size == 0
    assert (sources.read_bounded(place) or b"").startswith(b"Name:")
    assert sources.read_bounded(place, 3) == b"Nam"


def test_a_root_that_is_reached_by_a_link_is_the_same_root(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_text("x")
    (tmp_path / "link").symlink_to("real")
    assert sources.read(tmp_path / "link/file", Root(tmp_path / "link")).text == "x"
    assert sources.read(tmp_path / "real/file", Root(tmp_path / "link")).text == "x"


@cases(
    "name text expected",
    {
        "YAML": ("a.yaml", "a: 1\n", (0, {"a": 1})),
        "the one that is not empty": ("a.yaml", "---\n---\na: 1\n---\n", (1, {"a": 1})),
        "JSON": ("a.json", '{"a": "\\ud83d\\ude00"}', (0, {"a": "😀"})),
        "a list": ("a.yaml", "- 1\n", (0, [1])),
    },
)
def test_a_structure_is_the_one_document_of_a_file(write: Write, name: str, text: str, expected: Any) -> None:
    folder = write({name: text})
    assert expected == sources.structure(sources.read(folder / name, Root(folder)))


@cases(
    "name text expected",
    {
        "nothing": ("a.yaml", "# nothing\n", "a.yaml: the file holds 0 documents where one is needed; leave one in it"),
        "two": (
            "a.yaml",
            "a: 1\n---\nb: 1\n",
            "a.yaml: the file holds 2 documents where one is needed; leave one in it",
        ),
        "every fault": (
            "a.yaml",
            "a: .inf\na: *x\n",
            (
                'a.yaml:1:4: .inf is not a number that JSON has; write a finite one, or quote it to make it text: ".inf"\n'
                "a.yaml:2:1: the key 'a' appears twice in one mapping; keep one of them\n"
                "a.yaml:2:4: the alias *x stands for nothing here; define &x before it"
            ),
        ),
        "JSON": (
            "a.json",
            '{"a": 1,\n "a": 2}',
            "a.json:2:2: the key 'a' appears twice in one object; keep one of them",
        ),
        "JSON null": ("a.json", "null", "a.json: the file holds 0 documents where one is needed; leave one in it"),
    },
)
def test_a_file_that_holds_no_single_structure_is_refused(write: Write, name: str, text: str, expected: str) -> None:
    folder = write({name: text})
    with pytest.raises(DefinitionError) as caught:
        sources.structure(sources.read(folder / name, Root(folder)))
    assert expected == str(caught.value)


def test_a_path_is_shown_as_the_user_would_type_it(tmp_path: Path) -> None:
    shown = [sources.shown(one) for one in (tmp_path / "a/b", tmp_path, tmp_path.parent / "x", sources.STDIN)]
    assert shown == ["a/b", ".", str(tmp_path.parent / "x"), "<stdin>"]


def test_visible_files_come_in_order_and_without_hidden_ones(write: Write) -> None:
    folder = write(dict.fromkeys(["b", "a", ".c", "_d", "e/f", "e/_g", "_h/i", ".j/k", "e/l/m"], ""))
    (folder / "link").symlink_to("e")
    assert [str(one.relative_to(folder)) for one in sources.visible_files(folder, folder)] == ["a", "b", "e/f", "e/l/m"]


def test_a_tidy_path_has_one_name_unless_a_link_makes_two(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a/b")
    tidy = [sources.tidy(tmp_path / one) for one in ("a/../c", "a/./b", "link/../c", "link/c")]
    assert tidy == [tmp_path / "c", tmp_path / "a/b", tmp_path / "a/c", tmp_path / "link/c"]


def test_a_problem_is_one_line_whatever_a_name_holds() -> None:
    assert str(Problem("a\nb", 1, 1, "no\nc: forged")) == "a\\nb:1:1: no\\nc: forged"


def test_problems_are_sorted_and_each_stands_once() -> None:
    problems = [
        Problem("b", 1, 1, "x"),
        Problem("a", 10, 1, "x"),
        Problem("a", 2, 1, "x"),
        Problem("b", 1, 1, "x"),
        Problem("a", 0, 0, "x"),
    ]
    assert str(DefinitionError(problems)) == "a: x\na:2:1: x\na:10:1: x\nb:1:1: x"


@cases(
    "text shown",
    {
        "a definition": ("model: m\nname: s3cret\n", "name: s3cret"),
        "with headers": ("headers:\nname: s3cret\n", "name: ..."),
        "with headers that YAML cannot read": ("{headers: {a\nAuthorization: s3cret\n", "Authorization: ..."),
        "with headers of JSON": ('{"headers": {\n"Authorization": "s3cret"\n', ""),
    },
)
def test_a_line_of_a_file_that_may_hold_secrets_is_shown_without_its_value(
    tmp_path: Path, text: str, shown: str
) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    source = sources.read(tmp_path / "a.yaml", Root(tmp_path))
    assert source._problem(2, 1, "").excerpt == shown  # what every problem of a file is made by
