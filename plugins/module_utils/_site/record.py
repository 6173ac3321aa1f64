# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a cluster as it was before a run changed it: one dated file, from which it can be put back.

It has the objects that the run may touch, in the shape that the modules take as options, and the certificates of the
nodes. No password and no key is in it. A file that is not as it was written is refused as a whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption

FORMAT = "ucops.cucm state record"
#: A record with a higher one was written by a newer release of the collection.
VERSION = 1
#: Bytes; the record of a cluster with a hundred peers has less than two million.
LARGEST = 64 * 1024 * 1024

#: What the run was for that came after the record.
PURPOSES = ("pair", "unpair", "restore")

_NAME = re.compile(r"(?P<cluster>.+)-(?P<stamp>\d{8}T\d{6}Z)(?:-(?P<number>\d+))?\.json")

#: What tells one object from others: its kind, and its identifying options.
Key = tuple[str, tuple[tuple[str, str], ...]]


class RecordUnusable(CucmError):
    """The record is not there, cannot be read, or is of something else; nothing was changed."""

    reason = "record_unusable"


@dataclass(frozen=True)
class Entry:
    """One object as it was; `options` is None for one that was not there.

    `belonging` has the options by which an object is known that the run would have made. `referenced` is for an object
    that the run does not touch and that one of the others needs; `touched` is false for one that is right already.
    """

    kind: str
    identity: Mapping[str, str]
    options: Mapping[str, Any] | None
    belonging: Mapping[str, str] = field(default_factory=dict)
    referenced: bool = False
    touched: bool = True

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.kind, tuple(sorted((name, value) for name, value in self.identity.items() if value))


@dataclass(frozen=True)
class Record:
    """A cluster before a run. `certificates` are by node, each with `identities` and `trust`."""

    cluster: str
    publisher: str
    taken: str
    purpose: str
    release: str
    axl_version: str
    entries: tuple[Entry, ...]
    certificates: Mapping[str, Mapping[str, Any]]


def document_of(record: Record) -> str:
    """The text of the file."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "cluster": record.cluster,
        "publisher": record.publisher,
        "taken": record.taken,
        "purpose": record.purpose,
        "release": record.release,
        "axl_version": record.axl_version,
        "objects": [
            {
                "kind": entry.kind,
                "identity": dict(entry.identity),
                "options": None if entry.options is None else dict(entry.options),
                "belonging": dict(entry.belonging),
                "referenced": entry.referenced,
                "touched": entry.touched,
            }
            for entry in record.entries
        ],
        "certificates": {node: dict(each) for node, each in record.certificates.items()},
    }
    return json.dumps({**content, "sha256": _digest(content)}, indent=1, ensure_ascii=False) + "\n"


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write(record: Record, directory: Path) -> Path:
    """Write the record to a new file that only its owner can read, whole or not at all."""
    stamp = re.sub(r"[-:]", "", record.taken)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".record-", dir=directory)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(document_of(record))
                file.flush()
                os.fsync(file.fileno())
            return _linked(temporary, directory, f"{_file_part(record.cluster)}-{stamp}")
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
    except OSError as error:
        raise RecordUnusable(
            f"the record of the cluster {record.cluster} cannot be written to {directory}: {error.strerror or error}",
            option="directory",
            remedy="Name a directory of the control node that can be written to, in cucm_state_directory. Without the"
            " record nothing is changed",
        ) from error


def _linked(temporary: Path, directory: Path, start: str) -> Path:
    """Give the file its name, which no other file may have."""
    number = 1
    while True:
        path = directory / (f"{start}.json" if number == 1 else f"{start}-{number}.json")
        try:
            os.link(temporary, path)
        except FileExistsError:
            number += 1
        except OSError:
            # A file system without hard links.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                temporary.replace(path)
                return path
            number += 1
        else:
            return path


def _file_part(cluster: str) -> str:
    return quote(cluster, safe=" ()+,=@") or "cluster"


def paths_of(directory: Path, cluster: str) -> list[Path]:
    """The records of a cluster, the oldest first; none where there is no such directory."""
    try:
        names = [path.name for path in directory.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordUnusable(
            f"the directory {directory} cannot be read: {error.strerror or error}",
            option="directory",
            remedy="Correct cucm_state_directory, or the rights of the directory",
        ) from error
    found = [
        (match["stamp"], int(match["number"] or 1), match) for match in map(_NAME.fullmatch, names) if match
    ]
    return [
        directory / match.string
        for _stamp, _number, match in sorted(found, key=lambda each: each[:2])
        if match["cluster"] == _file_part(cluster)
    ]


def read(path: Path, cluster: str, publisher: str = "") -> Record:
    """Read a record of this cluster; raises RecordUnusable."""
    content = _content(path)
    if content.get("format") != FORMAT:
        raise _unusable(
            path, "it is no record of ucops.cucm", "Name a file that a run of this collection has written"
        )
    version = content.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise _unusable(
            path,
            f"it has the version {version!r}, and this release of the collection reads up to {VERSION}",
            "Use the release of the collection that wrote it, or a newer one",
        )
    digest = content.pop("sha256", None)
    if digest != _digest(content):
        raise _unusable(
            path,
            "it is not as it was written: its SHA-256 does not fit",
            "Take an unchanged copy, or another record",
        )
    try:
        record = _record(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unusable(path, f"a part of it is missing ({error})", "Take another record") from error
    for what, wanted, found in (
        ("cluster", cluster, record.cluster),
        ("publisher", publisher, record.publisher),
    ):
        if wanted and wanted != found:
            raise _unusable(
                path,
                f"it is of the {what} {found}, and this is the {what} {wanted}",
                "Name a record of this cluster in cucm_restore_record, or limit the run to the other one",
            )
    return record


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise _unusable(path, "it is too large to be a record", "Name another file")
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _unusable(
            path, "there is no such file", "Correct cucm_restore_record or cucm_state_directory"
        ) from error
    except OSError as error:
        raise _unusable(
            path, f"it cannot be read: {error.strerror or error}", "Correct its rights"
        ) from error
    except (ValueError, RecursionError) as error:
        raise _unusable(
            path, "it is no JSON, or only a part of it", "Take an unchanged copy, or another record"
        ) from error
    if not isinstance(content, dict):
        raise _unusable(
            path, "it is no record of ucops.cucm", "Name a file that a run of this collection has written"
        )
    return content


def _unusable(path: Path, why: str, remedy: str) -> RecordUnusable:
    return RecordUnusable(f"the record {path} cannot be used: {why}", option="record", remedy=remedy)


def _record(content: Mapping[str, Any]) -> Record:
    entries = []
    for each in content["objects"]:
        options = each["options"]
        if options is not None and not isinstance(options, dict):
            raise TypeError("options")
        entries.append(
            Entry(
                str(each["kind"]),
                dict(each["identity"]),
                options,
                dict(each["belonging"]),
                bool(each["referenced"]),
                bool(each["touched"]),
            )
        )
    datetime.fromisoformat(content["taken"])
    return Record(
        cluster=str(content["cluster"]),
        publisher=str(content["publisher"]),
        taken=str(content["taken"]),
        purpose=str(content["purpose"]),
        release=str(content["release"]),
        axl_version=str(content["axl_version"]),
        entries=tuple(entries),
        certificates={node: dict(each) for node, each in dict(content["certificates"]).items()},
    )


def chosen(directory: Path | None, cluster: str, named: str) -> Path:
    """The file of the record that is meant: the named one, else the newest that no restore has written.

    A name without a directory is looked for in the directory of the records.
    """
    if named:
        path = Path(named)
        return directory / path if directory is not None and path.parent == Path() else path
    if directory is None:
        raise InvalidOption(
            "neither a record nor a directory of records is given",
            option="directory",
            remedy="Set cucm_state_directory to the directory of the records, or cucm_restore_record to one of them",
        )
    for path in reversed(paths_of(directory, cluster)):
        if read(path, cluster).purpose != "restore":
            return path
    raise RecordUnusable(
        f"there is no record of the cluster {cluster} in {directory}",
        option="directory",
        remedy="A run writes one before its first change if cucm_state_directory is set. Correct the directory,"
        " or name a file in cucm_restore_record",
    )


def origins(records: Iterable[Record]) -> dict[Key, Entry]:
    """Each object as it was before it was paired, from all records of a cluster, the oldest first.

    Not from the newest alone: a run that was cut off, or that changed what an earlier one had made, has found objects
    of our own. What was not there at some time since was made since. What an unpairing or a restore has put back ends
    the search, unless it was cut off before it came to the object. An object that was right already may be our own.
    """
    seen: dict[Key, list[tuple[str, Entry]]] = {}
    for record in records:
        for entry in record.entries:
            if not entry.referenced:
                seen.setdefault(entry.key, []).append((record.purpose, entry))
    found = {key: _origin(states) for key, states in seen.items()}
    return {key: entry for key, entry in found.items() if entry is not None}


def _origin(states: Sequence[tuple[str, Entry]]) -> Entry | None:
    origin: Entry | None = None
    for purpose, entry in reversed(states):
        if purpose == "pair":
            origin = entry if entry.touched else origin
            if entry.options is None:
                break
        elif origin is not None and origin.options != entry.options:
            break
    return origin


# What is told


def irreversible(record: Record, now: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What cannot be put back, a sentence each: `now` are the certificates of today, by node."""
    told = []
    for node, before in record.certificates.items():
        current = now.get(node) or {}
        if "identities" not in current:
            told.append(f"{node}: not measured whether its certificates are those of the record.")
            continue
        told += _replaced(node, before, current)
        told += _trusts(node, before, current)
    return told


def _replaced(node: str, before: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    installed = {each["service"]: each["fingerprint_sha256"] for each in current["identities"]}
    return [
        f"{node}: the {each['service']} certificate of the record ({each['subject_dn']}, until {each['not_after']})"
        " does not come back, since its key is gone with the new certificate. The new one stays."
        for each in before.get("identities") or ()
        if installed.get(each["service"]) != each["fingerprint_sha256"]
    ]


def _trusts(node: str, before: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    if "trust" not in before:
        return []
    then = {each["fingerprint_sha256"]: each["subject_dn"] for each in before["trust"]}
    today = {each["fingerprint_sha256"]: each["subject_dn"] for each in current.get("trust") or ()}
    told = []
    added = sorted(today[each] for each in today.keys() - then.keys())
    gone = sorted(then[each] for each in then.keys() - today.keys())
    if added:
        told.append(
            f"{node}: CA certificates that came since stay, as other connections may need them: {'; '.join(added)}."
        )
    if gone:
        told.append(
            f"{node}: CA certificates that are gone since do not come back by themselves: {'; '.join(gone)}. The record"
            " has them as PEM."
        )
    return told
