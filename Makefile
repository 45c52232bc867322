# One word for each thing that is done with a clone. Needs Python 3.11 or newer, make and pip's index.
.DEFAULT_GOAL := help
.PHONY: help demo example coverage test check docs dist bench soak clean
.SILENT:
SHELL := /bin/sh
# Hundreds of processes start in the tests: without compiled files each compiles all of the code again.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that is new enough and can make virtual environments.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	>/dev/null 2>&1 && echo $$python && break; done)
BIN := .venv/bin
# A new package or requirement makes the environment stale.
SOURCES := setup.cfg pyproject.toml $(wildcard */__init__.py)
# Processes that the tests run side by side: many of them wait for servers and for processes of their own.
JOBS ?= 3

help: ## list the targets
	sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

demo: .venv/.stamp-web ## a CRM and a Xero come to agree; ONCE=1 ends by itself, JSON=1 for scripts, FIRST_DAY=1 sets nothing up
	$(BIN)/xtiger demo $(if $(ONCE),--once) $(if $(JSON),--json) $(if $(FIRST_DAY),--first-day) $(if $(DEMO_HOME),--home "$(DEMO_HOME)")

example: .venv/.stamp-examples ## one of examples/ beside a Xero: APP=flask_crm, fastapi_crm or django_crm; ONCE=1 ends by itself
	$(BIN)/python -m examples.play $(or $(APP),flask_crm) $(if $(ONCE),--once)

# What decides is measured by the tests of its own rooms; a seed, so that chance covers nothing.
coverage: .venv/.stamp-dev ## measure that the tests of the pure rooms reach each of their branches
	$(BIN)/python -m pytest -q -n $(JOBS) --hypothesis-seed=0 -p no:randomly tests/model tests/rules tests/mapping --cov=xtiger.model --cov=xtiger.rules --cov=xtiger.mapping --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

test: coverage ## run the tests; those for PostgreSQL only where one runs
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

# All at once: most of them use one processor only. What each has said comes in their order.
check: .venv/.stamp-dev ## check format, lint, types, floors, sizes and docs
	said=$$(mktemp -d); number=0; \
	gate() { number=$$((number + 1)); { "$$@" >"$$said/$$number" 2>&1 || echo "✗ $$*" >"$$said/failed-$$number"; } & }; \
	gate $(BIN)/ruff format --check .; \
	gate $(BIN)/ruff check --quiet .; \
	gate $(BIN)/mypy; \
	gate $(BIN)/mypy --follow-imports=silent --cache-dir=.mypy_cache/tools packaging docs/conf.py noxfile.py; \
	gate $(BIN)/lint-imports --no-logo; \
	gate $(BIN)/python -m pytest -q -n 2 -p no:randomly tests/house; \
	gate $(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/docs; \
	wait; cat "$$said"/[1-9]; status=0; \
	for one in "$$said"/failed-*; do if [ -e "$$one" ]; then status=1; cat "$$one" >&2; fi; done; \
	rm -r "$$said"; exit $$status

docs: .venv/.stamp-dev ## build the pages of docs/ and the Python API; warnings are errors
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/docs
	echo "build/docs/index.html"

dist: .venv/.stamp-dev ## build four wheels and four extension zips into dist/
	$(BIN)/python packaging/make.py $(ARGS)

bench: .venv/.stamp-dev ## measure the parts, and plans and pulls of 1,000 and 10,000 records
	$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/.stamp-dev ## play EXAMPLES (300) random stories with crashes through CRM, engine and sandbox
	XTIGER_MACHINE_SEED= XTIGER_MACHINE_STEPS=$(or $(STEPS),200000) $(BIN)/python -m pytest -q tests/stories/machine
	XTIGER_KILLS=60 XTIGER_STORY_LENGTH=4 $(BIN)/python -m pytest -q tests/stories/kills \
		tests/stories/sync/test_every_story.py
	XTIGER_BETWEEN=600 XTIGER_BETWEEN_SEED= $(BIN)/python -m pytest -q \
		tests/stories/sync/test_edits_between.py
	XTIGER_UNDO_RECORDS=25 $(BIN)/python -m pytest -q tests/stories/undo/test_first_sync.py
	XTIGER_FAULT_KILLS=10 XTIGER_FAULT_INVOICES=500 $(BIN)/python -m pytest -q tests/stories/faults
	XTIGER_DRAWN=3400 XTIGER_DRAWN_SEED= $(BIN)/python -m pytest -q tests/stories/sync/test_oracle.py \
		tests/stories/sync/test_inclusive_in.py
	XTIGER_EDITS=400 XTIGER_DRAWN_SEED= $(BIN)/python -m pytest -q tests/stories/sync/test_drawn_edits.py
	XTIGER_QUIET_RECORDS=10000 XTIGER_QUIET_RUNS=100 $(BIN)/python -m pytest -q \
		tests/stories/sync/test_quiet_log.py
	XTIGER_GROWN=5000 $(BIN)/python -m pytest -q tests/stories/sync/test_growth.py
	XTIGER_MANY=100000 $(BIN)/python -m pytest -q tests/db -k many
	XTIGER_SOAK_EXAMPLES=$(or $(EXAMPLES),300) $(BIN)/python -m pytest -q \
		tests/stories/sync/test_convergence.py tests/stories/webhooks/test_any_story.py
	XTIGER_SOAK=1 $(BIN)/python -m pytest -q tests/xero/test_reading_while_edited.py \
		tests/xero/test_pace.py
	$(BIN)/python -m benchmarks.pace
	$(BIN)/python -m benchmarks.soak --seconds $(or $(SECONDS),60) $(ARGS)

clean: ## remove what was built, the virtual environment too
	rm -rf .venv .nox build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Installation speaks on standard error, so that standard output is only what was asked for.
.venv/bin/python:
	test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed. Install it, or name" \
		"it: make PYTHON=/path/to/python3" >&2; exit 1; }
	echo "Making .venv with $(PYTHON)" >&2
	$(PYTHON) -m venv .venv >&2

.venv/.stamp-web: .venv/bin/python $(SOURCES)
	echo "Installing into .venv (once)" >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[web]" >&2
	touch $@

.venv/.stamp-examples: .venv/bin/python $(SOURCES)
	echo "Installing the frameworks of the examples into .venv (once)" >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[examples]" >&2
	touch $@ .venv/.stamp-web

.venv/.stamp-dev: .venv/bin/python $(SOURCES)
	echo "Installing the development tools into .venv (once)" >&2
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]" >&2
	touch $@ .venv/.stamp-web .venv/.stamp-examples
