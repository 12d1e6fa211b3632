"""What the API holds, as data: field limits, which models can serve an assistant, and what ends when. Imports nothing of ours.

Limits are those of OpenAI's published description of `/v1/assistants` (version 2) and of its servers' error messages; the metadata
limits stand only in the description's prose but were enforced. Lengths are in characters (code points), not bytes.
"""

from __future__ import annotations

import datetime
import fnmatch
from typing import NamedTuple

NAME_MAX = 256
DESCRIPTION_MAX = 512
INSTRUCTIONS_MAX = 256_000
TOOLS_MAX = 128
FUNCTION_NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
FILE_IDS_MAX = 20
VECTOR_STORE_IDS_MAX = 1
SEARCH_RESULTS_MIN, SEARCH_RESULTS_MAX = 1, 50
METADATA_PAIRS_MAX = 16
METADATA_KEY_MAX = 64
METADATA_VALUE_MAX = 512
TEMPERATURE_MAX = 2
TOP_P_MAX = 1
REASONING_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
PAGE_DEFAULT = 20
PAGE_MAX = 100

# The members of an assistant that a request may set, in the order in which the service answers them.
FIELDS = (
    "name",
    "description",
    "model",
    "instructions",
    "tools",
    "top_p",
    "temperature",
    "reasoning_effort",
    "tool_resources",
    "metadata",
    "response_format",
)

# First match wins. A model that no pattern matches is unknown, which is not the same as unfit: servers name their own.
_SERVES_ONLY = (
    ("whisper-1", ("/v1/audio/transcriptions", "/v1/audio/translations")),
    ("tts-1", ("/v1/audio/speech",)),
    ("tts-1-hd", ("/v1/audio/speech",)),
    ("dall-e-2", ("/v1/images/generations", "/v1/images/edits", "/v1/images/variations")),
    ("dall-e-3", ("/v1/images/generations",)),
    ("text-embedding-*", ("/v1/embeddings",)),
    ("text-moderation-*", ("/v1/moderations",)),
    ("gpt-3.5-turbo-instruct*", ("/v1/completions",)),
    ("babbage-002", ("/v1/completions",)),
    ("davinci-002", ("/v1/completions",)),
    ("*-realtime-preview*", ("/v1/realtime",)),
)


def unfit_for_assistants(model: str) -> tuple[str, ...]:
    """The endpoints that a model serves instead of assistants; empty for a fit or an unknown model."""
    for pattern, endpoints in _SERVES_ONLY:
        if fnmatch.fnmatchcase(model, pattern):
            return endpoints
    return ()


class Retirement(NamedTuple):
    """A service that stops serving `/v1/assistants`; `day` is the first without it."""

    service: str
    day: datetime.date


_OPENAI = Retirement("OpenAI and Azure OpenAI", datetime.date(2026, 8, 26))
# By the end of the host's name. The days are those that the makers of the services announced.
_RETIREMENTS = {
    "openai.com": _OPENAI,
    "openai.azure.com": _OPENAI,
    "cognitiveservices.azure.com": _OPENAI,
    "services.ai.azure.com": Retirement("Azure AI Foundry (classic)", datetime.date(2027, 3, 31)),
}


def retirement(host: str) -> Retirement | None:
    """When the service behind a host ends, where that is known."""
    return next((one for end, one in _RETIREMENTS.items() if f".{host}".endswith(f".{end}")), None)


# On which day OpenAI shuts a model down, as the descriptions of `model` in its Python SDK (3.54.0) say. Other servers keep other dates.
_SHUTDOWNS = {
    datetime.date(2026, 10, 23): ("gpt-3.5-turbo", "gpt-4", "gpt-4-turbo", "o1", "o3-mini"),
    datetime.date(2027, 1, 14): ("gpt-4o", "gpt-4o-mini", "gpt-4.1"),
}


def shutdown(model: str) -> datetime.date | None:
    """The day on which OpenAI shuts a model down, where that is known."""
    return next((day for day, names in _SHUTDOWNS.items() if model in names), None)
