"""The upscaler: pictures [B, 3, H, W] in 0..1 -> [B, 3, factor x H, factor x W], both factors from one trunk."""
import torch.nn as nn
import torch.nn.functional as F

FACTORS = (2, 4)
DETAIL_SCALE = 0.1


def convolution(inputs, outputs, gain=1.0):
    layer = nn.Conv2d(inputs, outputs, 3, padding=1)
    # PyTorch's default lets the signal fade from layer to layer; then nothing at all is learned.
    nn.init.kaiming_normal_(layer.weight, a=0.25)
    nn.init.zeros_(layer.bias)
    layer.weight.data *= gain
    return layer


class Block(nn.Module):
    def __init__(self, features):
        super().__init__()
        # Each block starts as a small correction, so that a dozen of them do not blow the signal up.
        self.layers = nn.Sequential(convolution(features, features), nn.PReLU(features), convolution(features, features, 0.3))

    def forward(self, x):
        return x + self.layers(x)


class Upscaler(nn.Module):
    """What convolutions at the small size add to a bicubic enlargement."""

    def __init__(self, features=64, blocks=6):
        super().__init__()
        self.settings = dict(features=features, blocks=blocks)
        self.trunk = nn.Sequential(convolution(3, features), nn.PReLU(features), *[Block(features) for _ in range(blocks)])
        self.heads = nn.ModuleDict({str(f): convolution(features, 3 * f * f, 0.0) for f in FACTORS})

    def detail(self, image, factor):
        # The head's output is scaled down: Adam's first steps would otherwise overshoot details of a few hundredths.
        return F.pixel_shuffle(self.heads[str(factor)](self.trunk(image - 0.5)) * DETAIL_SCALE, factor)

    def forward(self, image, factor):
        return self.detail(image, factor) + bicubic(image, factor)


def bicubic(image, factor):
    return F.interpolate(image, scale_factor=float(factor), mode="bicubic", align_corners=False)


class OneFactor(nn.Module):
    """What is exported as x2.onnx or x4.onnx."""

    def __init__(self, net, factor):
        super().__init__()
        self.net, self.factor = net, factor

    def forward(self, image):
        return self.net(image, self.factor).clamp(0, 1)
