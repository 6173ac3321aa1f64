# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, an editor complains of a good topology file, or takes a wrong one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.inventory import topology as plugin
from ansible_collections.ucops.cucm.tests.support.topologies import topology
from jsonschema import Draft7Validator

COLLECTION = Path(__file__).resolve().parents[2]
SCHEMA = COLLECTION / "docs" / "topology.schema.json"
GUIDE = COLLECTION / "docs" / "docsite" / "rst" / "guide_topology.rst"
GOOD = """\
plugin: ucops.cucm.topology
clusters:
  CUCMA: {nodes: [cucma-pub, {name: cucma-sub1, address: 192.0.2.11}], extensions: ["1000-1999"], release: 15}
  CUCMB: {nodes: {cucmb-pub: , cucmb-sub1: {hostname: sub1}}, patterns: ["2XXX", {pattern: "3XXX"}], wave: 1}
links: {mesh: all}
"""


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def files_of_the_guide() -> Iterator[str]:
    """The code blocks that are topology files."""
    for block in GUIDE.read_text(encoding="utf-8").split(".. code-block:: yaml\n")[1:]:
        lines = block.splitlines()
        end = next((n for n, line in enumerate(lines) if line and not line.startswith("   ")), len(lines))
        text = "\n".join(line.removeprefix("   ") for line in lines[:end])
        if "plugin: ucops.cucm.topology" in text:
            yield text


def test_the_schema_is_up_to_date() -> None:
    program = str(COLLECTION / "tools" / "topology_schema.py")
    done = subprocess.run((sys.executable, program, "--check"), check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        topology(clusters=20, nodes=3, links="hub: {hub: CUCM000, spokes: all}"),
        *plugin.EXAMPLES.split("\n---\n")[1:],
        *files_of_the_guide(),
    ],
)
def test_examples_are_valid(validator: Draft7Validator, text: str) -> None:
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


def test_the_guide_has_examples() -> None:
    assert len(list(files_of_the_guide())) >= 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("plugin: ucops.cucm.topology\n", ""),
        ("ucops.cucm.topology", "ucops.cucm.other"),
        ("links:", "link:"),
        ("CUCMA:", "CUCM-A:"),
        ("CUCMA:", "wave_1:"),
        ("CUCMA:", "all:"),
        ("extensions:", "extension:"),
        ('"1000-1999"', "1000"),
        ('"1000-1999"', '"1XXX"'),
        ("release: 15", "release: new"),
        ("release: 15", "release: [15]"),
        ("wave: 1", "wave: 1.5"),
        ("{nodes: [cucma-pub, {name: cucma-sub1, address: 192.0.2.11}]", "{tags: []"),
        ("[cucma-pub, {name: cucma-sub1, address: 192.0.2.11}]", "[]"),
        ("name: cucma-sub1, address", "address"),
        ("address:", "adress:"),
        ("{hostname: sub1}", "{name: sub1}"),
        ("{hostname: sub1}", "192.0.2.1"),
        ('"2XXX"', "2"),
        ('"2XXX"', '"2xxx"'),
        ('{pattern: "3XXX"}', "{partition: PT}"),
        ("{mesh: all}", "all"),
        ("{mesh: all}", "{mesh: CUCMA}"),
        ("{mesh: all}", "{hub: {hub: CUCMA}}"),
        ("{mesh: all}", "{pairs: [[CUCMA]]}"),
        ("{mesh: all}", "{pairs: [{clusters: [CUCMA, CUCMB], oneway: true}]}"),
        ("{mesh: all}", "{pairs: [{clusters: [CUCMA, CUCMB], one_way: 1}]}"),
        ("{mesh: all}", "[{mesh: all}, {mesh: all, except: [CUCMA]}]"),
    ],
)
def test_mistakes_are_found(validator: Draft7Validator, old: str, new: str) -> None:
    assert old in GOOD
    assert not validator.is_valid(yaml.safe_load(GOOD.replace(old, new)))


@pytest.mark.parametrize(
    "links",
    [
        "[{mesh: [CUCMA, CUCMB]}]",
        "{hub: {hub: CUCMA, spokes: all}, except: [[CUCMA, CUCMB]]}",
        "{pairs: [[CUCMA, CUCMB]]}",
        '{pairs: [{clusters: [CUCMA, CUCMB], one_way: true, patterns: ["1"], srtp_allowed: false}]}',
    ],
)
def test_every_way_to_link_is_valid(validator: Draft7Validator, links: str) -> None:
    data: Any = yaml.safe_load(GOOD.replace("{mesh: all}", links))
    assert list(validator.iter_errors(data)) == []
