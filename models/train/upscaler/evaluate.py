"""Compares the exported upscaler with PIL's bicubic and Lanczos enlargements on drawings that were never trained on.

usage: python upscaler/evaluate.py WORK FOLDER [LIMIT [PICTURES]]   (in the folder models/train)

LIMIT drawings of each kind (60; 0 for none). PICTURES is a folder of PNGs, for example of generated pictures: they are shrunk and
enlarged again, and the result is compared with the original. Runs on one thread.
"""
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F
from PIL import Image

import art
from net import FACTORS

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


def sessions(folder):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return {f: ort.InferenceSession(str(folder / f"x{f}.onnx"), options, providers=["CPUExecutionProvider"]) for f in FACTORS}


def tensor(picture):
    return torch.from_numpy(np.array(picture).transpose(2, 0, 1)[None].astype(np.float32) / 255)


def enlarge(session, small):
    """PIL picture -> PIL picture."""
    upscaled = session.run(None, {"image": tensor(small).numpy()})[0][0]
    return Image.fromarray(np.round(upscaled.transpose(1, 2, 0) * 255).astype(np.uint8))


def decibel(a, b):
    """Peak signal to noise ratio over all three channels; at most 80."""
    return min(80.0, -10 * np.log10(max(1e-8, ((tensor(a) - tensor(b)) ** 2).mean().item())))


def similarity(a, b):
    """SSIM of the luma (Wang et al. 2004): Gaussian window of 11 px, sigma 1.5."""
    x = torch.arange(11) - 5.0
    window = torch.exp(-x * x / (2 * 1.5**2))
    window = (window / window.sum()).view(1, 1, 1, 11)

    def blur(p):
        return F.conv2d(F.conv2d(p, window), window.transpose(2, 3))

    a, b = ((tensor(p) * LUMA).sum(1, keepdim=True) for p in (a, b))
    mean_a, mean_b = blur(a), blur(b)
    variance_a, variance_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    both = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    ssim = (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))
    return ssim.mean().item()


def candidates(session, small, size):
    return {"bicubic": small.resize(size, Image.BICUBIC), "lanczos": small.resize(size, Image.LANCZOS),
            "net": enlarge(session, small)}


def report(title, pictures, nets):
    """pictures: [(name, PIL picture)]"""
    for factor in FACTORS:
        for degraded in (False, True):
            figures = {}
            for seed, (_, truth) in enumerate(pictures):
                small = art.shrink_for_test(truth, factor, degraded, seed)
                for method, result in candidates(nets[factor], small, truth.size).items():
                    figures.setdefault(method, []).append((decibel(result, truth), similarity(result, truth)))
            line = " | ".join("{:.2f} dB, {:.4f}".format(*np.mean(figures[m], axis=0)) for m in ("bicubic", "lanczos", "net"))
            gain = np.array([n[0] - l[0] for n, l in zip(figures["net"], figures["lanczos"])])
            print(f"| {title} | x{factor} | {'degraded' if degraded else 'clean'} | {line} | {gain.mean():+.2f} dB |", flush=True)
            worst = ", ".join(f"{pictures[k][0]} {gain[k]:+.2f}" for k in np.argsort(gain)[:3])
            print(f"  worse than Lanczos: {(gain < 0).sum()} of {len(gain)}; least gains: {worst}", flush=True)


def multiple_of_four(picture):
    return picture.crop((0, 0, picture.width // 4 * 4, picture.height // 4 * 4))


if __name__ == "__main__":
    work, folder = Path(sys.argv[1]), Path(sys.argv[2])
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    torch.set_num_threads(1)
    nets = sessions(folder)
    print("| art | factor | input | bicubic (PSNR, SSIM) | Lanczos | net | net over Lanczos |\n| --- | --- | --- | --- | --- | --- | --- |")
    for kind in ("icons", "clip-art") if limit else ():
        paths = art.files(work, "held", kind)
        paths = paths[::max(1, len(paths) // limit)][:limit]
        report(kind, [(path.stem, art.test_picture(art.load(path), seed)) for seed, path in enumerate(paths)], nets)
    if len(sys.argv) > 4:
        paths = sorted(Path(sys.argv[4]).glob("*.png"))
        report(Path(sys.argv[4]).name, [(p.stem, multiple_of_four(Image.open(p).convert("RGB"))) for p in paths], nets)
