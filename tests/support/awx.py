# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX does with the objects of extensions/awx, without AWX: it reads them, renders credentials, and runs jobs.

A job is run by ansible-runner, as AWX runs it, in a private data directory of its own that is deleted at its end.
What is left is what AWX keeps: status, output, events, and the artifacts of set_stats.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import jinja2.sandbox
import yaml
from ansible_collections.ucops.cucm.tests.support.runner import COLLECTION

EXTENSION = COLLECTION / "extensions" / "awx"
PROJECT = EXTENSION / "templates" / "project"
#: Seconds that a job may take.
TIME_LIMIT = 1200

Objects = dict[str, Any]


class Unsafe(str):
    """A text that Ansible leaves as it is: AWX renders it."""

    __slots__ = ()


class _Loader(yaml.SafeLoader):
    """YAML as Ansible reads it, as far as `!unsafe`."""


class _Dumper(yaml.SafeDumper):
    """YAML as AWX writes it: its texts are not templates."""


_Loader.add_constructor("!unsafe", lambda loader, node: Unsafe(loader.construct_scalar(node)))
_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("!unsafe" if "{" in text else "tag:yaml.org,2002:str", text),
)


# The objects.


def objects(**settings: Any) -> Objects:
    """The objects as the modules of AWX get them, with the defaults and these settings."""
    variables = {**_read(EXTENSION / "defaults.yml"), **settings}
    found: Objects = {}
    for path in sorted(EXTENSION.glob("controller_*.yml")):
        found.update(_read(path))
    return _rendered(found, variables)


def _read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)


def _rendered(value: Any, variables: Mapping[str, Any]) -> Any:
    """The value with Ansible's expressions evaluated; a text that is one expression becomes what that is."""
    if isinstance(value, dict):
        return {key: _rendered(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_rendered(item, variables) for item in value]
    if not isinstance(value, str) or isinstance(value, Unsafe):
        return value
    whole = re.fullmatch(r"\{\{ (\w+) \}\}", value)
    if whole:
        return _rendered(variables[whole[1]], variables)
    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(value).render(variables)


def named(found: Objects, kind: str, name: str) -> dict[str, Any]:
    """The object of this kind and name."""
    return next(each for each in found[f"controller_{kind}"] if each["name"] == name)


# Credentials.


class _Files:
    """`tower.filename` in an injector."""


class _Tower:
    """`tower` in an injector; without files, it has no `filename`."""


@dataclass(frozen=True)
class Injected:
    """What a credential puts into a job: extra variables, and files by their labels."""

    extra_vars: dict[str, Any]
    files: dict[str, Path]


def inject(credential_type: Mapping[str, Any], inputs: Mapping[str, Any], directory: Path) -> Injected:
    """Render the injectors of a credential as AWX does; the files are written into `directory`.

    A field that is empty is undefined, and what is undefined raises jinja2.UndefinedError.
    """
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    known = {each["id"]: each for each in credential_type["inputs"]["fields"]}
    lacking = set(credential_type["inputs"].get("required", ())) - {
        name for name, value in inputs.items() if value
    }
    if lacking or set(inputs) - set(known):
        raise ValueError(f"missing {sorted(lacking)}, unknown {sorted(set(inputs) - set(known))}")
    tower = _Tower()
    namespace: dict[str, Any] = {"tower": tower}
    for name, each in known.items():
        if each["type"] == "boolean":
            namespace[name] = bool(inputs.get(name, False))
        elif inputs.get(name):
            namespace[name] = inputs[name]
    injectors = credential_type["injectors"]
    files = {}
    for label, template in injectors.get("file", {}).items():
        descriptor, path = tempfile.mkstemp(dir=directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(environment.from_string(template).render(namespace))
        files[label] = Path(path)
        if "." in label:
            tower.filename = getattr(tower, "filename", _Files())  # type: ignore[attr-defined]
            setattr(tower.filename, label.partition(".")[2], path)  # type: ignore[attr-defined]
        else:
            tower.filename = path  # type: ignore[attr-defined]

    def render(node: Any) -> Any:
        if isinstance(node, dict):
            return {render(key): render(value) for key, value in node.items()}
        if isinstance(node, list):
            return [render(value) for value in node]
        return environment.from_string(node).render(namespace)

    return Injected(render(injectors.get("extra_vars", {})), files)


# Jobs.


@dataclass(frozen=True)
class Job:
    """What AWX keeps of a job."""

    template: str
    status: str
    output: str
    events: list[dict[str, Any]]
    artifacts: dict[str, Any]
    #: Everything that ansible-runner left in its directory of artifacts, by path.
    files: dict[str, str]

    @property
    def succeeded(self) -> bool:
        return self.status == "successful"

    @property
    def folded(self) -> str:
        """The output with its white space folded."""
        return " ".join(self.output.replace("\\n", " ").split())


@dataclass
class Controller:
    """An AWX with the objects of extensions/awx, a topology file in its project, and what credentials hold."""

    directory: Path
    #: The topology file of the project, as data.
    topology: Mapping[str, Any]
    #: The fields of credentials by the ends of their names, such as `CA`.
    inputs: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.objects = objects(**self.settings)
        self.project = self.directory / "project"
        shutil.copytree(PROJECT, self.project)
        path = self.project / self.objects["controller_inventory_sources"][0]["source_path"]
        path.write_text(yaml.safe_dump(dict(self.topology), sort_keys=False), encoding="utf-8")
        self.inventory = self._update_inventory()

    def _update_inventory(self) -> dict[str, Any]:
        """What an inventory update reads from its source."""
        source = self.objects["controller_inventory_sources"][0]
        done = subprocess.run(
            ("ansible-inventory", "-i", source["source_path"], "--list", "--export"),
            cwd=self.project,
            env={**_environment(self.directory), **source["source_vars"]},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        data: dict[str, Any] = json.loads(done.stdout)
        for group in data.values():
            # AWX sorts hosts by their names.
            if "hosts" in group:
                group["hosts"].sort()
        return data

    def launch(self, template: str, extra_vars: Mapping[str, Any] | None = None) -> Job:
        """Run a job of the template with the end of this name; these variables go over those of the template."""
        chosen = next(
            each for each in self.objects["controller_templates"] if each["name"].endswith(f" - {template}")
        )
        number = len(self.jobs) + 1
        with _private_data(number) as place:
            self._prepare(
                place, chosen, {**chosen.get("extra_vars", {}), **(extra_vars or {}), "awx_job_id": number}
            )
            job = self._run(place, chosen, number)
        self.jobs.append(job)
        return job

    def _prepare(self, place: Path, template: Mapping[str, Any], extra_vars: Mapping[str, Any]) -> None:
        shutil.copytree(self.project, place / "project")
        script = place / "inventory" / "hosts"
        script.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(self.inventory)}\nEND\n", encoding="utf-8")
        script.chmod(0o700)
        arguments = []
        if template["job_type"] == "check":
            arguments.append("--check")
        if template.get("diff_mode"):
            arguments.append("--diff")
        if template.get("job_tags"):
            arguments += ["-t", template["job_tags"]]
        arguments += ["-e", f"@{_dump(place, extra_vars)}"]
        for name in template["credentials"]:
            credential = named(self.objects, "credentials", name)
            inputs = self._inputs(credential)
            if inputs:
                kind = named(self.objects, "credential_types", credential["credential_type"])
                injected = inject(kind, inputs, place / "env")
                arguments += ["-e", f"@{_dump(place, injected.extra_vars)}"]
        (place / "env" / "cmdline").write_text(" ".join(arguments), encoding="utf-8")
        # What AWX sets for every job.
        variables = {
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "AWX_PRIVATE_DATA_DIR": str(place),
            "JOB_ID": str(extra_vars["awx_job_id"]),
        }
        (place / "env" / "envvars").write_text(json.dumps(variables), encoding="utf-8")
        (place / "env" / "settings").write_text("{}", encoding="utf-8")

    def _inputs(self, credential: Mapping[str, Any]) -> Mapping[str, Any]:
        end = credential["name"].partition(" - ")[2]
        return self.inputs.get(end, {})

    def _run(self, place: Path, template: Mapping[str, Any], number: int) -> Job:
        done = subprocess.run(
            (
                *(sys.executable, "-m", "ansible_runner", "run", str(place)),
                *("--ident", str(number), "--playbook", template["playbook"]),
            ),
            cwd=place,
            env=_environment(place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        kept = place / "artifacts" / str(number)
        assert kept.is_dir(), done.stdout
        events = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(
                (kept / "job_events").glob("*.json"), key=lambda path: int(path.name.partition("-")[0])
            )
        ]
        stats = [event for event in events if event["event"] == "playbook_on_stats"]
        files = {
            str(path.relative_to(kept)): path.read_text(encoding="utf-8", errors="replace")
            for path in kept.rglob("*")
            if path.is_file()
        }
        return Job(
            template=template["name"],
            status=files["status"],
            output=files["stdout"],
            events=events,
            artifacts=stats[-1]["event_data"].get("artifact_data", {}) if stats else {},
            files={**files, "(screen)": done.stdout},
        )


@contextmanager
def _private_data(number: int) -> Iterator[Path]:
    """The private data directory of one job, of which nothing is left for the next one.

    Its path is short, as that of AWX is: Ansible makes sockets in the temporary directory within it.
    """
    with tempfile.TemporaryDirectory(prefix=f"awx_{number}_") as name:
        place = Path(name)
        for each in ("env", "inventory", "home", "tmp"):
            (place / each).mkdir(mode=0o700)
        yield place


def _dump(place: Path, variables: Mapping[str, Any]) -> str:
    """Write extra variables as AWX does, and give the path."""
    descriptor, path = tempfile.mkstemp(dir=place / "env")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        yaml.dump(dict(variables), stream, Dumper=_Dumper)
    return path


def _environment(directory: Path) -> dict[str, str]:
    """The environment of a container: programs, the collection, and a home and a temporary directory of its own."""
    home = directory / "home"
    home.mkdir(exist_ok=True)
    temporary = directory / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PYTHONPATH": os.environ["PYTHONPATH"],
        "ANSIBLE_COLLECTIONS_PATH": os.environ["PYTHONPATH"].split(os.pathsep)[0],
        "ANSIBLE_NOCOLOR": "1",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
    }


# Workflows.


@dataclass(frozen=True)
class Step:
    """A node of a workflow that has ended."""

    identifier: str
    succeeded: bool
    job: Job | None = None


@dataclass
class Workflow:
    """Walks a workflow as AWX does: artifacts of all ancestors are extra variables, and the survey goes over them."""

    controller: Controller
    name: str
    survey: Mapping[str, Any]
    #: Decides approvals, by the identifier of the node.
    approve: Callable[[str], bool]
    steps: list[Step] = field(default_factory=list)

    def run(self) -> bool:
        """Walk from the roots to the ends; whether the workflow succeeded."""
        nodes = {node["identifier"]: node for node in self.template["workflow_nodes"]}
        artifacts: dict[str, dict[str, Any]] = {}
        succeeded = True
        waiting = list(roots(nodes.values()))
        while waiting:
            node = nodes[waiting.pop(0)]
            identifier = node["identifier"]
            inherited = artifacts.get(identifier, {})
            step = self._step(node, inherited)
            self.steps.append(step)
            following = _following(node, "always_nodes") + _following(
                node, "success_nodes" if step.succeeded else "failure_nodes"
            )
            handled = _following(node, "always_nodes") + _following(node, "failure_nodes")
            succeeded = succeeded and (step.succeeded or bool(handled))
            for each in following:
                handed = {**inherited, **(step.job.artifacts if step.job else {})}
                artifacts.setdefault(each, {}).update(handed)
                if each not in waiting:
                    waiting.append(each)
        return succeeded

    @property
    def template(self) -> dict[str, Any]:
        return next(
            each
            for each in self.controller.objects["controller_workflows"]
            if each["name"].endswith(f" - {self.name}")
        )

    def _step(self, node: Mapping[str, Any], artifacts: Mapping[str, Any]) -> Step:
        target = node["unified_job_template"]
        if target["type"] == "workflow_approval":
            return Step(node["identifier"], self.approve(node["identifier"]))
        job = self.controller.launch(target["name"].partition(" - ")[2], {**artifacts, **self.survey})
        return Step(node["identifier"], job.succeeded, job)


def _following(node: Mapping[str, Any], kind: str) -> list[str]:
    return [each["identifier"] for each in node["related"][kind]]


def roots(nodes: Sequence[Mapping[str, Any]] | Any) -> list[str]:
    """The nodes that no other node leads to."""
    everything = list(nodes)
    targets = {
        each
        for node in everything
        for kind in ("always_nodes", "success_nodes", "failure_nodes")
        for each in _following(node, kind)
    }
    return [node["identifier"] for node in everything if node["identifier"] not in targets]
