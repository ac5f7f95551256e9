"""Decodes, scales and batches pictures with Pillow in two workers; one line of JSON per command.

Reads commands from standard input: {"files": [...], "side": 64, "batch": 64, "draft": false}.
"""

import json
import resource
import sys
import time
from multiprocessing import Pool

import numpy as np
from PIL import Image

SIDE, DRAFT = 64, False


def setup(side, draft):
    global SIDE, DRAFT
    SIDE, DRAFT = side, draft


def load(path):
    """One picture as float32 planes, as torchvision's ToTensor and Resize give it."""
    with Image.open(path) as image:
        if DRAFT:
            image.draft("RGB", (2 * SIDE, 2 * SIDE))
        pixels = image.convert("RGB").resize((SIDE, SIDE), Image.BILINEAR)
    return np.asarray(pixels, dtype=np.uint8).transpose(2, 0, 1)


def processor_seconds():
    """Of this process and of the workers that have ended."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


def run(command):
    side, size = command["side"], command["batch"]
    start, cpu = time.perf_counter(), processor_seconds()
    count = 0
    with Pool(2, setup, (side, command["draft"])) as pool:
        batch = []
        for planes in pool.imap(load, command["files"], chunksize=16):
            batch.append(planes)
            if len(batch) == size:
                count += len((np.stack(batch).astype(np.float32) / 255 - 0.5) / 0.5)
                batch = []
        if batch:
            count += len((np.stack(batch).astype(np.float32) / 255 - 0.5) / 0.5)
        wall = time.perf_counter() - start
        pool.close()
        pool.join()
    return {"wall": wall, "cpu": processor_seconds() - cpu, "pictures": count}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
