# PLynx: every everyday command. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

export UV_HTTP_TIMEOUT ?= 180
# The certificates that the machine trusts, a company's proxy among them; uv brings its own where there are none.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),true,false)

UV := $(shell command -v uv || echo .tools/uv/bin/uv)
UV_WANTED := 'uv>=0.5,<1'
PIP_FLAGS := --quiet --disable-pip-version-check
RUN := .venv/bin/
# Scripts of services/web/package.json; node is on the PATH, or comes as a wheel with the development tools.
WEB := $(RUN)python -m plynx_web.building
SYNCED := .venv/.synced
MANIFESTS := pyproject.toml uv.lock $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
ARGS ?=
# Many tests wait for a process or a server: a few at once per core. What shares servers stays on one worker
# (tests/scheduling.py). In the order of their names the short ones, of units, come last.
PARALLEL ?= -n 3 --dist loadfile --no-loadscope-reorder

.PHONY: help setup check static format lint types imports unit test demo up-native bench docs lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: $(SYNCED) ## install uv (if missing) and everything that uv.lock names, into .tools and .venv
	@:

.tools/uv/bin/uv:
	@echo "uv is not on the PATH: installing it into .tools/uv"
	@python3 -m venv .tools/uv && .tools/uv/bin/python -m pip install $(PIP_FLAGS) $(UV_WANTED) \
		|| { rm -rf .tools/uv; python3 -m pip install $(PIP_FLAGS) --target .tools/uv $(UV_WANTED); } # no python3-venv

$(SYNCED): $(UV) $(MANIFESTS)
	@echo "installing what uv.lock names into .venv"
	@$(UV) sync --all-packages --frozen --quiet
	@touch $@

check: setup ## format, lint, types, imports, unit and architecture tests
	@$(MAKE) static unit

# What needs no test to run: all of `check` that `make test` does not do again.
static: setup
	$(RUN)ruff format --check --quiet
	@$(MAKE) lint types imports

format: setup ## rewrite the sources as the formatter and the safe lint fixes want them
	$(RUN)ruff format
	$(RUN)ruff check --fix
	$(WEB) format

lint: setup ## ruff, all rules minus those with a reason in pyproject.toml
	$(RUN)ruff check
	$(WEB) lint

types: setup ## pyright and tsc, strict; the types that are made from the OpenAPI document
	$(RUN)pyright
	$(WEB) types schema:check

imports: setup ## import contracts (8-house-style §2)
	$(RUN)lint-imports

unit: setup ## unit, property and architecture tests; ARGS go to pytest
	$(WEB) test
	$(RUN)pytest $(PARALLEL) $(wildcard tests/unit tests/property) tests/architecture $(ARGS)

test: setup ## every lane but the benchmarks, and the docs, on a fresh machine too; ARGS go to pytest
	@$(WEB)
	$(WEB) test
	$(RUN)pytest $(PARALLEL) --ignore=tests/benchmarks $(ARGS)

demo: setup ## start the platform and run a real experiment; ARGS=--once stops it at the end
	$(RUN)plynx demo $(ARGS)

up-native: setup ## the services of docker-compose.yml as processes, on native servers, until Ctrl-C
	$(RUN)python -m deploy.native.up

bench: setup ## measure the platform beside make; ARGS="--only W1 W3 --links order", ARGS=--help
	$(RUN)python -m tests.benchmarks $(ARGS)

docs: setup ## write the generated pages, every tools/generate_*.py, and the browser's types of the API
	@for generator in tools/generate_*.py; do $(RUN)python -m "tools.$$(basename "$$generator" .py)"; done
	@$(WEB) schema

lock: $(UV) ## resolve the dependencies anew after a pyproject.toml changed, then sync
	$(UV) lock
	@$(MAKE) setup

clean: ## remove everything that make has made
	rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis .import_linter_cache \
		services/web/node_modules services/web/tools/node_modules services/web/python/plynx_web/static
