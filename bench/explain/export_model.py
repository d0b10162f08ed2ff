# SPDX-License-Identifier: BSD-3-Clause
"""Trains a small LSTM on the 43 German wells (weekly; 52 weeks x 4 drivers, 16 static attributes, hidden 64) and
exports weights, scaled series and window lists for bench_expected_gradients and captum_gradient_shap.py.

    python bench/explain/export_model.py FOLDER [epochs]

Needs torch==2.13.0, numpy==2.4.6, pandas; data from PHREATIC_SHARED_DATA (default ../shared/data). A few epochs are
enough: what matters is a function as nonlinear as a trained one. Kept is not skill but the exported file.
"""
import glob
import json
import os
import pathlib
import sys
import time

import numpy as np
import pandas as pd
import torch

LAGS, HIDDEN, STATICS = 52, 64, 16
DRIVERS = ["P", "rH", "T", "Tsin"]
NO_FEATURES = {"BB_29519030", "BW_177-770-1", "MV_16450200", "SH_10L55005005"}  # SOURCE.md of the data


class Net(torch.nn.Module):
    def __init__(self, features, statics, hidden):
        super().__init__()
        self.lstm = torch.nn.LSTM(features + statics, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x, statics):
        h, _ = self.lstm(torch.cat([x, statics[:, None, :].expand(-1, x.shape[1], -1)], 2))
        return self.head(h[:, -1])[:, 0]


def read_wells():
    root = pathlib.Path(os.environ.get("PHREATIC_SHARED_DATA", "../shared/data")) / "wells/germany-weekly"
    names, tables = [], []
    for path in sorted(glob.glob(str(root / "gw/*.csv"))):
        name = pathlib.Path(path).name.replace("_GW-Data.csv", "")
        level = pd.read_csv(path)
        level.index = pd.to_datetime(level.pop("Date"), dayfirst=True, format="mixed")
        weather = pd.read_csv(root / f"hyras/{name}_weeklyData_HYRAS.csv")
        weather.index = pd.to_datetime(weather.pop("Date"), format="mixed")
        if name in NO_FEATURES or level.index[0].year > 2000 or level.index[-1].year < 2015:
            continue
        names.append(name)
        tables.append(weather[DRIVERS].join(level["GWL"]))
    env = pd.read_csv(root / "features/envfeat.csv", sep=";", index_col=0).select_dtypes("number")
    return names, tables, env.reindex(names).fillna(env.mean()).values[:, :STATICS]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    torch.manual_seed(0)
    torch.set_num_threads(2)
    names, tables, statics = read_wells()
    dates = tables[0].index
    x = np.stack([t[DRIVERS].values for t in tables])
    y = np.stack([t["GWL"].values for t in tables])
    train = np.asarray(dates <= "2007-12-31")
    x = ((x - x[:, train].mean((0, 1))) / x[:, train].std((0, 1))).astype("f4")
    offset, scale = np.nanmean(y[:, train], 1), np.nanstd(y[:, train], 1)
    spread = np.nanmax(y[:, train], 1) - np.nanmin(y[:, train], 1)
    y = ((y - offset[:, None]) / scale[:, None]).astype("f4")
    statics = ((statics - statics.mean(0)) / (statics.std(0) + 1e-9)).astype("f4")
    pairs = [(w, t) for w in range(len(names)) for t in range(LAGS - 1, len(dates))]
    training = np.array([(w, t) for w, t in pairs if train[t] and np.isfinite(y[w, t])], "i4")
    explained = np.array([(w, t) for w, t in pairs if dates[t] >= pd.Timestamp("2012-01-01")], "i4")

    net = Net(len(DRIVERS), STATICS, HIDDEN)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    xt, st, yt = torch.tensor(x), torch.tensor(statics), torch.tensor(y)
    lag = torch.arange(-LAGS + 1, 1)[None]
    random, start = np.random.RandomState(0), time.time()
    for epoch in range(epochs):
        order, total = random.permutation(len(training)), 0.0
        for first in range(0, len(order), 256):
            w, t = torch.tensor(training[order[first:first + 256]]).long().T
            loss = ((net(xt[w[:, None], t[:, None] + lag], st[w]) - yt[w, t]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1)
            optimizer.step()
            total += loss.item() * len(w)
        print(f"epoch {epoch}: MSE {total / len(order):.4f}, {time.time() - start:.0f} s", flush=True)

    def write(name, array, kind):
        np.ascontiguousarray(np.asarray(array), dtype=kind).tofile(folder / name)

    p = {k: v.detach().numpy() for k, v in net.named_parameters()}
    write("weight_ih.bin", p["lstm.weight_ih_l0"], "f4")
    write("weight_hh.bin", p["lstm.weight_hh_l0"], "f4")
    write("bias.bin", p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"], "f4")
    write("head.bin", np.r_[p["head.weight"][0], p["head.bias"]], "f4")
    write("series.bin", x, "f4")
    write("statics.bin", statics, "f4")
    write("training.bin", training, "i4")
    write("explained.bin", explained, "i4")
    write("scales.bin", np.c_[scale, offset, spread], "f8")
    torch.save(net.state_dict(), folder / "net.pt")
    (folder / "about.json").write_text(json.dumps(dict(
        wells=len(names), times=len(dates), lags=LAGS, features=len(DRIVERS), statics=STATICS, hidden=HIDDEN,
        drivers=DRIVERS, training=len(training), explained=len(explained), epochs=epochs)))


if __name__ == "__main__":
    main()
