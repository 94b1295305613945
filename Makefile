# Every target makes its own virtual environment when it is missing; only python3 (3.11 or newer) and make are assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
PIP_FLAGS := --quiet --disable-pip-version-check

.PHONY: demo test check types format bench screenshots clean

demo: $(VENV)/.runtime  ## open the desk on a throw-away database with a synthetic roster and a mail catcher
	@$(BIN)/ccms-tui demo

test: $(VENV)/.dev  ## run the tests
	@$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

check: $(VENV)/.dev  ## formatting and lint, then the tests, and beside them types and the three floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(MAKE) -j 2 types test

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## put the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev $(BENCH)/harlequin/.ready $(BENCH)/posting/.ready  ## speed, as ratios side by side in one run
	@$(BIN)/python -m bench --peers $(BENCH)

screenshots: $(VENV)/.dev  ## redraw the pictures in docs/ (needs rsvg-convert and fonts-noto-cjk)
	@$(BIN)/python -m docs.screenshots

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ccms-tui needs Python 3.11 or newer; name one with PYTHON=python3.12.")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the desk needs into $(VENV) (once) ..."
	@$(BIN)/pip install $(PIP_FLAGS) --require-hashes -r requirements/runtime.txt
	@$(BIN)/pip install $(PIP_FLAGS) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@$(BIN)/pip install $(PIP_FLAGS) --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install $(PIP_FLAGS) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

$(BENCH)/%/.ready: requirements/bench-%.txt
	@echo "Installing $* to compare with into $(BENCH)/$* (once) ..."
	@$(PYTHON) -m venv $(BENCH)/$*
	@$(BENCH)/$*/bin/pip install $(PIP_FLAGS) -r $<
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH) build dist *.egg-info
