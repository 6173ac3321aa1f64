# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a CA answers in JSON."""

from __future__ import annotations

import json

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.json_api import json_object, one_line, texts
from hypothesis import given
from hypothesis import strategies as st


@given(st.binary(max_size=60) | st.text(max_size=30).map(str.encode))
def test_bytes_are_an_object_or_nothing(data):
    found = json_object(data)
    assert found is None or (
        isinstance(found, dict) and json.loads(data) == pytest.approx(found, nan_ok=True)
    )


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
def test_an_object_is_read_as_it_is(value):
    assert json_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'"a"', b"null", b"<html>", b'{"a": ', b"[" * 100000, b"\xff\xfe{}"]
)
def test_anything_else_is_no_object(data):
    assert json_object(data) is None


@given(st.text(max_size=1000))
def test_words_are_one_bounded_line(text):
    line = one_line(text)
    assert line.isprintable() and len(line) <= 401


def test_words_are_kept_and_broken_lines_joined():
    assert one_line("1 error occurred:\n\t* permission denied\n\n") == "1 error occurred: * permission denied"
    assert one_line("a\x1b[31mb") == "a?[31mb"


@pytest.mark.parametrize(
    ("value", "expected"), [(["a"], ["a"]), ([], []), (["a", 1], None), ("a", None), (None, None), ({}, None)]
)
def test_a_list_of_texts_is_nothing_else(value, expected):
    assert texts(value) == expected
