# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that cannot work for the TLS versions of their ends, by what the preflight has read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import Range, never_meet, older

PROFILE_OPTIONS = "cucm_sip_tls_trunk_profile_options"
_COMMAND = "set tls min-version, at the command line of the publisher; all its nodes restart"


@dataclass(frozen=True)
class Speaker:
    """A cluster as the preflight read it: the host that read it, and its SIP as a server and as a client."""

    cluster: str
    host: str
    version: str
    server: Range
    client: Range
    security_mode: str

    @property
    def only_13(self) -> bool:
        """Whether it is known to speak nothing older than TLS 1.3."""
        return self.server.only_13 and self.client.only_13

    def described(self, end: Range) -> str:
        """The cluster with its versions."""
        lowest = f"at least TLS {end.lowest}" if end.lowest else ""
        newest = f"at most TLS {end.newest}" if end.newest else ""
        versions = " and ".join(filter(None, (lowest, newest)))
        return f"{self.cluster} ({self.version or 'release not known'}) speaks {versions}"


def speaker_of(
    cluster: str, hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]
) -> Speaker | None:
    """What the run has read of a cluster; None where it read nothing."""
    for host in hosts:
        state = hostvars[host].get("cucm_preflight_state") or {}
        tls = state.get("tls")
        if not isinstance(tls, Mapping):
            continue
        options = hostvars[host].get(PROFILE_OPTIONS)
        lowest = _lowest(hosts, hostvars)
        return Speaker(
            cluster,
            host,
            str(state.get("version") or ""),
            Range(lowest.get("min_server_version"), tls.get("newest")),
            Range(lowest.get("min_client_version"), tls.get("newest")),
            str(options.get("device_security_mode") or "") if isinstance(options, Mapping) else "",
        )
    return None


def _lowest(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the command line of one of the nodes said; nothing where it was not read."""
    read = (hostvars[host].get("cucm_preflight_tls") or {} for host in hosts)
    return next(
        (each for each in read if each.get("min_server_version") or each.get("min_client_version")), {}
    )


def stops_of_tls(one: Speaker, other: Speaker) -> Iterator[str]:
    """Why a link of two clusters is refused, with host, variable and remedy; each reason once."""
    ends = ((one.client, other.server), (one.server, other.client))
    apart = next((each for each in ends if never_meet(*each)), None)
    if apart is not None:
        ours, theirs = apart
        too_high, limit = one, theirs.newest
        if not (ours.lowest and theirs.newest and older(theirs.newest, ours.lowest)):
            too_high, limit = other, ours.newest
        older_one = other if too_high is one else one
        yield (
            f"{one.host}: cucm_peers, cluster {other.cluster}: {one.described(ours)}, {other.described(theirs)},"
            f" so that they have no TLS version in common. Lower the minimum of {too_high.cluster} to {limit}"
            f" ({_COMMAND}), upgrade {older_one.cluster}, or remove the link from cucm_peers of both."
        )
    if one.only_13 and other.only_13:
        for each in (one, other):
            if each.security_mode == "Authenticated":
                yield (
                    f"{each.host}: {PROFILE_OPTIONS}: device_security_mode is Authenticated, which does not work over"
                    f" TLS 1.3, and {one.cluster} and {other.cluster} both speak nothing older. Write Encrypted, or"
                    f" lower the minimum of one of them to 1.2 ({_COMMAND})."
                )
