"""Builds the wheels `streamforge` and `streamforge-sfu` into a directory.

The web UI must be built before (make does it). The native wheel reuses cargo's target directory,
so that a wheel costs a link and not a second compilation.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
UI_PAGE = ROOT / "backend/streamforge/web/ui/index.html"


def run(*command: str | Path) -> None:
    """Runs a build step in the repository; its output is shown only when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def main() -> int:
    """Builds both wheels and prints their names and sizes."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "dist").resolve()
    if not UI_PAGE.exists():
        sys.exit("The web UI is not built: run `make ui` first.")
    run(TOOLS / "uv", "build", "--wheel", "--no-build-isolation", "--python", sys.executable,
        "--out-dir", target, "backend")  # fmt: skip
    run(TOOLS / "maturin", "build", "--release", "--locked", "--out", target,
        "--manifest-path", "backend/sfu/crates/worker/Cargo.toml")  # fmt: skip
    for wheel in sorted(target.glob("*.whl")):
        print(f"{wheel.name}  {wheel.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
