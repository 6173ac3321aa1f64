# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_node_info: one request, services as cucm_service has them, and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    InvalidOption,
    PermissionDenied,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_node_info, cucm_service
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import soap
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer, answer, certificate
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    HOST,
    Wire,
    plug_in,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability import answers
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import FakeTime

CALL_MANAGER = "Cisco CallManager"
TFTP = "Cisco Tftp"
DEFAULT = cucm_node_info.ARGUMENT_SPEC["services"]["default"]


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def run(time: FakeTime | None = None, **options: Any) -> dict[str, Any]:
    params = {**CONNECTION, "services": DEFAULT, **options}
    return cucm_node_info.read(params, Context(), (time or FakeTime()).clock())


def test_one_request_that_only_reads(wire: Wire) -> None:
    answers.status(wire, answers.item(CALL_MANAGER), answers.stopped(TFTP))
    result = run()
    assert [sent.headers["SOAPAction"] for sent in wire.sent] == ['"soapGetServiceStatus"']
    assert [(service["name"], service["status"]) for service in result["services"]] == [
        (CALL_MANAGER, "Started")
    ]
    # This wire has no Date header.
    assert result["clock"] == {
        "measured": False,
        "skew_seconds": None,
        "accuracy_seconds": None,
        "text": "The node's answer has no Date header that can be read.",
    }


def test_the_services_are_as_cucm_service_returns_them(wire: Wire) -> None:
    there = (answers.item(CALL_MANAGER), answers.not_activated(TFTP), answers.stopped("Cisco CTIManager"))
    names = [TFTP, CALL_MANAGER, "Cisco CTIManager", TFTP]
    answers.status(wire, *there)
    services = run(services=names)["services"]
    answers.status(wire, *there)
    params = dict.fromkeys(cucm_service.ARGUMENT_SPEC) | CONNECTION | {"transport": "soap", "services": names}
    assert services == cucm_service.manage(params, Context(), FakeTime().clock())["services"]
    assert [service["name"] for service in services] == [TFTP, CALL_MANAGER, "Cisco CTIManager"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("Cisco Callmanager", f"Did you mean '{CALL_MANAGER}'?"), ("Nonsense", "as cucm_service lists them")],
)
def test_a_name_that_the_node_does_not_have_is_an_error_and_not_a_stopped_service(
    wire: Wire, name: str, remedy: str
) -> None:
    answers.status(wire, answers.item(CALL_MANAGER))
    with pytest.raises(InvalidOption) as caught:
        run(services=[name])
    assert caught.value.reason == "unknown_service"
    assert caught.value.message.startswith(f"{HOST}: the node has no service '{name}'. Option: services.")
    assert remedy in caught.value.message


def test_the_rate_is_waited_for(wire: Wire) -> None:
    answers.fault(wire, "Exceeded allowed rate")
    answers.status(wire, answers.item(CALL_MANAGER))
    time = FakeTime()
    assert len(run(time)["services"]) == 1
    assert time.slept == [5.0]


def test_a_refusal_is_an_error_that_names_the_roles(wire: Wire) -> None:
    wire.raw(b"", "text/html", 403)
    with pytest.raises(PermissionDenied) as caught:
        run()
    assert soap.ROLES in caught.value.message


def test_the_clock_of_a_node_that_is_behind(tmp_path: Path) -> None:
    identity = certificate("node", names=["127.0.0.1"])
    behind = format_datetime(datetime.now(UTC) - timedelta(minutes=10), usegmt=True)
    body = answers.envelope("soapGetServiceStatus", answers.item(CALL_MANAGER))
    reply = answer(200, body, Date=behind, Content_Type=answers.XML)
    with TlsServer(identity.write(tmp_path, "node"), [reply]) as server:
        result = run(host="127.0.0.1", port=server.port, tls_fingerprint=identity.fingerprint)
    clock = result["clock"]
    assert clock["measured"] is True
    # Beside the measurement, the header was made a moment before the request.
    assert abs(clock["skew_seconds"] + 600) <= clock["accuracy_seconds"] + 2
    assert "(0:10:0" in clock["text"] or "(0:09:5" in clock["text"]
    assert "behind" in clock["text"]
