# Needs Python >= 3.11, make and the package registries; everything else goes into .venv.

VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
CHECK ?=
PART ?= reference
PYTEST ?= -n 2

.PHONY: help demo test lint docs bench clean

help:
	@echo "make demo    the reference project: judged, run as in production, filled, browsed; PART=mend: a worse one mended"
	@echo "make test    lint, then every test"
	@echo "make lint    ruff, mypy, import contracts"
	@echo "make docs    the documentation as HTML in docs/_build/html"
	@echo "make bench   the benchmarks, into benchmarks/results"
	@echo "make clean   remove what the targets above made"

demo: $(INSTALLED)
	CHECK=$(CHECK) $(PYTHON) demo/run.py $(PART)

test: lint
	$(PYTHON) -m pytest $(PYTEST)

lint: $(INSTALLED)
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports

docs: $(INSTALLED)
	$(PYTHON) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(INSTALLED)
	@for script in benchmarks/*.py; do \
		echo "== $$script"; $(PYTHON) "$$script" || exit 1; \
	done

# Made anew when the pins, the package's own dependencies or the search for Python change.
$(INSTALLED): requirements/dev.txt pyproject.toml tools/find-python
	@python=$$(sh tools/find-python) || exit 1; \
	echo "Installing into $(VENV) with $$($$python --version)"; \
	rm -rf $(VENV) && $$python -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements/dev.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) docs/_build docs/practices docs/reference/generated
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist .tenfold/demo
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
