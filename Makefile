# Everything builds its own environment: `make demo` and `make test` run on a fresh machine with Python 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: setup demo test docs release pictures readme reference validate validate-roads compatibility reliability bench clean

setup: .venv/ready

.venv/ready: pyproject.toml requirements.lock
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: setup
	$(BIN)/twin run scenarios/alatau --out results/alatau

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deno fmt --check
	$(BIN)/deno lint
	$(BIN)/pytest -n 2 --cov --cov-report=term
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.guard
	$(BIN)/python -m release

docs: setup
	$(BIN)/python docs/site

# sdist and wheel in dist/, tried with each extra by itself; PYTHONS='python3.11 python3.12' tries others too
release: setup
	$(BIN)/python -m release --all-extras --dist dist $(if $(PYTHONS),--python $(PYTHONS))

pictures: setup
	$(BIN)/python docs/pictures/make.py

readme: setup
	$(BIN)/python docs/readme.py

validate: setup
	$(BIN)/python -m validation.page

validate-roads: setup
	$(BIN)/python -m validation.collection "$(DIR)"

compatibility: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m compatibility.page $(if $(DIR),"$(DIR)")

reliability: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m reliability

reference: setup
	$(BIN)/python -m twin.scenario.reference > docs/scenario.md
	$(BIN)/python -m twin.results.reference results/README.md
	$(BIN)/python -m twin.checks.reference > docs/metrics.md

bench: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.run

clean:
	rm -rf .venv build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
