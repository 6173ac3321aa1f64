# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cucm_report_upload: the files of a report to a web server."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._report.upload import ReportServer, secret_of

ARGUMENTS: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "required": True},
    "paths": {"type": "list", "elements": "path", "required": True},
    "header": {"type": "str"},
    "header_value": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "tls_fingerprint": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
    "fail_on_refusal": {"type": "bool", "default": True},
}

_STANDS = "The verdict stands all the same, and this log has it."
#: What a name of a header may have, as RFC 9110 says.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def run(params: Params, context: Context) -> Result:
    """Send the files; without `fail_on_refusal`, an error of the upload is a warning of the result."""
    try:
        sent = _sent(params, context)
    except CucmError as error:
        if params["fail_on_refusal"]:
            raise
        context.warn(f"The report was not sent. {error.message}")
        return _result(
            [], problem=error.message, summary=[f"The report was not sent. {error.message}", _STANDS]
        )
    verb = "would be" if context.check_mode else "is"
    return _result(
        sent, uploaded=not context.check_mode, summary=[f"The report {verb} at {url}" for url in sent]
    )


def _result(urls: list[str], *, uploaded: bool = False, problem: str = "", summary: list[str]) -> Result:
    return {"changed": False, "uploaded": uploaded, "urls": urls, "problem": problem, "summary": summary}


def _sent(params: Params, context: Context) -> list[str]:
    _check(params)
    files = [Path(path) for path in params["paths"]]
    server = ReportServer(
        params["url"],
        secret_of(params),
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
        tls_fingerprint=params["tls_fingerprint"],
        timeout=params["timeout"],
    )
    if context.check_mode:
        return [server.url_of(path.name) for path in files]
    return server.put(files)


def _check(params: Params) -> None:
    """Refuse what no server could take; nothing was sent."""
    header, value = params["header"], params["header_value"]
    if header and not _TOKEN.fullmatch(header):
        raise InvalidOption("it is not the name of a header", option="header")
    if value and not value.isprintable():
        raise InvalidOption(
            "it has a line break or another character that no header can have",
            option="header_value",
            remedy="Give the token alone, without the line break at its end",
        )
    names = [os.path.basename(path) for path in params["paths"]]
    if not names or len(set(names)) < len(names):
        raise InvalidOption(
            "there is no file to send" if not names else "two of the files have one name",
            option="paths",
            remedy="Name each file once; on the server, they stand side by side",
        )


DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENTS,
    libraries=("requests",),
    required_together=(("header", "header_value"), ("username", "password")),
    mutually_exclusive=(("header", "username"),),
)
