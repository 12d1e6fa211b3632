"""What went wrong with a request, in words: one line, without secrets, whichever shape the server or the network chose."""

from __future__ import annotations

import contextlib
import email.utils
import json
import os
import re
import socket
import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import httpx2

from assistants_tool.errors import Fate, UnreachedError
from assistants_tool.objects.jsontext import read_json
from assistants_tool.objects.paths import dotted
from assistants_tool.project.target import proxies

if TYPE_CHECKING:
    from assistants_tool.redaction import Redaction


SERVER_FAILED = "the server failed: try again later"
NO_KEY = "no key was sent, as none is named"
REDIRECTS = (301, 302, 303, 307, 308)
# In bytes. A hundred assistants, each with the longest instructions, in \u escapes, take a third of it.
ANSWER_MAX = 512 << 20


class TooLargeError(httpx2.DecodingError):
    """An answer of more than ANSWER_MAX."""

    def __init__(self) -> None:
        super().__init__(f"is over {ANSWER_MAX >> 20} MiB, which none needs")


class Answered(Protocol):
    """What words are made of: an answer of a wire's, or a response of the SDK's."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def content(self) -> bytes: ...


class Failures:
    """What is `hidden` never appears in a message."""

    def __init__(self, hidden: Redaction) -> None:
        self._hidden = hidden

    def clean(self, text: str, most: int = 300) -> str:
        """A server's words on one line, not too many, without our keys and values."""
        return cut(" ".join(self._hidden.message(text).split()), most)

    def redirected(self, answer: Answered, where: str) -> str:
        to = self.clean(answer.headers.get("location", "elsewhere"))
        return f"{where} is redirected to {to}; put the right address into base_url"

    def no_json(self, answer: Answered, where: str) -> str:
        kind = answer.headers.get("content-type", "no content type").partition(";")[0]
        what = "broken JSON" if kind.endswith("json") else f"{self.clean(kind)} instead of JSON"
        return f"{where} answered {what}; check base_url, and any proxy"

    def timed_out(self, where: str) -> UnreachedError:
        said = f"{where}: no answer within the --timeout; raise it, or check the endpoint"
        return UnreachedError(said, Fate.TIMED_OUT)

    def unreadable(self, error: BaseException, where: str) -> UnreachedError:
        """What the transport has no word for."""
        if isinstance(_first(error), OverflowError):  # no port of base_url, as that has been looked at
            said = "a proxy has an invalid port; correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY"
            return UnreachedError(f"{where}: {said}", Fate.REJECTED)
        why = str(error) if isinstance(error, TooLargeError) else f"cannot be read ({type(error).__name__})"
        return UnreachedError(f"{where}: the answer {why}; check base_url, and any proxy", Fate.AMBIGUOUS)

    def unreached(self, cause: BaseException | None, where: str) -> UnreachedError:
        """Why no answer came to the request `where`, and what that means for it."""
        if isinstance(cause, (httpx2.ConnectTimeout, httpx2.PoolTimeout)):
            said = f"no connection in time; check base_url and the network{_by_way_of()}"
            return UnreachedError(f"{where}: {said}", Fate.NOT_SENT)
        if isinstance(cause, httpx2.TimeoutException):
            return self.timed_out(where)
        if isinstance(cause, httpx2.DecodingError):
            return self.unreadable(cause, where)
        if isinstance(cause, httpx2.ConnectError):
            return self._unconnected(cause, where)
        if said := self._unsendable(cause):
            return UnreachedError(f"{where}: {said}")
        said = f"the connection was cut ({type(cause).__name__}){_by_way_of()}"
        return UnreachedError(f"{where}: {said}", Fate.AMBIGUOUS)

    def _unsendable(self, cause: BaseException | None) -> str:
        """Why a request cannot leave; empty where it may have."""
        if isinstance(cause, httpx2.LocalProtocolError):  # whose text quotes the header
            return "a header has a name or value that cannot be sent; check the headers"
        if isinstance(cause, (httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
            return f"{self.clean(str(cause))}; check base_url"
        if isinstance(cause, httpx2.ProxyError):
            return f"the proxy did not let it through ({self.clean(str(cause))}); check HTTPS_PROXY and NO_PROXY"
        return ""

    def _unconnected(self, cause: BaseException, where: str) -> UnreachedError:
        found = _root_os_error(cause)
        if isinstance(found, ssl.SSLError):  # its errno is no number of the system's
            said = self.clean(getattr(found, "verify_message", "") or found.reason or str(found))
            fate = Fate.REJECTED if isinstance(found, ssl.SSLCertVerificationError) else Fate.NOT_SENT
            said = f"TLS failed ({said}); check base_url and the certificates it needs{_by_way_of()}"
            return UnreachedError(f"{where}: {said}", fate)
        if isinstance(found, socket.gaierror):
            return UnreachedError(f"{where}: the host name cannot be resolved; check base_url{_by_way_of()}")
        reason = os.strerror(found.errno) if found and found.errno else self.clean(str(cause)) or "no connection"
        said = f"{reason.lower()}; check base_url and the network{_by_way_of()}"
        return UnreachedError(f"{where}: {said}", Fate.NOT_SENT)


def _by_way_of() -> str:
    """What may be at fault in place of the endpoint. Not its address, which may hold a password."""
    return f"; a proxy is set: {', '.join(found)}" if (found := proxies(os.environ)) else ""


_LINK = re.compile(r"https?://\S+")
_LINK_MAX = 300  # characters
_DOTS = "..."


def cut(text: str, most: int) -> str:
    """A text of at most `most` characters, cut behind a word; the first link that is cut off stands whole behind it."""
    if len(text) <= most:
        return text
    end = text.rfind(" ", 0, most - len(_DOTS) + 1)
    end = end if end > most // 2 else most - len(_DOTS)  # one long word
    begun = next((one for one in _LINK.finditer(text) if one.start() < end < one.end()), None)
    end = begun.start() if begun else end
    link = _LINK.search(text, end)
    kept = f" {link[0]}" if link and len(link[0]) <= _LINK_MAX else ""
    return f"{text[:end].rstrip()}{_DOTS}{kept}"


def _first(error: BaseException) -> BaseException:
    """Out of the groups that tasks put around it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _root_os_error(error: BaseException | None) -> OSError | None:
    """The system's own word on a failed connection, under whatever it was wrapped in."""
    found, seen = None, set[int]()
    while error is not None and id(error) not in seen:  # they may go round in a circle
        seen.add(id(error))
        error = _first(error)
        if isinstance(error, OSError):
            found = error
        error = error.__cause__ or error.__context__
    return found


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How long a server asks to be left alone: seconds, or a date, which counts from the server's own; or Azure's `retry-after-ms`.

    None where it says nothing that can be read.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            return max(0.0, float(headers.get(name, "")) * unit)
    then = _stamp(headers.get("retry-after"))
    return None if then is None else max(0.0, then - (_stamp(headers.get("date")) or time.time()))


def _stamp(date: str | None) -> float | None:
    """Unix seconds of a date in a header."""
    with contextlib.suppress(ValueError, OverflowError):  # a year that is none
        parts = email.utils.parsedate_tz(date)
        return email.utils.mktime_tz(parts) if parts else None
    return None


def said_by(answer: Answered) -> tuple[str | None, str]:
    """Code and message of an error answer, in whichever of the known shapes it comes."""
    try:
        body = read_json(answer.content)
    except ValueError:
        body = None
    inner = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(inner, dict):
        said = inner.get("message") or inner.get("detail") or inner.get("title") or ""
        code = inner.get("code")
        return code if isinstance(code, str) else None, said if isinstance(said, str) else _told(said)
    if isinstance(inner, str):
        return None, inner
    kind = answer.headers.get("content-type", "").partition(";")[0]
    text = answer.content.decode("utf-8", "replace")  # whatever encoding it names: it may name one that is none
    return None, text if kind == "text/plain" else f"({kind or 'no content'})"


def _told(faults: Any) -> str:
    """A list of faults, as FastAPI answers it with 422, in sentences: each with its place in the request."""
    if not isinstance(faults, list):
        return json.dumps(faults)
    return "; ".join(_fault(one) if isinstance(one, dict) else json.dumps(one) for one in faults)


def _fault(fault: Mapping[str, Any]) -> str:
    place, words = fault.get("loc"), fault.get("msg") or fault.get("message")
    if not isinstance(words, str):
        return json.dumps(fault)
    steps = [one for one in place if isinstance(one, (str, int))] if isinstance(place, list) else []
    where = dotted(tuple(steps[1:] if steps[:1] == ["body"] else steps))
    return f"{where}: {words}" if where else words


def codes_of(answer: Answered, code: str | None) -> frozenset[str]:
    """The words for programs in an error; some servers put into `type`, or deeper, what the others say in `code`."""
    said = [code]
    try:
        error = read_json(answer.content)["error"]
        said += [error.get("type"), (error.get("innererror") or {}).get("code")]
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # another shape, or none
    return frozenset(one for one in said if isinstance(one, str))
