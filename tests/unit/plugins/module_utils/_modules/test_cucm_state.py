# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a run cannot be undone: what it changed stays, or what it did not make is removed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import forget_versions
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_sip_tls_trunks,
    cucm_state_record,
    cucm_state_restore,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site import record as records
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas
from ansible_collections.ucops.cucm.tests.simulator.axl.service import AxlService
from ansible_collections.ucops.cucm.tests.simulator.journal import Mutation
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import Reply, Sent, Server, run

PROFILE = "TLS CUCM10"
LINK = {
    "cluster": "CUCM10",
    "trunk": "CUCM10",
    "security_profile": PROFILE,
    "subject_names": ["cucm10.example.com"],
    "destinations": [{"address": "192.0.2.1", "port": 5061}],
    "patterns": [{"pattern": "98XX"}],
}
OLD = "Standard SIP Profile For Cisco VCS"


@pytest.fixture(autouse=True)
def _real_schemas() -> None:
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)
    forget_versions()


@dataclass
class Cluster:
    """A simulated AXL server behind our session, and a directory of records."""

    directory: Path
    monkeypatch: pytest.MonkeyPatch
    version: str = "14"
    journal: list[str] = field(default_factory=list)
    may_warn: bool = False

    def __post_init__(self) -> None:
        self.database = Database(self.version)
        service = AxlService(
            self.database,
            self.version,
            record=self._record,
            on_reset=lambda _kind, _name: None,
            schemas=CiscoSchemas(),
        )

        def answer(sent: Sent) -> Reply:
            reply = service.answer(sent.headers.get("SOAPAction"), sent.body)
            return Reply(reply.body, reply.status, reply.content_type)

        self.server = Server(answer, validates=False)

    def _record(self, mutation: Mutation) -> None:
        self.journal.append(mutation.operation)

    def run(self, module: Any, *, check: bool = False, **options: Any) -> dict[str, Any]:
        self.journal.clear()
        self.server.sent.clear()
        result = run(
            module.DEFINITION,
            self.server,
            self.monkeypatch,
            check=check,
            version=None,
            module=module,
            **options,
        )
        assert self.may_warn or not result["warnings"], result
        return result

    def pair(self, *, recorded: bool = True, **options: Any) -> dict[str, Any]:
        """Record, then pair, as a run does."""
        given = {"links": [LINK], "options_ping": True, **options}
        wanted = {**given, "security_profile_options": {"incoming_port": 5061}, "take_over": True}
        foreseen = self.run(cucm_sip_tls_trunks, check=True, **wanted)["objects"]
        if recorded:
            self.record(**given, foreseen=foreseen)
        result = self.run(cucm_sip_tls_trunks, **wanted)
        assert not result.get("failed"), result
        return result

    def record(self, purpose: str = "pair", **options: Any) -> dict[str, Any]:
        known = {"links": [LINK], "options_ping": True, **options}
        result = self.run(
            cucm_state_record,
            directory=str(self.directory),
            cluster="CUCMA",
            publisher="cucma-pub",
            purpose=purpose,
            **known,
        )
        assert not result.get("failed"), result
        assert self.journal == []
        return result

    def restore(self, **options: Any) -> dict[str, Any]:
        given = {"cluster": "CUCMA", "publisher": "cucma-pub", "directory": str(self.directory), **options}
        return self.run(cucm_state_restore, **given)

    def unpair(self, *, recorded: bool = True, **options: Any) -> dict[str, Any]:
        if recorded:
            self.record("unpair")
        return self.run(
            cucm_sip_tls_trunks,
            links=[LINK],
            options_ping=True,
            state="absent",
            record_directory=str(self.directory),
            record_cluster="CUCMA",
            **options,
        )

    def content(self) -> dict[str, list[Any]]:
        """All that the database has of the kinds that are touched, without the keys of the records."""
        kinds = (
            "SipTrunkSecurityProfile",
            "SipProfile",
            "SipTrunk",
            "RouteGroup",
            "RouteList",
            "RoutePattern",
        )
        return {
            kind: sorted(
                json.dumps(record.values, sort_keys=True, default=str) for record in self.database.all(kind)
            )
            for kind in kinds
        }

    def some_objects(self) -> None:
        """What somebody made by hand: a trunk of the peer's name in clear, and a pattern to a route list."""
        from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
            cucm_route_group,
            cucm_route_list,
            cucm_route_pattern,
            cucm_sip_trunk,
        )

        def make(module: Any, **options: Any) -> None:
            made = run(module.DEFINITION, self.server, self.monkeypatch, version=None, **options)
            assert made["changed"], made

        for name in ("CUCM10", "Elsewhere"):
            make(
                cucm_sip_trunk,
                name=name,
                description="By hand",
                device_pool="Default",
                location="Hub_None",
                sip_profile=OLD,
                security_profile="Non Secure SIP Trunk Profile",
                destinations=[{"address": "192.0.2.9", "port": 5060}],
            )
        make(cucm_route_group, name="Group", members=[{"device": "Elsewhere"}])
        make(
            cucm_route_list,
            name="List",
            call_manager_group="Default",
            members=[{"route_group": "Group", "called_party_transform_mask": "9XXXX"}],
        )
        make(cucm_route_pattern, pattern="98XX", route_list="List", description="By hand", block=False)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(tmp_path / "records", monkeypatch)


def changes(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"], each["change"]) for each in result["objects"] if each["change"] != "none"]


def test_what_a_run_added_is_removed(cluster: Cluster) -> None:
    """Predicted in check mode, done once, and then nothing is left to do."""
    before = cluster.content()
    cluster.pair()
    after = cluster.content()
    predicted = cluster.restore(check=True)
    assert (cluster.journal, cluster.content()) == ([], after)
    done = cluster.restore()
    assert changes(done) == changes(predicted)
    assert changes(done) == [
        ("98XX", "remove"),
        ("CUCM10", "remove"),
        ("Standard SIP Profile with OPTIONS Ping", "remove"),
        (PROFILE, "remove"),
    ]
    assert cluster.content() == before
    assert predicted["page"][0].startswith("RESTORE CUCMA as it was at ")
    assert "  remove: SIP trunk 'CUCM10'" in predicted["page"]
    again = cluster.restore()
    assert (again["changed"], again["diff"]) == (False, [])
    assert again["page"] == [again["page"][0]]


@pytest.mark.parametrize("version", ["9.1", "15"])
def test_what_a_run_changed_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    cluster = Cluster(tmp_path, monkeypatch, version)
    cluster.some_objects()
    before = cluster.content()
    cluster.pair()
    assert cluster.content() != before
    done = cluster.restore()
    assert not done.get("failed"), done
    assert changes(done)[:2] == [("CUCM10", "change"), ("98XX", "change")]
    assert done["objects"][0]["resets"] == ["CUCM10"]
    assert done["left"] == []
    assert cluster.content() == before
    assert not cluster.restore()["changed"]


def test_what_is_gone_is_made_again(cluster: Cluster) -> None:
    """Also the route list and the route group that a pattern needs, which no run of ours removes."""
    cluster.some_objects()
    before = cluster.content()
    cluster.record()
    for kind, key, name in (
        ("RoutePattern", "pattern", "98XX"),
        ("RouteList", "name", "List"),
        ("RouteGroup", "name", "Group"),
        ("SipTrunk", "name", "CUCM10"),
    ):
        record = next(each for each in cluster.database.all(kind) if each.values[key] == name)
        cluster.database.remove(record)
    done = cluster.restore()
    assert not done.get("failed"), done
    assert changes(done) == [("CUCM10", "add"), ("Group", "add"), ("List", "add"), ("98XX", "add")]
    assert cluster.content() == before


def test_what_is_of_others_by_now_stays(cluster: Cluster) -> None:
    """A trunk that got another security profile since, with its profile that another trunk uses."""
    cluster.pair()
    trunk = next(each for each in cluster.database.all("SipTrunk") if each.values["name"] == "CUCM10")
    trunk.values["securityProfileName"] = "Non Secure SIP Trunk Profile"
    cluster.may_warn = True
    done = cluster.restore()
    assert changes(done) == [("98XX", "remove"), (PROFILE, "remove")]
    assert any("the SIP trunk 'CUCM10' was not removed" in each for each in done["warnings"])
    assert done["left"] == [
        "the SIP profile 'Standard SIP Profile with OPTIONS Ping' stays, since other trunks use it: CUCM10"
    ]


def test_the_records_are_private_and_have_no_secret(cluster: Cluster) -> None:
    cluster.record(certificates={"cucma-pub": {"msg": "not read", "failed": True}})
    cluster.record()
    paths = records.paths_of(cluster.directory, "CUCMA")
    assert len(paths) == 2
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "password" not in path.read_text().lower()
    assert stat.S_IMODE(cluster.directory.stat().st_mode) == 0o700
    assert [path.name for path in cluster.directory.iterdir() if path not in paths] == []
    assert json.loads(paths[0].read_text())["certificates"] == {}


def test_check_mode_writes_nothing(cluster: Cluster) -> None:
    result = cluster.run(
        cucm_state_record,
        check=True,
        directory=str(cluster.directory),
        cluster="CUCMA",
        publisher="p",
        links=[LINK],
    )
    assert (result["path"], cluster.directory.exists()) == (None, False)


def test_a_directory_that_cannot_be_written_stops_the_run(cluster: Cluster) -> None:
    cluster.directory.write_text("a file")
    result = cluster.run(
        cucm_state_record, directory=str(cluster.directory), cluster="CUCMA", publisher="p", links=[LINK]
    )
    assert result["reason"] == "record_unusable"
    assert "cucm_state_directory" in result["msg"]


def edited(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


def resealed(**parts: Any) -> Callable[[Path], None]:
    """A record with other content that is as it was written."""

    def edit(path: Path) -> None:
        content = {**json.loads(path.read_text()), **parts}
        del content["sha256"]
        content["sha256"] = records._digest(content)
        path.write_text(json.dumps(content))

    return edit


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.write_text(path.read_text()[:-40]), "it is no JSON, or only a part of it"),
        (lambda path: path.write_text(""), "it is no JSON"),
        (lambda path: path.write_text("[]"), "it is no record of ucops.cucm"),
        (lambda path: path.write_text('{"a": 1}'), "it is no record of ucops.cucm"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "it is no JSON"),
        (edited(lambda content: content["objects"].pop()), "it is not as it was written"),
        (edited(lambda content: content.update(version=2)), "it has the version 2, and this release"),
        (resealed(cluster="CUCM10"), "it is of the cluster CUCM10, and this is the cluster CUCMA"),
        (resealed(publisher="other"), "it is of the publisher other"),
        (resealed(objects=[{"kind": "sip_trunk"}]), "a part of it is missing"),
        (lambda path: path.unlink(), "there is no record of the cluster CUCMA in"),
    ],
)
def test_a_record_that_cannot_be_used_changes_nothing(
    cluster: Cluster, spoil: Callable[[Path], None], told: str
) -> None:
    cluster.pair()
    before = cluster.content()
    spoil(records.paths_of(cluster.directory, "CUCMA")[-1])
    result = cluster.restore()
    assert result["reason"] == "record_unusable"
    assert told in result["msg"]
    assert cluster.server.sent == []
    if "there is no" not in told and "publisher" not in told:
        assert told in cluster.unpair(recorded=False)["msg"]
    assert cluster.content() == before or "there is no" in told


def test_a_kind_of_a_newer_release_changes_nothing(cluster: Cluster) -> None:
    path = Path(cluster.record()["path"])
    strange = {
        "kind": "hunt_pilot",
        "identity": {},
        "options": None,
        "belonging": {},
        "referenced": False,
        "touched": True,
    }
    resealed(objects=[strange])(path)
    result = cluster.restore(record=path.name)
    assert "the kind 'hunt_pilot'" in result["msg"]
    assert cluster.journal == []


def test_a_record_that_is_named_is_taken(cluster: Cluster) -> None:
    first = Path(cluster.record()["path"])
    cluster.pair()
    cluster.record()
    assert not cluster.restore()["changed"]
    assert cluster.restore(record=first.name)["record"] == str(first)
    assert cluster.content()["SipTrunk"] == []
    missing = cluster.restore(record="CUCMA-20200101T000000Z.json")
    assert "there is no such file" in missing["msg"]
    assert cluster.restore(directory=None, record=str(first))["record"] == str(first)


def test_a_restore_can_be_undone_and_is_not_the_newest(cluster: Cluster) -> None:
    cluster.pair()
    paired = cluster.content()
    named = cluster.restore(check=True)["named"]
    undo = cluster.record("restore", links=[], objects=named)
    cluster.restore()
    assert not cluster.restore()["changed"]
    done = cluster.restore(record=undo["path"])
    assert not done.get("failed"), done
    assert cluster.content() == paired


# Unpairing by the records


def test_unpair_sets_back_what_was_there(cluster: Cluster) -> None:
    cluster.some_objects()
    before = cluster.content()
    cluster.pair()
    predicted = cluster.unpair(check=True)
    done = cluster.unpair()
    assert not done.get("failed"), done
    assert changes(done) == changes(predicted)
    assert changes(done) == [
        ("98XX", "change"),
        ("CUCM10", "change"),
        (PROFILE, "remove"),
        ("Standard SIP Profile with OPTIONS Ping", "remove"),
    ]
    assert cluster.content() == before
    assert not cluster.unpair()["changed"]


def test_unpair_goes_back_before_all_runs_of_pair(cluster: Cluster) -> None:
    """Two runs, of which the first was cut off: what the second found is not what was there."""
    cluster.some_objects()
    before = cluster.content()
    cluster.pair(links=[{**LINK, "patterns": []}])
    cluster.pair()
    cluster.unpair()
    assert cluster.content() == before


def test_an_unpairing_that_was_cut_off_is_finished(cluster: Cluster) -> None:
    """Its own record, which has our objects, is not taken for what was there; nor by a pairing after it."""
    cluster.some_objects()
    before = cluster.content()
    cluster.pair()
    cluster.record("unpair")
    cluster.unpair()
    assert cluster.content() == before
    cluster.pair()
    cluster.record("unpair")
    cluster.pair()
    cluster.unpair()
    assert cluster.content() == before


def test_unpair_after_a_change_by_hand_goes_back_to_that(cluster: Cluster) -> None:
    cluster.some_objects()
    cluster.pair()
    cluster.unpair()
    trunk = next(each for each in cluster.database.all("SipTrunk") if each.values["name"] == "CUCM10")
    trunk.values["description"] = "By hand, later"
    before = cluster.content()
    cluster.pair()
    cluster.unpair()
    assert cluster.content() == before


def test_unpair_removes_what_was_paired_before_the_records_began(cluster: Cluster) -> None:
    """The first record has it as it is, since it was right: that is no sign that somebody else has made it."""
    before = cluster.content()
    cluster.pair(recorded=False)
    cluster.pair()
    assert len(changes(cluster.unpair())) == 3
    left = cluster.content()
    assert {**left, "SipProfile": before["SipProfile"]} == before


def test_unpair_without_a_record_removes_as_ever(cluster: Cluster) -> None:
    cluster.pair()
    for path in cluster.directory.iterdir():
        path.unlink()
    done = cluster.unpair(recorded=False)
    assert changes(done) == [("98XX", "remove"), ("CUCM10", "remove"), (PROFILE, "remove")]


# What cannot be undone


def certificate(name: str, mark: str) -> dict[str, Any]:
    return {
        "service": "CallManager",
        "subject_dn": f"CN={name}",
        "not_after": "2030-01-01T00:00:00Z",
        "fingerprint_sha256": mark,
        "certificate": "-----BEGIN CERTIFICATE-----\n",
        "spki_sha256": "left out",
    }


def test_certificates_that_do_not_come_back_are_told(cluster: Cluster) -> None:
    then = {
        "identities": [certificate("old", "A")],
        "trust": [certificate("CA", "B"), certificate("Gone", "C")],
    }
    now = {
        "identities": [certificate("new", "D")],
        "trust": [certificate("CA", "B"), certificate("New CA", "E")],
    }
    path = cluster.record(certificates={"cucma-pub": then, "cucma-sub1": then})["path"]
    assert "spki_sha256" not in Path(path).read_text()
    result = cluster.restore(check=True, certificates={"cucma-pub": now, "cucma-sub1": {"failed": True}})
    first, added, gone, other = result["irreversible"]
    assert first.startswith("cucma-pub: the CallManager certificate of the record (CN=old, until 2030")
    assert "its key is gone" in first
    assert "stay" in added
    assert "CN=New CA" in added
    assert "CN=Gone" in gone
    assert other == "cucma-sub1: not measured whether its certificates are those of the record."
    assert f"  cannot be undone: {first}" in result["page"]
    assert (
        cluster.restore(check=True, certificates={"cucma-pub": then, "cucma-sub1": then})["irreversible"]
        == []
    )


# The file


def a_record(cluster: str = "A/B C") -> records.Record:
    return records.Record(cluster, "pub", "2026-11-30T17:00:00Z", "pair", "14", "14.0", (), {})


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """Also on a file system without hard links; a cluster's name cannot lead out of the directory."""

    def refused(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", refused)
    paths = [records.write(a_record(), tmp_path) for _time in range(11)]
    assert paths[0].name == "A%2FB C-20261130T170000Z.json"
    assert paths[1].name == "A%2FB C-20261130T170000Z-2.json"
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert records.paths_of(tmp_path, "A/B C") == paths
    assert records.paths_of(tmp_path, "A") == []
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert records.read(path, "A/B C", "pub") == a_record()


def test_a_directory_or_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(records.RecordUnusable, match="cannot be read"):
        records.paths_of(tmp_path / "file", "A")
    with pytest.raises(records.RecordUnusable, match="cannot be read"):
        records.read(tmp_path, "A")
    with pytest.raises(InvalidOption, match="neither a record nor a directory"):
        records.chosen(None, "A", "")
    assert records.paths_of(tmp_path / "none", "A") == []
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(records.LARGEST + 1)
    with pytest.raises(records.RecordUnusable, match="too large"):
        records.read(huge, "A")
