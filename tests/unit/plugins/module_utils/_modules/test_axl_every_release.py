# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of every object against a simulated server of each release, in each AXL version.

The server checks each request against the real schema of its version, stores what was sent, and
journals what it did: the judge of what our modules send and of what they call unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import forget_versions
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    VERSIONS,
    Kind,
    Listing,
    ObjectTable,
    Row,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import (
    ROUTE_GROUP,
    ROUTE_LIST,
    ROUTE_PATTERN,
    SIP_PROFILE,
    SIP_TRUNK,
    SIP_TRUNK_SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_cluster_info,
    cucm_route_group,
    cucm_route_list,
    cucm_route_pattern,
    cucm_sip_profile,
    cucm_sip_tls_trunks,
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
from ansible_collections.ucops.cucm.tests.simulator.journal import Mutation
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    OPTIONS,
    Reply,
    Sent,
    Server,
    run,
)

MODULES: dict[str, tuple[ModuleDefinition, ObjectTable]] = {
    "profile": (cucm_sip_trunk_security_profile.DEFINITION, SIP_TRUNK_SECURITY_PROFILE),
    "sip_profile": (cucm_sip_profile.DEFINITION, SIP_PROFILE),
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


#: A release for each AXL version; those of 10.0, 11.0 and 12.0 are not simulated, but spoken by others.
SPOKEN = {
    **{known.native: name for name, known in RELEASES.items()},
    "10.0": "10.5",
    "11.0": "11.5",
    "12.0": "12.5",
}


@dataclass
class Cluster:
    """A simulated AXL server behind our session, of a release that speaks the version."""

    version: str
    monkeypatch: pytest.MonkeyPatch
    journal: list[str] = field(default_factory=list)
    elements: list[dict[str, Any]] = field(default_factory=list)
    resets: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.release = SPOKEN[self.version]
        self.database = Database(self.release)
        self.service = AxlService(
            self.database,
            self.release,
            record=self._record,
            on_reset=lambda kind, name: self.resets.append((kind, name)),
            schemas=CiscoSchemas(),
        )
        # The simulated server checks each request against the schema itself.
        self.server = Server(self._answer, validates=False)

    def _record(self, mutation: Mutation) -> None:
        self.journal.append(mutation.operation)
        self.elements.append(mutation.details["elements"])

    def _answer(self, sent: Sent) -> Reply:
        reply = self.service.answer(sent.headers.get("SOAPAction"), sent.body)
        return Reply(reply.body, reply.status, reply.content_type)

    def ensure(self, kind: str, name: str) -> None:
        """Seed a record for others to refer to."""
        if self.database.named(kind, name) is None:
            self.database.add(kind, {KEYS.get(kind, NAME)[0]: name})

    def run(self, module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        self.journal.clear()
        self.elements.clear()
        self.resets.clear()
        self.server.sent.clear()
        definition, _table = MODULES[module]
        # The release's own version is found by the module.
        given = None if self.version == RELEASES[self.release].native else self.version
        return run(definition, self.server, self.monkeypatch, check=check, version=given, **options)


@pytest.fixture(params=VERSIONS)
def cluster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(request.param, monkeypatch)


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
    for place, option in enumerate(table.options_in(cluster.version)):
        value = any_value(option, module, place)
        if value is None:
            continue
        options[option.option] = value
        # The schema calls the element of a reference by other names than the database in places.
        kind = referred_kind(option.element) or (option.target if isinstance(option, Row) else None)
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
    assert made["axl_version"] == cluster.version
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
    "sip_profile": {},
    "trunk": {
        "device_pool": "Default",
        "security_profile": "Non Secure SIP Trunk Profile",
        "sip_profile": "Standard SIP Profile",
    },
    "pattern": {"trunk": "Trunk A"},
    "group": {"members": MEMBERS["group"]},
    "list": {"call_manager_group": "Default"},
}


#: What is changed alone: the option, its new value, and the elements that are sent.
ONE_FIELD: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "profile": ("accept_replaces_header", True, {"allowReplaceHeader": "true"}),
    "sip_profile": ("options_ping", True, {"enableOutboundOptionsPing": "true"}),
    "trunk": ("srtp_fallback_allowed", True, {"srtpFallbackAllowed": "true"}),
    "pattern": ("urgent_priority", True, {"patternUrgency": "true"}),
    "group": ("distribution_algorithm", "Top Down", {"distributionAlgorithm": "Top Down"}),
    "list": ("run_on_all_nodes", True, {"runOnEveryNode": "true"}),
}


@pytest.mark.parametrize("module", MODULES)
def test_one_field_is_changed_and_is_then_unchanged(cluster: Cluster, module: str) -> None:
    options = all_options(cluster, module)
    identity = {name: options[name] for name in MODULES[module][1].identity}
    option, value, elements = ONE_FIELD[module]
    cluster.run(module, **identity, **LEAST[module])
    predicted = cluster.run(module, check=True, **identity, **{option: value})
    assert cluster.journal == []
    made = cluster.run(module, **identity, **{option: value})
    assert (made["changed"], made["warnings"], made["diff"]) == (True, [], predicted["diff"])
    assert cluster.elements[0] == elements
    assert cluster.run(module, **identity, **{option: value})["changed"] is False
    assert cluster.journal == []


# The first, the last with fields that are gone since, and the newest; all versions take too long.
@pytest.mark.parametrize("version", ["9.1", "12.0", "15.0"])
@pytest.mark.parametrize("module", MODULES)
def test_each_option_alone_changes_nothing_else(
    monkeypatch: pytest.MonkeyPatch, module: str, version: str
) -> None:
    cluster = Cluster(version, monkeypatch)
    options = all_options(cluster, module)
    _definition, table = MODULES[module]
    identity = {name: options[name] for name in table.identity}
    now = cluster.run(module, **identity, **LEAST[module])[table.result]
    # The security mode comes last: it wants transports that the options before it have set.
    for option in sorted(
        table.options_in(cluster.version), key=lambda option: option.option == "device_security_mode"
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
            for row in table.options_in(cluster.version)
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
    asked = cluster.version == RELEASES[cluster.release].native
    assert cluster.server.operations[:1] == ["getCCMVersion" if asked else "getSipTrunkSecurityProfile"]
    assert cluster.server.operations.count("getCCMVersion") == asked
    assert {sent.version for sent in cluster.server.sent[asked:]} == {cluster.version}


TLS = {
    "name": "TLS",
    "device_security_mode": "Encrypted",
    "incoming_transport_type": "TLS",
    "outgoing_transport_type": "TLS",
    "incoming_port": 5061,
}


def with_trunks(cluster: Cluster, *names: str) -> None:
    """A profile, and trunks that use it; a further trunk uses another one."""
    cluster.run("profile", **TLS)
    for name in names:
        cluster.run("trunk", name=name, **{**LEAST["trunk"], "security_profile": "TLS"})
    cluster.run("trunk", name="Other", **LEAST["trunk"])


def test_a_change_of_a_profile_resets_the_trunks_that_use_it(cluster: Cluster) -> None:
    with_trunks(cluster, "To A", "To B")
    change = {"name": "TLS", "transmit_security_status": True}

    predicted = cluster.run("profile", check=True, **change)
    assert (predicted["reset"], cluster.journal, cluster.resets) == (True, [], [])

    made = cluster.run("profile", **change)
    assert (made["changed"], made["reset"], made["warnings"]) == (True, True, [])
    assert made["reset_trunks"] == predicted["reset_trunks"] == ["To A", "To B"]
    assert made["diff"] == predicted["diff"]
    if cluster.version == "9.1":
        assert cluster.journal == ["updateSipTrunkSecurityProfile", "doDeviceReset", "doDeviceReset"]
        assert cluster.elements[1:] == [
            {"deviceName": "To A", "deviceResetType": "Reset"},
            {"deviceName": "To B", "deviceResetType": "Reset"},
        ]
        assert cluster.resets == [("SipTrunk", "To A"), ("SipTrunk", "To B")]
    else:
        assert cluster.journal == ["updateSipTrunkSecurityProfile", "resetSipTrunkSecurityProfile"]
        assert cluster.resets == [("SipTrunkSecurityProfile", "TLS")]

    again = cluster.run("profile", **change)
    assert (again["changed"], again["reset"], cluster.journal) == (False, False, [])
    assert cluster.server.operations == ["getSipTrunkSecurityProfile"]


def test_a_change_of_a_sip_profile_resets_each_trunk_that_uses_it(cluster: Cluster) -> None:
    cluster.run("sip_profile", name="Pinged", copy_from="Standard SIP Profile", options_ping=True)
    assert cluster.journal == ["addSipProfile"]
    for name in ("To A", "To B"):
        cluster.run("trunk", name=name, **{**LEAST["trunk"], "sip_profile": "Pinged"})
    cluster.run("trunk", name="Other", **LEAST["trunk"])
    change = {"name": "Pinged", "options_ping_interval_down": 30}

    predicted = cluster.run("sip_profile", check=True, **change)
    assert (predicted["reset"], cluster.journal, cluster.resets) == (True, [], [])
    made = cluster.run("sip_profile", **change)
    assert (made["changed"], made["reset"], made["warnings"]) == (True, True, [])
    assert made["reset_trunks"] == predicted["reset_trunks"] == ["To A", "To B"]
    assert made["diff"] == predicted["diff"]
    # AXL has no operation that resets a SIP profile, in any version.
    assert cluster.journal == ["updateSipProfile", "doDeviceReset", "doDeviceReset"]
    assert cluster.resets == [("SipTrunk", "To A"), ("SipTrunk", "To B")]

    described = cluster.run("sip_profile", name="Pinged", description="With OPTIONS ping")
    assert (described["changed"], described["reset"], cluster.resets) == (True, False, [])
    again = cluster.run("sip_profile", **change)
    assert (again["changed"], again["reset"], cluster.journal) == (False, False, [])
    always = cluster.run("sip_profile", name="Pinged", reset="always")
    assert (always["changed"], always["reset_trunks"]) == (True, ["To A", "To B"])
    assert cluster.journal == ["doDeviceReset", "doDeviceReset"]


@pytest.mark.parametrize(("module", "name"), [("profile", "TLS"), ("trunk", "To A")])
def test_a_reset_by_itself(cluster: Cluster, module: str, name: str) -> None:
    with_trunks(cluster, "To A")
    if cluster.version == "9.1":
        operation, target = "doDeviceReset", ("SipTrunk", "To A")
    else:
        kind = MODULES[module][1].kind
        operation, target = f"reset{kind}", (kind, name)

    predicted = cluster.run(module, check=True, name=name, reset="always")
    assert cluster.journal == []
    made = cluster.run(module, name=name, reset="always")
    assert (made["changed"], made["reset"], made["warnings"]) == (True, True, [])
    assert made == predicted
    assert (cluster.journal, cluster.resets) == ([operation], [target])

    unused = cluster.run("profile", name="TLS", incoming_port=5062, reset="never")
    assert (unused["changed"], unused["reset"], cluster.resets) == (True, False, [])


def test_a_profile_that_no_trunk_uses_is_not_reset(cluster: Cluster) -> None:
    with_trunks(cluster)
    made = cluster.run("profile", name="TLS", incoming_port=5062)
    assert (made["changed"], made["reset"], made["reset_trunks"]) == (True, False, [])
    always = cluster.run("profile", name="TLS", reset="always")
    assert (always["changed"], cluster.journal, cluster.resets) == (False, [], [])


@pytest.mark.parametrize("release", RELEASES)
def test_a_version_that_the_release_does_not_accept_is_refused_with_those_that_it_does(
    monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    cluster = Cluster(RELEASES[release].native, monkeypatch)
    refused = [version for version in VERSIONS if version not in RELEASES[release].versions]
    assert refused
    for version in refused:
        result = run(
            cucm_sip_trunk.DEFINITION, cluster.server, monkeypatch, version=version, name="T", state="absent"
        )
        assert (result["failed"], result["reason"]) == (True, "version_not_accepted"), version
        assert f"the server does not accept AXL version {version}; it accepts " in result["msg"]
        assert "Option: axl_version." in result["msg"]
        accepted = set(result["accepted_versions"])
        named = {
            version
            for version in VERSIONS
            if version in accepted or f"{version.partition('.')[0]}.x" in accepted
        }
        assert named - {"9.0"} == set(RELEASES[release].versions) & set(VERSIONS)
    assert cluster.journal == []


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("mixed_mode", [False, True])
def test_what_a_cluster_is_on_every_release(
    monkeypatch: pytest.MonkeyPatch, release: str, mixed_mode: bool
) -> None:
    known = RELEASES[release]
    for version in [None, *(version for version in VERSIONS if version in known.versions)]:
        cluster = Cluster(known.native, monkeypatch)
        parameter = cluster.database.find("ProcessConfig", name="ClusterSecurityMode")
        assert parameter is not None
        parameter.values["value"] = "1" if mixed_mode else "0"
        info = run(
            cucm_cluster_info.DEFINITION,
            cluster.server,
            monkeypatch,
            version=version,
            module=cucm_cluster_info,
        )
        assert info == {
            "changed": False,
            "version": known.ccm_version,
            "release": ".".join(known.ccm_version.split(".")[:2]),
            "axl_version": version or known.native,
            "mixed_mode": mixed_mode,
            "certificate_preference": None,
            "warnings": [],
        }
        assert [(sent.operation, sent.version) for sent in cluster.server.sent] == [
            ("getCCMVersion", "1.0"),
            ("executeSQLQuery", version or known.native),
        ]


LINK = {
    "cluster": "CUCM10",
    "trunk": "CUCM10",
    "security_profile": "TLS CUCM10",
    "subject_names": ["cucm10.example.com"],
    "destinations": [{"address": "192.0.2.1", "port": 5061}],
    "patterns": [{"pattern": "98XX"}],
}
UNSERVED = {**LINK, "cluster": "LAB", "trunk": "LAB", "security_profile": "TLS LAB", "subject_names": ["lab"]}


def all_trunks(cluster: Cluster, **options: Any) -> dict[str, Any]:
    given = {"security_profile_options": {"incoming_port": 5061}, "links": [LINK], **options}
    return run(
        cucm_sip_tls_trunks.DEFINITION,
        cluster.server,
        cluster.monkeypatch,
        version=cluster.version,
        module=cucm_sip_tls_trunks,
        **given,
    )


def changes(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"], each["change"]) for each in result["objects"]]


ALL = ("TLS CUCM10", "CUCM10", "98XX")


@pytest.mark.parametrize("version", VERSIONS)
def test_all_objects_of_a_trunk(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """Predicted, made, found right without a question asked twice, changed, removed."""
    cluster = Cluster(version, monkeypatch)
    predicted = all_trunks(cluster, check=True)
    assert cluster.journal == []
    made = all_trunks(cluster, read=True)
    assert changes(made) == changes(predicted) == [(name, "add") for name in ALL]
    assert made["trunks"][0]["security_profile"]["x509_subject_names"] == ["cucm10.example.com"]
    assert made["route_patterns"][0]["leads_to"]["name"] == "CUCM10"
    before = list(cluster.journal)
    cluster.server.sent.clear()
    again = all_trunks(cluster, read=True)
    assert (again["changed"], again["diff"]) == (False, [])
    assert changes(again) == [(name, "none") for name in ALL]
    asked = [(sent.operation, str(sent.body)) for sent in cluster.server.sent]
    assert len(asked) == len(set(asked))
    assert cluster.journal == before
    more = {**LINK, "subject_names": ["cucm10.example.com", "sub.example.com"]}
    changed = all_trunks(cluster, links=[more])
    assert changes(changed) == [("TLS CUCM10", "change"), ("CUCM10", "none"), ("98XX", "none")]
    assert changed["objects"][0]["fields"] == ["x509_subject_names"]
    assert changed["objects"][0]["resets"] == ["CUCM10"]
    removed = all_trunks(cluster, state="absent")
    assert changes(removed) == [(name, "remove") for name in reversed(ALL)]
    assert not all_trunks(cluster, state="absent")["changed"]


def test_what_another_run_has_changed_since_the_plan_stops_before_anything_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = Cluster("14.0", monkeypatch)
    planned = all_trunks(cluster, check=True)["objects"]
    assert changes(all_trunks(cluster, foreseen=planned)) == [(name, "add") for name in ALL]
    before = list(cluster.journal)
    late = all_trunks(cluster, foreseen=planned)
    assert (late["failed"], late["reason"]) == (True, "changed_meanwhile")
    assert "CUCM10 (planned: add, now: none)" in late["msg"]
    assert cluster.journal == before
    # A peer that cannot be served is told by the task itself.
    lost = {**UNSERVED, "options": {"device_pool": "Nowhere"}}
    assert all_trunks(cluster, links=[lost], foreseen=[])["reason"] == "peers_failed"


def test_watched_trunks_share_a_copied_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster("14.0", monkeypatch)
    other = {**UNSERVED, "patterns": []}
    result = all_trunks(cluster, links=[LINK, other], options_ping=True)
    assert changes(result)[0] == ("Standard SIP Profile with OPTIONS Ping", "add")
    assert result["objects"][0]["cluster"] == "CUCM10, LAB"
    assert cluster.database.find("SipTrunk", name="LAB").values["sipProfileName"] == (  # type: ignore[union-attr]
        "Standard SIP Profile with OPTIONS Ping"
    )


def test_a_profile_that_cannot_be_made_leaves_out_who_would_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster("14.0", monkeypatch)
    lost = {**UNSERVED, "options": {"sip_profile": "Nobody's"}}
    result = all_trunks(cluster, links=[lost, LINK], options_ping=True)
    assert (result["reason"], [each["cluster"] for each in result["problems"]]) == ("peers_failed", ["LAB"])
    assert ("CUCM10", "add") in changes(result)
    assert "LAB" not in [name for name, _change in changes(result)]


def test_one_peer_that_cannot_be_served(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster("14.0", monkeypatch)
    lost = {**UNSERVED, "options": {"device_pool": "Nowhere"}}
    result = all_trunks(cluster, links=[lost, LINK])
    assert (result["failed"], result["reason"], result["changed"]) == (True, "peers_failed", True)
    assert result["problems"][0]["reason"] == "missing_reference"
    assert "no device_pool 'Nowhere'" in result["msg"]
    assert changes(result) == [("TLS LAB", "add"), *((name, "add") for name in ALL)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"trunk_options": {"device_pol": "x"}},
            "'device_pol' is no option of a SIP trunk; 'device_pool' may be meant",
        ),
        ({"route_pattern_options": {"block_enable": "perhaps"}}, "route_pattern_options"),
        ({"security_profile_options": {"axl_version": "14.0"}}, "security_profile_options.axl_version"),
    ],
)
def test_options_of_a_kind_are_checked(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: str
) -> None:
    cluster = Cluster("14.0", monkeypatch)
    result = all_trunks(cluster, check=True, **options)
    assert result["failed"]
    assert words in result["msg"]


def test_an_error_that_concerns_all_says_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster("14.0", monkeypatch)
    answer = cluster.server.answer

    def break_off(sent: Sent) -> Reply:
        return Reply("", status=401) if sent.operation == "addSipTrunk" else answer(sent)

    cluster.server.answer = break_off
    result = all_trunks(cluster, links=[LINK, UNSERVED])
    assert (result["reason"], result["changed"]) == ("authentication_failed", True)
    assert changes(result) == [("TLS CUCM10", "add")]
    assert cluster.journal == ["addSipTrunkSecurityProfile"]


def test_an_object_that_is_stored_and_not_reset_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster("14.0", monkeypatch)
    all_trunks(cluster)
    answer = cluster.server.answer

    def no_reset(sent: Sent) -> Reply:
        return Reply("", status=403) if sent.operation == "resetSipTrunkSecurityProfile" else answer(sent)

    cluster.server.answer = no_reset
    result = all_trunks(cluster, links=[{**LINK, "subject_names": ["other.example.com"]}])
    assert (result["reason"], result["changed"]) == ("peers_failed", True)
    assert result["problems"][0]["reason"] == "reset_failed"
    (stored,) = result["objects"]
    assert (stored["kind"], stored["name"], stored["change"]) == (
        "sip_trunk_security_profile",
        "TLS CUCM10",
        "change",
    )
