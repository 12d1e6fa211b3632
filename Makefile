# What one really does here; CONTRIBUTING.md says when. Each target makes .venv first where it is not there.

BENCHMARKS := startup bounds validate rate scale texts trust_faults side_by_side trust_fuzz trust_kills days
ARGS ?= -n 2

.PHONY: check test record interop bench reference

check: ## all that must pass before a commit lands, in an environment made from nothing
	.ci/run

test: .venv/made ## the tests alone; `make test ARGS="tests/test_applying.py -k surplus"` for some of them
	.venv/bin/pytest $(ARGS)

record: .venv/made ## the cassettes anew, from `assistants serve`
	.venv/bin/pytest tests/test_cassettes.py --record

interop: .venv/made ## against servers of others, which it installs
	.venv/bin/pytest tests/interop --interop

bench: $(BENCHMARKS:%=bench-%) ## every benchmark; `make bench-startup` for one, `make -k bench` to go on after one that fails

bench-%: .venv/made
	.venv/bin/python -m benchmarks.$*

reference: .venv/made ## what is made out of the code: docs/reference.md, the shapes of definitions, README's picture
	.venv/bin/python -m docs.reference
	.venv/bin/python -m docs.picture

.venv/made: pyproject.toml constraints.txt
	python3 -m venv .venv
	.venv/bin/pip install -q -c constraints.txt -e '.[dev]'
	touch $@
