"""Draws one picture of each thing, looks and backgrounds mixed, as one sheet.

usage: python samples.py FOLDER OUT.png
"""
import sys

from PIL import Image

from draw import Model
from subjects import COLOURS, CONCEPTS, LOOK_NAMES, Subject
from captions import plain_caption

COLUMNS, TILE, GAP = 16, 96, 4

if __name__ == "__main__":
    model = Model(sys.argv[1])
    rows = -(-len(CONCEPTS) // COLUMNS)
    side = TILE + GAP
    sheet = Image.new("RGB", (COLUMNS * side - GAP, rows * side - GAP), "white")
    for k in range(len(CONCEPTS)):
        # Steps that share no factor with the counts, so that every look meets every background.
        subject = Subject(k, (3 * k + k // 8) % len(COLOURS), (2 * k + k // 5) % len(LOOK_NAMES))
        picture = Image.fromarray(model.draw(plain_caption(subject), seed=k)).resize((TILE, TILE), Image.LANCZOS)
        sheet.paste(picture, (k % COLUMNS * side, k // COLUMNS * side))
    # A palette is a quarter of the size, and nobody sees it at this scale.
    sheet.quantize(256).save(sys.argv[2], optimize=True)
