#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_trace_info
short_description: Read what SDL traces of Unified CM say about SIP trunks over TLS
version_added: 0.2.0
description:
  - Fetches the SDL traces of a node for a window of time, or reads local files of them, and tells what an engineer searches them for.
    That is the dialled number and the route pattern it matched, the connection and its transport, the certificate that the peer showed,
    the INVITE and its answers, OPTIONS, and failures with the page and the field to fix.
  - A call becomes one record, joined by the number of its connection and its Call-ID.
  - Files are read as a stream, so memory does not grow with them. Listings with other white space and line breaks, as they come by mail
    or from a document, are understood.
  - Failures in the trace do not fail the task; files that are no traces do.
  - The trace level C(Detailed) is needed, which is the default since release 9.0.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
attributes:
  check_mode:
    details:
      - The traces are fetched and read, and not kept in O(dest).
requirements:
  - lxml >= 4.9.2, to fetch from a node
options:
  host:
    description:
      - Name or address of the Unified CM node whose traces are fetched. Not needed with O(paths).
      - If not given, the environment variable E(CUCM_HOST) is used.
    type: str
    required: false
  username:
    description:
      - Name of an application user with the roles C(Standard CCM Admin Users) and C(Standard RealtimeAndTraceCollection).
      - If not given, the environment variable E(CUCM_USERNAME) is used.
    type: str
    required: false
  password:
    description:
      - Password of O(username). A refused password is never tried again, since accounts lock.
      - If not given, the environment variable E(CUCM_PASSWORD) is used.
    type: str
    required: false
  paths:
    description:
      - Local files to read instead of those of a node, on the host that the task runs on. They may be of several nodes and in any order.
      - Formats are C(.txt), C(.gz) and C(.gzo), which is a file that was still being written, compressed or not.
    type: list
    elements: path
  since:
    description:
      - Begin of the window, a time in ISO 8601, in UTC unless it has a zone. Without it, O(minutes) before the end of the window.
      - With O(paths), there is no window unless O(since) or O(until) is given, and O(utc_offset) is needed for it.
    type: str
  until:
    description:
      - End of the window, a time as in O(since). Without it, now; with O(paths), the end of the files.
    type: str
  minutes:
    description:
      - Length of the window when O(since) is not given.
    type: int
    default: 15
  utc_offset:
    description:
      - Offset of the node's local time from UTC, such as V(+05:30). Traces have local times without a zone.
      - Without it, the offset is found from the last line of the traces of a node, which is of about now. What happened before the window
        may then be told as well when the node was silent, and O(until) only decides on the files.
    type: str
  dest:
    description:
      - Directory in which the fetched files are kept, with the mode V(0600). It is made when it is not there. Without it, they are deleted
        once they are read.
    type: path
  addresses:
    description:
      - Only connections, calls and failures with these IP addresses. With an empty list, or with a name in it, all of them.
    type: list
    elements: str
    default: []
  max_records:
    description:
      - How many connections, calls, failures and so on are kept, the latest of each; at most 100000. RV(truncated_because) says what was left
        out.
    type: int
    default: 10000
  max_bytes:
    description:
      - How many bytes of files are fetched, the latest files first.
    type: int
    default: 2147483648
notes:
  - On releases 9.1 and 10.5 files are fetched by DimeGetFileService, later by GetOneFile.
  - The texts of failures between trunks are taken from Cisco's documents about phones and ILS, so that a trunk writes the same is assumed.
seealso:
  - module: ucops.cucm.tls_capture_info
  - module: ucops.cucm.sip_tls_probe
"""

EXAMPLES = r"""
- name: Read the traces of the last 15 minutes, and keep them
  ucops.cucm.cucm_trace_info:
    host: cucm-pub.example.com
    username: serviceability-user
    password: "{{ vault_serviceability_password }}"
    addresses: [192.0.2.200]
    dest: evidence/traces
  register: traces

- name: Stop when a certificate was refused, with the field to fix
  ansible.builtin.assert:
    that: not traces.failures
    fail_msg: >-
      {% for failure in traces.failures %}
      {{ failure.time }}: {{ failure.text }}. {{ failure.remedy }}.
      {% endfor %}

- name: Read the trace files that a colleague sent
  ucops.cucm.cucm_trace_info:
    paths:
      - evidence/SDL001_100_000126.txt.gz
      - evidence/SDL001_100_000127.txt.gzo
  register: traces

- name: Show who called whom, and over which connection
  ansible.builtin.debug:
    msg: "{{ item.calling }} to {{ item.called }}: {{ item.transport }} to {{ item.address }}, certificate of {{ item.certificate.common_name }}"
  loop: "{{ traces.calls | selectattr('certificate') }}"
"""

RETURN = r"""
files:
  description: The files, in the order in which they were read.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the file is; null when it was fetched and not kept.
      type: str
      sample: evidence/traces/SDL001_100_000127.txt.gz
    name:
      description: Its name.
      type: str
      sample: SDL001_100_000127.txt.gz
    bytes:
      description: Bytes of text that were read, which is more than the file has when it is compressed.
      type: int
      sample: 2097152
    lines:
      description: Number of lines.
      type: int
      sample: 9731
    host:
      description: Address of the node, from the head of the file, or else O(host); null when neither tells it.
      type: str
      sample: 192.0.2.203
    date:
      description: Date of the head; null without one.
      type: str
      sample: "2026-11-24"
    first_time:
      description: Time of the first record. All times are the node's local time; without a head, the time of day alone.
      type: str
      sample: "2026-11-24T19:58:02.118"
    last_time:
      description: Time of the last record.
      type: str
      sample: "2026-11-24T19:59:21.324"
    complete:
      description: Whether all of it was read.
      type: bool
      sample: true
    reason:
      description: Why not; empty when it was. Of a copy of another file, which is not read again, that it is one.
      type: str
      sample: ""
connections:
  description: The connections, by the time at which they were first seen.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: Address of the node.
      type: str
      sample: 192.0.2.203
    connid:
      description: Number of the connection on this node. Numbers come back after a restart.
      type: int
      sample: 12
    address:
      description: Address of the peer, as it is written when somebody has masked it.
      type: str
      sample: 192.0.2.200
    port:
      description: Port of the peer.
      type: int
      sample: 5061
    transport:
      description: Transport, in the words of the trace; null when the connection was opened before the trace begins.
      type: str
      sample: TLS Over TCP
    time:
      description: When it was first seen.
      type: str
      sample: "2026-11-24T19:59:21.224"
    opened:
      description: Whether the trace shows how it was opened.
      type: bool
      sample: true
    tls_security:
      description: The number with which it was ordered, V(3) for TLS; null when the trace does not show it.
      type: int
      sample: 3
    certificate: &certificate
      description: The certificate that the peer showed (C(SIPCertificateInd)); null when the trace does not show it.
      type: dict
      contains:
        subject:
          description: The subject, as OpenSSL writes it on one line.
          type: str
          sample: /C=IN/ST=cisco/L=cisco/O=cisco/OU=cisco/CN=CUCM10
        common_name:
          description: The common name in it; empty without one.
          type: str
          sample: CUCM10
        subject_alt_names:
          description: The subject alternative names, without their types.
          type: list
          elements: str
          sample: [cucm-b.example.com]
        cipher:
          description: The cipher, by OpenSSL's name.
          type: str
          sample: AES128-SHA
    calls:
      description: The Call-IDs of the calls over it, the latest 1000.
      type: list
      elements: str
      sample: ["94fffc00-57415541-7-cb5f6a0a@192.0.2.203"]
    failures:
      description: Which of RV(failures) belong to it, by their indices.
      type: list
      elements: int
      sample: []
calls:
  description:
    - The calls, by their time. A number that was dialled and led to no INVITE is among them, without RV(calls[].call_id). That is so
      when no pattern matched, when no connection came about, or when it was a number of the cluster itself.
  returned: success
  type: list
  elements: dict
  contains:
    time:
      description: Time of the INVITE, or else of the digit analysis.
      type: str
      sample: "2026-11-24T19:59:21.224"
    host:
      description: Address of the node.
      type: str
      sample: 192.0.2.203
    direction:
      description: V(outgoing) when the node sent the INVITE, V(incoming) when it got it.
      type: str
      sample: outgoing
    calling:
      description: The calling number.
      type: str
      sample: "1018"
    called:
      description: The called number, as it is in the INVITE.
      type: str
      sample: "9898"
    digit_analysis:
      description: What digit analysis made of the number; null when the trace does not show it.
      type: dict
      contains:
        matched:
          description:
            - Whether a pattern matched. V(false) only when the trace says that none does (C(NoPotentialMatchesExist)), null when the trace
              does not show what was found.
          type: bool
          sample: true
        pattern:
          description: The pattern that matched; empty when none did.
          type: str
          sample: "9898"
        partition:
          description: Its partition; empty for C(< None >).
          type: str
          sample: ""
    call_id:
      description: The Call-ID; null when there was no INVITE.
      type: str
      sample: 94fffc00-57415541-7-cb5f6a0a@192.0.2.203
    connid:
      description: Number of the connection; null when there was no INVITE.
      type: int
      sample: 12
    address:
      description: Address of the peer.
      type: str
      sample: 192.0.2.200
    port:
      description: Port of the peer.
      type: int
      sample: 5061
    transport:
      description: Transport of the connection.
      type: str
      sample: TLS Over TCP
    tls_security:
      description: The number with which the connection was ordered.
      type: int
      sample: 3
    via_transport:
      description: Transport in the first C(Via) of the INVITE.
      type: str
      sample: TLS
    certificate: *certificate
    responses:
      description: The answers, the latest 20.
      type: list
      elements: dict
      contains:
        time:
          description: When.
          type: str
          sample: "2026-11-24T19:59:21.501"
        status:
          description: Status code.
          type: int
          sample: 180
        reason:
          description: Reason phrase.
          type: str
          sample: Ringing
    final:
      description: The final status; null while there was none.
      type: int
      sample: 200
    answered:
      description: Whether RV(calls[].final) is of success.
      type: bool
      sample: true
failures:
  description: The failures, by their time. Several lines about one failure are one record.
  returned: success
  type: list
  elements: dict
  contains:
    time:
      description: When.
      type: str
      sample: "2026-11-24T19:59:21.301"
    host:
      description: Address of the node.
      type: str
      sample: 192.0.2.203
    kind:
      description:
        - A stable code; V(name_mismatch), V(verification_error), V(certificate_not_in_store), V(tls_error), V(connection_failure),
          V(connection_refused), V(trunk_out_of_service) or V(trunk_partly_in_service).
      type: str
      sample: name_mismatch
    connid:
      description: Number of the connection; null when it is not known.
      type: int
      sample: 12
    address:
      description: Address of the peer; null when the line has none.
      type: str
      sample: 192.0.2.200
    port:
      description: Port of the peer.
      type: int
      sample: 5061
    trunk:
      description: Name of the trunk, in alarms.
      type: str
      sample: null
    text:
      description: What happened, in words.
      type: str
      sample: the peer's certificate names CUCM10, and the trunk's profile expects CUCM-10
    received:
      description: The name in the peer's certificate; in alarms of trunks, the peers that do not answer.
      type: str
      sample: CUCM10
    expected:
      description: The names that the security profile expects.
      type: str
      sample: CUCM-10
    number:
      description:
        - OpenSSL's number of the verification error or of the TLS reason, the reason code of a V(connection_failure) or V(name_mismatch), or
          that of an alarm (C(Local=2) is V(2)).
      type: int
      sample: 2
    remedy:
      description: What to do about it.
      type: str
      sample: >-
        Compare with the peer's certificate, letter by letter, and correct System > Security > SIP Trunk Security Profile, field X.509 Subject
        Name, or have the peer's certificate signed with the name that is expected; then reset the trunk
    raw:
      description: The line, at most 500 characters of it.
      type: str
      sample: >-
        validTLSConnection:TLS InvalidX509NameInCertificate Error , did not find matching SAN either, Rcvd=CUCM10, Expected=CUCM-10
recoveries:
  description: Trunks that came back into service (C(SIPTrunkISV)), of the kind V(trunk_in_service).
  returned: success
  type: list
  elements: dict
  sample: [{time: "2026-11-24T20:01:00.000", host: 192.0.2.203, kind: trunk_in_service, trunk: CUCM10}]
options:
  description: The OPTIONS that the node sent and got, with the status of the answer; V(null) without one.
  returned: success
  type: list
  elements: dict
  sample:
    - {time: "2026-11-24T20:01:00.000", host: 192.0.2.203, connid: 12, address: 192.0.2.200, port: 5061, direction: outgoing, status: 200}
window:
  description: The window in UTC, and its begin in the node's local time (null when that could not be told, and then it only decided on the
    files). Null for local files without a window.
  returned: success
  type: dict
  sample: {since: "2026-11-24T14:15:00Z", until: null, local_since: "2026-11-24T19:45:00.000"}
truncated:
  description: Whether the traces, or this result, do not show everything.
  returned: success
  type: bool
  sample: false
truncated_because:
  description: Why, in words.
  returned: success
  type: list
  elements: str
  sample: ["SDL001_100_000127.txt.gz: the compressed data are damaged"]
summary:
  description: Numbers of what the result has.
  returned: success
  type: dict
  sample: {files: 1, bytes: 2097152, connections: 1, calls: 1, answered: 1, failures: 0}
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(invalid_option), V(trace_unreadable), V(serviceability_fault), V(rate_exceeded),
      V(authentication_failed), V(permission_denied), V(host_unreachable) or V(untrusted_server).
  returned: failure
  type: str
  sample: invalid_option
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_trace_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
