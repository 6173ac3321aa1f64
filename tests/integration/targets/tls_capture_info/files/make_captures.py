# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the captures of this target into a directory: handshakes of OpenSSL, made anew in each run."""

from __future__ import annotations

import sys
from pathlib import Path

from ansible_collections.ucops.cucm.tests.support.handshakes import (
    CLIENT,
    SERVER,
    V6,
    context,
    frame,
    handshake,
    identity,
    ip_packet,
    mutual,
    pcapng,
    segments,
    written,
)

A, B = "cucm-a.example.com", "cucm-b.example.com"


def main(directory: Path) -> None:
    stranger = context(CLIENT, certificate=identity(A, ca="Other CA"), name=A)
    refused, _end = handshake(stranger, context(SERVER, certificate=identity(B), name=B))
    again = (("192.0.2.204", 40001), ("192.0.2.200", 5061))
    good = segments(mutual("TLSv1.2"))
    (directory / "pair.cap").write_bytes(written(good) + written(segments(refused), again)[24:])
    (directory / "cut.cap").write_bytes(written(good)[:-20])
    (directory / "tagged.pcapng").write_bytes(
        pcapng((one.time, frame(ip_packet(one, V6), vlans=(7,))) for one in segments(mutual("TLSv1.0")))
    )
    (directory / "snapped.cap").write_bytes(written(good, snap=128))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
