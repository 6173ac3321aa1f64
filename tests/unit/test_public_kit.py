# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, the forms, workflows or files for contributors name what does not exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

COLLECTION = Path(__file__).resolve().parents[2]
GITHUB = COLLECTION / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
PAGES = ("CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "MAINTAINERS.md", "SECURITY.md", "SUPPORT.md")


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def make_targets() -> set[str]:
    """Names that `make` knows, as it says itself, with variables replaced by their values."""
    said = subprocess.run(
        ("make", "--print-data-base", "--question", "--no-builtin-rules", "help"),
        cwd=COLLECTION,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return set(re.findall(r"^([a-z_][\w-]*):", said, flags=re.MULTILINE))


def commands(workflow: Path) -> list[str]:
    jobs = loaded(workflow)["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


def variants(workflow: Path) -> list[str]:
    """The values of `target` in the matrix of a workflow."""
    jobs = loaded(workflow)["jobs"].values()
    return [target for job in jobs for target in job.get("strategy", {}).get("matrix", {}).get("target", [])]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_call_targets_and_programs_that_exist(workflow: Path) -> None:
    lines = [line for text in commands(workflow) for line in text.splitlines()]
    targets = [target for line in lines for target in re.findall(r"\bmake ([a-z][\w-]*)", line)]
    programs = [name for line in lines for name in re.findall(r"(?:^|\s)(tools/[\w-]+)", line)]
    assert targets
    assert {*targets, *variants(workflow)} - make_targets() == set()
    assert [name for name in programs if not (COLLECTION / name).is_file()] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_end_and_may_write_nothing_by_default(workflow: Path) -> None:
    data = loaded(workflow)
    assert data["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in data["jobs"].values())


def test_the_matrix_has_every_core_from_the_lowest_that_is_promised() -> None:
    lowest = (
        loaded(COLLECTION / "meta" / "runtime.yml")["requires_ansible"].removeprefix(">=").rpartition(".")[0]
    )
    matrix = loaded(GITHUB / "workflows" / "ci.yml")["jobs"]["cores"]["strategy"]["matrix"]["include"]
    cores = sorted({one["core"] for one in matrix})
    assert cores[0] == lowest
    assert cores == [f"2.{minor}" for minor in range(int(cores[0][2:]), int(cores[-1][2:]) + 1)]


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_has_nothing_against_the_workflows() -> None:
    done = subprocess.run(
        ("actionlint", *WORKFLOWS), cwd=COLLECTION, capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_forms_have_what_the_site_wants_of_them(form: Path) -> None:
    data = loaded(form)
    assert {"name", "description", "body"} <= data.keys()
    fields = [one for one in data["body"] if one["type"] != "markdown"]
    assert len({one["id"] for one in fields}) == len(fields)
    assert all(one["attributes"]["label"] for one in fields)


@pytest.mark.parametrize("name", PAGES)
def test_links_between_the_pages_lead_somewhere(name: str) -> None:
    text = (COLLECTION / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (COLLECTION / link).exists()] == []


def test_addresses_of_the_project_stand_in_few_files() -> None:
    """So that who takes the collection over replaces them there."""
    repository = loaded(COLLECTION / "galaxy.yml")["repository"]
    listed = subprocess.run(
        ("git", "grep", "--files-with-matches", "--fixed-strings", "-e", repository, "-e", "maintainers@"),
        cwd=COLLECTION,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    assert set(listed) <= {
        *("galaxy.yml", "MAINTAINERS.md", "README.md", "docs/docsite/links.yml"),
        "tests/unit/test_public_kit.py",
    }


def test_the_hooks_and_the_container_call_targets_that_exist() -> None:
    hooks = loaded(COLLECTION / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    container = json.loads((COLLECTION / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    texts = [*(hook["entry"] for hook in hooks), container["postCreateCommand"]]
    called = {target for text in texts for target in re.findall(r"\bmake ([a-z]+)", text)}
    assert called - make_targets() == set()


EVENT_QUERIES = loaded(COLLECTION / "extensions" / "audit" / "event_query.yml")


def test_every_module_that_connects_is_counted() -> None:
    group = loaded(COLLECTION / "meta" / "runtime.yml")["action_groups"]["cucm"]
    assert sorted(EVENT_QUERIES) == sorted(f"ucops.cucm.{name}" for name in group)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize(
    ("result", "counted"),
    [
        (
            {
                "changed": False,
                "invocation": {"module_args": {"host": "cucm-pub.example.com", "password": "x"}},
            },
            [
                {
                    "name": "cucm-pub.example.com",
                    "canonical_facts": {"host_name": "cucm-pub.example.com"},
                    "facts": {"device_type": "Cisco Unified CM node"},
                }
            ],
        ),
        ({"changed": False}, []),
        ({"invocation": {"module_args": {"host": None}}}, []),
    ],
)
def test_a_node_is_counted_by_its_host_name(result: Any, counted: list[Any]) -> None:
    for query in {one["query"] for one in EVENT_QUERIES.values()}:
        done = subprocess.run(
            ("jq", "--compact-output", query),
            input=json.dumps(result),
            capture_output=True,
            text=True,
            check=True,
        )
        assert [json.loads(line) for line in done.stdout.splitlines()] == counted
