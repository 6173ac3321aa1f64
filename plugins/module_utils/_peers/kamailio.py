# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kamailio's side of a trunk: tls.cfg, the routing, and the list of our nodes.

Checked with Kamailio 5.6.3: the tests have it read these files, and take calls over them. Facts of its behaviour are
of the README of its module tls, or were observed with that version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._peers.hand_over import (
    HandOver,
    Side,
    file_name_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._peers.rendering import rendered

#: Settings of the configuration, with their defaults.
DEFAULTS: Mapping[str, Any] = {
    "directory": "/etc/kamailio",
    "inside_listen": "udp:127.0.0.1:5060",
    "inside_destination": "127.0.0.1:5080",
    "options_interval": 30,
}

_TLS = """\
# {{ path }}/tls.cfg of {{ node.name }}: the SIP trunk over TLS with the cluster {{ cluster }}.
#
# The sections are the default ones, since Kamailio 5.6 picks the section of a connection that it opens by server_id
# and server_name only, never by address. Where this Kamailio has other TLS peers with another certificate, give these
# sections a server_id, and set it before it calls: $xavp(tls=>server_id) in the routing, tls_set_connect_server_id()
# in event_route[tm:local-request] for its own OPTIONS.

# {{ cluster }} calls this server: it has to show a certificate of its CA.
[server:default]
method = {{ method }}
verify_certificate = yes
require_certificate = yes
verify_depth = 5
certificate = {{ path }}/{{ certificate }}
private_key = {{ path }}/{{ key }}
ca_list = {{ path }}/{{ authorities }}

# This server calls {{ cluster }}, which refuses a caller without a certificate: so the identity stands here again.
[client:default]
method = {{ method }}
verify_certificate = yes
require_certificate = yes
verify_depth = 5
certificate = {{ path }}/{{ client_certificate }}
private_key = {{ path }}/{{ client_key }}
ca_list = {{ path }}/{{ authorities }}
"""

_DISPATCHER = """\
# {{ path }}/dispatcher.list of {{ node.name }}: the nodes of {{ cluster }}, in the order in which they are tried.
{% for each in nodes %}
1 sip:{{ host(each) }}:{{ each.port }};transport=tls 0 {{ 100 - loop.index }} socket={{ socket }}
{% endfor %}
"""

_ROUTING = """\
#!KAMAILIO
# {{ path }}/kamailio.cfg of {{ node.name }}: the SIP trunk over TLS with the cluster {{ cluster }}.
#
# A whole configuration of a proxy between the cluster and the inside. Where Kamailio has other work, take from it the
# modules, the parameters, and the routes whose names begin with CUCM.

debug=2
log_stderror=no
enable_tls=yes
auto_aliases=no
tcp_connection_lifetime=3605
listen={{ socket }}
# Whoever can send to this address calls into {{ cluster }}: keep it inside.
listen={{ inside_listen }}

# Before all other modules that use OpenSSL.
loadmodule "tls.so"
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "kex.so"
loadmodule "ctl.so"
loadmodule "dispatcher.so"

modparam("tls", "config", "{{ path }}/tls.cfg")
# Milliseconds until a node that says nothing counts as one that does not answer.
modparam("tm", "fr_timer", 5000)
modparam("rr", "append_fromtag", 1)
modparam("dispatcher", "list_file", "{{ path }}/dispatcher.list")
# The next node is tried when one does not answer.
modparam("dispatcher", "flags", 2)
# OPTIONS to each node; one that does not answer gets no calls.
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_ping_interval", {{ options_interval }})
modparam("dispatcher", "ds_probing_threshold", 1)
modparam("dispatcher", "ds_ping_from", "sip:{{ host(node) }}")
modparam("dispatcher", "ds_ping_reply_codes", "class=2")

request_route {
    if (!mf_process_maxfwd_header("10")) {
        sl_send_reply("483", "Too Many Hops");
        exit;
    }
    if ($proto == "tls") route(CUCM_CHECK);
    if (is_method("OPTIONS") && $rU == $null) {
        sl_send_reply("200", "OK");
        exit;
    }
    if (is_method("CANCEL")) {
        if (t_check_trans()) t_relay();
        exit;
    }
    if (has_totag()) {
        if (loose_route()) {
            t_relay();
            exit;
        }
        if (is_method("ACK") && t_check_trans()) {
            t_relay();
            exit;
        }
    } else if (!is_method("INVITE|OPTIONS|REFER|SUBSCRIBE|NOTIFY|UPDATE|MESSAGE")) {
        sl_send_reply("405", "Method Not Allowed");
        exit;
    } else {
        record_route();
    }
    if ($proto == "tls") route(CUCM_TO_INSIDE);
    route(CUCM_FROM_INSIDE);
}

# The handshake has verified the chain and no name: Kamailio leaves that to this script.
route[CUCM_CHECK] {
    if (!is_peer_verified()) {
        xlog("L_ERR", "trunk {{ cluster }}: no verified certificate from $si:$sp\\n");
        sl_send_reply("403", "No verified certificate");
        exit;
    }
    if (!route(CUCM_NAME)) {
        xlog("L_ERR", "trunk {{ cluster }}: $si:$sp shows the name $tls_peer_subject_cn\\n");
        sl_send_reply("403", "Name of the certificate not accepted");
        exit;
    }
}

route[CUCM_NAME] {
    if ($tls_peer_subject_cn =~ "{{ names }}") return 1;
    if ($tls_peer_san_hostname =~ "{{ names }}") return 1;
    return -1;
}

route[CUCM_TO_INSIDE] {
    $ru = "sip:" + $rU + "@{{ inside_destination }}";
    if (!t_relay()) sl_reply_error();
    exit;
}

route[CUCM_FROM_INSIDE] {
    if (!ds_select_domain("1", "8")) {
        sl_send_reply("503", "No node of the cluster answers");
        exit;
    }
    if (is_method("INVITE")) t_on_failure("CUCM_NEXT_NODE");
    if (!t_relay()) sl_reply_error();
    exit;
}

failure_route[CUCM_NEXT_NODE] {
    if (t_is_canceled()) exit;
    if (t_check_status("408|503") || t_branch_timeout()) {
        if (ds_next_domain()) {
            t_on_failure("CUCM_NEXT_NODE");
            t_relay();
            exit;
        }
    }
}

# An answer from a server with another name counts as none.
reply_route {
    if ($proto == "tls" && !route(CUCM_NAME)) {
        xlog("L_ERR", "trunk {{ cluster }}: $si:$sp answers as CN $tls_peer_subject_cn\\n");
        drop;
    }
}

event_route[dispatcher:dst-up] {
    xlog("L_NOTICE", "trunk {{ cluster }}: $ru answers OPTIONS\\n");
}

event_route[dispatcher:dst-down] {
    xlog("L_ERR", "trunk {{ cluster }}: $ru does not answer OPTIONS\\n");
}
"""

#: Its words for a range of TLS versions: one version alone, or that one and all newer ones.
_METHODS = {
    ("1.0", "1.0"): "TLSv1",
    ("1.1", "1.1"): "TLSv1.1",
    ("1.2", "1.2"): "TLSv1.2",
}
_AND_NEWER = {"1.0": "TLSv1+", "1.1": "TLSv1.1+", "1.2": "TLSv1.2+"}
_SOCKET = re.compile(r"(?:udp|tcp):(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):(\d{1,5})")
_HOST_AND_PORT = re.compile(r"(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}")
_DIRECTORY = re.compile(r"/[A-Za-z0-9._/-]*")
_FORMS = {"directory": _DIRECTORY, "inside_listen": _SOCKET, "inside_destination": _HOST_AND_PORT}
_EXAMPLES = {
    "directory": "an absolute path without blanks",
    "inside_listen": "a socket such as udp:192.0.2.10:5060",
    "inside_destination": "an address and a port, such as 192.0.2.20:5060",
}


def kamailio_files(over: HandOver) -> dict[str, str]:
    """The files of each node of the peer, by their path below the hand-over; raises InvalidOption."""
    options = _options(over)
    found = {}
    for node in over.peer_nodes:
        values = {
            "path": options["directory"],
            "node": node,
            "nodes": over.nodes,
            "cluster": over.cluster,
            "host": _host,
            "socket": f"tls:{_host(node)}:{node.port}",
            "method": tls_method(over),
            "names": _expression(over.names_of_cluster),
            "authorities": "cucm-ca.pem",
            "certificate": "trunk.pem",
            "key": "trunk.key",
            "client_certificate": "trunk-client.pem" if over.has_two_certificates else "trunk.pem",
            "client_key": "trunk-client.key" if over.has_two_certificates else "trunk.key",
            "inside_listen": options["inside_listen"],
            "inside_destination": options["inside_destination"],
            "options_interval": options["options_interval"],
        }
        folder = file_name_of(node.name)
        for name, template in (
            ("tls.cfg", _TLS),
            ("kamailio.cfg", _ROUTING),
            ("dispatcher.list", _DISPATCHER),
        ):
            found[f"{folder}/{name}"] = rendered(template, **values)
    return found


def tls_method(over: HandOver) -> str:
    """Kamailio's word for the TLS versions of the peer."""
    lowest, highest = over.settings.tls_min or "1.2", over.settings.tls_max or "1.3"
    if lowest == "1.3":
        raise InvalidOption(
            "Kamailio 5.6 has no word for TLS 1.3 alone",
            option="peer.settings.tls_min",
            remedy="Write 1.2: two ends that both speak TLS 1.3 use it",
        )
    return _METHODS.get((lowest, highest)) or _AND_NEWER[lowest]


def _options(over: HandOver) -> dict[str, Any]:
    options = {**DEFAULTS, **over.configuration}
    for name, form in _FORMS.items():
        if not form.fullmatch(str(options[name])):
            raise InvalidOption(
                f"{name} is {texts.shown(str(options[name]))}",
                option="peer.configuration",
                remedy=f"Write {_EXAMPLES[name]}",
            )
    options["directory"] = str(options["directory"]).rstrip("/")
    interval = str(options["options_interval"])
    if not re.fullmatch(r"[1-9]\d{0,4}", interval):
        raise InvalidOption(
            f"options_interval is {texts.shown(interval)}",
            option="peer.configuration",
            remedy="Write a number of seconds",
        )
    if not over.names_of_cluster:
        raise InvalidOption(
            "the names in the certificates of the cluster are not known, and Kamailio has to check them",
            option="nodes.names",
            remedy="Give the names of each node",
        )
    return options


def _host(side: Side) -> str:
    return f"[{side.address}]" if ":" in side.address else side.address


def _expression(names: tuple[str, ...]) -> str:
    """A regular expression of these names; Kamailio's ignores case."""
    return "^(" + "|".join(name.replace(".", "[.]").replace("*", "[*]") for name in names) + ")$"
