"""Trains the decoder's enlargement, 64 -> 256 px.

usage: python train_decoder.py MINUTES

Half of its inputs are clean small pictures, the other half the UNet's own one-step guesses of noised ones: those
carry the softness and wobble that generated pictures have, and still lie exactly over their 256 px original.
"""
import random
import sys
import time

import torch
import torch.nn.functional as F

import tokenizer as bpe
from captions import plain_caption
from checkpoint import averaged_nets
from decoder import Enlarge
from noise_schedule import ALPHA, SIGMA, to_latents, to_pictures
from pictures import compose, sprite_bank
from subjects import random_subject

POOL = 640      # pictures kept at a time
CROP = 32        # px of the small picture
BATCH = 16


@torch.no_grad()
def guesses(unet, text, tokenizer, subjects, small):
    """The UNet's x0 for small pictures [N, 3, 64, 64] noised to random timesteps."""
    out = []
    for k in range(0, len(small), 64):
        part = slice(k, k + 64)
        x0 = to_latents(small[part])
        t = torch.randint(60, 700, (len(x0),))
        alpha, sigma = ALPHA[t].view(-1, 1, 1, 1), SIGMA[t].view(-1, 1, 1, 1)
        ids = torch.tensor([e.ids for e in tokenizer.encode_batch([plain_caption(s) for s in subjects[part]])])
        with torch.autocast("cpu", torch.bfloat16):
            guess = unet(alpha * x0 + sigma * torch.randn_like(x0), t, text(ids))
        out.append(to_pictures(guess.float()))
    return torch.cat(out)


def decibel(a, b):
    """Peak signal to noise ratio of two pictures in -1..1."""
    return -10 * torch.log10(((a - b) ** 2).mean() / 4).item()


if __name__ == "__main__":
    minutes = float(sys.argv[1])
    torch.set_num_threads(2)
    torch.manual_seed(0)
    rng = random.Random(5)
    unet, text, _ = averaged_nets()
    tokenizer = bpe.load("runs/tokenizer")
    bank = sprite_bank(side=256)
    subjects = [random_subject(rng) for _ in range(POOL)]
    large = torch.cat([(compose(bank, subjects[k:k + 32], rng) * 127.5).round().to(torch.int8) for k in range(0, POOL, 32)])
    small = torch.cat([F.avg_pool2d(large[k:k + 64].float() / 127.5, 4) for k in range(0, POOL, 64)])
    guessed = guesses(unet, text, tokenizer, subjects, small)
    print("pool ready: guesses lie at", round(decibel(guessed, small), 1), "dB", flush=True)

    net = Enlarge().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3, betas=(0.9, 0.99))
    start, step = time.time(), 0
    while (done := (time.time() - start) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, max(0.02, (1 - done) / 0.6))
        inputs, targets = [], []
        for _ in range(BATCH):
            k, y, x = rng.randrange(POOL - 64), rng.randrange(64 - CROP + 1), rng.randrange(64 - CROP + 1)
            source = guessed if rng.random() < 0.6 else small
            inputs.append(source[k, :, y:y + CROP, x:x + CROP])
            targets.append(large[k, :, 4 * y:4 * (y + CROP), 4 * x:4 * (x + CROP)].float() / 127.5)
        inputs, targets = torch.stack(inputs), torch.stack(targets)
        with torch.autocast("cpu", torch.bfloat16):
            detail = net.detail(inputs.contiguous(memory_format=torch.channels_last))
        smooth = F.interpolate(inputs, scale_factor=4.0, mode="bicubic", align_corners=False)
        loss = ((F.pixel_shuffle(detail.float(), 4) + smooth - targets) ** 2 + 1e-5).sqrt().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 50 == 0:
            without = ((smooth - targets) ** 2 + 1e-5).sqrt().mean()
            print(f"{step} loss {loss:.4f}, bicubic alone {without:.4f} ({time.time() - start:.0f} s)", flush=True)
    torch.save({"settings": net.settings, "enlarge": net.state_dict()}, "runs/decoder.pt")

    with torch.no_grad():  # the last 64 pictures of the pool were never trained on (their drawings were)
        for name, source in (("clean", small), ("guessed", guessed)):
            truth = large[-64:].float() / 127.5
            bicubic = F.interpolate(source[-64:], scale_factor=4.0, mode="bicubic", align_corners=False)
            print(f"{name}: bicubic {decibel(bicubic.clamp(-1, 1), truth):.2f} dB,"
                  f" net {decibel(net(source[-64:]).clamp(-1, 1), truth):.2f} dB")
