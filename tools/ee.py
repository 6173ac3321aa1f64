# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the execution environment and run the playbooks inside, as AWX does: `make ee`.

The definition is extensions/ee/execution-environment.yml with a base that mmdebstrap makes, since a machine without a
container registry must do too, and with the collection of this checkout. ansible-runner then runs check, pair
and verify with process isolation against simulated clusters. Needs root and Debian's podman, buildah, runc and
mmdebstrap; where it cannot run, it says so and is skipped, or fails with CI set.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, laboratory_ca, write_inventory
from ansible_collections.ucops.cucm.tests.simulator.client import simulator_process

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".cache" / "ee"
ENVIRONMENT = ROOT / ".venv-ee"
PROGRAMS = ("podman", "buildah", "runc", "mmdebstrap")
INSTALL = "sudo apt-get install --no-install-recommends podman buildah runc mmdebstrap"
BASE, IMAGE = "localhost/ucops-ee-base:bookworm", "localhost/ucops-ee:test"
PACKAGES = "python3,python3-pip,python3-venv,ca-certificates,openssh-client"
LINKS = {"CUCMA": {"CUCM10": ["9898"]}, "CUCM10": {"CUCMA": ["1018"]}}
#: Rootless names, limits and cgroups are not to be had everywhere; without them the same containers run.
CONTAINERS = """[containers]
default_ulimits = []
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def skip(why: str) -> int:
    """Say aloud that nothing was tested; a failure where CI runs."""
    print(f"make ee: SKIPPED, nothing was built or tested: {why}", file=sys.stderr)
    return 1 if os.environ.get("CI") else 0


def run(*command: str | Path, **options: Any) -> None:
    """Run a program and show its output; raises CalledProcessError."""
    print("$", *command, flush=True)
    environment = {**os.environ, "CONTAINERS_CONF": str(WORK / "containers.conf"), **options.pop("env", {})}
    subprocess.run(tuple(map(str, command)), check=True, stdin=subprocess.DEVNULL, env=environment, **options)


def tools() -> Path:
    """The programs of ansible-builder and ansible-runner, as pinned."""
    pins = ROOT / "requirements" / "ee.txt"
    stamp = ENVIRONMENT / "installed.txt"
    if not stamp.is_file() or stamp.read_text() != pins.read_text():
        uv = ROOT / ".venv" / "bin" / "uv"
        run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT)
        run(
            uv,
            "pip",
            "sync",
            "--quiet",
            "--compile-bytecode",
            "--python",
            ENVIRONMENT / "bin" / "python",
            pins,
        )
        stamp.write_text(pins.read_text())
    return ENVIRONMENT / "bin"


def archive() -> Path:
    """The collection of this checkout, as users get it."""
    source = WORK / "source"
    source.mkdir()
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    run(tools() / "ansible-galaxy", "collection", "build", "--output-path", WORK, source)
    (found,) = WORK.glob("ucops-cucm-*.tar.gz")
    return found


def base_image() -> None:
    """Make the base image, unless it is there."""
    if subprocess.run(("podman", "image", "exists", BASE), check=False).returncode == 0:
        return
    run("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", WORK / "base.tar")
    run("podman", "import", "--quiet", WORK / "base.tar", BASE)
    (WORK / "base.tar").unlink()


def definition(collection: Path) -> dict[str, Any]:
    """The users' definition, on the Debian base and with the archive of this checkout."""
    made = yaml.safe_load(
        (ROOT / "extensions" / "ee" / "execution-environment.yml").read_text(encoding="utf-8")
    )
    made["images"]["base_image"]["name"] = BASE
    made["options"] |= {"skip_pip_install": True, "package_manager_path": "/usr/bin/apt-get"}
    # Debian's pip does not install beside Debian's packages unless it is told to.
    environment = (
        "ENV PIP_BREAK_SYSTEM_PACKAGES=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore"
    )
    steps: dict[str, Any] = {"prepend_base": [environment], "prepend_builder": [environment]}
    made["additional_build_files"] = [{"src": str(collection), "dest": "collections"}]
    if certificates := os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE"):
        # What this machine trusts, for package indexes that a proxy answers for.
        made["additional_build_files"].append({"src": certificates, "dest": "trust"})
        copy = f"COPY _build/trust/{Path(certificates).name} /etc/ssl/certs/ca-certificates.crt"
        steps = {key: [copy, *lines] for key, lines in steps.items()}
    made["additional_build_steps"] = {**steps, "prepend_galaxy": [environment]}
    made["dependencies"]["python_interpreter"] = {
        "package_system": "python3",
        "python_path": "/usr/bin/python3",
    }
    # Python 3.11 has none newer.
    made["dependencies"]["ansible_core"] = {"package_pip": "ansible-core>=2.19,<2.20"}
    made["dependencies"]["galaxy"] = {
        "collections": [{"name": f"/build/collections/{collection.name}", "type": "file"}]
    }
    return made


def build_image(collection: Path) -> None:
    """Let ansible-builder write the context, and buildah build it."""
    path, context = WORK / "execution-environment.yml", WORK / "context"
    path.write_text(yaml.safe_dump(definition(collection), sort_keys=False), encoding="utf-8")
    run(
        tools() / "ansible-builder", "create", "-f", path, "-c", context, "--output-filename", "Containerfile"
    )
    run(
        *("buildah", "bud", "--isolation", "chroot", "--network", "host", "--layers=false"),
        *("--tag", IMAGE, "--file", context / "Containerfile", context),
    )


def play(data: Path, playbook: str, *arguments: str) -> None:
    """Run a playbook in the environment, as AWX does."""
    run(
        *(tools() / "ansible-runner", "run", data, "--playbook", playbook),
        *("--process-isolation", "--process-isolation-executable", "podman"),
        *(
            "--container-image",
            IMAGE,
            "--container-option=--user=0",
            "--ident",
            f"run-{secrets.token_hex(4)}",
        ),
        *((f"--cmdline={' '.join(arguments)}",) if arguments else ()),
    )


def try_it() -> None:
    """Check, pair and verify two simulated clusters from inside of the environment."""
    data = WORK / "runner"
    for name in ("project", "inventory", "env"):
        (data / name).mkdir(parents=True)
    passphrase = secrets.token_urlsafe(24)
    inside = Path("/runner/project")
    shutil.copy2(ROOT / "extensions" / "rehearsal" / "make_ca.yml", data / "project")
    extra = {
        "rehearsal_ca_directory": str(inside / "ca"),
        "rehearsal_ca_passphrase": passphrase,
        "cucm_verify_directory": str(inside / "report"),
    }
    (data / "env" / "extravars").touch(mode=0o600)
    (data / "env" / "extravars").write_text(json.dumps(extra), encoding="utf-8")
    restart = ("-e", "cucm_certificate_restart_services=true")
    with simulator_process() as ready:
        variables = laboratory_ca(inside / "ca", passphrase)
        write_inventory(data / "inventory" / "hosts.yml", inventory(ready["clusters"], LINKS, variables))
        play(data, "make_ca.yml")
        play(data, "ucops.cucm.pair_clusters", "--check")
        play(data, "ucops.cucm.pair_clusters", *restart)
        play(data, "ucops.cucm.verify")
    verdict = json.loads((data / "project" / "report" / "report.json").read_text(encoding="utf-8"))["verdict"]
    if verdict != "pass":
        raise SystemExit(f"make ee: the verdict inside of the environment is {verdict}")


def main() -> int:
    """Build and try the execution environment; the exit status."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return skip(f"not installed: {', '.join(missing)}; to install them: {INSTALL}")
    if os.geteuid() != 0:
        return skip("it has to run as root")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    (WORK / "containers.conf").write_text(CONTAINERS, encoding="utf-8")
    try:
        base_image()
        build_image(archive())
        try_it()
    except subprocess.CalledProcessError as error:
        print(f"make ee: failed: {error}", file=sys.stderr)
        return 1
    print("make ee: the environment was built; check, pair and verify ran inside, and the verdict is pass")
    return 0


if __name__ == "__main__":
    sys.exit(main())
