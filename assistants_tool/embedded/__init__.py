"""An OpenAI-compatible `/v1/assistants` endpoint over one SQLite file, for trying things out, for tests and for CI.

It keeps assistants and answers as OpenAI's servers did, from the beta header and the limits to the defaults that they fill in, the
paging and the wording of errors. It is not a language model: there are no threads, messages, runs, files or vector stores, model
names are only refused where a model is known to serve something else, and nobody looks whether a file id exists. `/v1/models` is a
fixed list, and `/v1/chat/completions` an echo.

`create_app` hands back a Starlette app. A server that runs the lifespan protocol closes the database at shutdown; whoever calls
the app in process, without one, calls `app.state.store.close()`.
"""

from __future__ import annotations

from .app import create_app
from .neighbours import OnlyThisMachine, is_loopback

__all__ = ["OnlyThisMachine", "create_app", "is_loopback"]
