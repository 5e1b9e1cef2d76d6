"""Training pictures, composed on the fly from a bank of sprites: one centred object on a coloured ground.

Little variety on purpose (±1 px, ±4 % size, slight shading): a small model becomes sharp on what it sees a thousand
times. The looks «bw» and «pixel» are exact filters over the drawings.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from subjects import ART_SETS, COLOURS, CONCEPTS, LOOK_NAMES, LOOKS

SIDE = 64        # px, side of a training picture
OBJECT = 54      # px, nominal side of the object in it
SIZES = (0.96, 1.0, 1.04)
NOMINAL = 1      # index of 1.0 in SIZES
GROUND = torch.tensor([rgb for rgb, _ in COLOURS.values()], dtype=torch.float32).view(-1, 3, 1, 1)
LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


def open_sprite(concept, art, folder="sprites"):
    """RGBA picture, 256 px, of a concept's drawing in an art set."""
    return Image.open(Path(folder) / f"{CONCEPTS[concept]['icon']}.{ART_SETS[art]}.png").convert("RGBA")


def premultiplied(image):
    """PIL RGBA -> float32 [4, H, W], 0..255, colour already multiplied by alpha."""
    rgba = np.asarray(image, np.float32).copy()
    rgba[..., :3] *= rgba[..., 3:] / 255
    return torch.from_numpy(rgba).permute(2, 0, 1)


def centred(sprite, side):
    """Pads [4, n, n] with transparency to [4, side, side]."""
    before = (side - sprite.shape[-1]) // 2
    after = side - sprite.shape[-1] - before
    return F.pad(sprite, (before, after, before, after))


def pixelated(image, side=SIDE):
    """RGBA picture -> hard-edged blocks of side/32 px with few colour steps: [4, side, side], premultiplied."""
    cells = premultiplied(image.resize((27, 27), Image.BOX))
    solid = (cells[3:] > 127).float()
    colour = cells[:3] / (cells[3:] / 255).clamp(min=1 / 255)
    colour = (colour / 36.4).round() * 36.4 * solid
    return centred(torch.cat([colour, solid * 255]), 32).repeat_interleave(side // 32, 1).repeat_interleave(side // 32, 2)


def sprite_bank(folder="sprites", side=SIDE):
    """uint8 [concept, art + 1, size, 4, side, side], premultiplied; the last «art» holds the pixel drawings."""
    bank = torch.zeros(len(CONCEPTS), len(ART_SETS) + 1, len(SIZES), 4, side, side, dtype=torch.uint8)
    for i in range(len(CONCEPTS)):
        for art in range(len(ART_SETS)):
            image = open_sprite(i, art, folder)
            for k, size in enumerate(SIZES):
                n = round(OBJECT * side / SIDE * size)
                # PIL premultiplies while resizing RGBA; ours comes only afterwards.
                bank[i, art, k] = centred(premultiplied(image.resize((n, n), Image.LANCZOS)), side).round().clamp(0, 255)
        source = LOOKS["pixel"][0]
        bank[i, -1] = pixelated(open_sprite(i, source, folder), side)[None].round().clamp(0, 255)
    return bank


def stretched_grey(x):
    """Grey picture [N, 3, S, S] 0..255 whose darkest and brightest 1 % become black and white."""
    grey = (x * LUMA).sum(1, keepdim=True)
    flat = grey.flatten(1)
    low, high = (flat.quantile(q, 1).view(-1, 1, 1, 1) for q in (0.01, 0.99))
    return ((grey - low) / (high - low).clamp(min=32) * 235 + 10).clamp(0, 255).expand(-1, 3, -1, -1)


def compose(bank, subjects, rng, vary=True):
    """Subjects -> float pictures [N, 3, side, side] in -1..1. With vary=False always the same nominal picture."""
    side = bank.shape[-1]
    step = side // SIDE
    sprites, slopes, shades = [], [], []
    for s in subjects:
        pixel = LOOK_NAMES[s.look] == "pixel"
        art = len(ART_SETS) if pixel else list(LOOKS.values())[s.look][0]
        size = rng.randrange(len(SIZES)) if vary else NOMINAL
        sprite = bank[s.concept, art, size]
        if vary and not pixel:
            sprite = torch.roll(sprite, (step * rng.randint(-1, 1), step * rng.randint(-1, 1)), (1, 2))
        sprites.append(sprite)
        slopes.append(0.0 if pixel else rng.uniform(-0.02, 0.10) if vary else 0.05)
        shades.append(rng.uniform(-8, 8) if vary else 0.0)
    rgba = torch.stack(sprites).float()
    down = torch.linspace(1, -1, side).view(1, 1, side, 1)
    ground = GROUND[[s.colour for s in subjects]] * (1 + down * torch.tensor(slopes).view(-1, 1, 1, 1))
    ground = (ground + torch.tensor(shades).view(-1, 1, 1, 1)).clamp(0, 255)
    x = (rgba[:, :3] + (1 - rgba[:, 3:] / 255) * ground).clamp(0, 255)
    grey = [k for k, s in enumerate(subjects) if LOOK_NAMES[s.look] == "bw"]
    if grey:
        x[grey] = stretched_grey(x[grey])
    return x / 127.5 - 1
