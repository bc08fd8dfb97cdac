# make setup | test | test-fast | lint | demo | format | messages | css.  Needs Python 3.11+ and make; no root.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist=worksteal
MACHINE := PYTHONPATH=tests $(BIN)/python -m machine

.PHONY: setup test test-fast lint format messages demo css

setup: .venv/ready

# uv makes the environment that uv.lock names; where it is not on the path, a copy of it is kept in build/uv.
.venv/ready: pyproject.toml uv.lock
	@command -v uv >/dev/null || test -x build/uv/bin/uv || \
		( $(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install --quiet uv )
	PATH="$$PATH:$(CURDIR)/build/uv/bin" uv sync --quiet --frozen --compile-bytecode --extra postgres --python $(PYTHON) --no-python-downloads
	@touch $@

test: setup lint
	$(MACHINE) with-chromium $(PYTEST)
	$(MACHINE) with-postgres $(PYTEST) -m "not browser or story"

test-fast: setup
	$(PYTEST) -m "not browser and not kill"

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if find src -name '*.html' | grep -q .; then $(BIN)/djlint src --lint --quiet; fi
	SARNAKH_DATA_DIR=build/lint-data $(BIN)/python -m django makemigrations --check --dry-run --settings sarnakh.project.settings

# Collects the texts that people read into locale/fa/LC_MESSAGES/django.po and compiles it; needs gettext's programs.
messages: setup
	cd src/sarnakh && $(CURDIR)/$(BIN)/python -m django makemessages --settings sarnakh.project.settings \
		--locale fa --add-location file --no-wrap --no-obsolete --ignore "static/*" && \
		$(CURDIR)/$(BIN)/python -m django compilemessages --settings sarnakh.project.settings --locale fa

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: setup
	$(BIN)/sarnakh demo --port $(PORT)

# Rebuilds static/css/app.css and static/icons.svg (both committed) after a template or a style changed; needs Node 20.
css:
	npm --prefix src/sarnakh/web/styles install --no-audit --no-fund --no-package-lock
	npm --prefix src/sarnakh/web/styles run build
