# SPDX-License-Identifier: BSD-3-Clause
# %% [markdown]
# # Where would recharged water stay?
#
# From a MODFLOW 6 model as FloPy writes it to a map of what stays of recharged water, and a look at one site by
# simulation. The model here is an example that `phreatic.init` writes. Needs `phreatic`, flopy, xarray and matplotlib.

# %%
import pathlib
import tempfile

import flopy
import numpy as np
import phreatic

folder = pathlib.Path(tempfile.mkdtemp(prefix="recharge-"))
workspace = phreatic.init("recharge", folder / "study").parent / "model"
simulation = flopy.mf6.MFSimulation.load(sim_ws=str(workspace), exe_name=phreatic.flow.executable(), verbosity_level=0)
print(simulation.get_model().modelgrid)

# %% [markdown]
# ## The model runs as it is
# `exe_name` is all that FloPy needs; the files are MODFLOW 6's. `phreatic.flow.run` gives the heads with coordinates.

# %%
done, _ = simulation.run_simulation(silent=True)
assert done
heads = phreatic.flow.run(workspace, folder / "run", save="all").heads()
heads.isel(time=-1, layer=0).plot(figsize=(6, 4));

# %% [markdown]
# ## One run backward, every column at once
# What share of the water that is recharged from September to February is still stored later, and who takes the rest:
# for each column of cells, from one run forward and one backward.

# %%
window = [366.0, 548.5]
later = [float(t) - window[1] for t in heads.time.values if t >= window[1]]
adjoint = phreatic.flow.adjoint(
    {
        "model": str(workspace),
        "measures": [{"name": "stored", "kind": "storage", "times": [window[1] + later[-1]]}],
        "parameters": ["recharge"],
        "recharge": {"window": window, "after": [later[0], later[-1]]},
    },
    folder / "adjoint",
)
adjoint.table("recharge").round(3)

# %%
maps = adjoint.maps("recharge").load()
maps["half_life"].plot(figsize=(6, 4), robust=True, cbar_kwargs={"label": "half-life, days"});

# %% [markdown]
# ## Two sites, by simulation
# 15 mm/d on a square of 300 m: the best column by the map (away from the edges) against the worst, each simulated beside
# the model as it is.

# %%
edge = 12
stored = maps["stored"].isel(date=-1).values.copy()
stored[:edge], stored[-edge:], stored[:, :edge], stored[:, -edge:] = np.nan, np.nan, np.nan, np.nan
places = {name: np.unravel_index(find(stored), stored.shape) for name, find in (("best", np.nanargmax), ("worst", np.nanargmin))}
site = {"size": 300, "rate": 0.015, "from": window[0], "to": window[1]}
scenarios = [
    {"name": name, "sites": [{"name": name, "row": int(row) + 1, "column": int(column) + 1, **site}]}
    for name, (row, column) in places.items()
]
study = {"model": str(workspace), "ensemble": {"dates": [window[1], window[1] + later[-1]]}, "scenarios": scenarios}
result = phreatic.flow.ensemble(study, folder / "sites").dataset()

# %%
added = site["size"] ** 2 * site["rate"] * (window[1] - window[0])
water = result["water"].isel(step=-1).values / added
for name, share in zip(places, water, strict=True):
    print(f"{name}: {share:.0%} of {added:.0f} m3 is still there half a year after")

# %%
result["table_rise"].isel(scenario=0, date=-1).plot(figsize=(6, 4), cbar_kwargs={"label": "rise, m"});

# %% [markdown]
# ## Step by step
# A callback sees the heads after each step and may change packages from the next one on; here it watches one cell.

# %%
sim = phreatic.flow.Simulation(workspace)
row, column = places["best"]
steps = sim.run(lambda step: step.time >= window[0])
before = sim.head[0, row, column]
sim.run()
print(f"{len(steps)} steps to the window; the head at the best site moves from {before:.2f} to {sim.head[0, row, column]:.2f} m")

# %% [markdown]
# The whole study (many sites, surrogates, a ranked plan that is simulated again) is `phreatic run` on the file
# `study.yml` beside the model: minutes instead of seconds.
