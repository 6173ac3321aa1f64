# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A realm of MIT Kerberos on loopback, for tests that log on with tickets."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REALM = "EXAMPLE.COM"
USER = f"enroll@{REALM}"
PASSWORD = "only-for-the-realm"
SERVICE = f"HTTP/localhost@{REALM}"
#: Of Debian's packages krb5-kdc, krb5-admin-server and krb5-user.
PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
_SECONDS = 30
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True)
class Realm:
    """Where the files are; `environment` makes a process of this host a member."""

    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KRB5_CONFIG": str(self.directory / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.directory / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{self.directory / 'tickets'}",
            "KRB5RCACHEDIR": str(self.directory),
            "PATH": _PATH,
        }

    @property
    def keytab(self) -> Path:
        """The key of the web server."""
        return self.directory / "http.keytab"

    def run(self, *command: str, text: str = "") -> None:
        """Run a program as a member of the realm."""
        subprocess.run(
            command,
            input=text,
            text=True,
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
            timeout=_SECONDS,
        )

    def log_on(self) -> None:
        """Get a ticket for the user into the cache."""
        self.run("kinit", USER, text=f"{PASSWORD}\n")

    def log_off(self) -> None:
        """Forget it."""
        (self.directory / "tickets").unlink(missing_ok=True)


def missing_programs() -> list[str]:
    """Those that this host does not have."""
    return [program for program in PROGRAMS if shutil.which(program, path=_PATH) is None]


def _free_port() -> int:
    """Free for UDP and TCP when it was looked for; a KDC cannot choose one itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        port = int(udp.getsockname()[1])
        tcp.bind(("127.0.0.1", port))
        return port


@contextmanager
def running_realm() -> Iterator[Realm]:
    """A KDC with one user and one web server, `localhost`."""
    with tempfile.TemporaryDirectory(prefix="realm-") as path:
        realm = Realm(Path(path))
        port = _free_port()
        (realm.directory / "krb5.conf").write_text(
            f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
            " dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 0\n"
            f"[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
            f"[domain_realm]\n localhost = {REALM}\n",
            encoding="ascii",
        )
        (realm.directory / "kdc.conf").write_text(
            f"[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n"
            f"[realms]\n {REALM} = {{\n  database_name = {path}/principal\n  key_stash_file = {path}/stash\n }}\n"
            "[logging]\n kdc = STDERR\n",
            encoding="ascii",
        )
        realm.run("kdb5_util", "create", "-r", REALM, "-s", "-W", "-P", "only-for-the-database")
        realm.run("kadmin.local", "-r", REALM, "-q", f"addprinc -requires_preauth -pw {PASSWORD} {USER}")
        realm.run("kadmin.local", "-r", REALM, "-q", f"addprinc -randkey {SERVICE}")
        realm.run("kadmin.local", "-r", REALM, "-q", f"ktadd -k {realm.keytab} {SERVICE}")
        with _kdc(realm):
            yield realm


@contextmanager
def _kdc(realm: Realm) -> Iterator[None]:
    environment = {**os.environ, **realm.environment}
    command = ["krb5kdc", "-n", "-r", REALM]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        # It says so when it listens. A KDC that says nothing is ended, which ends the reading.
        impatience = threading.Timer(_SECONDS, process.kill)
        impatience.start()
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if "commencing operation" in line:
                    break
            else:
                raise RuntimeError(f"the KDC ended: {''.join(said)}")
            impatience.cancel()
            reader = threading.Thread(target=process.stderr.read, daemon=True)
            reader.start()
            yield
        finally:
            impatience.cancel()
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
