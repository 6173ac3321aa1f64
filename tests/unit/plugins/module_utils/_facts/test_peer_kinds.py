# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a kind of peer has a default without a source, or a setting that cannot be overridden."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CHOICES,
    CUBE,
    EARLY_OFFER,
    EXPRESSWAY,
    GENERIC,
    KAMAILIO,
    PEER_KINDS,
    SETTINGS,
    SURENESS,
    UNITY_CONNECTION,
    PeerKind,
    PeerSettings,
    profile_options,
    release_numbers,
    separates_certificates,
    settings_of,
    sip_profile_options,
    trunk_options,
)

KINDS = pytest.mark.parametrize("kind", PEER_KINDS.values(), ids=PEER_KINDS)
#: A value of each setting that no kind has.
OTHER: dict[str, Any] = {
    "port": 5065,
    "incoming_port": 5561,
    "device_security_mode": "Authenticated",
    "our_names_expected": ("*.example.com",),
    "max_names": 3,
    "key_types": ("rsa",),
    "tls_min": "1.1",
    "tls_max": "1.0",
    "early_offer": "mandatory",
    "srtp": "off",
}


def other_value(kind: PeerKind, name: str) -> Any:
    """A valid value that is not the kind's default."""
    default = getattr(kind.defaults, name)
    if OTHER.get(name) is not None:
        return OTHER[name]
    if name in CHOICES:
        return next((one for one in CHOICES[name] if one != default), default)
    return "CSS_Phones" if name.endswith("_search_space") else not default


@KINDS
def test_each_default_that_differs_has_a_source(kind: PeerKind) -> None:
    usual = PeerSettings()
    different = {name for name in SETTINGS if getattr(kind.defaults, name) != getattr(usual, name)}
    assert different <= set(kind.sources)
    assert set(kind.sources) <= set(SETTINGS)
    assert set(kind.sureness.values()) <= set(SURENESS)
    assert all(source.text for source in kind.sources.values())


@KINDS
def test_defaults_and_releases_have_values_that_exist(kind: PeerKind) -> None:
    given = [{name: getattr(kind.defaults, name) for name in SETTINGS}]
    given += [dict(rule.settings) for rule in kind.by_release]
    for settings in given:
        for name, value in settings.items():
            assert name in SETTINGS
            values = value if isinstance(value, tuple) else (value,)
            assert name not in CHOICES or {one for one in values if one is not None} <= set(CHOICES[name])


@pytest.mark.parametrize("name", [each.name for each in fields(PeerSettings) if each.name != "transports"])
@KINDS
def test_every_default_can_be_overridden(kind: PeerKind, name: str) -> None:
    value = other_value(kind, name)
    assert value != getattr(kind.defaults, name)
    assert getattr(settings_of(kind, "", {name: value}), name) == value
    # None says nothing.
    assert settings_of(kind, "", {name: None}) == kind.defaults


def test_lists_of_an_inventory_become_tuples() -> None:
    assert settings_of(GENERIC, given={"key_types": ["rsa"]}).key_types == ("rsa",)


@pytest.mark.parametrize(
    ("kind", "release", "numbers"),
    [
        (CUBE, "17.12.4", (17, 12, 4)),
        (CUBE, "17.14.1a", (17, 14, 1)),
        (CUBE, "IOS XE 26.1.1", (26, 1, 1)),
        (EXPRESSWAY, "X15.5", (15, 5)),
        (EXPRESSWAY, "x14.3.1", (14, 3, 1)),
        (UNITY_CONNECTION, "12.5(1)SU4", (12, 5)),
        (KAMAILIO, "5.6.3", (5, 6, 3)),
        (CUBE, "", None),
        (CUBE, "new", None),
        (EXPRESSWAY, "X15.5 or so", None),
    ],
)
def test_releases_are_read(kind: PeerKind, release: str, numbers: tuple[int, ...] | None) -> None:
    assert release_numbers(kind, release) == numbers


@pytest.mark.parametrize(
    ("release", "lowest", "newest", "separates"),
    [
        ("", None, None, False),
        ("17.3.1", None, "1.2", False),
        ("17.12.4", None, "1.2", False),
        ("17.14.1a", None, "1.3", False),
        ("26.1.1", "1.2", "1.3", True),
    ],
)
def test_a_cube_of_each_release(
    release: str, lowest: str | None, newest: str | None, separates: bool
) -> None:
    settings = settings_of(CUBE, release)
    assert (settings.tls_min, settings.tls_max) == (lowest, newest)
    assert separates_certificates(CUBE, release) is separates


def test_what_is_given_goes_over_the_release() -> None:
    assert settings_of(CUBE, "17.12.4", {"tls_max": "1.1"}).tls_max == "1.1"


def test_an_expressway_has_two_certificates_from_15_5_on() -> None:
    assert [separates_certificates(EXPRESSWAY, each) for each in ("X15.4", "X15.5", "X16.0", "")] == [
        False,
        True,
        True,
        False,
    ]


def test_unity_connection_means_these_options() -> None:
    settings = settings_of(UNITY_CONNECTION, "14", {"rerouting_calling_search_space": "CSS_Phones"})
    assert profile_options(settings) == {
        "device_security_mode": "Encrypted",
        "accept_out_of_dialog_refer": True,
        "accept_unsolicited_notification": True,
        "accept_replaces_header": True,
    }
    assert trunk_options(settings) == {
        "rerouting_calling_search_space": "CSS_Phones",
        "redirecting_diversion_header_delivery_inbound": True,
        "redirecting_diversion_header_delivery_outbound": True,
        "srtp_allowed": True,
    }
    assert sip_profile_options(settings) == {}


def test_what_a_kind_does_not_say_is_left_to_the_role() -> None:
    assert trunk_options(settings_of(GENERIC)) == {}
    assert profile_options(settings_of(GENERIC)) == {"device_security_mode": "Encrypted"}


def test_early_offer_and_srtp_are_translated() -> None:
    settings = settings_of(GENERIC, given={"early_offer": "best_effort", "srtp": "off"})
    assert sip_profile_options(settings) == {"early_offer": "Best Effort (no MTP inserted)"}
    assert trunk_options(settings) == {"srtp_allowed": False}
    assert set(EARLY_OFFER) == set(CHOICES["early_offer"])


def test_clusters_are_the_only_kind_of_our_own() -> None:
    assert [kind.name for kind in PEER_KINDS.values() if not kind.is_external] == ["cluster"]
