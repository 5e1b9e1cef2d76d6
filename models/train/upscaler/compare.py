"""Draws crops of held-out art side by side: nearest neighbour | Lanczos | net | truth.

usage: python upscaler/compare.py WORK FOLDER OUT.png
"""
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

import art
from evaluate import enlarge, sessions

CELL, HEADER = 240, 22
ROWS = 10  # icons and clip art in turn


def busiest(picture, side):
    """The corner of the crop that has most to show."""
    grey = np.asarray(picture.convert("L"), np.float32)
    places = [(grey[y:y + side, x:x + side].std(), x, y) for y in range(0, picture.height - side + 1, 16)
              for x in range(0, picture.width - side + 1, 16)]
    return max(places)[1:] if places else (0, 0)


if __name__ == "__main__":
    work, folder, out = map(Path, sys.argv[1:4])
    torch.set_num_threads(1)
    nets = sessions(folder)
    # Desktop icons and logos are left to the figures: there are better things to look at.
    clip_art = [path for path in art.files(work, "held", "clip-art") if not path.name.startswith("computer")]
    kinds = [art.files(work, "held", "icons"), clip_art]
    # One drawing in three is enlarged x2 and shown doubled, one in three is a degraded input.
    sheet = Image.new("RGB", (4 * (CELL + 4) * 2, HEADER + (CELL + 4) * ROWS // 2), "white")
    pen = ImageDraw.Draw(sheet)
    for row in range(ROWS):
        factor, degraded = (4, 4, 2)[row // 2 % 3], row // 2 % 3 == 1
        paths = kinds[row % 2]
        picture = art.test_picture(art.load(paths[(row * 29 + 5) % len(paths)]), row)
        side = CELL if factor == 4 else CELL // 2
        x, y = busiest(picture, side)
        small = art.shrink_for_test(picture, factor, degraded, row)
        columns = [small.resize(picture.size, Image.NEAREST), small.resize(picture.size, Image.LANCZOS),
                   enlarge(nets[factor], small), picture]
        left, top = row % 2 * 4 * (CELL + 4), HEADER + row // 2 * (CELL + 4)
        for k, column in enumerate(columns):
            crop = column.crop((x, y, x + side, y + side)).resize((CELL, CELL), Image.NEAREST)
            sheet.paste(crop, (left + k * (CELL + 4), top))
            if row < 2:
                pen.text((left + k * (CELL + 4) + 4, 5), ("nearest", "Lanczos", "net", "truth")[k], fill="black")
        pen.text((left + 4, top + 4), f"x{factor}{' degraded' if degraded else ''}", fill="black", stroke_width=2, stroke_fill="white")
    sheet.save(out, optimize=True)
