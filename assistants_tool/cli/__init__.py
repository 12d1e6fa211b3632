"""The command line: parse, wire, choose the exit code. No logic that another front end would need.

`commands` declares everything and is cheap to import, for `--help` and completion; the modules that do the work are imported by the command
that needs them.
"""

from __future__ import annotations

from assistants_tool.cli.commands import main

__all__ = ["main"]
