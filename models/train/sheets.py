"""Draws sheets of pictures to look at.

usage: python sheets.py FOLDER things OUT.png               one picture of each thing, looks and backgrounds mixed
       python sheets.py FOLDER "contact sheet" OUT.png      prompts of prompts.json, without words
       python sheets.py FOLDER grid OUT.png                 prompts of prompts.json, each under its picture
"""
import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from captions import plain_caption
from draw import Model, contact_sheet
from subjects import BACKGROUNDS, CONCEPTS, LOOK_NAMES, Subject

FONT = Path(__file__).parents[2] / "node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf"
PROMPTS = json.loads((Path(__file__).parent / "prompts.json").read_text(encoding="utf-8"))


def labelled(pictures, words, columns, side, gap=6, text=28):
    """Pictures with one or two lines of words under each."""
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (side + gap) + gap, rows * (side + gap + text) + gap), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(FONT), 11)
    for k, (picture, line) in enumerate(zip(pictures, words)):
        x, y = gap + k % columns * (side + gap), gap + k // columns * (side + gap + text)
        sheet.paste(Image.fromarray(picture).resize((side, side), Image.LANCZOS), (x, y))
        if draw.textlength(line, font) > side:
            middle = min((n for n, c in enumerate(line) if c == " "), key=lambda n: abs(n - len(line) / 2))
            line = line[:middle] + "\n" + line[middle + 1:]
        draw.multiline_text((x, y + side + 2), line, "black", font, spacing=1)
    return sheet


if __name__ == "__main__":
    folder, kind, out = sys.argv[1:4]
    model = Model(folder)
    if kind == "things":
        # Steps that share no factor with the counts, so that every look meets every background.
        prompts = [plain_caption(Subject(k, (7 * k + k // 18) % len(BACKGROUNDS), (3 * k + k // 8) % len(LOOK_NAMES))) for k in range(len(CONCEPTS))]
    else:
        prompts = PROMPTS[kind]
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    pictures = [model.draw(prompt, seed=seed + k) for k, prompt in enumerate(prompts)]
    if kind == "grid":
        sheet = labelled(pictures, prompts, 10, 128)
    else:
        sheet = contact_sheet(pictures, 14, 96) if kind == "things" else contact_sheet(pictures, 5, 224, 8)
    # A palette is a quarter of the size, and nobody sees it at this scale.
    sheet.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(out, optimize=True)
