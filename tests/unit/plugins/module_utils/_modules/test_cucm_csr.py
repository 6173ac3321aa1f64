# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_csr: three ways to need no new CSR, what is asked for otherwise, and lost answers."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificate_need import (
    Wanted as Request,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificate_need import (
    typed_name,
    why_not_installed,
    why_not_pending,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_csr import DEFINITION, run
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    HOST,
    Wire,
    plug_in,
)
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

CONFIG = "/platformcom/api/v1/certmgr/config"
READ = f"GET {CONFIG}/snapshot/server"
GENERATE = f"POST {CONFIG}/csr"

#: A release that can do without client authentication.
SU5 = "15.0.1.15900-1"


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def ask(context: Context | None = None, **options: Any) -> dict[str, Any]:
    params = {
        **CONNECTION,
        "transport": "auto",
        "service": "CallManager",
        "distribution": "this-server",
        "common_name": None,
        "subject_alt_names": None,
        "key_type": None,
        "key_length": None,
        "hash_algorithm": None,
        "renew_before": 30,
        "issuer": None,
        "force": False,
        "dest": None,
        "require_client_auth": "auto",
        "end_versions": [],
        **options,
    }
    return run(params, context or Context())


def codes(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(reason["about"], reason["reason"]) for reason in result["reasons"]]


class TestInstalled:
    def test_a_certificate_of_a_ca_needs_no_csr(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.certificate()))
        result = ask()
        assert wire.requests == [READ]
        assert (result["changed"], result["status"], result["csr"], result["csr_details"]) == (
            False,
            "installed",
            None,
            None,
        )
        assert result["certificate"]["subject"]["CN"] == "cucm-pub.example.com"
        assert result["reasons"] == []
        assert result["diff"]["before"] == result["diff"]["after"]
        assert "Cisco CallManager" in result["restart_services"]

    @pytest.mark.parametrize(
        ("options", "status"),
        [
            ({}, "generated"),
            ({"end_versions": [SU5, SU5]}, "installed"),
            ({"end_versions": [SU5, ""]}, "generated"),
            ({"require_client_auth": "always", "end_versions": [SU5, SU5]}, "generated"),
            ({"require_client_auth": "never"}, "installed"),
        ],
    )
    def test_a_certificate_without_client_authentication(
        self, wire: Wire, options: dict[str, Any], status: str
    ) -> None:
        wire.json(made.snapshot(made.certificate(purposes=made.BOTH[:1])))
        result = ask(Context(check_mode=True), **options)
        assert (result["status"] == "installed") is (status == "installed")
        told = [reason["reason"] for reason in result["reasons"] if reason["about"] == "installed"]
        assert told == ([] if status == "installed" else ["extended_key_usage_missing"])

    def test_all_that_is_asked_for_is_there(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.certificate(names=("A.example.com", "192.0.2.1"))))
        result = ask(
            common_name="CUCM-PUB.example.com",
            subject_alt_names=["192.0.2.1", "DNS:a.EXAMPLE.com"],
            key_type="rsa",
            key_length=2048,
            issuer=made.pem(made.root()),
            renew_before=300,
        )
        assert result["status"] == "installed"

    def test_a_certificate_below_an_intermediate_comes_from_the_root(self, wire: Wire) -> None:
        leaf = made.certificate(issuer="Example Issuing CA")
        wire.json(made.snapshot(leaf, trust=(made.intermediate(), made.root())))
        assert ask(issuer=made.pem(made.root()))["status"] == "installed"

    def test_the_issuer_may_be_a_file(self, wire: Wire, tmp_path: Path) -> None:
        path = tmp_path / "ca.pem"
        path.write_text(made.pem(made.root()))
        wire.json(made.snapshot(made.certificate()))
        assert ask(issuer=str(path))["status"] == "installed"


def wanted(**changes: Any) -> Request:
    return Request(
        **{
            "service": "CallManager",
            "distribution": "this-server",
            "common_name": None,
            "subject_alt_names": None,
            "key_type": "rsa",
            "key_length": None,
            "hash_algorithm": None,
            "renew_before": timedelta(days=30),
            **changes,
        }
    )


def test_a_dot_at_the_end_of_a_wanted_name_is_not_compared() -> None:
    assert typed_name("A.example.com.") == "DNS:a.example.com"
    assert why_not_pending(made.csr(), wanted(common_name="cucm-pub.example.com.")) == []


class TestReasons:
    @pytest.mark.parametrize(
        ("certificate", "changes", "reason"),
        [
            (None, {}, "no_certificate"),
            (made.self_signed(), {}, "self_signed"),
            (made.certificate(days=20), {}, "expires_soon"),
            (made.certificate(begins=timedelta(days=-30), days=-1), {}, "expired"),
            (made.certificate(), {"common_name": "other.example.com"}, "common_name_differs"),
            (made.certificate(), {"subject_alt_names": frozenset({"DNS:a.example.com"})}, "alt_names_differ"),
            (
                made.certificate(names=("b.example.com",)),
                {"subject_alt_names": frozenset()},
                "alt_names_differ",
            ),
            (made.certificate(), {"key_length": 4096}, "key_differs"),
            (
                made.certificate(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
                {},
                "extended_key_usage_missing",
            ),
        ],
    )
    def test_why_a_certificate_will_not_do(
        self, certificate: x509.Certificate | None, changes: dict[str, Any], reason: str
    ) -> None:
        found = why_not_installed(certificate, wanted(**changes), [], [], made.NOW)
        assert [each.reason for each in found] == [reason]
        assert all(each.about == "installed" for each in found)

    def test_another_ca(self) -> None:
        other = made.root("Other Root CA")
        found = why_not_installed(made.certificate(), wanted(), [other], [made.root()], made.NOW)
        assert [each.reason for each in found] == ["other_issuer"]

    @pytest.mark.parametrize(
        ("csr", "changes", "reasons"),
        [
            (None, {}, ["no_csr"]),
            (made.csr(), {}, []),
            (made.csr(), {"common_name": "other.example.com"}, ["common_name_differs"]),
            (made.csr(), {"key_length": 3072}, ["key_differs"]),
            (made.csr(), {"key_type": "ec"}, ["key_differs"]),
            (made.csr(), {"hash_algorithm": "sha512"}, ["hash_differs"]),
            (made.csr(key_label="weak", size=1024), {}, ["key_too_small"]),
            (made.csr(), {"subject_alt_names": frozenset({"DNS:a.example.com"})}, ["alt_names_differ"]),
            (made.csr(names=("a.example.com",)), {"subject_alt_names": frozenset({"DNS:a.example.com"})}, []),
            (
                made.csr(names=("a.example.com.",)),
                {"subject_alt_names": frozenset({"DNS:a.example.com"})},
                [],
            ),
            (
                made.csr(names=("a.example.com", "cucm-pub.example.com")),
                {"subject_alt_names": frozenset({"DNS:a.example.com"})},
                [],
            ),
            (
                made.csr(names=("a.example.com", "b.example.com")),
                {"subject_alt_names": frozenset({"DNS:a.example.com"})},
                ["alt_names_differ"],
            ),
            (
                made.csr(names=("a.example.com", "b.example.com")),
                {"subject_alt_names": frozenset({"DNS:a.example.com"}), "distribution": "multi-server"},
                [],
            ),
        ],
    )
    def test_why_a_pending_csr_will_not_do(
        self, csr: x509.CertificateSigningRequest | None, changes: dict[str, Any], reasons: list[str]
    ) -> None:
        assert [each.reason for each in why_not_pending(csr, wanted(**changes))] == reasons


class TestPending:
    def test_it_is_returned_unchanged(self, wire: Wire) -> None:
        pending = made.csr(names=("a.example.com",))
        wire.json(made.snapshot(made.self_signed(), pending=pending))
        result = ask(subject_alt_names=["a.example.com"])
        assert wire.requests == [READ]
        assert (result["changed"], result["status"]) == (False, "pending")
        assert result["csr"] == made.pem(pending)
        assert result["csr_details"]["subject_alt_names"] == ["DNS:a.example.com"]
        assert codes(result) == [("installed", "self_signed")]

    def test_a_good_certificate_goes_before_it(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.certificate(), pending=made.csr()))
        assert ask()["status"] == "installed"


class TestGenerate:
    def test_the_request_and_its_defaults(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed())).json({"csr": made.pem(made.csr())})
        result = ask()
        assert wire.requests == [READ, GENERATE]
        assert wire.sent[1].json == {
            "service": "CallManager",
            "distribution": "this-server",
            "commonName": "cucm-pub.example.com",
            "keyType": "rsa",
            "keyLength": 2048,
            "hashAlgorithm": "sha256",
        }
        assert (result["changed"], result["status"]) == (True, "generated")
        assert result["csr"] == made.pem(made.csr())
        assert codes(result) == [("installed", "self_signed"), ("pending", "no_csr")]
        assert result["diff"]["before"] == {"pending_csr": {}}
        assert result["diff"]["after"]["pending_csr"]["common_name"] == "cucm-pub.example.com"

    def test_all_options(self, wire: Wire) -> None:
        new = made.csr("a-ms.example.com", names=("b.example.com", "192.0.2.7"))
        wire.json(made.snapshot(made.self_signed(), service="tomcat")).json({"csr": made.pem(new)}, 201)
        ask(
            service="tomcat",
            distribution="multi-server",
            common_name="a-ms.example.com",
            subject_alt_names=["DNS:b.example.com", "192.0.2.7"],
            key_type="rsa",
            key_length=2048,
            hash_algorithm="sha256",
        )
        assert wire.sent[1].json == {
            "service": "tomcat",
            "distribution": "multi-server",
            "commonName": "a-ms.example.com",
            "keyType": "rsa",
            "keyLength": 2048,
            "hashAlgorithm": "sha256",
            "altNames": ["192.0.2.7", "b.example.com"],
        }

    def test_an_unfit_pending_csr_is_replaced(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed(), pending=made.csr("old.example.com", key_label="old")))
        wire.json({"csr": made.pem(made.csr())})
        result = ask(common_name="cucm-pub.example.com")
        assert ("pending", "common_name_differs") in codes(result)
        assert result["diff"]["before"]["pending_csr"]["common_name"] == "old.example.com"

    def test_force(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.certificate(), pending=made.csr(key_label="old")))
        wire.json({"csr": made.pem(made.csr())})
        result = ask(force=True)
        assert (result["changed"], result["status"]) == (True, "generated")
        assert codes(result) == [("options", "forced")]

    def test_check_mode_only_reads(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed()))
        result = ask(Context(check_mode=True))
        assert wire.requests == [READ]
        assert (result["changed"], result["status"], result["csr"]) == (True, "generated", None)
        assert result["diff"]["after"]["pending_csr"]["key_length"] == 2048

    def test_an_ec_service_gets_an_ec_key_and_its_hash(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed(), service="CallManager-ECDSA"))
        result = ask(Context(check_mode=True), service="CallManager-ECDSA")
        after = result["diff"]["after"]["pending_csr"]
        assert (after["key_type"], after["key_length"], after["hash_algorithm"]) == ("ec", 384, "sha384")

    @pytest.mark.parametrize(("length", "warned"), [(2048, False), (3072, True), (4096, True)])
    def test_large_keys_and_phones(self, wire: Wire, length: int, warned: bool) -> None:
        wire.json(made.snapshot(made.self_signed()))
        context = Context(check_mode=True)
        ask(context, key_length=length)
        assert bool(context.warnings) is warned

    def test_a_node_that_ignores_what_was_asked_for(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed())).json({"csr": made.pem(made.csr())})
        with pytest.raises(
            UnexpectedAnswer, match=r"not what was asked for.*missing: DNS:a\.example"
        ) as error:
            ask(subject_alt_names=["a.example.com"])
        assert error.value.reason == "csr_differs"

    def test_nothing_to_take_the_name_from(self, wire: Wire) -> None:
        wire.json(made.snapshot(None))
        with pytest.raises(InvalidOption, match="common_name"):
            ask()


class TestLostAnswer:
    def test_committed(self, wire: Wire) -> None:
        new = made.csr(key_label="new")
        wire.json(made.snapshot(made.self_signed(), pending=made.csr("old.example.com", key_label="old")))
        wire.lost()
        wire.json(made.snapshot(made.self_signed(), pending=new))
        result = ask(common_name="cucm-pub.example.com")
        assert wire.requests == [READ, GENERATE, READ]
        assert result["csr"] == made.pem(new)

    def test_not_committed(self, wire: Wire) -> None:
        old = made.csr("old.example.com", key_label="old")
        wire.json(made.snapshot(made.self_signed(), pending=old))
        wire.lost()
        wire.json(made.snapshot(made.self_signed(), pending=old))
        wire.json({"csr": made.pem(made.csr())})
        assert ask(common_name="cucm-pub.example.com")["csr"] == made.pem(made.csr())
        assert wire.requests == [READ, GENERATE, READ, GENERATE]

    def test_never_committed(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed()))
        for _turn in range(2):
            wire.lost().json(made.snapshot(made.self_signed()))
        with pytest.raises(AnswerLost):
            ask()
        assert wire.requests.count(GENERATE) == 2


class TestDest:
    def test_the_file(self, wire: Wire, tmp_path: Path) -> None:
        dest = tmp_path / "node.csr"
        snapshot = made.snapshot(made.self_signed(), pending=made.csr())
        wire.json(snapshot).json(snapshot).json(snapshot)
        assert ask(dest=str(dest))["changed"] is True
        assert dest.read_text() == made.pem(made.csr())
        assert stat.S_IMODE(os.stat(dest).st_mode) == 0o644
        assert ask(dest=str(dest))["changed"] is False
        dest.write_bytes(b"\xff\xfe")
        assert ask(dest=str(dest))["changed"] is True
        assert [path.name for path in tmp_path.iterdir()] == ["node.csr"]

    def test_check_mode_writes_nothing(self, wire: Wire, tmp_path: Path) -> None:
        wire.json(made.snapshot(made.self_signed(), pending=made.csr()))
        assert ask(Context(check_mode=True), dest=str(tmp_path / "node.csr"))["changed"] is True
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("dest", "why"), [("missing/node.csr", "cannot be written"), (".", "is a directory")]
    )
    def test_a_place_that_cannot_be_written(self, wire: Wire, tmp_path: Path, dest: str, why: str) -> None:
        with pytest.raises(InvalidOption, match=why) as error:
            ask(dest=str(tmp_path / dest))
        assert error.value.option == "dest"
        assert wire.sent == []


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "option"),
        [
            ({"service": "callmanager"}, "service"),
            ({"service": "CallManager", "key_type": "ec"}, "key_type"),
            ({"service": "tomcat-ECDSA", "key_type": "rsa"}, "key_type"),
            ({"key_length": 384}, "key_length"),
            ({"service": "tomcat-ECDSA", "key_length": 2048}, "key_length"),
            ({"service": "tomcat-ECDSA", "hash_algorithm": "sha256"}, "hash_algorithm"),
            ({"service": "tomcat-ECDSA", "key_length": 521, "hash_algorithm": "sha384"}, "hash_algorithm"),
            ({"renew_before": -1}, "renew_before"),
            ({"common_name": "*.example.com"}, "subject_alt_names or common_name"),
            ({"subject_alt_names": ["*.example.com"]}, "subject_alt_names or common_name"),
            ({"issuer": "/nowhere/ca.pem"}, "issuer"),
            ({"transport": "auto", "port": 0}, "port"),
        ],
    )
    def test_refused_before_anything_is_sent(self, wire: Wire, options: dict[str, Any], option: str) -> None:
        with pytest.raises(InvalidOption) as error:
            ask(**options)
        assert error.value.option == option
        assert error.value.host == HOST
        assert error.value.remedy
        assert wire.sent == []

    def test_a_broken_issuer(self, wire: Wire) -> None:
        with pytest.raises(CucmError, match="no certificate can be read from issuer") as error:
            ask(issuer="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")
        assert (error.value.host, error.value.option) == (HOST, "issuer")
        assert wire.sent == []

    def test_an_issuer_that_is_not_yet_there_in_check_mode(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed()))
        assert ask(Context(check_mode=True), issuer="/nowhere/ca.pem")["changed"] is True

    @pytest.mark.parametrize(
        "text", ["-----BEGIN CERTIFICATE REQUEST-----\nx", "-----BEGIN CERTIFICATE-----\nMII"]
    )
    def test_broken_data_of_the_node(self, wire: Wire, text: str) -> None:
        snapshot = made.snapshot(made.self_signed())
        snapshot["identities"][0]["csr" if "REQUEST" in text else "certificate"] = text
        wire.json(snapshot)
        with pytest.raises(CucmError, match="can be read from the") as error:
            ask()
        assert error.value.host == HOST
        assert "Certificate Management" in (error.value.remedy or "")

    def test_multi_server_needs_a_name(self) -> None:
        assert ["distribution", "multi-server", ["common_name"]] in DEFINITION.required_if


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("A.example.com", "DNS:a.example.com"),
        ("dns:a.example.com", "DNS:a.example.com"),
        (" 192.0.2.1 ", "IP:192.0.2.1"),
        ("IP:192.0.2.1", "IP:192.0.2.1"),
        ("2001:DB8:0::1", "IP:2001:db8::1"),
        ("IP:2001:db8::1", "IP:2001:db8::1"),
    ],
)
def test_typed_name(name: str, typed: str) -> None:
    assert typed_name(name) == typed
