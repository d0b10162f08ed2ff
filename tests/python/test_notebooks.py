# SPDX-License-Identifier: BSD-3-Clause
"""The notebooks run from the first cell to the last, are what the scripts beside them say, and hold no outputs."""

import json
import os
import subprocess
import sys

import phreatic
import pytest

LEARNING = {"levels"}
NEEDS = {"levels": ["pandas"], "recharge": ["flopy", "xarray"], "grace": ["xarray", "netCDF4"]}


def test_notebooks_are_what_the_scripts_say(root):
    subprocess.run([sys.executable, root / "tools" / "make_notebooks", "--check"], check=True)
    found = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    assert found == sorted(NEEDS)
    for name in found:
        cells = json.loads((root / "notebooks" / f"{name}.ipynb").read_text())["cells"]
        assert not any(cell.get("outputs") for cell in cells) and len(cells) > 8


@pytest.mark.parametrize("name", sorted(NEEDS))
def test_a_notebook_runs(root, name, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    for module in NEEDS[name]:
        pytest.importorskip(module, reason=f"{module} is not installed")
    if name in LEARNING:
        try:
            phreatic.program("phreatic-learn")
        except phreatic.RunError as error:
            pytest.skip(str(error))
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4)
    environment = {**os.environ, "MPLBACKEND": "Agg", "TMPDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    nbclient.NotebookClient(notebook, timeout=300).execute(env=environment, cwd=str(tmp_path))
    printed = [out for cell in notebook.cells for out in cell.get("outputs", []) if out["output_type"] == "stream"]
    assert any(out["name"] == "stdout" for out in printed)
