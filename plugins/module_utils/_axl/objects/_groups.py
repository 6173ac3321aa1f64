# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of fields that several objects have, under the same names in each."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import Group, boolean, text

EXTERNAL_PRESENTATION = Group(
    "externalPresentationInfo",
    choice=True,
    since="12.5",
    members=(
        boolean("external_presentation_anonymous", "isAnonymous", required=True, since="12.5"),
        Group(
            "presentationInfo",
            required=True,
            since="12.5",
            members=(
                text(
                    "external_presentation_number",
                    "externalPresentationNumber",
                    nillable=True,
                    since="12.5",
                ),
                text(
                    "external_presentation_name",
                    "externalPresentationName",
                    "String50",
                    nillable=True,
                    since="12.5",
                ),
            ),
        ),
    ),
)
