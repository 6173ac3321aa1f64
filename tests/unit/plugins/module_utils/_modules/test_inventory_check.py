# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake that an inventory can have is told, with the place, the variable and the remedy."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.inventory_check import (
    Inventory,
    check,
    result_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.plugins.module_utils._site.problems import Problem
from ansible_collections.ucops.cucm.plugins.plugin_utils._host_variables import set_by_roles, specifications
from ansible_collections.ucops.cucm.tests.support.builders import (
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
    write_key,
)

ACCOUNTS = {
    "cucm_axl_username": "axl",
    "cucm_axl_password": "a secret of AXL",
    "cucm_os_username": "admin",
    "cucm_os_password": "a secret of the OS",
}
Hosts = dict[str, dict[str, Any]]


def node(cluster: str, name: str, number: int, peer: str, pattern: str) -> dict[str, Any]:
    return {
        **ACCOUNTS,
        "ansible_host": f"192.0.2.{number}",
        "cucm_cluster": cluster,
        "cucm_publisher": f"{cluster.lower()}-pub",
        "cucm_hostname": name,
        "cucm_peers": [{"cluster": peer, "patterns": [pattern]}],
    }


def two_clusters() -> Hosts:
    return {
        "a-pub": node("A", "a-pub", 1, "B", "9898"),
        "a-sub": node("A", "a-sub", 2, "B", "9898"),
        "b-pub": node("B", "b-pub", 3, "A", "1018"),
        "b-sub": node("B", "b-sub", 4, "A", "1018"),
    }


def inventory(hosts: Hosts, groups: dict[str, list[str]] | None = None, **more: Any) -> Inventory:
    members = {
        "A": [name for name in hosts if name.startswith("a-")],
        "B": [name for name in hosts if name.startswith("b-")],
        "all": list(hosts),
        "cucm": list(hosts),
    }
    return Inventory(
        hosts=hosts,
        groups={**members, **(groups or {})},
        chosen=more.pop("chosen", list(hosts)),
        names={name: sorted(key for key in each if key.startswith("cucm_")) for name, each in hosts.items()},
        specifications=specifications(),
        profile_name_prefix="Secure SIP Trunk Profile TLS ",
        **more,
    )


def problems(hosts: Hosts, *, accounts: bool = True, signing: bool = True, **more: Any) -> list[Problem]:
    return check(inventory(hosts, **more), accounts=accounts, signing=signing)


def of_a(**variables: Any) -> Callable[[Hosts], None]:
    """Set variables of both nodes of A."""

    def edit(hosts: Hosts) -> None:
        for name in ("a-pub", "a-sub"):
            hosts[name].update(copy.deepcopy(variables))

    return edit


def of(name: str, **variables: Any) -> Callable[[Hosts], None]:
    return lambda hosts: hosts[name].update(variables)


def without(*names: str) -> Callable[[Hosts], None]:
    def edit(hosts: Hosts) -> None:
        for host in hosts.values():
            for name in names:
                host.pop(name, None)

    return edit


def peer(**changes: Any) -> Callable[[Hosts], None]:
    return of_a(cucm_peers=[{"cluster": "B", "patterns": ["9898"], **changes}])


def test_a_right_inventory_has_no_problem() -> None:
    made = inventory(two_clusters())
    assert check(made, accounts=True) == []
    assert result_of([], made) == {
        "changed": False,
        "clusters": ["A", "B"],
        "problems": [],
        "msg": "The inventory is right: 2 clusters, 4 nodes.",
    }


@pytest.mark.parametrize(
    ("edit", "code", "place", "words"),
    [
        (of("a-pub", cucm_peer=[]), "unknown_variable", "a-pub", "Did you mean cucm_peers?"),
        (of_a(cucm_option_ping=True), "unknown_variable", "A", "Did you mean cucm_options_ping?"),
        (
            of_a(cucm_certificate_restart_servces=True),
            "unknown_variable",
            "A",
            "Did you mean cucm_certificate_restart_services?",
        ),
        (of_a(cucm_qqq=1), "unknown_variable", "A", "cucm_qqq: no role and no playbook"),
        (of_a(cucm_port="https"), "wrong_value", "A", "cucm_port"),
        (of("a-sub", cucm_ssh_port=70000), "port_out_of_range", "a-sub", "70000 is no TCP port"),
        (of_a(cucm_transport="ssh"), "wrong_value", "A", "rest, cli"),
        (of_a(cucm_sip_tls_trunk_incoming_port="x"), "wrong_value", "A", "cucm_sip_tls_trunk_incoming_port"),
        (without("cucm_axl_password"), "missing_variable", "A, B", "cucm_axl_password: is not set. Set it in"),
        (without("cucm_publisher"), "missing_variable", "A, B", "cucm_publisher: is not set. Set it for the group"),
        (of_a(cucm_publisher="a-pbu"), "wrong_publisher", "A", "the inventory has no host a-pbu. Write"),
        (of_a(cucm_publisher="b-pub"), "wrong_publisher", "A", "b-pub is a node of B"),
        (of("a-sub", cucm_publisher="a-sub"), "differs_in_cluster", "A", "cucm_publisher: the nodes"),
        (of("a-sub", ansible_host="192.0.2.3"), "shared_address", "b-pub", "a-sub has the address 192.0.2.3 too"),
        (of_a(cucm_peers=["B"]), "wrong_peer", "A", "'B' is no dictionary"),
        (of_a(cucm_peers="B"), "wrong_peer", "A", "cucm_peers: is no list"),
        (peer(pattern="9898"), "wrong_peer", "A", "cucm_peers[0] (B): there is no key pattern. Did you mean patterns?"),
        (peer(nodes=["b-pub"]), "wrong_peer", "A", "nodes[0] is 'b-pub', which is no dictionary"),
        (peer(nodes=[{"name": "x", "adress": "y"}]), "wrong_peer", "A", "no key adress. Did you mean address?"),
        (peer(nodes=[{"name": "x", "port": 99999}]), "wrong_peer", "A", "port 99999 is no TCP port"),
        (peer(patterns=[9898]), "wrong_peer", "A", "9898 is not a route pattern. Write patterns in quotes"),
        (peer(srtp_allowed="perhaps"), "wrong_peer", "A", "srtp_allowed"),
        (peer(cluster="BB"), "unknown_peer", "A", "For a cluster that is not in the inventory, list its nodes"),
        (peer(cluster="A"), "own_peer", "A", "a cluster cannot be its own peer"),
        (of("b-pub", cucm_peers=[]), "differs_in_cluster", "B", "cucm_peers: the nodes"),
        (
            peer(nodes=[{"name": "a-sub", "address": "192.0.2.2"}]),
            "node_of_other_cluster",
            "A",
            "node a-sub: the host is a node of A. Correct the name of the peer to A",
        ),
        (peer(nodes=[{"name": "x"}]), "no_address", "A", "node x: there is no address"),
        (peer(nodes=[{"name": "x", "address": "10.0.0.256"}]), "wrong_address", "A", "is not an IPv4 address"),
        (peer(nodes=[{"name": "x", "address": "fe80::1%eth0"}]), "wrong_address", "A", "is not a host name"),
        (peer(nodes=[{"name": "x", "address_ipv6": "fe80::1%e"}]), "wrong_address", "A", "has a zone"),
        (of("b-sub", cucm_sip_address="a b"), "wrong_address", "A", "(of the host's variables) is not a host name"),
        (peer(patterns=["9.@"]), "wrong_pattern", "A", "'9.@' has @, which stands"),
        (peer(patterns=[" 9898"]), "wrong_pattern", "A", "blank"),
        (peer(patterns=["98xx"]), "wrong_pattern", "A", "upper case"),
        (peer(patterns=[{"pattern": "9", "partition": "PT "}]), "wrong_pattern", "A", "the partition 'PT '"),
        (peer(patterns=["9898", "9898"]), "pattern_twice", "A", "the route pattern 9898 is to lead to B and to B"),
        (
            of_a(cucm_peers=[{"cluster": "B"}, {"cluster": "C", "nodes": [{"name": "c", "address": "192.0.2.3"}]}]),
            "peer_twice",
            "A",
            "B and C have a node at the same address, 192.0.2.3",
        ),
        (of_a(cucm_peers=[{"cluster": "B"}, {"cluster": "B"}]), "trunk_twice", "A", "List each peer once"),
        (peer(trunk="to B "), "wrong_name", "A", "the trunk's name 'to B ' begins or ends with a blank"),
        (peer(security_profile="x" * 76), "wrong_name", "A", "the profile's name"),
        (of("b-pub", cucm_subject_name="a b"), "wrong_name", "A", "node b-pub: 'a b' cannot be one of"),
        (of_a(cucm_ca_path="/nowhere/ca.pem"), "unreadable_file", "A", "/nowhere/ca.pem cannot be read"),
        (of_a(cucm_axl_password="192.0"), "secret_in_name", "A", "occurs in a name of the inventory"),
        (of_a(cucm_os_password="abc"), "secret_in_name", "A", "shorter than four characters"),
    ],
)  # fmt: skip
def test_each_mistake_is_told(edit: Callable[[Hosts], None], code: str, place: str, words: str) -> None:
    hosts = two_clusters()
    edit(hosts)
    found = problems(hosts)
    assert code in [each.code for each in found]
    (told,) = [each for each in found if each.code == code and words in str(each)]
    assert told.place == place
    assert str(told).startswith(f"{place}: ")
    assert str(told).isprintable()
    result = result_of(found, inventory(hosts))
    assert result["failed"]
    assert str(told) in result["msg"].split("\n  ")


def test_one_sided_links_are_told_unless_they_are_meant() -> None:
    hosts = two_clusters()
    for name in ("b-pub", "b-sub"):
        hosts[name]["cucm_peers"] = []
    (told,) = problems(hosts)
    assert (told.code, told.place) == ("one_sided", "A")
    assert "Add {cluster: A} to its cucm_peers, or write one_way: true" in told.remedy
    peer(one_way=True)(hosts)
    assert problems(hosts) == []


def test_hosts_and_groups_of_clusters() -> None:
    hosts = two_clusters()
    found = problems(hosts, groups={"B": ["b-pub", "b-sub", "a-sub"]})
    assert [(each.code, each.place) for each in found] == [("in_two_clusters", "a-sub")]
    assert [each.code for each in problems(hosts, groups={"A": ["a-pub"]})] == ["not_in_group"]
    for name in ("a-pub", "a-sub"):
        hosts[name]["cucm_cluster"] = "AA"
    codes = [(each.code, each.place) for each in problems(hosts)]
    assert ("no_group", "AA") in codes
    assert ("node_of_other_cluster", "B") in codes


def test_only_the_hosts_of_the_run_and_their_clusters_are_told() -> None:
    hosts = two_clusters()
    of_a(cucm_port="x")(hosts)
    assert problems(hosts, chosen=["b-pub", "b-sub"]) == []
    # The other node of the cluster is not in this run, so what is wrong is told of this one.
    assert [each.place for each in problems(hosts, chosen=["a-pub"])] == ["a-pub"]


def test_own_variables_may_be_listed() -> None:
    hosts = two_clusters()
    of_a(cucm_site_code="X", cucm_own_variables=["cucm_site_code"])(hosts)
    assert problems(hosts) == []


def test_what_an_earlier_play_has_left_is_no_mistake() -> None:
    hosts = two_clusters()
    left = {
        "cucm_preflight_state",
        "cucm_certificate_states",
        "cucm_certificate_kept_requests",
        "cucm_verify_probes",
    }
    of_a(**{key: {} for key in left})(hosts)
    assert left <= set_by_roles()
    assert problems(hosts, set_by_roles=set_by_roles()) == []


def test_accounts_are_not_needed_where_nothing_logs_on() -> None:
    hosts = two_clusters()
    without(*ACCOUNTS)(hosts)
    assert problems(hosts, accounts=False) == []


def test_what_many_places_share_is_told_once() -> None:
    hosts = {}
    for number in range(1, 11):
        name = f"C{number}"
        hosts[f"c{number}"] = {
            **node(name, name, number, name, "1"),
            "cucm_peers": [],
            "cucm_publisher": f"c{number}",
        }
        hosts[f"c{number}"]["cucm_nonsense"] = 1
    (told,) = problems(hosts, groups={f"C{number}": [f"c{number}"] for number in range(1, 11)})
    assert told.place == "c1, c10, c2 and 7 more"


def test_options_of_patterns_count() -> None:
    hosts = two_clusters()
    options = {"dial_plan": "NANP", "partition": "PT"}
    of_a(cucm_peers=[{"cluster": "B", "patterns": ["9.@"]}])(hosts)
    for each in hosts.values():
        each["cucm_sip_tls_trunk_pattern_options"] = options
    assert problems(hosts) == []


@pytest.fixture
def ca_files(tmp_path: Path) -> dict[str, str]:
    root, issuing = make_ca(), make_issuing_ca()
    other = make_ca("Other Root", with_key="rsa2048-other")
    files = {
        "root": pem(root.certificate),
        "issuing": pem(issuing.certificate),
        "other": pem(other.certificate),
        "leaf": pem(make_leaf(make_csr(), root)),
        "nonsense": "no certificate",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.pem").write_text(text, encoding="utf-8")
    return {name: str(tmp_path / f"{name}.pem") for name in files}


def signed_under(hosts: Hosts, a: list[str], b: list[str]) -> Hosts:
    for name, each in hosts.items():
        each["cucm_certificate_ca_certificate_paths"] = a if name.startswith("a-") else b
    return hosts


def test_both_sides_need_the_root_of_the_other(ca_files: dict[str, str]) -> None:
    hosts = signed_under(two_clusters(), [ca_files["other"]], [ca_files["root"], ca_files["other"]])
    (told,) = problems(hosts)
    assert (told.code, told.place) == ("ca_of_one_side", "A")
    hosts = signed_under(hosts, [ca_files["other"], ca_files["root"]], [ca_files["root"], ca_files["other"]])
    assert problems(hosts) == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("missing",), "No such file or directory"),
        (("nonsense",), "certificate"),
        (("issuing",), "the root is missing"),
        (("root", "leaf"), "which is no CA"),
    ],
)
def test_ca_files_are_read(ca_files: dict[str, str], names: tuple[str, ...], words: str) -> None:
    paths = [ca_files.get(name, f"/nowhere/{name}.pem") for name in names]
    hosts = signed_under(two_clusters(), paths, paths)
    (told,) = problems(hosts)
    assert problems(hosts, signing=False) == []
    assert (told.code, told.place) == ("ca_certificates", "A, B")
    assert told.variable == "cucm_certificate_ca_certificate_paths"
    assert words in str(told)


def test_contents_of_ca_certificates_are_read(ca_files: dict[str, str]) -> None:
    hosts = two_clusters()
    for each in hosts.values():
        each["cucm_certificate_ca_certificates"] = [Path(ca_files["issuing"]).read_text(encoding="utf-8")]
    (told,) = problems(hosts)
    assert (told.code, told.variable) == ("ca_certificates", "cucm_certificate_ca_certificates")


def test_key_of_the_ca_is_its_owner_s(tmp_path: Path) -> None:
    path = write_key(tmp_path / "ca.key", make_ca("Root").key)
    hosts = two_clusters()
    for each in hosts.values():
        each["cucm_certificate_sign_options"] = {"backend": "local", "local": {"private_key_path": str(path)}}
    path.chmod(0o600)
    assert problems(hosts) == []
    path.chmod(0o644)
    (told,) = problems(hosts)
    assert "can be read by others than its owner (mode 0644). Run: chmod 600" in str(told)
    for each in hosts.values():
        each["cucm_certificate_ca_host"] = "ca.example.com"
    assert problems(hosts) == []
    path.unlink()
    for each in hosts.values():
        del each["cucm_certificate_ca_host"]
    # A check in CI has no key, and a run that has nothing signed needs none.
    assert problems(hosts, accounts=False) == problems(hosts, signing=False) == []
    assert "cannot be read" in str(problems(hosts)[0])


@pytest.mark.parametrize(
    ("variables", "wrong"),
    [
        ({"cucm_renew_before": "33%", "cucm_renew_jitter": "0", "cucm_renew_max": 5}, ""),
        ({"cucm_renew_before": 30}, ""),
        ({"cucm_renew_before": "a month"}, "cucm_renew_before"),
        ({"cucm_renew_before": "60%"}, "cucm_renew_before"),
        ({"cucm_renew_jitter": "-1"}, "cucm_renew_jitter"),
        ({"cucm_renew_max": -1}, "cucm_renew_max"),
    ],
)
def test_a_policy_of_renewal_that_no_run_can_follow(variables: dict[str, Any], wrong: str) -> None:
    hosts = two_clusters()
    of_a(**variables)(hosts)
    assert [each.variable for each in problems(hosts)] == ([wrong] if wrong else [])


SERVER = {"cucm_report_url": "https://reports.example.com/cucm"}


@pytest.mark.parametrize(
    ("variables", "variable"),
    [
        (SERVER, ""),
        ({**SERVER, "cucm_report_header": "X-Token", "cucm_report_header_value": "a token"}, ""),
        ({"cucm_report_url": "http://reports.example.com"}, "cucm_report_url"),
        ({"cucm_report_url": "https://user:word@reports.example.com"}, "cucm_report_url"),
        ({**SERVER, "cucm_report_header": "X-Token"}, "cucm_report_header_value"),
        ({**SERVER, "cucm_report_password": "a password"}, "cucm_report_username"),
        (
            {
                **SERVER,
                "cucm_report_username": "reports",
                "cucm_report_password": "a password",
                "cucm_report_header": "X-Token",
                "cucm_report_header_value": "a token",
            },
            "cucm_report_username",
        ),
        ({**SERVER, "cucm_report_ca_path": "/nowhere/ca.pem"}, "cucm_report_ca_path"),
    ],
)
def test_a_report_that_could_not_be_sent_is_told_at_the_beginning(
    variables: dict[str, Any], variable: str
) -> None:
    hosts = two_clusters()
    for host in hosts.values():
        host.update(variables)
    found = problems(hosts)
    assert {problem.variable for problem in found} == ({variable} if variable else set())
    assert "word@" not in str(found)


def test_secret_is_in_no_message() -> None:
    hosts = two_clusters()
    secret = "a-pub"
    of_a(cucm_axl_password=secret, cucm_os_password=["x"])(hosts)
    for told in problems(hosts):
        assert secret not in told.text + told.remedy
        assert "'x'" not in str(told)


def test_value_of_a_dictionary_is_not_repeated() -> None:
    hosts = two_clusters()
    of_a(cucm_verify_sftp="sftp://user:hidden@192.0.2.9", cucm_certificate_sign_options="hidden")(hosts)
    found = problems(hosts)
    wrong = [each.variable for each in found if each.code == "wrong_value"]
    assert wrong == ["cucm_certificate_sign_options", "cucm_verify_sftp"]
    assert "hidden" not in " ".join(map(str, found))


def test_four_hundred_hosts_take_no_time() -> None:
    """At most three seconds of processor time; a quiet machine needs a tenth of that."""
    hosts: Hosts = {}
    groups: dict[str, list[str]] = {}
    for number in range(200):
        name = f"C{number:03d}"
        other = f"C{(number + 1) % 200:03d}"
        before = f"C{(number - 1) % 200:03d}"
        groups[name] = [f"{name.lower()}-pub", f"{name.lower()}-sub"]
        for place, host in enumerate(groups[name]):
            made = node(name, host, 1, other, "9898")
            made["ansible_host"] = f"10.{number}.{place}.1"
            made["cucm_peers"] = [
                {"cluster": other, "patterns": ["9898"]},
                {"cluster": before, "patterns": ["1018"]},
            ]
            hosts[host] = made
    began = time.process_time()
    assert problems(hosts, groups=groups) == []
    assert time.process_time() - began < 3


def test_inventory_without_a_cluster_is_told() -> None:
    (told,) = problems({"localhost": {}}, groups={"all": ["localhost"]})
    assert told.code == "no_hosts"
