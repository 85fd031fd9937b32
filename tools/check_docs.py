"""Fails when a document names a file that is not there.

Checked are relative links of every Markdown file, and in ARCHITECTURE.md each path in backticks,
because its walks are worth something only while they can be followed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
# `rooms/actor.py`, `crates/core/src/router/`: has a slash and ends like a file or a folder.
PATH = re.compile(r"`([\w.@-]+(?:/[\w.@-]+)*/(?:[\w-]+\.(?:py|rs|ts|tsx|md|toml|css)|(?=`)))`")
# Where the walks' paths start, so that they stay short enough to read.
BASES = (
    "",
    "backend",
    "backend/streamforge",
    "backend/sfu",
    "backend/sfu/crates",
    "backend/sfu/crates/core/src",
    "frontend/src",
    "sdk-js/packages/client/src",
)


def missing_links(document: Path) -> list[str]:
    """Relative links that lead nowhere."""
    links = LINK.findall(document.read_text(encoding="utf-8"))
    return [link for link in links if not (document.parent / link).exists()]


def missing_paths(document: Path) -> list[str]:
    """Paths in backticks that exist under none of the bases."""
    named = PATH.findall(document.read_text(encoding="utf-8"))
    return [name for name in named if not any((ROOT / base / name).exists() for base in BASES)]


def main() -> int:
    """Checks every tracked Markdown file."""
    command = ["git", "ls-files", "-z", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    documents = [ROOT / name for name in listed.split("\0") if name]
    missing = [(document, link) for document in documents for link in missing_links(document)]
    architecture = ROOT / "ARCHITECTURE.md"
    if architecture.exists():
        missing += [(architecture, name) for name in missing_paths(architecture)]
    for document, name in missing:
        print(f"{document.relative_to(ROOT)} names {name}, which does not exist")
    print(f"documents: {len(documents)} read, {len(missing)} dead references")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
