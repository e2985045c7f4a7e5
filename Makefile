# Every command a contributor needs. `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup setup-lab demo demo-down test test-unit unit prop conformance sim sim-plans lab-tests lab-up lab-down bench bench-scheduler \
	bench-dataplane build run gen verify lint types arch size format check clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Three hosts, a controller and a watched directory on this machine, in about a minute
	@scripts/demo/demo up

demo-down: ## Undo all that `make demo` did
	@scripts/demo/demo down

test: setup-lab ## Everything: build, checks, unit and property tests, 10,000 simulated worlds, tests on real hosts (needs root)
	@npx tsx scripts/test-all.ts

test-unit: setup ## Unit, property and contract tests: no root, no engine, under a minute
	@npx mocha --parallel --jobs 2 --reporter dot

unit: test-unit

prop: setup ## Property tests only
	@npx mocha --no-config --node-option import=tsx --timeout 120000 $$(grep -rl --include='*.test.ts' fast-check test)

sim: setup ## Controllers in a simulated world: SEEDS=10000 for many, SEED=123 to replay one
	@SEED='$(SEED)' SEEDS='$(or $(SEEDS),1000)' FROM='$(or $(FROM),1)' npx tsx test/sim/main.ts

conformance: setup ## Tests of behaviour that Docker Swarm pins down, and their count
	@npx tsx scripts/test-all.ts conformance

sim-plans: setup ## Controllers killed, answers lost, lists old at every single call of each workload
	@npx mocha --no-config --node-option import=tsx --timeout 120000 test/sim/plans.test.ts

lab-tests: setup-lab ## Tests on real hosts only (needs root)
	@npx tsx scripts/test-all.ts lab

bench: setup-lab build ## Measure beside Docker Swarm on the same engines (needs root)
	@npx tsx bench/main.ts

bench-scheduler: setup ## Placements per second and memory for the shapes of SwarmKit's scheduler benchmark
	@npx tsx bench/scheduler.ts

bench-dataplane: setup-lab ## Latency and throughput by virtual address and published port beside the direct way (needs root)
	@trap 'DSWARM_LAB=bench test/lab/lab down' EXIT; DSWARM_LAB=bench npx tsx bench/dataplane.ts

lab-up: setup-lab ## Bring up a lab of three hosts to play with: test/lab/lab
	@test/lab/lab up 3 && test/lab/lab status

lab-down: ## Remove that lab
	@test/lab/lab down

build: setup ## Bundle dist/ for bin/dswarm
	@npm run --silent build

run: build ## Run a controller on ./manifests/demo with its state in .run/
	@bin/dswarm controller --manifests manifests/demo --state .run/state --socket .run/dswarm.sock

gen: setup ## Generate types, docs and completions from schemas/ and the error registry
	@npm run --silent gen

verify: setup ## Check that what is generated is current
	@npm run --silent verify

lint: setup ## ESLint, type-checked
	@npm run --silent lint

types: setup ## TypeScript, strict
	@npm run --silent types

arch: setup ## Import directions and purity
	@npm run --silent arch

size: setup ## File-size budget
	@npm run --silent size

format: setup ## Format all files
	@npm run --silent format

check: setup ## All checks and unit tests, nothing that needs root
	@npx tsx scripts/test-all.ts check

clean: ## Remove what builds and runs left in this folder
	@rm -rf dist coverage .run .lab

setup: ## Install the npm packages if they are missing or old
	@scripts/setup node

setup-lab:
	@scripts/setup lab
