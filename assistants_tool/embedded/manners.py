"""Whose place this endpoint takes: where things are, what a request has to bring, what is answered. One value for each kind of server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from assistants_tool import models

from .errors import ApiError, GateError

if TYPE_CHECKING:
    from .requests import Shapes

_Row = dict[str, Any]


class Manner(NamedTuple):
    """How one kind of server behaves.

    `root` is the path of its API and `models`, below that, of what it serves; `chat` is that of chat completions. `check` and
    `check_models` raise `ApiError` for a request without what it has to bring. `model` is the row of a model, `listed` a list of such;
    `chats` says whether a model of that name chats. The others are the answers to a wrong key, an unknown path and an unknown model.
    """

    root: str
    models: str
    chat: str
    check: Callable[[Mapping[str, str], Mapping[str, str]], None]
    check_models: Callable[[Mapping[str, str]], None]
    shapes: Callable[[], Shapes]
    model: Callable[[str], _Row]
    listed: Callable[[list[_Row]], _Row]
    chats: Callable[[str], bool]
    wrong_key: Callable[[str], ApiError]
    no_route: Callable[[str, str], ApiError]
    no_model: Callable[[str], ApiError]


# --- OpenAI


def _check_beta(headers: Mapping[str, str], _: Mapping[str, str]) -> None:
    if headers.get("openai-beta") != "assistants=v2":
        wanted = "Please try again by setting the header 'OpenAI-Beta: assistants=v2'."
        message = f"You must provide the 'OpenAI-Beta' header to access the Assistants API. {wanted}"
        raise ApiError(message, code="invalid_beta")


def _openai_shapes() -> Shapes:
    from .requests import OPENAI  # which a plan with nothing to do has no use for, as all that checks a body

    return OPENAI


def _openai_model(name: str) -> _Row:
    # The time is the one at which assistants became available: nobody needs that of each model.
    return {"id": name, "object": "model", "created": 1699228800, "owned_by": "openai"}


def _chats(model: str) -> bool:
    served = models.endpoints(model)  # none of a model that is not known
    return not served or models.CHAT in served


def _wrong_openai_key(given: str) -> ApiError:
    where = "You can find your API key at https://platform.openai.com/account/api-keys."
    return ApiError(
        f"Incorrect API key provided: {_masked(given) or '(none)'}. {where}",
        code="invalid_api_key",
        status=401,
        headers={"www-authenticate": 'Basic realm="OpenAI API"'},
    )


def _masked(key: str) -> str:
    """The ends of a key, as OpenAI shows them, but never half of it or more."""
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}" if len(key) > 24 else "*" * len(key)


# --- Azure AI Foundry, classic agents

_VERSIONS = ("v1", "2025-05-01", "2025-05-15-preview")


def _check_version(query: Mapping[str, str]) -> None:
    version = query.get("api-version")
    if not version:
        raise GateError("BadRequest", "Missing required query parameter: api-version", 400)
    if version not in _VERSIONS:
        supported = ", ".join(map(repr, _VERSIONS))
        message = f"Unsupported api version {version!r}. The supported versions are {supported}."
        raise GateError("UnsupportedApiVersionValue", message, 400)


def _foundry_shapes() -> Shapes:
    from .foundry import FOUNDRY

    return FOUNDRY


def _deployment(name: str) -> _Row:
    return {
        "type": "ModelDeployment",
        "name": name,
        "modelName": name,
        "modelVersion": "1",
        "modelPublisher": "OpenAI",
        "capabilities": {"chat_completion": "true"},
        "sku": {"name": "GlobalStandard", "capacity": 1},
    }


def _wrong_token(_: str) -> ApiError:
    return GateError(
        "401",
        "Unauthorized. Access token is missing, invalid, audience is incorrect (https://ai.azure.com), or have expired.",
        401,
    )


MANNERS: Mapping[str, Manner] = {
    "openai": Manner(
        root="/v1",
        models="/models",
        chat="/v1",
        check=_check_beta,
        check_models=lambda _: None,
        shapes=_openai_shapes,
        model=_openai_model,
        listed=lambda rows: {"object": "list", "data": rows},
        chats=_chats,
        wrong_key=_wrong_openai_key,
        no_route=lambda method, path: ApiError(f"Invalid URL ({method} {path})", status=404),
        no_model=lambda name: ApiError(
            f"The model '{name}' does not exist", param="model", code="model_not_found", status=404
        ),
    ),
    "foundry": Manner(
        root="/api/projects/{project}",  # whatever it is called, it is the one that this file holds
        models="/deployments",
        chat="/openai/v1",
        check=lambda _, query: _check_version(query),
        check_models=_check_version,
        shapes=_foundry_shapes,
        model=_deployment,
        listed=lambda rows: {"value": rows},
        chats=lambda _: True,  # a deployment's name is its owner's to choose
        wrong_key=_wrong_token,
        no_route=lambda _method, _path: GateError("404", "Resource not found", 404),
        no_model=lambda name: GateError("NotFound", f"The deployment '{name}' is not found.", 404),
    ),
}
