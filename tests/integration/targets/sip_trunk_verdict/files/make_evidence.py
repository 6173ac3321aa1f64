# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the evidence of this target into a directory: a good pair, a broken one, a capture and a trace."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible_collections.ucops.cucm.tests.support.evidence import A, Pair
from ansible_collections.ucops.cucm.tests.support.handshakes import (
    mutual,
    segments,
    written,
)
from ansible_collections.ucops.cucm.tests.support.traces import Lines

A_NODE, B_NODE = "192.0.2.203", "192.0.2.200"


def main(directory: Path) -> None:
    good, broken = Pair(), Pair()
    broken.profile(A)["x509_subject_names"].remove("cucm10-sub.example.com")
    broken["cucm10-pub"]["node_info"] = {"msg": "192.0.2.200: HTTP 401", "failed": True}
    for name, pair in (("good", good), ("broken", broken)):
        (directory / name).mkdir()
        for node, document in pair.documents.items():
            (directory / name / f"{node}.json").write_text(json.dumps(document))
    (directory / "packets.cap").write_bytes(written(segments(mutual("TLSv1.2"))))
    lines = Lines(host=A_NODE).dialled("9898").routed("9898").wanted().created(peer=B_NODE)
    lines.request("INVITE", peer=B_NODE).certificate("cucm-b.example.com", peer=B_NODE)
    (directory / "SDL001_100_000001.txt").write_text(lines.answer("200 OK", peer=B_NODE).text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
