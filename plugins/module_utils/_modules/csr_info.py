# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module csr_info: what a CSR asks for, and whether the policy would let it be signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import PEER_PROFILES, PROFILES
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import (
    ignored_requests,
    is_signature_right,
    judge_csr,
    weaknesses,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy_options import (
    POLICY_ARGUMENTS,
    check_policy_numbers,
    policy_of,
    profile_from,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import LARGEST_CSR, describe_csr, load_csr

if TYPE_CHECKING:
    from cryptography import x509

ARGUMENTS: dict[str, dict[str, Any]] = {
    "csr_content": {"type": "str"},
    "csr_path": {"type": "path"},
    "service": {"type": "str", "choices": [*PROFILES, *PEER_PROFILES], "default": "CallManager"},
    **POLICY_ARGUMENTS,
}


def run(params: Params, context: Context) -> Result:
    """Describe the CSR and apply the policy to it; the verdict is part of the result, never an error."""
    check_policy_numbers(params)
    csr = _load(params)
    findings = judge_csr(csr, policy=policy_of(params), profile=profile_from(params))
    weak = weaknesses(csr)
    if params["allow_weak_csr"]:
        for finding in weak:
            context.warn(f"{finding.text[:1].upper()}{finding.text[1:]}. {finding.remedy}.")
    return {
        "changed": False,
        "service": params["service"],
        **describe_csr(csr),
        "signature_valid": is_signature_right(csr),
        "acceptable": not findings,
        "findings": [finding.as_dict() for finding in findings],
        "weaknesses": [finding.as_dict() for finding in weak],
        "ignored_usages": ignored_requests(csr),
    }


def _load(params: Params) -> x509.CertificateSigningRequest:
    path = params["csr_path"]
    if path is None:
        return load_csr(params["csr_content"], source="csr_content")
    return load_csr(read_file(path, option="csr_path", largest=LARGEST_CSR), source=path)


DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENTS,
    libraries=("cryptography",),
    mutually_exclusive=(("csr_content", "csr_path"),),
    required_one_of=(("csr_content", "csr_path"),),
)
