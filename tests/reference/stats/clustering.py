# SPDX-License-Identifier: BSD-3-Clause
# Numbers of tests/stats/test_clustering.cpp and test_som.cpp. scikit-learn 1.9.1, scipy 1.17.1, MiniSom 2.3.6.
import numpy as np
from minisom import MiniSom
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score

i = np.arange(30)
centre = np.array([[0, 0], [3, 0.5], [1, 4]])[i % 3]
x = np.round(centre + 0.9 * np.column_stack([np.sin(1.7 * i * i), np.cos(2.3 * i * i + 1)]), 4)

for method in ("average", "complete", "ward"):
    z = linkage(x, method)
    print(method, "heights", [float(v) for v in z[[0, 5, 15, 25, 26, 27, 28], 2]], "sum", float(z[:, 2].sum()))
    print("   cut 4", "".join(map(str, fcluster(z, 4, "maxclust"))))
for k in (2, 3, 4, 5):
    model = KMeans(k, n_init=200, random_state=0).fit(x)
    print("kmeans", k, float(model.inertia_), "silhouette", float(silhouette_score(x, model.labels_)))
labels = i % 3
print("silhouettes", [float(v) for v in silhouette_samples(x, labels)[:4]])
print("ari", float(adjusted_rand_score(labels, (i // 2) % 4)), float(adjusted_rand_score(labels, (labels + (i > 24)) % 3)))

# A fixed codebook on 3 x 4 nodes: quantisation and topographic error, U-matrix (mean of eight neighbours).
codebook = np.array([[[c + 0.2 * np.sin(r + c), 1.3 * r + 0.3 * np.cos(r * c)] for c in range(4)] for r in range(3)])
codebook = codebook.reshape(12, 2)[[5 * k % 12 for k in range(12)]].reshape(3, 4, 2)  # out of order on purpose
som = MiniSom(3, 4, 2)
som._weights = codebook
print("quantisation", float(som.quantization_error(x)), "topographic", float(som.topographic_error(x)))
print("u", [float(v) for v in som.distance_map(scaling="mean").ravel()])
