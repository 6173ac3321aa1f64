# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS alerts (RFC 5246, 7.2; RFC 8446, 6): their names, and what they mean between SIP peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._facts.tls import ALERT_NAMES


@dataclass(frozen=True)
class Alert:
    """One alert: its number, its name in the RFC, and what the side that sends it says."""

    number: int
    name: str
    meaning: str

    def __str__(self) -> str:
        return f"alert {self.number} {self.name}"


CLOSE_NOTIFY = 0

_MEANINGS: Mapping[int, str] = {
    CLOSE_NOTIFY: "the connection ends",
    10: "a message came out of order",
    20: "a record was damaged on its way",
    22: "a record was too long",
    40: "nothing both sides could agree on",
    42: "the certificate is damaged or was not signed by whom it names",
    43: "the certificate is not meant for this purpose",
    44: "the certificate has been revoked",
    45: "the certificate is not valid now",
    46: "the certificate is not acceptable",
    47: "a message had a value that is not allowed",
    48: "the CA of the certificate is not trusted",
    49: "the certificate is valid, but its owner has no access",
    50: "a message could not be read",
    51: "a signature or a key exchange was wrong",
    70: "none of the TLS versions that were offered is spoken",
    71: "the ciphers that were offered are too weak",
    80: "something else went wrong",
    86: "a lower TLS version was offered than is needed",
    90: "the handshake was called off",
    109: "an extension is missing",
    110: "an extension came that was not offered",
    112: "the name that was asked for is not known",
    113: "the status of the certificate is not acceptable",
    116: "a certificate is demanded and none was shown",
    120: "no common application protocol",
}
ALERTS: Mapping[int, Alert] = {
    number: Alert(number, ALERT_NAMES[number], meaning) for number, meaning in _MEANINGS.items()
}

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
    return next((alert for alert in ALERTS.values() if words.endswith(f"alert_{alert.name}")), None)
