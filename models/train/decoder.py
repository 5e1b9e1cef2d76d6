"""The decoder: latents [B, 12, 32, 32] -> picture [B, 3, 256, 256] in -1..1. And its opposite."""
import torch.nn as nn
import torch.nn.functional as F

from noise_schedule import to_latents, to_pictures


class Enlarge(nn.Module):
    """x4 super-resolution, [B, 3, H, W] -> [B, 3, 4H, 4W]: what the convolutions add to a bicubic enlargement."""

    def __init__(self, features=48, depth=6):
        super().__init__()
        self.settings = dict(features=features, depth=depth)
        layers = [nn.Conv2d(3, features, 3, padding=1), nn.PReLU(features)]
        for _ in range(depth):
            layers += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        layers += [nn.Conv2d(features, 3 * 16, 3, padding=1)]
        self.detail = nn.Sequential(*layers)
        for layer in layers[::2]:
            # PyTorch's default lets the signal fade from layer to layer; then nothing at all is learned.
            nn.init.kaiming_normal_(layer.weight, a=0.25)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(layers[-1].weight)

    def forward(self, x):
        smooth = F.interpolate(x, scale_factor=4.0, mode="bicubic", align_corners=False)
        return F.pixel_shuffle(self.detail(x), 4).to(x.dtype) + smooth


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
