# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearse a change on simulated clusters with the names and releases of an inventory.

Nothing of the inventory is contacted, and no secret is needed. The playbooks run in the order of the change:
check, pair, restart, verify. The exit status is 0 when all of them succeeded and the verdict is `pass`, 1 when
not, 2 when the rehearsal could not be made.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ucops.cucm.extensions.rehearsal import processes
from ansible_collections.ucops.cucm.extensions.rehearsal.clusters import (
    CARRIED,
    CARRIED_PREFIXES,
    PORTS_PER_NODE,
    BadInput,
    Call,
    Rehearsal,
    inventory_of,
    rehearsal_of,
)
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient

COLLECTION = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
HIGHEST_PORT = 65535
INTERRUPTED = 130
#: Settings of Ansible that decide how an inventory is read, or how the output looks, and nothing else.
KEPT_SETTINGS = ("ANSIBLE_FORCE_COLOR", "ANSIBLE_NOCOLOR", "ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS")


@dataclass(frozen=True)
class Stage:
    """A step of the change: a playbook with arguments."""

    name: str
    playbook: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What came of a stage."""

    stage: Stage
    status: int
    seconds: float
    changed: int
    log: Path


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="rehearse", description=(__doc__ or "").partition("\n\n")[0], allow_abbrev=False
    )
    add = parser.add_argument
    add(
        "-i",
        "--inventory",
        action="append",
        required=True,
        metavar="SOURCE",
        help="your inventory or topology",
    )
    add("-e", "--extra-vars", action="append", default=[], metavar="VARS", help="as for ansible-playbook")
    add("--hosts", default="cucm", help="pattern of the hosts, default: cucm")
    add("--clusters", default="", metavar="A,B", help="these clusters only")
    add(
        "--release",
        action="append",
        default=[],
        metavar="[CLUSTER=]RELEASE",
        help="release of one cluster, or of all others; without it a group release_N says it, or it is 15",
    )
    add("--max-nodes", type=int, default=40, help="refuse more nodes than these, default: 40")
    add("--directory", type=Path, help="where inventory, logs, plan and report go; it must not exist")
    add("--first-port", type=int, default=0, help="first of the ports, three a node; default: free ones")
    add(
        "--control-port", type=int, default=0, help="port of the simulator's control API; default: a free one"
    )
    add("--quiet", action="store_true", help="do not show the output of the playbooks, only keep it")
    add(
        "--start-only",
        action="store_true",
        help="start the clusters, write an inventory of them, and wait for Ctrl-C, for playbooks of your own",
    )
    return parser.parse_args(argv)


def stated_releases(texts: Sequence[str]) -> dict[str, str]:
    """Releases by cluster, that of all others under an empty name."""
    found = {}
    for text in texts:
        cluster, _equals, release = text.rpartition("=")
        found[cluster] = release
    return found


def user_environment() -> dict[str, str]:
    """The environment in which the user's inventory is read."""
    return {**os.environ, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1"}


def own_environment(directory: Path) -> dict[str, str]:
    """The environment of the playbooks: nothing of the user's that could send, cache or decrypt anything."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT_SETTINGS or not name.startswith(("ANSIBLE_", "CUCM_"))
    }
    return {
        **kept,
        "ANSIBLE_CONFIG": str(directory / "ansible.cfg"),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(directory / "collections"),
        "PYTHONWARNINGS": "ignore",
    }


def read_inventory(options: argparse.Namespace, directory: Path) -> dict[str, Any]:
    """The user's inventory without secrets; raises BadInput."""
    request = {
        "sources": [_absolute(source) for source in options.inventory],
        "extra_vars": options.extra_vars,
        "hosts": options.hosts,
        "names": sorted(CARRIED | {"ansible_host"}),
        "prefixes": CARRIED_PREFIXES,
        "flags": {"cucm_certificate_sign_options": ["allow_weak_csr"]},
        "collections": str(directory / "collections"),
    }
    path = directory / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    done = subprocess.run(
        (sys.executable, str(HERE / "read_inventory.py"), str(path)),
        env=user_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    path.unlink()
    if done.returncode != 0:
        raise BadInput(f"the inventory cannot be read: {done.stderr.strip()}")
    return dict(json.loads(done.stdout))


def _absolute(source: str) -> str:
    """A source as it is, but a file by its full path; raises BadInput for a file that is not there."""
    if "," in source:
        return source
    if not Path(source).exists():
        raise BadInput(f"there is no inventory {source}")
    return str(Path(source).absolute())


def prepare(directory: Path) -> None:
    """Lay out the directory of a rehearsal."""
    # Only collections of that name are found, so the whole collection is at its place by a link.
    collections = directory / "collections" / "ansible_collections" / "ucops"
    collections.mkdir(parents=True)
    (collections / "cucm").symlink_to(COLLECTION)
    (directory / "logs").mkdir()
    (directory / "ansible.cfg").write_text(
        "[defaults]\nstdout_callback = default\nretry_files_enabled = false\nforks = 20\n"
        "force_valid_group_names = ignore\n",
        encoding="utf-8",
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)


def ca_variables(directory: Path, passphrase: str, *, allow_weak_csr: bool) -> dict[str, Any]:
    """The variables by which the roles use the CA of the rehearsal."""
    ca = directory / "ca"
    return {
        "cucm_certificate_ca_certificate_paths": [str(ca / "issuing.pem"), str(ca / "root.pem")],
        "cucm_certificate_sign_options": {
            "backend": "local",
            "allow_weak_csr": allow_weak_csr,
            "local": {
                "private_key_path": str(ca / "issuing.key"),
                "private_key_passphrase": passphrase,
                "certificate_path": str(ca / "issuing.pem"),
                "chain_path": str(ca / "root.pem"),
            },
        },
    }


def stages(directory: Path) -> tuple[Stage, ...]:
    """The steps of a change, in order."""
    pair, restart = "ucops.cucm.pair_clusters", ("-e", "cucm_certificate_restart_services=true")
    return (
        Stage("check", pair, ("--check", "-e", f"cucm_plan_path={directory / 'plan.json'}")),
        Stage("pair", pair, ()),
        Stage("restart", pair, ("--tags", "restart", *restart)),
        Stage("verify", "ucops.cucm.verify", ("-e", f"cucm_verify_directory={directory / 'report'}")),
    )


def changed_tasks(log: Path) -> int:
    """How many tasks changed something, of all hosts of a recap."""
    recap = log.read_text(encoding="utf-8").rpartition("PLAY RECAP")[2]
    return sum(map(int, re.findall(r"\bchanged=(\d+)", recap)))


def run_stage(stage: Stage, directory: Path, *, quiet: bool) -> Result:
    """Run a playbook against the simulated clusters."""
    program = Path(sys.executable).with_name("ansible-playbook")
    base = (str(program),) if program.exists() else (sys.executable, "-m", "ansible.cli.playbook")
    log = directory / "logs" / f"{stage.name}.log"
    print(f"\n== {stage.name}: ansible-playbook {stage.playbook} {' '.join(stage.arguments)}", flush=True)
    command = (*base, "-i", str(directory / "inventory.yml"), stage.playbook, *stage.arguments)
    began = time.monotonic()
    status = processes.run_shown(command, own_environment(directory), log, shown=not quiet)
    return Result(stage, status, time.monotonic() - began, changed_tasks(log), log)


def make_ca(directory: Path, passphrase: str) -> None:
    """Make the CA of the rehearsal; raises BadInput with what Ansible said."""
    values = directory / "ca.json"
    text = {"rehearsal_ca_directory": str(directory / "ca"), "rehearsal_ca_passphrase": passphrase}
    write_private(values, json.dumps(text))
    log = directory / "logs" / "ca.log"
    command = (sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,")
    status = processes.run_shown(
        (*command, str(HERE / "make_ca.yml"), "-e", f"@{values}"),
        own_environment(directory),
        log,
        shown=False,
    )
    values.unlink()
    if status != 0:
        raise BadInput(f"the CA of the rehearsal could not be made: {log.read_text(encoding='utf-8')}")


def calls_placed(control: ControlClient, calls: Sequence[Call]) -> Iterator[str]:
    """One line for each call: what came of it."""
    for call in calls:
        answer = control.call(call.cluster, call.calling, call.called)
        came = f"connected over {answer['tls_version']}" if answer["connected"] else answer.get("reason")
        yield f"  {call.cluster} calls {call.called} of {call.peer}: {came}"


def page(rehearsal: Rehearsal, results: Sequence[Result], calls: Sequence[str], directory: Path) -> str:
    """The last page: what was simulated, what each step did, where everything is."""
    simulated = ", ".join(f"{one.name} ({one.release}, {len(one.nodes)} nodes)" for one in rehearsal.clusters)
    lines = ["", "Rehearsal on simulated clusters; your own were not contacted", f"  {simulated}"]
    lines += [f"  note: {note}" for note in rehearsal.notes]
    lines += ["", f"  {'step':<9}{'result':<9}{'seconds':>8}{'changed':>9}"]
    lines += [
        f"  {one.stage.name:<9}{'failed' if one.status else 'ok':<9}{one.seconds:>8.0f}{one.changed:>9}"
        for one in results
    ]
    if calls:
        lines += ["", *calls]
    report = directory / "report"
    lines += ["", f"  verdict: {verdict(directory) or 'none'}"]
    lines += [f"  plan:    {directory / 'plan.json'}", f"  logs:    {directory / 'logs'}"]
    if (report / "report.html").exists():
        lines.append(f"  report:  {report / 'report.html'}")
    failed = [one for one in results if one.status]
    lines += [f"  {one.stage.name} failed; its output: {one.log}" for one in failed]
    return "\n".join(lines)


def plan_page(directory: Path) -> list[str]:
    """The page of the plan that the check made; empty without a plan."""
    path = directory / "plan.json"
    return list(json.loads(path.read_text(encoding="utf-8"))["page"]) if path.exists() else []


def verdict(directory: Path) -> str:
    """The verdict of the last step; empty without a report."""
    path = directory / "report" / "report.json"
    if not path.exists():
        return ""
    return str(json.loads(path.read_text(encoding="utf-8"))["verdict"])


def rehearse(options: argparse.Namespace, directory: Path) -> int:
    """Do the rehearsal in its directory; the exit status."""
    prepare(directory)
    rehearsal = rehearsal_of(
        read_inventory(options, directory),
        chosen=[name for name in options.clusters.split(",") if name],
        stated_releases=stated_releases(options.release),
        max_nodes=options.max_nodes,
    )
    check_ports(options, rehearsal.nodes)
    for note in rehearsal.notes:
        print(f"note: {note}")
    topology = directory / "topology.yml"
    topology.write_text(yaml.safe_dump(rehearsal.topology(options.first_port)), encoding="utf-8")
    passphrase = secrets.token_urlsafe(24)
    make_ca(directory, passphrase)
    print(f"Starting {len(rehearsal.clusters)} simulated clusters with {rehearsal.nodes} nodes …", flush=True)
    with (
        (directory / "logs" / "simulator.log").open("w", encoding="utf-8") as errors,
        processes.simulator(topology, options.control_port, errors) as ready,
    ):
        if schemas.reason_unavailable():
            print(
                "note: requests are not checked against Cisco's AXL schema, which the collection cannot carry"
            )
        variables = ca_variables(directory, passphrase, allow_weak_csr=rehearsal.allow_weak_csr)
        text = yaml.safe_dump(inventory_of(rehearsal, ready["clusters"], variables), sort_keys=False)
        write_private(directory / "inventory.yml", text)
        if options.start_only:
            return wait(directory, ready["control"])
        results: list[Result] = []
        for stage in stages(directory):
            results.append(run_stage(stage, directory, quiet=options.quiet))
            if options.quiet and stage.name == "check":
                print("\n".join(plan_page(directory)), flush=True)
            if results[-1].status:
                break
        done = len(results) == len(stages(directory))
        calls = list(calls_placed(ControlClient(ready["control"]), rehearsal.calls)) if done else []
    print(page(rehearsal, results, calls, directory), flush=True)
    return int(any(one.status for one in results) or verdict(directory) != "pass")


def wait(directory: Path, control: str) -> int:
    """Say how to use the clusters, and wait until interrupted."""
    # For programs that start this one in the background: all is there, and this is the process to stop.
    write_private(directory / "ready", f"{os.getpid()}\n")
    print(
        f"""The simulated clusters run until Ctrl-C. To use them:
  export ANSIBLE_COLLECTIONS_PATH={directory / "collections"}
  ansible-playbook -i {directory / "inventory.yml"} ucops.cucm.pair_clusters --check
Control API, to place calls and to break things: {control}""",
        flush=True,
    )
    while True:
        signal.pause()


def check_ports(options: argparse.Namespace, nodes: int) -> None:
    """Raise BadInput for ports that do not exist or that another program has."""
    ports = [options.control_port] if options.control_port else []
    if options.first_port:
        ports += range(options.first_port, options.first_port + PORTS_PER_NODE * nodes)
    if ports and not 0 < min(ports) <= max(ports) <= HIGHEST_PORT:
        raise BadInput(f"ports go from 1 to {HIGHEST_PORT}; {nodes} nodes need {PORTS_PER_NODE * nodes}")
    taken = ", ".join(map(str, processes.taken_ports(ports)))
    if taken:
        raise BadInput(
            f"another program has port {taken} of 127.0.0.1; give another --first-port or --control-port, or"
            " neither, for free ones"
        )


def work_directory(wanted: Path | None) -> Path:
    """Make the directory, readable for its owner alone; raises BadInput."""
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="rehearsal-"))
    try:
        wanted.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BadInput(f"{wanted} exists; name a directory that does not") from None
    except OSError as error:
        raise BadInput(f"{wanted} cannot be made: {error.strerror}") from error
    return wanted.absolute()


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run the rehearsal; nothing that it started runs when it returns."""
    options = arguments(argv)
    # SIGINT too: a shell starts a background job with it ignored, and then Python does not raise by itself.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        directory = work_directory(options.directory)
        try:
            return rehearse(options, directory)
        except BadInput:
            shutil.rmtree(directory)
            raise
    except BadInput as error:
        for problem in error.problems:
            print(f"rehearse: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rehearse: interrupted; all that it started has ended", file=sys.stderr)
        return INTERRUPTED
