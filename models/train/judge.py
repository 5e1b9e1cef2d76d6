"""Judges the exported model: what does each picture look most like?

usage: python judge.py FOLDER [PICTURES]

The judge knows all 64 x 8 x 5 renders and names the one nearest to a picture: first by a 16 px thumbnail of the
nominal render, then among the 24 nearest at 32 px over sizes and shifts. The same judge on fresh real renders is
its ceiling. It is kinder than people: look at the pictures too.
"""
import random
import sys
import time

import torch
import torch.nn.functional as F

from captions import caption, plain_caption
from draw import Model
from pictures import compose, sprite_bank
from subjects import CONCEPTS, LOOK_NAMES, Subject, all_subjects, random_subject


def thumbnails(pictures, side):
    return F.adaptive_avg_pool2d(pictures, side).flatten(1)


class Judge:
    def __init__(self, bank):
        self.bank, self.subjects = bank, all_subjects()
        parts = [self.subjects[k:k + 256] for k in range(0, len(self.subjects), 256)]
        self.library = torch.cat([thumbnails(compose(bank, part, random, vary=False), 16) for part in parts])

    def name(self, picture, rng):
        """One picture [3, 64, 64] -> (nearest Subject, PSNR in dB to its nearest render)."""
        near = ((self.library - thumbnails(picture[None], 16)) ** 2).mean(1).topk(24, largest=False).indices
        candidates = [self.subjects[k] for k in near for _ in range(8)]
        renders = thumbnails(compose(self.bank, candidates, rng), 32)
        error = ((renders - thumbnails(picture[None], 32)) ** 2).mean(1)
        return candidates[error.argmin()], -10 * torch.log10(error.min() / 4).item()

    def score(self, pictures, subjects):
        """-> text with the share of right concepts, colours (where the look has colours) and looks, and mean PSNR."""
        rng = random.Random(4)
        verdicts = [self.name(picture, rng) for picture in pictures]
        share = lambda hits: sum(hits) / max(1, len(hits))
        pairs = [(v, s) for (v, _), s in zip(verdicts, subjects)]
        coloured = [(v, s) for v, s in pairs if LOOK_NAMES[s.look] != "bw"]
        self.missed = [(s, v) for v, s in pairs if v.concept != s.concept]
        return (f"concept {share([v.concept == s.concept for v, s in pairs]):.3f}"
                f" colour {share([v.colour == s.colour for v, s in coloured]):.3f}"
                f" look {share([v.look == s.look for v, s in pairs]):.3f}"
                f" PSNR {share([db for _, db in verdicts]):.1f} dB")


def sixty_four(picture):
    """uint8 [256, 256, 3] -> [3, 64, 64] in -1..1"""
    return F.avg_pool2d(torch.from_numpy(picture).permute(2, 0, 1).float() / 127.5 - 1, 4)


if __name__ == "__main__":
    model = Model(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    torch.set_num_threads(2)
    rng = random.Random(11)
    bank = sprite_bank()
    judge = Judge(bank)
    subjects = [random_subject(rng) for _ in range(count)]
    print("ceiling (real renders):", judge.score(compose(bank, subjects, rng), subjects), flush=True)

    def report(title, prompts, wanted, **how):
        start = time.time()
        pictures = [sixty_four(model.draw(p, seed=k, **how)) for k, p in enumerate(prompts)]
        seconds = (time.time() - start) / len(prompts)
        print(f"{title}: {judge.score(pictures, wanted)} ({seconds:.2f} s a picture)", flush=True)
        if judge.missed:
            print("   taken for another:", ", ".join(f"{CONCEPTS[s.concept]['en'][0]} ({LOOK_NAMES[s.look]}) as {CONCEPTS[v.concept]['en'][0]}" for s, v in judge.missed[:24]))

    report("simple English", [plain_caption(s) for s in subjects], subjects)
    half = subjects[:count // 2]
    report("simple German", [plain_caption(s, "de") for s in half], half)
    for look, name in enumerate(LOOK_NAMES):
        wanted = [Subject(s.concept, s.colour, look) for s in subjects[:count // 4]]
        report(f"look {name}", [plain_caption(s) for s in wanted], wanted)
    for steps, guidance in ((1, 1.0), (4, 1.0), (4, 2.0), (8, 1.0), (8, 1.5), (8, 3.0), (16, 2.5)):
        wanted = subjects[:count // 4]
        report(f"{steps} steps, guidance {guidance}", [plain_caption(s) for s in wanted], wanted, steps=steps, guidance=guidance)
    wild = random.Random(12)
    report("wordy captions (colour sometimes unnamed)", [caption(s, wild) for s in half], half)
