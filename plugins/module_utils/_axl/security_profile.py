# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP trunk security profiles: what their reconciler knows beyond the table."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import SIP_TRUNK_SECURITY_PROFILE
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import RESET, Plan, Values
from ansible_collections.ucops.cucm.plugins.module_utils._axl.trunk_profile import TrunkProfile
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption

#: The device security modes that are TLS, and the options that have to say so too.
NEED_TLS = frozenset({"Authenticated", "Encrypted"})
TRANSPORT_OPTIONS = ("incoming_transport_type", "outgoing_transport_type")

#: Minutes; the schema's default.
DEFAULT_NONCE_VALIDITY = 600


class SipTrunkSecurityProfile(TrunkProfile):
    """Reconciles a SIP trunk security profile."""

    table = SIP_TRUNK_SECURITY_PROFILE
    extra: ClassVar = {"copy_from": {"type": "str"}, "reset": RESET}
    trunk_option = "security_profile"
    standard = "Non Secure SIP Trunk Profile"

    def before_write(self, plan: Plan) -> None:
        """Refuse what the server would not keep, and what would not work."""
        known = plan.given if self.copies_the_unknown else plan.outcome
        changed = set(plan.changed)
        if {"device_security_mode", *TRANSPORT_OPTIONS} & changed:
            self._refuse_security_without_tls(known)
        if "nonce_validity_time" in changed:
            self._refuse_idle_nonce(known)
        if {"x509_subject_names", "incoming_port"} & changed:
            self._refuse_shared_subject_names(known)

    def _refuse_security_without_tls(self, known: Values) -> None:
        """Refuse a security mode that needs TLS on another transport, as the administration page does.

        What the page does about TLS without such a mode is not known, so that is left to the server.
        """
        mode = known.get("device_security_mode")
        others = {name: known[name] for name in TRANSPORT_OPTIONS if known.get(name, "TLS") != "TLS"}
        if mode in NEED_TLS and others:
            shown = " and ".join(f"{name} {_whence(value)}" for name, value in others.items())
            raise InvalidOption(
                f"the SIP trunk security profile '{self.identity}' would have the device security mode"
                f" {mode}, which is TLS, but {shown}",
                host=self.host,
                option=", ".join(others),
                remedy=f"Set {' and '.join(others)} to TLS, or device_security_mode to Non Secure",
            )

    def _refuse_idle_nonce(self, known: Values) -> None:
        """The server keeps the nonce's validity as it is unless digest authentication is enabled."""
        minutes = known["nonce_validity_time"]
        if minutes != DEFAULT_NONCE_VALIDITY and not known.get("enable_digest_authentication", True):
            raise InvalidOption(
                f"a nonce validity of {minutes} minutes can only be set with digest authentication enabled",
                host=self.host,
                option="nonce_validity_time",
                remedy="Set enable_digest_authentication, or leave nonce_validity_time out",
            )

    def _refuse_shared_subject_names(self, known: Values) -> None:
        """Refuse a subject name that another profile has on the same port.

        The same subject name and incoming port cannot belong to two SIP trunks: an incoming call
        would be attributed to one of them by chance.
        """
        subjects = {name.casefold() for name in known.get("x509_subject_names", ())}
        port = known.get("incoming_port")
        if not subjects or port is None:
            return
        for other in self.matching("%"):
            shared = sorted(
                name for name in other.values["x509_subject_names"] if name.casefold() in subjects
            )
            if shared and other.values["incoming_port"] == port and other.values["name"] != self.identity:
                raise self._shared_subject_names(other.values["name"], ", ".join(shared), port)

    def _shared_subject_names(self, other: str, shared: str, port: int) -> InvalidOption:
        what = (
            f"the SIP trunk security profile '{other}' has the X.509 subject name {shared} with the incoming"
            f" port {port} already"
        )
        if "x509_subject_names" not in self.copied:
            return InvalidOption(
                what,
                host=self.host,
                option="x509_subject_names",
                remedy="Use that profile, another incoming_port, or take the name out of that profile",
            )
        return InvalidOption(
            f"{what}, and '{self.identity}' would have it too, copied from '{self.params['copy_from']}'",
            host=self.host,
            option="copy_from",
            remedy="Give the new profile its own x509_subject_names ([] for none), or another incoming_port",
        )


def _whence(value: str) -> str:
    return f"is {value}" if value else "is not set"
