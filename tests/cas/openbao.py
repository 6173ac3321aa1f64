# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real OpenBao, which speaks the API of HashiCorp Vault, with its data in memory."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from ansible_collections.ucops.cucm.tests.cas._server import PATIENCE, JsonClient, TlsFiles, running

MISSING = "OpenBao is not installed: requirements/openbao.txt has it, its bin directory belongs into PATH"

_CONFIGURATION = """\
storage "inmem" {{}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_cert_file = "{tls.server}"
  tls_key_file = "{tls.server}"
}}
api_addr = "https://127.0.0.1:{port}"
"""

#: A role that gives what the services of CUCM need.
GOOD_ROLE: dict[str, Any] = {
    "allow_any_name": True,
    "enforce_hostnames": False,
    "key_type": "any",
    "max_ttl": "8760h",
    "server_flag": True,
    "client_flag": True,
    "key_usage": ["DigitalSignature", "KeyEncipherment", "DataEncipherment", "KeyAgreement"],
}


def is_installed() -> bool:
    return shutil.which("bao") is not None


@dataclass
class OpenBao:
    """A server that runs, initialised and unsealed, and the hand of its administrator."""

    url: str
    ca_path: Path
    client: JsonClient = field(repr=False)
    root_token: str = field(repr=False, default="")
    _unseal_key: str = field(repr=False, default="")

    def initialise(self) -> None:
        answer = self.call("PUT", "sys/init", secret_shares=1, secret_threshold=1)
        self.root_token, self._unseal_key = answer["root_token"], answer["keys"][0]
        self.unseal()

    def seal(self) -> None:
        self.call("PUT", "sys/seal")

    def unseal(self) -> None:
        """Unseal, and wait until the server serves."""
        self.call("PUT", "sys/unseal", key=self._unseal_key)
        end = time.monotonic() + PATIENCE
        while self.client.send("GET", "/v1/sys/health").status_code != 200:
            if time.monotonic() > end:
                raise TimeoutError("OpenBao does not serve after it was unsealed")
            time.sleep(0.02)

    def call(self, method: str, path: str, /, *, namespace: str | None = None, **body: Any) -> dict[str, Any]:
        """A request with the root token; an error of HTTP is an exception."""
        headers = {"X-Vault-Token": self.root_token}
        if namespace is not None:
            headers["X-Vault-Namespace"] = namespace
        answer = self.client.send(method, f"/v1/{path}", headers=headers, json=body or None)
        if not answer.ok:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else {}

    def enable_pki(self, mount: str, **config: Any) -> None:
        self.call("POST", f"sys/mounts/{mount}", type="pki", config={"max_lease_ttl": "43800h", **config})

    def make_root(self, mount: str, *, name: str = "Vault Root", ttl: str = "43800h") -> None:
        self.call("POST", f"{mount}/root/generate/internal", common_name=name, ttl=ttl)

    def make_issuing_ca(self, mount: str, *, root: str, name: str = "Vault Issuing") -> None:
        """An issuing CA at `mount`, below the root at `root`; both engines are made."""
        self.enable_pki(root, max_lease_ttl="87600h")
        self.make_root(root, ttl="87000h")
        self.enable_pki(mount)
        made = self.call("POST", f"{mount}/intermediate/generate/internal", common_name=name)
        signed = self.call(
            "POST", f"{root}/root/sign-intermediate", csr=made["data"]["csr"], common_name=name, ttl="43000h"
        )["data"]
        chain = f"{signed['certificate']}\n{signed['issuing_ca']}"
        self.call("POST", f"{mount}/intermediate/set-signed", certificate=chain)

    def make_role(self, mount: str, name: str, **changes: Any) -> None:
        """A role as it should be, with these changes."""
        self.call("POST", f"{mount}/roles/{name}", **{**GOOD_ROLE, **changes})

    def make_policy(self, name: str, rules: dict[str, list[str]]) -> None:
        """A policy: path → capabilities."""
        text = "\n".join(
            f'path "{path}" {{ capabilities = [{", ".join(f"{word!r}" for word in words)}] }}'.replace(
                "'", '"'
            )
            for path, words in rules.items()
        )
        self.call("PUT", f"sys/policies/acl/{name}", policy=text)

    def make_token(self, *policies: str, **more: Any) -> str:
        answer = self.call("POST", "auth/token/create", policies=policies, **more)
        return str(answer["auth"]["client_token"])

    def make_approle(self, mount: str, name: str, *policies: str, **more: Any) -> tuple[str, str]:
        """Role ID and secret ID of a new AppRole; the login is enabled when it is not."""
        if f"{mount}/" not in self.call("GET", "sys/auth")["data"]:
            self.call("POST", f"sys/auth/{mount}", type="approle")
        path = f"auth/{mount}/role/{name}"
        self.call("POST", path, token_policies=policies, token_ttl="10m", **more)
        role_id = self.call("GET", f"{path}/role-id")["data"]["role_id"]
        secret_id = self.call("POST", f"{path}/secret-id")["data"]["secret_id"]
        return role_id, secret_id


@contextlib.contextmanager
def openbao(directory: Path) -> Iterator[OpenBao]:
    """A new OpenBao whose files lie in the directory, until the block ends."""
    program = shutil.which("bao")
    if program is None:
        raise FileNotFoundError(MISSING)
    tls = TlsFiles.write(directory)
    configuration = directory / "openbao.hcl"

    def command(port: int) -> list[str]:
        configuration.write_text(_CONFIGURATION.format(port=port, tls=tls), encoding="utf-8")
        return [program, "server", f"-config={configuration}"]

    def client(port: int) -> JsonClient:
        return JsonClient(f"https://127.0.0.1:{port}", tls)

    def ready(port: int) -> bool:
        return client(port).answers("GET", "/v1/sys/seal-status")

    with running(command, log=directory / "openbao.log", ready=ready) as port:
        server = OpenBao(f"https://127.0.0.1:{port}", tls.ca, client(port))
        server.initialise()
        yield server
