"""Originals: drawings on grounds, composed scenes, textures, gradients, shapes, fields of noise and pages of text.

Every picture has a family: pictures of one drawing are different works for the net, and it has to learn to tell them apart.
"""
import random
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont

sys.path.insert(0, str(Path(__file__).parent.parent))

SIDE = 128  # px of an original
WORDS = ("licht wolke haus river stone apfel green der die das of and to is morgen garden zwei paper train see blau night "
         "music table winter fox kaffee window open tree road holz wind story book market glas").split()


def colour(rng):
    return tuple(rng.randrange(256) for _ in range(3))


def fractal(rng, exponent=None):
    """A field of noise [SIDE, SIDE] in 0..1 whose spectrum falls with the frequency, as photographs' do."""
    noise = np.random.default_rng(rng.randrange(2**32))
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(noise.normal(size=(SIDE, SIDE))) / frequency ** (exponent or rng.uniform(0.8, 2.2))
    field = np.fft.irfft2(spectrum, (SIDE, SIDE))
    return (field - field.min()) / max(1e-9, field.max() - field.min())


def gradient(rng):
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    if rng.random() < 0.6:
        field = rng.uniform(-1, 1) * x + rng.uniform(-1, 1) * y
    else:
        field = np.hypot(x - rng.random(), y - rng.random())
    return (field - field.min()) / max(1e-9, field.max() - field.min())


def coloured(field, rng):
    """A field in 0..1 through a ramp of two to five colours."""
    ramp = np.array([colour(rng) for _ in range(rng.randint(2, 5))], np.float32)
    place = field * (len(ramp) - 1)
    low = np.minimum(place.astype(int), len(ramp) - 2)
    share = (place - low)[..., None]
    return Image.fromarray(np.round(ramp[low] * (1 - share) + ramp[low + 1] * share).astype(np.uint8))


def waves(rng):
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    field = np.zeros((SIDE, SIDE))
    for _ in range(rng.randint(1, 4)):
        bend = rng.uniform(0, 3) * fractal(rng, 2) if rng.random() < 0.5 else 0
        field += np.sin(2 * np.pi * (rng.uniform(-12, 12) * x + rng.uniform(-12, 12) * y + bend + rng.random()))
    return coloured((field - field.min()) / max(1e-9, field.max() - field.min()), rng)


def landscape(rng):
    """Ridges before a sky, each with its own noise: light and edges as in photographs of the open."""
    sky = coloured(np.sort(gradient(rng), 0), rng)
    picture = np.asarray(sky, np.float32).copy()
    rows = np.arange(SIDE)[:, None]
    for k in range(rng.randint(1, 4)):
        ridge = fractal(rng, rng.uniform(1.2, 2.2))[rng.randrange(SIDE)] * rng.uniform(10, 60) + rng.uniform(20, 100)
        texture = 0.6 + 0.8 * fractal(rng)[..., None]
        picture = np.where((rows > ridge[None])[..., None], np.array(colour(rng), np.float32) * texture, picture)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def shapes(rng):
    picture = ground(rng)
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.randint(2, 14)):
        x, y, r = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.uniform(4, 50)
        kind = rng.randrange(4)
        if kind == 0:
            pen.ellipse([x - r, y - r * rng.uniform(0.4, 1), x + r, y + r], colour(rng))
        elif kind == 1:
            pen.rectangle([x - r, y - r * rng.uniform(0.2, 1), x + r, y + r], colour(rng))
        elif kind == 2:
            pen.polygon([(x + rng.uniform(-r, r), y + rng.uniform(-r, r)) for _ in range(rng.randint(3, 7))], colour(rng))
        else:
            pen.line([(x, y), (rng.uniform(0, SIDE), rng.uniform(0, SIDE))], colour(rng), rng.randint(1, 9))
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2))) if rng.random() < 0.3 else picture


def page(rng):
    """A page of text, with a picture's place in some."""
    paper = tuple(rng.randint(200, 255) for _ in range(3)) if rng.random() < 0.7 else colour(rng)
    picture = Image.new("RGB", (SIDE, SIDE), paper)
    pen = ImageDraw.Draw(picture)
    size = rng.randint(6, 26)
    font, ink = ImageFont.load_default(size), tuple(255 - c for c in paper)
    for y in range(rng.randint(2, 20), SIDE, round(size * 1.3)):
        pen.text((rng.randint(2, 12), y), " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 9))), ink, font=font)
    if rng.random() < 0.5:
        w, h = rng.randint(30, 80), rng.randint(30, 80)
        picture.paste(texture(rng).resize((w, h)), (rng.randint(0, SIDE - w), rng.randint(0, SIDE - h)))
    return picture


def texture(rng):
    kind = rng.random()
    if kind < 0.3:
        return coloured(fractal(rng), rng)
    if kind < 0.55:
        return Image.fromarray((np.stack([fractal(rng, 1.6) for _ in range(3)], -1) * 255).astype(np.uint8))
    return waves(rng) if kind < 0.8 else landscape(rng)


def ground(rng):
    kind = rng.random()
    if kind < 0.35:
        return Image.new("RGB", (SIDE, SIDE), (255, 255, 255) if kind < 0.1 else colour(rng))
    return coloured(gradient(rng), rng) if kind < 0.7 else texture(rng)


def paste(picture, drawing, rng, low=0.5, high=1.1):
    """A drawing somewhere on a picture, mirrored in half the cases."""
    share = rng.uniform(low, high)
    w, h = (max(4, round(side * share * SIDE / max(drawing.size))) for side in drawing.size)
    small = drawing.resize((w, h), Image.BILINEAR)
    if rng.random() < 0.5:
        small = small.transpose(Image.FLIP_LEFT_RIGHT)
    picture.paste(small, tuple(rng.randint(min(0, SIDE - n), max(0, SIDE - n)) for n in (w, h)), small)


class Drawings:
    """Transparent drawings under WORK/art (upscaler/render-art.mjs made them) and the sprites of models/train."""

    def __init__(self, work, part):
        self.files = sorted((work / "art" / part).glob("*/*.png"))
        self.open = {}

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        if index not in self.open:
            with Image.open(self.files[index]) as picture:
                self.open[index] = picture.convert("RGBA").resize((SIDE, round(SIDE * picture.height / picture.width)), Image.BOX)
        return self.open[index]


def scenes(count, sprites, seed):
    """Pictures as the embedded model draws them: [count, 3, SIDE, SIDE] uint8, and their families."""
    from choices import COUNT
    from pictures import Bank, arrange, compose
    from subjects import random_subject
    rng, noise = random.Random(seed), torch.Generator().manual_seed(seed)
    bank, out, families = Bank(SIDE, sprites), [], []
    for start in range(0, count, 64):
        subjects = [random_subject(rng) for _ in range(min(64, count - start))]
        placed = [arrange(s, torch.randn(COUNT, generator=noise)) for s in subjects]
        out.append(((compose(bank, subjects, placed) + 1) * 127.5).round().to(torch.uint8))
        families += [f"scene {s.concept}" for s in subjects]
    return torch.cat(out), families


def originals(work, sprites, count, seed, part="train"):
    """-> pictures [count, 3, SIDE, SIDE] uint8, families [count] int64, drawings for stickers."""
    rng, drawings = random.Random(seed), Drawings(work, part)
    composed, families = scenes(count // 6, sprites, seed)
    pictures = list(composed)
    while len(pictures) < count:
        kind = rng.random()
        family = f"own {len(pictures)}"
        if kind < 0.52:
            which = rng.randrange(len(drawings))
            picture, family = ground(rng), f"drawing {which}"
            paste(picture, drawings[which], rng)
        elif kind < 0.68:
            picture = ground(rng)
            for _ in range(rng.randint(2, 6)):
                paste(picture, drawings[rng.randrange(len(drawings))], rng, 0.2, 0.7)
        elif kind < 0.86:
            picture = texture(rng)
        else:
            picture = shapes(rng) if kind < 0.94 else page(rng)
        pictures.append(torch.from_numpy(np.array(picture)).permute(2, 0, 1))
        families.append(family)
    ids = {name: k for k, name in enumerate(dict.fromkeys(families))}
    return torch.stack(pictures), torch.tensor([ids[name] for name in families]), drawings
