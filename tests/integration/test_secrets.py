# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a password that is a common word would put names with asterisks in them on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import topology_from
from ansible_collections.ucops.cucm.tests.support.pairs import paired_site
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, Site

pytestmark = pytest.mark.timeout(1800)

WORDS = ("1", "a1", "MII", "Cisco", "example", "9898")
ACCOUNTS = [{"username": f"user{place}", "password": word} for place, word in enumerate(WORDS)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two clusters whose accounts have common words for passwords."""
    clusters: list[dict[str, Any]] = [
        {
            "name": name,
            "release": release,
            "domain": f"{name.lower()}.example.com",
            "extensions": [extension],
            "users": [{"username": "administrator", "password": "administrator-secret"}, *ACCOUNTS],
            "nodes": [
                {
                    "name": f"{name.lower()}-pub",
                    "role": "publisher",
                    "administrators": [{"username": "osadmin", "password": "osadmin-secret"}, *ACCOUNTS],
                }
            ],
        }
        for name, release, extension in (("ALPHA", "11.5", "1018"), ("BETA", "14", "9898"))
    ]
    with paired_site(topology_from({"clusters": clusters}), tmp_path_factory.mktemp("secrets")) as site:
        yield site


#: The same words by the other account or the other way; tests/unit/plugins/module_utils/_common/test_masking.py
#: and the trial module of plugin_utils/test_in_process.py assert what differs.
LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("account", "word", "met", "way"),
    [
        pytest.param("axl", "1", "is shorter than four characters", "in process", marks=LONG),
        ("os", "a1", "is shorter than four characters", "in process"),
        pytest.param("os", "MII", "is shorter than four characters", "ordinary", marks=LONG),
        (
            "axl",
            "Cisco",
            "the secret in serviceability_password occurs in the data of the result (result.services[].name)",
            "ordinary",
        ),
        pytest.param(
            "os", "Cisco", "the secret in password occurs in the data of the result", "in process", marks=LONG
        ),
        (
            "os",
            "example",
            "the secret in password occurs in the data of the result (result.identity.",
            "in process",
        ),
        pytest.param(
            "os",
            "example",
            "the secret in password occurs in the data of the result (result.identity.",
            "ordinary",
            marks=LONG,
        ),
        pytest.param(
            "axl", "example", "the secret in serviceability_password occurs", "in process", marks=LONG
        ),
        ("axl", "9898", "cucm_axl_password: occurs in a name of the inventory", "in process"),
    ],
)
def test_common_word_as_a_password_stops_the_run_before_any_change(
    here: Site, account: str, word: str, met: str, way: str
) -> None:
    arguments = (
        *("-e", f"cucm_{account}_username=user{WORDS.index(word)}"),
        *("-e", f"cucm_{account}_password={word}"),
        *("-e", f"ucops_cucm_in_process={way == 'in process'}"),
    )
    outcome = here.run(PAIR, *arguments, secrets=())
    screen = " ".join(outcome.output.replace("\\n", " ").split())
    assert outcome.status != 0
    assert "PLAY [Carry out the plan]" not in outcome.output, outcome.output
    assert met in screen
    assert "secret_in_result" in screen or "secret_in_name" in screen
    messages = [task["result"].get("msg", "") for task in outcome.results if task["status"] == "failed"]
    assert messages
    assert not [text for text in messages if "***" in text]
    assert here.journal() == []
