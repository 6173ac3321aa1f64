# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that are missing or too old would be used all the same, or be told as bugs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import libraries
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import MissingLibrary
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import (
    OPTIONAL_REQUIREMENTS,
    REQUIREMENTS,
    missing,
    require,
)


@pytest.fixture(autouse=True)
def versions_are_read_again() -> Iterator[None]:
    libraries._version.cache_clear()
    yield
    libraries._version.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, **versions: str | None) -> None:
    """Let the distributions be installed in these versions; None for one that nothing is known of."""
    read = metadata.version

    def version(name: str) -> str:
        if name not in versions:
            return read(name)
        found = versions[name]
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "version", version)


def test_nothing_is_missing() -> None:
    assert missing(("json", "ssl")) == ()
    require("json", "ssl")
    require()
    require(*REQUIREMENTS)


def test_missing_ones_in_order() -> None:
    assert missing(("no_such_b", "json", "no_such_a")) == ("no_such_b", "no_such_a")


def test_one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delitem(sys.modules, "asyncssh", raising=False)
    with pytest.raises(MissingLibrary) as caught:
        require("json", "asyncssh")
    assert caught.value.message == (
        f"{sys.executable} lacks a Python library: asyncssh is not installed."
        f' Install with: {sys.executable} -m pip install "asyncssh>=2.18".'
    )


def test_several_are_missing() -> None:
    with pytest.raises(MissingLibrary, match="no_such_a is not installed; no_such_b is not installed"):
        require("no_such_a", "no_such_b")


@pytest.mark.parametrize("name", REQUIREMENTS)
@pytest.mark.parametrize("version", ["0.9", "1.26.20", "2.5.0"])
def test_too_old(monkeypatch: pytest.MonkeyPatch, name: str, version: str) -> None:
    installed(monkeypatch, **{name: version})
    with pytest.raises(MissingLibrary) as caught:
        require(name)
    assert f"{name} is installed in version {version}, and " in caught.value.message
    assert f'-m pip install "{REQUIREMENTS[name]}"' in caught.value.message
    assert missing((name,)) == (name,)


def test_unknown_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, requests=None, lxml="git")
    with pytest.raises(MissingLibrary) as caught:
        require("requests", "lxml")
    assert "requests is installed in an unknown version, and 2.32 or later is needed" in caught.value.message
    assert "lxml is installed in version git, and 4.9.2 or later is needed" in caught.value.message


def test_old_urllib3_under_a_new_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, urllib3="2.5.0")
    with pytest.raises(MissingLibrary, match=r'install "urllib3>=2\.6\.3"'):
        require("requests")


@pytest.mark.parametrize(
    ("version", "good"),
    [("2.32", True), ("2.32.0rc1", True), ("2.100.1", True), ("3", True), ("2.31.99", False), ("2.4", False)],
)
def test_versions_are_compared_as_numbers(
    monkeypatch: pytest.MonkeyPatch, version: str, *, good: bool
) -> None:
    installed(monkeypatch, requests=version)
    assert (missing(("requests",)) == ()) is good


def test_distribution_of_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, **{"requests-ntlm": "1.2.0"})
    with pytest.raises(MissingLibrary) as caught:
        require("requests_ntlm")
    assert OPTIONAL_REQUIREMENTS["requests_ntlm"] in caught.value.message


def test_a_module_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, cryptography="41.0.7")
    definition = ModuleDefinition(lambda *_: pytest.fail("it ran"), {}, libraries=("cryptography",))
    result = definition.execute({}, Context())
    assert result["reason"] == "missing_library"
    assert 'pip install "cryptography>=42"' in result["msg"]
