#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_sip_profile
short_description: Manage SIP profiles of Unified CM
version_added: 0.2.0
description:
  - Adds, changes and removes the SIP profiles that SIP trunks refer to, as the page
    I(Device > Device Settings > SIP Profile) does.
  - The profile decides, among other things, whether the nodes watch the destinations of a trunk (OPTIONS ping). Without
    that the state of a trunk is C(Unknown), whether calls work or not.
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
      - At most 50 characters.
    type: str
    required: true
  state:
    description:
      - V(present) adds the profile, or changes what differs from the options given.
      - V(absent) removes it. A profile that a trunk or a phone still uses cannot be removed; give that another profile
        first.
    type: str
    choices: [present, absent]
    default: present
  copy_from:
    description:
      - Name of an existing profile to start from, as the button I(Copy) of the page does. It counts only when the
        profile O(name) does not exist yet; all that the options do not say is taken from there.
      - What this module has no option for is not copied and gets the default of the AXL schema. That is the section
        I(Parameters used in Phone), and I(Use Fully Qualified Domain Name in SIP Requests).
      - On a profile that exists already it has no effect.
    type: str
  description:
    description:
      - Free text about the profile. The empty string clears it.
      - At most 100 characters.
    type: str
  options_ping:
    description:
      - Whether the nodes send OPTIONS to the destinations of trunks with this profile and so learn which of them
        answer. Only then has a trunk a state that says anything, and calls avoid a destination that is down.
      - On the page it is the check box I(Enable OPTIONS Ping to monitor destination status) of the section I(SIP
        OPTIONS Ping).
      - A new profile gets V(false) unless given.
    type: bool
  options_ping_interval:
    description:
      - Seconds between two OPTIONS to a destination that answers.
      - A new profile gets V(60) unless given.
    type: int
  options_ping_interval_down:
    description:
      - Seconds between two OPTIONS to a destination that does not answer.
      - A new profile gets V(120) unless given.
    type: int
  options_ping_retry_timer:
    description:
      - Milliseconds without an answer after which an OPTIONS is sent again.
      - A new profile gets V(500) unless given.
    type: int
  options_ping_retry_count:
    description:
      - How often an OPTIONS is sent again before the destination counts as down.
      - A new profile gets V(6) unless given.
    type: int
  default_mtp_telephony_event_payload_type:
    description:
      - RTP payload type for telephone events (RFC 2833) that a media termination point offers.
      - A new profile gets V(101) unless given.
    type: int
  early_offer_for_g_clear_calls:
    description:
      - Whether calls of the codec G.Clear are sent with an early offer, and under which name the codec goes.
      - A new profile gets V(Disabled) unless given.
    type: str
    choices: [Disabled, CLEARMODE, CCD, G.nX64, X-CCD]
  user_agent_and_server_header:
    description:
      - What stands in the headers C(User-Agent) and C(Server).
      - A new profile gets V(Send Unified CM Version Information as User-Agent Header) unless given.
    type: str
    choices:
      - Send Unified CM Version Information as User-Agent Header
      - Pass Through Received Information as Contact Header Parameters
      - Pass Through Received Information as User-Agent and Server Header
  version_in_user_agent_and_server_header:
    description:
      - How much of the version of the cluster stands in these headers.
      - A new profile gets V(Major And Minor) unless given. Since release 10.0.
    type: str
    choices:
      - Major And Minor
      - Major
      - 'Major, Minor And Revision'
      - Full Build
      - None
  dial_string_interpretation:
    description:
      - Which dialed strings are numbers and which are URI addresses.
      - 'A new profile gets V(Phone number consists of characters 0-9, *, #, and + (others treated as URI addresses\))
        unless given.'
    type: str
    choices:
      - Always treat all dial strings as URI addresses
      - 'Phone number consists of characters 0-9, A-D, *, #, and + (others treated as URI addresses)'
      - 'Phone number consists of characters 0-9, *, #, and + (others treated as URI addresses)'
  confidential_access_level_headers:
    description:
      - Whether calls need the headers of the confidential access level.
      - A new profile gets V(Disabled) unless given. Since release 10.0.
    type: str
    choices: [Disabled, Preferred, Required]
  redirect_by_application:
    description:
      - Whether a redirection (3xx) of the peer goes through the cluster's call routing, with its restrictions, instead
        of being followed by the SIP stack as it is.
      - A new profile gets V(false) unless given.
    type: bool
  disable_early_media_on_180:
    description:
      - Whether the cluster plays ringback itself after C(180 Ringing), and does not connect the peer's early media.
      - A new profile gets V(false) unless given.
    type: bool
  outgoing_t38_invite_include_audio_mline:
    description:
      - Whether an INVITE for T.38 fax keeps the audio line of the SDP.
      - A new profile gets V(false) unless given.
    type: bool
  offer_valid_ip_for_t38_fax_relay:
    description:
      - Whether T.38 fax relay is offered with a valid address and the mode send and receive only.
      - A new profile gets V(false) unless given. Since release 11.5.
    type: bool
  enable_external_qos:
    description:
      - Whether an external service takes part in the quality of service.
      - A new profile gets V(false) unless given. Since release 11.5.
    type: bool
  assured_services_sip_conformance:
    description:
      - Whether the rules of Assured Services SIP are kept to.
      - A new profile gets V(false) unless given.
    type: bool
  sdp_bandwidth_modifier:
    description:
      - Which bandwidth lines the SDP of early offers and of changes within a call has.
      - A new profile gets V(TIAS and AS) unless given.
    type: str
    choices: [TIAS and AS, TIAS only, AS only, CT only]
  sdp_transparency_profile:
    description:
      - Name of the profile that says which unknown attributes of an SDP are handed on. The empty string is none.
      - Since release 10.0.
    type: str
  accept_audio_codec_preferences:
    description:
      - Whether the codec order of a received offer counts, or that of the cluster, or what the service parameter says.
      - A new profile gets V(Default) unless given.
    type: str
    choices: ["Off", "On", Default]
  require_sdp_inactive_exchange:
    description:
      - Whether media is first set to inactive when it changes within a call.
      - A new profile gets V(false) unless given.
    type: bool
  allow_rr_rs_bandwidth_modifier:
    description:
      - Whether the bandwidth lines RR and RS (RFC 3556) are allowed in an SDP.
      - A new profile gets V(false) unless given. Since release 12.0.
    type: bool
  normalization_script:
    description:
      - Name of the script that changes SIP messages on the way. The empty string is none.
    type: str
  normalization_script_enable_trace:
    description:
      - Whether the script writes into the trace. The schema says that it needs O(normalization_script).
      - A new profile gets V(false) unless given.
    type: bool
  normalization_script_parameters:
    description:
      - Parameters of the script. The schema says that it needs O(normalization_script).
      - The empty string clears it.
    type: str
  enable_external_presentation:
    description:
      - Whether the name and number of presentation below are used. Up to release 12.0 the page calls the field I(Allow
        Passthrough of Configured Line Device Caller Information); the schema names the change.
    type: bool
  caller_id_dn:
    description:
      - Number that the cluster sends as the caller's.
      - At most 50 characters. The empty string clears it. Up to release 12.0.
    type: str
  caller_name:
    description:
      - Name that the cluster sends as the caller's.
      - At most 50 characters. The empty string clears it. Up to release 12.0.
    type: str
  external_presentation_anonymous:
    description:
      - Whether the caller is anonymous to the peer. Excludes O(external_presentation_number) and
        O(external_presentation_name).
      - Since release 12.5.
    type: bool
  external_presentation_number:
    description:
      - Number that the cluster shows to the peer as the caller's.
      - The empty string clears it. Since release 12.5.
    type: str
  external_presentation_name:
    description:
      - Name that the cluster shows to the peer as the caller's.
      - At most 50 characters. The empty string clears it. Since release 12.5.
    type: str
  reroute_incoming_request:
    description:
      - By which header of an incoming request it is handed on to another trunk than the one it came in on.
      - A new profile gets V(Never) unless given.
    type: str
    choices: [Never, Contact Header, Call-Info Header with purpose=x-cisco-origIP]
  resource_priority_namespace_list:
    description:
      - Name of the list of resource priority namespaces that are accepted (MLPP). The empty string is none.
    type: str
  sip_rel1xx_options:
    description:
      - For which provisional answers a PRACK is sent.
      - A new profile gets V(Disabled) unless given.
    type: str
    choices: [Disabled, Send PRACK if 1xx Contains SDP, Send PRACK for all 1xx Messages]
  video_call_traffic_class:
    description:
      - Which kind of video endpoints the peer has, for the bandwidth that a call takes.
      - A new profile gets V(Mixed) unless given.
    type: str
    choices: [Immersive, Desktop, Mixed]
  calling_line_identification_presentation:
    description:
      - Which headers decide whether the caller's number is shown.
      - A new profile gets V(Default) unless given.
    type: str
    choices:
      - Default
      - Strict From URI presentation Only
      - Strict Identity Headers presentation Only
  session_refresh_method:
    description:
      - Request by which the session timer is refreshed.
      - A new profile gets V(Invite) unless given. Since release 10.0.
    type: str
    choices: [Invite, Update]
  early_offer:
    description:
      - Whether voice and video calls are sent with an early offer, that is, with the SDP in the INVITE.
      - A new profile gets V(Disabled (Default value\)) unless given. Since release 10.5.
    type: str
    choices:
      - Disabled (Default value)
      - Best Effort (no MTP inserted)
      - Mandatory (insert MTP if needed)
  early_offer_for_voice_calls:
    description:
      - Whether voice and video calls are sent with an early offer, with a media termination point where one is needed.
      - A new profile gets V(false) unless given. Up to release 10.0.
    type: bool
  enable_anat:
    description:
      - Whether IPv4 and IPv6 addresses are both offered (ANAT, RFC 4091) on a trunk that sends early offers.
      - A new profile gets V(false) unless given.
    type: bool
  deliver_conference_bridge_identifier:
    description:
      - Whether the identifier of the conference bridge is handed on to the peer.
    type: bool
  reject_anonymous_incoming_calls:
    description:
      - Whether anonymous calls of the peer are rejected.
    type: bool
  reject_anonymous_outgoing_calls:
    description:
      - Whether anonymous calls to the peer are rejected.
    type: bool
  send_ils_learned_destination_route_string:
    description:
      - Whether the route string that ILS has learned for the destination goes along.
      - Since release 10.0.
    type: bool
  connect_call_before_playing_announcement:
    description:
      - Whether an incoming call is answered before an announcement of a queue is played to it.
      - Since release 11.5.
    type: bool
  rsvp_over_sip:
    description:
      - Whether RSVP reserves on the own side of the trunk only, or from end to end.
      - A new profile gets V(Local RSVP) unless given.
    type: str
    choices: [Local RSVP, E2E]
  fall_back_to_local_rsvp:
    description:
      - Whether a call goes on with V(Local RSVP) when the peer cannot do it from end to end.
      - A new profile gets V(true) unless given.
    type: bool
  send_receive_sdp_in_mid_call_invite:
    description:
      - Whether an INVITE within a call offers send and receive where it would offer no direction to begin with. The
        schema says that it can be changed only while early offers are on.
      - A new profile gets V(false) unless given.
    type: bool
  allow_presentation_sharing_using_bfcp:
    description:
      - Whether a presentation can be shared beside the video (BFCP).
    type: bool
  allow_ix_application_media:
    description:
      - Whether the iX application channel is negotiated.
    type: bool
  allow_multiple_codecs_in_answer:
    description:
      - Whether an SDP answer may have more than one codec.
      - A new profile gets V(false) unless given. Since release 10.0.
    type: bool
  reset:
    description:
      - 'Whether trunks that use the profile are reset, which is what makes them take up a change. A reset
        interrupts the trunks: calls on them can be lost.'
      - V(auto) resets when something was changed that needs it, which is everything but O(description). A profile
        that has just been added is not reset, since no trunk uses it yet.
      - V(never) leaves the reset to you. Until then the change is stored and not in effect.
      - V(always) resets the trunks of an existing profile on every run, and RV(changed) is then V(true).
      - AXL has no operation that resets a SIP profile. The module resets each trunk that uses it, and
        RV(reset_trunks) names them, in check mode and in the diff as well.
      - Phones that use the profile are not reset.
    type: str
    choices: [auto, never, always]
    default: auto
notes:
  - Rather than change a profile that others use, create one for the trunks, with O(copy_from). Whether a
    release lets its standard profiles be changed is not known; if it refuses, the error has the server's words.
  - What is said of new profiles is the default of the AXL schema of the release; it can differ from what the
    administration page shows on a new one. Which numbers the page takes the schema does not say, so they are left to
    the server.
  - A check box that the cluster's release does not have is ignored when it is given as it would be without it
    (V(false), for instance), so that one playbook serves all releases. Any other use of an option that the release
    does not have is an error that names both.
seealso:
  - module: ucops.cucm.cucm_sip_trunk
  - module: ucops.cucm.cucm_sip_trunk_info
    description: Reads the state of trunks, which OPTIONS ping makes worth reading.
"""

EXAMPLES = r"""
- name: Make a SIP profile with OPTIONS ping from the standard one
  ucops.cucm.cucm_sip_profile:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    name: Standard SIP Profile with OPTIONS Ping
    copy_from: Standard SIP Profile
    options_ping: true

# The tasks below take their connection from the environment (CUCM_HOST, CUCM_USERNAME, CUCM_PASSWORD)
# or from module_defaults.
- name: Let the trunk use it
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    sip_profile: Standard SIP Profile with OPTIONS Ping

- name: Notice sooner that a peer is back
  ucops.cucm.cucm_sip_profile:
    name: Standard SIP Profile with OPTIONS Ping
    options_ping_interval_down: 30

- name: Show which trunks a change would reset, and change nothing
  ucops.cucm.cucm_sip_profile:
    name: Standard SIP Profile with OPTIONS Ping
    early_offer: Best Effort (no MTP inserted)
  check_mode: true
  diff: true

- name: Change it by day and leave the reset to the maintenance window
  ucops.cucm.cucm_sip_profile:
    name: Standard SIP Profile with OPTIONS Ping
    options_ping_interval: 120
    reset: never

- name: Remove the profile
  ucops.cucm.cucm_sip_profile:
    name: Standard SIP Profile with OPTIONS Ping
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
      sample: {"options_ping": false}
    after:
      description:
        - Values after the change, and when a reset is due, which can drop calls, C(reset) as V(true) and
          C(reset_trunks).
      returned: always
      type: dict
      sample: {"options_ping": true}
sip_profile:
  description:
    - The profile as it is now, or as it would be in check mode, with every field that the release has under the name
      of its option, and its C(uuid).
    - Empty if the profile does not exist.
  returned: success
  type: dict
  sample:
    uuid: "{4B6C1B3F-8D2E-4C57-9D0B-2A6E7F1C9A11}"
    name: Standard SIP Profile with OPTIONS Ping
    options_ping: true
    options_ping_interval: 60
    options_ping_interval_down: 120
reset:
  description: Whether the trunks of the profile were reset, or would be in check mode.
  returned: success
  type: bool
  sample: true
reset_trunks:
  description:
    - The SIP trunks whose calls the reset interrupts, or would in check mode. They are the trunks that used the profile
      before the reset; empty without one.
    - When the reset failed (RV(reason) is V(reset_failed)), the trunks that were reset all the same.
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
  sample: "Item not valid: The specified SIP Profile was not found"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_profile import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
