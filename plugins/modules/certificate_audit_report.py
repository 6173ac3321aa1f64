#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_audit_report
short_description: Combine the certificate audits of nodes into one report
version_added: 0.2.0
description:
  - Takes the documents that M(ucops.cucm.cucm_certificate_audit) wrote, of one run or of several, judges the certificates
    of all nodes together, and writes the report. It contacts nothing.
  - Says of trunks over TLS whether each side trusts what the other shows, which certificates hang on a CA that ends, and
    what trust stores hold of nodes that have other certificates by now.
  - A node that was not read, or whose document is not there, is listed as not measured.
  - All files are readable by their owner alone. They hold names, addresses and certificates, and no secrets.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
attributes:
  check_mode:
    details:
      - In check mode, no file is written.
  diff_mode:
    details:
      - Nothing is shown, since the report is not configuration.
  idempotent:
    details:
      - The files are written each time, and never count as a change.
options:
  paths:
    description:
      - The documents. One that is not there is a node that was not measured, named by the file.
    type: list
    elements: path
    required: true
  title:
    description: Title of the report.
    type: str
    default: Certificates of Unified CM
  warning_days:
    description: Days before the end of a node's certificate from which on that is a warning.
    type: int
    default: 60
  critical_days:
    description: Days before the end of a certificate from which on that is critical.
    type: int
    default: 14
  ca_warning_days:
    description: Days before the end of a CA's certificate, on which certificates hang, from which on that is a warning.
    type: int
    default: 180
  json_path:
    description: File for the whole report as JSON.
    type: path
  csv_path:
    description:
      - File for a table, with a row for each certificate in each place of a cluster.
      - A text that a spreadsheet would calculate gets an apostrophe before it.
    type: path
  html_path:
    description: File for the page, which loads nothing else.
    type: path
  prometheus_path:
    description:
      - File for the textfile collector of C(node_exporter), which takes files whose names end in C(.prom).
    type: path
  fail_on:
    description:
      - From which severity on a finding is an error. The files are written before.
      - With another value than V(none), a node that was not measured is an error too, since nothing can be said of it.
    type: str
    choices: [none, notice, warning, critical]
    default: none
  return_report:
    description: Whether RV(report) is returned, which of hundreds of nodes is many megabytes.
    type: bool
    default: true
seealso:
  - module: ucops.cucm.cucm_certificate_audit
  - module: ucops.cucm.sip_trunk_verdict
"""

EXAMPLES = r"""
- name: Combine the readings
  ucops.cucm.certificate_audit_report:
    paths: "{{ query('ansible.builtin.fileglob', 'audit/nodes/*.json') }}"
    html_path: audit/audit.html
    csv_path: audit/audit.csv
    prometheus_path: /var/lib/node_exporter/cucm.prom
    return_report: false
  register: audit
  delegate_to: localhost
  run_once: true

- name: Show it
  ansible.builtin.debug:
    msg: "{{ audit.summary }}"
  run_once: true
"""

RETURN = r"""
worst:
  description: The most urgent severity among the findings; V(none) when there is none.
  returned: always, once the documents were read
  type: str
  sample: warning
counts:
  description: Findings by severity.
  returned: always, once the documents were read
  type: dict
  sample: {critical: 0, warning: 2, notice: 1}
totals:
  description: How much was looked at.
  returned: always, once the documents were read
  type: dict
  sample: {clusters: 2, nodes: 4, measured: 4, identities: 32, trusted: 410, certificates: 180, links: 1}
summary:
  description: The report in lines of at most 100 characters, the worst first.
  returned: always, once the documents were read
  type: list
  elements: str
statistics:
  description:
    - For M(ansible.builtin.set_stats), never more than 64 KB of JSON. Counts, and the most urgent findings, clusters
      with findings and gaps that fit; C(left_out) says how many of each do not.
  returned: always, once the documents were read
  type: dict
report:
  description:
    - The whole report, with C(findings), C(not_measured), C(clusters), C(nodes) and C(certificates), whose keys are those
      of M(ucops.cucm.cucm_certificate_audit). V(null) with O(return_report=false).
  returned: always, once the documents were read
  type: dict
reason:
  description:
    - What kind of failure it was, for playbooks to test. V(audit_failed) is what O(fail_on) asks for.
  returned: failure
  type: str
  sample: audit_failed
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.certificate_audit_report import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
