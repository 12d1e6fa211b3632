"""What a client may send, as data: types, limits, defaults and the order of members; and what the service makes of it.

The servers answered more than they were sent. Each default here was seen in recorded answers (of 2024 to March 2026, in their newest
form) unless a comment calls it a choice. All else is kept as sent: the order of tools, white space, model aliases.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from assistants_tool import models

from .errors import refusal

Fields = dict[str, Any]
_Model = TypeVar("_Model", bound=BaseModel)


def _fit(model: str) -> str:
    if models.unfit_for_assistants(model):
        message = "The requested model '{model}' cannot be used with the Assistants API."
        raise PydanticCustomError("unsupported_model", message, {"model": model})
    return model


def auto_or(value: object, check: ValidatorFunctionWrapHandler) -> object:
    if value != "auto":
        check(value)
    return value


class Absent:
    """Stands, itself, for the value of a member that is not there. (Pydantic copies the values of defaults, but not classes.)"""


def optional(**limits: Any) -> Any:
    """A member that may be left out, and then is not answered either; it may not be null."""
    return Field(default=Absent, **limits)


def plain(value: Any) -> Any:
    """A checked value as JSON knows it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, BaseModel):
        return {_called(value, name): plain(item) for name, item in value if item is not Absent}
    return value


def _called(model: BaseModel, name: str) -> str:
    """A member as JSON calls it, where that is a word of Python's."""
    known = type(model).model_fields.get(name)
    return (known and known.alias) or name


class Object(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Schema = dict[str, Any]  # of which only the servers know what they take
_FitModel = Annotated[str, Field(min_length=1), AfterValidator(_fit)]
_Name = Annotated[str, Field(max_length=64, pattern=models.FUNCTION_NAME_PATTERN)]
_MetadataKey = Annotated[str, Field(max_length=models.METADATA_KEY_MAX)]
_MetadataValue = Annotated[str, Field(max_length=models.METADATA_VALUE_MAX)]
Metadata = Annotated[dict[_MetadataKey, _MetadataValue], Field(max_length=models.METADATA_PAIRS_MAX)]


class CodeInterpreter(Object):
    type: Literal["code_interpreter"]


class Ranking(Object):
    ranker: Literal["auto", "default_2024_08_21"] = "default_2024_08_21"
    score_threshold: float = Field(ge=0, le=1)
    # That a request may have it is a choice: it was answered, always as null, and an answer may be sent back.
    hybrid_search: None = None


class Search(Object):
    max_num_results: int = optional(ge=models.SEARCH_RESULTS_MIN, le=models.SEARCH_RESULTS_MAX)
    ranking_options: Ranking = Ranking(score_threshold=0.0)


class _FileSearch(Object):
    type: Literal["file_search"]
    file_search: Search = Search()


class _Function(Object):
    name: _Name
    description: str = optional()
    parameters: Schema = {"type": "object", "properties": {}}
    strict: Annotated[bool | None, AfterValidator(bool)] = False  # that null becomes false is a choice


class FunctionTool(Object):
    type: Literal["function"]
    function: _Function


class _VectorStore(Object):
    file_ids: list[str] = []
    chunking_strategy: dict[str, Any] = {}
    metadata: Metadata | None = None


class CodeResources(Object):
    file_ids: list[str] = Field(default=[], max_length=models.FILE_IDS_MAX)


class _SearchResources(Object):
    vector_store_ids: list[str] = Field(default=[], max_length=models.VECTOR_STORE_IDS_MAX)


class _NewSearchResources(_SearchResources):
    """The servers made a vector store of each that was described, and answered its id alone. Here nothing but an id is made."""

    vector_stores: list[_VectorStore] = optional(max_length=models.VECTOR_STORE_IDS_MAX)

    @model_validator(mode="after")
    def _name_stores(self) -> Self:
        if len(self.model_fields_set) > 1:
            message = "Mutually exclusive parameters: give only one of 'vector_store_ids' and 'vector_stores'."
            raise PydanticCustomError("mutually_exclusive_parameters", message)
        if "vector_stores" in self.model_fields_set:
            self.vector_store_ids = [f"vs_{secrets.token_hex(16)}" for _ in self.vector_stores]
            self.vector_stores = cast("Any", Absent)
        return self


class _Resources(Object):
    code_interpreter: CodeResources = optional()
    file_search: _SearchResources = optional()


class _NewResources(_Resources):
    file_search: _NewSearchResources = optional()


class _PlainFormat(Object):
    type: Literal["text", "json_object"]


class _NamedSchema(Object):
    name: _Name
    description: str = ""
    schema_: Schema = Field(default={}, alias="schema")
    strict: bool | None = None


class _SchemaFormat(Object):
    type: Literal["json_schema"]
    json_schema: _NamedSchema


_Tool = Annotated[CodeInterpreter | _FileSearch | FunctionTool, Field(discriminator="type")]
Format = Annotated[_PlainFormat | _SchemaFormat, Field(discriminator="type")]


class Modify(Object):
    """A request to change an assistant. Its members stand in the order in which they are answered."""

    name: str | None = Field(default=None, max_length=models.NAME_MAX)
    description: str | None = Field(default=None, max_length=models.DESCRIPTION_MAX)
    model: _FitModel = optional()
    instructions: str | None = Field(default=None, max_length=models.INSTRUCTIONS_MAX)
    tools: list[_Tool] = Field(default=[], max_length=models.TOOLS_MAX)
    top_p: float | None = Field(default=1.0, ge=0, le=models.TOP_P_MAX)
    temperature: float | None = Field(default=1.0, ge=0, le=models.TEMPERATURE_MAX)
    reasoning_effort: Literal[models.REASONING_EFFORTS] | None = None  # type: ignore[valid-type]  # mypy sees no words in a tuple
    tool_resources: _Resources | None = _Resources()
    metadata: Metadata | None = {}
    response_format: Annotated[Format | None, WrapValidator(auto_or)] = "auto"  # type: ignore[assignment]  # what no format is called


class Create(Modify):
    """A request to make an assistant."""

    model: _FitModel
    tool_resources: _NewResources | None = _NewResources()


def checked(kind: type[_Model], value: object) -> _Model:
    """A request of this kind. Raises `ApiError` about its first fault."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise refusal(error) from error


class Shapes:
    """What a kind of server takes and makes of it: requests that make an assistant and that change one, and what it fills in.

    `filled` are resources that are answered where their tool is used, in their one order.
    """

    def __init__(self, new: type[BaseModel], changed: type[BaseModel], filled: Fields) -> None:
        self._new, self._changed, self._filled = new, changed, filled
        self._defaults: Fields = plain(new.model_validate({"model": "a model has no default"}))

    def create(self, value: object) -> Fields:
        """All fields of the assistant that this create request asks for, in the order in which they are answered."""
        return self._applied(self._defaults, checked(self._new, value))

    def modification(self, value: object) -> Callable[[Fields], Fields]:
        """What this modify request does to the fields of an assistant. Raises `ApiError` at once, not when it is done.

        What is not given is left as it is; null stands for the default. That `tools` and `metadata` are replaced as a whole, and
        `tool_resources` tool by tool, is how the API was described; no recording shows a removal.
        """
        request = checked(self._changed, value)
        return lambda fields: self._applied(fields, request)

    def _applied(self, fields: Fields, request: BaseModel) -> Fields:
        given = {name: plain(value) for name, value in request if name in request.model_fields_set}
        if given.get("tool_resources") is not None:
            given["tool_resources"] = fields["tool_resources"] | given["tool_resources"]
        fields = fields | {name: self._defaults[name] if value is None else value for name, value in given.items()}
        given_or_used = fields["tool_resources"].keys() | {tool["type"] for tool in fields["tools"]}
        resources = {name: empty for name, empty in self._filled.items() if name in given_or_used}
        return fields | {"tool_resources": resources | fields["tool_resources"]}


# In the one order of the two that was recorded.
OPENAI = Shapes(Create, Modify, {"file_search": {"vector_store_ids": []}, "code_interpreter": {"file_ids": []}})
