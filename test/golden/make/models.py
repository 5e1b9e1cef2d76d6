"""Builds the tiny random-weight pipelines and writes them as ONNX folders (Diffusers layout).

Every folder is made from a seed, so a second run writes the same weights. They differ in what an exporter may vary:
timestep as float32 scalar, int64 [batch], int64 scalar or float16 [batch]; input_ids as int32 or int64; weights inside or beside the graph.
"""
import json
import warnings
from pathlib import Path

import onnx
import torch
from diffusers import (AutoencoderKL, DDIMScheduler, EulerDiscreteScheduler, LatentConsistencyModelPipeline, LCMScheduler,
                       StableDiffusionPipeline, UNet2DConditionModel)
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from transformers import CLIPTextConfig, CLIPTextModel

from vocabulary import MAX_TOKENS, load_tokenizer

warnings.filterwarnings("ignore")
LATENT_CHANNELS, TEXT_WIDTH, SAMPLE_SIZE = 4, 32, 8
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def make_unet(seed, time_cond_proj_dim=None):
    torch.manual_seed(seed)
    unet = UNet2DConditionModel(
        sample_size=SAMPLE_SIZE, in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS, layers_per_block=1,
        block_out_channels=(8, 24), norm_num_groups=4, cross_attention_dim=TEXT_WIDTH, attention_head_dim=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        time_cond_proj_dim=time_cond_proj_dim).eval()
    with torch.no_grad():
        # Random weights hardly listen to words, time or guidance: louder, so that a fault in any of them shows in the picture.
        for name, parameter in unet.named_parameters():
            if "attn2" in name and "weight" in name:
                parameter *= 3
            if "time_emb" in name or "time_embedding" in name:
                parameter *= 2
        sample = torch.randn(8, LATENT_CHANNELS, SAMPLE_SIZE, SAMPLE_SIZE)
        condition = torch.randn(8, time_cond_proj_dim) if time_cond_proj_dim else None
        out = unet(sample, torch.linspace(0, 999, 8), torch.randn(8, MAX_TOKENS, TEXT_WIDTH), timestep_cond=condition).sample
        unet.conv_out.weight /= out.std()
        unet.conv_out.bias /= out.std()
    return unet


def make_vae(seed):
    torch.manual_seed(seed)
    vae = AutoencoderKL(
        latent_channels=LATENT_CHANNELS, block_out_channels=(8, 8, 16), layers_per_block=1, norm_num_groups=4, sample_size=32,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3, scaling_factor=0.18215).eval()
    with torch.no_grad():
        out = vae.decode(torch.randn(8, LATENT_CHANNELS, SAMPLE_SIZE, SAMPLE_SIZE) / 0.18215).sample
        vae.decoder.conv_out.weight *= 0.5 / out.std()
        vae.decoder.conv_out.bias.zero_()
        # Latents of about unit variance once scaled, and a distribution wide enough that its random sample shows in the picture.
        mean, logvar = vae.encode(torch.rand(8, 3, 32, 32) * 2 - 1).latent_dist.parameters.chunk(2, dim=1)
        gain = torch.cat([torch.full((LATENT_CHANNELS,), 1 / 0.18215) / mean.std(), 1 / logvar.std().repeat(LATENT_CHANNELS)])
        vae.quant_conv.weight *= gain.view(-1, 1, 1, 1)
        vae.quant_conv.bias *= gain
    return vae


def make_text_encoder(seed, tokenizer):
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=TEXT_WIDTH, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=MAX_TOKENS, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id)
    encoder = CLIPTextModel(config).eval()
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            if "embedding" in name:
                parameter *= 20
            elif name.endswith("weight") and parameter.dim() == 2:
                parameter *= 4
    return encoder


def pipeline(kind):
    """kind: sd-epsilon | sd-v-prediction | lcm | sd-float16 (sd-epsilon with float16 weights, inputs and outputs, float32 inside)"""
    seed = {"sd-epsilon": 1, "sd-float16": 1, "sd-v-prediction": 2, "lcm": 3}[kind]
    tokenizer = load_tokenizer(pad="!" if kind == "sd-v-prediction" else None)
    parts = dict(vae=make_vae(seed), text_encoder=make_text_encoder(seed, tokenizer), tokenizer=tokenizer, safety_checker=None,
                 feature_extractor=None, requires_safety_checker=False)
    if kind == "lcm":
        return LatentConsistencyModelPipeline(
            unet=make_unet(seed, time_cond_proj_dim=32), scheduler=LCMScheduler(**BETAS, original_inference_steps=50), **parts)
    if kind == "sd-v-prediction":
        scheduler = DDIMScheduler(**BETAS, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing",
                                  clip_sample=False, set_alpha_to_one=True, steps_offset=1)
    else:
        scheduler = EulerDiscreteScheduler(**BETAS, timestep_spacing="leading", steps_offset=1)
    made = StableDiffusionPipeline(unet=make_unet(seed), scheduler=scheduler, **parts)
    return with_float16_borders(made) if kind == "sd-float16" else made


def rounded(value):
    """What is left of a float32 tensor (or a tuple, or a mapping) that went through float16."""
    if torch.is_tensor(value):
        return value.half().float() if value.dtype == torch.float32 else value
    if isinstance(value, tuple):
        return tuple(rounded(part) for part in value)
    return value


def rounded_distribution(encoded):
    encoded.latent_dist = DiagonalGaussianDistribution(rounded(encoded.latent_dist.parameters))
    return encoded


def with_float16_borders(pipe):
    """Rounds weights, inputs and outputs of the three models to float16; diffusers' own arithmetic between them stays float32."""
    for module in (pipe.unet, pipe.text_encoder, pipe.vae):
        for parameter in module.parameters():
            parameter.data = parameter.data.half().float()
    decode, encode = pipe.vae.decode, pipe.vae.encode
    pipe.vae.encode = lambda sample: rounded_distribution(encode(rounded(sample)))
    pipe.vae.decode = lambda latents, **arguments: rounded(decode(rounded(latents), **arguments))
    unet_forward = pipe.unet.forward
    pipe.unet.forward = lambda sample, timestep, encoder_hidden_states, **arguments: rounded(
        unet_forward(rounded(sample), timestep, encoder_hidden_states=rounded(encoder_hidden_states), **arguments))
    text_forward = pipe.text_encoder.forward

    def rounded_text(*arguments, **named):
        out = text_forward(*arguments, **named)
        out.last_hidden_state = rounded(out.last_hidden_state)
        return out

    pipe.text_encoder.forward = rounded_text
    return pipe


class Float16Borders(torch.nn.Module):
    """The same, for a graph: takes and gives float16."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *arguments):
        return self.module(*(a.float() if a.is_floating_point() else a for a in arguments)).half()


class TextOnly(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids):
        return self.encoder(input_ids).last_hidden_state


class UnetOnly(torch.nn.Module):
    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, encoder_hidden_states, timestep_cond=None):
        return self.unet(sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond, return_dict=False)[0]


class DecoderOnly(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample, return_dict=False)[0]


class EncoderOnly(torch.nn.Module):
    """As Optimum exports it: mean and log variance in one tensor. With `mean_only`: latents, as some other exporters give them."""

    def __init__(self, vae, mean_only):
        super().__init__()
        self.vae, self.mean_only = vae, mean_only

    def forward(self, sample):
        distribution = self.vae.encode(sample).latent_dist
        return distribution.mean if self.mean_only else distribution.parameters


def export(module, arguments, path, names, output, axes):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(module, arguments, str(path), input_names=names, output_names=[output], dynamic_axes=axes, opset_version=17,
                      do_constant_folding=True, dynamo=False)


@torch.no_grad()
def write_folder(kind, root: Path):
    pipe = pipeline(kind)
    root.mkdir(parents=True, exist_ok=True)
    dtype = torch.float16 if kind == "sd-float16" else torch.float32
    borders = Float16Borders if kind == "sd-float16" else (lambda module: module)
    ids_dtype = torch.int32 if kind == "sd-epsilon" else torch.int64
    image = {0: "batch", 2: "height", 3: "width"}
    export(borders(TextOnly(pipe.text_encoder)), (torch.zeros(1, MAX_TOKENS, dtype=ids_dtype),), root / "text_encoder/model.onnx", ["input_ids"],
           "last_hidden_state", {"input_ids": {0: "batch"}, "last_hidden_state": {0: "batch"}})
    timestep = {"sd-epsilon": torch.tensor(500.0), "sd-v-prediction": torch.tensor([500, 400]), "lcm": torch.tensor(500),
                "sd-float16": torch.tensor([500.0, 400.0], dtype=torch.float16)}[kind]
    unet_inputs = {"sample": torch.randn(2, LATENT_CHANNELS, SAMPLE_SIZE, SAMPLE_SIZE, dtype=dtype), "timestep": timestep,
                   "encoder_hidden_states": torch.randn(2, MAX_TOKENS, TEXT_WIDTH, dtype=dtype)}
    if kind == "lcm":
        unet_inputs["timestep_cond"] = torch.randn(2, 32, dtype=dtype)
    axes = {"sample": image, "out_sample": image, "encoder_hidden_states": {0: "batch"}, "timestep_cond": {0: "batch"}}
    if timestep.dim():
        axes["timestep"] = {0: "batch"}
    export(borders(UnetOnly(pipe.unet)), tuple(unet_inputs.values()), root / "unet/model.onnx", list(unet_inputs), "out_sample", axes)
    export(borders(DecoderOnly(pipe.vae)), (torch.randn(1, LATENT_CHANNELS, SAMPLE_SIZE, SAMPLE_SIZE, dtype=dtype),),
           root / "vae_decoder/model.onnx", ["latent_sample"], "sample", {"latent_sample": image, "sample": image})
    encoded = "latent_sample" if kind == "sd-v-prediction" else "latent_parameters"
    export(borders(EncoderOnly(pipe.vae, encoded == "latent_sample")), (torch.rand(1, 3, 4 * SAMPLE_SIZE, 4 * SAMPLE_SIZE).to(dtype),),
           root / "vae_encoder/model.onnx", ["sample"], encoded, {"sample": image, encoded: image})
    if kind == "sd-epsilon":  # weights beside the graph
        path = root / "unet/model.onnx"
        graph = onnx.load(path)
        (root / "unet/model.onnx_data").unlink(missing_ok=True)
        onnx.save(graph, path, save_as_external_data=True, location="model.onnx_data", size_threshold=256)
    pipe.unet.save_config(root / "unet")
    pipe.vae.save_config(root / "vae_decoder")
    pipe.vae.save_config(root / "vae_encoder")
    pipe.text_encoder.config.save_pretrained(root / "text_encoder")
    pipe.scheduler.save_config(root / "scheduler")
    pipe.tokenizer.save_pretrained(root / "tokenizer")
    if kind == "sd-v-prediction":  # the one folder that has a tokenizer.json: made from vocab.json and merges.txt by the fast class
        from transformers import CLIPTokenizerFast
        CLIPTokenizerFast.from_pretrained(root / "tokenizer").backend_tokenizer.save(str(root / "tokenizer/tokenizer.json"))
    index = {"_class_name": type(pipe).__name__, "_diffusers_version": "0.36.0", "requires_safety_checker": False,
             "scheduler": ["diffusers", type(pipe.scheduler).__name__], "text_encoder": ["diffusers", "OnnxRuntimeModel"],
             "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "OnnxRuntimeModel"],
             "vae_decoder": ["diffusers", "OnnxRuntimeModel"], "vae_encoder": ["diffusers", "OnnxRuntimeModel"]}
    (root / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    return pipe
