# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that manage a node's certificates share."""

    DOCUMENTATION = r"""
options:
  transport:
    description:
      - The door into the node's certificate management.
      - V(rest) is the certificate REST interface of release 14 and later.
      - V(cli) is the command line over SSH, which every release has. A CSR gets the names, key and hash there that the
        node chooses, and a certificate in a trust store gets no description; asking for more is an error.
      - V(auto) asks the REST interface, and takes the command line when the node says that it has none (HTTP 404) or
        speaks no version of TLS that is spoken today. No other error leads to the command line, least of all a refused
        password, since accounts lock.
      - If not given, the environment variable E(CUCM_TRANSPORT) is used.
    type: str
    choices: [auto, rest, cli]
    default: auto
  ssh_port:
    description:
      - TCP port of the node's SSH service.
      - If not given, the environment variable E(CUCM_SSH_PORT) is used.
    type: int
    default: 22
  ssh_host_key:
    description:
      - The SSH host key of the node, as a public key line (C(ssh-ed25519 AAAA…)) or as a fingerprint (C(SHA256:…), as
        C(ssh-keygen -l) prints it). The password is sent only to a node that has this key, and O(ssh_known_hosts) does
        not count then.
      - The error about an unknown key shows the fingerprint; compare it on the node's console before pinning it.
      - If not given, the environment variable E(CUCM_SSH_HOST_KEY) is used.
    type: str
  ssh_known_hosts:
    description:
      - File with the SSH host keys that are known, in the format of OpenSSH. Nodes are looked up by O(host), with another
        O(ssh_port) than 22 as C([host]:port).
      - Without it, C(~/.ssh/known_hosts) and C(/etc/ssh/ssh_known_hosts) of the machine where the task runs count.
      - Nothing else of the user's SSH set-up has any effect, such as keys, agent and configuration.
      - If not given, the environment variable E(CUCM_SSH_KNOWN_HOSTS) is used.
    type: path
  ssh_allow_legacy_algorithms:
    description:
      - Whether old SSH algorithms are offered to this node besides those of today, as the OpenSSH 5.3 of old releases
        needs them. These are C(ssh-rsa) host keys, key exchange with SHA-1, CBC ciphers, and MACs with SHA-1 and MD5.
      - Set it for the nodes that need it only; the error without it says so, with what the node offers.
      - If not given, the environment variable E(CUCM_SSH_ALLOW_LEGACY_ALGORITHMS) is used.
    type: bool
    default: false
requirements:
  - cryptography >= 42
  - asyncssh >= 2.18, for the command line
notes:
  - Needs the operating system administrator of the very node (the account of C(Cisco Unified OS Administration)),
    with privilege level 1 to change anything. Application users of the cluster are not accepted here.
  - Certificates are managed on each node separately; connect to the node whose certificate is meant.
  - Over the command line a task logs on once, and each certificate that it reads costs a command. The first prompt alone
    can take ten seconds.
  - An error of the command line has the dialogue with the node in the key C(transcript) of the result, without passwords
    and private keys.
"""
