# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a topology file. The plugin's documentation has the same, and a test compares them."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import SETTING_TYPES

#: Of Ansible's own documentation fragment `constructed`.
CONSTRUCTED = ("compose", "groups", "keyed_groups", "leading_separator", "strict", "use_extra_vars")
FILE = ("plugin", "clusters", "links", "domain", "peers", "vars", *CONSTRUCTED)
CLUSTER = (
    "nodes",
    "publisher",
    "release",
    "domain",
    "extensions",
    "patterns",
    "peers",
    "wave",
    "tags",
    "vars",
)
NODE = ("address", "ansible_host", "hostname", "vars")
#: Of a node in a list; in a mapping the key is the name.
LISTED_NODE = ("name", *NODE)
PATTERN = ("pattern", "partition")
LINKS = ("mesh", "hub", "pairs", "except")
HUB = ("hub", "spokes")
#: Options of a peer, those of the role cucm_sip_tls_trunk, and their types.
PEER_OPTIONS: dict[str, type] = {
    "trunk": str,
    "security_profile": str,
    "device_pool": str,
    "location": str,
    "sip_profile": str,
    "srtp_allowed": bool,
}
PAIR = ("clusters", "patterns", "one_way", *PEER_OPTIONS)
#: A peer that is no cluster of the file. Without a kind it is a cluster, and has `cluster` in place of `name`.
PEER = (
    *(
        "cluster",
        "kind",
        "name",
        "release",
        "nodes",
        "patterns",
        "ca_certificate_paths",
        "call_manager_group",
        "hand_over",
    ),
    *PEER_OPTIONS,
    *SETTING_TYPES,
)
#: What the sheet for the administrator of a peer says besides.
HAND_OVER = ("numbers", "configuration")
#: A peer of many clusters, whose name is its key.
SHARED_PEER = ("clusters", *(key for key in PEER if key not in ("cluster", "name")))
#: A node of such a peer, and the types of its keys.
PEER_NODE: dict[str, type] = {
    "name": str,
    "address": str,
    "address_ipv6": str,
    "port": int,
    "subject_name": str,
    "server_names": list,
    "client_names": list,
    "tls_fingerprint": str,
}

#: Groups that the plugin makes, so that no cluster can have the name.
GROUPS = ("cucm", "publishers", "subscribers")
#: Ansible's own.
RESERVED = (*GROUPS, "all", "ungrouped")
#: Starts of the names of groups that the plugin makes.
PREFIXES = ("wave_", "release_", "tag_")

#: Variables that the plugin sets, with what to write instead of them.
OWN_VARIABLES = {
    "cucm_cluster": "The name of the cluster is its key in clusters",
    "cucm_publisher": "Write publisher at the cluster",
    "cucm_peers": "Write links, and peers at the cluster for what is no cluster of this file",
    "cucm_hostname": "Write hostname at the node",
    "ansible_host": "Write address at the node",
}
