# Two commands matter: `make train` and `make test`. Both rest on `make install`.
PYTHON ?= python3
DATASET ?= digits
BIN := .venv/bin
# The order of the tests is the one in which they are written; `make test ORDER=` shuffles them.
ORDER ?= -p no:randomly
# One test more at a time than there are cores, since tests often wait; each worker takes up to 2 GB of memory.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
# The tests start hundreds of processes: what Python compiles is kept for the next, whatever the environment says.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(ORDER) --numprocesses $(WORKERS) --dist worksteal

.PHONY: install train test test-quick test-long lint docs docs-links reference lock notebook box bench faults sbom audit clean

install: .venv/installed

train: .venv/installed
	$(BIN)/convlet train $(DATASET) $(if $(RECIPE),--recipe $(RECIPE))
	$(BIN)/convlet evaluate latest
	@echo
	@echo 'The report, for any browser:            '"$$(ls -td runs/*/report.html | head -1)"
	@echo 'Next: draw to it, in the browser:       source .venv/bin/activate && convlet serve latest'
	@echo 'The tutorial itself, on the real MNIST: make train DATASET=mnist'
	@echo 'The tutorial, step by step:             notebooks/tutorial.ipynb'

# Nearly every test. The few that take as long as all of these are `test-long`; CI runs both.
test: .venv/installed-dev lint
	$(PYTEST) -m "not long"

# What most changes need: no browser, no training of more than three seconds, three cases of many alike.
test-quick: .venv/installed-dev
	$(PYTEST) -m "not slow and not long" --cases 3

# Whole trainings, resumed and on every engine, several processes, the README's commands.
test-long: .venv/installed-dev
	$(PYTEST) -m long

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The documentation site, into docs/_build/html. Warnings are errors, and no network is needed.
docs: .venv/installed-dev
	$(BIN)/python -m sphinx -E -W --keep-going -q -b html docs docs/_build/html
	@echo 'docs/_build/html/index.html'

# Whether every link to the outside leads somewhere: the network is asked, so CI does it once a week.
docs-links: .venv/installed-dev
	$(BIN)/python -m sphinx -E -W --keep-going -q -b linkcheck docs docs/_build/links

# The pages and schemas that are made from the code; commit them afterwards.
reference: .venv/installed
	$(BIN)/python -m convlet.recipes.reference > docs/recipes.md.new && mv docs/recipes.md.new docs/recipes.md
	$(BIN)/python -m convlet.cli.reference docs/reference

# The notebooks are committed with their outputs: run this after changing a cell or what a cell calls.
notebook: .venv/installed-dev
	$(BIN)/python -m benchmarks.run_notebook

# The model that comes with convlet, anew; commit it afterwards.
box: .venv/installed-dev
	$(BIN)/python -m benchmarks.box

# Every figure of the documentation, on MNIST: hours, for the long recipes; nothing else should run on the machine meanwhile.
bench: .venv/installed-dev
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.inference
	$(BIN)/python -m benchmarks.streaming
	$(BIN)/python -m benchmarks.streaming --recipe accurate
	$(BIN)/python -m benchmarks.million
	$(BIN)/python -m benchmarks.accuracy compact
	$(BIN)/python -m benchmarks.accuracy accurate
	$(BIN)/convlet train mnist --recipe fast
	$(BIN)/python -m benchmarks.exports runs/mnist-fast-1
	$(BIN)/python -m benchmarks.serving runs/mnist-fast-1
	$(BIN)/python -m benchmarks.contract runs/mnist-fast-1
	$(BIN)/python -m benchmarks.decode_pictures
	$(BIN)/python -m benchmarks.predict runs/mnist-fast-1
	$(BIN)/python -m benchmarks.tuning search
	$(BIN)/python -m benchmarks.tuning kills
	$(BIN)/python -m benchmarks.tuning cluster
	$(BIN)/python -m benchmarks.distribute
	$(BIN)/python -m benchmarks.engines
	$(BIN)/python -m benchmarks.batch_predict --model runs/mnist-fast-1
	$(BIN)/python -m benchmarks.tune fast
	$(BIN)/python -m benchmarks.tune balanced

# What is installed, as CycloneDX; and whether anything of it has a published fault. Both fetch a tool of their own.
sbom: .venv/installed
	$(BIN)/python -m venv .venv-tools && .venv-tools/bin/python -m pip install --quiet cyclonedx-bom
	.venv-tools/bin/cyclonedx-py environment .venv --output-file sbom.json

# It fails where a package cannot be looked up, as on an index without advisories.
audit:
	$(PYTHON) -m venv .venv-tools && .venv-tools/bin/python -m pip install --quiet pip-audit
	.venv-tools/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt

# Kills, power cuts, failing disks, damage, hostile files and clients: three hours.
faults: .venv/installed-dev
	$(BIN)/python -m benchmarks.faults

# Versions and hashes for every platform in one file each: with `train`, and with all that tests need. No index address is written.
lock: .venv/installed-dev
	$(BIN)/uv pip compile -q pyproject.toml requirements/build.in --extra train --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements/run.txt
	$(BIN)/uv pip compile -q pyproject.toml requirements/build.in --extra dev -c requirements/run.txt \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements/dev.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "convlet needs Python 3.11, 3.12 or 3.13; $(PYTHON) is another: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: .venv/bin/python requirements/run.txt pyproject.toml
	$(BIN)/python requirements/install.py requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements/dev.txt
	$(BIN)/python requirements/install.py requirements/dev.txt
	@touch $@

clean:
	rm -rf .venv .venv-tools docs/_build sbom.json .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
