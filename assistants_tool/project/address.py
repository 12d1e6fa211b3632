"""Whether a text can be the address of an endpoint, and whether a header or parameter lets in or chooses, before anything is sent there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from assistants_tool.errors import UsageError

ADDRESS = r"^https?://[^\s/?#]+[^\s?#]*$"
ADDRESS_MAX = 2000  # characters

_TOO_MUCH = re.compile(r"((?<=/v1)/v1|(?<!/)(?<!/projects)/(?:assistants|agents|models|responses|chat/completions))/?$")
_CREDENTIAL = re.compile(
    r"auth(?!ors?$|ority)|bearer|cookie|credential|jwt|pass(w|phrase|code|$)|secret|session|signature|token|api-?key|key$|^(code|sig)$",
    re.IGNORECASE,
)


def is_credential(name: str) -> bool:
    """Whether a header, or a parameter of a query, of this name says who asks, by a secret; any other may say of whose assistants."""
    return _CREDENTIAL.search(name) is not None


def too_much(base_url: str) -> str:
    """The end of an address below which no server has anything, such as that of an operation; empty for none."""
    found = _TOO_MUCH.search(base_url)
    return found[1] if found else ""


def _check_host(host: str) -> None:
    """Raises ValueError for what is neither an IP address nor a name."""
    if not host.isascii():
        import idna

        host = idna.encode(host).decode("ascii")
    if ":" in host:
        ipaddress.IPv6Address(host)
    elif re.fullmatch(r"[0-9]+(\.[0-9]+){3}", host):
        ipaddress.IPv4Address(host)
    elif not all(0 < len(label) < 64 for label in host.removesuffix(".").split(".")):
        raise ValueError("a label is empty or too long")


def address_fault(url: str) -> str | None:
    """What the network's library, or the system, would refuse when all is under way."""
    if any(one < " " or one == "\x7f" for one in url):
        return "base_url holds a character that no address has; remove it"
    try:
        parts = urlsplit(url)
        _ = parts.port
        _check_host(parts.hostname or "")
    except ValueError:
        return "base_url has an invalid host or port; correct it"
    if "@" in parts.netloc:
        return "a password does not belong in a file; use api_key or a header from a variable"
    return f"base_url is over {ADDRESS_MAX} characters; shorten it" if len(url) > ADDRESS_MAX else None


def sound_address(url: str, origin: str) -> str:
    """An address that stands in no file. It is refused without being repeated: it may hold a password."""
    if not re.match(ADDRESS, url) or address_fault(url):
        raise UsageError(f"{origin} has to be an http(s) address with neither user, password nor query; correct it")
    return url
