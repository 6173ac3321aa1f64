# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other objects: what a fresh cluster has, what tests need to add, version and resets."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.schemas import VERSIONS
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas, NoSchemas
from ansible_collections.ucops.cucm.tests.simulator.axl.service import (
    CAME_WITH_10_0,
    OPERATIONS,
    SERVED,
    WITHOUT_SCHEMA,
)
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import (
    PROFILE,
    TRUNK,
    Client,
    refuses,
    tag,
)

FRESH = {
    "CallManager": [],
    "CallManagerGroup": ["Default"],
    "Css": [],
    "DevicePool": ["Default"],
    "Line": [],
    "Location": ["Hub_None", "Phantom", "Shadow"],
    "PresenceGroup": ["Standard Presence group"],
    "ProcessNode": ["EnterpriseWideData"],
    "Region": ["Default"],
    "RouteGroup": [],
    "RouteList": [],
    "RoutePartition": [],
    "RoutePattern": [],
    "SipProfile": ["Standard SIP Profile", "Standard SIP Profile For Cisco VCS"],
    "SipTrunk": [],
    "SipTrunkSecurityProfile": ["Non Secure SIP Trunk Profile"],
}


@pytest.mark.parametrize("kind", FRESH)
def test_what_a_fresh_cluster_has(every: Client, kind: str) -> None:
    key = "pattern" if kind in ("Line", "RoutePattern") else "name"
    found = every.call(
        f"list{kind}",
        f"<searchCriteria><{key}>%</{key}></searchCriteria><returnedTags><{key}/></returnedTags>",
    )

    assert [item.tag for item in found] == [tag(kind)] * len(FRESH[kind])
    assert [item.findtext(key) for item in found] == FRESH[kind]
    for name in FRESH[kind]:
        if kind != "ProcessNode":
            assert every.get(kind, name=name).findtext(key) == name


def test_every_kind_that_can_be_listed_is_here() -> None:
    assert set(FRESH) == {kind for kind, verbs in SERVED.items() if "list" in verbs}


#: What others refer to, with the element of the name where that is not `name`.
READ_ONLY = {kind: "name" for kind, verbs in SERVED.items() if verbs == ("get",)} | {
    "ResourcePriorityNamespace": "namespace"
}


@pytest.mark.parametrize("kind", READ_ONLY)
def test_what_can_only_be_read(axl: Client, kind: str) -> None:
    key = READ_ONLY[kind]
    axl.database.add(kind, {key: "Known"})

    assert axl.call(f"get{kind}", f"<{key}>Known</{key}>")[0].findtext(key) == "Known"
    with refuses(5007, kind):
        axl.call(f"get{kind}", f"<{key}>Unknown</{key}>")


def test_process_nodes_come_out_of_order(axl: Client) -> None:
    axl.database.add("ProcessNode", {"name": "cucma-pub", "processNodeRole": "CUCM Voice/Video"})

    found = axl.call(
        "listProcessNode",
        "<searchCriteria><name>cucma%</name><processNodeRole>CUCM Voice/Video</processNodeRole></searchCriteria>"
        "<returnedTags><name/><processNodeRole/></returnedTags>",
    )

    assert [child.tag for child in found[0]] == ["processNodeRole", "name"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("RoutePartition", {"name": "internal", "description": "d"}),
        ("Css", {"name": "css", "members": [{"routePartitionName": "known", "index": "1"}]}),
        ("PresenceGroup", {"name": "group"}),
        (
            "DevicePool",
            {
                "name": "pool",
                "dateTimeSettingName": "CMLocal",
                "callManagerGroupName": "Default",
                "regionName": "Default",
                "srstName": "Disable",
                "aarNeighborhoodName": None,
                "locationName": "Hub_None",
            },
        ),
        (
            "Location",
            {
                "name": "branch",
                "withinAudioBandwidth": "0",
                "withinVideoBandwidth": "0",
                "withinImmersiveKbits": "0",
                "betweenLocations": {
                    "betweenLocation": {
                        "locationName": "Hub_None",
                        "weight": "50",
                        "audioBandwidth": "0",
                        "videoBandwidth": "384",
                        "immersiveBandwidth": "384",
                    }
                },
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_objects_are_added_updated_and_removed(every: Client, kind: str, values: dict) -> None:
    every.database.add("RoutePartition", {"name": "known"})
    every.add(kind, values)
    name = values["name"]
    assert every.get(kind, name=name).findtext("name") == name

    every.call(f"update{kind}", f"<name>{name}</name><newName>renamed</newName>")

    assert every.get(kind, name="renamed") is not None
    with refuses(5007, f"The specified {kind} was not found"):
        every.get(kind, name=name)
    every.call(f"remove{kind}", "<name>renamed</name>")
    assert [mutation.operation for mutation in every.journal] == [
        f"add{kind}",
        f"update{kind}",
        f"remove{kind}",
    ]


def test_an_element_may_come_several_times(axl: Client) -> None:
    groups = "".join(f"<localRouteGroup><name>{name}</name></localRouteGroup>" for name in ("a", "b", "c"))

    axl.call("updateDevicePool", f"<name>Default</name>{groups}")

    found = axl.get("DevicePool", name="Default").findall("localRouteGroup")
    assert [group.findtext("name") for group in found] == ["a", "b", "c"]


def test_a_sip_profile_is_updated(every: Client) -> None:
    name = "Standard SIP Profile"

    every.update("SipProfile", f"<name>{name}</name>", description="changed", timerT1="600")

    profile = every.get("SipProfile", name=name)
    assert (profile.findtext("description"), profile.findtext("timerT1")) == ("changed", "600")
    assert profile.findtext("timerT2") == "4000"


def test_a_sip_profile_is_added_and_removed(every: Client) -> None:
    standard = every.get("SipProfile", name="Standard SIP Profile")
    assert standard.findtext("enableOutboundOptionsPing") == "false"
    # What the schema demands of a new profile, with the values of the standard one.
    demanded = {
        field.name: standard.findtext(field.name)
        for field in CiscoSchemas().schema(every.version).fields("XSipProfile")
        if field.required
    }

    every.add(
        "SipProfile",
        demanded
        | {
            "name": "with OPTIONS Ping",
            "enableOutboundOptionsPing": "true",
            "optionsPingIntervalWhenStatusOK": "30",
        },
    )

    profile = every.get("SipProfile", name="with OPTIONS Ping")
    assert [
        profile.findtext(name)
        for name in (
            "enableOutboundOptionsPing",
            "optionsPingIntervalWhenStatusOK",
            "optionsPingIntervalWhenStatusNotOK",
        )
    ] == ["true", "30", "120"]
    every.add("SipTrunk", TRUNK | {"sipProfileName": "with OPTIONS Ping"})
    with refuses(-692, "still being referenced"):
        every.call("removeSipProfile", "<name>with OPTIONS Ping</name>")
    every.update("SipTrunk", "<name>to-cucm10</name>", sipProfileName="Standard SIP Profile")
    every.call("removeSipProfile", "<name>with OPTIONS Ping</name>")
    with refuses(5007, "The specified SipProfile was not found"):
        every.get("SipProfile", name="with OPTIONS Ping")


def test_the_default_group_has_every_call_manager_in_its_order(every: Client) -> None:
    for host in ("cucma-pub", "cucma-sub1"):
        every.database.add_call_manager(host)

    group = every.get("CallManagerGroup", name="Default")

    members = group.findall("members/member")
    assert [(member.findtext("callManagerName"), member.findtext("priority")) for member in members] == [
        ("CM_cucma-pub", "0"),
        ("CM_cucma-sub1", "1"),
    ]
    manager = every.get("CallManager", name="CM_cucma-sub1")
    assert manager.findtext("processNodeName") == "cucma-sub1"
    assert every.get("DevicePool", name="Default").findtext("callManagerGroupName") == "Default"
    # A group belongs to one database: the next fresh cluster has an empty one.
    assert Database("14").named("CallManagerGroup", "Default").values["members"] == []


def test_the_default_pool_is_in_use(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    with refuses(-692, "still being referenced"):
        axl.call("removeDevicePool", "<name>Default</name>")


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("9.1", "9.1."),
        ("10.5", "10.5."),
        ("11.5", "11.5."),
        ("12.5", "12.5."),
        ("14", "14.0."),
        ("15", "15.0."),
    ],
)
def test_the_version(release: str, version: str) -> None:
    client = Client(release)

    assert client.call("getCCMVersion").findtext("componentVersion/version").startswith(version)
    with refuses(5007, "nowhere"):
        client.call("getCCMVersion", "<processNodeName>nowhere</processNodeName>")
    client.call("getCCMVersion", "<processNodeName>EnterpriseWideData</processNodeName>")
    assert client.journal == []


def test_an_enterprise_parameter_is_read_by_sql(every: Client) -> None:
    def query(text: str) -> list[str]:
        return [row.findtext("paramvalue") for row in every.call("executeSQLQuery", f"<sql>{text}</sql>")]

    assert query("select paramvalue from processconfig where paramname = 'ClusterSecurityMode'") == ["0"]
    assert query("SELECT paramvalue FROM processconfig WHERE paramname='Unknown'") == []
    with refuses(201, "syntax error"):
        query("update device set name = ''")
    mixed = Database("14", mixed_mode=True).find("ProcessConfig", name="ClusterSecurityMode")
    assert mixed.values["value"] == "1"


def test_a_trunk_is_reset_on_every_release(every: Client) -> None:
    every.add("SipTrunk", TRUNK)
    name = "<deviceName>to-cucm10</deviceName>"

    for how in ("Reset", "Restart", "Apply Configuration"):
        returned = every.call("doDeviceReset", f"{name}<deviceResetType>{how}</deviceResetType>")
        assert returned.text == "true"
        assert every.journal[-1].details["elements"] == {
            "deviceName": "to-cucm10",
            "deviceResetType": how,
        }
    every.call("doDeviceReset", f"{name}<isHardReset>true</isHardReset>")

    assert every.resets == [("SipTrunk", "to-cucm10")] * 4
    with refuses(5007, "The specified nowhere was not found"):
        every.call("doDeviceReset", "<deviceName>nowhere</deviceName><isHardReset>true</isHardReset>")
    with refuses(5007, "The specified Explode was not found"):
        every.call("doDeviceReset", f"{name}<deviceResetType>Explode</deviceResetType>")
    assert len(every.resets) == 4


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_the_operations_that_a_version_lacks_are_known_without_its_schema(version: str) -> None:
    schema = CiscoSchemas().schema(version)
    lacking = {operation for operation in OPERATIONS if not schema.has_operation(operation)}
    assert lacking == (CAME_WITH_10_0 if version == "9.1" else set())


def test_9_1_has_no_resets_by_name_without_schemas_either() -> None:
    for release, works in (("9.1", False), ("10.5", True)):
        lax = Client(release, NoSchemas())
        lax.database.add("SipTrunk", {"name": "to-cucm10"})
        if works:
            lax.call("resetSipTrunk", "<name>to-cucm10</name>")
        else:
            with refuses(-1, "AXL 9.1 has no operation resetSipTrunk"):
                lax.call("resetSipTrunk", "<name>to-cucm10</name>")
            lax.call("doDeviceReset", "<deviceName>to-cucm10</deviceName><isHardReset>1</isHardReset>")
        assert lax.resets == [("SipTrunk", "to-cucm10")]


def test_queries_of_tables(axl: Client) -> None:
    def query(text: str) -> list[dict[str, str | None]]:
        rows = axl.call("executeSQLQuery", f"<sql>{text}</sql>")
        return [{column.tag: column.text for column in row} for row in rows]

    axl.add("SipTrunk", TRUNK)
    assert query("select name, description from device where name like 'to-%'") == [
        {"name": "to-cucm10", "description": None}
    ]
    assert query("select * from region") == [
        {"pkid": axl.database.named("Region", "Default").uuid.strip("{}").lower(), "name": "Default"}
    ]
    assert query("select name from device where name = 'no' and description = ''") == []
    for text, code, message in (
        ("select name from nowhere", 206, "The specified table .nowhere. is not in the database"),
        ("select colour from device", 217, "Column .colour. not found"),
        ("select name from device where colour = 'x'", 217, "Column .colour. not found"),
        ("select d.name from device d", 201, "syntax error"),
        ("delete from device", 201, "syntax error"),
    ):
        with refuses(code, message):
            query(text)
    assert len(axl.journal) == 1


def test_without_schemas_new_objects_have_the_defaults_of_the_schema() -> None:
    """Each of them is held against the real schema of every version."""
    lax = Client("14", NoSchemas())
    lax.call(
        "addSipTrunkSecurityProfile", "<sipTrunkSecurityProfile><name>P</name></sipTrunkSecurityProfile>"
    )
    profile = lax.database.named("SipTrunkSecurityProfile", "P")
    assert (profile.values["incomingPort"], profile.values["incomingTransport"]) == ("5060", "TCP+UDP")
    for version in VERSIONS:
        schema = CiscoSchemas().schema(version)
        for kind, values in WITHOUT_SCHEMA.items():
            known = {field.name: field for field in schema.fields(f"X{kind}")}
            for name, value in values.items():
                usual = "false" if known[name].kind == "boolean" else None
                assert (known[name].default or usual) == value, (version, kind, name)


def test_a_device_to_reset_is_named_or_given_by_its_uuid(every: Client) -> None:
    record = every.add("SipTrunk", TRUNK)
    how = "<deviceResetType>Reset</deviceResetType>"

    every.call("doDeviceReset", f'<deviceName uuid="{record.uuid}"/>{how}')
    assert every.resets == [("SipTrunk", "to-cucm10")]
    for wrong in ("", f"<deviceName>to-cucm10</deviceName>{how}<isHardReset>true</isHardReset>"):
        with refuses(-1, "doDeviceReset|isHardReset"):
            every.call("doDeviceReset", wrong)
    # What is no device: a profile cannot be reset this way.
    with refuses(5007, "The specified Non Secure SIP Trunk Profile was not found"):
        every.call("doDeviceReset", f"<deviceName>Non Secure SIP Trunk Profile</deviceName>{how}")
    assert len(every.resets) == 1


def test_a_list_of_trunks_says_which_profile_each_uses(every: Client) -> None:
    every.add("SipTrunk", TRUNK)
    inner = (
        "<searchCriteria><name>%</name></searchCriteria>"
        "<returnedTags><name/><securityProfileName/></returnedTags>"
    )

    (trunk,) = every.call("listSipTrunk", inner)

    assert [(child.tag, child.text) for child in trunk] == [
        ("name", "to-cucm10"),
        ("securityProfileName", "Non Secure SIP Trunk Profile"),
    ]
    with refuses(-1, "securityProfileName"):
        every.call(
            "listSipTrunk", inner.replace("<name>%</name>", "<securityProfileName>%</securityProfileName>")
        )


@pytest.mark.parametrize(
    ("operation", "kind", "name"),
    [
        ("resetSipTrunk", "SipTrunk", "to-cucm10"),
        ("restartSipTrunk", "SipTrunk", "to-cucm10"),
        ("resetSipTrunkSecurityProfile", "SipTrunkSecurityProfile", "tls-cucm10"),
        ("applySipTrunkSecurityProfile", "SipTrunkSecurityProfile", "tls-cucm10"),
        ("restartSipProfile", "SipProfile", "Standard SIP Profile"),
        ("applySipProfile", "SipProfile", "Standard SIP Profile"),
    ],
)
def test_resets_by_name_came_with_10_0(every: Client, operation: str, kind: str, name: str) -> None:
    every.add("SipTrunkSecurityProfile", PROFILE)
    every.add("SipTrunk", TRUNK)

    if every.version == "9.1":
        with refuses(-1, f"has no operation {operation}"):
            every.call(operation, f"<name>{name}</name>")
        assert every.resets == []
        return
    assert every.call(operation, f"<name>{name}</name>").text == every.database.find(kind, name=name).uuid
    assert every.resets == [(kind, name)]
    assert (every.journal[-1].operation, every.journal[-1].subject) == (operation, name)
    with refuses(5007, f"The specified {kind} was not found"):
        every.call(operation, "<name>nowhere</name>")
