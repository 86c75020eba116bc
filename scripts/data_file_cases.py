"""Writes the stored HDF5 and Parquet files that the tests of reading them open, as h5py and pyarrow write them.

    python -m venv files && files/bin/pip install h5py==3.16.0 pyarrow==26.0.1 pillow==13.0.0 numpy==2.4.6
    files/bin/python scripts/data_file_cases.py crates/data/tests/stored

Pixel [y, x] of image i is (37 i + 11 y + 5 x) mod 256, of 12 images of 5 × 4; its class is i mod 3.
"""

import io
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

N = 12
I, Y, X = np.mgrid[0:N, 0:5, 0:4]
IMAGES = ((37 * I + 11 * Y + 5 * X) % 256).astype(np.uint8)
CLASSES = np.arange(N) % 3
NAMES = ["zebra", "ant", "bee"]


def hdf5(folder):
    with h5py.File(folder / "keras.h5", "w") as file:
        packed = {"compression": "gzip", "shuffle": True, "fletcher32": True}
        file.create_dataset("x_train", data=IMAGES[:8], chunks=(3, 5, 3), **packed)
        file["y_train"] = CLASSES[:8].astype(">i8")
        file.create_dataset("x_test", data=IMAGES[8:], chunks=(4, 2, 4), compression="lzf")
        file["y_test"] = CLASSES[8:].astype("i1")
    with h5py.File(folder / "groups.h5", "w", libver="latest") as file:
        file["train/images"] = (IMAGES[:8] / 255).astype(">f4")
        file["train/labels"] = [NAMES[i] for i in CLASSES[:8]]
        file["test/images"] = (IMAGES[8:] / 255).astype("f8")
        file["test/labels"] = np.array([NAMES[i].encode() for i in CLASSES[8:]])
    with h5py.File(folder / "types.h5", "w") as file:
        file["bool"] = IMAGES > 128
        file["i2"] = IMAGES.astype(">i2")
        file["u4"] = IMAGES.astype("<u4")
        file["f2"] = (IMAGES / 255).astype("f2")
        file["rows"] = np.arange(36.0).reshape(12, 3) / 7
        file["records"] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def png(image):
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def parquet(folder):
    features = {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for name, rows in {
        "train-00000-of-00002": range(0, 4),
        "train-00001-of-00002": range(4, 8),
        "test-00000-of-00001": range(8, 12),
    }.items():
        images = pa.array([{"bytes": png(IMAGES[i]), "path": f"{i}.png"} for i in rows], kind)
        labels = pa.array([-1 if i == 11 else int(CLASSES[i]) for i in rows], pa.int64())
        table = pa.table({"image": images, "label": labels}).replace_schema_metadata(metadata)
        pq.write_table(table, folder / "parts" / f"{name}.parquet")
    plain = {"picture": [png(image) for image in IMAGES], "target": [NAMES[i] for i in CLASSES], "size": list(range(N))}
    pq.write_table(pa.table(plain), folder / "plain.parquet", compression="zstd")
    broken = [png(IMAGES[0]), b"no image", None, png(IMAGES[3])]
    pq.write_table(pa.table({"image": broken}), folder / "broken.parquet")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    hdf5(folder)
    parquet(folder)
