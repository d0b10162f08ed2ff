# SPDX-License-Identifier: BSD-3-Clause
"""``python -m phreatic`` and the console scripts: the programs of this package in place of this process."""

import os
import sys

from phreatic._errors import RunError
from phreatic._program import program


def _become(name, called=None):
    try:
        path = program(name)
    except RunError as error:
        sys.exit(f"phreatic: {error}")
    os.execv(path, [called or name, *sys.argv[1:]])


def main():
    _become("phreatic")


def main_learn():
    _become("phreatic", "phreatic-learn")  # which looks for torch before it becomes the other


if __name__ == "__main__":
    main()
