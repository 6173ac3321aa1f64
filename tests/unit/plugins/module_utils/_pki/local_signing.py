# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local backend with the default options, and a signing request for it."""

from __future__ import annotations

from datetime import timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend, LocalOptions
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_csr

DEFAULTS = {
    "private_key_passphrase": None,
    "chain_path": None,
    "index_path": None,
    "digest": "sha256",
    "backdate_minutes": 10,
    "allow_shorter_validity": False,
    "allow_unencrypted_key": False,
}


def make_backend(directory, ca, *, draw_serial=None, **changes):
    options = LocalOptions.from_params({**DEFAULTS, **ca.write(directory), **changes})
    return LocalBackend(options, draw_serial=draw_serial)


def make_request(csr=None, *, days=365, service="CallManager"):
    return SigningRequest(csr or make_csr(), profile_of(service), timedelta(days=days), NOW)
