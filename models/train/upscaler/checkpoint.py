"""The training state of the upscaler in WORK/upscaler.pt."""
import os

import torch

from net import Upscaler


def save(work, net, average, optimizer, samples, seconds):
    target = work / "upscaler.pt"
    torch.save({"settings": net.settings, "net": net.state_dict(), "average": average.state_dict(),
                "optimizer": optimizer.state_dict(), "samples": samples, "seconds": seconds}, f"{target}.new")
    os.replace(f"{target}.new", target)


def load(work):
    return torch.load(work / "upscaler.pt", weights_only=True)


def averaged_net(work):
    """The net with averaged weights, and the number of samples it was trained on."""
    saved = load(work)
    net = Upscaler(**saved["settings"])
    net.load_state_dict(saved["average"])
    return net.float().eval(), saved["samples"]
