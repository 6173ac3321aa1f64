# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that a SIP port shows, judged as Unified CM does at the other end of the trunk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Params
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._pki.extended_key_usage import (
    NO_EXTENDED_KEY_USAGE,
    is_without_extended_key_usage,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    judge_chain,
    judge_leaf,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy_options import profile_for
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    find_extension,
    is_self_signed,
    load_certificates,
    order_chain,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.findings import (
    PROFILE,
    Verdict,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.options import printable

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

#: What no TLS peer that verifies certificates takes; of the other findings, releases and options decide.
_CERTAIN = frozenset(
    (
        "self_signed",
        "issuer_not_trusted",
        "expired",
        "not_yet_valid",
        "extended_key_usage_missing",
        "issuer_is_no_ca",
    )
)
#: A node's own self-signed certificate may sign, and is trusted as it is or not at all.
_MOOT_WHEN_SELF_SIGNED = frozenset(("is_a_ca", "hash_too_weak"))


def decode(chain: Sequence[bytes], verdict: Verdict) -> list[Certificate]:
    """The certificates as shown; one that cannot be read ends the list and is a finding."""
    decoded: list[Certificate] = []
    for der in chain:
        try:
            decoded += load_certificates(der, source="the handshake")
        except CucmError as error:
            verdict.find(
                "chain_unreadable",
                f"certificate {len(decoded) + 1} of {verdict.host} cannot be read ({error.what})",
                f"Have the certificate issued again (certificate CallManager, {CERTIFICATE_PAGE})",
            )
            break
    return decoded


def judge_certificates(
    chain: Sequence[Certificate], trusted: list[Certificate] | None, params: Params, verdict: Verdict
) -> dict[str, str] | None:
    """Judge the chain as the other end of the trunk would; gives the subject name that matches."""
    names = params["expected_subject_names"]
    if not chain:
        if not verdict.findings:
            verdict.miss("certificates", "the server showed no certificate", asked=True)
        elif trusted is not None or names:
            verdict.miss("certificates", "no certificate was seen that could be judged", asked=True)
        return None
    leaf, service = chain[0], params["service"]
    profile, now = profile_for(service, params), datetime.now(UTC)
    found = judge_leaf(leaf, csr=None, profile=profile, now=now)
    if is_without_extended_key_usage(leaf):
        found = [finding for finding in found if finding.reason != "extended_key_usage_missing"]
        verdict.note(
            "extended_key_usage_absent", f"the certificate of {verdict.host} {NO_EXTENDED_KEY_USAGE}"
        )
    if is_self_signed(leaf):
        found = [finding for finding in found if finding.reason not in _MOOT_WHEN_SELF_SIGNED]
    if trusted is None:
        verdict.miss("trust", "no CA was given (ca_content or ca_path) to judge the chain with", asked=False)
    elif is_self_signed(leaf):
        if leaf not in trusted:
            found.append(
                Finding(
                    "self_signed",
                    f"the certificate {common_name(leaf)!r} is self-signed, and is not itself among the trusted ones",
                    "Install a certificate of the CA as identity, and restart Cisco CallManager",
                )
            )
    else:
        # What comes over the wire helps to build the path, and only a root of one's own ends it.
        helpers = [certificate for certificate in chain[1:] if not is_self_signed(certificate)]
        path = order_chain(leaf, [*trusted, *helpers])
        found += judge_chain(leaf, path, profile=profile, now=now)
    where = (
        f"Where: {verdict.host}, {CERTIFICATE_PAGE}, certificate {service};"
        " what its peers trust is in their CallManager-trust"
    )
    verdict.findings += [
        Finding(
            finding.reason,
            f"a peer {'would' if finding.reason in _CERTAIN else 'may'} refuse {verdict.host}: {finding.text}",
            f"{finding.remedy}. {where}",
        )
        for finding in found
    ]
    return _match_subject(leaf, names, verdict)


def _match_subject(leaf: Certificate, names: Sequence[str], verdict: Verdict) -> dict[str, str] | None:
    """Find an expected name by CUCM's rule: the common name first, then the alternative names, exactly."""
    if not names:
        verdict.miss("subject", "no name was given (expected_subject_names) to compare with", asked=False)
        return None
    subject, alternatives = common_name(leaf), _alternative_names(leaf)
    if subject in names:
        return {"name": str(subject), "field": "common_name"}
    for name in names:
        if name in alternatives:
            return {"name": name, "field": "subject_alt_name"}
    shown = [*([subject] if subject else []), *alternatives]
    dotless = {without_root(name): name for name in reversed(names)}
    for name in shown:
        if without_root(name) in dotless:
            expected = dotless[without_root(name)]
            verdict.note(
                "trailing_dot",
                f"the certificate of {verdict.host} is for {name!r}, X.509 Subject Name has {expected!r}: they were"
                " compared without the dot at the end",
            )
            return {"name": expected, "field": "common_name" if name == subject else "subject_alt_name"}
    folded = {name.lower() for name in shown}
    near = [name for name in names if name.lower() in folded]
    text = (
        f"a peer would refuse {verdict.host}: its certificate is for {_listed(shown)}, X.509 Subject Name has"
        f" {_listed(names)}"
    )
    verdict.find(
        "subject_name_differs",
        text + (f" ({_listed(near)} differs in upper and lower case only)" if near else ""),
        f"Put {(shown or ['a name of the certificate'])[0]!r} into the field X.509 Subject Name of the peer's"
        f" profile ({PROFILE}) and reset the trunk, or have the certificate issued for the expected name",
    )
    return None


def _alternative_names(leaf: Certificate) -> list[str]:
    """DNS names and addresses as the certificate writes them: the comparison is exact."""
    extension = find_extension(leaf, "2.5.29.17")
    if extension is None:
        return []
    wanted = (x509.DNSName, x509.IPAddress)
    return list(dict.fromkeys(str(name.value) for name in extension.value if isinstance(name, wanted)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(printable(name)) for name in names) or "no name"
