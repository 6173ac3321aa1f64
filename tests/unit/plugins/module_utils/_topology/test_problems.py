# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a mistake in a topology file is not found, or its message does not say where and what to write."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import (
    InvalidTopology,
    Problem,
    rendered,
    shown,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._topology.reader import (
    Vaulted,
    message_of,
    problems_of,
    read,
)

#: A good file, of which each case below spoils one line.
GOOD = """\
plugin: ucops.cucm.topology
clusters:
  CUCMA:
    nodes: [cucma-pub, cucma-sub1]
    extensions: ["1000-1999"]
  CUCMB:
    nodes:
      cucmb-pub: {address: 192.0.2.20}
    patterns: ["2XXX"]
links:
  mesh: [CUCMA, CUCMB]
"""


def spoiled(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def in_cluster(line: str) -> str:
    """The good file with one more line in cluster CUCMA, which is line 6."""
    return spoiled('    extensions: ["1000-1999"]\n', f'    extensions: ["1000-1999"]\n    {line}\n')


def with_links(links: str) -> str:
    """The good file with a third cluster and other links; `links:` is line 12."""
    start = GOOD[: GOOD.index("links:")]
    return f"{start}  CUCMC: {{nodes: [cucmc-pub]}}\n  CUCMD: {{nodes: [cucmd-pub]}}\n{links}\n"


def test_the_good_file_is_good() -> None:
    assert list(read(GOOD).clusters) == ["CUCMA", "CUCMB"]


CASES = [
    # The file
    ("", "(the file): the file is empty. Write plugin: ucops.cucm.topology and clusters:"),
    ("{}", "(the file): the file is empty"),
    ("- CUCMA", "(the file): ['CUCMA'] is not a mapping. Write it as in plugin: ucops.cucm.topology."),
    (
        spoiled("plugin: ucops.cucm.topology\n", ""),
        "plugin: the key is missing. Write plugin: ucops.cucm.topology.",
    ),
    (
        spoiled("plugin: ucops.cucm.topology", "plugin: ucops.cucm.topologie"),
        "1: plugin: 'ucops.cucm.topologie' is another plugin. Write plugin: ucops.cucm.topology.",
    ),
    ("plugin: ucops.cucm.topology", "clusters: the key is missing. Write clusters: {CUCMA:"),
    (
        "plugin: ucops.cucm.topology\nclusters: {}",
        "2: clusters: there are no clusters. Write clusters: {CUCMA:",
    ),
    (
        "plugin: ucops.cucm.topology\nclusters: [CUCMA]",
        "2: clusters: ['CUCMA'] is not a mapping. Write it as in {CUCMA: {nodes: [cucma-pub]}}.",
    ),
    (f"{GOOD}link: {{}}\n", "12: link: 'link' is no key of a topology. Did you mean 'links'?"),
    (
        f"{GOOD}zzz: 1\n",
        "12: zzz: 'zzz' is no key of a topology. Known are: plugin, clusters, links, domain,",
    ),
    (f"{GOOD}strict: maybe\n", "12: strict: 'maybe' is no boolean. Write it as in true or false."),
    (f"{GOOD}compose: [a]\n", "12: compose: ['a'] is not a mapping"),
    (f"{GOOD}keyed_groups: a\n", "12: keyed_groups: 'a' is not a list"),
    (f"{GOOD}domain: .example.com\n", "12: domain: '.example.com' is no domain. Write it as in example.com."),
    (
        f"{GOOD}  CUCMA: {{nodes: [c]}}\n".replace("links:\n  mesh: [CUCMA, CUCMB]\n", ""),
        "10: clusters.CUCMA: the key stands in its mapping twice. Remove one, or give it another name.",
    ),
    # Clusters
    (
        spoiled("  CUCMA:", "  CUCM-A:").replace("[CUCMA, CUCMB]", "all"),
        (
            "3: clusters.CUCM-A: 'CUCM-A' is no valid name of a group. Write CUCM_A: letters, digits and underscores,"
            " no digit first; or have Ansible take such names, by force_valid_group_names = ignore in ansible.cfg"
            " (TRANSFORM_INVALID_GROUP_CHARS)."
        ),
    ),
    (
        spoiled("  CUCMA:", "  1A B:").replace("[CUCMA, CUCMB]", "all"),
        (
            "3: clusters['1A B']: '1A B' is no valid name of a group. Write _1A_B: letters, digits and underscores, no"
            " digit first."
        ),
    ),
    (
        spoiled("  CUCMA:", "  10:").replace("[CUCMA, CUCMB]", "all"),
        '3: clusters.10: 10 is no text. Write the name in quotes, as in "C10".',
    ),
    (
        spoiled("  CUCMA:", "  publishers:").replace("[CUCMA, CUCMB]", "all"),
        "3: clusters.publishers: 'publishers' is a group of this plugin or of Ansible. Rename the cluster.",
    ),
    (
        spoiled("  CUCMA:", "  wave_1:").replace("[CUCMA, CUCMB]", "all"),
        "3: clusters.wave_1: 'wave_1' is a group of this plugin or of Ansible",
    ),
    (
        spoiled("cucma-sub1", "CUCMB"),
        "6: clusters.CUCMB: 'CUCMB' is the name of a node too, and Ansible cannot tell host and group apart.",
    ),
    (
        in_cluster("publsher: cucma-pub"),
        "6: clusters.CUCMA.publsher: 'publsher' is no key of a cluster. Did you mean 'publisher'?",
    ),
    (
        in_cluster("publisher: cucma-pup"),
        "6: clusters.CUCMA.publisher: 'cucma-pup' is no node of the cluster. Did you mean 'cucma-pub'?",
    ),
    (
        in_cluster("publisher: other"),
        "6: clusters.CUCMA.publisher: 'other' is no node of the cluster. Known are: cucma-pub, cucma-sub1.",
    ),
    (
        in_cluster("publisher: [a]"),
        "6: clusters.CUCMA.publisher: ['a'] is no text. Write it as in cucma-pub.",
    ),
    (
        in_cluster("release: fifteen"),
        "6: clusters.CUCMA.release: 'fifteen' is no release. Write it as in \"15\",",
    ),
    (
        in_cluster("wave: 1.5"),
        "6: clusters.CUCMA.wave: '1.5' is no number or name of a wave. Write it as in wave: 1.",
    ),
    (in_cluster("tags: europe"), "6: clusters.CUCMA.tags: 'europe' is not a list. Write it as in [europe]."),
    (in_cluster("tags: [a b]"), "6: clusters.CUCMA.tags[0]: 'a b' is no tag. Write it as in tags: [europe]."),
    (
        in_cluster("domain: '{{ domain }}'"),
        "6: clusters.CUCMA.domain: '{{ domain }}' is a template. Templates are for vars only; write the value itself.",
    ),
    (
        in_cluster("domain: ''"),
        "6: clusters.CUCMA.domain: the text is empty. Write a value, as in example.com, or",
    ),
    (in_cluster("domain: !vault x"), "6: clusters.CUCMA.domain: a value of type Vaulted is no text."),
    (in_cluster("vars: [a]"), "6: clusters.CUCMA.vars: ['a'] is not a mapping."),
    (
        in_cluster("vars: {a-b: 1}"),
        "6: clusters.CUCMA.vars.a-b: 'a-b' is no name of a variable. Use letters, digits",
    ),
    (
        in_cluster("vars: {cucm_peers: []}"),
        "6: clusters.CUCMA.vars.cucm_peers: 'cucm_peers' is set by this plugin. Write links, and peers at the cluster",
    ),
    # Extensions and patterns
    (
        spoiled('["1000-1999"]', "1000-1999"),
        "5: clusters.CUCMA.extensions: '1000-1999' is not a list. Write it as in [\"1000-1999\"].",
    ),
    (
        spoiled('"1000-1999"', "100"),
        '5: clusters.CUCMA.extensions[0]: 100 is a number. Write extensions in quotes, as in "100", since',
    ),
    (
        spoiled('"1000-1999"', '"1999-1000"'),
        "5: clusters.CUCMA.extensions[0]: '1999-1000' runs backwards. Write \"1000-1999\".",
    ),
    (
        spoiled('["2XXX"]', "[2]"),
        '9: clusters.CUCMB.patterns[0]: 2 is a number. Write patterns in quotes, as in "2", since',
    ),
    (
        spoiled("2XXX", "2xxx"),
        "9: clusters.CUCMB.patterns[0]: '2xxx' is no route pattern. Write it as in \"9898\",",
    ),
    (spoiled('["2XXX"]', '["2XXX", "2XXX"]'), "9: clusters.CUCMB.patterns[1]: '2XXX' stands here twice."),
    (
        spoiled('["2XXX"]', '[{pattern: "2XXX", partion: PT}]'),
        "9: clusters.CUCMB.patterns[0].partion: 'partion' is no key of a route pattern. Did you mean 'partition'?",
    ),
    (spoiled('["2XXX"]', "[{partition: PT}]"), "9: clusters.CUCMB.patterns[0]: the key pattern is missing."),
    (
        spoiled("[cucma-pub, cucma-sub1]", "[cucma-pub]").replace(
            '["2XXX"]', '["3XXX"]\n    extensions: ["1500-2499"]'
        ),
        "10: clusters.CUCMB.extensions: '1500-2499' overlaps '1000-1999' of CUCMA, to which it is linked. Give each",
    ),
    # Nodes
    (
        spoiled("[cucma-pub, cucma-sub1]", "[]"),
        "4: clusters.CUCMA.nodes: the cluster has no nodes. Write them as in",
    ),
    (
        spoiled("    nodes: [cucma-pub, cucma-sub1]\n", ""),
        "3: clusters.CUCMA.nodes: the cluster has no nodes.",
    ),
    (spoiled("[cucma-pub, cucma-sub1]", "cucma-pub"), "4: clusters.CUCMA.nodes: 'cucma-pub' is not a list."),
    (spoiled("cucma-sub1", "10"), "4: clusters.CUCMA.nodes[1]: 10 is no text. Write it as in cucma-pub."),
    (
        spoiled("cucma-sub1", "'a b'"),
        "4: clusters.CUCMA.nodes[1]: 'a b' is no name of a node. Write it as in cucma-pub.",
    ),
    (
        spoiled("cucma-sub1", "{address: 192.0.2.11}"),
        "4: clusters.CUCMA.nodes[1]: the key name is missing. Write it as in name: cucma-pub.",
    ),
    (
        spoiled("cucma-sub1", "{name: cucma-sub1, adress: 192.0.2.11}"),
        "4: clusters.CUCMA.nodes[1].adress: 'adress' is no key of a node. Did you mean 'address'?",
    ),
    (
        spoiled("cucma-sub1", "{name: cucma-sub1, address: 192.0.2.300}"),
        "4: clusters.CUCMA.nodes[1].address: '192.0.2.300' is no host name, IPv4 or IPv6 address. Write it as in",
    ),
    (
        spoiled("{address: 192.0.2.20}", "{address: 'fe80::1%eth0'}"),
        "8: clusters.CUCMB.nodes.cucmb-pub.address: 'fe80::1%eth0' is no host name, IPv4 or IPv6 address.",
    ),
    (
        spoiled("{address: 192.0.2.20}", "192.0.2.20"),
        "8: clusters.CUCMB.nodes.cucmb-pub: '192.0.2.20' is not a mapping. Write it as in {address: 192.0.2.10}.",
    ),
    (
        spoiled("{address: 192.0.2.20}", "{address: 192.0.2.20, ansible_host: 192.0.2.21}"),
        "8: clusters.CUCMB.nodes.cucmb-pub.ansible_host: address says the same already. Write the one or the other.",
    ),
    (
        spoiled("{address: 192.0.2.20}", "{hostname: a b}"),
        "8: clusters.CUCMB.nodes.cucmb-pub.hostname: 'a b' is no host name.",
    ),
    (
        spoiled("cucma-sub1", "cucma-pub"),
        "4: clusters.CUCMA.nodes[1]: 'cucma-pub' is the name of another node, clusters.CUCMA.nodes[0]. Correct one",
    ),
    (
        spoiled("cucma-sub1", "cucmb-pub"),
        "8: clusters.CUCMB.nodes.cucmb-pub: 'cucmb-pub' is the name of another node, clusters.CUCMA.nodes[1].",
    ),
    (
        spoiled("cucma-sub1", "{name: cucma-sub1, ansible_host: 192.0.2.20}"),
        (
            "8: clusters.CUCMB.nodes.cucmb-pub.address: '192.0.2.20' is the address of another node,"
            " clusters.CUCMA.nodes[1].ansible_host. Correct one of the two."
        ),
    ),
    (
        spoiled("192.0.2.20", "CUCMA-SUB1."),
        "8: clusters.CUCMB.nodes.cucmb-pub.address: 'cucma-sub1' is the address of another node",
    ),
    # Secrets
    (
        in_cluster("vars: {cucm_axl_password: hunter2}"),
        (
            "6: clusters.CUCMA.vars.cucm_axl_password: a password in plain text is refused; its value is not shown"
            " here. Write the password into a file that ansible-vault encrypts, such as group_vars/all/vault.yml"
        ),
    ),
    (in_cluster("password: hunter2"), "6: clusters.CUCMA.password: a password in plain text is refused"),
    (
        in_cluster("vars: {sign: {local: {key_Passphrase: [hunter2]}}}"),
        "6: clusters.CUCMA.vars.sign.local.key_Passphrase[0]: a password in plain text is refused",
    ),
    (f"{GOOD}vars: {{api_token: 12345}}\n", "12: vars.api_token: a password in plain text is refused"),
    (f"{GOOD}vars: {{ansible_ssh_pass: hunter2}}\n", "12: vars.ansible_ssh_pass: a password in plain text"),
    (
        f"{GOOD}vars: {{a_secret: \"{{{{ b | default('hunter2') }}}}\"}}\n",
        "12: vars.a_secret: a password in plain",
    ),
    (
        f"{GOOD}compose: {{a_secret: \"'hunter2'\"}}\n",
        "12: compose.a_secret: a password in plain text is refused",
    ),
    # Links
    (with_links("links: all"), "12: links: 'all' is not a mapping. Write it as in links: {mesh: all}."),
    (
        with_links("links: {}"),
        "12: links: this links nothing. Write mesh, hub or pairs, as in links: {mesh: all}.",
    ),
    (
        with_links("links: {mesh: [CUCMA, CUCBM]}"),
        "12: links.mesh[1]: 'CUCBM' is no cluster of this file. Did you mean 'CUCMB'?",
    ),
    (
        with_links("links: {mesh: CUCMA}"),
        "12: links.mesh: 'CUCMA' is not a list. Write a list of names, or all.",
    ),
    (with_links("links: {mesh: [CUCMA]}"), "12: links.mesh: fewer than two clusters cannot be linked."),
    (with_links("links: {mesh: [CUCMA, CUCMB, CUCMA]}"), "12: links.mesh[2]: 'CUCMA' stands here twice."),
    (
        with_links("links: {mesh: all, exept: []}"),
        "12: links.exept: 'exept' is no key of links. Did you mean 'except'?",
    ),
    (
        with_links("links: {hub: {hub: CUCMA}}"),
        "12: links.hub: the key spokes is missing. Write it as in {hub: CUCMA, spokes: all}.",
    ),
    (with_links("links: {hub: {hub: CUCMA, spokes: []}}"), "12: links.hub.spokes: there are no spokes."),
    (with_links("links: {hub: CUCMA}"), "12: links.hub: 'CUCMA' is not a mapping."),
    (
        with_links("links: {hub: {hub: CUCMA, spokes: [CUCMA, CUCMB]}}"),
        "12: links.hub.spokes: 'CUCMA' is linked to itself. Leave the hub out of its spokes.",
    ),
    (
        with_links("links: {hub: {hub: CUCME, spokes: all}}"),
        "12: links.hub.hub: 'CUCME' is no cluster of this file. Did you mean 'CUCM",
    ),
    (
        with_links("links: {pairs: [[CUCMA, CUCMA]]}"),
        "12: links.pairs[0]: 'CUCMA' is linked to itself. Write two different clusters.",
    ),
    (
        with_links("links: {pairs: [[CUCMA]]}"),
        "12: links.pairs[0]: ['CUCMA'] is no pair of clusters. Write two names, as in [CUCMA, CUCMB].",
    ),
    (with_links("links: {pairs: [CUCMA]}"), "12: links.pairs[0]: 'CUCMA' is no pair of clusters."),
    (
        with_links("links: {pairs: [{one_way: true}]}"),
        "12: links.pairs[0].clusters: null is no pair of clusters.",
    ),
    (
        with_links("links: {pairs: [{clusters: [CUCMA, CUCMB], oneway: true}]}"),
        "12: links.pairs[0].oneway: 'oneway' is no key of a pair. Did you mean 'one_way'?",
    ),
    (
        with_links("links: {pairs: [{clusters: [CUCMA, CUCMB], one_way: 1}]}"),
        "12: links.pairs[0].one_way: 1 is no boolean.",
    ),
    (
        with_links("links: {pairs: [{clusters: [CUCMA, CUCMB], srtp_allowed: 'no'}]}"),
        "12: links.pairs[0].srtp_allowed: 'no' is no boolean.",
    ),
    (
        with_links("links:\n  pairs:\n    - [CUCMA, CUCMB]\n    - [CUCMB, CUCMA]"),
        "15: links.pairs[1]: CUCMB and CUCMA are linked by links.pairs[0] already. Remove the one or the other.",
    ),
    (
        with_links("links:\n  mesh: all\n  pairs:\n    - {clusters: [CUCMA, CUCMB], device_pool: DP}"),
        "15: links.pairs[0].clusters: CUCMA and CUCMB are linked by links.mesh already. Write the pair in except there",
    ),
    (
        with_links("links:\n  - mesh: [CUCMA, CUCMB, CUCMC]\n  - hub: {hub: CUCMA, spokes: all}"),
        "14: links[1].hub: CUCMA and CUCMB, and 1 more pairs are linked by links[0].mesh already. Write the pair in",
    ),
    (
        with_links("links: {mesh: [CUCMA, CUCMB], except: [[CUCMA, CUCMC]]}"),
        "12: links.except[0]: neither mesh nor hub links CUCMA and CUCMC here. Remove the exception, or correct",
    ),
    (
        with_links("links: {mesh: all, except: [[CUCMA, CUCMB], [CUCMB, CUCMA]]}"),
        "12: links.except[1]: CUCMB and CUCMA stand here twice. Remove one of the two.",
    ),
    # The dial plan
    (
        with_links("links: {hub: {hub: CUCMD, spokes: [CUCMA, CUCMC]}}").replace(
            "CUCMC: {", 'CUCMC: {extensions: ["1999-2100"], '
        ),
        "10: clusters.CUCMC.extensions: '1999-2100' overlaps '1000-1999' of CUCMA, and CUCMD is linked to both.",
    ),
    (
        with_links("links: {mesh: [CUCMA, CUCMB, CUCMC]}").replace(
            "CUCMC: {", 'CUCMC: {patterns: ["2XXX"], '
        ),
        "10: clusters.CUCMC: the route pattern '2XXX' leads to CUCMB too, at CUCMA. Give each pattern to one peer",
    ),
    # Peers that are no clusters of the file
    (in_cluster("peers: [{cluster: CUBE}]"), "6: clusters.CUCMA.peers[0]: the key nodes is missing."),
    (
        in_cluster("peers: [{cluster: CUBE, nodes: [{name: cube, prot: 5061}]}]"),
        "6: clusters.CUCMA.peers[0].nodes[0].prot: 'prot' is no key of a node of a peer. Did you mean 'port'?",
    ),
    (
        in_cluster("peers: [{cluster: CUBE, nodes: [{name: cube, port: 70000}]}]"),
        "6: clusters.CUCMA.peers[0].nodes[0].port: 70000 is no TCP port.",
    ),
    (
        in_cluster("peers: [{cluster: CUBE, nodes: [{}]}]"),
        "6: clusters.CUCMA.peers[0].nodes[0]: the key name is missing.",
    ),
    (
        in_cluster("peers: [{cluster: CUBE, nodes: [{name: cube}], device_pol: x}]"),
        "6: clusters.CUCMA.peers[0].device_pol: 'device_pol' is no key of a peer. Did you mean 'device_pool'?",
    ),
    (
        in_cluster("peers: [{cluster: CUCMB, nodes: [{name: cube}]}]"),
        "6: clusters.CUCMA.peers[0]: 'CUCMB' is a cluster of this file. Write it in links.",
    ),
    (
        in_cluster("peers: [{cluster: CUBE, nodes: [{name: a}]}, {cluster: CUBE, nodes: [{name: b}]}]"),
        "6: clusters.CUCMA.peers[1]: 'CUBE' stands here twice.",
    ),
    (
        in_cluster('peers: [{cluster: CUBE, nodes: [{name: a}], patterns: ["2XXX"]}]'),
        "6: clusters.CUCMA.peers[0]: the route pattern '2XXX' leads to CUCMB too, at CUCMA.",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_each_mistake_is_one_problem(text: str, expected: str) -> None:
    (problem,) = problems_of(text)
    assert problem.removeprefix(" ").startswith(expected)
    assert problem.endswith((".", "?"))
    assert "hunter2" not in problem


def test_all_problems_are_collected_and_five_shown_in_the_order_of_the_file() -> None:
    text = GOOD
    for old, new in (
        ("[CUCMA, CUCMB]", "[CUCMA, CUCMX, CUCMY]"),
        ("cucma-sub1", "a b"),
        ("1000-1999", "1999-1000"),
        ("192.0.2.20", "192.0.2.300"),
        ("2XXX", "2xxx"),
        ("plugin: ", "domain: .\nplugin: "),
    ):
        text = text.replace(old, new)
    lines = message_of(text).splitlines()
    assert lines[0] == "The topology has 7 problems:"
    assert [line.split(":")[1] for line in lines[1:6]] == ["1", "5", "6", "9", "10"]
    assert lines[6:] == ["and 2 more"]


def test_five_problems_are_shown_without_more() -> None:
    problems = [Problem(("a", number), "is wrong", "Correct it") for number in range(5)]
    text = str(InvalidTopology(problems, "f", lambda _path: None))
    assert text.splitlines() == [
        "The topology has 5 problems:",
        *(f"f: a[{n}]: is wrong. Correct it." for n in range(5)),
    ]


def test_one_problem_is_one() -> None:
    assert message_of("").startswith("The topology has a problem:\nsite.cucm.yml: (the file): ")


@pytest.mark.parametrize(
    "line",
    [
        "vars: {a_password: '{{ vault_password }}', b: {passphrase: \"{{ lookup('env', 'P') }}\"}}",
        "vars: {a_password: !vault x, b_secret: null, c_token: '', d_password_set: true}",
    ],
)
def test_names_of_secrets_and_vaulted_values_are_taken(line: str) -> None:
    assert "a_password" in read(in_cluster(line)).clusters["CUCMA"].variables


def test_names_of_clusters_and_nodes_may_be_any() -> None:
    text = GOOD.replace("CUCMA", "SECRET_LAB").replace("cucmb-pub", "token-pub")
    assert list(read(text).clusters) == ["SECRET_LAB", "CUCMB"]


def test_names_that_ansible_was_told_to_take_are_taken() -> None:
    text = GOOD.replace("CUCMA", "CUCM-A.1")
    assert list(read(text, lenient_names=True).clusters) == ["CUCM-A.1", "CUCMB"]
    message = message_of(GOOD.replace("CUCMA", "A:B").replace("[A:B, CUCMB]", "all"), lenient_names=True)
    assert "'A:B' is no valid name of a group. Write A_B:" in message
    assert "ansible.cfg" not in message


def test_numbers_of_one_cluster_may_overlap() -> None:
    text = spoiled('["1000-1999"]', '["1000-1499", "1400-1999"]')
    assert [str(one) for one in read(text).clusters["CUCMA"].ranges] == ["1000-1999"]


def test_numbers_of_clusters_that_nobody_confuses_may_overlap() -> None:
    text = with_links("links: {pairs: [[CUCMA, CUCMB], [CUCMC, CUCMD]]}")
    assert read(text.replace("CUCMC: {", 'CUCMC: {extensions: ["1000-1999"], '))


def test_patterns_of_a_pair_tell_numbers_apart() -> None:
    links = """
links:
  pairs:
    - {clusters: [CUCMA, CUCMC], one_way: true, patterns: ["81XXX"]}
    - {clusters: [CUCMC, CUCMA], one_way: true, patterns: ["82XXX"]}
"""
    assert read(with_links(links).replace("CUCMC: {", 'CUCMC: {extensions: ["1000-1999"], '))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "(the file)"),
        (("clusters", "CUCMA", "nodes", 1, "address"), "clusters.CUCMA.nodes[1].address"),
        (("clusters", "A", "nodes", "a.example.com", "vars"), "clusters.A.nodes['a.example.com'].vars"),
    ],
)
def test_paths(path: tuple[str | int, ...], text: str) -> None:
    assert rendered(path) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        ("two\nlines", "'two\\nlines'"),
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        ([1, {"password": "hunter2"}, "x"], "[1, {…}, 'x']"),
        ({"password": "hunter2"}, "{…}"),
        (Vaulted(), "a value of type Vaulted"),
        ("x" * 100, "'" + "x" * 58 + "…"),
    ],
)
def test_values_are_shown_on_one_line_without_secrets(value: object, text: str) -> None:
    assert shown(value) == text


def test_the_nearest_name_is_found_in_spite_of_case() -> None:
    assert nearest("cucma", ["CUCM10", "CUCMA"]) == "CUCMA"
    assert nearest("PUBLISHER", ["publisher"]) == "publisher"
    assert nearest("zzz", ["publisher"]) is None
