# `make` alone says what there is. Everything is made inside this folder.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 2
export PORT HOST

PY = .venv/bin/python
# Downloads are kept in here too, not in a home folder.
export UV_CACHE_DIR ?= $(CURDIR)/build/cache/uv
export PIP_CACHE_DIR ?= $(CURDIR)/build/cache/pip
export npm_config_cache ?= $(CURDIR)/build/cache/npm
export PIP_DISABLE_PIP_VERSION_CHECK = 1

RESIDENTS ?= 100000

.PHONY: help install run test check bench messages browser clean
.DELETE_ON_ERROR:

help:
	@echo "make install    .venv, browser files, compiled messages"
	@echo "make run        the product with its demo alliance: PORT=$(PORT) HOST=$(HOST)"
	@echo "make test       the whole suite: WORKERS=$(WORKERS) ARGS=\"tests/unit -x\""
	@echo "make check      formatting, lint, types, layers, migrations, messages, templates, deploy checks"
	@echo "make bench      measured against limits of the same run: RESIDENTS=$(RESIDENTS)"
	@echo "make messages   bring the catalogues in line with the code, and compile them"
	@echo "make clean      removes what install and the tools made; the data under .data stays"

install: .venv/installed build/installed
	@$(PY) -m config.messages --compile

.venv/installed: requirements/dev.lock.txt requirements/uv.lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; PYTHON=... names another." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing. As root: apt-get install -y python3-venv" >&2; exit 1; }
	@$(PY) -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install -q --require-hashes -r requirements/uv.lock.txt || true
	@$(PY) -m uv pip sync -q --python $(PY) --require-hashes requirements/dev.lock.txt \
	  || $(PY) -m pip install -q --require-hashes -r requirements/dev.lock.txt
	@touch $@

build/installed: package-lock.json config/assets.py .venv/installed
	@$(PY) -m config.assets
	@touch $@

run: install
	@$(PY) -m config.run

test: install browser
	@$(PY) -m pytest -n $(WORKERS) $(ARGS)

# Chromium and a Chinese font come from Debian; who may not install them gets the line, and skipped browser tests.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	  else echo "No Chromium: browser tests will be skipped. As root: apt-get install -y chromium fonts-noto-cjk"; fi; }

check: install
	@$(PY) -m config.quality

bench: install
	@RESIDENTS=$(RESIDENTS) $(PY) -m benchmarks

messages: install
	@$(PY) -m config.messages

clean:
	rm -rf .venv build node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete
