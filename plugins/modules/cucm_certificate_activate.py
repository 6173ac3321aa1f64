#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_certificate_activate
short_description: Restart as little as it takes for the SIP port of a Unified CM node to show its certificate
version_added: 0.2.0
description:
  - Asks the SIP port of a node which certificates it shows. Where it shows those of O(identities), nothing is restarted.
  - Otherwise the services of O(services) are restarted one after the other, the one that costs least first, and the port is
    asked again after each. It ends as soon as the port shows what it should.
  - In check mode it says which services it would begin with, so that it also serves to find what still runs with an old
    certificate, long after the upload.
  - A restart of Cisco CallManager ends the calls in progress on the node.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
attributes:
  diff_mode:
    details:
      - The diff has the fingerprints that the port showed before and after.
  idempotent:
    details:
      - What the port shows already is not restarted.
options:
  identities:
    description:
      - The certificates that are installed and that the port should show, as M(ucops.cucm.cucm_cert_info) returns them in
        RV(ucops.cucm.cucm_cert_info#module:identities). Of each, C(service) (V(CallManager) or V(CallManager-ECDSA)) and
        C(fingerprint_sha256) are read.
      - One whose key type the port does not offer at all, as that of CallManager-ECDSA before release 15SU2, needs nothing.
    type: list
    elements: dict
    required: true
  sip_host:
    description:
      - Name or address of the SIP port. Without it, O(host).
    type: str
  sip_port:
    description:
      - TCP port of SIP over TLS.
    type: int
    default: 5061
  sip_timeout:
    description:
      - Seconds to wait for the SIP port at each step.
    type: int
    default: 10
  since:
    description:
      - When the newest of O(identities) was signed, as V(2026-05-23T17:50:42Z). It counts only where the port cannot be asked. Then
        Cisco CallManager is restarted if it has run since before.
    type: str
  trust_since:
    description:
      - When CA certificates were put into the trust store. Then Cisco CallManager is restarted if it has run since before, unless the
        port takes the certificate of O(client_certificate_path).
    type: str
  client_certificate_path:
    description:
      - File with a certificate (PEM) of a CA in the trust store, and the CAs above it. A port that takes it has read the trust
        store; one that refuses its CA has not.
      - It is shown only with O(trust_since), or where all the CAs in the file are among O(trusted).
    type: path
  client_key_path:
    description:
      - File with the private key of O(client_certificate_path), not encrypted.
    type: path
  trusted:
    description:
      - SHA-256 fingerprints of what is in the trust store of the node, as M(ucops.cucm.cucm_cert_info) reads it.
    type: list
    elements: str
    default: []
  services:
    description:
      - What may be restarted, in this order. A service that the node does not have, or that somebody has stopped, is left out.
    type: list
    elements: str
    choices: [Cisco HAProxy, Cisco CallManager]
    default: [Cisco HAProxy, Cisco CallManager]
  wait_timeout:
    description:
      - Seconds to wait for each restart, and for the port to be back after it.
    type: int
    default: 600
  settle_timeout:
    description:
      - Seconds that a port which is back gets to show the new certificate, before the next service is restarted.
    type: int
    default: 20
requirements:
  - cryptography >= 42.0.0
  - lxml >= 4.9.2
notes:
  - Cisco's documents disagree about which restart is enough. The Security Guide names HAProxy alone for the RSA certificate from
    release 14SU1 on, the Technical Assistance Center CallManager and more. So the port decides.
  - Other services that read the certificate when they start (Cisco Tftp, Cisco CTIManager, Cisco Trust Verification Service) do not show
    it on the SIP port. They are neither asked nor restarted.
  - Needs an application user with the roles V(Standard CCM Admin Users) and V(Standard RealtimeAndTraceCollection).
seealso:
  - module: ucops.cucm.cucm_cert_upload
  - module: ucops.cucm.cucm_service
  - module: ucops.cucm.sip_tls_probe
"""

EXAMPLES = r"""
- name: Find out whether the node still shows an old certificate
  ucops.cucm.cucm_certificate_activate:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
    identities: "{{ installed.identities }}"
  check_mode: true
  register: shown

- name: Restart the least that makes it show the new one
  ucops.cucm.cucm_certificate_activate:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
    identities:
      - service: CallManager
        fingerprint_sha256: "{{ upload.certificate.fingerprint_sha256 }}"
"""

RETURN = r"""
before:
  description: What the port showed at first.
  returned: success
  type: list
  elements: dict
  contains: &look
    service:
      description: The service.
      type: str
      sample: CallManager
    status:
      description: V(shown), V(old) for another certificate, V(not_offered) for none of this key type, or V(not_measured).
      type: str
      sample: old
    fingerprint_sha256:
      description: Fingerprint of the certificate that was shown; V(null) where none was.
      type: str
    text:
      description: Why nothing was seen; empty otherwise.
      type: str
after:
  description: What it showed at last.
  returned: success
  type: list
  elements: dict
  contains: *look
trust:
  description: Whether the port took the certificate of O(client_certificate_path), V(accepted), V(refused) or V(not_measured).
  returned: success
  type: str
  sample: not_measured
restarted:
  description: The services that were restarted, in this order.
  returned: success
  type: list
  elements: str
  sample: [Cisco HAProxy]
restart_needed:
  description: The services that would be restarted one after the other, until it is enough; empty where nothing waits.
  returned: success
  type: list
  elements: str
waited:
  description: Seconds that the restarts took.
  returned: success
  type: float
  sample: 41.5
reason:
  description:
    - What kind of failure it was, for playbooks to test. V(still_old) after restarts that did not help.
  returned: failure
  type: str
looks:
  description: With RV(reason=still_old), what the port showed at last.
  returned: failure
  type: list
  elements: dict
  contains: *look
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_certificate_activate import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
