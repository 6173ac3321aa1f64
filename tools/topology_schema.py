# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the JSON Schema of topology files from the documentation of the inventory plugin.

    python tools/topology_schema.py          write docs/topology.schema.json
    python tools/topology_schema.py --check  end with 1 if that file is not up to date

The documentation has names, types, choices and descriptions. What a mapping of names, a list that may hold
two kinds of items, or the form of a text is, has no place there and stands in this file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology import keys, values

PLUGIN = "ucops.cucm.topology"
SCHEMA = Path(__file__).resolve().parents[1] / "docs" / "topology.schema.json"

Json = dict[str, Any]

_TYPES = {"str": "string", "bool": "boolean", "boolean": "boolean", "int": "integer", "dict": "object"}
_TEXT: Json = {"type": "string", "minLength": 1}
_TWO_NAMES: Json = {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}
_NAMES: Json = {"type": "array", "items": _TEXT, "uniqueItems": True}
_SOME_OR_ALL: Json = {"anyOf": [{"const": "all"}, _NAMES]}
_PATTERN: Json = {"type": "string", "pattern": values.PATTERN}
_HOST: Json = {"type": "string", "pattern": values.HOST_NAME}
_EXTENSIONS: Json = {"type": "string", "pattern": r"^\s*\+?[0-9]+(\s*-\s*\+?[0-9]+)?\s*$"}


def _of_names(pattern: str, value: Json) -> Json:
    return {
        "type": "object",
        "propertyNames": {"pattern": pattern},
        "additionalProperties": value,
        "minProperties": 1,
    }


def _without(schema: Json, *names: str) -> Json:
    """An object without some of its keys."""
    properties = {name: value for name, value in schema["properties"].items() if name not in names}
    required = [name for name in schema.get("required", ()) if name not in names]
    return {**schema, "properties": properties, **({"required": required} if required else {})}


def _clusters(cluster: Json) -> Json:
    reserved = "|".join((*(f"{name}$" for name in keys.RESERVED), *keys.PREFIXES))
    clusters = _of_names(values.GROUP_NAME, cluster)
    clusters["propertyNames"]["not"] = {"pattern": f"^(?:{reserved})"}
    return clusters


def _nodes(node: Json) -> Json:
    listed = {**node, "required": ["name"]}
    named = {**_without(node, "name"), "type": ["object", "null"]}
    return {
        "anyOf": [
            {"type": "array", "minItems": 1, "items": {"anyOf": [_HOST, listed]}},
            _of_names(values.HOST_NAME, named),
        ]
    }


def _some(item: Json) -> Callable[[Json], Json]:
    """A list whose items are short, or objects."""

    def listed(schema: Json) -> Json:
        return {"type": "array", "items": {"anyOf": [item, schema]}}

    return listed


def _always(schema: Json) -> Callable[[Json], Json]:
    return lambda _schema: schema


#: What becomes of the schema of an option, by its path.
_SHAPES: dict[str, Callable[[Json], Json]] = {
    "clusters": _clusters,
    "clusters.nodes": _nodes,
    "clusters.nodes.name": _always(_HOST),
    "clusters.nodes.hostname": _always(_HOST),
    "clusters.release": _always({"type": ["string", "number"], "pattern": values.RELEASE}),
    "clusters.wave": _always({"type": ["string", "integer"], "pattern": values.GROUP_SUFFIX}),
    "clusters.tags": _always({"type": "array", "items": {"type": "string", "pattern": values.GROUP_SUFFIX}}),
    "clusters.extensions": _always({"type": "array", "items": _EXTENSIONS}),
    "clusters.patterns": _some(_PATTERN),
    "clusters.patterns.pattern": _always(_PATTERN),
    "links": lambda rule: {"anyOf": [rule, {"type": "array", "items": rule}]},
    "links.mesh": _always(_SOME_OR_ALL),
    "links.hub.spokes": _always(_SOME_OR_ALL),
    "links.except": _always({"type": "array", "items": _TWO_NAMES}),
    "links.pairs": _some(_TWO_NAMES),
    "links.pairs.clusters": _always(_TWO_NAMES),
}
#: Options that are described elsewhere.
_SAME_AS = {
    "clusters.peers.patterns": "clusters.patterns",
    "links.pairs.patterns": "clusters.patterns",
}


def documentation() -> Json:
    """The plugin's options, those of its fragments among them."""
    command = ("ansible-doc", "--type", "inventory", "--json", PLUGIN)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    options: Json = json.loads(output)[PLUGIN]["doc"]["options"]
    return options


def _plain(description: Any) -> str:
    """A description without its markup."""
    text = " ".join([description] if isinstance(description, str) else description)
    marked = re.compile(r"\b[A-Z]\(((?:[^)\\]|\\.)*)\)")
    return marked.sub(lambda found: re.sub(r"\\(.)", r"\1", found[1]), text)


def _object(options: Mapping[str, Any], path: str, everything: Mapping[str, Any]) -> Json:
    properties: Json = {}
    for name in sorted(options):
        option = options[name]
        for each in (name, *option.get("aliases", ())):
            properties[each] = _option(option, f"{path}.{name}" if path else name, everything)
    schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    required = sorted(name for name, option in options.items() if option.get("required"))
    return {**schema, "required": required} if required else schema


def _option(option: Mapping[str, Any], path: str, everything: Mapping[str, Any]) -> Json:
    described = {"description": _plain(option["description"])}
    if option.get("default") is not None:
        described["default"] = option["default"]
    if path in _SAME_AS:
        other = everything
        *parents, last = _SAME_AS[path].split(".")
        for parent in parents:
            other = other[parent]["suboptions"]
        return {**_option(other[last], _SAME_AS[path], everything), **described}
    schema: Json
    inner = option.get("suboptions")
    if inner:
        schema = _object(inner, path, everything)
        # Where the shape says nothing else, the options of a list are those of its items.
        if option["type"] == "list" and path not in _SHAPES:
            schema = {"type": "array", "items": schema}
    elif option["type"] == "list":
        elements = _TYPES.get(option.get("elements", ""))
        schema = {"type": "array", **({"items": {"type": elements}} if elements else {})}
    elif option.get("choices"):
        schema = {"enum": list(option["choices"])}
    else:
        schema = {"type": _TYPES[option["type"]]} if path not in _SHAPES else {}
        if schema.get("type") == "string":
            schema = dict(_TEXT)
    shape = _SHAPES.get(path)
    return {**described, **(shape(schema) if shape else schema)}


def schema(options: Mapping[str, Any]) -> Json:
    """The schema of a topology file."""
    whole = _object(options, "", options)
    cluster = whole["properties"]["clusters"]["additionalProperties"]
    whole["properties"]["peers"] |= _of_names(
        values.NAME, _shared_peer(cluster["properties"]["peers"]["items"])
    )
    return {
        # The draft that editors know best.
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Topology file of {PLUGIN}",
        "$comment": "Written by tools/topology_schema.py from the documentation of the plugin.",
        **whole,
    }


def _shared_peer(peer: Json) -> Json:
    """A peer of many clusters: one of a cluster without its name, and with the clusters."""
    shared = _without(peer, "cluster", "name")
    shared["properties"]["clusters"] = _SOME_OR_ALL
    return {**shared, "required": ["clusters", "kind", "nodes"]}


def text() -> str:
    """The file as it should be."""
    return json.dumps(schema(documentation()), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or compare it."""
    wanted = text()
    if "--check" not in sys.argv[1:]:
        SCHEMA.write_text(wanted, encoding="utf-8")
        return 0
    if SCHEMA.is_file() and SCHEMA.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{SCHEMA.name} is not up to date; run: python tools/topology_schema.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
