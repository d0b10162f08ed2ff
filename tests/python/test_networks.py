# SPDX-License-Identifier: BSD-3-Clause
"""Networks in this process: they learn, stop when they are told, give the same bits again."""

import gc
import json
import pickle
import resource
import sys

import numpy as np
import pandas as pd
import phreatic
import pytest
from phreatic import networks

SMALL = {"window": {"seq_length": 90}, "model": {"hidden_size": 8}, "loss": {"kind": "mse"},
         "training": {"epochs": 12, "learning_rate": 0.02, "batch_size": 8, "seed": 1}, "ensemble": {"members": 2}}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def extension(torch_folder):
    if torch_folder and torch_folder not in sys.path:
        sys.path.append(torch_folder)
    try:
        return networks._extension()
    except ImportError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def data():
    rain = np.random.default_rng(1).gamma(0.5, 4, 1500).astype(np.float32)
    level = np.convolve(rain, 0.9 ** np.arange(80))[:1500].astype(np.float32)
    return {"rain": rain}, {"level": level}


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    return networks.SeriesNetwork(SMALL, tmp_path_factory.mktemp("network")).fit(*data)


def test_a_network_learns_a_reservoir(trained, data):
    inputs, targets = data
    simulated = trained.predict(inputs)["level"][1200:]
    observed = targets["level"][1200:]
    assert 1 - ((simulated - observed) ** 2).sum() / ((observed - observed.mean()) ** 2).sum() > 0.9
    assert [member["status"] for member in trained.history] == ["finished", "finished"]
    assert len(trained.history[0]["validation_loss"]) == 12


def test_the_same_seed_and_the_folder_give_the_same_bits(trained, data):
    first = trained.predict(data[0], members=True)["level"]
    assert first.shape == (2, 1500)
    again = networks.SeriesNetwork(SMALL).fit(*data)
    np.testing.assert_array_equal(again.predict(data[0], members=True)["level"], first)
    loaded = networks.SeriesNetwork.load(trained.folder)
    np.testing.assert_array_equal(loaded.predict(data[0], members=True)["level"], first)


def test_a_function_after_each_epoch_ends_training(data):
    seen = []

    def stop(member, epoch, training_loss, validation_loss, learning_rate):
        seen.append((member, epoch))
        assert np.isfinite([training_loss, validation_loss, learning_rate]).all()
        return epoch < 3

    one = {**SMALL, "ensemble": {"members": 1}}
    network = networks.SeriesNetwork(one).fit(*data, on_epoch=stop)
    assert seen == [(0, 1), (0, 2), (0, 3)]
    assert network.history[0]["status"] == "pruned"

    def fail(*_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        networks.SeriesNetwork(one).fit(*data, on_epoch=fail)


def test_an_interrupted_training_goes_on_to_the_same_bits(data, trained, tmp_path):
    def stop(member, epoch, *_):
        if epoch == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        networks.SeriesNetwork(SMALL, tmp_path).fit(*data, on_epoch=stop)
    network = networks.SeriesNetwork(SMALL, tmp_path).fit(*data, resume=True)
    np.testing.assert_array_equal(network.predict(data[0])["level"], trained.predict(data[0])["level"])


def test_gradients_are_those_of_the_values(trained, data):
    rain = data[0]["rain"]
    windows = np.stack([rain[k : k + 90, None] for k in (100, 400, 700)])
    values, gradients = trained.value_and_gradient(windows)
    means = [trained.predict({"rain": w[:, 0]}, members=True)["level"][:, -1].mean() for w in windows]
    np.testing.assert_allclose(values, means, rtol=1e-4)
    for step in (40, 80, 89):
        moved = windows.copy()
        moved[:, step, 0] += 0.5
        up = trained.value_and_gradient(moved)[0]
        moved[:, step, 0] -= 1.0
        down = trained.value_and_gradient(moved)[0]
        np.testing.assert_allclose(gradients[:, step, 0], up - down, rtol=0.02, atol=2e-3)


def test_several_entities_have_attributes_and_columns_are_named(data):
    inputs, targets = data
    two = {"A": inputs, "B": {"rain": inputs["rain"][::-1].copy()}}
    observed = {"A": targets, "B": {"level": targets["level"] * 2}}
    short = {**SMALL, "training": {"epochs": 1, "batch_size": 8}, "ensemble": {"members": 1}}
    network = networks.SeriesNetwork(short).fit(two, observed, statics={"A": {"storage": 1.0}, "B": {"storage": 2.0}})
    out = network.predict(two, statics={"A": {"storage": 1.0}, "B": {"storage": 2.0}})
    assert set(out) == {"A", "B"} and out["B"]["level"].shape == (1500,)
    with pytest.raises(phreatic.InputError, match="rain"):
        network.predict({"A": {"snow": inputs["rain"]}}, statics={"A": {"storage": 1.0}})
    with pytest.raises(phreatic.InputError, match="hidden_size"):
        networks.SeriesNetwork({**SMALL, "model": {"hidden_size": -1}}).fit(inputs, targets)
    with pytest.raises(phreatic.InputError, match="forecast"):
        networks.SeriesNetwork({"window": {"mode": "forecast"}})


def test_ten_thousand_calls_keep_memory_flat(trained, data):
    rain = data[0]["rain"][:20]
    window = rain.reshape(1, 20, 1)

    def calls(count):
        for _ in range(count):
            trained.value_and_gradient(window)
            trained.predict({"rain": rain})
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = calls(1000)
    assert calls(10000) - before < 4096  # kB


def test_a_network_is_pickled(trained, data):
    again = pickle.loads(pickle.dumps(trained))
    np.testing.assert_array_equal(again.predict(data[0])["level"], trained.predict(data[0])["level"])
    assert again.history == trained.history and again.folder != trained.folder
    assert pickle.loads(pickle.dumps(networks.SeriesNetwork(SMALL))).history == []


def test_a_gap_in_the_inputs_is_a_gap_in_the_levels_and_begins_anew(trained, data):
    rain = data[0]["rain"].copy()
    rain[700:703] = np.nan
    found = trained.predict({"rain": rain})["level"]
    assert np.isnan(found[700:703]).all() and np.isnan(found).sum() == 3
    np.testing.assert_array_equal(found[:700], trained.predict(data[0])["level"][:700])
    np.testing.assert_array_equal(found[703:], trained.predict({"rain": rain[703:]})["level"])


def test_names_and_dates_of_pandas_are_taken(data):
    days = pd.date_range("2001-01-01", periods=1500)
    rain, level = (pd.Series(part, days, name=name) for (name, part) in (*data[0].items(), *data[1].items()))
    short = {**SMALL, "training.epochs": 1, "ensemble": {"members": 1}}
    network = networks.SeriesNetwork(short).fit(rain, level)
    assert (network.features, network.targets) == (["rain"], ["level"]) and len(network.history[0]["validation_loss"]) == 1
    for inputs, targets, says in (
        (rain, level.shift(freq="D"), "different dates"),
        ({"rain": rain}, {"level": level.shift(freq="D")}, "different dates"),
        ({"A": rain.to_frame()}, {"A": level.shift(freq="D").to_frame()}, "inputs of 'A' and targets of 'A'"),
        (rain.drop(days[100]), level.drop(days[100]), "uneven steps"),
        (rain[::-1], level[::-1], "order of time"),
    ):
        with pytest.raises(phreatic.InputError, match=says):
            networks.SeriesNetwork(short).fit(inputs, targets)


def tensors(path):
    """Of a file of safetensors: {name: bytes}."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    return {name: raw[8 + size :][slice(*about["data_offsets"])] for name, about in header.items()}


def test_weights_are_those_of_the_study_on_the_command_line_to_the_bit(extension, tmp_path, command):
    """A study trains in its own process; the series that it scaled, given to the extension, train to the same bits."""
    days = pd.date_range("2001-01-01", "2008-12-31")
    rain = np.random.default_rng(3).gamma(0.4, 6, len(days)).round(3)
    level = (np.convolve(rain, 0.97 ** np.arange(200))[: len(days)] * 0.01 + 10).round(4)
    table = pd.DataFrame({"date": days, "rain": rain, "level": level})
    table.to_csv(tmp_path / "A.csv", index=False)
    settings = {
        "window": {"mode": "simulation", "seq_length": 120, "predict_last_n": 60, "stride": 30},
        "model": {"cell": "lstm", "hidden_size": 6},
        "training": {"epochs": 3, "batch_size": 8, "learning_rate": 0.01, "seed": 4},
        "ensemble": {"members": 2},
    }
    study = {
        "study": "wells",
        "data": {"targets": {"files": "{id}.csv", "column": "level", "quantity": "level", "unit": "m"},
                 "drivers": {"files": "{id}.csv", "columns": [{"column": "rain", "name": "precipitation", "unit": "mm/d"}]}},
        "explain": {"enabled": False},
        **settings,
    }  # fmt: skip
    (tmp_path / "study.yml").write_text(json.dumps(study))
    command("run", tmp_path / "study.yml", "--out", tmp_path / "run")
    folder = tmp_path / "run/model/units/all"
    about = json.loads((folder / "model.json").read_text())
    well = json.loads((tmp_path / "run/wells.json").read_text())["wells"][0]

    def scaled(values, scale):
        return ((values - scale["centre"]) / scale["scale"]).astype(np.float32)[:, None]

    def steps(span):  # seconds since 1970
        return tuple(int((second - days[0].timestamp()) // 86400) for second in span)

    training, validation = steps(well["training"]), steps(well["validation"])
    observed = scaled(level, about["study"]["entities"][0]["targets"][0])
    observed[validation[1] :] = np.nan  # the test period is hidden from training
    extension.train(
        ["A"], ["precipitation"], [], ["level"], [scaled(rain, about["study"]["inputs"][0])], [], [observed],
        [training], [validation], json.dumps(settings), str(tmp_path / "network"), "{}", False, None,
    )  # fmt: skip
    for member in ("member_000.safetensors", "member_001.safetensors"):
        wanted = tensors(folder / member)
        assert len(wanted) > 3 and tensors(tmp_path / "network" / member) == wanted
