# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of every object against a simulated server of each release.

The server checks each request against the real schema of its version, stores what was sent, and
journals what it did: the judge of what our modules send and of what they call unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import forget_versions
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    Kind,
    Listing,
    ObjectTable,
    Row,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import (
    ROUTE_GROUP,
    ROUTE_LIST,
    ROUTE_PATTERN,
    SIP_TRUNK,
    SIP_TRUNK_SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_route_group,
    cucm_route_list,
    cucm_route_pattern,
    cucm_sip_trunk,
    cucm_sip_trunk_security_profile,
)
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.simulator.axl.database import (
    KEYS,
    NAME,
    Database,
    referred_kind,
)
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas
from ansible_collections.ucops.cucm.tests.simulator.axl.service import AxlService
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import RELEASES
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    OPTIONS,
    Reply,
    Sent,
    Server,
    run,
)

MODULES: dict[str, tuple[ModuleDefinition, ObjectTable]] = {
    "profile": (cucm_sip_trunk_security_profile.DEFINITION, SIP_TRUNK_SECURITY_PROFILE),
    "trunk": (cucm_sip_trunk.DEFINITION, SIP_TRUNK),
    "pattern": (cucm_route_pattern.DEFINITION, ROUTE_PATTERN),
    "group": (cucm_route_group.DEFINITION, ROUTE_GROUP),
    "list": (cucm_route_list.DEFINITION, ROUTE_LIST),
}

#: Where "any other value" would not do: rules of the administration page, or options that exclude
#: each other.
CHOSEN: dict[str, Any] = {
    "caller_name": "CUCM",
    "destinations": [{"address": "192.0.2.1", "port": 5061}, {"address_ipv6": "2001:db8::1"}],
    "destination_is_srv": False,
    "external_presentation_anonymous": False,
    "incoming_transport_type": "TLS",
    "outgoing_transport_type": "TLS",
    "members": None,
    "pattern": "98XX",
    "recording_information": "2",
    "route_list": None,
    "significant_digits": 4,
    "srtp_allowed": False,
    "x509_subject_names": ["cucm10.example.com", "CUCM10"],
    "enable_digest_authentication": True,
}
MEMBERS = {
    "group": [{"device": "Trunk B", "port": 0}, {"device": "Trunk A"}],
    "list": [{"route_group": "Group B", "called_party_transform_mask": "9XXXX"}, {"route_group": "Group A"}],
}


@pytest.fixture(scope="module", autouse=True)
def _real_schemas() -> None:
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def _no_remembered_version() -> None:
    forget_versions()


@dataclass
class Cluster:
    """A simulated AXL server of one release behind our session."""

    release: str
    monkeypatch: pytest.MonkeyPatch
    journal: list[str] = field(default_factory=list)
    resets: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(self.release)
        self.service = AxlService(
            self.database,
            self.release,
            record=lambda mutation: self.journal.append(mutation.operation),
            on_reset=lambda kind, name: self.resets.append((kind, name)),
            schemas=CiscoSchemas(),
        )
        # The simulated server checks each request against the schema itself.
        self.server = Server(self._answer, validates=False)

    def _answer(self, sent: Sent) -> Reply:
        reply = self.service.answer(sent.headers.get("SOAPAction"), sent.body)
        return Reply(reply.body, reply.status, reply.content_type)

    def ensure(self, kind: str, name: str) -> None:
        """Seed a record for others to refer to."""
        if self.database.named(kind, name) is None:
            self.database.add(kind, {KEYS.get(kind, NAME)[0]: name})

    def run(self, module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        self.journal.clear()
        self.resets.clear()
        self.server.sent.clear()
        definition, _table = MODULES[module]
        return run(definition, self.server, self.monkeypatch, check=check, version=None, **options)


@pytest.fixture(params=list(RELEASES))
def cluster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(request.param, monkeypatch)


def native(cluster: Cluster) -> str:
    return RELEASES[cluster.release].native


def any_value(option: Row | Listing, module: str, place: int) -> Any:
    """A value of the option that is not what a new object has."""
    if isinstance(option, Listing) and option.option == "members":
        return MEMBERS[module]
    if option.option in CHOSEN:
        return CHOSEN[option.option]
    assert isinstance(option, Row)
    if option.kind is Kind.BOOLEAN:
        return option.default != "true"
    if option.kind is Kind.INTEGER:
        return 10 + place % 50
    if option.kind is Kind.CHOICE:
        return next(value for value in reversed(option.choices) if value != option.default)
    return {"name": "New"}.get(option.option, f"v{place}")


def all_options(cluster: Cluster, module: str) -> dict[str, Any]:
    """A value for each option that the release has; what is referred to is made."""
    _definition, table = MODULES[module]
    options: dict[str, Any] = {}
    for place, option in enumerate(table.options_in(native(cluster))):
        value = any_value(option, module, place)
        if value is None:
            continue
        options[option.option] = value
        kind = referred_kind(option.element)
        if kind and isinstance(value, str):
            cluster.ensure(kind, value)
    for member in (name for members in MEMBERS.values() for item in members for name in item.values()):
        if isinstance(member, str) and " " in member:
            cluster.ensure("SipTrunk" if member.startswith("Trunk") else "RouteGroup", member)
    return options


@pytest.mark.parametrize("module", MODULES)
def test_every_option_is_stored_and_is_then_unchanged(cluster: Cluster, module: str) -> None:
    options = all_options(cluster, module)
    kind = MODULES[module][1].kind

    predicted = cluster.run(module, check=True, **options)
    assert predicted["changed"] is True, predicted
    assert cluster.journal == []

    made = cluster.run(module, **options)
    assert made["changed"] is True, made
    assert made["warnings"] == []
    assert cluster.journal[0] == f"add{kind}"
    assert made["axl_version"] == native(cluster)
    result = MODULES[module][1].result
    for name, value in options.items():
        if not isinstance(value, list):
            assert made[result][name] == value, name
    assert {**predicted[result], "uuid": None} == {**made[result], "uuid": None}

    for check in (True, False):
        again = cluster.run(module, check=check, **options)
        assert (again["changed"], again["warnings"]) == (False, []), again
        assert cluster.journal == []
        assert len(cluster.server.sent) == (2 if module == "pattern" else 1)


#: What a new object must have.
LEAST: dict[str, dict[str, Any]] = {
    "profile": {},
    "trunk": {
        "device_pool": "Default",
        "security_profile": "Non Secure SIP Trunk Profile",
        "sip_profile": "Standard SIP Profile",
    },
    "pattern": {"trunk": "Trunk A"},
    "group": {"members": MEMBERS["group"]},
    "list": {"call_manager_group": "Default"},
}


@pytest.mark.parametrize("release", ["9.1", "15"])
@pytest.mark.parametrize("module", MODULES)
def test_each_option_alone_changes_nothing_else(
    monkeypatch: pytest.MonkeyPatch, module: str, release: str
) -> None:
    cluster = Cluster(release, monkeypatch)
    options = all_options(cluster, module)
    _definition, table = MODULES[module]
    identity = {name: options[name] for name in table.identity}
    now = cluster.run(module, **identity, **LEAST[module])[table.result]
    # The security mode comes last: it wants transports that the options before it have set.
    for option in sorted(
        table.options_in(native(cluster)), key=lambda option: option.option == "device_security_mode"
    ):
        if option.option not in options or option.add_only:
            continue
        wanted = {option.option: options[option.option]}
        if option.option == "carrier_identification_code":
            wanted["network_service_protocol"] = options["network_service_protocol"]
        result = cluster.run(module, **identity, **wanted)
        before, now = now, result[table.result]
        differing = {name for name in now if now[name] != before[name]}
        assert differing <= set(wanted), option.option
        assert result["changed"] is bool(differing), option.option
        assert cluster.journal[:1] == ([f"update{table.kind}"] if differing else []), option.option


@pytest.mark.parametrize("module", MODULES)
def test_removed_and_removed_again(cluster: Cluster, module: str) -> None:
    options = all_options(cluster, module)
    identity = {name: options[name] for name in MODULES[module][1].identity}
    cluster.run(module, **options)
    assert cluster.run(module, check=True, state="absent", **identity)["changed"] is True
    assert cluster.journal == []
    assert cluster.run(module, state="absent", **identity)["changed"] is True
    assert cluster.journal == [f"remove{MODULES[module][1].kind}"]
    assert cluster.run(module, state="absent", **identity)["changed"] is False
    assert cluster.journal == []


def test_clearing_every_option_that_can_be_empty(cluster: Cluster) -> None:
    for module in ("trunk", "pattern"):
        options = all_options(cluster, module)
        _definition, table = MODULES[module]
        cluster.run(module, **options)
        identity = {name: options[name] for name in table.identity}
        empty = {
            row.option: ""
            for row in table.options_in(native(cluster))
            if isinstance(row, Row)
            and row.kind in {Kind.TEXT, Kind.REFERENCE}
            and (row.nillable or row.kind is Kind.TEXT)
            and not row.add_only
            and row.option not in {"device_pool", "security_profile", "sip_profile"}
        }
        cleared = cluster.run(module, **identity, **empty)
        assert (cleared["changed"], cleared["warnings"]) == (True, []), cleared
        assert {name: cleared[table.result][name] for name in empty} == empty
        assert cluster.run(module, **identity, **empty)["changed"] is False


def test_nothing_but_the_host_s_own_requests(cluster: Cluster) -> None:
    cluster.run("profile", **all_options(cluster, "profile"))
    assert {sent.url for sent in cluster.server.sent} == {f"https://{OPTIONS.host}:8443/axl/"}
    assert cluster.server.operations[0] == "getCCMVersion"
    assert cluster.server.operations.count("getCCMVersion") == 1
