#!/usr/bin/env bash
# llama-index-core 0.14.25: the JSON Schema that a model is told to follow has each of its braces twice.
#
# Prompts were filled in with Python's `str.format`, for which a brace that is one is written as two. They are filled in with a function of the
# package's own now, which leaves `{{` as it is; what doubles them stayed. So `PydanticOutputParser` hands the model a schema in doubled
# braces and asks for valid JSON, examples in the package's own prompts (`DEFAULT_PII_TMPL`) have them twice, and so has every prompt that
# was written for `str.format`. Models mostly answer with JSON nevertheless; nothing says what they were shown.
#
# What to do: write braces once; `parser.get_format_string(escape_json=False)` has the schema in single ones, to be put into a prompt oneself.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q llama-index-core==0.14.25
cat >"$folder/seen.py" <<'PYTHON'
import json
import warnings

warnings.simplefilter("ignore")
from llama_index.core import PromptTemplate
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.output_parsers import PydanticOutputParser
from llama_index.core.postprocessor.pii import DEFAULT_PII_TMPL
from llama_index.core.program import LLMTextCompletionProgram
from pydantic import BaseModel

asked = []


class Keeps(CustomLLM):
    @property
    def metadata(self):
        return LLMMetadata(model_name="gpt-4o")

    def complete(self, prompt, formatted=False, **_):
        asked.append(prompt)
        return CompletionResponse(text='{"state": "sent"}')

    def stream_complete(self, prompt, **_):
        raise NotImplementedError


class Order(BaseModel):
    state: str


parser = PydanticOutputParser(Order)
program = LLMTextCompletionProgram.from_defaults(parser, prompt_template_str="Where is {name}?", llm=Keeps())
assert program(name="order 7") == Order(state="sent")
Keeps().as_structured_llm(Order).complete("Where is order 7?")
for prompt in asked:
    (line,) = [one for one in prompt.splitlines() if '"properties"' in one]
    print(line)
    assert line.startswith('{{"properties": {{"state": {{"title"')
    assert json.loads(line.replace("{{", "{").replace("}}", "}")) == Order.model_json_schema()
assert PromptTemplate('Like {{"state": "{name}"}}').format(name="sent") == 'Like {{"state": "sent"}}'
assert '{{"NAME1"' in PromptTemplate(DEFAULT_PII_TMPL).format(context_str="", query_str="")
assert '{"properties": {"state"' in parser.get_format_string(escape_json=False)
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
