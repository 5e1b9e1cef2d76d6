"""The same pictures by onnxruntime from Python: a plain loop with numpy, as one writes it, over the very folder that Blitzbild loads.

Euler's method with epsilon prediction, Stable Diffusion 1 and XL. Source of the formulas: diffusers `scheduling_euler_discrete.py`,
`pipeline_stable_diffusion.py`, `pipeline_stable_diffusion_xl.py`.
"""

import json
import os
import time

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

TOKENS = 77
PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]}
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(int32)": np.int32}


class Graph:
    def __init__(self, folder, part, setup):
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = setup.get("threads", 0)
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if setup.get("spinning") else "0")
        self.session = ort.InferenceSession(os.path.join(folder, part, "model.onnx"), options, providers=PROVIDERS[setup["device"]])
        if self.session.get_providers()[0] != PROVIDERS[setup["device"]][0]:
            raise RuntimeError(f"onnxruntime has no {PROVIDERS[setup['device']][0]} here")
        self.types = {value.name: TYPES[value.type] for value in self.session.get_inputs()}
        self.names = [value.name for value in self.session.get_outputs()]

    def __call__(self, wanted, **feeds):
        return self.session.run(wanted, {name: np.asarray(value, self.types[name]) for name, value in feeds.items()})


def sigmas_of(settings, steps):
    """Timesteps [steps] and sigmas [steps + 1] of scaled-linear betas."""
    train = settings["num_train_timesteps"]
    betas = np.linspace(settings["beta_start"] ** 0.5, settings["beta_end"] ** 0.5, train, dtype=np.float32) ** 2
    alphas = np.cumprod(1 - betas)
    if settings["timestep_spacing"] == "trailing":
        timesteps = np.round(np.arange(train, 0, -train / steps)) - 1
    else:
        timesteps = (np.arange(steps) * (train // steps))[::-1] + settings["steps_offset"]
    table = ((1 - alphas) / alphas) ** 0.5
    return timesteps, np.append(np.interp(timesteps, np.arange(train), table), 0).astype(np.float32)


def open_peer(setup):
    folder = setup["folder"]

    def config(name):
        with open(os.path.join(folder, name), encoding="utf8") as file:
            return json.load(file)

    is_xl = os.path.exists(os.path.join(folder, "text_encoder_2"))
    encoders = [Graph(folder, part, setup) for part in ("text_encoder", *(["text_encoder_2"] if is_xl else []))]
    unet, vae = Graph(folder, "unet", setup), Graph(folder, "vae_decoder", setup)
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer", "tokenizer.json"))
    text, scheduler = config("text_encoder/config.json"), config("scheduler/scheduler_config.json")
    scaling = np.float32(config("vae_decoder/config.json")["scaling_factor"])

    def encode(prompt):
        """Hidden states [1, 77, width], and the pooled ones [1, width] of SDXL."""
        words = tokenizer.encode(prompt, add_special_tokens=False).ids[: TOKENS - 2]
        ids = [text["bos_token_id"], *words, text["eos_token_id"]]
        ids = np.array([ids + [text["pad_token_id"]] * (TOKENS - len(ids))])
        if not is_xl:
            return encoders[0](["last_hidden_state"], input_ids=ids)[0], None
        layers = [max((name for name in graph.names if name.startswith("hidden_states.")), key=lambda name: int(name.split(".")[1])) for graph in encoders]
        before = [f"hidden_states.{int(name.split('.')[1]) - 1}" for name in layers]
        first = encoders[0]([before[0]], input_ids=ids)[0]
        second, pooled = encoders[1]([before[1], "text_embeds"], input_ids=ids)
        return np.concatenate([first, second], axis=-1), pooled

    def one(latents, encoded, nothing, job):
        both = encoded if nothing is None else tuple(None if b is None else np.concatenate([a, b]) for a, b in zip(nothing, encoded))
        feeds = {"encoder_hidden_states": both[0]}
        if is_xl:
            sides = [job["height"], job["width"], 0, 0, job["height"], job["width"]]
            feeds |= {"text_embeds": both[1], "time_ids": np.array([sides] * len(both[1]))}
        timesteps, sigmas = sigmas_of(scheduler, job["steps"])
        largest = sigmas.max()
        latents = latents * (largest if scheduler["timestep_spacing"] == "trailing" else (largest**2 + 1) ** 0.5).astype(np.float32)
        for moment, sigma, following in zip(timesteps, sigmas, sigmas[1:]):
            sample = latents / (sigma**2 + 1) ** 0.5
            sample = sample if nothing is None else np.concatenate([sample, sample])
            prediction = unet(["out_sample"], sample=sample, timestep=moment, **feeds)[0].astype(np.float32)
            if nothing is not None:
                prediction = prediction[:1] + np.float32(job["guidance"]) * (prediction[1:] - prediction[:1])
            latents = latents + prediction * (following - sigma)
        return latents

    def draw(job):
        stamps = [time.perf_counter()]
        guided = job["guidance"] > 1
        encoded = encode(job["prompt"])
        nothing = encode("") if guided else None
        if nothing is not None and is_xl:
            nothing = tuple(np.zeros_like(part) for part in nothing)
        stamps.append(time.perf_counter())
        noise = np.fromfile(job["noise"], np.float32).reshape(job["count"], 1, 4, job["height"] // 8, job["width"] // 8)
        latents = [one(each, encoded, nothing, job) for each in noise]
        stamps.append(time.perf_counter())
        images = [vae(["sample"], latent_sample=each / scaling)[0][0].astype(np.float32) for each in latents]
        pictures = [np.round(np.clip(image / 2 + 0.5, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0) for image in images]
        stamps.append(time.perf_counter())
        return np.stack(pictures), stamps

    return draw
