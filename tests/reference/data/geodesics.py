#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Numbers that tests/data/test_gridded.cpp expects. Needs pyproj==3.7.0."""
import numpy as np
from pyproj import Geod, Transformer

geod = Geod(ellps="WGS84")
for a, b in [((8.5, 49.0), (8.51, 49.02)), ((-72.3, 41.8), (21.5, 66.4)), ((179.9, -10.0), (-179.8, 10.0)), ((10.0, 0.0), (11.0, 0.0))]:
    print(a, b, "%.6f" % geod.inv(*a, *b)[2])
point, line = (8.45, 49.02), [(8.0, 49.0), (8.5, 49.1), (8.7, 48.9)]
best = min(
    geod.inv(*point, lon, lat)[2]
    for (x0, y0), (x1, y1) in zip(line, line[1:])
    for lon, lat in zip(np.linspace(x0, x1, 200001), np.linspace(y0, y1, 200001))
)
print("distance to line %.4f" % best)
print("UTM 502500 5397500 to", Transformer.from_crs("EPSG:25832", "EPSG:4326", always_xy=True).transform(502500, 5397500))
