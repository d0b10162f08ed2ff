# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_permutation_entropy.cpp. antropy 0.2.3, ordpy 1.2.3, numpy 2.4.6.
import antropy
import numpy as np
import ordpy

i = np.arange(400)
x = np.round(np.sin(0.37 * i) + 0.6 * np.sin(1.9 * i * i) + 0.002 * i, 6)
assert len(set(x)) == len(x)  # no ties: peers and we break them differently
for order, delay in ((3, 1), (4, 2), (5, 3), (6, 1)):
    print(order, delay, "bits", repr(float(antropy.perm_entropy(x, order, delay))),
          "normalised", repr(float(antropy.perm_entropy(x, order, delay, normalize=True))),
          "weighted", repr(float(ordpy.weighted_permutation_entropy(x, dx=order, taux=delay, base=2, normalized=True))))
