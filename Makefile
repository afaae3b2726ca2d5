# report · test · lab · bench · lint: each sets up what it needs, from any state of the checkout.
# PYTHON=python3.12 chooses the interpreter; the environment lives in .venv and follows requirements.lock.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := $(sort $(wildcard params/*.yaml))
DEMO := data/nordic-beds/planted_truths.yaml
READY := $(VENV)/.ready

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

.PHONY: report test lab bench lint lock messages demo clean
.DEFAULT_GOAL := report

report: $(READY) $(DEMO)
	@$(BIN)/cvc render $(CLIENTS) --out reports --jobs 2

test: $(READY) $(DEMO)
	@$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m pytest -n 2 --dist worksteal

lab: $(READY) $(DEMO)
	$(BIN)/cvc lab $(ARGS)

bench: $(READY) $(DEMO)
	@for script in benchmarks/[a-z]*.py; do echo "$$script"; $(BIN)/python "$$script" || exit 1; done

lint: $(READY)
	$(BIN)/ruff check cvclib tests benchmarks
	$(BIN)/ruff format --check cvclib tests benchmarks

demo: $(DEMO)

$(DEMO): $(wildcard cvclib/demo.py cvclib/demo/*.py) | $(READY)
	@echo "Making the demonstration client in $(dir $(DEMO))"
	@$(BIN)/cvc demo --out $(dir $(DEMO)) >/dev/null
	@touch $(DEMO)

# A broken or half-made environment (interrupted, or its Python gone) is made anew.
ifneq ($(shell $(BIN)/python -c "$(SUPPORTED)" 2>/dev/null && echo works),works)
.PHONY: $(READY)
endif

$(READY): requirements.lock pyproject.toml
	@python=""; for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
	    if "$$candidate" -c "$(SUPPORTED)" 2>/dev/null; then python="$$candidate"; break; fi; done; \
	if [ -z "$$python" ]; then \
	    echo "Python 3.11, 3.12 or 3.13 is needed; found: $$(python3 --version 2>&1 || echo no python3)."; \
	    echo "Install one of them, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; fi; \
	echo "Setting up $(VENV) with $$("$$python" --version) (once; a minute or two)"; \
	rm -rf $(VENV); \
	"$$python" -m venv $(VENV) || { \
	    echo "The venv module does not work; on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# For maintainers: brings the translators' catalogues up to date with code, templates and notebooks.
messages: $(READY)
	@$(BIN)/python -m cvclib.messages

# For maintainers: pins anew, for all supported Pythons and systems at once. Needs uv.
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate --quiet --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV) reports data/nordic-beds
