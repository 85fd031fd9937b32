"""File-size budget: warns above 300 lines, fails above 500, and fails on Python functions above 60.

Length of functions in Rust is clippy's `too_many_lines` and in TypeScript eslint's
`max-lines-per-function`; this script reads only what those two cannot see. Exceptions are listed
with their reason in tools/size_exceptions.txt and fail when they are no longer needed.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
EXCEPTIONS = ROOT / "tools" / "size_exceptions.txt"
SUFFIXES = {".py", ".rs", ".ts", ".tsx", ".css", ".mjs", ".sh"}

WARN_LINES = 300
FAIL_LINES = 500
# A test file is a list of cases that nobody reads as a whole.
FAIL_TEST_LINES = 800
FAIL_FUNCTION_LINES = 60


class Finding(NamedTuple):
    """Something over budget; `key` is what an exception names."""

    key: str
    lines: int
    limit: int


def tracked_files() -> list[Path]:
    """The files that git would ship: tracked ones, and new ones that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = (ROOT / name for name in sorted(set(listed.decode().split("\0"))) if name)
    return [path for path in paths if path.suffix in SUFFIXES and path.is_file()]


def is_test(path: Path) -> bool:
    """Whether the wider limit for tests holds."""
    in_tests = "tests" in path.relative_to(ROOT).parts
    return in_tests or ".test." in path.name or path.stem.endswith("tests")


def oversized_functions(path: Path, source: str) -> list[Finding]:
    """Python functions whose body (without the docstring) is too long to see at once."""
    name = path.relative_to(ROOT).as_posix()
    found: list[Finding] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
        lines = (node.end_lineno or first.lineno) - first.lineno + 1
        if lines > FAIL_FUNCTION_LINES:
            found.append(Finding(f"{name}:{node.name}", lines, FAIL_FUNCTION_LINES))
    return found


def read_exceptions() -> dict[str, str]:
    """Key → reason. A line is `path[:function] | reason`; `#` starts a comment."""
    exceptions: dict[str, str] = {}
    for line in EXCEPTIONS.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, separator, reason = (part.strip() for part in line.partition("|"))
        if not separator or not reason:
            sys.exit(f"{EXCEPTIONS.name}: an exception needs a reason: {line}")
        exceptions[key] = reason
    return exceptions


def examine(paths: list[Path]) -> tuple[list[Finding], list[Finding]]:
    """Returns what fails and what only warns."""
    failures: list[Finding] = []
    warnings: list[Finding] = []
    for path in paths:
        source = path.read_text(encoding="utf-8")
        name, lines = path.relative_to(ROOT).as_posix(), source.count("\n")
        limit = FAIL_TEST_LINES if is_test(path) else FAIL_LINES
        if lines > limit:
            failures.append(Finding(name, lines, limit))
        elif lines > WARN_LINES and not is_test(path):
            warnings.append(Finding(name, lines, WARN_LINES))
        if path.suffix == ".py" and not is_test(path):
            failures.extend(oversized_functions(path, source))
    return failures, warnings


def main() -> int:
    """Prints the findings; 1 when one of them has no reason, or a reason has no finding."""
    exceptions = read_exceptions()
    paths = tracked_files()
    failures, warnings = examine(paths)
    unexcused = [finding for finding in failures if finding.key not in exceptions]
    stale = sorted(exceptions.keys() - {finding.key for finding in failures})
    for finding in warnings:
        print(f"long: {finding.key} has {finding.lines} lines (comfortable: {finding.limit})")
    for finding in unexcused:
        print(f"over budget: {finding.key} has {finding.lines} lines (limit {finding.limit})")
    for key in stale:
        print(f"no longer over budget, remove it from {EXCEPTIONS.name}: {key}")
    print(f"size budget: {len(paths)} files, {len(warnings)} long, {len(unexcused)} over")
    return 1 if unexcused or stale else 0


if __name__ == "__main__":
    sys.exit(main())
