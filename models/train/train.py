"""Trains UNet and text encoder together. Resumable: the checkpoint holds raw weights, EMA, optimiser and elapsed time.

usage: python train.py MINUTES [--batch 32] [--rate 1e-3] [--resume]

The net predicts x0; the loss weight min(1/sigma², 4) is that of v-prediction, clipped. 15 % of the samples sit at
t = 999, where the first sketch comes from text alone. The learning rate follows the clock, not the step count, so a
busy machine only costs samples.
"""
import argparse
import copy
import math
import os
import random
import time

import torch
import torch.nn as nn

import tokenizer as bpe
from captions import caption, wordless
from noise_schedule import ALPHA, SIGMA, STEPS, to_latents
from choices import numbers
from pictures import Bank, arrange, compose
from subjects import PLACES, random_subject
from text_encoder import TextEncoder
from unet import UNet

AT_PURE_NOISE = 0.15
EMPTY, WORDLESS = 0.10, 0.02
COOL_DOWN = 0.45          # the last part of the time, with a falling rate
TEXT_RATE = 0.1           # of the UNet's rate
PLACE_WEIGHT = 0.5        # of the loss on what the text says about place and size
SAVE_EVERY = 300          # seconds
WORDS = torch.tensor(list(PLACES.values()))   # [PLACES, 3, 2]


def rate_at(done, step):
    """Share of the full learning rate after `done` (0..1) of the time: warm-up, plateau, cosine."""
    cooling = max(0.0, (done - 1 + COOL_DOWN) / COOL_DOWN)
    return min(1, (step + 1) / 100) * max(0.01, 0.5 * (1 + math.cos(math.pi * min(1, cooling))))


def timesteps(batch):
    """Stratified over the schedule, leaning to noise, with a share at exactly pure noise: int64 [batch]."""
    u = (torch.rand(batch) + torch.arange(batch)) / batch
    t = (u**0.7 * STEPS).long().clamp(0, STEPS - 1)
    t[-round(batch * AT_PURE_NOISE):] = STEPS - 1
    return t[torch.randperm(batch)]


def caption_or_nothing(subject, rng):
    chance = rng.random()
    return "" if chance < EMPTY else wordless(rng) if chance < EMPTY + WORDLESS else caption(subject, rng)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("minutes", type=float)
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--rate", type=float, default=1e-3)
    options.add_argument("--resume", action="store_true")
    options = options.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.set_num_threads(2)
    torch.manual_seed(0)
    rng = random.Random(3)

    tokenizer = bpe.load("runs/tokenizer")
    warm = torch.load("runs/text.pt")
    nets = nn.ModuleDict({"unet": UNet(), "text": TextEncoder(**warm["settings"])})
    nets["text"].load_state_dict(warm["text"])
    nets.to(device)
    nets["unet"].to(memory_format=torch.channels_last)
    ema = copy.deepcopy(nets)
    parameters, averages = list(nets.parameters()), list(ema.parameters())
    optimizer = torch.optim.AdamW(
        [dict(params=nets["unet"].parameters(), share=1.0), dict(params=nets["text"].parameters(), share=TEXT_RATE)],
        lr=options.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    step = seen = before = 0
    if options.resume:
        saved = torch.load("runs/train.pt", map_location=device)
        averaged = {name: value.float() if value.is_floating_point() else value for name, value in saved["ema"].items()}
        ema.load_state_dict(averaged)
        nets.load_state_dict(saved.get("raw", averaged))   # a halved checkpoint holds the averages alone
        if "optimizer" in saved:
            optimizer.load_state_dict(saved["optimizer"])
        step, seen, before = saved["step"], saved["seen"], saved["seconds"]
        torch.manual_seed(step)
        rng = random.Random(step)

    start = time.time() - before

    def save():
        torch.save({"raw": nets.state_dict(), "ema": ema.state_dict(), "optimizer": optimizer.state_dict(), "step": step,
                    "seen": seen, "seconds": time.time() - start, "unet": nets["unet"].settings,
                    "text": nets["text"].settings}, "runs/train.pt.part")
        os.replace("runs/train.pt.part", "runs/train.pt")

    bank = Bank()
    print(f"UNet {sum(p.numel() for p in nets['unet'].parameters()) / 1e6:.2f} M, text encoder"
          f" {sum(p.numel() for p in nets['text'].parameters()) / 1e6:.2f} M parameters", flush=True)
    saved_at, recent = time.time(), []
    while (done := (time.time() - start) / (options.minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate_at(done, step) * group["share"]
        subjects = [random_subject(rng) for _ in range(options.batch)]
        captions = [caption_or_nothing(s, rng) for s in subjects]
        subjects = [s if text else s._replace(place=0) for s, text in zip(subjects, captions)]
        noise = torch.randn(options.batch, 12, 32, 32)
        x0 = to_latents(compose(bank, subjects, [arrange(s, z) for s, z in zip(subjects, numbers(noise))]))
        ids = torch.tensor([e.ids for e in tokenizer.encode_batch(captions)])
        t = timesteps(options.batch)
        alpha, sigma = ALPHA[t].view(-1, 1, 1, 1), SIGMA[t].view(-1, 1, 1, 1)
        noisy = alpha * x0 + sigma * noise
        x0, noisy, t, ids, sigma = (tensor.to(device) for tensor in (x0, noisy, t, ids, sigma))
        with torch.autocast(device, torch.bfloat16):
            guess, words = nets["unet"](noisy.contiguous(memory_format=torch.channels_last), t, nets["text"](ids), with_place=True)
        error = (guess.float() - x0) ** 2
        wanted = WORDS[[s.place for s in subjects]].to(device)
        misplaced = ((words.float() - wanted) ** 2).mean()
        loss = ((1 / sigma**2).clamp(max=4) * error).mean()
        total = loss + PLACE_WEIGHT * misplaced
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step, seen = step + 1, seen + options.batch
        keep = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - keep)

        first, middle = error[t == STEPS - 1].mean(), error[(t > 300) & (t < 700)].mean()
        recent.append((loss.item(), first.item(), middle.item(), misplaced.item()))
        if step % 100 == 0:
            mean = torch.tensor(recent).nanmean(0)
            recent = []
            print(f"{step} seen {seen} loss {mean[0]:.4f} x0 error at t=999 {mean[1]:.4f}, in the middle {mean[2]:.4f}, place {mean[3]:.4f};"
                  f" {seen / (time.time() - start):.0f} samples/s, {(time.time() - start) / 60:.1f} min", flush=True)
        if time.time() - saved_at > SAVE_EVERY:
            save()
            saved_at = time.time()
    save()
    print(f"done: {step} steps, {seen} samples, {(time.time() - start) / 60:.1f} min")
