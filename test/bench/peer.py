"""The same pictures by another implementation: a plain loop over onnxruntime and numpy, as one writes it in Python.

Reads a job as JSON from standard input:
{"model": folder, "prompts": [text], "noise": path of float32 [n, *latent_shape], "latent_shape": [channels, height, width], "steps": n, "guidance": x,
 "spinning": whether onnxruntime's threads may, "out": path for the pictures, uint8 [n, height, width, 3]}
Answers with {"seconds": [one per picture]}. DDIM with trailing timesteps, v-prediction and rescaled betas only: that is
what the embedded model needs. Source of the formulas: diffusers `scheduling_ddim.py`.
"""

import json
import os
import sys
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
if hasattr(os, "nice"):
    os.nice(5)  # as Blitzbild's engine, so that other work on the machine slows down both alike

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

job = json.load(sys.stdin)
folder = job["model"]


def config(name):
    with open(os.path.join(folder, name), encoding="utf8") as file:
        return json.load(file)


def session(part):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    if not job["spinning"]:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(os.path.join(folder, part, "model.onnx"), options, providers=["CPUExecutionProvider"])


def alphas_cumprod(settings):
    """Scaled-linear betas, rescaled so that the last step has no signal left."""
    assert settings["beta_schedule"] == "scaled_linear" and settings["rescale_betas_zero_snr"]
    betas = np.linspace(settings["beta_start"] ** 0.5, settings["beta_end"] ** 0.5, settings["num_train_timesteps"]) ** 2
    roots = np.sqrt(np.cumprod(1 - betas))
    roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
    return roots**2


text_encoder, unet, vae = session("text_encoder"), session("unet"), session("vae_decoder")
tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer", "tokenizer.json"))
text_config = config("text_encoder/config.json")
scheduler = config("scheduler/scheduler_config.json")
assert scheduler["prediction_type"] == "v_prediction" and scheduler["timestep_spacing"] == "trailing"
alphas = alphas_cumprod(scheduler)
scaling = config("vae_decoder/config.json")["scaling_factor"]
length = text_config["max_position_embeddings"]
token_type = np.int32 if "int32" in text_encoder.get_inputs()[0].type else np.int64
time_type = np.float32 if "float" in {i.name: i.type for i in unet.get_inputs()}["timestep"] else np.int64


def encode(prompt):
    words = tokenizer.encode(prompt, add_special_tokens=False).ids[: length - 2]
    ids = [text_config["bos_token_id"], *words, text_config["eos_token_id"]]
    ids += [text_config["pad_token_id"]] * (length - len(ids))
    return text_encoder.run(None, {text_encoder.get_inputs()[0].name: np.array([ids], token_type)})[0]


nothing = encode("")


def picture(prompt, latents):
    steps, guidance = job["steps"], job["guidance"]
    words = np.concatenate([nothing, encode(prompt)])
    train = scheduler["num_train_timesteps"]
    timesteps = np.round(np.arange(train, 0, -train / steps)).astype(int) - 1
    for step in timesteps:
        pair = np.concatenate([latents, latents])
        moment = np.array([step], time_type)
        output = unet.run(None, {"sample": pair, "timestep": moment, "encoder_hidden_states": words})[0]
        prediction = output[:1] + guidance * (output[1:] - output[:1])
        before = step - train // steps
        alpha, alpha_next = alphas[step], alphas[before] if before >= 0 else 1.0
        origin = alpha**0.5 * latents - (1 - alpha) ** 0.5 * prediction
        noise = alpha**0.5 * prediction + (1 - alpha) ** 0.5 * latents
        latents = (alpha_next**0.5 * origin + (1 - alpha_next) ** 0.5 * noise).astype(np.float32)
    image = vae.run(None, {vae.get_inputs()[0].name: latents / np.float32(scaling)})[0]
    return np.round(np.clip(image[0] / 2 + 0.5, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)


noise = np.fromfile(job["noise"], np.float32)
noise = noise.reshape(len(job["prompts"]), *job["latent_shape"])
picture(job["prompts"][0], noise[:1].copy())
seconds, pictures = [], []
for index, prompt in enumerate(job["prompts"]):
    started = time.perf_counter()
    pictures.append(picture(prompt, noise[index : index + 1].copy()))
    seconds.append(time.perf_counter() - started)
np.stack(pictures).tofile(job["out"])
json.dump({"seconds": seconds, "version": ort.__version__}, sys.stdout)
