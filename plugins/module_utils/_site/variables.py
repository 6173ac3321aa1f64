# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables that all roles and playbooks share.

The one list of them: the check of the inventory, the argument specifications of the roles, the lookup
`ucops.cucm.connection` and the page of variables in the documentation come from it. What one role alone
uses stands in that role's own specification and begins with the role's name.
"""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_variables import PEER, PEER_NODE
from ansible_collections.ucops.cucm.plugins.module_utils._site.variable import Level, Variable

__all__ = ["BY_NAME", "PEER", "PEER_NODE", "SHARED", "Level", "Variable"]


#: To where every module connects, and whom it trusts there.
CONNECTION = (
    Variable(
        "cucm_port", "int", Level.NODE, "TCP port of the node's HTTPS services.", default=8443, option="port"
    ),
    Variable(
        "cucm_validate_certs",
        "bool",
        Level.RUN,
        "Whether the node's TLS certificate must be trusted. Set it to V(false) in a laboratory only.",
        default=True,
        option="validate_certs",
    ),
    Variable(
        "cucm_ca_path",
        "path",
        Level.CLUSTER,
        "File with the CA certificates (PEM) that sign the nodes' own web certificates (tomcat)."
        " Without it the CAs of the operating system are trusted.",
        option="ca_path",
    ),
    Variable(
        "cucm_tls_fingerprint",
        "str",
        Level.NODE,
        "SHA-256 fingerprint of the node's own web certificate (tomcat), for a self-signed one.",
        option="tls_fingerprint",
    ),
    Variable(
        "cucm_timeout", "int", Level.RUN, "Seconds to wait for an answer.", default=60, option="timeout"
    ),
    Variable(
        "cucm_allow_legacy_tls",
        "bool",
        Level.CLUSTER,
        "Whether the nodes may speak TLS 1.0 with SHA-1 and short keys, as releases 9.1 and 10.5 do.",
        default=False,
        option="allow_legacy_tls",
    ),
)

#: To where the modules connect that read and write certificates.
PLATFORM = (
    Variable(
        "cucm_transport",
        "str",
        Level.CLUSTER,
        "How the node's certificates are reached. V(auto) takes the certificate REST interface from release 14"
        " on, and the SSH command line before.",
        default="auto",
        option="transport",
        choices=("auto", "rest", "cli"),
    ),
    Variable(
        "cucm_ssh_port",
        "int",
        Level.NODE,
        "TCP port of the node's SSH command line.",
        default=22,
        option="ssh_port",
    ),
    Variable(
        "cucm_ssh_host_key",
        "str",
        Level.NODE,
        "The node's SSH host key, or its SHA-256 fingerprint. Without it, the known hosts file must have the key.",
        option="ssh_host_key",
    ),
    Variable(
        "cucm_ssh_known_hosts",
        "path",
        Level.RUN,
        "Known hosts file with the nodes' SSH host keys. Without it, the user's own file is read.",
        option="ssh_known_hosts",
    ),
    Variable(
        "cucm_ssh_allow_legacy_algorithms",
        "bool",
        Level.CLUSTER,
        "Whether the node's SSH may use the algorithms of OpenSSH 5, as releases up to 11.5 do.",
        default=False,
        option="ssh_allow_legacy_algorithms",
    ),
)

#: The cluster's application user, for AXL, service control and status.
AXL_ACCOUNT = (
    Variable(
        "cucm_axl_username",
        "str",
        Level.CLUSTER,
        "Application user of the cluster.",
        option="username",
        required=True,
    ),
    Variable(
        "cucm_axl_password",
        "str",
        Level.CLUSTER,
        "Password of the application user.",
        option="password",
        secret=True,
        required=True,
    ),
)

#: The operating system administrator of a node, for certificates, captures and commands.
OS_ACCOUNT = (
    Variable(
        "cucm_os_username",
        "str",
        Level.NODE,
        "Operating system administrator of the node.",
        option="username",
        required=True,
    ),
    Variable(
        "cucm_os_password",
        "str",
        Level.NODE,
        "Password of the operating system administrator.",
        option="password",
        secret=True,
        required=True,
    ),
)

#: What is wanted of nodes, clusters and links.
SITE = (
    Variable(
        "cucm_cluster",
        "str",
        Level.CLUSTER,
        "Name of the cluster, which is the name of its inventory group.",
        required=True,
    ),
    Variable(
        "cucm_publisher",
        "str",
        Level.CLUSTER,
        "Inventory name of the cluster's publisher.",
        required=True,
    ),
    Variable(
        "cucm_wave",
        "str",
        Level.CLUSTER,
        "Number or name of the wave in which the services of the cluster are restarted. Clusters without one come"
        " first, then numbers, then names. A link to a cluster of another wave that is not in the run waits, and is no"
        " error.",
    ),
    Variable(
        "cucm_peers",
        "list",
        Level.CLUSTER,
        "The clusters and other SIP peers to which this cluster has trunks, and the route patterns that lead there.",
        elements="dict",
        options=PEER,
    ),
    Variable(
        "cucm_hostname",
        "str",
        Level.NODE,
        "Host name to which the node's certificate must be made out. Without it, that is not checked.",
    ),
    Variable(
        "cucm_sip_address",
        "str",
        Level.NODE,
        "Name or IPv4 address to which the trunks of other clusters send calls. Without it, C(ansible_host),"
        " and without that the inventory name.",
    ),
    Variable(
        "cucm_sip_address_ipv6",
        "str",
        Level.NODE,
        "IPv6 address to which the trunks of other clusters send calls.",
    ),
    Variable(
        "cucm_sip_port",
        "int",
        Level.NODE,
        "TCP port of the node's SIP over TLS, to which the trunks of other clusters send calls.",
        default=5061,
    ),
    Variable(
        "cucm_subject_name",
        "str",
        Level.NODE,
        "Name in the node's certificate that the peers accept. Needed only for a node whose certificate is not"
        " read in the same run.",
    ),
    Variable(
        "cucm_options_ping",
        "bool",
        Level.CLUSTER,
        "Whether the trunks watch their destinations with SIP OPTIONS.",
        default=False,
    ),
    Variable(
        "cucm_require_client_auth",
        "str",
        Level.CLUSTER,
        "Whether certificates must have client authentication. V(auto) demands it unless the releases at both ends of"
        " all links are known to do without. See O(ucops.cucm.ca_sign#module:require_client_auth).",
        default="auto",
        choices=("auto", "always", "never"),
    ),
    Variable(
        "cucm_axl_version",
        "str",
        Level.CLUSTER,
        "Version of the AXL schema to speak. Without it, that of the publisher's release.",
        option="axl_version",
    ),
    Variable(
        "cucm_hosts",
        "str",
        Level.RUN,
        "Pattern of inventory hosts on which the playbooks work.",
        default="cucm",
    ),
    Variable(
        "cucm_hand_over_directory",
        "path",
        Level.RUN,
        "Directory on the control node for what the administrators of other peers need: a folder for each cluster, and"
        " in it one for each peer. Without it, the playbook C(ucops.cucm.hand_over) takes C(hand_over), and"
        " C(ucops.cucm.pair_clusters) writes nothing.",
    ),
    Variable(
        "cucm_plan_path",
        "path",
        Level.RUN,
        "File on the control node for the plan of a run, as JSON. Without it, the plan is only shown.",
    ),
    Variable(
        "cucm_check_accounts",
        "bool",
        Level.RUN,
        "Whether the playbook C(ucops.cucm.check_inventory) also checks that accounts are set, as the others do.",
        default=False,
    ),
    Variable(
        "cucm_check_signing",
        "bool",
        Level.RUN,
        "Whether the playbook C(ucops.cucm.check_inventory) reads the CA certificates.",
        default=True,
    ),
    Variable(
        "cucm_own_variables",
        "list",
        Level.RUN,
        "Names of your own variables that begin with C(cucm_), so that the check of the inventory lets them pass.",
        elements="str",
    ),
)

#: What a run belongs to, and where its report goes when the machine that runs it does not last.
RUN = (
    Variable(
        "cucm_ticket",
        "str",
        Level.RUN,
        "Number of the change ticket. It stands in the title of the report and in C(cucm_outcome).",
    ),
    Variable(
        "cucm_max_fail",
        "int",
        Level.RUN,
        "How many clusters may have failed before a wave begins. With more, the services of the waves that follow are"
        " not restarted.",
        default=0,
    ),
    Variable(
        "cucm_outcome",
        "dict",
        Level.RUN,
        "What a run hands on by C(set_stats), see the filter P(ucops.cucm.run_outcome#filter). A workflow of AWX gives"
        " it to the next job. It decides nothing there.",
    ),
    Variable(
        "cucm_report_url",
        "str",
        Level.RUN,
        "Address of a directory on a web server to which the files of the report are sent with HTTPS PUT. Without it,"
        " they are sent nowhere.",
        option="url",
    ),
    Variable(
        "cucm_report_header",
        "str",
        Level.RUN,
        "Name of a header with a secret for the report server, for example C(Authorization).",
        option="header",
    ),
    Variable(
        "cucm_report_header_value",
        "str",
        Level.RUN,
        "The secret in C(cucm_report_header).",
        option="header_value",
        secret=True,
    ),
    Variable(
        "cucm_report_username",
        "str",
        Level.RUN,
        "User name for the report server, where C(cucm_report_header) is not set.",
        option="username",
    ),
    Variable(
        "cucm_report_password",
        "str",
        Level.RUN,
        "Password of C(cucm_report_username).",
        option="password",
        secret=True,
    ),
    Variable(
        "cucm_report_ca_path",
        "path",
        Level.RUN,
        "File with the CA certificates (PEM) that sign the TLS certificate of the report server. Without it the CAs of"
        " the operating system are trusted.",
        option="ca_path",
    ),
    Variable(
        "cucm_report_validate_certs",
        "bool",
        Level.RUN,
        "Whether the TLS certificate of the report server must be trusted. Set it to V(false) in a laboratory only.",
        default=True,
        option="validate_certs",
    ),
)

#: What the playbook audit_certificates reads beside the others.
AUDIT = (
    Variable(
        "cucm_audit_directory",
        "path",
        Level.RUN,
        "Directory for the files of the certificate audit: C(audit.html), C(audit.csv), C(audit.json), C(audit.prom),"
        " and a document for each node in C(nodes). It is made if it is not there, and only its owner can read what"
        " is in it. Without it nothing is kept.",
    ),
    Variable(
        "cucm_audit_warning_days",
        "int",
        Level.RUN,
        "Days before the end of a node's certificate from which on the audit warns.",
        default=60,
        option="warning_days",
    ),
    Variable(
        "cucm_audit_critical_days",
        "int",
        Level.RUN,
        "Days before the end of a certificate from which on that is critical.",
        default=14,
        option="critical_days",
    ),
    Variable(
        "cucm_audit_ca_warning_days",
        "int",
        Level.RUN,
        "Days before the end of a CA's certificate, on which certificates of nodes hang, from which on the audit"
        " warns.",
        default=180,
        option="ca_warning_days",
    ),
    Variable(
        "cucm_audit_fail_on",
        "str",
        Level.RUN,
        "From which severity on a finding of the certificate audit is an error of the playbook. With another value"
        " than V(none), a node that could not be read is one too.",
        default="none",
        option="fail_on",
        choices=("none", "notice", "warning", "critical"),
    ),
    Variable(
        "cucm_audit_title",
        "str",
        Level.RUN,
        "Title of the report of the certificate audit.",
        default="Certificates of Unified CM",
        option="title",
    ),
)

#: What was there before a run, and the way back to it.
UNDO = (
    Variable(
        "cucm_state_directory",
        "path",
        Level.RUN,
        "Directory on the control node for what a run leaves for later ones. Before its first change, a run writes"
        " there what it is going to touch, a file for each cluster that only its owner can read; the playbook"
        " C(ucops.cucm.restore) puts it back. Without it nothing is recorded.",
    ),
    Variable(
        "cucm_restore_record",
        "str",
        Level.CLUSTER,
        "The record that the playbook C(ucops.cucm.restore) goes back to: a file in C(cucm_state_directory), or a path."
        " Without it, the newest of the cluster.",
        option="record",
    ),
)

#: Whether this is a good moment for a change.
SAFETY = (
    Variable(
        "cucm_safety_checks",
        "bool",
        Level.RUN,
        "Whether a run that has something to change first reads backup, replication, clocks and disks of the clusters"
        " that it changes, over SSH, and shows on the page of the plan what speaks against it.",
        default=True,
    ),
    Variable(
        "cucm_safety_backup_hours",
        "int",
        Level.CLUSTER,
        "How many hours old the last good Disaster Recovery backup may be. Without it, a backup that is older than a"
        " week is a warning only.",
        option="backup_hours",
    ),
    Variable(
        "cucm_safety_clock_seconds",
        "int",
        Level.RUN,
        "How many seconds the clock of a node may differ from the control node's before a change is refused.",
        default=60,
        option="clock_seconds",
    ),
    Variable(
        "cucm_safety_disk_percent",
        "int",
        Level.RUN,
        "From which use on the disk of the logs is worth a warning.",
        default=95,
        option="disk_percent",
    ),
    Variable(
        "cucm_safety_require_measured",
        "bool",
        Level.RUN,
        "Whether a change is refused where something of this could not be measured.",
        default=False,
        option="require_measured",
    ),
)

#: What the playbook renew_certificates reads beside the others.
RENEWAL = (
    Variable(
        "cucm_renew_before",
        "str",
        Level.RUN,
        "How long before its end a certificate is renewed, as days (V(30)) or as a part of its validity (V(33%)). A"
        " number of days counts for at most half of the validity.",
        default="33%",
    ),
    Variable(
        "cucm_renew_jitter",
        "str",
        Level.RUN,
        "Over which part of C(cucm_renew_before), or how many days of it, the nodes are spread, so that not all are"
        " renewed in one night. Three nights before the end always stay. V(0) spreads nothing.",
        default="50%",
    ),
    Variable(
        "cucm_renew_max",
        "int",
        Level.RUN,
        "How many nodes a run renews at most; V(0) for any number. Certificates that end within three days are renewed"
        " all the same.",
        default=0,
    ),
    Variable(
        "cucm_renew_fail_on",
        "list",
        Level.RUN,
        "With which states of C(cucm_outcome) the playbook ends as failed.",
        default=["failed"],
        elements="str",
        choices=("failed", "waits_for_restart", "waits_for_ca", "renewed", "nothing_to_do"),
    ),
)

SHARED = (*SITE, *RUN, *UNDO, *SAFETY, *CONNECTION, *PLATFORM, *AXL_ACCOUNT, *OS_ACCOUNT, *AUDIT, *RENEWAL)
BY_NAME: Mapping[str, Variable] = {variable.name: variable for variable in SHARED}
