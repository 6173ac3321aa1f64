# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numbers of TLS mean: versions, cipher suites, signature algorithms, alerts.

Numbers and names are those of the IANA registries of TLS; the second name of a cipher suite is
OpenSSL's, which the traces of Unified CM print.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSIONS = {
    0x0002: "SSLv2",
    0x0300: "SSLv3",
    0x0301: "TLSv1.0",
    0x0302: "TLSv1.1",
    0x0303: "TLSv1.2",
    0x0304: "TLSv1.3",
}
TLS_1_2, TLS_1_3 = 0x0303, 0x0304
_DRAFT = 0x7F

#: Number → IANA's name, OpenSSL's name.
CIPHER_SUITES = {
    0x0001: ("TLS_RSA_WITH_NULL_MD5", "NULL-MD5"),
    0x0002: ("TLS_RSA_WITH_NULL_SHA", "NULL-SHA"),
    0x0004: ("TLS_RSA_WITH_RC4_128_MD5", "RC4-MD5"),
    0x0005: ("TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA"),
    0x0009: ("TLS_RSA_WITH_DES_CBC_SHA", "DES-CBC-SHA"),
    0x000A: ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"),
    0x0016: ("TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", "DHE-RSA-DES-CBC3-SHA"),
    0x002F: ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
    0x0032: ("TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "DHE-DSS-AES128-SHA"),
    0x0033: ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA"),
    0x0034: ("TLS_DH_anon_WITH_AES_128_CBC_SHA", "ADH-AES128-SHA"),
    0x0035: ("TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"),
    0x0038: ("TLS_DHE_DSS_WITH_AES_256_CBC_SHA", "DHE-DSS-AES256-SHA"),
    0x0039: ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA"),
    0x003A: ("TLS_DH_anon_WITH_AES_256_CBC_SHA", "ADH-AES256-SHA"),
    0x003B: ("TLS_RSA_WITH_NULL_SHA256", "NULL-SHA256"),
    0x003C: ("TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"),
    0x003D: ("TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256"),
    0x0040: ("TLS_DHE_DSS_WITH_AES_128_CBC_SHA256", "DHE-DSS-AES128-SHA256"),
    0x0041: ("TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", "CAMELLIA128-SHA"),
    0x0044: ("TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA", "DHE-DSS-CAMELLIA128-SHA"),
    0x0045: ("TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", "DHE-RSA-CAMELLIA128-SHA"),
    0x0046: ("TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA", "ADH-CAMELLIA128-SHA"),
    0x0067: ("TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256"),
    0x006A: ("TLS_DHE_DSS_WITH_AES_256_CBC_SHA256", "DHE-DSS-AES256-SHA256"),
    0x006B: ("TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"),
    0x006C: ("TLS_DH_anon_WITH_AES_128_CBC_SHA256", "ADH-AES128-SHA256"),
    0x006D: ("TLS_DH_anon_WITH_AES_256_CBC_SHA256", "ADH-AES256-SHA256"),
    0x0084: ("TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", "CAMELLIA256-SHA"),
    0x0087: ("TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA", "DHE-DSS-CAMELLIA256-SHA"),
    0x0088: ("TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA", "DHE-RSA-CAMELLIA256-SHA"),
    0x0089: ("TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA", "ADH-CAMELLIA256-SHA"),
    0x009C: ("TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"),
    0x009D: ("TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
    0x009E: ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"),
    0x009F: ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"),
    0x00A2: ("TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "DHE-DSS-AES128-GCM-SHA256"),
    0x00A3: ("TLS_DHE_DSS_WITH_AES_256_GCM_SHA384", "DHE-DSS-AES256-GCM-SHA384"),
    0x00A6: ("TLS_DH_anon_WITH_AES_128_GCM_SHA256", "ADH-AES128-GCM-SHA256"),
    0x00A7: ("TLS_DH_anon_WITH_AES_256_GCM_SHA384", "ADH-AES256-GCM-SHA384"),
    0x00BA: ("TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256", "CAMELLIA128-SHA256"),
    0x00BD: ("TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256", "DHE-DSS-CAMELLIA128-SHA256"),
    0x00BE: ("TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", "DHE-RSA-CAMELLIA128-SHA256"),
    0x00BF: ("TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256", "ADH-CAMELLIA128-SHA256"),
    0x00C0: ("TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256", "CAMELLIA256-SHA256"),
    0x00C3: ("TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256", "DHE-DSS-CAMELLIA256-SHA256"),
    0x00C4: ("TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256", "DHE-RSA-CAMELLIA256-SHA256"),
    0x00C5: ("TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256", "ADH-CAMELLIA256-SHA256"),
    0x1301: ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    0x1302: ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
    0x1303: ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
    0xC006: ("TLS_ECDHE_ECDSA_WITH_NULL_SHA", "ECDHE-ECDSA-NULL-SHA"),
    0xC009: ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"),
    0xC00A: ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"),
    0xC010: ("TLS_ECDHE_RSA_WITH_NULL_SHA", "ECDHE-RSA-NULL-SHA"),
    0xC011: ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA"),
    0xC012: ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA"),
    0xC013: ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"),
    0xC014: ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"),
    0xC015: ("TLS_ECDH_anon_WITH_NULL_SHA", "AECDH-NULL-SHA"),
    0xC018: ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "AECDH-AES128-SHA"),
    0xC019: ("TLS_ECDH_anon_WITH_AES_256_CBC_SHA", "AECDH-AES256-SHA"),
    0xC023: ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256"),
    0xC024: ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384"),
    0xC027: ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"),
    0xC028: ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"),
    0xC02B: ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    0xC02C: ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    0xC02F: ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    0xC030: ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    0xC072: ("TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256", "ECDHE-ECDSA-CAMELLIA128-SHA256"),
    0xC073: ("TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384", "ECDHE-ECDSA-CAMELLIA256-SHA384"),
    0xC076: ("TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", "ECDHE-RSA-CAMELLIA128-SHA256"),
    0xC077: ("TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384", "ECDHE-RSA-CAMELLIA256-SHA384"),
    0xC09C: ("TLS_RSA_WITH_AES_128_CCM", "AES128-CCM"),
    0xC09D: ("TLS_RSA_WITH_AES_256_CCM", "AES256-CCM"),
    0xC09E: ("TLS_DHE_RSA_WITH_AES_128_CCM", "DHE-RSA-AES128-CCM"),
    0xC09F: ("TLS_DHE_RSA_WITH_AES_256_CCM", "DHE-RSA-AES256-CCM"),
    0xC0A0: ("TLS_RSA_WITH_AES_128_CCM_8", "AES128-CCM8"),
    0xC0A1: ("TLS_RSA_WITH_AES_256_CCM_8", "AES256-CCM8"),
    0xC0A2: ("TLS_DHE_RSA_WITH_AES_128_CCM_8", "DHE-RSA-AES128-CCM8"),
    0xC0A3: ("TLS_DHE_RSA_WITH_AES_256_CCM_8", "DHE-RSA-AES256-CCM8"),
    0xC0AC: ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"),
    0xC0AD: ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM"),
    0xC0AE: ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"),
    0xC0AF: ("TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8"),
    0xCCA8: ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
    0xCCA9: ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    0xCCAA: ("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305"),
}

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
    return CIPHER_SUITES[number][0] if number in CIPHER_SUITES else f"0x{number:04X}"


def cipher_openssl(number: int) -> str:
    """OpenSSL's name."""
    return CIPHER_SUITES[number][1] if number in CIPHER_SUITES else f"0x{number:04X}"


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

    name: str
    meaning: str
    fault: str
    remedy: str


def _certificate(name: str, meaning: str, remedy: str, fault: str = "peer") -> AlertMeaning:
    return AlertMeaning(name, "{sender} refused the certificate of {peer}: " + meaning, fault, remedy)


_CIPHERS = "Compare the TLS ciphers of both (System > Enterprise Parameters, Security Parameters)"
_REPORT = "Look into the SDL trace of {sender} at this time"
_VERSIONS = (
    "Compare the minimum TLS versions of both (show tls server min-version, show tls client min-version)"
)

#: Numbers, names: RFC 8446, 6 and RFC 5246, 7.2.
ALERTS = {
    0: AlertMeaning(
        "close_notify", "{sender} ended the connection in order", "none", "Nothing is to be done"
    ),
    10: AlertMeaning("unexpected_message", "{sender} got a message it did not expect", "peer", _REPORT),
    20: AlertMeaning(
        "bad_record_mac",
        "{sender} could not verify a record",
        "both",
        "Check what is between the two: a firewall that rewrites packets",
    ),
    22: AlertMeaning("record_overflow", "{sender} got a record that is too long", "peer", _REPORT),
    40: AlertMeaning(
        "handshake_failure",
        "{sender} found no way to agree with {peer}",
        "both",
        _CIPHERS + ", then their certificates",
    ),
    41: _certificate("no_certificate", "there was none", "Upload the CallManager certificate of {peer}"),
    42: _certificate(
        "bad_certificate",
        "it, or its signature, is damaged or not acceptable",
        "Read the certificate of {peer} below. " + _REPORT,
    ),
    43: _certificate(
        "unsupported_certificate",
        "it is not for this use",
        "Have the certificate of {peer} signed again with the extended key usages serverAuth and"
        " clientAuth, and the key usages digitalSignature and keyEncipherment",
    ),
    44: _certificate("certificate_revoked", "it is revoked", "Have a new certificate signed for {peer}"),
    45: _certificate(
        "certificate_expired",
        "it has expired or is not yet valid",
        "Have a new certificate signed for {peer}; if its dates are right, check the clock (NTP) of {sender}",
    ),
    46: _certificate("certificate_unknown", "it is not acceptable for a reason that is not told", _REPORT),
    47: AlertMeaning("illegal_parameter", "{sender} got a value that is not allowed", "peer", _REPORT),
    48: _certificate(
        "unknown_ca",
        "it does not trust the CA that issued it",
        "Upload the root and intermediate CA certificates of {peer} to CallManager-trust on {sender}",
        fault="sender",
    ),
    49: _certificate(
        "access_denied",
        "it is valid and not let in",
        "Compare the X.509 subject names in the trunk's security profile on {sender} with it",
    ),
    50: AlertMeaning("decode_error", "{sender} could not read a message", "peer", _REPORT),
    51: AlertMeaning(
        "decrypt_error",
        "{sender} could not verify a signature or a Finished message",
        "peer",
        "Check that the certificate of {peer} fits its key: upload it again and restart Cisco CallManager",
    ),
    70: AlertMeaning(
        "protocol_version", "{sender} does not speak a TLS version that {peer} offers", "both", _VERSIONS
    ),
    71: AlertMeaning(
        "insufficient_security",
        "{sender} wants stronger ciphers than {peer} offers",
        "both",
        _CIPHERS,
    ),
    80: AlertMeaning("internal_error", "{sender} failed for a reason of its own", "sender", _REPORT),
    86: AlertMeaning(
        "inappropriate_fallback", "{sender} speaks a newer TLS version than {peer} tried", "peer", _VERSIONS
    ),
    90: AlertMeaning("user_canceled", "{sender} gave up", "sender", _REPORT),
    100: AlertMeaning(
        "no_renegotiation", "{sender} does not negotiate anew", "none", "Nothing is to be done"
    ),
    109: AlertMeaning("missing_extension", "{sender} misses an extension", "peer", _REPORT),
    110: AlertMeaning(
        "unsupported_extension", "{sender} got an extension it did not ask for", "peer", _REPORT
    ),
    112: AlertMeaning(
        "unrecognized_name", "{sender} does not know the server name that {peer} asked for", "both", _REPORT
    ),
    113: _certificate(
        "bad_certificate_status_response",
        "its OCSP status is not acceptable",
        "Check the OCSP responder of {peer}'s CA",
    ),
    115: AlertMeaning("unknown_psk_identity", "{sender} does not know the pre-shared key", "both", _REPORT),
    116: AlertMeaning(
        "certificate_required",
        "{sender} demands a certificate, and {peer} sent none",
        "peer",
        "Upload a CallManager certificate with clientAuth to {peer}",
    ),
    120: AlertMeaning(
        "no_application_protocol",
        "{sender} speaks no application protocol that {peer} offers",
        "both",
        _REPORT,
    ),
}


def alert_meaning(number: int) -> AlertMeaning:
    unknown = AlertMeaning(
        f"alert_{number}",
        "{sender} sent an alert with the unregistered number " + str(number),
        "both",
        _REPORT,
    )
    return ALERTS.get(number, unknown)
