# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the form of recorded answers with that of the simulator's answers to the same questions.

Values belong to a customer's configuration and differ; what counts is which elements there are, of which kind
their values are, which lines and labels the command line prints, which status and content type an answer has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.extensions.recording.questions import Exchange, xml_of
from lxml import etree

_KINDS = (
    ("nothing", re.compile(r"\s*")),
    ("truth value", re.compile(r"true|false|t|f", re.IGNORECASE)),
    ("number", re.compile(r"-?\d+")),
    ("identifier", re.compile(r"\{?[0-9a-fA-F]{8}-[0-9a-fA-F-]+\}?")),
    ("certificate", re.compile(r"<certificate .*>|.*-----BEGIN .*", re.DOTALL)),
)
#: Services are Cisco's, so their names are compared.
_COMPARED_VALUES = ("ServiceName",)
_PLACEHOLDER = re.compile(
    r"\b(?:name|text)-\d+\b|<\d+ hex>|<certificate[^>]*>|\{0{8}-[0-9A-F-]+\}|192\.0\.2\.\d+|2001:db8::[0-9a-f]+"
    r"|user\d+@example\.com"
)
#: A line of a key's or a signature's bytes.
_BYTES = re.compile(r"\s*(?:<\d+ hex>|[0-9a-fA-F]{2})(?:[ :][0-9a-fA-F]{2})*\s*")


@dataclass(frozen=True)
class Difference:
    """One difference: the question, what differs, and on which side it is."""

    key: str
    fact: str
    recorded: bool

    def line(self, release: str) -> str:
        """A row for FIDELITY.md."""
        if self.recorded:
            return (
                f"| {self.key}: {self.fact} | observed on {release}; the simulator has it not | recording |"
            )
        return f"| {self.key}: {self.fact} | the simulator has it; not observed on {release} | recording |"


def kind(text: str) -> str:
    """The kind of a value."""
    return next((name for name, pattern in _KINDS if pattern.fullmatch(text)), "text")


def facts(one: Exchange) -> Iterator[str]:
    """What can be compared of an answer."""
    yield f"status {one.status}"
    yield f"content type {one.content_type or 'none'}"
    root = xml_of(one.answer) if one.answer.lstrip().startswith("<") else None
    if root is not None:
        yield from _xml_facts(root, "")
        return
    try:
        data = json.loads(one.answer)
    except ValueError:
        yield from _line_facts(one.answer)
        return
    yield from _data_facts(data, "")


def _xml_facts(element: etree._Element, above: str) -> Iterator[str]:
    name = etree.QName(element).localname
    path = f"{above}/{name}" if above else name
    children = [child for child in element if isinstance(child.tag, str)]
    if children:
        yield f"element {path}"
    elif name in _COMPARED_VALUES:
        yield f"element {path} is {element.text}"
    else:
        yield f"element {path} has {kind(element.text or '')}"
    for attribute in element.attrib:
        yield f"attribute {path}@{etree.QName(attribute).localname}"
    for child in children:
        yield from _xml_facts(child, path)


def _data_facts(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _data_facts(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from _data_facts(item, f"{path}[]")
    else:
        text = kind(value) if isinstance(value, str) else type(value).__name__
        yield f"key {path} has {text}"


def _line_facts(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if _BYTES.fullmatch(line):
            continue
        plain = re.sub(r"\s+", " ", re.sub(r"\d+", "#", _PLACEHOLDER.sub("…", line))).strip(" \t-=.")
        label, colon, _value = plain.partition(": ")
        if plain:
            yield f"line '{label.strip()}:'" if colon and "…" not in label else f"line '{plain}'"


def compare(recorded: Iterable[Exchange], simulated: Iterable[Exchange]) -> list[Difference]:
    """All differences, question by question, in the order of the recording."""
    there, here = _by_key(recorded), _by_key(simulated)
    found = []
    for key in dict.fromkeys((*there, *here)):
        if key not in here or key not in there:
            found.append(Difference(key, "asked and answered", recorded=key in there))
            continue
        found += [Difference(key, fact, recorded=True) for fact in there[key] if fact not in here[key]]
        found += [Difference(key, fact, recorded=False) for fact in here[key] if fact not in there[key]]
    return found


def _by_key(exchanges: Iterable[Exchange]) -> dict[str, dict[str, None]]:
    """The facts of each question, those of repeated questions together, in order."""
    found: dict[str, dict[str, None]] = {}
    for one in exchanges:
        found.setdefault(_PLACEHOLDER.sub("…", one.key), {}).update(dict.fromkeys(facts(one)))
    return found
