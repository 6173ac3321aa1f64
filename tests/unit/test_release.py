# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, `make release` lets through what must not be released."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def release() -> Any:
    spec = importlib.util.spec_from_file_location("ucops_release", COLLECTION / "tools" / "release.py")
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = tool
    spec.loader.exec_module(tool)
    return tool


@pytest.fixture
def changelog(tmp_path: Path) -> Path:
    """A collection whose newest release is 1.0.0."""
    (tmp_path / "changelogs" / "fragments").mkdir(parents=True)
    text = yaml.safe_dump({"releases": {"0.9.0": {}, "1.0.0": {}, "0.10.0": {}}})
    (tmp_path / "changelogs" / "changelog.yaml").write_text(text)
    (tmp_path / "CHANGELOG.md").write_text("# Release Notes\n\n## v1.0.0\n\n## v0.10.0\n")
    return tmp_path


def test_one_version_everywhere_is_right(release: Any, changelog: Path) -> None:
    assert "1.0.0" in release.check_version(changelog, "1.0.0", "v1.0.0")


@pytest.mark.parametrize(
    ("version", "tag", "said"),
    [
        ("1.0.1", "", "the newest in changelogs/changelog.yaml is 1.0.0"),
        ("1.0.1", "", "CHANGELOG.md has no section v1.0.1"),
        ("1.0.0", "v1.0.1", "the tag is v1.0.1, and galaxy.yml has version 1.0.0"),
        ("1.0.0-rc1", "", "is not of the form 1.2.3"),
    ],
)
def test_versions_that_differ_are_named(
    release: Any, changelog: Path, version: str, tag: str, said: str
) -> None:
    with pytest.raises(release.CheckFailed, match=said):
        release.check_version(changelog, version, tag)


def test_a_fragment_that_waits_is_named(release: Any, changelog: Path) -> None:
    (changelog / "changelogs" / "fragments" / "late.yml").write_text("---\n")
    with pytest.raises(release.CheckFailed, match=r"1 fragments are not in the changelog, such as late\.yml"):
        release.check_version(changelog, "1.0.0", "")


def test_addresses_of_nobody_are_no_release(release: Any) -> None:
    assert release.check_fields({"issues": "https://example.com/issues"}, "").startswith("note:")
    with pytest.raises(release.CheckFailed, match="in issues; see MAINTAINERS"):
        release.check_fields({"issues": "https://example.com/issues", "name": "cucm"}, "v1.0.0")


def whole(release: Any) -> list[str]:
    return [f"{name}x" if name.endswith("/") else name for name in release.NEEDED]


def test_the_archive_has_what_it_needs(release: Any) -> None:
    assert "playbooks/ 1" in release.check_contents(whole(release))
    with pytest.raises(release.CheckFailed, match=r"lacks LICENSE"):
        release.check_contents([name for name in whole(release) if name != "LICENSE"])


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_a.py",
        "tests/certsrv/__main__.py",
        "plugins/modules/__pycache__/a.pyc",
        ".github/workflows/ci.yml",
        "tools/setup",
        "playbooks/demo/prepare.yml",
        "ca/issuing.key",
        ".venv-oldest/bin/python",
        "Makefile",
    ],
)
def test_what_is_no_part_of_the_product_stays_out(release: Any, name: str) -> None:
    with pytest.raises(release.CheckFailed, match="add them to build_ignore"):
        release.check_contents([*whole(release), name])


def test_a_link_to_what_the_archive_lacks_is_dead(release: Any) -> None:
    texts = {
        "README.md": "[a](docs/a.md) [b](tools/b.md) [c](https://example.com/c) [d](#part) [e](roles/)",
        "docs/a.md": "[up](../README.md#part) [gone](gone.md)",
        "roles/x/README.md": "",
    }
    dead = list(release.dead_links(texts.__getitem__, list(texts)))
    assert dead == ["README.md: tools/b.md", "docs/a.md: gone.md"]
