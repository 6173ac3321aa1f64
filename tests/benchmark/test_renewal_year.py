# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A year of nightly runs over four nodes with certificates of 47 days: every expiry is met, and restarts are counted.

What renew_certificates does in a night, by its own functions in this process: the policy, and the modules against the
simulator, whose clock is moved by a day after each night. To save time, nodes are read and probed again on nights in
which something is due by what was read last, and once a week. One cluster shows a new certificate after a restart of
HAProxy, as the Security Guide has it, the other after one of CallManager, as the Technical Assistance Center has it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.renewal_plan import renewal_plan
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    ca_sign,
    cucm_cert_info,
    cucm_cert_upload,
    cucm_certificate_activate,
    cucm_csr,
    cucm_node_info,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import Ca, execute, make_ca
from ansible_collections.ucops.cucm.tests.support.laboratory import (
    CALLS,
    A,
    B,
    Laboratory,
    laboratory_of,
    two_clusters,
)
from ansible_collections.ucops.cucm.tests.support.moved_time import MovedTime, moved_time
from ansible_collections.ucops.cucm.tests.support.runner import connection

pytestmark = pytest.mark.timeout(3600)

NIGHTS, VALIDITY = 365, 47
DAY = 24 * 3600.0
APPLICATION = {"username": "administrator", "password": "administrator-secret"}
PLATFORM = {"username": "osadmin", "password": "osadmin-secret"}


@dataclass
class Year:
    """The nights, and what came of them."""

    laboratory: Laboratory
    time: MovedTime
    ca: Ca
    directory: Path
    validity: int = VALIDITY
    largest: int = 2
    #: Restarts by service and cluster, renewals by node, why certificates were refused.
    restarts: Counter[tuple[str, str]] = field(default_factory=Counter)
    renewals: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    #: Nights on which a node showed a certificate that had expired.
    expired: dict[str, list[int]] = field(default_factory=dict)
    fewest_days: float = 1e9
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    most_in_a_night: int = 0

    @property
    def nodes(self) -> dict[str, tuple[str, dict[str, Any]]]:
        return {
            node: (cluster, facts)
            for cluster, each in self.laboratory.clusters.items()
            for node, facts in each["nodes"].items()
        }

    def run(self, node: str, definition: ModuleDefinition, account: dict[str, str], **options: Any) -> Any:
        result, _warnings = execute(definition, {**connection(self.nodes[node][1], account), **options})
        return result

    def read(self) -> dict[str, dict[str, Any]]:
        """The variables of every node, as the preflight of a run leaves them; a node that is down has no state."""
        hostvars: dict[str, dict[str, Any]] = {}
        for node, (cluster, _facts) in self.nodes.items():
            found = self.run(
                node, cucm_cert_info.DEFINITION, PLATFORM, service="CallManager", kind=["identity"]
            )
            info = self.run(node, cucm_node_info.DEFINITION, APPLICATION) if not found.get("failed") else {}
            hostvars[node] = {"cucm_cluster": cluster}
            if not found.get("failed"):
                identity = found["identities"][0]
                hostvars[node]["cucm_preflight_state"] = {
                    "identity": identity,
                    "identities": [identity],
                    "clock": info["clock"],
                }
        return hostvars

    def plan(self) -> dict[str, Any]:
        """What is due by what was read last."""
        return renewal_plan(list(self.known), self.known, before="33%", jitter="50%", largest=self.largest)

    def night(self, number: int, *, read: bool = False) -> dict[str, Any]:
        """One run of renew_certificates, with restarts allowed."""
        if not read and number % 7 and not self.plan()["renew"]:
            self._look(number)
            return self.plan()
        hostvars = self.known = self.read()
        plan = self.plan()
        if plan["problem"]:
            self.problems.append(plan["problem"])
            return plan
        renewed = [node for node in plan["renew"] if self._renew(node, plan["nodes"][node]["renew_before"])]
        self.most_in_a_night = max(self.most_in_a_night, len(renewed))
        # Every node is asked what it shows, also those that are not due.
        for node, variables in hostvars.items():
            if "cucm_preflight_state" in variables:
                self._activate(node)
        if renewed:
            self.known = self.read()
        self._look(number)
        return plan

    def _renew(self, node: str, renew_before: int) -> bool:
        csr = self.run(
            node,
            cucm_csr.DEFINITION,
            PLATFORM,
            renew_before=renew_before,
            issuer=pem(self.laboratory.ca.certificate),
        )
        assert csr["csr"], csr
        signed, _warnings = execute(
            ca_sign.DEFINITION,
            {
                "csr_content": csr["csr"],
                "backend": "local",
                "local": self.ca.write(self.directory),
                "validity_days": self.validity,
                "remaining_days": 1,
            },
        )
        assert not signed.get("failed"), signed
        uploaded = self.run(
            node,
            cucm_cert_upload.DEFINITION,
            PLATFORM,
            purpose="identity",
            certificate_content=signed["certificate"],
            as_renewal=True,
        )
        if uploaded.get("failed"):
            self.refusals[uploaded["reason"]] += 1
            return False
        self.renewals[node] += 1
        return True

    def _activate(self, node: str) -> None:
        found = self.run(node, cucm_cert_info.DEFINITION, PLATFORM, service="CallManager", kind=["identity"])
        params = {name: spec.get("default") for name, spec in cucm_certificate_activate.ARGUMENT_SPEC.items()}
        cluster, facts = self.nodes[node]
        given = {
            **connection(facts, APPLICATION),
            "identities": found["identities"],
            "sip_port": facts["sip_port"],
        }
        result = cucm_certificate_activate.activate({**params, **given}, Context(), self.time.clock())
        self.restarts.update((cluster, service) for service in result["restarted"])

    def _look(self, number: int) -> None:
        """What every node shows at the end of the night, by the simulator and not by the product."""
        for node, (cluster, _facts) in self.nodes.items():
            shown = self.laboratory.site.control.certificates(cluster, node)["running"]["CallManager"]
            end = datetime.fromisoformat(shown["not_after"])
            left = (end - self.time.now()) / timedelta(days=1)
            if left <= 0:
                self.expired.setdefault(node, []).append(number)
            else:
                self.fewest_days = min(self.fewest_days, left)

    def sleep(self) -> None:
        """Until the next night."""
        self.time.advance(DAY)

    def assert_calls_connect(self) -> None:
        for cluster, calling, called in CALLS:
            call = self.laboratory.site.control.call(cluster, calling, called)
            assert call["connected"], call


@contextmanager
def year_of(directory: Path) -> Iterator[Year]:
    topology = two_clusters()
    clusters = [replace(each, haproxy_takes_identity=each.name == A) for each in topology.clusters]
    with laboratory_of(directory, replace(topology, clusters=tuple(clusters)), [(A, B)]) as laboratory:
        for cluster in laboratory.clusters:
            for node in laboratory.nodes(cluster):
                start = datetime.now().astimezone() - timedelta(hours=1)
                laboratory.install(cluster, node, start=start, end=start + timedelta(days=VALIDITY))
        with moved_time(laboratory.site.control) as time_:
            yield Year(laboratory, time_, laboratory.ca, directory)


def summary(year: Year, seconds: float, nights: int) -> str:
    expired = {node: len(found) for node, found in year.expired.items()}
    lines = [
        f"{nights} nights, 4 nodes, certificates of {VALIDITY} days: {seconds:.0f} s",
        f"  renewals: {sum(year.renewals.values())} ({dict(year.renewals)}), at most {year.most_in_a_night} a night",
        f"  fewest days that a shown certificate had left: {year.fewest_days:.1f}",
        f"  nights with an expired certificate: {expired}",
        f"  refused uploads: {dict(year.refusals)}; runs that stopped: {len(year.problems)}",
    ]
    lines += [
        f"  restarts in {cluster}: {count} x {service}"
        for (cluster, service), count in sorted(year.restarts.items())
    ]
    return "\n".join(lines)


def test_a_year_of_nights(tmp_path: Path) -> None:
    """Nothing goes wrong: no certificate ends, and each renewal costs the least restart that its cluster needs."""
    began = time.monotonic()
    with year_of(tmp_path) as year:
        for number in range(NIGHTS):
            year.night(number)
            if number % 60 == 59:
                year.assert_calls_connect()
            year.sleep()
    print("\n" + summary(year, time.monotonic() - began, NIGHTS))
    assert year.expired == {}
    assert year.fewest_days > 3
    # The window begins 15.5 days before the end and is 7.8 days wide: 31 to 39 days between two renewals.
    assert all(9 <= year.renewals[node] <= 12 for node in year.nodes), year.renewals
    by_cluster = {
        cluster: sum(year.renewals[node] for node in year.laboratory.nodes(cluster)) for cluster in (A, B)
    }
    assert year.restarts == {
        (A, "Cisco HAProxy"): by_cluster[A],
        (B, "Cisco HAProxy"): by_cluster[B],
        (B, "Cisco CallManager"): by_cluster[B],
    }


def test_half_a_year_in_which_much_goes_wrong(tmp_path: Path) -> None:
    """A node down for a month, a CA that issues for less, one that changes its chain, clocks that are wrong."""
    began, nights = time.monotonic(), 180
    with year_of(tmp_path) as year:
        control = year.laboratory.site.control
        down = year.laboratory.nodes(A)[1]
        other = make_ca("Example Root CA 2", with_key="rsa2048-second")
        before_return = 0
        for number in range(nights):
            if number == 20:
                control.inject(kind="unreachable", node=down, count=None)
            if number == 52:
                control.heal()
                before_return = year.renewals[down]
            # A CA that issues for less than asked, for two months.
            year.validity = 20 if 60 <= number < 120 else VALIDITY
            # A CA with another chain, which nobody trusts for a week.
            if number == 130:
                year.ca = other
            if number == 137:
                for node in year.nodes:
                    trusted = year.run(
                        node,
                        cucm_cert_upload.DEFINITION,
                        PLATFORM,
                        purpose="trust",
                        certificate_content=pem(other.certificate),
                    )
                    assert not trusted.get("failed"), trusted
                    cluster = year.nodes[node][0]
                    control.control(cluster, node, "Cisco CallManager", "Restart")
                year.time.advance(5)
            # The clock of this machine is wrong by half a year, for one night.
            year.time.go_wrong(180 * DAY if number == 150 else 0)
            plan = year.night(number, read=number in (52, 150))
            if number == 150:
                assert plan["renew"] == []
                assert "ahead of those of 4 of 4 nodes" in plan["problem"]
            if number == 52:
                # It comes back with a certificate that has ended, and is the first to be renewed.
                assert plan["renew"][0] == down
                assert year.renewals[down] == before_return + 1
            year.sleep()
        year.time.go_wrong(0)
        year.assert_calls_connect()
    print("\n" + summary(year, time.monotonic() - began, nights))
    # Only the node that was down, and only while it was.
    assert set(year.expired) <= {down}
    assert all(20 <= number < 52 for number in year.expired.get(down, ()))
    assert set(year.refusals) <= {"issuer_not_trusted"}
    assert len(year.problems) == 1
