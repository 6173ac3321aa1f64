# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of requests: in a file that many use, or as data handed in and out."""

from __future__ import annotations

import json
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.records import (
    GivenRecord,
    RecordFile,
    RecordsDamaged,
    RequestRecord,
)
from hypothesis import given
from hypothesis import strategies as st

RECORD = RequestRecord("adcs", "https://ca.example.com/certsrv", "ab" * 32, "89", "2026-11-24T10:00:00Z")
KEY = (RECORD.backend, RECORD.ca, RECORD.spki_sha256)


@pytest.fixture
def file(tmp_path):
    return RecordFile(str(tmp_path / "requests.json"))


def test_nothing_is_known_and_nothing_is_written_at_first(file):
    assert file.recall(*KEY) is None
    assert not os.path.exists(file.path)


def test_a_record_is_found_by_another_run(file):
    file.remember(RECORD)
    assert RecordFile(file.path).recall(*KEY) == RECORD
    assert os.stat(file.path).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("position", range(3))
def test_a_record_is_for_one_key_at_one_ca(file, position):
    file.remember(RECORD)
    other = [*KEY]
    other[position] = "another"
    assert file.recall(*other) is None


def test_the_newer_record_replaces_the_older(file):
    file.remember(RECORD)
    file.remember(replace(RECORD, spki_sha256="cd" * 32))
    file.remember(replace(RECORD, request_id="90"))
    assert file.recall(*KEY).request_id == "90"
    assert len(json.loads(Path(file.path).read_bytes())["requests"]) == 2


def test_a_forgotten_record_is_gone_and_the_others_are_not(file):
    other = replace(RECORD, spki_sha256="cd" * 32)
    file.remember(RECORD)
    file.remember(other)
    file.forget(RECORD)
    assert file.recall(*KEY) is None
    assert file.recall("adcs", other.ca, other.spki_sha256) == other


def _remember(path, number):
    RecordFile(path).remember(replace(RECORD, spki_sha256=f"{number:064x}", request_id=str(number)))


def test_many_processes_lose_no_record(file):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_remember, args=(file.path, number)) for number in range(20)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 20
    for number in range(20):
        assert file.recall("adcs", RECORD.ca, f"{number:064x}").request_id == str(number)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 2, "requests": []}',
        '{"format": 1}',
        '{"format": 1, "requests": 1}',
        '{"format": 1, "requests": [1]}',
        '{"format": 1, "requests": [{"backend": "adcs"}]}',
        '{"format": 1, "requests": [[[[[[[[',
        "\x00\xff",
    ],
)
def test_a_damaged_file_stops_before_anything_is_asked(file, content):
    with open(file.path, "w", encoding="latin-1") as stream:
        stream.write(content)
    with pytest.raises(RecordsDamaged) as caught:
        RecordFile(file.path)
    assert caught.value.reason == "state_damaged"
    assert file.path in caught.value.message
    assert "asked for twice" in caught.value.message


def test_a_place_that_cannot_be_written_is_found_before_anything_is_asked(tmp_path):
    for path in (tmp_path / "none" / "requests.json", tmp_path):
        with pytest.raises(InvalidOption) as caught:
            RecordFile(str(path))
        assert caught.value.option == "state_path"


def test_a_record_is_handed_in_and_out():
    memory = GivenRecord(RECORD.as_dict())
    assert memory.recall(*KEY) == RECORD
    assert memory.recall("adcs", RECORD.ca, "another") is None
    memory.forget(RECORD)
    assert memory.recall(*KEY) is None
    memory.remember(RECORD)
    assert memory.recall(*KEY) == RECORD


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing_is_handed_in(nothing):
    assert GivenRecord(nothing).recall(*KEY) is None


def test_a_number_arrives_as_a_number_from_a_survey():
    assert GivenRecord({**RECORD.as_dict(), "request_id": 89}).recall(*KEY) == RECORD


@pytest.mark.parametrize(
    "changes",
    [
        {"backend": None},
        {"ca": ""},
        {"spki_sha256": 1},
        {"request_id": True},
        {"request_id": ""},
        {"requested_at": []},
    ],
)
def test_what_is_no_record_is_named(changes):
    with pytest.raises(InvalidOption) as caught:
        GivenRecord({**RECORD.as_dict(), **changes})
    assert caught.value.option == "request"
    assert next(iter(changes)) in caught.value.message


JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=3)


@given(st.fixed_dictionaries({name: st.just(value) | JUNK for name, value in RECORD.as_dict().items()}))
def test_any_data_is_read_as_it_is_or_refused(data):
    try:
        memory = GivenRecord(data)
    except InvalidOption:
        return
    if isinstance(data["request_id"], int):
        data = {**data, "request_id": str(data["request_id"])}
    found = memory.recall(data["backend"], data["ca"], data["spki_sha256"])
    assert found.as_dict() == data
