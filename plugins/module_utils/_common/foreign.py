# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of servers, made fit for a message: without our secrets, on one line, bounded.

A server may repeat what it was sent: an error page, a proxy's trace, a SOAP fault, the address of a
redirect. Every such text goes through `foreign_text` before it stands in a message, a warning, or a
detail of a failed result. The secrets of a task are collected while it runs, by `secrets_of_task`
from its options and by the session from what it sends.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from html.entities import codepoint2name
from itertools import groupby
from typing import Any

#: What stands in place of a secret, as in Ansible's own results.
MASK = "********"
#: How much of a server's text goes into a message, in characters.
LONGEST = 400
#: How much of a server's text is looked at, in characters.
_LOOKED_AT = 20_000
#: An encoded form or a part of one is only looked for from so many characters on: less is a word.
_SHORTEST_FORM = 8
#: So many characters of a long base64 text identify it, also where a server has cut it off.
_PREFIX = 16

#: The secrets of the task that runs, with the secret forms of accounts among them.
_secrets: ContextVar[frozenset[str]] = ContextVar("secrets", default=frozenset())

#: Whatever follows the scheme in a header that holds credentials, also when it is none of ours.
_HEADER = re.compile(r"(authorization\W{1,12}[a-z]+(?:\s|%20|\+)+)[^\s\"'<>&;,]+", re.IGNORECASE)
_LEFT_OUT = str.maketrans({"+": "", "-": "", "_": "/"})
_CONTROL = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


@contextmanager
def secrets_of_task(values: Iterable[str] = ()) -> Iterator[None]:
    """Know these secrets, and those that are added within the block, until its end."""
    token = _secrets.set(frozenset(value for value in values if value))
    try:
        yield
    finally:
        _secrets.reset(token)


def keep_secret(*values: str | None) -> None:
    """Add secrets to those of the task that runs."""
    _secrets.set(_secrets.get() | {value for value in values if value})


def keep_headers_secret(headers: Mapping[str, Any]) -> None:
    """Add the credentials in the headers of a request: accounts, tokens, cookies of sessions."""
    for name, value in headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if name.lower() in ("authorization", "proxy-authorization"):
            scheme, _blank, credentials = text.partition(" ")
            if scheme.lower() == "basic":
                with suppress(ValueError):
                    account = base64.b64decode(credentials).decode("utf-8", "surrogateescape")
                    keep_secret(account, account.partition(":")[2])
            keep_secret(credentials)
        elif name.lower() == "x-vault-token":
            keep_secret(text)
        elif name.lower() == "cookie":
            values = (part.partition("=")[2].strip() for part in text.split(";"))
            keep_secret(*(part for part in values if len(part) >= _SHORTEST_FORM))


def foreign_text(text: str, *, limit: int = LONGEST) -> str:
    """A server's text for a message: one line of at most `limit` characters without the task's secrets."""
    looked_at = text[:_LOOKED_AT]
    for secret in _ordered():
        looked_at = _without(looked_at, secret)
    if len(text) > _LOOKED_AT:  # a secret may have been cut in two
        longest = max((len(secret) for secret in _secrets.get()), default=0)
        looked_at = looked_at[: max(0, len(looked_at) - 12 * longest)]
    looked_at = " ".join(looked_at.split())
    looked_at = "".join(character if character.isprintable() else "?" for character in looked_at)
    for secret in _ordered():
        looked_at = _without(looked_at, secret)
    looked_at = _HEADER.sub(rf"\1{MASK}", looked_at)
    return looked_at if len(looked_at) <= limit and len(text) <= _LOOKED_AT else f"{looked_at[: limit - 1]}…"


def without_secrets(value: Any) -> Any:
    """A result with the task's secrets taken out of its texts, wherever they are; short ones stay.

    This is the last net of a failed task. Words such as a password of four letters are Ansible's to
    mask, which knows the option that they come from.
    """
    if isinstance(value, str):
        for secret in _ordered():
            if len(secret) >= _SHORTEST_FORM and len(value) <= _LOOKED_AT:
                value = _without(value, secret)
            elif len(secret) >= _SHORTEST_FORM:
                for form in (secret, _base64(secret)):
                    value = value.replace(form, MASK)
        return value
    if isinstance(value, Mapping):
        return {key: without_secrets(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(part) for part in value]
    return value


def _ordered() -> list[str]:
    """The longest first, so that no part of one is left when another is taken out."""
    return sorted(_secrets.get(), key=lambda secret: (-len(secret), secret))


def _base64(secret: str) -> str:
    return base64.b64encode(secret.encode("utf-8", "surrogateescape")).decode().rstrip("=")


def _without(text: str, secret: str) -> str:
    return _pattern(secret).sub(MASK, text) if _may_hold(text, secret) else text


def _may_hold(text: str, secret: str) -> bool:
    """Whether it is worth to compile the pattern of a secret, which takes longer than all else that a task does.

    What is escaped has one of three characters in it. Anything else is found when letters are made
    small and what some forms add or replace is left out.
    """
    if not (text.isascii() and secret.isascii()) or any(mark in text for mark in "%&\\"):
        return True
    data = secret.encode()
    encoded = base64.b64encode(data).decode().rstrip("=")
    forms = (secret, data.hex(), encoded[:_PREFIX] if len(encoded) > _PREFIX + 4 else encoded)
    looked_at = _folded(text)
    return any(_folded(form) in looked_at for form in forms)


def _folded(text: str) -> str:
    """A text without spaces, and without the signs by which the alphabets of base64 and of forms differ."""
    return "".join(text.translate(_LEFT_OUT).lower().split())


@lru_cache(maxsize=64)
def _pattern(secret: str) -> re.Pattern[str]:
    """Every form of a secret: as it is, escaped for JSON, URLs or XML, in base64, in hexadecimal."""
    data = secret.encode("utf-8", "surrogateescape")
    encoded = {data}
    with suppress(UnicodeEncodeError):  # HTTP libraries encode accounts in either way
        encoded.add(secret.encode("latin-1"))
    forms = []
    for part in sorted(encoded):
        text = base64.b64encode(part).decode().rstrip("=")
        if len(text) >= _SHORTEST_FORM:
            forms.append(r"\s*".join(map(_digit, text)) + r"(?:=|%(?:25)*3d|&(?:amp;)*#0*61;|\\+u003d)*")
        if len(text) > _PREFIX + 4:
            forms.append(r"\s*".join(map(_digit, text[:_PREFIX])) + r"[\w+/=-]*")
        if len(part) >= _SHORTEST_FORM // 2:
            forms.append(part.hex())
    return re.compile("|".join((*forms, _written(secret))), re.IGNORECASE)


def _digit(character: str) -> str:
    """A digit of base64, also in the alphabet for URLs."""
    other = {"+": "-", "/": "_"}.get(character)
    return _character(character) if other is None else f"(?:{_character(character)}|{other})"


def _written(secret: str) -> str:
    """A text in which each character may be escaped, in the ways of JSON, URLs and XML, also twice."""
    parts = []
    for character, run in groupby(secret):
        count = len(list(run))
        if character == "\\":
            parts.append(rf"(?:\\{{{count},}}|(?:{'|'.join(_escaped(character))}){{{count}}})")
        else:
            parts.append(f"{_character(character)}{{{count}}}")
    return "".join(parts)


def _character(character: str) -> str:
    # The longest first, since "%" is also the beginning of "%25".
    forms = "|".join((*_escaped(character), re.escape(character)))
    # JSON and others write a backslash before some characters, and another one before that.
    before = "" if character.isalnum() else r"\\{0,8}"
    return f"(?:{before}(?:{forms}))"


def _escaped(character: str) -> Iterator[str]:
    number = ord(character)
    data = character.encode("utf-8", "surrogateescape" if 0xDC80 <= number <= 0xDCFF else "surrogatepass")
    yield "".join(f"%(?:25)*{byte:02x}" for byte in data)
    yield f"&(?:amp;)*#0*{number};"
    yield f"&(?:amp;)*#x0*{number:x};"
    name = "apos" if character == "'" else codepoint2name.get(number)
    if name is not None:
        yield f"&(?:amp;)*{name};"
    units = character.encode("utf-16-be", "surrogatepass").hex()
    yield "".join(rf"\\{{1,8}}u{units[start : start + 4]}" for start in range(0, len(units), 4))
    if character in _CONTROL:
        yield rf"\\{{1,8}}{_CONTROL[character]}"
    elif character == " ":
        yield r"\+"
    if number > 0x7F:
        yield "[?\ufffd]"
        for charset in ("latin-1", "cp1252"):  # what was UTF-8 is read in another charset
            with suppress(UnicodeDecodeError):
                yield re.escape(data.decode(charset))
