# SPDX-License-Identifier: BSD-3-Clause
"""FloPy (tests/reference/peers.txt) reads what `phreatic flow` writes: heads, budget, grid, listing, NetCDF, input; rasterio reads GeoTIFF.

Run by ctest; PHREATIC names the program, PHREATIC_SHARED_DATA the data."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

try:
    import flopy
    import numpy as np
except ImportError:
    flopy = None

PHREATIC = os.environ.get("PHREATIC", "build/bin/phreatic")
ROOT = pathlib.Path(os.environ.get("PHREATIC_ROOT", "."))
SHARED = pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", ROOT / "../shared/data"))
MODEL = SHARED / "mf6" / "flopy_mf6_freyberg"


def phreatic(*arguments):
    return subprocess.run([PHREATIC, "flow", *map(str, arguments)], capture_output=True, text=True)


@unittest.skipIf(flopy is None or not MODEL.exists(), "FloPy or the shared data is not here")
class FloPy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.out = pathlib.Path(tempfile.mkdtemp())
        cls.done = phreatic("run", MODEL, "--out", cls.out, "--quiet", "--netcdf", cls.out / "heads.nc")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.out)

    def test_run(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_heads(self):
        ours = flopy.utils.HeadFile(self.out / "freyberg.hds")
        reference = flopy.utils.HeadFile(MODEL / "ref" / "heads_tight.hds")
        self.assertEqual(ours.get_kstpkper(), reference.get_kstpkper())
        self.assertEqual(ours.get_times(), reference.get_times())
        a, b = ours.get_data(), reference.get_data()
        self.assertTrue(np.array_equal(a == 1e30, b == 1e30))
        self.assertLess(np.abs(a - b).max(), 1e-4)

    def test_budget(self):
        ours = flopy.utils.CellBudgetFile(self.out / "freyberg.cbc", precision="double")
        reference = flopy.utils.CellBudgetFile(MODEL / "ref" / "budget_tight.cbc", precision="double")
        self.assertEqual(ours.get_unique_record_names(), reference.get_unique_record_names())
        known = [n for n in reference.get_unique_record_names() if b"SPDIS" not in n]
        inflow = sum(r["q"][r["q"] > 0].sum() for n in known for r in reference.get_data(text=n) if r.dtype.names)
        for name in known:
            a, b = ours.get_data(text=name)[0], reference.get_data(text=name)[0]
            if a.dtype.names:
                self.assertTrue(np.array_equal(a["node"], b["node"]), name)
                self.assertTrue(np.array_equal(a["node2"], b["node2"]), name)
                a, b = a["q"], b["q"]
            self.assertLess(np.abs(a - b).max(), 1e-4 * inflow, name)

    def test_specific_discharge(self):
        ours = flopy.utils.CellBudgetFile(self.out / "freyberg.cbc", precision="double").get_data(text="DATA-SPDIS")[0]
        reference = flopy.utils.CellBudgetFile(MODEL / "ref" / "budget_tight.cbc", precision="double").get_data(text="DATA-SPDIS")[0]
        self.assertTrue(np.array_equal(ours["node"], reference["node"]))
        largest = max(np.abs(reference[axis]).max() for axis in ("qx", "qy", "qz"))
        self.assertGreater(largest, 0)
        for axis in ("qx", "qy", "qz"):
            self.assertLess(np.abs(ours[axis] - reference[axis]).max(), 1e-4 * largest, axis)

    def test_grid(self):
        grid = flopy.mf6.utils.MfGrdFile(str(self.out / "freyberg.dis.grb"))
        self.assertEqual((grid.nlay, grid.nrow, grid.ncol), (1, 40, 20))
        self.assertEqual(grid.nja, 3367)
        self.assertEqual(len(grid.ia), 801)
        self.assertEqual((grid.idomain > 0).sum(), 705)
        # the flows between cells fit the grid's connections
        faces = flopy.utils.CellBudgetFile(self.out / "freyberg.cbc", precision="double").get_data(text="FLOW-JA-FACE")[0]
        right, front, lower = flopy.mf6.utils.get_structured_faceflows(faces, grb_file=str(self.out / "freyberg.dis.grb"))
        self.assertGreater(np.abs(right).max(), 0)
        residual = flopy.mf6.utils.get_residuals(faces, grb_file=str(self.out / "freyberg.dis.grb"))
        self.assertEqual(residual.size, 800)

    def test_listing(self):
        budget = flopy.utils.Mf6ListBudget(self.out / "freyberg.lst", timeunit="seconds")
        rates, volumes = budget.get_dataframes(start_datetime=None)
        self.assertEqual(len(rates), 1)
        self.assertLess(abs(rates["PERCENT_DISCREPANCY"].iloc[0]), 0.01)
        reference = flopy.utils.CellBudgetFile(MODEL / "ref" / "budget_tight.cbc", precision="double")
        recharge = reference.get_data(text="RCHA")[0]["q"].sum()
        self.assertAlmostEqual(rates["RCHA_IN"].iloc[0], recharge, places=6)
        self.assertAlmostEqual(volumes["RCHA_IN"].iloc[0], 10 * recharge, places=5)
        self.assertEqual(budget.get_times(), [10.0])

    def test_netcdf(self):
        import netCDF4

        with netCDF4.Dataset(self.out / "heads.nc") as data:
            heads = data["head"][:]
        reference = flopy.utils.HeadFile(MODEL / "ref" / "heads_tight.hds").get_data()
        self.assertEqual(heads.shape, (1, 1, 40, 20))
        active = reference < 1e29
        self.assertTrue(np.array_equal(np.ma.getmaskarray(heads[0]) | np.isnan(np.ma.filled(heads[0], np.nan)), ~active))
        self.assertLess(np.abs(np.ma.filled(heads[0], np.nan)[active] - reference[active]).max(), 1e-4)

    def test_geotiff(self):
        import rasterio

        placed = self.out / "placed"
        shutil.copytree(MODEL, placed)
        dis = placed / "freyberg.dis"
        text = dis.read_text()
        options = "BEGIN OPTIONS\n  LENGTH_UNITS METERS\n  CRS EPSG:28992\n  XORIGIN 155000\n  YORIGIN 463000\n  ANGROT 25\nEND OPTIONS\n"
        start, end = text.upper().find("BEGIN OPTIONS"), text.upper().find("END OPTIONS")
        dis.write_text(options + (text[end + len("END OPTIONS"):] if start >= 0 else text))
        done = phreatic("run", placed, "--out", self.out / "tif", "--quiet", "--geotiff", self.out / "tif")
        self.assertEqual(done.returncode, 0, done.stderr)
        (file,) = sorted((self.out / "tif").glob("*.tif"))
        self.assertEqual(file.name, "head_p0001_s0001.tif")
        reference = flopy.utils.HeadFile(MODEL / "ref" / "heads_tight.hds").get_data()
        delr, delc = np.full(20, 250.0), np.full(40, 250.0)
        grid = flopy.discretization.StructuredGrid(delc, delr, xoff=155000, yoff=463000, angrot=25)
        with rasterio.open(file) as data:
            self.assertEqual(data.crs.to_epsg(), 28992)
            self.assertEqual((data.count, data.height, data.width), (1, 40, 20))
            self.assertEqual((data.dtypes[0], data.units[0], data.descriptions[0]), ("float64", "m", "layer 1"))
            self.assertEqual(data.tags()["time"], "10")
            heads = data.read(1)
            active = reference[0] < 1e29
            self.assertTrue(np.array_equal(np.isnan(heads), ~active))
            self.assertTrue(np.array_equal(data.read_masks(1) > 0, active))
            self.assertLess(np.abs(heads[active] - reference[0][active]).max(), 1e-4)
            rows, columns = np.mgrid[0:40, 0:20]
            x, y = data.transform * (columns + 0.5, rows + 0.5)
        self.assertLess(np.abs(x - grid.xcellcenters).max(), 1e-6)
        self.assertLess(np.abs(y - grid.ycellcenters).max(), 1e-6)

    def test_geotiff_refused_before_the_run(self):
        for change, words in ((("--crs", "EPSG:99999999"), "EPSG:99999999"), ((), "DELR goes from")):
            folder = self.out / ("refused" + str(len(change)))
            shutil.copytree(MODEL, folder)
            dis = folder / "freyberg.dis"
            if not change:
                lines = dis.read_text().splitlines()
                at = next(i for i, line in enumerate(lines) if line.split()[:1] == ["delr"] or line.split()[:1] == ["DELR"])
                lines[at + 1] = "INTERNAL\n" + " ".join(["250"] * 19 + ["300"])
                dis.write_text("\n".join(lines) + "\n")
            done = phreatic("run", folder, "--quiet", "--out", folder / "results", "--geotiff", folder / "tif", *change)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertFalse((folder / "results").exists())

    def test_arrays_and_lists_in_binary_files_of_flopy(self):
        simulation = flopy.mf6.MFSimulation.load(sim_ws=str(MODEL), verbosity_level=0)
        simulation.set_sim_path(str(self.out / "binary"))
        simulation.set_all_data_external(binary=True)
        simulation.write_simulation(silent=True)
        self.assertGreater(len(list((self.out / "binary").glob("*.bin"))), 3)
        done = phreatic("run", self.out / "binary", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        a = flopy.utils.HeadFile(next((self.out / "binary").glob("*.hds"))).get_data()
        b = flopy.utils.HeadFile(MODEL / "ref" / "heads_tight.hds").get_data()
        self.assertLess(np.abs(a - b).max(), 1e-4)

    def test_written_input(self):
        for name in ("flopy_mf6_freyberg", "test005_advgw_tidal", "test027_TimeseriesTest_idomain", "mar_small_3x60x60"):
            folder = self.out / ("written_" + name)
            self.assertEqual(phreatic("write", SHARED / "mf6" / name, folder).returncode, 0)
            ours = flopy.mf6.MFSimulation.load(sim_ws=str(folder), verbosity_level=0).get_model()
            theirs = flopy.mf6.MFSimulation.load(sim_ws=str(SHARED / "mf6" / name), verbosity_level=0).get_model()
            self.assertTrue(np.allclose(ours.dis.botm.array, theirs.dis.botm.array))
            self.assertTrue(np.allclose(ours.npf.k.array, theirs.npf.k.array))
            self.assertTrue(np.allclose(ours.ic.strt.array, theirs.ic.strt.array))
            self.assertEqual(len(ours.package_type_dict), len(theirs.package_type_dict), name)


if __name__ == "__main__":
    unittest.main()
