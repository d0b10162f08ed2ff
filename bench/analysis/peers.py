# SPDX-License-Identifier: BSD-3-Clause
"""MiniSom and antropy on the series of bench_analysis: som_online|som_batch OUT, entropy OUT, quantisation CODEBOOK.

MiniSom follows our schedule, so that both maps are asked for the same: the radius falls geometrically from 5 to 0.5 over the
epochs, the rate linearly from 0.5 to 0.01 (batch: 1, means alone), each epoch presents every series once in a new order. Its
own decays end at a radius of 1.7, whose quantisation error is 7 % larger. The start is counted in neither."""
import json
import sys
import time

import numpy as np

what, path = sys.argv[1], sys.argv[2]


def made(series, steps):
    state = 1
    out = np.empty((series, steps))
    t = np.arange(steps)
    for k in range(series):
        draws = np.empty(steps + 1)
        for i in range(steps + 1):
            state = (1103515245 * state + 12345) % 2**31
            draws[i] = (state + 0.5) / 2**31 - 0.5
        level = 0.0
        for i in range(steps):
            level = 0.95 * level + draws[i + 1]
            out[k, i] = level
        out[k] += np.cos(2 * np.pi * t / 365 + 2 * np.pi * draws[0])
    return out


def quantisation(codebook, data):
    squares = (data**2).sum(1)[:, None] - 2 * data @ codebook.T + (codebook**2).sum(1)[None, :]
    return float(np.sqrt(np.maximum(squares, 0).min(1)).mean())


if what == "quantisation":
    print(json.dumps({"error": quantisation(np.loadtxt(path).reshape(100, 1000), made(1000, 1000))}))
elif what == "entropy":
    import antropy
    series = 500  # of the 10,000: the peer's time is counted for each
    data = made(series, 5000)
    antropy.perm_entropy(data[0], order=3, normalize=True)
    start = time.process_time()
    found = [antropy.perm_entropy(y, order=3, normalize=True) for y in data]
    print(json.dumps({"cpu_s": (time.process_time() - start) * 10000 / series}))
    np.savetxt(path, found)
else:
    from minisom import MiniSom
    data = made(1000, 1000)
    online = what == "som_online"

    def rate(first, epoch, epochs):
        return first + (0.01 - first) * epoch / (epochs - 1) if online else 1.0

    som = MiniSom(10, 10, 1000, sigma=5, learning_rate=0.5, decay_function=rate, random_seed=1)
    som._sigma_decay_function = lambda first, epoch, epochs: first * (0.5 / first) ** (epoch / (epochs - 1))
    som.pca_weights_init(data)
    start = time.process_time()
    if online:
        som.train(data, 10, random_order=True, use_epochs=True)
    else:
        som.train_batch_offline(data, 10)
    print(json.dumps({"cpu_s": time.process_time() - start}))
    np.savetxt(path, som.get_weights().reshape(-1))
