# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects that a run may touch as they are, and their way back to what they were.

An object is set back by the options that differ and no others. What was not there is removed, last of all, since what
is set back may refer to it until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, values
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import Kind, Row
from ansible_collections.ucops.cucm.plugins.module_utils._axl.link_options import (
    makes_sip_profile,
    pattern_identity,
    sip_profile_of,
    target_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.object_module import object_params
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Reconciler, ResetFailed
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_group import RouteGroup
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_list import RouteList
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_pattern import RoutePattern
from ansible_collections.ucops.cucm.plugins.module_utils._axl.security_profile import SipTrunkSecurityProfile
from ansible_collections.ucops.cucm.plugins.module_utils._axl.sip_profile import SipProfile
from ansible_collections.ucops.cucm.plugins.module_utils._axl.sip_trunk import SipTrunk
from ansible_collections.ucops.cucm.plugins.module_utils._axl.trunk_profile import TrunkProfile
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, Params, Result
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    InvalidOption,
    UnsupportedByRelease,
)

#: In the order in which they can be made; they are removed in the opposite one.
KINDS: dict[str, type[Reconciler]] = {
    kind.table.result: kind
    for kind in (SipTrunkSecurityProfile, SipProfile, SipTrunk, RouteGroup, RouteList, RoutePattern)
}

_OF_ONE_OBJECT = (InvalidOption, UnsupportedByRelease, faults.AxlFault, ResetFailed)


#: What tells one object from others: its kind, and its identifying options that are not empty.
Key = tuple[str, tuple[tuple[str, str], ...]]


def key_of(kind: str, identity: Mapping[str, str]) -> Key:
    """What tells an object from others."""
    return kind, tuple(sorted((name, value) for name, value in identity.items() if value))


@dataclass(frozen=True)
class Touched:
    """An object that a run may touch, and by what an own one is known."""

    kind: str
    identity: Mapping[str, str]
    belonging: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The object, for people."""
        return name_of(self.kind, self.identity)


@dataclass(frozen=True)
class Was:
    """An object as it was; `options` is None for one that was not there, see `_site.record`."""

    kind: str
    identity: Mapping[str, str]
    options: Mapping[str, Any] | None
    belonging: Mapping[str, str] = field(default_factory=dict)
    referenced: bool = False

    @property
    def name(self) -> str:
        """The object, for people."""
        return name_of(self.kind, self.identity)


class RestoreFailed(CucmError):
    """Some objects could not be put back; the details have `problems`, and what was done with the others."""

    reason = "restore_failed"


def name_of(kind: str, identity: Mapping[str, str]) -> str:
    """The name of an object, of a pattern with its partition."""
    return " in ".join(identity[each] for each in KINDS[kind].table.identity if identity.get(each))


def touched(params: Params) -> list[Touched]:
    """Every object that `PeerTrunks` may make, change or remove with these options, in the order of `KINDS`."""
    found: list[Touched] = []
    for link in params["links"]:
        found.append(Touched("sip_trunk_security_profile", {"name": link["security_profile"]}))
        if makes_sip_profile(params, link):
            found.append(Touched("sip_profile", {"name": sip_profile_of(params, link)}))
        found.append(
            Touched("sip_trunk", {"name": link["trunk"]}, {"security_profile": link["security_profile"]})
        )
        if link.get("route_list"):
            name = {"name": str(link["route_list"]["name"])}
            found += [Touched("route_group", name), Touched("route_list", name)]
        found += [
            Touched("route_pattern", pattern_identity(params, each), target_of(link))
            for each in link["patterns"]
        ]
    unique = {key_of(each.kind, each.identity): each for each in found}
    return sorted(unique.values(), key=lambda each: list(KINDS).index(each.kind))


def objects_named(named: Iterable[Mapping[str, Any]]) -> list[Touched]:
    """Objects by kind and identity, as the record of another run names them."""
    return [Touched(each["kind"], _texts(each["identity"]), _texts(each["belonging"])) for each in named]


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in options.items()}


def read_objects(client: AxlClient, context: Context, wanted: Iterable[Touched]) -> list[Was]:
    """Each object in full as it is now, and the route lists and route groups by which a pattern leads elsewhere."""
    found = [_read(client, context, each) for each in wanted]
    lists = _named(each.options.get("route_list") for each in found if each.options is not None)
    routing = [_read(client, context, Touched("route_list", {"name": name})) for name in lists]
    groups = _named(
        member["route_group"] for each in routing if each.options for member in each.options["members"]
    )
    routing += [_read(client, context, Touched("route_group", {"name": name})) for name in groups]
    referenced = [
        Was(each.kind, each.identity, each.options, referenced=True)
        for each in routing
        if each.options is not None
    ]
    return sorted((*found, *referenced), key=lambda each: list(KINDS).index(each.kind))


def _named(names: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(name) for name in names if name))


def _reconciler(
    client: AxlClient, context: Context, kind: type[Reconciler], given: Mapping[str, Any]
) -> Reconciler:
    """Of a part of an identity that is empty, nothing is said; any other empty value clears its option."""
    known = {**kind.table.argument_spec(), **kind.extra, "state": None}
    options = {
        name: value
        for name, value in given.items()
        if name in known and not (value == "" and name in kind.table.identity)
    }
    params = object_params(kind, options, place=kind.table.result, host=client.host)
    return kind(client, params, context)


def _read(client: AxlClient, context: Context, each: Touched) -> Was:
    found = _reconciler(client, context, KINDS[each.kind], each.identity).find()
    return Was(each.kind, each.identity, None if found is None else dict(found.values), each.belonging)


class Restorer:
    """Puts objects back with one client; in check mode it says what it would do."""

    def __init__(self, client: AxlClient, context: Context, *, reset: str) -> None:
        self._client = client
        self._context = context
        self._reset = reset
        self._modes: dict[str, str] = {}
        self._objects: list[dict[str, Any]] = []
        self._diffs: list[dict[str, Any]] = []
        self._left: list[str] = []
        self._problems: list[dict[str, str]] = []

    def run(self, record: Sequence[Was]) -> Result:
        """Put all objects back; raises RestoreFailed when all are that can be, and an error that concerns all."""
        for each in record:
            if each.kind not in KINDS:
                raise InvalidOption(
                    f"the record has an object of the kind '{each.kind}', which this release does not know",
                    host=self._client.host,
                    option="record",
                    remedy="Use the release of the collection that wrote it, or a newer one",
                )
        self._modes = {
            each.identity["name"]: str(each.options["device_security_mode"])
            for each in record
            if each.kind == "sip_trunk_security_profile"
            and each.options
            and "device_security_mode" in each.options
        }
        places = {kind: place for place, kind in enumerate(KINDS)}
        ordered = sorted(record, key=lambda each: places[each.kind])
        for each in ordered:
            if each.options is not None:
                self._each(each, self._set_back)
        for each in reversed(ordered):
            if each.options is None:
                self._each(each, self._remove)
        if self._problems:
            raise RestoreFailed(
                " ".join(each["msg"] for each in self._problems),
                host=self._client.host,
                remedy="Correct what is named and run again; nothing else is left undone",
                details={**self._done(), "problems": self._problems},
            )
        return {**self._done(), "diff": self._diffs}

    def _done(self) -> Result:
        changed = any(each["change"] != "none" or each["resets"] for each in self._objects)
        return {
            "changed": changed,
            "objects": self._objects,
            "left": self._left,
            "axl_version": self._client.version,
        }

    def _each(self, was: Was, put: Any) -> None:
        try:
            put(was)
        except _OF_ONE_OBJECT as error:
            self._problems.append(
                {"name": was.name, "kind": was.kind, "msg": error.message, "reason": error.reason}
            )
        except CucmError as error:
            error.details = {**error.details, **self._done()}
            raise

    def _set_back(self, was: Was) -> None:
        result = set_back(
            self._client, self._context, was, reset=self._reset, modes=self._modes, left=self._left
        )
        if result is not None:
            self._note(was, result)

    def _remove(self, was: Was) -> None:
        kind = KINDS[was.kind]
        given = {**was.identity, **was.belonging, "state": "absent", "take_over": not was.belonging}
        reconciler = _reconciler(self._client, self._context, kind, given)
        found = reconciler.find()
        if isinstance(reconciler, TrunkProfile) and found is not None:
            # In check mode those that were put back use it still.
            back = {
                each["name"]
                for each in self._objects
                if each["kind"] == "sip_trunk" and each["change"] != "none" and self._context.check_mode
            }
            others = sorted(set(reconciler.devices(was.name)) - back)
            if others:
                noun = kind.table.noun
                self._left.append(
                    f"the {noun} '{was.name}' stays, since other trunks use it: {', '.join(others)}"
                )
                return
        self._note(was, reconciler.run())

    def _note(self, was: Was, result: Result) -> None:
        kind = KINDS[was.kind]
        before, after = result["diff"]["before"], result["diff"]["after"]
        change = "none"
        if result["changed"]:
            change = "remove" if was.options is None else "change" if before else "add"
        resets = list(result.get("reset_trunks", ()))
        if kind is SipTrunk and result.get("reset") and change != "add":
            resets = [was.name]
        self._objects.append(
            {
                "kind": was.kind,
                "name": was.name,
                "change": change,
                "fields": [each for each in after if each in before and before[each] != after[each]],
                "resets": resets,
            }
        )
        if change != "none" or resets:
            title = f"{kind.table.noun} {was.name}"
            self._diffs.append(
                {"before_header": title, "after_header": title, "before": before, "after": after}
            )


def set_back(
    client: AxlClient,
    context: Context,
    was: Was,
    *,
    reset: str,
    modes: Mapping[str, str],
    left: list[str],
    adds: bool = True,
) -> Result | None:
    """Set one object back to what it was, and give the result of its module; None where nothing has to be done.

    What cannot be set again is added to `left`, a clause each. Without `adds`, one that is gone stays so.
    """
    kind, options = KINDS[was.kind], was.options or {}
    found = _reconciler(client, context, kind, was.identity).find()
    if found is None:
        if not adds:
            return None
        given = {name: value for name, value in options.items() if value not in ("", [], None)}
        if not given.get("external_presentation_anonymous"):
            given.pop("external_presentation_anonymous", None)
    elif was.referenced:
        return None
    else:
        given = _differing(kind, client, found.values, options, was, left)
    settings = {**given, **was.identity, "state": "present", "take_over": True, "reset": reset}
    reconciler = _reconciler(client, context, kind, settings)
    if isinstance(reconciler, SipTrunk):
        reconciler.foreseen_modes.update(modes)
    return reconciler.run()


def _differing(
    kind: type[Reconciler],
    client: AxlClient,
    now: Mapping[str, Any],
    options: Mapping[str, Any],
    was: Was,
    left: list[str],
) -> dict[str, Any]:
    """The options that are not as they were and that can be set."""
    rows = {option.option: option for option in kind.table.options_in(client.version)}
    given: dict[str, Any] = {}
    for name, value in options.items():
        if name not in rows or values.same(rows[name], value, now[name]):
            continue
        row = rows[name]
        cleared = value in ("", None)
        if cleared and any(options.get(other) for other in values.exclusive_with(kind.table, name)):
            # The other one is given, which clears this one.
            continue
        if cleared and isinstance(row, Row) and row.kind not in (Kind.TEXT, Kind.REFERENCE, Kind.NAMES):
            left.append(f"{name} of the {kind.table.noun} '{was.name}' is {now[name]!r} and was not set")
        else:
            given[name] = value
    # Two of which only one may be given, and neither was.
    for pair in kind.exclusive:
        if all(name in given for name in pair):
            left += [
                f"{name} of the {kind.table.noun} '{was.name}' stays {now[name]!r}"
                for name in pair
                if now[name]
            ]
            given = {name: value for name, value in given.items() if name not in pair}
    return given
