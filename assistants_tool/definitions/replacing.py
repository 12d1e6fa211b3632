"""A file that is written anew is there whole, or as it was: it is made beside its place and then moved there."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write to. At the end of the block it takes the place of `path`; where the block raises, nothing has changed.

    A link in that place is replaced, not followed. Nor can a link have been laid under the name that the file has meanwhile: nobody knows
    it before, and it has to be new ("x"). What is checked out may hold links, and a folder that others may write to as well. `mode` is what
    the umask leaves of it. Raises OSError.
    """
    unfinished = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        with open(unfinished, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):  # where not even that can be; an interrupt leaves none either
            unfinished.unlink(missing_ok=True)
