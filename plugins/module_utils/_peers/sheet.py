# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hand-over sheet as plain data, from which its page and its text are written, and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import SURENESS
from ansible_collections.ucops.cucm.plugins.module_utils._peers.advice import (
    COMMON_FAILURES,
    Failure,
    advice_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._peers.hand_over import HandOver

#: A part of the sheet: `kind` is text, list, table or file; the other keys depend on it.
Block = dict[str, Any]

_WIDTH = 100
_SRTP = {
    "off": "no: RTP",
    "best_effort": "offered, and RTP is taken too",
    "required": "yes: SRTP only",
    None: "as the trunk says",
}
_LOOKS_FOR = {
    "san": "in the subject alternative name of our certificate",
    "cn_or_san": "in the common name or the subject alternative name of our certificate",
    "script": "by your own script",
    "none": "not at all",
}
_ASKS = {
    "always": "always",
    "never": "never: then nobody proves who calls you",
    "unknown": "we do not know. It should: otherwise nobody proves who calls you",
}


def sheet_of(over: HandOver, files: Mapping[str, str]) -> dict[str, Any]:
    """The sheet: title, facts and sections with blocks, without any time of its making. `files` are shown in it."""
    advice = advice_of(over.kind.name)
    sections = [
        ("ours", f"What {over.cluster} is", list(_ours(over))),
        ("yours", f"What {over.cluster} expects of {over.peer}", list(_yours(over))),
        ("authorities", f"CA certificates of {over.cluster}", list(_authorities(over))),
        ("set", "What to set", [_list(_said(over, each[0]) for each in advice.settings)]),
        ("check", "What to check", [_list(_said(over, each) for each in advice.checks)]),
        ("failures", "What you may see when it fails", [_failures(over)]),
    ]
    if files:
        shown = [{"kind": "file", "name": name, "text": text} for name, text in files.items()]
        lead = _text(
            "Each is a file beside this page as well. Keys and passwords are in none: what stands in"
            " their place has to be"
            " filled in by you."
        )
        sections.append(("configuration", "Configuration", [lead, *shown]))
    sections.append(("sure", "How sure this is", list(_sureness(over))))
    return {
        "title": f"SIP trunk over TLS: {over.cluster} and {over.peer}",
        "lead": f"For the administrator of {over.peer}. This sheet has no secrets.",
        "facts": [
            ["Kind", over.kind.title],
            ["Release", over.release or "not known"],
            ["Transport", "TLS with certificates of both sides (mutual TLS)"],
        ],
        "sections": [{"id": key, "title": title, "blocks": blocks} for key, title, blocks in sections],
    }


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}


def _list(items: Iterator[str] | Sequence[str]) -> Block:
    return {"kind": "list", "items": list(items)}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    return {"kind": "table", "head": list(head), "rows": [list(row) for row in rows]}


def _said(over: HandOver, text: str) -> str:
    port = over.nodes[0].port
    values = {
        "cluster": over.cluster,
        "peer": over.peer,
        "port": str(port),
        "names": ", ".join(over.names_of_cluster) or "ask us",
        "addresses": ", ".join(node.address for node in over.nodes),
    }
    return text.format_map(values)


def _ours(over: HandOver) -> Iterator[Block]:
    yield _text(
        "A Unified CM cluster. Each node may call you, and takes your calls: it shows the same"
        " certificate in both roles."
    )
    yield _table(
        ("Node", "Address", "Port for your calls", "Names in its certificate"),
        [(node.name, node.address, str(node.port), ", ".join(node.names) or "ask us") for node in over.nodes],
    )
    types = " and ".join({"rsa": "RSA", "ec": "EC"}[each] for each in over.settings.key_types)
    yield _list(
        [
            f"Key of the certificate that you may be shown: {types}, by the ciphers that you offer.",
            f"Media encryption (SRTP): {_SRTP.get(over.settings.srtp, str(over.settings.srtp))}.",
            (
                f"OPTIONS: {'sent to each of your nodes' if over.settings.options_ping else 'as the trunk is set'};"
                " yours are answered."
            ),
            *(
                [f"Numbers that you may send us: {', '.join(over.numbers_of_cluster)}."]
                if over.numbers_of_cluster
                else []
            ),
            *(
                [f"Numbers that we send you: {', '.join(over.numbers_of_peer)}."]
                if over.numbers_of_peer
                else []
            ),
        ]
    )


def _yours(over: HandOver) -> Iterator[Block]:
    head = ["Node", "Address", "Port", "Names when we call you"]
    rows = [
        [node.name, node.address, str(node.port), ", ".join(node.names) or node.address]
        for node in over.peer_nodes
    ]
    if over.has_two_certificates:
        head.append("Names when you call us")
        for row, node in zip(rows, over.peer_nodes, strict=True):
            row.append(", ".join(node.client_names or node.names) or node.address)
    yield _table(head, rows)
    lowest, highest = over.settings.tls_min or "1.2", over.settings.tls_max or "1.3"
    versions = f"TLS {lowest}" if lowest == highest else f"TLS {lowest} to {highest}"
    yield _list(
        [
            (
                "One of these names must be the common name or a subject alternative name of the"
                " certificate. Another one is"
                " refused: tell us before you change it."
            ),
            (
                "The certificate must allow server authentication and client authentication (extended"
                " key usage), since each"
                " side is server and client in turn."
            ),
            f"TLS versions: {versions}.",
            f"Our certificate is demanded of us when we call: {_ASKS[over.settings.asks_our_certificate]}.",
            f"Our name is looked for {_LOOKS_FOR[over.settings.verifies_our_name]}.",
        ]
    )
    if over.peer_authorities:
        yield _text("We trust these CAs of yours. Compare the fingerprints:")
        yield _table(_AUTHORITY_HEAD, [_authority(each) for each in over.peer_authorities])
    else:
        yield _text(
            "We need the certificates of your CA up to its root, in PEM, unless our CA signs your"
            " certificate: then send us the"
            " request (CSR) of each node."
        )


_AUTHORITY_HEAD = ("CA", "Ends", "SHA-256 fingerprint")


def _authority(each: Any) -> tuple[str, str, str]:
    return (f"{each.name}{' (root)' if each.is_root else ''}", each.not_after, each.fingerprint)


def _authorities(over: HandOver) -> Iterator[Block]:
    if not over.authorities:
        yield _text("They come apart from this sheet.")
        return
    yield _text("Compare the fingerprints with us by another way than the one by which this sheet came.")
    yield _table(_AUTHORITY_HEAD, [_authority(each) for each in over.authorities])
    chain = "".join(f"{each.pem.strip()}\n" for each in over.authorities)
    yield {"kind": "file", "name": "cucm-ca.pem", "text": chain}


def _failures(over: HandOver) -> Block:
    failures: tuple[Failure, ...] = (*advice_of(over.kind.name).failures, *COMMON_FAILURES)
    rows = [
        (each.text, _said(over, each.meaning), _said(over, each.remedy), each.source) for each in failures
    ]
    return _table(("What you see", "What it means", "What to do", "Source"), rows)


def _sureness(over: HandOver) -> Iterator[Block]:
    advice = advice_of(over.kind.name)
    rows = [
        (name.replace("_", " "), source.text, SURENESS[source.sure])
        for name, source in over.kind.sources.items()
    ]
    if rows:
        yield _table(("Setting", "Source", "How sure"), rows)
    doubtful = [f"{_said(over, text)} ({SURENESS[sure]})" for text, sure in advice.settings if sure != "A"]
    notes = [*doubtful, *(_said(over, each) for each in advice.unsure), *over.kind.notes]
    if notes:
        yield _list(notes)


def sheet_text(sheet: Mapping[str, Any]) -> str:
    """The sheet as text of at most 100 columns; fingerprints and files stay whole."""
    lines = [sheet["title"], "=" * len(sheet["title"]), "", sheet["lead"], ""]
    lines += [f"{name + ':':<11} {value}" for name, value in sheet["facts"]]
    for section in sheet["sections"]:
        lines += ["", section["title"], "-" * len(section["title"])]
        for block in section["blocks"]:
            lines += ["", *_lines(block)]
    return "\n".join(lines) + "\n"


def _lines(block: Block) -> Iterator[str]:
    if block["kind"] == "text":
        yield from textwrap.wrap(block["text"], _WIDTH)
    elif block["kind"] == "list":
        for number, item in enumerate(block["items"], start=1):
            yield from textwrap.wrap(
                item,
                _WIDTH,
                initial_indent=f"{number:>2}. ",
                subsequent_indent="    ",
                break_long_words=False,
            )
    elif block["kind"] == "table":
        for row in block["rows"]:
            for name, value in zip(block["head"], row, strict=True):
                yield from textwrap.wrap(
                    f"{name}: {value}",
                    _WIDTH,
                    initial_indent="  " if name == block["head"][0] else "    ",
                    subsequent_indent="      ",
                    break_long_words=False,
                    break_on_hyphens=False,
                )
    elif block["name"].endswith(".pem"):
        yield f"(file {block['name']})"
        yield from block["text"].splitlines()
    else:
        yield f"(file {block['name']})"
