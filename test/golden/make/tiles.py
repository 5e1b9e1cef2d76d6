"""Writes test/golden/fixtures/tiles: latents, and what the autoencoder of sd-epsilon makes of them in tiles (vae.enable_tiling())."""
from pathlib import Path

import numpy as np
import torch

from models import make_vae

torch.set_num_threads(1)
ROOT = Path(__file__).resolve().parent.parent / "fixtures/tiles"
SEED = 1  # of sd-epsilon


@torch.no_grad()
def main():
    ROOT.mkdir(exist_ok=True)
    vae = make_vae(SEED)
    latents = torch.randn(1, 4, 20, 27, generator=torch.Generator().manual_seed(11))
    vae.enable_tiling()  # tiles of 8 latents: the side of the pictures that it was made for
    decoded = vae.decode(latents / 0.18215).sample
    picture = (decoded / 2 + 0.5).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    np.save(ROOT / "latents.npy", latents[0].numpy().astype(np.float32))
    np.save(ROOT / "picture.npy", (picture * 255).round().astype(np.uint8))


main()
