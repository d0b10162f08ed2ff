# SPDX-License-Identifier: BSD-3-Clause
"""Parameters after three updates by torch.optim.Adam and AdamW, and losses, for tests/learn/test_losses.cpp.

Run with the torch 2.13.0 of .venv: .venv/bin/python tests/reference/learn/adam_steps.py
"""
import torch

START, GRADIENTS = [0.5, -1.0, 2.0], [[0.1, -0.2, 3.0], [0.3, 0.1, -1.0], [-0.5, 0.0, 0.25]]
for kind in (torch.optim.Adam, torch.optim.AdamW):
    p = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))
    optimizer = kind([p], lr=0.01, weight_decay=0.1)
    for g in GRADIENTS:
        p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
    print(kind.__name__, [f"{v:.10f}" for v in p.tolist()])

f = torch.tensor([0.5, -1.0, 2.0, 4.0], dtype=torch.float64)
y = torch.tensor([1.0, 1.0, 2.5, 0.5], dtype=torch.float64)
print("huber", torch.nn.functional.huber_loss(f, y, delta=0.75).item())
print("1 - r2", 1 - torch.corrcoef(torch.stack([f, y]))[0, 1].item() ** 2)
