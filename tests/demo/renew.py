# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo of a renewal: a certificate about to expire is found, renewed, restarted by evidence and proven.

Run by `make demo-renew`, on the simulated clusters of `make demo`. The exit status is 0 only when the audit found the
certificate and no longer does, the playbook renewed that one alone, its SIP port shows the new one, calls go through
with it, and the same run once more has nothing to do.
"""

from __future__ import annotations

import json
import secrets
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.demo.__main__ import (
    CALLS,
    LINKS,
    PLAYBOOK,
    Stage,
    ending,
    in_directory,
)
from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, laboratory_ca, write_inventory
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process
from ansible_collections.ucops.cucm.tests.support.aging import install, laboratory

CLUSTER, NODE, SERVICE = "CUCMA", "cucma-pub", "CallManager"
VALIDITY, LEFT = 47, 9
RESTART = ("-e", "cucm_certificate_restart_services=true")
WIDTH = 100


@dataclass(frozen=True)
class Story:
    """What the demo collected: the audits before and after, the outcomes of both runs, certificates, calls."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    renewed: Mapping[str, Any]
    again: Mapping[str, Any]
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    made: Sequence[Mapping[str, Any]]
    calls: Sequence[Mapping[str, Any]]
    restarted: Sequence[str]
    verdict: str
    nodes: int

    def findings(self, audit: Mapping[str, Any]) -> list[str]:
        """What an audit says of the certificate that is about to expire."""
        old = self.old["fingerprint"]
        return [
            f"{each['severity']}: {each['text']}"
            for each in audit["findings"]
            if each["fingerprint_sha256"] == old and each["severity"] == "critical"
        ]


def outcome(stage: Stage) -> tuple[dict[str, Any], list[str]]:
    """What the last run handed on to its scheduler, and which services it restarted."""
    assert stage.results is not None
    results = [json.loads(line) for line in stage.results.read_text(encoding="utf-8").splitlines()]
    stats = [each["result"]["ansible_stats"] for each in results if "ansible_stats" in each["result"]]
    found = [each["data"].get("cucm_outcome") for each in stats]
    restarted = [
        service
        for each in results
        if each["action"] == "ucops.cucm.cucm_certificate_activate"
        for service in each["result"].get("restarted", ())
    ]
    return [one for one in found if one][-1], restarted


def not_shown(story: Story) -> list[str]:
    """What the demo promises and did not show; empty when all is well."""
    shown = {
        "the audit did not find the certificate": bool(story.findings(story.before)),
        "the audit still finds it": not story.findings(story.after),
        f"the state of the run was {story.renewed['state']}": story.renewed["state"] == "renewed",
        "another node was renewed": story.renewed["renewal"]["renewed"]["first"] == [NODE],
        "something was done on another node": {each["node"] for each in story.made} == {NODE},
        "the node has the old certificate": story.old["fingerprint"] != story.new["fingerprint"],
        f"the state of the second run was {story.again['state']}": story.again["state"] == "nothing_to_do",
        f"the verdict is {story.verdict}": story.verdict == "pass",
        "nothing was restarted": bool(story.restarted),
        "a call failed": len(story.calls) == len(CALLS) and all(call["connected"] for call in story.calls),
        "no call used the new certificate": story.new["fingerprint"]
        in {
            call[f"{side}_certificate"]["fingerprint"]
            for call in story.calls
            if call["connected"]
            for side in ("client", "server")
        },
    }
    return [words for words, is_right in shown.items() if not is_right]


def page(story: Story) -> str:
    """One page for a manager, for a terminal of 100 columns."""
    lines = [
        "",
        "=" * WIDTH,
        "A certificate about to expire, renewed without anybody at the keyboard",
        "=" * WIDTH,
    ]
    for title, text in _parts(story):
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=f"{title:<11}", subsequent_indent=" " * 11, break_on_hyphens=False
        )
    return "\n".join([*lines, ""])


def _parts(story: Story) -> Iterator[tuple[str, str]]:
    others, urgent = story.nodes - 1, " ".join(story.findings(story.before))
    found = f"The audit of {story.nodes} nodes found one certificate that needs somebody. {urgent}"
    renewed = (
        f"{NODE} got a new certificate from {story.new['issuer']}. It ends at {story.new['not_after']}, the old one at"
        f" {story.old['not_after']}. Names, key length and client authentication were compared before it was installed."
        f" The other {others} nodes were left alone."
    )
    restarted = (
        f"{', then '.join(story.restarted)} on {NODE}, until its SIP port showed the new certificate. Nothing else."
        " Restarts are off unless they are allowed."
    )
    connected = sum(bool(call["connected"]) for call in story.calls)
    left = " ".join(story.findings(story.after))
    audit = f"still finds: {left}" if left else "finds nothing urgent any more."
    proven = (
        f"The verdict on the trunks is {story.verdict}. {connected} of {len(story.calls)} test calls went through, over"
        f" TLS with the new certificate. The audit {audit}"
    )
    yield "Found", found
    yield "Renewed", renewed
    yield "Restarted", restarted
    yield "Proven", proven
    yield "Next night", f"The same run once more: {story.again['state'].replace('_', ' ')}."


def audit_of(stage: Stage) -> dict[str, Any]:
    stage.playbook("ucops.cucm.audit_certificates")
    report: dict[str, Any] = json.loads(
        (stage.directory / "audit" / "audit.json").read_text(encoding="utf-8")
    )
    return report


def renew(stage: Stage) -> tuple[dict[str, Any], list[str]]:
    assert stage.results is not None
    stage.results.write_text("", encoding="utf-8")
    stage.playbook("ucops.cucm.renew_certificates", *RESTART)
    return outcome(stage)


def demonstrate(directory: Path) -> int:
    """Run the demo in a directory of its own; the exit status."""
    stage = Stage(directory, directory / "results.jsonl")
    passphrase = secrets.token_urlsafe(24)
    with simulator_process() as ready:
        control = ControlClient(ready["control"])
        ca = laboratory_ca(directory / "ca", passphrase)
        ca["cucm_certificate_sign_options"]["validity_days"] = VALIDITY
        settings = {
            **ca,
            "cucm_options_ping": True,
            "cucm_verify_directory": str(directory / "proof"),
            "cucm_audit_directory": str(directory / "audit"),
            # One node is due, and not by chance on another night.
            "cucm_renew_jitter": "0",
        }
        write_inventory(directory / "inventory.yml", inventory(ready["clusters"], LINKS, settings))
        stage.playbook("ucops.cucm.demo.prepare")
        stage.playbook(PLAYBOOK, *RESTART)
        install(
            control, laboratory(directory / "ca", passphrase), CLUSTER, NODE, left=LEFT, validity=VALIDITY
        )
        print(f"\nTime passes: the certificate of {NODE}, for {VALIDITY} days, has {LEFT} days left.")
        old = control.certificates(CLUSTER, NODE)["installed"][SERVICE]
        before = audit_of(stage)
        first = len(control.journal())
        renewed, restarted = renew(stage)
        made = control.journal()[first:]
        after = audit_of(stage)
        verdict = json.loads((directory / "proof" / "report.json").read_text(encoding="utf-8"))["verdict"]
        calls = [control.call(*call) for call in CALLS]
        again, _restarted = renew(stage)
        story = Story(
            before=before,
            after=after,
            renewed=renewed,
            again=again,
            old=old,
            new=control.certificates(CLUSTER, NODE)["running"][SERVICE],
            made=made,
            calls=calls,
            restarted=restarted,
            verdict=verdict,
            nodes=sum(len(cluster["nodes"]) for cluster in ready["clusters"].values()),
        )
    print(page(story))
    return ending(not_shown(story))


def main() -> int:
    return in_directory(demonstrate, "audit/audit.html and proof/report.html", about=__doc__)


if __name__ == "__main__":
    sys.exit(main())
