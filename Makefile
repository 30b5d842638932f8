# Everything sets itself up: python3 (3.11 or newer) with venv and pip is all that must be there.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORDS := $(wildcard protocols/catalogue/locale/*/LC_MESSAGES/*.po)
DEMO_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=
FUZZ_ARGS ?=
RADIO_FUZZ_ARGS ?=
SCREENS_ARGS ?=

# The constraints hold for what builds the project, too.
INSTALL := PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test compiled screens bench fuzz lint wheel clean help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt hatch_build.py $(WORDS) | $(BIN)/python
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt hatch_build.py $(WORDS) | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.run $@

demo: $(VENV)/.run  ## a station and the panels of a fictitious district, live; DEMO_ARGS="--headless --for 30s"
	@$(BIN)/ptsn demo $(DEMO_ARGS)

test: $(VENV)/.dev  ## lint, types, layers and all tests; TEST_ARGS="-k word"
	@$(MAKE) --no-print-directory -j 2 lint compiled
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

# pytest keeps the tests it compiled: once here, beside the lint, and not by every one of its workers at the same time.
compiled: $(VENV)/.dev
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null || true

lint: $(VENV)/.dev  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

screens: $(VENV)/.dev  ## draw the console's screens anew: what its tests expect, and docs/screens
	$(BIN)/python -m tests.tui.snapshots $(SCREENS_ARGS)

bench: $(VENV)/.dev  ## throughput, latency and memory side by side with others; BENCH_ARGS="--quick"
	$(BIN)/python -m bench $(BENCH_ARGS)

fuzz: $(VENV)/.dev  ## damaged messages of every protocol, and a million attacks by radio; FUZZ_ARGS="--for 10m --jobs 2"
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)
	$(BIN)/python -m tests.fuzz.radio $(RADIO_FUZZ_ARGS)

wheel: $(VENV)/.dev  ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:  ## remove everything that can be made again
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
