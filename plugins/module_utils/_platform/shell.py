# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with the `admin:` shell of a node (Voice Operating System), over SSH.

The shell is interactive only: an SSH exec request gets no more than a banner. The first prompt came
8.6 s after the log-on on an 11.5 node, the pagers and questions are those that Cisco's own unicon
plugin knows, and what is typed faster than the node reads can be lost. So every piece that is typed
waits for its echo, Enter is pressed only when the echo is the command, and an answer is complete
only when the prompt stands at the end of what came and nothing follows.
"""

from __future__ import annotations

import codecs
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    HostUnreachable,
    InvalidOption,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import (
    Channel,
    SshOptions,
    SshTerminal,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transcript import Transcript

#: Seconds until the first prompt. A node whose DNS fails needs far longer than others.
FIRST_PROMPT = 60.0
#: Seconds in which nothing may follow a prompt before it counts as the end of the answer.
SETTLE = 0.05
#: Seconds of silence after which what was typed counts as lost, or as not echoed at all.
ECHO = 3.0
#: Seconds between the lines of a paste where there is no echo to wait for.
PACE = 0.1
#: Seconds of silence after a paste until one more Enter, and then the end-of-file character, is typed.
PASTE_SILENCE = 5.0
#: Seconds in which a command must have been typed, and in which the node must have fallen silent after Ctrl-C.
TYPING = 60.0
#: Characters typed at a time, before their echo is waited for; fewer once some were lost.
PIECE = 16
#: How often a piece is typed of which nothing is echoed.
STALLS = 3
#: Seconds for the prompt after Ctrl-C; after half of them it is pressed once more.
INTERRUPTION = 20.0
#: Seconds of silence after that prompt. A command that ended by itself just before has the shell print another
#: one, after the echo of Ctrl-C.
AFTER_CTRL_C = 0.5
#: Characters of one answer; the longest known is that of a long trace file's listing.
LARGEST_ANSWER = 4 * 1024 * 1024

_PROMPT = re.compile(r"(?:^|[\r\n])[ \t]*admin:\s*$")
_PAGERS = (
    (re.compile(r"Press <enter> for 1 line, <space> for one page, or <q> to quit\s*$"), " "),
    (re.compile(r"options: q=quit, n=next, p=prev, b=begin, e=end \(lines \d+ - \d+ of \d+\)\s*:\s*$"), "n"),
)
_LAST_PAGE = re.compile(r"\(lines \d+ - (\d+) of \1\)\s*:\s*$")
_QUESTION = re.compile(r"[(\[]\s*(?:y\s*[/|]\s*n|yes\s*[/|]\s*no)\s*[)\]]\s*[?:]?\s*$", re.IGNORECASE)
#: What the shell says to a command that it does not know or whose account may not run it: lines of their
#: own. Assumed: the texts are those of user reports; no Cisco document that was at hand has them.
_REFUSAL = re.compile(
    r"\s*(?:No valid command entered|Executed command unsuccessfully)[.!]?\s*", re.IGNORECASE
)
#: The same of the operating system's shell; nothing else is printed then.
_NOT_FOUND = re.compile(r"\s*(?:\S+: ){0,3}\S+: command not found\s*", re.IGNORECASE)
#: Commands that print the contents of files, in which any line may stand.
_READS_FILES = re.compile(r"\s*file\s+(?:view|dump|search|tail)\b")

_ERASED = re.compile(r"\x1b\[\d*K")
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()*+][0-9A-Za-z]|\x1b[0-Z\\^-~]"
)
_HALF_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}\x1b?|[()*+])?$")
_NOISE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class CommandRefused(CucmError):
    """The shell did not run the command; `output` has its words."""

    reason = "command_refused"
    output = ""


class CommandUnfinished(AnswerLost):
    """The command was sent, and its end was not seen; `output` is what it had printed by then."""

    output = ""


class TypingLost(CucmError):
    """The node did not echo what was typed; Enter was not pressed, so nothing was run."""

    reason = "typing_lost"


class HungUp(HostUnreachable):
    """The node ended the session before the command was sent, so nothing was run."""

    reason = "hung_up"


@dataclass(frozen=True)
class Answer:
    """What to type when the node's last words match `pattern` (a regular expression).

    A question that does not come is no error: releases differ. `paste` types line by line, as for
    a certificate; `secret` is not expected to be echoed, and is kept out of the transcript.
    """

    pattern: str
    text: str
    paste: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Result:
    """A command that was run. `output` has neither echo nor prompt; its lines end in line feeds."""

    command: str
    output: str
    #: Patterns of the answers that were given, in their order.
    answered: tuple[str, ...] = ()


@contextmanager
def open_shell(options: SshOptions) -> Iterator[Shell]:
    """Log on and wait for the first prompt; hang up in the end."""
    shell = Shell(SshTerminal(options), options)
    try:
        shell.start()
        yield shell
    finally:
        shell.close()


class Shell:
    """The dialogue over a channel. After any error but CommandRefused it cannot be used any more."""

    def __init__(
        self, channel: Channel, options: SshOptions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._channel = channel
        self._options = options
        self._clock = clock
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._transcript = Transcript([options.password])
        self._half = ""  # the beginning of an escape sequence
        self._text = ""  # what came since Enter, or since the log-on
        self._handled = 0  # questions before this were answered
        self._complete_at = 0  # the end of the last complete answer
        self._piece = PIECE
        self._ended = False
        self._running: str | None = None  # the command that runs in the foreground
        self._limit = math.inf  # the time after which nothing is received, however much the node prints
        self.usable = True

    @property
    def transcript(self) -> str:
        """The dialogue so far, without passwords and private keys, and not longer than 32 KB."""
        return str(self._transcript)

    @property
    def host(self) -> str:
        """The node, for errors."""
        return self._options.host

    @property
    def is_running(self) -> bool:
        """Whether a command runs in the foreground, as far as has been seen."""
        return self._running is not None

    def has_printed(self, pattern: str) -> bool:
        """Whether the pattern (a regular expression) is in what the last command has printed so far."""
        return re.search(pattern, self._text) is not None

    def close(self) -> None:
        """Hang up, politely where the shell waits for a command."""
        if self.usable and not self._ended:
            try:
                self._channel.write(b"\x03" if self._running else b"exit\n")
            except OSError:
                pass  # gone already
        self.usable = False
        self._channel.close()

    def start(self) -> None:
        """Wait for the first prompt, and switch paging off."""
        deadline = self._clock() + FIRST_PROMPT
        operation = "wait for the first prompt"
        with self._closed_on_error():
            try:
                with self._until(deadline):
                    while not (self._says(_PROMPT) and self._is_settled()):
                        if not self._says(_PROMPT):
                            self._receive(deadline)
            except (_Silence, _TimeIsUp):
                self._fail(
                    TimedOut,
                    f"no 'admin:' prompt within {FIRST_PROMPT:g} s; the last thing seen: {self._last_seen()}",
                    operation,
                    "Check that ssh_port is that of a Unified CM node, and log on by hand: it may ask for something",
                    reason="no_prompt",
                )
            except _Ended:
                self._fail(
                    HungUp,
                    f"the node hung up before its first prompt; the last thing seen: {self._last_seen()}",
                    operation,
                    "It may have as many sessions as it allows: close some, and run again",
                )
        self._complete_at = len(self._text)
        try:
            self.run("set cli pagination off")
        except CommandRefused:
            pass  # the pagers are answered as well

    def run(self, command: str, *, answers: Sequence[Answer] = (), timeout: float | None = None) -> Result:
        """Type a command, answer what it asks, and return what it printed.

        `timeout` (seconds; the option `timeout` unless given) bounds the whole of it from Enter on, also
        when the node goes on printing, and TYPING what is before. Raises
        CommandRefused when the shell did not run it; CommandUnfinished when it was sent and its end was
        not seen, or an answer to it was not echoed; HungUp and TypingLost when it was not sent;
        UnexpectedAnswer when it asked something that has no answer here (it was hung up on then).
        """
        self._check_command(command)
        for answer in answers:
            if answer.secret:
                self._transcript.hide(answer.text)
        seconds = self._options.timeout if timeout is None else timeout
        with self._closed_on_error():
            self._type_command(command)
            try:
                deadline = self._clock() + seconds
                with self._until(deadline):
                    return self._finish(command, list(answers), deadline)
            except TypingLost as error:
                remedy = "The session was ended in the middle of the command: run again"
                self._unfinished(error.what, command, remedy)
            except _Ended:
                what = f"the node hung up while it ran the command; the last thing seen: {self._last_seen()}"
                remedy = "Run again: what is already done will not be done twice"
                self._unfinished(what, command, remedy)
            except (_Silence, _TimeIsUp):
                what = f"no prompt within {seconds:g} s; the last thing seen: {self._last_seen()}"
                remedy = "Raise the option timeout, or look at the load of the node; then run again"
                self._unfinished(what, command, remedy)

    def begin(self, command: str) -> None:
        """Start a command that runs until Ctrl-C: then come `attend` and, whatever happens, `interrupt`.

        Raises HungUp and TypingLost when it was not started.
        """
        self._check_command(command)
        self._running = command
        try:
            self._type_command(command)
        except BaseException:
            self.close()  # with Ctrl-C: that Enter was not pressed yet is not certain
            self._running = None
            raise

    def attend(self, seconds: float, until: str | None = None) -> str | None:
        """Watch the command in the foreground; return its output once it has ended by itself, else None.

        Returns when the time is over or `until` (a regular expression) is in the output, too. Raises
        CommandRefused; UnexpectedAnswer when it asks something; CommandUnfinished when the node hung up.
        """
        command, deadline = self._foreground(), self._clock() + seconds
        try:
            with self._until(deadline):
                return self._watch(command, deadline, until)
        except (_Silence, _TimeIsUp):
            return None
        except _Ended:
            self.close()
            what = f"the node hung up while it ran the command; the last thing seen: {self._last_seen()}"
            self._unfinished(what, command, "Look at the node and the network, and run again")

    def _watch(self, command: str, deadline: float, until: str | None) -> str | None:
        while until is None or not self.has_printed(until):
            if self._page():
                continue
            prompt = self._says(_PROMPT)
            if prompt or self._says(_QUESTION):
                if not self._is_settled():
                    continue
                if prompt:
                    return self._ended_foreground(command)
                self._unexpected_question(command)
            self._receive(deadline)
        return None

    def interrupt(self) -> str:
        """Press Ctrl-C, and return what the command has printed; nothing is pressed when it has ended.

        Raises what `attend` does; CommandUnfinished also when no prompt came, and the session is over then.
        """
        command = self._foreground()
        with self._closed_on_error():
            output = self._press_ctrl_c()
            if output is None:
                output = self._press_ctrl_c()
            if output is None:
                what = f"no prompt within {INTERRUPTION:g} s after Ctrl-C; the last thing seen: {self._last_seen()}"
                self._unfinished(what, command, "The session was ended: see that nothing is left on the node")
            self._fall_silent()
            return output

    def _fall_silent(self) -> None:
        try:
            with self._until(self._clock() + TYPING):
                while True:
                    self._receive(self._clock() + AFTER_CTRL_C)
        except (_Silence, _TimeIsUp, _Ended):
            self._complete_at = len(self._text)

    def _press_ctrl_c(self) -> str | None:
        try:
            self._write("\x03")
        except _Ended:
            pass  # `attend` says it
        return self.attend(INTERRUPTION / 2)

    def _foreground(self) -> str:
        if self._running is None:
            raise RuntimeError("no command runs in the foreground")
        return self._running

    def _ended_foreground(self, command: str) -> str:
        self._running = None
        self._complete_at = len(self._text)
        return self._accepted(command)

    def _check_command(self, command: str) -> None:
        if not command.isprintable() or not command.strip():
            raise InvalidOption(
                "a command is one line of printable characters",
                host=self._options.host,
                operation=command[:80],
            )

    def _type_command(self, command: str) -> None:
        try:
            with self._until(self._clock() + TYPING):
                self._drain(command)
                self._clear()
                self._type(command, command)
            self._write("\n")
        except _TimeIsUp:
            self._fail(
                TypingLost,
                f"the node did not stop printing for {TYPING:g} s, so the command could not be typed and was not"
                f" run; the last thing seen: {self._last_seen()}",
                command,
                "Log on by hand: something on the node may print on every session",
            )
        except (_Ended, _Silence):
            self._fail(
                HungUp,
                "the node ended the session before the command was sent",
                command,
                "Run again. A session ends by itself after 30 minutes without typing, or when an administrator ends it",
            )
        self._clear()

    def _clear(self) -> None:
        self._text = ""
        self._handled = self._complete_at = 0

    def _drain(self, command: str) -> None:
        """Take what came since the last prompt: if it says anything, that was no prompt."""
        while True:
            try:
                self._receive(self._clock())
            except _Silence:
                break
        late = re.sub(r"(?:^|[\r\n])[ \t]*admin:", "", self._text[self._complete_at :])
        if late.strip():
            self._fail(
                UnexpectedAnswer,
                f"the node went on printing after its prompt: {late.strip()[:200]}",
                command,
                "Run again; if it stays so, report it with the transcript",
            )

    def _finish(self, command: str, answers: list[Answer], deadline: float) -> Result:
        """From Enter to the next prompt."""
        answered: list[str] = []
        nudges: list[str] = []
        pasted_at = 0
        while True:
            if self._page():
                continue
            prompt = self._says(_PROMPT)
            answer = next((each for each in answers if self._says(rf"(?:{each.pattern})\s*$")), None)
            question = self._says(_QUESTION)
            if prompt or answer or question:
                if not self._is_settled():
                    continue  # it was not the last thing that the node had to say
                if prompt:
                    break
                if answer is None:
                    self._unexpected_question(command)
                answers.remove(answer)
                answered.append(answer.pattern)
                self._give(answer, command, deadline)
                self._handled = pasted_at = len(self._text)
                nudges = ["\n", "\x04"] if answer.paste else []
                continue
            waiting = bool(nudges) and not self._text[pasted_at:].strip()
            try:
                self._receive(min(deadline, self._clock() + PASTE_SILENCE) if waiting else deadline)
            except _Silence:
                if not waiting or self._clock() >= deadline:
                    raise
                self._write(nudges.pop(0))
        self._complete_at = len(self._text)
        return Result(command, self._accepted(command), tuple(answered))

    def _accepted(self, command: str) -> str:
        """What the command has printed, unless that says that it was not run."""
        output = _output_of(self._text)
        if _is_refusal(command, output):
            self._refuse(command, output)
        return output

    def _unfinished(self, what: str, command: str, remedy: str) -> NoReturn:
        error = CommandUnfinished(
            what,
            host=self._options.host,
            operation=command,
            remedy=remedy,
            details={"transcript": self.transcript},
        )
        error.output = _output_of(self._text)
        raise error from None

    def _unexpected_question(self, command: str) -> NoReturn:
        self._fail(
            UnexpectedAnswer,
            f"the node asked a question for which no answer is configured: {self._last_seen()}",
            command,
            "It was not answered, and the session was ended. Run the command by hand to see what it is about",
            reason="unexpected_question",
        )

    def _refuse(self, command: str, output: str) -> NoReturn:
        error = CommandRefused(
            f"the node did not run the command: {' '.join(output.split())[:300]}",
            host=self._options.host,
            operation=command,
            remedy="Check that the account has privilege level 1 (show account; set account name), and that this"
            " release has the command",
            details={"transcript": self.transcript},
        )
        error.output = output
        raise error

    def _says(self, pattern: str | re.Pattern[str]) -> bool:
        """Whether the last words, as far as they were not answered yet, match."""
        return re.search(pattern, self._text[max(self._handled, len(self._text) - 600) :]) is not None

    def _is_settled(self) -> bool:
        """Whether nothing follows; what follows is taken in."""
        try:
            self._receive(self._clock() + SETTLE)
        except _Silence:
            return True
        except _Ended:
            return True
        return False

    def _page(self) -> bool:
        """Turn the page if a pager waits."""
        for pager, key in _PAGERS:
            found = pager.search(self._text[-600:])
            if found:
                last = _LAST_PAGE.search(found[0])
                self._text = self._text[: len(self._text) - len(found[0])]
                self._write("q" if last else key)
                return True
        return False

    def _last_seen(self) -> str:
        lines = [line.strip() for line in self._transcript_end().splitlines() if line.strip()]
        return " / ".join(lines[-2:])[-200:] or "nothing"

    def _transcript_end(self) -> str:
        return self.transcript[-600:]

    def _give(self, answer: Answer, command: str, deadline: float) -> None:
        if answer.secret:
            self._write(answer.text + "\n")
            return
        echoed: bool | None = None
        for line in answer.text.splitlines() if answer.paste else [answer.text]:
            echoed = self._type(line, command, echoed=echoed)
            self._write("\n")
            if not echoed:
                self._transcript.note(f"typed without echo: {line}")
                try:
                    self._receive(min(deadline, self._clock() + PACE))
                except _Silence:
                    pass  # the pace is kept

    def _type(self, text: str, command: str, *, echoed: bool | None = None) -> bool:
        """Type a line, without Enter; returns whether it was echoed. `echoed` says what is known of that.

        Each piece waits for the echo of all so far. What is missing at its end is typed again; an
        echo that is anything else raises TypingLost.
        """
        begin, done, stalls = len(self._text), 0, 0
        while done < len(text):
            goal = text[: done + self._piece]
            self._write(goal[done:])
            seen = "" if echoed is False else self._echo(begin, goal)
            if seen == goal:
                echoed, stalls = True, 0
            elif echoed is False or (echoed is None and not seen):
                echoed = False
                seen = goal
            elif not goal.startswith(seen) or stalls == STALLS:
                self._lost(command, goal, seen)
            else:
                # What comes too fast is lost from its end on: no more than was taken goes at once.
                stalls = stalls + 1 if len(seen) == done else 0
                self._piece = max(1, len(seen) - done)
            done = len(seen)
        if echoed is False and (seen := _unwrapped(self._text[begin:])):
            self._lost(command, text, seen)
        return echoed is not False

    def _echo(self, begin: int, wanted: str) -> str:
        """What was echoed since `begin`, when it is `wanted`, or cannot become it, or stays away."""
        while wanted.startswith(seen := _unwrapped(self._text[begin:])) and seen != wanted:
            try:
                self._receive(self._clock() + ECHO)
            except _Silence:
                break
        return seen

    def _lost(self, command: str, wanted: str, seen: str) -> NoReturn:
        self._fail(
            TypingLost,
            f"the node echoed '{seen[-80:]}' for '{wanted[-80:]}', so characters were lost or something was"
            " printed in between; Enter was not pressed",
            command,
            "Run again; look at the load of the node if it stays so",
        )

    def _write(self, text: str) -> None:
        try:
            self._channel.write(text.encode())
        except OSError:
            self._ended = True
            raise _Ended from None

    def _receive(self, deadline: float) -> None:
        """Take in what comes until `deadline`; raises _Silence, _Ended, and _TimeIsUp after the limit."""
        if self._ended:
            raise _Ended
        if self._clock() > self._limit:
            raise _TimeIsUp
        try:
            data = self._channel.read(max(0.0, deadline - self._clock()))
        except TimeoutError:
            raise _Silence from None
        except OSError:
            data = b""
        if not data:
            self._ended = True
            raise _Ended
        text = self._half + self._decoder.decode(data)
        half = _HALF_ESCAPE.search(text)
        self._half = half[0] if half else ""
        text = text[: half.start()] if half else text
        # An erased line is over: what follows stands at its beginning.
        text = _NOISE.sub("", _ESCAPES.sub("", _ERASED.sub("\r", text)))
        self._transcript.add(text)
        self._text += text
        if len(self._text) > LARGEST_ANSWER:
            self._fail(
                UnexpectedAnswer,
                f"the answer is longer than {LARGEST_ANSWER // 1024 // 1024} MiB",
                None,
                "Ask for less",
            )

    def _fail(
        self, kind: type[CucmError], what: str, operation: str | None, remedy: str, **more: Any
    ) -> NoReturn:
        raise kind(
            what,
            host=self._options.host,
            operation=operation,
            remedy=remedy,
            details={"transcript": self.transcript},
            **more,
        ) from None

    @contextmanager
    def _until(self, deadline: float) -> Iterator[None]:
        """Receive nothing after the deadline; a prompt that came just before it may still settle."""
        before, self._limit = self._limit, deadline + SETTLE
        try:
            yield
        finally:
            self._limit = before

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        """A dialogue that broke off is ended: nobody knows what the node waits for."""
        try:
            yield
        except CommandRefused:
            raise
        except BaseException:
            self.usable = False
            self._channel.close()
            raise


class _Silence(Exception):
    """Nothing came in time."""


class _TimeIsUp(Exception):
    """The time for the whole is over, and the node is still printing."""


class _Ended(Exception):
    """The other side hung up."""


def _output_of(text: str) -> str:
    """What a command has printed, without the prompt, with line feeds."""
    return re.sub(r"\r+\n?|\n", "\n", _PROMPT.sub("", text).replace("\r\n", "\n")).strip("\n")


def _unwrapped(text: str) -> str:
    """Without line ends, those too that a line editor puts in at the edge of the screen."""
    return re.sub(r" ?\r\n?|\n", "", text)


def _is_refusal(command: str, output: str) -> bool:
    """Whether the shell refused the command: the first or the last line says so, not just some text in between."""
    lines = [line for line in output.splitlines() if line.strip()]
    if not lines:
        return False
    if len(lines) == 1 and _NOT_FOUND.fullmatch(lines[0]):
        return True
    if _READS_FILES.match(command):
        return len(lines) <= 3 and _REFUSAL.fullmatch(lines[0]) is not None
    return any(_REFUSAL.fullmatch(line) for line in (lines[0], lines[-1]))
