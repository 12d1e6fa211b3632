"""`python -m assistants_tool`."""

from assistants_tool.cli import main

main()
