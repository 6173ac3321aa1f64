# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JUnit document is one that CI systems take, whatever the texts in the report."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.junit import junit
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import reports
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.hostile import hostile
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

#: What Jenkins, GitLab and the pytest of today have in common; the order of elements and the types are fixed.
SCHEMA = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="testsuites"><xs:complexType>
    <xs:sequence><xs:element ref="testsuite" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attributeGroup ref="counts"/>
  </xs:complexType></xs:element>
  <xs:attributeGroup name="counts">
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="skipped" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="time" type="xs:decimal" use="required"/>
  </xs:attributeGroup>
  <xs:element name="testsuite"><xs:complexType>
    <xs:sequence><xs:element ref="testcase" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:token" use="required"/>
    <xs:attribute name="timestamp" use="required">
      <xs:simpleType><xs:restriction base="xs:dateTime">
        <xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"/>
      </xs:restriction></xs:simpleType>
    </xs:attribute>
    <xs:attributeGroup ref="counts"/>
  </xs:complexType></xs:element>
  <xs:element name="testcase"><xs:complexType>
    <xs:choice minOccurs="0">
      <xs:element name="failure"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
        <xs:attribute name="message" type="xs:string" use="required"/>
        <xs:attribute name="type" type="xs:string" use="required"/>
      </xs:extension></xs:simpleContent></xs:complexType></xs:element>
      <xs:element name="skipped"><xs:complexType>
        <xs:attribute name="message" type="xs:string" use="required"/>
      </xs:complexType></xs:element>
    </xs:choice>
    <xs:attribute name="name" type="xs:token" use="required"/>
    <xs:attribute name="classname" type="xs:token" use="required"/>
    <xs:attribute name="time" type="xs:decimal" use="required"/>
  </xs:complexType></xs:element>
</xs:schema>
"""
VALID = etree.XMLSchema(etree.fromstring(SCHEMA))
REPORTS = {
    "healthy": reports.healthy_pair(),
    "failing": reports.failing_pair(),
    "fifty": reports.star(50),
    "hostile": hostile(reports.failing_pair()),
    "empty": reports.report([]),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_it_has_the_structure_and_the_counts_are_right(report: dict) -> None:
    document = junit(report).encode()
    VALID.assertValid(etree.fromstring(document))
    root = ET.fromstring(document)
    checks = [
        check for link in report["links"] for direction in link["directions"] for check in direction["checks"]
    ]
    results = Counter(check["result"] for check in checks)
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(cases)
        assert int(element.get("failures", "")) == len(list(element.iter("failure")))
        assert int(element.get("skipped", "")) == len(list(element.iter("skipped")))
    assert len(list(root.iter("failure"))) == results["fail"]
    assert len(list(root.iter("skipped"))) == results["not_measured"] + results["not_applicable"]


def test_a_failure_says_what_the_report_says() -> None:
    root = ET.fromstring(junit(reports.failing_pair()))
    assert [suite.get("name") for suite in root] == ["CUCMA to CUCM10", "CUCM10 to CUCMA"]
    case = root[0].find("testcase[failure]")
    assert case is not None
    assert case.get("name") == "subject_names: The profile has a name of each certificate of CUCM10"
    failure = case.find("failure")
    assert failure is not None and failure.attrib == {"message": "CUCM10", "type": "subject_name_missing"}
    assert failure.text is not None and failure.text.splitlines() == [
        "object: profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA",
        "expected: cucm10-pub.example.com",
        "seen: CUCM10",
        "source: AXL, certificate store",
        f"fix: {reports.failing_pair()['fix_first'][0]['remedy']}",
    ]


def test_what_was_not_measured_is_skipped_with_the_reason() -> None:
    root = ET.fromstring(junit(reports.failing_pair()))
    skipped = {
        case.get("name", "").split(":")[0]: case.find("skipped").get("message")  # type: ignore[union-attr]
        for case in root[1].iterfind("testcase[skipped]")
    }
    assert skipped == {
        "strangers_refused": "not applicable: not asked for",
        "trunk_status": "not measured: OPTIONS ping is off, so Unified CM does not know the state",
    }


def test_each_test_case_has_a_name_of_its_own() -> None:
    report = reports.star(3)
    checks = report["links"][0]["directions"][0]["checks"]
    checks.append(dict(checks[0]))
    for suite in ET.fromstring(junit(report)):
        names = [case.get("name") for case in suite]
        assert len(names) == len(set(names))


def test_a_result_that_is_none_is_skipped_not_passed() -> None:
    report = reports.healthy_pair()
    report["links"][0]["directions"][0]["checks"][0]["result"] = "fine"
    (case, *_rest) = ET.fromstring(junit(report))[0]
    assert case.find("skipped") is not None


@given(st.text(st.characters(), max_size=60))
def test_any_text_makes_a_valid_document(text: str) -> None:
    report = reports.with_every_text(reports.failing_pair(), lambda value: value + text)
    VALID.assertValid(etree.fromstring(junit(report).encode()))
