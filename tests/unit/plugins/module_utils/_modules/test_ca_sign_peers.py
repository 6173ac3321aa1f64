# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_sign with a CSR that the administrator of another SIP peer brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import PEER_KINDS
from ansible_collections.ucops.cucm.plugins.module_utils._modules import ca_sign
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import PEER_PROFILES
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    extended_key_usage,
    key_usage,
    load_certificate,
    pem,
)
from ansible_collections.ucops.cucm.tests.support.builders import execute, make_ca, make_csr, openssl

NAME = "cube1.example.com"


def sign(directory: Path, **params: Any) -> dict[str, Any]:
    local = make_ca("Example Root CA").write(directory)
    options = {"local": local, "allowed_names": [NAME], **params}
    return execute(ca_sign.DEFINITION, options)[0]


def test_every_kind_of_peer_has_a_profile_for_both_types_of_keys() -> None:
    kinds = [kind.name for kind in PEER_KINDS.values() if kind.is_external]
    assert set(PEER_PROFILES) == {f"{kind}{suffix}" for kind in kinds for suffix in ("", "-ECDSA")}


def test_a_request_as_a_router_makes_it_becomes_a_certificate_for_both_roles(tmp_path: Path) -> None:
    """With the name of the host as an unstructured name, and no extension at all."""
    path = tmp_path / "cube1.csr"
    openssl(
        *("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-out", path),
        *("-subj", f"/unstructuredName={NAME}/CN={NAME}"),
    )
    result = sign(tmp_path, csr_path=str(path), service="cube")
    assert result["status"] == "issued", result
    certificate = load_certificate(result["certificate"], source="result")
    assert set(extended_key_usage(certificate) or ()) == {"serverAuth", "clientAuth"}
    assert set(key_usage(certificate) or ()) == {"digitalSignature", "keyEncipherment"}


@pytest.mark.parametrize("kind", [kind.name for kind in PEER_KINDS.values() if kind.is_external])
@pytest.mark.parametrize(("suffix", "with_key"), [("", "rsa2048"), ("-ECDSA", "ec256")])
def test_each_kind_with_each_type_of_key(tmp_path: Path, kind: str, suffix: str, with_key: str) -> None:
    csr = make_csr(NAME, names=[f"DNS:{NAME}"], with_key=with_key)
    result = sign(tmp_path, csr_content=pem(csr), service=f"{kind}{suffix}")
    assert result["status"] == "issued", result
    other = "" if suffix else "-ECDSA"
    refused = sign(tmp_path, csr_content=pem(csr), service=f"{kind}{other}")
    assert "needs" in refused["msg"]


def test_a_request_for_the_name_of_a_node_is_not_signed(tmp_path: Path) -> None:
    csr = pem(make_csr("cucma-pub.example.com"))
    assert sign(tmp_path, csr_content=csr, service="kamailio")["reason"] == "csr_name_not_allowed"
    anyone = sign(tmp_path, csr_content=csr, service="kamailio", allowed_names=[])
    assert anyone["reason"] == "invalid_option"
    assert "Option: allowed_names" in anyone["msg"]


def test_a_request_for_a_server_alone_is_not_enough_for_a_trunk(tmp_path: Path) -> None:
    csr = pem(make_csr(NAME, extended=["serverAuth"]))
    result = sign(tmp_path, csr_content=csr, service="expressway")
    assert result["reason"] == "csr_lacks_extended_key_usage"
    # X15.5 has a certificate for each role.
    assert (
        sign(
            tmp_path,
            csr_content=csr,
            service="expressway",
            required_extended_key_usages=["serverAuth"],
        )["status"]
        == "issued"
    )
