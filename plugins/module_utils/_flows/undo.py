# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of a cluster and its objects: taken before a change, and followed back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.restore import (
    KINDS,
    Touched,
    Was,
    read_objects,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._site import record as records
from ansible_collections.ucops.cucm.plugins.module_utils._site.record import Entry, Record

#: What a record has of a certificate. All of it is public.
_OF_A_CERTIFICATE = (
    "service",
    "file_name",
    "subject_dn",
    "issuer_dn",
    "serial_number",
    "not_before",
    "not_after",
    "fingerprint_sha256",
    "certificate",
)
#: What is done with an object, before and after.
_WORDS = {
    "add": ("add again", "added again"),
    "change": ("set back", "set back"),
    "remove": ("remove", "removed"),
    "reset": ("reset", "reset"),
}


def taken(
    client: AxlClient,
    context: Context,
    wanted: Iterable[Touched],
    *,
    cluster: str,
    publisher: str,
    purpose: str,
    release: str,
    certificates: Mapping[str, Mapping[str, Any]],
    right: Collection[tuple[str, str]] = (),
) -> Record:
    """Read the objects and make the record of a cluster as it is now.

    `right` are the objects, by kind and name, that are as the run wants them.
    """
    return Record(
        cluster=cluster,
        publisher=publisher,
        taken=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        purpose=purpose,
        release=release,
        axl_version=client.version,
        entries=tuple(
            Entry(
                each.kind,
                each.identity,
                each.options,
                each.belonging,
                each.referenced,
                touched=not each.referenced and (each.kind, each.name) not in right,
            )
            for each in read_objects(client, context, wanted)
        ),
        certificates={
            node: _certificates(each) for node, each in certificates.items() if "identities" in each
        },
    )


def _certificates(read: Mapping[str, Any]) -> dict[str, Any]:
    """The certificates of a node, from the result of M(ucops.cucm.cucm_cert_info)."""
    return {
        part: [{name: each[name] for name in _OF_A_CERTIFICATE if name in each} for each in read[part]]
        for part in ("identities", "trust")
        if part in read
    }


def objects_of(record: Record) -> list[Was]:
    """The objects of a record, as they are put back."""
    return [_was(entry) for entry in record.entries]


def origins_of(directory: Path, cluster: str) -> dict[records.Key, Was]:
    """The objects of a cluster as they were before they were paired, from all its records; raises RecordUnusable."""
    paths = records.paths_of(directory, cluster)
    found = records.origins(records.read(path, cluster) for path in paths)
    return {key: _was(entry) for key, entry in found.items()}


def _was(entry: Entry) -> Was:
    return Was(entry.kind, entry.identity, entry.options, entry.belonging, entry.referenced)


def restore_page(
    record: Record, path: str, result: Mapping[str, Any], told: Iterable[str], *, check_mode: bool
) -> list[str]:
    """What is put back, or was, and what cannot be, for a person."""
    nouns = {name: kind.table.noun for name, kind in KINDS.items()}
    steps = [
        (each["change"], f"{nouns[each['kind']]} '{each['name']}'", ", ".join(each["fields"]))
        for each in result["objects"]
        if each["change"] != "none"
    ]
    steps += [("reset", f"trunk '{trunk}'", "") for each in result["objects"] for trunk in each["resets"]]
    head = f"{record.cluster} as it was at {record.taken}, before a run to {record.purpose} ({path})"
    if not steps:
        lines = [f"RESTORE {head}: all objects are as they were."]
    else:
        many = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
        lines = [f"RESTORE {head}: {many}." if check_mode else f"RESTORED {head}: {many} done."]
    place = 0 if check_mode else 1
    lines += [f"  {_WORDS[change][place]}: {what}{f' ({why})' if why else ''}" for change, what, why in steps]
    lines += [f"  not put back: {each}" for each in result["left"]]
    lines += [f"  cannot be undone: {each}" for each in told]
    return lines
