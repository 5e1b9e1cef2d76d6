"""What a picture can show: a concept, a background colour and a look, and the words for them."""
import json
from pathlib import Path
from typing import NamedTuple

CONCEPTS = json.loads((Path(__file__).parent / "concepts.json").read_text(encoding="utf-8"))

# name: (RGB, German stem)
COLOURS = {
    "red": ((224, 68, 62), "rot"),
    "blue": ((66, 125, 214), "blau"),
    "green": ((84, 170, 88), "grün"),
    "yellow": ((246, 208, 77), "gelb"),
    "purple": ((142, 92, 190), "lila"),
    "white": ((245, 245, 245), "weiß"),
    "black": ((28, 28, 32), "schwarz"),
    "pink": ((244, 160, 190), "rosa"),
}
COLOUR_NAMES = list(COLOURS)

ART_SETS = ("noto", "fluent-emoji-flat", "fluent-emoji")
# look: (index of the art set it is made from, share of the training samples)
LOOKS = {"plain": (0, 3.5), "flat": (1, 2), "3d": (2, 2), "bw": (0, 1), "pixel": (1, 1)}
LOOK_NAMES = list(LOOKS)


class Subject(NamedTuple):
    """One picture to draw: indices into CONCEPTS, COLOUR_NAMES and LOOK_NAMES."""
    concept: int
    colour: int
    look: int


def all_subjects():
    """Every combination of concept, colour and look (64 x 8 x 5)."""
    return [Subject(i, c, l) for i in range(len(CONCEPTS)) for c in range(len(COLOURS)) for l in range(len(LOOKS))]


def random_subject(rng):
    look = rng.choices(range(len(LOOKS)), [share for _, share in LOOKS.values()])[0]
    return Subject(rng.randrange(len(CONCEPTS)), rng.randrange(len(COLOURS)), look)
