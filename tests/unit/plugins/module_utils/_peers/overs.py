# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-overs for the tests, as the options of the module cucm_peer_sheet."""

from __future__ import annotations

from functools import cache
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._flows.hand_over import hand_over_files, hand_over_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import Ca, make_ca

KINDS = ("cube", "expressway", "unity_connection", "kamailio", "generic")
RELEASES = {
    "cube": "17.12.4",
    "expressway": "X15.5",
    "unity_connection": "14",
    "kamailio": "5.6.3",
    "generic": "",
}


@cache
def authorities() -> tuple[Ca, Ca]:
    """An issuing CA and its root."""
    root = make_ca("Example Root CA")
    return make_ca("Example Issuing CA", issuer=root, with_key="rsa2048-issuing"), root


def params(kind: str = "cube", **peer: Any) -> dict[str, Any]:
    """Options for a cluster of two nodes and a peer of one; `peer` changes the peer's."""
    return {
        "directory": "hand_over",
        "cluster": "CUCMA",
        "nodes": [
            {"name": name, "address": f"{name}.example.com", "port": 5061, "names": [f"{name}.example.com"]}
            for name in ("cucma-pub", "cucma-sub")
        ],
        "numbers": ["1XXX", "\\+4930[2-5]X"],
        "ca_certificate_paths": [],
        "ca_certificate_texts": ["".join(pem(each.certificate) for each in authorities())],
        "peer": {
            "name": "HQ",
            "kind": kind,
            "release": RELEASES[kind],
            "nodes": [
                {
                    "name": "peer1",
                    "address": "192.0.2.10",
                    "port": 5061,
                    "names": ["peer1.example.com"],
                    "client_names": [],
                }
            ],
            "numbers": ["9XXX"],
            "ca_certificate_paths": [],
            "ca_certificate_texts": [],
            "settings": {},
            "configuration": {},
            **peer,
        },
    }


def files(kind: str = "cube", **peer: Any) -> dict[str, str]:
    """The files of that hand-over."""
    return hand_over_files(hand_over_of(params(kind, **peer)))
