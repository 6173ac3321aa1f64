# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate REST on the wire: method, path, query and body, and nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.rest import ROLES, RestCertificateStore
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    CsrRequest,
    TrustedCertificate,
)
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    HOST,
    Wire,
    plug_in,
)

CONFIG = "/platformcom/api/v1/certmgr/config"
SNAPSHOT = f"GET {CONFIG}/snapshot/server"
CSR = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
REQUEST = CsrRequest(
    service="CallManager",
    distribution="this-server",
    common_name="cucm-pub.example.com",
    subject_alt_names=(),
    key_type="rsa",
    key_length=2048,
    hash_algorithm="sha256",
)


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


@pytest.fixture(name="store")
def _store(wire: Wire) -> RestCertificateStore:
    return RestCertificateStore(HttpSession(ConnectionOptions.from_params(CONNECTION), roles=ROLES))


def snapshot(*identities: dict[str, object], trusts: object = ()) -> dict[str, object]:
    return {"identities": list(identities), "trusts": list(trusts)}  # type: ignore[call-overload]


class TestReads:
    def test_one_request_answers_everything(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json(
            snapshot(
                {"service": "tomcat", "certificate": CERTIFICATE, "csr": ""},
                {"service": "CallManager", "certificate": CERTIFICATE, "csr": CSR},
                trusts=[
                    {
                        "service": "CallManager-trust",
                        "certificate_data": [{"filename": "a.pem", "certificate": CERTIFICATE}],
                    }
                ],
            )
        )
        assert store.services() == ["CallManager", "tomcat"]
        assert store.identity("CallManager") == CERTIFICATE
        assert store.pending_csr("CallManager") == CSR
        assert store.pending_csr("tomcat") is None
        assert store.pending_csrs() == {"CallManager": CSR}
        assert store.trust("CallManager") == [TrustedCertificate("CallManager", "a.pem", CERTIFICATE)]
        assert wire.requests == [SNAPSHOT]
        sent = wire.sent[0]
        assert sent.query == {}
        assert sent.body == b""
        assert sent.headers["Accept"] == "application/json"
        credentials = base64.b64encode(b"osadmin:wire-secret").decode()
        assert sent.headers["Authorization"] == f"Basic {credentials}"

    def test_contents_have_what_nobody_knows_and_what_is_no_certificate(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.json(
            snapshot(
                {"service": "Unheard-of", "certificate": CERTIFICATE},
                {"service": "TVS", "certificate": "", "csr": CSR},
                {"certificate": CERTIFICATE},
                {"service": 7, "certificate": {"a": 1}},
                trusts=[
                    {"service": "Phone-SAST-trust", "certificate_data": [{"certificate": CERTIFICATE}]},
                    {"service": "tomcat", "certificate_data": [{"filename": ["a"], "certificate": None}]},
                    {"service": "empty-trust"},
                    "no store",
                ],
            )
        )
        contents = store.contents()
        assert [(each.service, each.certificate, bool(each.why)) for each in contents.identities] == [
            ("Unheard-of", CERTIFICATE, False),
            ("TVS", None, True),
            ("", CERTIFICATE, False),
            ("", None, True),
        ]
        assert [(each.service, each.file_name, bool(each.why)) for each in contents.trust] == [
            ("Phone-SAST", None, False),
            ("tomcat", None, True),
        ]
        assert wire.requests == [SNAPSHOT]

    @pytest.mark.parametrize(
        "data",
        [
            [{"filename": "a.pem", "certificate": CERTIFICATE}],
            {"certificates": [{"filename": "a.pem", "certificate": CERTIFICATE}]},
            [CERTIFICATE],
            {"certificate": CERTIFICATE},
        ],
    )
    @pytest.mark.parametrize("name", ["CallManager", "CallManager-trust"])
    def test_every_shape_of_a_trust_store(
        self, wire: Wire, store: RestCertificateStore, data: object, name: str
    ) -> None:
        wire.json(snapshot({"service": "CallManager"}, trusts=[{"service": name, "certificate_data": data}]))
        assert [entry.certificate for entry in store.trust("CallManager")] == [CERTIFICATE]

    def test_an_ec_service_uses_the_trust_store_of_the_rsa_one(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.json(
            snapshot(
                {"service": "CallManager-ECDSA", "certificate": CERTIFICATE},
                trusts=[{"service": "CallManager", "certificate_data": [{"certificate": CERTIFICATE}]}],
            )
        )
        assert len(store.trust("CallManager-ECDSA")) == 1

    def test_an_empty_trust_store_that_is_not_listed(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json(snapshot({"service": "CallManager", "certificate": CERTIFICATE}))
        assert store.trust("CallManager") == []

    def test_a_snapshot_without_csrs_is_completed_by_the_csr_itself(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.json(snapshot({"service": "CallManager", "certificate": CERTIFICATE})).json({"csr": CSR})
        assert store.pending_csr("CallManager") == CSR
        assert wire.requests == [SNAPSHOT, f"GET {CONFIG}/csr"]
        assert wire.sent[1].query == {"service": "CallManager"}

    @pytest.mark.parametrize(
        ("status", "answer"),
        [(404, {"key": 404, "messages": ["No CSR found"]}), (200, {"csr": ""}), (200, []), (200, {})],
    )
    def test_no_pending_csr(
        self, wire: Wire, store: RestCertificateStore, status: int, answer: object
    ) -> None:
        wire.json(snapshot({"service": "CallManager", "certificate": CERTIFICATE})).json(answer, status)
        assert store.pending_csr("CallManager") is None

    def test_a_refused_read_of_the_csr_is_not_taken_for_no_csr(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.json(snapshot({"service": "CallManager", "certificate": CERTIFICATE}))
        wire.json({"key": 400, "messages": ["Invalid service"]}, 400)
        with pytest.raises(CertificateRefused, match="Invalid service"):
            store.pending_csr("CallManager")

    def test_a_misspelt_service_gets_a_suggestion(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json(snapshot({"service": "CallManager"}, {"service": "tomcat"}))
        with pytest.raises(InvalidOption, match="Did you mean 'CallManager'") as caught:
            store.identity("callmanager")
        assert caught.value.reason == "unknown_service"
        assert caught.value.option == "service"

    def test_a_lost_answer_of_a_read_is_asked_for_again(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.lost().json(snapshot({"service": "CallManager"}))
        assert store.services() == ["CallManager"]
        assert wire.requests == [SNAPSHOT] * 2


class TestWrites:
    def test_csr_with_the_minimum(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({"csr": CSR, "trackingId": "UC_1"})
        assert store.generate_csr(REQUEST) == CSR
        assert wire.requests == [f"POST {CONFIG}/csr"]
        assert wire.sent[0].headers["Content-Type"] == "application/json"
        assert wire.sent[0].json == {
            "service": "CallManager",
            "distribution": "this-server",
            "commonName": "cucm-pub.example.com",
            "keyType": "rsa",
            "keyLength": 2048,
            "hashAlgorithm": "sha256",
        }

    def test_csr_with_names(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({"csr": CSR}, 201)
        store.generate_csr(
            CsrRequest(
                "tomcat", "multi-server", "a-ms.example.com", ("b.example.com",), "rsa", 3072, "sha256"
            )
        )
        assert wire.sent[0].json["altNames"] == ["b.example.com"]
        assert wire.sent[0].json["distribution"] == "multi-server"

    def test_csr_that_the_answer_lacks_is_read(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({"messages": ["done"]}).json({"csr": CSR})
        assert store.generate_csr(REQUEST) == CSR
        assert wire.requests == [f"POST {CONFIG}/csr", f"GET {CONFIG}/csr"]

    def test_csr_that_is_nowhere(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({}).json({"csr": ""})
        with pytest.raises(UnexpectedAnswer, match="has no CSR"):
            store.generate_csr(REQUEST)

    def test_trust_has_a_list_of_services(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({}, 201)
        store.import_trust("CallManager-ECDSA", [CERTIFICATE], "Peer CA")
        assert wire.requests == [f"POST {CONFIG}/trust/certificates"]
        assert wire.sent[0].json == {
            "service": ["CallManager"],
            "certificates": [CERTIFICATE],
            "description": "Peer CA",
        }

    def test_trust_without_description(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.raw(b"", "application/json", 200)
        store.import_trust("tomcat", [CERTIFICATE, CERTIFICATE], None)
        assert wire.sent[0].json == {"service": ["tomcat"], "certificates": [CERTIFICATE, CERTIFICATE]}

    def test_identity_has_one_service_and_the_leaf_alone(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.json({}, 201)
        store.import_identity("CallManager", CERTIFICATE)
        assert wire.requests == [f"POST {CONFIG}/identity/certificates"]
        assert wire.sent[0].json == {"service": "CallManager", "certificates": [CERTIFICATE]}

    def test_removal(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({})
        store.delete_trust(TrustedCertificate("CallManager", "Old_CA_1f.pem", CERTIFICATE))
        assert wire.requests == [f"DELETE {CONFIG}/trust/certificate"]
        assert wire.sent[0].query == {"service": "CallManager", "filename": "Old_CA_1f.pem"}

    @pytest.mark.parametrize("kind", ["text/html", "application/json"])
    def test_a_node_that_cannot_remove(self, wire: Wire, store: RestCertificateStore, kind: str) -> None:
        body = b"<html></html>" if kind == "text/html" else b'{"messages": ["Method Not Allowed"]}'
        wire.raw(body, kind, 404)
        with pytest.raises(
            CertificateRefused, match=r"remove Old_CA\.pem in Cisco Unified OS Administration"
        ):
            store.delete_trust(TrustedCertificate("CallManager", "Old_CA.pem", CERTIFICATE))

    def test_what_was_read_before_a_write_is_read_again(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        wire.json(snapshot({"service": "CallManager"}))
        wire.json({}, 201)
        wire.json(snapshot({"service": "CallManager", "certificate": CERTIFICATE}))
        assert store.identity("CallManager") is None
        store.import_identity("CallManager", CERTIFICATE)
        assert store.identity("CallManager") == CERTIFICATE

    def test_a_lost_write_is_not_sent_again_by_itself(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.lost()
        with pytest.raises(AnswerLost):
            store.import_identity("CallManager", CERTIFICATE)
        assert len(wire.sent) == 1


class TestErrors:
    def test_the_words_of_the_node(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json({"key": 400, "messages": ["Invalid JSON Format", "second"], "trackingId": "UC_24"}, 400)
        with pytest.raises(CertificateRefused, match=r"Invalid JSON Format; second, HTTP 400") as caught:
            store.import_trust("CallManager", [CERTIFICATE], None)
        assert caught.value.host == HOST
        assert caught.value.details == {
            "http_status": 400,
            "messages": ["Invalid JSON Format", "second"],
            "tracking_id": "UC_24",
        }

    @pytest.mark.parametrize(
        ("status", "words", "remedy"),
        [
            (400, "CA Certificate is Not Available in the Trust-Store", "with purpose trust first"),
            (500, "Internal error", "Sign the CSR that is pending now"),
            (400, "CSR Public Key and Certificate Public Key Do Not Match", "Sign the CSR that is pending"),
        ],
    )
    def test_remedies(
        self, wire: Wire, store: RestCertificateStore, status: int, words: str, remedy: str
    ) -> None:
        wire.json({"key": status, "messages": [words]}, status)
        with pytest.raises(CertificateRefused) as caught:
            store.import_identity("CallManager", CERTIFICATE)
        assert remedy in str(caught.value.remedy)

    @pytest.mark.parametrize("answer", [{"message": "one text"}, ["odd"], "odd", None, 7])
    def test_odd_bodies_of_errors(self, wire: Wire, store: RestCertificateStore, answer: object) -> None:
        wire.json(answer, 400)
        with pytest.raises(CertificateRefused, match="HTTP 400"):
            store.import_trust("CallManager", [CERTIFICATE], None)

    def test_a_release_without_the_rest(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.raw(b"<html>The requested resource is not available.</html>", "text/html", 404)
        with pytest.raises(UnsupportedByRelease, match=r"no certificate REST .*release 14 or later"):
            store.services()

    def test_nothing_at_all_at_the_path(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.raw(b"", "text/plain", 404)
        with pytest.raises(UnsupportedByRelease, match="release 14 or later"):
            store.services()

    @pytest.mark.parametrize(
        "body",
        [
            b'{"identities": [',
            b"<html>maintenance</html>",
            b"\xff\xfe",
            b"[]",
            b"null",
            b'{"identities": {}}',
            b'"text"',
        ],
    )
    def test_broken_answers(self, wire: Wire, store: RestCertificateStore, body: bytes) -> None:
        wire.raw(body, "application/json")
        with pytest.raises(UnexpectedAnswer) as caught:
            store.services()
        assert caught.value.host == HOST

    def test_odd_items_are_passed_over(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.json(
            {
                "identities": [None, "x", {"service": "CallManager", "certificate": 5}, {"certificate": "y"}],
                "trusts": [None, {"service": "CallManager", "certificate_data": [None, {}, 3]}],
            }
        )
        assert store.services() == ["CallManager"]
        assert store.identity("CallManager") is None
        assert store.trust("CallManager") == []

    def test_the_wrong_kind_of_account(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.raw(b"", "text/html", 401)
        with pytest.raises(AuthenticationFailed, match="OS administrator, not an application user"):
            store.services()
        assert len(wire.sent) == 1

    def test_privilege_0_writes_nothing(self, wire: Wire, store: RestCertificateStore) -> None:
        wire.raw(b"", "text/html", 403)
        with pytest.raises(PermissionDenied, match="privilege level 1"):
            store.generate_csr(REQUEST)

    def test_a_busy_node_is_asked_a_bounded_number_of_times(
        self, wire: Wire, store: RestCertificateStore
    ) -> None:
        for _turn in range(3):
            wire.raw(b"", "text/html", 503)
        with pytest.raises(ServerBusy):
            store.services()

    def test_no_error_has_the_password(self, wire: Wire, store: RestCertificateStore) -> None:
        for status in (400, 401, 403, 404, 500):
            wire.json({"messages": ["no"]}, status)
            with pytest.raises(CucmError) as caught:
                store.import_identity("CallManager", CERTIFICATE)
            assert "wire-secret" not in json.dumps(caught.value.as_result())


def test_real_certificates_pass_unchanged(wire: Wire, store: RestCertificateStore) -> None:
    wire.json(made.snapshot(made.self_signed(), trust=(made.root(),)))
    assert store.identity("CallManager") == made.pem(made.self_signed())
    assert [entry.certificate for entry in store.trust("CallManager")] == [made.pem(made.root())]
