# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make an object of the server as the user wants it, with as few requests as that takes.

Read it; compare what the user gave; add it, or update what differs, or remove it; reset what must
be reset to use the change; read it back. Check mode walks the same road up to the write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.ucops.cucm.plugins.module_utils._axl import check, faults, values, wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    Listing,
    ObjectTable,
    exists_in,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import ALL
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, Result
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
    UnexpectedAnswer,
)

Values = dict[str, Any]

#: Options that a kind may have beside its table's, for `Reconciler.extra`.
RESET = {"type": "str", "choices": ["auto", "never", "always"], "default": "auto"}
TAKE_OVER = {"type": "bool", "default": True}

#: Kinds that an earlier task of the play may make: check mode cannot miss them.
MADE_BY_MODULES = frozenset(table.kind for table in ALL)


class ResetFailed(CucmError):
    """The change is stored, but what must be reset to use it was not, or not all of it."""

    reason = "reset_failed"


@dataclass(frozen=True)
class Found:
    """An object as the server has it, in options' terms."""

    uuid: str
    values: Values


@dataclass(frozen=True)
class Plan:
    """What is to be written: the options given, completed, and those of them that differ."""

    given: Values
    changed: tuple[str, ...]
    outcome: Values


@dataclass(frozen=True)
class Belonging:
    """The options that tell whose object it is, and the verb to say so: "leads to" the trunk X."""

    options: tuple[str, ...]
    verb: str

    def in_words(self, current: Mapping[str, Any]) -> str:
        """What the object has of them, for messages."""
        named = [f"the {_words(name)} '{current[name]}'" for name in self.options if current[name]]
        return f"{self.verb} {' and '.join(named) or 'no ' + ' or '.join(map(_words, self.options))}"


class Reconciler:
    """Reconciles one object; subclasses know the rules of their kind beyond the table."""

    table: ObjectTable
    #: Options beside the table's and `state`, and options of which only one may be given.
    extra: ClassVar[Mapping[str, dict[str, Any]]] = {}
    exclusive: tuple[tuple[str, str], ...] = ()
    #: Whether a new object has to be reset: not when nothing can use it yet.
    new_needs_reset = True
    #: Where a result names the devices that a reset interrupts, for kinds that are no device themselves.
    reset_devices: str | None = None
    #: What take_over: false goes by, for kinds whose module has that option.
    belonging: Belonging | None = None

    def __init__(self, client: AxlClient, params: Mapping[str, Any], context: Context) -> None:
        self.client = client
        self.params = params
        self.context = context
        self.version = client.version
        self.options = {option.option: option for option in self.table.options_in(client.version)}

    # What subclasses may add

    def complete(self, given: Values, current: Values) -> Values:
        """Fill up what the given options leave open."""
        return {
            name: values.complete_items(option, value, current.get(name, []))
            if isinstance(option := self.options[name], Listing)
            else value
            for name, value in given.items()
        }

    def base_of_new(self) -> Values:
        """Options that a new object has from elsewhere; given ones go over them."""
        return {}

    def before_write(self, plan: Plan) -> None:
        """Refuse what the server would take and that would not work; reads only."""

    def devices(self, name: str) -> tuple[str, ...]:
        """The devices that a reset of the object interrupts; `name` is the object's, in the server's writing."""
        return (name,)

    def find(self) -> Found | None:
        """The object, by its identity."""
        name = self.params["name"]
        # A longer name has to be searched for.
        if len(name) > wsdl.longest_key(self.table.kind):
            return self.search(name, {"name": name})
        try:
            return self.get(name=name)
        except faults.AxlNotFound:
            return None

    # The road

    def run(self) -> Result:
        """Do it and return the module's result."""
        check.check_option(self.options[self.table.identity[0]], self.version, self.identity, self.host)
        if self.params["state"] == "absent":
            return self._absent()
        given = check.checked(self.table, self.version, self.params, self.host)
        found = self.find()
        if found is None:
            return self._add(given)
        if self.belonging is not None and self._is_of_others(self.belonging, found):
            self._refuse_to_take_over(self.belonging, found)
        return self._update(found, given)

    @property
    def host(self) -> str:
        """The server, for messages."""
        return self.client.host

    @property
    def identity(self) -> str:
        """The name of the object, for messages."""
        return str(self.params[self.table.identity[0]])

    def get(self, **key: str) -> Found:
        """Read the object by name or uuid; raises AxlNotFound."""
        return get(self.client, self.table, **key)

    def matching(self, wanted: str) -> list[Found]:
        """All objects of the kind whose first identity matches; see `matching` of the module."""
        return matching(self.client, self.table, wanted)

    def search(self, wanted: str, identity: Mapping[str, str]) -> Found | None:
        """The one object of the search that has exactly this identity, read in full."""
        for found in self.matching(wanted):
            if all(found.values[name] == value for name, value in identity.items()):
                return self.get(uuid=found.uuid)
        return None

    def _add(self, given: Values) -> Result:
        given = self.complete({**self.base_of_new(), **given}, {})
        payload = self._new(given)
        plan = Plan(given, tuple(given), {**values.defaults(self.table, self.version), **given})
        self.before_write(plan)
        self._check_masking(plan.outcome)
        resets = self._to_reset(plan.changed, self.identity) if self.new_needs_reset else None
        if self.context.check_mode:
            self._refuse_missing_references(given)
            after = {name: plan.outcome[name] for name in given}
            return self._result({}, after, self._shown(plan.outcome, None), resets)
        found = self._do_add(given, payload)
        self._reset(found, resets)
        now = self.get(uuid=found.uuid)
        self._warn_of_difference(given, now.values)
        after = {name: now.values[name] for name in given}
        return self._result({}, after, self._shown(now.values, now.uuid), resets)

    def _new(self, given: Values) -> Values:
        """What add sends. Who forgot so much probably meant an object that is there."""
        payload = values.Payload(self.table, self.version, given, {}, host=self.host)
        missing = payload.missing()
        if missing:
            others = "".join(
                f", {name} '{self.params[name]}'" for name in self.table.identity[1:] if self.params[name]
            )
            raise InvalidOption(
                f"there is no {self.table.noun} '{self.identity}'{others} on this cluster, and a new one"
                f" needs {' and '.join(missing)}",
                host=self.host,
                option=", ".join(missing),
                remedy=f"Correct {' or '.join(self.table.identity)} if it should be there, or give what a"
                " new one needs",
            )
        return payload.for_add()

    def _do_add(self, given: Values, payload: Values) -> Found:
        operation = f"add{self.table.kind}"
        uuids: list[str] = []

        def write() -> None:
            elements: dict[str, Any] = {self.table.element: payload}
            uuids.append(self.client.call(self.table, operation, **elements))

        def is_done() -> bool:
            # It was not there before, and an object is added whole or not at all.
            found = self.find()
            if found is not None:
                uuids.append(found.uuid)
            return found is not None

        try:
            self._write(write, is_done)
        except faults.AxlFault as fault:
            raise self._explained(fault, given) from fault
        return Found(uuids[-1], given)

    def _update(self, found: Found, given: Values) -> Result:
        given = self.complete(given, found.values)
        changed = self._differing(given, found.values)
        before = {name: found.values[name] for name in given}
        name_there = str(found.values[self.table.identity[0]])
        if not changed:
            resets = self._to_reset(changed, name_there)
            self._check_masking(found.values, resets)
            if not self.context.check_mode:
                self._reset(found, resets)
            shown = self._shown(found.values, found.uuid)
            return self._result(before, before, shown, resets, changed=resets is not None)
        self._refuse_add_only(changed, found.values)
        payload = values.Payload(self.table, self.version, given, found.values, host=self.host).for_update(
            changed
        )
        plan = Plan(given, changed, self._outcome(found.values, given, changed))
        self.before_write(plan)
        resets = self._to_reset(changed, name_there)
        self._check_masking(found.values, plan.outcome, resets)
        if self.context.check_mode:
            self._refuse_missing_references({name: given[name] for name in changed})
            after = {name: plan.outcome[name] for name in given}
            return self._result(before, after, self._shown(plan.outcome, found.uuid), resets)
        self._do_update(found, plan, payload)
        self._reset(found, resets)
        now = self.get(uuid=found.uuid)
        self._warn_of_difference(given, now.values)
        after = {name: now.values[name] for name in given}
        return self._result(before, after, self._shown(now.values, now.uuid), resets)

    def _do_update(self, found: Found, plan: Plan, payload: Values) -> None:
        operation = f"update{self.table.kind}"
        try:
            self._write(
                lambda: self.client.call(self.table, operation, uuid=found.uuid, **payload),
                lambda: not self._differing(plan.given, self.get(uuid=found.uuid).values),
            )
        except faults.AxlFault as fault:
            raise self._explained(fault, {name: plan.given[name] for name in plan.changed}) from fault

    def _absent(self) -> Result:
        found = self.find()
        if found is None:
            return self._result({}, {}, {}, None, changed=False)
        if self.belonging is not None and self._is_of_others(self.belonging, found):
            self.context.warn(
                f"{self.host}: the {self.table.noun} '{self.identity}' was not removed, since it"
                f" {self.belonging.in_words(found.values)} and take_over is false"
            )
            return self._result({}, {}, self._shown(found.values, found.uuid), None, changed=False)
        self._check_masking(found.values)
        if not self.context.check_mode:
            try:
                self._write(
                    lambda: self.client.call(self.table, f"remove{self.table.kind}", uuid=found.uuid),
                    lambda: self.find() is None,
                )
            except faults.AxlNotFound:
                # Somebody else was faster: it is gone.
                pass
            except faults.AxlFault as fault:
                fault.remedy = "If something still refers to it, remove or change that first"
                raise
        return self._result(found.values, {}, {}, None)

    # Pieces of it

    def _check_masking(self, *returned: object) -> None:
        """Before a write, refuse to return values in which Ansible would mask a secret."""
        self.context.secrets.check({self.table.element: returned}, host=self.host)

    def _is_of_others(self, belonging: Belonging, found: Found) -> bool:
        """Whether take_over: false keeps us from the object: it has not what the options say."""
        wanted = {name: self.params[name] for name in belonging.options if self.params[name]}
        return not self.params["take_over"] and bool(self._differing(wanted, found.values))

    def _refuse_to_take_over(self, belonging: Belonging, found: Found) -> None:
        given = [name for name in belonging.options if self.params[name]]
        wanted = " and ".join(f"the {_words(name)} '{self.params[name]}'" for name in given)
        raise InvalidOption(
            f"the {self.table.noun} '{self.identity}' is there already and"
            f" {belonging.in_words(found.values)}, not {wanted}",
            host=self.host,
            option=", ".join(given),
            remedy="Remove or change it by hand, or set take_over: true",
        )

    def _differing(self, given: Values, current: Values) -> tuple[str, ...]:
        return tuple(
            name for name, value in given.items() if not values.same(self.options[name], value, current[name])
        )

    def _outcome(self, current: Values, given: Values, changed: Iterable[str]) -> Values:
        """What the object will be like."""
        outcome = {**current, **given}
        for name in changed:
            if not given[name]:
                continue
            for other in values.exclusive_with(self.table, name):
                if other in self.options:
                    outcome[other] = values.read(self.options[other], None)
        return outcome

    def _refuse_add_only(self, changed: Iterable[str], current: Values) -> None:
        for name in changed:
            if self.options[name].add_only:
                raise InvalidOption(
                    f"{name} of the {self.table.noun} '{self.identity}' is '{current[name]}', and it cannot"
                    " be changed after it was made",
                    host=self.host,
                    option=name,
                    remedy=f"Remove the {self.table.noun} first, or leave the option as it is",
                )

    def _to_reset(self, changed: Iterable[str], name: str) -> tuple[str, ...] | None:
        """The devices that a reset will interrupt; None: none is due, or nothing uses the object."""
        wanted = self.params.get("reset", "never")
        if wanted == "never":
            return None
        if wanted == "auto" and not any(self.options[option].needs_reset for option in changed):
            return None
        return self.devices(name) or None

    def _reset(self, found: Found, devices: tuple[str, ...] | None) -> None:
        """Reset the object, or, where the version cannot do that, each of the devices."""
        if devices is None:
            return
        if self.table.reset_each or not exists_in(self.table.reset_since, None, self.version):
            self._reset_each(devices)
            return
        try:
            self.client.call(self.table, f"reset{self.table.kind}", uuid=found.uuid)
        except CucmError as error:
            raise self._reset_failed(error) from error

    def _reset_each(self, devices: Iterable[str]) -> None:
        """Reset devices one by one; one that the server refuses does not keep the others from it."""
        waiting = list(devices)
        done: list[str] = []
        refused: list[str] = []
        error: CucmError | None = None
        while waiting and (error is None or isinstance(error, faults.AxlFault)):
            device = waiting.pop(0)
            try:
                # Assumed to do what reset<Kind> does, after the schema's words; it is in all versions.
                self.client.call(self.table, "doDeviceReset", deviceName=device, deviceResetType="Reset")
                done.append(device)
            except CucmError as this:
                refused.append(device)
                error = this
        if error is not None:
            raise self._reset_failed(error, refused + waiting, done) from error

    def _reset_failed(
        self, error: CucmError, left: Iterable[str] = (), done: Iterable[str] = ()
    ) -> ResetFailed:
        """The error of a reset; `left` are the devices that were not reset, where each is told apart."""
        what, them = "it", "it"
        details: dict[str, Any] = {**error.details, "changed": True}
        if self.reset_devices is not None:
            details[self.reset_devices] = list(done)
            if left:
                what = f"of the devices that use it {', '.join(repr(device) for device in left)}"
                them = "them"
        return ResetFailed(
            f"the {self.table.noun} '{self.identity}' is stored as wanted, but {what} could not be reset, so"
            f" that calls may still use the old values: {error.what}",
            host=self.host,
            operation=error.operation,
            remedy=f"Reset {them} on the administration page, or run this task once with reset: always",
            details=details,
        )

    def _write(self, write: Callable[[], object], is_done: Callable[[], bool]) -> None:
        """Write, and when the answer is lost, look whether it was done; if not, write once more.

        A second write is safe: a unique index stops a second add, an update sets the same values,
        and what was removed is not found.
        """
        try:
            write()
        except AnswerLost as lost:
            if self._looked(is_done, lost):
                return
            try:
                write()
            except (AnswerLost, faults.AxlDuplicate, faults.AxlNotFound) as again:
                if not self._looked(is_done, lost):
                    raise again from lost

    @staticmethod
    def _looked(is_done: Callable[[], bool], lost: AnswerLost) -> bool:
        try:
            return is_done()
        except CucmError as error:
            raise AnswerLost(
                f"{lost.what}; and whether it was done could not be read either: {error.what}",
                host=lost.host,
                operation=lost.operation,
                remedy="Run again: what is already done will not be done twice",
            ) from lost

    def _explained(self, fault: faults.AxlFault, given: Values) -> CucmError:
        """Say which option names something that does not exist, if that is why the server refused."""
        if isinstance(fault, faults.AxlDuplicate):
            return fault
        missing: list[tuple[str, str]] = []
        unknown: list[tuple[str, str]] = []
        for option, target, name in self._references(given):
            is_there = self._exists(target, name)
            if is_there is None:
                unknown.append((option, name))
            elif not is_there:
                missing.append((option, name))
        if not missing and isinstance(fault, faults.AxlNotFound):
            named = [(option, name) for option, name in unknown if fault.names(name)]
            missing = named if len(named) == 1 else []
        if not missing:
            return fault
        return self._missing_reference(missing, fault.operation, fault.details)

    def _refuse_missing_references(self, given: Values) -> None:
        """In check mode, find what the server would refuse and no earlier task can have made."""
        missing = [
            (option, name)
            for option, target, name in self._references(given)
            if target not in MADE_BY_MODULES and self._exists(target, name) is False
        ]
        if missing:
            raise self._missing_reference(missing, None, {})

    def _missing_reference(
        self, missing: Iterable[tuple[str, str]], operation: str | None, details: Mapping[str, Any]
    ) -> CucmError:
        options = ", ".join(dict.fromkeys(option for option, _name in missing))
        wanted = " and ".join(f"no {option} '{name}'" for option, name in missing)
        return faults.MissingReference(
            f"this cluster has {wanted}",
            host=self.host,
            operation=operation,
            option=options,
            remedy="Make it first, or correct the name",
            details=details,
        )

    def _exists(self, target: str, name: str) -> bool | None:
        """Whether the object is there; None when that cannot be found out."""
        if target not in wsdl.LOOKUPS or len(name) > wsdl.longest_key(target):
            return None
        try:
            return self.client.exists(target, name)
        except faults.AxlFault:
            return None

    def _references(self, given: Values) -> Iterable[tuple[str, str, str]]:
        """Option, kind and name of each object that the options refer to."""
        for name, value in given.items():
            option = self.options[name]
            if isinstance(option, Listing):
                for item in value:
                    for row in option.rows:
                        if row.target is not None and item[row.option]:
                            yield f"{name}.{row.option}", row.target, item[row.option]
            elif option.target is not None and value:
                yield name, option.target, value

    def _warn_of_difference(self, given: Values, now: Values) -> None:
        names = self._differing(given, now)
        if names:
            shown = ", ".join(f"{name} is {now[name]!r}, not {given[name]!r}" for name in names)
            self.context.warn(
                f"{self.host}: the server took the {self.table.noun} '{self.identity}', but now {shown}"
            )

    @staticmethod
    def _shown(current: Values, uuid: str | None) -> Values:
        return {**current, "uuid": uuid}

    def _result(
        self,
        before: Values,
        after: Values,
        shown: Values,
        resets: tuple[str, ...] | None,
        *,
        changed: bool = True,
    ) -> Result:
        done: Values = {"reset": resets is not None}
        if self.reset_devices is not None:
            done[self.reset_devices] = list(resets or ())
        # A reset drops calls: whoever looks at the diff has to see it.
        result: Result = {
            "changed": changed,
            "diff": {"before": before, "after": after if resets is None else {**after, **done}},
            self.table.result: shown,
            "axl_version": self.version,
        }
        return {**result, **done} if "reset" in self.params else result


def get(client: AxlClient, table: ObjectTable, **key: str) -> Found:
    """Read an object of any kind by name or uuid; raises AxlNotFound."""
    reply = client.call(table, f"get{table.kind}", repeatable=True, **key)
    return _found(client, table, f"get{table.kind}", (reply or {}).get(table.element))


def matching(client: AxlClient, table: ObjectTable, wanted: str) -> list[Found]:
    """All objects of a kind whose first identity matches; '%' stands for anything.

    Of their values only the table's `listed` ones mean something.
    """
    options = {option.option: option.element for option in table.options_in(client.version)}
    operation = f"list{table.kind}"
    reply = client.call(
        table,
        operation,
        repeatable=True,
        searchCriteria={options[table.identity[0]]: wanted},
        returnedTags={options[name]: "" for name in table.listed},
    )
    return [_found(client, table, operation, data) for data in (reply or {}).get(table.element) or ()]


def _found(client: AxlClient, table: ObjectTable, operation: str, data: Mapping[str, Any] | None) -> Found:
    if not data or not data.get("uuid"):
        raise UnexpectedAnswer(
            f"the reply has no {table.noun} with a uuid",
            host=client.host,
            operation=operation,
            remedy="Check that host and port name a Unified CM node; if they do, give axl_version",
        )
    return Found(data["uuid"], values.read_object(table, client.version, data))


def _words(option: str) -> str:
    """The name of an option as it stands in a sentence."""
    return option.replace("_", " ")
