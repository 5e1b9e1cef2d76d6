"""The same pictures by diffusers with PyTorch, as its documentation shows it: eager, or UNet and decoder compiled."""

import time

import numpy as np
import torch
from diffusers import DiffusionPipeline
from diffusers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()


def open_peer(setup):
    if setup.get("threads"):
        torch.set_num_threads(setup["threads"])
    pipe = DiffusionPipeline.from_pretrained(setup["folder"], torch_dtype=getattr(torch, setup["dtype"]), local_files_only=True)
    pipe.to(setup["device"])
    pipe.set_progress_bar_config(disable=True)
    if hasattr(pipe, "watermark"):
        pipe.watermark = None
    on_gpu = setup["device"] == "cuda"
    if setup["kind"] == "compiled":
        pipe.unet.compile(dynamic=False)
        pipe.vae.decode = torch.compile(pipe.vae.decode, dynamic=False)
    stamps = []

    def stamp():
        if on_gpu:
            torch.cuda.synchronize()
        stamps.append(time.perf_counter())

    encode_prompt, decode = pipe.encode_prompt, pipe.vae.decode

    def stamped_encode(*arguments, **named):
        encoded = encode_prompt(*arguments, **named)
        stamp()
        return encoded

    def stamped_decode(*arguments, **named):
        stamp()
        return decode(*arguments, **named)

    pipe.encode_prompt, pipe.vae.decode = stamped_encode, stamped_decode

    def draw(job):
        stamps.clear()
        stamp()
        generators = [torch.Generator("cpu").manual_seed(job["seed"] + index) for index in range(job["count"])]
        images = pipe(job["prompt"], num_images_per_prompt=job["count"], generator=generators, width=job["width"], height=job["height"],
                      num_inference_steps=job["steps"], guidance_scale=job["guidance"], output_type="np").images
        pictures = np.round(images * 255).astype(np.uint8)
        stamp()
        return pictures, stamps

    return draw
