# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of services: both shapes of its lines, noise, and what cannot be read."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._platform.service_texts import (
    ListedService,
    service_rows,
    states_seen,
)
from hypothesis import given
from hypothesis import strategies as st

#: As published, from two products with the same service manager; the last shape has blanks inside.
LIST = """Requesting service status, please wait...
System SSH [STARTED]
Name Service Cache [STOPPED]  Service Not Activated
Service Manager [STARTED]
Service Manager is running
Getting list of all services
>> Return code = 0
Cisco AMC Service[STARTED]
Cisco DRF Master[STOPPED]  Commanded Out of Service
SOAP -Log Collection APIs[ STOPPED ]  Component is not running
"""
RESTART = """ Don't press Ctrl-c while the service is getting RESTARTED.If Service has not Restarted Properly, \
execute the same Command Again
Service Manager is running
Cisco Tftp[STOPPING]
Cisco Tftp[STOPPING]
Cisco Tftp Helper[STARTED]
Cisco Tftp[STARTING]
Cisco Tftp[STARTED]
"""


def test_both_shapes() -> None:
    assert service_rows(LIST) == [
        ListedService("System SSH", "STARTED", ""),
        ListedService("Name Service Cache", "STOPPED", "Service Not Activated"),
        ListedService("Service Manager", "STARTED", ""),
        ListedService("Cisco AMC Service", "STARTED", ""),
        ListedService("Cisco DRF Master", "STOPPED", "Commanded Out of Service"),
        ListedService("SOAP -Log Collection APIs", "STOPPED", "Component is not running"),
    ]


def test_the_states_of_a_restart() -> None:
    assert states_seen(RESTART, "Cisco Tftp") == ["STOPPING", "STOPPING", "STARTING", "STARTED"]
    assert states_seen(RESTART, "Cisco CallManager") == []
    assert states_seen("", "Cisco Tftp") == []


@pytest.mark.parametrize("line", ["Cisco Tftp[STAR", "Cisco Tftp[]", "[STARTED]", "Cisco Tftp[started]"])
def test_a_line_that_cannot_be_read(line: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="cannot be read"):
        service_rows(LIST + line)


def test_a_service_with_two_states() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"'Cisco Tftp' twice, as STARTED and STOPPED"):
        service_rows("Cisco Tftp[STARTED]\nCisco Tftp[STOPPED]")
    assert len(service_rows("Cisco Tftp[STARTED]\nCisco Tftp[STARTED]")) == 1


@pytest.mark.parametrize("text", ["", "Requesting service status, please wait...", "no such thing"])
def test_no_list(text: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="no list"):
        service_rows(text)


_WORD = st.text("ABCdef-_.0", min_size=1, max_size=8)
_SERVICES = st.lists(
    st.builds(
        ListedService,
        name=st.lists(_WORD, min_size=1, max_size=4).map(" ".join),
        state=st.sampled_from(["STARTED", "STOPPED", "STARTING", "STOPPING", "NOT RUNNING"]),
        reason=st.lists(_WORD, max_size=3).map(" ".join),
    ),
    min_size=1,
    unique_by=lambda service: service.name,
)


@given(
    _SERVICES, st.sampled_from(["{}[{}]  {}", "{} [{}]  {}", "{}[ {} ] {}"]), st.sampled_from(["\n", "\r\n"])
)
def test_what_is_printed_is_read(services: list[ListedService], shape: str, newline: str) -> None:
    text = newline.join(shape.format(each.name, each.state, each.reason) for each in services)
    assert service_rows(text) == services


@given(st.text("ab [STARTED]\r\n:>=", max_size=80))
def test_noise_is_read_or_reported(text: str) -> None:
    try:
        rows = service_rows(text)
    except UnexpectedAnswer:
        return
    assert rows
    for row in rows:
        assert row.name in text
        assert row.state in text
