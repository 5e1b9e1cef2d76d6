"""Trains both factors of the upscaler for some minutes.

usage: python upscaler/train.py WORK MINUTES [--resume] [--until HH:MM]   (in the folder models/train)

The learning rate follows the clock. --resume goes on with WORK/upscaler.pt under a fresh schedule; --until
(UTC) ends at a time of day instead of after MINUTES.
"""
import copy
import math
import random
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import torch
from torch.utils.data import DataLoader, IterableDataset

import art
import checkpoint
from net import FACTORS, Upscaler, bicubic

SIDE = 32       # px of the small crops
BATCH = 16
AVERAGE = 0.998
HIGHEST = 1.2e-3  # learning rate
WARM_UP = 150   # steps
CHECKPOINT_EVERY = 120  # seconds


class Pairs(IterableDataset):
    """Batches (factor, small, large), the factors in turn."""

    def __init__(self, drawings, seed):
        self.drawings, self.seed = drawings, seed

    def __iter__(self):
        rng = random.Random(self.seed)
        turn = 0
        while True:
            factor = FACTORS[turn % len(FACTORS)]
            turn += 1
            pairs = [art.training_pair(rng.choice(self.drawings[rng.randrange(2)]), factor, SIDE, rng) for _ in range(BATCH)]
            small, large = (torch.stack([torch.from_numpy(pair[k]) for pair in pairs]) for k in (0, 1))
            yield factor, small, large


def end_of(minutes, until):
    if not until:
        return time.time() + minutes * 60
    hour, minute = map(int, until.split(":"))
    return datetime.now(timezone.utc).replace(hour=hour, minute=minute, second=0).timestamp()


def charbonnier(a, b):
    return ((a - b) ** 2 + 1e-6).sqrt().mean()


if __name__ == "__main__":
    work, minutes = Path(sys.argv[1]), float(sys.argv[2])
    resume = "--resume" in sys.argv
    end = end_of(minutes, sys.argv[sys.argv.index("--until") + 1] if "--until" in sys.argv else None)
    torch.set_num_threads(2)
    torch.manual_seed(0)
    net = Upscaler()
    samples, seconds = 0, 0.0
    optimizer = torch.optim.Adam(net.parameters(), lr=HIGHEST, betas=(0.9, 0.99))
    average = copy.deepcopy(net)
    if resume:
        saved = checkpoint.load(work)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        samples, seconds = saved["samples"], saved["seconds"]
    net = net.to(memory_format=torch.channels_last)
    drawings = [[art.load(path) for path in art.files(work, "train", kind)] for kind in ("icons", "clip-art")]
    print(f"{len(drawings[0])} icons, {len(drawings[1])} clip-art drawings, {sum(p.numel() for p in net.parameters())} parameters,"
          f" {samples} samples seen", flush=True)
    batches = iter(DataLoader(Pairs(drawings, samples), batch_size=None, num_workers=1, prefetch_factor=8))

    start = saved_at = time.time()
    step, sums = 0, {f: [0.0, 0.0, 0] for f in FACTORS}
    while (now := time.time()) < end:
        done = (now - start) / (end - start)
        for group in optimizer.param_groups:
            falling = 0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * max(0, done - 0.25) / 0.75))
            group["lr"] = HIGHEST * min(1, (step + 1) / WARM_UP) * falling
        factor, small, large = next(batches)
        small = (small.float() / 255).contiguous(memory_format=torch.channels_last)
        large = large.float() / 255
        with torch.autocast("cpu", torch.bfloat16):
            detail = net.detail(small, factor)
        smooth = bicubic(small, factor)
        loss = charbonnier(detail.float() + smooth, large)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()
        with torch.no_grad():
            keep = min(AVERAGE, (step + 1) / (step + 10)) if not resume else AVERAGE
            for mean, value in zip(average.parameters(), net.parameters()):
                mean.lerp_(value, 1 - keep)
        step += 1
        samples += BATCH
        sums[factor][0] += loss.item()
        sums[factor][1] += charbonnier(smooth, large).item()
        sums[factor][2] += 1
        if step % 100 == 0:
            figures = ", ".join(f"x{f} loss {s[0] / s[2]:.5f} (bicubic alone {s[1] / s[2]:.5f})" for f, s in sums.items())
            print(f"step {step}, {samples} samples, {seconds + now - start:.0f} s: {figures}", flush=True)
            sums = {f: [0.0, 0.0, 0] for f in FACTORS}
        if time.time() - saved_at > CHECKPOINT_EVERY:
            checkpoint.save(work, net, average, optimizer, samples, seconds + time.time() - start)
            saved_at = time.time()
    checkpoint.save(work, net, average, optimizer, samples, seconds + time.time() - start)
    print(f"done: {samples} samples in {seconds + time.time() - start:.0f} s of training", flush=True)
