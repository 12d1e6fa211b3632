"""The two makers of wires, where they differ: what ours takes from the environment, and what a client that is handed over keeps."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI, OpenAI

from assistants_tool import __version__
from assistants_tool.endpoint import Connection, connect
from assistants_tool.endpoint.patience import Patience
from assistants_tool.endpoint.sdk import _as_httpx2, over_client
from assistants_tool.endpoint.sending import Request as Asked
from assistants_tool.endpoint.sending import Sender
from assistants_tool.endpoint.wire import Answer as Answered
from assistants_tool.endpoint.wire import Call
from assistants_tool.errors import EndpointError, Fate, ToolError, UnreachedError, UsageError
from assistants_tool.objects.endpoint import OpenEndpoint
from assistants_tool.project.target import Key, Remote
from assistants_tool.redaction import NOTHING
from tests.servers import Answer, Request, Scripted, scripted
from tests.tables import cases
from tests.wires import MAKERS, opened, over

KEY = "sk-planted-0123456789"
NO_PATIENCE = Patience(tries=1, seconds=1, first_wait=0.001)


def empty(_: Request) -> Answer:
    return Answer(body={"object": "list", "data": [], "has_more": False})


def whole(request: Request) -> Answer:
    return Answer(body={"id": "asst_1", "metadata": {}, "deleted": True, **(request.body or {})})


def ask(target: Remote, environ: Mapping[str, str] | None = None, **body: Any) -> None:
    """A listing; with a body, a create."""

    async def run() -> None:
        connection = Connection(5.0, patience=NO_PATIENCE)
        async with connect(target, connection, environ or {"KEY": KEY}) as endpoint:
            await (endpoint.create(body) if body else endpoint.listing())

    asyncio.run(run())


def failed(target: Remote, environ: Mapping[str, str] | None = None, **body: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        ask(target, environ, **body)
    return caught.value


# --- what every request says


@pytest.fixture
def running() -> Iterator[Scripted]:
    with scripted(lambda request: empty(request) if request.path.count("/") == 2 else whole(request)) as server:
        yield server


def test_the_tool_and_its_version_are_named_and_nothing_of_the_sdk(running: Scripted) -> None:
    ask(Remote(running.url))
    (request,) = running.requests
    assert request.headers["user-agent"] == f"assistants-tool/{__version__}"
    assert request.headers["accept"] == "application/json"
    assert not [name for name in request.headers if "stainless" in name]


@pytest.mark.parametrize("maker", MAKERS)
def test_a_content_type_is_said_only_of_content(maker: str) -> None:
    async def run() -> None:
        async with opened(Remote(server.url), Connection(), {}) as endpoint:
            await endpoint.get("asst_1")
            await endpoint.update("asst_1", {"model": "m"})
            await endpoint.delete("asst_1")

    with over(maker), scripted(whole) as server:
        asyncio.run(run())
    kinds = [(one.method, one.headers.get("content-type")) for one in server.requests]
    assert kinds == [("GET", None), ("POST", "application/json"), ("DELETE", None)]


def test_the_query_of_the_target_comes_before_that_of_the_request(running: Scripted) -> None:
    ask(Remote(f"{running.url}/", query={"api-version": "v1", "a b": "ü&"}))
    assert running.lines == ["GET /v1/assistants?api-version=v1&a+b=%C3%BC%26&limit=100&order=asc"]


@pytest.mark.parametrize("maker", MAKERS)
def test_text_goes_as_utf_8(maker: str) -> None:
    async def run() -> None:
        async with opened(Remote(server.url), Connection(), {}) as endpoint:
            await endpoint.create({"name": "도우미 é", "temperature": 0.1, "metadata": {}})

    with over(maker), scripted(whole) as server:
        asyncio.run(run())
    assert server.requests[0].raw == '{"name":"도우미 é","temperature":0.1,"metadata":{}}'.encode()


@pytest.mark.parametrize("maker", MAKERS)
def test_half_a_character_is_not_sent(maker: str) -> None:
    async def run() -> None:
        async with opened(Remote(server.url), Connection(), {}) as endpoint:
            await endpoint.create({"name": "\ud800"})

    with over(maker), scripted(whole) as server, pytest.raises(EndpointError) as caught:
        asyncio.run(run())
    said = f"POST {server.url}/assistants: the text holds a character that cannot be sent; correct it"
    assert (str(caught.value), caught.value.fate, server.requests) == (said, Fate.REJECTED, [])


# --- what is meant for whom

CUSTOM = f"X-Mine: 1\nUser-Agent: mine\nno colon\nAuthorization: Bearer {KEY}-custom"
AMBIENT = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1", "OPENAI_CUSTOM_HEADERS": CUSTOM}


@pytest.fixture
def ambient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name, value in AMBIENT.items():
        monkeypatch.setenv(name, value)


def test_a_base_url_from_a_file_gets_nothing_that_was_meant_for_openai(ambient: None, running: Scripted) -> None:
    ask(Remote(running.url))
    (request,) = running.requests
    assert not {"authorization", "openai-organization", "openai-project", "x-mine"} & set(request.headers)
    assert request.headers["user-agent"] != "mine"


def test_an_ambient_target_gets_all_of_it(ambient: None, running: Scripted) -> None:
    ask(Remote(running.url, ambient=True))
    headers = running.requests[0].headers
    assert {name: headers[name] for name in ("openai-organization", "openai-project", "x-mine", "user-agent")} == {
        "openai-organization": "org-1",
        "openai-project": "proj-1",
        "x-mine": "1",
        "user-agent": "mine",
    }
    assert headers["authorization"] == f"Bearer {KEY}-custom"


@pytest.mark.parametrize(
    ("custom", "stated", "name", "value"),
    [
        ("Authorization: Bearer custom", {}, "authorization", "Bearer custom"),
        ("OpenAI-Organization: custom", {}, "openai-organization", "custom"),
        ("x-mine: 1", {"X-Mine": "2"}, "x-mine", "2"),
        ("", {"authorization": "Basic x"}, "authorization", "Basic x"),
        ("OpenAI-Beta: assistants=v1", {}, "openai-beta", "assistants=v2"),
    ],
    ids=[
        "custom over the key",
        "custom over its variable",
        "stated over custom",
        "stated over the key",
        "the dialect's own",
    ],
)
def test_which_header_wins(
    custom: str,
    stated: dict[str, str],
    name: str,
    value: str,
    ambient: None,
    monkeypatch: pytest.MonkeyPatch,
    running: Scripted,
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", custom)
    ask(Remote(running.url, Key("KEY"), headers=stated, ambient=True))
    assert running.requests[0].headers[name] == value


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_header_that_is_meant_for_another_does_not_take_the_key_away(
    name: str, monkeypatch: pytest.MonkeyPatch, running: Scripted
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"{name}: Bearer another")
    ask(Remote(running.url, Key("KEY")))
    assert running.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_variable_that_is_empty_names_nothing(monkeypatch: pytest.MonkeyPatch, running: Scripted) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "")
    ask(Remote(running.url, ambient=True))
    assert "openai-organization" not in running.requests[0].headers


@pytest.mark.parametrize("where", ["literal", "custom"])
def test_a_header_that_holds_what_none_can_is_named_without_its_value(
    where: str, monkeypatch: pytest.MonkeyPatch, running: Scripted
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: 도우미")
    target = Remote(running.url, ambient=True) if where == "custom" else Remote(running.url, headers={"X-A": "도우미"})
    for found in (failed(target), failed(target, name="x")):
        assert (
            "a header holds a character that cannot be sent; check the key, the headers and OPENAI_CUSTOM_HEADERS"
            in str(found)
        )
        assert "도우미" not in str(found)
    assert running.requests == []


@pytest.mark.parametrize("key", ["sk-é-0123456789", "sk-비밀-0123456789", "sk-\n-0123456789"])
def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(key: str, running: Scripted) -> None:
    found = failed(Remote(running.url, Key("KEY")), {"KEY": key})
    assert "gives a key with characters that no header can carry" in str(found)
    assert (key in str(found), running.requests) == (False, [])


@pytest.mark.parametrize("key", ["sk-0123456789\n", " sk-0123456789", "sk-0123456789\r\n", "\xa0sk-0123456789"])
def test_white_space_around_a_key_is_named_and_nothing_is_sent(key: str, running: Scripted) -> None:
    found = failed(Remote(running.url, Key("KEY")), {"KEY": key})
    assert "the variable 'KEY' gives a key with white space around it, such as the end of a line" in str(found)
    assert ("sk-" in str(found), running.requests) == (False, [])


# --- the way there


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("maker", MAKERS)
def test_a_host_may_be_an_address_of_ipv6(maker: str) -> None:
    async def run() -> None:
        async with opened(Remote(server.url), Connection(5.0), {}) as endpoint:
            await endpoint.listing()

    with over(maker), scripted(empty, "::1") as server:
        asyncio.run(run())
    assert server.requests[0].headers["host"] == server.url.removeprefix("http://").removesuffix("/v1")


def test_requests_go_through_the_proxy_of_the_environment_but_for_what_no_proxy_names(
    monkeypatch: pytest.MonkeyPatch, running: Scripted
) -> None:
    with scripted(empty) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        ask(Remote("http://assistants.invalid/v1"))
        ask(Remote(running.url))
    assert proxy.lines == ["GET http://assistants.invalid/v1/assistants?limit=100&order=asc"]
    assert len(running.requests) == 1


@cases(
    "no_proxy url is_direct",
    {
        "a host": ("assistants.invalid", "http://assistants.invalid/v1", True),
        "its subdomain": ("a.example, assistants.invalid", "http://eu.assistants.invalid/v1", True),
        "another that ends alike": ("assistants.invalid", "http://myassistants.invalid/v1", False),
        "a host and its port": ("assistants.invalid:81", "http://assistants.invalid:81/v1", True),
        "another port": ("assistants.invalid:81", "http://assistants.invalid/v1", False),
        "an address": ("127.0.0.1", "http://127.0.0.1:1/v1", True),
        "a range": ("127.0.0.0/8", "http://127.0.0.1:1/v1", True),
        "another range": ("10.0.0.0/8", "http://127.0.0.1:1/v1", False),
        "all": ("*", "http://assistants.invalid/v1", True),
    },
)
def test_what_no_proxy_may_name(monkeypatch: pytest.MonkeyPatch, no_proxy: str, url: str, is_direct: bool) -> None:
    with scripted(empty) as proxy:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))  # in small letters, it wins
        monkeypatch.setenv("NO_PROXY", no_proxy)
        if is_direct:
            assert failed(Remote(url))
        else:
            ask(Remote(url))
    assert len(proxy.lines) == (not is_direct)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_what_goes_over_tls_is_tunnelled_through_the_proxy(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_to_tunnel() as (url, asked):
        monkeypatch.setenv(variable, url)
        found = failed(Remote("https://assistants.invalid/v1", Key("KEY")))
    assert "the proxy did not let it through (407 Nobody)" in str(found)
    assert asked[0].splitlines()[0] == "CONNECT assistants.invalid:443 HTTP/1.1"
    assert KEY not in asked[0]


@contextmanager
def refusing_to_tunnel() -> Iterator[tuple[str, list[str]]]:
    """A proxy that lets nobody through, and the heads of the requests that it got."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(65536).decode())
            connection.sendall(b"HTTP/1.1 407 Nobody\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    thread.join()
    listener.close()


def test_a_proxy_with_a_port_that_cannot_be_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:99999")
    found = failed(Remote("http://host.invalid/v1"))
    said = "GET http://host.invalid/v1/assistants: a proxy has an invalid port; correct HTTP_PROXY, HTTPS_PROXY or ALL_PROXY"
    assert isinstance(found, EndpointError)
    assert (str(found), found.fate) == (said, Fate.REJECTED)


def test_a_socks_proxy_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    assert "install it where this tool is installed" in str(failed(Remote("http://127.0.0.1:1/v1")))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that nobody has signed but itself, for 127.0.0.1, and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    parts = [folder / "key.pem", folder / "certificate.pem"]
    subprocess.run([openssl, *words, "-keyout", parts[0], "-out", parts[1]], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text("".join(one.read_text() for one in parts))
    # In a folder it is looked for by a name that is made of what it says.
    told = subprocess.run(
        [openssl, "x509", "-hash", "-noout", "-in", parts[1]], check=True, capture_output=True, text=True
    )
    shutil.copy(parts[1], folder / f"{told.stdout.strip()}.0")
    return both


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("maker", MAKERS)
def test_certificates_come_from_the_environment(
    maker: str, variable: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with opened(Remote(server.url), Connection(5.0, patience=NO_PATIENCE), {}) as endpoint:
            await endpoint.listing()

    for one in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))  # has no effect here
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with over(maker), scripted(empty, tls=context) as server:
        with pytest.raises(UnreachedError, match="TLS failed") as caught:
            asyncio.run(run())
        assert caught.value.fate is Fate.REJECTED
        monkeypatch.setenv(variable, str(certificate if variable == "SSL_CERT_FILE" else certificate.parent))
        asyncio.run(run())
    assert len(server.requests) == 1


def test_certificates_that_cannot_be_read_are_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing of the kind")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert "the proxy or certificate settings in the environment are not usable" in str(
        failed(Remote("https://x.invalid"))
    )


# --- a client that is handed over


@asynccontextmanager
async def handed(client: AsyncOpenAI) -> AsyncIterator[OpenEndpoint]:
    way = over_client(client)
    async with connect(Remote(way.base_url), Connection(5.0), {}, client=way) as endpoint:
        yield endpoint


def test_a_client_keeps_its_authentication_headers_and_query_and_stays_open(running: Scripted) -> None:
    async def run() -> str:
        client = AsyncOpenAI(
            base_url=running.url,
            api_key=KEY,
            organization="org-1",
            default_headers={"X-Mine": "1"},
            default_query={"v": "2"},
        )
        async with handed(client) as endpoint:
            await endpoint.listing()
        assert not client.is_closed()
        await client.close()
        return over_client(client).base_url

    assert asyncio.run(run()) == running.url
    (request,) = running.requests
    assert request.path == "/v1/assistants?v=2&limit=100&order=asc"
    names = ("authorization", "openai-organization", "x-mine", "openai-beta")
    assert [request.headers[name] for name in names] == [f"Bearer {KEY}", "org-1", "1", "assistants=v2"]


def test_azures_client_goes_to_its_own_path_with_its_own_key(running: Scripted) -> None:
    async def run() -> str:
        root = running.url.removesuffix("/v1")
        client = AsyncAzureOpenAI(azure_endpoint=root, api_key=KEY, api_version="2025-01-01", azure_deployment="d")
        async with client, handed(client) as endpoint:
            await endpoint.get("asst_1")
        return over_client(client).base_url

    assert asyncio.run(run()).endswith("/openai/deployments/d")
    (request,) = running.requests
    assert (request.path, request.headers["api-key"]) == ("/openai/assistants/asst_1?api-version=2025-01-01", KEY)


def test_a_key_that_a_client_fetches_for_each_request_is_not_told() -> None:
    keys = iter(["sk-first-0123456789", "sk-second-0123456789"])

    async def fetched() -> str:
        return next(keys)

    def repeats(request: Request) -> Answer:
        return Answer(400, {"error": {"message": f"bad key {request.headers['authorization']}"}})

    async def run() -> list[str]:
        said = []
        async with AsyncOpenAI(base_url=server.url, api_key=fetched) as client, handed(client) as endpoint:
            for _ in range(2):
                with pytest.raises(EndpointError) as caught:
                    await endpoint.create({"model": "m"})
                said.append(str(caught.value))
        return said

    with scripted(repeats) as server:
        said = asyncio.run(run())
    assert [one.partition(": ")[2] for one in said] == ["400 bad key Bearer ***"] * 2


@pytest.mark.parametrize("key", ["sk-é-0123456789", "sk-비밀-0123456789"])
def test_a_key_of_a_client_that_no_header_can_carry_is_not_sent(key: str, running: Scripted) -> None:
    async def run() -> None:
        async with AsyncOpenAI(base_url=running.url, api_key=key) as client, handed(client) as endpoint:
            await endpoint.listing()

    with pytest.raises(EndpointError) as caught:
        asyncio.run(run())
    said = "a header holds a character that cannot be sent; check the key, the headers and OPENAI_CUSTOM_HEADERS"
    assert str(caught.value) == f"GET {running.url}/assistants: {said}"
    assert running.requests == []


def test_a_client_that_cannot_be_awaited_is_refused_by_name() -> None:
    with (
        OpenAI(api_key=KEY) as client,
        pytest.raises(UsageError, match=r"has to be an openai\.AsyncOpenAI .*, and is OpenAI"),
    ):
        over_client(client)


def test_of_a_client_over_httpx_the_failure_is_that_of_the_same_name() -> None:
    """The SDK takes clients of httpx, too, whose classes have the names of ours."""

    class ConnectError(Exception):
        pass

    lost = openai.APIConnectionError(request=httpx2.Request("GET", "http://x/"))
    lost.__cause__ = ConnectError("refused")
    lost.__cause__.__cause__ = ConnectionRefusedError(111, "refused")
    found = _as_httpx2(lost.__cause__)
    assert isinstance(found, httpx2.ConnectError)
    assert found.__cause__ is lost.__cause__


# --- what a wire may raise


class Broken:
    """A wire that raises."""

    keys = NOTHING
    key_called = "the key"

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, call: Call) -> Answered:
        assert call.method == "GET"
        raise self.error


RAISED: dict[str, tuple[Callable[[], Exception], Fate]] = {
    "an address that is none": (lambda: httpx2.InvalidURL("x"), Fate.REJECTED),
    "a scheme that is none": (lambda: httpx2.UnsupportedProtocol("x"), Fate.REJECTED),
    "TLS in the middle": (lambda: ssl.SSLError(1, "record"), Fate.AMBIGUOUS),
    "the pool is full": (lambda: httpx2.PoolTimeout("x"), Fate.NOT_SENT),
    "cut": (lambda: httpx2.ReadError("x"), Fate.AMBIGUOUS),
    "not HTTP": (lambda: httpx2.RemoteProtocolError("x"), Fate.AMBIGUOUS),
    "broken compression": (lambda: httpx2.DecodingError("x"), Fate.AMBIGUOUS),
    "anything else": (lambda: http.client.BadStatusLine("x"), Fate.AMBIGUOUS),
}


@pytest.mark.parametrize(("error", "fate"), RAISED.values(), ids=RAISED)
def test_whatever_a_wire_raises_is_a_sentence_with_a_fate(error: Callable[[], Exception], fate: Fate) -> None:
    sender = Sender(Broken(error()), "http://x", Connection(patience=NO_PATIENCE), {})
    with pytest.raises(EndpointError, match="GET http://x/assistants: ") as caught:
        asyncio.run(sender.send(Asked("GET", "/assistants")))
    assert caught.value.fate is fate
