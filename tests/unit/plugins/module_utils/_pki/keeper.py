# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted CA that keeps requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import Authority, Pending
from ansible_collections.ucops.cucm.tests.support.builders import make_issuing_ca

ISSUING = make_issuing_ca()
WAITS = Pending("89", "Issue request 89", changed=True)
STILL_WAITS = Pending("89", "Issue request 89", changed=False)


@dataclass
class Keeper:
    """A CA that answers what it is told; answers that are errors are raised."""

    signs: Any = WAITS
    polls: list[Any] = field(default_factory=list)
    address: str = "https://ca.example.com/certsrv"
    asked: list[str] = field(default_factory=list)

    def ca_certificates(self):
        return ISSUING.chain

    def authority(self):
        return Authority(ISSUING.chain)

    def latest_end(self, request):
        return None

    def probe(self, profile, validity, now):
        return ()

    def prepare(self, request):
        return ()

    def close(self):
        pass

    def sign(self, request):
        self.asked.append("sign")
        return self._give(self.signs)

    def poll(self, request, request_id):
        self.asked.append(f"poll {request_id}")
        return self._give(self.polls.pop(0))

    @staticmethod
    def _give(answer):
        if isinstance(answer, CucmError):
            raise answer
        return answer
