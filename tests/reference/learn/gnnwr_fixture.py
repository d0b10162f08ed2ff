# SPDX-License-Identifier: BSD-3-Clause
"""Networks of the program gnnwr 0.1.17 (PyPI, needs torch) with given weights: output, loss, gradients, running statistics.

    python3 gnnwr_fixture.py > gnnwr.json

Read by tests/learn/test_gnnwr_parity.cpp.
"""
import json
import sys

import torch
from gnnwr.networks import STPNN, SWNN

torch.manual_seed(3)
ROWS, REFERENCES, TERMS, HIDDEN = 7, 11, 3, [8, 4]


def flat(tensor):
    return [float(v) for v in tensor.detach().reshape(-1)]


def module(linear, gradients):
    pick = (lambda p: p.grad) if gradients else (lambda p: p)
    out = {"weight": flat(pick(linear.layer.weight)), "bias": flat(pick(linear.layer.bias))}
    if hasattr(linear.batch_norm, "weight"):
        out |= {"scale": flat(pick(linear.batch_norm.weight)), "shift": flat(pick(linear.batch_norm.bias)),
                "mean": flat(linear.batch_norm.running_mean), "variance": flat(linear.batch_norm.running_var)}
    return out


def state(swnn, stpnn, gradients=False):
    pick = (lambda p: p.grad) if gradients else (lambda p: p)
    out = {"layers": [module(m, gradients) for m in swnn.fc], "slope": flat(pick(swnn.activate_func.weight))[0]}
    if stpnn is not None:
        out["proximity"] = [module(m, gradients) for m in stpnn.fc]
    return out


def case(with_time):
    prelu = torch.nn.PReLU(init=0.4)
    swnn = SWNN(HIDDEN, REFERENCES, TERMS, 0.0, prelu, True)
    stpnn = STPNN([3], 2, 1, 0.0, batch_norm=True) if with_time else None
    for net in filter(None, (swnn, stpnn)):
        for p in net.parameters():  # no parameter at a value that hides its part
            p.data += 0.1 * torch.randn_like(p)
    if stpnn is not None:
        stpnn.fc[-1].layer.weight.data.abs_()  # alive
        stpnn.fc[-1].layer.bias.data.fill_(0.05)
    space, time = torch.rand(ROWS, REFERENCES), torch.rand(ROWS, REFERENCES)
    terms, target = torch.randn(ROWS, TERMS), torch.randn(ROWS)
    out = {"space": flat(space), "time": flat(time), "terms": flat(terms), "target": flat(target), "weights": state(swnn, stpnn)}
    data = stpnn(torch.stack((space, time), -1)) if with_time else space
    w = swnn(data)
    loss = torch.nn.functional.mse_loss((w * terms).sum(1), target)
    loss.backward()
    out |= {"loss": float(loss), "gradients": state(swnn, stpnn, True)}
    for net in filter(None, (swnn, stpnn)):
        net.eval()
    data = stpnn(torch.stack((space, time), -1)) if with_time else space
    out["evaluated"] = flat(swnn(data))
    return out


json.dump({"rows": ROWS, "references": REFERENCES, "terms": TERMS, "hidden": HIDDEN, "gnnwr": case(False), "gtnnwr": case(True)}, sys.stdout)
