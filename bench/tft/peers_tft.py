# SPDX-License-Identifier: BSD-3-Clause
"""A training step of Temporal Fusion Transformers of others, in the shapes of bench_tft.cpp, and inference with attention.

  python bench/tft/peers_tft.py pytorch-forecasting|neuralforecast|plain|compiled step|look COUNT [THREADS]

pytorch-forecasting 1.8.0: its TemporalFusionTransformer with hidden_continuous_size as wide as hidden_size, so that
variables are embedded as widely as in the paper and in ours. neuralforecast 3.3.0: its TFT. plain, compiled: tests/reference/learn/tft.py, as it is and
under torch.compile. Needs the environment of bench/tft/peers.txt. A step is forward, mean square, backward, Adam; dropout 0.1 in all, or as BENCH_DROPOUT says. One line of JSON.
"""
import json
import os
import pathlib
import resource
import sys
import time

import torch

BATCH, PAST, HORIZON, VARIABLES, HIDDEN, HEADS = 64, 180, 30, 10, 64, 4
DROPOUT = float(os.environ.get("BENCH_DROPOUT", "0.1"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/reference/learn"))


def pytorch_forecasting():
    from pytorch_forecasting import TemporalFusionTransformer
    from pytorch_forecasting.metrics import MAE

    names = [f"x{i}" for i in range(VARIABLES)]
    net = TemporalFusionTransformer(
        hidden_size=HIDDEN, hidden_continuous_size=HIDDEN, attention_head_size=HEADS, dropout=DROPOUT, lstm_layers=1,
        max_encoder_length=PAST, x_reals=names, x_categoricals=[], time_varying_reals_encoder=names,
        time_varying_reals_decoder=names, output_size=1, loss=MAE(),
        output_transformer=lambda out: out["prediction"])
    x = torch.randn(BATCH, PAST + HORIZON, VARIABLES)
    batch = {"encoder_lengths": torch.full((BATCH,), PAST), "decoder_lengths": torch.full((BATCH,), HORIZON),
             "encoder_cont": x[:, :PAST], "decoder_cont": x[:, PAST:], "encoder_cat": torch.zeros(BATCH, PAST, 0, dtype=torch.long),
             "decoder_cat": torch.zeros(BATCH, HORIZON, 0, dtype=torch.long), "target_scale": torch.ones(BATCH, 2)}
    return list(net.parameters()), lambda: net.forward(batch)["prediction"], net


def neuralforecast():
    """Nine variables known in past and future and the level of the past: ten in the encoder."""
    import logging

    logging.disable(logging.WARNING)
    from neuralforecast.models import TFT

    names = [f"x{i}" for i in range(VARIABLES - 1)]
    net = TFT(h=HORIZON, input_size=PAST, hidden_size=HIDDEN, n_head=HEADS, dropout=DROPOUT, futr_exog_list=names, scaler_type="identity")
    batch = {"insample_y": torch.randn(BATCH, PAST, 1), "insample_mask": torch.ones(BATCH, PAST, 1),
             "futr_exog": torch.randn(BATCH, PAST + HORIZON, VARIABLES - 1), "hist_exog": None, "stat_exog": None}
    return list(net.parameters()), lambda: net.forward(batch), net


def transcription(compiled):
    import tft

    p = tft.start(tft.shapes(VARIABLES, 0, 0, HIDDEN, HEADS, 1), torch.Generator().manual_seed(1))
    x = torch.randn(BATCH, PAST + HORIZON, VARIABLES)
    training = [True]
    drop = lambda t: torch.nn.functional.dropout(t, DROPOUT, training[0])
    if compiled:  # the LSTM stays torch's own kernel: taken apart into its 210 steps it had not compiled in half an hour
        tft.lstm = torch.compiler.disable(tft.lstm)
    forward = torch.compile(tft.forward, dynamic=False) if compiled else tft.forward
    return list(p.values()), lambda: forward(p, x, None, VARIABLES, PAST, HORIZON, HEADS, drop), training


def main():
    peer, what, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 2)
    torch.manual_seed(1)
    networks = {"pytorch-forecasting": pytorch_forecasting, "neuralforecast": neuralforecast}
    parameters, forward, mode = networks[peer]() if peer in networks else transcription(peer == "compiled")
    if what == "look" and hasattr(mode, "eval"):
        mode.eval()
    elif what == "look":
        mode[0] = False
    adam = torch.optim.Adam(parameters)

    def step():
        adam.zero_grad()
        y = forward()
        (y if torch.is_tensor(y) else y[0]).square().mean().backward()
        adam.step()

    def look():
        with torch.no_grad():
            forward()

    wall, cpu = [], []
    for i in range(count + 2):
        start, before = time.perf_counter(), time.process_time()
        step() if what == "step" else look()
        if i >= 2:
            wall.append(round(time.perf_counter() - start, 4))
            cpu.append(round(time.process_time() - before, 4))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"what": f"{peer} {what}", "wall": wall, "cpu": cpu, "peak_mb": round(peak)}), flush=True)


main()
