# SPDX-License-Identifier: BSD-3-Clause
"""Losses and gradients of SSVAER by torch's automatic differentiation, written from the equations (Zhuang et al. 2022,
with the corrections of docs/methods/ssvaer.md), for tests/learn/test_ssvaer.cpp. Needs torch 2.13.0 alone.

    python3 tests/reference/learn/ssvaer_fixture.py > tests/reference/learn/ssvaer.json
"""
import json
import math

import torch

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
ROWS, COVARIATES, SHARE, HIDDEN, LATENT, DECODER, WEIGHT = 6, 3, [4, 3], 2, 2, [3], 0.7


def stack(sizes, inner, last):
    layers = []
    for k in range(len(sizes) - 1):
        layers.append({"w": (torch.randn(sizes[k], sizes[k + 1]) * 0.7).requires_grad_(), "b": (torch.randn(1, sizes[k + 1]) * 0.3).requires_grad_(),
                       "f": last if k + 2 == len(sizes) else inner})
    return layers


def forward(layers, x):
    for layer in layers:
        x = layer["f"](x @ layer["w"] + layer["b"])
    return x


def linear(x):
    return x


def head(outputs, inner, last):
    return stack([SHARE[-1], HIDDEN, outputs], inner, last)


def case(ordered, entropy):
    net = {"share": stack([COVARIATES, *SHARE], torch.tanh, torch.tanh), "mu_z": head(LATENT, torch.relu, linear), "log_z": head(LATENT, torch.relu, linear),
           "mu_y": head(1, torch.tanh, linear), "log_y": head(1, torch.relu, linear), "dy": head(1, torch.tanh, torch.tanh) if ordered else [],
           "generator": stack([2 if ordered else 1, 2, LATENT], torch.relu, linear), "decoder": stack([LATENT, *DECODER, COVARIATES], torch.relu, linear)}
    x, x_next = torch.randn(ROWS, COVARIATES), torch.randn(ROWS, COVARIATES)
    y = torch.randn(ROWS, 1)
    labelled = torch.tensor([1, 1, 0, 1, 0, 1], dtype=torch.bool)
    has_next = torch.tensor([1, 0, 1, 1, 1, 0], dtype=torch.get_default_dtype())
    e_z, e_y, e_g, e_next = torch.randn(ROWS, LATENT), torch.randn(ROWS, 1), torch.randn(ROWS, LATENT), torch.randn(ROWS, 1)

    def heads(v):
        h = forward(net["share"], v)
        return forward(net["mu_z"], h), forward(net["log_z"], h), forward(net["mu_y"], h), torch.clamp(forward(net["log_y"], h), -10, 5), forward(net["dy"], h) if ordered else None

    def generated(value, dy):
        return forward(net["generator"], torch.cat([value, dy], 1) if ordered else value)

    def divergence(mu, log_s, g):
        return -0.5 * (1 + log_s - (mu - g) ** 2 - log_s.exp()).sum(1)

    mu_z, log_z, mu_y, log_y, dy = heads(x)
    s_y = (0.5 * log_y).exp()
    value = mu_y + s_y * e_y
    g = generated(value, dy)
    reconstruction = ((x - forward(net["decoder"], mu_z + (0.5 * log_z).exp() * e_z)) ** 2).mean() + ((x - forward(net["decoder"], (g + e_g).detach())) ** 2).mean()
    kl = divergence(mu_z, log_z, g).mean()
    if ordered:
        mu_z2, log_z2, _, _, dy2 = heads(x_next)
        kl = kl + (has_next * divergence(mu_z2, log_z2, generated(mu_y + dy + s_y * e_next, dy2))).sum() / ROWS
    lab = 0.5 * ((y - mu_y) ** 2 / s_y**2 + log_y - 1)[labelled].mean()
    free, free_s = mu_y[~labelled], log_y[~labelled]
    unl = 0.5 * (1 + math.log(2 * math.pi) + free_s).mean() if entropy else torch.distributions.kl_divergence(
        torch.distributions.Normal(free, (0.5 * free_s).exp()), torch.distributions.Normal(0.0, 1.0)).mean()
    (reconstruction + WEIGHT * kl + lab + unl).backward()
    flat = lambda v: [None if math.isnan(a) else round(a, 12) for a in v.detach().reshape(-1).tolist()]
    y = torch.where(labelled[:, None], y, torch.nan)
    return {"ordered": ordered, "entropy": entropy, "x": flat(x), "x_next": flat(x_next), "y": flat(y), "has_next": [int(v) for v in has_next], "e_z": flat(e_z),
            "e_y": flat(e_y), "e_g": flat(e_g), "e_next": flat(e_next), "loss": [reconstruction.item(), kl.item(), lab.item(), unl.item()], "mu_y": flat(mu_y),
            "log_y": flat(log_y), "parts": [[{"w": flat(v["w"]), "b": flat(v["b"]), "dw": flat(v["w"].grad if v["w"].grad is not None else torch.zeros_like(v["w"])),
                                              "db": flat(v["b"].grad if v["b"].grad is not None else torch.zeros_like(v["b"]))} for v in part] for part in net.values()]}


print(json.dumps({"rows": ROWS, "covariates": COVARIATES, "share": SHARE, "hidden": HIDDEN, "latent": LATENT, "decoder": DECODER, "weight": WEIGHT,
                  "cases": [case(True, False), case(False, False), case(True, True)]}))
