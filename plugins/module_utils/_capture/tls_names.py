# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numbers of TLS mean in a capture: versions, signature algorithms, alerts.

Numbers and names are those of the IANA registries of TLS. More of them are in `_facts.tls` and `_facts.ciphers`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._facts.ciphers import CIPHER_SUITES
from ansible_collections.ucops.cucm.plugins.module_utils._facts.tls import ALERT_NAMES, VERSIONS

TLS_1_2, TLS_1_3 = 0x0303, 0x0304
_DRAFT = 0x7F

#: What stands in a list of cipher suites and is none (RFC 5746, RFC 7507).
SIGNALS = (0x00FF, 0x5600)

SIGNATURE_ALGORITHMS = {
    0x0101: "rsa_pkcs1_md5",
    0x0201: "rsa_pkcs1_sha1",
    0x0202: "dsa_sha1",
    0x0203: "ecdsa_sha1",
    0x0301: "rsa_pkcs1_sha224",
    0x0302: "dsa_sha224",
    0x0303: "ecdsa_sha224",
    0x0401: "rsa_pkcs1_sha256",
    0x0402: "dsa_sha256",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0501: "rsa_pkcs1_sha384",
    0x0502: "dsa_sha384",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0601: "rsa_pkcs1_sha512",
    0x0602: "dsa_sha512",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519",
    0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384",
    0x080B: "rsa_pss_pss_sha512",
}

HANDSHAKE_MESSAGES = {
    0: "Hello Request",
    1: "Client Hello",
    2: "Server Hello",
    4: "New Session Ticket",
    8: "Encrypted Extensions",
    11: "Certificate",
    12: "Server Key Exchange",
    13: "Certificate Request",
    14: "Server Hello Done",
    15: "Certificate Verify",
    16: "Client Key Exchange",
    20: "Finished",
    21: "Certificate URL",
    22: "Certificate Status",
    23: "Supplemental Data",
    24: "Key Update",
    25: "Compressed Certificate",
    67: "Next Protocol",
}


def is_tls_1_3(number: int) -> bool:
    """Whether a version is TLS 1.3, or one of its drafts (0x7f and the number of the draft)."""
    return number == TLS_1_3 or number >> 8 == _DRAFT


def version_name(number: int) -> str:
    if number >> 8 == _DRAFT:
        return f"TLSv1.3 (draft {number & 0xFF})"
    return VERSIONS.get(number, f"0x{number:04X}")


def cipher_name(number: int) -> str:
    """IANA's name."""
    return CIPHER_SUITES[number].name if number in CIPHER_SUITES else f"0x{number:04X}"


def cipher_openssl(number: int) -> str:
    """OpenSSL's name, or IANA's where OpenSSL has none."""
    known = CIPHER_SUITES.get(number)
    return known.openssl or known.name if known else f"0x{number:04X}"


def signature_algorithm_name(number: int) -> str:
    return SIGNATURE_ALGORITHMS.get(number, f"0x{number:04X}")


def is_grease(number: int) -> bool:
    """Whether a number only keeps others from choking on unknown ones (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


@dataclass(frozen=True)
class AlertMeaning:
    """An alert in words. `{sender}` and `{peer}` are put in: who sent it, and to whom.

    `fault` says where to look first: at the `sender`'s, the `peer`'s, or on `both` sides.
    """

    meaning: str
    fault: str
    remedy: str


def _certificate(meaning: str, remedy: str, fault: str = "peer") -> AlertMeaning:
    return AlertMeaning("{sender} refused the certificate of {peer}: " + meaning, fault, remedy)


_CIPHERS = "Compare the TLS ciphers of both (System > Enterprise Parameters, Security Parameters)"
_REPORT = "Look into the SDL trace of {sender} at this time"
_VERSIONS = (
    "Compare the minimum TLS versions of both (show tls server min-version, show tls client min-version)"
)

ALERTS = {
    0: AlertMeaning("{sender} ended the connection in order", "none", "Nothing is to be done"),
    10: AlertMeaning("{sender} got a message it did not expect", "peer", _REPORT),
    20: AlertMeaning(
        "{sender} could not verify a record",
        "both",
        "Check what is between the two: a firewall that rewrites packets",
    ),
    22: AlertMeaning("{sender} got a record that is too long", "peer", _REPORT),
    40: AlertMeaning(
        "{sender} found no way to agree with {peer}",
        "both",
        _CIPHERS + ", then their certificates",
    ),
    41: _certificate("there was none", "Upload the CallManager certificate of {peer}"),
    42: _certificate(
        "it, or its signature, is damaged or not acceptable",
        "Read the certificate of {peer} below. " + _REPORT,
    ),
    43: _certificate(
        "it is not for this use",
        "Have the certificate of {peer} signed again with the extended key usages serverAuth and"
        " clientAuth, and the key usages digitalSignature and keyEncipherment",
    ),
    44: _certificate("it is revoked", "Have a new certificate signed for {peer}"),
    45: _certificate(
        "it has expired or is not yet valid",
        "Have a new certificate signed for {peer}; if its dates are right, check the clock (NTP) of {sender}",
    ),
    46: _certificate("it is not acceptable for a reason that is not told", _REPORT),
    47: AlertMeaning("{sender} got a value that is not allowed", "peer", _REPORT),
    48: _certificate(
        "it does not trust the CA that issued it",
        "Upload the root and intermediate CA certificates of {peer} to CallManager-trust on {sender}",
        fault="sender",
    ),
    49: _certificate(
        "it is valid and not let in",
        "Compare the X.509 subject names in the trunk's security profile on {sender} with it",
    ),
    50: AlertMeaning("{sender} could not read a message", "peer", _REPORT),
    51: AlertMeaning(
        "{sender} could not verify a signature or a Finished message",
        "peer",
        "Check that the certificate of {peer} fits its key: upload it again and restart Cisco CallManager",
    ),
    70: AlertMeaning("{sender} does not speak a TLS version that {peer} offers", "both", _VERSIONS),
    71: AlertMeaning(
        "{sender} wants stronger ciphers than {peer} offers",
        "both",
        _CIPHERS,
    ),
    80: AlertMeaning("{sender} failed for a reason of its own", "sender", _REPORT),
    86: AlertMeaning("{sender} speaks a newer TLS version than {peer} tried", "peer", _VERSIONS),
    90: AlertMeaning("{sender} gave up", "sender", _REPORT),
    100: AlertMeaning("{sender} does not renegotiate", "none", "Nothing is to be done"),
    109: AlertMeaning("{sender} misses an extension", "peer", _REPORT),
    110: AlertMeaning("{sender} got an extension it did not ask for", "peer", _REPORT),
    112: AlertMeaning("{sender} does not know the server name that {peer} asked for", "both", _REPORT),
    113: _certificate(
        "its OCSP status is not acceptable",
        "Check the OCSP responder of {peer}'s CA",
    ),
    115: AlertMeaning("{sender} does not know the pre-shared key", "both", _REPORT),
    116: AlertMeaning(
        "{sender} demands a certificate, and {peer} sent none",
        "peer",
        "Upload a CallManager certificate with clientAuth to {peer}",
    ),
    120: AlertMeaning(
        "{sender} speaks no application protocol that {peer} offers",
        "both",
        _REPORT,
    ),
}


def alert_name(number: int) -> str:
    return ALERT_NAMES.get(number, f"alert_{number}")


def alert_meaning(number: int) -> AlertMeaning:
    unknown = AlertMeaning(
        "{sender} sent an alert with the unregistered number " + str(number),
        "both",
        _REPORT,
    )
    return ALERTS.get(number, unknown)
