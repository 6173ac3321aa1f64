# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask a node the read-only questions of the collection, and note every request and answer.

The questions are asked by the modules' own functions. A request that could change something is refused before
it is sent, whatever asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import requests
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_cert_info,
    cucm_cli,
    cucm_cluster_info,
    cucm_node_info,
    cucm_sip_trunk_info,
    cucm_tls_info,
    sip_tls_probe,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform import shell
from lxml import etree

ABSENT = "ucops-no-such-trunk"
READING_OPERATIONS = re.compile(
    r"(get|list|select|soapGet|executeSQLQuery$)[A-Za-z0-9]*|(get|list)\w*|soapGetServiceStatus"
)
READING_COMMANDS = re.compile(r"(show |utils service list|set cli pagination off)")
COMMANDS = (
    "show version active",
    "show status",
    "show tech network hosts",
    "show cert list own",
    "show cert own CallManager",
    "show csr list own",
    "utils service list",
    "show no-such-command",
)
_OPERATION = re.compile(rb"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)")
_SELECT = re.compile(rb"<sql>\s*select\b", re.IGNORECASE)
HEADERS = ("Content-Type", "Server", "Date")


class WouldChange(Exception):
    """A request that is no question; it was not sent."""


class NotAnswered(Exception):
    """A question was not answered; the message has the module's reason and words."""


@dataclass(frozen=True)
class Exchange:
    """A request and its answer. `key` names the question: the interface, and the operation or command."""

    key: str
    request: str
    status: int
    content_type: str
    answer: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """How to reach a node: options of the modules for both accounts, and its SIP port."""

    axl: Mapping[str, Any]
    platform: Mapping[str, Any]
    ssh: Mapping[str, Any]
    sip: Mapping[str, Any]


def operation_of(body: bytes) -> str:
    """The operation of a SOAP request; empty when it has none."""
    found = _OPERATION.search(body)
    return found.group(1).decode() if found else ""


def http_key(method: str, path: str, body: bytes) -> str:
    """The name of a question over HTTPS; raises WouldChange unless it only reads."""
    path = path.partition("?")[0]
    if method == "GET":
        return f"GET {path}"
    operation = operation_of(body)
    reads = READING_OPERATIONS.fullmatch(operation) and (
        operation != "executeSQLQuery" or _SELECT.search(body) is not None
    )
    if method != "POST" or not reads:
        raise WouldChange(f"{method} {path} {operation}")
    return f"{path.strip('/')} {operation}"


def _text(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


@contextmanager
def noting(exchanges: list[Exchange]) -> Iterator[None]:
    """Note what goes over HTTPS sessions and shells inside of this, and let nothing but questions through."""
    send, run = requests.Session.send, shell.Shell.run

    def noted_send(session: Any, request: Any, **options: Any) -> Any:
        body = _text(request.body)
        key = http_key(str(request.method), request.path_url, body)
        response = send(session, request, **options)
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        text = body.decode(errors="replace")
        exchanges.append(Exchange(key, text, response.status_code, kind, _whole(response), headers))
        return response

    def noted_run(one: Any, command: str, **options: Any) -> Any:
        if not READING_COMMANDS.match(command):
            raise WouldChange(command)
        try:
            result = run(one, command, **options)
        except CucmError as error:
            exchanges.append(Exchange(f"cli {command}", command, 1, "text/plain", error.message))
            raise
        exchanges.append(Exchange(f"cli {command}", command, 0, "text/plain", result.output))
        return result

    with patch.object(requests.Session, "send", noted_send), patch.object(shell.Shell, "run", noted_run):
        yield


def _whole(response: Any) -> str:
    """The body of an answer, which the caller can read as well afterwards."""
    content = response.content
    return content.decode(response.encoding or "utf-8", errors="replace") if content else ""


def ask(
    definition: ModuleDefinition, options: Mapping[str, Any], *, check_mode: bool = True
) -> dict[str, Any]:
    """Run a module's function; raises NotAnswered, or WouldChange when it is no question."""
    validation = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules()).validate(
        dict(options)
    )
    if validation.error_messages:
        raise ValueError("; ".join(validation.error_messages))
    result = dict(definition.execute(validation.validated_parameters, Context(check_mode=check_mode)))
    if result.get("failed"):
        # A module takes it for a bug of its own, since no module sends such a thing.
        kind = WouldChange if WouldChange.__name__ in str(result["msg"]) else NotAnswered
        raise kind(f"{result.get('reason')}: {result['msg']}")
    return result


def questions(node: Node, *, publisher: bool) -> Sequence[tuple[str, ModuleDefinition, dict[str, Any]]]:
    """Every question to a node: a name, the module, its options."""
    certificates = {**node.platform, **node.ssh}
    cli = {name: value for name, value in certificates.items() if name in cucm_cli.ARGUMENT_SPEC}
    absent = {**node.axl, "names": [ABSENT], "status": False}
    of_cluster = [
        ("cluster", cucm_cluster_info.DEFINITION, dict(node.axl)),
        ("trunks", cucm_sip_trunk_info.DEFINITION, dict(node.axl)),
        ("absent trunk", cucm_sip_trunk_info.DEFINITION, absent),
    ]
    return [
        *(of_cluster if publisher else []),
        ("services", cucm_node_info.DEFINITION, {**node.axl, "services": []}),
        ("certificates by REST", cucm_cert_info.DEFINITION, {**certificates, "transport": "rest"}),
        ("certificates by command line", cucm_cert_info.DEFINITION, {**certificates, "transport": "cli"}),
        ("lowest TLS versions", cucm_tls_info.DEFINITION, dict(cli)),
        *(
            (command, cucm_cli.DEFINITION, {**cli, "commands": [{"command": command}]})
            for command in COMMANDS
        ),
        ("SIP over TLS", sip_tls_probe.DEFINITION, dict(node.sip)),
    ]


def record(nodes: Sequence[Node]) -> tuple[list[Exchange], list[str]]:
    """Ask all nodes, the publisher first; the exchanges, and what came of each question."""
    exchanges: list[Exchange] = []
    outcomes = []
    for number, node in enumerate(nodes):
        for name, definition, options in questions(node, publisher=number == 0):
            came = "answered"
            with noting(exchanges):
                try:
                    result = ask(definition, options)
                except NotAnswered as error:
                    came = f"not answered, {error}"
                else:
                    if name == "SIP over TLS":
                        exchanges.append(_probe(result))
            outcomes.append(f"node {number + 1}, {name}: {came}")
    return exchanges, outcomes


def _probe(result: Mapping[str, Any]) -> Exchange:
    """The answer of a SIP port: versions and whether it wants a certificate, nothing that names anybody."""
    kept = {
        name: value
        for name, value in result.items()
        if isinstance(value, bool | int) or name in ("tls_version", "cipher")
    }
    lines = "\n".join(
        f"{name}: {value}" for name, value in sorted(kept.items()) if not isinstance(value, float)
    )
    return Exchange("sip OPTIONS over TLS", "OPTIONS", 0, "text/plain", lines)


def xml_of(text: str) -> etree._Element | None:
    """A document, parsed without entities or the network; None when it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return None
