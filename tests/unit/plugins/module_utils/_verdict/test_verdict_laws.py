# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Laws of the verdict: missing evidence never passes, hostile evidence never breaks it, many links are fast."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import RESULTS, TITLES
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import (
    FORMAT,
    EvidenceUnreadable,
    canonical,
    read_document,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View, words
from ansible_collections.ucops.cucm.tests.support.evidence import (
    A,
    Pair,
    authority,
    authority_entry,
    certificate,
    checks_of,
    judged,
)
from ansible_collections.ucops.cucm.tests.support.timing import processor_seconds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Path = tuple[Any, ...]
#: What says what is expected is no evidence: with fewer wishes, more is right.
WISHES = ("expected",)

slow = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def paths_of(value: Any, above: Path = ()) -> Iterator[Path]:
    """Every key and every entry of a document, outer ones first."""
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield (*above, key)
        yield from paths_of(inner, (*above, key))


@cache
def all_paths() -> list[Path]:
    found = []
    for node, document in Pair().documents.items():
        found += [(node, *path) for path in paths_of(document) if path[0] not in WISHES]
    return found


def holder(documents: dict[str, Any], path: Path) -> Any:
    """What holds the last part of a path; None when an earlier removal took it away."""
    value: Any = documents
    for key in path[:-1]:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def remove(documents: dict[str, Any], path: Path) -> None:
    value = holder(documents, path)
    if isinstance(value, dict):
        value.pop(path[-1], None)
    elif isinstance(value, list) and path[-1] < len(value):
        del value[path[-1]]


def states(report: dict[str, Any]) -> dict[tuple[str, str, str, str], str]:
    return {
        (where, check["id"], check["node"], check["object"].partition(",")[0]): check["result"]
        for where, check in checks_of(report)
    }


@slow
@given(st.data())
def test_removing_evidence_of_a_healthy_pair_never_lets_a_check_pass_that_did_not(data):
    """What is gone is not measured: whatever still passes has passed before."""
    paths = data.draw(st.lists(st.sampled_from(all_paths()), min_size=1, max_size=6, unique=True))
    pair = Pair()
    before = states(pair.judge())
    for path in sorted(paths, key=lambda one: [str(part).zfill(6) for part in one], reverse=True):
        remove(pair.documents, path)
    after = states(pair.judge())
    for key, result in after.items():
        if result == "pass" and key in before:
            assert before[key] in ("pass", "not_applicable"), (paths, key)


@pytest.mark.parametrize("key", ["calls", "connections", "failures", "options", "recoveries"])
def test_traces_without_a_kind_of_record_do_not_prove_that_there_was_no_failure(key):
    pair = Pair()
    del pair["cucma-pub"]["traces"][key]
    assert pair.judge()["verdict"] == "not_measured"


def test_removing_everything_gives_no_pass():
    pair = Pair()
    for document in pair.documents.values():
        for key in list(document):
            if key not in ("format", "cluster", "node", "expected"):
                del document[key]
    report = pair.judge()
    assert report["counts"]["pass"] == 0
    assert report["verdict"] == "not_measured"
    assert judged([{}, {"cluster": A}, {"node": "x"}])["verdict"] == "not_measured"


WEIRD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        ["\ud800", "<script>alert(1)</script>", "{node}", "{0}", "%s", "9" * 9000, "0001-01-01T00:00:00Z"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@slow
@given(st.data())
def test_hostile_values_never_break_the_verdict(data):
    pair = Pair()
    every = [(node, *path) for node, document in pair.documents.items() for path in paths_of(document)]
    for path in data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=8, unique=True)):
        place = holder(pair.documents, path)
        if isinstance(place, dict) or (
            isinstance(place, list) and isinstance(path[-1], int) and path[-1] < len(place)
        ):
            place[path[-1]] = data.draw(WEIRD)
    documents = [document for document in pair.documents.values() if isinstance(document, dict)]
    report = judged(documents)
    text = json.dumps(report, ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")
    assert all(check["result"] in RESULTS for _where, check in checks_of(report))
    assert all(len(check["seen"]) <= 600 for _where, check in checks_of(report))


@slow
@given(WEIRD, WEIRD)
def test_hostile_files_beside_the_documents_never_break_it(capture, trace):
    judged([], captures=[{"path": "x.cap", "result": capture}, {"result": {"connections": capture}}])
    judged(
        [],
        traces=[
            {"files": capture, "calls": trace},
            {
                "files": [{"host": "192.0.2.1"}],
                "calls": [{"host": "192.0.2.1", "address": "192.0.2.2", "time": trace}],
            },
        ],
    )


@pytest.mark.parametrize("skew", [float("nan"), float("inf"), "0", True, None, [0]])
def test_a_number_that_is_none_is_not_measured(skew):
    pair = Pair()
    pair["cucm10-pub"]["node_info"]["clock"]["skew_seconds"] = skew
    report = pair.judge()
    assert report["verdict"] == "not_measured"
    assert report["counts"]["fail"] == 0


def test_huge_lists_are_cut_and_do_not_pass():
    pair = Pair()
    peer = pair["cucma-pub"]["expected"]["peers"][0]
    peer["nodes"] = [{"name": f"n{n}", "address": f"n{n}", "port": 5061} for n in range(100_000)]
    pair.profile(A)["x509_subject_names"] = ["x"] * 100_000
    started = time.monotonic()
    report = pair.judge()
    assert time.monotonic() - started < 20
    assert report["verdict"] != "pass"


# Reading


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON document"),
        (b"\xff\xfe\x00", "is no JSON document"),
        (b"{", "is no JSON document"),
        (b"[" * 100_000, "is no JSON document: it is nested too deeply"),
        (b"[]", "it holds no JSON object"),
        (b"9" * 5000, "is no JSON document"),
        (b"{}", "its format is None"),
        (json.dumps({"format": "ucops.cucm.evidence/2"}).encode(), "its format is 'ucops.cucm.evidence/2'"),
        (json.dumps({"format": ["<b>"]}).encode(), "its format is"),
        (json.dumps({"format": FORMAT, "node": "n"}).encode(), "does not say its cluster"),
        (json.dumps({"format": FORMAT, "cluster": "c", "node": 7}).encode(), "does not say its node"),
    ],
)
def test_what_is_no_evidence_is_an_error_that_names_the_file(content, said):
    with pytest.raises(EvidenceUnreadable) as caught:
        read_document(content, source="evidence/a.json")
    assert "evidence/a.json" in caught.value.message
    assert said in caught.value.message
    assert caught.value.reason == "evidence_unreadable"
    assert len(caught.value.message) < 500


@given(st.binary(max_size=200))
def test_any_bytes_are_evidence_or_an_error_of_the_family(content):
    with pytest.raises(EvidenceUnreadable):
        read_document(content, source="x")


def test_a_document_is_read_as_it_is():
    document = Pair()["cucma-pub"]
    assert read_document(json.dumps(document).encode(), source="x") == document


@given(st.text(max_size=2000))
def test_words_are_one_line_that_can_be_written(text):
    found = words(text)
    found.encode()
    assert len(found) <= 600
    assert len(found.splitlines()) <= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:DB8:0::0203", "2001:db8::203"),
        ("[2001:db8::203]", "2001:db8::203"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("CUCM.Example.COM.", "cucm.example.com"),
    ],
)
def test_addresses_compare_by_what_they_mean(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize("text", ["2026-11-24T10:00:00Z", "2026-11-24T10:00:00.123456Z"])
def test_a_moment_is_in_utc(text):
    assert View(text).moment is not None


@pytest.mark.parametrize("text", ["2026-11-24T10:00:00", "2026-13-24T10:00:00Z", "yesterday", "", 7, None])
def test_what_is_no_moment_is_none(text):
    assert View(text).moment is None


# Scale


def hub(spokes: int) -> list[dict[str, Any]]:
    """A hub with two nodes, linked with as many clusters of two nodes each."""
    names = {"HUB": 1, **{f"SITE{n:02}": n + 1 for n in range(1, spokes + 1)}}
    template = Pair(())
    pem: dict[str, dict[str, Any]] = {}

    def node(cluster: str, place: int) -> dict[str, Any]:
        document = copy.deepcopy(template["cucma-sub" if place else "cucma-pub"])
        name = f"{cluster.lower()}-{place}"
        pem[name] = certificate("cucma-pub", common_name=f"{name}.example.com", names=())
        address = f"198.51.{names[cluster]}.{place + 1}"
        peers = [other for other in names if (other == "HUB") != (cluster == "HUB")]
        document.update(cluster=cluster, node=name, host=address, hostname=name, is_publisher=not place)
        trust = [authority_entry(authority(A))]
        document["certificates"].update(identities=[{"service": "CallManager", **pem[name]}], trust=trust)
        document["expected"]["peers"] = [
            {
                "cluster": peer,
                "trunk": peer,
                "security_profile": f"TLS {peer}",
                "nodes": [
                    {
                        "name": f"{peer.lower()}-{n}",
                        "address": f"198.51.{names[peer]}.{n + 1}",
                        "address_ipv6": "",
                        "port": 5061,
                    }
                    for n in (0, 1)
                ],
                "patterns": [{"pattern": f"8{names[peer]:02}XX", "partition": ""}],
            }
            for peer in peers
        ]
        return document

    documents = [node(cluster, place) for cluster in names for place in (0, 1)]
    for document in documents:
        if document["is_publisher"]:
            _connect(document, template, pem)
        else:
            document["trunks"], document["probes"] = None, None
    return documents


def _connect(document: dict[str, Any], template: Pair, pem: dict[str, dict[str, Any]]) -> None:
    """The trunks and probes of a publisher, as its inventory wants them."""
    trunks, patterns, probes = [], [], []
    for peer in document["expected"]["peers"]:
        trunk = copy.deepcopy(template.trunk(A))
        trunk["name"] = peer["trunk"]
        trunk["destinations"] = [{**node, "sort_order": 1} for node in peer["nodes"]]
        trunk["security_profile"]["x509_subject_names"] = [
            f"{node['name']}.example.com" for node in peer["nodes"]
        ]
        for row, place in zip(trunk["status"]["nodes"], (0, 1), strict=True):
            row["node"] = f"{document['cluster'].lower()}-{place}"
        trunk["call_manager_group"]["nodes"] = [row["node"] for row in trunk["status"]["nodes"]]
        trunks.append(trunk)
        leads_to = {"type": "trunk", "name": peer["trunk"]}
        patterns.append({**peer["patterns"][0], "exists": True, "leads_to": leads_to, "block": False})
        for node in peer["nodes"]:
            result = copy.deepcopy(template.probe("cucm10-pub"))
            result["chain"] = [pem[node["name"]]]
            probes.append(
                {"trunk": peer["trunk"], "address": node["address"], "port": 5061, "result": result}
            )
    document["trunks"] = {"trunks": trunks, "missing": [], "route_patterns": patterns}
    document["probes"] = probes


def test_fifty_links_are_judged_within_two_seconds():
    documents = hub(50)
    report = judged(documents)
    seconds = processor_seconds(lambda: judged(documents))
    assert len(report["links"]) == 50
    assert report["verdict"] == "pass", report["fix_first"][:3]
    assert report["counts"]["not_measured"] == 0
    assert len(checks_of(report)) > 50 * 2 * len(TITLES)
    assert seconds < 2, f"{seconds:.2f} s"


@pytest.mark.parametrize(
    ("peers", "words_of_it"),
    [
        ([{"cluster": "B", "trunk": str(number)} for number in range(17)], "16 trunks to one cluster"),
        ([{"cluster": str(number)} for number in range(1001)], "1000 peers"),
        (
            [{"cluster": "B", "nodes": [{"name": str(number)} for number in range(65)]}],
            "64 nodes of one peer",
        ),
    ],
)
def test_more_than_is_judged_is_refused_and_not_left_out(peers, words_of_it):
    document = {"format": FORMAT, "cluster": "A", "node": "a", "expected": {"peers": peers}}
    with pytest.raises(EvidenceUnreadable, match=words_of_it):
        read_document(json.dumps(document).encode(), source="x")


def test_a_long_line_of_issuers_takes_no_time():
    pair = Pair(())
    trust = pair["cucma-pub"]["certificates"]["trust"]
    subject = pair.identity("cucma-pub")["issuer_dn"]
    for number in range(9000):
        issuer = f"CN=CA {number}"
        entry = {"subject_dn": subject, "issuer_dn": issuer, "fingerprint_sha256": f"{number:064X}"}
        trust.insert(0, {"service": "CallManager", "serial_number": "1", **entry})
        subject = issuer
    assert processor_seconds(pair.judge) < 2
