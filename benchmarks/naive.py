"""What one writes by hand: the openai SDK in a loop, one call after the other, each assistant updated whether it differs or not.

python -m benchmarks.naive BASE_URL COUNT VERSION
"""

from __future__ import annotations

import sys
import warnings

import openai

from benchmarks.floor import wanted


def main() -> None:
    url, count, version = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    warnings.simplefilter("ignore", DeprecationWarning)
    assistants = openai.OpenAI(base_url=url).beta.assistants
    ids = {one.name: one.id for one in assistants.list(limit=100)}
    for body in wanted(count, version):
        if body["name"] in ids:
            assistants.update(ids[body["name"]], name=body["name"], instructions=body["instructions"])
        else:
            assistants.create(model=body["model"], name=body["name"], instructions=body["instructions"])


if __name__ == "__main__":
    main()
