# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of Unified CM on which several packages tell an administrator to fix something, by their own names."""

from __future__ import annotations

CERTIFICATE_PAGE = "Cisco Unified OS Administration > Security > Certificate Management"
SERVICE_PAGE = "Cisco Unified Serviceability > Tools > Control Center - Feature Services"
