#!/bin/sh
# Checks one thing that this repository cannot install by itself, and says what to do about it.
# Usage: prerequisites.sh python|node|rust|chromium|firefox
set -eu

fail() {
  printf 'StreamForge: %s\n' "$@" >&2
  exit 1
}

# at_least WANTED FOUND: compares dotted versions.
at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

need_python() {
  python=${PYTHON:-python3}
  command -v "$python" >/dev/null || fail "Python 3.11 or newer is missing (looked for $python)."
  found=$("$python" -c 'import platform; print(platform.python_version())')
  at_least 3.11 "$found" || fail "Python 3.11 or newer is needed; $python is $found." \
    "Choose another one with: make PYTHON=/path/to/python3.11"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"
}

need_node() {
  command -v node >/dev/null || fail "Node 20.19 or newer is missing (https://nodejs.org)."
  found=$(node --version | tr -d v)
  at_least 20.19 "$found" || fail "Node 20.19 or newer is needed; this is $found."
  command -v npm >/dev/null || fail "npm is missing; it comes with Node (Debian: apt install npm)."
}

need_rust() {
  command -v cargo >/dev/null || fail "Rust is missing (https://rustup.rs, or your system's packages)."
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../backend/sfu/Cargo.toml")
  found=$(cargo --version | cut -d ' ' -f 2)
  at_least "${wanted:-1.85}" "$found" || fail "Rust ${wanted} or newer is needed; cargo is $found."
  command -v cc >/dev/null || fail "A C compiler is missing. On Debian and Ubuntu: apt install gcc"
}

need_chromium() {
  [ -x "${CHROMIUM:-/usr/bin/chromium}" ] && return
  command -v apt-get >/dev/null ||
    fail "Chromium is missing; set CHROMIUM=/path/to/chromium (any build with WebRTC will do)."
  [ "$(id -u)" = 0 ] ||
    fail "Debian's package chromium is missing. Install it: sudo apt install chromium fonts-liberation"
  echo "Installing Debian's chromium and fonts-liberation"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    chromium fonts-liberation >/dev/null
}

need_firefox() {
  [ -x "${FIREFOX:-/usr/bin/firefox-esr}" ] && return
  command -v apt-get >/dev/null || fail "Firefox is missing; set FIREFOX=/path/to/firefox."
  [ "$(id -u)" = 0 ] ||
    fail "Debian's package firefox-esr is missing. Install it: sudo apt install firefox-esr"
  echo "Installing Debian's firefox-esr"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends firefox-esr >/dev/null
}

"need_$1"
