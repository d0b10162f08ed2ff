# SPDX-License-Identifier: BSD-3-Clause
"""The three kinds of failure as exceptions: bad input, a machine that refuses, an interruption."""

import dataclasses
import re

_WELL = re.compile(r"\bwell (?:'([^']+)'|([^\s,]+))")


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what was given. Texts that do not apply are empty, numbers 0."""

    file: str = ""
    line: int = 0
    column: int = 0
    where: str = ""
    what: str = ""
    allowed: str = ""
    mend: str = ""

    @property
    def row(self) -> int:
        """Line in the file, counted from 1; 0: not known."""
        return self.line

    @property
    def well(self) -> str:
        """Name of the well that the problem is about; empty where it is about none."""
        found = _WELL.search(self.where)
        return next((name for name in found.groups() if name), "") if found else ""

    @property
    def remedy(self) -> str:
        """How to mend it."""
        return self.mend

    def __str__(self):
        place = self.file
        if place and self.line:
            place += f":{self.line}" + (f":{self.column}" if self.column else "")
        text = ": ".join(part for part in (place, self.where, self.what) if part)
        if self.allowed:
            text += f" (allowed: {self.allowed})"
        return text + (f". {self.mend}" if self.mend else "")


class PhreaticError(Exception):
    """What every failure of Phreatic is, but an interruption."""


class InputError(PhreaticError, ValueError):
    """What was given is wrong; ``problems`` holds everything that is, and the attributes tell of the first."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self):
        return (InputError, (self.problems,))

    @property
    def file(self):
        return self.problems[0].file

    @property
    def line(self):
        return self.problems[0].line

    row = line

    @property
    def column(self):
        return self.problems[0].column

    @property
    def well(self):
        return self.problems[0].well

    @property
    def where(self):
        return self.problems[0].where

    @property
    def remedy(self):
        return self.problems[0].remedy


class RunError(PhreaticError, RuntimeError):
    """The machine refused (disk full, folder that cannot be written, part that is not installed), or the run failed."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C: what was finished is on disk, and the same call with ``resume=True`` goes on from it."""


def problem(where, what, *, allowed="", mend="", file=""):
    """An InputError with one problem, for arguments that are wrong."""
    return InputError([Problem(file=file, where=where, what=what, allowed=allowed, mend=mend)])


# Made by the extension from the library's errors.
def input_error(items):
    return InputError(Problem(**item) for item in items)


def run_error(text):
    return RunError(text)


def interrupted(text):
    return Interrupted(text)
