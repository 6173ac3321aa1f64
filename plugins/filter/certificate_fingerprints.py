# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fingerprints of the certificates in a PEM text."""

from __future__ import annotations

import binascii
import hashlib
import re
import ssl
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: certificate_fingerprints
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: The SHA-256 fingerprints of the certificates in a PEM text
description:
  - Gives the fingerprint of each certificate of a PEM text, in the form of the key C(fingerprint_sha256) that the
    modules of this collection return, so that certificates can be compared without comparing texts.
positional: _input
options:
  _input:
    description: One or several certificates in PEM, with or without other text around them.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: See whether the node trusts our CA already
  ansible.builtin.assert:
    that: >-
      lookup('ansible.builtin.file', 'ca/root.pem') | ucops.cucm.certificate_fingerprints
      is subset(info.trust | map(attribute='fingerprint_sha256'))
"""

RETURN = r"""
_value:
  description: Fingerprints as in V(5A:0B:…), in the order of the text.
  type: list
  elements: str
"""

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificate_fingerprints(text: str) -> list[str]:
    """See DOCUMENTATION; raises AnsibleFilterError when there is no certificate or one is damaged."""
    try:
        certificates = [ssl.PEM_cert_to_DER_cert(found) for found in _PEM.findall(text)]
    except (ValueError, binascii.Error) as error:
        raise AnsibleFilterError(f"A certificate of the text is damaged: {error}") from error
    if not certificates:
        raise AnsibleFilterError(
            "There is no certificate in PEM in the text; check the path that it comes from."
        )
    return [hashlib.sha256(certificate).digest().hex(":").upper() for certificate in certificates]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"certificate_fingerprints": certificate_fingerprints}
