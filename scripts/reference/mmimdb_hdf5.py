"""Writes a small file with the structure of MM-IMDb's `multimodal_imdb.hdf5`: python3-h5py of Debian.

    python3 scripts/reference/mmimdb_hdf5.py test/layouts/multimodal_imdb.hdf5
"""

import json
import sys

import h5py
import numpy as np

SIZES = (("train", 24), ("dev", 8), ("test", 8))
GENRES = (
    "Drama,Comedy,Romance,Thriller,Crime,Action,Adventure,Horror,Documentary,Mystery,Sci-Fi,Fantasy,"
    "Family,Biography,War,History,Music,Animation,Musical,Western,Sport,Short,Film-Noir"
).split(",")
SOURCES = ("genres", "images", "sequences")
SPLIT_ROW = np.dtype(
    [
        ("split", "S5"),
        ("source", "S9"),
        ("start", "i8"),
        ("stop", "i8"),
        ("indices", h5py.special_dtype(ref=h5py.Reference)),
        ("available", "?"),
        ("comment", "S1"),
    ]
)


def split_rows():
    """Fuel's split table: rows of each split in each source."""
    rows, start = [], 0
    for name, size in SIZES:
        for source in SOURCES:
            rows.append((name, source, start, start + size, h5py.Reference(), True, b"."))
        start += size
    return np.array(rows, dtype=SPLIT_ROW)


def main(path):
    random = np.random.RandomState(7)
    n = sum(size for _, size in SIZES)
    kinds = random.randint(0, 3, n)
    genres = np.zeros((n, len(GENRES)), np.int32)
    genres[np.arange(n), kinds] = 1
    genres[::5, 7] = 1
    images = random.randint(0, 40, (n, 3, 32, 20)).astype(np.int32)
    images[np.arange(n), kinds] += 200
    with h5py.File(path, "w") as file:
        file.create_dataset("genres", data=genres).attrs["target_names"] = json.dumps(GENRES)
        file.create_dataset("images", data=images, chunks=(1, 3, 32, 20), compression="gzip")
        words = file.create_dataset("sequences", (n,), dtype=h5py.vlen_dtype(np.dtype("int32")))
        for row, kind in enumerate(kinds):
            rest = random.randint(0, 50, random.randint(3, 9))
            words[row] = np.concatenate([[100 + kind] * 2, rest]).astype("int32")
        words[3] = np.zeros(0, "int32")  # a film without a plot
        ids = [f"{17 * row + 123:07d}" for row in range(n)]
        file.create_dataset("imdb_ids", data=np.array(ids, "S7"))
        file.attrs["split"] = split_rows()


if __name__ == "__main__":
    main(sys.argv[1])
