# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of a run have asked of their CAs."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.filter.certificate_requests import FilterModule

RECORD = {"backend": "adcs", "request_id": "89"}
HOSTVARS = {
    "waits": {
        "cucm_certificate_states": {"CallManager": {"pending": True, "instructions": "Issue request 89."}},
        "ansible_facts": {"cucm_certificate_kept_requests": {"CallManager": RECORD}},
    },
    "waits-for-a-person": {
        "cucm_certificate_states": {"CallManager": {"pending": True, "instructions": "Have it signed."}},
    },
    "has-it": {
        "cucm_certificate_states": {"CallManager": {"pending": False, "instructions": ""}},
        "ansible_facts": {"cucm_certificate_kept_requests": {"CallManager": RECORD}},
    },
    "failed-early": {},
    "has-asked-nothing": {
        "ansible_facts": {"cucm_certificate_kept_requests": {}},
    },
}


def test_every_host_that_has_asked_is_told_in_the_order_of_the_hosts() -> None:
    told = FilterModule().filters()["certificate_requests"](HOSTVARS, HOSTVARS)
    assert told == [
        {
            "host": "waits",
            "pending": True,
            "text": "waits: Issue request 89.",
            "requests": {"CallManager": RECORD},
        },
        {
            "host": "waits-for-a-person",
            "pending": True,
            "text": "waits-for-a-person: Have it signed.",
            "requests": {},
        },
        {"host": "has-it", "pending": False, "text": "", "requests": {"CallManager": RECORD}},
    ]


def test_what_waits_for_several_services_is_told() -> None:
    states = {
        "CallManager": {"pending": True, "instructions": "Issue request 89."},
        "tomcat": {"pending": False, "instructions": ""},
        "CallManager-ECDSA": {"pending": True, "instructions": "Issue request 90."},
    }
    (told,) = FilterModule().filters()["certificate_requests"](
        ["a"], {"a": {"cucm_certificate_states": states}}
    )
    assert told["text"] == "a: Issue request 89. Issue request 90."
