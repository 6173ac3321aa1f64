# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, the verdict is wrong on nodes that have an RSA and an EC certificate on their SIP ports."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.support.evidence import (
    Pair,
    certificate,
    checks_of,
    failing,
)

AB = "CUCMA>CUCM10"
NODE = "cucm10-pub"
EC_NAME = "cucm10-pub-EC.example.com"
SU1, SU2, SU5 = (f"15.0.1.1{number}900-1" for number in (1, 2, 5))


def elliptic(variant: str = "") -> dict[str, Any]:
    """The certificate for CallManager-ECDSA of the node."""
    names = (f"DNS:{EC_NAME}",)
    return certificate(NODE, variant, common_name=EC_NAME, names=names, with_key=f"ec384-{NODE}{variant}")


def pair(here: str = SU2, there: str = SU2, *, shown: str = "ec", accepted: bool = True) -> Pair:
    """The node has both; probe and traces saw one of them, and captures the RSA one where TLS is older."""
    made = Pair()
    for document in made.documents.values():
        document["version"] = here if document["cluster"] == "CUCMA" else there
    rsa = copy.deepcopy(made.identity(NODE))
    made[NODE]["certificates"]["identities"].append({**rsa, **elliptic(), "service": "CallManager-ECDSA"})
    result = made.probe(NODE)
    result["tls"] = {"version": "1.3", "cipher": "TLS_AES_256_GCM_SHA384", "established": True}
    result["offers"] = [
        {"key_type": key_type, "shown": True, "preferred": key_type == "ec", "certificate": one}
        for key_type, one in (("rsa", certificate(NODE)), ("ec", elliptic()))
    ]
    result["chain"][0] = elliptic()
    for document in made.documents.values():
        for connection in document["captures"][0]["result"]["connections"]:
            if shown == "ec":
                connection.update(
                    handshake="not_visible", version="TLSv1.3", server_chain=[], client_chain=[]
                )
        if shown == "ec" and document["cluster"] == "CUCMA":
            for kind in ("connections", "calls"):
                for record in document["traces"][kind]:
                    if record["address"] == made[NODE]["host"]:
                        record["certificate"] |= {"common_name": EC_NAME, "subject": f"/CN={EC_NAME}"}
    if accepted:
        made.profile("CUCMA")["x509_subject_names"].append(EC_NAME)
    return made


def test_a_link_over_tls_1_3_that_shows_the_ec_certificate() -> None:
    report = pair().judge()
    assert failing(report) == set()
    assert report["verdict"] == "pass"
    seen = {
        check["id"]: check["seen"]
        for direction, check in checks_of(report)
        if direction == AB and check["node"] == NODE
    }
    assert EC_NAME in seen["certificate_in_trace"] and EC_NAME in seen["subject_names"]
    assert EC_NAME in seen["certificate_agreement"]


def test_the_name_of_the_ec_certificate_has_to_be_accepted_there() -> None:
    assert failing(pair(accepted=False).judge()) == {(AB, "subject_names", NODE)}


@pytest.mark.parametrize("here", [SU1, "14.0.1.12900-161"])
def test_a_link_over_tls_1_2_shows_the_rsa_certificate_whatever_a_probe_sees(here: str) -> None:
    report = pair(here, shown="rsa", accepted=False).judge()
    assert failing(report) == set()
    assert report["verdict"] == "pass"


def test_another_ec_certificate_than_the_installed_one_is_shown() -> None:
    broken = pair()
    broken.probe(NODE)["chain"][0] = elliptic("-former")
    assert (AB, "certificate_running", NODE) in failing(broken.judge())


def test_evidence_of_former_times_has_neither_version_nor_offers() -> None:
    made = pair()
    for document in made.documents.values():
        del document["version"]
    del made.probe(NODE)["offers"]
    assert failing(made.judge()) == set()


@pytest.mark.parametrize("junk", [None, 7, "x", [7], [{}], [{"key_type": 3, "certificate": []}]])
def test_offers_that_are_none_are_left_out(junk: Any) -> None:
    made = pair(SU1, shown="rsa")
    made.probe(NODE)["offers"] = junk
    made.judge()


@pytest.mark.parametrize(
    ("versions", "policy", "fails"),
    [
        ((SU5, SU5), "auto", False),
        ((SU5, SU2), "auto", True),
        ((SU5, ""), "auto", True),
        ((SU5, SU5), "always", True),
        ((SU1, SU1), "never", False),
        ((SU1, SU1), 7, True),
    ],
)
def test_client_authentication_is_needed_unless_both_ends_do_without(
    versions: tuple[str, str], policy: Any, fails: bool
) -> None:
    made = Pair()
    for document in made.documents.values():
        document["version"] = versions[document["cluster"] != "CUCMA"]
        document["expected"]["require_client_auth"] = policy
    made.install(NODE, certificate(NODE, extended=("serverAuth",)))
    assert failing(made.judge()) == ({(AB, "certificate_usage", NODE)} if fails else set())
