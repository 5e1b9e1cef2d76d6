"""The UNet: sample [B, 12, 32, 32], timestep [B], encoder_hidden_states [B, L, d] -> x0 [B, 12, 32, 32].

A convolutional net fed pure noise has no way of its own to know what to put where. So it is told by five ways:
1. pooled text (the last token) and the noise's numbers (choices.py) join the time embedding and scale and shift every
   block (AdaGN);
2. *seed maps*: an MLP turns text and numbers into a feature map for each resolution, a first sketch of the object;
3. the sketch is drawn in the middle and upright, then moved, scaled and mirrored to where text and numbers want it
   (a spatial transformer, Jaderberg et al. 2015), so that place and size need not be learned for every object;
4. a second, unmoved sketch for the background, and learned position maps at each resolution;
5. cross-attention over all tokens at the lowest resolution.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import choices
from noise_schedule import SIGMA
from pictures import OBJECT, SIDE
from subjects import PLACES


class ChannelNorm(nn.LayerNorm):
    """Layer norm over the channels of each pixel: on a CPU half the cost of a group norm."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ResBlock(nn.Module):
    """Two 3x3 convolutions; the embedding [B, E] scales and shifts the second norm."""

    def __init__(self, cin, cout, embedding, groups=16):
        super().__init__()
        self.norm1 = ChannelNorm(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.scale_shift = nn.Linear(embedding, 2 * cout)
        self.norm2 = nn.GroupNorm(groups, cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout else nn.Identity()
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, embedding):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.scale_shift(embedding)[:, :, None, None].chunk(2, 1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


class Attention(nn.Module):
    """Multi-head attention from x [B, N, width] to context [B, M, context_width]."""

    def __init__(self, width, context_width, head=64):
        super().__init__()
        self.heads = width // head
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(context_width, width)
        self.v = nn.Linear(context_width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x, context):
        split = lambda t: t.view(t.shape[0], -1, self.heads, t.shape[-1] // self.heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(context)), split(self.v(context))
        mixed = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).flatten(2))


class AttentionBlock(nn.Module):
    """Self-attention, cross-attention, MLP over the pixels of x [B, C, H, W]."""

    def __init__(self, width, context_width):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.self_attention = Attention(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.cross_attention = Attention(width, context_width)
        self.norm3 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 2 * width)
        self.fc2 = nn.Linear(2 * width, width)

    def forward(self, x, context):
        height, width = x.shape[2:]
        h = x.flatten(2).transpose(1, 2)
        n = self.norm1(h)
        h = h + self.self_attention(n, n)
        h = h + self.cross_attention(self.norm2(h), context)
        h = h + self.fc2(F.gelu(self.fc1(self.norm3(h))))
        return h.transpose(1, 2).unflatten(2, (height, width))


class SeedMap(nn.Module):
    """A hidden vector [B, hidden] -> a feature map [B, channels, side, side], moved by a sampling grid if one is given."""

    def __init__(self, hidden, raw, channels, side):
        super().__init__()
        self.shape = (raw, side, side)
        self.map = nn.Linear(hidden, raw * side * side)
        self.mix = nn.Conv2d(raw, channels, 1, bias=False)

    def forward(self, hidden, grid=None):
        drawn = self.map(hidden).unflatten(1, self.shape)
        if grid is not None:
            drawn = F.grid_sample(drawn.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        return self.mix(drawn)


class Place(nn.Module):
    """Pooled text [B, context] and numbers [B, COUNT] -> where the object is: x, y (px from the centre) and size [B, 3].

    Text says the range (`words` [B, 3, 2]: centre and half width of x, y, size), the numbers say where in it; the
    arithmetic is that of choices.arrangement.
    """

    def __init__(self, context):
        super().__init__()
        self.words = nn.Linear(context, 6)
        nn.init.normal_(self.words.weight, std=0.02)
        self.words.bias.data = torch.tensor(PLACES[None]).flatten()

    def forward(self, pooled, z):
        words = self.words(pooled).view(-1, 3, 2)
        z = torch.stack([z[:, choices.X], z[:, choices.Y], z[:, choices.SIZE]], 1)
        spread = (words[..., 0] + words[..., 1] * torch.erf(z / 2**0.5)).clamp(-1, 1)
        size = choices.SMALLEST + (choices.LARGEST - choices.SMALLEST) * (spread[:, 2:] + 1) / 2
        room = ((SIDE - OBJECT * size) / 2 - 1).clamp(min=0)
        return torch.cat([spread[:, :2] * room, size], 1), words


class Upsample(nn.Module):
    """Nearest-neighbour doubling, then a 3x3 convolution: a pixel shuffle here left a faint 2 px mesh."""

    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class UNet(nn.Module):
    def __init__(self, latent=12, side=32, channels=(64, 128, 256), context=192, embedding=256,
                 seed_hidden=512, seed_raw=(12, 16, 48), ground_hidden=96, ground_raw=(4, 8, 16)):
        super().__init__()
        self.settings = dict(latent=latent, side=side, channels=tuple(channels), context=context,
                             embedding=embedding, seed_hidden=seed_hidden, seed_raw=tuple(seed_raw),
                             ground_hidden=ground_hidden, ground_raw=tuple(ground_raw))
        a, b, c = channels
        self.time1 = nn.Linear(64, embedding)
        self.time2 = nn.Linear(embedding, embedding)
        self.pooled1 = nn.Linear(context, embedding)
        self.pooled2 = nn.Linear(embedding, embedding)
        known = context + choices.COUNT + len(choices.SHARP)
        self.numbers = nn.Linear(known - context, embedding)
        self.place = Place(context)
        self.object1 = nn.Linear(known, seed_hidden)
        self.object2 = nn.Linear(seed_hidden, seed_hidden)
        self.ground1 = nn.Linear(known, 2 * ground_hidden)
        self.ground2 = nn.Linear(2 * ground_hidden, ground_hidden)
        maps = lambda hidden, raws: nn.ModuleList([SeedMap(hidden, raw, width, side >> level)
                                                   for level, (raw, width) in enumerate(zip(raws, channels))])
        self.seeds, self.grounds = maps(seed_hidden, seed_raw), maps(ground_hidden, ground_raw)
        self.positions = nn.ParameterList([nn.Parameter(torch.randn(1, width, side >> level, side >> level) * 0.1)
                                           for level, width in enumerate(channels)])
        self.conv_in = nn.Conv2d(latent, a, 3, padding=1)
        self.down1 = ResBlock(a, a, embedding)
        self.shrink1 = nn.Conv2d(a, b, 3, 2, 1)
        self.down2 = ResBlock(b, b, embedding)
        self.shrink2 = nn.Conv2d(b, c, 3, 2, 1)
        self.down3 = ResBlock(c, c, embedding)
        self.middle1 = ResBlock(c, c, embedding)
        self.attention = AttentionBlock(c, context)
        self.middle2 = ResBlock(c, c, embedding)
        self.up3 = ResBlock(2 * c, c, embedding)
        self.grow2 = Upsample(c, b)
        self.up2 = ResBlock(2 * b, b, embedding)
        self.grow1 = Upsample(b, a)
        self.up1 = ResBlock(2 * a, a, embedding)
        self.up0 = ResBlock(a, a, embedding)
        self.norm_out = nn.GroupNorm(16, a)
        self.conv_out = nn.Conv2d(a, latent, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)
        frequencies = torch.exp(-math.log(10000) * torch.arange(32) / 32)
        self.register_buffer("frequencies", frequencies, persistent=False)
        for name, values in (("mix", choices.MIX.view(1, -1, 1, 1)), ("maps", choices.MAPS), ("sigma", SIGMA)):
            self.register_buffer(name, values.clone(), persistent=False)
        for level in range(len(channels)):   # pixel centres of a picture from -1 to 1
            axis = (torch.arange(side >> level) + 0.5) * 2 / (side >> level) - 1
            self.register_buffer(f"axis{side >> level}", axis.float(), persistent=False)

    def read_numbers(self, sample, timestep):
        """The numbers of the noise in a noisy picture [B, COUNT]; at the end of sampling the picture itself blurs them."""
        plane = (sample * self.mix).sum(1).flatten(1)
        return ((plane @ self.maps.T) / self.sigma[timestep].clamp(min=0.05)[:, None]).clamp(-4, 4)

    def grid(self, place, mirror, side):
        """Where each pixel of the picture looks in the upright, centred, nominal sketch: [B, side, side, 2]"""
        axis = getattr(self, f"axis{side}")
        x = (axis[None] - place[:, :1] * (2 / SIDE)) / place[:, 2:] * mirror[:, None]
        y = (axis[None] - place[:, 1:2] * (2 / SIDE)) / place[:, 2:]
        return torch.stack([x[:, None].expand(-1, side, -1), y[:, :, None].expand(-1, -1, side)], -1)

    def forward(self, sample, timestep, encoder_hidden_states, with_place=False):
        angles = timestep.float()[:, None] * self.frequencies[None]
        time = self.time2(F.silu(self.time1(torch.cat([angles.cos(), angles.sin()], -1))))
        pooled = encoder_hidden_states[:, -1]
        z = self.read_numbers(sample, timestep)
        open_choices = torch.cat([z, *[(6 * z[:, group]).softmax(1) for group in choices.GROUPS], (6 * z[:, choices.FLIP, None]).tanh()], 1)
        known = torch.cat([pooled, open_choices], 1)
        embedding = F.silu(time + self.pooled2(F.silu(self.pooled1(pooled))) + self.numbers(open_choices))
        place, words = self.place(pooled, z)
        mirror = 1 - 2 * (z[:, choices.FLIP] > 0).to(z.dtype)
        drawn, ground = F.silu(self.object1(known)), F.silu(self.ground1(known))
        drawn, ground = F.silu(self.object2(drawn)), F.silu(self.ground2(ground))
        # The picture's loss must not move the object; place has a loss of its own.
        moved = place.detach().float()
        maps = []
        for seed, under, position in zip(self.seeds, self.grounds, self.positions):
            # The cast keeps the whole residual stream in bfloat16 when training under autocast.
            sketch = seed(drawn, self.grid(moved, mirror, position.shape[-1])) + under(ground)
            maps.append(sketch + position.to(sketch.dtype))

        x1 = self.down1(self.conv_in(sample) + maps[0], embedding)
        x2 = self.down2(self.shrink1(x1) + maps[1], embedding)
        x3 = self.down3(self.shrink2(x2) + maps[2], embedding)
        x = self.middle1(x3, embedding)
        x = self.middle2(self.attention(x, encoder_hidden_states), embedding)
        x = self.up3(torch.cat([x, x3], 1), embedding)
        x = self.up2(torch.cat([self.grow2(x), x2], 1), embedding)
        x = self.up1(torch.cat([self.grow1(x), x1], 1), embedding)
        x = self.up0(x, embedding)
        x0 = self.conv_out(F.silu(self.norm_out(x)))
        return (x0, words) if with_place else x0
