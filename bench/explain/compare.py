# SPDX-License-Identifier: BSD-3-Clause
"""Expected gradients beside captum's GradientShap: the same model, windows, references and standard error."""
import json

from harness import PYTHON, ROOT, median, spread, store, table, verdict, versions

TOLERANCE = 0.01


def run(runner, build, rounds):
    folder = build / "bench-explain"
    if not (folder / "about.json").exists():
        runner.prepare([PYTHON, ROOT / "bench/explain/export_model.py", folder])
    ours, captum = [], []
    for _ in range(rounds or 3):
        ours.append(json.loads(runner([build / "bin/bench_expected_gradients", folder, 2, TOLERANCE])))
        captum.append(json.loads(runner([PYTHON, "-W", "ignore", ROOT / "bench/explain/captum_gradient_shap.py", folder])))
    about = json.loads((folder / "about.json").read_text())
    seconds = [r["seconds"] for r in ours]
    memory = max(r["peak_memory_mb"] for r in ours)
    per_draw = [r["microseconds_per_draw"] for r in captum]
    kind = [r["seconds_oracle"] for r in captum]
    usual = [r["seconds_one_number"] for r in captum]
    last, peer = ours[-1], captum[-1]
    verdicts = [
        verdict("captum (each window just the draws it needs) over ours", median(kind) / median(seconds), 10),
        verdict("captum (one number of draws, as it is called) over ours", median(usual) / median(seconds), 10),
        verdict("seconds", median(seconds), 180, " s", more_is_better=False),
        verdict("resident memory", memory / 1e3, 2, " GB", more_is_better=False),
        verdict("windows within the tolerance", 100 * last["converged"] / last["windows"], 100, " %"),
    ]
    rows = [
        ("Phreatic", f"{median(seconds):.1f}", spread(seconds), f"{last['draws_per_window']:.0f}", f"{1e6 * median(seconds) / last['draws']:.1f}", "1"),
        ("captum, each window just the draws it needs", f"{median(kind):.0f}", spread(kind), f"{peer['draws_per_window_oracle']:.0f}",
         f"{median(per_draw):.1f}", f"{median(kind) / median(seconds):.1f}"),
        ("captum, one number of draws for all", f"{median(usual):.0f}", spread(usual), f"{peer['draws_per_window_one_number']:.0f}",
         f"{median(per_draw):.1f}", f"{median(usual) / median(seconds):.1f}"),
    ]
    text = "\n\n".join([
        f"{about['wells']} German wells x {about['explained'] // about['wells']} dates x {about['lags']} weeks x {about['features']} drivers, "
        f"LSTM of {about['hidden']} with {about['statics']} static attributes, until the standard error of each window's per-driver sum is at "
        f"most 1 % of the well's training range; 2 threads, float32. Ours runs in full. captum's total is extrapolated: its time per draw "
        f"(best of oneDNN on and off and of several batch sizes: {peer['setting']}) times the draws that its variance on every 20th window "
        f"asks for. Ours and captum's attributions of those windows differ by {peer.get('rms_difference_in_combined_errors', float('nan')):.2f} "
        f"combined standard errors (root mean square; 1 is what chance gives). Largest completeness residual: "
        f"{100 * last['largest_residual_in_ranges']:.2f} % of the well's range.",
        table(("Program", "Seconds", "Range", "Draws per window", "Microseconds per draw", "Over ours"), rows)])
    store("explain", "Expected gradients against captum's GradientShap", text, verdicts, runner, versions("captum", "torch", "numpy"))
