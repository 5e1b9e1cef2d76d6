"""Trains the decoder's enlargement, 64 -> 256 px.

usage: python train_decoder.py MINUTES

A third of its inputs are clean small pictures, a third the UNet's one-step guesses of noised ones, a third pictures
sampled from pure noise: those carry the softness and mottling that generated pictures have, and because the noise names
the whole picture (choices.py) they still lie over their 256 px original.
"""
import random
import sys
import time

import torch
import torch.nn.functional as F

import tokenizer as bpe
from captions import plain_caption
from checkpoint import averaged_nets
from choices import numbers
from decoder import Enlarge
from noise_schedule import ALPHA, SIGMA, sample, to_latents, to_pictures
from pictures import Bank, arrange, compose
from subjects import random_subject

POOL = 1280      # pictures kept at a time
HELD = 64        # of them never trained on
BATCH = 8
STEPS, GUIDANCE = 6, 1.5   # of the sampled third


@torch.no_grad()
def guesses(unet, text, small, t, noise):
    """The UNet's x0 for small pictures [N, 3, 64, 64] noised to timesteps t."""
    alpha, sigma = ALPHA[t].view(-1, 1, 1, 1), SIGMA[t].view(-1, 1, 1, 1)
    with torch.autocast("cpu", torch.bfloat16):
        guess = unet(alpha * to_latents(small) + sigma * noise, t, text)
    return to_pictures(guess.float())


def decibel(a, b):
    """Peak signal to noise ratio of two pictures in -1..1."""
    return -10 * torch.log10(((a - b) ** 2).mean() / 4).item()


def pool(unet, text, tokenizer, bank, rng):
    """-> originals int8 [POOL, 3, 256, 256], and three versions of small ones [POOL, 3, 64, 64]"""
    subjects = [random_subject(rng) for _ in range(POOL)]
    noise = torch.randn(POOL, 12, 32, 32)
    arrangements = [arrange(s, z) for s, z in zip(subjects, numbers(noise))]
    large, small, guessed, sampled = [], [], [], []
    encode = lambda texts: text(torch.tensor([e.ids for e in tokenizer.encode_batch(texts)]))
    with torch.no_grad():
        empty = encode([""])
    for k in range(0, POOL, 32):
        part = slice(k, k + 32)
        picture = compose(bank, subjects[part], arrangements[part])
        large.append((picture * 127).round().to(torch.int8))
        small.append(F.avg_pool2d(picture, 4))
        with torch.no_grad():
            states = encode([plain_caption(s) for s in subjects[part]])
        guessed.append(guesses(unet, states, small[-1], torch.randint(60, 700, (32,)), noise[part]))
        sampled.append(sample(unet, states, empty, STEPS, GUIDANCE, noise=noise[part]))
    return [torch.cat(parts) for parts in (large, small, guessed, sampled)]


if __name__ == "__main__":
    minutes = float(sys.argv[1])
    torch.set_num_threads(2)
    torch.manual_seed(0)
    rng = random.Random(5)
    unet, text, _ = averaged_nets()
    large, *sources = pool(unet, text, bpe.load("runs/tokenizer"), Bank(256), rng)
    small, guessed, sampled = sources
    print(f"pool ready: guesses lie at {decibel(guessed, small):.1f} dB, sampled pictures at {decibel(sampled, small):.1f} dB", flush=True)

    net = Enlarge().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0)
    start, step, losses = time.time(), 0, []
    while (done := (time.time() - start) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 50) * max(0.02, min(1, (1 - done) / 0.6))
        chosen = [(rng.randrange(POOL - HELD), rng.choice(sources), rng.random() < 0.5) for _ in range(BATCH)]
        turn = lambda picture, mirrored: picture.flip(-1) if mirrored else picture
        inputs = torch.stack([turn(source[k], mirrored) for k, source, mirrored in chosen])
        targets = torch.stack([turn(large[k], mirrored) for k, _, mirrored in chosen]).float() / 127
        with torch.autocast("cpu", torch.bfloat16):
            detail = net.detail(inputs.contiguous(memory_format=torch.channels_last))
        smooth = F.interpolate(inputs, scale_factor=4.0, mode="bicubic", align_corners=False)
        loss = ((detail.float() + smooth - targets) ** 2 + 1e-5).sqrt().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        losses.append((loss.item(), ((smooth - targets) ** 2 + 1e-5).sqrt().mean().item()))
        if step % 200 == 0:
            mean = torch.tensor(losses[-200:]).mean(0)
            print(f"{step} loss {mean[0]:.4f}, bicubic alone {mean[1]:.4f} ({time.time() - start:.0f} s)", flush=True)
    torch.save({"settings": net.settings, "enlarge": net.state_dict()}, "runs/decoder.pt")

    with torch.no_grad():  # arrangements it was never trained on; the drawings it knows
        for name, source in (("clean", small), ("guessed", guessed), ("sampled", sampled)):
            truth = large[-HELD:].float() / 127
            bicubic = F.interpolate(source[-HELD:], scale_factor=4.0, mode="bicubic", align_corners=False)
            print(f"{name}: bicubic {decibel(bicubic.clamp(-1, 1), truth):.2f} dB,"
                  f" net {decibel(net(source[-HELD:]).clamp(-1, 1), truth):.2f} dB")
