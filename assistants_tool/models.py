"""What the API holds, as data: field limits, which models can serve an assistant, and what ends when. Imports nothing of ours.

Limits are those of OpenAI's published description of `/v1/assistants` (version 2) and of its servers' error messages; the metadata
limits stand only in the description's prose but were enforced. Lengths are in characters (code points), not bytes.
"""

from __future__ import annotations

import datetime
import difflib
import fnmatch
import functools
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

NAME_MAX = 256
DESCRIPTION_MAX = 512
INSTRUCTIONS_MAX = 256_000
TOOLS_MAX = 128
FUNCTION_NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
FILE_IDS_MAX = 20
VECTOR_STORE_IDS_MAX = 1
SEARCH_INDEXES_MAX = 1  # this and the next two as Foundry documents them
CONNECTIONS_MAX = 1
DATA_SOURCES_MAX = 20
SEARCH_RESULTS_MIN, SEARCH_RESULTS_MAX = 1, 50
RANKERS = ("auto", "default_2024_08_21")
METADATA_PAIRS_MAX = 16  # that an assistant holds
DECLARED_PAIRS_MAX = METADATA_PAIRS_MAX - 1  # that a definition states: one of them is the mark's
METADATA_KEY_MAX = 64
METADATA_VALUE_MAX = 512
TEMPERATURE_MAX = 2
TOP_P_MAX = 1
# The APIs that an endpoint may be spoken to by, the first where nothing says which.
APIS = ("assistants", "agents", "prompt-agents")
DEFAULT_API = APIS[0]


def beside(api: str) -> str:
    """What a target says of its API beside the rest: nothing of the first, which goes without saying."""
    return {DEFAULT_API: ""}.get(api, f", api {api}")


REASONING_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
PAGE_DEFAULT = 20
PAGE_MAX = 100


class Takes(NamedTuple):
    """What an endpoint takes, as far as that is known before it is asked; it refuses the rest.

    `tools` and `resources` are types of tools, None where nobody knows which. `deployments`: a model is the name that its owner gave it, so
    that no name tells what it can. `any_ranker`: a ranker is any text. `without` are members that the API has and this endpoint has not.
    """

    name: str
    tools: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    deployments: bool = False
    any_ranker: bool = False
    without: tuple[str, ...] = ()

    @property
    def of_another_api(self) -> Takes:
        """What is true of the server whichever API it is spoken to by."""
        return Takes(self.name, deployments=self.deployments, any_ranker=self.any_ranker)


ANYTHING = Takes("the endpoint")

# The models that the description of `/v1/assistants` names; its servers refused others ("cannot be used with the Assistants API").
_ASSISTANT_MODELS = """
    gpt-5 gpt-5-mini gpt-5-nano gpt-5-2025-08-07 gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07
    gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4.1-2025-04-14 gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14
    o3-mini o3-mini-2025-01-31 o1 o1-2024-12-17
    gpt-4o gpt-4o-2024-11-20 gpt-4o-2024-08-06 gpt-4o-2024-05-13 gpt-4o-mini gpt-4o-mini-2024-07-18
    gpt-4.5-preview gpt-4.5-preview-2025-02-27
    gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-0125-preview gpt-4-turbo-preview gpt-4-1106-preview gpt-4-vision-preview
    gpt-4 gpt-4-0314 gpt-4-0613 gpt-4-32k gpt-4-32k-0314 gpt-4-32k-0613
    gpt-3.5-turbo gpt-3.5-turbo-16k gpt-3.5-turbo-0613 gpt-3.5-turbo-1106 gpt-3.5-turbo-0125 gpt-3.5-turbo-16k-0613
"""
ASSISTANT_MODELS = tuple(_ASSISTANT_MODELS.split())
# Those that only the SDK's list for chat completions names.
_CHAT_MODELS = """
    gpt-6-astra gpt-6.2-astra gpt-6-sol gpt-6.1-sol gpt-6.2-sol gpt-6.1-terra gpt-6-luna gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna
    gpt-5.5 gpt-5.5-20* gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-mini-20* gpt-5.4-nano-20* gpt-5.3-chat-latest
    gpt-5.2 gpt-5.2-20* gpt-5.2-pro gpt-5.2-pro-20* gpt-5.2-chat-latest gpt-5.1 gpt-5.1-20* gpt-5.1-codex gpt-5.1-chat-latest
    gpt-5-chat-latest o4-mini o4-mini-20* o3 o3-20* o1-preview o1-preview-20* o1-mini o1-mini-20* chatgpt-4o-latest codex-mini-latest
    gpt-4o-audio-preview* gpt-4o-mini-audio-preview* gpt-4o-search-preview* gpt-4o-mini-search-preview* gpt-3.5-turbo-0301
"""
CHAT, ASSISTANTS, FINE_TUNING = "/v1/chat/completions", "/v1/assistants", "/v1/fine_tuning/jobs"
COMPLETIONS, EMBEDDINGS, MODERATIONS, REALTIME = "/v1/completions", "/v1/embeddings", "/v1/moderations", "/v1/realtime"
TRANSCRIPTIONS, TRANSLATIONS, SPEECH = "/v1/audio/transcriptions", "/v1/audio/translations", "/v1/audio/speech"
IMAGES, IMAGE_EDITS, IMAGE_VARIATIONS = "/v1/images/generations", "/v1/images/edits", "/v1/images/variations"

# Patterns, and what such a model is good for at OpenAI, as the description and the types of the SDK (3.57.0) say. First match wins. A
# model that no pattern matches is unknown, which is not the same as unfit: servers name their own.
_SERVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("gpt-4o-mini gpt-3.5-turbo", (CHAT, ASSISTANTS, FINE_TUNING)),
    ("gpt-4.5-preview*", (ASSISTANTS,)),
    (_ASSISTANT_MODELS, (CHAT, ASSISTANTS)),
    (_CHAT_MODELS, (CHAT,)),
    ("gpt-audio-mini*", (CHAT, REALTIME)),
    ("whisper-1", (TRANSCRIPTIONS, TRANSLATIONS)),
    ("gpt-transcribe gpt-4o-transcribe* gpt-4o-mini-transcribe*", (TRANSCRIPTIONS,)),
    ("tts-1 tts-1-hd gpt-4o-mini-tts*", (SPEECH,)),
    ("dall-e-2", (IMAGES, IMAGE_EDITS, IMAGE_VARIATIONS)),
    ("dall-e-3", (IMAGES,)),
    ("gpt-image-* chatgpt-image-latest", (IMAGES, IMAGE_EDITS)),
    ("text-embedding-*", (EMBEDDINGS,)),
    ("text-moderation-* omni-moderation-*", (MODERATIONS,)),
    ("gpt-3.5-turbo-instruct*", (COMPLETIONS,)),
    ("babbage-002 davinci-002", (COMPLETIONS, FINE_TUNING)),
    ("*-realtime-preview* gpt-realtime* gpt-live-transcribe", (REALTIME,)),
)
_BY_PATTERN = tuple((pattern, endpoints) for patterns, endpoints in _SERVES for pattern in patterns.split())


@functools.lru_cache(1024)
def endpoints(model: str) -> tuple[str, ...]:
    """The paths of the API that a model is good for; empty for an unknown model."""
    return next((served for pattern, served in _BY_PATTERN if fnmatch.fnmatchcase(model, pattern)), ())


_NO_SAMPLING = re.compile(
    r"(o1|o1-mini|o1-preview|o3|o3-mini|o3-pro|o4-mini|gpt-5|gpt-5-mini|gpt-5-nano)(-[0-9]{4}-[0-9]{2}-[0-9]{2})?"
)


def has_no_sampling(model: str) -> bool:
    """Whether it is a reasoning model that refuses `temperature` and `top_p` ("is not supported with this model")."""
    return _NO_SAMPLING.fullmatch(model) is not None


_REASONING = re.compile(r"o[0-9].*|codex-.*|gpt-([5-9]|[1-9][0-9]).*")


def has_no_effort(model: str) -> bool:
    """Whether it is a model that is known and does not reason, so that it refuses `reasoning_effort`."""
    return bool(endpoints(model)) and _REASONING.fullmatch(model) is None


_NAMES = tuple(name for name in f"{_ASSISTANT_MODELS} {_CHAT_MODELS}".split() if "*" not in name)
_ALMOST = 0.9


@functools.lru_cache(1024)
def misspelt(model: str) -> str:
    """The known model that an unknown one is all but in its letters: `gpt-4oo`. Other figures are another model, a new one it may be."""
    if len(model) > _LONGEST or endpoints(model):
        return ""
    figures = re.findall("[0-9]+", model)
    alike = [one for one in _NAMES if re.findall("[0-9]+", one) == figures]
    return next(iter(difflib.get_close_matches(model, alike, 1, _ALMOST)), "")


_LONGEST = 60  # characters


def unfit_for_assistants(model: str) -> tuple[str, ...]:
    """The endpoints that a model serves instead of assistants; empty for a fit or an unknown model.

    One that chats is not unfit, though OpenAI's own servers took fewer: others make assistants of any model that chats.
    """
    served = endpoints(model)
    return () if CHAT in served or ASSISTANTS in served else served


class Retirement(NamedTuple):
    """A service that stops serving `/v1/assistants`; `day` is the first without it, `api` the one that it has since."""

    service: str
    day: datetime.date
    api: str = ""


_OPENAI = Retirement("OpenAI and Azure OpenAI", datetime.date(2026, 8, 26))
# By the end of the host's name. The days are those that the makers of the services announced.
_RETIREMENTS = {
    "openai.com": _OPENAI._replace(api="agents"),
    "openai.azure.com": _OPENAI,
    "cognitiveservices.azure.com": _OPENAI,
    "services.ai.azure.com": Retirement("Azure AI Foundry (classic)", datetime.date(2027, 3, 31), "prompt-agents"),
}


def retirement(host: str) -> Retirement | None:
    """When the service behind a host ends, where that is known."""
    return next((one for end, one in _RETIREMENTS.items() if f".{host}".endswith(f".{end}")), None)


def way_on(environment: str) -> str:
    """How to move what an environment has, while its endpoint still answers."""
    return f"`assistants migrate --from {environment or 'ENV'} -e NEW` creates these assistants on another endpoint"


FROM_SAVED = "`assistants migrate SAVED.json -e NEW` creates there what was saved from here"


def is_openais(host: str) -> bool:
    return f".{host}".endswith(".openai.com")


# --- models: who shuts them down, and when

Word = Literal["endpoint", "openai", "microsoft"]
# Whose word a day is, as people are told.
WORDS: Mapping[Word, str] = {
    "endpoint": "the endpoint says",
    "openai": "OpenAI says",
    "microsoft": "Microsoft says",
}


class Shutdown(NamedTuple):
    """The first day without a model, and whose word that is: the endpoint's own, or that of the service that runs it."""

    day: datetime.date
    word: Word


# On which day OpenAI shuts a model down, as the descriptions of models in its Python SDK (3.57.0) say. Other servers keep other dates.
_SHUTDOWNS = {
    day: frozenset(names.split())
    for day, names in {
        "2024-09-13": "gpt-3.5-turbo-16k gpt-3.5-turbo-0301 gpt-3.5-turbo-0613 gpt-3.5-turbo-16k-0613",
        "2024-12-06": "gpt-4-vision-preview",
        "2025-06-06": "gpt-4-32k gpt-4-32k-0314 gpt-4-32k-0613",
        "2025-07-28": "o1-preview o1-preview-2024-09-12",
        "2025-10-10": "gpt-4o-audio-preview-2024-10-01",
        "2025-10-27": "o1-mini o1-mini-2024-09-12",
        "2026-02-12": "codex-mini-latest",
        "2026-02-17": "chatgpt-4o-latest",
        "2026-03-26": "gpt-4-0125-preview gpt-4-turbo-preview gpt-4-0314",
        "2026-05-07": """gpt-4o-audio-preview gpt-4o-audio-preview-2024-12-17 gpt-4o-audio-preview-2025-06-03
            gpt-4o-mini-audio-preview gpt-4o-mini-audio-preview-2024-12-17""",
        "2026-05-12": "dall-e-2 dall-e-3",
        "2026-07-23": """computer-use-preview computer-use-preview-2025-03-11 gpt-5-codex gpt-5.1-codex-max
            o3-deep-research o3-deep-research-2025-06-26 o4-mini-deep-research o4-mini-deep-research-2025-06-26
            gpt-5.1-codex gpt-5.1-chat-latest gpt-5-chat-latest gpt-4o-search-preview gpt-4o-mini-search-preview
            gpt-4o-search-preview-2025-03-11 gpt-4o-mini-search-preview-2025-03-11""",
        "2026-08-10": "gpt-5.3-chat-latest gpt-5.2-chat-latest",
        "2026-09-28": "gpt-3.5-turbo-1106",
        "2026-10-23": """gpt-4.1-nano gpt-4.1-nano-2025-04-14 o4-mini o4-mini-2025-04-16 o3-mini o3-mini-2025-01-31 o1 o1-2024-12-17
            gpt-4o-2024-05-13 gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-1106-preview gpt-4 gpt-4-0613 gpt-3.5-turbo
            gpt-3.5-turbo-0125 gpt-image-1 o1-pro o1-pro-2025-03-19""",
        "2026-12-11": """gpt-5 gpt-5-mini gpt-5-nano gpt-5-2025-08-07 gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07
            o3 o3-2025-04-16 gpt-5-pro gpt-5-pro-2025-10-06 o3-pro o3-pro-2025-06-10""",
        "2027-01-06": "tts-1 tts-1-hd gpt-4o-mini-tts gpt-4o-mini-tts-2025-12-15",
        "2027-01-14": """gpt-4.1 gpt-4.1-mini gpt-4.1-2025-04-14 gpt-4.1-mini-2025-04-14 gpt-4o gpt-4o-2024-11-20
            gpt-4o-2024-08-06 gpt-4o-mini gpt-4o-mini-2024-07-18""",
        "2027-01-20": """gpt-audio-mini gpt-audio-mini-2025-12-15 gpt-realtime gpt-realtime-2025-08-28 gpt-realtime-mini
            gpt-realtime-mini-2025-12-15""",
        "2027-02-26": """whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe gpt-4o-mini-transcribe-2025-12-15
            gpt-4o-transcribe-diarize""",
        "2027-04-01": "gpt-5.4-nano gpt-5.4-nano-2026-03-17 gpt-5.1 gpt-5.1-2025-11-13",
    }.items()
}


def openai_shutdown(model: str) -> Shutdown | None:
    """The day on which OpenAI shuts a model down, where that is known."""
    day = next((day for day, names in _SHUTDOWNS.items() if model in names), None)
    return Shutdown(datetime.date.fromisoformat(day), "openai") if day else None


# On which day Microsoft retires what is deployed on Azure and in Foundry, by model and version, as its retirement schedule of Foundry
# Models said on 2026-07-07, and its list of retired models on 2026-04-23. These days are others than OpenAI's, and have been moved before.
_MICROSOFT = """
    gpt-35-turbo 0301 2025-02-13
    gpt-35-turbo 0613 2025-02-13
    gpt-35-turbo-16k 0613 2025-04-30
    gpt-4 0314 2025-06-06
    gpt-4 0613 2025-06-06
    gpt-4-32k 0314 2025-06-06
    gpt-4-32k 0613 2025-06-06
    gpt-4.5-preview 2025-02-27 2025-07-14
    gpt-4o 2024-05-13 2026-10-01
    gpt-4o 2024-08-06 2026-10-01
    gpt-4o 2024-08-06-ev3 2026-03-31
    gpt-4o 2024-11-20 2026-10-01
    gpt-4o-mini 2024-07-18 2026-10-01
    gpt-4.1 2025-04-14 2026-10-14
    gpt-4.1-mini 2025-04-14 2026-10-14
    gpt-4.1-nano 2025-04-14 2026-10-14
    gpt-5 2025-08-07 2027-02-06
    gpt-5-mini 2025-08-07 2027-02-06
    gpt-5-nano 2025-08-07 2027-02-06
    gpt-5-pro 2025-10-06 2027-04-07
    gpt-5-codex 2025-09-15 2027-03-17
    gpt-5-chat 2025-08-07 2026-06-29
    gpt-5-chat 2025-10-03 2026-05-13
    gpt-5.1 2025-11-13 2027-05-15
    gpt-5.1-codex 2025-11-13 2027-05-15
    gpt-5.1-codex-mini 2025-11-13 2027-05-15
    gpt-5.1-codex-max 2025-12-04 2026-12-05
    gpt-5.1-chat 2025-11-13 2026-06-29
    gpt-5.2 2025-12-11 2026-12-12
    gpt-5.2-codex 2026-01-14 2027-01-14
    gpt-5.2-chat 2025-12-11 2026-05-13
    gpt-5.2-chat 2026-02-10 2026-06-29
    gpt-5.3-codex 2026-02-24 2027-02-25
    gpt-5.3-chat 2026-03-03 2026-06-29
    gpt-5.4 2026-03-05 2027-03-05
    gpt-5.4-mini 2026-03-17 2027-03-18
    gpt-5.4-nano 2026-03-17 2027-03-18
    gpt-5.4-pro 2026-03-05 2027-03-06
    gpt-5.5 2026-04-24 2027-04-23
    gpt-chat-latest 2026-05-05 2026-11-05
    gpt-audio 2025-08-28 2027-02-28
    gpt-audio-mini 2025-10-06 2026-09-21
    gpt-audio-mini 2025-12-15 2026-12-15
    codex-mini 2025-05-16 2026-11-15
    o1-preview 2024-09-12 2025-07-28
    o1 2024-12-17 2026-09-16
    o1-pro 2025-03-19 2026-09-18
    o3 2025-04-16 2026-10-16
    o3-deep-research 2025-06-26 2026-12-26
    o3-mini 2025-01-31 2026-10-01
    o3-pro 2025-06-10 2026-12-10
    o4-mini 2025-04-16 2026-10-16
"""


def microsoft_shutdown(model: str, version: str | None = None) -> Shutdown | None:
    """The day on which Microsoft retires a version of a model, where that is known. Without a version, the day by which all of them are."""
    rows = (line.split() for line in _MICROSOFT.split("\n") if line)
    days = [day for name, its, day in (row for row in rows if row) if name == model and version in (None, its)]
    return Shutdown(datetime.date.fromisoformat(max(days)), "microsoft") if days else None
