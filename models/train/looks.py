"""The looks that are exact filters of a composed picture: black and white, pencil, pixels, watercolour, neon.

All take float pictures [N, 3, S, S], 0..255, and give the same; S is 64 px or a multiple, and a look is the same at
every S up to detail.
"""
import torch
import torch.nn.functional as F

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
BASE = 64   # px, the side at which widths below are meant


def grey(x):
    return (x * LUMA).sum(1, keepdim=True)


def blurred(x, width):
    """Box blur of odd width in px at side 64, twice: nearly a Gaussian."""
    k = max(1, round(width * x.shape[-1] / BASE / 2)) * 2 + 1
    for _ in range(2):
        x = F.avg_pool2d(F.pad(x, [k // 2] * 4, mode="replicate"), k, 1)
    return x


def black_and_white(x):
    """Grey, stretched so that the darkest and brightest 1 % become black and white."""
    g = grey(x)
    ordered = g.flatten(1).sort(1)[0]
    low, high = (ordered[:, int(share * (ordered.shape[1] - 1))].view(-1, 1, 1, 1) for share in (0.01, 0.99))
    return ((g - low) / (high - low).clamp(min=32) * 235 + 10).clamp(0, 255).expand(-1, 3, -1, -1)


def hatching(side):
    """Diagonal strokes, 0..1, period 4 px at side 64: [1, 1, side, side]"""
    line = torch.arange(side)
    return (((line[:, None] + line[None]) * BASE // side) % 4 < 2).float()[None, None]


def sketch(x):
    """Pencil on paper: outlines where any colour changes, strokes where it is dark."""
    c = x / 255
    darker = (blurred(c, 3) - c).amax(1, keepdim=True)   # of two colours only one side gets the line
    lines = 1 - ((darker - 0.03) / 0.17).clamp(0, 1)
    dark = (0.66 - blurred(grey(c), 1)).clamp(0, 0.5)
    strokes = 1 - dark * hatching(x.shape[-1]) * 1.1 - dark * 0.35
    tone = (lines * strokes).clamp(0, 1)
    paper, lead = (torch.tensor(rgb, dtype=x.dtype).view(1, 3, 1, 1) for rgb in ((250, 247, 240), (52, 52, 60)))
    return lead + (paper - lead) * tone


def pixels(x):
    """Blocks of 1/32 of the side."""
    block = x.shape[-1] // 32
    return F.avg_pool2d(x, block).repeat_interleave(block, 2).repeat_interleave(block, 3)


def stains(side):
    """Fixed soft noise, 0..1: [1, 1, side, side]"""
    generator = torch.Generator().manual_seed(5)
    out = 0
    for cells, share in ((6, 0.6), (13, 0.4)):
        noise = torch.rand(1, 1, cells, cells, generator=generator)
        out = out + share * F.interpolate(noise, size=(side, side), mode="bicubic", align_corners=False)
    return out.clamp(0, 1)


def watercolour(x):
    """Washed colours with darker rims, blotches, and paper showing at the border."""
    side = x.shape[-1]
    soft = 0.6 * x + 0.4 * blurred(x, 1)
    rims = (soft - blurred(x, 5)).abs().mean(1, keepdim=True) / 255
    noise = stains(side)
    paper = torch.tensor([252.0, 250, 245], dtype=x.dtype).view(1, 3, 1, 1)
    strength = 0.97 - 0.5 * (noise - 0.4).clamp(0, 1)
    wash = paper + (soft * 1.04 - paper) * strength
    wash = wash * (1 - (rims * 1.3).clamp(0, 0.35))
    axis = torch.linspace(-1, 1, side).abs()
    edge = torch.maximum(axis[:, None], axis[None])[None, None]
    mask = ((0.97 - edge - 0.22 * (noise - 0.3)) / 0.07).clamp(0, 1)
    return (paper + (wash - paper) * mask).clamp(0, 255)


def neon(x):
    """Glowing outlines over the darkened picture."""
    step = max(1, x.shape[-1] // BASE)
    wide = F.pad(x, [step] * 4, mode="replicate")
    dx = wide[:, :, step:-step, 2 * step:] - wide[:, :, step:-step, :-2 * step]
    dy = wide[:, :, 2 * step:, step:-step] - wide[:, :, :-2 * step, step:-step]
    edge = ((dx**2 + dy**2).sum(1, keepdim=True).sqrt() / 130 - 0.14).clamp(0, 1)
    # The line takes the strongest colour nearby, at full brightness.
    colour = F.max_pool2d(x, 2 * step + 1, 1, step)
    low, high = colour.amin(1, keepdim=True), colour.amax(1, keepdim=True)
    vivid = (colour - 0.75 * low) / (high - 0.75 * low).clamp(min=24) * 255
    light = vivid.clamp(0, 255) * edge
    glow = blurred(light, 3)
    dim = x * 0.16 + torch.tensor([6.0, 4, 16], dtype=x.dtype).view(1, 3, 1, 1)
    return (dim + light + 0.9 * glow).clamp(0, 255)


FILTERS = {"bw": black_and_white, "sketch": sketch, "pixel": pixels, "watercolor": watercolour, "neon": neon}
