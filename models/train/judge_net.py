"""The judge: a small convolutional net that names concept, background and drawing of a 64 px picture.

usage: python judge_net.py MINUTES

It is trained on renders of ALL combinations, also those held out from the generator, softened and noised at random so
that a soft edge does not confuse it. Writes runs/judge.pt and prints its share of right answers on fresh renders: no
score it gives can be worth more than that.
"""
import random
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from choices import COUNT
from looks import blurred
from pictures import Bank, arrange, compose
from subjects import ART_SETS, BACKGROUNDS, CONCEPTS, LOOK_NAMES, LOOKS, PLACES, Subject

# What a picture is drawn like: one of the art sets, or one of the filtered looks.
DRAWINGS = [*ART_SETS, *[name for name, (art, _) in LOOKS.items() if art is None and name != "any"]]
LOOK_TO_DRAWING = {"flat": 1, "3d": 2, **{name: DRAWINGS.index(name) for name in DRAWINGS[3:]}}


class JudgeNet(nn.Module):
    """Pictures [N, 3, 64, 64] in -1..1 -> logits of concept, background and drawing."""

    def __init__(self, widths=(32, 64, 128, 192)):
        super().__init__()
        layers, last = [nn.Conv2d(3, widths[0], 3, padding=1)], widths[0]
        for width in widths:
            layers += [nn.BatchNorm2d(last), nn.ReLU(), nn.Conv2d(last, width, 3, padding=1),
                       nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3, stride=2, padding=1)]
            last = width
        self.features = nn.Sequential(*layers, nn.BatchNorm2d(last), nn.ReLU())
        self.heads = nn.ModuleList([nn.Linear(2 * last, len(kind)) for kind in (CONCEPTS, BACKGROUNDS, DRAWINGS)])

    def forward(self, pictures):
        maps = self.features(pictures)
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)
        return [head(pooled) for head in self.heads]


def any_subject(rng):
    look = rng.randrange(len(LOOKS))
    return Subject(rng.randrange(len(CONCEPTS)), rng.randrange(len(BACKGROUNDS)), look, rng.randrange(len(PLACES)) if rng.random() < 0.3 else 0)


def drawing(subject, arrangement):
    return LOOK_TO_DRAWING.get(LOOK_NAMES[subject.look], arrangement.art)


def renders(bank, count, rng):
    """-> pictures [N, 3, 64, 64] and their labels [N, 3]"""
    subjects = [any_subject(rng) for _ in range(count)]
    arrangements = [arrange(s, z, hold_out=False) for s, z in zip(subjects, torch.randn(count, COUNT))]
    labels = [(s.concept, a.background, drawing(s, a)) for s, a in zip(subjects, arrangements)]
    return compose(bank, subjects, arrangements), torch.tensor(labels)


def roughened(pictures, rng):
    """Blur and noise at random, as generated pictures have them; half are left as they are, so that blocks and strokes stay."""
    soft = blurred(pictures, 1)
    share = torch.rand(len(pictures), 1, 1, 1) * (torch.rand(len(pictures), 1, 1, 1) < 0.5) * 0.7
    pictures = pictures + (soft - pictures) * share
    return pictures + torch.randn_like(pictures) * torch.rand(len(pictures), 1, 1, 1) * 0.06


def load_judge(path="runs/judge.pt"):
    net = JudgeNet()
    net.load_state_dict(torch.load(path))
    return net.eval()


def accuracy(net, pictures, labels):
    """Share of right concepts, backgrounds and drawings."""
    with torch.no_grad():
        guesses = [torch.cat([net(part)[k] for part in pictures.split(128)]).argmax(1) for k in range(3)]
    return [(guess == labels[:, k]).float().mean().item() for k, guess in enumerate(guesses)]


if __name__ == "__main__":
    minutes = float(sys.argv[1])
    torch.set_num_threads(2)
    torch.manual_seed(0)
    rng = random.Random(8)
    bank = Bank()
    net = JudgeNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    start, step = time.time(), 0
    while (done := (time.time() - start) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * max(0.01, min(1, 1.6 * (1 - done)))
        pictures, labels = renders(bank, 64, rng)
        pictures = roughened(pictures, rng).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(pictures)
        loss = sum(F.cross_entropy(logit.float(), labels[:, k]) for k, logit in enumerate(logits))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 200 == 0:
            print(f"{step} loss {loss:.3f} ({time.time() - start:.0f} s)", flush=True)
    net.eval()
    torch.save(net.state_dict(), "runs/judge.pt")
    fresh = random.Random(9)
    print("ceiling on fresh renders: concept {:.3f} background {:.3f} drawing {:.3f}".format(*accuracy(net, *renders(bank, 2000, fresh))))
