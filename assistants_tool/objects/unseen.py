"""Characters that no one can see: which they are, where they belong all the same, and how they are written out.

In: any text. Out: the same text with escapes in the place of what renders as nothing, or how much of that there is. Every report escapes
by this, a plan counts by it, and `import` writes by it, so that the three agree on what is hidden.

What counts is Unicode's Default_Ignorable_Code_Point, the controls, the marks that turn the direction of text, and halves of surrogate
pairs. Some of them are needed: a joiner between emoji, a variation selector behind one, a joiner behind a letter of a script that joins
its letters. Those stay, but only one in each such place, so that no message fits into them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What no one can tell from a space. In prose it is ordinary (French sets one before a colon); in a name or an id it makes another one.
_LIKE_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800]")
_ENDS_OF_LINES = frozenset("\r\x85\u2028\u2029")

_JOINER, _NON_JOINER = "\u200d", "\u200c"
_SELECTORS = frozenset("\ufe0e\ufe0f")  # text or emoji
_MONGOLIAN_SELECTORS = frozenset("\u180b\u180c\u180d\u180f")
_KEYCAP, _KEYS = "\u20e3", frozenset("0123456789#*")
_SKIN_TONES = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
# The flags of England, Scotland and Wales, which are spelled in tags: no others are in use.
_FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
)


class _Characters:
    """A set of characters, from pairs of first and last in hexadecimal. Looked up by bisection: nothing has to be compiled at start-up."""

    def __init__(self, ranges: str) -> None:
        pairs = (one.partition("-") for one in ranges.split())
        bounds = ((int(first, 16), int(last or first, 16) + 1) for first, _, last in pairs)
        self._bounds = [bound for pair in bounds for bound in pair]

    def __contains__(self, character: str) -> bool:
        return bisect_right(self._bounds, ord(character)) % 2 == 1


# Unicode's Extended_Pictographic: what an emoji may begin with.
_PICTURES = _Characters("""
    a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 2388 23cf 23e9-23f3 23f8-23fa 24c2 25aa-25ab 25b6 25c0 25fb-25fe
    2600-2605 2607-2612 2614-2685 2690-2705 2708-2712 2714 2716 271d 2721 2728 2733-2734 2744 2747 274c 274e 2753-2755 2757 2763-2767
    2795-2797 27a1 27b0 27bf 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f000-1f0ff 1f10d-1f10f 1f12f 1f16c-1f171
    1f17e-1f17f 1f18e 1f191-1f19a 1f1ad-1f1e5 1f201-1f20f 1f21a 1f22f 1f232-1f23a 1f23c-1f23f 1f249-1f3fa 1f400-1f53d 1f546-1f64f
    1f680-1f6ff 1f774-1f77f 1f7d5-1f7ff 1f80c-1f80f 1f848-1f84f 1f85a-1f85f 1f888-1f88f 1f8ae-1f8ff 1f90c-1f93a 1f93c-1f945
    1f947-1faff 1fc00-1fffd
""")
# Letters and marks of scripts in which a joiner or non-joiner changes what is seen: Arabic, Syriac, N'Ko, Mandaic, those of India and their
# kin from Tibet to Java, Mongolian, Adlam and others.
_JOINED = _Characters("""
    620-64a 64e-655 66e-6d3 6d5 6ea-6ef 6fa-6ff 710-74a 74d-77f 7ca-7f5 840-85b 860-86a 8a0-8e1 8e3-df3 f40-fbc 1000-109f 1780-17b3
    17b6-17d3 1820-18aa 1900-193b 1a20-1a7c 1b00-1b4c 1b80-1bf3 1c00-1c37 a840-a871 a880-a8c5 a930-a953 a980-a9c0 aa00-aa36 fb50-fbb1
    fbd3-fdfb fe70-fefc 10ac0-10ae6 10b80-10b91 10d00-10d27 10f30-10f50 11000-1107f 11080-110ba 11100-11134 11180-111c4 11200-11237
    112b0-112ea 11300-1134d 11400-11446 11480-114c3 11580-115c0 11600-11640 11680-116b7 11c00-11c3f 1e900-1e94b
""")
_MONGOLIAN = _Characters("1820-18aa")


_HARMLESS = bytes((9, 10, *range(32, 127)))


def _is_plain(text: str) -> bool:
    """Whether all of it shows. Most text is such, and this is five times as fast as to search it."""
    return text.isascii() and not text.encode().translate(None, _HARMLESS)


def escaped(text: str, *, name: bool = False) -> str:
    """The text with `\\u200b`, or `\\U000e0041`, for each character that no one can see. Newline and tab stay.

    Of a `name` (or an id) also for what no one can tell from a space.
    """
    if _is_plain(text):
        return text
    shown = _UNSEEN.sub(lambda found: found[0] if _belongs(text, found.start()) else _escape(found[0]), text)
    return _LIKE_SPACES.sub(lambda found: _escape(found[0]), shown) if name else shown


def escaped_in_json(text: str) -> str:
    """The same of a JSON text, which then says the same: JSON spells what has more than four digits as two halves."""
    if _is_plain(text):
        return text
    shown = _UNSEEN.sub(lambda found: found[0] if _belongs(text, found.start()) else _halves(found[0]), text)
    return _LIKE_SPACES.sub(lambda found: _halves(found[0]), shown)


def count(text: str, *, name: bool = False) -> int:
    """How many characters of a text no one can see. The ends of lines, of whichever kind, hide nothing."""
    if _is_plain(text):
        return 0
    found = sum(one[0] not in _ENDS_OF_LINES and not _belongs(text, one.start()) for one in _UNSEEN.finditer(text))
    return found + (len(_LIKE_SPACES.findall(text)) if name else 0)


_NAMES = re.compile(r"(id|name|model|key|adopt|tool_resources\b.*)|.*\.name")


def is_name(path: str) -> bool:
    """Whether a name or an id stands at a place of an assistant, as `tools[0].function.name`."""
    return _NAMES.fullmatch(path) is not None


def settled(text: str) -> int:
    """How many characters of a text's beginning will be escaped alike whatever follows: what comes after an unseen one may justify it."""
    end = len(text)
    while end and _UNSEEN.match(text[end - 1]):
        end -= 1
    return end


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _halves(character: str) -> str:
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _belongs(text: str, index: int) -> bool:
    """Whether a character that shows as nothing by itself is part of what its neighbours show."""
    character, before, after = text[index], text[index - 1 : index], text[index + 1 : index + 2]
    if not before:
        return False
    if character == _JOINER and after and after in _PICTURES and _ends_a_picture(text, index - 1):
        return True
    if character in (_JOINER, _NON_JOINER):
        return before in _JOINED
    if character in _SELECTORS:
        return before in _PICTURES or (before in _KEYS and after == _KEYCAP)
    if character in _MONGOLIAN_SELECTORS:
        return before in _MONGOLIAN
    return character >= "\U000e0000" and any(one.start() < index < one.end() for one in _flags_near(text, index))


def _ends_a_picture(text: str, index: int) -> bool:
    if text[index] in _SELECTORS or text[index] in _SKIN_TONES:
        return index > 0 and text[index - 1] in _PICTURES
    return text[index] in _PICTURES


def _flags_near(text: str, index: int) -> Iterator[re.Match[str]]:
    return _FLAG.finditer(text, max(0, index - 6), index + 7)
