# SPDX-License-Identifier: BSD-3-Clause
"""The Temporal Fusion Transformer of Lim et al. (2021) in plain torch, part by part as the paper has it: every variable is
embedded, every network is a loop over variables, nothing is folded or batched. Used by tft_fixture.py and bench/tft.

Parameters are a dictionary by the names of phreatic/learn/architectures/tft/tft.hpp. Needs torch only.
"""
import math

import torch
import torch.nn.functional as F


def linear(p, name, x):
    return F.linear(x, p[name + ".weight"], p.get(name + ".bias"))


def gated_skip(p, name, skip, x, drop):
    value, gate = linear(p, name + ".gate", drop(x)).chunk(2, -1)
    y = skip + value * torch.sigmoid(gate)
    return F.layer_norm(y, y.shape[-1:], p[name + ".norm.weight"], p[name + ".norm.bias"])


def residual(p, name, a, drop, context=None):
    eta = linear(p, name + ".fc1", a)
    if context is not None:
        eta = eta + F.linear(context, p[name + ".context.weight"])
    eta = linear(p, name + ".fc2", F.elu(eta))
    skip = linear(p, name + ".skip", a) if name + ".skip.weight" in p else a
    return gated_skip(p, name, skip, eta, drop)


def variable(p, name, v):
    """The parameters of variable v's own network."""
    cut = len(name)
    return {"v" + key[cut:]: value[v] for key, value in p.items() if key.startswith(name + ".")}


def select(p, name, embedded, drop, context=None):
    """embedded: a list of [..., H]. Returns the combined [..., H] and the weights [..., V]."""
    weights = torch.softmax(residual(p, name + ".weights", torch.cat(embedded, -1), drop, context), -1)
    parts = [residual(variable(p, name + ".variable", v), "v", e, drop) for v, e in enumerate(embedded)]
    return sum(weights[..., v:v + 1] * part for v, part in enumerate(parts)), weights


def embed(p, name, x, single, pairs):
    weight, bias = p[name + ".weight"], p[name + ".bias"]
    out = [x[..., c:c + 1] * weight[c] + bias[c] for c in range(single)]
    for v in range(pairs):
        c = single + 2 * v
        out.append(x[..., c:c + 1] * weight[c] + x[..., c + 1:c + 2] * weight[c + 1] + bias[single + v])
    return out


def lstm(p, name, x, h, c):
    names = (".weight_ih", ".weight_hh", ".bias_ih", ".bias_hh")
    out, h, c = torch.lstm(x, (h[None], c[None]), [p[name + n] for n in names], True, 1, 0.0, True, False, True)
    return out, h[0], c[0]


def attend(p, x, queries, heads):
    batch, steps, hidden = x.shape
    d = hidden // heads
    q = F.linear(x, p["attention.query.weight"])[:, -queries:]
    k = F.linear(x, p["attention.key.weight"])
    v = F.linear(x, p["attention.value.weight"])
    last = torch.arange(steps - queries, steps, device=x.device)
    hidden_steps = torch.arange(steps, device=x.device)[None] > last[:, None]
    outputs, weights = [], []
    for m in range(heads):
        own = slice(m * d, (m + 1) * d)
        scores = q[..., own] @ k[..., own].transpose(1, 2) / math.sqrt(d)
        a = torch.softmax(scores.masked_fill(hidden_steps, -torch.inf), -1)
        weights.append(a)
        outputs.append(a @ v)
    return F.linear(sum(outputs) / heads, p["attention.out.weight"]), sum(weights) / heads


def forward(p, x, statics, features, encoder, outputs, heads, drop=lambda t: t):
    """x [B][T][C], statics [B][S] or None -> outputs [B][outputs][heads of the targets], and what is looked at."""
    looks = {}
    context = dict.fromkeys(("selection", "enrichment", "state_h", "state_c"))
    if statics is not None:
        s, looks["statics"] = select(p, "static", embed(p, "static_embed", statics, statics.shape[1], 0), drop)
        context = {name: residual(p, "context." + name, s, drop) for name in context}
    beside = None if statics is None else context["selection"][:, None]
    pairs = (x.shape[2] - features) // 2
    past, looks["past"] = select(p, "past", embed(p, "embed", x[:, :encoder], features, pairs), drop, beside)
    if features > 0:
        future, looks["future"] = select(p, "future", embed(p, "embed", x[:, encoder:], features, 0), drop, beside)
    else:
        future = past.new_zeros(x.shape[0], x.shape[1] - encoder, past.shape[2])
    zeros = past.new_zeros(x.shape[0], past.shape[2])
    h, c = (zeros, zeros) if statics is None else (context["state_h"], context["state_c"])
    seen, h, c = lstm(p, "encoder", past, h, c)
    ahead, _, _ = lstm(p, "decoder", future, h, c)
    local = gated_skip(p, "locality", torch.cat([past, future], 1), torch.cat([seen, ahead], 1), drop)
    beside = None if statics is None else context["enrichment"][:, None]
    enriched = residual(p, "enrichment", local, drop, beside)
    attended, looks["attention"] = attend(p, enriched, outputs, heads)
    y = gated_skip(p, "attention", enriched[:, -outputs:], attended, drop)
    y = residual(p, "position", y, drop)
    y = gated_skip(p, "final", local[:, -outputs:], y, lambda t: t)
    return linear(p, "head", y), looks


def shapes(features, past, statics, hidden, heads, outputs):
    """Names and shapes of all parameters, in the order of the layout."""
    out = {}

    def add(name, *shape):
        out[name] = shape

    def lin(name, rows, columns, bias=True):
        add(name + ".weight", rows, columns)
        if bias:
            add(name + ".bias", rows)

    def gate(name, rows):
        lin(name + ".gate", 2 * rows, hidden)
        add(name + ".norm.weight", rows)
        add(name + ".norm.bias", rows)

    def grn(name, columns, rows, context=False, skip=False):
        lin(name + ".fc1", hidden, columns)
        if context:
            lin(name + ".context", hidden, hidden, False)
        lin(name + ".fc2", hidden, hidden)
        if skip:
            lin(name + ".skip", rows, columns)
        gate(name, rows)

    def selection(name, count, context):
        if count == 0:
            return
        grn(name + ".weights", count * hidden, count, context, True)
        for part, rows in ((".fc1", hidden), (".fc2", hidden), (".gate", 2 * hidden)):
            add(name + ".variable" + part + ".weight", count, rows, hidden)
            add(name + ".variable" + part + ".bias", count, rows)
        add(name + ".variable.norm.weight", count, hidden)
        add(name + ".variable.norm.bias", count, hidden)

    add("embed.weight", features + 2 * past, hidden)
    add("embed.bias", features + past, hidden)
    if statics:
        add("static_embed.weight", statics, hidden)
        add("static_embed.bias", statics, hidden)
        selection("static", statics, False)
        for name in ("selection", "enrichment", "state_h", "state_c"):
            grn("context." + name, hidden, hidden)
    selection("past", features + past, statics > 0)
    selection("future", features, statics > 0)
    for name in ("encoder", "decoder"):
        add(name + ".weight_ih", 4 * hidden, hidden)
        add(name + ".weight_hh", 4 * hidden, hidden)
        add(name + ".bias_ih", 4 * hidden)
        add(name + ".bias_hh", 4 * hidden)
    gate("locality", hidden)
    grn("enrichment", hidden, hidden, statics > 0)
    lin("attention.query", hidden, hidden, False)
    lin("attention.key", hidden, hidden, False)
    lin("attention.value", hidden // heads, hidden, False)
    lin("attention.out", hidden, hidden // heads, False)
    gate("attention", hidden)
    grn("position", hidden, hidden)
    gate("final", hidden)
    lin("head", outputs, hidden)
    return out


def start(sizes, generator, dtype=torch.float32):
    """Random parameters; those of norms spread around 1 and 0, so that their gradients are tested too."""
    p = {}
    for name, shape in sizes.items():
        value = (torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5) * (2 / math.sqrt(shape[-1]))
        if name.endswith("norm.weight"):
            value = 1 + 0.3 * value
        p[name] = value.to(dtype).requires_grad_()
    return p
