"""Tokens of Entra ID without a command: whichever identity Azure's own libraries find where the tool runs.

That is a managed identity, the federated identity of a CI job, a service principal in variables, or a developer's login, as
DefaultAzureCredential of the package azure-identity looks for them. A token lasts about an hour, and a run may last longer.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from assistants_tool.endpoint.failures import cut
from assistants_tool.errors import ToolError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

EARLY = 300.0  # seconds before its end in which a token is not used any more
_WORDS_MAX = 600  # characters of what the library says
_INSTALL = "api_key: {azure: default} needs the package azure-identity: pip install 'assistants-tool[azure]'"


class Credential(Protocol):
    """What is used of Azure's credentials. Both may take seconds, and block."""

    def get_token(self, *scopes: str) -> AccessToken: ...

    def close(self) -> None: ...


class Identity:
    """The token for one scope, and a new one in time."""

    def __init__(self, credential: Credential, scope: str) -> None:
        self._credential, self._scope = credential, scope
        self._lock = asyncio.Lock()
        self._token: AccessToken | None = None

    async def token(self) -> str:
        """One that is good for a while yet. Raises ToolError where none can be had."""
        async with self._lock:  # of many requests that find it too old one renews it
            if self._token is None or self._token.expires_on - time.time() < EARLY:
                self._token = await asyncio.to_thread(self._renewed)
            return self._token.token

    async def another(self) -> str:
        """What the library has now: it may know of another, such as that of a new login, before the end of this one."""
        async with self._lock:
            self._token = await asyncio.to_thread(self._renewed)
            return self._token.token

    def _renewed(self) -> AccessToken:
        from azure.core.exceptions import AzureError

        try:
            return self._credential.get_token(self._scope)
        except (AzureError, ValueError, OSError) as error:  # the second for variables that are no ids
            said = cut(" ".join(str(error).split()), _WORDS_MAX).rstrip(". ")
            raise ToolError(
                f"no Azure identity gives a token for {self._scope} here: {said}; log in with `az login`, or give the job or the "
                "machine an identity, as docs/foundry.md shows"
            ) from None

    def close(self) -> None:
        self._credential.close()


def default_identity(scope: str) -> Identity:
    """The one that DefaultAzureCredential finds. Raises ToolError where its package is not installed."""
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError:
        raise ToolError(_INSTALL) from None
    return Identity(DefaultAzureCredential(), scope)
