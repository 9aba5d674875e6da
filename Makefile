# The only task list. `make` alone prints it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
REPORT ?=
KEEP ?=
CONSOLE ?=
# $(call install,PYTHON,REQUIREMENTS): locked and hashed, with progress at a terminal
install = set -o pipefail; echo "Installing $$(grep -c '^[a-z].*==' $(2)) locked packages of $(2)"; \
	$(1) -m pip install --disable-pip-version-check --no-color --progress-bar off --require-hashes -r $(2) \
	| (n=0; while read -r what name _; do case $$what in \
	     Collecting) n=$$((n + 1)); ! [ -t 1 ] || printf '\r  %3d found: %-50.50s' $$n "$$name";; \
	     Installing) ! [ -t 1 ] || printf '\r  %-64s' 'unpacking them: this takes a minute or two';; \
	   esac; done; ! [ -t 1 ] || echo)

.PHONY: help setup parquet demo test check fmt lint types layers tools lock bench bench-budgets bench-truth bench-reenrichment bench-exports bench-migrations bench-review chaos gauntlet export-test fuzz-api console-test env stack-config stack-test clean

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  \033[36m%-18s\033[0m %s\n", $$1, $$2}'

setup: .venv/.ready ## Make .venv with everything locked and hashed; fetch what servers are missing

.venv/.ready: requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make setup PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	@$(call install,$(BIN)/python,requirements-dev.txt)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

parquet: .venv/.parquet ## Add to .venv what `enrichment export --format parquet` needs, 170 MB

.venv/.parquet: services/metadata-enrichment/requirements-parquet.txt .venv/.ready
	@$(call install,$(BIN)/python,$<)
	@touch $@

demo: setup ## Sample tracklists through the real pipeline [REPORT=file] [KEEP=1 keeps the data] [CONSOLE=1 leaves the console open] [PROVIDERS=…]
	@$(BIN)/enrichment replay demo/tracklists --workers 2 --time-scale 4 \
	  $(if $(PROVIDERS),--providers $(PROVIDERS)) \
	  $(if $(REPORT),--report $(REPORT)) $(if $(KEEP),--keep .demo) $(if $(CONSOLE),--console)

# Most tests wait, for providers above all: three processes share two cores well. The
# files that wait longest come first, as they are collected.
test: setup tools ## All tests, on private real servers
	$(BIN)/pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder

tools: setup
	@$(BIN)/python -m devstack tools

check: setup lint types layers ## What CI checks besides tests: format, lint, types, import layers

fmt: setup ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

lock: ## Write the locked, hashed requirements anew from pyproject.toml
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra worker pyproject.toml -o services/metadata-enrichment/requirements.txt -c requirements-dev.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra parquet pyproject.toml -o services/metadata-enrichment/requirements-parquet.txt -c requirements-dev.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra scraper pyproject.toml -o scrapers/requirements.txt -c requirements-dev.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra simulator pyproject.toml -o services/provider-simulator/requirements.txt -c requirements-dev.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url tests/fuzzing/requirements.in -o tests/fuzzing/requirements.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url tests/exports/requirements.in -o tests/exports/requirements.txt -c tests/fuzzing/requirements.txt
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url tests/browser/requirements.in -o tests/browser/requirements.txt -c tests/fuzzing/requirements.txt

.bench-venv/.ready: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv .bench-venv
	@$(call install,.bench-venv/bin/python,$<)
	@touch $@

bench: setup .bench-venv/.ready ## Our warm path beside the frameworks a user would pick [REPORT=file]
	$(BIN)/python -m benchmarks.warm_path $(if $(REPORT),--report $(REPORT))

bench-budgets: setup ## Every claim about provider calls, counted by the simulator [REPORT=file]
	$(BIN)/python -m benchmarks.budget_use $(if $(REPORT),--report $(REPORT))

bench-truth: setup ## Rows of the real pipeline, judged by a world not made by us [MIXES=file] [TRACKS=3000] [PROVIDERS=…] [REPORT=file]
	@$(BIN)/python -m benchmarks.truth $(if $(MIXES),--mixes $(MIXES)) $(if $(TRACKS),--tracks $(TRACKS)) \
	  $(if $(PROVIDERS),--providers $(PROVIDERS)) $(if $(REPORT),--report $(REPORT)) $(if $(DECISIONS),--decisions $(DECISIONS))

bench-reenrichment: setup ## A million tracks, a tenth of them stale: choose and publish
	$(BIN)/python -m benchmarks.reenrichment_sweep --tracks 1000000

bench-exports: setup ## A million rows exported: speed beside COPY, memory, something writing
	$(BIN)/python -m benchmarks.export_at_size --tracks 1000000

bench-migrations: setup ## All migrations up, down, up with a million rows, something writing
	$(BIN)/python -m benchmarks.migrations_at_size --tracks 1000000

bench-review: setup ## A million tracks, 50,000 open questions: pages, decisions, something writing
	$(BIN)/python -m benchmarks.review_at_size

chaos: setup ## Kill random parts while tracks flow, then compare with a calm run [REPORT=file]
	$(BIN)/python -m benchmarks.chaos $(if $(REPORT),--report $(REPORT))

gauntlet: setup ## Good tracks beside everything hostile at once, ten minutes at most [REPORT=file]
	$(BIN)/python -m benchmarks.gauntlet $(if $(REPORT),--report $(REPORT))

.check-venv/.ready: tests/fuzzing/requirements.txt
	$(PYTHON) -m venv .check-venv
	@$(call install,.check-venv/bin/python,$<)
	@touch $@

.check-venv/.exports: tests/exports/requirements.txt .check-venv/.ready
	@$(call install,.check-venv/bin/python,$<)
	@touch $@

export-test: setup tools parquet .check-venv/.exports ## The demo's rows in every format, read back by other programs [REPORT=file] [TRACKLISTS=folder]
	@$(BIN)/python -m tests.exports $(if $(REPORT),--report $(REPORT)) $(if $(TRACKLISTS),--tracklists $(TRACKLISTS))

.check-venv/.browser: tests/browser/requirements.txt .check-venv/.ready
	@$(call install,.check-venv/bin/python,$<)
	@touch $@

console-test: setup tools .check-venv/.browser ## The console in a real Chromium, by keys and without scripts [TRACKS=100000] [REPORT=file]
	@$(BIN)/python -m devstack browser
	@$(BIN)/python -m tests.browser $(if $(TRACKS),--tracks $(TRACKS)) $(if $(REPORT),--report $(REPORT))

fuzz-api: setup tools .check-venv/.ready ## The HTTP service asked whatever its description allows, two minutes
	$(BIN)/python -m tests.fuzzing

env: ## Write .env with random passwords for the Compose stack, never over an existing one [ADD=1 appends what an older one lacks]
	@sh services/write-env.sh $(if $(ADD),--add)

stack-config: ## Print the Compose files as a Swarm takes them: | docker stack deploy -c - songnodes
	@sh services/stack-config.sh

stack-test: ## Bring the whole Compose stack up, try it, break it, take it down [REPORT=file] [MINUTES=30 for all faults] [UPGRADE=1 only upgrades 7528ff0 to this version]
	@$(PYTHON) -m tests.stack.run $(if $(REPORT),--report $(REPORT)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(UPGRADE),--upgrade)

clean: ## Remove .venv, caches and the kept demo
	rm -rf .venv .bench-venv .check-venv .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
