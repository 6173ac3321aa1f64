# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_chain_info: the certificates of a CA, in order and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backends import (
    BACKENDS,
    backend_arguments,
    backend_requirements,
    opened_backend,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    PROFILES,
    CertificateProfile,
    judge_authority,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.path import certificates_below, path_problems
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    common_name,
    describe_certificate,
    fingerprint,
    is_ca,
    is_self_signed,
    load_bundle,
    lowest_authorities,
    missing_issuer,
    order_chain,
    path_length,
    pem,
    serial_text,
)

if TYPE_CHECKING:
    from cryptography import x509

FILE_ARGUMENTS: dict[str, dict[str, Any]] = {
    "paths": {"type": "list", "elements": "path"},
    "content": {"type": "str"},
}

#: Those that can tell their CA, beside the files.
_KINDS = tuple(kind for kind in BACKENDS if kind.has_authority)

ARGUMENTS: dict[str, dict[str, Any]] = {
    "backend": {"type": "str", "choices": ["file", *(kind.name for kind in _KINDS)], "required": True},
    "service": {"type": "str", "choices": list(PROFILES), "default": "CallManager"},
    "file": {"type": "dict", "options": FILE_ARGUMENTS, "required_one_of": [["paths", "content"]]},
    **backend_arguments(_KINDS),
}


@dataclass(frozen=True)
class CaCertificates:
    """What a CA shows of itself: the chain from the one that issues upwards, and whatever came with it."""

    chain: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, certificates: Sequence[x509.Certificate]) -> CaCertificates:
        """Order them by their signatures; the first one issues, unless it is no CA."""
        unique = list(dict.fromkeys(certificates))
        chain: tuple[x509.Certificate, ...] = ()
        if unique and is_ca(unique[0]):
            chain = (unique[0], *order_chain(unique[0], unique))
        return cls(chain, tuple(certificate for certificate in unique if certificate not in chain))

    @property
    def root(self) -> x509.Certificate | None:
        """The self-signed top of the chain, if the chain reaches it."""
        return self.chain[-1] if self.chain and is_self_signed(self.chain[-1]) else None

    def role(self, certificate: x509.Certificate) -> str:
        if certificate not in self.chain:
            return "other"
        if certificate == self.root:
            return "root"
        return "issuing" if certificate == self.chain[0] else "intermediate"

    def judge(
        self, certificate: x509.Certificate, *, profile: CertificateProfile, now: datetime
    ) -> list[Finding]:
        """What is wrong with one of them, in its place."""
        depth = self.chain.index(certificate) if certificate in self.chain else 0
        below = certificates_below(self.chain, depth)
        return judge_authority(certificate, below=below, profile=profile, now=now)

    def judge_path(self) -> list[Finding]:
        """The rules between the certificates of the chain that it breaks."""
        return [Finding(*problem) for problem in path_problems(self.chain)]

    def judge_completeness(self, option: str) -> list[Finding]:
        """What is missing between the first certificate and the root; `option` takes more certificates."""
        remedy = f"Add the certificate of that CA to {option}"
        if not self.chain:
            names = ", ".join(map(_label, self.others))
            return [Finding("no_ca", f"none of the certificates is that of a CA (CA:TRUE): {names}", remedy)]
        if self.root is None:
            top = self.chain[-1]
            text = f"the chain ends at {top.subject.rfc4514_string()}, {missing_issuer(top)}"
            return [Finding("ca_chain_incomplete", text, remedy)]
        return []


def run(params: Params, context: Context) -> Result:
    """Read the certificates of the CA and judge them; the judgement is part of the result, never an error."""
    if params["backend"] == "file":
        certificates, option = issuing_first(_of_files(params["file"]), context), "file.paths or file.content"
    else:
        with opened_backend(params) as backend:
            certificates, option = list(backend.ca_certificates()), f"{params['backend']}.chain_path"
    found = CaCertificates.of(certificates)
    profile, now = profile_of(params["service"]), datetime.now(UTC)
    judged = {
        certificate: found.judge(certificate, profile=profile, now=now)
        for certificate in (*found.chain, *found.others)
    }
    findings = [
        *found.judge_completeness(option),
        *(finding for certificate in found.chain for finding in judged[certificate]),
        *found.judge_path(),
    ]
    chain = [pem(certificate) for certificate in found.chain]
    return {
        "changed": False,
        "backend": params["backend"],
        "service": params["service"],
        "complete": found.root is not None,
        "usable": not findings,
        "findings": [finding.as_dict() for finding in findings],
        "chain": chain,
        "root": None if found.root is None else pem(found.root),
        "pem": "".join(chain),
        "certificates": [
            {
                **describe_certificate(certificate),
                "path_length": path_length(certificate),
                "role": found.role(certificate),
                "findings": [finding.as_dict() for finding in its_findings],
            }
            for certificate, its_findings in judged.items()
        ],
    }


def issuing_first(certificates: Sequence[x509.Certificate], context: Context) -> list[x509.Certificate]:
    """The certificates of files, which have no order, with the CA that issues to services first.

    That is the CA which has issued none of the other CAs. Of several such, the first is taken with a
    warning; of several certificates of one CA key, the one that ends last.
    """
    candidates = lowest_authorities(certificates)
    if len(candidates) > 1:
        context.warn(
            f"Several CAs have issued none of the others: {', '.join(map(_label, candidates))}."
            " The first of them is taken as the one that issues to services."
        )
    # CAs that have all issued one another leave no candidate.
    candidates = candidates or [certificate for certificate in certificates if is_ca(certificate)]
    return list(dict.fromkeys([*candidates[:1], *certificates]))


def _of_files(params: Params) -> list[x509.Certificate]:
    if params["content"] is None and not params["paths"]:
        raise InvalidOption("no file is named", option="file.paths")
    certificates = []
    if params["content"] is not None:
        certificates += load_bundle(params["content"], source="file.content")
    for path in params["paths"] or ():
        data = read_file(path, option="file.paths", largest=LARGEST_CERTIFICATES)
        certificates += load_bundle(data, source=path)
    return certificates


def _label(certificate: x509.Certificate) -> str:
    return (
        f"{common_name(certificate) or fingerprint(certificate)} (serial number {serial_text(certificate)})"
    )


DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENTS,
    libraries=("cryptography",),
    required_if=(("backend", "file", ("file",)), *backend_requirements(_KINDS)),
)
