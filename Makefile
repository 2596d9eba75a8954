# Everything a person or a machine does with Largesse, by one word. `make help` lists the words.
# Needed: make and Python 3.11 or newer. Everything else comes as wheels, pinned and hashed, into ./.venv

.DEFAULT_GOAL := help
.PHONY: help run test test-server test-server-stop sure wheel smoke bench sample screenshots conformance new-provider api-docs requirements
.SUFFIXES:

FITS := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c '$(FITS)' 2>/dev/null && { echo $$p; break; }; done)
OURS := .venv/bin/python

# An environment that was interrupted while it was filled, or whose Python is gone, is made anew; one that is just being filled is left alone.
ifneq ($(shell test -e .venv/filling && kill -0 "$$(cat .venv/filling)" 2>/dev/null && echo busy),)
$(error Another make is just filling .venv; call again when it is done)
endif
ifneq ($(wildcard .venv),)
ifneq ($(shell test ! -e .venv/filling && $(OURS) -c '$(FITS)' 2>/dev/null && echo whole),whole)
$(shell rm -rf .venv)
endif
endif

help: ## Say what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

run: .venv/for-running ## Start Largesse with everything it needs (PORT=8000, LARGESSE_DATA=./var, LARGESSE_DEMO=0 for an empty start)
	@exec $(OURS) -m largesse run

test: .venv/for-testing ## Run the tests, with a real PostgreSQL, Valkey, SMTP sink and browser (only="tests/domain -k code" for a few)
	@CHROMIUM="$$($(OURS) -m tests.chromium)" exec $(OURS) -m pytest $(if $(only),$(only),-n 2 --dist loadfile)

test-server: .venv/for-testing ## Keep a database server for the tests of this checkout, so that one test takes seconds
	@exec $(OURS) -m tests.servers start

test-server-stop: .venv/for-testing ## Stop that server and remove its data
	@exec $(OURS) -m tests.servers stop

sure: .venv/for-testing ## Everything that must hold before a push: format, lint, types, floors, templates, tests, and the wheel's start
	$(OURS) -m ruff format --check
	$(OURS) -m ruff check
	$(OURS) -m mypy
	.venv/bin/lint-imports
	$(OURS) -m djlint --lint --quiet templates
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory smoke

wheel: .venv/for-testing ## Build the wheel into ./dist
	@rm -rf build dist largesse.egg-info
	@$(OURS) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build largesse.egg-info && ls dist/*.whl

smoke: wheel ## Install that wheel into an environment of its own, start it in an empty folder, ask for pages, stop it
	@exec $(OURS) -m pytest tests/packaging/test_wheel.py -m wheel --wheel $$(ls dist/*.whl)

bench: .venv/for-testing ## Measure speed and cost, each against a floor of the same run (N=100000 people, ONLY=sendgrid, RUNS=3)
	@N="$(N)" ONLY="$(ONLY)" RUNS="$(RUNS)" exec $(OURS) -m bench

sample: .venv/for-running ## Write customers.csv from the shop's sample data, to try the import
	@exec $(OURS) -m bench.sample

screenshots: .venv/for-testing ## Write docs/screenshots: every page, in both themes, on a desk and on a phone
	@CHROMIUM="$$($(OURS) -m tests.chromium)" exec $(OURS) -m pytest tests/journeys --screenshots

# Prism makes a server from an OpenAPI document. It is a program of Node.js and stays out of what Largesse needs.
PRISM := .venv/prism/node_modules/.bin/prism
OPENAPI ?= ../shared/openapi

conformance: .venv/for-testing ## Ask servers made from the providers' OpenAPI documents whether they take what we send (needs npm; OPENAPI=../shared/openapi)
	@command -v npm >/dev/null || { echo "Left out: the servers are made by Prism, which npm installs. Install Node.js with npm." >&2; exit 1; }
	@test -d "$(OPENAPI)" || { echo "Left out: there are no OpenAPI documents at $(OPENAPI). Name their folder with OPENAPI=/path." >&2; exit 1; }
	@test -x $(PRISM) || npm install --prefix .venv/prism --no-audit --no-fund --silent @stoplight/prism-cli@5.14.2
	@PRISM="$(CURDIR)/$(PRISM)" OPENAPI_DOCUMENTS="$(abspath $(OPENAPI))" exec $(OURS) -m pytest tests/conformance/test_openapi_servers.py -rs $(only)

new-provider: .venv/for-running ## Write the skeleton of an adapter: make new-provider name=acme
	@exec $(OURS) -m integrations.skeleton "$(name)"

api-docs: .venv/for-running ## Write docs/api/compatibility.md from the operations of the API
	@exec $(OURS) -c "from webapp.api.description import compatibility; compatibility.write()"

requirements: .venv/for-testing ## Pin and hash the dependencies of pyproject.toml again (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.txt
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-dev.txt

.venv/made:
	@test -n "$(PYTHON)" || { echo "Largesse needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments." \
		"On Debian or Ubuntu: apt-get install python3-venv. Elsewhere: install Python with its venv and ensurepip modules." >&2; exit 1; }
	@rm -rf .venv && $(PYTHON) -m venv .venv && touch $@

.venv/for-running: requirements.txt .venv/made
	@echo "Installing what Largesse needs into .venv …" >&2
	@$(call fill,requirements.txt)

.venv/for-testing: requirements-dev.txt .venv/made
	@echo "Installing what Largesse and its tests need into .venv …" >&2
	@$(call fill,requirements-dev.txt)
	@touch .venv/for-running

# `filling` stays behind when this is interrupted; `largesse` becomes a command of the environment without installing the project.
define fill
echo $$$$ > .venv/filling && $(OURS) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $(1) && \
	printf '#!/bin/sh\ncd "%s" && exec .venv/bin/python -m largesse "$$@"\n' "$(CURDIR)" > .venv/bin/largesse && \
	chmod +x .venv/bin/largesse && rm .venv/filling && touch $@
endef
