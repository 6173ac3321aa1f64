# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the double: `python -m ansible_collections.ucops.cucm.tests.certsrv [--mode enterprise]`.

One line of JSON on standard output tells when it is ready, where it listens and who may log on. It ends
by SIGTERM or SIGINT and, with --until-stdin-closes, when its standard input closes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence

from ansible_collections.ucops.cucm.tests.certsrv.control import ControlServer
from ansible_collections.ucops.cucm.tests.certsrv.double import METHODS, MODES, CertsrvDouble
from ansible_collections.ucops.cucm.tests.certsrv.pages import LANGUAGES


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="certsrv", description="AD CS Web Enrollment on loopback.")
    parser.add_argument("--mode", choices=MODES, default="standalone")
    parser.add_argument("--language", choices=list(LANGUAGES), default="en")
    parser.add_argument(
        "--auth", choices=METHODS, action="append", help="may be repeated; default: basic and ntlm"
    )
    parser.add_argument("--root-only", action="store_true", help="a root that issues itself")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API; default: free")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input closes")
    return parser.parse_args(argv)


def _watch_stdin(ended: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    ended.set()


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to end."""
    arguments = _arguments(argv)
    ended = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: ended.set())
    with contextlib.ExitStack() as stack:
        double = stack.enter_context(CertsrvDouble(arguments.mode, arguments.root_only))
        double.settings.change({"language": arguments.language})
        if arguments.auth:
            double.settings.change({"auth_methods": arguments.auth})
        control = stack.enter_context(ControlServer(double, arguments.control_port))
        print(json.dumps({"ready": True, "control": control.url, **double.description()}), flush=True)
        if arguments.until_stdin_closes:
            threading.Thread(target=_watch_stdin, args=(ended,), daemon=True).start()
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
