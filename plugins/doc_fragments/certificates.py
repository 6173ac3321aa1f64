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
      - The interface to the node's certificate management.
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
requirements:
  - cryptography >= 42
notes:
  - Needs the operating system administrator of the node itself (the account of C(Cisco Unified OS Administration)),
    with privilege level 1 to change anything. Application users of the cluster are not accepted here.
  - Certificates are managed on each node separately; connect to the node whose certificate is meant.
  - Over the command line a task logs on once, and each certificate that it reads costs a command. The first prompt alone
    can take ten seconds.
"""
