# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The backends: the options of each way to a CA."""

    DOCUMENTATION = r"""
options:
  local:
    description:
      - Options of O(backend=local), required for it. The paths are of the host that the task runs on.
      - Key usage and extended key usage are those of the CSR without what no service is given, or those of O(service) when the
        CSR has none; subject and subject alternative names are the CSR's; the serial number is random.
      - Many tasks may sign with one CA at once, on one host.
    type: dict
    suboptions:
      private_key_path:
        description: Path of the CA's private key, encrypted PKCS#8 in PEM. Only its owner may have permissions on it.
        type: path
        required: true
      private_key_passphrase:
        description: Passphrase of the CA's private key.
        type: str
      allow_unencrypted_key:
        description: Take a private key that is not encrypted.
        type: bool
        default: false
      certificate_path:
        description: Path of the CA's certificate, PEM or DER.
        type: path
        required: true
      chain_path:
        description:
          - Path of a PEM file with the intermediate certificates and the root, in any order.
          - Required unless the CA is a root itself.
        type: path
      index_path:
        description:
          - Path of the index of issued certificates, in the format of C(openssl ca), so that OpenSSL can revoke them and make revocation
            lists. The default is C(index.txt) beside O(local.certificate_path).
          - Beside it stand a lock, the attributes file of OpenSSL, and a log of JSON lines with the ending C(.jsonl)
            that also holds the certificates. Do not run C(openssl ca) on the index while this module signs.
        type: path
      digest:
        description: Hash of the CA's signature.
        type: str
        choices: [sha256, sha384, sha512]
        default: sha256
      backdate_minutes:
        description: The certificate is valid from this many minutes ago, for nodes whose clocks are behind.
        type: int
        default: 10
      allow_shorter_validity:
        description:
          - What to do when the certificate would outlive its CA. With V(true) it ends with the CA, and the result has a warning;
            with V(false) it is not signed.
        type: bool
        default: false
  adcs:
    version_added: 0.2.0
    description:
      - Options of O(backend=adcs), required for it. The CA is one of Active Directory Certificate Services, reached through its web
        pages (role service Certification Authority Web Enrollment), which are the same since Windows Server 2003.
      - A stand-alone CA puts each request aside until an administrator issues it. An enterprise CA does what the template says.
      - The paths are of the host that the task runs on.
    type: dict
    suboptions:
      url:
        description:
          - Where the pages are, for example C(https://ca.example.com/certsrv). HTTPS only.
          - Without a path, C(/certsrv) is meant.
        type: str
        required: true
      validate_certs: &validate_certs
        description:
          - Whether the TLS certificate of the CA's server must be trusted. Set it to V(false) in a laboratory only, since whoever is in
            between gets the account and can answer as the CA.
        type: bool
        default: true
      ca_path: &ca_path
        description:
          - File with the CA certificates (PEM) that are trusted to sign the server's TLS certificate, or a directory of them prepared by
            C(openssl rehash). Only these are trusted then.
          - Without it, the CAs of the operating system and those of the Python package C(certifi) are trusted.
        type: path
      tls_fingerprint: &tls_fingerprint
        description:
          - SHA-256 fingerprint of the server's own TLS certificate in hexadecimal, colons allowed. The connection is made only to a
            server that shows this very certificate; names, dates and CAs do not count then.
        type: str
      timeout: &timeout
        description: Seconds within which a request must be answered as a whole. A connection must be made within this time and within 10 seconds.
        type: int
        default: 60
      auth_method:
        description:
          - How to log on to the web server. A wrong password is tried once only, since accounts lock.
          - V(ntlm) and V(kerberos) bind the logon to the TLS connection, as Extended Protection demands. They need the Python libraries
            C(requests-ntlm) and C(requests-gssapi).
          - V(kerberos) uses O(adcs.username) and O(adcs.password), or without them the ticket that C(kinit) has got.
          - V(basic) sends the password to the server, within TLS.
          - V(certificate) shows O(adcs.client_certificate_path) and needs neither user name nor password.
        type: str
        choices: [basic, ntlm, kerberos, certificate]
        default: ntlm
      username:
        description:
          - Name of the account, as C(EXAMPLE\user) or C(user@example.com). For V(kerberos) the principal.
          - Required for V(basic) and V(ntlm). It is given together with O(adcs.password) or not at all.
        type: str
      password:
        description: Password of the account.
        type: str
      client_certificate_path:
        description:
          - Path of a PEM file with the certificate (and its chain) that is shown to a server which asks for one.
          - Required for V(certificate), and together with O(adcs.client_key_path). Both may be one file.
        type: path
      client_key_path:
        description: Path of a PEM file with the private key of O(adcs.client_certificate_path), not encrypted.
        type: path
      template:
        description:
          - Name of the certificate template, without spaces. It is not the display name; C(certtmpl.msc) shows both.
          - It must give server and client authentication, allow the encryption of user data (data encipherment), and take subject and
            alternative names from the request.
          - Leave it out, or empty, for a stand-alone CA, which has no templates.
        type: str
      attributes:
        description:
          - Further attributes of the request, each a text C(Name:Value).
          - C(SAN) is refused, since the CSR has the alternative names and a CA that takes them from here is open to anybody.
            C(CertificateTemplate) is refused too, in favour of O(adcs.template).
        type: list
        elements: str
        default: []
      chain_path:
        description:
          - Path of a file with the certificates of the CA and of those above it up to the root, PEM, in any order.
          - With it, the server is not asked for them. Needed where its pages do not give them, as is often so when they are on another
            server than the CA.
        type: path
  vault:
    version_added: 0.2.0
    description:
      - Options of O(backend=vault), required for it. The CA is a PKI secrets engine of HashiCorp Vault or OpenBao, and a role of it says
        what is signed.
      - The paths of files are of the host that the task runs on.
    type: dict
    suboptions:
      url:
        description: Where the server answers, for example C(https://vault.example.com:8200). HTTPS only.
        type: str
        required: true
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_fingerprint: *tls_fingerprint
      timeout: *timeout
      mount:
        description: Path at which the PKI secrets engine is mounted, as C(vault secrets list) shows it.
        type: str
        default: pki
      role:
        description:
          - Name of the role. It must allow the names of the nodes, and have the flags of server and client and the key usages
            C(DigitalSignature), C(KeyEncipherment) and C(DataEncipherment).
          - Of the subject of the CSR only the common name is taken; the rest comes from the role.
          - A policy that lets the token read the role has it checked before anything is signed.
        type: str
        required: true
      auth_method:
        description: How to log in, with a token or with an AppRole.
        type: str
        choices: [token, approle]
        default: token
      token:
        description:
          - The token, required for V(token). Its policy needs C(update) on C(<mount>/sign/<role>); C(read) on C(<mount>/roles/<role>) is
            of advantage.
          - A token with a limited number of uses needs at least four of them.
          - If not given, the environment variable E(VAULT_TOKEN) is used, of the host that the task runs on.
        type: str
      role_id:
        description: The role ID of the AppRole, required for V(approle).
        type: str
      secret_id:
        description:
          - The secret ID of the AppRole, unless it needs none. It is tried once only.
        type: str
      approle_mount:
        description: Path at which the AppRole login is mounted, without C(auth/).
        type: str
        default: approle
      namespace:
        description: The namespace, as a whole path.
        type: str
      chain_path:
        description:
          - Path of a PEM file with the certificates above the issuing CA up to the root, in any order.
          - Only needed when the engine does not know them. They take the place of those that the engine has.
        type: path
  cfssl:
    version_added: 0.2.0
    description:
      - Options of O(backend=cfssl), required for it. The CA is a server of CFSSL (C(cfssl serve)) behind HTTPS.
      - A CFSSL profile decides on usages and validity. It must have the usages C(digital signature), C(key encipherment),
        C(data encipherment), C(server auth) and C(client auth).
      - The paths are of the host that the task runs on.
    type: dict
    suboptions:
      url:
        description: Where the server answers, for example C(https://ca.example.com:8888). HTTPS only.
        type: str
        required: true
      validate_certs: *validate_certs
      ca_path: *ca_path
      tls_fingerprint: *tls_fingerprint
      timeout: *timeout
      profile:
        description:
          - Name of the signing profile. Without it, the default profile is used.
          - CFSSL takes a name that it does not know for the default profile.
        type: str
      label:
        description: Label of the signer, for a server with several of them (C(multirootca)).
        type: str
      auth_key:
        description:
          - Authentication key of the profile, in hexadecimal digits. With it, requests are authenticated.
          - A profile without a key lets anybody who reaches the server have certificates signed.
        type: str
      chain_path:
        description:
          - Path of a PEM file with the certificates above the issuing CA up to the root, in any order.
          - Required unless the CA is a root itself, since CFSSL shows the issuing certificate only.
        type: path
"""
