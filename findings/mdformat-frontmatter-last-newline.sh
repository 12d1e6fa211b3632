#!/usr/bin/env bash
# mdformat-frontmatter 2.2.0: a block of text that ends the front matter loses its last end of line, so `|` turns into `|-`.
#
# The front matter reaches the YAML writer without the end of its last line. A literal block there ends without one, so that it is written
# back as `|-`: the value is another one, though nothing but the form should change. The same text in the middle of the front matter stays.
# What compares texts exactly, as a plan of changes or a checksum does, sees a change that nobody made.
#
# What to do: read the front matter with the end of its last line; in a repository, let no text of several lines be the last field.
# Seen 2026-11-28, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mdformat==1.0.0 mdformat-frontmatter==2.2.0 PyYAML==6.0.3
cat >"$folder/seen.py" <<'PYTHON'
import mdformat
import yaml

LAST = "---\nmodel: gpt-4o\ndescription: |\n  Answers questions.\n---\n\nBe kind.\n"
FIRST = "---\ndescription: |\n  Answers questions.\nmodel: gpt-4o\n---\n\nBe kind.\n"


def again(text):
    return mdformat.text(text, extensions={"frontmatter"})


def description(text):
    return yaml.safe_load(text.split("---\n")[1])["description"]


print(again(LAST))
for name, text in {"last field": LAST, "first field": FIRST}.items():
    print(name, "before:", description(text).encode(), "after:", description(again(text)).encode())
assert description(LAST) == "Answers questions.\n"
assert description(again(LAST)) == "Answers questions."
assert description(again(FIRST)) == description(FIRST)
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
