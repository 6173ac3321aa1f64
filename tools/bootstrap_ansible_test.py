# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give ansible-test the get-pip script that it would download from its own project's server.

`ansible-test --venv` puts pip into its environments with a script that it first looks for in a cache
of the user's. This one does the same with pip's wheel from the package index, so that the gates need
nothing but that index. Run by the Python whose ansible-core will be used.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

CACHE = Path.home() / ".ansible" / "test" / "cache"
SCRIPT = """\
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), {wheel!r}))
from pip._internal.cli.main import main
sys.exit(main(["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]))
"""


def wanted_version() -> str:
    """The version of pip that this ansible-test puts into its environments."""
    found = find_spec("ansible_test")
    if found is None or not found.submodule_search_locations:
        sys.exit(f"ansible-test is not installed for {sys.executable}")
    source = Path(found.submodule_search_locations[0]) / "_internal" / "python_requirements.py"
    match = re.search(r"default_packages = dict\(\s*pip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if match is None:
        sys.exit(f"{source} does not say any more which pip ansible-test wants")
    return match[1]


def main() -> None:
    """Write the script, unless it is there."""
    version = wanted_version()
    script = CACHE / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        (
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--dest", str(CACHE), f"pip=={version}"),
        ),
        check=True,
    )
    (wheel,) = (path.name for path in CACHE.glob(f"pip-{version}-*.whl"))
    temporary = script.with_suffix(".new")
    temporary.write_text(SCRIPT.format(wheel=wheel), encoding="utf-8")
    temporary.replace(script)


if __name__ == "__main__":
    main()
