# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a laboratory CA at any point of their life, on simulated nodes: nobody can wait for one to expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificates, pem
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient
from ansible_collections.ucops.cucm.tests.support.builders import Ca, key, make_csr, make_leaf
from cryptography.hazmat.primitives import serialization


def laboratory(directory: Path, passphrase: str) -> Ca:
    """The CA that the demo's playbook has made in a directory."""
    private_key = serialization.load_pem_private_key(
        (directory / "issuing.key").read_bytes(), passphrase.encode()
    )
    (issuing,) = load_certificates((directory / "issuing.pem").read_text(), source="issuing.pem")
    above = load_certificates((directory / "root.pem").read_text(), source="root.pem")
    return Ca(issuing, private_key, tuple(above))


def install(
    control: ControlClient,
    ca: Ca,
    cluster: str,
    node: str,
    *,
    left: float,
    validity: float = 47,
    names: Sequence[str] = (),
    with_key: str = "rsa2048",
    running: bool = True,
    service: str = "CallManager",
    **changes: Any,
) -> str:
    """Give a node a certificate with so many days left; it has its names as before. Returns the fingerprint."""
    installed = control.certificates(cluster, node)["installed"]
    # The simulator shows certificates of services that it does not know, and does nothing else with them.
    is_known = service in installed
    common = installed[service if is_known else "CallManager"]["common_name"]
    now = datetime.now(UTC)
    csr = make_csr(common, names=list(names), with_key=with_key)
    end = now + timedelta(days=left)
    leaf = make_leaf(csr, ca, start=end - timedelta(days=validity), end=end, **changes)
    private = key(with_key).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return control.install(
        cluster,
        node,
        service,
        pem(leaf),
        private.decode(),
        [pem(one) for one in ca.chain],
        running=running and is_known,
        shown_only=not is_known,
    )
