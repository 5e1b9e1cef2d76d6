"""Makes one model from a seed, twice with the same weights: a folder for diffusers and an ONNX folder as Optimum lays it out.

Reads from standard input {"shape": see shapes.ts, "seed": n, "tokenizer": folder of a CLIP tokenizer, "folder": where to write}.
One part after the other, so that the memory of the largest one is enough. Random weights are scaled so that pictures use the
whole range of values: otherwise two wrong pictures would agree in being grey.
"""

import gc
import json
import sys
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel, __version__ as diffusers_version
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from graphs import DecoderOnly, TextOnly, UnetOnly

warnings.filterwarnings("ignore")
job = json.load(sys.stdin)
shape, root = job["shape"], Path(job["folder"])
is_xl = shape["family"] == "sdxl"
dtype = getattr(torch, shape["dtype"])
# float16 convolutions on a CPU take minutes where a GPU takes seconds.
device = "cuda" if dtype == torch.float16 and torch.cuda.is_available() else "cpu"
TOKENS, LATENTS = 77, 16
IMAGE = {0: "batch", 2: "height", 3: "width"}


def export(module, inputs, part, outputs, axes):
    """One graph with its weights beside it in one file."""
    target = root / "onnx" / part
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        path = str(Path(scratch) / "model.onnx")
        torch.onnx.export(module, tuple(inputs.values()), path, input_names=list(inputs), output_names=outputs, dynamic_axes=axes,
                          opset_version=17, do_constant_folding=True, dynamo=False)
        graph = onnx.load(path)
        onnx.save(graph, str(target / "model.onnx"), save_as_external_data=True, location="model.onnx_data", size_threshold=1024)


def make_text_encoder(index):
    part = "text_encoder" if index == 0 else f"text_encoder_{index + 1}"
    torch.manual_seed(job["seed"] + 10 * (index + 1))
    config = CLIPTextConfig(**shape["textEncoders"][index], bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
                            pad_token_id=tokenizer.pad_token_id, attn_implementation="eager")
    encoder = (CLIPTextModel if index == 0 else CLIPTextModelWithProjection)(config).eval().to(device, dtype)
    encoder.save_pretrained(root / "diffusers" / part)
    layers = config.num_hidden_layers
    outputs = (["last_hidden_state", "pooler_output"] if index == 0 else ["text_embeds", "last_hidden_state"])
    outputs += [f"hidden_states.{layer}" for layer in range(layers + 1)] if is_xl else []
    axes = {name: {0: "batch"} for name in ["input_ids", *outputs]}
    export(TextOnly(encoder, outputs[:2], is_xl), {"input_ids": torch.zeros(1, TOKENS, dtype=torch.int64, device=device)}, part, outputs, axes)
    (root / "onnx" / part / "config.json").write_text((root / "diffusers" / part / "config.json").read_text())


def conditions(batch, generator):
    """What SDXL's UNet wants besides the words."""
    width = shape["textEncoders"][1]["projection_dim"]
    return {"text_embeds": torch.randn(batch, width, generator=generator).to(device, dtype),
            "time_ids": torch.tensor([[256.0, 256, 0, 0, 256, 256]] * batch).to(device, dtype)}


def make_unet():
    torch.manual_seed(job["seed"])
    unet = UNet2DConditionModel(**shape["unet"]).eval()
    generator = torch.Generator().manual_seed(job["seed"])
    inputs = {"sample": torch.randn(2, 4, LATENTS, LATENTS, generator=generator).to(device, dtype),
              "timestep": torch.tensor(500.0, device=device, dtype=dtype),
              "encoder_hidden_states": torch.randn(2, TOKENS, shape["unet"]["cross_attention_dim"], generator=generator).to(device, dtype),
              **(conditions(2, generator) if is_xl else {})}
    for name, parameter in unet.named_parameters():  # so that words count in the picture
        if "attn2" in name and "weight" in name:
            parameter *= 2
    unet.to(device, dtype)
    spread = UnetOnly(unet)(*inputs.values()).float().std().item()
    unet.conv_out.weight /= spread
    unet.conv_out.bias /= spread
    unet.save_pretrained(root / "diffusers/unet")
    axes = {"sample": IMAGE, "out_sample": IMAGE, **{name: {0: "batch"} for name in ("encoder_hidden_states", "text_embeds", "time_ids") if name in inputs}}
    export(UnetOnly(unet), inputs, "unet", ["out_sample"], axes)
    unet.save_config(root / "onnx/unet")


def make_vae():
    torch.manual_seed(job["seed"] + 1)
    vae = AutoencoderKL(**shape["vae"]).eval().to(device, dtype)
    latents = torch.randn(1, 4, LATENTS, LATENTS, generator=torch.Generator().manual_seed(job["seed"])).to(device, dtype)
    spread = vae.decode(latents / vae.config.scaling_factor).sample.float().std().item()
    vae.decoder.conv_out.weight *= 0.5 / spread
    vae.decoder.conv_out.bias.zero_()
    vae.save_pretrained(root / "diffusers/vae")
    export(DecoderOnly(vae), {"latent_sample": latents}, "vae_decoder", ["sample"], {"latent_sample": IMAGE, "sample": IMAGE})
    vae.save_config(root / "onnx/vae_decoder")


def write_rest():
    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                                       timestep_spacing=shape["timestepSpacing"], steps_offset=1)
    parts = {"scheduler": ["diffusers", "EulerDiscreteScheduler"], "tokenizer": ["transformers", "CLIPTokenizer"]}
    parts |= {"tokenizer_2": ["transformers", "CLIPTokenizer"]} if is_xl else {}
    theirs = {"text_encoder": ["transformers", "CLIPTextModel"], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
              "feature_extractor": [None, None], "image_encoder": [None, None]}
    theirs |= {"text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]} if is_xl else {"safety_checker": [None, None]}
    ours = {part: ["diffusers", "OnnxRuntimeModel"] for part in ("text_encoder", "unet", "vae_decoder", *(["text_encoder_2"] if is_xl else []))}
    index = {"_class_name": f"StableDiffusion{'XL' if is_xl else ''}Pipeline", "_diffusers_version": diffusers_version}
    index |= {"force_zeros_for_empty_prompt": True} if is_xl else {"requires_safety_checker": False}
    for folder, models in (("diffusers", theirs), ("onnx", ours)):
        scheduler.save_config(root / folder / "scheduler")
        for part in parts:
            if part.startswith("tokenizer"):
                tokenizer.save_pretrained(root / folder / part)
        (root / folder / "model_index.json").write_text(json.dumps(index | parts | models, indent=2) + "\n")


with torch.no_grad():
    root.mkdir(parents=True, exist_ok=True)
    tokenizer = CLIPTokenizer.from_pretrained(job["tokenizer"], model_max_length=TOKENS)
    for make in (*(lambda index=index: make_text_encoder(index) for index in range(len(shape["textEncoders"]))), make_vae, make_unet):
        make()
        gc.collect()
    write_rest()
