# One name for every task; people, hooks and CI call the same ones. `make help` lists them.
# Stamp files in .stamps/ remember what was done, so a second run does no work twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Compiled once at installation: a server that compiled its libraries at every start would take seconds.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
CARGO := cargo
CARGO_FLAGS := --release --locked --manifest-path backend/sfu/Cargo.toml
SFU := backend/sfu/target/release/streamforge-sfu
UI := backend/streamforge/web/ui/index.html

RUST_SOURCES := $(shell find backend/sfu -path backend/sfu/target -prune -o \( -name '*.rs' -o -name 'Cargo.*' \) -print 2>/dev/null)
SDK_SOURCES := $(shell find sdk-js/packages -name node_modules -prune -o -name dist -prune -o -type f \( -name '*.ts' -o -name 'package.json' -o -name 'tsconfig*.json' \) -print 2>/dev/null)
UI_SOURCES := $(shell find frontend -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)
PYTHON_SOURCES := $(shell find backend/streamforge -name __pycache__ -prune -o -path backend/streamforge/web/ui -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## List the tasks
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# ── What the machine must have ──────────────────────────────────────────────────────────────────

.stamps/have-%: tools/prerequisites.sh
	@mkdir -p .stamps
	@PYTHON=$(PYTHON) tools/prerequisites.sh $*
	@touch $@

# ── Building what is missing ────────────────────────────────────────────────────────────────────

$(UV): | .stamps/have-python
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# A serving environment; `venv` below adds the tools of development to the same one.
.stamps/python-run: requirements/run.lock backend/pyproject.toml | $(UV)
	@mkdir -p .stamps
	@if [ ! -e .stamps/python-dev ]; then \
	  echo "Installing Python packages"; \
	  $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock; \
	  $(UV) pip install --quiet --python $(BIN)/python --no-deps -e backend; \
	fi
	@touch $@

.stamps/python-dev: requirements/dev.lock backend/pyproject.toml | $(UV)
	@mkdir -p .stamps
	@echo "Installing Python packages and tools"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e backend
	@touch $@

.stamps/node: package-lock.json | .stamps/have-node
	@mkdir -p .stamps
	@echo "Installing npm packages"
	@npm ci --no-progress --loglevel=error
	@touch $@

.stamps/sfu: $(RUST_SOURCES) | .stamps/have-rust
	@mkdir -p .stamps
	@echo "Building the media worker (a few minutes the first time)"
	@$(CARGO) build $(CARGO_FLAGS) --workspace --bins
	@touch $@

.stamps/ui: $(SDK_SOURCES) $(UI_SOURCES) .stamps/node
	@echo "Building the web UI"
	@npm run build --silent --workspace frontend
	@touch $@

.PHONY: venv node sfu ui setup
venv: .stamps/python-dev ## Python environment in .venv with everything for development
node: .stamps/node ## npm packages
sfu: .stamps/sfu ## Media worker (Rust)
ui: .stamps/ui ## Web UI, into the Python package
setup: .stamps/python-dev .stamps/node .stamps/sfu .stamps/ui ## All of the above

# ── Running ─────────────────────────────────────────────────────────────────────────────────────

.PHONY: run
run: .stamps/python-run .stamps/sfu .stamps/ui ## Build what is missing and start everything
	@exec $(BIN)/streamforge serve

# ── Checking ────────────────────────────────────────────────────────────────────────────────────

.PHONY: check check-python check-rust check-js check-repo format
check: ## Types, import contracts, formats, lints, size budget
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-python check-js check-rust check-repo

check-repo: .stamps/python-dev
	@$(BIN)/python tools/check_size.py
	@$(BIN)/python tools/check_locks.py
	@$(BIN)/python tools/check_docs.py
	@$(BIN)/python tools/check_python_share.py

check-python: .stamps/python-dev .stamps/node
	@$(BIN)/ruff format --check --quiet backend tools e2e || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet backend tools e2e
	@npx --no-install pyright --warnings
	@PYTHONPATH=backend $(BIN)/lint-imports --no-cache --no-logo

# The linter, the formatter and the compiler remember what they passed, by content, in node_modules/.cache. A rule
# that reads types may miss there what a change in another file broke; the fresh clone of CI sees it.
check-js: .stamps/node
	@npm run format:check --silent
	@npm run typecheck --silent
	@npm run lint --silent

check-rust: .stamps/have-rust
	@$(CARGO) fmt --manifest-path backend/sfu/Cargo.toml --all --check
	@$(CARGO) clippy --quiet $(CARGO_FLAGS) --workspace --all-targets -- -D warnings

format: .stamps/python-dev .stamps/node ## Rewrite every file into its format
	@$(BIN)/ruff format --quiet backend tools e2e
	@$(BIN)/ruff check --quiet --fix-only backend tools e2e
	@npm run format --silent
	@$(CARGO) fmt --manifest-path backend/sfu/Cargo.toml --all

# ── Testing ─────────────────────────────────────────────────────────────────────────────────────

.PHONY: test test-python test-rust test-js e2e screenshots test-wheels
test: .stamps/python-dev ## Every suite, with counts and times at the end
	@$(BIN)/python tools/test_all.py test-rust test-python test-js e2e test-wheels

test-rust: .stamps/have-rust ## Media core and worker
	@$(CARGO) test $(CARGO_FLAGS) --workspace

test-python: .stamps/python-dev .stamps/sfu ## Python unit, contract and integration tests
	@$(BIN)/pytest

test-js: .stamps/node ## SDK and UI tests
	@npm run test --silent --workspace sdk-js/packages/client --workspace frontend

e2e: .stamps/python-dev .stamps/sfu .stamps/ui .stamps/have-chromium .stamps/have-firefox ## Real browsers against the real server
	@cd e2e && npx --no-install playwright test

screenshots: .stamps/python-dev .stamps/sfu .stamps/ui .stamps/have-chromium ## Take the pictures in docs/images anew
	@cd e2e && STREAMFORGE_SCREENSHOTS=yes npx --no-install playwright test

test-wheels: .stamps/python-dev wheels ## Install both wheels without Rust and Node, and make a call
	@$(BIN)/pytest -m wheels

.PHONY: bench bench-e2e fuzz
bench: .stamps/sfu ## Benchmarks: measured, goal, accepted
	@$(CARGO) run $(CARGO_FLAGS) --quiet --package streamforge-bench

bench-e2e: .stamps/python-dev .stamps/sfu .stamps/ui .stamps/have-chromium ## Figures of faults in real calls, and bad networks, in full length (about half an hour)
	@cd e2e && STREAMFORGE_BENCH=yes npx --no-install playwright test

# Mutations of everything in crates/fuzz/corpus, shared out over the targets; what breaks one is added there.
FUZZ_SECONDS ?= 600
HOSTILE_TIMES ?= 5
fuzz: .stamps/python-dev .stamps/sfu ## Fuzz the worker for FUZZ_SECONDS, then the server HOSTILE_TIMES as much as a test run does
	@$(CARGO) run $(CARGO_FLAGS) --quiet --package streamforge-fuzz -- $(FUZZ_SECONDS)
	@STREAMFORGE_HOSTILE_TIMES=$(HOSTILE_TIMES) $(BIN)/pytest -s backend/tests/integration/hostile

# ── Shipping ────────────────────────────────────────────────────────────────────────────────────

.PHONY: wheels
wheels: .stamps/wheels ## Both distributions, into dist/

.stamps/wheels: $(PYTHON_SOURCES) $(RUST_SOURCES) .stamps/ui .stamps/python-dev backend/pyproject.toml backend/sfu/pyproject.toml | .stamps/have-rust
	@rm -rf dist && mkdir -p dist
	@echo "Building the wheels"
	@$(BIN)/python tools/build_wheels.py dist
	@touch $@

.PHONY: clean
clean: ## Remove everything that was built or installed here
	@rm -rf .stamps dist $(VENV) backend/sfu/target backend/streamforge/web/ui \
	  e2e/.cache e2e/results .pytest_cache .ruff_cache
	@find . -name node_modules -prune -exec rm -rf {} +
	@find sdk-js -name dist -prune -exec rm -rf {} + 2>/dev/null || true
