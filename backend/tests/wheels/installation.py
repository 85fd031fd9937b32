"""A clean environment with both wheels in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def install(directory: Path) -> Path:
    """Installs dist/*.whl into a new virtual environment; returns its folder of programs."""
    wheels = sorted((ROOT / "dist").glob("*.whl"))
    assert len(wheels) == 2, f"expected two wheels in dist/ (make wheels), found {wheels}"
    uv = Path(sys.executable).parent / "uv"
    environment = directory / "venv"
    subprocess.run([uv, "venv", "--quiet", environment], check=True)
    python, constraints = environment / "bin" / "python", ROOT / "requirements" / "run.lock"
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    subprocess.run([*command, "--constraint", constraints, *wheels], check=True)
    return environment / "bin"
