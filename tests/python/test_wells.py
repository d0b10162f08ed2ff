# SPDX-License-Identifier: BSD-3-Clause
"""Wells from pandas: one small study trained and looked at; what is refused is refused before anything is trained."""

import logging

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
    learn_or_skip()
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
    assert len(model.predict("2009-11", "2009-11")) == 30 and len(model.predict(tmax="2006-01-31")) == 31
    with pytest.raises(phreatic.InputError, match="tmin: has the time zone"):
        model.predict(pd.Timestamp("2009-01-01", tz="UTC"))
    with pytest.raises(phreatic.InputError, match="tmax: 'soon' is no date"):
        model.predict(tmax="soon")
    again = phreatic.wells.Model.load(tmp_path / "wells")
    pd.testing.assert_frame_equal(again.predict(), model.predict())
    with pytest.raises(phreatic.InputError, match="was not explained"):
        model.contributions("B")
    with pytest.raises(phreatic.InputError, match="forecast"):
        model.forecast()


def learn_or_skip():
    try:
        phreatic.program("phreatic-learn")
    except phreatic.RunError as error:
        pytest.skip(str(error))


SMALL = {
    "window": {"mode": "simulation", "seq_length": 120, "predict_last_n": 60, "stride": 60},
    "model": {"cell": "lstm", "hidden_size": 4},
    "training": {"epochs": 2, "batch_size": 16, "learning_rate": 0.003, "seed": 1},
    "ensemble": {"members": 1},
    "explain": {"enabled": False},
}


def test_other_weather_gives_other_levels_and_the_same_weather_the_same_bits(weather, heads, tmp_path, caplog):
    learn_or_skip()
    model = phreatic.wells.fit(heads, weather, units=UNITS, settings=SMALL, folder=tmp_path / "wells")
    known = model.predict()
    same = model.predict(drivers=weather)
    both = known.merge(same, on=["well", "date"], suffixes=("", "_again"))
    assert len(both) == len(known)
    np.testing.assert_array_equal(both["simulated_m"], both["simulated_m_again"])
    later = pd.date_range("2010-01-01", "2010-03-31")
    dry = pd.concat([weather, pd.DataFrame({"precipitation": 0.0, "pet": 1.0}, index=later)])
    with caplog.at_level(logging.WARNING, logger="phreatic"):
        found = phreatic.wells.Model.load(tmp_path / "wells").predict("2010-01-01", drivers=dry)
    assert list(found["date"]) == list(later) and found["observed_m"].isna().all()
    wet = dry.assign(precipitation=dry.precipitation.where(dry.index < later[0], 10.0))
    assert (model.predict("2010-03-01", drivers=wet)["simulated_m"].to_numpy() != found["simulated_m"].tail(31).to_numpy()).all()
    with pytest.raises(phreatic.InputError, match="other columns|pet"):
        model.predict(drivers=weather[["precipitation"]])
    with pytest.raises(phreatic.InputError, match="Give drivers="):
        model.predict(heads=heads)


def test_forecasts_start_from_the_levels_that_are_known(weather, heads, tmp_path):
    learn_or_skip()
    settings = {**SMALL, "window": {"mode": "forecast", "horizon": 10, "seq_length": 60}}
    model = phreatic.wells.fit(heads, weather, units=UNITS, settings=settings, folder=tmp_path / "wells")
    known = model.forecast()
    assert known.sizes["lead"] == 10
    again = model.forecast(drivers=weather)
    common = known["forecast"].time.values[:20]
    np.testing.assert_array_equal(again["forecast"].sel(time=common), known["forecast"].sel(time=common))
    higher = model.forecast(drivers=weather, heads=heads + 1.0)
    assert (higher["forecast"].sel(time=common) > known["forecast"].sel(time=common)).mean() > 0.9


class Observation(pd.DataFrame):
    """What hydropandas' Obs is made of."""

    _metadata = ["name", "unit"]

    @property
    def _constructor(self):
        return Observation

    def to_collection_dict(self):
        return {"name": self.name, "obs": self}


def observation(series, name, unit="m NAP"):
    table = Observation({"stand_m_tov_nap": series, "remark": "none"})
    table.name, table.unit = name, unit
    return table


def test_collections_of_hydropandas_are_heads(heads):
    try:
        import hydropandas
    except ImportError:
        hydropandas = None
    kinds = [observation]
    if hydropandas is not None:
        kinds.append(lambda s, name, unit="m NAP": hydropandas.GroundwaterObs(pd.DataFrame({"head": s}), name=name, unit=unit))
    for kind in kinds:
        a, b = kind(heads, "B58A0092_004"), kind(heads + 1, "B58A0092_005")
        table = pd.DataFrame({"obs": [a, b], "x": [1.0, 2.0]}, index=[a.name, b.name])
        found = phreatic.wells._heads(table if kind is observation else hydropandas.ObsCollection([a, b]))
        assert list(found) == ["B58A0092_004", "B58A0092_005"]
        np.testing.assert_array_equal(found["B58A0092_005"], heads + 1)
        assert list(phreatic.wells._heads(a)) == ["B58A0092_004"]
        with pytest.raises(phreatic.InputError, match="are in 'cm'"):
            phreatic.wells._heads(kind(heads, "a", "cm"))
    if hydropandas is None:
        pytest.skip("hydropandas is not installed: objects of its protocol were tested")


def test_models_of_pastas_bring_heads_and_stresses(weather, heads, tmp_path):
    pastas = pytest.importorskip("pastas", reason="pastas is not installed")
    learn_or_skip()
    model = pastas.Model(heads.dropna(), name="A/1")
    pastas.RechargeModel(model, weather.precipitation, weather.pet, rfunc=pastas.Gamma(), name="recharge")
    river = pd.Series(np.sin(np.arange(len(weather)) / 50), weather.index)
    pastas.StressModel(model, river, rfunc=pastas.Gamma(), name="river", settings="waterlevel")
    units = {**UNITS, "river": "m"}
    found = phreatic.wells.fit(model, units=units, settings=SMALL, folder=tmp_path / "a")
    frame = weather.assign(river=river)
    same = phreatic.wells.fit({"A/1": heads.dropna()}, {"A/1": frame}, units=units, settings=SMALL, folder=tmp_path / "b")
    pd.testing.assert_frame_equal(found.predict(), same.predict())
    scores = found.metrics(names="pastas").loc[("A/1", "test")].dropna()
    scored = found.predict().dropna(subset=["observed_m", "simulated_m"]).tail(int(found.metrics().loc[("A/1", "test"), "n"]))
    assert list(scores.index) == ["nse", "rmse", "mae", "me", "kge"]
    for name, value in scores.items():
        theirs = getattr(pastas.stats, name)(obs=scored.set_index("date")["observed_m"], sim=scored.set_index("date")["simulated_m"])
        assert value == pytest.approx(theirs, rel=1e-6), name  # predictions.csv has six decimals
    assert "Alpha-NSE" in found.metrics(names="neuralhydrology")
    with pytest.raises(phreatic.InputError, match="pastas, neuralhydrology"):
        found.metrics(names="hydroGOF")
    with pytest.raises(phreatic.InputError, match="two models of the name"):
        phreatic.wells.fit([model, model], units=units, settings=SMALL, folder=tmp_path / "c")


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
        (lambda h, d: (pd.concat([h, h], axis=1), d), "well 'A/1' twice"),
        (lambda h, d: ({1: h, "1": h}, d), "well '1' twice"),
        (lambda h, d: ({"A": h.to_frame()}, d), "are a DataFrame"),
        (lambda h, d: (h, d.set_axis(d.index + pd.Timedelta(days=9999))), "its heads are of 2006-01-01 to 2009-12-31, its drivers"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_training(weather, heads, tmp_path, change, says):
    levels, drivers = change(heads, weather)
    with pytest.raises(phreatic.InputError, match=says):
        phreatic.wells.fit(levels, drivers, units=UNITS, folder=tmp_path)


def test_units_that_are_not_known_are_told(weather, heads, tmp_path, caplog):
    with pytest.raises(phreatic.InputError, match="furlong"):
        phreatic.wells.fit(heads, weather, units=UNITS, unit="furlong", folder=tmp_path)
    with caplog.at_level(logging.WARNING, logger="phreatic"), pytest.raises(phreatic.InputError, match="'traning'"):
        phreatic.wells.fit(heads, weather, units={**UNITS, "snow": "mm/d"}, settings={"traning.epochs": 1}, folder=tmp_path)
    assert "units of snow are not used" in caplog.text


def test_statics_must_have_every_well(weather, heads, tmp_path):
    with pytest.raises(phreatic.InputError, match="no row for well 'A/1'"):
        phreatic.wells.fit(heads, weather, pd.DataFrame({"depth": [3.0]}, index=["B"]), units=UNITS, folder=tmp_path)
