# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CAs that targets sign with: the double of AD CS, and OpenBao and CFSSL as they are.

A program that is not installed is missing in what `running_authorities` gives; in CI that is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.cas import cfssl, openbao
from ansible_collections.ucops.cucm.tests.certsrv.client import ControlClient, certsrv_process
from ansible_collections.ucops.cucm.tests.support.builders import make_issuing_ca

_CFSSL_KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Authorities:
    """Options of `ca_sign` by backend, and the control API of the AD CS double."""

    options: dict[str, dict[str, Any]]
    adcs_control: str
    missing: tuple[str, ...]

    def reset(self) -> None:
        """Forget the requests of the run before."""
        ControlClient(self.adcs_control).order("reset")

    def variables(self) -> dict[str, Any]:
        """What a target finds."""
        return {"authorities": self.options, "adcs_control": self.adcs_control}


@contextmanager
def running_authorities(directory: Path) -> Iterator[Authorities]:
    """Start what is installed, each on a free port."""
    options: dict[str, dict[str, Any]] = {}
    missing = []
    with ExitStack() as stack:
        ready = stack.enter_context(certsrv_process())
        options["adcs"] = {name: ready[name] for name in ("url", "ca_path", "username", "password")}
        for program, start in ((openbao, _openbao), (cfssl, _cfssl)):
            if program.is_installed():
                place = directory / program.__name__.rpartition(".")[2]
                place.mkdir()
                options.update(start(stack, place))
            else:
                missing.append(program.MISSING)
        if missing and os.environ.get("CI"):
            raise RuntimeError("; ".join(missing))
        yield Authorities(options, ready["control"], tuple(missing))


def _openbao(stack: ExitStack, directory: Path) -> dict[str, dict[str, Any]]:
    server = stack.enter_context(openbao.openbao(directory))
    server.make_issuing_ca("pki-uc", root="pki-root")
    server.make_role("pki-uc", "callmanager")
    server.make_policy("signer", {"pki-uc/sign/*": ["update"], "pki-uc/roles/*": ["read"]})
    role_id, secret_id = server.make_approle("approle", "ansible", "signer")
    return {
        "vault": {
            "url": server.url,
            "ca_path": str(server.ca_path),
            "mount": "pki-uc",
            "role": "callmanager",
            "auth_method": "approle",
            "approle_mount": "approle",
            "role_id": role_id,
            "secret_id": secret_id,
        }
    }


def _cfssl(stack: ExitStack, directory: Path) -> dict[str, dict[str, Any]]:
    files = make_issuing_ca().write(directory, passphrase=None)
    good = {"usages": list(cfssl.GOOD_USAGES), "expiry": "8760h", "auth_key": "main"}
    server = stack.enter_context(
        cfssl.cfssl(
            directory,
            certificate=Path(files["certificate_path"]),
            private_key=Path(files["private_key_path"]),
            profiles={"callmanager": good},
            default={**good, "usages": ["digital signature", "server auth"]},
            auth_keys={"main": _CFSSL_KEY},
        )
    )
    return {
        "cfssl": {
            "url": server.url,
            "ca_path": str(server.ca_path),
            "profile": "callmanager",
            "auth_key": _CFSSL_KEY,
            "chain_path": files["chain_path"],
        }
    }
