"""Writes the model folder in the Diffusers/Optimum ONNX layout.

usage: python export.py FOLDER [--fp32]

Weights are stored in 8 bits; with --fp32 they stay as trained, for comparison. Text files that people wrote (README.md, NOTICE, licences, blitzbild.json) are not touched.
"""
import json
import shutil
import sys
from pathlib import Path

import torch
import torch.nn as nn

from checkpoint import averaged_nets
from decoder import Decoder, Encoder, Enlarge
from eight_bit import store_in_eight_bits
from noise_schedule import ALPHA, BETA_END, BETA_START, SIGMA, STEPS

OPSET = 17
EIGHT_BIT = "--fp32" not in sys.argv


class Velocity(nn.Module):
    """The trained net says x0; the exported one says v = (alpha x - x0) / sigma, which schedulers know."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet
        self.register_buffer("alpha", ALPHA)
        self.register_buffer("sigma", SIGMA)

    def forward(self, sample, timestep, encoder_hidden_states):
        x0 = self.unet(sample, timestep, encoder_hidden_states)
        alpha, sigma = (table[timestep].view(-1, 1, 1, 1) for table in (self.alpha, self.sigma))
        return (alpha * sample - x0) / sigma


class Text(nn.Module):
    """Adds CLIP's second output: the pooled text is the last token."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids):
        hidden = self.encoder(input_ids)
        return hidden, hidden[:, -1]


def export(net, example, path, inputs, outputs, axes):
    """axes: {input or output name: {axis: name}}"""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(net.eval(), example, str(path), input_names=inputs, output_names=outputs, dynamic_axes=axes,
                      opset_version=OPSET, dynamo=False)
    if EIGHT_BIT:
        store_in_eight_bits(str(path))
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def write_configs(folder, text, unet):
    t, u = text.settings, unet.settings
    write_json(folder / "model_index.json", {
        "_class_name": "StableDiffusionPipeline",
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "vae_decoder": ["diffusers", "AutoencoderKL"],
        "vae_encoder": ["diffusers", "AutoencoderKL"]})
    write_json(folder / "scheduler/scheduler_config.json", {
        "_class_name": "DDIMScheduler",
        "num_train_timesteps": STEPS,
        "beta_start": BETA_START,
        "beta_end": BETA_END,
        "beta_schedule": "scaled_linear",
        "trained_betas": None,
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
        "timestep_spacing": "trailing",
        "set_alpha_to_one": True,
        "steps_offset": 0,
        "clip_sample": False,
        "thresholding": False})
    write_json(folder / "text_encoder/config.json", {
        "architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "hidden_act": "quick_gelu",
        "vocab_size": t["vocabulary"], "hidden_size": t["width"], "projection_dim": t["width"],
        "intermediate_size": 4 * t["width"], "num_hidden_layers": t["layers"], "num_attention_heads": t["heads"],
        "max_position_embeddings": t["length"], "bos_token_id": t["vocabulary"] - 2, "eos_token_id": t["vocabulary"] - 1,
        "pad_token_id": t["vocabulary"] - 1})
    write_json(folder / "unet/config.json", {
        "_class_name": "UNet2DConditionModel", "in_channels": u["latent"], "out_channels": u["latent"],
        "sample_size": u["side"], "block_out_channels": list(u["channels"]), "layers_per_block": 1,
        "cross_attention_dim": u["context"], "attention_head_dim": 64, "time_cond_proj_dim": None})
    for part in ("vae_decoder", "vae_encoder"):
        write_json(folder / part / "config.json", {
            "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": u["latent"],
            "sample_size": 256, "block_out_channels": [48, 48, 48, 48], "scaling_factor": 1.0, "shift_factor": None,
            "force_upcast": False})


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    unet, text, seen = averaged_nets()
    saved = torch.load("runs/decoder.pt")
    enlarge = Enlarge(**saved["settings"])
    enlarge.load_state_dict(saved["enlarge"])

    write_configs(folder, text, unet)
    (folder / "tokenizer").mkdir(parents=True, exist_ok=True)
    for file in Path("runs/tokenizer").iterdir():
        shutil.copy(file, folder / "tokenizer" / file.name)

    length, width = text.settings["length"], text.settings["width"]
    latents = torch.randn(2, 12, 32, 32)
    batch = {0: "batch"}
    export(Text(text), (torch.zeros(2, length, dtype=torch.int64),), folder / "text_encoder/model.onnx",
           ["input_ids"], ["last_hidden_state", "pooler_output"],
           {"input_ids": batch, "last_hidden_state": batch, "pooler_output": batch})
    export(Velocity(unet), (latents, torch.tensor([999, 500]), torch.randn(2, length, width)), folder / "unet/model.onnx",
           ["sample", "timestep", "encoder_hidden_states"], ["out_sample"],
           {"sample": batch, "timestep": {0: "steps"}, "encoder_hidden_states": {0: "batch", 1: "tokens"}, "out_sample": batch})
    export(Decoder(enlarge), (latents,), folder / "vae_decoder/model.onnx", ["latent_sample"], ["sample"],
           {"latent_sample": batch, "sample": batch})
    export(Encoder(), (torch.randn(2, 3, 256, 256),), folder / "vae_encoder/model.onnx", ["sample"], ["latent_sample"],
           {"sample": batch, "latent_sample": batch})
    print("trained on", seen, "samples")
