"""Compares two exports of the same model, such as fp32 and 8-bit weights: size, time, and how far their pictures lie apart.

usage: python compare_precision.py FOLDER OTHER
"""
import random
import sys
import time
from pathlib import Path

import numpy as np

from captions import plain_caption
from draw import Model
from subjects import random_subject

COUNT = 48

if __name__ == "__main__":
    rng = random.Random(6)
    prompts = [plain_caption(random_subject(rng)) for _ in range(COUNT)]
    drawn = []
    for folder in sys.argv[1:3]:
        size = sum(file.stat().st_size for file in Path(folder).glob("*/model.onnx"))
        start = time.time()
        model = Model(folder)
        load = time.time() - start
        model.draw(prompts[0])
        start = time.time()
        drawn.append([model.draw(prompt, seed=k).astype(np.float32) for k, prompt in enumerate(prompts)])
        print(f"{folder}: {size / 1e6:.1f} MB of weights, loads in {load:.2f} s, {(time.time() - start) / COUNT:.3f} s a picture")
    decibels = [10 * np.log10(255**2 / max(1e-9, ((a - b) ** 2).mean())) for a, b in zip(*drawn)]
    print(f"same prompts and seeds: median {np.median(decibels):.1f} dB, worst {min(decibels):.1f} dB between the two")
