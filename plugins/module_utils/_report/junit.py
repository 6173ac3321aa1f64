# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JUnit XML: a test suite for each direction, a test case for each check.

JUnit knows no "not measured": such a check is skipped, with its reason, and never counts as passed.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import moment
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    direction_counts,
    direction_name,
    entries,
    findings,
    plain,
    result_of,
    source_of,
    word,
)


def junit(report: Entry) -> str:
    """The XML document, for a file in UTF-8."""
    total = {"fail": 0, "skipped": 0, "tests": 0}
    for finding in findings(report):
        total["tests"] += 1
        total["fail"] += finding.result == "fail"
        total["skipped"] += finding.result in ("not_measured", "not_applicable")
    root = ET.Element(
        "testsuites",
        name=plain(report.get("title"), 300) or "SIP trunks over TLS",
        tests=str(total["tests"]),
        failures=str(total["fail"]),
        errors="0",
        skipped=str(total["skipped"]),
        time="0",
    )
    created = moment(report.get("created"))
    for link in entries(report, "links"):
        for direction in entries(link, "directions"):
            suite = _suite(root, direction)
            if created:
                suite.set("timestamp", created.strftime("%Y-%m-%dT%H:%M:%S"))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, direction: Entry) -> ET.Element:
    name, counts = direction_name(direction, "to"), direction_counts(direction)
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(sum(counts.values())),
        failures=str(counts["fail"]),
        errors="0",
        skipped=str(counts["not_measured"] + counts["not_applicable"]),
        time="0",
    )
    named: dict[str, int] = {}
    for check in entries(direction, "checks"):
        case = _case_name(check)
        named[case] = named.get(case, 0) + 1
        if named[case] > 1:  # CI systems follow a test case by its name
            case = f"{case} #{named[case]}"
        _case(suite, case, name, check)
    return suite


def _case_name(check: Entry) -> str:
    """`certificate_trusted (cucma-pub): CUCM10's certificate is trusted`."""
    node = plain(check.get("node"), 200)
    title = plain(check.get("title"), 500)
    return plain(check.get("id"), 100) + (f" ({node})" if node else "") + (f": {title}" if title else "")


def _case(suite: ET.Element, name: str, suite_name: str, check: Entry) -> None:
    # Jenkins takes what stands before the last dot for a package.
    case = ET.SubElement(suite, "testcase", name=name, classname=suite_name.replace(".", "_"), time="0")
    result = result_of(check)
    seen = plain(check.get("seen"))
    reason = plain(check.get("reason"), 100)
    if result == "fail":
        failure = ET.SubElement(case, "failure", message=seen or "failed", type=reason or "failed")
        failure.text = _told(check)
    elif result != "pass":
        why = seen or reason.replace("_", " ")
        ET.SubElement(case, "skipped", message=word(result) + (f": {why}" if why else ""))


def _told(check: Entry) -> str:
    told = (
        ("object", plain(check.get("object"))),
        ("expected", plain(check.get("expected"))),
        ("seen", plain(check.get("seen"))),
        ("source", source_of(check)),
        ("fix", plain(check.get("remedy"))),
    )
    return "\n".join(f"{term}: {value}" for term, value in told if value)
