#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_report_upload
short_description: Send the files of a report to a web server
version_added: 0.2.0
description:
  - Sends files, such as the reports of M(ucops.cucm.sip_trunk_verdict), to a directory of a web server with HTTPS C(PUT). The files of an
    AWX job are deleted with its execution environment.
  - An existing file is replaced. The directory must exist, unless the server creates it.
  - The sender is authenticated by O(header), by O(username) or not at all. Redirects are not followed, and proxies of the environment are
    not used.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
attributes:
  check_mode:
    details:
      - In check mode, nothing is sent, and RV(urls) says where the files would be.
  diff_mode:
    support: N/A
    details:
      - Nothing is shown, since a report is not configuration.
  idempotent:
    details:
      - Files are sent each time, and never count as a change.
requirements:
  - requests >= 2.32
  - urllib3 >= 2.6.3
options:
  url:
    description:
      - Address of the directory, for example C(https://reports.example.com/cucm). HTTPS only, without user name and query.
    type: str
    required: true
  paths:
    description:
      - The files, of the host that the task runs on. On the server, each has the last part of its path as its name.
    type: list
    elements: path
    required: true
  header:
    description:
      - Name of a header that holds a secret, for example C(Authorization) or C(PRIVATE-TOKEN). Not together with O(username).
    type: str
  header_value:
    description:
      - The secret in O(header), for example V(Bearer) and a token. Required with O(header).
    type: str
  username:
    description:
      - User name for HTTP Basic authentication.
    type: str
  password:
    description:
      - The password of O(username), required with it. It is tried once only.
    type: str
  validate_certs:
    description:
      - Whether the server's TLS certificate must be trusted. Set it to V(false) in a laboratory only.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates (PEM) that are trusted to sign the server's TLS certificate, or a directory of them prepared by
        C(openssl rehash). Only these are trusted then. Without it, the CAs of the operating system are.
    type: path
  tls_fingerprint:
    description:
      - SHA-256 fingerprint of the server's own TLS certificate. Names, dates and CAs are then not checked.
    type: str
  timeout:
    description:
      - Timeout in seconds for each file.
    type: int
    default: 60
  fail_on_refusal:
    description:
      - Whether the task fails when a file cannot be sent. With V(false) the result has a warning and RV(problem), for playbooks that end as
        a verdict says, whatever became of the report.
    type: bool
    default: true
seealso:
  - module: ucops.cucm.sip_trunk_verdict
"""

EXAMPLES = r"""
- name: Send the report with a token
  ucops.cucm.cucm_report_upload:
    url: "https://reports.example.com/cucm/{{ awx_job_id }}"
    paths: [/tmp/report.html, /tmp/report.json, /tmp/report.xml]
    header: Authorization
    header_value: "Bearer {{ vault_report_token }}"

- name: Send the report with an account, and go on when the server is down
  ucops.cucm.cucm_report_upload:
    url: https://reports.example.com:8443/cucm
    paths: [/tmp/report.html]
    username: cucm-reports
    password: "{{ vault_report_password }}"
    ca_path: /etc/pki/example-root.pem
    fail_on_refusal: false
"""

RETURN = r"""
uploaded:
  description: Whether all files were sent.
  returned: success
  type: bool
  sample: true
urls:
  description: Where the files are, in the order of O(paths); empty when one was refused.
  returned: success
  type: list
  elements: str
  sample: ["https://reports.example.com/cucm/4711/report.html"]
problem:
  description: With O(fail_on_refusal=false), why the files were not sent, and what to do. Otherwise empty.
  returned: success
  type: str
  sample: ""
summary:
  description: The same for a terminal, line by line.
  returned: success
  type: list
  elements: str
  sample: ["The report is at https://reports.example.com/cucm/4711/report.html"]
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(upload_refused), V(authentication_failed), V(permission_denied),
      V(untrusted_server), V(host_unreachable), V(answer_lost), V(file_unreadable) or V(invalid_option).
  returned: failure
  type: str
  sample: upload_refused
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_report_upload import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
