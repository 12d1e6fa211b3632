#!/usr/bin/env bash
# mutmut 3.8.1 with pytest 9.2.0: a test that checks nothing notices every fault, if the name of one of its cases holds a backslash.
#
# `pytest.mark.parametrize(..., ids=...)` keeps the names that it has made. Each further run in the same process escapes their backslashes
# once more (those of letters beyond ASCII, too), so that the test is not found any more by the name that it had. mutmut learns the names in
# the first run, and tries each fault in a fork of that process: pytest ends with 4, nothing was run, and mutmut says "killed".
#
# What to do: give cases names without backslashes and in ASCII; look at some faults that were noticed, too.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q mutmut==3.8.1 pytest==9.2.0
tried() { # the name of the case
  rm -rf mutants adding tests
  mkdir adding tests
  printf '[project]\nname = "adding"\nversion = "1"\n[tool.mutmut]\nsource_paths = ["adding"]\n' >pyproject.toml
  printf 'def add(left, right):\n    return left + right\n' >adding/__init__.py
  cat >tests/test_adding.py <<PYTHON
import pytest

from adding import add


@pytest.mark.parametrize("left", [1], ids=[r"$1"])
def test_nothing(left):
    add(left, 2)
PYTHON
  venv/bin/python -m mutmut run >told 2>&1 || cat told
  venv/bin/python -m mutmut results --all true | sed 's/.*: //'
}
plain=$(tried 'a line')
escaped=$(tried 'a line\n')
echo "a case that is called 'a line': $plain"
echo "a case that is called 'a line\\n': $escaped"
[ "$plain" = survived ]
[ "$escaped" = killed ]
