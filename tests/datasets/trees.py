"""Small data sets on disk."""

import json
import struct
from pathlib import Path

import numpy as np

import flawgauge as fg
from image_bytes import bmp, png

SQUARE = np.zeros((6, 8), np.uint8)
SQUARE[2:4, 3:6] = 255
EMPTY = np.zeros((6, 8), np.uint8)
PHOTO = np.arange(48, dtype=np.uint8).reshape(6, 8)


def write(path, content):
    """Write bytes or text to a file in folders that need not exist, and return its path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        content = content.encode()
    path.write_bytes(content)
    return path


def write_png(path, values):
    return write(path, png(values, 8))


def write_bmp(path, values):
    return write(path, bmp(values, 8))


def write_map(path, values):
    """Write a .npy file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values)
    return path


def jpeg_header(height, width):
    """What tells the size of a photograph, and no more."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0])
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"


def annotation(*objects, size=(200, 200)):
    """A Pascal VOC annotation of (class, xmin, ymin, xmax, ymax)."""
    height, width = size
    parts = [
        f"<object><name>{name}</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin>"
        f"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
        for name, left, top, right, bottom in objects
    ]
    return (
        f"<annotation><size><width>{width}</width><height>{height}</height></size>"
        f"{''.join(parts)}</annotation>"
    )


def mvtec(root, categories=("bottle", "nut")):
    """Two test images and a training image in each category."""
    for category in categories:
        folder = root / category
        write_png(folder / "test" / "good" / "000.png", PHOTO)
        write_png(folder / "test" / "bent" / "000.png", PHOTO)
        write_png(folder / "ground_truth" / "bent" / "000_mask.png", SQUARE)
        write_png(folder / "train" / "good" / "000.png", PHOTO)
    write(root / "license.txt", "terms")
    return root


def kolektorsdd(root):
    """Three folders with two images each, one of them with a nested duplicate."""
    for name in ("kos01", "kos02", "kos13", "kos13/kos08"):
        for part in range(2):
            write(root / name / f"Part{part}.jpg", jpeg_header(6, 8))
            write_bmp(root / name / f"Part{part}_label.bmp", SQUARE if part else EMPTY)
    return root


def kolektorsdd2(root):
    for split, first in (("train", 10000), ("test", 20000)):
        for number in range(2):
            write_png(root / split / f"{first + number}.png", PHOTO)
            write_png(root / split / f"{first + number}_GT.png", SQUARE if number else EMPTY)
    return root


def dagm(root):
    for category in ("Class1", "Class2"):
        for split in ("Train", "Test"):
            for number in (1, 2):
                write_png(root / category / split / f"000{number}.PNG", PHOTO)
            write_png(root / category / split / "Label" / "0002_label.PNG", SQUARE)
            write(root / category / split / "Label" / "Labels.txt", "1\n")
    return root


def neu(root):
    """As published."""
    for name in ("crazing_1", "patches_2"):
        write(root / "IMAGES" / f"{name}.jpg", jpeg_header(200, 200))
        kind = name.rpartition("_")[0]
        write(root / "ANNOTATIONS" / f"{name}.xml", annotation((kind, 1, 2, 10, 20)))
    return root


def neu_in_parts(root):
    """As a common copy has it."""
    for part, name in (("train", "crazing_1"), ("validation", "rolled-in_scale_2")):
        kind = name.rpartition("_")[0]
        write(root / part / "images" / kind / f"{name}.jpg", jpeg_header(200, 200))
        write(root / part / "annotations" / f"{name}.xml", annotation((kind, 200, 200, 200, 200)))
    return root


def severstal(root):
    write(root / "train.csv", "ImageId,ClassId,EncodedPixels\na.jpg,1,1 30\nb.jpg,2,5 7\n")
    return root / "train.csv"


def coco(path, entries):
    return write(path, json.dumps(entries))


def entry(image, counts, size=(6, 8), **more):
    return {"image_id": image, "segmentation": {"size": list(size), "counts": counts}, **more}


def mask_of(sample):
    """The mask of a sample, read from where it says."""
    if sample.mask is not None:
        return fg.read_mask(sample.mask)
    mask = np.zeros(sample.size, bool)
    for top, left, bottom, right in sample.boxes or ():
        mask[top:bottom, left:right] = True
    return mask
