"""What a definition says for one API alone, in a mapping of that API's name: its shape, as pydantic models. The other APIs pass it over."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistants_tool.definitions.structure import Referable, Shape
from assistants_tool.objects.dialects.prompts import AGENT_NAME_PATTERN


class OwnTool(BaseModel):
    """A tool in the form of that API. It goes as it is."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)
    type: str


class AgentsText(Shape):
    verbosity: Literal["low", "medium", "high"] | None = None


class AgentsReasoning(Shape):
    summary: Literal["concise", "detailed", "auto"] | None = None


class AgentsMultiAgent(Shape):
    enabled: bool
    max_concurrent_subagents: Annotated[int, Field(ge=1)] | None = None


class AgentsCompaction(Shape):
    async_: bool | None = Field(default=None, alias="async")


class AgentsExperimental(Shape):
    time_awareness: bool | None = None


class AgentsBlock(Shape):
    """Under `agents`."""

    text: AgentsText | None = None
    reasoning: AgentsReasoning | None = None
    service_tier: Literal["auto", "default", "flex", "priority", "fast", "ultrafast"] | None = None
    multi_agent: AgentsMultiAgent | None = None
    compaction: AgentsCompaction | None = None
    experimental: AgentsExperimental | None = None
    tools: list[OwnTool] | None = None


class PromptReasoning(Shape):
    summary: Literal["concise", "detailed", "auto"] | None = None


class PromptAgentsBlock(Shape):
    """Under `prompt-agents`. What is not looked into goes as it is."""

    name: Annotated[Annotated[str, Field(pattern=AGENT_NAME_PATTERN)] | None, Referable()] = None
    tool_choice: str | dict[str, Any] | None = None
    structured_inputs: dict[str, Any] | None = None
    rai_config: dict[str, Any] | None = None
    skills: list[Any] | None = None
    harness: dict[str, Any] | None = None
    reasoning: PromptReasoning | None = None
    tools: list[OwnTool] | None = None
