# The only way anyone runs anything. On a fresh machine with Python 3.11 or newer and make:
#   make demo    sets everything up and runs the main job, no account or key needed
#   make test    sets everything up and passes the tests
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP_FLAGS := --quiet --disable-pip-version-check
# A machine's own Node from version 20 on serves; else one from a wheel goes into the environment.
NODE_OK := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null && echo yes)
TEST_FLAGS ?= -n 2 --dist loadfile
NPM := $(if $(NODE_OK),npm,PATH="$(CURDIR)/$(BIN):$$PATH" "$(CURDIR)/$(BIN)/npm")

# Compiled once: without its bytecode every process of ours starts three seconds later.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test dev check bench docs setup setup-dev web clean durability lock
help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

demo: setup web  ## set up, run a real audit of the sample site, stay up
	@$(BIN)/python -m opsroom.app demo --data var/demo $(DEMO_FLAGS)

test: setup-dev web check  ## set up and run every test
	@$(BIN)/python -m pytest $(TEST_FLAGS)

check: setup-dev web/node_modules/.stamp  ## format, lint, types, import contracts, front-end checks
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports --no-cache > .venv/imports.log || (cat .venv/imports.log; exit 1)
	@$(BIN)/basedpyright --level error > .venv/types.log || (tail -40 .venv/types.log; exit 1)
	@cd web && $(NPM) run --silent check

dev: setup-dev web  ## serve with the sandbox, restart on change
	@$(BIN)/python -m opsroom.app serve --workspace examples/workspace --data var/dev --sandbox

bench: setup-dev  ## run the benchmarks and rewrite the tables in bench/results
	@$(BIN)/python -m bench

docs: setup-dev  ## write the reference (settings, events, routes …) to build/reference
	@$(BIN)/python -m opsroom.app.reference build/reference

setup: .venv/run.stamp
setup-dev: .venv/dev.stamp

.venv/bin/uv:
	@echo "Setting up Python …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Opsroom needs Python 3.11 or newer; found " + sys.version.split()[0])'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install $(PIP_FLAGS) --require-hashes -r requirements/uv.txt

# uv installs in parallel; pip stands in where only pip is configured to reach an index.
install = VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r $(1) 2>.venv/uv.log \
	|| $(BIN)/pip install $(PIP_FLAGS) --require-hashes -r $(1)

.venv/run.stamp: .venv/bin/uv requirements/run.txt pyproject.toml
	@echo "Installing the packages …"
	@$(call install,requirements/run.txt)
	@$(BIN)/pip install $(PIP_FLAGS) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@echo "Installing the tools for tests …"
	@$(call install,requirements/dev.txt)
	@touch $@

web: web/dist/index.html
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/package-lock.json -type f 2>/dev/null)
web/node_modules/.stamp: web/package-lock.json | setup
	@echo "Installing the front-end's packages …"
	$(if $(NODE_OK),,@$(BIN)/pip install $(PIP_FLAGS) --require-hashes -r requirements/node.txt)
	@cd web && $(NPM) ci --silent --no-audit --no-fund
	@touch $@
web/dist/index.html: web/node_modules/.stamp $(WEB_SOURCES)
	@echo "Building the front-end …"
	@cd web && $(NPM) run --silent build
	@touch $@

durability: setup-dev  ## the long kill runs (minutes)
	@$(BIN)/python -m pytest tests/durability --full

# The pins that stand are kept; `--upgrade-package NAME` in LOCK_FLAGS moves one.
lock: .venv/bin/uv  ## lock the packages again, with hashes and without addresses
	@for part in "run: --group build" "dev: --group build --group dev"; do \
	  $(BIN)/uv pip compile -q pyproject.toml --extra google $${part#*: } --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header $(LOCK_FLAGS) -o requirements/$${part%%:*}.txt || exit 1; \
	done
	@cd web && $(NPM) install --silent --package-lock-only && node dev/lock.mjs

clean:  ## remove everything that was built; keeps var/
	rm -rf .venv web/node_modules web/dist build *.egg-info .pytest_cache .ruff_cache .hypothesis
