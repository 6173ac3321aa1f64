# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing by the PKI secrets engine of HashiCorp Vault or OpenBao, with a role: `pki/sign/<role>`.

The facts are measured with OpenBao 2.7.2, whose API is Vault's: of the CSR's subject only the common
name is taken, usages are those of the role whatever the request asks for, the common name becomes a
DNS name too unless that is excluded, and a validity above the maximum is cut with no more than a
warning. So the role is judged before anything is signed, where the token may read it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from ansible.module_utils.basic import env_fallback
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    PermissionDenied,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import keep_secret
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
from ansible_collections.ucops.cucm.plugins.module_utils._pki.vault_role import (
    Role,
    judge_role,
    lacking_usages,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    find_extension,
    pem,
    time_text,
)

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

VAULT_ARGUMENTS: dict[str, dict[str, Any]] = {
    **SERVER_ARGUMENTS,
    "mount": {"type": "str", "default": "pki"},
    "role": {"type": "str", "required": True},
    "auth_method": {"type": "str", "choices": ["token", "approle"], "default": "token"},
    "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["VAULT_TOKEN"])},
    "role_id": {"type": "str"},
    "secret_id": {"type": "str", "no_log": True},
    "approle_mount": {"type": "str", "default": "approle"},
    "namespace": {"type": "str"},
}

#: A token with fewer seconds left is worth a warning: the tasks that follow will need another one.
_SHORT_TOKEN_LIFE = 300

#: Warnings that say that Vault did what is wanted here: it took the names from the CSR.
_NO_WARNING = re.compile(r'role is set with "use_csr_(?:common_name|sans)" set to true')

_ROLE_NAME = re.compile(r"\w(?:[\w.-]*\w)?", re.ASCII)
_PATH_PART = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True)
class VaultOptions:
    """The options of the backend beside those of the server."""

    mount: str
    role: str
    token: str | None = field(repr=False)
    role_id: str | None
    secret_id: str | None = field(repr=False)
    approle_mount: str
    namespace: str | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> VaultOptions:
        if not _ROLE_NAME.fullmatch(params["role"]):
            raise InvalidOption(
                f"{params['role']!r} is not the name of a role",
                option="vault.role",
                remedy="Give the name alone, as 'vault list pki/roles' shows it",
            )
        by_token = params["auth_method"] == "token"
        needed = "token" if by_token else "role_id"
        if not params[needed]:
            raise InvalidOption(
                f"the way to log in is {params['auth_method']}, and there is no {needed}",
                option=f"vault.{needed}",
                remedy="Give it, or set VAULT_TOKEN in the environment of the host that the task runs on, or use"
                " vault.auth_method: approle"
                if by_token
                else "Give the role ID of the AppRole, and its secret ID by vault.secret_id",
            )
        namespace = (params["namespace"] or "").strip("/")
        return cls(
            mount=_path(params["mount"], option="vault.mount"),
            role=params["role"],
            token=_header_value(params["token"]) if by_token else None,
            role_id=None if by_token else params["role_id"].strip(),
            secret_id=None if by_token or params["secret_id"] is None else params["secret_id"].strip(),
            approle_mount=_path(params["approle_mount"], option="vault.approle_mount"),
            namespace=_path(namespace, option="vault.namespace") if namespace else None,
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.token, self.secret_id) if secret)


def _path(text: str, *, option: str) -> str:
    """A path of Vault without the slashes around it, fit for a URL and for a header."""
    parts = text.strip("/").split("/")
    if any(part in (".", "..") or not _PATH_PART.fullmatch(part) for part in parts):
        raise InvalidOption(
            f"{text!r} is not a path in Vault",
            option=option,
            remedy="Give it as 'vault secrets list' shows it",
        )
    return "/".join(parts)


def _header_value(token: str) -> str:
    """The token without the newline that a file ends with; the error of requests would show one with a line break."""
    token = token.strip()
    if not _PATH_PART.fullmatch(token):
        raise InvalidOption(
            "the token is empty or has characters that no token has",
            option="vault.token",
            remedy="Give the token alone, in one line",
        )
    return token


class _Refusal(RequestDenied):
    """Vault has answered with an error: its HTTP status, and its own words."""

    def __init__(self, status: int, words: str, *, host: str, operation: str) -> None:
        super().__init__(
            f"Vault has refused (HTTP {status}): {words or 'without a word'}",
            host=host,
            operation=operation,
            remedy="Let the administrator of Vault look at its log",
        )
        self.status = status
        self.words = words


class _Api:
    """The HTTP API of one Vault, as one account, which logs in when it first has to."""

    def __init__(self, url: CaUrl, options: VaultOptions, *, sleep: Callable[[float], None]) -> None:
        self._json = JsonApi(url, sleep=sleep)
        self._options = options
        self._login: Mapping[str, Any] | None = None

    @property
    def host(self) -> str:
        return self._json.host

    def close(self) -> None:
        """Give back a token that was got here; whether that works changes nothing for the caller."""
        login, self._login = self._login, None
        if login is not None and login.get("token_type") != "batch":  # a batch token cannot be revoked
            with suppress(CucmError):  # also UnexpectedAnswer: the answer is empty
                self._send("POST", "auth/token/revoke-self", token=login["client_token"], repeatable=False)
        self._json.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool = True,
        anonymous: bool = False,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The whole answer to a request; `_Refusal` or a more telling error when Vault says no."""
        token = None if anonymous else self._token()
        return self._send(method, path, token=token, repeatable=repeatable, body=body)

    def data(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The `data` of the answer."""
        data = self.call(method, path, **more).get("data")
        if not isinstance(data, dict):
            raise self.unexpected("the answer of Vault has no data", operation=path)
        return data

    def certificates(self, data: Any, *, operation: str) -> list[x509.Certificate]:
        return self._json.certificates(data, operation=operation)

    def unexpected(self, what: str, *, operation: str) -> UnexpectedAnswer:
        return self._json.unexpected(what, operation=operation)

    def words(self, text: str) -> str:
        """Vault's words for a message; should they repeat a secret, it is taken out."""
        keep_secret(*self._options.secrets)
        return one_line(text)

    def _token(self) -> str:
        if self._options.token is not None:
            return self._options.token
        if self._login is None:
            self._login = self._log_in()
            keep_secret(self._login["client_token"])
        token: str = self._login["client_token"]
        return token

    def _log_in(self) -> Mapping[str, Any]:
        path = f"auth/{self._options.approle_mount}/login"
        body = {"role_id": self._options.role_id}
        if self._options.secret_id is not None:
            body["secret_id"] = self._options.secret_id
        try:
            login = self._send("POST", path, repeatable=False, body=body).get("auth")
        except _Refusal as error:
            where: dict[str, Any] = {"host": error.host, "operation": error.operation}
            if error.status == 400:
                raise AuthenticationFailed(
                    f"Vault has refused the AppRole: {error.words}",
                    option="vault.secret_id",
                    remedy="Give the role ID and a secret ID of one AppRole; a secret ID may have expired or been used"
                    " up. It was tried once only",
                    reason="approle_refused",
                    **where,
                ) from None
            if error.status in (403, 404):
                raise AuthenticationFailed(
                    f"Vault has no AppRole login at auth/{self._options.approle_mount} ({error.words})",
                    option="vault.approle_mount",
                    remedy="Give the path that 'vault auth list' shows without auth/, and check vault.namespace",
                    reason="approle_unknown",
                    **where,
                ) from None
            raise
        if not isinstance(login, dict) or not isinstance(login.get("client_token"), str):
            raise self.unexpected("the answer to the login has no token", operation=path)
        if not _PATH_PART.fullmatch(login["client_token"]):  # empty when a second factor is asked for
            raise AuthenticationFailed(
                "Vault wants more than the secret ID, and has given no token",
                host=self.host,
                operation=path,
                option="vault.role_id",
                remedy="Exempt the AppRole from login MFA",
                reason="approle_refused",
            )
        return login

    def _send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        repeatable: bool = True,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        headers = {"X-Vault-Request": "true"}  # an agent may let nothing else through
        if token is not None:
            headers["X-Vault-Token"] = token
        if self._options.namespace is not None:
            headers["X-Vault-Namespace"] = self._options.namespace

        def judge(status: int, answer: Mapping[str, Any]) -> None:
            if status >= 400:
                self._judge_error(status, answer, path)

        return self._json.call(
            method,
            f"/v1/{quote(path)}",
            judge=judge,
            operation=path,
            repeatable=repeatable,
            headers=headers,
            json=body,
        )

    def _judge_error(self, status: int, answer: Mapping[str, Any], operation: str) -> None:
        """Raise what an answer with an error status means to every caller; else `_Refusal`."""
        errors = texts(answer.get("errors"))
        if errors is None:
            raise self.unexpected(
                f"the answer (HTTP {status}) is JSON, but no error of Vault", operation=operation
            )
        said = "; ".join(errors)
        words = self.words(said)
        where: dict[str, Any] = {"host": self.host, "operation": operation}
        if status == 503 and "sealed" in said:
            raise AuthorityUnusable(
                "Vault is sealed",
                reason="ca_sealed",
                remedy="Unseal it (vault operator unseal, bao operator unseal), then run again",
                **where,
            )
        if status in (429, 503):
            return
        if "namespace not found" in said:
            raise AuthorityUnusable(
                f"Vault has no namespace {self._options.namespace!r}",
                option="vault.namespace",
                reason="namespace_unknown",
                remedy="Give its whole path, as 'vault namespace list' shows it",
                **where,
            )
        if "no handler for route" in said and operation.startswith(f"{self._options.mount}/"):
            raise self.no_such_mount(operation, words)
        if "no default issuer" in said or "unable to find PKI issuer" in said:
            raise AuthorityUnusable(
                f"the PKI engine at {self._options.mount} has no issuer to sign with: {words}",
                option="vault.mount",
                reason="ca_without_issuer",
                remedy="Generate or import a CA there, or set the default issuer (config/issuers), or the role's"
                " issuer_ref",
                **where,
            )
        raise _Refusal(status, words, host=self.host, operation=operation)

    def no_such_mount(self, operation: str, words: str) -> AuthorityUnusable:
        return AuthorityUnusable(
            f"there is no PKI engine at {self._options.mount} ({words})",
            host=self.host,
            operation=operation,
            option="vault.mount",
            reason="mount_unknown",
            remedy="Give the path that 'vault secrets list' shows, and check vault.namespace",
        )


class VaultBackend:
    """A PKI engine of Vault or OpenBao. It keeps no requests: an answer holds the certificate or says no.

    The token must be good for five uses, where these are limited. `close` gives back a token that AppRole has given.
    """

    def __init__(
        self,
        options: VaultOptions,
        url: CaUrl,
        chain: Sequence[x509.Certificate] = (),
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = options
        self._api = _Api(url, options, sleep=sleep)
        self._chain = chain
        self._may_sign = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any], **more: Any) -> VaultBackend:
        """The backend with the options of the dictionary `vault`."""
        options = VaultOptions.from_params(params)
        url = CaUrl(params, backend="vault", server="the Vault server")
        return cls(options, url, load_chain_file(params, backend="vault"), **more)

    def close(self) -> None:
        """Revoke the token of AppRole, and close the connection. Raises nothing of the family."""
        self._may_sign = False
        self._api.close()

    def authority(self) -> Authority:
        return self._authority

    @cached_property
    def _authority(self) -> Authority:
        return complete_authority(self.ca_certificates(), option="vault.chain_path")

    def ca_certificates(self) -> Sequence[x509.Certificate]:
        """The issuer that the role signs with, or the default one; then `chain_path`, or what Vault has above."""
        issuer = self._role.issuer if self._role else "default"
        found = self._default_issuer() if issuer == "default" else self._named_issuer(issuer)
        return (found[0], *(self._chain or found[1:]))

    def _named_issuer(self, issuer: str) -> list[x509.Certificate]:
        path = self._path(f"issuer/{issuer}/json")
        data = self._api.data("GET", path, anonymous=True)
        own = self._api.certificates(data.get("certificate"), operation=path)
        return own + self._api.certificates("\n".join(texts(data.get("ca_chain")) or []), operation=path)

    def _default_issuer(self) -> list[x509.Certificate]:
        """Asked without the token, since these paths are open. A root of Vault before 1.11 has an empty chain."""
        for name in ("ca_chain", "ca"):
            path = self._path(f"cert/{name}")
            try:
                data = self._api.data("GET", path, anonymous=True)
            except _Refusal as error:
                if error.status in (403, 404):
                    raise self._api.no_such_mount(path, error.words) from None
                raise
            if data.get("certificate"):
                break
        return self._api.certificates(data.get("certificate"), operation=path)

    def latest_end(self, request: SigningRequest) -> None:
        """Role, engine and issuer may each cut the validity."""

    def probe(self, profile: CertificateProfile, validity: timedelta, now: datetime) -> tuple[str, ...]:
        warnings = [*self._check_validity(validity, now), *self._check_access()]
        if self._role is not None:
            needed = profile.required_key_usages, profile.required_extended_key_usages
            self._refuse(lacking_usages(self._role, *needed))
            asked_by_most = lacking_usages(self._role, profile.key_usages, ())
            warnings += [f"{self._role_text}: {finding.text}." for finding in asked_by_most]
        return tuple(warnings)

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        warnings = [*self._check_validity(request.validity, request.now), *self._check_access()]
        if self._role is not None:
            self._refuse(judge_role(self._role, request))
        return tuple(warnings)

    def _refuse(self, findings: Iterable[Finding]) -> None:
        found = list(findings)
        if found:
            raise refusal(
                AuthorityUnusable,
                f"{self._role_text} cannot give the certificate",
                found,
                option="vault.role",
            )

    def sign(self, request: SigningRequest) -> Issued:
        self.prepare(request)
        try:
            answer = self._api.call("POST", self._sign_path, repeatable=False, body=signing_body(request))
            data = answer.get("data")
            text = data.get("certificate") if isinstance(data, dict) else None
            certificate = self._api.certificates(text, operation=self._sign_path)[0]
        except _Refusal as error:
            raise self._explain(error) from None
        except (AnswerLost, UnexpectedAnswer) as error:
            raise after_sending(error, request) from error
        request_id = answer.get("request_id")
        return Issued(
            certificate,
            warnings=tuple(self._warnings(answer.get("warnings"))),
            request_id=request_id if isinstance(request_id, str) and request_id else None,
        )

    def _warnings(self, warnings: Any) -> Iterable[str]:
        for warning in warnings if isinstance(warnings, list) else ():
            if isinstance(warning, str) and not _NO_WARNING.search(warning):
                yield f"Vault: {self._api.words(warning)}"

    def _path(self, end: str) -> str:
        return f"{self._options.mount}/{end}"

    @property
    def _sign_path(self) -> str:
        return self._path(f"sign/{self._options.role}")

    @property
    def _role_text(self) -> str:
        return f"the role {self._options.role!r} of Vault"

    @cached_property
    def _role(self) -> Role | None:
        """The role; None when this token may not read it, which it need not."""
        path = self._path(f"roles/{self._options.role}")
        try:
            return Role.parse(self._api.data("GET", path))
        except _Refusal as error:
            if error.status == 403:
                return None
            if error.status == 404:
                raise self._no_such_role(error) from None
            raise
        except ValueError as error:
            raise self._api.unexpected(f"the role cannot be read: {error}", operation=path) from None

    def _check_access(self) -> Iterable[str]:
        """Send a CSR that is empty: whatever else would keep one from being signed is checked before it."""
        if self._may_sign:
            return
        try:
            self._api.call("POST", self._sign_path, body={"csr": ""})
        except _Refusal as error:
            if error.status != 400 or "csr" not in error.words.lower():
                raise self._explain(error) from None
        else:
            raise self._api.unexpected("Vault has taken an empty CSR", operation=self._sign_path)
        self._may_sign = True
        yield from self._token_warnings()

    def _token_warnings(self) -> Iterable[str]:
        if self._options.token is None:
            return
        try:
            seconds = self._api.data("GET", "auth/token/lookup-self").get("ttl")
        except _Refusal:  # a token without the policy `default` may not look itself up
            return
        if isinstance(seconds, int) and 0 < seconds < _SHORT_TOKEN_LIFE:
            yield f"The token of Vault expires in {seconds} s: renew it, or the next tasks will be refused."

    def _explain(self, error: _Refusal) -> CucmError:
        """What the refusal to sign means to the user."""
        where: dict[str, Any] = {"host": error.host, "operation": error.operation}
        if error.status == 403:
            return self._not_permitted(where)
        if "unknown role" in error.words:
            return self._no_such_role(error)
        if error.status >= 500:
            return AuthorityUnusable(
                f"Vault could not sign: {error.words}",
                reason="ca_failed",
                remedy="Let the administrator of Vault look at its log",
                **where,
            )
        return RequestDenied(
            f"{self._role_text} refuses the CSR: {error.words}",
            option="vault.role",
            remedy="Let the administrator of Vault change the role, name another role, or change the CSR",
            **where,
        )

    def _not_permitted(self, where: Mapping[str, Any]) -> CucmError:
        """Vault says 403 for a dead token and for a missing right alike; the token itself tells them apart."""
        if self._options.token is not None:
            try:
                self._api.call("GET", "auth/token/lookup-self")
            except _Refusal:
                return AuthenticationFailed(
                    "Vault does not take the token: it is wrong, expired, revoked or used up",
                    option="vault.token",
                    reason="token_invalid",
                    remedy="Get a new token (vault login, vault token create); see what is left of one with"
                    " 'vault token lookup'",
                    **where,
                )
        return PermissionDenied(
            "the token is good, but its policies do not let it sign with this role",
            reason="permission_denied",
            option="vault.role",
            remedy=f'Give its policy: path "{self._sign_path}" {{ capabilities = ["update"] }}; and, to have the role'
            f' checked before, path "{self._path("roles/" + self._options.role)}" {{ capabilities = ["read"] }}.'
            " Also check vault.mount and vault.namespace",
            **where,
        )

    def _no_such_role(self, error: _Refusal) -> AuthorityUnusable:
        return AuthorityUnusable(
            f"the PKI engine at {self._options.mount} has no role {self._options.role!r}",
            host=error.host,
            operation=error.operation,
            option="vault.role",
            reason="role_unknown",
            remedy=f"Give a name that 'vault list {self._path('roles')}' shows",
        )

    def _check_validity(self, validity: timedelta, now: datetime) -> Iterable[str]:
        longest = self._longest
        shortened = longest is not None and longest < validity.total_seconds()
        span = timedelta(seconds=longest) if longest is not None and shortened else validity
        end = self._authority.not_after
        if span > end - now:
            raise AuthorityUnusable(
                f"a certificate of {_days(span)} would outlive its CA, which ends at {time_text(end)}",
                host=self._api.host,
                option="validity_days",
                reason="outlives_ca",
                remedy="Ask for fewer days, or renew the CA",
            )
        if shortened:
            yield (
                f"The certificate will be valid for {_days(span)}, not for the {_days(validity)} asked for: that is"
                f" the max_ttl of {self._role_text}, or of its engine."
            )

    @cached_property
    def _longest(self) -> int | None:
        """The seconds that the role, or without a limit of its own the engine, allows; None when not known."""
        seconds: Any = self._role.max_ttl if self._role else None
        if seconds == 0:
            path = f"sys/internal/ui/mounts/{self._options.mount}"
            try:
                config = self._api.data("GET", path).get("config")
            except (_Refusal, UnexpectedAnswer):
                return None  # not a documented part of the API, so its absence proves nothing
            seconds = config.get("max_lease_ttl") if isinstance(config, dict) else None
        is_number = isinstance(seconds, int) and not isinstance(seconds, bool)
        return seconds if is_number and seconds > 0 else None


def signing_body(request: SigningRequest) -> dict[str, Any]:
    """The request for a certificate with exactly the names of the CSR, wherever the role takes names from."""
    name = common_name(request.csr)
    extension = find_extension(request.csr, "2.5.29.17")
    names = extension.value if extension is not None else x509.SubjectAlternativeName([])
    dns_names = names.get_values_for_type(x509.DNSName)
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return {
        "csr": pem(request.csr),
        "common_name": name,
        "alt_names": ",".join([*dns_names, *names.get_values_for_type(x509.RFC822Name)]),
        "ip_sans": addresses,
        "uri_sans": names.get_values_for_type(x509.UniformResourceIdentifier),
        "exclude_cn_from_sans": name not in dns_names,
        "ttl": f"{int(request.validity.total_seconds())}s",
        "format": "pem",
    }


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days else f"{int(span.total_seconds())} seconds"
