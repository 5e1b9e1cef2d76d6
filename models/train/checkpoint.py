"""Reads the averaged nets of a training checkpoint."""
import torch

from text_encoder import TextEncoder
from unet import UNet


def averaged_nets(path="runs/train.pt"):
    """-> (unet, text encoder, samples seen), in evaluation mode."""
    saved = torch.load(path)
    pick = lambda part: {k.removeprefix(part + "."): v for k, v in saved["ema"].items() if k.startswith(part + ".")}
    unet, text = UNet(**saved["unet"]), TextEncoder(**saved["text"])
    unet.load_state_dict(pick("unet"))
    text.load_state_dict(pick("text"))
    return unet.eval(), text.eval(), saved["seen"]
