# SPDX-License-Identifier: BSD-3-Clause
"""gnnwr 0.1.17 (PyPI) on PM2.5 in China by the published split, with the settings of its own demo: test R2 and processor
seconds of the training alone.

    python3 peer_score.py FOLDER_OF_PM25 EPOCHS      # pm25_data.csv and gnnwr_result.csv
"""
import json
import os
import pathlib
import resource
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
folder, epochs = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])

import pandas as pd  # noqa: E402
import torch  # noqa: E402
from gnnwr import datasets, models  # noqa: E402

torch.set_num_threads(1)
torch.manual_seed(1)
os.chdir(tempfile.mkdtemp())
data = pd.read_csv(folder / "pm25_data.csv")
part = pd.read_csv(folder / "gnnwr_result.csv").set_index("id")["dataset_belong"]
data["id"] = range(len(data))
parts = [data[data["id"].map(part) == name].copy() for name in ("train", "valid", "test")]
x = ["dem", "w10", "d10", "t2m", "aod_sat", "tp"]
sets = datasets.init_dataset_split(*parts, x, ["PM2_5"], spatial_column=["lng", "lat"], id_column=["id"], batch_size=64)
model = models.GNNWR(*sets, [512, 256, 128], activate_func=torch.nn.PReLU(init=0.1), start_lr=0.2, optimizer="Adadelta", use_gpu=False)
sys.stdout, out = open(os.devnull, "w"), sys.stdout
start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
model.run(epochs)
seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
found = model.reg_result(only_return=True)  # of the epoch with the best validation R2
test = found[found["dataset_belong"] == "test"]
observed = test["id"].map(data.set_index("id")["PM2_5"]).to_numpy(float)
values = test["Pred_PM2_5"].to_numpy(float)
r2 = 1 - ((values - observed) ** 2).sum() / ((observed - observed.mean()) ** 2).sum()
print(json.dumps({"rows": [len(p) for p in parts], "epochs": epochs, "user_s": seconds, "test_r2": float(r2)}), file=out)
