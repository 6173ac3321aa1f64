# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts the administration pages take: route patterns, names, descriptions, addresses.

AXL's schema says little about them. The rules are those of Cisco's System Guide and of the pages' online
help. Each function returns what is wrong as a clause, and None for nothing.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

#: What no description may have: "double-quotes, percentage sign, ampersand, back-slash, or angle brackets".
DESCRIPTION = '"%&\\<>'
#: The same of route patterns, whose page takes a back-slash.
PATTERN_DESCRIPTION = '"%&<>'

_TOKEN = re.compile(r"\[[^\[\]]*\]|\\\+|[0-9A-DX*#!.@+?]")
_SET = re.compile(r"\[\^?(?:[0-9](?:-[0-9])?|[A-D](?:-[A-D])?|[*#]|\\\+)+\]")
_RANGE = re.compile(r"(\w)-(\w)")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def shown(text: str) -> str:
    """Show a text on one line, with code points for characters that cannot be seen."""
    return "".join(each if each == " " or each.isprintable() else f"<U+{ord(each):04X}>" for each in text)


def unsendable(text: str) -> str | None:
    """Find a character that XML cannot carry unchanged."""
    for each in text:
        if (unicodedata.category(each) in ("Cc", "Cs") and each not in "\t\n") or ord(
            each
        ) & 0xFFFE == 0xFFFE:
            return f"has the character U+{ord(each):04X}, which is no text"
    return None


def fault_of_name(text: str) -> str | None:
    """Check the name of an object: it is compared as it stands, so blanks around it would make another."""
    if text != text.strip():
        return "begins or ends with a blank"
    if any(unicodedata.category(each) == "Cc" for each in text):
        return "has a line break or a tab in it"
    return None


def fault_of_description(text: str, forbidden: str = DESCRIPTION) -> str | None:
    """Check a description for characters that its page refuses."""
    found = next((each for each in text if each in forbidden), None)
    return (
        None
        if found is None
        else f"has the character {found}; descriptions cannot have {' '.join(forbidden)}"
    )


def fault_of_pattern(pattern: str) -> str | None:
    """Check digits and wildcards of a route pattern: 0-9 A-D * # X ! . @ ? + [ ] ^ - and an escaped plus."""
    place = 0
    previous = ""
    while place < len(pattern):
        token = _TOKEN.match(pattern, place)
        if token is None:
            return _not_in_patterns(pattern, place)
        if token[0].startswith("[") and (why := _fault_of_set(token[0])):
            return why
        if token[0] in ("+", "?") and previous in ("", ".", "!", "+", "?"):
            return f"has {token[0]} with no digit before it to repeat" + (
                r"; a plus that is dialled is written \+" if token[0] == "+" else ""
            )
        place, previous = token.end(), token[0]
    if pattern.count("@") > 1:
        return "has more than one @"
    if not pattern.strip("."):
        return "has no digit and no wildcard"
    return None


def _not_in_patterns(pattern: str, place: int) -> str:
    character = pattern[place]
    if character in "[]":
        return f"has a {character} without its counterpart"
    if character in "abcdx":
        return f"has {character}; letters of patterns are upper case, {character.upper()}"
    if character == "\\":
        return r"has a back-slash that is not followed by +"
    if character in "^-":
        return f"has {character} outside of [ ]"
    if character.isspace():
        return f"has a blank (U+{ord(character):04X})"
    return f"has {shown(character)}, which is no digit and no wildcard of patterns"


def _fault_of_set(text: str) -> str | None:
    if _SET.fullmatch(text) is None:
        return f"has {shown(text)}, which is no set of digits such as [2-5], [^0] or [13*]"
    if any(first > last for first, last in _RANGE.findall(text)):
        return f"has {text}, whose range runs backwards"
    return None


def fault_of_address(text: str) -> str | None:
    """Check a host name or an IPv4 address."""
    if re.fullmatch(r"[0-9.]+", text):
        return None if _is_address(text, 4) else "is not an IPv4 address"
    if ":" in text or "%" in text:
        return "is not a host name or an IPv4 address"
    labels = text.removesuffix(".").split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return "is not a host name or an IPv4 address"
    return None


def fault_of_address_ipv6(text: str) -> str | None:
    """Check an IPv6 address; a zone such as %eth0 means something on one machine only. A name is taken too."""
    if "%" in text:
        return "has a zone, which means nothing to another machine"
    if ":" not in text:
        return fault_of_address(text) and "is not an IPv6 address or a host name"
    return None if _is_address(text, 6) else "is not an IPv6 address"


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
