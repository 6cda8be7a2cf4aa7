# Every target sets up what it needs: only python3 (3.11 or newer), make and a package registry are taken for granted.
# Paths stay relative, so the folder may have any name, also one with spaces.

PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
export PYTHONUTF8 := 1

.PHONY: help demo run reach all-clusters compare scenario test lint types contracts unit bench docs dist centrality clean distclean clusters claims doctor lock format
.DEFAULT_GOAL := help

help:
	@echo "make demo          set up and check the 1-hour claims for Jing-Jin-Ji on the embedded data"
	@echo "make run CLUSTER=yangtze-river-delta   any cluster on the embedded data: make clusters lists them"
	@echo "make <cluster>     the same on live downloads: roads, this week's trains, people"
	@echo "make all-clusters  the 19 in parallel and side by side, resumable; ARGS=--live for downloads"
	@echo "make compare       the 19 side by side from the embedded timetables, 2016 against 2023"
	@echo "make scenario NAME=beijing-hengshui   what a new line changes; NAME may be a GeoJSON file"
	@echo "make reach         land, cities and people within MINUTES=60 of CORE=Beijing in CLUSTER=..."
	@echo "make centrality    the demo with exact centrality of the roads; CLUSTER=... for another"
	@echo "make test          set up and run lint, types, import contracts and tests"
	@echo "make clusters | claims | doctor | bench | docs | dist | lint | format | lock | clean | distclean"

demo: .venv/run.stamp
	@$(PY) -m toolkit run jing-jin-ji $(ARGS)
	@echo "to call toolkit by its name: source $(BIN)/activate" >&2

run: .venv/run.stamp
	@$(PY) -m toolkit run "$(CLUSTER)" $(ARGS)

scenario: .venv/run.stamp
	@$(PY) -m toolkit scenario "$(or $(NAME),beijing-hengshui)" $(ARGS)

all-clusters: .venv/run.stamp
	@$(PY) -m toolkit all-clusters $(ARGS)

compare: .venv/run.stamp
	@$(PY) -m toolkit compare $(ARGS)

clusters: .venv/run.stamp
	@$(PY) -m toolkit clusters

centrality: .venv/run.stamp
	@$(PY) -m toolkit run "$(or $(CLUSTER),jing-jin-ji)" --centrality $(ARGS)

claims: .venv/run.stamp
	@$(PY) -m toolkit claims $(CLUSTER) $(ARGS)

reach: .venv/run.stamp
	@$(PY) -m toolkit reach "$(or $(CLUSTER),jing-jin-ji)" $(if $(CORE),--core "$(CORE)") \
		$(foreach m,$(MINUTES),--minutes $(m)) $(ARGS)

doctor: .venv/run.stamp
	@$(PY) -m toolkit doctor

test: lint types contracts unit

lint: .venv/dev.stamp
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: .venv/dev.stamp
	@$(PY) -m mypy

contracts: .venv/dev.stamp
	@$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()"

unit: .venv/dev.stamp
	@$(PY) -m pytest --numprocesses auto --dist loadfile $(ARGS)

format: .venv/dev.stamp
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: .venv/dev.stamp
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(PY) "$$script" || exit 1; done

docs: .venv/docs.stamp
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo "the site is in site/: $(PY) -m http.server --directory site"

dist: .venv/dev.stamp
	@$(PIP) wheel --quiet --no-deps --wheel-dir dist .
	@ls dist

lock: .venv/dev.stamp
	@$(PIP) install --quiet uv
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--upgrade pyproject.toml --output-file requirements/run.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--upgrade --extra dev pyproject.toml --output-file requirements/dev.lock
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--upgrade --extra dev --extra docs pyproject.toml --output-file requirements/docs.lock

clean:
	rm -rf outputs/*/ build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

distclean: clean
	rm -rf .venv

# The name of a cluster, in any of its spellings, is a target: make 京津冀
.DEFAULT:
	@$(MAKE) --no-print-directory run CLUSTER="$@" ARGS="--live $(ARGS)"

Makefile: ;

.venv/run.stamp: requirements/run.lock pyproject.toml | .venv/made.stamp
	@echo "installing the pinned packages into .venv (once, a minute or two)" >&2
	@$(PIP) install --quiet --requirement requirements/run.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.lock pyproject.toml | .venv/made.stamp
	@echo "installing the pinned packages and the test tools into .venv (once)" >&2
	@$(PIP) install --quiet --requirement requirements/dev.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@ .venv/run.stamp

.venv/docs.stamp: requirements/docs.lock pyproject.toml | .venv/made.stamp
	@echo "installing the documentation tools into .venv (once)" >&2
	@$(PIP) install --quiet --requirement requirements/docs.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@ .venv/dev.stamp .venv/run.stamp

.venv/made.stamp:
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) was not found: install Python 3.11 or newer, or name it: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than 3.11: install a newer one, or name it: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module: install it (Debian, Ubuntu: apt install python3-venv) and run make again" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@
