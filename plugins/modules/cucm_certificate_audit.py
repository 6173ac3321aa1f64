#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_certificate_audit
short_description: Read and judge all certificates of a Unified CM node
version_added: 0.2.0
description:
  - Reads the identities of all services and all trust stores of a node, whatever they are called, and says when each
    certificate ends, what it is for, what breaks without it, and what is wrong with it.
  - A certificate that cannot be read is a finding, and does not keep the others from being read.
  - With O(path), what was read is written for M(ucops.cucm.certificate_audit_report), which combines the nodes of a
    site. What two clusters need of each other is judged there. A node that cannot be read fails the task, and its
    document says why.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.certificates
  - ucops.cucm.ssh
  - ucops.cucm.ssh.transcript
attributes:
  check_mode:
    details:
      - In check mode, no document is written.
options:
  node:
    description:
      - Inventory name of the node, by which reports name it. Without it, O(host).
    type: str
  cluster:
    description:
      - Name of its cluster.
    type: str
  hostname:
    description:
      - Host name to which the node's certificates must be made out. Without it, that is not measured.
    type: str
  sip_addresses:
    description:
      - Names and addresses, beside O(host), to which trunks of other clusters send calls. By them a trunk is known to
        lead to this node.
    type: list
    elements: str
    default: []
  sip_port:
    description:
      - TCP port of the node's SIP over TLS.
    type: int
    default: 5061
  trunks:
    description:
      - The result of M(ucops.cucm.cucm_sip_trunk_info), also a failed one, for the one node of a cluster whose
        document has the trunks of its cluster.
    type: dict
  peers:
    description:
      - The trunks that the inventory names, as the filter P(ucops.cucm.trunk_plan#filter) gives them. They are taken
        where O(trunks) is not given, or has failed.
    type: list
    elements: dict
    default: []
  warning_days:
    description:
      - Days before the end of a certificate of the node from which on that is a warning.
    type: int
    default: 60
  critical_days:
    description:
      - Days before the end of a certificate from which on that is critical.
    type: int
    default: 14
  ca_warning_days:
    description:
      - Days before the end of a CA's certificate, on which certificates hang, from which on that is a warning.
    type: int
    default: 180
  path:
    description:
      - File for the document, readable only by its owner. Its directory must exist.
    type: path
  return_certificates:
    description:
      - Whether the result has every certificate, which of a node with large trust stores is some hundred kilobytes.
    type: bool
    default: true
notes:
  - Over the command line each certificate costs a command. A trust store of 150 takes some minutes on an old node.
  - The guide to the audit has the sources about public CAs and the end of client authentication.
seealso:
  - module: ucops.cucm.certificate_audit_report
  - module: ucops.cucm.cucm_cert_info
"""

EXAMPLES = r"""
- name: Audit one node
  ucops.cucm.cucm_certificate_audit:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    hostname: cucm-pub
  register: audit

- name: Show what is urgent
  ansible.builtin.debug:
    msg: "{{ item.severity }}: {{ item.service }}: {{ item.text }}"
  loop: "{{ audit.findings | rejectattr('severity', 'equalto', 'notice') }}"
  loop_control:
    label: "{{ item.reason }}"

- name: Write down what lies on the node, for the report of the site
  ucops.cucm.cucm_certificate_audit:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    node: cucm-pub
    cluster: CUCMA
    path: audit/nodes/cucm-pub.json
    return_certificates: false
"""

RETURN = r"""
worst:
  description: The most urgent severity among the findings; V(none) when there is none.
  returned: success
  type: str
  sample: warning
counts:
  description: Findings by severity.
  returned: success
  type: dict
  sample: {critical: 0, warning: 2, notice: 1}
findings:
  description: What is wrong, the most urgent first.
  returned: success
  type: list
  elements: dict
  contains:
    severity:
      description: V(critical), V(warning) or V(notice).
      type: str
      sample: warning
    reason:
      description: What kind of finding it is, for programs. The guide to the audit lists them.
      type: str
      sample: expires_soon
    text:
      description: What was found, and what breaks.
      type: str
    remedy:
      description: What to do.
      type: str
    fixed_by:
      description: The release that does without, where one is known; empty otherwise.
      type: str
      sample: ""
    cluster:
      description: The cluster.
      type: str
      sample: CUCMA
    nodes:
      description: The nodes of the cluster on which it was found.
      type: list
      elements: str
      sample: [cucm-pub]
    kind:
      description: V(identity) or V(trust).
      type: str
      sample: identity
    service:
      description: The service, or the trust store without C(-trust).
      type: str
      sample: CallManager
    fingerprint_sha256:
      description: SHA-256 of the certificate; empty for one that could not be read.
      type: str
    common_name:
      description: Its common name.
      type: str
    not_after:
      description: Its end, UTC.
      type: str
      sample: "2028-05-22T17:50:42Z"
    days_left:
      description: Whole days until then, below zero when it has expired; V(null) for one that could not be read.
      type: int
      sample: 540
not_measured:
  description: What could not be said, as C(what), C(reason), C(text), C(remedy), C(cluster) and C(nodes).
  returned: success
  type: list
  elements: dict
certificates:
  description:
    - Every certificate once, those that end first at the top. Beside the keys below each has those of
      RV(ucops.cucm.cucm_cert_info#module:identities), without the certificate itself.
  returned: success, if O(return_certificates=true)
  type: list
  elements: dict
  contains:
    days_left:
      description: Whole days until its end, below zero when it has expired.
      type: int
      sample: 540
    role:
      description: V(identity), V(ca) or V(trusted).
      type: str
      sample: identity
    worst:
      description: The most urgent severity among its findings, or V(none).
      type: str
      sample: none
    issuer_kind:
      description:
        - V(self_signed), V(public_ca), V(private_ca), or V(unknown) when its chain leads to no root and it does not
          say of itself that a public CA issued it.
      type: str
      sample: private_ca
    issuer_name:
      description: The common name of its issuer, else the whole name.
      type: str
      sample: Example Issuing CA
    chain:
      description: The names of the CAs above it that lie on the node, the root last.
      type: list
      elements: str
      sample: [Example Issuing CA, Example Root CA]
    names:
      description: Its host names and addresses, the common name first.
      type: list
      elements: str
      sample: [cucm-pub.example.com]
    dependents:
      description: How many identities hang on it.
      type: int
      sample: 0
    used_by:
      description: What it is for; says so where that is not known.
      type: list
      elements: str
    when_expired:
      description: What breaks when it has expired; empty where that is not known.
      type: str
    without_client_authentication:
      description: What breaks when it is not for client authentication; empty where nothing is known to.
      type: str
    places:
      description: Where it lies, as C(cluster), C(kind), C(service), C(nodes) and C(file_names).
      type: list
      elements: dict
transcript:
  description:
    - The dialogue with the node's command line, without passwords and private keys, and shortened in the middle when it
      is long. V(null) when the command line was not used.
  returned: success, if O(return_transcript=true)
  type: str
  sample: "admin:show cert list own"
reason:
  description: What kind of failure it was, for playbooks to test.
  returned: failure
  type: str
  sample: authentication_failed
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_certificate_audit import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
