# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of reasons: every stable code of a problem, with its meaning and its remedy.

The page of reasons of the docs site comes from it (make pages). Where a remedy is the same whenever a reason is
reported, the code that reports it takes it from here; elsewhere the message has a more specific one. A test holds that
every reason in plugins/ has a row, and every row a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reason import Reason
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons_of_certificates import (
    CERTIFICATES,
    POLICY,
    SIGNING,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons_of_links import (
    CALLS,
    CAPTURES,
    PORTS,
    TRACES,
    TRUNKS,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons_of_tasks import INVENTORY, TASKS


@dataclass(frozen=True)
class Section:
    """A part of the catalogue, as the page has it."""

    title: str
    about: str
    reasons: Mapping[str, Reason]


CATALOGUE = (
    Section("Inventory", "Found before anything is contacted, by ``ucops.cucm.check_inventory``.", INVENTORY),
    Section("Failed tasks", "The key ``reason`` in the result of a task that failed.", TASKS),
    Section("Signing", "What a CA, or the way to it, did not do.", SIGNING),
    Section("CSRs that are not signed", "The policy before a CSR is sent to any CA.", POLICY),
    Section(
        "Certificates",
        "The judgement of certificates: before an upload, in the verdict and the audit, and to decide on a new one.",
        CERTIFICATES,
    ),
    Section("Trunks", "Checks of the configuration and of the status of trunks.", TRUNKS),
    Section("SIP ports", "What the probe of a SIP port found.", PORTS),
    Section("Calls", "What SDL traces say about calls.", CALLS),
    Section(
        "Captures",
        "What a packet capture shows, or why it does not. A TLS alert gives its own name as the reason, such as"
        " ``unknown_ca``; the message says what it means between these two nodes.",
        CAPTURES,
    ),
    Section("Traces", "Failures in SDL traces.", TRACES),
)
REASONS: Mapping[str, Reason] = {
    code: reason for section in CATALOGUE for code, reason in section.reasons.items()
}


def remedy_of(code: str, **names: object) -> str:
    """The remedy of a reason with its names filled in."""
    return REASONS[code].remedy.format(**names)


def finding_of(code: str, text: str, **names: object) -> Finding:
    """A finding with the remedy of the catalogue."""
    return Finding(code, text, remedy_of(code, **names))
