# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request at a CA that keeps requests is made once, over as many runs as it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import HostUnreachable
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Issued,
    IssuedCertificateRefused,
    OutcomeUnknown,
    RequestDenied,
    RequestKeeper,
    RequestUnknown,
    SigningRequest,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import FileNotWritten
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import Application, Waiting
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.records import GivenRecord, RequestRecord
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem, spki_sha256
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_csr, make_leaf
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.keeper import (
    ISSUING,
    STILL_WAITS,
    WAITS,
    Keeper,
)

CSR = make_csr(names=["DNS:cucm-pub.example.com"])
REQUEST = SigningRequest(CSR, profile_of("CallManager"), timedelta(days=365), NOW)
LEAF = make_leaf(CSR, ISSUING)
KEY = spki_sha256(CSR)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self):
        return self.now


def record(**changes):
    values = {
        "backend": "adcs",
        "ca": "https://ca.example.com/certsrv",
        "spki_sha256": KEY,
        "request_id": "89",
        "requested_at": "2026-11-24T10:00:00Z",
    }
    return RequestRecord(**{**values, **changes})


def application(keeper, memory, *, timeout=0.0, interval=30.0, clock=None, **more):
    clock = clock or Clock()
    return Application(
        keeper,
        REQUEST,
        name="adcs",
        memory=memory,
        remaining=timedelta(days=30),
        waiting=Waiting(timeout, interval, clock.sleep, clock),
        **more,
    )


def remembering(**changes):
    return GivenRecord(record(**changes).as_dict())


def recalled(memory):
    return memory.recall("adcs", "https://ca.example.com/certsrv", KEY)


def test_the_double_is_a_keeper():
    assert isinstance(Keeper(), RequestKeeper)


def test_without_a_record_there_is_nothing_to_follow():
    keeper = Keeper()
    assert application(keeper, GivenRecord(None)).follow() is None
    assert keeper.asked == []


def test_asking_leaves_a_request_that_waits_and_a_record():
    keeper, memory = Keeper(), GivenRecord(None)
    outcome = application(keeper, memory).ask()
    assert (outcome.pending, outcome.certificate, outcome.changed) == (WAITS, None, True)
    assert outcome.record == recalled(memory)
    assert outcome.record.request_id == "89"
    assert keeper.asked == ["sign"]


def test_a_later_run_polls_and_changes_nothing():
    keeper, memory = Keeper(polls=[STILL_WAITS]), remembering()
    outcome = application(keeper, memory).follow()
    assert (outcome.pending, outcome.changed) == (STILL_WAITS, False)
    assert keeper.asked == ["poll 89"]


def test_a_later_run_fetches_the_certificate():
    keeper = Keeper(polls=[Issued(LEAF, request_id="89", changed=False)])
    outcome = application(keeper, remembering()).follow()
    assert (outcome.certificate, outcome.pending, outcome.changed) == (LEAF, None, False)


@pytest.mark.parametrize("changes", [{"spki_sha256": "00"}, {"ca": "https://other.example.com"}])
def test_a_request_for_another_key_or_ca_is_not_followed(changes):
    assert application(Keeper(), remembering(**changes)).follow() is None


def test_a_number_in_the_task_counts_more_than_what_is_remembered():
    keeper, memory = Keeper(polls=[STILL_WAITS, STILL_WAITS]), remembering(request_id="1")
    here = application(keeper, memory, request_id="89")
    here.follow(remember=False)
    assert recalled(memory).request_id == "1"
    here.follow()
    assert recalled(memory).request_id == "89"
    assert keeper.asked == ["poll 89", "poll 89"]


def test_a_number_that_the_ca_does_not_know_is_not_remembered():
    memory = remembering(request_id="1")
    with pytest.raises(RequestUnknown):
        application(Keeper(polls=[RequestUnknown("no 89")]), memory, request_id="89").follow()
    assert recalled(memory).request_id == "1"


def test_the_record_is_there_before_the_csr_is_sent():
    """A run that is cut off between sending and the answer leaves a record without a number."""
    memory = GivenRecord(None)

    class CutOff(Keeper):
        def sign(self, request):
            assert recalled(memory) is not None
            assert recalled(memory).request_id is None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        application(CutOff(), memory).ask()
    with pytest.raises(OutcomeUnknown) as caught:
        application(Keeper(), memory).follow()
    assert caught.value.option == "request_id"
    assert KEY in caught.value.message
    assert "set force" in caught.value.message


def test_a_lost_answer_keeps_the_record_and_tells_it():
    memory = GivenRecord(None)
    keeper = Keeper(signs=OutcomeUnknown("no answer", details={"spki_sha256": KEY}))
    with pytest.raises(OutcomeUnknown) as caught:
        application(keeper, memory).ask()
    assert caught.value.details["request"] == recalled(memory).as_dict()
    assert recalled(memory).request_id is None


def test_a_failure_before_anything_was_sent_leaves_no_record():
    memory = GivenRecord(None)
    with pytest.raises(HostUnreachable):
        application(Keeper(signs=HostUnreachable("no route")), memory).ask()
    assert recalled(memory) is None


def test_a_failure_before_anything_was_sent_leaves_the_record_that_was_there():
    memory = remembering()
    with pytest.raises(HostUnreachable):
        application(Keeper(signs=HostUnreachable("no route")), memory).ask()
    assert recalled(memory) == record()


def test_denied_at_once_does_not_wait():
    memory = GivenRecord(None)
    denied = RequestDenied("no such template", details={"request_id": "85"})
    with pytest.raises(RequestDenied):
        application(Keeper(signs=denied), memory).ask()
    assert recalled(memory) is None


def test_issued_and_not_fetched_is_fetched_by_the_next_run():
    memory = GivenRecord(None)
    broken = HostUnreachable("the certificate could not be fetched", details={"request_id": "89"})
    with pytest.raises(HostUnreachable) as caught:
        application(Keeper(signs=broken), memory).ask()
    assert caught.value.details["request"]["request_id"] == "89"
    assert recalled(memory).request_id == "89"


@pytest.mark.parametrize("error", [RequestDenied("no, says the CA"), RequestUnknown("no request 89")])
def test_a_denial_is_an_error_until_force(error):
    memory = remembering()
    with pytest.raises(type(error)) as caught:
        application(Keeper(polls=[error]), memory).follow()
    result = caught.value.as_result()
    assert result["request_id"] == "89"
    assert result["request"] == record().as_dict()
    assert "set force" in result["msg"]
    assert recalled(memory) == record()


def test_a_refused_certificate_is_told_with_its_request():
    refused = make_leaf(CSR, ISSUING, extended=("serverAuth",))
    for keeper, memory, run in (
        (Keeper(signs=Issued(refused, request_id="89")), GivenRecord(None), "ask"),
        (Keeper(polls=[Issued(refused, request_id="89")]), remembering(), "follow"),
    ):
        with pytest.raises(IssuedCertificateRefused) as caught:
            getattr(application(keeper, memory), run)()
        result = caught.value.as_result()
        assert result["reason"] == "extended_key_usage_missing"
        assert result["certificate"] == pem(refused)
        assert result["request_id"] == "89"
        assert recalled(memory).request_id == "89"


@pytest.mark.parametrize("end", [NOW - timedelta(seconds=1), NOW + timedelta(days=30)])
def test_the_request_of_the_last_renewal_is_not_followed(end):
    past = make_leaf(CSR, ISSUING, end=end)
    assert application(Keeper(polls=[Issued(past)]), remembering()).follow() is None


def test_waiting_is_bounded_and_told():
    keeper, clock = Keeper(polls=[STILL_WAITS] * 4), Clock()
    outcome = application(keeper, GivenRecord(None), timeout=70, interval=30, clock=clock).ask()
    assert outcome.pending is not None
    assert outcome.changed
    assert clock.slept == [30, 30, 10]
    assert outcome.waited == 70
    assert keeper.asked == ["sign", "poll 89", "poll 89", "poll 89", "poll 89"]


def test_waiting_ends_with_the_certificate():
    keeper, clock = Keeper(polls=[STILL_WAITS, Issued(LEAF, changed=False)]), Clock()
    outcome = application(keeper, remembering(), timeout=70, interval=30, clock=clock).follow()
    assert outcome.certificate == LEAF
    assert not outcome.changed
    assert outcome.waited == 30


def test_a_certificate_issued_at_once_is_not_lost_when_the_record_cannot_be_written():
    class Full(GivenRecord):
        def remember(self, record):
            if record.request_id is not None:
                raise FileNotWritten("no space left")
            super().remember(record)

    with pytest.raises(FileNotWritten) as caught:
        application(Keeper(signs=Issued(LEAF, request_id="89")), Full(None)).ask()
    assert caught.value.details["certificate"] == pem(LEAF)
    assert caught.value.details["request_id"] == "89"
