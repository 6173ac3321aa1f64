#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_trunk_verdict
short_description: Judge by the evidence whether SIP trunks over TLS work
version_added: 0.2.0
description:
  - Reads what the role P(ucops.cucm.cucm_verify#role) has collected from the nodes of clusters, and gives one verdict for each link between two
    clusters and for each direction of it. No cluster is asked.
  - A direction from A to B is what A expects and what B shows. Its checks say what was expected, what was seen, from which source, and what to
    fix on which page.
  - Packet captures and SDL traces can be judged without any document, as a colleague sends them. Clusters are then named by the addresses,
    and what only a cluster knows is V(not_applicable).
  - What is missing in the evidence is V(not_measured), and never counts as passed.
  - Trust is judged by the signatures. For each node, it is whether the certificate of each node of the peer chains to a CA in its
    C(CallManager-trust).
  - The verdict is in RV(verdict) and RV(report). It fails the task only with O(fail_on); evidence that cannot be read always does.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
attributes:
  check_mode:
    details:
      - In check mode, no report is written.
  diff_mode:
    details:
      - Nothing is shown, since a report is not configuration.
  idempotent:
    details:
      - Reports are written each time, and never count as a change.
requirements:
  - cryptography >= 42
options:
  evidence_paths:
    description:
      - Documents of the role P(ucops.cucm.cucm_verify#role), one for each node, or directories of them. In a directory, all files C(*.json)
        are read except reports of this module.
      - If a node has several documents, the last one counts.
      - At least one of O(evidence_paths), O(captures) and O(traces) is needed.
    type: list
    elements: path
    default: []
  captures:
    description:
      - Packet captures (C(.cap), C(.pcap), C(.pcapng)), as M(ucops.cucm.tls_capture_info) reads them.
      - With O(evidence_paths), their connections are joined with the nodes that have the addresses, or that have the certificates that the
        connections show.
    type: list
    elements: path
    default: []
  traces:
    description:
      - Files of SDL traces (C(.txt), C(.gz), C(.gzo)), as M(ucops.cucm.cucm_trace_info) reads them. Their headers say which node they are from.
    type: list
    elements: path
    default: []
  ports:
    description:
      - The TCP ports of SIP over TLS in O(captures). With an empty list, all connections count as trunks.
    type: list
    elements: int
    default: [5061]
  title:
    description:
      - The title of the report.
    type: str
    default: SIP trunks over TLS
  json_path:
    description:
      - Where to write RV(report) as JSON. Only the user may read the file, and its directory must exist.
    type: path
  junit_path:
    description:
      - Where to write the report as JUnit XML, for CI systems.
    type: path
  html_path:
    description:
      - Where to write the report as one page of HTML, which needs nothing else.
    type: path
  tolerated_clusters:
    description:
      - Clusters of which it is known that their trunks cannot work yet. Their links are judged and shown as all others, but are
        left out of RV(not_passed).
    type: list
    elements: str
    default: []
  restarting_clusters:
    description:
      - Clusters with nodes that are known to wait for a restart. A link of theirs is in RV(waiting) and not in RV(not_passed) when
        nothing is wrong with it but what runs. What a restart cannot fix, such as a CA that a peer does not trust, fails as
        everywhere.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  return_report:
    description:
      - Whether to return RV(report), which is long where there are many links.
    type: bool
    default: true
  fail_on:
    description:
      - The verdicts that fail the task. The failed result has the same keys, and the reason V(verdict_failed).
    type: list
    elements: str
    choices: [fail, not_measured]
    default: []
notes:
  - The times in traces are those of the node, without a zone. They are compared with each other only.
  - Names of nodes are found in captures and traces by their addresses. A node that the inventory knows by a name only is recognized by its
    certificate, once it has shown it.
seealso:
  - module: ucops.cucm.tls_capture_info
  - module: ucops.cucm.cucm_trace_info
  - module: ucops.cucm.sip_tls_probe
"""

EXAMPLES = r"""
- name: Judge the evidence that the playbook ucops.cucm.verify has gathered
  ucops.cucm.sip_trunk_verdict:
    evidence_paths: [evidence]
    html_path: trunks.html
  register: verdict

- name: Show the verdict
  ansible.builtin.debug:
    msg: "{{ verdict.summary }}"

- name: Show what to fix, causes first
  ansible.builtin.debug:
    msg: "{{ verdict.report.fix_first | map(attribute='remedy') }}"

- name: Judge what a colleague has sent, and fail when anything is wrong
  ucops.cucm.sip_trunk_verdict:
    captures: [packets.cap]
    traces: [SDL001_100_000127.txt.gz]
    fail_on: [fail]

- name: Write the report for CI, where what was not measured is not good enough
  ucops.cucm.sip_trunk_verdict:
    evidence_paths: [evidence]
    title: Trunks of change 4711
    json_path: report.json
    junit_path: report.xml
    return_report: false
    fail_on: [fail, not_measured]
"""

RETURN = r"""
verdict:
  description: The worst verdict of all links; V(pass), V(fail) or V(not_measured).
  returned: success, and failure by fail_on
  type: str
  sample: pass
passed:
  description: Whether RV(verdict) is V(pass).
  returned: success, and failure by fail_on
  type: bool
  sample: true
not_passed:
  description: The links that do not pass, by their C(id), except those of O(tolerated_clusters).
  returned: success, and failure by fail_on
  type: list
  elements: str
  sample: [CUCM10--CUCMA]
waiting:
  description: The links of O(restarting_clusters) that only wait for a restart, by their C(id).
  returned: success, and failure by fail_on
  type: list
  elements: str
  sample: []
links_not_passed:
  description: All links that do not pass, by their C(id), failed ones first.
  returned: success, and failure by fail_on
  type: list
  elements: str
  sample: [CUCM10--CUCMA]
failed_checks:
  description: What failed and how to fix it in short, causes first; for instance for C(ansible.builtin.set_stats).
  returned: success, and failure by fail_on
  type: list
  elements: dict
  contains:
    remedy:
      description: What to do, at most 400 characters.
      type: str
      sample: Update the CA
    object:
      description: What to fix.
      type: str
      sample: profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA
    links:
      description: RV(report.links[].id) of the links concerned, ten at most.
      type: list
      elements: str
      sample: [CUCM10--CUCMA]
    checks:
      description: The checks that fail for it, ten at most.
      type: list
      elements: str
      sample: [subject_names]
counts:
  description: Number of checks by their results.
  returned: success, and failure by fail_on
  type: dict
  sample: {pass: 120, fail: 0, not_measured: 0, not_applicable: 4}
summary:
  description: The report for a terminal, line by line.
  returned: success, and failure by fail_on
  type: list
  elements: str
  sample: ["pass: the link works. SIP trunks over TLS"]
report:
  description: The whole report; null with O(return_report=false).
  returned: success, and failure by fail_on
  type: dict
  contains:
    format:
      description: Name and version of the form of the report.
      type: str
      sample: ucops.cucm.report/1
    title:
      description: As O(title).
      type: str
      sample: SIP trunks over TLS
    created:
      description: When it was judged, UTC.
      type: str
      sample: "2026-11-24T10:00:00Z"
    verdict:
      description: As RV(verdict).
      type: str
      sample: pass
    counts:
      description: As RV(counts).
      type: dict
      sample: {pass: 120, fail: 0, not_measured: 0, not_applicable: 4}
    clusters:
      description: The clusters, with C(name), C(release) and C(nodes). Each node has C(name), C(host), C(is_publisher) and C(certificate).
      type: list
      elements: dict
    links:
      description: The pairs of clusters that have a trunk in the inventory of either.
      type: list
      elements: dict
      contains:
        id:
          description: The names of both clusters.
          type: str
          sample: CUCM10--CUCMA
        clusters:
          description: The names, sorted.
          type: list
          elements: str
          sample: [CUCM10, CUCMA]
        verdict:
          description: The worse verdict of both directions.
          type: str
          sample: pass
        directions:
          description: Both directions.
          type: list
          elements: dict
          contains:
            from:
              description: The cluster that expects.
              type: str
              sample: CUCMA
            to:
              description: The cluster that shows.
              type: str
              sample: CUCM10
            verdict:
              description: >-
                V(fail) when a check fails; V(not_measured) when a required check is not measured, or nothing passed; else V(pass).
              type: str
              sample: pass
            counts:
              description: Number of checks by their results.
              type: dict
              sample: {pass: 60, fail: 0, not_measured: 0, not_applicable: 2}
            checks:
              description: The checks, in the order in which a trunk depends upon them.
              type: list
              elements: dict
              contains:
                id:
                  description: Its stable name.
                  type: str
                  sample: subject_names
                title:
                  description: What it asserts.
                  type: str
                  sample: The profile of CUCMA accepts the name of cucm10-pub
                object:
                  description: What to look at, or to fix.
                  type: str
                  sample: profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA
                node:
                  description: Inventory name of the node that it is about; empty when it is about a cluster.
                  type: str
                  sample: cucm10-pub
                expected:
                  description: What was expected.
                  type: str
                  sample: cucm10-pub.example.com
                seen:
                  description: What was seen, or why nothing was.
                  type: str
                  sample: "'cucm10-pub.example.com' (common name)"
                source:
                  description: Who says so.
                  type: list
                  elements: str
                  sample: [AXL, certificate store]
                result:
                  description: V(pass), V(fail), V(not_measured) or V(not_applicable).
                  type: str
                  sample: pass
                required:
                  description: Whether the direction cannot pass when it is not measured.
                  type: bool
                  sample: true
                is_effect:
                  description: Whether it fails because another check does, which its remedy then names.
                  type: bool
                  sample: false
                reason:
                  description: A stable code for why; empty when it passed.
                  type: str
                  sample: ""
                remedy:
                  description: What to do about it; empty when there is nothing to do.
                  type: str
                  sample: ""
            handshakes:
              description: >-
                The connections of the captures that C(from) opened, failed ones first. C(source) is the file; C(client) and C(server) have
                C(name), C(address) and C(port); C(version), C(cipher), C(handshake), C(steps) and C(broke) are as
                RV(ucops.cucm.tls_capture_info#module:connections) has them.
              type: list
              elements: dict
    certificates:
      description: Validity of the certificates of the nodes and of the CAs above them.
      type: list
      elements: dict
      contains:
        cluster:
          description: The cluster of the node.
          type: str
          sample: CUCM10
        node:
          description: Inventory name of the node that has it.
          type: str
          sample: cucm10-pub
        role:
          description: V(identity), or V(ca) for one in the trust store.
          type: str
          sample: identity
        common_name:
          description: Its common name.
          type: str
          sample: cucm10-pub.example.com
        serial_number:
          description: Its serial number in hexadecimal.
          type: str
          sample: 6F1A
        not_before:
          description: Start of its validity; null when it is not known.
          type: str
          sample: "2026-01-01T00:00:00Z"
        not_after:
          description: End of its validity; null when it is not known.
          type: str
          sample: "2028-01-01T00:00:00Z"
        fingerprint_sha256:
          description: SHA-256 of the certificate.
          type: str
          sample: 3F:A2:…
    agreement:
      description: >-
        For each node the certificate in its store, on the wire and in the traces of its peers.
      type: list
      elements: dict
      contains:
        cluster:
          description: The cluster of the node.
          type: str
          sample: CUCM10
        node:
          description: Inventory name of the node.
          type: str
          sample: cucm10-pub
        store:
          description: SHA-256 of the certificate that is installed; empty when it is not known.
          type: str
          sample: 3F:A2:…
        wire:
          description: SHA-256 of the certificate that a capture or the probe saw; empty when none did.
          type: str
          sample: 3F:A2:…
        trace:
          description: The subject that the traces of the peer show; empty when they show none.
          type: str
          sample: /C=US/O=Example/CN=cucm10-pub.example.com
        agree:
          description: Whether they are the same one; null when fewer than two are known.
          type: bool
          sample: true
    fix_first:
      description: The remedies of failed checks, causes first, each remedy once.
      type: list
      elements: dict
      contains:
        remedy:
          description: What to do.
          type: str
          sample: >-
            Add 'cucm10-sub.example.com' to X.509 Subject Name of the profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA (System > Security >
            SIP Trunk Security Profile), then reset the trunk 'CUCM10'
        object:
          description: What to fix.
          type: str
          sample: profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA
        links:
          description: RV(report.links[].id) of the links that it is for.
          type: list
          elements: str
          sample: [CUCM10--CUCMA]
        checks:
          description: The checks that fail for it.
          type: list
          elements: str
          sample: [subject_names]
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(verdict_failed) by O(fail_on), V(evidence_unreadable),
      V(capture_unreadable), V(trace_unreadable), V(file_unreadable), V(file_not_written) or V(invalid_option).
  returned: failure
  type: str
  sample: verdict_failed
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.sip_trunk_verdict import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
