# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to a CA, as modules offer them."""

from __future__ import annotations

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.doc_fragments.signing_backends import ModuleDocFragment
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import MissingLibrary
from ansible_collections.ucops.cucm.plugins.module_utils._pki import backends
from ansible_collections.ucops.cucm.plugins.module_utils._pki.adcs import AdcsBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backends import (
    BACKENDS,
    backend_arguments,
    backend_of,
    backend_requirements,
    opened_backend,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.cfssl import CfsslBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.manual import ManualBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.vault import VaultBackend

URL = "https://ca.example.com"
#: The least that each needs, and what is made of it.
OPTIONS = {
    "local": ({"private_key_path": "ca.key", "certificate_path": "ca.pem"}, LocalBackend),
    "adcs": ({"url": URL, "username": "user", "password": "secret", "auth_method": "basic"}, AdcsBackend),
    "manual": ({"chain_path": "chain.pem"}, ManualBackend),
    "vault": ({"url": URL, "role": "cucm", "token": "secret"}, VaultBackend),
    "cfssl": ({"url": URL}, CfsslBackend),
}


def params(name):
    spec = {"backend": {"type": "str"}, **backend_arguments(BACKENDS)}
    validated = ArgumentSpecValidator(spec, required_if=backend_requirements(BACKENDS)).validate(
        {"backend": name, name: OPTIONS[name][0]}
    )
    assert not validated.error_messages, validated.error_messages
    return validated.validated_parameters


@pytest.mark.parametrize("name", [kind.name for kind in BACKENDS])
def test_each_name_makes_its_own_backend(name):
    with opened_backend(params(name)) as backend:
        assert isinstance(backend, OPTIONS[name][1])


def test_names_are_told_once():
    assert len({kind.name for kind in BACKENDS}) == len(BACKENDS) == len(OPTIONS)


def test_a_missing_library_is_told_before_anything_is_made(monkeypatch):
    def absent(*names):
        raise MissingLibrary(f"{names} are missing")

    monkeypatch.setattr(backends, "require", absent)
    with pytest.raises(MissingLibrary, match="requests"):
        backend_of(params("vault"))


class Closing:
    closed = 0

    def close(self):
        self.closed += 1


def made(monkeypatch, backend):
    monkeypatch.setattr(backends, "backend_of", lambda _params: backend)
    return backend


def test_what_a_backend_holds_is_given_back_also_after_an_error(monkeypatch):
    backend = made(monkeypatch, Closing())
    with opened_backend({}):
        assert backend.closed == 0
    with pytest.raises(ZeroDivisionError), opened_backend({}):
        raise ZeroDivisionError
    assert backend.closed == 2


def documented(options):
    return {
        name: {
            key: documented(value) if key == "suboptions" else value
            for key, value in option.items()
            if key in ("type", "elements", "required", "default", "choices", "suboptions")
        }
        for name, option in options.items()
    }


def declared(arguments):
    names = {"type": "type", "elements": "elements", "required": "required", "choices": "choices"}
    found = {}
    for name, argument in arguments.items():
        option = {key: argument[key] for key in names if key in argument}
        if argument.get("default") is not None:
            option["default"] = argument["default"]
        if "options" in argument:
            option["suboptions"] = declared(argument["options"])
        found[name] = option
    return found


def test_the_documentation_says_what_is_declared():
    options = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    shared = [kind for kind in BACKENDS if kind.has_authority]
    assert documented(options) == declared(backend_arguments(shared))
    assert list(options) == [kind.name for kind in shared]


def test_every_secret_is_masked():
    secrets = ("passphrase", "password", "token", "secret_id", "auth_key")
    for kind in BACKENDS:
        for name, argument in kind.arguments.items():
            if name.endswith(secrets):
                assert argument.get("no_log") is True, f"{kind.name}.{name}"
