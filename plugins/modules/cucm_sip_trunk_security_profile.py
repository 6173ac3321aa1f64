#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_sip_trunk_security_profile
short_description: Manage SIP trunk security profiles of Unified CM
version_added: 0.1.0
description:
  - Adds, changes and removes the security profiles that SIP trunks refer to, as the page
    I(System > Security > SIP Trunk Security Profile) does.
  - The profile decides whether a trunk uses TLS, on which port the cluster listens for the peer, and which
    certificate subjects the peer may present.
  - Only the options that are given are compared and, if they differ, sent. What is not given stays as it is on the
    cluster.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
options:
  name:
    description:
      - Name of the profile. It says which profile is meant, so a profile cannot be renamed.
      - At most 64 characters, 75 since release 11.5.
    type: str
    required: true
  state:
    description:
      - V(present) adds the profile, or changes what differs from the options given.
      - V(absent) removes it. A profile that a trunk still uses cannot be removed; remove the trunk first, or give
        it another profile.
    type: str
    choices: [present, absent]
    default: present
  copy_from:
    description:
      - Name of an existing profile to start from, as the button I(Copy) of the page does. It counts only when the
        profile O(name) does not exist yet; all that the options do not say is taken from there,
        O(x509_subject_names) included.
      - On a profile that exists already it has no effect.
    type: str
  description:
    description:
      - Free text about the profile. The empty string clears it.
      - At most 100 characters.
    type: str
  device_security_mode:
    description:
      - V(Non Secure) is SIP over TCP or UDP without TLS.
      - V(Authenticated) is TLS that proves who the peer is but does not encrypt the signaling.
      - V(Encrypted) is TLS with encryption. SRTP keys travel in the signaling, so this is what a trunk with SRTP
        needs.
    type: str
    choices: [Non Secure, Authenticated, Encrypted]
  incoming_transport_type:
    description:
      - Transport on which the cluster accepts the peer's calls. Must be V(TLS) when O(device_security_mode) is
        V(Authenticated) or V(Encrypted).
      - A new profile gets V(TCP+UDP) unless given.
    type: str
    choices: [TCP, UDP, TLS, TCP+UDP]
  outgoing_transport_type:
    description:
      - Transport by which the cluster calls the peer. Must be V(TLS) when O(device_security_mode) is
        V(Authenticated) or V(Encrypted).
    type: str
    choices: [TCP, UDP, TLS, TCP+UDP]
  enable_digest_authentication:
    description:
      - Whether the cluster challenges each SIP request of the peer for a user name and a password (digest).
      - A new profile gets V(false) unless given.
    type: bool
  nonce_validity_time:
    description:
      - Minutes after which the nonce of a digest challenge is renewed. It can be changed only while
        O(enable_digest_authentication) is V(true).
      - A new profile gets V(600) unless given.
    type: int
  x509_subject_names:
    description:
      - 'Names that the peer''s certificates may carry, in the common name or in a subject alternative name. Give
        one for each certificate that the peer''s nodes present: the same name everywhere with a multi-server
        certificate, otherwise the name of every call-processing node of the peer.'
      - Newer releases label the field I(Secure Certificate Subject or Subject Alternate Name).
      - 'Exact names only: no wildcards. A name cannot contain a space, comma, semicolon or colon, since those
        separate the names on the server. The order means nothing.'
      - 'The list given is the whole list: names that are not in it are removed, and V([]) empties the field.'
      - Two trunks cannot expect the same name on the same O(incoming_port), or the cluster could not tell whose
        call comes in. The module refuses names that another profile has with the same port already.
      - At most 4096 characters together.
    type: list
    elements: str
  incoming_port:
    description:
      - TCP or UDP port on which the cluster listens for the peers of this profile, V(1) to V(65535). The usual
        port of SIP over TLS is V(5061).
      - A new profile gets V(5060) unless given.
    type: int
  enable_application_level_authorization:
    description:
      - Whether requests are allowed or refused by the check boxes of the application user that sends them, after
        those of this profile. Needs O(enable_digest_authentication).
      - A new profile gets V(false) unless given.
    type: bool
  accept_presence_subscription:
    description:
      - Whether presence subscription requests of the peer are accepted.
      - A new profile gets V(false) unless given.
    type: bool
  accept_out_of_dialog_refer:
    description:
      - Whether REFER requests outside of a dialog are accepted from the peer.
      - A new profile gets V(false) unless given.
    type: bool
  accept_unsolicited_notification:
    description:
      - Whether NOTIFY requests without a subscription are accepted from the peer.
      - A new profile gets V(false) unless given.
    type: bool
  accept_replaces_header:
    description:
      - Whether new dialogs of the peer may replace existing ones (header C(Replaces)), as transfers do.
      - A new profile gets V(false) unless given.
    type: bool
  transmit_security_status:
    description:
      - Whether the cluster tells the peer how secure a call is, so that phones there can show the lock icon.
      - A new profile gets V(false) unless given.
    type: bool
  allow_charging_header:
    description:
      - Whether the charging header C(P-Charging-Vector) of SIP requests is allowed on the trunk.
      - A new profile gets V(false) unless given. Since release 10.0.
    type: bool
  sip_v150_outbound_sdp_offer_filtering:
    description:
      - 'What is left out of outgoing SDP offers for modems (V.150): nothing, the lines of MER V.150, those of
        pre-MER V.150, or what the service parameter of the cluster says (V(Use Default Filter)).'
      - A new profile gets V(Use Default Filter) unless given.
    type: str
    choices: [No Filtering, Remove MER V.150, Remove Pre-MER V.150, Use Default Filter]
  reset:
    description:
      - 'Whether trunks that use the profile are reset, which is what makes them take up a change. A reset
        interrupts the trunks: calls on them can be lost.'
      - V(auto) resets when something was changed that needs it, which is everything but O(description). A profile
        that has just been added is not reset, since no trunk uses it yet.
      - V(never) leaves the reset to you. Until then the change is stored and not in effect.
      - V(always) resets an existing profile on every run, and RV(changed) is then V(true).
      - A profile that no trunk uses is not reset, V(always) or not. RV(reset_trunks) names the trunks that a reset
        interrupts, in check mode and in the diff as well.
      - AXL of release 9.1 cannot reset a profile. There the module resets each of those trunks.
    type: str
    choices: [auto, never, always]
    default: auto
notes:
  - What is said of new profiles is the default of the AXL schema of the release; it can differ from what the
    administration page shows on a new one.
  - A check box that the cluster's release does not have is ignored when it is given as it would be without it
    (V(false), for instance), so that one playbook serves all releases. Any other use of an option that the release
    does not have is an error that names both.
  - In check mode it is not an error when an option names a SIP trunk, SIP profile, SIP trunk security profile, route
    group or route list that the cluster does not have, since an earlier task may be the one that makes it. Other objects
    that are missing are found in check mode as well.
seealso:
  - module: ucops.cucm.cucm_sip_trunk
  - module: ucops.cucm.cucm_csr
  - module: ucops.cucm.cucm_cert_info
    description: Reads the names in the certificates that a cluster presents.
"""

EXAMPLES = r"""
- name: Make the TLS profile on CUCMA from the non-secure one, for a peer whose certificate has the common name CUCM10
  ucops.cucm.cucm_sip_trunk_security_profile:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    name: Secure SIP Trunk Profile TLS
    copy_from: Non Secure SIP Trunk Profile
    device_security_mode: Encrypted
    incoming_transport_type: TLS
    outgoing_transport_type: TLS
    x509_subject_names:
      - CUCM10
    incoming_port: 5061
    transmit_security_status: true

# The tasks below take their connection from the environment (CUCM_HOST, CUCM_USERNAME, CUCM_PASSWORD)
# or from module_defaults, as this block does.
- name: Make both sides of the guide with the connection given once a cluster
  module_defaults:
    group/ucops.cucm.cucm:
      host: cucm10-pub.example.com
      username: axl-user
      password: "{{ vault_axl_password }}"
      ca_path: /etc/pki/tls/example-ca.pem
  block:
    - name: Make the TLS profile on CUCM10, for a peer whose certificate has the common name CUCMA
      ucops.cucm.cucm_sip_trunk_security_profile:
        name: Secure SIP Trunk Profile TLS
        copy_from: Non Secure SIP Trunk Profile
        device_security_mode: Encrypted
        incoming_transport_type: TLS
        outgoing_transport_type: TLS
        x509_subject_names: [CUCMA]
        incoming_port: 5061
        transmit_security_status: true

- name: Show what would change, and change nothing
  ucops.cucm.cucm_sip_trunk_security_profile:
    name: Secure SIP Trunk Profile TLS
    device_security_mode: Encrypted
    incoming_port: 5061
  check_mode: true
  diff: true

- name: Accept each call-processing node of a peer whose nodes have certificates of their own
  ucops.cucm.cucm_sip_trunk_security_profile:
    name: Secure SIP Trunk Profile TLS CUCM10
    x509_subject_names:
      - cucm10-pub.example.com
      - cucm10-sub1.example.com
      - cucm10-sub2.example.com

- name: Accept the multi-server certificate that all nodes of a peer share
  ucops.cucm.cucm_sip_trunk_security_profile:
    name: Secure SIP Trunk Profile TLS CUCM10
    x509_subject_names:
      - cucm10-ms.example.com

- name: Change the port by day and leave the reset to the maintenance window
  ucops.cucm.cucm_sip_trunk_security_profile:
    name: Secure SIP Trunk Profile TLS
    incoming_port: 5062
    reset: never

- name: Reset the trunks of the profile in the maintenance window
  ucops.cucm.cucm_sip_trunk_security_profile:
    name: Secure SIP Trunk Profile TLS
    reset: always

- name: Remove the profile
  ucops.cucm.cucm_sip_trunk_security_profile:
    name: Secure SIP Trunk Profile TLS
    state: absent
"""

RETURN = r"""
changed:
  description: Whether something was changed, or would be in check mode.
  returned: always
  type: bool
  sample: true
diff:
  description:
    - The options given, as they were and as they are now. All options, on one side, when something was added or
      removed.
  returned: success
  type: dict
  contains:
    before:
      description: Values before the change.
      returned: always
      type: dict
      sample: {"x509_subject_names": ["CUCM9"]}
    after:
      description:
        - Values after the change, and when a reset is due, which can drop calls, C(reset) as V(true) and
          C(reset_trunks).
      returned: always
      type: dict
      sample: {"x509_subject_names": ["CUCM10"]}
sip_trunk_security_profile:
  description:
    - The profile as it is now, or as it would be in check mode, with every field that the release has under the name
      of its option, and its C(uuid).
    - Empty if the profile does not exist.
  returned: success
  type: dict
  sample:
    uuid: "{4B6C1B3F-8D2E-4C57-9D0B-2A6E7F1C9A10}"
    name: Secure SIP Trunk Profile TLS
    description: Non Secure SIP Trunk Profile authenticated by null String
    device_security_mode: Encrypted
    incoming_transport_type: TLS
    outgoing_transport_type: TLS
    enable_digest_authentication: false
    nonce_validity_time: 600
    x509_subject_names: [CUCM10]
    incoming_port: 5061
    enable_application_level_authorization: false
    accept_presence_subscription: false
    accept_out_of_dialog_refer: false
    accept_unsolicited_notification: false
    accept_replaces_header: false
    transmit_security_status: true
    allow_charging_header: false
    sip_v150_outbound_sdp_offer_filtering: Use Default Filter
reset:
  description: Whether the trunks of the profile were reset, or would be in check mode.
  returned: success
  type: bool
  sample: true
reset_trunks:
  description:
    - The SIP trunks whose calls the reset interrupts, or would in check mode. They are the trunks that used the profile
      before the reset; empty without one.
    - When the reset failed (RV(reason) is V(reset_failed)), the trunks that were reset all the same, on release 9.1.
  returned: success, or when a reset failed
  type: list
  elements: str
  sample: [CUCM10]
axl_version:
  description: The AXL version that was spoken with the cluster.
  returned: success
  type: str
  sample: "14.0"
reason:
  description:
    - What kind of failure it was, for playbooks to test. The message says it in full.
    - For instance V(invalid_option), V(unsupported_by_release), V(missing_reference), V(reset_failed) (changed, but
      not reset), V(authentication_failed), V(permission_denied), V(host_unreachable), V(untrusted_server) or
      V(axl_fault).
  returned: failure
  type: str
  sample: unsupported_by_release
axl_code:
  description: The code with which AXL refused the request; V(null) when it gave none.
  returned: failure, when AXL refused the request
  type: int
  sample: 5007
axl_message:
  description: The words with which AXL refused the request.
  returned: failure, when AXL refused the request
  type: str
  sample: "Item not valid: The specified HQ was not found"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk_security_profile import (
    DEFINITION,
)


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
