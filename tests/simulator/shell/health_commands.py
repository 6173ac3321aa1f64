# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`utils disaster_recovery history backup`, `utils dbreplication runtimestate`, `utils ntp status`, `run sql`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator.axl import queries, versions
from ansible_collections.ucops.cucm.tests.simulator.axl.faults import AxlFault
from ansible_collections.ucops.cucm.tests.simulator.shell.refusal import Refused

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.shell.session import Run

_STATES = {
    0: "Not Started",
    1: "Started",
    2: "Setup Completed",
    3: "Bad Replication",
    4: "Setup Failed",
}


async def backup_history(run: Run) -> str:
    """The backups of the cluster, the last good one as old as the node's defects say."""
    if run.arguments != ["backup"]:
        raise Refused("Executed command unsuccessfully\nNo valid command entered")
    known = versions.release(run.node.cluster.topology.release).ccm_version
    hours = run.node.defects.backup_hours
    now = run.carry_out(run.node.clock.now)
    lines = ["Tar Filename: Backup Device: Completed On: Result: Backup Type: Version: Features Backed Up:"]
    rows = [(now - timedelta(hours=30), "ERROR")]
    if hours is not None:
        rows.insert(0, (now - timedelta(hours=hours), "SUCCESS"))
    for start, result in rows:
        ended = start + timedelta(minutes=1)
        lines.append(
            f"{start:%Y-%m-%d-%H-%M-%S}.tar   NETWORK   {ended:%a %b %d %H:%M:%S} UTC {ended:%Y}  {result}"
            f"  MANUAL  {known} UCM ---"
        )
    return "\n".join(lines)


async def replication_state(run: Run) -> str:
    """The state of the database of every node."""
    nodes = run.carry_out(lambda: list(run.node.cluster.nodes.values()))
    now = run.node.clock.now()
    lines = [
        f"Server Time: {now:%a %b %d %H:%M:%S} UTC {now:%Y}",
        "",
        "Cluster Replication State: No status of a check is known",
        "",
        f"Cluster Detailed View from {run.node.topology.hostname} ({len(nodes)} Servers):",
        "",
        "                          PING    DB/RPC/  REPL.  Replication  REPLICATION SETUP",
        "SERVER-NAME  IP ADDRESS   (msec)  DbMon?   QUEUE  Group ID     (RTMT) & Details",
        "-----------  ----------   ------  -------  -----  -----------  ------------------",
    ]
    for place, node in enumerate(nodes, 2):
        state = node.defects.replication_state
        lines.append(
            f"{node.topology.hostname}  {node.topology.address}  0.3  Y/Y/Y  0  (g_{place})  ({state})"
            f" {_STATES[state]}"
        )
    return "\n".join(lines)


async def ntp_status(run: Run) -> str:
    """Whether the clock follows a server, in the words of ntpstat."""
    follows = run.carry_out(lambda: run.node.defects.ntp_synchronised)
    told = "synchronised to NTP server (192.0.2.123) at stratum 3" if follows else "unsynchronised"
    return f"ntpd (pid 4711) is running...\n\n{told}"


async def sql(run: Run) -> str:
    """The rows of a query, in columns."""
    try:
        rows = run.carry_out(lambda: queries.rows(run.node.cluster.database, " ".join(run.arguments)))
    except AxlFault as fault:
        raise Refused(str(fault)) from fault
    if not rows:
        return "No records found"
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}
    lines = [
        " ".join(name.ljust(width) for name, width in widths.items()),
        " ".join("=" * width for width in widths.values()),
        *(" ".join(row[name].ljust(width) for name, width in widths.items()) for row in rows),
    ]
    return "\n".join(line.rstrip() for line in lines)
