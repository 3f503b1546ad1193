# Dakghar: what a builder and a tester type. `make` alone lists the targets.

DIR ?= box
ARCH ?= x86_64
SWIFT ?= swift
RELEASE := .build/release/dakghar

.DEFAULT_GOAL := help
.PHONY: help run demo release test unit simulation interop outage crash lint format static units torture bench clean packages compliance clients fuzz soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: release ## build, make a box in DIR (default: box) if there is none, and serve
	@scripts/first-run.sh $(RELEASE) "$(DIR)"

demo: release ## two offices and a hub on this machine, with a line to cut
	@$(RELEASE) demo

release: packages
	$(SWIFT) build -c release --product dakghar

test: ## every test tier and the lint; ends with one line that counts them
	@scripts/install-packages.sh build test
	@scripts/test.sh unit lint simulation interop outage crash

unit: packages ## the fast tests, without processes or network
	@scripts/test.sh unit

simulation: packages ## whole deployments in one process, a minute of fresh seeds
	@scripts/test.sh simulation

interop: ## real XMPP clients against real boxes
	@scripts/install-packages.sh build test
	@scripts/test.sh interop

outage: ## cut lines in network namespaces (as root)
	@scripts/install-packages.sh build test
	@scripts/test.sh outage

crash: ## killed processes, copied disks, full disks
	@scripts/install-packages.sh build test
	@scripts/test.sh crash

torture: ## the long versions of all tests; adds the outcome to docs/torture.md
	@scripts/install-packages.sh build test
	@scripts/torture.sh

fuzz: ## the fuzzers, a minute each (FUZZ_SECONDS); docs/fuzzing.md
	@scripts/install-packages.sh build test
	@FUZZ_PROGRAMS="core edges" scripts/fuzz.sh all $${FUZZ_SECONDS:-60} || [ $$? -eq 77 ]

soak: ## traffic, cuts and kills for an hour (MINUTES); nothing may grow (as root)
	@scripts/install-packages.sh build test
	@$(SWIFT) build
	@scripts/soak.sh $${MINUTES:-60}

bench: release ## measure speed, processor time and memory
	@scripts/install-packages.sh test bench
	@scripts/bench.sh $(RELEASE)

compliance: release ## what XEP-0479 asks for, beside Prosody and ejabberd
	@scripts/install-packages.sh test bench
	@DAKGHAR=$(RELEASE) "$$(scripts/python-venv.sh)" Benchmarks/compliance.py $(ARGS)

clients: ## Dino on a screen of its own, as root; DAKGHAR_PICTURES=DIR keeps pictures
	@scripts/install-packages.sh build test clients
	@scripts/test.sh clients

lint: ## formatting, imports, length of files
	@scripts/lint.sh

format: ## put the sources into the agreed format
	swift format -i --parallel --configuration .swift-format -r Package.swift $(wildcard Sources Tests)

static: ## one fully static executable (ARCH=x86_64 or arm64; arm64 is cross-built, as root)
ifneq ($(filter arm64 aarch64,$(ARCH)),)
	@scripts/install-packages.sh build static cross
else
	@scripts/install-packages.sh build static
endif
	@scripts/build-static.sh $(ARCH)

arm64-check: ## run the arm64 executable under qemu: init, run, logins, messages
	@scripts/install-packages.sh test cross
	@scripts/check-arm64.sh

units: ## check the systemd units and the strength of their sandbox
	@scripts/check-units.sh

clean: ## remove what was built; boxes stay
	rm -rf .build .build-fuzz .build-arm64 .build-static .build-static-libs .build-results .build-venv

packages:
	@scripts/install-packages.sh build
