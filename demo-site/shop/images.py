"""Product pictures without image files: a PNG written by hand, a gradient with grain."""

import functools
import random
import struct
import zlib


@functools.lru_cache(maxsize=128)
def product_png(seed: int, width: int, height: int) -> bytes:
    """A PNG of the given size; the grain keeps it from compressing to nothing."""
    dice = random.Random(seed)
    top, bottom = ([dice.randrange(40, 230) for _ in range(3)] for _ in range(2))
    grain = dice.randbytes(width * height)
    rows = bytearray()
    for y in range(height):
        share = y / height
        base = [int(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)]
        rows.append(0)
        for noise in grain[y * width : (y + 1) * width]:
            shade = noise & 15
            rows += bytes((base[0] + shade & 255, base[1] + shade & 255, base[2] + shade & 255))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
