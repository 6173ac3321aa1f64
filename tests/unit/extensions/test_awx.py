# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, an object for AWX would name what is not there: a playbook, a tag, a variable, another object."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._modules.ca_sign import ARGUMENTS as CA_SIGN
from ansible_collections.ucops.cucm.plugins.module_utils._site.value_types import TypeChecks
from ansible_collections.ucops.cucm.plugins.plugin_utils._host_variables import specifications
from ansible_collections.ucops.cucm.tests.support.awx import (
    EXTENSION,
    PROJECT,
    Unsafe,
    inject,
    named,
    objects,
    roots,
)

COLLECTION = Path(__file__).resolve().parents[3]
SIGN_OPTIONS = "cucm_certificate_sign_options"
SETTINGS = {"ucops_awx_report_url": Unsafe("https://reports.example.com/cucm/{{ awx_job_id }}")}
OBJECTS = objects(**SETTINGS)
KNOWN = specifications()
TYPES = TypeChecks(KNOWN)

#: Options of the modules of awx.awx, by the name of the list that infra.aap_configuration gives them.
OPTIONS = {
    "credential_types": {"name", "description", "kind", "inputs", "injectors"},
    "credentials": {"name", "organization", "credential_type", "inputs", "update_secrets"},
    "execution_environments": {"name", "description", "image", "pull"},
    "projects": {
        *("name", "description", "organization", "scm_type", "scm_url", "scm_branch", "credential"),
        *("scm_clean", "scm_update_on_launch", "default_environment"),
    },
    "inventories": {"name", "description", "organization"},
    "inventory_sources": {
        *("name", "description", "organization", "inventory", "source", "source_project", "source_path"),
        *("execution_environment", "overwrite", "overwrite_vars", "update_on_launch", "update_cache_timeout"),
        "source_vars",
    },
    "notifications": {
        *("name", "description", "organization", "notification_type", "notification_configuration"),
    },
    "templates": {
        *("name", "description", "organization", "project", "inventory", "execution_environment", "job_type"),
        *("verbosity", "playbook", "credentials", "job_tags", "extra_vars", "survey_enabled", "survey_spec"),
        *("use_fact_cache", "diff_mode", "allow_simultaneous", "job_slice_count", "ask_limit_on_launch"),
        "notification_templates_error",
    },
    "workflows": {
        *("name", "description", "organization", "allow_simultaneous", "survey_enabled", "survey_spec"),
        *(f"notification_templates_{when}" for when in ("started", "success", "error", "approvals")),
        *("destroy_current_nodes", "workflow_nodes"),
    },
    "schedules": {"name", "description", "organization", "unified_job_template", "rrule", "enabled"},
}


def problems(found: Mapping[str, Any]) -> list[str]:
    """Everything that these objects name and that is not there."""
    return [
        *_problems_of_options(found),
        *_problems_of_references(found),
        *_problems_of_templates(found),
        *_problems_of_workflows(found),
        *_problems_of_credential_types(found),
    ]


def names_of(found: Mapping[str, Any], kind: str) -> list[str]:
    return [each["name"] for each in found[f"controller_{kind}"]]


def _problems_of_options(found: Mapping[str, Any]) -> Iterator[str]:
    for kind, options in OPTIONS.items():
        names = names_of(found, kind)
        yield from (f"{kind}: {name} is there twice" for name in set(names) if names.count(name) > 1)
        for each in found[f"controller_{kind}"]:
            yield from (f"{kind}, {each['name']}: no option {key}" for key in set(each) - options)


def _problems_of_references(found: Mapping[str, Any]) -> Iterator[str]:
    kinds = {
        "project": "projects",
        "source_project": "projects",
        "inventory": "inventories",
        "execution_environment": "execution_environments",
        "default_environment": "execution_environments",
        "credential_type": "credential_types",
        "unified_job_template": "templates",
        "credentials": "credentials",
        **{
            f"notification_templates_{when}": "notifications"
            for when in ("started", "success", "error", "approvals")
        },
    }
    for kind in OPTIONS:
        for each in found[f"controller_{kind}"]:
            for key, target in kinds.items():
                given = each.get(key, [])
                for name in given if isinstance(given, list) else [given]:
                    if name not in names_of(found, target):
                        yield f"{each['name']}: {key} {name} is no object"


def playbook_of(name: str) -> Path | None:
    """The playbook of the collection that a playbook of the project imports."""
    path = PROJECT / name
    if not path.is_file():
        return None
    (play,) = yaml.safe_load(path.read_text(encoding="utf-8"))
    namespace, _dot, imported = play["ansible.builtin.import_playbook"].rpartition(".")
    target = COLLECTION / "playbooks" / f"{imported}.yml"
    return target if namespace == "ucops.cucm" and target.is_file() else None


def tags_of(playbook: Path) -> set[str]:
    found = set()
    for play in yaml.safe_load(playbook.read_text(encoding="utf-8")):
        for holder in (play, *play.get("tasks", [])):
            tags = holder.get("tags", [])
            found.update(tags if isinstance(tags, list) else [tags])
    return found


def _problems_of_templates(found: Mapping[str, Any]) -> Iterator[str]:
    for each in found["controller_templates"]:
        name = each["name"]
        playbook = playbook_of(each["playbook"])
        if playbook is None:
            yield f"{name}: playbook {each['playbook']} leads to no playbook of the collection"
        else:
            wanted = set(filter(None, each.get("job_tags", "").split(",")))
            yield from (f"{name}: no tag {tag}" for tag in wanted - tags_of(playbook))
        if each["job_type"] not in ("run", "check"):
            yield f"{name}: no job type {each['job_type']}"
        for variable, value in each.get("extra_vars", {}).items():
            yield from _problems_of_variable(name, variable, value)
        yield from _problems_of_survey(name, each["survey_spec"])
        kinds = [
            named(found, "credentials", credential)["credential_type"]
            for credential in each["credentials"]
            if credential in names_of(found, "credentials")
        ]
        # AWX refuses two credentials of one type.
        yield from (
            f"{name}: two credentials of the type {kind}" for kind in set(kinds) if kinds.count(kind) > 1
        )


def _problems_of_variable(name: str, variable: str, value: Any) -> Iterator[str]:
    if variable not in KNOWN:
        yield f"{name}: no variable {variable}"
    elif (why := TYPES.fault(variable, value)) is not None:
        yield f"{name}: {variable}: {why}"


_QUESTIONS = {"text": "str", "textarea": "str", "password": "str", "integer": "int", "multiplechoice": None}


def _problems_of_survey(name: str, survey: Mapping[str, Any]) -> Iterator[str]:
    if set(survey) != {"name", "description", "spec"}:
        yield f"{name}: a survey has name, description and spec"
    for question in survey["spec"]:
        variable = question["variable"]
        if question["type"] not in _QUESTIONS:
            yield f"{name}: no type of question {question['type']}"
        for value in question.get("choices", [question["default"]] if question["default"] else []):
            yield from _problems_of_variable(name, variable, value)
        if "choices" in question and question["default"] not in question["choices"]:
            yield f"{name}: {question['default']} is no choice of {variable}"
        if not question["question_name"] or not isinstance(question["required"], bool):
            yield f"{name}: the question about {variable} lacks its name, or whether it is required"


def _problems_of_workflows(found: Mapping[str, Any]) -> Iterator[str]:
    templates = names_of(found, "templates")
    for each in found["controller_workflows"]:
        name, nodes = each["name"], {node["identifier"]: node for node in each["workflow_nodes"]}
        if len(nodes) != len(each["workflow_nodes"]):
            yield f"{name}: two nodes have one identifier"
        yield from _problems_of_survey(name, each["survey_spec"])
        for identifier, node in nodes.items():
            target = node["unified_job_template"]
            if target["type"] == "job_template" and target["name"] not in templates:
                yield f"{name}, {identifier}: no template {target['name']}"
            if target["type"] not in ("job_template", "workflow_approval"):
                yield f"{name}, {identifier}: no type {target['type']}"
            yield from (f"{name}, {identifier}: no node {to}" for to in _following(node) if to not in nodes)
        if len(roots(each["workflow_nodes"])) != 1:
            yield f"{name}: it begins with {roots(each['workflow_nodes'])}"
        reached: set[str] = set()
        _walk(nodes, roots(each["workflow_nodes"]), reached, ())
        yield from (f"{name}: nothing leads to {identifier}" for identifier in set(nodes) - reached)


def _following(node: Mapping[str, Any]) -> list[str]:
    kinds = ("success_nodes", "failure_nodes", "always_nodes")
    return [each["identifier"] for kind in kinds for each in node["related"][kind]]


def _walk(nodes: Mapping[str, Any], starts: list[str], reached: set[str], way: tuple[str, ...]) -> None:
    for identifier in starts:
        assert identifier not in way, "a workflow cannot go round"
        reached.add(identifier)
        _walk(nodes, [to for to in _following(nodes[identifier]) if to in nodes], reached, (*way, identifier))


def _problems_of_credential_types(found: Mapping[str, Any]) -> Iterator[str]:
    for each in found["controller_credential_types"]:
        name = each["name"]
        fields = {field["id"]: field for field in each["inputs"]["fields"]}
        required = each["inputs"]["required"]
        yield from (f"{name}: no field {field}" for field in set(required) - set(fields))
        yield from (
            f"{name}: {field} is a word of Jinja"
            for field in set(fields) & {*jinja2.defaults.DEFAULT_NAMESPACE, "tower"}
        )
        for field in fields.values():
            if not set(field) <= {
                "id",
                "type",
                "label",
                "secret",
                "multiline",
                "choices",
                "default",
                "help_text",
            }:
                yield f"{name}: {field['id']} says what AWX does not know"
        used = set(re.findall(r"\{\{ (\w+)", str(each["injectors"])))
        yield from (f"{name}: the field {field} is of no use" for field in set(fields) - used)
        for variable, template in each["injectors"]["extra_vars"].items():
            spec = {"type": "dict", "options": CA_SIGN} if variable == SIGN_OPTIONS else KNOWN.get(variable)
            if spec is None:
                yield f"{name}: no variable {variable}"
            else:
                yield from _problems_of_injected(name, variable, template, spec, fields)


def _problems_of_injected(
    name: str, key: str, template: Any, spec: Mapping[str, Any], fields: Mapping[str, Any]
) -> Iterator[str]:
    """That options exist, that what is needed is given, and that a secret comes from a field that is one."""
    options = spec.get("options", {})
    if isinstance(template, dict):
        for option, value in template.items():
            if option not in options:
                yield f"{name}: {key} has no option {option}"
            else:
                yield from _problems_of_injected(name, option, value, options[option], fields)
        lacking = {option for option, each in options.items() if each.get("required")} - set(template)
        yield from (f"{name}: {key} lacks {option}" for option in lacking)
    elif spec.get("no_log"):
        (field,) = re.findall(r"\{\{ (\w+)", template)
        if not fields.get(field, {}).get("secret"):
            yield f"{name}: {field} becomes {key}, and is no secret"


def test_whatever_the_objects_name_is_there() -> None:
    assert problems(OBJECTS) == []


def test_every_playbook_of_the_project_is_used_by_a_template() -> None:
    used = {each["playbook"] for each in OBJECTS["controller_templates"]}
    assert {path.name for path in PROJECT.glob("*.yml")} - {"clusters.cucm.yml"} == used
    source = OBJECTS["controller_inventory_sources"][0]
    assert (PROJECT / source["source_path"]).is_file()


def test_the_objects_are_all_that_the_directory_has() -> None:
    assert {f"controller_{kind}" for kind in OPTIONS} == set(OBJECTS)
    assert {path.stem for path in EXTENSION.glob("*.yml")} == {"defaults", *OBJECTS}


def test_a_setting_reaches_the_objects() -> None:
    assert all(name.startswith("UC - ") for name in names_of(objects(ucops_awx_prefix="UC"), "templates"))
    verify = named(OBJECTS, "templates", "CUCM - Verify")
    assert verify["extra_vars"]["cucm_report_url"] == SETTINGS["ucops_awx_report_url"]


def test_a_failed_job_of_the_workflow_never_ends_as_success_unseen() -> None:
    """AWX takes a failure that leads to another node for handled, so its way must end with a person or a verdict."""
    (workflow,) = OBJECTS["controller_workflows"]
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    for node in nodes.values():
        for each in node["related"]["failure_nodes"]:
            way = [each["identifier"]]
            _walk(nodes, way, reached := set(), ())
            kinds = {nodes[identifier]["unified_job_template"]["type"] for identifier in reached}
            assert "workflow_approval" in kinds, node["identifier"]


# The contract can be broken.


def broken(kind: str, name: str, path: tuple[Any, ...], value: Any) -> list[str]:
    made = copy.deepcopy(OBJECTS)
    place = named(made, kind, name)
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return problems(made)


@pytest.mark.parametrize(
    ("kind", "name", "path", "value", "told"),
    [
        (
            "templates",
            "CUCM - Pair",
            ("playbook",),
            "pear.yml",
            "CUCM - Pair: playbook pear.yml leads to no playbook",
        ),
        ("templates", "CUCM - Restart", ("job_tags",), "reboot", "CUCM - Restart: no tag reboot"),
        ("templates", "CUCM - Pair", ("extra_vars", "cucm_host"), "a", "CUCM - Pair: no variable cucm_host"),
        (
            *("templates", "CUCM - Pair", ("extra_vars", "cucm_certificate_restart_services"), "perhaps"),
            "CUCM - Pair: cucm_certificate_restart_services: ",
        ),
        (
            *("templates", "CUCM - Verify", ("survey_spec", "spec", 0, "variable"), "cucm_wavee"),
            "CUCM - Verify: no variable cucm_wavee",
        ),
        (
            "templates",
            "CUCM - Verify",
            ("credentials",),
            ["CUCM - X"],
            "CUCM - Verify: credentials CUCM - X is no",
        ),
        (
            *("credentials", "CUCM - CA", ("credential_type",), "CUCM - Pinky CA"),
            "CUCM - CA: credential_type CUCM - Pinky CA is no object",
        ),
        (
            *(
                "workflows",
                "CUCM - Pair clusters",
                ("workflow_nodes", 0, "unified_job_template", "name"),
                "Chekc",
            ),
            "CUCM - Pair clusters, check: no template Chekc",
        ),
        (
            *("workflows", "CUCM - Pair clusters", ("workflow_nodes", 0, "related", "success_nodes"), []),
            "CUCM - Pair clusters: it begins with ['check', 'approve-change']",
        ),
        (
            *(
                "credential_types",
                "CUCM - CFSSL",
                ("injectors", "extra_vars", SIGN_OPTIONS, "cfssl", "key"),
                "x",
            ),
            "CUCM - CFSSL: cfssl has no option key",
        ),
        (
            *("credential_types", "CUCM - OS administrator", ("inputs", "fields", 1, "secret"), False),
            "CUCM - OS administrator: password becomes cucm_os_password, and is no secret",
        ),
        (
            "schedules",
            "CUCM - Verify every night",
            ("rule",),
            "x",
            "schedules, CUCM - Verify every night: no option rule",
        ),
    ],
)
def test_the_contract_tells_what_is_not_there(
    kind: str, name: str, path: tuple[Any, ...], value: Any, told: str
) -> None:
    assert any(each.startswith(told) for each in broken(kind, name, path, value)), broken(
        kind, name, path, value
    )


# Injectors.

CREDENTIAL_TYPES = [each["name"] for each in OBJECTS["controller_credential_types"]]


def fields_of(name: str, *, all_of_them: bool) -> dict[str, str]:
    inputs = named(OBJECTS, "credential_types", name)["inputs"]
    return {
        field["id"]: f"value of {field['id']} with {{{{ braces }}}}"
        for field in inputs["fields"]
        if all_of_them or field["id"] in inputs["required"]
    }


@pytest.mark.parametrize("all_of_them", [True, False], ids=["all", "required"])
@pytest.mark.parametrize("name", CREDENTIAL_TYPES)
def test_injectors_render_with_all_fields_and_with_those_that_are_required(
    tmp_path: Path, name: str, all_of_them: bool
) -> None:
    fields = fields_of(name, all_of_them=all_of_them)
    injected = inject(named(OBJECTS, "credential_types", name), fields, tmp_path)
    rendered = f"{injected.extra_vars}{[path.read_text() for path in injected.files.values()]}"
    assert [value for value in fields.values() if value not in rendered] == []
    for variable, value in injected.extra_vars.items():
        if variable != SIGN_OPTIONS:
            assert TYPES.fault(variable, value) is None


def test_an_injector_with_an_undefined_field_does_not_render(tmp_path: Path) -> None:
    made = copy.deepcopy(named(OBJECTS, "credential_types", "CUCM - Vault PKI"))
    made["injectors"]["extra_vars"][SIGN_OPTIONS]["vault"]["namespace"] = "{{ vault_namespace }}"
    with pytest.raises(jinja2.UndefinedError, match="vault_namespace"):
        inject(made, fields_of("CUCM - Vault PKI", all_of_them=False), tmp_path)


def test_files_of_a_credential_are_for_their_owner_alone(tmp_path: Path) -> None:
    """The role refuses the key of a CA that others may read."""
    name = "CUCM - CA with a key in files"
    injected = inject(named(OBJECTS, "credential_types", name), fields_of(name, all_of_them=True), tmp_path)
    assert {path.stat().st_mode & 0o777 for path in injected.files.values()} == {0o600}
