"""Run test suites one after another by their make targets, and close with one line of counts.

Every suite runs even when an earlier one failed, so that one run tells all that is wrong. The
counts are read from each runner's own closing lines; a suite that says none counts as failed, so
that tests which silently did not run cannot pass for green.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass

ANSI = re.compile(r"\x1b\[[0-9;]*m")
CARGO = re.compile(
    r"^test result: \w+\. (?P<passed>\d+) passed; (?P<failed>\d+) failed; (?P<skipped>\d+) ignored"
)
PYTEST = re.compile(r"^=+ .*\bin [\d.]+s.* =+$|^\d+ \w+.* in [\d.]+s")
VITEST = re.compile(r"^\s*Tests\s+\d")
# Playwright prints each count on a line of its own, after the list of tests.
PLAYWRIGHT = re.compile(
    r"^\s+(?P<count>\d+) (?P<what>passed|failed|flaky|skipped|did not run)\b(?! in)"
)
COUNT = re.compile(r"(?P<count>\d+) (?P<what>passed|failed|errors?|skipped)")


@dataclass
class Counts:
    """Tests of one suite."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, what: str, count: int) -> None:
        """Count a runner's word: flaky passed in the end, "did not run" has failed."""
        if what in ("passed", "flaky"):
            self.passed += count
        elif what == "skipped":
            self.skipped += count
        else:
            self.failed += count


def read_line(line: str, counts: Counts) -> None:
    """Add what a closing line of cargo, pytest, vitest or Playwright says; ignore any other."""
    if found := CARGO.match(line):
        for what in ("passed", "failed", "skipped"):
            counts.add(what, int(found[what]))
    elif PYTEST.match(line) or VITEST.match(line):
        for part in COUNT.finditer(line):
            counts.add(part["what"], int(part["count"]))
    elif found := PLAYWRIGHT.match(line):
        counts.add(found["what"], int(found["count"]))


def run(target: str) -> tuple[Counts, int]:
    """Run a make target, pass its output through, and return its counts and exit code."""
    counts = Counts()
    process = subprocess.Popen(
        ["make", "--no-print-directory", target],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    for line in process.stdout or ():
        sys.stdout.write(line)
        sys.stdout.flush()
        read_line(ANSI.sub("", line.rstrip()), counts)
    return counts, process.wait()


def main(targets: list[str]) -> int:
    """Run all targets; exit 1 when one failed or ran no test."""
    total = Counts()
    rows: list[str] = []
    is_green = True
    for target in targets:
        print(f"── {target}", flush=True)
        started = time.monotonic()
        counts, code = run(target)
        seconds = time.monotonic() - started
        if code != 0 and counts.failed == 0:
            counts.failed = 1
        is_green = is_green and code == 0 and counts.passed > 0
        total.passed += counts.passed
        total.failed += counts.failed
        total.skipped += counts.skipped
        verdict = "ok" if code == 0 and counts.passed > 0 else "FAILED"
        rows.append(
            f"{target:12} {verdict:6} {counts.passed:5} passed {counts.failed:3} failed "
            f"{counts.skipped:3} skipped {seconds:6.0f} s"
        )
    print("\n".join(["", *rows, ""]))
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped")
    return 0 if is_green else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
