# Everything here works on a fresh clone with git, make, Python 3.11 and either a `pulumi` on PATH,
# or a network that reaches get.pulumi.com or a Go module proxy. What it makes is in .cache/.
#
#   make up [STACK=dev]        build an environment in the local sandbox
#   make up SANDBOX=off ...    the same with your own backend and accounts; Pulumi asks first
#   make up ARGS="--diff"      ARGS go to pulumi
#   make up PROJECT=examples/billing-api    another project of this checkout

STACK   ?= dev
PROJECT ?= .
SANDBOX ?= on
ARGS    ?=
SPEED   ?=
REPORT  ?=
NAME    ?=
SPOKE   ?=
RELEASE ?=
CLASS   ?=
REGIONS ?=
REGION  ?=
YES     ?=
JSON    ?=
HTML    ?=
REFRESH ?=
WATCH   ?=
# With SANDBOX=off, `make up` and `make preview` create a missing stack when this is set.
SECRETS_PROVIDER ?=
# Tests at once in `make test`: a number, or one more than there are cores.
WORKERS ?= auto
PYTHON  ?= $(shell command -v python3.11 || command -v python3)

VENV    := .cache/venv/bin
RUN     := $(VENV)/python -m tools.run
BOX     := $(VENV)/python -m sandbox
BOX_DIR := .cache/sandbox
# One lock file for every Python from 3.11 on (--universal). Renovate repeats the command that uv
# writes into the file's first lines, and accepts only some options, with `=`.
LOCK    := $(VENV)/uv pip compile --quiet --generate-hashes --universal --python-version=3.11

export SANDBOX PROJECT SECRETS_PROVIDER
export UV_CACHE_DIR = $(CURDIR)/.cache/uv
# The clouds' packages are installed uncompiled: with this set, as images of Python like to have
# it, every program would compile them again, and everything would take twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up preview refresh destroy gateway status reach topology rehearse readiness isolate restore example new-stack addresses schema shell \
        sandbox sandbox-state sandbox-reset sandbox-stop \
        check format test coverage bench mutants parity lock clean distclean venv

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: venv ## create or change an environment
	@$(RUN) up $(STACK) -- $(ARGS)

preview: venv ## show what `make up` would change, and what the policies say (REPORT=page.html)
	@$(RUN) preview $(STACK) $(if $(REPORT),--report $(REPORT)) -- $(ARGS)

refresh: venv ## read what is there, and take it into the state
	@$(RUN) refresh $(STACK) -- $(ARGS)

destroy: venv ## delete everything in an environment
	@$(RUN) destroy $(STACK) -- $(ARGS)

gateway: venv ## run the gateways of an environment in the sandbox, and print where to curl
	@$(VENV)/python -m tools.gateway $(STACK)

status: venv ## what an environment is like now (WATCH=10: again and again, JSON=1, HTML=page.html)
	@$(VENV)/python -m tools.status $(STACK) $(if $(WATCH),--watch $(WATCH)) $(if $(JSON),--json) $(if $(HTML),--html $(HTML))

reach: venv ## show what the gateways reach (FROM=aws-us-east-2 TO=10.65.32.10:443: one walk)
	@$(VENV)/python -m tools.reach $(STACK) $(if $(FROM),--from "$(FROM)") $(if $(TO),--to "$(TO)")

topology: venv ## draw the network of an environment (FORMAT=svg|dot|json, OUT=file)
	@$(VENV)/python -m tools.topology $(STACK) $(if $(FORMAT),--format $(FORMAT)) $(if $(OUT),--out $(OUT))

rehearse: venv ## preview, up, no-op check, reachability, destroy, in a sandbox of its own
	@$(VENV)/python -m tools.rehearse $(STACK) $(if $(REPORT),--report $(REPORT)) $(if $(SPEED),--speed $(SPEED)) $(if $(SETTINGS),--settings $(SETTINGS)) $(if $(FIRST),--first $(FIRST))

readiness: venv ## check an environment against Kong's production-readiness list (JSON=1, REPORT=page.html)
	@$(VENV)/python -m tools.readiness $(STACK) $(if $(JSON),--json) $(if $(REPORT),--report $(REPORT)) $(if $(filter off,$(REFRESH)),--no-refresh) $(ARGS)

isolate: venv ## cut a region off from your networks and its clients (REGION=aws-us-east-2, YES=1: do not ask)
	@$(VENV)/python -m tools.isolate $(STACK) "$(REGION)" $(if $(YES),--yes)

restore: venv ## take an isolated region back (REGION=aws-us-east-2, YES=1: do not ask)
	@$(VENV)/python -m tools.isolate $(STACK) "$(REGION)" --undo $(if $(YES),--yes)

example: venv ## the gateway, and another team's API on it (examples/billing-api)
	@PROJECT=. $(RUN) up $(STACK)
	@PROJECT=examples/billing-api $(RUN) up $(STACK)

new-stack: venv ## write stacks/Pulumi.$(NAME).yaml (NAME=qa, CLASS=staging, REGIONS=aws/us-east-2,...)
	@$(VENV)/python -m tools.new_stack "$(NAME)" $(if $(CLASS),--class $(CLASS)) $(if $(REGIONS),--regions $(REGIONS))

addresses: venv ## write stacks/$(STACK).addresses.yaml (SPOKE=aws-us-east-2/shop, RELEASE=aws-us-east-2)
	@$(VENV)/python -m tools.addresses $(STACK) $(if $(SPOKE),--spoke $(SPOKE)) $(if $(RELEASE),--release $(RELEASE)) $(ARGS)

schema: venv ## write stacks/settings.schema.json, which editors check stack files by
	@$(VENV)/python -m stacks.schema --write

shell: venv ## print exports for plain pulumi commands: eval "$(make -s shell)"
	@$(RUN) shell $(STACK)

sandbox: venv ## start the sandbox (SPEED=600: seconds of provisioning per second)
	@$(RUN) sandbox $(if $(SPEED),--speed $(SPEED))

sandbox-state: venv ## show what the sandbox has built
	@$(BOX) state --state-dir $(BOX_DIR)

sandbox-reset: venv ## empty the sandbox
	@$(BOX) reset --state-dir $(BOX_DIR)

sandbox-stop: venv ## stop the sandbox; its state stays
	@$(RUN) sandbox-stop

check: venv ## lint, format, types, import directions
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/mypy
	$(VENV)/lint-imports --cache-dir .cache/import-linter

format: venv ## rewrite the code as `make check` wants it
	$(VENV)/ruff check --fix
	$(VENV)/ruff format

test: venv ## run all tests side by side (ARGS='-m "not engine"': without the engine)
	$(VENV)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=10 $(ARGS)

coverage: ## run all tests, slower, and print the lines that no test reaches
	@$(MAKE) test ARGS='--cov --cov-report=term-missing:skip-covered $(ARGS)'

bench: venv ## measure the budgets: speed, Konnect calls, memory (ARGS=--quick for the short way)
	@$(VENV)/python -m tools.bench $(ARGS)

mutants: venv ## change the code in small ways; count what the tests notice (ARGS="--seed 2 --most 50")
	@$(VENV)/python -m tools.mutants $(ARGS)

parity: venv ## print how much of the Terraform provider is here (ARGS=--write for docs/parity.md)
	@$(VENV)/python -m tools.parity $(ARGS)

lock: venv ## write requirements*.txt: exact versions with hashes (ARGS=--upgrade for newer ones)
	$(LOCK) $(ARGS) --output-file=requirements.txt requirements.in
	$(LOCK) $(ARGS) --output-file=requirements-dev.txt requirements-dev.in

clean: ## stop the sandbox; forget its state, its stacks and what the tools cached
	@if [ -f $(BOX_DIR)/endpoint.json ]; then $(RUN) sandbox-stop; fi
	rm -rf .cache/bench .cache/mutants .cache/rehearsal .cache/sandbox .cache/stacks .cache/state .cache/uv
	rm -rf .hypothesis .cache/coverage .cache/import-linter .cache/mypy .cache/pytest .cache/ruff

distclean: clean ## also delete the virtual environment and the engine
	rm -rf .cache

venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/it"; exit 1; }
	@$(PYTHON) -I tools/bootstrap.py
