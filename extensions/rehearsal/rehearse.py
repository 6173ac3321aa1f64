# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the rehearsal: `python rehearse.py -i INVENTORY`, from a checkout or from an installed collection.

A program in a collection cannot import the collection by itself, so this file first says where it is.
"""

from __future__ import annotations

import sys
import types
from importlib import import_module
from pathlib import Path

COLLECTION = Path(__file__).resolve().parents[2]


def make_importable(collection: Path) -> None:
    """Let `ansible_collections.ucops.cucm` be the collection in this directory, in this process."""
    name = ""
    for part, directory in (("ansible_collections", None), ("ucops", None), ("cucm", collection)):
        name = f"{name}.{part}".lstrip(".")
        package = types.ModuleType(name)
        package.__path__ = [str(directory)] if directory else []
        sys.modules[name] = package


if __name__ == "__main__":
    make_importable(COLLECTION)
    module = (
        "tests.simulator.__main__" if sys.argv[1:2] == ["--simulator"] else "extensions.rehearsal.program"
    )
    try:
        main = import_module(f"ansible_collections.ucops.cucm.{module}").main
    except ModuleNotFoundError as error:
        print(
            f"rehearse: the Python library {error.name} is missing from {sys.executable}. Install what a"
            f" rehearsal needs: {sys.executable} -m pip install -r {COLLECTION}/extensions/rehearsal/requirements.txt",
            file=sys.stderr,
        )
        sys.exit(2)
    sys.exit(main(sys.argv[2:] if sys.argv[1:2] == ["--simulator"] else sys.argv[1:]))
