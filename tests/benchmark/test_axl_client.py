# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon an AXL client is ready: our slim WSDL beside Cisco's full one, each in fresh processes.

Both processes import zeep first; counted is what comes after: parsing the WSDL and making the
service. Memory is what the process has grown by meanwhile, at its highest, and as a whole.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import pytest
from ansible_collections.ucops.cucm.tests import schemas

RUNS = 5
TIME_LIMIT = 60

_FRAME = """
import io, json, resource, time
import zeep
from ansible_collections.ucops.cucm.plugins.module_utils._axl import wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk import SIP_TRUNK

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

settings = zeep.Settings(strict=False, xsd_ignore_sequence_order=True)
before, start = peak(), time.perf_counter()
source = {source}
zeep.Client(source, settings=settings).create_service(wsdl.BINDING, "https://127.0.0.1:8443/axl/")
print(json.dumps({{"seconds": time.perf_counter() - start, "grown": peak() - before, "whole": peak()}}))
"""


def measured(source: str) -> dict[str, float]:
    """The medians of several fresh processes: seconds, MiB grown, MiB in all."""
    results = []
    for _run in range(RUNS):
        done = subprocess.run(
            (sys.executable, "-c", _FRAME.format(source=source)),
            check=True,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
        )
        results.append(json.loads(done.stdout))
    return {name: statistics.median(result[name] for result in results) for name in results[0]}


@pytest.mark.parametrize("version", ["9.1", "14.0", "15.0"])
def test_client_ready(version: str) -> None:
    if not schemas.available():
        pytest.skip("Cisco's schemas are not in .cache/schemas; run make schemas")
    slim = measured(f"io.BytesIO(wsdl.object_wsdl({version!r}, SIP_TRUNK).encode())")
    full = measured(repr(str(schemas.wsdl_path(version))))
    print(
        f"\nAXL {version} client ready: slim {slim['seconds'] * 1000:.0f} ms, full {full['seconds'] * 1000:.0f} ms,"
        f" {full['seconds'] / slim['seconds']:.1f} times faster; memory grown {slim['grown']:.1f} of"
        f" {full['grown']:.1f} MiB ({slim['grown'] / full['grown']:.2f}), process {slim['whole']:.0f} of"
        f" {full['whole']:.0f} MiB ({slim['whole'] / full['whole']:.2f})"
    )
