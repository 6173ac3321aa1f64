# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_service over the command line: what is typed, what proves a restart, and what is never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
    TimedOut,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import SIGN_OF_LIFE, ServiceRefused
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_service
from ansible_collections.ucops.cucm.plugins.module_utils._platform.services import CliServices
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import (
    CommandRefused,
    CommandUnfinished,
    HungUp,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import ClusterTopology, NodeTopology, Topology
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import CONNECTION, HOST
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import FakeTime

CALL_MANAGER = "Cisco CallManager"
TFTP = "Cisco Tftp"
LIST = "utils service list"
RESTART = f"utils service restart {TFTP}"


@dataclass
class ScriptedNode:
    """Takes the place of the sessions with a node: states, and what each control command does."""

    time: FakeTime
    states: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    #: What a command does and prints, or the error that it ends with; otherwise it does what it says.
    script: list[Callable[[], str]] = field(default_factory=list)
    #: Changes of the state of TFTP that come with the list commands, one each.
    later: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    left: int = 3
    usable: bool = True
    transcript: str = "admin:"
    options: SshOptions = field(default_factory=lambda: SshOptions(HOST, 22, "osadmin", "secret"))

    def shell(self) -> ScriptedNode:
        if not self.usable:
            self.left -= 1
            self.usable = True
        return self

    def run(self, command: str, *, timeout: float | None = None) -> Result:
        self.commands.append(command)
        if command == LIST:
            if self.later:
                self.states[TFTP] = self.later.pop(0)
            rows = [f"{name}[{state}]  {self.reasons.get(name, '')}" for name, state in self.states.items()]
            return Result(command, "\n".join(["Getting list of all services", *rows]))
        if self.script:
            return Result(command, self.script.pop(0)())
        verb, name = command.removeprefix("utils service ").split(" ", 1)
        self.states[name] = "STOPPED" if verb == "stop" else "STARTED"
        return Result(command, f"Service Manager is running\n{name}[STOPPING]\n{name}[{self.states[name]}]")

    @property
    def orders(self) -> list[str]:
        return [command for command in self.commands if command != LIST]

    def breaks_off(self, output: str = "", *, seconds: float = 0.0) -> Callable[[], str]:
        """The session ends after the command has printed that."""

        def end() -> str:
            self.usable = False
            self.time.sleep(seconds)
            error = CommandUnfinished(
                "the node hung up while it ran the command", host=HOST, operation=RESTART
            )
            error.output = output
            raise error

        return end


@pytest.fixture(name="time")
def _time() -> FakeTime:
    return FakeTime()


@pytest.fixture(name="node")
def _node(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> ScriptedNode:
    node = ScriptedNode(time, {CALL_MANAGER: "STARTED", TFTP: "STARTED"})

    @contextmanager
    def scripted(_params: Any, clock: Clock) -> Iterator[CliServices]:
        yield CliServices(node, clock)  # type: ignore[arg-type]

    monkeypatch.setattr(cucm_service, "_over_cli", scripted)
    return node


def run(clock: Clock, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    params = {
        **{name: spec.get("default") for name, spec in cucm_service.ARGUMENT_SPEC.items()},
        **CONNECTION,
        "transport": "cli",
        **options,
    }
    return cucm_service.manage(params, Context(check_mode=check_mode), clock)


class TestStatus:
    def test_as_over_soap_but_for_the_time(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states = {CALL_MANAGER: "STARTED", TFTP: "STOPPED", "Cisco DRF Master": "STOPPED"}
        node.reasons = {TFTP: "Service Not Activated", "Cisco DRF Master": "Commanded Out of Service"}
        result = run(time.clock())
        unknown = {"started_at": None, "uptime": None}
        assert result["services"] == [
            {
                "name": CALL_MANAGER,
                "status": "Started",
                "activated": True,
                "reason": "",
                "reason_code": -1,
                **unknown,
            },
            {
                "name": TFTP,
                "status": "Stopped",
                "activated": False,
                "reason": "Service Not Activated",
                "reason_code": -1068,
                **unknown,
            },
            {
                "name": "Cisco DRF Master",
                "status": "Stopped",
                "activated": True,
                "reason": "Commanded Out of Service",
                "reason_code": -1069,
                **unknown,
            },
        ]
        assert node.commands == [LIST]
        assert "transcript" not in result

    def test_words_and_states_that_nobody_knows(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states = {TFTP: "RESTING"}
        node.reasons = {TFTP: "For a while"}
        result = run(time.clock())["services"][0]
        assert (result["status"], result["reason"], result["reason_code"]) == ("Unknown", "For a while", None)

    def test_the_transcript_on_request(self, node: ScriptedNode, time: FakeTime) -> None:
        assert run(time.clock(), return_transcript=True)["transcript"] == "admin:"

    def test_a_list_that_cannot_be_read(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states = {TFTP: "STAR"}
        node.reasons = {TFTP: "x\nCisco Broken[STA"}
        with pytest.raises(UnexpectedAnswer, match="cannot be read") as error:
            run(time.clock())
        assert (error.value.host, error.value.operation) == (HOST, LIST)
        assert error.value.details["transcript"] == "admin:"


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "option"),
        [
            ({"restarted_since": "2026-01-01"}, "restarted_since"),
            ({"restarted_since": "2026-01-01", "state": "restarted"}, "restarted_since"),
            ({"wait": False, "state": "stopped"}, "wait"),
        ],
    )
    def test_what_the_command_line_cannot_do(
        self, node: ScriptedNode, time: FakeTime, options: dict[str, Any], option: str
    ) -> None:
        with pytest.raises(UnsupportedByRelease) as error:
            run(time.clock(), services=[TFTP], **options)
        assert (error.value.option, error.value.reason) == (option, "unsupported_by_transport")
        assert "transport: soap" in error.value.message
        assert node.commands == []

    def test_a_misspelt_name(self, node: ScriptedNode, time: FakeTime) -> None:
        with pytest.raises(InvalidOption, match="Did you mean 'Cisco Tftp'"):
            run(time.clock(), services=["Cisco Tfpt"], state="restarted")
        assert node.orders == []


class TestOrders:
    @pytest.mark.parametrize(("state", "first"), [("started", "STOPPED"), ("stopped", "STARTED")])
    def test_start_and_stop_once(self, node: ScriptedNode, time: FakeTime, state: str, first: str) -> None:
        node.states[TFTP] = first
        verb = state.removesuffix("ed").removesuffix("p")
        options = {"services": [TFTP], "state": state}
        predicted = run(time.clock(), check_mode=True, **options)
        assert node.orders == []
        done = run(time.clock(), **options)
        again = run(time.clock(), **options)
        assert node.orders == [f"utils service {verb} {TFTP}"]
        assert [predicted["changed"], done["changed"], again["changed"]] == [True, True, False]
        assert predicted["diff"] == done["diff"]
        assert done["services"][0]["status"].lower() == state

    def test_restarts_one_after_the_other(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states["Cisco Tomcat"] = "STARTED"
        result = run(time.clock(), services=[TFTP, "Cisco Tomcat", CALL_MANAGER], state="restarted")
        assert node.orders == [
            f"utils service restart {name}" for name in (TFTP, "Cisco Tomcat", CALL_MANAGER)
        ]
        assert result["restarted"] == [TFTP, "Cisco Tomcat", CALL_MANAGER]
        assert result["restart_needed"] == []

    def test_a_stopped_one_is_started(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states[TFTP] = "STOPPED"
        run(time.clock(), services=[TFTP], state="restarted")
        assert node.orders == [f"utils service start {TFTP}"]

    def test_one_that_is_on_its_way_arrives_first(self, node: ScriptedNode, time: FakeTime) -> None:
        node.later = ["STARTING", "STARTING", "STARTED"]
        result = run(time.clock(), services=[TFTP], state="started")
        assert result["changed"] is False
        assert node.orders == []

    def test_one_that_arrives_after_the_prompt(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states[TFTP] = "STOPPED"
        node.script = [lambda: f"{TFTP}[STARTING]"]
        node.later = ["STOPPED", "STARTING", "STARTING", "STARTED"]
        assert run(time.clock(), services=[TFTP], state="started")["services"][0]["status"] == "Started"
        assert len(node.orders) == 1

    @pytest.mark.parametrize("said", ["", f"{TFTP} is not a valid service", f"{TFTP}[STOPPED]", "Done"])
    def test_a_restart_that_nothing_shows(self, node: ScriptedNode, time: FakeTime, said: str) -> None:
        """The service runs as before: that is no proof that it was restarted."""
        node.script = [lambda: said]
        with pytest.raises(ServiceRefused) as error:
            run(time.clock(), services=[TFTP, CALL_MANAGER], state="restarted")
        assert (said or "(nothing)") in error.value.message
        assert error.value.details["not_reached"] == [CALL_MANAGER]
        assert node.orders == [RESTART]

    def test_a_service_that_does_not_start(self, node: ScriptedNode, time: FakeTime) -> None:
        node.states[TFTP] = "STOPPED"
        node.script = [lambda: "Starting failed"]
        with pytest.raises(ServiceRefused, match=r"the service is Stopped.*Starting failed"):
            run(time.clock(), services=[TFTP], state="started")

    def test_a_refused_command_names_what_was_not_reached(self, node: ScriptedNode, time: FakeTime) -> None:
        def refuse() -> str:
            raise CommandRefused("the node did not run the command", host=HOST)

        node.script = [refuse]
        with pytest.raises(CommandRefused) as error:
            run(time.clock(), services=[TFTP, CALL_MANAGER], state="restarted")
        assert error.value.details["not_reached"] == [CALL_MANAGER]

    def test_a_command_that_was_not_sent_is_sent_again(self, node: ScriptedNode, time: FakeTime) -> None:
        def end() -> str:
            node.usable = False
            raise HungUp("the node ended the session before the command was sent", host=HOST)

        node.script = [end]
        assert run(time.clock(), services=[TFTP], state="restarted")["restarted"] == [TFTP]
        assert node.orders == [RESTART, RESTART]


class TestLostSessions:
    def test_a_restart_that_was_seen_to_begin(self, node: ScriptedNode, time: FakeTime) -> None:
        node.script = [node.breaks_off(f"{TFTP}[STOPPING]")]
        result = run(time.clock(), services=[TFTP], state="restarted")
        assert result["restarted"] == [TFTP]
        assert node.orders == [RESTART]

    @pytest.mark.parametrize("output", ["", "Service Manager is running", f"{TFTP}[STARTED]"])
    def test_a_restart_of_which_nothing_shows(self, node: ScriptedNode, time: FakeTime, output: str) -> None:
        node.script = [node.breaks_off(output)]
        with pytest.raises(AnswerLost, match="does not show") as error:
            run(time.clock(), services=[TFTP, CALL_MANAGER], state="restarted")
        assert error.type is AnswerLost
        assert error.value.reason == "answer_lost"
        assert error.value.details["last_seen"][0]["status"] == "Started"
        assert error.value.details["not_reached"] == [CALL_MANAGER]
        assert node.orders == [RESTART]
        assert sum(time.slept) == pytest.approx(SIGN_OF_LIFE)

    def test_a_restart_that_shows_later(self, node: ScriptedNode, time: FakeTime) -> None:
        node.script = [node.breaks_off()]
        node.later = ["STARTED", "STARTED", "STOPPING", "STOPPED", "STARTING", "STARTED"]
        assert run(time.clock(), services=[TFTP], state="restarted")["services"][0]["status"] == "Started"
        assert node.orders == [RESTART]

    def test_a_start_is_proven_by_the_state(self, node: ScriptedNode, time: FakeTime) -> None:
        node.script = [node.breaks_off()]
        node.later = ["STOPPED", "STARTED"]
        assert run(time.clock(), services=[TFTP], state="started")["changed"] is True
        assert len(node.orders) == 1

    def test_a_restart_that_hangs(self, node: ScriptedNode, time: FakeTime) -> None:
        node.script = [node.breaks_off(f"{TFTP}[STOPPING]\n{TFTP}[STARTING]", seconds=60)]
        node.later = ["STARTED", "STARTING"]
        with pytest.raises(TimedOut, match=r"Restart of Cisco Tftp did not come about within 60 s") as error:
            run(time.clock(), services=[TFTP, CALL_MANAGER], state="restarted", wait_timeout=60)
        assert error.value.option == "wait_timeout"
        assert error.value.details["last_seen"][0]["status"] == "Starting"
        assert error.value.details["not_reached"] == [CALL_MANAGER]
        assert node.orders == [RESTART]

    def test_a_list_is_asked_for_again(self, node: ScriptedNode, time: FakeTime) -> None:
        asked = node.run
        broken = [True]

        def once(command: str, *, timeout: float | None = None) -> Result:
            if broken:
                broken.clear()
                node.usable = False
                raise CommandUnfinished("the node hung up", host=HOST, operation=command)
            return asked(command, timeout=timeout)

        node.run = once  # type: ignore[method-assign]
        assert len(run(time.clock())["services"]) == 2
        assert node.left == 2


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[RunningSimulator]:
    clusters = [
        ClusterTopology(f"C{number}", release, (NodeTopology(f"node{number}", "publisher"),))
        for number, release in enumerate(("10.5", "15"))
    ]
    with running_simulator(Topology(tuple(clusters))) as simulator:
        yield simulator


class TestSimulatedNode:
    """The whole way, over real SSH: a release with old algorithms and blanks in brackets, and a new one."""

    @pytest.fixture(name="simulator", autouse=True)
    def _simulator(self, running: RunningSimulator) -> RunningSimulator:
        running.clear_faults()
        running.reset()
        return running

    def run(self, simulator: RunningSimulator, name: str, **options: Any) -> dict[str, Any]:
        node = simulator.node(name)
        return run(
            Clock(),
            host=node.topology.address,
            password="osadmin-secret",
            ssh_port=node.ssh.port,
            ssh_host_key=node.ssh.host_key_fingerprint,
            ssh_allow_legacy_algorithms=name == "node0",
            timeout=300,
            **options,
        )

    @pytest.mark.parametrize("name", ["node0", "node1"])
    def test_read_restart_stop_start(self, simulator: RunningSimulator, name: str) -> None:
        assert TFTP in [each["name"] for each in self.run(simulator, name)["services"]]
        options = {"services": [TFTP], "wait_timeout": 30}
        restarted = self.run(simulator, name, state="restarted", return_transcript=True, **options)
        assert restarted["restarted"] == [TFTP]
        assert "osadmin-secret" not in restarted["transcript"]
        for state in ("stopped", "started"):
            assert self.run(simulator, name, state=state, **options)["changed"] is True
            assert self.run(simulator, name, state=state, **options)["changed"] is False
        done = [mutation.details["control"] for mutation in simulator.journal.since(0)]
        assert done == ["Restart", "Stop", "Start"]

    def test_a_session_that_breaks_off_before_the_order(
        self, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(f"{CliServices.__module__}.SIGN_OF_LIFE", 0.5)
        simulator.fault(kind="drop-before", door="cli", operation="utils service restart")
        with pytest.raises(CucmError) as error:
            self.run(simulator, "node1", services=[TFTP], state="restarted", wait_timeout=300)
        assert error.value.reason == "answer_lost"
        assert len(simulator.journal) == 0

    def test_a_session_that_breaks_off_after_the_order(self, simulator: RunningSimulator) -> None:
        simulator.fault(kind="drop-after", door="cli", operation="utils service stop")
        result = self.run(simulator, "node1", services=[TFTP], state="stopped", wait_timeout=300)
        assert result["services"][0]["status"] == "Stopped"
        assert len(simulator.journal) == 1

    def test_a_restart_that_never_ends(self, simulator: RunningSimulator) -> None:
        simulator.fault(kind="restart-hang")
        with pytest.raises(TimedOut) as error:
            self.run(simulator, "node1", services=[TFTP], state="restarted", wait_timeout=2)
        assert error.value.details["last_seen"][0]["status"] == "Starting"
        assert len(simulator.journal) == 1
