# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate audit writes down of a node, and reads again.

A document has the certificates as they are and what was known of the node; all that is said of a certificate is
judged from its PEM when the documents of a site are joined. A node that could not be read has a document too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import without_secrets
from ansible_collections.ucops.cucm.plugins.module_utils._pki.pool import Pool
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import CertificateUnreadable, pem
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import Contents, StoredCertificate

FORMAT = "ucops.cucm.certificate-audit/1"
#: A document has some hundreds of certificates of two thousand bytes.
LARGEST_DOCUMENT = 64 * 1024 * 1024


class DocumentUnreadable(CucmError):
    """A file is no document of the certificate audit."""

    reason = "document_unreadable"


@dataclass(frozen=True)
class Entry:
    """A place on a node. Without a fingerprint, `why` says why the certificate in it is not known."""

    service: str
    file_name: str
    fingerprint: str
    why: str


@dataclass(frozen=True)
class Trunk:
    """A SIP trunk over TLS: its destinations as pairs of address and port, and the peer of the inventory."""

    name: str
    destinations: tuple[tuple[str, int], ...]
    peer: str = ""


@dataclass(frozen=True)
class NodeReading:
    """A document. `text` is empty for a node that was read, and says why one was not.

    `trunks` are None where the node's document is not the one that has those of its cluster; `trunks_text` says
    why they could not be read there.
    """

    cluster: str
    node: str
    host: str = ""
    hostname: str = ""
    addresses: tuple[str, ...] = ()
    sip_port: int = 5061
    reason: str = ""
    text: str = ""
    remedy: str = ""
    identities: tuple[Entry, ...] = ()
    trust: tuple[Entry, ...] = ()
    trunks: tuple[Trunk, ...] | None = None
    trunks_text: str = ""

    @property
    def measured(self) -> bool:
        """Whether the node was read."""
        return not self.text

    def knows_store(self, store: str) -> bool:
        """Whether every certificate of a trust store, named without "-trust", could be read."""
        return all(entry.fingerprint for entry in self.trust if entry.service == store)


def document_of(facts: Mapping[str, Any], contents: Contents) -> dict[str, Any]:
    """The document of a node that was read. `facts` are its keys beside the certificates."""
    pool = Pool()
    return {
        "format": FORMAT,
        **facts,
        "reading": None,
        "identities": [_entry(pool, stored) for stored in contents.identities],
        "trust": [_entry(pool, stored) for stored in contents.trust],
        "certificates": {name: pem(pool[name]) for name in pool},
    }


def document_without(facts: Mapping[str, Any], error: CucmError) -> dict[str, Any]:
    """The document of a node that could not be read."""
    told = {"reason": error.reason, "text": error.what, "remedy": error.remedy or ""}
    return {
        "format": FORMAT,
        **facts,
        "reading": {**without_secrets(told), "reason": error.reason},
        "identities": [],
        "trust": [],
        "certificates": {},
    }


def _entry(pool: Pool, stored: StoredCertificate) -> dict[str, Any]:
    fingerprint, why = None, stored.why
    if stored.certificate is not None:
        try:
            fingerprint = pool.add(stored.certificate, source="it")
        except CertificateUnreadable as error:
            why = error.what
    return {
        "service": stored.service,
        "file_name": stored.file_name,
        "fingerprint_sha256": fingerprint,
        "why": without_secrets(why),
    }


def trunks_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a document keeps of a result of M(ucops.cucm.cucm_sip_trunk_info): the trunks over TLS."""
    found = answer.get("trunks")
    if not isinstance(found, list):
        return {"trunks": [], "trunks_text": str(answer.get("msg") or "they were not read")}
    return {"trunks": [_trunk(trunk) for trunk in found if _is_tls(trunk)], "trunks_text": ""}


def _is_tls(trunk: Any) -> bool:
    profile = trunk.get("security_profile") if isinstance(trunk, Mapping) else None
    return isinstance(profile, Mapping) and profile.get("outgoing_transport_type") == "TLS"


def _trunk(trunk: Mapping[str, Any]) -> dict[str, Any]:
    destinations = [
        {"address": address, "port": destination.get("port") or 5061}
        for destination in trunk.get("destinations") or ()
        for address in (destination.get("address"), destination.get("address_ipv6"))
        if address
    ]
    return {"name": str(trunk.get("name")), "destinations": destinations}


def planned_trunks(plan: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The trunks that the inventory names, for a cluster that could not be asked for its own."""
    return [
        {**_trunk({"name": entry.get("trunk"), "destinations": entry.get("nodes")}), "peer": entry["cluster"]}
        for entry in plan
        if entry.get("cluster")
    ]


# Reading. A document may be of an earlier run, or have been edited: nothing in it is relied on.


def parse_document(data: bytes, *, source: str) -> dict[str, Any]:
    """The document of a file; raises DocumentUnreadable."""
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DocumentUnreadable(
            f"{source} is no document of the certificate audit",
            remedy="Name the files that cucm_certificate_audit wrote",
        )
    return document


def reading_of(document: Mapping[str, Any], pool: Pool) -> NodeReading:
    """The document as what it says; its certificates go into the pool."""
    known: dict[str, str] = {}
    faults: dict[str, str] = {}
    for name, text in _mapping(document.get("certificates")).items():
        try:
            known[name] = pool.add(_text(text), source="it")
        except CertificateUnreadable as error:
            faults[name] = error.what
    reading = _mapping(document.get("reading"))
    trunks = document.get("trunks")
    return NodeReading(
        cluster=_text(document.get("cluster")),
        node=_text(document.get("node")),
        host=_text(document.get("host")),
        hostname=_text(document.get("hostname")),
        addresses=tuple(_text(each).lower() for each in _list(document.get("addresses")) if each),
        sip_port=_port(document.get("sip_port")),
        reason=_text(reading.get("reason")),
        text=(_text(reading.get("text")) or "it could not be read") if reading else "",
        remedy=_text(reading.get("remedy")),
        identities=_entries(document.get("identities"), known, faults),
        trust=_entries(document.get("trust"), known, faults),
        trunks=None if trunks is None else tuple(map(_read_trunk, _mappings(trunks))),
        trunks_text=_text(document.get("trunks_text")),
    )


def _entries(value: Any, known: Mapping[str, str], faults: Mapping[str, str]) -> tuple[Entry, ...]:
    found = []
    for item in _mappings(value):
        name = _text(item.get("fingerprint_sha256"))
        why = _text(item.get("why")) or faults.get(name) or ("" if name in known else "it is not there")
        found.append(
            Entry(_text(item.get("service")), _text(item.get("file_name")), known.get(name, ""), why)
        )
    return tuple(found)


def _read_trunk(item: Mapping[str, Any]) -> Trunk:
    destinations = tuple(
        (_text(each.get("address")).lower(), _port(each.get("port")))
        for each in _mappings(item.get("destinations"))
    )
    return Trunk(_text(item.get("name")), destinations, _text(item.get("peer")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _port(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 5061


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _list(value) if isinstance(item, Mapping)]
