"""The kinds of servers: what is known of one before it is asked, each kind as one plain value.

project.yaml names the kind of an endpoint (`kind: foundry`), or the host tells it. What is done in another way for another kind, wherever
that is, is read from its value; nobody asks a kind for its name.

What is said of Azure AI Foundry rests on Microsoft's description of its "Agents (classic)" and on answers that users reported.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from assistants_tool import models
from assistants_tool.models import Retirement, Takes


@dataclass(frozen=True, slots=True)
class Refusal:
    """A way in which servers refuse: their codes for it or their words, with which status, and what to do. `doctor` calls it by `name`."""

    advice: str
    codes: frozenset[str] = frozenset()
    words: str = "(?!)"
    statuses: Container[int] = range(600)  # 0 is an error in the middle of a stream
    name: str = ""

    def fits(self, status: int, codes: frozenset[str], said: str) -> bool:
        known = bool(self.codes & codes) or re.search(self.words, said[:1000], re.IGNORECASE) is not None
        return known and status in self.statuses


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of server.

    `takes` is what one anywhere is known to take, `rehearsed` what the embedded endpoint takes in its place, below `path`, and None where
    it plays no such server; `embedded` is how that one is called in what is kept, and its file. `hosts` are ends of hosts' names that tell
    the kind. `query` and `headers` go with requests for assistants. `models` is the path of what it serves. `chat` is the path of chat
    completions from the host on, None where they are below base_url. `scope` is what a token of Entra ID has to be for.

    `refusals` are its own ways to refuse, `no_list` what to do where there is no list; `misplaced` a pattern of addresses at which it has
    no assistants, where to look instead, and why. `sound` is what it means, by the name of a refusal, that this one did not come.
    """

    name: str
    takes: Takes
    rehearsed: Takes | None = None
    path: str = "/v1"
    embedded: str = "embedded"
    hosts: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    models: str = "/models"
    chat: str | None = None
    scope: str | None = None
    refusals: tuple[Refusal, ...] = ()
    no_list: str = "this server has no /assistants there: check base_url, which often ends in /v1"
    misplaced: tuple[str, str, str] = ("(?!)", "", "")
    sound: Mapping[str, str] = field(default_factory=dict)

    @property
    def retirement(self) -> Retirement | None:
        """When the service that it is named for ends, where that is known."""
        return next((found for host in self.hosts if (found := models.retirement(host))), None)

    def address_fault(self, base_url: str) -> str | None:
        """That an address is for something else, and where assistants are instead."""
        pattern, instead, why = self.misplaced
        found = re.sub(pattern, instead, base_url)
        return None if found == base_url else f"{why}; assistants are at {found}: put that into base_url"

    def refusal(self, status: int, codes: frozenset[str], said: str) -> Refusal | None:
        """The way of refusing that this is; None for one that this kind has in common with others, or that nobody knows."""
        return next((one for one in self.refusals if one.fits(status, codes, said)), None)


_BETA = {"OpenAI-Beta": "assistants=v2"}
OPENAI = Kind(
    "openai",
    Takes("the endpoint"),
    Takes(
        "the embedded endpoint", ("code_interpreter", "file_search", "function"), ("code_interpreter", "file_search")
    ),
    headers=_BETA,
)
AZURE = Kind(
    "azure",
    Takes("Azure OpenAI", deployments=True),
    hosts=("openai.azure.com", "cognitiveservices.azure.com"),
    headers=_BETA,
    models="/deployments",
    scope="https://cognitiveservices.azure.com/.default",
)

_CLASSIC = "https://RESOURCE.services.ai.azure.com/api/projects/PROJECT"
_SCOPE = "https://ai.azure.com/.default"
_AUDIENCE, _ROLE, _VERSION = "audience", "role", "api-version"
_FOUNDRY_REFUSALS = (
    Refusal(
        "the key is good, but its owner has no role that allows this: give it the role Foundry User (formerly Azure AI User) on the "
        "Foundry project or its resource (Access control in the Azure portal), and wait a few minutes until that takes effect",
        frozenset({"PermissionDenied"}),
        r"lacks the required data action|principal does not have access",
        (401, 403),
        _ROLE,
    ),
    Refusal(
        f"the token is missing, expired, or for another service: ask for one with the scope {_SCOPE}, as "
        f"`az account get-access-token --scope {_SCOPE}` does; a key of the resource does not work",
        words=r"audience is incorrect|invalid subscription key|access token is (missing|invalid)",
        statuses=(401,),
        name=_AUDIENCE,
    ),
    Refusal(
        "the resource takes requests from its own network only: run this there (a self-hosted runner, a VPN), or allow this address "
        "under Networking of the resource",
        words=r"public (network )?access is disabled|private endpoint|virtual network|firewall",
        statuses=(403,),
    ),
    Refusal(
        "write `query: {api-version: v1}` next to base_url in project.yaml",
        frozenset({"UnsupportedApiVersionValue"}),
        r"api[- ]?version",
        (400, 404),
        _VERSION,
    ),
    Refusal(
        "`assistants models` lists the deployments there: write the name of one as the model, or deploy that model",
        frozenset({"DeploymentNotFound"}),
        r"requested deployment|deployment .*(does not exist|not found)",
        (400, 404),
    ),
    Refusal(
        "a project with the basic set-up of agents has no such tool: take it out, or give the project the standard set-up",
        words=r"invalid tool value\(s\): azure_function",
        statuses=(400,),
    ),
    Refusal(
        f"base_url has to be {_CLASSIC}: correct the names in it, which the overview of the project shows",
        words=r"project does not exist|resource not found",
        statuses=(404,),
    ),
)
FOUNDRY = Kind(
    "foundry",
    Takes("Azure AI Foundry (classic)", deployments=True, any_ranker=True, without=("reasoning_effort",)),
    Takes(
        "the embedded endpoint of the kind foundry",
        (
            "code_interpreter",
            "file_search",
            "function",
            "azure_ai_search",
            "bing_grounding",
            "bing_custom_search",
            "openapi",
            "azure_function",
            "connected_agent",
            "mcp",
            "fabric_dataagent",
            "sharepoint_grounding",
            "deep_research",
            "browser_automation",
            "computer_use_preview",
        ),
        ("code_interpreter", "file_search", "azure_ai_search", "mcp"),
        deployments=True,
        any_ranker=True,
        without=("reasoning_effort",),
    ),
    path="/api/projects/local",
    embedded="embedded-foundry",
    hosts=("services.ai.azure.com",),
    query={"api-version": "v1"},
    models="/deployments",
    chat="/openai/v1",
    scope=_SCOPE,
    refusals=_FOUNDRY_REFUSALS,
    no_list=f"the address of classic agents is {_CLASSIC}: check base_url",
    misplaced=(
        r"(/api/projects/[^/]+)/(?:openai(?:/v1)?|assistants|agents)/?$",
        r"\1",
        "that is the address of Foundry's new clients, or of one operation",
    ),
    sound={
        _VERSION: "it was sent and not refused",
        _AUDIENCE: "no token was refused for being for something else",
        _ROLE: "the key's owner may read agents; whether it may write them, --probe shows",
    },
)
KINDS: Mapping[str, Kind] = {one.name: one for one in (OPENAI, AZURE, FOUNDRY)}


def kind_of(base_url: str) -> Kind:
    """The kind that a host tells, openai where it tells none."""
    host = f".{urlsplit(base_url).hostname or ''}"
    return next((one for one in KINDS.values() if any(host.endswith(f".{end}") for end in one.hosts)), OPENAI)
