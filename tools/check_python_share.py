"""Prints the share of the backend's own lines that is Python; fails below 60 %.

StreamForge is a Python application with one native part. Tests, benches, simulated clients and
blank or comment-only lines do not count on either side.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINIMUM_PERCENT = 60

PYTHON_SOURCES = ("backend/streamforge/**/*.py",)
RUST_SOURCES = ("backend/sfu/crates/core/src/**/*.rs", "backend/sfu/crates/worker/src/**/*.rs")
# An inline `mod tests { … }` closes a Rust file by convention.
RUST_INLINE_TESTS = re.compile(r"^#\[cfg\(test\)\]\s*\n(?:#\[.*\]\s*\n)*mod \w+ \{.*", re.M | re.S)


def count(patterns: tuple[str, ...], comment: str) -> int:
    """Lines of code in the files that match, without blank and comment-only lines."""
    total = 0
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        if path.stem == "tests" or path.stem.endswith("_tests") or "tests" in path.parts:
            continue
        source = RUST_INLINE_TESTS.sub("", path.read_text(encoding="utf-8"))
        lines = (line.strip() for line in source.splitlines())
        total += sum(1 for line in lines if line and not line.startswith(comment))
    return total


def main() -> int:
    """Prints both counts and the share."""
    python = count(PYTHON_SOURCES, "#")
    rust = count(RUST_SOURCES, "//")
    percent = 100 * python / max(1, python + rust)
    print(
        f"backend: {python} lines of Python, {rust} of Rust: {percent:.0f} % Python "
        f"(at least {MINIMUM_PERCENT} %)"
    )
    return 0 if percent >= MINIMUM_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
