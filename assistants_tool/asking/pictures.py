"""Pictures that go into a message: addresses as they are, files as data URLs."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from assistants_tool.definitions.sources import read_bounded
from assistants_tool.errors import ToolError

SIZE_MAX = 20 * 2**20  # bytes; what OpenAI took of one picture
_ADDRESS = re.compile(r"(https?|data):", re.IGNORECASE)
# By what they begin with: a file's name says little, and a wrong type is refused by servers in odd words.
_TYPES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}


def as_address(given: str) -> str:
    """An address for a message: http, https and data ones as they are; of a file its content. Raises ToolError where that cannot be."""
    if _ADDRESS.match(given):
        return given
    try:
        data = read_bounded(Path(given), SIZE_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file has such a name"
        raise ToolError(f"the picture {given} cannot be read: {reason}; check the path") from None
    if data is None:
        raise ToolError(f"the picture {given} is not a regular file; name a file, or an address")
    if len(data) > SIZE_MAX:
        raise ToolError(f"the picture {given} is over {SIZE_MAX >> 20} MiB; make it smaller, or give its address")
    kind = next((kind for kind, start in _TYPES.items() if start.match(data)), None)
    if kind is None:
        raise ToolError(f"the picture {given} is not a PNG, JPEG, GIF or WebP; convert it to one of them")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
