# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make demo         two simulated clusters, paired and proven
# make demo-guide   Cisco's configuration example, replayed with releases 9.1(2) and 10.5(2)
# make demo-peer    a simulated cluster and a real Kamailio, joined and proven
# make demo-renew   a certificate about to expire is found, renewed, restarted by evidence and proven
# make rehearse I=FILE  check, pair, restart and verify on simulated clusters with the names of an inventory
# make test         every gate
# make test-quick   for every save: lint, types, the unit tests of what changed, two targets
# make test-all     every gate, and what takes long: every fault, every interruption, more examples, all releases
# make test-matrix  pairs of all supported releases, each with each
# make release      check what a release needs, and build its archive
# make ee           build the execution environment and run the playbooks inside, with podman
# make GATE         one gate, for example: make units, make sanity (make help lists them)

SHELL := /bin/bash
.DEFAULT_GOAL := help

GATES := schemas sanity lint docs build mypy kerberos changelog oldest_sanity units integration oldest
LONG := long matrix newest
# Shape (ring, hub or mesh), clusters, and nodes of each.
FLEET ?= ring:200:2
NOX := .venv/bin/nox --non-interactive

# An interpreter of .venv whose imports find this checkout as ansible_collections.ucops.cucm.
IN_TREE := PATH="$(CURDIR)/.venv/bin:$$PATH" PYTHONPATH="$(CURDIR)/.venv/tree" \
	ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/.venv/tree"

.PHONY: help setup demo demo-guide demo-peer demo-renew test test-quick test-all test-matrix long quick newest \
	benchmark format variables requirements benchmark-fleet release rehearse changelog_release core ee \
	clean $(GATES)

help:
	@sed -n '/^# make/s/^# //p' Makefile
	@echo "gates:        $(GATES)"
	@echo "also:         benchmark, benchmark-fleet (FLEET=ring:20:2), format, variables (what follows from their list), requirements (pin again), release, clean, changelog_release, core"

setup:
	@tools/setup

demo: setup
	@$(IN_TREE) tools/demo

demo-guide: setup
	@$(IN_TREE) tools/demo guide

demo-peer: setup
	@tools/system-packages
	@$(IN_TREE) tools/demo peer

demo-renew: setup
	@$(IN_TREE) tools/demo renew

rehearse: setup
	@$(IN_TREE) python extensions/rehearsal/rehearse.py --inventory "$(I)" $(ARGUMENTS)

test: setup
	@tools/system-packages
	@.venv/bin/python tools/gates.py $(GATES)

test-quick: setup
	@.venv/bin/python tools/gates.py lint mypy quick

test-all: setup
	@tools/system-packages
	@.venv/bin/python tools/gates.py $(GATES) $(LONG)

test-matrix: setup
	@$(NOX) --sessions matrix

$(GATES) long newest quick benchmark format: setup
	@$(NOX) --sessions $@

benchmark-fleet: setup
	@CUCM_FLEET=$(FLEET) CUCM_SIMULATOR_KEYS="$(CURDIR)/.cache/simulator-keys" $(NOX) --sessions benchmark -- -k fleet

variables: setup
	@$(IN_TREE) python tools/variables.py
	@$(IN_TREE) python tools/peer_pages.py

requirements: setup
	@for name in dev:3.12 oldest:3.11 importer:3.12 openbao:3.12 kerberos:3.12 ee:3.12; do \
		.venv/bin/uv pip compile --quiet --universal --upgrade --python-version "$${name#*:}" \
			--custom-compile-command "make requirements" \
			--output-file "requirements/$${name%:*}.txt" "requirements/$${name%:*}.in" || exit 1; \
	done

# One version of ansible-core on one Python, for CI: make core CORE=2.20 PYTHON_OF_CORE=3.13
core: setup
	@$(NOX) --sessions core -- "$(CORE)" "$(PYTHON_OF_CORE)"

# Writes CHANGELOG.md and changelogs/changelog.yaml from the fragments.
changelog_release: setup
	@$(IN_TREE) antsibull-changelog release --update-existing --reload-plugins --refresh-plugins

# Checks what a release needs and leaves the archive in dist. Nothing is published, tagged or written elsewhere.
release: setup
	@$(IN_TREE) python tools/release.py $(if $(TAG),--tag "$(TAG)")

ee: setup
	@$(IN_TREE) PATH="$$PATH:/usr/sbin" python tools/ee.py

clean:
	rm -rf .venv .venv-* .cache .nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .ansible dist
