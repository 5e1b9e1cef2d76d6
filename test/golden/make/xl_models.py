"""Tiny SDXL folders, and parts that can take the place of a part: UNets that repaint or have guidance inside, a TAESD decoder.

The UNet is exported at odd sides, so that its graph meets skip connections of any size; names inside of graphs are shortened, because
they are most of such a small file.
"""
import json
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from models import BETAS, LATENT_CHANNELS, Float16Borders, export, rounded, rounded_distribution
from vocabulary import MAX_TOKENS, load_tokenizer

WIDTHS, POOLED, TIME_WIDTH, SCALING = (16, 24), 20, 8, 0.13025
IMAGE = {0: "batch", 2: "height", 3: "width"}


def make_unet(seed, xl=True, in_channels=LATENT_CHANNELS, time_cond_proj_dim=None):
    torch.manual_seed(seed)
    extra = dict(addition_embed_type="text_time", addition_time_embed_dim=TIME_WIDTH, use_linear_projection=True,
                 projection_class_embeddings_input_dim=6 * TIME_WIDTH + POOLED) if xl else {}
    text_width = sum(WIDTHS) if xl else 32
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=in_channels, out_channels=LATENT_CHANNELS, layers_per_block=1, block_out_channels=(8, 16),
        norm_num_groups=4, cross_attention_dim=text_width, attention_head_dim=2, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), time_cond_proj_dim=time_cond_proj_dim, **extra).eval()
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            if "attn2" in name and "weight" in name:
                parameter *= 3
            if "time_emb" in name or "time_embedding" in name or "add_embedding" in name:
                parameter *= 2
        out = unet(torch.randn(8, in_channels, 8, 8), torch.linspace(0, 999, 8), torch.randn(8, MAX_TOKENS, text_width),
                   timestep_cond=torch.randn(8, time_cond_proj_dim) if time_cond_proj_dim else None,
                   added_cond_kwargs={"text_embeds": torch.randn(8, POOLED), "time_ids": torch.full((8, 6), 32.0)} if xl else None).sample
        unet.conv_out.weight /= out.std()
        unet.conv_out.bias /= out.std()
    return unet


def make_vae(seed):
    torch.manual_seed(seed)
    vae = AutoencoderKL(
        latent_channels=LATENT_CHANNELS, block_out_channels=(8, 8, 8), layers_per_block=1, norm_num_groups=4, sample_size=32,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3, scaling_factor=SCALING,
        force_upcast=False).eval()
    with torch.no_grad():
        out = vae.decode(torch.randn(8, LATENT_CHANNELS, 8, 8) / SCALING).sample
        vae.decoder.conv_out.weight *= 0.5 / out.std()
        vae.decoder.conv_out.bias.zero_()
        mean, logvar = vae.encode(torch.rand(8, 3, 32, 32) * 2 - 1).latent_dist.parameters.chunk(2, dim=1)
        gain = torch.cat([torch.full((LATENT_CHANNELS,), 1 / SCALING) / mean.std(), 1 / logvar.std().repeat(LATENT_CHANNELS)])
        vae.quant_conv.weight *= gain.view(-1, 1, 1, 1)
        vae.quant_conv.bias *= gain
    return vae


def make_tiny_vae(seed):
    torch.manual_seed(seed)
    vae = AutoencoderTiny(encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8), num_encoder_blocks=(1, 1, 1),
                          num_decoder_blocks=(1, 1, 1)).eval()
    with torch.no_grad():
        out = vae.decode(torch.randn(8, LATENT_CHANNELS, 8, 8)).sample
        vae.decoder.layers[-1].weight *= 0.5 / out.std()
    return vae


def make_text_encoder(seed, index, tokenizer):
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTHS[index], intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=MAX_TOKENS, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, projection_dim=POOLED)
    encoder = (CLIPTextModelWithProjection if index else CLIPTextModel)(config).eval()
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            if "embedding" in name:
                parameter *= 20
            elif name.endswith("weight") and parameter.dim() == 2:
                parameter *= 4
        # The UNet sees what the last layer but one says, before any normalisation: brought to about 1.
        ids = torch.tensor([tokenizer("a photo of a red fox in the snow", padding="max_length", max_length=MAX_TOKENS).input_ids])
        out = encoder(ids, output_hidden_states=True)
        layer = encoder.text_model.encoder.layers[0]
        for part in (encoder.text_model.embeddings.token_embedding, encoder.text_model.embeddings.position_embedding, layer.self_attn.out_proj, layer.mlp.fc2):
            for parameter in part.parameters():
                parameter /= out.hidden_states[-2].std()
        if index:
            encoder.text_projection.weight /= out.text_embeds.std()
    return encoder


def xl_pipeline(kind):
    """kind: sdxl | sdxl-float16 (the same with float16 weights, inputs and outputs, float32 inside)"""
    tokenizers = [load_tokenizer(), load_tokenizer(pad="!")]  # the second encoder of SDXL pads with `!`
    made = StableDiffusionXLPipeline(
        vae=make_vae(11), unet=make_unet(12), text_encoder=make_text_encoder(13, 0, tokenizers[0]), tokenizer=tokenizers[0],
        text_encoder_2=make_text_encoder(14, 1, tokenizers[1]), tokenizer_2=tokenizers[1],
        scheduler=EulerDiscreteScheduler(**BETAS, timestep_spacing="leading", steps_offset=1), force_zeros_for_empty_prompt=True,
        add_watermarker=False)
    return with_float16_borders(made) if kind == "sdxl-float16" else made


def with_float16_borders(pipe):
    for module in (pipe.unet, pipe.text_encoder, pipe.text_encoder_2, pipe.vae):
        for parameter in module.parameters():
            parameter.data = parameter.data.half().float()
    decode, encode = pipe.vae.decode, pipe.vae.encode
    pipe.vae.encode = lambda sample: rounded_distribution(encode(rounded(sample)))
    pipe.vae.decode = lambda latents, **arguments: rounded(decode(rounded(latents), **arguments))
    unet_forward = pipe.unet.forward
    pipe.unet.forward = lambda sample, timestep, encoder_hidden_states, added_cond_kwargs, **arguments: rounded(
        unet_forward(rounded(sample), timestep, encoder_hidden_states=rounded(encoder_hidden_states),
                     added_cond_kwargs={key: rounded(value) for key, value in added_cond_kwargs.items()}, **arguments))
    for encoder in (pipe.text_encoder, pipe.text_encoder_2):
        def rounded_text(*arguments, forward=encoder.forward, **named):
            out = forward(*arguments, **named)
            for key in out.keys():
                out[key] = rounded(out[key])
            return out

        encoder.forward = rounded_text
    return pipe


class Borders(Float16Borders):
    """The same, for a graph with any number of outputs."""

    def forward(self, *arguments):
        out = self.module(*(a.float() if a.is_floating_point() else a for a in arguments))
        return tuple(part.half() for part in out) if isinstance(out, tuple) else out.half()


class Text(torch.nn.Module):
    """Outputs in the order in which Optimum writes them."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids):
        out = self.encoder(input_ids, output_hidden_states=True)
        first = (out.text_embeds, out.last_hidden_state) if hasattr(out, "text_embeds") else (out.last_hidden_state, out.pooler_output)
        return (*first, *out.hidden_states)


class Unet(torch.nn.Module):
    def __init__(self, unet, names):
        super().__init__()
        self.unet, self.names = unet, names

    def forward(self, *arguments):
        given = dict(zip(self.names, arguments))
        added = {key: given[key] for key in ("text_embeds", "time_ids") if key in given}
        return self.unet(given["sample"], given["timestep"], given["encoder_hidden_states"], timestep_cond=given.get("timestep_cond"),
                         added_cond_kwargs=added or None, return_dict=False)[0]


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample, return_dict=False)[0]


class Encoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        out = self.vae.encode(sample)
        return out.latent_dist.parameters if hasattr(out, "latent_dist") else out.latents


def slim(path):
    """Short names inside, none for nodes."""
    model = onnx.load(path)
    graph = model.graph
    kept = {value.name for value in [*graph.input, *graph.output]} | {""}
    short = {}

    def rename(name):
        return name if name in kept else short.setdefault(name, f"v{len(short)}")

    for node in graph.node:
        assert not any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute), "graphs inside have names of their own"
        node.name = node.doc_string = ""
        node.input[:] = [rename(name) for name in node.input]
        node.output[:] = [rename(name) for name in node.output]
    for tensor in graph.initializer:
        tensor.name = rename(tensor.name)
    del graph.value_info[:], model.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)


def export_small(module, arguments, path, names, outputs, axes):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(module, arguments, str(path), input_names=names, output_names=outputs, dynamic_axes=axes, opset_version=17,
                      do_constant_folding=True, dynamo=False)
    slim(path)


def write_unet(unet, folder: Path, dtype=torch.float32):
    """Free in batch, sides and tokens; one timestep a picture, as Optimum writes it."""
    config, borders = unet.config, Borders if dtype == torch.float16 else (lambda module: module)
    inputs = {"sample": torch.randn(2, config.in_channels, 9, 11, dtype=dtype), "timestep": torch.tensor([500.0, 400.0], dtype=dtype),
              "encoder_hidden_states": torch.randn(2, MAX_TOKENS, config.cross_attention_dim, dtype=dtype)}
    if config.addition_embed_type:
        inputs |= {"text_embeds": torch.randn(2, POOLED, dtype=dtype), "time_ids": torch.full((2, 6), 32.0, dtype=dtype)}
    if config.time_cond_proj_dim:
        inputs["timestep_cond"] = torch.randn(2, config.time_cond_proj_dim, dtype=dtype)
    axes = {name: {0: "batch"} for name in inputs} | {"sample": IMAGE, "out_sample": IMAGE}
    axes["encoder_hidden_states"] = {0: "batch", 1: "tokens"}
    export_small(borders(Unet(unet, list(inputs))), tuple(inputs.values()), folder / "model.onnx", list(inputs), ["out_sample"], axes)
    unet.save_config(folder)


def write_vae(vae, root: Path, dtype=torch.float32):
    borders = Borders if dtype == torch.float16 else (lambda module: module)
    encoded = "latent_sample" if isinstance(vae, AutoencoderTiny) else "latent_parameters"
    export_small(borders(Decoder(vae)), (torch.randn(1, LATENT_CHANNELS, 9, 11, dtype=dtype),), root / "vae_decoder/model.onnx",
                 ["latent_sample"], ["sample"], {"latent_sample": IMAGE, "sample": IMAGE})
    export_small(borders(Encoder(vae)), (torch.rand(1, 3, 36, 44).to(dtype),), root / "vae_encoder/model.onnx", ["sample"], [encoded],
                 {"sample": IMAGE, encoded: IMAGE})
    for name in ("vae_decoder", "vae_encoder"):
        vae.save_config(root / name)


@torch.no_grad()
def write_xl_folder(kind, root: Path):
    pipe = xl_pipeline(kind)
    dtype = torch.float16 if kind == "sdxl-float16" else torch.float32
    borders = Borders if dtype == torch.float16 else (lambda module: module)
    for name, first in (("text_encoder", ["last_hidden_state", "pooler_output"]), ("text_encoder_2", ["text_embeds", "last_hidden_state"])):
        encoder = getattr(pipe, name)
        outputs = first + [f"hidden_states.{layer}" for layer in range(encoder.config.num_hidden_layers + 1)]
        export_small(borders(Text(encoder)), (torch.zeros(1, MAX_TOKENS, dtype=torch.int64),), root / name / "model.onnx", ["input_ids"], outputs,
                     {key: {0: "batch"} for key in ["input_ids", *outputs]})
        encoder.config.save_pretrained(root / name)
    write_unet(pipe.unet, root / "unet", dtype)
    write_vae(pipe.vae, root, dtype)
    pipe.scheduler.save_config(root / "scheduler")
    pipe.tokenizer.save_pretrained(root / "tokenizer")
    pipe.tokenizer_2.save_pretrained(root / "tokenizer_2")
    onnx_part = ["diffusers", "OnnxRuntimeModel"]
    index = {"_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.36.0", "force_zeros_for_empty_prompt": True,
             "scheduler": ["diffusers", type(pipe.scheduler).__name__], "text_encoder": onnx_part, "text_encoder_2": onnx_part,
             "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "CLIPTokenizer"], "unet": onnx_part,
             "vae_decoder": onnx_part, "vae_encoder": onnx_part}
    (root / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    return pipe


def four_bits(source, target, block=16):
    """The graph with its constant matrices as onnxruntime's MatMulNBits has them: 4 bits, symmetric, a scale for each block of a column."""
    model = onnx.load(source)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "MatMul" or node.input[1] not in weights:
            continue
        matrix = onnx.numpy_helper.to_array(weights[node.input[1]])  # [rows, columns]
        rows, columns = matrix.shape
        blocks = matrix.T.reshape(columns, rows // block, block)
        scales = np.abs(blocks).max(axis=-1, keepdims=True) / 7
        codes = (np.clip(np.rint(blocks / scales), -8, 7) + 8).astype(np.uint8)
        packed = codes[..., 0::2] | codes[..., 1::2] << 4
        for suffix, values in (("_q", packed), ("_s", scales.reshape(-1).astype(np.float32))):
            model.graph.initializer.append(onnx.numpy_helper.from_array(values, node.input[1] + suffix))
        model.graph.initializer.remove(weights.pop(node.input[1]))
        node.op_type, node.domain = "MatMulNBits", "com.microsoft"
        node.input[:] = [node.input[0], node.input[1] + "_q", node.input[1] + "_s"]
        node.attribute.extend(onnx.helper.make_attribute(key, value) for key, value in dict(K=rows, N=columns, bits=4, block_size=block).items())
    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target)


def eight_bits(source, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic
    target.parent.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(source, target, weight_type=QuantType.QUInt8, op_types_to_quantize=["MatMul"])
    slim(target)


@torch.no_grad()
def write_parts(root: Path):
    """What a case may put in the place of a folder's own: a UNet by name, `tiny` for decoder and encoder."""
    unets = {"sdxl-inpaint": make_unet(21, in_channels=9), "sd-inpaint": make_unet(22, xl=False, in_channels=9),
             "sdxl-lcm": make_unet(23, time_cond_proj_dim=16)}
    for name, unet in unets.items():
        write_unet(unet, root / name / "unet")
    tiny = make_tiny_vae(24)
    write_vae(tiny, root / "tiny")
    four_bits(root.parent / "models/sdxl/text_encoder/model.onnx", root / "quantised/text_encoder/model.onnx")
    eight_bits(root.parent / "models/sdxl/text_encoder_2/model.onnx", root / "quantised/text_encoder_2/model.onnx")
    return unets, tiny
