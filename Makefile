# Everything a person types. `make help` lists it.
SHELL := /bin/sh
export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1
# Compiled files are kept, whatever the caller's shell says: a run starts hundreds of Pythons.
unexport PYTHONDONTWRITEBYTECODE
PYTHON := .venv/bin/python
HOTLINE := .venv/bin/hotline
ARGS ?=
PYTEST = $(PYTHON) -m pytest -p tests.runs -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Files with calls mostly wait, and two thirds of the workers play those; the others those that compute, and make way for
# calls. No more calls are up at once than this machine carries sound for (measured first).
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? 3 * cores : 12)))

.DEFAULT_GOAL := help
.PHONY: help up setup test prove check bench capacity soak sbom audit voices clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

up: setup ## set up what is missing, start everything, say how to call; Ctrl-C ends it
	@exec env HOTLINE_CITY="$${HOTLINE_CITY:-whole}" HOTLINE_BROWSER_PHONES="$${HOTLINE_BROWSER_PHONES:-yes}" $(HOTLINE) up

setup: ## prepare the machine, .venv and Asterisk, without starting anything
	@./ops/bootstrap.sh run

test: ## all rules, turns and doors, and one live scene for each promise of the product (8 minutes)
	@./ops/bootstrap.sh test
	@exec $(PYTEST) --plain $(ARGS)

prove: ## every proof, with both databases; ARGS=--thorough: also by more cases and more time
	@./ops/bootstrap.sh test
	-@./ops/bootstrap.sh voices
	-@./ops/bootstrap.sh storage
	-@./ops/bootstrap.sh turn
	-@./ops/bootstrap.sh office
	-@./ops/bootstrap.sh identity
	@exec $(PYTEST) $(ARGS)

check: ## look without running calls: style, types, import arrows, menus, prompts, dialplan
	@./ops/bootstrap.sh test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(HOTLINE) check

bench: ## measure decisions and calls; prints a table and writes build/bench.json
	@./ops/bootstrap.sh test
	@mkdir -p build
	@$(PYTHON) -m tools.bench --json build/bench.json $(ARGS)

capacity: ## what a city's calls need, and a simulated typhoon day; ARGS=--trial holds the model against real calls
	@./ops/bootstrap.sh test
	@$(PYTHON) -m tools.capacity $(ARGS)

soak: ## proofs that take their time (about 45 min): tables, and build/soak-*.json; ARGS="--only special"
	@./ops/bootstrap.sh test
	@$(PYTHON) -m tools.soak $(ARGS)

sbom: ## list what it is built from: CycloneDX and licences in build/sbom/, and THIRD_PARTY.md
	@./ops/bootstrap.sh run
	@$(PYTHON) -m tools.supply sbom

audit: ## ask for known vulnerabilities of every locked package and of Asterisk; fails where nobody could be asked
	@./ops/bootstrap.sh run
	@$(PYTHON) -m tools.supply audit

voices: ## add the synthesiser (large): typed announcements are spoken, `hotline prompts build` renders prompts
	@./ops/bootstrap.sh run
	@./ops/bootstrap.sh voices

clean: ## remove .venv, caches and build; state (HOTLINE_HOME) and the Asterisk cache stay
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
