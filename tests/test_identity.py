"""Tokens of Entra ID: asked of Azure's own library, renewed in time, told to nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from assistants_tool.endpoint import Connection
from assistants_tool.endpoint.access import Access
from assistants_tool.endpoint.assistants import AssistantsEndpoint
from assistants_tool.endpoint.client import Client
from assistants_tool.endpoint.identity import EARLY, Identity
from assistants_tool.endpoint.keys import Bearer
from assistants_tool.endpoint.wire import HttpWire
from assistants_tool.errors import EndpointError
from assistants_tool.project.kinds import FOUNDRY
from assistants_tool.project.target import Remote
from tests.conftest import Cli, Write
from tests.servers import Answer, Request, Scripted, scripted
from tests.tables import cases

SCOPE = "https://ai.azure.com/.default"
GIVEN = "planted-token-{}-0123456789"
EMPTY = Answer(body={"data": [], "has_more": False})


class Tokens:
    """A credential that gives another token each time, good for so many `seconds`; after `most` of them it fails."""

    def __init__(self, seconds: float, most: int = 100) -> None:
        self.seconds, self.most, self.scopes, self.closed = seconds, most, list[str](), False

    def get_token(self, *scopes: str) -> AccessToken:
        self.scopes += scopes
        if len(self.scopes) > self.most:
            raise ClientAuthenticationError(
                "DefaultAzureCredential failed.\nAttempted credentials:\n\tAzureCliCredential: az login"
            )
        return AccessToken(GIVEN.format(len(self.scopes)), int(time.time() + self.seconds))

    def close(self) -> None:
        self.closed = True


@cases(
    "seconds asked",
    {
        "good for an hour": (3600, 1),
        "good for a while yet": (EARLY + 60, 1),
        "about to end": (EARLY - 60, 3),
        "ended": (-1, 3),
    },
)
def test_a_token_is_renewed_in_time(seconds: float, asked: int) -> None:
    credential = Tokens(seconds)

    async def run() -> list[str]:
        identity = Identity(credential, SCOPE)
        return [await identity.token() for _ in range(3)]

    assert asyncio.run(run())[-1] == GIVEN.format(asked)
    assert credential.scopes == [SCOPE] * asked


def test_of_many_requests_at_a_time_one_asks() -> None:
    credential = Tokens(3600)

    async def run() -> list[str]:
        identity = Identity(credential, SCOPE)
        return list(await asyncio.gather(*(identity.token() for _ in range(20))))

    assert set(asyncio.run(run())) == {GIVEN.format(1)}
    assert len(credential.scopes) == 1


def over(server: Scripted, credential: Tokens) -> None:
    """An endpoint of Foundry's kind whose key is such a token."""

    async def run() -> None:
        identity = Identity(credential, SCOPE)
        async with Client(Bearer(await identity.token(), identity)) as http:
            wire = HttpWire(Access(http, server.url))
            endpoint = AssistantsEndpoint(wire, Remote(server.url, named=FOUNDRY), Connection(5.0))
            await endpoint.listing()
            await endpoint.listing()

    asyncio.run(run())


def bearers(server: Scripted) -> list[str]:
    return [one.headers["authorization"] for one in server.requests]


def test_a_long_run_goes_on_with_a_new_token() -> None:
    with scripted(lambda _: EMPTY) as server:
        over(server, Tokens(60))
    assert bearers(server) == [f"Bearer {GIVEN.format(number)}" for number in (2, 3)]


def test_a_token_that_was_renewed_is_told_to_nobody() -> None:
    """A server may repeat what it was sent."""

    def script(request: Request) -> Answer:
        return Answer(400, {"error": {"message": str(request.headers)}})

    with scripted(script) as server, pytest.raises(EndpointError) as caught:
        over(server, Tokens(60))
    assert "planted-token" not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_run_whose_identity_is_gone_says_so() -> None:
    with scripted(lambda _: EMPTY) as server, pytest.raises(EndpointError) as caught:
        over(server, Tokens(60, most=2))
    said = str(caught.value)
    assert said.startswith(f"GET {server.url}/assistants: no Azure identity gives a token for {SCOPE} here: ")
    assert "Attempted credentials: AzureCliCredential: az login; log in with `az login`" in said
    assert len(server.requests) == 1


# --- the command line, with the library itself


def foundry(url: str) -> str:
    return f"environments: {{p: {{endpoint: {{base_url: '{url}', kind: foundry, api_key: {{azure: default}}}}}}}}\n"


@pytest.fixture
def quiet() -> Iterator[None]:
    """The library logs what it does."""
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("azure").setLevel(logging.NOTSET)


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """What App Service has in each machine: an address on loopback that gives tokens to whoever knows a header."""

    def script(request: Request) -> Answer:
        assert request.headers["x-identity-header"] == "known"
        number = len(server.requests)
        token = {
            "access_token": GIVEN.format(number),
            "expires_on": str(int(time.time()) + 3600),
            "token_type": "Bearer",
        }
        return Answer(body={**token, "resource": "https://ai.azure.com"})

    with scripted(script) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", server.url)
        monkeypatch.setenv("IDENTITY_HEADER", "known")
        monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
        yield server


@pytest.mark.usefixtures("quiet")
def test_a_managed_identity_is_all_that_a_machine_needs(cli: Cli, write: Write, identity: Scripted) -> None:
    with scripted(lambda _: EMPTY) as server:
        write({"assistants/project.yaml": foundry(server.url)})
        listed = cli("list", "-e", "p", "-o", "id", "-v")
        checked = cli("doctor", "-e", "p")
    assert (listed.exit_code, listed.stdout) == (0, ""), listed.stderr
    assert "resource=https://ai.azure.com" in identity.requests[0].path
    assert set(bearers(server)) <= {f"Bearer {GIVEN.format(number)}" for number in (1, 2)}
    assert (
        "ok       key             found in the identity that Azure's libraries find here, for https://ai.azure.com/.default"
        in (checked.stdout)
    )
    assert "planted" not in listed.stderr + checked.stdout + checked.stderr


@pytest.mark.usefixtures("quiet")
def test_a_developers_login_is_found_and_a_missing_one_named(
    cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    tool = tmp_path / "bin" / "az"
    tool.parent.mkdir()
    with scripted(lambda _: EMPTY) as server:
        write({"assistants/project.yaml": foundry(server.url)})
        answer = {"accessToken": GIVEN.format(7), "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"}
        monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
        tool.write_text(f"#!/bin/sh\necho '{json.dumps(answer)}'\n")
        tool.chmod(0o755)
        found = cli("list", "-e", "p")
        tool.write_text("#!/bin/sh\necho 'ERROR: Please run az login' >&2\nexit 1\n")
        missing = cli("list", "-e", "p")
    assert found.exit_code == 0, found.stderr
    assert bearers(server) == [f"Bearer {GIVEN.format(7)}"]
    assert (missing.exit_code, missing.stderr.count("\n")) == (1, 1)
    assert missing.stderr.startswith("Error: no Azure identity gives a token for https://ai.azure.com/.default here: ")
    assert "az login" in missing.stderr


@cases(
    "limit tried",
    {
        "any": ("", "Environment WorkloadIdentity ManagedIdentity AzureCli"),
        "production": ("prod", "Environment WorkloadIdentity ManagedIdentity"),
        "a laptop": ("dev", "AzureCli"),
        "one": ("ManagedIdentityCredential", "ManagedIdentity"),
    },
)
@pytest.mark.usefixtures("quiet")
def test_which_identities_are_tried(limit: str, tried: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library's own order, of those that docs/foundry.md names; a CI job has the variables of a federated identity."""
    for name, value in {"CLIENT_ID": "a", "TENANT_ID": "b", "FEDERATED_TOKEN_FILE": str(tmp_path / "token")}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", limit)
    with DefaultAzureCredential() as found:
        names = [type(one).__name__.removesuffix("Credential") for one in found.credentials]
    named = {"Environment", "WorkloadIdentity", "ManagedIdentity", "AzureCli"}
    assert [one for one in names if one in named] == tried.split()


def test_what_to_install_is_said_where_it_is_missing(cli: Cli, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    write({"assistants/project.yaml": foundry("http://127.0.0.1:9")})
    ran = cli("list", "-e", "p")
    assert (ran.exit_code, ran.stderr) == (
        1,
        "Error: api_key: {azure: default} needs the package azure-identity: pip install 'assistants-tool[azure]'\n",
    )
