# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules share that can use a node's command line."""

    DOCUMENTATION = r"""
options:
  ssh_port:
    description:
      - TCP port of the node's SSH service.
      - If not given, the environment variable E(CUCM_SSH_PORT) is used.
    type: int
    default: 22
    version_added: 0.2.0
  ssh_host_key:
    description:
      - The SSH host key of the node, as a public key line (C(ssh-ed25519 AAAA…)) or as a fingerprint (C(SHA256:…), as
        C(ssh-keygen -l) prints it). The password is sent only to a node that has this key, and O(ssh_known_hosts) does
        not count then.
      - The error about an unknown key shows the fingerprint; compare it on the node's console before pinning it.
      - If not given, the environment variable E(CUCM_SSH_HOST_KEY) is used.
    type: str
    version_added: 0.2.0
  ssh_known_hosts:
    description:
      - File with the SSH host keys that are known, in the format of OpenSSH. Nodes are looked up by O(host), with another
        O(ssh_port) than 22 as C([host]:port).
      - Without it, C(~/.ssh/known_hosts) and C(/etc/ssh/ssh_known_hosts) of the machine where the task runs count.
      - Nothing else of the user's SSH set-up has any effect, such as keys, agent and configuration.
      - If not given, the environment variable E(CUCM_SSH_KNOWN_HOSTS) is used.
    type: path
    version_added: 0.2.0
  ssh_allow_legacy_algorithms:
    description:
      - Whether old SSH algorithms are offered to this node besides those of today, as the OpenSSH 5.3 of old releases
        needs them. These are C(ssh-rsa) host keys, key exchange with SHA-1, CBC ciphers, and MACs with SHA-1 and MD5.
      - Set it for the nodes that need it only; the error without it says so, with what the node offers.
      - If not given, the environment variable E(CUCM_SSH_ALLOW_LEGACY_ALGORITHMS) is used.
    type: bool
    default: false
    version_added: 0.2.0
requirements:
  - asyncssh >= 2.18, for the command line
notes:
  - An error of the command line has the dialogue with the node in the key C(transcript) of the result, without passwords
    and private keys.
"""

    TRANSCRIPT = r"""
options:
  return_transcript:
    description:
      - Whether to return the dialogue with the node's command line in RV(transcript), for troubleshooting.
    type: bool
    default: false
    version_added: 0.2.0
"""

    ACCOUNT = r"""
options:
  host:
    description:
      - Name or address of the Unified CM node to connect to.
      - If not given, the environment variable E(CUCM_HOST) is used.
    type: str
    required: true
  username:
    description:
      - Name of the node's operating system administrator (the account of C(Cisco Unified OS Administration)).
      - If not given, the environment variable E(CUCM_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of the account. A refused password is never tried again, since accounts lock.
      - If not given, the environment variable E(CUCM_PASSWORD) is used.
    type: str
    required: true
  timeout:
    description:
      - Seconds to wait for the end of a command. A TCP connection must be made within 10 seconds, and the first prompt
        must come within 60.
      - If not given, the environment variable E(CUCM_TIMEOUT) is used.
    type: int
    default: 60
"""
