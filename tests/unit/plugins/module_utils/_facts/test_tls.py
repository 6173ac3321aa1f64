# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of TLS: with a wrong one, a probe and a capture tell two names of one alert."""

from __future__ import annotations

import ssl

from ansible_collections.ucops.cucm.plugins.module_utils._facts.tls import ALERT_NAMES, VERSIONS


def test_alerts_have_the_numbers_that_python_knows():
    for alert in ssl.AlertDescription:
        # The RFC spells "canceled", Python "cancelled".
        name = alert.name.removeprefix("ALERT_DESCRIPTION_").lower().replace("cancelled", "canceled")
        assert ALERT_NAMES.get(alert.value, name) == name


def test_versions_have_the_numbers_that_python_knows():
    for version in ssl.TLSVersion:
        if version.value > 0:  # the others stand for the oldest and the newest
            name = version.name.replace("_", ".")
            assert VERSIONS[version.value] == ("TLSv1.0" if name == "TLSv1" else name)
