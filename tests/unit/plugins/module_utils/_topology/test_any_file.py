# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a topology file with a mistake ends in a traceback."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._topology import inventory, reading
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import InvalidTopology
from hypothesis import given
from hypothesis import strategies as st

GOOD = """\
plugin: ucops.cucm.topology
domain: example.com
vars: {a: 1}
strict: true
compose: {a: b}
keyed_groups: [{key: a}]
clusters:
  A:
    nodes: [a-pub, {name: a-sub, address: 192.0.2.11, hostname: a-sub, vars: {b: 1}}]
    publisher: a-pub
    release: "15"
    extensions: ["1000-1999"]
    patterns: ["5", {pattern: "6", partition: P}]
    peers: [{cluster: CUBE, nodes: [{name: c, address: 192.0.2.9, port: 5061}], patterns: ["0.!"], trunk: T}]
    wave: 1
    tags: [t]
  B: {nodes: {b-pub: {address: 192.0.2.20}}, vars: {c: 1}}
  C: {nodes: [c-pub]}
  D: {nodes: [d-pub]}
links:
  - mesh: [A, B, C]
    except: [[A, B]]
  - hub: {hub: D, spokes: [A]}
  - pairs: [[D, B], {clusters: [D, C], patterns: ["9"], one_way: true, srtp_allowed: false, device_pool: P}]
"""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


PLACES = places(yaml.safe_load(GOOD))
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-1, 9999)
    | st.floats()
    | st.dates()
    | st.sampled_from(["", "A", "all", "x", "1-2", "{{ a }}", "a-pub", "\n", "é", "A\n"])
)
_keys = (
    st.sampled_from(["A", "hub", "nodes", "name", "clusters", "password", "a b"])
    | st.none()
    | st.integers(0, 9)
)
_junk = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=5,
)


def with_one_changed(place: tuple[Any, ...], junk: Any) -> Any:
    data = yaml.safe_load(GOOD)
    if not place:
        return junk
    inner = data
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = copy.deepcopy(junk)
    return data


@given(st.sampled_from(PLACES), _junk)
def test_a_wrong_value_anywhere_is_a_problem_or_good(place: tuple[Any, ...], junk: Any) -> None:
    data = with_one_changed(place, junk)
    text = yaml.safe_dump(data)
    told = ""
    made = inventory.Inventory()
    try:
        made = inventory.inventory_of(reading.read(data, reading.Source(file="site.cucm.yml", text=text)))
    except InvalidTopology as error:
        told = str(error)
    assert told.startswith("The topology has ") if told else made.groups
    assert set(made.host_variables) == {host for _group, host in made.hosts}
