"""Draws with the exported folder alone: onnxruntime, the tokenizer file, the scheduler file and numpy.

usage: python draw.py FOLDER OUT.png [--steps 6] [--guidance 1.5] [--seed 0] [--columns 8] "a prompt" "another" …

It is meant as a second opinion on the TypeScript pipeline, so it shares no code with the training.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from tokenizers import Tokenizer


class Model:
    def __init__(self, folder, threads=2):
        folder = Path(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        load = lambda part: onnxruntime.InferenceSession(str(folder / part / "model.onnx"), options, ["CPUExecutionProvider"])
        self.text, self.unet, self.decoder = load("text_encoder"), load("unet"), load("vae_decoder")
        settings = json.loads((folder / "tokenizer/tokenizer_config.json").read_text())
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer/tokenizer.json"))
        self.tokenizer.enable_truncation(settings["model_max_length"])
        pad = settings["pad_token"]
        self.tokenizer.enable_padding(length=settings["model_max_length"], pad_token=pad, pad_id=self.tokenizer.token_to_id(pad))
        scheduler = json.loads((folder / "scheduler/scheduler_config.json").read_text())
        betas = np.linspace(scheduler["beta_start"] ** 0.5, scheduler["beta_end"] ** 0.5, scheduler["num_train_timesteps"]) ** 2
        root = np.sqrt(np.cumprod(1 - betas))
        root = (root - root[-1]) * root[0] / (root[0] - root[-1])  # zero terminal SNR
        self.alphas_cumprod = root**2

    def encode(self, prompts):
        """Prompts -> float32 [N, L, d]"""
        ids = np.array([e.ids for e in self.tokenizer.encode_batch(list(prompts))], np.int64)
        return self.text.run(["last_hidden_state"], {"input_ids": ids})[0]

    def noise(self, seed):
        """The latents that a seed starts from: float32 [1, 12, 32, 32]"""
        return np.random.default_rng(seed).standard_normal((1, 12, 32, 32), np.float32)

    def draw_batch(self, prompts, seeds, negative="", steps=6, guidance=1.5):
        """Prompts [N] with seeds [N] -> uint8 [N, 256, 256, 3]. DDIM with eta 0 and v-prediction (Salimans & Ho 2022)."""
        n, guided = len(prompts), guidance > 1
        text = self.encode([negative] * n * guided + list(prompts))
        x = np.concatenate([self.noise(seed) for seed in seeds])
        timesteps = np.round(np.arange(1000, 0, -1000 / steps)).astype(np.int64) - 1
        for k, t in enumerate(timesteps):
            v = self.unet.run(None, {"sample": np.concatenate([x] * (1 + guided)), "timestep": np.array([t]), "encoder_hidden_states": text})[0]
            v = v[:n] + guidance * (v[n:] - v[:n]) if guided else v
            now = self.alphas_cumprod[t]
            then = self.alphas_cumprod[timesteps[k + 1]] if k + 1 < steps else 1.0
            x0 = now**0.5 * x - (1 - now) ** 0.5 * v
            noise = now**0.5 * v + (1 - now) ** 0.5 * x
            x = (then**0.5 * x0 + (1 - then) ** 0.5 * noise).astype(np.float32)
        pictures = self.decoder.run(None, {"latent_sample": x})[0]
        return np.round(np.clip(pictures / 2 + 0.5, 0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)

    def draw(self, prompt, seed=0, **how):
        """One picture: uint8 [256, 256, 3]"""
        return self.draw_batch([prompt], [seed], **how)[0]


def contact_sheet(pictures, columns, side=256, gap=4):
    """uint8 pictures -> one PIL picture."""
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (side + gap) - gap, rows * (side + gap) - gap), "white")
    for k, picture in enumerate(pictures):
        image = Image.fromarray(picture)
        sheet.paste(image if side == 256 else image.resize((side, side), Image.LANCZOS), (k % columns * (side + gap), k // columns * (side + gap)))
    return sheet


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("out")
    options.add_argument("prompts", nargs="+")
    options.add_argument("--steps", type=int, default=6)
    options.add_argument("--guidance", type=float, default=1.5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--columns", type=int, default=8)
    options.add_argument("--side", type=int, default=128)
    options = options.parse_args()
    model = Model(options.folder)
    start = time.time()
    pictures = [model.draw(p, steps=options.steps, guidance=options.guidance, seed=options.seed + k) for k, p in enumerate(options.prompts)]
    print(f"{(time.time() - start) / len(pictures):.3f} s a picture")
    contact_sheet(pictures, options.columns, options.side).save(options.out)
