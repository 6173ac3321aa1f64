# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, `make test` may end green although a gate failed, or leave gates out after a failed one."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
GATES = re.search(r"^GATES := (.*)$", MAKEFILE, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def gates() -> ModuleType:
    loader = SourceFileLoader("ucops_gates", str(ROOT / "tools" / "gates.py"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module  # dataclasses look there
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("broken", ["lint", "units", ""])
def test_every_gate_runs_and_one_that_fails_decides(
    gates: ModuleType, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = []

    def run(name: str, *, captured: bool) -> object:
        ran.append((name, captured))
        return gates.Result(name, int(name == broken), 61.0, 100.0, f"output of {name}\n" if captured else "")

    assert gates.main(["lint", "mypy", "units", "schemas", "oldest"], run) == int(bool(broken))
    assert ran[0] == ("schemas", False)
    assert sorted(ran[1:3]) == [("lint", True), ("mypy", True)]
    assert ran[3:] == [("units", False), ("oldest", False)]
    shown = capsys.readouterr().out
    assert "output of lint" in shown
    assert shown.splitlines()[-1] == ("gates: 4 passed, 1 failed" if broken else "gates: 5 passed, 0 failed")
    assert ("FAILED" in shown) == bool(broken)


def test_no_gate_is_no_success(gates: ModuleType) -> None:
    assert gates.main([]) == 2


def test_make_test_names_every_default_session() -> None:
    listed = subprocess.run(
        (sys.executable, "-m", "nox", "--list"), cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert GATES
    assert set(re.findall(r"^\* (\w+)", listed, flags=re.MULTILINE)) == set(GATES[1].split())


def test_ci_runs_make_test_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec make test </dev/null"
    assert not [line for line in commands[:-1] if not line.startswith(("set ", "cd ", "export CI="))]


def test_apt_can_be_kept_from_installing(tmp_path: Path) -> None:
    """Without any program in its path, and told not to install, it names the one command."""
    (tmp_path / "id").write_text("#!/bin/sh\necho 0\n")
    (tmp_path / "apt-get").write_text("#!/bin/sh\necho called >&2\n")
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    bash = Path("/bin/bash")
    done = subprocess.run(
        (bash, ROOT / "tools" / "system-packages"),
        env={"PATH": str(tmp_path), "UCOPS_NO_APT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "called" not in done.stderr
    assert "sudo apt-get install --no-install-recommends" in done.stderr
    assert "shellcheck" in done.stderr


def test_no_property_has_a_deadline() -> None:
    assert settings.default.deadline is None
    assert os.environ.get("UCOPS_EXAMPLES", "100") == str(settings.default.max_examples)


def test_tests_that_the_gates_choose_by_name_exist() -> None:
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    chosen = set(re.findall(r"\btest_\w+", text)) - {"test_in_process"}
    defined = {
        name
        for path in (ROOT / "tests" / "integration").glob("test_*.py")
        for name in (
            path.stem,
            *re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE),
        )
    }
    assert (
        chosen - defined - {"test_as_modules", "test_targets", "test_adcs_kerberos", "test_repository"}
        == set()
    )
