# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A handshake as a ladder: two life lines, an arrow for each message, and where it broke; and as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import (
    arrow_tip,
    mark,
    shorten,
    tag,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import moment
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    entries,
    number_of,
    plain,
)

_WIDTH, _LEFT, _RIGHT = 336, 34, 302
_TOP, _PITCH = 46, 27
_TEXT_WIDTH, _NAME_WIDTH = 250, 160
_MOST_STEPS = 40

#: The states of a handshake as tls_capture_info names them: the result that they are, and the words.
_STATES = {
    "complete": ("pass", "complete"),
    "failed": ("fail", "failed"),
    "not_visible": ("not_measured", "not visible"),
    "not_measured": ("not_measured", "not measured"),
}


@dataclass
class _Step:
    time: str
    from_client: bool
    message: str
    times: int = 1

    @property
    def text(self) -> str:
        return self.message + (f" x {self.times}" if self.times > 1 else "")


def state_of(handshake: Entry) -> tuple[str, str]:
    """The result and the words of a handshake's state."""
    state = handshake.get("handshake")
    return _STATES.get(state if isinstance(state, str) else "", _STATES["not_measured"])


def ladder(handshake: Entry) -> Markup:
    """One handshake: caption, picture, the same as a list, and where it broke."""
    steps, left_out = _steps(handshake)
    sides = [_side(handshake, role) for role in ("client", "server")]
    result, said = state_of(handshake)
    facts = [plain(handshake.get(key)) for key in ("version", "cipher")]
    broke = handshake.get("broke")
    broke = broke if isinstance(broke, dict) else None
    caption = element(
        "figcaption",
        element("strong", f"{sides[0][0]} to {sides[1][0]}"),
        " ",
        tag(result, said),
        element("br"),
        ", ".join(filter(None, [plain(handshake.get("source")), *facts])),
    )
    picture = _picture(steps, sides, broke is not None) if steps else None
    return element("figure", caption, picture, _list(steps, sides, left_out), _broke(broke))


def _side(handshake: Entry, role: str) -> tuple[str, str]:
    """Name and address of a side; one without a name goes by its address."""
    side = handshake.get(role)
    side = side if isinstance(side, dict) else {}
    address, port = plain(side.get("address"), 100), plain(side.get("port"), 10)
    shown = f"[{address}]" if ":" in address else address
    endpoint = f"{shown}:{port}" if address and port else address
    return plain(side.get("name"), 200) or address or role, endpoint


def _steps(handshake: Entry) -> tuple[list[_Step], int]:
    """The messages, the same again and again as one, and how many are left out."""
    steps: list[_Step] = []
    for entry in entries(handshake, "steps"):
        step = _Step(
            plain(entry.get("time"), 60), entry.get("from") == "client", plain(entry.get("message"), 200)
        )
        last = steps[-1] if steps else None
        if last and (last.from_client, last.message) == (step.from_client, step.message):
            last.times += 1
        else:
            steps.append(step)
    return steps[:_MOST_STEPS], max(0, len(steps) - _MOST_STEPS)


def _picture(steps: Sequence[_Step], sides: Sequence[tuple[str, str]], broke: bool) -> Markup:
    bottom = _TOP + (len(steps) + bool(broke)) * _PITCH + 10
    drawn: list[Markup] = []
    for anchor, x, (name, endpoint) in zip(("start", "end"), (0, _WIDTH), sides, strict=True):
        drawn.append(
            element("text", shorten(name, _NAME_WIDTH), class_="strong", x=x, y=12, text_anchor=anchor)
        )
        if endpoint != name:
            drawn.append(
                element(
                    "text",
                    shorten(endpoint, _NAME_WIDTH),
                    class_="small",
                    x=x,
                    y=27,
                    text_anchor=anchor,
                )
            )
    drawn += [element("line", class_="life", x1=x, y1=_TOP - 11, x2=x, y2=bottom) for x in (_LEFT, _RIGHT)]
    for index, step in enumerate(steps, start=1):
        y = _TOP + index * _PITCH - 4
        start, end = (_LEFT, _RIGHT) if step.from_client else (_RIGHT, _LEFT)
        drawn += [
            element("line", class_="step", x1=start, y1=y, x2=end, y2=y),
            arrow_tip(end, y, end - start, 0, "step-tip", 8),
            element("text", shorten(step.text, _TEXT_WIDTH), x=_WIDTH / 2, y=y - 6, text_anchor="middle"),
        ]
    if broke:
        y = _TOP + (len(steps) + 1) * _PITCH - 6
        drawn += [
            mark("fail", _WIDTH / 2 - 44, y),
            element("text", "It broke here", class_="bad", x=_WIDTH / 2 - 28, y=y + 4),
        ]
    return element(
        "svg",
        drawn,
        viewBox=f"0 0 {_WIDTH} {bottom + 2}",
        width=_WIDTH,
        height=bottom + 2,
        role="img",
        aria_label=f"Handshake of {sides[0][0]} and {sides[1][0]}; the list that follows says the same",
    )


def _list(steps: Sequence[_Step], sides: Sequence[tuple[str, str]], left_out: int) -> Markup | None:
    if not steps:
        return None
    items = [
        element(
            "li",
            f"{sides[0][0] if step.from_client else sides[1][0]}: {step.text}",
            element("span", f" {_time_of_day(step.time)}", class_="same") if step.time else None,
        )
        for step in steps
    ]
    more = element("p", f"{number_of(left_out, 'more message')} not shown") if left_out else None
    return element(
        "details",
        element("summary", f"The {number_of(len(steps), 'step')} as a list"),
        element("ol", items),
        more,
    )


def _time_of_day(time: str) -> str:
    """`18:46:11.313`; the day is that of the capture."""
    read = moment(time)
    return read.strftime("%H:%M:%S.%f")[:-3] if read else time


def _broke(broke: Entry | None) -> Markup | None:
    if broke is None:
        return None
    after = plain(broke.get("after"), 200)
    return element(
        "div",
        element(
            "p",
            joined(
                element("strong", f"Broke after {after}: " if after else "Broke: "), plain(broke.get("text"))
            ),
        ),
        element("p", f"Fix: {plain(broke.get('remedy'))}") if broke.get("remedy") else None,
        class_="broke",
    )
