# SPDX-License-Identifier: BSD-3-Clause
"""Seconds of an epoch of the network of gnnwr 0.1.17 (PyPI) fed with distances to fewer reference points than rows, which
its data sets cannot give it: its SWNN, its loss, Adagrad, shuffled batches, an evaluation of the validation rows.

    python3 peer_network.py ROWS VALIDATION REFERENCES TERMS HIDDEN(a,b,c) BATCH EPOCHS THREADS
"""
import json
import resource
import sys
import time
import warnings

warnings.simplefilter("ignore")
rows, validation, references, terms = (int(v) for v in sys.argv[1:5])
hidden = [int(v) for v in sys.argv[5].split(",")]
batch, epochs, threads = (int(v) for v in sys.argv[6:9])

import torch  # noqa: E402
from gnnwr.networks import SWNN  # noqa: E402

torch.set_num_threads(threads)
torch.manual_seed(1)
n = rows + validation
distances, x, y = torch.rand(n, references), torch.randn(n, terms), torch.randn(n)
training = torch.utils.data.TensorDataset(distances[:rows], x[:rows], y[:rows])
loader = torch.utils.data.DataLoader(training, batch_size=batch, shuffle=True)
network = SWNN(hidden, references, terms)
optimiser = torch.optim.Adagrad(network.parameters(), lr=0.1, weight_decay=1e-3)
loss_of = torch.nn.MSELoss()


def epoch():
    network.train()
    for d, a, b in loader:
        optimiser.zero_grad()
        loss_of((network(d) * a).sum(1), b).backward()
        optimiser.step()
    network.eval()
    with torch.no_grad():
        loss_of((network(distances[rows:]) * x[rows:]).sum(1), y[rows:])


epoch()
user, start = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.perf_counter()
for _ in range(epochs):
    epoch()
print(json.dumps({"wall_s": (time.perf_counter() - start) / epochs, "user_s": (resource.getrusage(resource.RUSAGE_SELF).ru_utime - user) / epochs}))
