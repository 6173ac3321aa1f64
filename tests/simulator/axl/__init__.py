# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AXL server of a simulated cluster.

It knows the configuration objects from Cisco's own schemas (`schemas`), not from the tables of
the collection: the collection is what it judges. `database` holds one cluster's configuration,
`service` answers SOAP requests against it. What is known of a real server and what is assumed is
listed in FIDELITY.md.
"""
