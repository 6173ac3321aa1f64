# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All objects that a cluster needs for its SIP trunks over TLS to its peers, in the order in which they can be made.

A peer has a security profile, a trunk and route patterns; peers may share a SIP profile. One that cannot be
served does not keep the others from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.link_options import (
    base_of,
    makes_sip_profile,
    pattern_identity,
    pings,
    sip_profile_of,
    target_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.object_module import object_params
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import ROUTE_LIST
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Reconciler, ResetFailed, get
from ansible_collections.ucops.cucm.plugins.module_utils._axl.restore import Key, Was, key_of, set_back
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_group import RouteGroup
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_list import RouteList
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_pattern import RoutePattern
from ansible_collections.ucops.cucm.plugins.module_utils._axl.security_profile import SipTrunkSecurityProfile
from ansible_collections.ucops.cucm.plugins.module_utils._axl.sip_profile import SipProfile
from ansible_collections.ucops.cucm.plugins.module_utils._axl.sip_trunk import SipTrunk
from ansible_collections.ucops.cucm.plugins.module_utils._axl.trunks import TrunkReader
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, Params, Result
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    InvalidOption,
    UnsupportedByRelease,
)

#: Errors that concern one object; after any other, the server is not asked again.
_OF_ONE_OBJECT = (InvalidOption, UnsupportedByRelease, faults.AxlFault, ResetFailed)

#: The option with what all objects of a kind share.
_SHARED: dict[type[Reconciler], str] = {
    SipTrunkSecurityProfile: "security_profile_options",
    SipProfile: "sip_profile_options",
    SipTrunk: "trunk_options",
    RoutePattern: "route_pattern_options",
}
#: The option in which those that have none of their own are given.
_LINKS = "links"


class PeersFailed(CucmError):
    """Some peers could not be served; the details have `problems`, and what was done for the others."""

    reason = "peers_failed"


class ChangedMeanwhile(CucmError):
    """The objects are no longer as they were when the run made its plan; nothing was changed."""

    reason = "changed_meanwhile"


def check_unchanged(client: AxlClient, params: Params, context: Context, origins: Mapping[Key, Was]) -> None:
    """Refuse to begin where the plan of the run, in `foreseen`, is not what would be done now.

    A client that remembers reads nothing twice for it. What cannot be made at all is left to the run itself.
    """
    look = Context(check_mode=True, secrets=context.secrets)
    try:
        now = PeerTrunks(client, params, look, origins).run()["objects"]
    except PeersFailed:
        return
    planned = {(each["kind"], each["name"]): each["change"] for each in params["foreseen"]}
    found = {(each["kind"], each["name"]): each["change"] for each in now}
    differing = [
        f"{name} (planned: {planned.get((kind, name), 'none')}, now: {found.get((kind, name), 'none')})"
        for kind, name in sorted({*planned, *found})
        if planned.get((kind, name), "none") != found.get((kind, name), "none")
    ]
    if differing:
        raise ChangedMeanwhile(
            f"nothing was changed here, since another run, or a person, has changed these since the plan was made:"
            f" {', '.join(differing)}",
            host=client.host,
            remedy="Wait for the end of the other run, then run again",
            details={"differing": differing},
        )


class PeerTrunks:
    """Makes or removes the objects of all peers with one client.

    `origins` are the objects as they were before they were paired: one that was there is set back, not removed.
    """

    def __init__(
        self, client: AxlClient, params: Params, context: Context, origins: Mapping[Key, Was] | None = None
    ) -> None:
        self._origins = origins or {}
        self._client = client
        self._params = params
        self._context = context
        self._objects: list[dict[str, Any]] = []
        self._diffs: list[dict[str, Any]] = []
        self._problems: list[dict[str, str]] = []

    def run(self) -> Result:
        """Do it; raises PeersFailed when all peers that can be served are, and an error that concerns all at once."""
        if self._params["state"] == "absent":
            # A route list holds the trunks of other links of its peer.
            for link in self._params["links"]:
                if link.get("route_list"):
                    self._each(link["cluster"], self._remove_route_list, link)
            for link in self._params["links"]:
                self._each(link["cluster"], self._remove, link)
            self._remove_sip_profiles()
        else:
            unserved = self._sip_profiles()
            for link in self._params["links"]:
                if sip_profile_of(self._params, link) not in unserved:
                    self._each(link["cluster"], self._make, link)
        if self._problems:
            raise PeersFailed(
                " ".join(f"{each['cluster']}: {each['msg']}" for each in self._problems),
                host=self._client.host,
                remedy="Correct what is named and run again; nothing else is left undone",
                details={**self._done(), "problems": self._problems},
            )
        return {**self._done(), "diff": self._diffs, **self._reading()}

    def _done(self) -> Result:
        changed = any(each["change"] != "none" or each["resets"] for each in self._objects)
        return {"changed": changed, "objects": self._objects, "axl_version": self._client.version}

    def _each(
        self, cluster: str, serve: Callable[[Mapping[str, Any]], None], link: Mapping[str, Any]
    ) -> bool:
        """Serve one peer and tell whether that worked."""
        try:
            serve(link)
        except _OF_ONE_OBJECT as error:
            self._problems.append({"cluster": cluster, "msg": error.message, "reason": error.reason})
            return False
        except CucmError as error:
            error.details = {**error.details, **self._done()}
            raise
        return True

    # What is made

    def _sip_profiles(self) -> set[str]:
        """Make the SIP profiles that watch the destinations; those that could not be made."""
        links: dict[str, list[Mapping[str, Any]]] = {}
        for link in self._params["links"]:
            if makes_sip_profile(self._params, link):
                links.setdefault(sip_profile_of(self._params, link), []).append(link)
        unserved = set()
        for name, sharing in links.items():
            first = sharing[0]
            wanted = {
                "name": name,
                "copy_from": base_of(self._params, first),
                **({"options_ping": True} if pings(self._params, first) else {}),
                "reset": self._params["reset"],
                **(first.get("sip_profile_options") or {}),
            }
            shared = ", ".join(dict.fromkeys(link["cluster"] for link in sharing))
            if not self._each(shared, partial(self._make_sip_profile, shared, wanted), {}):
                unserved.add(name)
        return unserved

    def _make_sip_profile(self, clusters: str, wanted: Mapping[str, Any], _link: Mapping[str, Any]) -> None:
        self._reconcile(SipProfile, clusters, wanted)

    def _make(self, link: Mapping[str, Any]) -> None:
        cluster, peer, defaults = link["cluster"], link["options"] or {}, self._params
        profile = self._reconcile(
            SipTrunkSecurityProfile,
            cluster,
            {
                "description": f"TLS to {cluster}",
                "transmit_security_status": True,
                "reset": defaults["reset"],
            },
            {
                "name": link["security_profile"],
                "device_security_mode": "Encrypted",
                "incoming_transport_type": "TLS",
                "outgoing_transport_type": "TLS",
                "x509_subject_names": link["subject_names"],
                **(link.get("profile_options") or {}),
            },
        )
        self._reconcile(
            SipTrunk,
            cluster,
            {
                "description": f"SIP over TLS to {cluster}",
                "device_pool": "Default",
                "location": "Hub_None",
                "srtp_allowed": True,
                "take_over": defaults["take_over"],
                "reset": defaults["reset"],
            },
            {
                **peer,
                "name": link["trunk"],
                "sip_profile": sip_profile_of(self._params, link),
                "security_profile": link["security_profile"],
                "destinations": link["destinations"],
            },
            modes={link["security_profile"]: str(profile["device_security_mode"])},
        )
        if link.get("route_list"):
            self._make_route_list(cluster, link["route_list"])
        for pattern in link["patterns"]:
            self._reconcile(
                RoutePattern,
                cluster,
                {"description": f"To {cluster} over TLS", "take_over": defaults["take_over"]},
                {**pattern_identity(self._params, pattern), **target_of(link)},
            )

    def _make_route_list(self, cluster: str, route_list: Mapping[str, Any]) -> None:
        """A route group of the trunks, tried in their order, in a route list of the same name."""
        name = route_list["name"]
        if not self._params["take_over"] and self._is_of_others(name):
            raise InvalidOption(
                f"the route list '{name}' has other members than the route group '{name}' of the peer",
                host=self._client.host,
                option="links.route_list",
                remedy="Give the peer another name for its trunk, or set take_over to change the route list",
            )
        self._reconcile(
            RouteGroup,
            cluster,
            {},
            {
                "name": name,
                "distribution_algorithm": "Top Down",
                "members": [
                    {"selection_order": order, "device": trunk}
                    for order, trunk in enumerate(route_list["trunks"], start=1)
                ],
            },
        )
        self._reconcile(
            RouteList,
            cluster,
            {"description": f"To {cluster} over TLS", "enabled": True},
            {
                "name": name,
                "call_manager_group": route_list["call_manager_group"],
                "members": [{"selection_order": 1, "route_group": name}],
            },
        )

    def _is_of_others(self, name: str) -> bool:
        """Whether there is a route list of this name with other members than the route group of that name."""
        try:
            found = get(self._client, ROUTE_LIST, name=name).values
        except faults.AxlNotFound:
            return False
        return [str(member["route_group"]) for member in found["members"]] != [name]

    def _remove_route_list(self, link: Mapping[str, Any]) -> None:
        """Before the trunks that are in its route group; what others have made of it stays."""
        cluster, name = link["cluster"], link["route_list"]["name"]
        self._remove_patterns(link)
        if self._params["take_over"] or not self._is_of_others(name):
            for kind in (RouteList, RouteGroup):
                if not self._set_back(kind, cluster, {"name": name}, {}):
                    self._reconcile(kind, cluster, {}, {"name": name})

    def _remove_patterns(self, link: Mapping[str, Any]) -> None:
        take_over, belonging = {"take_over": self._params["take_over"]}, target_of(link)
        for pattern in link["patterns"]:
            identity = pattern_identity(self._params, pattern)
            if not self._set_back(RoutePattern, link["cluster"], identity, belonging):
                self._reconcile(RoutePattern, link["cluster"], take_over, {**identity, **belonging})

    def _remove(self, link: Mapping[str, Any]) -> None:
        """Patterns before the trunk and the trunk before its profile: what is used cannot be removed."""
        cluster, take_over = link["cluster"], {"take_over": self._params["take_over"]}
        if not link.get("route_list"):
            self._remove_patterns(link)
        trunk, belonging = {"name": link["trunk"]}, {"security_profile": link["security_profile"]}
        if not self._set_back(SipTrunk, cluster, trunk, belonging):
            self._reconcile(SipTrunk, cluster, take_over, {**trunk, **belonging})
        profile = {"name": link["security_profile"]}
        if not self._set_back(SipTrunkSecurityProfile, cluster, profile, {}):
            self._reconcile(SipTrunkSecurityProfile, cluster, {}, profile)

    def _remove_sip_profiles(self) -> None:
        """Those that were made for these trunks, as the records say; without one nobody knows whose they are."""
        gone = {link["trunk"] for link in self._params["links"]}
        for name in dict.fromkeys(sip_profile_of(self._params, link) for link in self._params["links"]):
            identity = {"name": name}
            origin = self._origins.get(key_of(SipProfile.table.result, identity))
            if origin is None:
                continue
            users = ", ".join(
                link["cluster"]
                for link in self._params["links"]
                if sip_profile_of(self._params, link) == name
            )
            self._each(users, partial(self._remove_sip_profile, users, identity, gone), {})

    def _remove_sip_profile(
        self, users: str, identity: Mapping[str, str], gone: set[str], _link: Mapping[str, Any]
    ) -> None:
        if self._set_back(SipProfile, users, identity, {}):
            return
        params = object_params(SipProfile, {**identity, "state": "absent"}, place="", host=self._client.host)
        if set(SipProfile(self._client, params, self._context).devices(identity["name"])) <= gone:
            self._reconcile(SipProfile, users, {}, identity)

    def _set_back(
        self, kind: type[Reconciler], cluster: str, identity: Mapping[str, str], belonging: Mapping[str, str]
    ) -> bool:
        """Set an object back that was there before it was paired; whether it was.

        One that is somebody else's by now is left as it is, unless take_over says otherwise.
        """
        origin = self._origins.get(key_of(kind.table.result, identity))
        if origin is None or origin.options is None:
            return False
        params = object_params(kind, {**identity, "state": "present"}, place="", host=self._client.host)
        found = kind(self._client, params, self._context).find()
        is_ours = found is not None and all(found.values[name] == value for name, value in belonging.items())
        left: list[str] = []
        if is_ours or (found is not None and self._params["take_over"]):
            result = set_back(
                self._client,
                self._context,
                origin,
                reset=self._params["reset"],
                modes={},
                left=left,
                adds=False,
            )
            if result is not None:
                self._note(kind, cluster, params, result)
        for each in left:
            self._context.warn(f"{self._client.host}: {each}")
        return True

    # How

    def _reconcile(
        self,
        kind: type[Reconciler],
        cluster: str,
        defaults: Mapping[str, Any],
        fixed: Mapping[str, Any] | None = None,
        modes: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """Reconcile one object, note what came of it, and give it as it is now, or would be in check mode.

        What the user gives for all objects of the kind goes over the defaults, what belongs to the link over both.
        """
        place = _SHARED.get(kind, _LINKS)
        shared = self._params[place] if kind in _SHARED else {}
        given = {**defaults, **shared, **(fixed or {}), "state": self._params["state"]}
        if self._params["state"] == "absent":
            known = {"state", "take_over", *(fixed or {})}
            given = {name: value for name, value in given.items() if name in known}
        params = object_params(kind, given, place=place, host=self._client.host)
        reconciler = kind(self._client, params, self._context)
        if isinstance(reconciler, SipTrunk):
            reconciler.foreseen_modes.update(modes or {})
        try:
            result = reconciler.run()
        except ResetFailed as error:
            # It is stored, and some of its trunks may have been reset.
            entry = self._entry(cluster, self._name(kind, params), "change", error.details)
            self._objects.append({**entry, "kind": kind.table.result})
            raise
        self._note(kind, cluster, params, result)
        shown: Mapping[str, Any] = result[kind.table.result]
        return shown

    def _note(self, kind: type[Reconciler], cluster: str, params: Params, result: Result) -> None:
        before, after = result["diff"]["before"], result["diff"]["after"]
        if not result["changed"]:
            change = "none"
        elif not after:
            change = "remove"
        else:
            change = "change" if before else "add"
        name = self._name(kind, params)
        entry = self._entry(cluster, name, change, result)
        entry["kind"] = kind.table.result
        entry["fields"] = [each for each in after if each in before and before[each] != after[each]]
        if kind is SipTrunk and result.get("reset"):
            # A new trunk has no calls yet.
            entry["resets"] = [name] if change != "add" else []
        self._objects.append(entry)
        if change != "none" or entry["resets"]:
            title = f"{kind.table.noun} {name}"
            self._diffs.append(
                {"before_header": title, "after_header": title, "before": before, "after": after}
            )

    @staticmethod
    def _name(kind: type[Reconciler], params: Params) -> str:
        return " in ".join(str(params[each]) for each in kind.table.identity if params[each])

    @staticmethod
    def _entry(cluster: str, name: str, change: str, result: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "kind": "",
            "name": name,
            "cluster": cluster,
            "change": change,
            "fields": [],
            "resets": list(result.get("reset_trunks", ())),
        }

    def _reading(self) -> Result:
        """Trunks and patterns as they are now, with what they refer to, where that is asked for."""
        if not self._params["read"]:
            return {}
        reader = TrunkReader(self._client)
        links: Iterable[Mapping[str, Any]] = self._params["links"]
        trunks, missing = reader.trunks([link["trunk"] for link in links])
        patterns = [
            reader.route_pattern(each["pattern"], each["partition"] or "")
            for link in links
            for each in link["patterns"]
        ]
        return {"trunks": trunks, "missing": missing, "route_patterns": patterns}
