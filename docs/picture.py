"""README's picture: `python -m docs.picture` runs the tool in a folder of its own and draws what a terminal would show.

Nothing in it is made up: an edit, a plan and an apply on the embedded endpoint, in the tool's own colours. Only the assistant's id,
which is another one each time, is written as a fixed one. A test holds that docs/picture.svg is what a run shows now.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PAGE = Path(__file__).with_name("picture.svg")
REFRESH = "python -m docs.picture"
ALT = (
    "A terminal: the model and a sentence of support.yaml are edited, assistants plan shows both differences and marks the model as a"
    " risk, assistants apply updates the assistant under the same id, and the next plan is empty."
)
COLUMNS = 86
FILES = {
    "assistants/project.yaml": "project: shop\nenvironments: {local: {endpoint: embedded}}\ndefault_environment: local\n",
    "assistants/support.yaml": (
        "name: Support Bot\nmodel: gpt-4o\ninstructions: |\n  You answer questions about orders.\n  Answer in two sentences.\n"
    ),
}
BEFORE = "assistants apply --yes"
SHOWN = (
    "sed -i 's/gpt-4o/gpt-4.1/; s/two sentences/one sentence/' assistants/support.yaml",
    "assistants plan",
    "assistants apply --yes -o brief",
    "assistants plan",
)
ID = (re.compile(r"asst_[A-Za-z0-9]{24}"), "asst_8LhlUVIDpgoZvnqxoi6trw5M")
# Bright on dark, so that it reads the same on a light and on a dark page.
THEME = TerminalTheme(
    background=(22, 27, 34),
    foreground=(230, 237, 243),
    normal=[
        *((110, 118, 129), (255, 161, 152), (126, 231, 135), (242, 204, 96)),
        *((165, 214, 255), (226, 197, 255), (179, 240, 255), (230, 237, 243)),
    ],
)
SVG = """\
<svg role="img" aria-label="{alt}" viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg">
<style>
.{{unique_id}}-matrix {{{{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {{char_height}}px; }}}}
.{{unique_id}}-title {{{{ font-family: sans-serif; font-size: 18px; }}}}
{{styles}}
</style>
<defs>{{lines}}</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""


def session() -> str:
    """What the terminal shows, with its escapes for colours."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".git").mkdir()
        for name, text in FILES.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        _typed(root, BEFORE)
        shown = "\n".join(f"\x1b[1m$ {line}\x1b[0m\n{_typed(root, line)}" for line in SHOWN)
    return ID[0].sub(ID[1], shown)


def _typed(root: Path, line: str) -> str:
    """A command line as a shell runs it; `assistants` is this checkout's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ASSISTANTS_", "OPENAI_"))}
    unset = {name: value for name, value in kept.items() if name not in ("CI", "NO_COLOR", "GITHUB_ACTIONS")}
    path = os.pathsep.join([str(PAGE.parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(  # noqa: S603 - our own lines
        ["sh", "-euc", f'assistants() {{ "{sys.executable}" -m assistants_tool "$@"; }}\n{line}'],  # noqa: S607 - any will do
        cwd=root,
        env={**unset, "FORCE_COLOR": "1", "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return ran.stdout


def picture() -> str:
    """The whole SVG. It refers to no font and to nothing else outside of itself."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(session()), soft_wrap=True)
    drawn = console.export_svg(
        title="edit, plan, apply",
        theme=THEME,
        code_format=SVG.format(alt=ALT),
        unique_id="terminal",
        font_aspect_ratio=0.6,
    )
    return "\n".join(line.strip() for line in drawn.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(picture(), encoding="utf-8")
