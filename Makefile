# Two commands matter: `make run` and `make test`. Both build what they need first, once.

VENV := .venv/bin
REQUIREMENTS ?= requirements.txt
# One for each of two cores: with more, tests that bound processor time see that of their neighbours.
WORKERS ?= 2
# ONNX Runtime reports to its maker otherwise; read when it is first imported.
export ORT_DISABLE_TELEMETRY = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help setup run test perf lock clean system

help:                ## what can be done
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 16

setup:               ## build .venv with the pinned packages; nothing to do when it is up to date
	@bash .ci/setup $(REQUIREMENTS)

run: setup           ## serve at http://localhost:8501 (ARGS=--unsafe-no-sandbox: see SECURITY.md)
	@echo "run: http://localhost:8501 (Ctrl-C stops it)"
	@exec $(VENV)/python -m streamlit run app.py $(if $(ARGS),-- $(ARGS))

system:
	@bash .ci/system-packages

test: REQUIREMENTS = requirements-dev.txt
test: setup system   ## check style and imports, then run every test, in a browser too
	@echo "test: style"
	@$(VENV)/python -m ruff check . || { echo "test: ruff found the lines above; '$(VENV)/python -m ruff check --fix .' mends most."; exit 1; }
	@echo "test: imports"
	@$(VENV)/lint-imports --no-logo || { echo "test: the imports above cross a layer; pyproject.toml says why that is forbidden."; exit 1; }
	@echo "test: tests"
	@$(VENV)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS) || { echo "test: see the failures above; one alone: $(VENV)/python -m pytest PATH::NAME"; exit 1; }

perf: REQUIREMENTS = requirements-dev.txt
perf: setup system   ## measure the program itself and print the table
	@$(VENV)/python -m perf

lock:                ## pin what is installed, after a change to a .in file
	@$(VENV)/python .ci/lock.py

clean:               ## remove the virtual environment and everything generated; .data (your models) stays
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache artifacts benchmarks/native/built
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
