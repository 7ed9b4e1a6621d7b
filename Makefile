# One named command for each chore. `make run` is all a first look needs.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
INSTALLED := .venv/.installed
VAR := $(or $(CHAT_VAR_DIR),var)
STATIC := $(VAR)/static/staticfiles.json
STATIC_SOURCES := $(shell find chat/static -type f)

.PHONY: help setup run dev admin test check bench gallery picture format lock clean

help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

setup: $(INSTALLED) $(STATIC) ## make .venv from the lock, and migrate the database
	@$(MANAGE) migrate --verbosity 0

run: $(INSTALLED) $(STATIC) ## serve the chat; make run PORT=9000
	@exec $(MANAGE) serve --host $(HOST) --port $(PORT)

dev: setup ## serve with reload, for development
	@exec $(MANAGE) runserver $(HOST):$(PORT)

admin: setup ## make a staff account for /admin/
	@$(MANAGE) createsuperuser

test: $(INSTALLED) $(STATIC) ## run every test this machine can run; it says what it skipped
	@CI=$(CI) $(BIN)/python -m tests.everything

check: $(INSTALLED) ## lint, types, templates, migrations, deployment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(MANAGE) makemigrations --check --dry-run
	CHAT_HTTPS=1 $(MANAGE) check --deploy --fail-level WARNING

bench: $(INSTALLED) ## measure speed, in CPU time and bytes
	@$(BIN)/python -m tests.benchmarks

gallery: $(INSTALLED) $(STATIC) ## picture every page in every state, into var/gallery/
	@$(BIN)/python -m tests.gallery

picture: $(INSTALLED) $(STATIC) ## take the README's pictures anew
	@$(BIN)/python -m tests.picture

format: $(INSTALLED) ## put the sources into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## write requirements.txt anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --python-version 3.11 --universal --all-extras --group dev \
		--no-emit-index-url --no-header --upgrade --output-file requirements.txt

clean: ## remove what can be made again; the database stays
	rm -rf .venv $(VAR)/static .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(INSTALLED): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "On Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
	@touch $@

$(STATIC): $(INSTALLED) $(STATIC_SOURCES)
	@DEBUG=0 $(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@
