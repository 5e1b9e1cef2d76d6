"""Writes blitzbild.json, the manifest that the bot reads beside the Diffusers files.

usage: python manifest.py FOLDER
"""
import json
import sys
from pathlib import Path

from subjects import CONCEPTS

MANIFEST = {
    "name": "embedded",
    "title": "Embedded: 64 things in five looks",
    "licence": "Apache-2.0 AND MIT",
    "sizes": [[256, 256]],
    "defaults": {"width": 256, "height": 256, "steps": 8, "guidanceScale": 2.2},
    "hq": {"steps": 16, "guidanceScale": 2.5},
    "maxSteps": 50,
    "negativePrompt": True,
    "promptLanguages": ["en", "de"],
    "draws": {"en": [c["en"][0] for c in CONCEPTS], "de": [c["de"][0][0] for c in CONCEPTS]},
    "examples": {
        "en": ["a fox on a blue background", "a red apple on white, flat", "a cat in the snow", "a castle at night, pixel art",
               "a rocket on a purple background, 3d", "a panda, green background", "a robot, black and white",
               "pizza on a yellow background"],
        "de": ["ein Fuchs auf blauem Grund", "ein Apfel auf weißem Hintergrund, flach", "eine Katze im Schnee",
               "ein Schloss bei Nacht, Pixelkunst", "eine Rakete auf lila Grund, 3D", "ein Panda, grüner Hintergrund",
               "ein Roboter, schwarzweiß", "Pizza auf gelbem Hintergrund"],
    },
}

if __name__ == "__main__":
    text = json.dumps(MANIFEST, ensure_ascii=False, indent=2)
    (Path(sys.argv[1]) / "blitzbild.json").write_text(text + "\n", encoding="utf-8")
