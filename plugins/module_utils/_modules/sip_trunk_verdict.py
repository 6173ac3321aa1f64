# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_trunk_verdict: from evidence to one verdict for each link and direction."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._flows.tls_capture import handshakes
from ansible_collections.ucops.cucm.plugins.module_utils._flows.trust import judgements
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.junit import junit
from ansible_collections.ucops.cucm.plugins.module_utils._report.outcome import failed_checks, not_passed
from ansible_collections.ucops.cucm.plugins.module_utils._report.page import page
from ansible_collections.ucops.cucm.plugins.module_utils._report.summary import summary
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import number_of, waiting_links
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import read_traces
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Case
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import (
    LARGEST_DOCUMENT,
    read_document,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import captured_of
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.verdict import FORMAT, judge_case
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View

#: Documents of one run that are read.
_MOST_DOCUMENTS = 5000
_OUTPUTS = ("json_path", "junit_path", "html_path")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "evidence_paths": {"type": "list", "elements": "path", "default": []},
    "captures": {"type": "list", "elements": "path", "default": []},
    "traces": {"type": "list", "elements": "path", "default": []},
    "ports": {"type": "list", "elements": "int", "default": [5061]},
    "title": {"type": "str", "default": "SIP trunks over TLS"},
    "json_path": {"type": "path"},
    "junit_path": {"type": "path"},
    "html_path": {"type": "path"},
    "tolerated_clusters": {"type": "list", "elements": "str", "default": []},
    "restarting_clusters": {"type": "list", "elements": "str", "default": []},
    "return_report": {"type": "bool", "default": True},
    "fail_on": {
        "type": "list",
        "elements": "str",
        "choices": ["fail", "not_measured"],
        "default": [],
    },
}


class VerdictFailed(CucmError):
    """The verdict is one of those for which `fail_on` asks for an error."""

    reason = "verdict_failed"


def run(params: Params, context: Context) -> Result:
    """Judge the evidence. The verdict is part of the result, and an error only when that was asked for."""
    if not any(params[name] for name in ("evidence_paths", "captures", "traces")):
        raise InvalidOption(
            "there is nothing to judge: evidence_paths, captures and traces are all empty",
            option="evidence_paths",
            remedy="Name the documents that the role cucm_verify wrote, or captures and traces",
        )
    for name in _OUTPUTS:
        if params[name]:
            check_writable(params[name], option=name)
    documents = [read_document(_content(path), source=path) for path in _documents(params["evidence_paths"])]
    captures = [_capture(path, params["ports"]) for path in params["captures"]]
    traces = [_traces(params["traces"])] if params["traces"] else []
    now = datetime.now(UTC)
    case = Case(documents, captures, traces)
    _tell_what_was_not_used(case, captures, params, context)
    trust, certificates = judgements(case, now)
    report = judge_case(case, trust, now, certificates=certificates, title=params["title"])
    if not context.check_mode:
        _write(report, params)
    waiting = waiting_links(report, params["restarting_clusters"])
    result: Result = {
        "changed": False,
        "verdict": report["verdict"],
        "passed": report["verdict"] == "pass",
        "not_passed": [
            link["id"]
            for link in report["links"]
            if link["verdict"] != "pass"
            and link["id"] not in waiting
            and not set(link["clusters"]) & set(params["tolerated_clusters"])
        ],
        "waiting": waiting,
        "links_not_passed": not_passed(report),
        "failed_checks": failed_checks(report),
        "counts": report["counts"],
        "summary": summary(report, waiting),
        "report": report if params["return_report"] else None,
    }
    if report["verdict"] in params["fail_on"]:
        raise _as_error(report, result)
    return result


def _as_error(report: dict[str, Any], result: Result) -> VerdictFailed:
    counts = report["counts"]
    first = report["fix_first"][0]["remedy"] if report["fix_first"] else None
    what = (
        f"{number_of(counts['fail'], 'check')} failed"
        if counts["fail"]
        else f"{number_of(counts['not_measured'], 'check')} could not be made"
    )
    return VerdictFailed(
        f"{what} on {number_of(len(report['links']), 'link')}",
        operation="verdict on SIP trunks",
        remedy=first or "Gather what the summary names as not measured",
        details={key: value for key, value in result.items() if key != "changed"},
    )


# What is read.


def _documents(paths: Sequence[str]) -> list[str]:
    """The files, and those of directories: every .json in them, but no reports."""
    found = [path for given in paths for path in _files(given)]
    unique = list(dict.fromkeys(found))
    if len(unique) > _MOST_DOCUMENTS:
        raise InvalidOption(
            f"{len(unique)} documents, more than {_MOST_DOCUMENTS}",
            option="evidence_paths",
            remedy="Judge the clusters of one run, or of a part of them, at a time",
        )
    return unique


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield path
        return
    try:
        names = sorted(name for name in os.listdir(path) if name.endswith(".json"))
    except OSError as error:
        raise InvalidOption(
            f"{path} cannot be read: {error.strerror}", option="evidence_paths", reason="file_unreadable"
        ) from None
    files = [os.path.join(path, name) for name in names]
    # Nothing but files: a named pipe would be waited for without end.
    evidence = [file for file in files if os.path.isfile(file) and not _is_report(file)]
    if not evidence:
        raise InvalidOption(
            f"the directory {path} holds no evidence (*.json)",
            option="evidence_paths",
            reason="evidence_unreadable",
            remedy="Name the directory in which the role cucm_verify wrote its documents",
        )
    yield from evidence


def _is_report(path: str) -> bool:
    """Whether a file is a report that this module wrote, beside the evidence."""
    try:
        with open(path, "rb") as stream:
            return FORMAT.encode() in stream.read(200)
    except OSError:
        return False


def _content(path: str) -> bytes:
    return read_file(path, option="evidence_paths", largest=LARGEST_DOCUMENT)


def _capture(path: str, ports: Sequence[int]) -> dict[str, Any]:
    return {"path": path, "result": handshakes(path, ports=ports)}


def _traces(paths: Sequence[str]) -> dict[str, Any]:
    return read_traces(list(paths))


def _tell_what_was_not_used(
    case: Case, captures: Sequence[Mapping[str, Any]], params: Params, context: Context
) -> None:
    """Evidence that is about no link must not be taken for evidence that all is well."""
    if not case.links:
        context.warn(
            "The evidence names no link between clusters, so nothing was judged."
            if params["evidence_paths"]
            else "Captures and traces show no connection between two addresses on the given ports."
        )
    elif captures and not case.offline:
        given = {connection.source for connection in captured_of(map(View, captures))}
        seen = {entry[0].source for direction in case.directions() for entry in direction.captured}
        if not given & seen:
            context.warn("No connection of the captures is between nodes that the evidence knows.")


# What is written.


def _write(report: dict[str, Any], params: Params) -> None:
    renderers = {"json_path": _json, "junit_path": junit, "html_path": page}
    for name, render in renderers.items():
        if params[name]:
            write_atomically(params[name], render(report).encode(), mode=0o600)


def _json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS, libraries=("cryptography",))
