"""What people lay over pictures: captions, words, stickers, bands of a screenshot. Each is an RGBA picture of the whole side."""
import random

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from art import SIDE, WORDS, colour, paste


def empty():
    return Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))


def sentence(rng, most=6):
    words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, most)))
    return words.upper() if rng.random() < 0.4 else words


def band(rng):
    """A caption on a bar at one edge, or at two, as under a picture of the news or on a meme."""
    picture = empty()
    pen = ImageDraw.Draw(picture)
    back = rng.choice(((255, 255, 255), (0, 0, 0), colour(rng)))
    ink = (0, 0, 0) if sum(back) > 380 else (255, 255, 255)
    opaque = 255 if rng.random() < 0.7 else rng.randint(90, 220)
    height = round(SIDE * rng.uniform(0.08, 0.32))
    places = rng.choice(((0,), (SIDE - height,), (SIDE - height,), (0, SIDE - height), (rng.randint(0, SIDE - height),)))
    for top in places:
        pen.rectangle([0, top, SIDE, top + height], (*back, opaque))
        lines = rng.randint(1, max(1, height // 12))
        size = max(5, round(height / lines * rng.uniform(0.5, 0.85)))
        for k in range(lines):
            pen.text((rng.randint(0, 40), top + k * height / lines), sentence(rng), (*ink, 255), font=ImageFont.load_default(size))
    return picture


def words(rng):
    """Words in the middle of the picture, with an outline in half the cases, slanted in a third."""
    picture = empty()
    pen = ImageDraw.Draw(picture)
    ink = rng.choice(((255, 255, 255), (0, 0, 0), colour(rng)))
    outline = tuple(255 - c for c in ink)
    for _ in range(rng.randint(1, 4)):
        pen.text((rng.uniform(-10, SIDE * 0.6), rng.uniform(0, SIDE * 0.9)), sentence(rng, 4), (*ink, rng.randint(140, 255)),
                 font=ImageFont.load_default(rng.randint(8, 34)), stroke_width=rng.choice((0, 1)), stroke_fill=(*outline, 255))
    return picture.rotate(rng.uniform(-40, 40)) if rng.random() < 0.3 else picture


def stickers(rng, drawings):
    picture = empty()
    for _ in range(rng.randint(1, 4)):
        layer = empty()
        paste(layer, drawings[rng.randrange(len(drawings))], rng, 0.1, 0.42)
        picture.alpha_composite(layer)
    return picture


def frame(rng):
    """A border all around, or the bars and buttons of a window."""
    picture = empty()
    pen = ImageDraw.Draw(picture)
    tint = rng.choice(((255, 255, 255), (0, 0, 0), colour(rng)))
    if rng.random() < 0.5:
        width = round(SIDE * rng.uniform(0.015, 0.13))
        for k in range(width):
            pen.rectangle([k, k, SIDE - 1 - k, SIDE - 1 - k], outline=(*tint, 255))
        return picture
    for top, height in ((0, rng.uniform(0.05, 0.2)), (1, rng.uniform(0, 0.2))):
        y = 0 if top == 0 else SIDE * (1 - height)
        pen.rectangle([0, y, SIDE, y + SIDE * height], (*tint, 255))
        for _ in range(rng.randint(0, 5)):
            x = rng.uniform(0, SIDE)
            pen.ellipse([x, y + 2, x + 6, y + 8], (*colour(rng), 255))
    return picture


def bank(kind, count, seed, drawings):
    """[count, 4, SIDE, SIDE] uint8"""
    rng = random.Random(f"{kind} {seed}")
    draw = {"band": band, "words": words, "frame": frame, "stickers": lambda r: stickers(r, drawings)}[kind]
    return torch.stack([torch.from_numpy(np.array(draw(rng))).permute(2, 0, 1) for _ in range(count)])
