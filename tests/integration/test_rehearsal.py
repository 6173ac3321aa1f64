# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, users cannot rehearse a change on simulated clusters, or a rehearsal leaves something running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient

COLLECTION = Path(__file__).resolve().parents[2]
PROGRAM = COLLECTION / "extensions" / "rehearsal" / "rehearse.py"
TIME_LIMIT = 1200
INTERRUPTED = 130
TOPOLOGY = """
plugin: ucops.cucm.topology
domain: example.com
clusters:
  CUCMA: {nodes: [cucma-pub], extensions: ["1000-1999"], release: "14"}
  CUCM10: {nodes: [cucm10-pub], extensions: ["9898"]}
links: {mesh: all}
vars:
  cucm_axl_username: axl-user
  cucm_axl_password: "{{ vault_axl_password }}"
  cucm_os_password: "{{ lookup('ansible.builtin.pipe', 'touch evaluated; echo secret') }}"
  cucm_sip_tls_trunk_device_pool: DP_Trunks
"""


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    """A topology with an encrypted file beside it, whose password nobody has."""
    (tmp_path / "group_vars" / "all").mkdir(parents=True)
    (tmp_path / "group_vars" / "all" / "vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n61626364\n")
    path = tmp_path / "clusters.cucm.yml"
    path.write_text(TOPOLOGY)
    return path


def environment(directory: Path) -> dict[str, str]:
    """What a user has: no path to the collection but where it is installed, and a mark to find processes by."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
    return {**kept, "ANSIBLE_HOME": str(directory / "home"), "REHEARSAL_MARK": str(directory)}


def started(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, str(PROGRAM), *arguments),
        cwd=directory,
        env=environment(directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def left_running(directory: Path) -> Iterator[str]:
    """The command lines of processes that a rehearsal in this directory started."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"REHEARSAL_MARK={directory}".encode() in (process / "environ").read_bytes():
                yield (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue


def until(process: subprocess.Popen[str], text: str) -> str:
    """What a process says until it says this."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(said)


def test_the_clusters_run_until_interrupted_and_leave_nothing(topology: Path, tmp_path: Path) -> None:
    with started(tmp_path, "-i", topology.name, "--directory", "out", "--start-only") as process:
        try:
            said = until(process, "Control API")
            made = yaml.safe_load((tmp_path / "out" / "inventory.yml").read_text())
            clusters = made["all"]["children"]["cucm"]["children"]
            assert {one["ansible_host"] for c in clusters.values() for one in c["hosts"].values()} == {
                "127.0.0.1"
            }
            state = ControlClient(said.rpartition("break things: ")[2].strip()).state()
            assert {name: facts["release"] for name, facts in state["clusters"].items()} == {
                "CUCMA": "14",
                "CUCM10": "15",
            }
            assert "encrypted and not read" in said
            assert not (tmp_path / "evaluated").exists()  # no secret is looked up
            for path in ("inventory.yml", "ready"):
                assert (tmp_path / "out" / path).stat().st_mode & 0o077 == 0
        finally:
            process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert "all that it started has ended" in process.stdout.read()
        assert process.wait(TIME_LIMIT) == INTERRUPTED
    assert list(left_running(tmp_path)) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-i", "nowhere.yml"), "there is no inventory nowhere.yml"),
        (
            ("-i", "clusters.cucm.yml", "--release", "8.6"),
            "there is no simulated release '8.6'; there are: 9.1",
        ),
        (("-i", "clusters.cucm.yml", "--directory", "."), "exists; name a directory that does not"),
        (("-i", "broken.cucm.yml"), "'CUCMB' is no cluster of this file"),
    ],
)
def test_bad_input_is_refused_with_the_reason(
    topology: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    broken = TOPOLOGY.replace("mesh: all", "mesh: [CUCMA, CUCMB]")
    (tmp_path / "broken.cucm.yml").write_text(broken)
    with started(tmp_path, *arguments) as process:
        output, _errors = process.communicate(timeout=TIME_LIMIT)
    assert said in " ".join(output.split())
    assert process.returncode == 2
    assert "Traceback" not in output


def test_a_port_that_another_program_has_is_named(topology: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        arguments = ("-i", topology.name, "--directory", "out", "--control-port", str(port))
        with started(tmp_path, *arguments) as process:
            output, _errors = process.communicate(timeout=TIME_LIMIT)
    assert f"another program has port {port} of 127.0.0.1" in output
    assert process.returncode == 2
    assert not (tmp_path / "out").exists()


def directly(topology: Path, directory: Path) -> subprocess.Popen[str]:
    """The program as a user starts it, its directory named `out`."""
    return started(directory, "-i", topology.name, "--directory", "out", "--quiet")


def by_playbook(topology: Path, directory: Path) -> subprocess.Popen[str]:
    """The playbook as a user starts it, its directory named `out`."""
    return subprocess.Popen(
        (
            *(sys.executable, "-m", "ansible.cli.playbook", "ucops.cucm.rehearse"),
            *("-e", f"rehearse_inventory={topology.name}", "-e", "rehearse_directory=out"),
        ),
        cwd=directory,
        env={
            **environment(directory),
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "PWD": str(directory),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + TIME_LIMIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.long  # test_the_clusters_run_until_interrupted_and_leave_nothing
@pytest.mark.parametrize("start", [by_playbook, directly], ids=["playbook", "program"])
def test_an_interrupted_step_leaves_nothing_running(
    topology: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    with start(topology, tmp_path) as process:
        log = tmp_path / "out" / "logs" / "pair.log"
        wait_for(lambda: (log.exists() and "TASK" in log.read_text()) or process.poll() is not None)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=TIME_LIMIT)
    wait_for(lambda: not list(left_running(tmp_path)))


@pytest.mark.long  # test_the_clusters_run_until_interrupted_and_leave_nothing; test_playbooks.py has the four steps
def test_a_change_is_rehearsed_by_the_playbook(topology: Path, tmp_path: Path) -> None:
    with by_playbook(topology, tmp_path) as process:
        output, _errors = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 0, output
    assert "CUCMA calls 9898 of CUCM10: connected over TLSv1." in output
    assert "verdict: pass" in output
    assert (tmp_path / "out" / "plan.json").exists()
    assert (tmp_path / "out" / "report" / "report.html").exists()
    assert list(left_running(tmp_path)) == []
