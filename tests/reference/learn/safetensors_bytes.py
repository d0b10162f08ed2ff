# SPDX-License-Identifier: BSD-3-Clause
"""Bytes of a safetensors file written by the format's own library, for tests/learn/test_safetensors.cpp.

python3 -m venv /tmp/venv && /tmp/venv/bin/pip install safetensors==0.5.3 numpy==1.26.4
/tmp/venv/bin/python safetensors_bytes.py            prints the file in hexadecimal
/tmp/venv/bin/python safetensors_bytes.py HEX        reads a file given in hexadecimal and prints what it holds
"""
import sys

import numpy as np
from safetensors.numpy import load, save

if len(sys.argv) > 1:
    for name, array in sorted(load(bytes.fromhex(sys.argv[1])).items()):
        print(name, array.dtype, array.shape, array.ravel().tolist())
else:
    arrays = {"a": np.array([[1.5, -2.0, 3.25]], dtype=np.float32), "b": np.array([7], dtype=np.int64),
              "empty": np.zeros((0, 4), dtype=np.float32)}
    print(save(arrays, metadata={"made by": "safetensors"}).hex())
