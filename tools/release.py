# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what a release needs, and build its archive: `make release`, for a tag `make release TAG=v1.0.0`.

Nothing is published, tagged, or written but `dist`. Every check runs, also after one that failed; the exit status is
1 if one did.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
UV = ROOT / ".venv" / "bin" / "uv"
PLACEHOLDER = "example.com"
#: What the archive must have, as the beginnings of names, and what it must not have.
NEEDED = (
    *(
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "meta/runtime.yml",
        "meta/execution-environment.yml",
        "requirements.txt",
    ),
    *(
        "docs/docsite/rst/",
        "docs/topology.schema.json",
        "extensions/awx/",
        "extensions/rehearsal/",
        "extensions/audit/",
    ),
    *(
        "playbooks/",
        "plugins/modules/",
        "plugins/action/",
        "plugins/module_utils/",
        "roles/",
        "tests/simulator/",
    ),
)
FORBIDDEN = re.compile(
    r"(^|/)(\.git|\.github|\.venv[^/]*|\.cache|\.ci|__pycache__|\.[a-z]+_cache|\.ansible-lint|\.yamllint)(/|$)"
    r"|^tests/(unit|integration|support|demo|benchmark|matrix|cas|certsrv)(/|$)|^(tools|requirements|playbooks/demo)(/|$)"
    r"|\.(pyc|key|pem|p12|retry|tar\.gz)$|(^|/)(Makefile|noxfile\.py|pyproject\.toml)$"
)
#: A topology for the check of an inventory from the archive.
TOPOLOGY = """plugin: ucops.cucm.topology
domain: example.com
clusters:
  CUCMA: {nodes: [cucma-pub, cucma-sub1], extensions: ["1000-1999"]}
  CUCM10: {nodes: [cucm10-pub], extensions: ["9898"]}
links: {mesh: all}
vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""
#: Imports whatever is below a package; a library that no requirement names is not there.
IMPORT_ALL = """
import importlib, pkgutil
package = importlib.import_module("ansible_collections.ucops.cucm.plugins.module_utils")
for one in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(one.name)
"""


class CheckFailed(Exception):
    """A check found what must not be released; the message says what to do."""


@dataclass(frozen=True)
class Flavour:
    """An environment in which the archive must work: a Python, and how versions are chosen."""

    name: str
    python: str
    core: str
    resolution: str


FLAVOURS = (
    Flavour("lowest", "3.11", "ansible-core~=2.19.0", "lowest-direct"),
    Flavour("newest", f"{sys.version_info.major}.{sys.version_info.minor}", "ansible-core", "highest"),
)


def output(*command: str | Path, **options: Any) -> str:
    """What a program says; raises CheckFailed with it when the program fails."""
    done = subprocess.run(
        tuple(map(str, command)),
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **options,
    )
    if done.returncode != 0:
        raise CheckFailed(
            f"{' '.join(map(str, command[:4]))} …: {(done.stdout + done.stderr).strip()[-1500:]}"
        )
    return done.stdout


def galaxy() -> dict[str, Any]:
    """What galaxy.yml says."""
    return dict(yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8")))


def check_tree() -> str:
    """The tree is what was committed."""
    changed = output("git", "status", "--porcelain", cwd=ROOT)
    if changed:
        raise CheckFailed(f"commit or remove these first:\n{changed.rstrip()}")
    return output("git", "log", "-1", "--format=%h %s", cwd=ROOT).strip()


def check_version(root: Path, version: str, tag: str) -> str:
    """Version of galaxy.yml, changelog and tag are one, and no fragment waits."""
    problems = []
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        problems.append(f"version {version!r} of galaxy.yml is not of the form 1.2.3")
    released = yaml.safe_load((root / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))[
        "releases"
    ]
    newest = max(released, key=lambda text: tuple(map(int, re.findall(r"\d+", text))))
    if newest != version:
        problems.append(
            f"galaxy.yml has version {version}, and the newest in changelogs/changelog.yaml is {newest};"
            " set version, then: make changelog_release"
        )
    if f"\n## v{version}\n" not in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        problems.append(f"CHANGELOG.md has no section v{version}; run: make changelog_release")
    if waiting := sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.y*ml")):
        problems.append(
            f"{len(waiting)} fragments are not in the changelog, such as {waiting[0]}; run: make changelog_release"
        )
    if tag and tag != f"v{version}":
        problems.append(f"the tag is {tag}, and galaxy.yml has version {version}")
    if problems:
        raise CheckFailed("\n".join(problems))
    return f"{version} in galaxy.yml, changelog and CHANGELOG.md"


def check_fields(fields: dict[str, Any], tag: str) -> str:
    """The fields that a maintainer replaces are replaced, before anything is published."""
    stale = [name for name, value in fields.items() if PLACEHOLDER in str(value)]
    if not stale:
        return "galaxy.yml names the project's own addresses"
    told = f"galaxy.yml still has {PLACEHOLDER} in {', '.join(stale)}; see MAINTAINERS.md"
    if tag:
        raise CheckFailed(told)
    return f"note: {told} (needed for a tag only)"


def build() -> Path:
    """Build the archive of what was committed into dist."""
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        files = subprocess.run(("git", "archive", "HEAD"), cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(("tar", "-x", "-C", temporary), input=files, check=True)
        output("ansible-galaxy", "collection", "build", "--output-path", DIST, temporary)
    (archive,) = DIST.glob("*.tar.gz")
    return archive


def names_in(archive: Path) -> list[str]:
    """The names of the files in an archive."""
    with tarfile.open(archive) as tar:
        return [member.name for member in tar.getmembers() if member.isfile()]


def check_contents(names: Sequence[str]) -> str:
    """Everything that runs is in the archive, and nothing else."""
    lacking = [needed for needed in NEEDED if not any(name.startswith(needed) for name in names)]
    extra = [name for name in names if FORBIDDEN.search(name)]
    told = [f"the archive lacks {', '.join(lacking)}"] if lacking else []
    told += (
        [f"the archive has {', '.join(extra[:5])}; add them to build_ignore in galaxy.yml"] if extra else []
    )
    if told:
        raise CheckFailed("\n".join(told))
    folders: dict[str, int] = {}
    for name in names:
        folder = name.partition("/")[0] + "/" if "/" in name else "(top)"
        folders[folder] = folders.get(folder, 0) + 1
    return ", ".join(f"{folder} {count}" for folder, count in sorted(folders.items()))


def dead_links(read: Callable[[str], str], names: Sequence[str]) -> Iterator[str]:
    """Links between the documents of an archive that lead to nothing in it; `read` gives a document's text."""
    there = {*names, *(str(parent) for name in names for parent in Path(name).parents)}
    for name in names:
        if name.endswith(".md") and not name.startswith("changelogs/"):
            for link in re.findall(r"\]\(([^)#\s]+)", read(name)):
                target = (Path("/") / Path(name).parent / link).resolve().relative_to("/")
                if "://" not in link and not link.startswith("mailto:") and str(target) not in there:
                    yield f"{name}: {link}"


def check_links(archive: Path) -> str:
    """Links between the documents of the archive lead somewhere; those of the site are the gate `docs`."""
    with tarfile.open(archive) as tar:

        def read(name: str) -> str:
            member = tar.extractfile(name)
            return member.read().decode() if member else ""

        dead = list(dead_links(read, names_in(archive)))
    if dead:
        raise CheckFailed("\n".join(dead))
    return "no dead link in the documents of the archive"


def check_in(flavour: Flavour, archive: Path) -> str:
    """Install the archive in a fresh environment with its requirements only, and run it from there."""
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        python = here / "venv" / "bin" / "python"
        output(UV, "venv", "--python", interpreter(flavour.python), here / "venv")
        installed = here / "collections" / "ansible_collections" / "ucops" / "cucm"
        with tarfile.open(archive) as tar:
            tar.extract("requirements.txt", here, filter="data")
        output(
            *(
                UV,
                "pip",
                "install",
                "--compile-bytecode",
                "--resolution",
                flavour.resolution,
                "--python",
                python,
            ),
            *(flavour.core, "-r", here / "requirements.txt"),
        )
        env = {
            "PATH": f"{python.parent}:/usr/bin:/bin",
            "HOME": temporary,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(here / "collections"),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
        }

        def run(name: str, *arguments: str | Path) -> str:
            return output(python.parent / name, *arguments, cwd=here, env=env)

        run("ansible-galaxy", "collection", "install", "--offline", "-p", here / "collections", archive)
        (here / "clusters.cucm.yml").write_text(TOPOLOGY, encoding="utf-8")
        modules = sorted(
            f"ucops.cucm.{path.stem}" for path in (installed / "plugins" / "modules").glob("*.py")
        )
        run("ansible-doc", "--type", "module", *modules)
        output(python, "-c", IMPORT_ALL, cwd=here, env={**env, "PYTHONPATH": str(here / "collections")})
        playbooks = sorted(path.stem for path in (installed / "playbooks").glob("*.yml"))
        for playbook in playbooks:
            run("ansible-playbook", "-i", "clusters.cucm.yml", "--syntax-check", f"ucops.cucm.{playbook}")
        signing = "cucm_check_signing=false"
        said = run("ansible-playbook", "-i", "clusters.cucm.yml", "ucops.cucm.check_inventory", "-e", signing)
        if "failed=0" not in said:
            raise CheckFailed(f"check_inventory did not end well: {said}")
        versions = output(UV, "pip", "freeze", "--python", python)
    core = re.search(r"ansible-core==(\S+)", versions)
    return (
        f"Python {flavour.python}, ansible-core {core[1] if core else '?'}: {len(modules)} modules documented,"
        f" {len(playbooks)} playbooks checked, check_inventory run"
    )


def interpreter(version: str) -> str:
    """A Python of that version; raises CheckFailed where there is none."""
    sys.path.insert(0, str(ROOT))
    from noxfile import interpreter as found  # noqa: PLC0415 - nox is slow to import, and only this needs it

    path = found(version)
    if path is None:
        raise CheckFailed(f"there is no Python {version}")
    return str(path)


def main(argv: Sequence[str] | None = None) -> int:
    """Run every check; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tag", default="", help="the tag to release, such as v1.0.0")
    tag = parser.parse_args(argv).tag
    fields, archive, failed = galaxy(), None, 0
    version = str(fields["version"])
    checks: list[tuple[str, Callable[[], str]]] = [
        ("tree", check_tree),
        ("version", lambda: check_version(ROOT, version, tag)),
        ("fields", lambda: check_fields(fields, tag)),
    ]
    try:
        archive = built = build()
        checks += [
            ("archive", lambda: f"{built.relative_to(ROOT)}, {built.stat().st_size // 1024} KB"),
            ("contents", lambda: check_contents(names_in(built))),
            ("links", lambda: check_links(built)),
            *((flavour.name, lambda one=flavour: check_in(one, built)) for flavour in FLAVOURS),
        ]
    except CheckFailed as error:
        failed, message = 1, str(error)
        checks.append(("archive", lambda: message))
    for name, check in checks:
        try:
            print(f"{name:<10}ok      {check()}", flush=True)
        except CheckFailed as error:
            failed = 1
            print(f"{name:<10}FAILED  " + str(error).replace("\n", "\n" + " " * 18), flush=True)
    print(f"\nrelease {version}: {'not ready' if failed else f'ready, nothing was published; {archive}'}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
