"""Long and weighted prompts: what torch and transformers make of them by the rules of the AUTOMATIC1111 web UI, and pictures from that.

Every case says twice what is meant: as somebody types it, and as the parts it stands for, so that nothing here reads brackets. Writes
prompts.json and prompts/: text encoders that read 77 tokens, a UNet that takes any number of them, embeddings, pictures.
Run alone: `python test/golden/make/prompts.py`, after make.py.
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import xl_models
from models import BETAS, make_vae
from vocabulary import load_tokenizer

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
TOKENS, COMMA_REACH, BREAK = 77, 20, "BREAK"
LISTED = ("a photo of a red fox in the snow, high detail, a blue bicycle on a green hill at night, an old lighthouse by the sea, "
          "oil painting, a castle under the stars, watercolour, soft light, a portrait of an astronaut riding a horse over the lazy dog, "
          "a cat and a bird and a fish, the quick brown fox jumps, a blue apple on a white dish, low quality, watermark, high detail, night")
UNBROKEN = " ".join(["a photo of a red fox in the snow by the sea on a green hill at night under the stars"] * 4)


def cases():
    """(typed prompt, its parts, typed negative prompt or None, its parts); a part is BREAK or (text, weight)"""
    up, down = 1.1, 1 / 1.1
    blur = ("blur, low quality", [("blur, low quality", 1)])
    return [
        ("a photo of a red fox", [("a photo of a red fox", 1)], *blur),
        ("a (red:1.3) fox in [snow], ((blue)) (night:0.4)",
         [("a ", 1), ("red", 1.3), (" fox in ", 1), ("snow", down), (", ", 1), ("blue", up * up), (" ", 1), ("night", 0.4)], *blur),
        ("(a red fox (in the snow:1.5):0.8), [[sea]]", [("a red fox ", 0.8), ("in the snow", 0.8 * 1.5), (", ", 1), ("sea", down * down)], None, []),
        (r"a smiley :) (1990), \(red\) (16:9) (fox:abc) ;-) (ein Wort:1,2) \\(sea",
         [("a smiley :) ", 1), ("1990", up), (", (red) (16:9) (fox:abc) ;-) ", 1), ("ein Wort", 1.2), ("\\(sea", 1)], "", []),
        ("(ثعلب أحمر:1.2) 🦊 [grüne Straße]", [("ثعلب أحمر", 1.2), (" 🦊 ", 1), ("grüne Straße", down)], "(人:1.4)", [("人", 1.4)]),
        (LISTED, [(LISTED, 1)], *blur),  # cut behind a comma
        (UNBROKEN, [(UNBROKEN, 1)], *blur),  # cut where it is full
        (f"({LISTED}:1.2), {UNBROKEN}, (night:1.6)", [(LISTED, 1.2), (f", {UNBROKEN}, ", 1), ("night", 1.6)], f"[{LISTED}]", [(LISTED, down)]),
        ("a red fox", [("a red fox", 1)], f"blur, {UNBROKEN}", [(f"blur, {UNBROKEN}", 1)]),  # the shorter one is the prompt
        ("a red fox BREAK a (blue:1.2) bicycle", [("a red fox", 1), BREAK, ("a ", 1), ("blue", 1.2), ("bicycle", 1)], "", []),
        ("BREAK a (castle BREAK BREAK stars:1.3) BREAK", [BREAK, ("a ", 1), ("castle", 1.3), BREAK, BREAK, ("stars", 1.3), BREAK], *blur),
        (" ".join("!" * 75) + ", a red fox", [(" ".join("!" * 75) + ", a red fox", 1)], None, []),  # a comma that does not fit any more
        (" ".join("!" * 54) + ", " + " ".join("!" * 30), [(" ".join("!" * 54) + ", " + " ".join("!" * 30), 1)], None, []),  # too far back
        (" ".join("!" * 55) + ", " + " ".join("!" * 30), [(" ".join("!" * 55) + ", " + " ".join("!" * 30), 1)], None, []),  # just near enough
    ]


PICTURES = (1, 7)  # by their place above


def make_encoder(seed, width, pooled, tokenizer):
    """pooled: of a second encoder of SDXL, else None"""
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=TOKENS, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id, projection_dim=pooled or width)
    encoder = (CLIPTextModelWithProjection if pooled else CLIPTextModel)(config).eval()
    for name, parameter in encoder.named_parameters():
        if "embedding" in name:
            parameter *= 20
        elif name.endswith("weight") and parameter.dim() == 2:
            parameter *= 1.5
    # Means far from zero, as real encoders have them: a mean that is restored should not be the rest of a cancellation.
    for layer in encoder.text_model.encoder.layers:
        layer.mlp.fc2.bias += 0.3
    encoder.text_model.final_layer_norm.bias += 0.3
    return encoder


def chunked(parts, tokenizer):
    """[(ids, weights)] without start and end: token by token, as that web UI goes through a prompt."""
    comma, room = tokenizer.get_vocab()[",</w>"], TOKENS - 2
    chunks, ids, weights, last_comma = [], [], [], -1

    def close():
        nonlocal ids, weights, last_comma
        chunks.append((ids, weights))
        ids, weights, last_comma = [], [], -1

    for part in parts:
        if part == BREAK:
            close()
            continue
        text, weight = part
        for token in tokenizer(text, add_special_tokens=False, verbose=False).input_ids:
            if token == comma:
                last_comma = len(ids)
            elif len(ids) == room and last_comma != -1 and len(ids) - last_comma <= COMMA_REACH:
                moved = ids[last_comma + 1:], weights[last_comma + 1:]
                ids, weights = ids[:last_comma + 1], weights[:last_comma + 1]
                close()
                ids, weights = moved
            if len(ids) == room:
                close()
            ids, weights = ids + [token], weights + [weight]
    if ids or not chunks:
        close()
    return chunks


def encode_chunk(encoder, tokenizer, chunk, is_xl):
    ids, weights = chunk
    padding = TOKENS - 2 - len(ids)
    row = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id, *[tokenizer.pad_token_id] * padding]
    out = encoder(torch.tensor([row]), output_hidden_states=True)
    hidden = out.hidden_states[-2] if is_xl else out.last_hidden_state
    mean = hidden.mean()
    weighted = hidden * torch.tensor([1, *weights, 1, *[1] * padding], dtype=torch.float32).view(1, -1, 1)
    factor = mean / weighted.mean()
    assert 0.5 < factor < 2, factor
    return row, weighted * factor, out.text_embeds if hasattr(out, "text_embeds") else None


def encode(encoders, parts_of_both, is_xl):
    """[(hidden [1, tokens, width], pooled or None, ids by encoder)] of prompt and negative prompt, filled to one length"""
    chunks = [[chunked(parts, tokenizer) for _, tokenizer in encoders] for parts in parts_of_both]
    count = max(len(of_encoder) for of_text in chunks for of_encoder in of_text)
    results = []
    for of_text in chunks:
        columns, rows = [], []
        for (encoder, tokenizer), own in zip(encoders, of_text):
            made = [encode_chunk(encoder, tokenizer, chunk, is_xl) for chunk in own + [([], [])] * (count - len(own))]
            columns.append(torch.cat([hidden for _, hidden, _ in made], dim=1))
            rows.append([row for row, _, _ in made])
            pooled = made[0][2]
        results.append((torch.cat(columns, dim=-1), pooled, rows))
    return results


def pipelines():
    tokenizers = [load_tokenizer(), load_tokenizer(pad="!")]
    scheduler = EulerDiscreteScheduler(**BETAS, timestep_spacing="leading", steps_offset=1)
    with torch.no_grad():
        sd = StableDiffusionPipeline(
            vae=make_vae(1), unet=xl_models.make_unet(31, xl=False), text_encoder=make_encoder(32, 32, None, tokenizers[0]),
            tokenizer=tokenizers[0], scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
        base = xl_models.xl_pipeline("sdxl")
        xl = StableDiffusionXLPipeline(
            **{**base.components, "text_encoder": make_encoder(33, xl_models.WIDTHS[0], None, tokenizers[0]),
               "text_encoder_2": make_encoder(34, xl_models.WIDTHS[1], xl_models.POOLED, tokenizers[1]), "scheduler": scheduler},
            add_watermarker=False)
    return {"sd": sd, "xl": xl}


def write_encoder(encoder, folder, is_xl):
    first = ["text_embeds", "last_hidden_state"] if hasattr(encoder, "text_projection") else ["last_hidden_state", "pooler_output"]
    outputs = first + [f"hidden_states.{layer}" for layer in range(encoder.config.num_hidden_layers + 1)]
    xl_models.export_small(xl_models.Text(encoder), (torch.zeros(1, TOKENS, dtype=torch.int64),), folder / "model.onnx", ["input_ids"], outputs,
                           {key: {0: "batch"} for key in ["input_ids", *outputs]})
    encoder.config.save_pretrained(folder)


def picture(pipe, embedded, negative, is_xl):
    (hidden, pooled, _), (negative_hidden, negative_pooled, _) = embedded, negative
    extra = dict(pooled_prompt_embeds=pooled, negative_pooled_prompt_embeds=negative_pooled) if is_xl else {}
    pipe.set_progress_bar_config(disable=True)
    made = pipe(prompt_embeds=hidden, negative_prompt_embeds=negative_hidden, **extra, height=32, width=32, num_inference_steps=4, guidance_scale=3.0,
                generator=torch.Generator().manual_seed(42), output_type="np").images[0]
    return (made * 255).round().astype(np.uint8)


@torch.no_grad()
def main():
    folder = ROOT / "prompts"
    shutil.rmtree(folder, ignore_errors=True)
    written = []
    for model, pipe in pipelines().items():
        is_xl = model == "xl"
        encoders = [(pipe.text_encoder, pipe.tokenizer)] + ([(pipe.text_encoder_2, pipe.tokenizer_2)] if is_xl else [])
        for (encoder, _), name in zip(encoders, ("text_encoder", "text_encoder_2")):
            write_encoder(encoder, folder / model / name, is_xl)
        if not is_xl:
            xl_models.write_unet(pipe.unet, folder / model / "unet")
        for number, (prompt, parts, negative, negative_parts) in enumerate(cases()):
            name = f"{model}-{number:02}"
            embedded = encode(encoders, [parts] if negative is None else [parts, negative_parts], is_xl)
            if is_xl and negative == "":  # force_zeros_for_empty_prompt
                embedded[0] = encode(encoders, [parts], is_xl)[0]
                embedded[1] = tuple(torch.zeros_like(value) for value in embedded[0][:2]) + ([],)
            np.save(folder / f"{name}.npy", torch.cat([hidden for hidden, _, _ in embedded]).numpy())
            if is_xl:
                np.save(folder / f"{name}.pooled.npy", torch.cat([pooled for _, pooled, _ in embedded]).numpy())
            if number in PICTURES:
                np.save(folder / f"{name}.picture.npy", picture(pipe, *embedded, is_xl))
            written.append({"id": name, "model": model, "prompt": prompt, "negativePrompt": negative, "ids": [rows for _, _, rows in embedded],
                            **({"picture": True} if number in PICTURES else {})})
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in written)
    (ROOT / "prompts.json").write_text(f"[\n{lines}\n]\n")


main()
