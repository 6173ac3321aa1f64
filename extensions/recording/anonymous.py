# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take names, addresses and secrets out of a recording, the same thing always by the same replacement.

In XML and JSON every text is replaced unless it is harmless or Cisco's own. In the text of the command line, names
that occur elsewhere in the recording are replaced, and whatever looks like an address, a key or an identifier. Who
records looks through the file before giving it away.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ucops.cucm.extensions.recording.questions import ABSENT, Exchange, xml_of
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import VERSIONS
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_route_pattern,
    cucm_sip_profile,
    cucm_sip_trunk,
    cucm_sip_trunk_security_profile,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

#: A text of XML or JSON that stays: numbers that are too short for a telephone or a serial number, truth values, dates.
_HARMLESS = re.compile(
    r"|true|false|null|-?\d{1,3}|\d{4}-\d\d-\d\dT[\d:.]+Z?|\d{1,2}\.\d(\.\d[\d.-]*)?|[tf]", re.IGNORECASE
)
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]|-\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[: ]){7,}[0-9a-fA-F]{2}\b|\b[0-9a-fA-F]{16,}\b")
_MODULES = (
    cucm_route_pattern.DEFINITION,
    cucm_sip_profile.DEFINITION,
    cucm_sip_trunk.DEFINITION,
    cucm_sip_trunk_security_profile.DEFINITION,
)
_MAIL = re.compile(r"[\w.+-]+@[\w.-]+\w")
_PROMPT_NAME = re.compile(r"Host ?name\s*:\s*(\S+)", re.IGNORECASE)
_DISTINGUISHED = re.compile(r"\b(?:CN|OU|O|L|ST|C|SERIALNUMBER)\s*=\s*([^,\n/+]+)")
#: The words of the command line, of interfaces and of operations are ours; a file's name in a command is not.
_FILE_IN_KEY = re.compile(r"/\S+$")
#: Nothing shorter is replaced in running text: it would hit ordinary words.
SHORTEST = 3


#: Elements and keys whose texts are Cisco's, not the customer's.
_CISCO = frozenset(
    {
        "ServiceName",
        "ServiceStatus",
        "ReasonCodeString",
        "service",
        "faultcode",
        "axlcode",
        "DeploymentType",
        "Status",
    }
)
#: Elements whose texts are sentences that may name something.
_SENTENCES = frozenset({"faultstring", "axlmessage", "request", "message", "messages"})


def described_certificate(text: str) -> str:
    """What is of interest in a certificate and names nobody: kinds of key, signature, subject and extensions."""
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return "<something in PEM>"
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        kind = f"RSA {key.key_size}"
    else:
        kind = f"EC {key.curve.name}" if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__
    algorithm = certificate.signature_hash_algorithm
    signed = algorithm.name if isinstance(algorithm, hashes.HashAlgorithm) else "no hash"
    subject = ",".join(attribute.rfc4514_attribute_name for attribute in certificate.subject)
    names = ",".join(extension.oid._name for extension in certificate.extensions)
    own = "self-signed" if certificate.issuer == certificate.subject else "issued"
    return f"<certificate {kind}, {signed}, {own}, subject {subject}, extensions {names}>"


def _choices(specifications: Iterable[Mapping[str, Any]]) -> set[str]:
    """The values that options of modules choose from: words of the administration pages."""
    found: set[str] = set()
    for specification in specifications:
        for option in specification.values():
            found |= {str(choice) for choice in option.get("choices") or ()}
            found |= _choices([option.get("options") or {}])
    return found


class Anonymiser:
    """Replaces consistently; `secrets` and `names` go wherever they occur."""

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._secrets = sorted({one for one in secrets if one}, key=len, reverse=True)
        self._words = {*VERSIONS, ABSENT, *_choices(spec.argument_spec for spec in _MODULES)}
        self._given: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}
        for name in names:
            self.learn(name)

    def learn(self, name: str) -> None:
        """Replace this wherever it occurs, and the labels of a host name as well."""
        name = name.strip()
        for one in (name, *(name.split(".") if re.fullmatch(r"[\w.-]+", name) else ())):
            if len(one) >= SHORTEST and not _HARMLESS.fullmatch(one) and one not in self._words:
                self._names.setdefault(one.lower(), self._replacement("name", one))

    def _replacement(self, kind: str, text: str) -> str:
        key = (kind, text.lower())
        if key not in self._given:
            number = sum(1 for other, _text in self._given if other == kind) + 1
            self._given[key] = {
                "ipv4": f"192.0.2.{number % 250 + 1}",
                "ipv6": f"2001:db8::{number:x}",
                "uuid": f"{{00000000-0000-0000-0000-{number:012X}}}",
                "hex": f"<{number} hex>",
                "mail": f"user{number}@example.com",
            }.get(kind, f"{kind}-{number}")
        return self._given[key]

    def value(self, text: str) -> str:
        """A text of XML or JSON: as it is if it is harmless, otherwise replaced whole."""
        stripped = text.strip()
        if "-----BEGIN" in text:
            return self.running(text)
        for kind, pattern in (("uuid", _UUID), ("ipv4", _IPV4), ("ipv6", _IPV6), ("hex", _HEX)):
            if pattern.fullmatch(stripped):
                return self._replacement(kind, stripped)
        # After the addresses: four numbers with dots could be a version too.
        if _HARMLESS.fullmatch(stripped) or stripped in self._words:
            return text
        self.learn(stripped)
        return self._names.get(stripped.lower()) or self._replacement("text", stripped)

    def running(self, text: str) -> str:
        """Running text, such as of the command line."""
        for secret in self._secrets:
            text = text.replace(secret, "********")
        text = _PEM.sub(lambda found: described_certificate(found.group()), text)
        for kind, pattern in (("mail", _MAIL), ("uuid", _UUID), ("ipv4", _IPV4), ("hex", _HEX)):
            text = pattern.sub(self._replacer(kind), text)
        text = _IPV6.sub(lambda found: self._ipv6(found.group()), text)
        if self._names:
            longest = sorted(self._names, key=len, reverse=True)
            alternatives = "|".join(map(re.escape, longest))
            names = re.compile(f"(?<![A-Za-z0-9])(?:{alternatives})(?![A-Za-z0-9])", re.IGNORECASE)
            text = names.sub(lambda found: self._names[found.group().lower()], text)
        return text

    def _replacer(self, kind: str) -> Callable[[re.Match[str]], str]:
        return lambda found: self._replacement(kind, found.group())

    def _ipv6(self, text: str) -> str:
        try:
            ipaddress.IPv6Address(text)
        except ValueError:
            return text  # a time of day
        return self._replacement("ipv6", text)

    def names_of(self, text: str) -> None:
        """Learn the names that stand at known places of the command line's text."""
        for pattern in (_DISTINGUISHED, _PROMPT_NAME):
            for found in pattern.finditer(text):
                self.learn(found.group(1))

    def xml(self, root: etree._Element) -> str:
        """A document with every text and attribute judged."""
        for element in root.iter(etree.Element):
            if element.text and element.text.strip():
                element.text = self._judged(str(etree.QName(element).localname), element.text)
            element.tail = None
            for name in map(str, element.attrib):
                if not name.startswith("{"):
                    element.set(name, self.value(element.get(name, "")))
        return str(etree.tostring(root, encoding="unicode"))

    def data(self, value: Any, key: str = "") -> Any:
        """JSON with every text judged."""
        if isinstance(value, dict):
            return {key: self.data(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.data(item, key) for item in value]
        return self._judged(key, value) if isinstance(value, str) else value

    def _judged(self, name: str, text: str) -> str:
        """A text of the element or key of that name."""
        if name in _CISCO:
            return text
        return self.running(text) if name in _SENTENCES else self.value(text)

    def body(self, text: str) -> str:
        """A request or an answer, whatever its form."""
        root = xml_of(text) if text.lstrip().startswith("<") else None
        if root is not None:
            return self.xml(root)
        try:
            data = json.loads(text)
        except ValueError:
            return self.running(text)
        return json.dumps(self.data(data)) if isinstance(data, dict | list) else self.running(text)

    def exchange(self, one: Exchange) -> Exchange:
        """An exchange without names; the key stays, since it is one of our own questions."""
        headers = {name: value for name, value in one.headers.items() if name == "Content-Type"}
        key = _FILE_IN_KEY.sub("/…", one.key) if one.key.startswith("cli ") else one.key
        return replace(
            one, key=key, request=self.body(one.request), answer=self.body(one.answer), headers=headers
        )


def anonymous(exchanges: Iterable[Exchange], anonymiser: Anonymiser) -> list[Exchange]:
    """The exchanges without names. What one of them says is replaced in all, so they are read twice."""
    exchanges = list(exchanges)
    for one in exchanges:
        anonymiser.body(one.answer)
        if one.key.startswith("cli "):
            anonymiser.names_of(one.answer)
    return [anonymiser.exchange(one) for one in exchanges]
