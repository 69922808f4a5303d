# DECNET Fleet. `make` alone lists what there is.

SETUP := deployments/setup
BIN   := .venv/bin
CODE  := decnet_core tasks flows deployments benchmarks tests

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# The order of the parts matters, also under -j.
.NOTPARALLEL:
.PHONY: help demo demo-down install engine image test-tools check test test-all bench bare-check lock clean

help: ## list the targets
	@if [ -t 1 ]; then b='\033[1m' c='\033[36m' n='\033[0m'; fi; \
	printf "\n  $${b}DECNET Fleet$${n}: start with $${c}make demo$${n}\n\n"; \
	awk -F ':.*## ' -v c="$$c" -v n="$$n" '/^[a-z-]+:.*## / { printf "  %s%-12s%s %s\n", c, $$1, n, $$2 }' $(MAKEFILE_LIST); \
	printf '\n'

demo: image ## an office of five deckies on a private LAN, and an intruder who visits it
	@$(SETUP)/demo.sh up

demo-down: ## take the demo down; nothing of it stays
	@$(SETUP)/demo.sh down

install: ## the virtual environment from the lock file, the command at .venv/bin/decnet
	@$(SETUP)/install.sh

engine: ## a Docker engine that answers: the one that is there, or Debian's or Ubuntu's own
	@$(SETUP)/engine.sh

image: install engine ## the image that every decky runs
	@$(SETUP)/image.sh

test-tools: ## the clients the tests use as intruders, and PostgreSQL's binaries
	@$(SETUP)/test-tools.sh

check: install ## formatting, types, import rules, size of files and flows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture

test: image test-tools ## all tests but the slow ones, real engine and real LAN included
	$(SETUP)/mounted-root.sh $(BIN)/pytest -m "not slow" $(PYTEST_ARGS)

test-all: image test-tools ## all tests
	$(SETUP)/mounted-root.sh $(BIN)/pytest $(PYTEST_ARGS)

bench: image ## measure the pipeline against raw Docker Compose
	$(BIN)/python -m benchmarks

bare-check: ## prove `make demo` and `make test` on a bare Debian 12 (BARE=demo or BARE=test for one of them)
	@$(SETUP)/bare-check.sh $(BARE)

lock: install ## bring requirements.lock up to date with pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev --upgrade \
	    --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock pyproject.toml

clean: ## remove the virtual environment, logs and caches; fleets and images stay
	@test ! -e build/demo-state || { echo "The demo is up: run 'make demo-down' first."; exit 1; }
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
