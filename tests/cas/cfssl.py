# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real CFSSL server."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.cas._server import JsonClient, TlsFiles, running

MISSING = "CFSSL is not installed: apt-get install golang-cfssl (tools/system-packages)"

#: Usages of a profile that gives what the services of CUCM need.
GOOD_USAGES = (
    "digital signature",
    "key encipherment",
    "data encipherment",
    "key agreement",
    "server auth",
    "client auth",
)


def is_installed() -> bool:
    return shutil.which("cfssl") is not None


@dataclass(frozen=True)
class Cfssl:
    """A server that runs; `log` is the file that it writes."""

    url: str
    ca_path: Path
    log: Path


@contextlib.contextmanager
def cfssl(
    directory: Path,
    *,
    certificate: Path,
    private_key: Path,
    profiles: Mapping[str, Mapping[str, Any]],
    default: Mapping[str, Any],
    auth_keys: Mapping[str, str],
) -> Iterator[Cfssl]:
    """A CFSSL that signs with this CA key (PEM, not encrypted), until the block ends.

    `profiles` and `default` are as in its configuration; `auth_keys` are names with keys in hexadecimal.
    """
    program = shutil.which("cfssl")
    if program is None:
        raise FileNotFoundError(MISSING)
    tls = TlsFiles.write(directory)
    configuration = directory / "cfssl.json"
    keys = {name: {"type": "standard", "key": key} for name, key in auth_keys.items()}
    configuration.write_text(
        json.dumps({"signing": {"default": default, "profiles": profiles}, "auth_keys": keys}),
        encoding="utf-8",
    )

    def command(port: int) -> list[str]:
        return [
            *(program, "serve", "-address", "127.0.0.1", "-port", str(port)),
            *("-ca", str(certificate), "-ca-key", str(private_key), "-config", str(configuration)),
            *("-tls-cert", str(tls.server), "-tls-key", str(tls.server)),
        ]

    def ready(port: int) -> bool:
        client = JsonClient(f"https://127.0.0.1:{port}", tls)
        return client.answers("POST", "/api/v1/cfssl/info", json={"label": ""})

    log = directory / "cfssl.log"
    with running(command, log=log, ready=ready) as port:
        yield Cfssl(f"https://127.0.0.1:{port}", tls.ca, log)
