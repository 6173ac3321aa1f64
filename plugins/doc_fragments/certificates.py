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
      - V(auto) picks the door by the node's release. In this version of the collection that is always V(rest).
      - If not given, the environment variable E(CUCM_TRANSPORT) is used.
    type: str
    choices: [auto, rest]
    default: auto
requirements:
  - cryptography >= 42
notes:
  - Needs the operating system administrator of the very node (the account of C(Cisco Unified OS Administration)),
    with privilege level 1 to change anything. Application users of the cluster are not accepted here.
  - Certificates are managed on each node separately; connect to the node whose certificate is meant.
"""
