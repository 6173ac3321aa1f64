#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_sip_trunk
short_description: Manage SIP trunks of Unified CM
version_added: 0.1.0
description:
  - Adds, changes and removes SIP trunks, as the page I(Device > Trunk) does.
  - Only the options that are given are compared and, if they differ, sent. What is not given stays as it is on the
    cluster.
  - A new trunk needs O(device_pool), O(sip_profile) and O(security_profile). What it then does not get from the
    options is what the AXL schema of the release has as default.
  - The empty string sets a reference to another object to V(< None >) and clears a text, where nothing else is said.
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
      - I(Device Name). It says which trunk is meant, so a trunk cannot be renamed. It is unique among all devices
        of the cluster.
      - At most 128 characters.
    type: str
    required: true
  state:
    description:
      - V(present) adds the trunk, or changes what differs from the options given.
      - V(absent) removes it. A trunk that a route pattern or a route group still points at cannot be removed;
        remove those first.
    type: str
    choices: [present, absent]
    default: present
  take_over:
    description:
      - Whether a trunk that has another security profile than O(security_profile) says is this task's to change and
        remove.
      - With V(false), an existing trunk with another security profile is an error, in check mode too, and V(absent)
        with O(security_profile) removes the trunk only if it has that profile. Otherwise the trunk stays, nothing
        is changed, and a warning says which profile it has.
    type: bool
    default: true
  # Device information
  trunk_service_type:
    description:
      - 'What the trunk serves beside plain calls. It can be chosen only when the trunk is added: another value
        for an existing trunk is an error.'
      - A new trunk gets V(None(Default\)) unless given.
    type: str
    choices:
      - None(Default)
      - Call Control Discovery
      - Extension Mobility Cross Cluster
      - Cisco Intercompany Media Engine
      - IP Multimedia Subsystem Service Control (ISC)
  description:
    description:
      - Free text about the trunk. Changing it needs no reset.
      - At most 128 characters.
    type: str
  device_pool:
    description:
      - Device pool of the trunk. Its Unified CM group says which nodes place the trunk's calls and accept the
        peer's. Needed for a new trunk.
    type: str
  common_device_configuration:
    description:
      - Common device configuration of the trunk.
    type: str
  call_classification:
    description:
      - Whether calls over the trunk count as internal (V(OnNet)) or external (V(OffNet)), or as the service
        parameter of the cluster says.
      - A new trunk gets V(Use System Default) unless given.
    type: str
    choices: [OnNet, OffNet, Use System Default]
  media_resource_group_list:
    description:
      - Media resources (music on hold, transcoders and so on) that the trunk may use, before those of the device
        pool.
    type: str
  location:
    description:
      - Location for call admission control.
      - Cannot be emptied. A new trunk gets V(Hub_None) unless given.
    type: str
  aar_group:
    description:
      - Group for automated alternate routing when the bandwidth is used up.
    type: str
  tunneled_protocol:
    description:
      - Protocol that is carried inside of SIP. V(QSIG) is for trunks between Cisco call-control systems that must
        exchange QSIG features.
      - A new trunk gets V(None) unless given.
    type: str
    choices: [None, QSIG]
  qsig_variant:
    description:
      - QSIG variant of the trunk. Means something with O(tunneled_protocol=QSIG) only.
      - A new trunk gets V(No Changes) unless given.
    type: str
    choices: [No Changes, ECMA, ISO]
  asn1_rose_oid_encoding:
    description:
      - How object identifiers of QSIG operations are written. Means something with O(tunneled_protocol=QSIG)
        only.
      - A new trunk gets V(No Changes) unless given.
    type: str
    choices: [No Changes, Use Local Value, Use Global Value ISO, Use Global Value ECMA]
  packet_capture_mode:
    description:
      - Whether the cluster captures the decrypted signaling of the trunk, for troubleshooting of encrypted
        trunks. Leave it at V(None) in everyday service.
      - A new trunk gets V(None) unless given.
    type: str
    choices: [None, Batch Processing Mode]
  packet_capture_duration:
    description:
      - Minutes that a capture lasts. V(0) is no capture.
      - A new trunk gets V(0) unless given.
    type: int
  media_termination_point_required:
    description:
      - Whether every call gets a media termination point, for peers that need an early offer or fixed features.
        It costs media resources, and mostly prevents SRTP.
    type: bool
  retry_video_call_as_audio:
    description:
      - Whether a video call that cannot be placed as video is tried again as an audio call.
      - A new trunk gets V(true) unless given.
    type: bool
  path_replacement_support:
    description:
      - Whether QSIG path replacement may shorten the way of a call. Means something with
        O(tunneled_protocol=QSIG) only.
      - A new trunk gets V(false) unless given.
    type: bool
  transmit_utf8_for_calling_party_name:
    description:
      - Whether the calling party's name is sent in UTF-8, rather than in ASCII.
      - A new trunk gets V(false) unless given.
    type: bool
  transmit_utf8_names_in_qsig_apdu:
    description:
      - Whether names in QSIG operations are sent in UTF-8. Means something with O(tunneled_protocol=QSIG) only.
      - A new trunk gets V(false) unless given.
    type: bool
  unattended_port:
    description:
      - Whether calls can be redirected to an unattended port such as a voice mail port.
      - A new trunk gets V(false) unless given.
    type: bool
  srtp_allowed:
    description:
      - Whether calls over the trunk may be encrypted (SRTP). Its keys travel in the signaling, so the profile in
        O(security_profile) must be encrypted (TLS). Otherwise anyone who can read the signaling can decrypt the
        calls, so the module refuses it. In check mode it warns, since an earlier task may change the profile.
      - A new trunk gets V(false) unless given.
    type: bool
  srtp_fallback_allowed:
    description:
      - Whether a call whose encryption cannot be agreed on goes through unencrypted. According to the schema it
        is valid only while O(srtp_allowed) is V(false).
      - A new trunk gets V(false) unless given.
    type: bool
  consider_traffic_secure:
    description:
      - 'When a call over this trunk counts as secure, and phones may show the lock: with encrypted media and TLS
        signaling, or with encrypted media alone (when something else, such as IPsec, protects the signaling).'
      - A new trunk gets V(When using both sRTP and TLS) unless given.
    type: str
    choices: [When using both sRTP and TLS, When using sRTP Only]
  route_class_signaling_enabled:
    description:
      - Whether route classes are signaled and obeyed on the trunk; V(Default) is what the service parameter of
        the cluster says. Put V(On) and V(Off) in quotation marks, or YAML reads them as booleans.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: ["Off", "On", Default]
  use_trusted_relay_point:
    description:
      - Whether a trusted relay point is inserted into the media path; V(Default) is what the common device
        configuration says. Put V(On) and V(Off) in quotation marks.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: ["Off", "On", Default]
  pstn_access:
    description:
      - Whether calls over this trunk can reach the PSTN.
      - A new trunk gets V(true) unless given.
    type: bool
  run_on_all_nodes:
    description:
      - Whether every node of the cluster that processes calls runs the trunk, rather than only those of the
        device pool's Unified CM group.
      - A new trunk gets V(false) unless given.
    type: bool
  # Intercompany Media Engine
  ime_e164_transformation_profile:
    description:
      - I(E.164 Transformation Profile) for the Intercompany Media Engine.
    type: str
  use_ime_public_ip_port:
    description:
      - Whether the trunk uses the public address and port that the Intercompany Media Engine learned.
      - A new trunk gets V(false) unless given.
    type: bool
  # Multilevel precedence and preemption, confidential access level
  mlpp_domain:
    description:
      - MLPP domain of the trunk. The empty string removes it.
      - At most 128 characters.
    type: str
  mlpp_indication:
    description:
      - Whether the trunk's devices play precedence tones and show precedence. Put V(On) and V(Off) in quotation
        marks.
      - A new trunk gets V(Off) unless given.
    type: str
    choices: ["Off", "On", Default]
  mlpp_preemption:
    description:
      - Whether a call of higher precedence may preempt one of lower precedence on this trunk.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Disabled, Forceful, Default]
  confidential_access_mode:
    description:
      - Whether the confidential access level of a call may change (V(Variable)) or not (V(Fixed)). Needs
        O(confidential_access_level).
      - Since release 10.0.
    type: str
    choices: [Fixed, Variable]
  confidential_access_level:
    description:
      - Confidential access level of the trunk. Needs O(confidential_access_mode).
      - Since release 10.0.
    type: int
  # Call routing information
  remote_party_id:
    description:
      - Whether the header C(Remote-Party-ID) is sent.
      - A new trunk gets V(true) unless given.
    type: bool
  asserted_identity:
    description:
      - Whether the header C(P-Asserted-Identity) or C(P-Preferred-Identity) is sent; see O(asserted_type).
      - A new trunk gets V(true) unless given.
    type: bool
  asserted_type:
    description:
      - 'Which identity header is sent: C(P-Asserted-Identity) (V(PAI)), C(P-Preferred-Identity) (V(PPI)), or the
        one that fits the call (V(Default)).'
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Default, PAI, PPI]
  sip_privacy:
    description:
      - What the header C(Privacy) of outgoing requests asks for; V(Default) follows the presentation settings of
        the call.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Default, None, ID, ID Critical]
  trust_received_identity:
    description:
      - Which identity headers of the peer are believed.
      - A new trunk gets V(Trust All (Default\)) unless given. Since release 12.0.
    type: str
    choices: [Trust All (Default), Trust PAI Only, Trust None]
  # Inbound calls
  significant_digits:
    description:
      - 'How many digits of the called number are kept, counted from its end: V(0) to V(32), or V(99) for all of
        them.'
      - A new trunk gets V(99) unless given.
    type: int
  connected_line_id_presentation:
    description:
      - Whether the peer is shown the number of the party that answered.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  connected_name_presentation:
    description:
      - Whether the peer is shown the name of the party that answered.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  calling_search_space:
    description:
      - 'Calling search space of calls that come in from the peer: what they can reach. With V(< None >) they
        reach only what is in no partition.'
    type: str
  aar_calling_search_space:
    description:
      - Calling search space for automated alternate routing.
    type: str
  prefix_dn:
    description:
      - Digits put before the called number of incoming calls, after O(significant_digits) has been applied.
      - At most 50 characters.
    type: str
  redirecting_diversion_header_delivery_inbound:
    description:
      - Whether the C(Diversion) header of the peer's requests is accepted, so that voice mail knows for whom a
        forwarded call is.
    type: bool
  # Incoming calling party settings, unknown number
  incoming_calling_party_unknown_prefix:
    description:
      - 'Digits put before the calling number of incoming calls. The empty string is the page''s V(Default): the
        prefix of the device pool.'
      - At most 16 characters.
    type: str
  incoming_calling_party_unknown_strip_digits:
    description:
      - How many leading digits of the calling number are taken off before
        O(incoming_calling_party_unknown_prefix) is put on.
    type: int
  incoming_calling_party_unknown_calling_search_space:
    description:
      - Calling search space whose patterns transform the calling number of incoming calls.
    type: str
  incoming_calling_party_unknown_use_device_pool_css:
    description:
      - Whether the calling number of incoming calls is transformed by the device pool's calling search space,
        rather than by O(incoming_calling_party_unknown_calling_search_space).
      - A new trunk gets V(true) unless given.
    type: bool
  # Incoming called party settings, unknown number
  incoming_called_party_unknown_prefix:
    description:
      - 'Digits put before the called number of incoming calls. The empty string is the page''s V(Default): the
        prefix of the device pool.'
      - At most 16 characters. Since release 10.0.
    type: str
  incoming_called_party_unknown_strip_digits:
    description:
      - How many leading digits of the called number are taken off before O(incoming_called_party_unknown_prefix)
        is put on.
      - Since release 10.0.
    type: int
  incoming_called_party_unknown_calling_search_space:
    description:
      - Calling search space whose patterns transform the called number of incoming calls.
      - Since release 10.0.
    type: str
  incoming_called_party_unknown_use_device_pool_css:
    description:
      - Whether the called number of incoming calls is transformed by the device pool's calling search space,
        rather than by O(incoming_called_party_unknown_calling_search_space).
      - A new trunk gets V(true) unless given. Since release 10.0.
    type: bool
  # Connected party settings
  connected_party_transformation_css:
    description:
      - Calling search space whose patterns transform the connected number that is sent to the peer.
    type: str
  use_device_pool_connected_party_transformation_css:
    description:
      - Whether the connected number is transformed by the device pool's calling search space, rather than by
        O(connected_party_transformation_css).
      - A new trunk gets V(true) unless given.
    type: bool
  # Outbound calls
  called_party_transformation_css:
    description:
      - Calling search space whose patterns transform the called number of outgoing calls.
    type: str
  use_device_pool_called_party_transformation_css:
    description:
      - Whether the called number of outgoing calls is transformed by the device pool's calling search space,
        rather than by O(called_party_transformation_css).
      - A new trunk gets V(true) unless given.
    type: bool
  calling_party_transformation_css:
    description:
      - Calling search space whose patterns transform the calling number of outgoing calls.
    type: str
  use_device_pool_calling_party_transformation_css:
    description:
      - Whether the calling number of outgoing calls is transformed by the device pool's calling search space,
        rather than by O(calling_party_transformation_css).
      - A new trunk gets V(true) unless given.
    type: bool
  calling_party_selection:
    description:
      - Whose number is sent as the caller's when a call was redirected.
      - A new trunk gets V(Originator) unless given.
    type: str
    choices:
      - Originator
      - First Redirect Number
      - Last Redirect Number
      - First Redirect Number (External)
      - Last Redirect Number (External)
  calling_line_id_presentation:
    description:
      - Whether the caller's number is shown to the peer.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  calling_name_presentation:
    description:
      - Whether the caller's name is shown to the peer.
      - A new trunk gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  calling_and_connected_party_info_format:
    description:
      - Whether the peer is sent the parties of a call as directory number, as URI, or as both.
      - A new trunk gets V(Deliver DN only in connected party) unless given.
    type: str
    choices:
      - Deliver DN only in connected party
      - "Deliver URI only in connected party, if available"
      - "Deliver URI and DN in connected party, if available"
  redirecting_diversion_header_delivery_outbound:
    description:
      - Whether forwarded calls carry a C(Diversion) header to the peer.
    type: bool
  redirecting_party_transformation_css:
    description:
      - Calling search space whose patterns transform the redirecting number in the C(Diversion) header.
      - Since release 11.0.
    type: str
  use_device_pool_redirecting_party_transformation_css:
    description:
      - Whether the redirecting number is transformed by the device pool's calling search space, rather than by
        O(redirecting_party_transformation_css).
      - A new trunk gets V(true) unless given. Since release 11.0.
    type: bool
  use_original_calling_party_presentation_on_divert:
    description:
      - Whether a diverted call keeps the presentation (allowed or restricted) of the party that called first.
      - A new trunk gets V(false) unless given. Since release 12.5.
    type: bool
  # Caller information
  caller_id_dn:
    description:
      - Number that outgoing calls show instead of the caller's own. C(X) stands for a digit of the caller's.
      - At most 50 characters. Up to release 12.0.
    type: str
  caller_name:
    description:
      - Name that outgoing calls show instead of the caller's own.
      - At most 50 characters. Up to release 12.0.
    type: str
  external_presentation_anonymous:
    description:
      - Whether outgoing calls show the caller as anonymous. Excludes O(external_presentation_number) and
        O(external_presentation_name).
      - Since release 12.5.
    type: bool
  external_presentation_number:
    description:
      - Number that outgoing calls show instead of the caller's own. It took the place of O(caller_id_dn).
      - Since release 12.5.
    type: str
  external_presentation_name:
    description:
      - Name that outgoing calls show instead of the caller's own. It took the place of O(caller_name).
      - At most 50 characters. Since release 12.5.
    type: str
  maintain_original_caller_id:
    description:
      - I(Maintain Original Caller ID DN and Caller Name in Identity Headers). The other number and name
        (O(caller_id_dn), O(caller_name)) then go into the C(From) header only; the identity headers keep the
        caller's own.
    type: bool
  # SIP information
  destination_is_srv:
    description:
      - I(Destination Address is an SRV). The one entry of O(destinations) is then the name of a DNS SRV record
        that gives hosts and ports. An IP address cannot stand there then.
    type: bool
  destinations:
    description:
      - 'Where the trunk sends its calls, and from where it accepts them: usually every call-processing node of
        the peer. At most 16.'
      - 'The list given is the whole list, in the order of the page: entries that are not in it are removed.'
    type: list
    elements: dict
    suboptions:
      address:
        description:
          - IPv4 address or host name of a node of the peer, or the name of the SRV record (see
            O(destination_is_srv)).
          - At most 255 characters.
        type: str
      address_ipv6:
        description:
          - IPv6 address of a node of the peer. It can stand beside O(destinations[].address) or alone.
          - At most 255 characters.
        type: str
      port:
        description:
          - Port on which the peer listens, which is the I(Incoming Port) of the security profile of the trunk on
            its side. V(5060) unless given; none for an SRV record. The usual port of SIP over TLS is V(5061).
        type: int
      sort_order:
        description:
          - Place of the entry on the page, counted from V(1). When no entry says its place, the order of the list
            counts.
        type: int
  mtp_preferred_originating_codec:
    description:
      - Codec offered to the peer while O(media_termination_point_required) is V(true).
      - A new trunk gets V(711ulaw) unless given.
    type: str
    choices: [711ulaw, 711alaw, G729/G729a, G729b/G729ab]
  blf_presence_group:
    description:
      - Presence group of the trunk, which decides who may watch whose busy lamp.
      - Cannot be emptied. A new trunk gets V(Standard Presence group) unless given.
    type: str
  security_profile:
    description:
      - SIP trunk security profile (M(ucops.cucm.cucm_sip_trunk_security_profile)). It decides whether the trunk
        uses TLS, and which names the peer's certificates may have. Needed for a new trunk.
      - Two trunks cannot expect the same name on the same port, so each peer has a profile of its own when it
        uses TLS.
    type: str
  rerouting_calling_search_space:
    description:
      - Calling search space for calls that the peer transfers or redirects (REFER, 3xx).
    type: str
  out_of_dialog_refer_calling_search_space:
    description:
      - Calling search space for REFER requests of the peer outside of a dialog.
    type: str
  subscribe_calling_search_space:
    description:
      - Calling search space for presence requests of the peer.
    type: str
  sip_profile:
    description:
      - SIP profile of the trunk, for instance V(Standard SIP Profile). The OPTIONS ping, which shows on the
        trunk's page whether the peer answers, is a setting of the SIP profile. Needed for a new trunk.
    type: str
  dtmf_signaling_method:
    description:
      - How key presses are sent.
      - A new trunk gets V(No Preference) unless given.
    type: str
    choices: [No Preference, Out of Band, RFC 2833, OOB and RFC 2833]
  # Normalization script
  normalization_script:
    description:
      - Lua script that rewrites SIP messages of the trunk.
    type: str
  normalization_script_enable_trace:
    description:
      - Whether the script's own trace is written into the traces.
      - A new trunk gets V(false) unless given.
    type: bool
  normalization_script_parameters:
    description:
      - Parameters of the script, one text as the server keeps it.
    type: str
  # Recording information
  recording_information:
    description:
      - V(0) is no recording on the trunk, V(1) a trunk to a recording-enabled gateway, V(2) a trunk to other
        clusters with recording-enabled gateways. Put the number in quotation marks or not, both work.
      - A new trunk gets V(0) unless given. Since release 10.0.
    type: str
    choices: ["0", "1", "2"]
  enable_cisco_recording_qsig_tunneling:
    description:
      - Whether recording information is tunneled in QSIG to the peer.
      - A new trunk gets V(false) unless given. Since release 10.0.
    type: bool
  # IP multimedia subsystem service control (trunk service type ISC)
  isc_service:
    description:
      - Service of an ISC trunk. This option and the others that begin with C(isc_) mean something only with
        O(trunk_service_type=IP Multimedia Subsystem Service Control (ISC\)), and are passed on as they are.
      - Since release 12.0.
    type: str
  isc_parameter_label:
    description:
      - Label of the parameter by which an ISC trunk tells originating from terminating calls.
      - Since release 12.0.
    type: str
  isc_originating_parameter_value:
    description:
      - Value of O(isc_parameter_label) for originating calls.
      - Since release 12.0.
    type: str
  isc_terminating_parameter_value:
    description:
      - Value of O(isc_parameter_label) for terminating calls.
      - Since release 12.0.
    type: str
  isc_outbound_uri_routing_instructions:
    description:
      - Routing instructions put into outgoing URIs of an ISC trunk.
      - Since release 12.0.
    type: str
  isc_request_uri_domain_name:
    description:
      - Domain name in the request URI of an ISC trunk.
    type: str
  # Geolocation
  geolocation:
    description:
      - Geolocation of the trunk.
    type: str
  geolocation_filter:
    description:
      - Filter that says which parts of the geolocation count.
    type: str
  send_geolocation_information:
    description:
      - Whether the geolocation is sent to the peer.
    type: bool
  reset:
    description:
      - 'Whether the trunk is reset, which is what makes it take up a change. A reset interrupts the trunk: calls
        on it can be lost.'
      - V(auto) resets when something was changed that needs it, which is everything but O(description), and after
        the trunk was added.
      - V(never) leaves the reset to you. Until then the change is stored and not in effect.
      - V(always) resets on every run, and RV(changed) is then V(true).
      - AXL of release 9.1 has no operation for trunks alone. There the module uses the one that resets a device of any
        kind.
    type: str
    choices: [auto, never, always]
    default: auto
notes:
  - What is said of new trunks is the default of the AXL schema of the release; it can differ from what the
    administration page shows on a new one.
  - A check box that the cluster's release does not have is ignored when it is given as it would be without it
    (V(false), for instance), so that one playbook serves all releases. Any other use of an option that the release
    does not have is an error that names both.
  - Fields of the schema that are no options have no meaning for SIP trunks, or have been replaced by
    O(destinations).
  - In check mode it is not an error when an option names a SIP trunk, SIP profile, SIP trunk security profile, route
    group or route list that the cluster does not have, since an earlier task may be the one that makes it. Other objects
    that are missing are found in check mode as well.
seealso:
  - module: ucops.cucm.cucm_sip_trunk_security_profile
  - module: ucops.cucm.cucm_route_pattern
  - module: ucops.cucm.cucm_route_group
"""

EXAMPLES = r"""
- name: Make the TLS trunk from CUCMA to CUCM10
  ucops.cucm.cucm_sip_trunk:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    name: CUCM10
    device_pool: Default
    location: Hub_None
    sip_profile: Standard SIP Profile
    security_profile: Secure SIP Trunk Profile TLS
    srtp_allowed: true
    consider_traffic_secure: When using both sRTP and TLS
    destinations:
      - address: 192.0.2.200
        port: 5061

# The tasks below take their connection from the environment (CUCM_HOST, CUCM_USERNAME, CUCM_PASSWORD)
# or from module_defaults, as this block does.
- name: Work on CUCM10 with the connection given once
  module_defaults:
    group/ucops.cucm.cucm:
      host: cucm10-pub.example.com
      username: axl-user
      password: "{{ vault_axl_password }}"
      ca_path: /etc/pki/tls/example-ca.pem
  block:
    - name: Make the TLS trunk from CUCM10 back to CUCMA
      ucops.cucm.cucm_sip_trunk:
        name: CUCMA
        device_pool: HQ
        sip_profile: Standard SIP Profile
        security_profile: Secure SIP Trunk Profile TLS
        srtp_allowed: true
        destinations:
          - address: 192.0.2.203
            port: 5061

- name: Show what would change, and change nothing
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    device_pool: HQ
    srtp_allowed: true
  check_mode: true
  diff: true

- name: Send calls to every call-processing node of the peer, the publisher last
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    destinations:
      - {address: cucm10-sub1.example.com, port: 5061, sort_order: 1}
      - {address: cucm10-sub2.example.com, port: 5061, sort_order: 2}
      - {address: cucm10-pub.example.com, port: 5061, sort_order: 3}

- name: Find the nodes of the peer by a DNS SRV record
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    destination_is_srv: true
    destinations:
      - address: cucm10.example.com

- name: Reach a dual-stack node of the peer over IPv4 and IPv6
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    destinations:
      - address: 192.0.2.200
        address_ipv6: 2001:db8::200
        port: 5061

- name: Let calls from the peer reach internal extensions only, four digits long
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    calling_search_space: Internal
    significant_digits: 4

- name: Take the calling search space away again
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    calling_search_space: ""

- name: Change the trunk by day and leave the reset to the maintenance window
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    dtmf_signaling_method: RFC 2833
    reset: never

- name: Reset the trunk in the maintenance window
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    reset: always

- name: Remove the trunk (its route patterns and route groups first)
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    state: absent

- name: Remove the trunk only if it is the one with the profile for CUCM10
  ucops.cucm.cucm_sip_trunk:
    name: CUCM10
    security_profile: CUCM10
    take_over: false
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
      sample: {"srtp_allowed": false}
    after:
      description: Values after the change, and C(reset) as V(true) when a reset is due, which can drop calls.
      returned: always
      type: dict
      sample: {"srtp_allowed": true}
sip_trunk:
  description:
    - The trunk as it is now, or as it would be in check mode, with every field that the release has under the name of
      its option, and its C(uuid). The sample shows some of them.
    - Empty when there is no such trunk.
  returned: success
  type: dict
  sample:
    uuid: "{9F0E2C11-52B7-4B1D-8A3E-6D5C4B3A2F10}"
    name: CUCM10
    description: ""
    device_pool: Default
    location: Hub_None
    sip_profile: Standard SIP Profile
    security_profile: Secure SIP Trunk Profile TLS
    srtp_allowed: true
    consider_traffic_secure: When using both sRTP and TLS
    calling_search_space: ""
    significant_digits: 99
    destination_is_srv: false
    destinations:
      - {address: 192.0.2.200, address_ipv6: "", port: 5061, sort_order: 1}
reset:
  description: Whether the trunk was reset, or would be in check mode.
  returned: success
  type: bool
  sample: false
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
  sample: missing_reference
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
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
