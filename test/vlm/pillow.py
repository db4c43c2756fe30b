"""Writes pillow.json: what Pillow makes of pictures that resample.test.ts makes, too.

Needs Pillow (Debian: python3-pil). Run: python3 test/vlm/pillow.py
"""

import base64
import hashlib
import json
import pathlib

import PIL
from PIL import Image

FILTERS = {'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC, 'lanczos': Image.LANCZOS}


def noise(width, height):
    """Bytes of a linear congruential generator: every overshoot that a filter can make."""
    state = width * 65537 + height
    data = bytearray()
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) % 2**32
        data.append(state >> 24)
    return Image.frombytes('RGB', (width, height), bytes(data))


def checkers(width, height):
    """Black and white squares of three pixels, as floors are tiled."""
    data = bytes((255 if (x // 3 + y // 3) % 2 else 0) for y in range(height) for x in range(width) for _ in range(3))
    return Image.frombytes('RGB', (width, height), data)


# Smaller, larger, one way each, by whole and by odd factors, to almost the same size, from one pixel.
SIZES = [
    ((33, 21), (12, 12)),
    ((7, 5), (14, 11)),
    ((30, 8), (10, 16)),
    ((16, 16), (8, 8)),
    ((13, 13), (12, 13)),
    ((1, 1), (4, 3)),
]
LARGE = [((480, 480), (224, 224)), ((600, 400), (224, 224)), ((100, 75), (224, 224))]

cases = []
for name, make in (('noise', noise), ('checkers', checkers)):
    for kind, filter in FILTERS.items():
        for start, end in SIZES + LARGE:
            data = make(*start).resize(end, filter).tobytes()
            large = (start, end) in LARGE
            cases.append(
                {
                    'picture': name,
                    'filter': kind,
                    'from': start,
                    'to': end,
                    **(
                        {'sha256': hashlib.sha256(data).hexdigest()}
                        if large
                        else {'bytes': base64.b64encode(data).decode()}
                    ),
                }
            )

file = pathlib.Path(__file__).with_suffix('.json')
file.write_text(json.dumps({'pillow': PIL.__version__, 'cases': cases}, indent=2) + '\n')
