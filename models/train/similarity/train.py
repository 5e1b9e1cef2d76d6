"""Trains the copy detector for some minutes, on pictures that are made here.

usage: python similarity/train.py WORK MINUTES [--resume] [--until HH:MM] [--threads N]   (in the folder models/train)

WORK/art holds rendered drawings (upscaler/render-art.mjs) and sprites/ those of the embedded model. The rate follows the clock.
--resume goes on with WORK/similarity.pt under a fresh schedule; --until (UTC) ends at a time of day instead of after MINUTES.
"""
import copy
import math
import os
import random
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import torch
import torch.nn.functional as F

from art import originals
from augment import Copies, new_original
from net import DIMENSIONS, CopyDetector, prepared
from overlays import bank

POOL = 18_000
BATCH = 320         # works; each is seen as its original and as a copy
SIBLINGS = 0.3      # share of a batch that comes in pairs of one family: the same drawing, another work
TEMPERATURE = 0.05
SPREAD = 0.5        # weight of the term that keeps vectors apart (KoLeo, as in SSCD)
MEMORY = 8192       # originals of earlier batches, as further strangers
HIGHEST = 2e-3      # learning rate
WARM_UP = 150       # steps
AVERAGE = 0.997
CHECKPOINT_EVERY = 120  # seconds


def argument(name, default):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def end_of(minutes, until):
    if not until:
        return time.time() + minutes * 60
    hour, minute = map(int, until.split(":"))
    return datetime.now(timezone.utc).replace(hour=hour, minute=minute, second=0).timestamp()


class Batches:
    """Indices of the pool: some at random, some two by two of one family."""

    def __init__(self, families):
        self.count = len(families)
        members = {}
        for index, family in enumerate(families.tolist()):
            members.setdefault(family, []).append(index)
        self.several = [m for m in members.values() if len(m) > 1]

    def draw(self, rng):
        chosen = set()
        while len(chosen) < BATCH * SIBLINGS:
            chosen.update(rng.sample(rng.choice(self.several), 2))
        while len(chosen) < BATCH:
            chosen.add(rng.randrange(self.count))
        return torch.tensor(sorted(chosen)[:BATCH])


def loss_of(first, second, memory):
    """InfoNCE over originals and copies of one batch and remembered originals, and the distance to the nearest stranger."""
    n = len(first)
    both = torch.cat([first, second])
    own = both @ both.T
    same = torch.arange(2 * n)
    partner = (same + n) % (2 * n)
    logits = own.masked_fill(torch.eye(2 * n, dtype=torch.bool), -9)
    strangers = logits.detach().clone()
    strangers[same, partner] = -9
    if len(memory):
        far = both @ memory.T
        logits = torch.cat([logits, far], 1)
    contrast = F.cross_entropy(logits / TEMPERATURE, partner)
    nearest = strangers.argmax(1)
    distance = (both - both[nearest]).pow(2).sum(1).clamp(min=1e-6).sqrt()
    return contrast - SPREAD * distance.log().mean(), contrast.detach(), (own[same, partner].detach().mean(), strangers.max(1).values.mean())


def save(work, state):
    target = work / "similarity.pt"
    torch.save(state, f"{target}.new")
    os.replace(f"{target}.new", target)


if __name__ == "__main__":
    work, minutes = Path(sys.argv[1]), float(sys.argv[2])
    resume = "--resume" in sys.argv
    end = end_of(minutes, argument("--until", None))
    torch.set_num_threads(int(argument("--threads", "2")))
    torch.manual_seed(0)
    net, samples, seconds = CopyDetector(), 0, 0.0
    saved = torch.load(work / "similarity.pt", weights_only=True) if resume else None
    if saved:
        net.load_state_dict(saved["net"])
        samples, seconds = saved["samples"], saved["seconds"]
    torch.manual_seed(samples)
    random.seed(samples)
    average = copy.deepcopy(net)
    net = net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=HIGHEST, betas=(0.9, 0.99), weight_decay=0.02)
    pool, families, drawings = originals(work, "sprites", POOL, 1 + samples)
    copies = Copies({kind: bank(kind, 600, 1 + samples, drawings) for kind in ("band", "words", "frame", "stickers")}, pool)
    batches, rng = Batches(families), random.Random(samples)
    print(f"{len(pool)} pictures of {int(families.max()) + 1} families, {sum(p.numel() for p in net.parameters())} parameters, {samples} samples seen", flush=True)

    memory = torch.empty(0, DIMENSIONS)
    start = saved_at = time.time()
    step, sums, busy = 0, torch.zeros(4), 0.0
    while (now := time.time()) < end:
        done = (now - start) / (end - start)
        for group in optimizer.param_groups:
            group["lr"] = HIGHEST * min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * max(0, done - 0.1) / 0.9)))
        with torch.no_grad():
            works = new_original(pool[batches.draw(rng)].float() / 255)
            pictures = F.avg_pool2d(torch.cat([works, copies(works)]), 2)
        busy += time.time() - now
        with torch.autocast("cpu", torch.bfloat16):
            vectors = net(prepared(pictures).contiguous(memory_format=torch.channels_last))
        first, second = vectors.float().chunk(2)
        loss, contrast, (alike, strange) = loss_of(first, second, memory if step > 4 * WARM_UP else memory[:0])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        memory = torch.cat([first.detach(), memory])[:MEMORY]
        with torch.no_grad():
            keep = min(AVERAGE, (step + 1) / (step + 10))
            for mean, value in zip(average.state_dict().values(), net.state_dict().values()):
                mean.lerp_(value, 1 - keep) if mean.is_floating_point() else mean.copy_(value)
        step += 1
        samples += BATCH
        sums += torch.tensor([contrast, (first * second).sum(1).lt(0.5).float().mean(), alike, strange])
        if step % 50 == 0:
            mean = (sums / 50).tolist()
            print(f"step {step}, {samples} works, {seconds + now - start:.0f} s ({busy / (time.time() - start):.0%} making pictures): loss {mean[0]:.3f}, "
                  f"copies {mean[2]:.3f} ({mean[1]:.1%} under .5), nearest strangers {mean[3]:.3f}", flush=True)
            sums.zero_()
        if time.time() - saved_at > CHECKPOINT_EVERY:
            save(work, {"settings": net.settings, "net": net.state_dict(), "average": average.state_dict(), "samples": samples,
                        "seconds": seconds + time.time() - start})
            saved_at = time.time()
    save(work, {"settings": net.settings, "net": net.state_dict(), "average": average.state_dict(), "samples": samples,
                "seconds": seconds + time.time() - start})
    print(f"done: {samples} works in {seconds + time.time() - start:.0f} s of training", flush=True)
