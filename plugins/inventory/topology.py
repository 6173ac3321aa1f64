# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory plugin: a short topology file becomes hosts, groups and peers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: topology
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Read clusters and their links from a short file
description:
  - Reads a file that names clusters, their nodes and how the clusters are linked, and makes hosts, groups and the variables
    C(cucm_cluster), C(cucm_publisher) and C(cucm_peers) from it, which the roles of this collection use.
  - The name of the file must end in C(.cucm.yml) or C(.cucm.yaml).
  - The groups are C(cucm) with all clusters, one for each cluster with its name, C(publishers), C(subscribers), C(wave_N) for each O(clusters.wave),
    C(release_N) for each O(clusters.release), such as C(release_15) or C(release_12_5), and C(tag_NAME) for each of O(clusters.tags).
  - The file is checked whole. An unknown key, a cluster that does not exist, a node or an address that occurs twice and the like are errors that
    name the line, the value and what to write.
notes:
  - Ansible only warns of an inventory source that it cannot use. With the environment variable C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=1), or
    C(any_unparsed_is_failed=true) in the section C([inventory]) of C(ansible.cfg), a run ends there.
  - Passwords in plain text are refused, in C(vars) too. Write them into a vaulted file such as C(group_vars/all/vault.yml) beside
    the topology and give their names in a template, or use a value that C(ansible-vault encrypt_string) has made.
  - Templates are for C(vars). They are passed on and evaluated where they are used.
  - Variables in C(group_vars) and C(host_vars) beside the file take precedence over those in it.
  - The JSON Schema of the file is C(docs/topology.schema.json) of the collection.
seealso:
  - ref: ansible_collections.ucops.cucm.docsite.guide_topology
    description: A guide with examples, from two clusters to many.
extends_documentation_fragment:
  - ansible.builtin.constructed
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices:
      - ucops.cucm.topology
  domain:
    description: Domain of all nodes whose cluster has no O(clusters.domain).
    type: str
  vars:
    description: Variables of the group C(cucm), that is of all nodes.
    type: dict
    default: {}
  clusters:
    description:
      - The clusters. The keys are their names, which are the names of their groups too, so they have letters, digits and underscores, and no digit first.
        Other names are taken if Ansible's setting C(TRANSFORM_INVALID_GROUP_CHARS) is V(ignore).
      - The values have the following options.
    type: dict
    required: true
    suboptions:
      nodes:
        description:
          - The nodes that process calls, as a list or as a mapping. An item of the list is the name of a node, or has C(name) and
            the following options; in a mapping the keys are the names, and the values have the following options.
          - The names are those of the hosts in the inventory.
        type: raw
        required: true
        suboptions:
          name:
            description: Name of the node, only in a list.
            type: str
          address:
            description:
              - Name, IPv4 or IPv6 address by which the node is reached, the variable C(ansible_host).
              - 'Default: O(clusters.nodes.hostname), or else the name of the node, with the domain, if there is one.'
            type: str
            aliases:
              - ansible_host
          hostname:
            description: Host name that the node itself should have, the variable C(cucm_hostname). If set, it is checked before anything is changed.
            type: str
          vars:
            description: Variables of the node.
            type: dict
            default: {}
      publisher:
        description:
          - Name of the publisher.
          - 'Default: the first of O(clusters.nodes).'
        type: str
      release:
        description: Release of the cluster, such as V(15), V(12.5(1\)) or V(14SU3). It makes a group.
        type: str
      domain:
        description: Domain of the nodes, which completes names to addresses.
        type: str
      extensions:
        description:
          - Ranges of directory numbers of the cluster, such as V(1000-1999), V(+49891000-+49891999) or V(1000), in quotes.
          - Other clusters reach them by the fewest route patterns that together match exactly these numbers. Some of these patterns can overlap. Ends
            that differ in more than five digits, not counting common digits at the start and whole ranges at the end, may get more patterns.
        type: list
        elements: str
        default: []
      patterns:
        description:
          - Route patterns by which other clusters reach this one, beside those of O(clusters.extensions), in quotes.
          - An item is the pattern, or has the following options.
        type: list
        elements: raw
        default: []
        suboptions:
          pattern:
            description: Route pattern.
            type: str
            required: true
          partition:
            description: Partition of the pattern in the clusters that call.
            type: str
      peers:
        description:
          - Further peers of the cluster that are not in this file, such as session border controllers. A peer of many clusters stands in O(peers).
          - C(nodes) is needed, and the name of the peer in C(cluster), or for one of another kind in C(name).
        type: list
        elements: dict
        default: []
        suboptions:
          cluster:
            description: Name of the peer cluster. A peer of another kind has C(name) in its place.
            type: str
          kind:
            description: Kind of the peer. It decides the defaults of the keys below.
            type: str
            choices: [cluster, cube, expressway, unity_connection, kamailio, generic]
            default: cluster
          name:
            description: Name of a peer that is no cluster.
            type: str
          release:
            description: Release of a peer that is no cluster, such as V(17.12.4) or V(X15.5). Some defaults depend on it.
            type: str
          nodes:
            description: Nodes of the peer.
            type: list
            elements: dict
            required: true
            suboptions:
              name:
                description: Name of the node. Without it, its address. A node of a cluster needs one.
                type: str
              address:
                description: Name or IPv4 address to send calls to.
                type: str
              address_ipv6:
                description: IPv6 address to send calls to.
                type: str
              port:
                description: TCP port to send calls to. Without it, C(port) of the peer.
                type: int
              subject_name:
                description: Name in the node's certificate that is accepted. Needed for a node whose certificate is not read in the same run.
                type: str
              server_names:
                description:
                  - Names in the certificate that the node shows when it is called. Without them, those that its port shows under
                    C(ca_certificate_paths) or C(tls_fingerprint), and without these its C(address) if that is a name.
                type: list
                elements: str
              client_names:
                description: Names in the certificate that the node shows when it calls. Without them, C(server_names). A port does not show them.
                type: list
                elements: str
              tls_fingerprint:
                description:
                  - SHA-256 fingerprint of the certificate that the node shows when it is called, so that its names can be read from its port.
                type: str
          patterns:
            description: Route patterns that lead to the peer, as in O(clusters.patterns).
            type: list
            elements: raw
            default: []
          ca_certificate_paths:
            description:
              - Files with the CA certificates (PEM) that sign the peer's certificates. They are uploaded to CallManager-trust of all nodes of the
                cluster, and the names that the peer's ports show are read with them.
            type: list
            elements: path
          call_manager_group:
            description: Cisco Unified CM group of the route list, where there is a trunk for each node. Without it, V(Default).
            type: str
          hand_over:
            description: What the sheet and the configuration for the administrator of the peer say beside the other keys.
            type: dict
            suboptions:
              numbers:
                description: Numbers that the peer may send to the cluster, as route patterns have them.
                type: list
                elements: str
              configuration:
                description: Settings of the configuration text, as O(ucops.cucm.cucm_peer_sheet#module:peer) has them.
                type: dict
          trunk:
            description: Name of the trunk. Without it, the name of the peer.
            type: str
          security_profile:
            description: Name of the security profile. Without it, C(cucm_sip_tls_trunk_profile_name_prefix) and the name of the peer.
            type: str
          device_pool:
            description: Device pool of the trunk.
            type: str
          location:
            description: Location of the trunk.
            type: str
          sip_profile:
            description: SIP profile of the trunk.
            type: str
          srtp_allowed:
            description: Whether media may be encrypted.
            type: bool
          port:
            description: TCP port of the peer's nodes to which calls are sent.
            type: int
          incoming_port:
            description:
              - TCP port on which the cluster takes the calls of this peer. Without it, that of the kind, and without that
                C(cucm_sip_tls_trunk_incoming_port).
            type: int
          transports:
            description: Transports of the peer. Only V(TLS) is made.
            type: list
            elements: str
          device_security_mode:
            description: Security mode of the profile. V(Authenticated) does not encrypt.
            type: str
            choices: [Authenticated, Encrypted]
          accept_presence_subscription:
            description: Whether presence subscriptions are accepted.
            type: bool
          accept_out_of_dialog_refer:
            description: Whether REFER outside of a dialog is accepted.
            type: bool
          accept_unsolicited_notification:
            description: Whether NOTIFY without a subscription is accepted.
            type: bool
          accept_replaces_header:
            description: Whether the header Replaces is accepted.
            type: bool
          transmit_security_status:
            description: Whether the peer is told how secure a call is.
            type: bool
          srtp:
            description:
              - Encryption of media. With V(off) the trunk does not allow SRTP; the others allow it, and differ in what the peer's side needs.
            type: str
            choices: ["off", best_effort, required]
          options_ping:
            description: Whether the trunk watches the peer with SIP OPTIONS. Without it, that of the kind, and without that C(cucm_options_ping).
            type: bool
          early_offer:
            description: Early offer of the trunk. With it, the trunk gets a SIP profile of its own.
            type: str
            choices: [disabled, best_effort, mandatory]
          calling_search_space:
            description: Calling search space of the trunk.
            type: str
          rerouting_calling_search_space:
            description: Calling search space for rerouting.
            type: str
          out_of_dialog_refer_calling_search_space:
            description: Calling search space for REFER outside of a dialog.
            type: str
          subscribe_calling_search_space:
            description: Calling search space for subscriptions.
            type: str
          redirecting_diversion_header_delivery_inbound:
            description: Whether the redirecting diversion header of the peer's calls counts.
            type: bool
          redirecting_diversion_header_delivery_outbound:
            description: Whether calls to the peer have the redirecting diversion header.
            type: bool
          layout:
            description: Whether one trunk leads to all nodes, or a trunk to each, with a route group and a route list.
            type: str
            choices: [single_trunk, trunk_per_node]
          verifies_our_name:
            description: Where the peer looks for the name of our nodes in their certificates.
            type: str
            choices: [san, cn_or_san, script, none]
          our_names_expected:
            description: Names that the peer looks for in our certificates. Without them, the addresses of our nodes.
            type: list
            elements: str
          max_names:
            description: How many names of ours the peer can look for.
            type: int
          name_wildcards:
            description: Whether the peer can look for a name such as V(*.example.com).
            type: bool
          asks_our_certificate:
            description: Whether the peer asks for our certificate when the cluster calls it.
            type: str
            choices: [always, never, unknown]
          client_auth:
            description: Whether the peer refuses our certificate without client authentication in its extended key usage.
            type: str
            choices: [required, ignored, unknown]
          key_types:
            description: Types of our certificates that the peer may be shown.
            type: list
            elements: str
          tls_min:
            description: Lowest TLS version of the peer.
            type: str
            choices: ["1.0", "1.1", "1.2", "1.3"]
          tls_max:
            description: Newest TLS version of the peer.
            type: str
            choices: ["1.0", "1.1", "1.2", "1.3"]
          trust_source:
            description:
              - 'From where the peer takes the trust in our certificates: CA certificates, or the CTL file by TFTP.'
            type: str
            choices: [pem, ctl_tftp]
          needs_mixed_mode:
            description: Whether the peer works with a cluster in mixed mode only.
            type: bool
      wave:
        description: Number or name of the wave in which the cluster is changed. It makes a group.
        type: str
      tags:
        description: Names of further groups, each with C(tag_) before it.
        type: list
        elements: str
        default: []
      vars:
        description: Variables of the cluster's group.
        type: dict
        default: {}
  peers:
    description:
      - Peers to which many clusters have a trunk, such as a pair of session border controllers at a hub. The keys are their names.
      - The values have the options of O(clusters.peers) except C(cluster) and C(name), and C(clusters), which has the names of the clusters with a
        trunk to the peer, or is V(all). C(kind), C(nodes) and C(clusters) are needed.
    type: dict
    default: {}
  links:
    description:
      - How the clusters are linked, with the following options, or a list of such mappings.
      - Two clusters can be linked only once.
    type: raw
    suboptions:
      mesh:
        description: Names of clusters that are linked each with each, or V(all).
        type: raw
      hub:
        description: A cluster that is linked with others.
        type: dict
        suboptions:
          hub:
            description: Name of the cluster in the middle.
            type: str
            required: true
          spokes:
            description: Names of the clusters that are linked with it, or V(all) for all others.
            type: raw
            required: true
      except:
        description: Pairs of clusters that O(links.mesh) and O(links.hub) beside it would link, and that are not linked by them.
        type: list
        elements: list
        default: []
      pairs:
        description:
          - Pairs of clusters that are linked.
          - An item is a list of two names, or has the following options.
        type: list
        elements: raw
        default: []
        suboptions:
          clusters:
            description: Names of the two clusters.
            type: list
            elements: str
            required: true
          patterns:
            description:
              - Route patterns of the first cluster that lead to the second, in place of those of the second itself.
              - The second reaches the first by the first's own patterns, unless O(links.pairs[].one_way=true).
            type: list
            elements: raw
          one_way:
            description:
              - Whether calls go from the first to the second cluster only. The second gets a trunk too, since Unified CM takes calls only from where
                it has a trunk to, but no route patterns.
              - For options that differ by direction, write the pair and its reverse, both with O(links.pairs[].one_way=true).
            type: bool
            default: false
          trunk:
            description: Name of the trunk in both clusters.
            type: str
          security_profile:
            description: Name of the security profile in both clusters.
            type: str
          device_pool:
            description: Device pool of the trunk in both clusters.
            type: str
          location:
            description: Location of the trunk in both clusters.
            type: str
          sip_profile:
            description: SIP profile of the trunk in both clusters.
            type: str
          srtp_allowed:
            description: Whether media may be encrypted.
            type: bool
"""

EXAMPLES = r"""
# Two clusters: clusters.cucm.yml
---
plugin: ucops.cucm.topology
domain: example.com
clusters:
  CUCMA:
    nodes: [cucma-pub, cucma-sub1]
    extensions: ["1000-1999"]
  CUCM10:
    nodes: [cucm10-pub, cucm10-sub1]
    extensions: ["9000-9499", "9898"]
links:
  mesh: all
vars:
  ansible_python_interpreter: "{{ ansible_playbook_python }}"
  cucm_axl_username: axl-user
  cucm_axl_password: "{{ vault_axl_password }}"

# A headquarters with its branches in two waves; two of the branches call each other directly
---
plugin: ucops.cucm.topology
clusters:
  HQ:
    release: "15"
    domain: hq.example.com
    nodes:
      hq-pub: {address: 192.0.2.10}
      hq-sub1: {address: 192.0.2.11, hostname: cucm-sub1}
    publisher: hq-pub
    extensions: ["1000-1999"]
    vars:
      cucm_options_ping: true
  BERLIN:
    release: "14SU3"
    nodes: [{name: berlin-pub, address: 192.0.2.20}]
    extensions: ["2000-2499"]
    wave: 1
    tags: [europe]
  PARIS:
    release: "12.5(1)"
    nodes: [{name: paris-pub, address: 192.0.2.30}]
    patterns:
      - '\+331XXXX'
      - {pattern: "3XXX", partition: PT_Branches}
    wave: 2
    tags: [europe]
links:
  - hub: {hub: HQ, spokes: all}
  - pairs:
      - clusters: [BERLIN, PARIS]
        device_pool: DP_Trunks
keyed_groups:
  - key: cucm_publisher
    prefix: nodes_of

# Two clusters with the same pair of border elements, and one with its voicemail
---
plugin: ucops.cucm.topology
domain: example.com
clusters:
  CUCMA:
    nodes: [cucma-pub]
    extensions: ["1000-1999"]
    peers:
      - kind: unity_connection
        name: VOICEMAIL
        nodes: [{address: cuc1.example.com}, {address: cuc2.example.com}]
        patterns: ["8000"]
        rerouting_calling_search_space: CSS_Phones
  CUCMB: {nodes: [cucmb-pub], extensions: ["2000-2999"]}
peers:
  HQ-CUBE:
    kind: cube
    release: "17.12.4"
    ca_certificate_paths: [pki/cube-ca.pem]
    nodes: [{address: cube1.example.com}, {address: cube2.example.com}]
    patterns: ["0.!"]
    clusters: all
links:
  mesh: all

# Three regions, each a mesh, of which the first has no link between two of its clusters
---
plugin: ucops.cucm.topology
domain: example.com
clusters:
  EU1: {nodes: [eu1-pub], extensions: ["1000-1999"]}
  EU2: {nodes: [eu2-pub], extensions: ["2000-2999"]}
  EU3: {nodes: [eu3-pub], extensions: ["3000-3999"]}
  US1: {nodes: [us1-pub], extensions: ["4000-4999"]}
  US2: {nodes: [us2-pub], extensions: ["5000-5999"]}
links:
  - mesh: [EU1, EU2, EU3]
    except: [[EU2, EU3]]
  - mesh: [US1, US2]
  - pairs:
      - [EU1, US1]
      # Calls go from EU1 to US2 only, and by this pattern only
      - clusters: [EU1, US2]
        one_way: true
        patterns: ["5[0-4]XX"]
"""

from typing import Any

from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.helpers import get_group_vars
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString
from ansible.plugins.inventory import BaseFileInventoryPlugin, Constructable
from ansible.template import trust_as_template
from ansible.utils.vars import combine_vars
from ansible_collections.ucops.cucm.plugins.module_utils._topology import inventory as made
from ansible_collections.ucops.cucm.plugins.module_utils._topology import reading
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import InvalidTopology


class InventoryModule(BaseFileInventoryPlugin, Constructable):
    """Reads the file, has it checked, and gives the result to Ansible."""

    NAME = "ucops.cucm.topology"

    def verify_file(self, path: str) -> bool:
        """Take files by the end of their name."""
        return super().verify_file(path) and path.endswith((".cucm.yml", ".cucm.yaml"))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Read a topology file; AnsibleParserError has everything that is wrong with it."""
        super().parse(inventory, loader, path, cache)
        # Not load_from_file: that would keep a copy, and copying costs more than parsing.
        text = loader.get_text_file_contents(path)
        data = loader.load(trust_as_template(text), file_name=path)
        source = reading.Source(
            file=path,
            # A plain text, which the C parser of YAML wants.
            text=str(text),
            is_encrypted=lambda value: isinstance(value, EncryptedString),
            lenient_names=constants.TRANSFORM_INVALID_GROUP_CHARS == "ignore",
        )
        try:
            topology = reading.read(data, source)
        except InvalidTopology as error:
            # The cause would repeat all of it.
            raise AnsibleParserError(str(error)) from None
        self.set_options(direct=data, var_options=self._vars)
        # No template is left in these texts. Without the mark, ansible-inventory would write them as unsafe.
        hosts = self._populate(made.inventory_of(topology, trust_as_template))
        if any(self.get_option(name) for name in ("compose", "groups", "keyed_groups")):
            for host in hosts:
                self._construct(host)

    def _populate(self, inventory: made.Inventory) -> list[str]:
        """Add groups, hosts and variables; return the hosts."""
        for name in inventory.groups:
            self.inventory.add_group(name)
        for parent, child in inventory.children:
            self.inventory.add_child(parent, child)
        for group, host in inventory.hosts:
            self.inventory.add_host(host, group=group)
        for entities in (inventory.group_variables, inventory.host_variables):
            for entity, variables in entities.items():
                for name, value in variables.items():
                    self.inventory.set_variable(entity, name, value)
        return list(inventory.host_variables)

    def _construct(self, name: str) -> None:
        """Set composed variables of a host, and add it to constructed groups."""
        host = self.inventory.hosts[name]
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), _variables(host), name, strict=strict)
        # With what was composed.
        variables = _variables(host)
        self._add_host_to_composed_groups(
            self.get_option("groups"), variables, name, strict=strict, fetch_hostvars=False
        )
        self._add_host_to_keyed_groups(
            self.get_option("keyed_groups"), variables, name, strict=strict, fetch_hostvars=False
        )


def _variables(host: Any) -> dict[str, Any]:
    """Variables of a host and of its groups."""
    return combine_vars(get_group_vars(host.get_groups()), host.get_vars())
