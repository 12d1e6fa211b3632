# What one really does here; CONTRIBUTING.md says when. Each target makes .venv first where it is not there.

BENCHMARKS := startup bounds validate rate scale texts trust_faults side_by_side trust_fuzz trust_kills days
ARGS ?= -n 2

.PHONY: check test laws core dead mutation record interop findings bench reference package workflows audit constraints image stranger

check: ## all that must pass before a commit lands, in an environment made from nothing
	.ci/run

test: .venv/made ## the tests alone; `make test ARGS="tests/test_applying.py -k surplus"` for some of them
	.venv/bin/pytest $(ARGS)

laws: .venv/made ## the laws, each with many more made-up examples than at a commit, and others each time
	.venv/bin/pytest -n 2 -q -m hypothesis --thorough

core: .venv/made ## whether the tests go over every branch of what is pure
	.venv/bin/pip install -q -c constraints.txt -e '.[dev,mutation]'
	.venv/bin/coverage run -m pytest -q -n 0
	.venv/bin/coverage report

dead: .venv/made ## what nobody uses, but for what libraries call by its name
	.venv/bin/python -m benchmarks.dead

mutation: .venv/made ## whether tests notice faults made on purpose in the canonical form, differences, guards and masks
	.venv/bin/pip install -q -c constraints.txt -e '.[dev,mutation]'
	.venv/bin/python -m benchmarks.mutation

record: .venv/made ## the cassettes anew, from `assistants serve`
	.venv/bin/pytest tests/test_cassettes.py --record

interop: .venv/made ## against servers of others, which it installs
	.venv/bin/pytest tests/interop --interop

findings: $(patsubst findings/%.sh,finding-%,$(wildcard findings/*.sh)) ## libraries of others, seen again; `make -k findings` to go on after one that fails

finding-%:
	findings/$*.sh

bench: $(BENCHMARKS:%=bench-%) ## every benchmark; `make bench-startup` for one, `make -k bench` to go on after one that fails

bench-%: .venv/made
	.venv/bin/python -m benchmarks.$*

reference: .venv/made ## what is made out of the code: docs/reference.md, the shapes of definitions, README's picture
	.venv/bin/python -m docs.reference
	.venv/bin/python -m docs.picture

package: .venv-tools/made ## sdist and wheel, each installed into an environment made from nothing and tried, by pip, pipx and uvx
	.ci/package

workflows: .venv/made .venv-tools/made ## zizmor, actionlint and hadolint over workflows, action, what `init --ci` writes, Dockerfile
	.ci/workflows

stranger: .venv-tools/made ## README's commands in a fresh clone with an empty HOME, and the linters over what `init --ci` wrote there
	.ci/stranger

audit: .venv-tools/made ## is a version that is installed known to be vulnerable? Asks a service on the network
	.venv-tools/bin/pip-audit --disable-pip --no-deps --requirement constraints.txt
	.venv-tools/bin/pip-audit --disable-pip --no-deps --requirement .ci/tools.txt

constraints: .venv-tools/made ## constraints.txt and .ci/tools.txt anew, with the newest versions; then the tests
	.ci/constraints
	$(MAKE) test

image: ## the image of the Dockerfile, where Docker is, and its first words
	docker build --tag assistants-tool .
	docker run --rm --network none assistants-tool --version

.venv-tools/made: .ci/tools.in .ci/tools.txt
	python3 -m venv .venv-tools
	.venv-tools/bin/pip install -q -c .ci/tools.txt -r .ci/tools.in
	touch $@

.venv/made: pyproject.toml constraints.txt
	python3 -m venv .venv
	.venv/bin/pip install -q -c constraints.txt -e '.[dev]'
	touch $@
