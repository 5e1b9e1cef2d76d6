"""The decoder: latents [B, 12, 32, 32] -> picture [B, 3, 256, 256] in -1..1. And its opposite."""
import torch.nn as nn
import torch.nn.functional as F

from noise_schedule import to_latents, to_pictures


class Block(nn.Module):
    """Two 3x3 convolutions added to what came in."""

    def __init__(self, features):
        super().__init__()
        self.layers = nn.Sequential(nn.PReLU(features), nn.Conv2d(features, features, 3, padding=1),
                                    nn.PReLU(features), nn.Conv2d(features, features, 3, padding=1))
        for layer in (self.layers[1], self.layers[3]):
            # PyTorch's default lets the signal fade from layer to layer; then nothing at all is learned.
            nn.init.kaiming_normal_(layer.weight, a=0.25)
            nn.init.zeros_(layer.bias)
        self.layers[3].weight.data *= 0.3

    def forward(self, x):
        return x + self.layers(x)


class Enlarge(nn.Module):
    """x4 super-resolution, [B, 3, H, W] -> [B, 3, 4H, 4W]: what the convolutions add to a bicubic enlargement.

    Half of the blocks work at half size: to take the mottling out of a plain area, a pixel must see far.
    """

    def __init__(self, features=48, depth=3):
        super().__init__()
        self.settings = dict(features=features, depth=depth)
        self.stem = nn.Conv2d(3, features, 3, padding=1)
        self.fine = Block(features)
        self.down = nn.Conv2d(features, 2 * features, 3, 2, 1)
        self.coarse = nn.Sequential(*[Block(2 * features) for _ in range(depth)])
        self.up = nn.Conv2d(2 * features, features, 3, padding=1)
        self.last = Block(features)
        self.out = nn.Conv2d(features, 3 * 16, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def detail(self, x):
        x = self.fine(self.stem(x))
        x = x + self.up(F.interpolate(self.coarse(self.down(x)), scale_factor=2.0, mode="nearest"))
        return F.pixel_shuffle(self.out(self.last(x)), 4)

    def forward(self, x):
        return self.detail(x) + F.interpolate(x, scale_factor=4.0, mode="bicubic", align_corners=False)


class Decoder(nn.Module):
    """What is exported as vae_decoder."""

    def __init__(self, enlarge):
        super().__init__()
        self.enlarge = enlarge

    def forward(self, latent_sample):
        return self.enlarge(to_pictures(latent_sample)).clamp(-1, 1)


class Encoder(nn.Module):
    """What is exported as vae_encoder: shrinks by averaging, without loss of meaning and without randomness."""

    def forward(self, sample):
        return to_latents(F.avg_pool2d(sample, 4))
