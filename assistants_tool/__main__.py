"""The program: `assistants`, or `python -m assistants_tool`."""

import sys


def main() -> None:
    """Also while the rest is imported, Ctrl-C is no traceback."""
    try:
        from assistants_tool.cli import main as run  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.stderr.write("Error: interrupted; nothing was done\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
