#!/bin/sh
# Writes requirements/{run,dev}.lock from the pyproject files: exact versions with hashes and no
# registry address. Run it after a dependency changed, and commit both files.
set -eu
cd "$(dirname "$0")/.."
UV=${UV:-.venv/bin/uv}

lock() {
  out=$1
  shift
  # streamforge-sfu is built here and never fetched.
  "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
    --no-emit-package streamforge-sfu "$@" --output-file "$out"
}

lock requirements/run.lock backend/pyproject.toml
lock requirements/dev.lock backend/pyproject.toml --group pyproject.toml:dev
