# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of reasons: problems of the inventory, and tasks that fail."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ucops.cucm.plugins.module_utils._facts.reason import Reason

INVENTORY: Mapping[str, Reason] = {
    "ca_certificates": Reason(
        "The CA certificates of the inventory are missing, unreadable or do not form a chain.",
        "Correct cucm_certificate_ca_certificate_paths: the issuing CA first, then up to the root.",
    ),
    "ca_of_one_side": Reason(
        "Two linked clusters use different CAs, and one side does not trust the other's.",
        "Add the root of the peer's CA after the CAs of the cluster itself.",
    ),
    "differs_in_cluster": Reason(
        "The nodes of a cluster have different values of a variable that belongs to the cluster.",
        "Set the variable once, for the group of the cluster.",
    ),
    "in_two_clusters": Reason(
        "A host is in the groups of several clusters.",
        "Remove it from all but one; a node belongs to one cluster.",
    ),
    "invalid_topology": Reason(
        "The topology file has mistakes; the message lists them with line, place and remedy.",
        "Correct the lines that the message names.",
    ),
    "inventory": Reason(
        "The check of the inventory found problems; the result lists them.",
        "Correct them; each has its own code below.",
    ),
    "missing_variable": Reason(
        "A variable that every node needs is not set.",
        "Set it for the group of the cluster; a password in an encrypted file, or as a credential of AWX.",
    ),
    "name_twice": Reason(
        "Two peers have the same name in their certificates and the same incoming port, so calls of both would arrive"
        " on one trunk.",
        "Give one of them another incoming_port.",
    ),
    "peer_is_a_group": Reason(
        "A peer that is no cluster has the name of a group of the inventory.",
        "Rename the peer or the group, or write the entry with cluster: where it is a cluster of the inventory.",
    ),
    "no_address": Reason("A node of a peer has no address.", "Set address or address_ipv6 of the node."),
    "no_group": Reason(
        "The inventory has no group with the name of the cluster.",
        "Put the nodes of the cluster into a group of this name, or correct cucm_cluster.",
    ),
    "no_hosts": Reason(
        "The run has no hosts.",
        "Check the inventory file, --limit, and cucm_hosts (default: the group cucm).",
    ),
    "node_of_other_cluster": Reason(
        "A node that a peer lists belongs to another cluster.",
        "Correct the name of the peer, or its list of nodes.",
    ),
    "not_evaluated": Reason(
        "The value of a variable refers to something that is not defined.",
        "Define it, or load the file that does, for example with --ask-vault-pass.",
    ),
    "not_in_group": Reason(
        "A host names a cluster in whose group it is not.", "Add it to the group, or correct cucm_cluster."
    ),
    "one_sided": Reason(
        "A peer does not list this cluster in turn, so it would refuse the calls.",
        "Add this cluster to cucm_peers of the peer, or set one_way: true if that is intended.",
    ),
    "own_peer": Reason("A cluster lists itself as a peer.", "Write the name of the other cluster."),
    "pattern_twice": Reason(
        "A route pattern leads to two peers.", "Remove it from one of them; a pattern leads to one trunk."
    ),
    "peer_twice": Reason(
        "Two peers have a node at the same address.", "List each cluster once, by one name."
    ),
    "port_out_of_range": Reason("A number is not a TCP port.", "Write a number from 1 to 65535."),
    "private_key": Reason(
        "The private key of the local CA is missing, unreadable, or readable by others.",
        "Correct local.private_key_path in cucm_certificate_sign_options, or the mode of the file.",
    ),
    "renewal_policy": Reason(
        "The policy of renewals contradicts itself; the message says how.",
        "Correct the variable that the message names.",
    ),
    "report_server": Reason(
        "The options of the report server cannot work.",
        "Correct cucm_report_url, or set both of a pair or neither.",
    ),
    "secret_in_name": Reason(
        "A password occurs in a name of the inventory. Ansible masks passwords in results, and would falsify the name.",
        "Set another password for the account.",
    ),
    "shared_address": Reason(
        "Two hosts have the same address and port.",
        "Give each node its own address; if both mean one node, remove one.",
    ),
    "trunk_twice": Reason(
        "A trunk leads to two peers.",
        "List each peer once, with all its patterns, or give the trunks different names.",
    ),
    "unknown_peer": Reason(
        "The inventory has no cluster with the name of the peer, and the peer lists no nodes.",
        "Correct the name; for a system that is not in the inventory, list its nodes.",
    ),
    "unknown_variable": Reason(
        "No role and no playbook reads this variable.",
        "Correct the name. Your own variables need names that do not begin with cucm_, or stand in cucm_own_variables.",
    ),
    "unreadable_file": Reason(
        "A file that a variable names cannot be read.", "Correct the path, or the rights of the file."
    ),
    "wrong_address": Reason(
        "A text is not a host name or an IP address.", "Correct it; addresses have no port and no zone."
    ),
    "wrong_name": Reason("A name has characters that the administration pages refuse.", "Correct it."),
    "wrong_pattern": Reason(
        "A route pattern or its partition has characters that Unified CM refuses.",
        "Correct it; write patterns in quotes.",
    ),
    "wrong_peer": Reason(
        "An entry of cucm_peers does not have the form of a peer.",
        'Write {cluster: NAME, patterns: ["9898"]}.',
    ),
    "wrong_publisher": Reason(
        "cucm_publisher is no node of the cluster.",
        "Write the inventory name of the publisher. In AWX, use a limit instead of job slices.",
    ),
    "wrong_value": Reason(
        "The value of a variable has the wrong type.", "Write a value of the type that the message names."
    ),
}

TASKS: Mapping[str, Reason] = {
    "answer_lost": Reason(
        "The request may have reached the node, and its answer was lost. The outcome is unknown.",
        "Run the same command again; it reads the present state first.",
    ),
    "audit_failed": Reason(
        "The audit found what cucm_audit_fail_on names.",
        "Read the report, and fix the findings. The report was written.",
    ),
    "authentication_failed": Reason(
        "Wrong user name or password. It was tried once, since accounts lock.",
        "Correct the account that the message names, and check that it is not locked.",
    ),
    "axl_fault": Reason(
        "The configuration database refused a request; the message has its words and code.",
        "Correct the option that the message names.",
    ),
    "bug": Reason(
        "An unexpected error inside the collection.",
        "Please report it, with the message and the trace (-vvv).",
    ),
    "capture_not_started": Reason(
        "The node did not say in time that it captures.",
        "Run utils network capture by hand, and read what the node says.",
    ),
    "capture_unreadable": Reason("The file is not a packet capture.", "Give a pcap or pcapng file."),
    "certificate_refused": Reason(
        "The node refused a certificate; the message has its words.",
        "Often its CA is missing in the trust store, or it does not answer the pending CSR.",
    ),
    "certificate_unreadable": Reason(
        "A certificate cannot be decoded.",
        "Give a PEM, DER or PKCS#7 file; on a node, look at it in Certificate Management.",
    ),
    "certificate_unsuitable": Reason(
        "A certificate was judged before the upload and was not sent; the findings say why.",
        "Have it issued again.",
    ),
    "changed_meanwhile": Reason(
        "Another run or person changed an object after the plan was made. It was left alone.",
        "Run the same command again; it makes a new plan.",
    ),
    "command_line_only": Reason(
        "The service cannot be controlled over the network, since the Control Center runs on it.",
        "Use transport: cli, or the command line of the node.",
    ),
    "command_refused": Reason(
        "The command line of the node did not run the command; the output has its words.",
        "Correct the command, or use an account with the privilege level that it needs.",
    ),
    "csr_differs": Reason(
        "The node generated a CSR that is not what was requested.",
        "Request only what the release can do, or generate the CSR in Cisco Unified OS Administration.",
    ),
    "csr_unreadable": Reason("A CSR cannot be decoded.", "Give the CSR as PEM or DER, as the node shows it."),
    "document_missing": Reason(
        "The audit has no reading of a node.",
        "Look at the task that reads the node; its message says why it failed.",
    ),
    "document_unreadable": Reason("A reading of a node is damaged.", "Read the node again."),
    "duplicate": Reason(
        "An object with this name exists already.", "Use another name, or manage the existing object."
    ),
    "error": Reason("A problem without a code of its own.", "Read the message."),
    "evidence_unreadable": Reason(
        "A file of evidence is damaged, or from another version.",
        "Collect the evidence again with ucops.cucm.verify.",
    ),
    "file_absent": Reason(
        "The node does not have the file.", "Check the name; a capture may not be written yet."
    ),
    "file_not_found": Reason(
        "The SFTP server took the file, and it is not where it was expected.",
        "Correct sftp.local_directory: it is sftp.directory as the host of the task sees it.",
    ),
    "file_not_written": Reason(
        "A file cannot be written where the task runs.", "Check the directory, its rights and the free space."
    ),
    "file_too_large": Reason(
        "A file is larger than the limit.", "Ask for less, raise the limit, or fetch it by hand."
    ),
    "file_unreadable": Reason(
        "A file cannot be read where the task runs.", "Check the path and the rights of the file."
    ),
    "host_key_changed": Reason(
        "The SSH host key of the node is not the expected one.",
        "Find out why, for example a reinstallation, and only then correct cucm_ssh_host_key or the known hosts file.",
    ),
    "host_key_unknown": Reason(
        "Nothing says which SSH host key the node has.",
        "Set cucm_ssh_host_key, after comparing it with the key on the node's console.",
    ),
    "host_name_unknown": Reason(
        "Whether certificates name their node is not known, since its host name is not set.",
        "Set cucm_hostname of the host.",
    ),
    "host_unreachable": Reason(
        "No connection to the node: name, route, refused port, or timeout.",
        "Check the address, the firewall between, and that the node is up.",
    ),
    "hung_up": Reason("The node ended the SSH session; nothing was run.", "Run the same command again."),
    "invalid_option": Reason(
        "The value of an option cannot be used; nothing was sent.", "Correct the option."
    ),
    "missing_library": Reason(
        "A Python library is missing for the Python that runs the task.",
        "Run python -m pip install -r requirements.txt of the collection, with that Python.",
    ),
    "missing_reference": Reason(
        "The configuration names an object that does not exist, such as a device pool.",
        "Create it on the cluster, or correct the name.",
    ),
    "more_than_password_asked": Reason(
        "The node wants more than a password, such as a new one.",
        "Log on by hand once, and do what the node asks for.",
    ),
    "no_common_algorithm": Reason(
        "No SSH algorithm in common with the node.",
        "For releases up to 11.5, set cucm_ssh_allow_legacy_algorithms: true for the cluster.",
    ),
    "no_pending_csr": Reason(
        "The certificate answers no pending CSR of the node.",
        "Sign the CSR that is pending now, or generate a new one.",
    ),
    "no_prompt": Reason(
        "The command line showed no prompt.",
        "Check the SSH port, and log on by hand: the node may ask for something.",
    ),
    "not_deleted": Reason(
        "The node accepted a removal, and still has the certificate.",
        "Stop Cisco Certificate Change Notification on every node of the cluster, and run again.",
    ),
    "not_expected": Reason(
        "A command ran, and its output does not match the option expect.",
        "Read the output, and correct the cause.",
    ),
    "not_found": Reason(
        "The object does not exist in the configuration database, or RisPort70 does not know it.",
        "Correct the name, or add the object; a new trunk is known to RisPort70 after its reset.",
    ),
    "not_installed": Reason(
        "The node accepted an upload, and shows another certificate.",
        "Read the Cisco Certificate Manager logs of the node, and run again.",
    ),
    "not_ready": Reason(
        "A node is not as the run needs it; the message lists what is wrong. Nothing was changed.",
        "Correct it, and run again.",
    ),
    "not_sent": Reason(
        "The node did not send a file to the SFTP server.",
        "Check that the node reaches the server, and the account there.",
    ),
    "not_stored": Reason(
        "The trust store does not take a certificate: it has one of the same common name that is not older.",
        "Remove the old one first (state: absent) if it is no longer needed, or leave this one out.",
    ),
    "peer_elsewhere": Reason(
        "Peers are outside of the audit, so what they trust and show is not known.",
        "Ask whoever operates them, or use ucops.cucm.verify, which sees what they show.",
    ),
    "peers_failed": Reason(
        "The trunks to some peers could not be made; those to the others were.",
        "Fix what the message lists, and run again.",
    ),
    "permission_denied": Reason(
        "The account is right and lacks a right.",
        "Give it the role or privilege level that the message names.",
    ),
    "probe_failed": Reason(
        "The probe of a SIP port found problems; the findings list them.", "Fix them, and probe again."
    ),
    "rate_exceeded": Reason(
        "RisPort70 answers 15 requests a minute for all tools together, and the limit was reached.",
        "Wait a minute, or stop other tools that poll the cluster.",
    ),
    "record_unusable": Reason(
        "The record of an earlier run is missing, damaged or from another version.",
        "Choose another record in the directory cucm_state_directory.",
    ),
    "reset_failed": Reason(
        "A change is stored, and what must be reset to use it was not.",
        "Reset the device by hand, or run again.",
    ),
    "restore_failed": Reason(
        "Some objects could not be put back; the message lists them, and the others were.",
        "Fix what the message lists, and run the restore again.",
    ),
    "secret_in_result": Reason(
        "A password occurs in what a node says. Ansible would mask it, so the data would be falsified.",
        "Set another password for the account.",
    ),
    "server_busy": Reason(
        "The node refused for lack of capacity, after several tries.", "Run again when it is less busy."
    ),
    "service_not_activated": Reason(
        "A service is not activated on the node.",
        "Activate it in Cisco Unified Serviceability > Tools > Service Activation, or leave the node out of the trunk.",
    ),
    "service_refused": Reason(
        "The Control Center refused to start or stop a service; the message has its words.",
        "Read them; try again later.",
    ),
    "serviceability_fault": Reason(
        "A serviceability interface refused a request; the message has its words.",
        "Check the roles of the application user.",
    ),
    "store_unreadable": Reason(
        "A certificate in the trust store of a peer cannot be read, so whether it trusts is not known.",
        "Look at the certificates of the peer in Certificate Management.",
    ),
    "timed_out": Reason(
        "A wait ended without its goal; the message has the last thing seen.",
        "Look at the node, and run again.",
    ),
    "tls_too_old": Reason(
        "The node speaks only TLS versions that are not offered.",
        "For releases 9.1 and 10.5, set cucm_allow_legacy_tls: true for the cluster.",
    ),
    "trunks_unknown": Reason(
        "The audit could not read the SIP trunks, and takes those of the inventory.",
        "Check that the application user may use AXL.",
    ),
    "typing_lost": Reason(
        "The node did not echo a command, so it was not run.", "Run the same command again."
    ),
    "unexpected_answer": Reason(
        "The node answered with something that the protocol does not allow.",
        "Check the address and the port.",
    ),
    "unexpected_question": Reason(
        "The node asked a question for which no answer is configured. It was not answered.",
        "Run the command by hand to see what the question is about.",
    ),
    "unknown_service": Reason("The node has no service or certificate of this name.", "Correct the name."),
    "unsupported_by_release": Reason(
        "The release does not have this option.", "Leave the option out for this cluster."
    ),
    "unsupported_by_transport": Reason(
        "The selected transport cannot do this.", "Use the other transport, or leave the option out."
    ),
    "untrusted_server": Reason(
        "The TLS certificate of the server is not trusted, or has another fingerprint.",
        "Set cucm_ca_path to the CA that signed it, or cucm_tls_fingerprint, after comparing it on the node.",
    ),
    "upload_refused": Reason(
        "The report server refused a file. The run ends as the verdict says.",
        "Check the address, the account and the free space of the server.",
    ),
    "verdict_failed": Reason(
        "A link fails; the report lists what to fix first.", "Fix the causes, and verify again."
    ),
    "version_not_accepted": Reason(
        "The cluster does not accept the AXL version.",
        "Leave cucm_axl_version out, or set it to a version of the release.",
    ),
}
