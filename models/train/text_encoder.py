"""A small text encoder with CLIP's shape: byte-level BPE ids in, one vector a token out."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    """Pre-norm transformer layer with CLIP's causal mask and quick GELU."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x, mask):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).chunk(3, -1)
        split = lambda t: t.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        # Written out instead of scaled_dot_product_attention: the ONNX graph stays small and plain.
        scores = split(q) @ split(k).transpose(-1, -2) * (width // self.heads) ** -0.5 + mask.to(x.dtype)
        x = x + self.out((scores.softmax(-1) @ split(v)).transpose(1, 2).reshape(batch, length, width))
        h = self.fc1(self.norm2(x))
        return x + self.fc2(h * torch.sigmoid(1.702 * h))


class TextEncoder(nn.Module):
    """input_ids [B, L] -> last_hidden_state [B, L, width].

    The mask is causal and the padding is the end token, so the vector at the last position has seen the whole
    caption. The UNet uses it as the pooled text.
    """

    def __init__(self, vocabulary, length=32, width=192, layers=3, heads=6):
        super().__init__()
        self.settings = dict(vocabulary=vocabulary, length=length, width=width, layers=layers, heads=heads)
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.randn(length, width) * 0.02)
        self.layers = nn.ModuleList([Layer(width, heads) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.token.weight, std=0.1)
        self.register_buffer("mask", torch.full((length, length), -1e4).triu(1), persistent=False)

    def forward(self, input_ids):
        x = self.token(input_ids) + self.position
        for layer in self.layers:
            x = layer(x, self.mask)
        return self.norm(x)
