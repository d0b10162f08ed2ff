# SPDX-License-Identifier: BSD-3-Clause
"""The program of this package as a child: what it tells becomes calls of ``progress``, log records and exceptions.

Studies run in a process of their own: libtorch never meets another torch in this one, memory is given back, and an
interruption leaves what ``--resume`` goes on from. phreatic/core/events.hpp says what the child tells.
"""

import dataclasses
import json
import logging
import os
import pathlib
import signal
import subprocess
import tempfile

from phreatic._errors import InputError, Interrupted, Problem, RunError

_LOG = logging.getLogger("phreatic")
_INTERRUPTED = 130
_PATIENCE_S = 10


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a part of the work is: ``done`` of ``total`` ``unit``."""

    label: str
    done: int
    total: int
    unit: str
    note: str

    @property
    def fraction(self) -> float:
        return self.done / self.total if self.total else 0.0


def program(name: str = "phreatic") -> str:
    """Path of a program of this package, ``phreatic`` or ``phreatic-learn``; FloPy takes it as ``exe_name``."""
    path = pathlib.Path(__file__).parent / "bin" / name
    if path.exists():
        return str(path)
    if name == "phreatic-learn":
        raise RunError(
            "this installation has no learning part: it was built where torch 2.13.0 was not found; "
            "install torch==2.13.0, then phreatic again (docs/guide/python.md)"
        )
    raise RunError(f"{path} is not there; install the package again")


@dataclasses.dataclass
class Told:
    """What a child printed, warned of and was refused for."""

    output: str = ""
    warnings: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)
    failure: str = ""


def call(arguments, progress=None, name="phreatic", rename=None) -> Told:
    """Runs the program with ``arguments``. ``progress`` is called with :class:`Progress`; what it raises stops the child.

    ``rename``: texts in messages that are replaced (a temporary file by what the caller knows it as).
    """
    told = Told()
    reader, writer = os.pipe()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        try:
            child = subprocess.Popen(
                [program(name), *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, pass_fds=(writer,), process_group=0,
                env={**os.environ, "PHREATIC_EVENTS": str(writer)},
            )  # fmt: skip
        except BaseException:
            os.close(reader)
            os.close(writer)
            raise
        os.close(writer)
        with open(reader, encoding="utf-8") as events:
            try:
                for line in events:
                    _take(json.loads(line), told, progress, rename or {})
                child.wait()
            except BaseException:
                _stop(child, events)
                raise
        out.seek(0)
        told.output = out.read()
        err.seek(0)
        printed = err.read()
    _raise_for(child.returncode, told, printed)
    return told


def _renamed(text, rename):
    for old, new in rename.items():
        text = text.replace(old, new)
    return text


def _take(event, told, progress, rename):
    kind = event.pop("event")
    if kind == "progress" and progress is not None:
        progress(Progress(**event))
    elif kind == "log":
        text = _renamed(event["text"], rename)
        if event["level"] == "warning":
            told.warnings.append(text)
            _LOG.warning("%s", text)
        else:
            _LOG.info("%s", text)
    elif kind == "problem":
        told.problems.append(Problem(**{k: _renamed(v, rename) if isinstance(v, str) else v for k, v in event.items()}))
    elif kind == "failed":
        told.failure = _renamed(event["text"], rename)


def _stop(child, events):
    """Interrupts the child as Ctrl-C does and waits until it has left its folder in order."""
    if child.poll() is None:
        child.terminate()  # as Ctrl-C, and not ignored where whoever started us ignores that
    try:
        for _ in events:  # a full pipe would hold it
            pass
        child.wait(_PATIENCE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()


def _raise_for(code, told, printed):
    if code == 0:
        return
    if told.problems:
        raise InputError(told.problems)
    if code in (_INTERRUPTED, -signal.SIGINT):
        raise Interrupted(told.failure or "interrupted; the same call with resume=True goes on")
    text = told.failure or printed.strip().removeprefix("phreatic: ") or f"the program ended with {code}"
    if code == 2:
        raise InputError([Problem(what=text)])
    raise RunError(text)
