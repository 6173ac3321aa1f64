# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where to connect, as whom, and whom to trust."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the Unified CM node to connect to, without a scheme and without a port.
      - If not given, the environment variable E(CUCM_HOST) is used.
    type: str
    required: true
  port:
    description:
      - TCP port of the node's HTTPS services.
      - If not given, the environment variable E(CUCM_PORT) is used.
    type: int
    default: 8443
  username:
    description:
      - Name of the account. Which account a module needs is said in its notes.
      - If not given, the environment variable E(CUCM_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of the account. A refused password is never tried again, since accounts lock.
      - Ansible masks the password wherever it occurs in a result. A module whose data would be falsified by that fails
        with the reason V(secret_in_result), before it changes anything. So the password must be no part of a host name, a
        service name or a certificate, and must have four characters or more.
      - If not given, the environment variable E(CUCM_PASSWORD) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether the node's TLS certificate must be trusted. Set it to V(false) in a laboratory only;
        for nodes on self-signed certificates use O(tls_fingerprint).
      - If not given, the environment variable E(CUCM_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates (PEM) that are trusted to sign the node's certificate, or a
        directory of them prepared by C(openssl rehash). Only these are trusted then.
      - Without it, the CAs of the operating system and those of the Python package C(certifi) are trusted.
      - The variables E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) and proxies of the environment have no effect.
      - The variables E(SSL_CERT_FILE) and E(SSL_CERT_DIR) say where the operating system's CAs are, as for every program
        that uses OpenSSL. They have no effect on O(ca_path) and O(tls_fingerprint).
      - If not given, the environment variable E(CUCM_CA_PATH) is used.
    type: path
  tls_fingerprint:
    description:
      - SHA-256 fingerprint of the node's own TLS certificate in hexadecimal, colons allowed.
        The connection is made only to a node that shows this very certificate; names, dates and CAs do not count then.
      - For nodes that still have a self-signed certificate. The error about an untrusted certificate shows the
        fingerprint that was presented; compare it on the node (C(show cert own tomcat)) before pinning it.
      - If not given, the environment variable E(CUCM_TLS_FINGERPRINT) is used.
    type: str
  timeout:
    description:
      - Seconds within which a request must be answered as a whole. A TCP connection must be made within this time and within 10 seconds.
      - The content of a file that is fetched may take longer, as long as at least 8 KiB come each second on average.
      - If not given, the environment variable E(CUCM_TIMEOUT) is used.
    type: int
    default: 60
  allow_legacy_tls:
    description:
      - Whether this node may speak TLS 1.0 and 1.1, sign with SHA-1 and have keys of 1024 bits, as releases 9.1 and 10.5 do and
        OpenSSL 3 refuses. The bar is lowered for the connection to this node alone.
      - An eavesdropper can break such a connection, and it carries the password, so use it only in networks that you trust, with
        an account for this purpose, and O(tls_fingerprint).
      - A policy of the operating system (as C(crypto-policies) of RHEL) may still forbid it.
      - If not given, the environment variable E(CUCM_ALLOW_LEGACY_TLS) is used.
    type: bool
    default: false
    version_added: 0.2.0
requirements:
  - requests >= 2.32
  - urllib3 >= 2.6.3
notes:
  - When a task runs on the control node (C(ansible_connection=local) without become, async or another interpreter),
    its work is done inside the Ansible process, which is many times faster. Set the variable
    C(ucops_cucm_in_process) to V(false) to run every module the ordinary way.
"""
