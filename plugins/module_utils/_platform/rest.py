# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store over the certificate REST of releases 14 and later.

Base `/platformcom/api/v1/certmgr/config`, HTTP Basic with the node's own OS administrator. The node
answers for itself only. One read, `GET /snapshot/server`, has every identity, CSR and trust store;
it is kept until the next write, so that a task that changes nothing costs one request.

Not in Cisco's public text, thus isolated here and confirmed by reading back: other services than
tomcat, `multi-server`, keyType `ec`, and the removal of trust certificates.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    Contents,
    CsrRequest,
    StoredCertificate,
    TrustedCertificate,
    trust_store_of,
    unknown_service,
)

if TYPE_CHECKING:
    from requests import Response

BASE = "/platformcom/api/v1/certmgr/config"
ROLES = (
    "privilege level 1 as OS administrator of this node (set account name, privilege 1);"
    " an application user of Unified CM is another account"
)
_HEADERS = {"Accept": "application/json"}
#: How many messages of one refusal are told.
_MOST_MESSAGES = 10


class RestCertificateStore:
    """`CertificateStore` over REST; see there for what the methods promise."""

    csr_is_fixed = False
    transcript = None

    def __init__(self, session: HttpSession) -> None:
        self._session = session
        self._snapshot: dict[str, Any] | None = None

    def services(self) -> list[str]:
        return sorted({str(item["service"]) for item in self._identities()})

    def identity(self, service: str) -> str | None:
        items = self._of_service(service)
        return next((text for item in items if (text := _pem_text(item.get("certificate")))), None)

    def pending_csr(self, service: str) -> str | None:
        items = self._of_service(service)
        if any("csr" in item for item in items):
            return next((text for item in items if (text := _pem_text(item.get("csr")))), None)
        return self._pending_csr_alone(service)

    def pending_csrs(self) -> dict[str, str]:
        found = {str(item["service"]): _pem_text(item.get("csr")) for item in self._identities()}
        return {service: text for service, text in sorted(found.items()) if text}

    def trust(self, service: str | None = None) -> list[TrustedCertificate]:
        entries = []
        for store in _objects(self._read_snapshot().get("trusts")):
            name = str(store.get("service", "")).removesuffix("-trust")
            for item in _items(store.get("certificate_data")):
                text = _pem_text(item.get("certificate"))
                if text:
                    entries.append(TrustedCertificate(name, item.get("filename"), text))
        if service is None:
            return entries
        wanted = trust_store_of(service)
        stores = {entry.service for entry in entries}
        if wanted not in stores:
            # An empty store may not be listed; a service that has an identity has a store.
            self._known(wanted, stores | set(self.services()))
        return [entry for entry in entries if entry.service == wanted]

    def contents(self) -> Contents:
        snapshot = self._read_snapshot()
        identities = [_stored(item, item.get("service")) for item in _objects(snapshot.get("identities"))]
        trust = [
            _stored(item, store.get("service"))
            for store in _objects(snapshot.get("trusts"))
            for item in _items(store.get("certificate_data"))
        ]
        return Contents(tuple(identities), tuple(trust))

    def check_csr(self, request: CsrRequest) -> None:
        """Everything can be asked for; whether the release can do it is the node's to say."""

    def generate_csr(self, request: CsrRequest) -> str:
        body: dict[str, Any] = {
            "service": request.service,
            "distribution": request.distribution,
            "commonName": request.common_name,
            "keyType": request.key_type,
            "keyLength": request.key_length,
            "hashAlgorithm": request.hash_algorithm,
        }
        if request.subject_alt_names:
            body["altNames"] = list(request.subject_alt_names)
        answer = self._write("POST", "/csr", f"generate CSR for {request.service}", json=body)
        text = _pem_text(answer.get("csr")) if isinstance(answer, dict) else None
        text = text or self._pending_csr_alone(request.service)
        if text is None:
            raise self._unexpected(
                f"generate CSR for {request.service}", "the node said it is done and has no CSR"
            )
        return text

    def import_trust(self, service: str, certificates: list[str], description: str | None) -> None:
        store = trust_store_of(service)
        # `service` is a list here and a string for identities.
        body: dict[str, Any] = {"service": [store], "certificates": certificates}
        if description:
            body["description"] = description
        self._write("POST", "/trust/certificates", f"upload to {store}-trust", json=body)

    def import_identity(self, service: str, certificate: str, ca_file_name: str | None = None) -> None:
        # The leaf alone: its CA has to be in the trust store before, where every user of it looks.
        body = {"service": service, "certificates": [certificate]}
        self._write("POST", "/identity/certificates", f"upload {service} certificate", json=body)

    def delete_trust(self, entry: TrustedCertificate) -> None:
        # Cisco says that certificates can be deleted and publishes neither path nor query: this is the
        # mirror of the read of one store. A node that does not take it answers with an error.
        operation = f"remove from {entry.service}-trust"
        query = {"service": entry.service, "filename": entry.file_name or ""}
        try:
            self._write("DELETE", "/trust/certificate", operation, params=query)
        except (CertificateRefused, UnsupportedByRelease) as error:
            raise CertificateRefused(
                error.what,
                host=error.host,
                operation=operation,
                remedy=f"If this node's REST cannot delete, remove {entry.file_name or 'the certificate'} in Cisco"
                " Unified OS Administration > Security > Certificate Management",
                details=error.details,
            ) from error

    def _identities(self) -> list[dict[str, Any]]:
        found = _objects(self._read_snapshot().get("identities"))
        return [item for item in found if isinstance(item.get("service"), str) and item["service"]]

    def _of_service(self, service: str) -> list[dict[str, Any]]:
        self._known(service, set(self.services()))
        return [item for item in self._identities() if item["service"] == service]

    def _known(self, service: str, services: set[str]) -> None:
        if service not in services:
            raise unknown_service(service, services, self._session.options.host)

    def _read_snapshot(self) -> dict[str, Any]:
        if self._snapshot is None:
            operation = "read certificates"
            try:
                answer = self._call("GET", "/snapshot/server", operation, repeatable=True)
            except CertificateRefused as error:
                if error.details["http_status"] == 404:
                    raise self._no_rest(operation) from error
                raise
            if not isinstance(answer, dict) or not isinstance(answer.get("identities"), list):
                raise self._unexpected(operation, "the answer has no list 'identities'")
            self._snapshot = answer
        return self._snapshot

    def _pending_csr_alone(self, service: str) -> str | None:
        """`GET /csr`, for a node whose snapshot does not carry CSRs. No CSR: 404 or an empty answer."""
        operation = f"read pending CSR of {service}"
        try:
            answer = self._call("GET", "/csr", operation, repeatable=True, params={"service": service})
        except CertificateRefused as error:
            if error.details["http_status"] == 404:
                return None
            raise
        items = _items(answer.get("csr", answer) if isinstance(answer, dict) else answer)
        return next((text for item in items if (text := _pem_text(item.get("csr")))), None)

    def _write(self, method: str, path: str, operation: str, **kwargs: Any) -> Any:
        self._snapshot = None
        return self._call(method, path, operation, repeatable=False, **kwargs)

    def _call(self, method: str, path: str, operation: str, *, repeatable: bool, **kwargs: Any) -> Any:
        """Send a request and return the parsed answer of a success."""
        try:
            response = self._session.request(
                method, BASE + path, operation=operation, repeatable=repeatable, headers=_HEADERS, **kwargs
            )
        except AuthenticationFailed as error:
            raise AuthenticationFailed(
                error.what,
                host=error.host,
                operation=operation,
                remedy="Certificates take the node's own OS administrator, not an application user; it was"
                " tried once only, since accounts lock",
            ) from error
        try:
            answer = json.loads(response.content) if response.content.strip() else None
        except ValueError as error:
            raise self._not_json(response, operation) from error
        if response.status_code in (200, 201):
            return answer
        raise self._refused(response.status_code, answer, operation)

    def _not_json(self, response: Response, operation: str) -> UnsupportedByRelease | UnexpectedAnswer:
        if response.status_code == 404:
            return self._no_rest(operation)
        kind = foreign_text(response.headers.get("Content-Type") or "no content type", limit=80)
        return self._unexpected(operation, f"the answer is not JSON (HTTP {response.status_code}, {kind})")

    def _no_rest(self, operation: str) -> UnsupportedByRelease:
        return UnsupportedByRelease(
            "this node has no certificate REST (HTTP 404); release 14 or later is needed",
            host=self._session.options.host,
            operation=operation,
            option="transport",
            remedy="Use transport: auto or cli for older releases. On release 14 or later check that port is the one"
            " of the node's web server (8443 or 443) and that the Platform Administrative Web Service runs",
        )

    def _refused(self, status: int, answer: Any, operation: str) -> CertificateRefused:
        fields = answer if isinstance(answer, dict) else {}
        given = fields.get("messages", fields.get("message"))
        messages = [str(text) for text in (given if isinstance(given, list) else [given]) if text]
        words = [foreign_text(text) for text in messages[:_MOST_MESSAGES]]
        tracking_id = fields.get("trackingId")
        return CertificateRefused(
            f"the node refused ({'; '.join(words) or 'without a reason'}, HTTP {status})",
            host=self._session.options.host,
            operation=operation,
            remedy=_remedy(status, messages),
            details={
                "http_status": status,
                "messages": words,
                "tracking_id": None if tracking_id is None else foreign_text(str(tracking_id), limit=80),
            },
        )

    def _unexpected(self, operation: str, what: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            what,
            host=self._session.options.host,
            operation=operation,
            remedy="Check that host and port name a Unified CM node, and the node's Tomcat logs",
        )


def _remedy(status: int, messages: list[str]) -> str:
    text = " ".join(messages).lower()
    if "trust" in text and "not available" in text:
        return "Upload the CA's certificates with purpose trust first, root before intermediates"
    if status == 500 or "do not match" in text or "does not exist" in text:
        # Seen in the field: HTTP 500 for a certificate that was made from an older CSR.
        return "Sign the CSR that is pending now: a newer CSR makes certificates of older ones useless"
    return "See the node's words; details are in its Cisco Certificate Manager logs"


def _pem_text(value: Any) -> str | None:
    return value if isinstance(value, str) and "-----BEGIN" in value else None


def _stored(item: dict[str, Any], service: Any) -> StoredCertificate:
    text, name = _pem_text(item.get("certificate")), item.get("filename")
    return StoredCertificate(
        service=(service if isinstance(service, str) else "").removesuffix("-trust"),
        file_name=name if isinstance(name, str) else None,
        certificate=text,
        why="" if text else "the node's answer has no certificate in this place",
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _items(value: Any) -> list[dict[str, Any]]:
    """Answers come as a list, as an object with a list inside, as one object, or as bare PEM text."""
    if isinstance(value, dict):
        return _items(value["certificates"]) if "certificates" in value else [value]
    if isinstance(value, str):
        return [{"certificate": value, "csr": value}]
    if isinstance(value, list):
        return [found for item in value for found in _items(item)]
    return []
