"""The command line: parse, wire, choose the exit code. No logic that another front end would need.

`commands` declares everything and is cheap to import, for `--help` and completion; the modules that do the work are imported by the command
that needs them.
"""

from __future__ import annotations

import atexit
import gc

# Imports make tens of thousands of objects that stay: to look for garbage among them, as often as Python does, takes a seventh of a plan.
gc.set_threshold(100_000, 50, 100)
# Nor for garbage at the end, which is what Python does last: the process goes, and that look takes a tenth of a plan.
atexit.register(gc.freeze)

from assistants_tool.cli.commands import main  # noqa: E402 - after the line above

__all__ = ["main"]
