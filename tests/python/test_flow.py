# SPDX-License-Identifier: BSD-3-Clause
"""Flow models: FloPy writes them and names our program, heads are the files', steps can be changed on the way."""

import os

import numpy as np
import phreatic
import phreatic.flow
import pytest

flopy = pytest.importorskip("flopy", reason="flopy is not installed")


@pytest.fixture
def program():
    path = phreatic.flow.executable()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is not in the package")
    return path


@pytest.fixture
def simulation(tmp_path, program):
    """Ten columns between two rivers of one head, a well in the middle that starts in the second period."""
    sim = flopy.mf6.MFSimulation(sim_name="m", sim_ws=str(tmp_path / "m"), exe_name=program)
    flopy.mf6.ModflowTdis(sim, nper=2, perioddata=[(1.0, 1, 1.0), (10.0, 5, 1.2)])
    flopy.mf6.ModflowIms(sim, outer_dvclose=1e-9, inner_dvclose=1e-10)
    gwf = flopy.mf6.ModflowGwf(sim, modelname="m", save_flows=True)
    flopy.mf6.ModflowGwfdis(gwf, nlay=2, nrow=3, ncol=11, delr=100, delc=50, top=20, botm=[10, 0],
                            xorigin=1000, yorigin=2000, length_units="meters")  # fmt: skip
    flopy.mf6.ModflowGwfic(gwf, strt=15)
    flopy.mf6.ModflowGwfnpf(gwf, k=8, icelltype=0)
    flopy.mf6.ModflowGwfsto(gwf, ss=1e-4, iconvert=0, steady_state={0: True}, transient={1: True})
    ends = [((k, i, j), 15.0) for k in range(2) for i in range(3) for j in (0, 10)]
    flopy.mf6.ModflowGwfchd(gwf, stress_period_data=ends)
    flopy.mf6.ModflowGwfwel(gwf, pname="wells", stress_period_data={0: [((1, 1, 5), 0.0)], 1: [((1, 1, 5), -200.0)]})
    flopy.mf6.ModflowGwfoc(gwf, head_filerecord="m.hds", budget_filerecord="m.cbc",
                           saverecord=[("HEAD", "ALL"), ("BUDGET", "ALL")])  # fmt: skip
    sim.write_simulation(silent=True)
    return sim


def test_flopy_runs_our_program_in_modflows_place(simulation):
    done, _ = simulation.run_simulation(silent=True)
    assert done
    heads = simulation.get_model("m").output.head().get_alldata()
    assert heads.shape == (6, 2, 3, 11)
    assert heads[0] == pytest.approx(15, abs=1e-6) and heads[-1][1, 1, 5] < 14.9


def test_a_run_gives_the_heads_of_its_file_with_coordinates(simulation, tmp_path):
    xarray = pytest.importorskip("xarray")
    done = phreatic.flow.run(simulation.sim_path, tmp_path / "out")
    heads = done.heads()
    assert isinstance(heads, xarray.DataArray) and heads.dims == ("time", "layer", "y", "x")
    theirs = flopy.utils.HeadFile(str(done.file("head_file")))
    np.testing.assert_array_equal(heads.values, theirs.get_alldata())
    np.testing.assert_array_equal(heads.time, theirs.get_times())
    grid = simulation.get_model("m").modelgrid
    np.testing.assert_allclose(heads.x, grid.xcellcenters[0])
    np.testing.assert_allclose(heads.y, grid.ycellcenters[:, 0])


def test_steps_give_the_bits_of_the_run(simulation, tmp_path):
    whole = phreatic.flow.run(simulation.sim_path, tmp_path / "out").heads()
    sim = phreatic.flow.Simulation(simulation.sim_path)
    seen = []
    steps = sim.run(lambda step: seen.append(sim.head.copy()))
    assert sim.finished and len(steps) == 6 and steps[-1].time == pytest.approx(11)
    np.testing.assert_array_equal(np.array(seen), whole.values)
    assert sim.heads().shape == (2, 3, 11)
    with pytest.raises(phreatic.InputError, match="every step is done"):
        sim.step()


def test_rates_set_from_python_are_those_of_a_model_with_them(simulation, tmp_path):
    sim = phreatic.flow.Simulation(simulation.sim_path)
    sim.step()
    name = next(n for n in sim.packages if n.lower().startswith("wel"))
    sim.set(name, -500.0)
    sim.run()
    cells, values = sim.values(name)
    assert list(cells) == [33 + 11 + 5] and values.tolist() == [[-500.0]]
    assert sim.flows()[name]["outflow"] == pytest.approx(500)
    gwf = simulation.get_model("m")
    gwf.get_package("wells").stress_period_data.set_data({0: [((1, 1, 5), 0.0)], 1: [((1, 1, 5), -500.0)]})
    simulation.write_simulation(silent=True)
    other = phreatic.flow.run(simulation.sim_path, tmp_path / "other").heads()
    np.testing.assert_array_equal(sim.head, other.values[-1])


def test_heads_are_looked_at_in_place_and_cannot_be_written(simulation):
    sim = phreatic.flow.Simulation(simulation.sim_path)
    sim.run()
    head = sim.head
    del sim
    assert head.shape == (2, 3, 11) and head[1, 1, 5] < 14.9  # the simulation lives as long as the look at it
    with pytest.raises(ValueError, match="read-only"):
        head[0] = 0


def test_what_is_wrong_is_told(simulation, tmp_path):
    sim = phreatic.flow.Simulation(simulation.sim_path)
    with pytest.raises(phreatic.InputError, match="is not in the model"):
        sim.set("NONE", 1.0)
    with pytest.raises(phreatic.InputError, match="finite"):
        sim.set(sim.packages[0], np.nan)
    name = next(n for n in sim.packages if n.lower().startswith("wel"))
    sim.set(name, [1.0, 2.0])
    with pytest.raises(phreatic.InputError, match="1 bounds, and 2 values"):
        sim.step()
    with pytest.raises(phreatic.InputError) as caught:
        phreatic.flow.Simulation(tmp_path / "none")
    assert "none" in str(caught.value)
    name_file = next(p for p in (tmp_path / "m").iterdir() if p.suffix == ".npf")
    name_file.write_text(name_file.read_text().replace("8.0", "eight"))
    with pytest.raises(phreatic.InputError) as caught:
        phreatic.flow.run(simulation.sim_path)
    assert caught.value.file.endswith(".npf") and caught.value.row > 0


def test_scenarios_come_back_as_one_dataset(simulation, tmp_path):
    pytest.importorskip("netCDF4", reason="netCDF4 is not installed")
    study = {
        "model": str(simulation.sim_path),
        "ensemble": {"dates": [11]},
        "scenarios": [
            {"name": "more", "changes": [{"package": "WELLS", "factor": 2}]},
            {"name": "none", "changes": [{"package": "WELLS", "factor": 0}]},
        ],
    }
    found = phreatic.flow.ensemble(study, tmp_path / "scenarios").dataset()
    rise = found["table_rise"]
    assert rise.sizes["scenario"] == 2
    assert float(rise.isel(scenario=0).min()) < 0 < float(rise.isel(scenario=1).max())


def test_sensitivities_come_back_as_a_table(simulation, tmp_path):
    study = {
        "model": str(simulation.sim_path),
        "measures": [{"name": "well", "kind": "heads", "cells": ["2 2 6"]}],
        "parameters": ["wells"],
    }
    table = phreatic.flow.adjoint(study, tmp_path / "adjoint").table()
    assert len(table) > 0 and "well" in set(table.iloc[:, 0])


def test_a_step_that_was_refused_can_be_taken_and_changes_nothing(simulation, tmp_path):
    whole = phreatic.flow.run(simulation.sim_path, tmp_path / "out").heads()
    sim = phreatic.flow.Simulation(simulation.sim_path)
    sim.step()
    for wrong in ({"values": [1.0, 2.0]}, {"values": 1.0, "column": 7}):
        sim.set("wells", **wrong)  # MODFLOW's names have no case
        with pytest.raises(phreatic.InputError, match="package WELLS, period 2.*forgotten"):
            sim.step()
    sim.run()
    np.testing.assert_array_equal(sim.heads(), whole.isel(time=-1))


def test_what_is_no_folder_is_refused(simulation, tmp_path):
    for call in (phreatic.flow.run, phreatic.flow.check, phreatic.flow.Simulation):
        with pytest.raises(phreatic.InputError, match="simulation of FloPy.*sim_path"):
            call(simulation)
    study = {"model": str(simulation.sim_path), "measures": [{"name": "well", "kind": "heads", "cells": ["2 2 6"]}],
             "parameters": ["wells"]}  # fmt: skip
    with pytest.raises(phreatic.InputError, match="none: is not among the results.*sensitivities"):
        phreatic.flow.adjoint(study, tmp_path / "adjoint").table("none")


def test_a_model_in_a_folder_with_spaces_runs(simulation, tmp_path):
    folder = tmp_path / "a folder" / "mödel one"
    simulation.set_sim_path(str(folder))
    simulation.write_simulation(silent=True)
    done, _ = simulation.run_simulation(silent=True)
    assert done
    heads = phreatic.flow.run(folder, tmp_path / "the results").heads()
    np.testing.assert_array_equal(heads, simulation.get_model("m").output.head().get_alldata())
