"""Teaches the trained text encoder more ways to say the same, without touching the UNet.

usage: python polish_text.py SECONDS

The trained encoder is the teacher: it reads a caption whose noun stands bare, as a dictionary has it. The pupil starts
as its copy and reads the same caption with articles, cases, plurals and adjectives in agreement; it learns to say
what the teacher said. On captions without a noun, and on half of the bare ones, it must stay what it was. Rewrites
runs/train.pt (kept as runs/train.before-polish.pt); not needed after a training whose captions held all forms.
"""
import copy
import os
import random
import shutil
import sys
import time

import torch
import torch.nn.functional as F

import tokenizer as bpe
from captions import caption, wordless
from checkpoint import averaged_nets
from inflections import english_article, english_phrase, german_phrase
from subjects import CONCEPTS, random_subject

NOUN = "\u2042"   # stands for the noun phrase while a caption is made


def bare(concept, adjectives, language, rng):
    """The noun phrase as the training had it: dictionary form."""
    names = CONCEPTS[concept][language]
    noun = rng.choice(names[:1] * 2 + names)
    if language == "en":
        words = " ".join([*adjectives, noun])
        return f"{english_article(words)} {words}"
    noun, gender = noun
    article = {"m": "ein", "f": "eine", "n": "ein", "p": "die"}[gender]
    return " ".join([article, noun])


def pair(rng):
    """-> (what the teacher reads, what the pupil reads)"""
    if rng.random() < 0.12:
        text = "" if rng.random() < 0.5 else wordless(rng)
        return text, text
    subject, language = random_subject(rng), rng.choice(["en", "de", "de"])
    found = []

    def noun_of(concept, adjectives, _rng):
        found.append((concept, adjectives))
        return NOUN

    text = caption(subject, rng, language, noun_of)
    phrase = english_phrase if language == "en" else german_phrase
    taught, read = text, text
    for concept, adjectives in found:
        plain = bare(concept, adjectives, language, rng)
        said = plain if rng.random() < 0.3 else phrase(concept, adjectives, rng)
        taught, read = taught.replace(NOUN, plain, 1), read.replace(NOUN, said, 1)
    return taught, read


if __name__ == "__main__":
    seconds = float(sys.argv[1])
    torch.set_num_threads(2)
    torch.manual_seed(0)
    rng = random.Random(12)
    tokenizer = bpe.load("runs/tokenizer")
    _, teacher, _ = averaged_nets()
    pupil = copy.deepcopy(teacher).train()
    optimizer = torch.optim.AdamW(pupil.parameters(), lr=3e-4, weight_decay=0)
    encode = lambda texts: torch.tensor([e.ids for e in tokenizer.encode_batch(texts)])
    start, step, losses = time.time(), 0, []
    while (done := (time.time() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 3e-4 * min(1, (step + 1) / 50) * max(0.02, min(1, 1.5 * (1 - done)))
        taught, read = zip(*[pair(rng) for _ in range(64)])
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            goal = teacher(encode(taught)).float()
        with torch.autocast("cpu", torch.bfloat16):
            guess = pupil(encode(read)).float()
        same = torch.tensor([a == b for a, b in zip(taught, read)])
        pooled = F.mse_loss(guess[:, -1], goal[:, -1])
        loss = pooled + (F.mse_loss(guess[same], goal[same]) if same.any() else 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        losses.append(pooled.item())
        if step % 100 == 0:
            print(f"{step} distance of the pooled text {sum(losses[-100:]) / 100:.4f} (variance of the goal {goal[:, -1].var():.3f};"
                  f" {time.time() - start:.0f} s)", flush=True)
    shutil.copy("runs/train.pt", "runs/train.before-polish.pt")
    saved = torch.load("runs/train.pt")
    for part in ("ema", "raw"):
        if part in saved:
            saved[part].update({f"text.{name}": value for name, value in pupil.state_dict().items()})
    torch.save(saved, "runs/train.pt.part")
    os.replace("runs/train.pt.part", "runs/train.pt")
