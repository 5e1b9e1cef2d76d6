"""The copy detector: pictures [B, 3, 64, 64], RGB in 0..1 -> unit vectors [B, 192]."""
import torch
import torch.nn as nn
import torch.nn.functional as F

SIDE = 64
DIMENSIONS = 192
MEAN, DEVIATION = 0.5, 0.25  # of every channel; written into the model folder too


def layer(inputs, outputs, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.first, self.second = layer(features, features), layer(features, features)
        # A block begins as nothing, so that a deep net learns from its first step on.
        nn.init.zeros_(self.second[1].weight)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class CopyDetector(nn.Module):
    """Four stages of residual blocks, 32 px to 4 px; what they see is pooled by its mean and by its strongest."""

    def __init__(self, widths=(32, 64, 112, 176), blocks=(1, 1, 1, 1)):
        super().__init__()
        self.settings = dict(widths=widths, blocks=blocks)
        stages, inputs = [], 3
        for width, count in zip(widths, blocks):
            stages += [layer(inputs, width, 2), nn.ReLU(), *[Block(width) for _ in range(count)]]
            inputs = width
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(2 * inputs, DIMENSIONS)

    def forward(self, picture):
        """picture: [B, 3, 64, 64], already (x - MEAN) / DEVIATION."""
        x = self.stages(picture)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return F.normalize(self.head(pooled).float(), dim=1)


def prepared(pictures):
    """Pictures in 0..1 -> what the net reads."""
    return (pictures - MEAN) / DEVIATION
