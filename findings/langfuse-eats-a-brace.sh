#!/usr/bin/env bash
# langfuse 5.0.4 for LangChain: an example of JSON in a prompt loses its last brace, if an object ends within another.
#
# `get_langchain_prompt()` turns `{{name}}` into LangChain's `{name}`, and doubles the braces of JSON, so that LangChain leaves them alone.
# Where two braces stand side by side at the end of such an object, as they do in all compact JSON that is nested, they are taken for one that
# was doubled before, and are not doubled. LangChain makes one of them: the model is shown JSON that does not parse. `compile()` of the same
# prompt is right. An object that holds no other loses nothing.
#
# What to do: write examples with each closing brace on a line or behind a space of its own; compare with `compile()`.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q langfuse==5.0.4 langchain-core==1.8.1
cat >"$folder/seen.py" <<'PYTHON'
from langchain_core.prompts import PromptTemplate
from langfuse.api import Prompt_Text
from langfuse.model import TextPromptClient


def both(text):
    prompt = TextPromptClient(Prompt_Text(name="shop", version=1, config={}, labels=[], tags=[], prompt=text, type="text"))
    return prompt.compile(name="Kim"), PromptTemplate.from_template(prompt.get_langchain_prompt()).format(name="Kim")


# what the prompt holds, and whether LangChain gets it whole
for example, whole in (
    ('{"order": 7, "parcel": {"state": "sent"}}', False),
    ('{"order": 7, "parcel": {"state": "sent"} }', True),
    ('{"order": 7}', True),
):
    compiled, of_langchain = both("Answer {{name}} as " + example)
    print(compiled, "|", of_langchain)
    assert compiled == "Answer Kim as " + example
    assert of_langchain == compiled if whole else of_langchain == compiled.removesuffix("}")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
