# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves: groups of clusters that are restarted one after the other, and whether the next one may begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Variables = Mapping[str, Any]


def wave_of(variables: Variables) -> str:
    """The wave of a host's cluster; empty for none."""
    wave = variables.get("cucm_wave")
    return "" if wave is None else str(wave)


def _order(wave: str) -> tuple[int, int, str]:
    """Clusters without a wave first, numbers by their value, then names."""
    return (0, int(wave), "") if wave.isdecimal() else (1 if wave else -1, 0, wave)


def waves_of(hosts: Iterable[str], hostvars: Mapping[str, Variables]) -> list[str]:
    """The waves of these hosts, in the order in which they are done."""
    return sorted({wave_of(hostvars[host]) for host in hosts}, key=_order)


def stop_of_wave(
    wave: str,
    hosts: Sequence[str],
    active: Sequence[str],
    hostvars: Mapping[str, Variables],
    max_fail: int = 0,
) -> str:
    """Why a wave must not begin, as a sentence that says what is half done; empty when it may.

    `active` are the hosts that have not failed. More than `max_fail` clusters of the waves before, with a node that has
    failed, stop it.
    """
    standing = set(active)
    before = [host for host in hosts if _order(wave_of(hostvars[host])) < _order(wave)]
    failed: dict[str, list[str]] = {}
    for host in before:
        if host not in standing:
            failed.setdefault(str(hostvars[host].get("cucm_cluster") or ""), []).append(host)
    if len(failed) <= max_fail:
        return ""
    stopped = next(wave_of(hostvars[nodes[0]]) for nodes in failed.values())
    named = "; ".join(f"{cluster}: {', '.join(nodes)}" for cluster, nodes in failed.items())
    half = [text for cluster in failed if (text := _half_done(cluster, before, standing, hostvars))]
    many = "cluster" if len(failed) == 1 else "clusters"
    return (
        f"not restarted, since {len(failed)} {many} before this wave failed, the first in wave {stopped or '(none)'},"
        f" and cucm_max_fail is {max_fail} ({named})."
        + (f" Half done: {'; '.join(half)}." if half else "")
        + " Fix that first and run again; what is done will not be done twice."
    )


def _half_done(
    cluster: str, hosts: Sequence[str], standing: set[str], hostvars: Mapping[str, Variables]
) -> str:
    """Nodes of a cluster that run with their new certificate while others of it do not."""
    own = [host for host in hosts if str(hostvars[host].get("cucm_cluster") or "") == cluster]
    done = [host for host in own if host in standing and hostvars[host].get("cucm_certificate_waiting") == []]
    left = [host for host in own if host not in done]
    return f"{cluster}, where {', '.join(done)} is done and {', '.join(left)} is not" if done else ""
