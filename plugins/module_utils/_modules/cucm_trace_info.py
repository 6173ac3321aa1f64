# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_trace_info): SDL traces of a node, or local files of them."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.trace_collection import (
    Collected,
    Wanted,
    collect,
    in_utc,
    make_directory,
)
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import (
    MOST_RECORDS,
    Window,
    read_traces,
)

_LIBRARIES = ("requests", "lxml")
_MOST_RECORDS = 100_000
_OFFSET = re.compile(r"^([+-])(\d{1,2}):?([0-5]\d)$")
#: What a connection cannot do without. It is not needed with `paths`.
_ACCOUNT = ("host", "username", "password")

ARGUMENTS: dict[str, dict[str, Any]] = {
    **{
        name: {**spec, "required": False} if name in _ACCOUNT else spec
        for name, spec in CONNECTION_ARGUMENTS.items()
    },
    "paths": {"type": "list", "elements": "path"},
    "since": {"type": "str"},
    "until": {"type": "str"},
    "minutes": {"type": "int", "default": 15},
    "utc_offset": {"type": "str"},
    "dest": {"type": "path"},
    "addresses": {"type": "list", "elements": "str", "default": []},
    "max_records": {"type": "int", "default": MOST_RECORDS},
    "max_bytes": {"type": "int", "default": 2 * 1024**3},
}


def run(params: Params, context: Context) -> Result:
    """Read traces; what they show is part of the result, never an error."""
    for option, most in (("max_records", _MOST_RECORDS), ("minutes", 366 * 24 * 60), ("max_bytes", 2**40)):
        if not 1 <= params[option] <= most:
            raise InvalidOption(
                f"{params[option]} is not between 1 and {most}",
                option=option,
                remedy="Give a number between the two",
            )
    now = datetime.now(UTC)
    if params["paths"]:
        return _read(params, Collected([Path(path) for path in params["paths"]]), _wanted_of_files(params))
    options = _connection(params)
    wanted = _wanted(params, now)
    require(*_LIBRARIES)
    if params["dest"] and not context.check_mode:
        place = make_directory(params["dest"])
        return _read(params, collect(options, wanted, place, max_bytes=params["max_bytes"]), wanted)
    with tempfile.TemporaryDirectory(prefix="cucm_trace_info-") as temporary:
        collected = collect(options, wanted, Path(temporary), max_bytes=params["max_bytes"])
        result = _read(params, collected, wanted)
    for file in result["files"]:
        file["path"] = None  # it is gone
    return result


def _read(params: Params, collected: Collected, wanted: Wanted | None) -> Result:
    applied: list[Window | None] = []

    def window(last: datetime | None) -> Window | None:
        local = wanted.local(last, collected.node_now) if wanted else None
        applied.append(Window(*local) if local else None)
        return applied[-1]

    result = read_traces(
        collected.paths,
        addresses=_addresses(params["addresses"]),
        most=params["max_records"],
        window=window,
        host=None if params["paths"] else params["host"],
    )
    result["truncated_because"] = [*collected.left_out, *result["truncated_because"]]
    result["truncated"] = bool(result["truncated_because"])
    result["window"] = wanted and {
        "since": in_utc(wanted.since),
        "until": in_utc(wanted.until) if wanted.until else None,
        "local_since": _local(applied[-1]) if applied else None,
    }
    return {"changed": False, **result}


def _local(window: Window | None) -> str | None:
    return window.since.isoformat(timespec="milliseconds") if window and window.since else None


def _addresses(addresses: list[str]) -> list[str]:
    """The addresses to look for. A trace has no names, so one of these switches the filter off."""
    try:
        return [str(ip_address(address.strip("[]"))) for address in addresses]
    except ValueError:
        return []


def _connection(params: Params) -> ConnectionOptions:
    absent = [name for name in _ACCOUNT if not params[name]]
    if absent:
        raise InvalidOption(
            f"neither paths nor {', '.join(absent)} is given",
            option=absent[0],
            remedy="Give paths to read local files, or host, username and password of a node",
        )
    return ConnectionOptions.from_params(params)


def _wanted(params: Params, now: datetime) -> Wanted:
    since, until = _moment(params, "since"), _moment(params, "until")
    wanted = Wanted(
        since or (until or now) - timedelta(minutes=params["minutes"]), until, _offset(params["utc_offset"])
    )
    if wanted.since > (until or now):
        raise InvalidOption(
            f"{in_utc(wanted.since)} is later than {'until' if until else 'now'}",
            option="since",
            remedy="Give times in UTC, as 2026-11-24T10:00:00Z",
        )
    return wanted


def _wanted_of_files(params: Params) -> Wanted | None:
    """The window in local files, when one is asked for; then it must be known which times they have."""
    offset = _offset(params["utc_offset"])
    since, until = _moment(params, "since"), _moment(params, "until")
    if since is None and until is None:
        return None
    if offset is None:
        raise InvalidOption(
            "the times in traces are local times of the node, and nothing tells its zone",
            option="utc_offset",
            remedy="Give the node's offset from UTC, such as +05:30, or leave since and until out",
        )
    return Wanted(since or datetime(1970, 1, 2, tzinfo=UTC), until, offset)


def _moment(params: Params, option: str) -> datetime | None:
    text = params[option]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidOption(
            f"'{text}' is not a time in ISO 8601", option=option, remedy="Write it as 2026-11-24T10:00:00Z"
        ) from None


def _offset(text: str | None) -> timedelta | None:
    if not text:
        return None
    found = _OFFSET.match(text)
    if found and int(found[2]) <= 14:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return -offset if found[1] == "-" else offset
    raise InvalidOption(
        f"'{text}' is no offset from UTC", option="utc_offset", remedy="Write it as +05:30, quoted"
    )


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS)
