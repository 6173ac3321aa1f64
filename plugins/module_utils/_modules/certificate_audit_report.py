# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.certificate_audit_report): the nodes of a certificate audit joined into one report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import NONE, SEVERITIES, reaches
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit import audit
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import (
    LARGEST_DOCUMENT,
    parse_document,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_site import Limits
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import utc_now
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_csv import audit_csv
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_page import audit_page
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_prometheus import audit_prometheus
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_statistics import audit_statistics
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_summary import audit_summary

TITLE = "Certificates of Unified CM"


class AuditFailed(CucmError):
    """There is a finding as urgent as `fail_on` names, or a node of which that cannot be said."""

    reason = "audit_failed"


def run(params: Params, context: Context) -> Result:
    """Join the documents and write the forms of the report; an error only when that was asked for."""
    if not params["paths"]:
        raise InvalidOption(
            "there is nothing to report: paths is empty",
            option="paths",
            remedy="Name the documents that cucm_certificate_audit wrote",
        )
    for name in FORMS:
        if params[name]:
            check_writable(params[name], option=name)
    absent: dict[str, str] = {}
    report = audit(
        _documents(params["paths"], absent),
        absent=absent,
        now=utc_now(),
        limits=_limits(params),
        title=params["title"],
    )
    if not context.check_mode:
        for name, render in FORMS.items():
            if params[name]:
                write_atomically(params[name], render(report).encode("utf-8", "replace"), mode=0o600)
    result: Result = {
        "changed": False,
        "worst": report["worst"],
        "counts": report["counts"],
        "totals": report["totals"],
        "summary": audit_summary(report),
        "statistics": audit_statistics(report),
        "report": report if params["return_report"] else None,
    }
    unread = report["totals"]["nodes"] - report["totals"]["measured"]
    if reaches(report["worst"], params["fail_on"]) or (unread and params["fail_on"] != NONE):
        raise _as_error(report, result)
    return result


def _as_error(report: Mapping[str, Any], result: Result) -> AuditFailed:
    first = next(iter([*report["findings"], *report["not_measured"]]))
    return AuditFailed(
        result["summary"][0],
        operation="certificate audit",
        option="fail_on",
        remedy=first["remedy"],
        details={key: value for key, value in result.items() if key != "changed"},
    )


def _limits(params: Params) -> Limits:
    return Limits(params["warning_days"], params["critical_days"], params["ca_warning_days"])


def _documents(paths: Sequence[str], absent: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Each document in turn, so that only one is held; a file that is not there is a node not measured."""
    for path in dict.fromkeys(paths):
        if not os.path.exists(path):
            name = os.path.basename(path).removesuffix(".json")
            absent[name] = "nothing was written down of the node"
            continue
        data = read_file(path, option="paths", largest=LARGEST_DOCUMENT)
        yield parse_document(data, source=path)


def _json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


FORMS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "json_path": _json,
    "csv_path": audit_csv,
    "html_path": audit_page,
    "prometheus_path": audit_prometheus,
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "paths": {"type": "list", "elements": "path", "required": True},
    "title": {"type": "str", "default": TITLE},
    "warning_days": {"type": "int", "default": 60},
    "critical_days": {"type": "int", "default": 14},
    "ca_warning_days": {"type": "int", "default": 180},
    "json_path": {"type": "path"},
    "csv_path": {"type": "path"},
    "html_path": {"type": "path"},
    "prometheus_path": {"type": "path"},
    "fail_on": {"type": "str", "choices": [NONE, *reversed(SEVERITIES)], "default": NONE},
    "return_report": {"type": "bool", "default": True},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS, libraries=("cryptography",))
