#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_packet_capture
short_description: Capture packets on a Unified CM node, and fetch the capture
version_added: 0.2.0
description:
  - Runs C(utils network capture) at the command line of a node, ends it after O(duration) or O(count) packets, fetches
    the file to O(dest) and deletes it on the node.
  - The capture ends and its file is deleted also when the task fails or is interrupted. A later run deletes what a killed run left on
    the node, if it is an hour old.
  - An open connection hides its TLS handshake, so begin the capture before the trunk is reset. See the examples.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.ssh
attributes:
  check_mode:
    details:
      - The node is not contacted. RV(would_do) says what would be done.
  diff_mode:
    support: N/A
    details:
      - Nothing of the configuration changes.
  idempotent:
    support: N/A
    details:
      - Each run makes a new capture.
options:
  interface:
    description:
      - Network interface of the node.
    type: str
    default: eth0
  capture_port:
    description:
      - TCP port whose packets are captured, V(0) for all. V(5061) is that of SIP over TLS.
    type: int
    default: 5061
  address:
    description:
      - Capture only packets from and to this IP address.
    type: str
  count:
    description:
      - Packets after which the capture ends, whatever the time. The node then ends the capture, even if the session is
        broken.
      - A file takes up to 100000, the screen (O(to_screen)) 10000.
    type: int
    default: 10000
  duration:
    description:
      - Seconds after which the capture ends, up to 600.
    type: int
    default: 30
  dest:
    description:
      - Path of the file to fetch the capture to, with the mode V(0600), on the host where the task runs. An existing file is
        replaced. The directory must exist.
      - Required unless O(to_screen=true).
    type: path
  to_screen:
    description:
      - Whether the node prints a line for each packet instead of writing a file. RV(lines) has them.
      - Such lines show who communicates with whom, not the content of packets, so they say nothing about certificates.
    type: bool
    default: false
  ready_path:
    description:
      - Path of a file that is there as long as the capture runs, on the host where the task runs. A playbook can wait
        for it before it resets a trunk.
      - A different existing file is refused, and the directory must exist.
    type: path
  fetch:
    description:
      - How to fetch the file.
      - V(https) downloads it as the application user O(serviceability_username). V(sftp) lets the node send it to the
        server O(sftp). V(auto) does the first of both for which the options are given, and falls back to the other.
    type: str
    choices: [auto, https, sftp]
    default: auto
  serviceability_username:
    description:
      - Name of an application user with the roles C(Standard CCM Admin Users) and C(Standard RealtimeAndTraceCollection).
      - The account is tried before the capture begins.
    type: str
  serviceability_password:
    description:
      - Password of O(serviceability_username).
    type: str
  sftp:
    description:
      - SFTP server to which the node sends the file. The node accepts the server's host key.
    type: dict
    suboptions:
      host:
        description:
          - Address of the server, as the node reaches it.
        type: str
        required: true
      port:
        description:
          - Port of the server.
        type: int
        default: 22
      username:
        description:
          - Name of the account on the server.
        type: str
        required: true
      password:
        description:
          - Password of the account.
        type: str
        required: true
      directory:
        description:
          - Directory on the server. The node makes a tree of directories in it.
        type: str
        required: true
      local_directory:
        description:
          - The same directory as the host sees it where the task runs. The file is moved from it to O(dest).
        type: path
        required: true
  keep_on_node:
    description:
      - Whether the file stays on the node, where it takes room from the traces. A later run of this module deletes it
        when it is an hour old.
    type: bool
    default: false
notes:
  - O(username) and O(password) are those of the node's operating system administrator (the account of C(Cisco Unified
    OS Administration)), who needs privilege level 1. O(port), O(validate_certs), O(ca_path), O(tls_fingerprint) and
    O(allow_legacy_tls) are about the download over HTTPS.
  - Releases 9.1 and 10.5 download by another service than later ones (DIME). The module finds out which one a node has.
  - The capture counts as running one second after the node has said so, since it does not say when it begins.
requirements:
  - lxml >= 4.9.2
seealso:
  - module: ucops.cucm.tls_capture_info
  - module: ucops.cucm.cucm_sip_trunk
  - module: ucops.cucm.cucm_cli
"""

EXAMPLES = r"""
- name: Capture the SIP over TLS traffic of a node for half a minute
  ucops.cucm.cucm_packet_capture:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    serviceability_username: axluser
    serviceability_password: "{{ vault_axl_password }}"
    dest: /tmp/cucm-pub.cap
  register: captured

- name: Read the handshakes in it
  ucops.cucm.tls_capture_info:
    path: "{{ captured.path }}"

- name: Begin a capture in the background, before the trunk is reset
  ucops.cucm.cucm_packet_capture:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    serviceability_username: axluser
    serviceability_password: "{{ vault_axl_password }}"
    address: 198.51.100.200
    duration: 60
    dest: /tmp/cucm-pub.cap
    ready_path: /tmp/cucm-pub.cap.running
  async: 600
  poll: 0
  register: capture

- name: Wait until it runs
  ansible.builtin.wait_for:
    path: /tmp/cucm-pub.cap.running
    timeout: 60

- name: Reset the trunk, so that its handshake is in the capture
  ucops.cucm.cucm_sip_trunk:
    host: cucm-pub.example.com
    username: axluser
    password: "{{ vault_axl_password }}"
    name: CUCM10
    reset: always

- name: Wait for the end of the capture
  ansible.builtin.async_status:
    jid: "{{ capture.ansible_job_id }}"
  register: captured
  until: captured is finished
  retries: 600
  delay: 1

- name: Let the node send the capture to an SFTP server whose directory is mounted here
  ucops.cucm.cucm_packet_capture:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    dest: /tmp/cucm-pub.cap
    sftp:
      host: 192.0.2.20
      username: collector
      password: "{{ vault_sftp_password }}"
      directory: /captures
      local_directory: /srv/sftp/captures

- name: See whether packets pass at all
  ucops.cucm.cucm_packet_capture:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    count: 10
    to_screen: true
"""

RETURN = r"""
path:
  description:
    - The fetched file; null with O(to_screen=true) and in check mode.
    - Its mode, owner and size are there too, under the names that M(ansible.builtin.copy) has for them.
  returned: success
  type: str
  sample: /tmp/cucm-pub.cap
bytes:
  description: Its size; null where RV(path) is.
  returned: success
  type: int
  sample: 2702728
packets:
  description: Packets in the file, or lines on the screen; null in check mode. Nothing was captured where it is V(0).
  returned: success
  type: int
  sample: 5120
lines:
  description: With O(to_screen=true), the line of each packet.
  returned: success
  type: list
  elements: str
  sample:
    - 19:04:13.450507 IP 10.106.95.200.sip-tls > CUCMA.42387. . ack 1146 win 249
command:
  description: The command that the node ran. In check mode the name of the file is an example.
  returned: success
  type: str
  sample: utils network capture eth0 file ucops20261124100000c0ffee42 count 10000 size all port 5061
node_path:
  description: Where the file was, or is, on the node; null with O(to_screen=true) and in check mode.
  returned: success, and failure once there may be a file
  type: str
  sample: /var/log/active/platform/cli/ucops20261124100000c0ffee42.cap
deleted:
  description: Whether the file was deleted on the node. A warning says when it could not be.
  returned: success, and failure once there may be a file
  type: bool
  sample: true
fetched_by:
  description: The way by which the file was fetched, V(https) or V(sftp); null where RV(path) is.
  returned: success
  type: str
  sample: https
ended_by:
  description: What ended the capture, V(duration) or V(count); null in check mode.
  returned: success
  type: str
  sample: duration
deleted_leftovers:
  description: Captures of earlier runs that were left on the node, and were deleted now.
  returned: success
  type: list
  elements: str
  sample: []
waited:
  description: Seconds from the command to the end of the capture.
  returned: success
  type: float
  sample: 31.2
would_do:
  description: In check mode, what would be done.
  returned: success
  type: list
  elements: str
  sample: []
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(invalid_option), V(file_not_written), V(file_absent), V(command_refused), V(not_sent),
      V(authentication_failed), V(permission_denied), V(host_key_unknown) or V(host_unreachable).
  returned: failure
  type: str
  sample: invalid_option
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_packet_capture import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
