# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, the preflight could pass a password on which a later stage stops between two changes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.secrets_met import FilterModule, secrets_met

DATA: dict[str, Any] = {
    "services": [{"name": "Cisco CallManager", "status": "Started"}],
    "peers": [{"cluster": "CUCM10", "patterns": ["9898"]}],
    "certificates": {"identities": [{"subject_dn": "CN=ucm1.example.com"}], "msg": "s3cret"},
}


@pytest.mark.parametrize(
    ("secret", "met"),
    [
        ("1", "fewer than 4 characters"),
        ("a1", "fewer than 4 characters"),
        ("MII", "fewer than 4 characters"),
        ("Cisco", "(data.services[].name)"),
        ("example", "(data.certificates.identities[].subject_dn)"),
        ("9898", "(data.peers[].patterns[])"),
        (9898, "(data.peers[].patterns[])"),
        ("CERTIFICATE", "(certificate[])"),
    ],
)
@pytest.mark.parametrize("name", ["cucm_axl_password", "cucm_os_password"])
def test_secret_in_what_was_read_is_named_by_its_variable(secret: str | int, met: str, name: str) -> None:
    (told,) = secrets_met(DATA, secrets={"another": "long enough", name: secret})
    assert told.startswith(f"the secret in {name} ")
    assert met in told
    assert str(secret) not in told.removeprefix(f"the secret in {name}") or secret == "1"


@pytest.mark.parametrize("secret", ["s3cret", "administrator-secret", "", None])
def test_other_secrets_pass(secret: str | None) -> None:
    assert secrets_met(DATA, secrets={"cucm_axl_password": secret}) == []


def test_filter_is_known_to_ansible() -> None:
    assert FilterModule().filters() == {"secrets_met": secrets_met}
