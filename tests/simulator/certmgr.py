# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate REST service of a node, `/platformcom/api/v1/certmgr/config` (release 14 and later)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.tests.simulator import http, pki
from ansible_collections.ucops.cucm.tests.simulator.certificates import (
    PURPOSES,
    TRUST_STORES,
    CertificateRefused,
    Purpose,
    RequestOptions,
    TrustStore,
)
from ansible_collections.ucops.cucm.tests.simulator.http import Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.journal import Mutation
from cryptography import x509

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

PREFIX = "/platformcom/api/v1/certmgr/config"
REALM = "CMPlatform Realm"
FIRST_RELEASE = 14

_REQUEST_KEYS: Mapping[str, type] = {
    "service": str,
    "distribution": str,
    "commonName": str,
    "keyType": str,
    "keyLength": int,
    "hashAlgorithm": str,
    "altNames": list,
}


class BadRequest(Exception):
    """The request's JSON, keys or values are wrong; `status` is 400 or 404."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class CertmgrDoor:
    """The certificate REST service of one node."""

    name = "certmgr"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._routes: Mapping[tuple[str, str], tuple[str, Callable[[Request], Reply]]] = {
            ("POST", "/csr"): ("generate-csr", self._generate_request),
            ("GET", "/csr"): ("read-csr", self._read_request),
            ("POST", "/trust/certificates"): ("upload-trust", self._upload_trust),
            ("GET", "/trust/certificate"): ("read-trust", self._read_trust),
            ("DELETE", "/trust/certificate"): ("delete-trust", self._delete_trust),
            ("POST", "/identity/certificates"): ("upload-identity", self._upload_identity),
            ("GET", "/identity/certificate"): ("read-identity", self._read_identity),
            ("GET", "/snapshot/server"): ("snapshot", self._snapshot),
        }

    def serves(self, path: str) -> bool:
        """Whether the path is below certmgr/config."""
        return path.startswith(PREFIX + "/")

    def operation(self, request: Request) -> str:
        """Such as generate-csr, upload-trust, snapshot."""
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        return route[0] if route else "unknown"

    def answer(self, request: Request) -> Reply:
        """Check release and account, then carry the request out."""
        if self._node.cluster.topology.major < FIRST_RELEASE:
            return http.not_found()
        account = http.account_of(request, self._node.topology.administrators)
        if account is None:
            return http.unauthorized(REALM)
        if request.method != "GET" and account.privilege < 1:
            return http.forbidden()
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return _error(404, "Resource not found")
        try:
            return route[1](request)
        except (BadRequest, CertificateRefused) as refusal:
            return _error(refusal.status, str(refusal))

    # Signing requests

    def _generate_request(self, request: Request) -> Reply:
        body = _json_object(request)
        for key, value in body.items():
            kind = _REQUEST_KEYS.get(key)
            if kind is None:
                raise BadRequest(f"Unknown field: {key}")
            if not isinstance(value, kind) or isinstance(value, bool):
                raise BadRequest(f"Invalid value for field: {key}")
        purpose = _purpose(body.get("service"))
        names = body.get("altNames", [])
        if not all(isinstance(name, str) and name for name in names):
            raise BadRequest("Invalid value for field: altNames")
        options = RequestOptions(
            common_name=body.get("commonName"),
            distribution=body.get("distribution", "this-server"),
            key_type=body.get("keyType"),
            key_length=body.get("keyLength"),
            hash_algorithm=body.get("hashAlgorithm", "sha256"),
            alt_names=tuple(names),
        )
        pending = self._node.cluster.certificates.generate_request(self._node.name, purpose, options)
        self._record("generate-csr", purpose.name, {"subject": pending.request.subject.rfc4514_string()})
        return _json(200, {"csr": pki.pem(pending.request), "trackingId": _tracking_id()})

    def _read_request(self, request: Request) -> Reply:
        purpose = _purpose(request.query.get("service"))
        pending = self._node.certificates.pending.get(purpose.name)
        if pending is None:
            raise BadRequest(f"No CSR found for {purpose.name}", status=404)
        return _json(200, {"csr": pki.pem(pending.request), "trackingId": _tracking_id()})

    # Trust stores

    def _upload_trust(self, request: Request) -> Reply:
        body = _json_object(request)
        stores = body.get("service")
        if not isinstance(stores, list) or not stores:
            raise BadRequest("Invalid value for field: service")
        for store in stores:
            _trust_store(store)
        certificates = _certificates(body)
        outcome = self._node.cluster.certificates.upload_trust(self._node.name, stores, certificates)
        self._record("upload-trust", ", ".join(stores), {"certificates": outcome})
        return _json(201, {"messages": ["Certificate uploaded"], "trackingId": _tracking_id()})

    def _read_trust(self, request: Request) -> Reply:
        store = _trust_store(request.query.get("service"))
        found = [
            {"filename": TrustStore.file_name(certificate), "certificate": pki.pem(certificate)}
            for certificate in self._node.certificates.read_trust(store)
        ]
        # Both shapes are met in the wild, so each of the two releases answers with one of them.
        return _json(200, found if self._node.cluster.topology.major < 15 else {"certificates": found})

    def _delete_trust(self, request: Request) -> Reply:
        store = _trust_store(request.query.get("service"))
        wanted = request.query.get("filename")
        for certificate in self._node.certificates.trust[store].certificates():
            if TrustStore.file_name(certificate) == wanted:
                self._node.cluster.certificates.delete_trust(store, certificate)
                self._record("delete-trust", store, {"fingerprint": pki.fingerprint(certificate)})
                return _json(200, {"messages": ["Certificate deleted"], "trackingId": _tracking_id()})
        raise BadRequest(f"No certificate {wanted} in {store}-trust", status=404)

    # Identities

    def _upload_identity(self, request: Request) -> Reply:
        body = _json_object(request)
        purpose = _purpose(body.get("service"))
        leaf = _certificates(body)[0]
        nodes = self._node.cluster.certificates.upload_identity(self._node.name, purpose, leaf)
        self._record("upload-identity", purpose.name, {"fingerprint": pki.fingerprint(leaf), "nodes": nodes})
        return _json(201, {"messages": ["Certificate uploaded"], "trackingId": _tracking_id()})

    def _read_identity(self, request: Request) -> Reply:
        purpose = _purpose(request.query.get("service"))
        identity = self._node.certificates.installed[purpose.name]
        return _json(200, [{"service": purpose.name, "certificate": pki.pem(identity.certificate)}])

    # Everything

    def _snapshot(self, _request: Request) -> Reply:
        own = self._node.certificates
        identities = []
        for name, identity in own.installed.items():
            item = {"service": name, "certificate": pki.pem(identity.certificate)}
            if name in own.pending:
                item["csr"] = pki.pem(own.pending[name].request)
            identities.append(item)
        identities += [
            {"service": name, "certificate": pki.pem(certificate)}
            for name, certificate in own.further.items()
        ]
        suffix = "-trust" if self._node.cluster.topology.major < 15 else ""
        trusts = [
            {
                "service": store + suffix,
                "certificate_data": [
                    {"filename": TrustStore.file_name(certificate), "certificate": pki.pem(certificate)}
                    for certificate in own.read_trust(store)
                ],
            }
            for store in TRUST_STORES
        ]
        return _json(
            200,
            {
                "trackingId": _tracking_id(),
                "server": self._node.fqdn,
                "identities": identities,
                "trusts": trusts,
                "revokedCertificates": [],
            },
        )

    def _record(self, operation: str, subject: str, details: Mapping[str, Any]) -> None:
        self._node.record(Mutation("certmgr", operation, subject, details))


def _purpose(name: Any) -> Purpose:
    if not isinstance(name, str) or name not in PURPOSES:
        raise BadRequest(f"Invalid service: {name}")
    return PURPOSES[name]


def _trust_store(name: Any) -> str:
    if not isinstance(name, str) or name not in TRUST_STORES:
        raise BadRequest(f"Invalid service: {name}")
    return name


def _json_object(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise BadRequest("Unsupported Content-Type", status=400)
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadRequest("Invalid JSON Format") from error
    if not isinstance(body, dict):
        raise BadRequest("Invalid JSON Format")
    return body


def _certificates(body: Mapping[str, Any]) -> list[x509.Certificate]:
    """The PEM certificates of an upload, one in each item."""
    items = body.get("certificates")
    if not isinstance(items, list) or not items:
        raise BadRequest("Invalid value for field: certificates")
    certificates = []
    for item in items:
        try:
            found = x509.load_pem_x509_certificates(item.encode("ascii"))
        except (AttributeError, ValueError) as error:
            raise BadRequest("Certificate is not in PEM format") from error
        if len(found) != 1:
            raise BadRequest("Only one certificate is allowed in each item")
        certificates += found
    return certificates


def _tracking_id() -> str:
    return f"UC_{uuid.uuid4()}"


def _json(status: int, body: Any) -> Reply:
    return Reply(status, json.dumps(body).encode("utf-8"), "application/json")


def _error(status: int, message: str) -> Reply:
    return _json(status, {"key": status, "messages": [message], "trackingId": _tracking_id()})
