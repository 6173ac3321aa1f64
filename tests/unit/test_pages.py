# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a page of the docs site is out of date, cannot be reached, or shows a command that cannot work."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import BY_NAME

COLLECTION = Path(__file__).resolve().parents[2]
PAGES = COLLECTION / "docs" / "docsite" / "rst"
README = COLLECTION / "README.md"
#: Console blocks: of the pages by their directive, of the README without a language.
BLOCKS = re.compile(r"^( *)\.\. code-block:: console\n\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
#: Programs that pages name and that are not ours.
OTHER_PROGRAMS = {
    *(
        "ansible",
        "ansible-doc",
        "ansible-galaxy",
        "ansible-inventory",
        "ansible-vault",
        "jq",
        "ls",
        "make",
        "openssl",
    ),
    *("cd", "curl", "molecule", "python", "python3", "ssh-keyscan", "tools/record", "tools/replay"),
}
#: Variables of a file of the user's.
OF_THE_USER = {"ucops_cucm_in_process"}


def wanted() -> dict[Path, str]:
    """The generated pages as tools/pages.py writes them."""
    spec = importlib.util.spec_from_file_location("ucops_pages", COLLECTION / "tools" / "pages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[Path, str] = module.wanted()
    return found


WANTED = wanted()


def commands(path: Path) -> list[str]:
    """The commands of a page, each on one line and without its prompt."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        blocks, prompt = [block for language, block in FENCED.findall(text) if not language], ""
    else:
        blocks, prompt = [block for _indent, block in BLOCKS.findall(text)], "$ "
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line.removeprefix(prompt) for line in lines if line.startswith(prompt) and line]


def shown() -> list[tuple[Path, str]]:
    return [(path, line) for path in (README, *sorted(PAGES.glob("*.rst"))) for line in commands(path)]


SHOWN = shown()
PLAYBOOKS = [(path, line) for path, line in SHOWN if line.startswith("ansible-playbook ")]


def known_variables() -> set[str]:
    names = set(BY_NAME)
    for path in COLLECTION.glob("roles/*/meta/argument_specs.yml"):
        names |= set(yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"])
    return names | OF_THE_USER


def text_of(playbook: str) -> str:
    path = COLLECTION / "playbooks" / f"{playbook.removeprefix('ucops.cucm.')}.yml"
    return path.read_text(encoding="utf-8")


def playbook_of(name: str) -> list[dict[str, Any]]:
    plays: list[dict[str, Any]] = yaml.safe_load(text_of(name))
    return plays


def variables_in(value: str) -> Iterator[str]:
    """The names that -e sets: key=value, JSON, or a file of the user's."""
    if value.startswith("{"):
        yield from json.loads(value)
    elif not value.startswith("@"):
        yield value.partition("=")[0]


def options(words: list[str], *names: str) -> list[str]:
    return [value for name, value in itertools.pairwise(words) if name in names]


@pytest.mark.parametrize(
    ("path", "line"), PLAYBOOKS, ids=[f"{p.stem}-{n}" for n, (p, _line) in enumerate(PLAYBOOKS)]
)
def test_playbook_tags_and_variables_of_a_command_exist(path: Path, line: str) -> None:
    words = shlex.split(line)
    (playbook,) = (word for word in words if word.startswith("ucops.cucm."))
    plays = playbook_of(playbook)
    tags = {tag for play in plays for tag in play.get("tags", ())}
    wanted_tags = {tag for value in options(words, "--tags", "--skip-tags") for tag in value.split(",")}
    assert wanted_tags <= tags
    names = {name for value in options(words, "-e") for name in variables_in(value)}
    # What one playbook alone reads is in the playbook.
    assert [name for name in names - known_variables() if name not in text_of(playbook)] == []
    assert set(re.findall(r"(?<!\S)--?[a-z-]+", line)) <= {
        *("-i", "-e", "--tags", "--check", "--diff", "--forks", "--limit", "--skip-tags"),
    }


def test_every_other_command_is_known() -> None:
    names = {line.split()[0] for _path, line in SHOWN if not line.startswith("ansible-playbook ")}
    assert names <= OTHER_PROGRAMS


def test_make_targets_of_the_pages_exist() -> None:
    makefile = (COLLECTION / "Makefile").read_text(encoding="utf-8")
    targets = {line.split()[1] for _path, line in SHOWN if line.startswith("make ")}
    assert targets
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_central_commands_of_the_guide_are_those_of_the_readme() -> None:
    """Those of the README are run on simulated clusters, by tests/integration/test_readme.py."""
    readme = commands(README)
    guide = commands(PAGES / "guide_ten_minutes.rst")
    assert [line for line in guide if line.startswith("ansible-playbook ") and line not in readme] == []
    assert len(guide) > 5


def test_variables_that_pages_name_exist() -> None:
    """In ``double backquotes``, without an asterisk or brackets; results and facts have names of their own."""
    known = known_variables()
    unknown = set()
    for path in sorted(PAGES.glob("*.rst")):
        names = re.findall(r"``(cucm_[a-z0-9_]+)(?:[=:][^`]*)?``", path.read_text(encoding="utf-8"))
        unknown |= {f"{path.stem}: {name}" for name in names if name not in known and not is_elsewhere(name)}
    assert unknown == set()


def is_elsewhere(name: str) -> bool:
    """Whether a name is that of a module, a role, or a value that a run hands on."""
    places = (COLLECTION / "plugins" / "modules" / f"{name}.py", COLLECTION / "roles" / name)
    return any(place.exists() for place in places) or any(
        name in path.read_text(encoding="utf-8") for path in COLLECTION.glob("roles/*/tasks/*.yml")
    )


def test_every_page_is_in_the_index() -> None:
    index = yaml.safe_load((COLLECTION / "docs/docsite/extra-docs.yml").read_text(encoding="utf-8"))
    listed = [name for section in index["sections"] for name in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in PAGES.glob("*.rst"))


@pytest.mark.parametrize("path", sorted(WANTED), ids=lambda path: path.stem)
def test_generated_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == WANTED[path], "run: make pages"
