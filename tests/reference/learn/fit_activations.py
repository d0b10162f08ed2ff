# SPDX-License-Identifier: BSD-3-Clause
"""Fits the coefficients in phreatic/learn/kernels/recurrent/activations.hpp; prints them with their errors. Needs numpy (2.2.6).

exp: 2^f on [-1/2, 1/2] by a polynomial of degree 5, smallest largest relative error (exchange algorithm).
tanh: x P(x^2) / Q(x^2), both of degree 4, on [0, 9.01], smallest largest relative error, by least squares linearised
in Q with weights raised where the error is large (Lawson).
"""
import numpy as np

CUT = 9.01


def fit_exp2(degree=5):
    n = degree + 2
    f = -0.5 * np.cos(np.pi * np.arange(n) / (n - 1))
    grid = np.linspace(-0.5, 0.5, 20001)
    for _ in range(20):
        a = np.concatenate([np.vander(f, degree + 1, increasing=True), ((-1.0) ** np.arange(n) * 2**f)[:, None]], 1)
        c = np.linalg.solve(a, 2**f)[:-1]
        e = np.polynomial.polynomial.polyval(grid, c) / 2**grid - 1
        signs = np.flatnonzero(np.diff(np.sign(e)))
        edges = np.concatenate([[0], signs + 1, [len(grid)]])
        f = np.array([grid[i + np.argmax(abs(e[i:j]))] for i, j in zip(edges[:-1], edges[1:])])
    return c, abs(e).max()


def fit_tanh(p=4, q=4, points=6000, rounds=6000):
    x = np.linspace(1e-3, CUT, points)
    y, f = (x / CUT) ** 2, np.tanh(x) / x
    chebyshev = lambda d: np.stack([np.polynomial.chebyshev.chebval(2 * y - 1, [0] * k + [1]) for k in range(d + 1)], 1)
    tp, tq = chebyshev(p), chebyshev(q)
    weights, before, best = np.ones(points), np.ones(points), (np.inf, None)
    for k in range(rounds):
        s = np.sqrt(weights) / (before * f)
        a = np.concatenate([tp * s[:, None], -tq[:, 1:] * (f * s)[:, None]], 1)
        c = np.linalg.lstsq(a, f * s, rcond=None)[0]
        below = 1 + tq[:, 1:] @ c[p + 1 :]
        e = tp @ c[: p + 1] / below / f - 1
        if abs(e).max() < best[0]:
            best = (abs(e).max(), c)
        before = below
        if k > 20:
            weights *= (abs(e) / abs(e).max() + 1e-6) ** 0.5
            weights /= weights.mean()
    error, c = best
    power = lambda c: np.polynomial.Chebyshev(c, domain=[0, 1]).convert(kind=np.polynomial.Polynomial).coef
    above, below = power(c[: p + 1]), power(np.r_[1, c[p + 1 :]])
    scale = CUT ** (-2.0 * np.arange(5))
    return above * scale[: p + 1] / below[0], below * scale[: q + 1] / below[0], error


for name, (coefficients, error) in {"2^f": fit_exp2()}.items():
    print(name, "error", error, [f"{c:.9g}" for c in coefficients])
above, below, error = fit_tanh()
print("tanh error", error)
print("P", [f"{np.float32(c):.9g}" for c in above])
print("Q", [f"{np.float32(c):.9g}" for c in below])
