# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a hand-over: CA certificates read, configuration rendered, the sheet in both forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._peers import cube, kamailio
from ansible_collections.ucops.cucm.plugins.module_utils._peers.hand_over import (
    Certificate,
    HandOver,
    checked_name,
    checked_numbers,
    checked_settings,
    checked_sides,
    known_kind,
)
from ansible_collections.ucops.cucm.plugins.module_utils._peers.sheet import sheet_of, sheet_text
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    common_name,
    fingerprint,
    is_ca,
    is_self_signed,
    load_certificates,
    pem,
    time_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.hand_over_page import hand_over_page

#: The kinds for which there is configuration text: what renders it, and its settings with their defaults.
CONFIGURATIONS: Mapping[str, tuple[Callable[[HandOver], dict[str, str]], Mapping[str, Any]]] = {
    "cube": (cube.cube_files, cube.DEFAULTS),
    "kamailio": (kamailio.kamailio_files, kamailio.DEFAULTS),
}
SHEET, SHEET_TEXT, AUTHORITIES = "sheet.html", "sheet.txt", "cucm-ca.pem"


def hand_over_of(params: Mapping[str, Any]) -> HandOver:
    """The hand-over that the options of M(ucops.cucm.cucm_peer_sheet) mean; raises InvalidOption."""
    peer = params["peer"]
    kind = known_kind(peer["kind"])
    release = str(peer.get("release") or "")
    over = HandOver(
        cluster=checked_name(params["cluster"], "cluster"),
        nodes=checked_sides(params["nodes"], "nodes"),
        authorities=_authorities(params, ""),
        peer=checked_name(peer["name"], "peer.name"),
        kind=kind,
        release=release,
        settings=checked_settings(kind, release, peer.get("settings") or {}),
        peer_nodes=checked_sides(peer["nodes"], "peer.nodes"),
        peer_authorities=_authorities(peer, "peer."),
        numbers_of_cluster=checked_numbers(params.get("numbers") or (), "numbers"),
        numbers_of_peer=checked_numbers(peer.get("numbers") or (), "peer.numbers"),
        configuration=_configuration(kind.name, peer.get("configuration") or {}),
    )
    if release and over.release_numbers is None:
        raise InvalidOption(
            f"{texts.shown(release)} is no release of a {kind.title}",
            option="peer.release",
            remedy=f"Write it as {kind.release_example or '1.2.3'}",
        )
    if not over.authorities:
        raise InvalidOption(
            "there is no CA certificate of the cluster",
            option="ca_certificate_paths",
            remedy="Name the files of the CAs that sign the certificates of the cluster, up to the root",
        )
    return over


def _configuration(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    known = CONFIGURATIONS[kind][1] if kind in CONFIGURATIONS else {}
    for name in given:
        if name not in known:
            near = nearest(str(name), known)
            meant = f"Did you mean {near}? " if near else ""
            raise InvalidOption(
                f"the configuration of a {kind} has no {texts.shown(str(name))}",
                option="peer.configuration",
                remedy=f"{meant}It has {', '.join(known) or 'no settings'}",
            )
    return {name: value for name, value in given.items() if value is not None}


def _authorities(options: Mapping[str, Any], lead: str) -> tuple[Certificate, ...]:
    contents: list[tuple[str, str | bytes]] = [
        (f"{lead}ca_certificate_texts[{place}]", text)
        for place, text in enumerate(options.get("ca_certificate_texts") or ())
    ]
    option = f"{lead}ca_certificate_paths"
    contents.extend(
        (path, read_file(path, option=option, largest=LARGEST_CERTIFICATES))
        for path in options.get("ca_certificate_paths") or ()
    )
    found: dict[str, Certificate] = {}
    for source, content in contents:
        for each in load_certificates(content, source=source):
            name = common_name(each) or "(unnamed)"
            if not is_ca(each):
                raise InvalidOption(
                    f"{source} has the certificate of {texts.shown(name)}, which is no CA",
                    option=option,
                    remedy="Name the files of the CAs only",
                )
            print_ = fingerprint(each)
            ends = time_text(each.not_valid_after_utc)[:10]
            # A name of a CA ends in comments of configurations: on one line, and without what begins others.
            found.setdefault(
                print_, Certificate(texts.shown(name), print_, ends, pem(each), is_root=is_self_signed(each))
            )
    return tuple(found.values())


def hand_over_files(over: HandOver) -> dict[str, str]:
    """All files of the hand-over, by their path below its directory."""
    render = CONFIGURATIONS.get(over.kind.name)
    configuration = render[0](over) if render else {}
    sheet = sheet_of(over, configuration)
    return {
        SHEET: hand_over_page(sheet),
        SHEET_TEXT: sheet_text(sheet),
        AUTHORITIES: "".join(f"{each.pem.strip()}\n" for each in over.authorities),
        **configuration,
    }


def differing(wanted: Mapping[str, str], present: Mapping[str, str | None]) -> Sequence[str]:
    """The paths whose content differs; None is a file that is not there."""
    return [path for path, text in wanted.items() if present.get(path) != text]
