# SPDX-License-Identifier: BSD-3-Clause
"""A local stand-in for an S3 object store (moto): all files below FOLDER in the bucket "cubes".

    python object_store.py FOLDER      # writes FOLDER.port when it is ready; ends when FOLDER.stop appears, or after 100 s
"""
import os
import pathlib
import sys
import time

import boto3
from moto.server import ThreadedMotoServer

folder = pathlib.Path(sys.argv[1])
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
store = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
store.create_bucket(Bucket="cubes")
for path in sorted(p for p in folder.rglob("*") if p.is_file()):
    store.upload_file(str(path), "cubes", str(path.relative_to(folder)))
ready = pathlib.Path(str(folder) + ".port")
ready.with_suffix(".part").write_text(str(port))
os.rename(ready.with_suffix(".part"), ready)
end = time.monotonic() + 100
while time.monotonic() < end and not pathlib.Path(str(folder) + ".stop").exists():
    time.sleep(0.05)
server.stop()
