# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS alerts (RFC 5246, 7.2; RFC 8446, 6): their names, and what they mean between SIP peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Alert:
    """One alert: its number, its name in the RFC, and what the side that sends it says."""

    number: int
    name: str
    meaning: str

    def __str__(self) -> str:
        return f"alert {self.number} {self.name}"


CLOSE_NOTIFY = 0

_ALERTS = (
    Alert(CLOSE_NOTIFY, "close_notify", "the connection ends"),
    Alert(10, "unexpected_message", "a message came out of order"),
    Alert(20, "bad_record_mac", "a record was damaged on its way"),
    Alert(22, "record_overflow", "a record was too long"),
    Alert(40, "handshake_failure", "nothing both sides could agree on"),
    Alert(42, "bad_certificate", "the certificate is damaged or was not signed by whom it names"),
    Alert(43, "unsupported_certificate", "the certificate is not meant for this purpose"),
    Alert(44, "certificate_revoked", "the certificate has been revoked"),
    Alert(45, "certificate_expired", "the certificate is not valid now"),
    Alert(46, "certificate_unknown", "the certificate is not acceptable"),
    Alert(47, "illegal_parameter", "a message had a value that is not allowed"),
    Alert(48, "unknown_ca", "the CA of the certificate is not trusted"),
    Alert(49, "access_denied", "the certificate is valid, but its owner has no access"),
    Alert(50, "decode_error", "a message could not be read"),
    Alert(51, "decrypt_error", "a signature or a key exchange was wrong"),
    Alert(70, "protocol_version", "none of the TLS versions that were offered is spoken"),
    Alert(71, "insufficient_security", "the ciphers that were offered are too weak"),
    Alert(80, "internal_error", "something else went wrong"),
    Alert(86, "inappropriate_fallback", "a lower TLS version was offered than is needed"),
    Alert(90, "user_canceled", "the handshake was called off"),
    Alert(109, "missing_extension", "an extension is missing"),
    Alert(110, "unsupported_extension", "an extension came that was not offered"),
    Alert(112, "unrecognized_name", "the name that was asked for is not known"),
    Alert(113, "bad_certificate_status_response", "the status of the certificate is not acceptable"),
    Alert(116, "certificate_required", "a certificate is demanded and none was shown"),
    Alert(120, "no_application_protocol", "no common application protocol"),
)
ALERTS: Mapping[int, Alert] = {alert.number: alert for alert in _ALERTS}

#: Alerts that are about the certificate of the side that gets them.
ABOUT_CERTIFICATE = frozenset((42, 43, 44, 45, 46, 48, 49, 51))


def alert_of(number: int) -> Alert:
    """The alert with this number, also when no RFC knows it."""
    return ALERTS.get(number) or Alert(number, "unknown", "an alert that no RFC knows")


def alert_in_reason(reason: str | None) -> Alert | None:
    """The alert that OpenSSL's reason is about, such as TLSV1_ALERT_UNKNOWN_CA; None when it is about none."""
    words = (reason or "").lower()
    if "alert" not in words:
        return None
    return next((alert for alert in _ALERTS if words.endswith(f"alert_{alert.name}")), None)
