# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes whose answer was lost, names of trust stores, and the services to restart."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import AnswerLost
from ansible_collections.ucops.cucm.plugins.module_utils._platform.rest import RestCertificateStore
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    trust_store_of,
    write_and_confirm,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import CONNECTION


class Node:
    """A node that commits or loses writes by script: "ok", "lost" or "lost after"."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.value: str | None = None
        self.writes = 0

    def write(self) -> None:
        self.writes += 1
        what = self.script.pop(0)
        if what != "lost":
            self.value = "written"
        if what != "ok":
            raise AnswerLost("the connection broke")

    def look(self) -> str | None:
        return self.value


@pytest.mark.parametrize(
    ("script", "writes"),
    [(["ok"], 1), (["lost after"], 1), (["lost", "ok"], 2), (["lost", "lost after"], 2)],
)
def test_a_write_ends_in_what_was_written(script: list[str], writes: int) -> None:
    node = Node(*script)
    assert write_and_confirm(node.write, node.look) == "written"
    assert node.writes == writes


def test_lost_twice_without_effect_is_an_error() -> None:
    node = Node("lost", "lost")
    with pytest.raises(AnswerLost):
        write_and_confirm(node.write, node.look)
    assert node.writes == 2


def test_a_success_without_effect_is_told() -> None:
    assert write_and_confirm(lambda: None, lambda: None) is None


def test_a_refusal_is_not_repeated() -> None:
    calls = []

    def refuse() -> None:
        calls.append(1)
        raise CertificateRefused("no")

    with pytest.raises(CertificateRefused):
        write_and_confirm(refuse, lambda: "something")
    assert calls == [1]


@pytest.mark.parametrize(
    ("service", "store"),
    [
        ("CallManager", "CallManager"),
        ("CallManager-ECDSA", "CallManager"),
        ("CallManager-trust", "CallManager"),
        ("tomcat-ECDSA", "tomcat"),
        ("Phone-SAST-trust", "Phone-SAST"),
    ],
)
def test_trust_store_of(service: str, store: str) -> None:
    assert trust_store_of(service) == store


@pytest.mark.parametrize("service", ["CallManager", "CallManager-ECDSA"])
def test_what_to_restart_after_an_identity(service: str) -> None:
    names = services_to_restart(service, "identity")
    assert names.index("Cisco Tftp") < names.index("Cisco CallManager") < names.index("Cisco CTIManager")
    assert "Cisco Trust Verification Service" in names


def test_what_to_restart_after_trust() -> None:
    assert services_to_restart("CallManager-trust", "trust") == ["Cisco CallManager"]
    assert services_to_restart("ITLRecovery", "trust") == []


def test_opening_sends_nothing() -> None:
    with open_store({**CONNECTION, "transport": "rest"}) as store:
        assert isinstance(store, RestCertificateStore)


def test_the_option_has_an_environment_variable() -> None:
    assert CERTIFICATE_ARGUMENTS["transport"]["fallback"][1] == ["CUCM_TRANSPORT"]
    assert CERTIFICATE_ARGUMENTS["host"]["required"]
