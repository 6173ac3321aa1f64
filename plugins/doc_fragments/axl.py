# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that use AXL share."""

    DOCUMENTATION = r"""
options:
  axl_version:
    description:
      - Version of the AXL schema to speak, such as V(12.5).
      - Without it the publisher is asked for its release once in each process, and the schema of that release is used.
      - 'A release accepts its own version and some older ones: 15 from 12.0, 14 from 11.0, 12.5 from 10.0, 9.1 to 11.5 from 9.1.
        Another one is an error that names those that are accepted.'
      - If not given, the environment variable E(CUCM_AXL_VERSION) is used.
    type: str
requirements:
  - zeep >= 4.3.3
  - lxml >= 4.9.2
notes:
  - Needs an application user of the cluster with the role V(Standard AXL API Access), and the service
    V(Cisco AXL Web Service) started on the publisher, which is the node to connect to.
"""
