"""Warms up the text encoder: it learns to tell concept, background, look and place from the last token.

usage: python warm_up_text.py [SECONDS]

A text encoder trained only through the UNet's loss never separates the concepts. Writes runs/text.pt.
"""
import random
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

import tokenizer as bpe
from captions import caption
from subjects import BACKGROUNDS, CONCEPTS, LOOKS, PLACES, random_subject
from text_encoder import TextEncoder

if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    torch.set_num_threads(2)
    torch.manual_seed(0)
    rng = random.Random(2)
    tokenizer = bpe.load("runs/tokenizer")
    encoder = TextEncoder(tokenizer.get_vocab_size())
    width = encoder.settings["width"]
    heads = nn.ModuleList([nn.Linear(width, len(kind)) for kind in (CONCEPTS, [*BACKGROUNDS, None], LOOKS, PLACES)])
    parameters = [*encoder.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
    start, step, right = time.time(), 0, []
    while (done := (time.time() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, step / 50) * min(1, 2.05 - 2 * done)
        subjects = [random_subject(rng) for _ in range(96)]
        ids = torch.tensor([e.ids for e in tokenizer.encode_batch([caption(s, rng) for s in subjects])])
        with torch.autocast("cpu", torch.bfloat16):
            pooled = encoder(ids)[:, -1].float()
        targets = torch.tensor([s._replace(background=len(BACKGROUNDS) if s.background is None else s.background) for s in subjects])
        guesses = [head(pooled) for head in heads]
        loss = sum(F.cross_entropy(guess, targets[:, k]) for k, guess in enumerate(guesses))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        right.append([(guess.argmax(1) == targets[:, k]).float().mean().item() for k, guess in enumerate(guesses)])
        if step % 50 == 0:
            mean = torch.tensor(right[-100:]).mean(0)
            print(f"{step} loss {loss:.3f} right: concept {mean[0]:.3f} background {mean[1]:.3f} look {mean[2]:.3f}"
                  f" place {mean[3]:.3f} ({time.time() - start:.0f} s)", flush=True)
    torch.save({"settings": encoder.settings, "text": encoder.state_dict()}, "runs/text.pt")
