# SPDX-License-Identifier: BSD-3-Clause
"""captum's GradientShap on the model that export_model.py wrote: time per draw, and the draws it takes until the
standard error of every window's per-driver sum is at most 1 % of the well's training range.

    python bench/explain/captum_gradient_shap.py FOLDER [threads]

Pinned: captum==0.9.0, torch==2.13.0, numpy==2.4.6. GradientShap returns a mean over n_samples draws and no error, so
the variance of one draw is taken from repeated calls on every 20th window; the time of the whole task is time per draw
x draws. Two totals are given: each window with just the draws it needs (nobody knows them beforehand; kind to captum)
and one n_samples for all, which is how it is called. References are the well's training windows, as on our side.
"""
import json
import pathlib
import sys
import time

import captum
import numpy as np
import torch
from captum.attr import GradientShap

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from export_model import Net  # noqa: E402

TOLERANCE, REPEATS, SAMPLES, EVERY = 0.01, 24, 16, 20


def main():
    folder = pathlib.Path(sys.argv[1])
    torch.manual_seed(1)
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    about = json.loads((folder / "about.json").read_text())
    net = Net(about["features"], about["statics"], about["hidden"])
    net.load_state_dict(torch.load(folder / "net.pt"))
    net.eval()
    for p in net.parameters():
        p.requires_grad_(False)  # gradients of inputs only
    shape = (about["wells"], about["times"], about["features"])
    series = torch.from_numpy(np.fromfile(folder / "series.bin", "f4").reshape(shape))
    statics = torch.from_numpy(np.fromfile(folder / "statics.bin", "f4").reshape(about["wells"], -1))
    training = np.fromfile(folder / "training.bin", "i4").reshape(-1, 2)
    explained = np.fromfile(folder / "explained.bin", "i4").reshape(-1, 2)
    scales = np.fromfile(folder / "scales.bin").reshape(-1, 3)
    lag = torch.arange(-about["lags"] + 1, 1)[None]

    def windows(list_):
        w, t = torch.tensor(list_).long().T
        return series[w[:, None], t[:, None] + lag]

    references = [windows(training[training[:, 0] == w]) for w in range(about["wells"])]
    shap = GradientShap(net)

    def attribute(well, list_, samples):
        return shap.attribute(windows(list_), references[well], n_samples=samples, stdevs=0.0,
                              additional_forward_args=(statics[well].expand(len(list_), -1),))

    # Time per draw: the best of several batch sizes and of oneDNN on and off.
    own = explained[explained[:, 0] == 0]
    timings = {}
    for onednn in (True, False):
        torch.backends.mkldnn.enabled = onednn
        with torch.backends.mkldnn.flags(enabled=onednn):
            for count, samples in ((32, 32), (128, 16), (209, 16), (209, 40)):
                best = min(_time(lambda: attribute(0, own[:count], samples)) for _ in range(3))
                timings[f"onednn={onednn} windows={count} samples={samples}"] = best / (count * samples)
    setting, per_draw = min(timings.items(), key=lambda kv: kv[1])
    torch.backends.mkldnn.enabled = "onednn=True" in setting

    chosen = np.arange(0, len(explained), EVERY)
    needed, means, errors = [], [], []
    for well in range(about["wells"]):
        mine = explained[chosen[explained[chosen, 0] == well]]
        sums = torch.stack([attribute(well, mine, SAMPLES).sum(1) for _ in range(REPEATS)]).double().detach().numpy()
        variance = SAMPLES * sums.var(0, ddof=1)  # of one draw, scaled units
        tolerance = TOLERANCE * scales[well, 2] / scales[well, 0]
        needed += list(variance.max(1) / tolerance**2)
        means.append(sums.mean(0) * scales[well, 0])
        errors.append(np.sqrt(variance / SAMPLES / REPEATS) * scales[well, 0])
    needed = np.ceil(np.array(needed))
    result = dict(captum=captum.__version__, torch=torch.__version__, threads=torch.get_num_threads(), setting=setting,
                  microseconds_per_draw=1e6 * per_draw, all_timings={k: 1e6 * v for k, v in timings.items()},
                  draws_per_window_oracle=needed.mean(), draws_per_window_one_number=needed.max(),
                  seconds_oracle=per_draw * needed.mean() * len(explained),
                  seconds_one_number=per_draw * needed.max() * len(explained))
    ours = folder / "ours.bin"
    if ours.exists():
        rows = np.fromfile(ours).reshape(len(explained), -1)[chosen]
        f = about["features"]
        z = (rows[:, :f] - np.concatenate(means)) / np.hypot(rows[:, f:2 * f], np.concatenate(errors))
        result["rms_difference_in_combined_errors"] = float(np.sqrt((z**2).mean()))
    print(json.dumps(result, indent=1))


def _time(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
