# SPDX-License-Identifier: BSD-3-Clause
# Writes tests/reference/explain/captum_mlp.json: attributions of a small network by captum, for
# tests/explain/test_captum.cpp. Run with torch==2.13.0, captum==0.9.0, numpy==2.4.6 (float64 throughout).
import json
import pathlib

import captum
import torch
from captum.attr import GradientShap, IntegratedGradients

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
T, F, H, REFERENCES, WINDOWS = 3, 2, 5, 12, 4


class Mlp(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(T * F, H)
        self.last = torch.nn.Linear(H, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x.flatten(1))))[:, 0]


net = Mlp()
with torch.no_grad():
    for p in net.parameters():
        p.copy_((p * 4).round(decimals=3))
references = torch.randn(REFERENCES, T, F).round(decimals=3)
windows = (1.5 * torch.randn(WINDOWS, T, F)).round(decimals=3)
baseline = references[:1]
ig, delta = IntegratedGradients(net).attribute(
    windows, baseline.expand(WINDOWS, -1, -1), n_steps=200, method="gausslegendre", return_convergence_delta=True)
print("completeness", delta.abs().max().item())
total, squares, rounds = 0, 0, 200
for _ in range(rounds):
    a = GradientShap(net).attribute(windows, references, n_samples=1000, stdevs=0.0).detach()
    total, squares = total + a, squares + a * a
mean = total / rounds
error = ((squares / rounds - mean**2) / (rounds - 1)).sqrt()
out = dict(captum=captum.__version__, first_weight=net.first.weight.tolist(), first_bias=net.first.bias.tolist(),
           last_weight=net.last.weight[0].tolist(), last_bias=net.last.bias[0].item(), references=references.tolist(),
           windows=windows.tolist(), values=net(windows).tolist(), integrated_gradients=ig.tolist(),
           gradient_shap=mean.tolist(), gradient_shap_error=error.tolist())
pathlib.Path(__file__).with_name("captum_mlp.json").write_text(json.dumps(out, indent=1))
