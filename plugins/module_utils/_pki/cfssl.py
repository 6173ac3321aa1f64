# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing by CFSSL, the CA of Cloudflare, over its API.

The facts are measured with CFSSL 1.2.0: subject and alternative names are the CSR's (URIs are dropped);
usages and validity are the profile's, whatever the CSR and the request ask for; a profile that does not
exist is taken for the default one; a certificate may outlive the CA. So the profile, which `info` shows,
is judged before anything is signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    InvalidOption,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    AuthorityUnusable,
    Issued,
    RequestDenied,
    SigningRequest,
    complete_authority,
    refusal,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.json_api import (
    JsonApi,
    after_sending,
    one_line,
    texts,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import CertificateProfile
from ansible_collections.ucops.cucm.plugins.module_utils._pki.server import (
    SERVER_ARGUMENTS,
    CaUrl,
    load_chain_file,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import key_usage, pem, time_text

if TYPE_CHECKING:
    from cryptography import x509

CFSSL_ARGUMENTS: dict[str, dict[str, Any]] = {
    **SERVER_ARGUMENTS,
    "profile": {"type": "str"},
    "label": {"type": "str"},
    "auth_key": {"type": "str", "no_log": True},
}

_PATH = "/api/v1/cfssl/"
#: Sent in place of a CSR to find out whether one would be taken. CFSSL checks the token and the profile first.
_NO_CSR = "no CSR: ucops.cucm asks whether one would be signed"
#: The thousands of CFSSL's error codes that are about the CSR (errors.CSRError in its source).
_CSR_ERROR = 9

#: CFSSL's words for usages (config.KeyUsage and config.ExtKeyUsage in its source) and the field's names.
_USAGES = {
    "signing": "digitalSignature",
    "digital signature": "digitalSignature",
    "content commitment": "nonRepudiation",
    "key encipherment": "keyEncipherment",
    "data encipherment": "dataEncipherment",
    "key agreement": "keyAgreement",
    "cert sign": "keyCertSign",
    "crl sign": "cRLSign",
    "encipher only": "encipherOnly",
    "decipher only": "decipherOnly",
    "any": "anyExtendedKeyUsage",
    "server auth": "serverAuth",
    "client auth": "clientAuth",
    "code signing": "codeSigning",
    "email protection": "emailProtection",
    "ipsec end system": "ipsecEndSystem",
    "ipsec tunnel": "ipsecTunnel",
    "ipsec user": "ipsecUser",
    "timestamping": "timeStamping",
    "ocsp signing": "OCSPSigning",
}
_WORDS_OF = {name: words for words, name in _USAGES.items()}
#: What no trunk over mutual TLS works without; dataEncipherment is asked for by the CSRs of RSA services.

#: A duration as Go writes it, without fractions: that is how profiles have it.
_DURATION = re.compile(r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


@dataclass(frozen=True)
class CfsslOptions:
    """The options of the backend beside those of the server. `auth_key` is the secret itself."""

    profile: str
    label: str
    auth_key: bytes | None = field(repr=False)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> CfsslOptions:
        return cls(params["profile"] or "", params["label"] or "", _auth_key(params["auth_key"]))


def _auth_key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if not key:
        raise InvalidOption(
            "the key is not written in hexadecimal digits",
            option="cfssl.auth_key",
            remedy="Give it as it stands under auth_keys in the configuration of CFSSL",
        )
    return key


@dataclass(frozen=True)
class SigningProfile:
    """What `info` says of a profile; None for what it does not say, or not in a way that is known."""

    usages: frozenset[str] | None
    expiry: timedelta | None

    @classmethod
    def parse(cls, result: Mapping[str, Any]) -> SigningProfile:
        usages = texts(result.get("usages"))
        known = None if usages is None else frozenset(_USAGES.get(usage, usage) for usage in usages)
        return cls(known, _duration(result.get("expiry")))


def _duration(text: Any) -> timedelta | None:
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


class _Refusal(RequestDenied):
    """CFSSL has answered with an error: `words` are its own, `code` is its number of the kind."""

    def __init__(self, words: str, code: int | None, *, host: str, operation: str) -> None:
        number = "" if code is None else f" (code {code})"
        super().__init__(
            f"CFSSL has refused: {words or 'without a word'}{number}",
            host=host,
            operation=operation,
            remedy="Let the CA's administrator look at the profile and at the log of CFSSL",
        )
        self.words = words
        self.code = code


class CfsslBackend:
    """A CFSSL server. It keeps no requests: an answer holds the certificate or says no."""

    def __init__(
        self,
        options: CfsslOptions,
        url: CaUrl,
        chain: Sequence[x509.Certificate] = (),
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._api = JsonApi(url, sleep=sleep)
        self._chain = chain
        self._may_sign = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any], **more: Any) -> CfsslBackend:
        """The backend with the options of the dictionary `cfssl`."""
        options = CfsslOptions.from_params(params)
        url = CaUrl(params, backend="cfssl", server="the CFSSL server")
        return cls(options, url, load_chain_file(params, backend="cfssl"), **more)

    def close(self) -> None:
        self._api.close()

    def authority(self) -> Authority:
        return self._authority

    @cached_property
    def _authority(self) -> Authority:
        return complete_authority(self.ca_certificates(), option="cfssl.chain_path")

    def ca_certificates(self) -> Sequence[x509.Certificate]:
        """The issuing certificate as CFSSL shows it, which shows no other; the rest is of `chain_path`."""
        issuer = self._api.certificates(self._info.get("certificate"), operation="info")[0]
        return (issuer, *self._chain)

    def latest_end(self, request: SigningRequest) -> None:
        """The validity is that of the profile."""

    def probe(self, profile: CertificateProfile, validity: timedelta, now: datetime) -> tuple[str, ...]:
        warnings = self._check_validity(validity, now)
        self._refuse(self._judge_usages(_needed(profile)))
        self._check_access()
        asked_by_most = self._lacking([usage for usage in profile.key_usages if not self._gives(usage)])
        return (*warnings, *(f"{finding.text}." for finding in asked_by_most))

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        warnings = self._check_validity(request.validity, request.now)
        wanted = _needed(request.profile)
        if "dataEncipherment" in (key_usage(request.csr) or ()):
            wanted.append("dataEncipherment")
        self._refuse(self._judge_usages(wanted))
        self._check_access()
        return warnings

    def sign(self, request: SigningRequest) -> Issued:
        self.prepare(request)
        try:
            result = self._ask_to_sign(pem(request.csr), repeatable=False)
            certificate = self._api.certificates(result.get("certificate"), operation=self._endpoint)[0]
        except _Refusal as error:
            raise self._explain(error) from None
        except (AnswerLost, UnexpectedAnswer) as error:
            raise after_sending(error, request) from error
        return Issued(certificate)

    @cached_property
    def _info(self) -> dict[str, Any]:
        body = {"label": self._options.label, "profile": self._options.profile}
        return self._call("info", body, repeatable=True)

    @cached_property
    def _profile(self) -> SigningProfile:
        return SigningProfile.parse(self._info)

    @property
    def _usages(self) -> frozenset[str] | None:
        return self._profile.usages

    @property
    def _profile_text(self) -> str:
        return f"the profile {self._options.profile!r}" if self._options.profile else "the default profile"

    @property
    def _endpoint(self) -> str:
        return "sign" if self._options.auth_key is None else "authsign"

    def _check_access(self) -> None:
        """Ask for the signature of something that is no CSR: everything else is checked before that."""
        if self._may_sign:
            return
        try:
            self._ask_to_sign(_NO_CSR, repeatable=True)
        except _Refusal as error:
            if error.code is None or error.code // 1000 != _CSR_ERROR:
                raise self._explain(error) from None
            self._may_sign = True
            return
        raise self._api.unexpected("CFSSL has signed what is no CSR", operation=self._endpoint)

    def _ask_to_sign(self, csr: str, *, repeatable: bool) -> dict[str, Any]:
        request = {
            "certificate_request": csr,
            "profile": self._options.profile,
            "label": self._options.label,
        }
        if self._options.auth_key is None:
            return self._call("sign", request, repeatable=repeatable)
        return self._call("authsign", authenticated(request, self._options.auth_key), repeatable=repeatable)

    def _call(self, endpoint: str, body: Mapping[str, Any], *, repeatable: bool) -> dict[str, Any]:
        """The `result` of CFSSL's envelope. Errors come as text/plain, so only the body counts."""

        def judge(status: int, answer: Mapping[str, Any]) -> None:
            if status in (429, 503) and answer.get("success") is not False:
                return
            if answer.get("success") is not True or not isinstance(answer.get("result"), dict):
                raise self._refusal_in(answer, endpoint)

        answer = self._api.call(
            "POST", f"{_PATH}{endpoint}", judge=judge, operation=endpoint, repeatable=repeatable, json=body
        )
        result: dict[str, Any] = answer["result"]
        return result

    def _refusal_in(self, answer: Mapping[str, Any], endpoint: str) -> _Refusal | UnexpectedAnswer:
        errors = answer.get("errors")
        if answer.get("success") is not False or not isinstance(errors, list):
            return self._api.unexpected("the answer is JSON, but not of CFSSL", operation=endpoint)
        first = next((error for error in errors if isinstance(error, dict)), {})
        words, code = first.get("message"), first.get("code")
        return _Refusal(
            one_line(words) if isinstance(words, str) else "",
            code if isinstance(code, int) else None,
            host=self._api.host,
            operation=endpoint,
        )

    def _explain(self, error: _Refusal) -> RequestDenied | AuthenticationFailed:
        """What a refusal means that is not about the CSR; the refusal itself when it is."""
        where: dict[str, Any] = {"host": error.host, "operation": error.operation}
        if error.words == "authentication required":
            return AuthenticationFailed(
                f"{self._profile_text} signs authenticated requests only",
                option="cfssl.auth_key",
                remedy="Give the key that the profile's auth_key names under auth_keys in the configuration of CFSSL",
                reason="auth_key_required",
                **where,
            )
        if error.words == "invalid token":
            return AuthenticationFailed(
                f"the authentication key is not that of {self._profile_text}",
                option="cfssl.auth_key",
                remedy="Give the key that the profile's auth_key names; one more cause is an unknown profile,"
                " which CFSSL takes for the default one",
                reason="auth_key_refused",
                **where,
            )
        if error.words == "no authentication provider":
            return RequestDenied(
                f"{self._profile_text} does not exist, or takes no authenticated requests",
                option="cfssl.profile",
                remedy="Check the name, give the profile an auth_key in the configuration of CFSSL, or leave"
                " cfssl.auth_key out",
                reason="profile_unknown",
                **where,
            )
        return error

    def _check_validity(self, validity: timedelta, now: datetime) -> tuple[str, ...]:
        """CFSSL lets a certificate outlive its CA, and does not take the validity of the request."""
        expiry = self._profile.expiry
        if expiry is None:
            return ()
        end = self._authority.not_after
        if expiry > end - now:
            raise AuthorityUnusable(
                f"{self._profile_text} gives certificates of {_days(expiry)}, which would outlive the CA that ends"
                f" at {time_text(end)}",
                host=self._api.host,
                option="cfssl.profile",
                reason="outlives_ca",
                remedy="Shorten the expiry of the profile, or renew the CA",
            )
        if expiry == validity:
            return ()
        warning = (
            f"The certificate is valid for {_days(expiry)}, as {self._profile_text} of CFSSL says, not for the"
            f" {_days(validity)} asked for."
        )
        return (warning,)

    def _refuse(self, findings: Iterable[Finding]) -> None:
        found = list(findings)
        if found:
            raise refusal(
                AuthorityUnusable,
                f"{self._profile_text} would give a certificate that cannot be used",
                found,
                option="cfssl.profile",
            )

    def _gives(self, usage: str) -> bool:
        """Whether the profile gives a usage, or does not say which it gives."""
        return self._usages is None or usage in self._usages

    def _judge_usages(self, wanted: Sequence[str]) -> Iterable[Finding]:
        yield from self._lacking([usage for usage in wanted if not self._gives(usage)])
        if "keyCertSign" in (self._usages or ()):
            yield Finding(
                "profile_signs_certificates",
                f"{self._profile_text} gives the usage 'cert sign', which is for CAs only",
                "Remove 'cert sign' from the usages of the profile, or name another profile",
            )

    def _lacking(self, usages: Sequence[str]) -> Iterable[Finding]:
        if usages:
            words = ", ".join(f"'{_WORDS_OF[usage]}'" for usage in usages)
            yield Finding(
                "profile_lacks_usage",
                f"{self._profile_text} of CFSSL does not give {', '.join(usages)}",
                f"Add {words} to the usages of the profile in the configuration of CFSSL, or name another"
                " profile; an unknown name is taken for the default profile",
            )


def _needed(profile: CertificateProfile) -> list[str]:
    return [*profile.required_key_usages, *profile.required_extended_key_usages]


def authenticated(request: Mapping[str, Any], key: bytes) -> dict[str, str]:
    """A request as `authsign` takes it: its bytes, and their HMAC-SHA-256 (doc/api/endpoint_authsign.txt)."""
    data = json.dumps(request).encode()
    token = hmac.new(key, data, hashlib.sha256).digest()
    return {"token": base64.b64encode(token).decode(), "request": base64.b64encode(data).decode()}


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days else f"{int(span.total_seconds())} seconds"
