"""Writes test/golden/fixtures/flow*: a tiny Z-Image in its two published layouts, and what diffusers makes of it. See README.md."""
import json
import logging
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, ZImageImg2ImgPipeline
from diffusers.models.transformers import transformer_z_image
from PIL import Image

from flow_models import CHANNELS, TEXT_WIDTH, TextEncoder, Transformer, make_pipeline
from image_to_image import picture
from models import DecoderOnly, EncoderOnly, Float16Borders, export, rounded, rounded_distribution

torch.set_num_threads(1)
logging.disable(logging.WARNING)
ROOT = Path(__file__).resolve().parent.parent / "fixtures"
FOX, NEGATIVE = "a photo of a red fox in the snow, high detail", "blur, low quality"


def floats(tensor):
    return [float(f"{v:.9g}") for v in np.asarray(tensor, dtype=np.float64).ravel().tolist()]


def write_json(name, value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    (ROOT / name).write_text(text.replace('},{"', '},\n{"') + "\n")


def schedules():
    """(configuration, steps, sigma_min that the pipeline sets or None, mu or None)"""
    cases = [({"shift": 3.0}, steps, minimum, None) for minimum in (None, 0.0) for steps in (1, 2, 4, 9, 50)]
    cases += [({"shift": 1.0}, 4, None, None), ({"shift": 6.0, "num_train_timesteps": 500}, 7, 0.0, None), ({"shift": 3.0, "shift_terminal": 0.1}, 6, None, None),
              ({"shift": 3.0, "use_karras_sigmas": True}, 6, None, None), ({"shift": 3.0, "use_exponential_sigmas": True}, 6, None, None),
              ({"shift": 2.0, "invert_sigmas": True}, 5, None, None)]
    for kind in ("exponential", "linear"):
        dynamic = {"use_dynamic_shifting": True, "time_shift_type": kind, "shift": 3.0}
        cases += [(dynamic, steps, minimum, mu) for steps, minimum, mu in ((1, 0.0, 0.5), (4, None, 0.63), (9, 0.0, 1.15), (20, None, 2.0))]
        cases.append(({**dynamic, "shift_terminal": 0.02}, 8, None, 0.9))
    written = []
    for config, steps, minimum, mu in cases:
        scheduler = FlowMatchEulerDiscreteScheduler(**config)
        if minimum is not None:
            scheduler.sigma_min = minimum
        scheduler.set_timesteps(steps, mu=mu)
        model = torch.Generator().manual_seed(9)
        sample = torch.randn(1, 5, generator=model)
        case = {"config": config, "steps": steps, "sigmaMin": minimum, "mu": mu, "timesteps": floats(scheduler.timesteps),
                "sigmas": floats(scheduler.sigmas), "start": floats(sample), "outputs": [], "samples": [], "noised": []}
        noise = torch.randn(1, 5, generator=model)
        case["noise"] = floats(noise)
        for number, t in enumerate(scheduler.timesteps):
            scheduler.set_begin_index(number)
            scheduler._step_index = None
            case["noised"].append(floats(scheduler.scale_noise(torch.ones(1, 5) / 3, t[None], noise)))
            answer = torch.randn(1, 5, generator=model)
            sample = scheduler.step(answer, t, sample, return_dict=False)[0]
            case["outputs"].append(floats(answer))
            case["samples"].append(floats(sample))
        written.append(case)
    write_json("flow-schedules.json", written)


PROMPTS = ["", " ", FOX, "A Photo Of A RED Fox!!", "it's 1984, DON'T blur…", "ein grüner Apfel auf weißer Straße", "  spaces   and\ttabs\nand\r\nlines \n ",
           "naïve café a\u0301 ﬁne", "日本の城と桜", "🦊 in the snow ❄️", "привет мир", "<|im_end|> hidden <|endoftext|>", "x" * 60, "(a:1.2) [b] {c}",
           "an old lighthouse by the sea, " * 60]


def token_ids(tokenizer):
    cases = []
    for prompt in PROMPTS:
        text = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True, enable_thinking=True)
        cases.append({"prompt": prompt, "ids": tokenizer(text, max_length=512, truncation=True).input_ids})
    write_json("flow-token-ids.json", cases)


def graphs(pipe, root, layout):
    folder = root / "onnx"
    dtype = torch.float32 if layout == "frames" else torch.float16
    borders = (lambda module: module) if layout == "frames" else Float16Borders
    suffix = "" if layout == "frames" else "_f16"
    tokens = torch.ones(1, 40, dtype=torch.int64)
    free = {0: "batch_size", 1: "sequence_length"} if layout == "frames" else {1: "sequence_length"}
    text_output = "encoder_hidden_state" if layout == "frames" else "encoder_hidden_states"
    export(borders(TextEncoder(pipe.text_encoder)), (tokens, tokens), folder / f"text_encoder_model{suffix}.onnx", ["input_ids", "attention_mask"],
           text_output, {"input_ids": free, "attention_mask": free, text_output: free})
    shape = (1, CHANNELS, 1, 8, 12) if layout == "frames" else (1, CHANNELS, 8, 12)
    sides = {3: "height", 4: "width"} if layout == "frames" else {2: "height", 3: "width"}
    answer = "unified_results" if layout == "frames" else "sample"
    answer_sides = {2: "height", 3: "width"}
    export(borders(Transformer(pipe.transformer, pads=layout == "frames")),
           (torch.randn(shape, dtype=dtype), torch.tensor([0.5], dtype=dtype), torch.randn(1, 40, TEXT_WIDTH, dtype=dtype)),
           folder / f"transformer_model{suffix}.onnx", ["hidden_states", "timestep", "encoder_hidden_states"], answer,
           {"hidden_states": sides, answer: answer_sides, "encoder_hidden_states": {1: "cap_seq_len"}})
    image = {2: "height", 3: "width"}
    export(borders(DecoderOnly(pipe.vae)), (torch.randn(1, CHANNELS, 8, 12, dtype=dtype),), folder / f"vae_decoder_model{suffix}.onnx",
           ["latent_sample"], "sample", {"latent_sample": {2: "latent_height", 3: "latent_width"}, "sample": image})
    export(borders(EncoderOnly(pipe.vae, False)), (torch.rand(1, 3, 64, 96).to(dtype),), folder / f"vae_encoder_model{suffix}.onnx",
           ["sample"], "latent_parameters", {"sample": image, "latent_parameters": image})
    pipe.tokenizer.save_pretrained(root / "tokenizer")
    for name in ("vocab.json", "merges.txt", "added_tokens.json", "special_tokens_map.json"):  # all of it is in tokenizer.json
        (root / "tokenizer" / name).unlink()
    for path in folder.glob("*.onnx"):
        model = onnx.load(path)
        for node in model.graph.node:
            node.ClearField("name")
        onnx.save(model, path)
    if layout == "plain":
        for path in folder.glob("*.onnx"):
            halve_weights(path)
    else:  # large weights lie beside their graph
        path = folder / "transformer_model.onnx"
        onnx.save(onnx.load(path), path, save_as_external_data=True, location="transformer_model.onnx_data", size_threshold=1024)


def halve_weights(path):
    """Writes weights as float16 with a cast behind each: nothing is lost, they were rounded before."""
    model, casts = onnx.load(path), []
    for weight in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > 64 and (values.astype(np.float16) == values).all():
            name = weight.name
            weight.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + ".half"))
            casts.append(onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)


def with_float16_borders(pipe):
    """Rounds weights, inputs and outputs to float16, and pads captions as the plain layout's own driver does: with their last token."""
    for module in (pipe.transformer, pipe.text_encoder, pipe.vae):
        for parameter in module.parameters():
            parameter.data = parameter.data.half().float()
    forward, encode_prompt, decode, encode = pipe.transformer.forward, pipe._encode_prompt, pipe.vae.decode, pipe.vae.encode
    pipe.transformer.forward = lambda x, t, cap_feats, **named: tuple(
        [rounded(made) for made in part] for part in forward([rounded(part) for part in x], rounded(t), cap_feats, return_dict=False))
    pipe.vae.decode = lambda latents, **named: rounded(decode(rounded(latents), **named))
    pipe.vae.encode = lambda sample: rounded_distribution(encode(rounded(sample)))

    def encode_padded(**named):
        made = [rounded(part) for part in encode_prompt(**named)]
        return [torch.cat([part, part[-1:].expand(-len(part) % 32, -1)]) for part in made]

    pipe._encode_prompt = encode_padded
    return pipe


def picture_cases():
    """(layout, steps, guidance, negative, width, height, seeds, strength or None, scheduler overrides)"""
    plain = [("plain", 4, 1.0, None, 128, 64, [42], None, {}), ("plain", 3, 2.0, NEGATIVE, 64, 128, [7], None, {}),
             ("plain", 5, 1.0, None, 128, 64, [1, 2], 0.6, {}), ("plain", 4, 1.0, None, 48, 80, [5], None, {})]
    dynamic = {"use_dynamic_shifting": True}
    return [("frames", 9, 0.0, None, 64, 64, [42], None, {}), ("frames", 4, 1.0, None, 48, 80, [7], None, {}),
            ("frames", 3, 1.0, NEGATIVE, 176, 48, [0, 1], None, {}), ("frames", 4, 3.0, NEGATIVE, 64, 64, [42], None, {}),
            ("frames", 3, 2.0, None, 16, 16, [5], None, {}), ("frames", 1, 1.0, None, 128, 64, [3], None, {}),
            ("frames", 2, 1.0, None, 32, 64, [3], None, {}), ("frames", 5, 1.0, None, 80, 48, [11], None, dynamic),
            ("frames", 8, 1.0, None, 64, 48, [42], 0.5, {}), ("frames", 10, 2.0, NEGATIVE, 48, 48, [1, 2], 0.29, {}),
            ("frames", 4, 1.0, None, 48, 64, [9], 1.0, {})] + plain


@torch.no_grad()
def pictures(pipes):
    folder = ROOT / "flow-pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cases = []
    for number, (layout, steps, guidance, negative, width, height, seeds, strength, overrides) in enumerate(picture_cases()):
        source, by_step = pipes[layout], []
        transformer_z_image.SEQ_MULTI_OF = 32 if layout == "frames" else 1  # the plain graphs fill up nothing
        scheduler = FlowMatchEulerDiscreteScheduler.from_config(source.scheduler.config, **overrides)
        pipe = (type(source) if strength is None else ZImageImg2ImgPipeline)(**{**source.components, "scheduler": scheduler})
        pipe._encode_prompt = source._encode_prompt
        pipe.set_progress_bar_config(disable=True)

        def keep(_pipe, _step, _t, values):
            by_step.append(values["latents"].float().numpy().copy())
            return values

        extra = {} if strength is None else {"image": [Image.fromarray(picture(width, height))] * len(seeds), "strength": strength}
        images = pipe([FOX] * len(seeds), num_inference_steps=steps, guidance_scale=guidance, width=width, height=height,
                      negative_prompt=[negative] * len(seeds) if negative else None,
                      generator=[torch.Generator().manual_seed(seed) for seed in seeds], output_type="np", callback_on_step_end=keep, **extra).images
        id = f"{number:02d}-{layout}"
        np.save(folder / f"{id}.npy", (images * 255).round().astype(np.uint8))
        np.save(folder / f"{id}.latents.npy", np.stack(by_step).astype(np.float32))
        if strength is not None:
            np.save(folder / f"from-{width}x{height}.npy", picture(width, height))
        cases.append({"id": id, "layout": layout, "overrides": overrides, "steps": steps, "guidanceScale": guidance, "prompt": FOX,
                      "negativePrompt": negative, "width": width, "height": height, "seeds": seeds, "stepsRun": len(by_step),
                      **({} if strength is None else {"strength": strength})})
    write_json("flow-pictures.json", cases)


@torch.no_grad()
def main():
    schedules()
    # The second one is quieter: a last bit of float16 more or less must not grow into a share of all pixels.
    pipes = {"frames": make_pipeline(), "plain": with_float16_borders(make_pipeline(loudness=0.7, contrast=0.25))}
    for layout, pipe in pipes.items():
        root = ROOT / "flow-models" / layout
        shutil.rmtree(root, ignore_errors=True)
        graphs(pipe, root, layout)
    token_ids(pipes["frames"].tokenizer)
    pictures(pipes)


main()
