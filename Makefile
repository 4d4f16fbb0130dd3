# `make help` lists the targets. All of them make `.venv` first, once; PYTHON says from which Python.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# A file's tests share what they prepare; the order is that of tests/conftest.py.
WORKERS := -n auto --dist loadfile --no-loadscope-reorder
SEEDS ?= 2000
FROM ?= 0
JOBS ?= 2
LOG ?= runs/networks/log.jsonl
SOURCES := specc backends grammar tests benchmarks demo.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check lint format generated coverage unchanged fuzz-networks bench gpu-check clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\): .*## /\1	/p' Makefile | expand -t 12

demo: $(INSTALLED) ## train the lecture's network on photographs, in Keras and in PyTorch
	@$(BIN)/python demo.py

test: $(INSTALLED) ## run all tests
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest $(WORKERS)

check: lint ## format, lint, types and the fast tests: run it before a commit
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pytest $(WORKERS) -m "not slow"

lint: $(INSTALLED) ## format, lint and types alone
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(SOURCES)

format: $(INSTALLED) ## format the code and repair what ruff can repair
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

generated: $(INSTALLED) ## make anew what is made from other files: tables, scripts, pages
	@$(BIN)/python grammar/build.py
	@$(BIN)/python tests/regenerate.py

coverage: $(INSTALLED) ## measure every layer in both frameworks for docs/coverage.md, or LAYERS alone
	@$(BIN)/python tests/coverage_run.py $(LAYERS)

unchanged: $(INSTALLED) ## prove that all scripts compute what they did at REV, or those of SPECS alone
	@$(BIN)/python tests/unchanged.py $(if $(REV),--rev $(REV)) $(SPECS)

fuzz-networks: $(INSTALLED) ## draw networks at random and prove them, SEEDS=2000 from FROM=0 on, with JOBS=2; PUBLIC=1: published ones; SHRINK=27: a seed or file made small
	@$(BIN)/python $(if $(PUBLIC),tests/fuzz/public.py,$(if $(SHRINK),tests/fuzz/minimise.py $(SHRINK),tests/fuzz/run.py --seeds $(SEEDS) --from $(FROM) --jobs $(JOBS) --log $(LOG)))

bench: $(INSTALLED) ## measure cold start and long chains
	@$(BIN)/python benchmarks/cold_start.py
	@$(BIN)/python benchmarks/long_chain.py

gpu-check: $(INSTALLED) ## measure and compare the scripts on a GPU; without .venv: python3 benchmarks/gpu_check.py
	@$(BIN)/python benchmarks/gpu_check.py

clean: ## remove .venv, caches, built packages and the files of demo and unchanged
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage runs/demo runs/unchanged
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is the last thing written, so an installation that was cut off starts again from nothing.
$(INSTALLED): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { \
	  echo "there is no $(PYTHON); on Debian and Ubuntu: sudo apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "specc needs Python 3.11, 3.12 or 3.13, but this is $$($(PYTHON) --version 2>&1); name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "making .venv with both frameworks; this takes some minutes, once"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[keras,torch,dev]'
	@touch $@
