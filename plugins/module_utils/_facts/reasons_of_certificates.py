# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of reasons: certificates, CSRs and CAs."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reason import Reason

SIGNING: Mapping[str, Reason] = {
    "approle_refused": Reason(
        "Vault refused the AppRole.",
        "Give the role ID and a secret ID of one AppRole; a secret ID may be used up.",
    ),
    "approle_unknown": Reason(
        "Vault has no AppRole login at this path.", "Correct vault.approle_mount and vault.namespace."
    ),
    "auth_key_refused": Reason(
        "CFSSL refused the authentication key.", "Give the key that auth_key of the profile names."
    ),
    "auth_key_required": Reason(
        "The CFSSL profile signs authenticated requests only.", "Set cfssl.auth_key."
    ),
    "auth_method_not_offered": Reason(
        "The web server of the CA does not offer this kind of logon.", "Choose another adcs.auth_method."
    ),
    "authentication_broken": Reason(
        "The logon to the web server of the CA broke off.",
        "Check for a proxy between, and the clocks of both machines.",
    ),
    "ca_chain_incomplete": Reason(
        "The chain of the CA does not reach a root.", "Give all certificates up to the root."
    ),
    "ca_chain_unavailable": Reason(
        "The CA did not give its own certificates.", "Set cucm_certificate_ca_certificate_paths."
    ),
    "ca_differs": Reason(
        "The directory has another CA than the requested one; it was not touched.", "Use another directory."
    ),
    "ca_failed": Reason("The CA could not sign, for a reason of its own.", "Read its log, and run again."),
    "ca_index_damaged": Reason("The index of the local CA is damaged.", "Restore it from a backup."),
    "ca_index_not_writable": Reason(
        "The index of the local CA cannot be written.", "Correct the rights of the file."
    ),
    "ca_key_does_not_match": Reason(
        "The private key does not belong to the CA certificate.",
        "Correct local.private_key_path or local.certificate_path.",
    ),
    "ca_key_missing": Reason(
        "The CA certificate is there, and its key is not.", "Restore the key, or use another directory."
    ),
    "ca_key_not_encrypted": Reason(
        "A passphrase was given for a key that is not encrypted.", "Leave the passphrase out."
    ),
    "ca_key_not_pkcs8": Reason(
        "The private key has OpenSSL's older, weak encryption.",
        "Convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc.",
    ),
    "ca_key_passphrase_missing": Reason("The private key is encrypted.", "Set local.private_key_passphrase."),
    "ca_key_passphrase_wrong": Reason("The passphrase does not open the private key.", "Correct it."),
    "ca_key_permissions": Reason("Others may read the private key.", "Run chmod 600 on the file."),
    "ca_key_type_not_supported": Reason(
        "The key of the CA has an unsupported type.", "Use an RSA or EC key."
    ),
    "ca_key_unreadable": Reason("The file is not a private key.", "Give a private key as PEM."),
    "ca_key_unusable": Reason(
        "The private key of the CA cannot be used; the message says why.", "Correct the key."
    ),
    "ca_name_not_writable": Reason(
        "The subject of the CA certificate has characters that its string type does not allow.",
        "Use a CA certificate whose subject is correctly encoded.",
    ),
    "ca_sealed": Reason("Vault is sealed.", "Unseal it, and run again."),
    "ca_serials_exhausted": Reason(
        "No free serial number was found.", "Run again; check the index of the CA."
    ),
    "ca_unusable": Reason("The CA cannot sign now; the message says why.", "Correct it, and run again."),
    "ca_without_issuer": Reason(
        "The PKI engine of Vault has no issuer.", "Configure an issuer, or correct vault.mount."
    ),
    "csr_refused": Reason(
        "The policy does not allow this CSR; nothing was sent.", "See the findings: they begin with csr_."
    ),
    "issued_certificate_refused": Reason(
        "The CA issued a certificate that cannot be used. It exists at the CA, and is in the result.",
        "Correct the template, revoke the certificate, and request again with force.",
    ),
    "mount_unknown": Reason("Vault has no PKI engine at this path.", "Correct vault.mount."),
    "namespace_unknown": Reason("Vault has no such namespace.", "Correct vault.namespace."),
    "no_ca": Reason("None of the certificates is that of a CA.", "Give the certificates of the CA."),
    "no_kerberos_ticket": Reason(
        "There is no Kerberos ticket for the web server of the CA.",
        "Check the account, the realm and the URL.",
    ),
    "outcome_unknown": Reason(
        "The CSR was sent and the answer was lost. It is not sent again by itself.",
        "Look at the CA. Give the number of the request as request_id, or request again with force.",
    ),
    "outlives_ca": Reason(
        "The certificate would be valid for longer than its CA.",
        "Request a shorter validity, or renew the CA.",
    ),
    "profile_lacks_usage": Reason(
        "The CFSSL profile does not give a usage that the service needs.",
        "Add it to the usages of the profile.",
    ),
    "profile_signs_certificates": Reason(
        "The CFSSL profile gives the usage 'cert sign'.", "Remove it, or name another profile."
    ),
    "profile_unknown": Reason("CFSSL has no such profile.", "Correct cfssl.profile."),
    "request_denied": Reason(
        "The CA denied the request; the message has its words.",
        "Correct the cause, and request again with force.",
    ),
    "request_unknown": Reason(
        "The CA knows no request with this number.", "Correct request_id, or request again with force."
    ),
    "role_fixed_end": Reason(
        "The Vault role sets a fixed end of validity.", "Clear not_after of the role, or name another role."
    ),
    "role_key_bits": Reason(
        "The Vault role wants a longer key.", "Lower key_bits of the role, or use a longer key."
    ),
    "role_key_type": Reason(
        "The Vault role takes another type of key.", "Set key_type=any on the role, or name another."
    ),
    "role_lacks_extended_key_usage": Reason(
        "The Vault role does not give an extended key usage that the service needs.",
        "Set its flag on the role.",
    ),
    "role_lacks_key_usage": Reason(
        "The Vault role does not give a key usage that the service needs.", "Add it to key_usage of the role."
    ),
    "role_refuses_names": Reason(
        "The Vault role does not allow a name of the CSR.",
        "Allow it on the role, or generate the CSR without it.",
    ),
    "role_signs_certificates": Reason(
        "The Vault role gives the key usage CertSign.", "Remove CertSign from key_usage of the role."
    ),
    "role_unknown": Reason("Vault has no such role.", "Correct vault.role."),
    "state_damaged": Reason(
        "The file of waiting requests is damaged.",
        "Restore it; without it, give request_id for each node that waits.",
    ),
    "token_invalid": Reason(
        "Vault does not take the token.", "Get a new one with vault login or vault token create."
    ),
}

POLICY: Mapping[str, Reason] = {
    "csr_asks_for_ca": Reason(
        "The CSR asks to become a CA.", "Generate the CSR on the node, for a service other than CAPF"
    ),
    "csr_curve_unsupported": Reason(
        "The EC key of the CSR is on a curve that Unified CM does not use.",
        "Generate the CSR with a key on one of {curves}",
    ),
    "csr_extended_key_usage_not_allowed": Reason(
        "The CSR asks only for usages that no certificate is given.",
        "Generate the CSR for this service; given are {usages}",
    ),
    "csr_hash_not_allowed": Reason(
        "The CSR is signed with a hash that is not allowed.", "Generate the CSR again with SHA256"
    ),
    "csr_key_too_large": Reason(
        "The RSA key of the CSR is longer than allowed.", "Generate the CSR with a key of at most {bits} bits"
    ),
    "csr_key_too_small": Reason(
        "The key of the CSR is shorter than allowed.", "Generate the CSR with a key of at least {bits} bits"
    ),
    "csr_key_type_not_allowed": Reason(
        "The key of the CSR has a type that is not allowed.", "Generate the CSR with an allowed key type"
    ),
    "csr_key_type_wrong": Reason(
        "The key of the CSR has another type than the service needs.",
        "Name the service that the CSR was made for in the option service",
    ),
    "csr_key_weak": Reason("The public exponent of the key is too small.", "Generate the CSR on the node"),
    "csr_lacks_extended_key_usage": Reason(
        "The CSR does not ask for an extended key usage that the service needs.",
        "Generate the CSR for this service, or set the option required_extended_key_usages",
    ),
    "csr_lacks_key_usage": Reason(
        "The CSR does not ask for a key usage that the service needs.", "Generate the CSR for this service"
    ),
    "csr_name_kind_not_allowed": Reason(
        "The CSR has a kind of subject alternative name that is not signed.", "Generate the CSR without it"
    ),
    "csr_name_malformed": Reason(
        "The CSR has a name with characters that no such name has.",
        "Generate the CSR with names of letters, digits, hyphens and dots",
    ),
    "csr_name_not_allowed": Reason(
        "The CSR has a name that is neither among the allowed names nor in an allowed domain.",
        "Add it to the option allowed_names, or its domain to allowed_domains, if it should be signed",
    ),
    "csr_signature_invalid": Reason(
        "The CSR's own signature is wrong: it was changed, or its sender does not have the key.",
        "Fetch the CSR from the node again",
    ),
    "csr_too_many_names": Reason(
        "The CSR has more subject alternative names than allowed.",
        "Generate the CSR with the names that are needed, or raise the option max_alt_names",
    ),
    "csr_weak_hash": Reason(
        "The CSR is signed with a hash that can be forged; a warning where the policy allows it.",
        "Generate the CSR with SHA256 as soon as the release can",
    ),
    "csr_weak_key": Reason(
        "The key of the CSR can be broken; a warning where the policy allows it.",
        "Generate the CSR with a key of at least {bits} bits as soon as the release can",
    ),
    "csr_wildcard": Reason(
        "The CSR asks for a wildcard, which Unified CM does not support.",
        "Generate the CSR with the names of the nodes",
    ),
    "csr_with_several_common_names": Reason(
        "The CSR has several common names.", "Generate the CSR on the node"
    ),
    "csr_without_common_name": Reason("The CSR has no common name.", "Generate the CSR on the node"),
}

CERTIFICATES: Mapping[str, Reason] = {
    "alt_names_differ": Reason(
        "The subject alternative names are not the requested ones.",
        "Let the CA take the subject alternative names of the CSR exactly, adding none",
    ),
    "authority_key_identifier_differs": Reason(
        "A certificate names another issuer certificate in its authority key identifier.",
        "Use the certificate of the CA that the identifier names, or have the lower certificate issued again",
    ),
    "ca_expired": Reason(
        "A CA has expired, and valid certificates depend on it.",
        "Renew the CA, add its new certificate to the trust stores of all peers, then renew what depends on it.",
    ),
    "ca_expires_soon": Reason(
        "A CA expires soon, and valid certificates depend on it.",
        "Renew the CA, add its new certificate to the trust stores of all peers, then renew what depends on it.",
    ),
    "client_authentication_ends": Reason(
        "A public CA issued the certificate, and the renewal will be for servers only.",
        "Move to a private CA before the renewal, whose CAs the peers trust in advance.",
    ),
    "client_authentication_lost": Reason(
        "A renewed certificate has no client authentication, and the installed one has.",
        "Have it issued by a CA, or with a template, that gives both serverAuth and clientAuth.",
    ),
    "client_authentication_missing": Reason(
        "The certificate is for servers only; a trunk over TLS is client and server.",
        "Have it issued by a CA that gives server and client authentication.",
    ),
    "common_name_collision": Reason(
        "Two certificates of one common name are for one trust store, which keeps one of them.",
        "Give one of them only; of a CA that was signed twice, the self-signed root.",
    ),
    "common_name_differs": Reason(
        "The common name is not the requested one.",
        "Let the CA keep the subject of the CSR",
    ),
    "critical_extension": Reason(
        "Extensions other than keyUsage and basicConstraints are critical.",
        "Let the CA mark only keyUsage and basicConstraints as critical",
    ),
    "critical_extension_unknown": Reason(
        "A CA certificate has critical extensions that TLS libraries do not process.",
        "Use a CA certificate without them, or have it issued with these extensions not critical",
    ),
    "curve_unsupported": Reason(
        "The EC key is on a curve that Unified CM does not use.", "Use a key on one of {curves}"
    ),
    "data_encipherment_lost": Reason(
        "The CA removed the key usage dataEncipherment that the CSR asks for.",
        "Let the CA, or its certificate template, allow encryption of user data",
    ),
    "ends_no_later": Reason(
        "A renewed certificate expires no later than the installed one.",
        "Check the validity that the CA gives: its own certificate may expire, or its policy may have changed.",
    ),
    "expired": Reason("A certificate is no longer valid.", "Use a certificate that is valid now"),
    "expires_soon": Reason(
        "A certificate expires within the configured number of days.",
        "Renew it (playbook ucops.cucm.pair_clusters), then restart Cisco CallManager.",
    ),
    "extended_key_usage_absent": Reason(
        "A note: the certificate has no extended key usage, which allows every use.",
        "Nothing needs to be done.",
    ),
    "extended_key_usage_missing": Reason(
        "The extended key usage lacks what the service needs.",
        "Use a CA, or a certificate template, that gives both server and client authentication",
    ),
    "forced": Reason(
        "A new certificate or request was made because force is set.", "Remove force after the run."
    ),
    "hash_differs": Reason(
        "The pending CSR has another hash than the requested one.", "A new CSR is generated."
    ),
    "hash_too_weak": Reason(
        "The certificate is signed with a weak hash.", "Let the CA sign with one of {hashes}"
    ),
    "installed_by_another_run": Reason(
        "Another run has installed a certificate meanwhile.", "Run the same command again."
    ),
    "is_a_ca": Reason(
        "The certificate may sign other certificates.", "Have it issued as an end entity certificate"
    ),
    "issuer_displaced": Reason(
        "The upload would displace the issuer of certificates that are in use.",
        "Replace the certificates of the old CA first, then remove it (state: absent).",
    ),
    "issuer_is_no_ca": Reason(
        "The issuer of a certificate may not sign certificates.", "Use the certificate of a CA"
    ),
    "issuer_limits_usage": Reason(
        "A CA is limited to usages that the service needs more of.",
        "Use a CA that is not limited to server authentication",
    ),
    "issuer_not_trusted": Reason(
        "The issuer of a certificate is not among the trusted CAs.",
        "Import the root and the intermediate certificates of the CA first",
    ),
    "key_differs": Reason(
        "The certificate is for another key than the CSR.",
        "Sign the CSR that is pending on the node now; a newer CSR has replaced the key",
    ),
    "key_strength_lost": Reason(
        "A renewed certificate has a shorter key than the installed one.",
        "Request a key of the former length (cucm_certificate_key_length).",
    ),
    "key_too_large": Reason("The key is longer than Unified CM accepts.", "Use a key of at most {bits} bits"),
    "key_too_small": Reason("The key is too short.", "Use a key of at least {bits} bits"),
    "key_type_unknown": Reason("The key is neither RSA nor EC.", "Use an RSA or EC key"),
    "key_type_wrong": Reason(
        "The service needs a key of the other type.",
        "Generate the CSR for {service}, or upload to the other service",
    ),
    "key_usage_missing": Reason(
        "The key usage lacks what the service needs.", "Let the CA take the key usage of the CSR"
    ),
    "name_constraints": Reason(
        "The name constraints of a CA exclude a name of the certificate.",
        "Use a CA whose name constraints include the names of the nodes",
    ),
    "names_differ": Reason(
        "The certificate is made out to other names than the node's (cucm_hostname).",
        "Correct cucm_hostname, or renew the certificate.",
    ),
    "names_lost": Reason(
        "A renewed certificate lacks names that the installed one has.",
        "Request them (cucm_certificate_common_name, cucm_certificate_subject_alt_names); peers know the node by them.",
    ),
    "netscape_type_excludes": Reason(
        "The extension netscape-cert-type excludes a use that the service needs.",
        "Let the CA leave this extension out, or give it SSL client and SSL server",
    ),
    "no_certificate": Reason("The node has no certificate of this service.", "A new one is requested."),
    "no_csr": Reason("The node has no pending CSR.", "A new one is generated."),
    "not_a_ca": Reason(
        "A certificate for a trust store is neither a CA nor self-signed, so nothing can be verified with it.",
        "Put the certificate of the CA that issued it into the trust store",
    ),
    "not_trusted": Reason(
        "A node does not trust the certificate of a peer.",
        f"Upload the CA of the peer to CallManager-trust ({CERTIFICATE_PAGE}), then restart Cisco CallManager.",
    ),
    "not_trusted_by_peer": Reason(
        "A cluster on the other side of a trunk cannot verify the certificate.",
        "Upload the CA to CallManager-trust of the peer, then restart Cisco CallManager there.",
    ),
    "not_yet_valid": Reason(
        "The validity of a certificate has not begun.", "Check the clocks of the CA and of this host"
    ),
    "other_issuer": Reason(
        "The installed certificate comes from another CA than the configured one.", "A new one is requested."
    ),
    "outlives_issuer": Reason(
        "The certificate is valid for longer than its CA.", "Ask for a shorter validity, or renew the CA"
    ),
    "path_too_long": Reason(
        "A CA allows fewer CAs below it than the chain has.",
        "Sign with a CA that stands higher, or let the upper CA renew this one with a larger pathlen",
    ),
    "root_displaced": Reason(
        "The upload would displace a root by a cross-signed certificate.",
        "Leave the cross-signed certificate out: the self-signed root verifies the same certificates.",
    ),
    "root_signature_wrong": Reason(
        "A root names itself as its issuer, and its own key did not sign it.",
        "Get the root certificate from the CA again, and compare its fingerprint with what the CA publishes; if the CA"
        " has renewed its key under the same name, add the certificate of the key before",
    ),
    "self_signed": Reason(
        "A certificate is self-signed, and not itself in the trust store of the peer.",
        "Have it signed by the CA (playbook ucops.cucm.pair_clusters), then restart Cisco CallManager.",
    ),
    "self_signed_on_trunk": Reason(
        "A trunk relies on a self-signed certificate that every peer must have by itself.",
        "Have it signed by the CA.",
    ),
    "still_old": Reason(
        "The services were restarted, and the SIP port still shows the old certificate.",
        "Read the message, and restart Cisco CallManager again; check that the port belongs to the node.",
    ),
    "trailing_dot": Reason(
        "A note: names were compared without the dot at their end.", "Nothing needs to be done."
    ),
    "trust_duplicate": Reason("A trust store has the same certificate several times.", "Delete all but one."),
    "trust_expired": Reason(
        "A trust store has an expired certificate on which nothing depends.", "Delete it, if no peer uses it."
    ),
    "trust_leftover": Reason(
        "A trust store has a self-signed certificate that its node no longer uses.",
        "Delete it, if the new one is everywhere.",
    ),
    "trust_same_name": Reason(
        "A trust store has a newer certificate of the same name with another key.",
        "Keep the older one until everything that depends on it is renewed.",
    ),
    "trust_superseded": Reason(
        "A trust store has a newer certificate of the same key.", "Delete the older one."
    ),
    "wildcard": Reason("Unified CM does not support wildcard names.", "Use the names of the nodes"),
}
