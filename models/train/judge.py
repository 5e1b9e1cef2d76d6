"""Judges an exported model folder; the figures of its model card come from here.

usage: python judge.py FOLDER [--seeds 8] [--pairs 60] [--steps 6] [--guidance 1.5] [--quick]

What is drawn: every concept with a trained background and look, and pairs that were held out (concept x colour,
concept x look), each with several seeds; English captions, and German ones with half of the seeds. Scores are shares
of right answers of the judge net (judge_net.py), printed beside its ceiling: its score on real renders of the very
same subjects. R@1: the judge's joint probability ranks the picture's own caption first among all captions of the row.
The judge is kinder than people: look at the pictures too.
"""
import argparse
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

from captions import plain_caption
from choices import numbers
from draw import Model
from judge_net import DRAWINGS, LOOK_TO_DRAWING, load_judge
from pictures import Bank, arrange, compose
from subjects import (ART_SETS, BACKGROUNDS, COLOUR_NAMES, COLOURED_LOOKS, CONCEPTS, HELD_OUT_COLOURS, HELD_OUT_LOOKS, LOOK_NAMES,
                      Subject, held_out)


def sixty_four(pictures):
    """uint8 [N, 256, 256, 3] -> [N, 3, 64, 64] in -1..1"""
    return F.avg_pool2d(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1, 4)


def trained_subjects(rng, count):
    """`count` subjects that go through all concepts; every pair in them was trained; background and look are named."""
    subjects = []
    while len(subjects) < count:
        s = Subject(len(subjects) % len(CONCEPTS), rng.randrange(len(BACKGROUNDS)), rng.randrange(len(LOOK_NAMES)))
        if not held_out(s):
            subjects.append(s)
    return subjects


def held_out_subjects(rng, count, kind):
    """`count` subjects whose concept was never trained with this colour, or with this look."""
    pairs = sorted(HELD_OUT_COLOURS if kind == "colour" else HELD_OUT_LOOKS)
    subjects = []
    while len(subjects) < count:
        concept, value = rng.choice(pairs)
        look = value if kind == "look" else rng.choice([k for k, name in enumerate(LOOK_NAMES) if name in COLOURED_LOOKS])
        background = value if kind == "colour" else rng.randrange(len(BACKGROUNDS))
        other = (concept, background) in HELD_OUT_COLOURS if kind == "look" else (concept, look) in HELD_OUT_LOOKS
        if not other:
            subjects.append(Subject(concept, background, look))
    return subjects


def scores(judge, pictures, subjects):
    """Pictures [N, 3, 64, 64] of subjects [N] -> {concept, colour, scene, style, R@1: share or None}"""
    with torch.no_grad():
        logits = [torch.cat(parts).log_softmax(1) for parts in zip(*[judge(p) for p in pictures.split(128)])]
    best = [logit.argmax(1).tolist() for logit in logits]
    look = [LOOK_NAMES[s.look] for s in subjects]
    share = lambda hits: sum(hits) / len(hits) if hits else None
    coloured = [n for n, s in enumerate(subjects) if look[n] in COLOURED_LOOKS and s.background < len(COLOUR_NAMES)]
    scened = [n for n, s in enumerate(subjects) if s.background >= len(COLOUR_NAMES)]
    styled = [n for n in range(len(subjects)) if look[n] != "any"]
    captions = list(dict.fromkeys(subjects))
    joint = torch.stack([logits[0][:, s.concept] + logits[1][:, s.background] * (look_name in COLOURED_LOOKS)
                         + (logits[2][:, LOOK_TO_DRAWING[look_name]] if look_name != "any" else logits[2][:, :len(ART_SETS)].logsumexp(1))
                         for s in captions for look_name in [LOOK_NAMES[s.look]]], 1)
    first = joint.argmax(1).tolist()
    missed = [(s, best[0][n], look[n]) for n, s in enumerate(subjects) if best[0][n] != s.concept]
    return {"concept": share([best[0][n] == s.concept for n, s in enumerate(subjects)]),
            "colour": share([best[1][n] == subjects[n].background for n in coloured]),
            "scene": share([best[1][n] == subjects[n].background for n in scened]),
            "style": share([best[2][n] == LOOK_TO_DRAWING[look[n]] for n in styled]),
            "R@1": share([captions[first[n]] == s for n, s in enumerate(subjects)])}, missed


def line(title, found, more=""):
    cells = [f"{name} {'–' if value is None else format(value, '.3f')}" for name, value in found.items()]
    print(f"{title}: {', '.join(cells)}{more}", flush=True)


def decibel(a, b):
    """PSNR of pictures in -1..1: [N]"""
    return -10 * torch.log10(((a - b) ** 2).flatten(1).mean(1).clamp(min=1e-6) / 4)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--seeds", type=int, default=8)
    options.add_argument("--pairs", type=int, default=60)
    options.add_argument("--steps", type=int, default=6)
    options.add_argument("--guidance", type=float, default=1.5)
    options.add_argument("--quick", action="store_true")
    options = options.parse_args()
    torch.set_num_threads(2)
    model, judge, bank = Model(options.folder), load_judge(), Bank()
    rng = random.Random(11)
    count = options.pairs if not options.quick else 24
    seeds = options.seeds if not options.quick else 2
    how = {"steps": options.steps, "guidance": options.guidance}

    def drawn(subjects, language="en", seeds=seeds, **override):
        """All subjects with all seeds, in batches: pictures [N * seeds, 3, 64, 64], subjects, seeds, seconds a picture."""
        wanted = [s for s in subjects for _ in range(seeds)]
        numbers_ = [1000 * n + k for n in range(len(subjects)) for k in range(seeds)]
        start = time.time()
        pictures = [sixty_four(model.draw_batch([plain_caption(s, language) for s in wanted[k:k + 8]], numbers_[k:k + 8], **{**how, **override}))
                    for k in range(0, len(wanted), 8)]
        return torch.cat(pictures), wanted, numbers_, (time.time() - start) / len(wanted)

    def real(subjects, numbers_):
        """The training pictures of the very same subjects and noises."""
        noise = torch.cat([torch.from_numpy(model.noise(seed)) for seed in numbers_])
        arrangements = [arrange(s, z, hold_out=False) for s, z in zip(subjects, numbers(noise))]
        return torch.cat([compose(bank, subjects[k:k + 64], arrangements[k:k + 64]) for k in range(0, len(subjects), 64)])

    rows = {"seen": trained_subjects(rng, max(count, len(CONCEPTS)) if not options.quick else count),
            "held-out colour": held_out_subjects(rng, count, "colour"), "held-out look": held_out_subjects(rng, count, "look")}
    for title, subjects in rows.items():
        pictures, wanted, numbers_, seconds = drawn(subjects)
        truth = real(wanted, numbers_)
        line(f"{title}, ceiling ({len(wanted)} real renders)", scores(judge, truth, wanted)[0])
        found, missed = scores(judge, pictures, wanted)
        line(f"{title}, English ({len(wanted)} pictures)", found, f" ({seconds:.2f} s a picture)")
        print("   taken for another:", ", ".join(f"{CONCEPTS[s.concept]['en'][0]} ({look}) as {CONCEPTS[v]['en'][0]}" for s, v, look in missed[:30]))
        if title == "seen":
            db = decibel(pictures, truth)
            other = decibel(pictures, torch.cat([truth[seeds:], truth[:seeds]]))
            print(f"nearness to the training picture that caption and noise name: median {db.median():.1f} dB,"
                  f" nearest tenth {db.quantile(0.9):.1f} dB, farthest tenth {db.quantile(0.1):.1f} dB; to another: median {other.median():.1f} dB")
            apart = [decibel(pictures[k:k + 1], pictures[k + 1:k + 2]).item() for k in range(0, len(pictures), seeds)]
            print(f"two seeds of one caption: median {np.median(apart):.1f} dB apart")
            for look, name in enumerate(LOOK_NAMES):
                chosen = [n for n, s in enumerate(wanted) if s.look == look]
                for kind, which in (("ceiling", truth), ("drawn", pictures)):
                    line(f"   look {name}, {kind}", scores(judge, which[chosen], [wanted[n] for n in chosen])[0])
        german, wanted, _, _ = drawn(subjects, "de", max(1, seeds // 2))
        line(f"{title}, German ({len(wanted)} pictures)", scores(judge, german, wanted)[0])
    some = rows["seen"][:count]
    for steps, guidance in ((1, 1.0), (2, 1.0), (4, 1.0), (4, 1.5), (6, 1.0), (8, 1.5), (8, 2.5), (20, 2.0)):
        pictures, wanted, _, seconds = drawn(some, seeds=2, steps=steps, guidance=guidance)
        line(f"{steps} steps, guidance {guidance}", scores(judge, pictures, wanted)[0], f" ({seconds:.2f} s a picture)")
