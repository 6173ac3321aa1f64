# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates. `make test` runs all of them, `.venv/bin/nox -s NAME` one; both after `tools/setup`.

Most sessions have no environment of their own: they use .venv, in whose tree this checkout lies at
ansible_collections/ucops/cucm. `oldest` (another Python) and `build` (galaxy-importer) make one more,
since their pins contradict the others; so do `kerberos`, whose library has to be compiled, and the
tests for OpenBao, which is large.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nox
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
TREE = ROOT / ".venv" / "tree"
CACHE = ROOT / ".cache"
COLLECTION = Path("ansible_collections") / "ucops" / "cucm"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OLDEST_PYTHON = "3.11"
#: Shell scripts, for shellcheck.
SCRIPTS = (".ci/run", "tools/demo", "tools/record", "tools/replay", "tools/setup", "tools/system-packages")
#: The one command that installs every program that a gate may lack.
INSTALL = "to install it: sudo tools/system-packages"

#: Programs that tests hold ours against; a test whose program is missing skips and says so.
PEERS = ("cfssl", "chromium", "jq", "kamailio", "node", "openssl", "ssh", "tshark")
#: What `make schemas` fetches; without it tests skip too.
FETCHED = ("schemas", "schemas/12.5/RISService70.wsdl", "cisco-axl")

BIN = ROOT / ".venv" / "bin"

#: What `make test-all` adds.
NO_LONG = ("-m", "not long")
#: Unit tests of what stands on libraries, Python or Ansible; the rest is arithmetic on Python's own types.
OLDEST_UNITS = (
    "tests/unit/plugins/inventory",
    "tests/unit/plugins/plugin_utils",
    *(
        f"tests/unit/plugins/module_utils/{name}"
        for name in ("_axl", "_common", "_flows", "_modules", "_pki", "_platform")
    ),
)
#: Targets that together use every layer: AXL, certificates by REST and by SSH, SOAP, TLS, signing, in process.
OLDEST_TARGETS = (
    "in_process",
    "cucm_cert_upload",
    "cucm_cli",
    "cucm_service",
    "cucm_sip_profile",
    "sip_tls_probe",
)

CHOSEN_OF_OLDEST = " or ".join(
    (*(f"test_in_process[{target}]" for target in OLDEST_TARGETS), "test_check_pair_and_pair_again")
)

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "none"
nox.options.error_on_external_run = False


# nox finds the programs that it runs with its own PATH.
os.environ["PATH"] = os.pathsep.join((str(BIN), os.environ["PATH"]))


def environment(programs: Path = BIN, tree: Path | None = TREE) -> dict[str, str | None]:
    """Run the programs of this directory first, and see the collections of this tree or none at all."""
    return {
        "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
        "PYTHONPATH": str(tree) if tree else None,
        "ANSIBLE_COLLECTIONS_PATH": str(tree) if tree else None,
        # What a developer has set must not decide how the gates end.
        "ANSIBLE_CONFIG": str(ROOT / "tools" / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PYTHONDONTWRITEBYTECODE": None,
        "PYTHONHASHSEED": "random",
    }


def skip(session: nox.Session, why: str) -> None:
    """Skip where a developer's machine lacks something; in CI that is a failure."""
    if os.environ.get("CI"):
        session.error(f"{why}, and CI may not skip")
    session.warn(f"SKIPPED: {why}")
    session.skip(why)


def copy_of_checkout(directory: Path) -> Path:
    """Copy what git lists, committed or not, to ansible_collections/ucops/cucm under `directory`.

    The copy is a git repository of its own: ansible-test lists files with git, follows symbolic
    links, and finds nothing to test in a directory that an outer repository ignores.
    """
    target = directory / COLLECTION
    shutil.rmtree(directory, ignore_errors=True)
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_symlink() or source.exists():  # a file deleted and not committed is still listed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    subprocess.run(("git", "init", "--quiet"), cwd=target, check=True)
    return target


def made_environment(session: nox.Session, name: str, python: Path | str) -> Path:
    """Make .venv-NAME from requirements/NAME.txt, unless it is there; return its bin directory."""
    directory, pins = ROOT / f".venv-{name}", ROOT / "requirements" / f"{name}.txt"
    stamp, wanted = directory / "installed.txt", f"# {directory} {python}\n{pins.read_text()}"
    if not stamp.is_file() or stamp.read_text() != wanted:
        env = {"UV_LINK_MODE": "copy", "UV_SYSTEM_CERTS": "true", "PYTHONDONTWRITEBYTECODE": None}
        session.run("uv", "venv", "--quiet", "--clear", "--python", str(python), str(directory), env=env)
        session.run(
            *("uv", "pip", "sync", "--quiet", "--compile-bytecode"),
            *("--python", str(directory / "bin" / "python"), str(pins)),
            env=env,
        )
        stamp.write_text(wanted)
    return directory / "bin"


def with_openbao(session: nox.Session, env: dict[str, str | None]) -> dict[str, str | None]:
    """The environment, and last on its path the programs of OpenBao, a CA for tests to sign with."""
    programs = made_environment(session, "openbao", sys.executable)
    return {**env, "PATH": os.pathsep.join((str(env["PATH"]), str(programs)))}


def interpreter(version: str) -> Path | None:
    """A Python of this version that runs and can make environments; pyenv's shims do not count."""
    roots = [
        Path(entry).parent for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name == "shims"
    ]
    roots += [Path(os.environ[name]) for name in ("PYENV_ROOT",) if os.environ.get(name)]
    candidates = [path for root in roots for path in sorted(root.glob(f"versions/{version}.*/bin/python"))]
    candidates += [Path(found) for found in (shutil.which(f"python{version}"),) if found]
    question = f"import ensurepip, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    for candidate in candidates:
        if subprocess.run((candidate, "-c", question), capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def ansible_test_sanity(session: nox.Session, programs: Path, version: str, *arguments: str) -> None:
    """Run ansible-test sanity on a fresh copy; a run that tested nothing is a failure."""
    env = environment(programs, tree=None)
    session.run(str(programs / "python"), "tools/bootstrap_ansible_test.py", env=env)
    with session.chdir(copy_of_checkout(CACHE / f"ansible-test-{version}")):
        output = session.run(
            *(str(programs / "ansible-test"), "sanity", "--venv", "--python", version, "--color", "no"),
            *arguments,
            env=env,
            silent=True,
        )
    told = ("Running sanity test", "WARNING", "ERROR", "FATAL")
    print("\n".join(line for line in str(output).splitlines() if line.startswith(told)))
    if "All targets skipped" in str(output):
        session.error("ansible-test skipped everything")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, yamllint, licences, ansible-lint in its production profile, shellcheck; all say what they find."""
    scripts = [name for name in SCRIPTS if is_shell_script(ROOT / name)]
    checks = [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("yamllint", "--strict", "."),
        ("reuse", "lint", "--lines"),
        ("ansible-lint", "--offline", "--profile", "production"),
    ]
    if shutil.which("shellcheck"):
        checks.append(("shellcheck", *scripts))
    run_all(session, *checks)
    if shutil.which("shellcheck") is None:
        skip(session, f"shellcheck is not installed; everything else was run; {INSTALL}")


def run_all(session: nox.Session, *commands: tuple[str, ...]) -> None:
    """Run every command, also after one that failed, and fail if one did."""
    failed = []
    for command in commands:
        try:
            session.run(*command, env=environment())
        except CommandFailed:
            failed.append(" ".join(command[:2]))
    if failed:
        session.error(f"failed: {', '.join(failed)}")


def is_shell_script(path: Path) -> bool:
    """Whether the file's first line calls for a shell."""
    return path.is_file() and path.read_text(encoding="utf-8").split("\n", 1)[0].endswith("sh")


@nox.session
def mypy(session: nox.Session) -> None:
    """Types, strictly: the logic and what runs it in process."""
    packages = ("module_utils", "plugin_utils")
    session.run(
        *("mypy", *(f"--package=ansible_collections.ucops.cucm.plugins.{name}" for name in packages)),
        env={**environment(), "MYPYPATH": str(TREE)},
    )


@nox.session
def changelog(session: nox.Session) -> None:
    """The fragments and changelogs/changelog.yaml."""
    session.run("antsibull-changelog", "lint", env=environment())
    session.run("antsibull-changelog", "lint-changelog-yaml", "changelogs/changelog.yaml", env=environment())


@nox.session
def docs(session: nox.Session) -> None:
    """Plugin documentation and its references, then the HTML pages with warnings as errors."""
    env = environment()
    session.run(
        *("antsibull-docs", "lint-collection-docs", "--plugin-docs"),
        *("--validate-collection-refs", "self", "."),
        env=env,
    )
    site = CACHE / "docsite"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True, mode=0o700)
    session.run(
        *("antsibull-docs", "sphinx-init", "--use-current", "--squash-hierarchy", "--lenient"),
        *("--dest-dir", str(site), "ucops.cucm"),
        env=env,
        silent=True,
    )
    # Pages of other projects cannot be linked without the network, so their labels are not known.
    with (site / "conf.py").open("a", encoding="utf-8") as configuration:
        configuration.write('\nintersphinx_mapping = {}\nsuppress_warnings = ["ref.ref"]\n')
    # The first half of the build.sh that sphinx-init made; its second half is Sphinx without -W.
    session.run(
        *("antsibull-docs", "--config-file", str(site / "antsibull-docs.cfg"), "collection"),
        *("--use-current", "--squash-hierarchy", "--dest-dir", str(site / "rst"), "ucops.cucm"),
        env=env,
    )
    session.run(
        *("sphinx-build", "-M", "html", str(site / "rst"), str(site / "build"), "-c", str(site)),
        *("-W", "--keep-going", "--quiet"),
        env=env,
    )
    session.log(f"pages: {site / 'build' / 'html' / 'index.html'}")


@nox.session
def schemas(session: nox.Session) -> None:
    """Fetch Cisco's AXL schemas into .cache/schemas; without them their tests cannot run."""
    module = "ansible_collections.ucops.cucm.tests.schemas.fetch"
    if shutil.which("npm") is None:
        skip(session, f"npm is not installed, so the AXL schemas 14.0 and 15.0 cannot be had; {INSTALL}")
    session.run("python", "-m", module, env=environment())


@nox.session
def units(session: nox.Session) -> None:
    """Unit tests, with at least 95 % of plugins/ covered. Arguments after -- go to pytest, without that gate."""
    env = with_openbao(session, environment())
    absent = [name for name in PEERS if shutil.which(name) is None]
    if absent and os.environ.get("CI"):
        session.error(
            f"not installed: {', '.join(absent)}; without them tests skip, and CI may not; {INSTALL}"
        )
    lacking = [name for name in FETCHED if not (CACHE / name).exists()]
    if lacking and os.environ.get("CI"):
        session.error(
            f"not fetched: {', '.join(lacking)}; without them tests skip, and CI may not; run: make schemas"
        )
    if session.posargs:
        session.run("python", "-m", "pytest", *session.posargs, env=env)
        return
    session.run(
        *("python", "-m", "pytest", "tests/unit", "--numprocesses=2", "--durations=20", *NO_LONG),
        *("--cov", "--cov-report=term:skip-covered", "--cov-fail-under=95"),
        env=env,
    )


@nox.session
def kerberos(session: nox.Session) -> None:
    """Log on to the double of AD CS with the tickets of a real KDC; the library for that has to be compiled."""
    if not all(map(shutil.which, ("krb5kdc", "krb5-config", "gcc"))):
        skip(session, f"a KDC, the headers of Kerberos and gcc are not all installed; {INSTALL}")
    programs = made_environment(session, "kerberos", sys.executable)
    tests = "tests/unit/plugins/module_utils/_pki/test_adcs_kerberos.py"
    session.run(str(programs / "python"), "-m", "pytest", tests, env=environment(programs))


@nox.session
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity, nothing ignored. Arguments after -- go to it."""
    ansible_test_sanity(session, BIN, PYTHON, *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """Run every target with a real ansible-playbook against the simulator, in process and as modules."""
    # The comparison of both ways runs each target in process too, so the test of that way alone is for `oldest`.
    chosen = session.posargs or ("-k", "not test_in_process", "--durations=20", *NO_LONG)
    session.run(
        *("python", "-m", "pytest", "tests/integration", "--numprocesses=2", *chosen),
        env=with_openbao(session, environment()),
    )


@nox.session
def build(session: nox.Session) -> None:
    """Build the archive, install it apart, read its documentation, ask galaxy-importer."""
    env = environment(tree=None)
    with tempfile.TemporaryDirectory() as temporary:
        source, installed = copy_of_checkout(Path(temporary) / "source"), Path(temporary) / "installed"
        session.run(
            *("ansible-galaxy", "collection", "build", "--output-path", temporary, str(source)),
            env=env,
            silent=True,
        )
        (archive,) = Path(temporary).glob("ucops-cucm-*.tar.gz")
        session.run(
            *("ansible-galaxy", "collection", "install", "--offline", "-p", str(installed), str(archive)),
            env=env,
            silent=True,
        )
        modules = sorted(f"ucops.cucm.{path.stem}" for path in (ROOT / "plugins" / "modules").glob("*.py"))
        session.run(
            *("ansible-doc", "--type", "module", *modules),
            env={**env, "ANSIBLE_COLLECTIONS_PATH": str(installed)},
            silent=True,
        )
        importer = made_environment(session, "importer", sys.executable)
        env = environment(importer, tree=None)
        env["GALAXY_IMPORTER_CONFIG"] = str(ROOT / "tools" / "galaxy-importer.cfg")
        with session.chdir(temporary):
            output = session.run(
                *(str(importer / "python"), "-m", "galaxy_importer.main", str(archive)), env=env, silent=True
            )
        warnings = [line for line in str(output).splitlines() if line.startswith(("WARNING:", "ERROR:"))]
        if warnings:
            session.error("\n".join(("galaxy-importer:", *warnings)))


def oldest_environment(session: nox.Session) -> Path:
    """The programs of the oldest supported ansible-core and libraries, on the oldest Python."""
    python = interpreter(OLDEST_PYTHON)
    if python is None:
        skip(session, f"there is no Python {OLDEST_PYTHON}")
    return made_environment(session, "oldest", str(python))


@nox.session
def oldest(session: nox.Session) -> None:
    """Run what old versions can break on the oldest supported ansible-core, Python and libraries."""
    programs = oldest_environment(session)
    env = with_openbao(session, environment(programs))
    pytest = (str(programs / "python"), "-m", "pytest", "--numprocesses=2", *NO_LONG)
    session.run(*pytest, *OLDEST_UNITS, env=env)
    session.run(*pytest, "tests/integration", "-k", CHOSEN_OF_OLDEST, env=env)


@nox.session(default=False)
def newest(session: nox.Session) -> None:
    """Run in process on the newest ansible-core that is published, development releases too."""
    # The lower bound is a development release, so that those count for this one package.
    programs = fresh_environment(session, "newest", sys.executable, "ansible-core>=2.19.0a0")
    env = environment(programs)
    session.run(str(programs / "ansible"), "--version", env=env)
    pytest = (str(programs / "python"), "-m", "pytest", "--numprocesses=2", *NO_LONG)
    session.run(*pytest, "tests/unit/plugins/plugin_utils", "tests/unit/plugins/inventory", env=env)
    session.run(*pytest, "tests/integration", "-k", CHOSEN_OF_OLDEST, env=with_openbao(session, env))


def fresh_environment(session: nox.Session, name: str, python: Path | str, core: str) -> Path:
    """Make .venv-NAME again, with this ansible-core and the newest of what tests need; its bin directory."""
    directory = ROOT / f".venv-{name}"
    env = {"UV_LINK_MODE": "copy", "UV_SYSTEM_CERTS": "true", "PYTHONDONTWRITEBYTECODE": None}
    session.run("uv", "venv", "--quiet", "--clear", "--python", str(python), str(directory), env=env)
    session.run(
        *("uv", "pip", "install", "--quiet", "--compile-bytecode", "--prerelease=if-necessary-or-explicit"),
        *("--python", str(directory / "bin" / "python")),
        *(core, "pip", "-r", str(ROOT / "requirements" / "tests.in")),
        env=env,
    )
    return directory / "bin"


@nox.session(default=False)
def core(session: nox.Session) -> None:
    """Run the same as `oldest` on any version of ansible-core and Python: `nox -s core -- 2.20 3.13`."""
    if len(session.posargs) != 2:
        session.error(
            "name the versions of ansible-core and Python, for example: make core CORE=2.20 PYTHON_OF_CORE=3.13"
        )
    version, python_version = session.posargs
    python = interpreter(python_version)
    if python is None:
        skip(session, f"there is no Python {python_version}")
    programs = fresh_environment(
        session, f"core-{version}-{python_version}", python, f"ansible-core=={version}.*"
    )
    env = with_openbao(session, environment(programs))
    pytest = (str(programs / "python"), "-m", "pytest", "--numprocesses=2", *NO_LONG)
    session.run(*pytest, *OLDEST_UNITS, env=env)
    session.run(*pytest, "tests/integration", "-k", "test_check_pair_and_pair_again", env=env)


@nox.session
def oldest_sanity(session: nox.Session) -> None:
    """Compile, import and validate everything with the oldest supported ansible-core and Python."""
    tests = [word for name in ("compile", "import", "validate-modules") for word in ("--test", name)]
    ansible_test_sanity(session, oldest_environment(session), OLDEST_PYTHON, *tests)


@nox.session(default=False)
def long(session: nox.Session) -> None:
    """Run the tests marked `long`, every property with ten times as many examples, and count branches."""
    env = {**with_openbao(session, environment()), "UCOPS_EXAMPLES": "1000"}
    pytest = ("python", "-m", "pytest", "--numprocesses=2", "--durations=10")
    session.run(*pytest, "tests/integration", "-m", "long", env=env)
    session.run(*pytest, "tests/unit", "-m", "long or hypothesis", env=env)
    counted = {**with_openbao(session, environment()), "COVERAGE_CORE": "ctrace"}
    cover = ("--cov", "--cov-branch", "--cov-report=term:skip-covered", "--cov-fail-under=95")
    session.run(*pytest, "tests/unit", *NO_LONG, *cover, env=counted)


@nox.session(default=False)
def quick(session: nox.Session) -> None:
    """Run the unit tests of what differs from the last commit (or of the last commit), and two targets."""
    env = with_openbao(session, environment())
    session.run("python", "-m", "pytest", "--numprocesses=2", "-q", *NO_LONG, *changed_units(), env=env)
    session.run(
        *("python", "-m", "pytest", "tests/integration/test_targets.py", "-q", "--numprocesses=2"),
        *("-k", "test_as_modules and (cucm_cert_info or cucm_route_group)"),
        env=env,
    )


def changed_units() -> list[str]:
    """The directories and files of unit tests that mirror what was changed."""
    git = ("git", "diff", "--name-only", "--diff-filter=d")
    listed = ""
    for base in (("HEAD",), ("HEAD~1",)):
        listed = (
            listed
            or subprocess.run((*git, *base), cwd=ROOT, check=False, capture_output=True, text=True).stdout
        )
    found = {"tests/unit/test_repository.py"}
    for path in map(Path, listed.splitlines()):
        if path.parts[:2] == ("tests", "unit"):
            found.add(str(path if path.name.startswith("test_") else path.parent))
        elif path.parts[0] == "plugins" and (mirror := Path("tests", "unit") / path.parent).is_dir():
            found.add(str(mirror))
    return sorted(name for name in found if (ROOT / name).exists())


@nox.session(default=False)
def matrix(session: nox.Session) -> None:
    """Pair every release with every release, itself too, by the same playbook; for a nightly run."""
    session.run(
        *("python", "-m", "pytest", "tests/matrix", "--numprocesses=2", "--durations=0", *session.posargs),
        env=environment(),
    )


@nox.session(default=False)
def benchmark(session: nox.Session) -> None:
    """Measure ratios in one run; no gate."""
    session.run("python", "-m", "pytest", "tests/benchmark", "-s", *session.posargs, env=environment())


@nox.session(default=False)
def format(session: nox.Session) -> None:  # noqa: A001
    """Rewrite what ruff can."""
    session.run("ruff", "check", "--fix", ".", env=environment())
    session.run("ruff", "format", ".", env=environment())
