"""Judges an exported copy detector on works that it was never trained on, difference by difference.

usage: python similarity/evaluate.py WORK FOLDER [WORKS]   (in the folder models/train)

Half of WORKS (1600) are references, the other half strangers; every one is changed in each way once. A query counts as found where the
nearest reference is its own and is more alike than any stranger's copy is to any reference. Runs on one thread.
"""
import json
import random
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F

from art import originals
from augment import Copies
from overlays import bank


def embedder(folder):
    manifest = json.loads((folder / "blitzbild-similarity.json").read_text())
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(folder / manifest["file"]), options, providers=["CPUExecutionProvider"])
    mean, deviation = (torch.tensor(manifest["input"][key]).view(1, 3, 1, 1) for key in ("mean", "std"))

    def embed(pictures):
        """[N, 3, 128, 128] in 0..1 -> [N, D]"""
        small = (F.avg_pool2d(pictures, 2) * 255).round() / 255
        ready = ((small - mean) / deviation).numpy()
        return np.concatenate([session.run(None, {session.get_inputs()[0].name: ready[k:k + 64]})[0] for k in range(0, len(ready), 64)])

    return embed, manifest["threshold"]


def micro_average_precision(scores, right, wanted):
    """Area under precision over recall of all answers together, the best first."""
    order = np.argsort(-scores)
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(hits) + 1)
    return float((precision * right[order]).sum() / wanted)


if __name__ == "__main__":
    work, folder = Path(sys.argv[1]), Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1600
    torch.set_num_threads(1)
    torch.manual_seed(7)
    random.seed(7)
    embed, threshold = embedder(folder)
    pool, _, drawings = originals(work, "sprites", count, 4242, "held")
    pictures = pool[torch.randperm(count)].float() / 255
    half = count // 2
    references = embed(pictures[:half])
    copies = Copies({kind: bank(kind, 200, 4242, drawings) for kind in ("band", "words", "frame", "stickers")}, pool)
    names = [getattr(differ, "__name__", type(differ).__name__) for differ, _ in copies.kinds]
    answers = []
    for name, (differ, _) in zip(["as it is", *names, "one to three"], [(lambda x: x, 0), *copies.kinds, (copies, 0)]):
        with torch.no_grad():
            alike = embed(differ(pictures.clone()).clamp(0, 1)) @ references.T
        answers.append((name, alike.max(1), alike.argmax(1) == np.arange(count)))
    strangers = np.concatenate([best[half:] for name, best, _ in answers])
    highest = strangers.max()
    print(f"{half} references, {half} strangers, {len(answers)} differences; the most alike stranger has {highest:.3f}, one in a thousand more than {np.quantile(strangers, 0.999):.3f}")
    print("| difference | recall above every stranger | recall at one stranger in a thousand | recall at the threshold | strangers at the threshold |\n| --- | --- | --- | --- | --- |")
    for name, best, own in answers:
        found = [float((own[:half] & (best[:half] > least)).mean()) for least in (highest, np.quantile(strangers, 0.999), threshold)]
        print(f"| {name} | {found[0]:.1%} | {found[1]:.1%} | {found[2]:.1%} | {int((best[half:] >= threshold).sum())} of {half} |")
    scores, right = (np.concatenate([a[k] for a in answers]) for k in (1, 2))
    print(f"micro average precision over all: {micro_average_precision(scores, right & (np.arange(len(right)) % count < half), half * len(answers)):.4f}")
