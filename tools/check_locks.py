"""Fails when a lock file names the registry that it was made with.

A lock must install from whichever registry or mirror a machine is set up to use. Cargo's constant
`registry+https://github.com/rust-lang/crates.io-index` is an identifier, not an address that is
fetched, and is allowed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
URL = re.compile(r"https?://[^\s\"')]+")
CARGO_IDENTIFIER = "https://github.com/rust-lang/crates.io-index"


def addresses_in_text(path: Path) -> list[str]:
    """Addresses in a requirements or Cargo lock."""
    found = URL.findall(path.read_text(encoding="utf-8"))
    return [address for address in found if address != CARGO_IDENTIFIER]


def addresses_in_npm(path: Path) -> list[str]:
    """`resolved` addresses of an npm lock; `funding` links are only text."""
    packages: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))[
        "packages"
    ]
    resolved = (str(entry.get("resolved", "")) for entry in packages.values())
    return [address for address in resolved if URL.match(address)]


def main() -> int:
    """Reads every lock of the repository."""
    found = {ROOT / "package-lock.json": addresses_in_npm(ROOT / "package-lock.json")}
    for path in [*ROOT.glob("requirements/*.lock"), ROOT / "backend/sfu/Cargo.lock"]:
        found[path] = addresses_in_text(path)
    bad = {path: addresses for path, addresses in found.items() if addresses}
    for path, addresses in bad.items():
        print(f"{path.relative_to(ROOT)} names an address: {addresses[0]}")
    print(f"lock files: {len(found)} read, {len(bad)} with an address")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
