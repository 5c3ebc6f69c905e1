"""Images as bytes, made by hand: what no library writes as wanted."""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def pack(values, bits):
    """Return the rows of an image with pixels of so many bits, each row as bytes."""
    if bits == 16:
        return [row.astype(">u2").tobytes() for row in values]
    per_byte = 8 // bits
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % per_byte)))
    shifts = 8 - bits * (1 + np.arange(per_byte))
    grouped = padded.reshape(len(values), -1, per_byte) << shifts
    return [row.tobytes() for row in grouped.sum(2).astype(np.uint8)]


def chunk(name, data):
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def png(values, bits, *, palette=False, color=None, chunks=()):
    """Return a PNG with grey values or indices of a palette."""
    values = np.asarray(values)
    height, width = values.shape
    kind = color if color is not None else 3 if palette else 0
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))]
    if palette:
        # All colours the same: only the index tells the labels apart.
        parts.append(chunk(b"PLTE", bytes([7, 7, 7]) * 2**bits))
    parts += [chunk(*extra) for extra in chunks]
    rows = b"".join(b"\0" + row for row in pack(values, bits))
    parts += [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def bmp(values, bits, *, top_down=False, compression=0, data=None):
    """Return a BMP with indices of a palette that says nothing about them."""
    values = np.asarray(values)
    height, width = values.shape
    rows = pack(values, bits) if bits <= 8 else []
    if not top_down:
        rows.reverse()
    if data is None:
        data = b"".join(row + bytes(-len(row) % 4) for row in rows)
    palette = bytes([9, 9, 9, 0]) * (2**bits if bits <= 8 else 0)
    offset = 54 + len(palette)
    header = struct.pack(
        "<IiiHHIIiiII",
        *(40, width, -height if top_down else height, 1, bits),
        *(compression, len(data), 0, 0, len(palette) // 4, 0),
    )
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + header + palette + data
