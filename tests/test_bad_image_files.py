"""Bad image files: each is an error that names the file and what is wrong with it."""

import os
import pickle
import socket
import struct
import sys

import numpy as np
import pytest

import flawgauge as fg
from flawgauge.image_files import image_size
from image_bytes import SIGNATURE, bmp, chunk, png

READERS = [fg.read_mask, fg.read_labels, fg.read_scores]
VALUES = np.array([[0, 255], [255, 0]])


def refused(path, content, match, *, read=fg.read_mask, error=fg.DataError):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=match) as caught:
        read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("read", [*READERS, image_size])
def test_what_is_no_file(tmp_path, read):
    absent = tmp_path / "absent.png"
    refused(absent, None, "no such file", read=read, error=fg.FileError)
    refused(tmp_path, None, "this is a folder", read=read, error=fg.FileError)
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    refused(loop, None, "symbolic links", read=read, error=fg.FileError)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    refused(pipe, None, "a pipe, a socket or a device", read=read, error=fg.FileError)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.png"))
        refused(tmp_path / "socket.png", None, "a pipe", read=read, error=fg.FileError)
    beyond = tmp_path / "mask.png" / "mask.png"
    (tmp_path / "mask.png").write_bytes(b"")
    refused(beyond, None, "cannot be read", read=read, error=fg.FileError)


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "mask.png"
    path.write_bytes(png(VALUES, 8))
    path.chmod(0)
    refused(path, None, "permission denied", error=fg.FileError)


def test_names_that_are_no_text(tmp_path):
    if sys.platform != "linux":
        pytest.skip("names are bytes on Linux only")
    path = os.fsencode(tmp_path) + b"/m\xffsk.npy"
    with open(path, "wb") as file:  # noqa: PTH123 - a path of bytes
        np.save(file, VALUES.astype(np.uint8))
    assert fg.read_mask(path).sum() == 2
    assert fg.read_mask(os.fsdecode(path)).sum() == 2
    with pytest.raises(fg.FileError, match=r"m\\xFFsk\.png.*no such file"):
        fg.read_mask(path[:-3] + b"png")
    with pytest.raises(fg.FileError, match="NUL byte"):
        fg.read_mask("mask\0.png")


@pytest.mark.parametrize("read", READERS)
def test_content_of_another_type(tmp_path, read):
    pixels = png(VALUES, 8)
    for name, content, match in [
        ("a.png", b"", "zero bytes"),
        ("a.tiff", pixels, r"ends in \.tiff but the content is PNG"),
        ("a.npy", pixels, r"ends in \.npy but the content is PNG"),
        ("a.png", b"\xff\xd8\xff\xe0 photograph", r"ends in \.png but the content is JPEG"),
        ("a.jpg", pixels, r"ends in \.jpg but the content is PNG"),
        ("a.png", b"GIF89a", r"\.png but the content is a GIF image"),
        ("a.npy", pickle.dumps([1, 2]), "a pickle, which is never loaded"),
        ("a.npz", pickle.dumps([1, 2]), "a pickle, which is never loaded"),
        ("a.dat", b"\0\1\2\3", r"starting with the bytes \\x00\\x01\\x02\\x03, want PNG, TIFF"),
        ("a.jpg", b"\xff\xd8\xff\xe0 photograph", "JPEG changes the values"),
    ]:
        refused(tmp_path / name, content, match, read=read)


def test_sizes_that_no_file_holds(tmp_path):
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    huge = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    for read in [*READERS, image_size]:
        refused(tmp_path / "a.png", huge, "100000 x 100000 pixels.*limit of 268435456", read=read)
    small = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    large = SIGNATURE + chunk(b"IHDR", small) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    refused(tmp_path / "a.png", large, "which a file of 57 bytes cannot hold")
    path = tmp_path / "mask.png"
    path.write_bytes(png(VALUES, 8))
    with pytest.raises(fg.DataError, match="limit of 3"):
        fg.read_mask(path, max_pixels=3)


def test_channels(tmp_path):
    for color, name in [(2, "3 channels"), (4, "2 channels"), (6, "4 channels")]:
        refused(tmp_path / "a.png", png(VALUES, 8, color=color), name)
    refused(tmp_path / "a.bmp", bmp(VALUES, 24, data=bytes(16)), "colours of 24 bits")
    np.save(tmp_path / "a.npy", np.zeros((2, 2, 3), np.uint8))
    refused(tmp_path / "a.npy", None, "3 axes")
    np.save(tmp_path / "a.npy", np.zeros((2, 2), np.float32))
    refused(tmp_path / "a.npy", None, "floats")
    np.save(tmp_path / "a.npy", np.zeros((2, 2), np.int64))
    refused(tmp_path / "a.npy", None, "int64", read=fg.read_scores)
    image = pytest.importorskip("PIL.Image")
    image.new("CMYK", (2, 2)).save(tmp_path / "a.tif")
    refused(tmp_path / "a.tif", None, "4 channels")


def test_files_cut_anywhere(tmp_path):
    for name, content in [
        ("a.png", png(VALUES, 8)),
        ("a.bmp", bmp(VALUES, 8)),
    ]:
        for end in range(len(content) - 3):
            refused(tmp_path / name, content[:end], None)
    path = tmp_path / "a.npz"
    np.savez_compressed(path, np.random.default_rng(0).random((9, 9)))
    content = path.read_bytes()
    for end in range(0, len(content), 7):
        refused(path, content[:end], None, read=fg.read_scores)
    flipped = bytearray(content)
    flipped[200] ^= 1
    refused(path, bytes(flipped), "NPZ|NPY|damaged|cannot be read", read=fg.read_scores)


def test_a_damaged_pixel_is_noticed(tmp_path):
    content = bytearray(png(np.arange(256).reshape(16, 16), 8))
    content[60] ^= 4
    refused(tmp_path / "a.png", bytes(content), "damaged", read=fg.read_labels)


def test_arrays_that_are_no_images(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([[None, 1]]), allow_pickle=True)
    refused(path, None, "Python objects, that is a pickle", read=fg.read_scores)
    np.save(path, np.zeros((2, 2), np.complex64))
    refused(path, None, "<c8", read=fg.read_scores)
    np.save(path, np.zeros((2, 2), [("a", "f4"), ("b", "f4")]))
    refused(path, None, "named fields", read=fg.read_scores)
    archive = tmp_path / "a.npz"
    np.savez(archive, a=np.zeros((2, 2)), b=np.zeros((2, 2)))
    refused(archive, None, "2 arrays", read=fg.read_scores, error=fg.InputValueError)
    with pytest.raises(fg.InputValueError, match=r"no array 'c'|no array \"c\""):
        fg.read_scores(archive, key="c")
    np.save(path, np.zeros((2, 2)))
    with pytest.raises(fg.InputValueError, match="only NPZ"):
        fg.read_scores(path, key="a")


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
def test_nan(tmp_path, dtype):
    scores = np.zeros((50, 201), dtype)
    scores[31, 77] = np.nan
    scores[33, 1] = np.nan
    path = tmp_path / "a.npy"
    np.save(path, scores)
    refused(path, None, "NaN at row 31, column 77", read=fg.read_scores)
    np.save(path, np.asfortranarray(scores))
    refused(path, None, "NaN at row 33, column 1", read=fg.read_scores)


def test_wrong_options(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(VALUES, 8))
    with pytest.raises(fg.InputTypeError, match="path is a int"):
        fg.read_mask(3)
    with pytest.raises(fg.InputTypeError, match="threshold"):
        fg.read_mask(path, threshold=0.5)
    with pytest.raises(fg.InputValueError, match="threshold is 0"):
        fg.read_mask(path, threshold=0)
    with pytest.raises(fg.InputValueError, match=r"key is '\\udcff', want Unicode text"):
        fg.read_scores(path, key="\udcff")
    with pytest.raises(fg.InputTypeError, match="key is a int"):
        fg.read_scores(path, key=3)
    with pytest.raises(fg.InputValueError, match="max_pixels"):
        fg.read_scores(path, max_pixels=0)
