# Two commands on a bare machine with Python 3.11+, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Some containers set it: then each of the thousands of processes that tests start compiles what it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test pytest torture lint types check rig lock messages clean
help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime   ## the main job, end to end, with no account and no network
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python examples/demo.py

test: $(VENV)/.dev       ## lint, types and every test
	@$(MAKE) --no-print-directory --jobs 2 lint types pytest || { echo "lint, types or tests failed: see above"; exit 1; }

pytest: $(VENV)/.dev lint   # beside mypy, which takes one core for half a minute
	$(BIN)/python -m pytest -n 3 --dist loadgroup

torture: $(VENV)/.dev    ## 500 insights on three remotes, 10,000 kills of `orch push`; two hours, goes on where it was cut
	$(BIN)/python -m tests.crash torture

lint: $(VENV)/.dev       ## ruff and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev      ## mypy, strict
	$(BIN)/mypy

check: lint types

rig: $(VENV)/.dev        ## real Postgres + PostgREST, a validating Jira, Confluence and forge; Ctrl-C ends them
	$(BIN)/python -m tests.rig

lock: $(VENV)/.dev       ## resolve the dependencies anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev --extra mcp --extra keyring --extra supabase --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

messages: $(VENV)/.dev   ## extract, merge and compile the translations
	$(BIN)/python scripts/messages.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
