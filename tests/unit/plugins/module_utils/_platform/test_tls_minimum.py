# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, the lowest TLS version of a node is read wrongly, or assumed where the node does not tell."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import CommandRefused
from ansible_collections.ucops.cucm.plugins.module_utils._platform.tls_minimum import Minimum, read_minimum

BOTH, SERVER, CLIENT = (f"show tls {side}min-version" for side in ("", "server ", "client "))


def read(answers: dict[str, str]) -> tuple[Minimum, list[str]]:
    asked = []

    def run(command: str) -> str:
        asked.append(command)
        if command not in answers:
            raise CommandRefused("No valid command entered")
        return answers[command]

    return read_minimum(run), asked


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Configured TLS minimum version: 1.2", "1.2"),
        ("tlsv1.3", "1.3"),
        ("TLS minimum version is 1.0.", "1.0"),
        ("minimum 1.1\nThe minimum is 1.1", "1.1"),
    ],
)
def test_one_command_for_both_sides(said: str, version: str) -> None:
    assert read({BOTH: said}) == (Minimum(version, version), [BOTH])


def test_a_command_for_each_side() -> None:
    found, asked = read({SERVER: "minimum version: 1.0", CLIENT: "minimum version: 1.2"})
    assert found == Minimum("1.0", "1.2")
    assert asked == [BOTH, SERVER, CLIENT]


@pytest.mark.parametrize(
    "said", ["", "no minimum", "between 1.0 and 1.2", "version 15.0.1.2", "1.20", "11.5.1.2-3", "1.2.3"]
)
def test_what_has_not_exactly_one_version_is_not_read(said: str) -> None:
    found, _asked = read({BOTH: said})
    assert (found.server, found.client) == (None, None)
    assert "no TLS version can be read" in found.text


def test_a_release_without_these_commands() -> None:
    found, _asked = read({})
    assert found == Minimum(None, None, "the command line of this release does not show it")
    assert read({SERVER: "1.2"})[0] == Minimum("1.2", None, found.text)
