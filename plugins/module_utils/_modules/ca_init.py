# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_init: a certificate authority for a laboratory or a small site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS
from ansible_collections.ucops.cucm.plugins.module_utils._pki.authority import (
    AuthorityDirectory,
    AuthorityPlan,
    AuthoritySpecification,
    KeySpecification,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    describe_certificate,
    pem,
)

if TYPE_CHECKING:
    from cryptography import x509

ARGUMENTS: dict[str, dict[str, Any]] = {
    "directory": {"type": "path", "required": True},
    "passphrase": {"type": "str", "required": True, "no_log": True},
    "common_name": {"type": "str", "required": True},
    "issuing_common_name": {"type": "str"},
    "organization": {"type": "str"},
    "country": {"type": "str"},
    "key_type": {"type": "str", "choices": ["rsa", "ec"], "default": "rsa", "no_log": False},
    "key_size": {"type": "int", "no_log": False},
    "validity_days": {"type": "int", "default": 3650},
    "issuing_validity_days": {"type": "int", "default": 1825},
    "state": {"type": "str", "choices": ["present"], "default": "present"},
}

_KEY_SIZES = {"rsa": (2048, 3072, 4096), "ec": (256, 384, 521)}
#: Some phones of a mixed-mode cluster take no CA key of 4096 bits (Security Guide).
_DEFAULT_KEY_SIZE = {"rsa": 3072, "ec": 384}
_SHORTEST_PASSPHRASE = 8
_LONGEST_COMMON_NAME = 64
_LONGEST_VALIDITY_DAYS = 36500


def run(params: Params, context: Context) -> Result:
    """Make what is missing of the authority; what is there is checked and never replaced."""
    key = _key_specification(params)
    _check(params)
    root = _specification(params, params["common_name"], params["validity_days"], key)
    issuing = None
    if params["issuing_common_name"]:
        days = params["issuing_validity_days"]
        issuing = _specification(params, params["issuing_common_name"], days, key)
    directory = AuthorityDirectory(params["directory"], params["passphrase"], AuthorityPlan(root, issuing))
    now = datetime.now(UTC).replace(microsecond=0)
    directory.check(now)
    missing = directory.missing()
    named = [params[name] for name in ("common_name", "issuing_common_name", "organization", "country")]
    context.secrets.check({"authorities": named, "chain": PEM_TEXTS, "files": directory.files()})
    if missing and not context.check_mode:
        directory.make(now)
    after = directory.certificates()
    return {
        "changed": bool(missing),
        "root_certificate": _pem_or_none(after.get("root")),
        "issuing_certificate": _pem_or_none(after.get("issuing")),
        "chain": [pem(certificate) for certificate in reversed(after.values())],
        "authorities": {name: describe_certificate(certificate) for name, certificate in after.items()},
        "files": directory.files(),
        "diff": {
            "before": {"files": [name for name in directory.file_names() if name not in missing]},
            "after": {"files": directory.file_names()},
        },
    }


def _key_specification(params: Params) -> KeySpecification:
    allowed = _KEY_SIZES[params["key_type"]]
    size = _DEFAULT_KEY_SIZE[params["key_type"]] if params["key_size"] is None else params["key_size"]
    if size not in allowed:
        raise InvalidOption(
            f"{size} is no size of a CA key of the type {params['key_type']}",
            option="key_size",
            remedy=f"Use one of {', '.join(map(str, allowed))}",
        )
    return KeySpecification(params["key_type"], size)


def _check(params: Params) -> None:
    if len(params["passphrase"]) < _SHORTEST_PASSPHRASE:
        raise InvalidOption(
            f"the passphrase has fewer than {_SHORTEST_PASSPHRASE} characters",
            option="passphrase",
            remedy="Take a longer one",
        )
    for option in ("validity_days", "issuing_validity_days"):
        if not 1 <= params[option] <= _LONGEST_VALIDITY_DAYS:
            raise InvalidOption(
                f"{params[option]} is not between 1 and {_LONGEST_VALIDITY_DAYS}", option=option
            )
    if params["issuing_common_name"] == params["common_name"]:
        raise InvalidOption(
            "the issuing CA needs another name than the root, since a trust store of CUCM holds one certificate"
            " of each common name",
            option="issuing_common_name",
        )
    names = ("common_name", "issuing_common_name", "organization")
    for option in names:
        value = params[option]
        if value is not None and (not 1 <= len(value) <= _LONGEST_COMMON_NAME or not value.isprintable()):
            raise InvalidOption(f"a name has 1 to {_LONGEST_COMMON_NAME} printable characters", option=option)
    country = params["country"]
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InvalidOption(f"{country!r} is no country code of two letters", option="country")


def _specification(params: Params, name: str, days: int, key: KeySpecification) -> AuthoritySpecification:
    return AuthoritySpecification(
        common_name=name,
        organization=params["organization"],
        country=params["country"],
        key=key,
        validity=timedelta(days=days),
    )


def _pem_or_none(certificate: x509.Certificate | None) -> str | None:
    return None if certificate is None else pem(certificate)


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS, libraries=("cryptography",))
