# Everything there is to do with a checkout.  `make` lists it.

HOST ?= 127.0.0.1
PORT ?= 8080
DATA ?= data

# The interpreter to build .venv with; found by itself unless given (make serve PYTHON=/usr/local/bin/python3.12).
PYTHON ?=
# How many processes run tests at once.
JOBS ?= 2
# How long to fuzz; a finding is written into a file and ends it at once.
SECONDS ?= 30
# More for pytest: make unit ARGS="-k yank -x"
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# What builds the documentation has an environment of its own.
DOCS := .venv-docs
SITE := docs/_build/html
# The interpreters to build .venv with, in the order in which they are tried.
PYTHONS = $(or $(PYTHON),python3.13 python3.12 python3.11 python3.14 python3)
PYTEST := $(BIN)/python -m pytest -m "not service and not nightly and not foreign and not browser and not slow"
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

FUZZERS := $(subst /,.,$(basename $(wildcard tests/fuzz/fuzz_*.py)))

.DELETE_ON_ERROR:
.PHONY: help serve environment test test-slow test-foreign test-services test-browser nightly bench bench-all lint types contracts unit integration journeys fuzz coverage format hooks lock reference docs wheel clean

help: ## List what can be made
	@echo "make TARGET [NAME=value ...]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- running

serve: $(VENV)/.server ## Serve a package index: HOST=127.0.0.1 PORT=8080 DATA=data
	$(BIN)/pypi-server serve --host "$(HOST)" --port "$(PORT)" --data "$(DATA)"

# ---------------------------------------------------------------- checking

test: lint types contracts unit integration journeys fuzz ## Check everything that needs no external server

test-slow: $(VENV)/.dev ## Run the tests that take minutes: kill, scale, attackers, every command, real closures
	$(BIN)/python -m pytest -m "slow and not service and not nightly and not foreign and not browser" -n $(JOBS) tests/unit tests/integration $(ARGS)

test-foreign: $(VENV)/.dev ## Run tools of others, installed from the public index, against a real server
	$(BIN)/python -m pytest -m "foreign and not service" -n $(JOBS) tests/integration/journeys $(ARGS)

test-services: $(VENV)/.dev ## Run the tests that need real servers, which they start themselves: nginx, PostgreSQL, S3, OpenSearch
	$(BIN)/python -m pytest -m "service and not nightly" -n $(JOBS) tests/integration $(ARGS)

test-browser: $(VENV)/.dev ## Look at pages with a real browser: Chromium, wherever it is on the path
	$(BIN)/python -m pytest -m "browser and not service" tests/integration/journeys $(ARGS)

nightly: $(VENV)/.dev ## Check what takes too long for every change, with two minutes of fuzzing a target
	$(MAKE) --no-print-directory fuzz SECONDS=$$(( 120 * $(words $(FUZZERS)) ))
	$(BIN)/python -m pytest -m nightly tests/unit tests/integration $(ARGS)

bench: $(VENV)/.dev ## Measure the server beside others, on SQLite with 1,000 and 100,000 projects: 15 minutes
	$(BIN)/python benchmarks/bench.py --part sqlite-1k --part sqlite-100k $(ARGS)

bench-all: $(VENV)/.dev ## Measure every size on SQLite and PostgreSQL, or one with PART=postgres-800k
	$(BIN)/python benchmarks/bench.py $(addprefix --part ,$(PART)) $(ARGS)

lint: $(VENV)/.dev ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

contracts: $(VENV)/.dev ## Check which package imports which
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev ## Run the tests in memory
	$(PYTEST) -n $(JOBS) tests/unit $(ARGS)

integration: $(VENV)/.dev ## Run the tests with real adapters
	$(PYTEST) -n $(JOBS) tests/integration --ignore tests/integration/journeys $(ARGS)

journeys: $(VENV)/.dev ## Run real pip, uv and twine against a real server
	$(PYTEST) -n $(JOBS) tests/integration/journeys $(ARGS)

# What was not fuzzed was not checked: without atheris this says so, and fails in CI.
fuzz: $(VENV)/.dev ## Fuzz what reads the input of strangers: SECONDS=30 over all targets
	@if $(BIN)/python -c 'import atheris' 2>/dev/null; then \
		printf '%s\n' $(FUZZERS) | xargs -P $(JOBS) -I '{}' $(BIN)/python -m '{}' \
			-max_total_time=$$(( ($(SECONDS) + $(words $(FUZZERS)) - 1) / $(words $(FUZZERS)) )); \
	else \
		echo 'NOTHING WAS FUZZED: atheris is not installed. It has wheels for CPython 3.11 to 3.13 on Linux and x86_64.' >&2; \
		test -z "$$CI"; \
	fi

coverage: $(VENV)/.dev ## Run all tests and tell which lines none of them reached
	$(PYTEST) -n $(JOBS) --cov --cov-report=term --cov-report=html tests $(ARGS)

# ---------------------------------------------------------------- working

environment: $(VENV)/.dev ## Create the environment for development in .venv

format: $(VENV)/.dev ## Format the code and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

hooks: $(VENV)/.dev ## Check before every commit
	$(BIN)/pre-commit install

lock: $(VENV)/.dev ## Lock the dependencies of pyproject.toml with hashes; UPGRADE=1 takes the newest
	$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	$(COMPILE) --group installer --constraints requirements/dev.txt --output-file requirements/installer.txt
	$(COMPILE) pyproject.toml --extra server --extra cli --group build --constraints requirements/dev.txt \
		--output-file requirements/server.txt
	$(COMPILE) pyproject.toml --extra server --extra cli --extra opensearch --extra postgres --extra s3 --extra traces --group build --constraints requirements/dev.txt \
		--output-file requirements/container.txt
	$(COMPILE) pyproject.toml --extra client --group docs --output-file requirements/docs.txt
	@if grep -n '://' requirements/*.txt; then echo 'A lock must not name an address.' >&2; exit 1; fi

reference: $(VENV)/.dev ## Renew the generated parts of docs/reference
	PYTHONPATH=tools $(BIN)/python -m reference

docs: $(DOCS)/.docs ## Build the documentation as a site in docs/_build/html, and check its links
	@rm -rf docs/_build
	$(DOCS)/bin/python -m sphinx --builder html --quiet --fail-on-warning --jobs auto --doctree-dir docs/_build/doctrees docs $(SITE)
	$(DOCS)/bin/python tools/check_site.py $(SITE)

wheel: $(VENV)/.dev ## Build the sdist and the wheel in dist/
	$(BIN)/python -m build --no-isolation

clean: ## Remove the environments and what tools left behind, never the data
	rm -rf $(VENV) $(DOCS) docs/_build build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- the environment

# pip comes last into a new environment: while it is missing, creating was interrupted.
$(BIN)/pip $(DOCS)/bin/pip:
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			echo "Creating $(@D:/bin=) with $$("$$python" --version) ($$python)"; \
			exec "$$python" -m venv $(@D:/bin=); \
		fi; \
	done; \
	{ echo "Python 3.11 or later with its venv module is needed, and none of these is one:" \
		"$(PYTHONS)."; \
	echo "Install it (on Debian and Ubuntu: apt install python3-venv), or name it: make PYTHON=/path/to/python3 ..."; \
	} >&2; exit 1

$(VENV)/.server: requirements/server.txt requirements/installer.txt pyproject.toml | $(BIN)/pip
	@echo "Installing the server into $(VENV)"
	@$(BIN)/python tools/install_locked.py server
	@touch $@

# What development needs includes what the server needs.
$(VENV)/.dev: requirements/dev.txt requirements/server.txt requirements/installer.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what development needs into $(VENV)"
	@$(BIN)/python tools/install_locked.py dev
	@touch $@ $(VENV)/.server

$(DOCS)/.docs: requirements/docs.txt requirements/installer.txt pyproject.toml | $(DOCS)/bin/pip
	@echo "Installing what builds the documentation into $(DOCS)"
	@$(DOCS)/bin/python tools/install_locked.py docs
	@touch $@
