# SPDX-License-Identifier: BSD-3-Clause
"""Networks in this process: they learn, stop when they are told, give the same bits again."""

import gc
import resource
import sys

import numpy as np
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
