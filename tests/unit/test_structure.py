# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a file imports what it must not know: another package, module or tree of tests, or the product."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

COLLECTION = Path(__file__).resolve().parents[2]
PREFIX = ("ansible_collections", "ucops", "cucm")
PRODUCT = ("plugins", "roles", "playbooks")
#: Programs beside the product, which the archive carries with the simulator: they know it, the product knows neither.
BESIDE = "extensions"
UTILS = ("plugins", "module_utils")
#: Packages of module_utils that every other package may import. The first stands on none, the second on the first.
FOUNDATIONS = ("_common", "_facts")
#: What joins packages: steps that need two of them, and the modules, one file each. There is no other exception.
FLOWS, MODULES = JOINING = ("_flows", "_modules")
#: Folders of tests that are run, each by its own session.
TREES = {"unit", "integration", "matrix", "benchmark"}
#: Folders that every tree of tests may import.
SHARED = {"support", "simulator", "certsrv", "cas", "schemas", "demo"}
#: Doubles of other makers' products. Of the collection they import only themselves and the makers' schemas.
DOUBLES = {"simulator", "certsrv"}


class Import(NamedTuple):
    """An import inside the collection: both paths from its root, the target without its suffix."""

    source: tuple[str, ...]
    line: int
    target: tuple[str, ...]

    def __str__(self) -> str:
        return f"{'/'.join(self.source)}:{self.line} imports {'.'.join(self.target)}"


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, those inside others too; not their expressions, which are most of a tree."""
    for field in ("body", "orelse", "handlers", "finalbody", "cases"):
        inner = getattr(tree, field, ())
        for statement in inner if isinstance(inner, list) else ():
            yield statement
            yield from statements(statement)


def imported_names(path: Path, package: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and full dotted name of whatever a file of this package imports."""
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = tuple(node.module.split(".")) if node.module else ()
            for alias in node.names:
                yield node.lineno, (*start, *module, alias.name)


@cache
def is_module(root: Path, name: tuple[str, ...]) -> bool:
    path = root.joinpath(*name)
    return path.is_dir() or path.with_name(f"{path.name}.py").is_file()


@cache
def imports(root: Path) -> list[Import]:
    """Every import of one file of the collection by another."""
    found = []
    for path in sorted(path for top in (*PRODUCT, BESIDE, "tests") for path in (root / top).rglob("*.py")):
        source = path.relative_to(root).parts
        for line, name in imported_names(path, (*PREFIX, *source[:-1])):
            if name[: len(PREFIX)] == PREFIX and len(name) > len(PREFIX):
                target = name[len(PREFIX) :]
                found.append(Import(source, line, target if is_module(root, target) else target[:-1]))
    return found


# The rules: whether an import breaks one.


def a_test_file_is_imported(one: Import) -> bool:
    return one.source[0] == "tests" and one.target[-1].startswith("test_")


def a_tree_of_tests_imports_another(one: Import) -> bool:
    """What the trees share imports none of them either, or they would be joined by it."""
    if one.source[0] != "tests" or one.target[0] != "tests":
        return False
    own = {one.source[1]} & TREES
    return not set(one.target[1:2]) <= own | SHARED


def the_product_imports_tests(one: Import) -> bool:
    """Or the programs beside it, which know the simulator."""
    return one.source[0] in PRODUCT and one.target[0] in {"tests", BESIDE}


def a_program_beside_imports_what_the_archive_lacks(one: Import) -> bool:
    if one.source[0] != BESIDE or one.target[0] == BESIDE:
        return False
    return one.target[0] == "tests" and not set(one.target[1:2]) <= {"simulator", "schemas"}


def a_package_imports_another(one: Import) -> bool:
    """Or something outside module_utils, which nothing in there may."""
    if one.source[:2] != UTILS:
        return False
    if one.target[:2] != UTILS:
        return True
    package = one.source[2]
    below = FOUNDATIONS[: FOUNDATIONS.index(package)] if package in FOUNDATIONS else FOUNDATIONS
    return package not in JOINING and not set(one.target[2:3]) <= {package, *below}


def a_module_is_imported_by_another(one: Import) -> bool:
    """Or by a flow, which modules share."""
    return one.source[:2] == UTILS and one.source[2] in JOINING and one.target[:3] == (*UTILS, MODULES)


def a_double_knows_the_product(one: Import) -> bool:
    """Directly, or through the helpers of tests, some of which import the product."""
    if one.source[0] != "tests" or one.source[1] not in DOUBLES:
        return False
    return one.target[0] != "tests" or not set(one.target[1:2]) <= {one.source[1], "schemas"}


Rule = Callable[[Import], bool]
RULES: tuple[Rule, ...] = (
    a_test_file_is_imported,
    a_tree_of_tests_imports_another,
    the_product_imports_tests,
    a_program_beside_imports_what_the_archive_lacks,
    a_package_imports_another,
    a_module_is_imported_by_another,
    a_double_knows_the_product,
)


def broken(root: Path, rule: Rule) -> list[str]:
    return [str(one) for one in imports(root) if rule(one)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_import_breaks_the_rule(rule: Rule) -> None:
    assert broken(COLLECTION, rule) == []


def test_every_part_of_the_collection_is_read() -> None:
    packages = {path.parent.name for path in COLLECTION.joinpath(*UTILS).glob("*/__init__.py")}
    read = {one.source[:3] for one in imports(COLLECTION)}
    assert packages - {source[2] for source in read if source[:2] == UTILS} == set()
    assert (TREES | DOUBLES | {"support"}) - {source[1] for source in read if source[0] == "tests"} == set()


def python_files(*folder: str) -> set[str]:
    return {path.name for path in COLLECTION.joinpath(*folder).rglob("*.py")} - {"__init__.py"}


def test_every_module_has_one_file_and_nothing_lies_beside_them() -> None:
    assert python_files(*UTILS, MODULES) == python_files("plugins", "modules")


@pytest.mark.parametrize("name", sorted(python_files(*UTILS, FLOWS)))
def test_a_flow_needs_two_packages(name: str) -> None:
    """What needs one belongs into it."""
    source = (*UTILS, FLOWS, name)
    needed = {one.target[2] for one in imports(COLLECTION) if one.source == source}
    assert len(needed - {*FOUNDATIONS, FLOWS}) >= 2


#: The one file that runs modules in process, and what of ansible-core nothing else may lean on: none of it is promised.
IN_PROCESS = ("plugins", "plugin_utils", "_in_process.py")
NOT_PROMISED = {
    "ansible.module_utils.common.json",
    "ansible.module_utils.errors",
    "ansible.plugins.action.normal",
    "ansible._internal",
    "ansible.module_utils._internal",
}


def core_imports(path: Path) -> set[str]:
    """Modules of ansible-core that a file imports."""
    names = (name for _line, name in imported_names(path, ()))
    return {".".join(name[:-1]) for name in names if name[0] == "ansible"}


@pytest.mark.parametrize(
    "path", sorted(COLLECTION.joinpath("plugins").rglob("*.py")), ids=lambda path: path.stem
)
def test_what_core_does_not_promise_is_used_in_one_place(path: Path) -> None:
    used, source = core_imports(path), path.relative_to(COLLECTION).parts
    if source != IN_PROCESS:
        assert {name for name in used for private in NOT_PROMISED if name.startswith(private)} == set()
    if source[:2] == UTILS:
        # This is also sent to other hosts, where there is nothing else of ansible-core.
        assert {name for name in used if not name.startswith("ansible.module_utils")} == set()


def test_running_in_process_leans_on_what_is_listed() -> None:
    used = core_imports(COLLECTION.joinpath(*IN_PROCESS))
    assert {private for private in NOT_PROMISED if private in used} == {
        "ansible.module_utils.common.json",
        "ansible.module_utils.errors",
        "ansible.plugins.action.normal",
    }


# The rules can be broken.

C = ".".join(PREFIX)
U = f"{C}.plugins.module_utils"
#: Files of the made-up collection that others import.
FILES = (
    "plugins/module_utils/_axl/client.py",
    "plugins/module_utils/_common/errors.py",
    "plugins/module_utils/_flows/trust.py",
    "plugins/module_utils/_modules/ca_sign.py",
    "plugins/plugin_utils/run.py",
    "extensions/x/__init__.py",
    "tests/benchmark/made.py",
    "tests/schemas/fetch.py",
    "tests/simulator/world.py",
    "tests/support/builders.py",
    "tests/unit/test_other.py",
    "tests/unit/wire.py",
)


def made_up(root: Path, source: str, statement: str) -> Path:
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / source).parent.mkdir(parents=True, exist_ok=True)
    (root / source).write_text(f"def late():\n    {statement}\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("source", "statement", "rules"),
    [
        ("tests/unit/test_a.py", f"from {C}.tests.unit.test_other import FAULTS", [a_test_file_is_imported]),
        ("tests/unit/test_a.py", f"from {C}.tests.unit import test_other", [a_test_file_is_imported]),
        ("tests/unit/help.py", f"import {C}.tests.unit.test_other as other", [a_test_file_is_imported]),
        ("tests/unit/_x/test_a.py", "from ..test_other import FAULTS", [a_test_file_is_imported]),
        (
            "tests/matrix/test_a.py",
            f"from {C}.tests.unit.wire import send",
            [a_tree_of_tests_imports_another],
        ),
        ("tests/unit/test_a.py", f"from {C}.tests.benchmark import made", [a_tree_of_tests_imports_another]),
        ("tests/support/a.py", f"from {C}.tests.unit.wire import send", [a_tree_of_tests_imports_another]),
        ("plugins/action/a.py", f"from {C}.tests.support import builders", [the_product_imports_tests]),
        ("roles/a/files/a.py", f"from {C} import tests", [the_product_imports_tests]),
        ("plugins/action/a.py", f"from {C}.extensions.x import y", [the_product_imports_tests]),
        (
            "extensions/a.py",
            f"from {C}.tests.support import builders",
            [a_program_beside_imports_what_the_archive_lacks],
        ),
        ("plugins/module_utils/_pki/a.py", f"from {U}._axl.client import Axl", [a_package_imports_another]),
        ("plugins/module_utils/_pki/a.py", f"from {U} import _axl", [a_package_imports_another]),
        ("plugins/module_utils/_pki/a.py", "from .._axl import client", [a_package_imports_another]),
        (
            "plugins/module_utils/_common/a.py",
            f"from {U}._modules import ca_sign",
            [a_package_imports_another],
        ),
        ("plugins/module_utils/_pki/a.py", f"from {U}._flows import trust", [a_package_imports_another]),
        ("plugins/module_utils/_facts/a.py", f"from {U}._axl import client", [a_package_imports_another]),
        (
            "plugins/module_utils/_common/a.py",
            f"from {U}._facts.sip import UNAVAILABLE",
            [a_package_imports_another],
        ),
        (
            "plugins/module_utils/_flows/a.py",
            f"from {C}.plugins.plugin_utils.run import go",
            [a_package_imports_another],
        ),
        (
            "plugins/module_utils/_pki/a.py",
            f"from {C}.plugins.plugin_utils.run import go",
            [a_package_imports_another],
        ),
        (
            "plugins/module_utils/_modules/a.py",
            f"from {U}._modules import ca_sign",
            [a_module_is_imported_by_another],
        ),
        (
            "plugins/module_utils/_flows/a.py",
            f"from {U}._modules.ca_sign import run",
            [a_module_is_imported_by_another],
        ),
        ("tests/simulator/a.py", f"from {U}._axl.client import Axl", [a_double_knows_the_product]),
        ("tests/certsrv/a.py", f"from {C}.tests.support.builders import ca", [a_double_knows_the_product]),
        # Right ones.
        ("extensions/a.py", f"from {U}._axl.client import Axl", []),
        ("extensions/a.py", f"from {C}.tests.simulator.world import World", []),
        ("tests/unit/test_a.py", f"from {C}.tests.unit.wire import test_data", []),
        ("tests/matrix/test_a.py", f"from {C}.tests.support import builders", []),
        ("tests/benchmark/test_a.py", f"from {C}.tests.simulator.world import World", []),
        ("tests/support/a.py", f"from {U}._axl.client import Axl", []),
        ("tests/simulator/a.py", f"from {C}.tests import schemas", []),
        ("tests/simulator/a.py", "from .world import World", []),
        ("plugins/module_utils/_pki/a.py", f"from {U}._common.errors import CucmError", []),
        ("plugins/module_utils/_pki/a.py", f"from {U}._pki import b", []),
        ("plugins/module_utils/_facts/a.py", f"from {U}._common.errors import CucmError", []),
        ("plugins/module_utils/_flows/a.py", f"from {U}._axl.client import Axl", []),
        ("plugins/module_utils/_flows/a.py", f"from {U}._flows.trust import judged", []),
        ("plugins/module_utils/_modules/a.py", f"from {U}._flows.trust import judged", []),
        ("plugins/module_utils/_modules/a.py", f"from {U}._axl.client import Axl", []),
        ("plugins/module_utils/_pki/a.py", "import ssl, json.decoder", []),
    ],
)
def test_each_rule_sees_what_breaks_it(
    tmp_path: Path, source: str, statement: str, rules: list[Rule]
) -> None:
    root = made_up(tmp_path, source, statement)
    assert [rule for rule in RULES if broken(root, rule)] == rules
