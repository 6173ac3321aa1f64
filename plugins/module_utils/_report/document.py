# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of a page: one file with its style and its script in it, and a policy that lets it load nothing else."""

from __future__ import annotations

import base64
import hashlib

from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element
from ansible_collections.ucops.cucm.plugins.module_utils._report.style import style_sheet


def html_document(title: str, body: Markup, script: str) -> str:
    """The HTML document, for a file in UTF-8."""
    style = style_sheet()
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style)),
    )
    whole = element("body", body, element("script", Markup(script)))
    return f"<!DOCTYPE html>\n{element('html', head, whole, lang='en', dir='ltr')}\n"


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
