# SPDX-License-Identifier: BSD-3-Clause
"""Wells from pandas: one small study trained and looked at; what is refused is refused before anything is trained."""

import numpy as np
import pandas as pd
import phreatic
import phreatic.wells
import pytest

UNITS = {"precipitation": "mm/d", "pet": "mm/d"}


@pytest.fixture(scope="module")
def weather():
    rng = np.random.default_rng(0)
    days = pd.date_range("2006-01-01", "2009-12-31")
    pet = 2 + 1.8 * np.sin(2 * np.pi * (np.arange(len(days)) - 100) / 365.25)
    return pd.DataFrame({"precipitation": rng.gamma(0.3, 8, len(days)), "pet": pet}, index=days)


@pytest.fixture(scope="module")
def heads(weather):
    drive = (weather.precipitation - weather.pet).to_numpy() * 0.3
    level = np.zeros(len(drive))
    for i in range(1, len(drive)):
        level[i] = 0.98 * level[i - 1] + 0.02 * drive[i]
    series = pd.Series(level + 10, weather.index, name="A/1")
    series.iloc[50:80] = np.nan
    return series


def test_a_model_is_trained_and_gives_tables(weather, heads, tmp_path):
    try:
        phreatic.program("phreatic-learn")
    except phreatic.RunError as error:
        pytest.skip(str(error))
    settings = {
        "window": {"mode": "simulation", "seq_length": 120, "predict_last_n": 60, "stride": 60},
        "model": {"cell": "lstm", "hidden_size": 4},
        "training": {"epochs": 2, "batch_size": 16, "learning_rate": 0.003, "seed": 1},
        "ensemble": {"members": 1},
        "explain": {"period": "test", "stride": 100, "reference_windows": 16},
    }
    model = phreatic.wells.fit(heads, weather, units=UNITS, settings=settings, folder=tmp_path / "wells")
    assert model.run.report.exists()
    assert np.isfinite(model.metrics().loc[("A/1", "test"), "RMSE"])
    late = model.predict("2009-12-01")
    assert len(late) == 31 and set(late["well"]) == {"A/1"} and late["simulated_m"].notna().all()
    np.testing.assert_allclose(late["observed_m"], heads["2009-12-01":], rtol=1e-8)
    why = model.contributions("A/1")
    total = why["base_m"] + why["precipitation_m"] + why["pet_m"] - why["residual_m"]
    np.testing.assert_allclose(total, why["simulated_m"], atol=2e-6)
    again = phreatic.wells.Model.load(tmp_path / "wells")
    pd.testing.assert_frame_equal(again.predict(), model.predict())
    with pytest.raises(phreatic.InputError, match="was not explained"):
        model.contributions("B")
    with pytest.raises(phreatic.InputError, match="forecast"):
        model.forecast()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda h, d: (h[::-1], d), "order of time"),
        (lambda h, d: (pd.concat([h, h[:1]]).sort_index(), d), "twice"),
        (lambda h, d: (h.tz_localize("Europe/Berlin"), d), "time zone Europe/Berlin"),
        (lambda h, d: (h.reset_index(drop=True), d), "to_datetime"),
        (lambda h, d: (h.to_numpy(), d), "ndarray"),
        (lambda h, d: (h.astype(str), d), "type"),
        (lambda h, d: (h, d.assign(pet="much")), "pet"),
        (lambda h, d: (h, {"other": d}), "not given for well 'A/1'"),
        (lambda h, d: (h, d.assign(snow=0.0)), "units: are not given for snow"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_training(weather, heads, tmp_path, change, says):
    levels, drivers = change(heads, weather)
    with pytest.raises(phreatic.InputError, match=says):
        phreatic.wells.fit(levels, drivers, units=UNITS, folder=tmp_path)


def test_statics_must_have_every_well(weather, heads, tmp_path):
    with pytest.raises(phreatic.InputError, match="no row for well 'A/1'"):
        phreatic.wells.fit(heads, weather, pd.DataFrame({"depth": [3.0]}, index=["B"]), units=UNITS, folder=tmp_path)
