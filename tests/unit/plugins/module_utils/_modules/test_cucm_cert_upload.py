# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_cert_upload: judged before, read back after, and only what is missing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_cert_upload import (
    leaf_of,
    root_first,
    run,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import CertificateRefused
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.chains import make_chain
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
TRUST = f"POST {CONFIG}/trust/certificates"
IDENTITY = f"POST {CONFIG}/identity/certificates"
REMOVE = f"DELETE {CONFIG}/trust/certificate"


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def upload(
    purpose: str,
    *certificates: x509.Certificate,
    context: Context | None = None,
    **options: Any,
) -> dict[str, Any]:
    params = {
        **CONNECTION,
        "transport": "auto",
        "service": "CallManager",
        "purpose": purpose,
        "as_renewal": False,
        "certificate_content": "".join(map(made.pem, certificates)) or None,
        "certificate_path": None,
        "chain_content": None,
        "chain_path": None,
        "description": None,
        "state": "present",
        "require_client_auth": "auto",
        "end_versions": [],
        **options,
    }
    return run(params, context or Context())


def node(wire: Wire, *trust: x509.Certificate, identity: x509.Certificate | None = None, **more: Any) -> None:
    """The next answer is the node with this trust store."""
    wire.json(made.snapshot(identity or made.self_signed(), trust=trust, **more))


class TestTrust:
    def test_a_chain_goes_root_first_in_one_request(self, wire: Wire) -> None:
        node(wire, made.self_signed())
        wire.json({}, 201)
        node(wire, made.self_signed(), made.root(), made.intermediate())
        context = Context()
        result = upload("trust", made.intermediate(), made.root(), context=context, description="Lab CA")
        assert wire.requests == [READ, TRUST, READ]
        assert wire.sent[1].json == {
            "service": ["CallManager"],
            "certificates": [made.pem(made.root()), made.pem(made.intermediate())],
            "description": "Lab CA",
        }
        assert result["changed"] is True
        assert [item["subject"]["CN"] for item in result["certificates"]] == [
            "Example Root CA",
            "Example Issuing CA",
        ]
        assert result["uploaded_at"].endswith("Z")
        assert result["restart_services"] == ["Cisco CallManager"]
        assert result["restart_required"] is True
        assert result["replaced"] == []
        assert result["diff"]["before"] == {"certificates": []}
        assert len(result["diff"]["after"]["certificates"]) == 2
        assert context.warnings == []

    def test_what_is_there_is_not_sent(self, wire: Wire) -> None:
        node(wire, made.root(), made.intermediate())
        result = upload("trust", made.root(), made.intermediate())
        assert wire.requests == [READ]
        assert (result["changed"], result["uploaded_at"], result["restart_required"]) == (False, None, False)
        assert result["diff"]["before"] == result["diff"]["after"]

    def test_only_what_is_missing_is_sent(self, wire: Wire) -> None:
        node(wire, made.root())
        wire.json({}, 200)
        node(wire, made.root(), made.intermediate())
        upload("trust", made.root(), chain_content=made.pem(made.intermediate()))
        assert wire.sent[1].json["certificates"] == [made.pem(made.intermediate())]

    def test_files(self, wire: Wire, tmp_path: Path) -> None:
        (tmp_path / "root.pem").write_text(made.pem(made.root()).replace("\n", "\r\n"))
        (tmp_path / "chain.pem").write_text("\ufefftext\n" + made.pem(made.intermediate()))
        node(wire, made.root(), made.intermediate())
        result = upload(
            "trust",
            certificate_path=str(tmp_path / "root.pem"),
            chain_path=str(tmp_path / "chain.pem"),
        )
        assert (result["changed"], len(result["certificates"])) == (False, 2)

    def test_check_mode(self, wire: Wire) -> None:
        node(wire)
        result = upload("trust", made.root(), context=Context(check_mode=True))
        assert wire.requests == [READ]
        assert (result["changed"], result["uploaded_at"]) == (True, None)

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_an_older_certificate_of_a_common_name_is_refused_before_it_is_sent(
        self, wire: Wire, check_mode: bool
    ) -> None:
        newer = made.certificate(
            "Example Root CA", issuer=None, key_label="newer", ca=True, begins=timedelta(days=-1)
        )
        node(wire, newer)
        with pytest.raises(
            CucmError, match=r"would not take CN=Example Root CA.*it has CN=Example Root CA"
        ) as error:
            upload("trust", made.root(), context=Context(check_mode=check_mode))
        assert error.value.reason == "not_stored"
        assert {request.method for request in wire.sent} == {"GET"}

    def test_a_ca_that_its_issuer_may_not_issue_is_refused(self, wire: Wire) -> None:
        zoo = make_chain({"root": "permits other subject"})
        node(wire)
        with pytest.raises(CucmError, match="name constraints permit only C=US") as error:
            upload("trust", zoo[3], chain_content=made.pem(zoo[2]))
        assert error.value.reason == "name_constraints"
        assert {request.method for request in wire.sent} == {"GET"}

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_two_generations_cannot_both_be_kept(self, wire: Wire, check_mode: bool) -> None:
        newer = made.certificate("Example Root CA", issuer=None, key_label="newer", ca=True)
        node(wire)
        with pytest.raises(CucmError, match="cannot keep both") as error:
            upload(
                "trust",
                made.root(),
                chain_content=made.pem(newer),
                context=Context(check_mode=check_mode),
            )
        assert error.value.reason == "common_name_collision"
        assert {request.method for request in wire.sent} == {"GET"}

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_what_the_upload_displaced_is_told(self, wire: Wire, check_mode: bool) -> None:
        older = made.certificate(
            "Example Root CA", issuer=None, key_label="older", ca=True, begins=timedelta(days=-90)
        )
        node(wire, older)
        if not check_mode:
            wire.json({}, 201)
            node(wire, made.root())
        context = Context(check_mode=check_mode)
        result = upload("trust", made.root(), context=context)
        assert [item["not_before"] for item in result["replaced"]] == [
            (made.NOW - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
        ]
        assert ("would replace" if check_mode else "replaced") + " CN=Example Root CA" in context.warnings[0]

    @pytest.mark.parametrize(
        ("certificate", "reason"),
        [
            (made.certificate(), "not_a_ca"),
            (
                made.certificate(
                    "Old CA", issuer=None, key_label="old", ca=True, begins=timedelta(-9), days=-1
                ),
                "expired",
            ),
        ],
    )
    def test_judged_before(self, wire: Wire, certificate: x509.Certificate, reason: str) -> None:
        node(wire)
        with pytest.raises(CucmError) as error:
            upload("trust", certificate)
        assert error.value.reason == reason
        assert error.value.host == HOST
        assert error.value.details["findings"][0]["reason"] == reason
        assert wire.requests == [READ]

    def test_an_unreadable_entry_of_the_node_does_not_matter(self, wire: Wire) -> None:
        snapshot = made.snapshot(made.self_signed(), trust=(made.root(),))
        snapshot["trusts"][0]["certificate_data"].append(
            {
                "filename": "odd.pem",
                "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            }
        )
        wire.json(snapshot)
        context = Context()
        assert upload("trust", made.root(), context=context)["changed"] is False
        assert "odd.pem is left out" in context.warnings[0]

    def test_a_lost_answer_after_the_commit(self, wire: Wire) -> None:
        node(wire)
        wire.lost()
        node(wire, made.root())
        assert upload("trust", made.root())["changed"] is True
        assert wire.requests == [READ, TRUST, READ]

    def test_a_lost_answer_before_the_commit(self, wire: Wire) -> None:
        node(wire)
        wire.lost()
        node(wire)
        wire.json({}, 201)
        node(wire, made.root())
        assert upload("trust", made.root())["changed"] is True
        assert wire.requests == [READ, TRUST, READ, TRUST, READ]


class TestAbsent:
    def test_removal(self, wire: Wire) -> None:
        node(wire, made.self_signed(), made.root())
        wire.json({})
        node(wire, made.self_signed())
        result = upload("trust", made.root(), state="absent")
        assert wire.requests == [READ, REMOVE, READ]
        assert wire.sent[1].query == {"service": "CallManager", "filename": "1.pem"}
        assert result["changed"] is True
        assert result["restart_required"] is True
        assert result["diff"]["after"] == {"certificates": []}

    def test_nothing_there(self, wire: Wire) -> None:
        node(wire, made.self_signed())
        assert upload("trust", made.root(), state="absent")["changed"] is False
        assert wire.requests == [READ]

    def test_check_mode(self, wire: Wire) -> None:
        node(wire, made.root())
        result = upload("trust", made.root(), state="absent", context=Context(check_mode=True))
        assert result["changed"] is True
        assert wire.requests == [READ]

    def test_it_comes_back(self, wire: Wire) -> None:
        node(wire, made.root())
        wire.json({})
        node(wire, made.root())
        with pytest.raises(CertificateRefused, match="Certificate Change Notification") as error:
            upload("trust", made.root(), state="absent")
        assert error.value.reason == "not_deleted"

    def test_an_identity_cannot_be_absent(self, wire: Wire) -> None:
        with pytest.raises(InvalidOption, match="cannot be without"):
            upload("identity", made.certificate(), state="absent")
        assert wire.sent == []


class TestIdentity:
    def test_upload(self, wire: Wire) -> None:
        leaf = made.certificate()
        node(wire, made.root(), pending=made.csr())
        wire.json({}, 201)
        node(wire, made.root(), identity=leaf)
        result = upload("identity", leaf)
        assert wire.requests == [READ, IDENTITY, READ]
        assert wire.sent[1].json == {"service": "CallManager", "certificates": [made.pem(leaf)]}
        assert result["changed"] is True
        assert result["certificate"]["certificate"] == made.pem(leaf)
        assert "Cisco CallManager" in result["restart_services"]
        assert result["restart_required"] is True
        assert result["uploaded_at"] is not None
        assert result["diff"]["before"]["issuer_dn"] != result["diff"]["after"]["issuer_dn"]

    def test_the_installed_one_is_not_sent(self, wire: Wire) -> None:
        leaf = made.certificate()
        node(wire, identity=leaf)
        result = upload("identity", leaf)
        assert wire.requests == [READ]
        assert (result["changed"], result["uploaded_at"], result["restart_required"]) == (False, None, False)
        assert result["certificate"]["fingerprint_sha256"]

    def test_a_bundle_gives_its_leaf_and_its_cas_stay_here(self, wire: Wire) -> None:
        leaf = made.certificate(issuer="Example Issuing CA")
        node(wire, made.root(), made.intermediate(), pending=made.csr())
        wire.json({}, 201)
        node(wire, identity=leaf)
        upload("identity", made.root(), made.intermediate(), leaf)
        assert wire.sent[1].json["certificates"] == [made.pem(leaf)]

    @pytest.mark.parametrize("as_renewal", [True, False])
    def test_a_renewal_that_has_less_is_refused_before_it_is_sent(
        self, wire: Wire, *, as_renewal: bool
    ) -> None:
        """The installed certificate is valid for five years, and nothing says that the new one follows it."""
        node(wire, made.root(), pending=made.csr())
        if not as_renewal:
            leaf = made.certificate()
            wire.json({}, 201)
            node(wire, made.root(), identity=leaf)
            assert upload("identity", leaf)["changed"]
            return
        with pytest.raises(CucmError) as error:
            upload("identity", made.certificate(), as_renewal=True)
        assert wire.requests == [READ]
        assert "ends_no_later" in [each["reason"] for each in error.value.details["findings"]]

    @pytest.mark.parametrize("version", ["15.0.1.15900-1", "15.0.1.14900-1"])
    def test_client_authentication_is_needed_unless_both_ends_do_without(
        self, wire: Wire, version: str
    ) -> None:
        leaf = made.certificate(purposes=made.BOTH[:1])
        node(wire, made.root(), pending=made.csr())
        options = {"end_versions": ["15.0.1.15900-1", version], "context": Context(check_mode=True)}
        if version == "15.0.1.15900-1":
            assert upload("identity", leaf, **options)["changed"]
            return
        with pytest.raises(CucmError) as error:
            upload("identity", leaf, **options)
        assert error.value.reason == "extended_key_usage_missing"

    @pytest.mark.parametrize(
        ("leaf", "pending", "trust", "reason"),
        [
            (made.certificate(), None, (made.root(),), "no_pending_csr"),
            (made.certificate(), made.csr(key_label="newer"), (made.root(),), "key_differs"),
            (
                made.certificate(),
                made.csr(names=("a.example.com",)),
                (made.root(),),
                "alt_names_differ",
            ),
            (made.certificate(), made.csr(), (), "issuer_not_trusted"),
            (made.certificate(issuer="Example Issuing CA"), made.csr(), (made.root(),), "issuer_not_trusted"),
            (
                made.certificate(begins=timedelta(days=-9), days=-1),
                made.csr(),
                (made.root(),),
                "expired",
            ),
            (
                made.certificate(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
                made.csr(),
                (made.root(),),
                "extended_key_usage_missing",
            ),
            (
                made.certificate("*.example.com"),
                made.csr("*.example.com"),
                (made.root(),),
                "wildcard",
            ),
        ],
    )
    def test_judged_before(
        self,
        wire: Wire,
        leaf: x509.Certificate,
        pending: x509.CertificateSigningRequest | None,
        trust: tuple[x509.Certificate, ...],
        reason: str,
    ) -> None:
        node(wire, *trust, pending=pending)
        with pytest.raises(CucmError) as error:
            upload("identity", leaf)
        assert error.value.reason == reason
        assert error.value.option == "certificate_content or certificate_path"
        assert error.value.remedy
        assert str(error.value).startswith(f"{HOST}, upload CallManager certificate: ")
        assert wire.requests == [READ]

    def test_a_service_whose_certificates_nobody_can_judge(self, wire: Wire) -> None:
        wire.json(made.snapshot(made.self_signed(), service="CAPF", pending=made.csr()))
        with pytest.raises(InvalidOption, match="no certificate profile for the service 'CAPF'") as error:
            upload("identity", made.certificate(), service="CAPF")
        assert (error.value.host, error.value.option) == (HOST, "service")

    def test_every_finding_is_told(self, wire: Wire) -> None:
        node(wire, pending=made.csr(key_label="newer"))
        with pytest.raises(CucmError) as error:
            upload("identity", made.certificate())
        assert [finding["reason"] for finding in error.value.details["findings"]] == [
            "key_differs",
            "issuer_not_trusted",
        ]

    def test_the_nodes_refusal(self, wire: Wire) -> None:
        node(wire, made.root(), pending=made.csr())
        wire.json({"key": 500, "messages": ["Internal Server Error"]}, 500)
        with pytest.raises(CertificateRefused, match="Sign the CSR that is pending now"):
            upload("identity", made.certificate())

    def test_a_success_that_was_none(self, wire: Wire) -> None:
        node(wire, made.root(), pending=made.csr())
        wire.json({}, 201)
        node(wire, made.root(), pending=made.csr())
        with pytest.raises(CertificateRefused, match="without an error, but has") as error:
            upload("identity", made.certificate())
        assert error.value.reason == "not_installed"

    def test_a_lost_answer_after_the_commit(self, wire: Wire) -> None:
        leaf = made.certificate()
        node(wire, made.root(), pending=made.csr())
        wire.lost()
        node(wire, made.root(), identity=leaf)
        assert upload("identity", leaf)["changed"] is True
        assert wire.requests == [READ, IDENTITY, READ]

    def test_a_late_upload_that_refuses_its_repetition(self, wire: Wire) -> None:
        leaf = made.certificate()
        node(wire, made.root(), pending=made.csr())
        wire.lost()
        node(wire, made.root(), pending=made.csr())
        wire.json({"messages": ["No CSR found"]}, 400)
        node(wire, made.root(), identity=leaf)
        assert upload("identity", leaf)["changed"] is True
        assert wire.requests == [READ, IDENTITY, READ, IDENTITY, READ]

    def test_another_run_has_installed_a_certificate_for_the_key(self, wire: Wire) -> None:
        node(wire, made.root(), identity=made.certificate(days=200))
        with pytest.raises(CucmError, match="another run has installed") as error:
            upload("identity", made.certificate())
        assert error.value.reason == "installed_by_another_run"

    def test_a_lost_answer_before_the_commit(self, wire: Wire) -> None:
        leaf = made.certificate()
        node(wire, made.root(), pending=made.csr())
        wire.lost()
        node(wire, made.root(), pending=made.csr())
        wire.lost()
        node(wire, made.root(), pending=made.csr())
        with pytest.raises(AnswerLost):
            upload("identity", leaf)
        assert wire.requests.count(IDENTITY) == 2

    def test_check_mode_judges_what_can_be_judged(self, wire: Wire) -> None:
        node(wire)  # neither the CSR nor the CAs that earlier tasks would bring
        result = upload(
            "identity",
            made.certificate(),
            chain_content=made.pem(made.root()),
            context=Context(check_mode=True),
        )
        assert result["changed"] is True
        assert wire.requests == [READ]

    def test_check_mode_still_refuses_an_expired_one(self, wire: Wire) -> None:
        node(wire)
        with pytest.raises(CucmError, match="expired"):
            upload(
                "identity",
                made.certificate(begins=timedelta(days=-9), days=-1),
                chain_content=made.pem(made.root()),
                context=Context(check_mode=True),
            )


class TestNothingGiven:
    @pytest.mark.parametrize("content", [None, "", " \n"])
    @pytest.mark.parametrize("purpose", ["trust", "identity"])
    def test_it_is_an_error(self, wire: Wire, content: str | None, purpose: str) -> None:
        with pytest.raises(InvalidOption, match="no certificate to work with"):
            upload(purpose, certificate_content=content)
        assert wire.sent == []

    @pytest.mark.parametrize("options", [{}, {"certificate_path": "/nowhere/node.pem"}])
    @pytest.mark.parametrize("purpose", ["trust", "identity"])
    def test_but_not_in_check_mode(self, wire: Wire, options: dict[str, Any], purpose: str) -> None:
        result = upload(purpose, context=Context(check_mode=True), **options)
        assert (result["changed"], result["certificate"], result["uploaded_at"]) == (True, None, None)
        assert wire.sent == []

    def test_a_missing_file(self, wire: Wire) -> None:
        with pytest.raises(InvalidOption, match=r"/nowhere/node\.pem cannot be read") as error:
            upload("identity", certificate_path="/nowhere/node.pem")
        assert error.value.option == "certificate_path"

    def test_something_else_than_a_certificate(self, wire: Wire) -> None:
        with pytest.raises(CucmError, match="it holds CERTIFICATE REQUEST") as error:
            upload("identity", certificate_content=made.pem(made.csr()))
        assert (error.value.host, error.value.option) == (HOST, "certificate_content")
        assert wire.sent == []

    @pytest.mark.parametrize("name", ["certificate", "chain"])
    @pytest.mark.parametrize(
        "text", ["hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
    )
    def test_what_cannot_be_read(self, wire: Wire, tmp_path: Path, name: str, text: str) -> None:
        file = tmp_path / "broken.pem"
        file.write_text(text)
        for option, value in ((f"{name}_content", text), (f"{name}_path", str(file))):
            given = {"certificate_content": made.pem(made.certificate()), option: value}
            if option == "certificate_path":
                del given["certificate_content"]
            with pytest.raises(CucmError, match="no certificate can be read from") as error:
                upload("identity", **given)
            assert error.value.reason == "certificate_unreadable"
            assert (error.value.host, error.value.option) == (HOST, option)
            # Nobody is asked for PEM who gave PEM.
            assert ("Give it as PEM" in (error.value.remedy or "")) == ("BEGIN" not in text)
            assert wire.sent == []

    @pytest.mark.parametrize("what", ["certificate", "csr"])
    def test_what_the_node_has_and_nobody_can_read(self, wire: Wire, what: str) -> None:
        snapshot = made.snapshot(made.self_signed(), pending=made.csr(), trust=(made.root(),))
        snapshot["identities"][0][what] = "-----BEGIN CERTIFICATE-----\nMII"
        wire.json(snapshot)
        with pytest.raises(CucmError, match=r"can be read from the .*CallManager") as error:
            upload("identity", made.certificate())
        assert error.value.host == HOST
        assert "Certificate Management" in (error.value.remedy or "")
        assert wire.requests == [READ]


def test_root_first() -> None:
    leaf = made.certificate(issuer="Example Issuing CA")
    mixed = [leaf, made.intermediate(), made.root(), made.intermediate()]
    assert root_first(mixed) == [made.root(), made.intermediate(), leaf]


def test_leaf_of() -> None:
    leaf = made.certificate()
    assert leaf_of([made.root(), leaf]) == leaf
    assert leaf_of([leaf, made.root()]) == leaf
    assert leaf_of([made.root(), made.intermediate()]) == made.root()
