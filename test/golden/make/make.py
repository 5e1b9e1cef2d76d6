"""Writes test/golden/fixtures: tiny models, and what diffusers, torch and transformers make of them. See README.md."""
import json
import logging
import shutil
import sys
from pathlib import Path

import diffusers
import numpy as np
import torch
from diffusers import (DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LCMScheduler,
                       StableDiffusionPipeline)
from transformers import CLIPTokenizer, CLIPTokenizerFast

import xl
from image_to_image import varied_pictures
from models import BETAS, write_folder
from vocabulary import MAX_TOKENS

torch.set_num_threads(1)
logging.disable(logging.WARNING)
diffusers.utils.logging.set_verbosity_error()
ROOT = Path(__file__).resolve().parent.parent / "fixtures"
CLASSES = {"EulerDiscreteScheduler": EulerDiscreteScheduler, "EulerAncestralDiscreteScheduler": EulerAncestralDiscreteScheduler,
           "DDIMScheduler": DDIMScheduler, "LCMScheduler": LCMScheduler, "DPMSolverMultistepScheduler": DPMSolverMultistepScheduler}


def floats(tensor):
    """float32 as the shortest decimal text that reads back as the same float32 (9 digits)."""
    return [float(f"{v:.9g}") for v in np.asarray(tensor, dtype=np.float64).ravel().tolist()]


def write_json(name, value):
    text = json.dumps(value, ensure_ascii=False, indent=None, separators=(",", ":"))
    (ROOT / name).write_text(text.replace('},{"', '},\n{"') + "\n")


def noise():
    cases = []
    for seed in (0, 1, 42, 2**31 - 1, 2**32 - 1, 2**32 + 42, 2**53 - 1):
        for sizes in ([16], [5], [15, 3], [17, 100], [4, 33, 7], [256, 64]):
            generator = torch.Generator().manual_seed(seed)
            draws = [floats(torch.randn(n, generator=generator)) for n in sizes]
            cases.append({"seed": seed, "sizes": sizes, "draws": draws})
    write_json("noise.json", cases)


def scheduler_cases():
    """Every switch of scheduler_config.json that changes a schedule or a step."""
    spacings = ("linspace", "leading", "trailing")
    cases = []  # (class, what differs from BETAS, steps)
    for spacing in spacings:
        for steps in (1, 2, 3, 4, 7, 20, 30, 50):
            for name in ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler"):
                cases.append((name, dict(timestep_spacing=spacing, steps_offset=1), steps))
    for name in ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler"):
        for spacing in spacings:
            cases.append((name, dict(timestep_spacing=spacing, steps_offset=0, rescale_betas_zero_snr=True, prediction_type="v_prediction"), 5))
        cases.append((name, dict(beta_schedule="linear", beta_start=0.0001, beta_end=0.02), 6))
        cases.append((name, dict(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction"), 6))
        cases.append((name, dict(trained_betas=[0.001 + 0.00002 * i for i in range(500)], num_train_timesteps=500), 6))
        if name != "EulerAncestralDiscreteScheduler":
            cases.append((name, dict(prediction_type="sample"), 6))
    euler = "EulerDiscreteScheduler"
    cases += [(euler, dict(use_karras_sigmas=True, timestep_spacing=s), n) for s in spacings for n in (1, 5, 12)]
    cases += [(euler, dict(use_exponential_sigmas=True, timestep_spacing=s), 7) for s in spacings]
    cases += [(euler, dict(interpolation_type="log_linear"), 7), (euler, dict(final_sigmas_type="sigma_min"), 5),
              (euler, dict(use_karras_sigmas=True, sigma_min=0.1, sigma_max=10.0), 6),
              (euler, dict(timestep_type="continuous", prediction_type="v_prediction"), 6),
              (euler, dict(interpolation_type="log_linear", use_karras_sigmas=True), 6)]
    ddim = "DDIMScheduler"
    cases += [(ddim, dict(set_alpha_to_one=False, timestep_spacing="leading"), n) for n in (4, 9)]
    cases += [(ddim, dict(clip_sample=True, clip_sample_range=0.7), 5)]
    dpm = "DPMSolverMultistepScheduler"
    cases += [(dpm, dict(use_karras_sigmas=True, **extra), n) for extra in ({}, {"timestep_spacing": "trailing"}, {"final_sigmas_type": "sigma_min"})
              for n in (1, 2, 5, 20)]
    cases += [(dpm, dict(use_exponential_sigmas=True), 6), (dpm, dict(use_lu_lambdas=True), 6), (dpm, dict(solver_type="heun"), 6),
              (dpm, dict(solver_order=1), 6), (dpm, dict(solver_order=3), 8), (dpm, dict(solver_order=3), 18),
              (dpm, dict(euler_at_final=True, final_sigmas_type="sigma_min"), 16), (dpm, dict(final_sigmas_type="sigma_min"), 16),
              (dpm, dict(final_sigmas_type="sigma_min", lower_order_final=False), 6),
              (dpm, dict(algorithm_type="dpmsolver", final_sigmas_type="sigma_min"), 6),
              (dpm, dict(algorithm_type="dpmsolver", final_sigmas_type="sigma_min", solver_type="heun"), 6),
              (dpm, dict(algorithm_type="sde-dpmsolver++"), 6), (dpm, dict(algorithm_type="sde-dpmsolver++", solver_type="heun"), 6),
              (dpm, dict(lambda_min_clipped=-5.1, beta_schedule="squaredcos_cap_v2"), 6)]
    lcm = "LCMScheduler"
    cases += [(lcm, dict(original_inference_steps=50), n) for n in (1, 2, 4, 8, 50)]
    cases += [(lcm, dict(original_inference_steps=100, timestep_scaling=5.0), 6), (lcm, dict(timestep_scaling=0.002), 4), (lcm, dict(prediction_type="v_prediction"), 4),
              (lcm, dict(prediction_type="sample", clip_sample=True, clip_sample_range=0.6), 4),
              (lcm, dict(rescale_betas_zero_snr=True, prediction_type="v_prediction"), 4)]
    return cases


def schedulers():
    cases = []
    for name, overrides, steps in scheduler_cases():
        config = {**BETAS, "clip_sample": False, **overrides} if name in ("DDIMScheduler", "LCMScheduler") else {**BETAS, **overrides}
        scheduler = CLASSES[name](**config)
        scheduler.set_timesteps(steps)
        case = {"scheduler": name, "config": config, "steps": steps, "timesteps": floats(scheduler.timesteps),
                "initNoiseSigma": float(scheduler.init_noise_sigma)}
        if hasattr(scheduler, "sigmas"):
            case["sigmas"] = floats(scheduler.sigmas)
        # A run over 5 numbers: what the model would answer is drawn once and written down.
        generator, model = torch.Generator().manual_seed(7), torch.Generator().manual_seed(8)
        sample = torch.randn(1, 5, generator=model) * scheduler.init_noise_sigma
        case["start"], case["outputs"], case["inputs"], case["samples"] = floats(sample), [], [], []
        if steps <= 20:
            for t in scheduler.timesteps:
                scaled, answer = scheduler.scale_model_input(sample, t), torch.randn(1, 5, generator=model)
                sample = scheduler.step(answer, t, sample, generator=generator).prev_sample
                case["inputs"].append(floats(scaled))
                case["outputs"].append(floats(answer))
                case["samples"].append(floats(sample))
        cases.append(case)
    write_json("schedulers.json", cases)


PROMPTS = ["", " ", "a photo of a red fox", "A Photo Of A RED Fox!!", "it's 1984, don't blur…", "ein grüner Apfel auf weißer Straße",
           "  spaces   and\ttabs\nand lines  ", "naïve café façade", "x" * 60, "a, b; c: (d) [e] {f} <g> \"h\" 'i'", "émigré ÅÄÖ ß ẞ",
           "a very long prompt about a red fox in the snow, a blue bicycle on a green hill, an old lighthouse by the sea and a castle",
           "100% of $5.99 @ home #1 & more *", "<|endoftext|> hidden", "we'll they're I'm you've he'd"]
FAST_ONLY = ["🦊 in the snow ❄️", "日本の城と桜", "привет мир", "ﬁne ligature", "a\u0301 combining"]


def token_ids():
    cases = []
    for kind in ("sd-epsilon", "sd-v-prediction"):
        folder = ROOT / "models" / kind / "tokenizer"
        slow, fast = CLIPTokenizer.from_pretrained(folder), CLIPTokenizerFast.from_pretrained(folder)
        for prompt in PROMPTS + FAST_ONLY:
            arguments = dict(padding="max_length", max_length=MAX_TOKENS, truncation=True)
            ids, other = fast(prompt, **arguments).input_ids, slow(prompt, **arguments).input_ids
            if prompt in PROMPTS and ids != other:
                print("slow and fast differ on", kind, repr(prompt), other, ids)
            cases.append({"model": kind, "prompt": prompt, "ids": ids, "untruncated": fast(prompt).input_ids})
    write_json("token-ids.json", cases)


FOX, NEGATIVE = "a photo of a red fox in the snow", "blur, low quality"


def picture_cases():
    """(model, scheduler class or None = the folder's own, overrides, steps, guidance, negative, width, height, seeds)"""
    cases = [("sd-epsilon", None, {}, 6, 7.5, None, 32, 32, [42]), ("sd-epsilon", None, {}, 6, 1.0, None, 32, 32, [42]),
             ("sd-epsilon", None, {}, 6, 7.5, NEGATIVE, 32, 32, [42]), ("sd-epsilon", None, {}, 6, 7.5, NEGATIVE, 40, 24, [7]),
             ("sd-epsilon", None, {}, 4, 5.0, NEGATIVE, 24, 56, [0, 1, 2]), ("sd-epsilon", None, {}, 1, 5.0, None, 32, 32, [3])]
    for spacing in ("leading", "linspace", "trailing"):
        for name in ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler"):
            cases.append(("sd-epsilon", name, {"timestep_spacing": spacing}, 5, 4.0, NEGATIVE, 32, 32, [42]))
    cases += [("sd-epsilon", "EulerAncestralDiscreteScheduler", {}, 5, 4.0, None, 24, 40, [10, 11, 12]),
              ("sd-epsilon", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}, 8, 4.0, None, 32, 32, [42]),
              ("sd-epsilon", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}, 8, 1.0, None, 40, 40, [5, 6, 7]),
              ("sd-epsilon", "EulerDiscreteScheduler", {"use_karras_sigmas": True}, 6, 4.0, None, 32, 32, [42]),
              ("sd-epsilon", "LCMScheduler", {}, 4, 1.0, None, 32, 32, [42]),
              ("sd-v-prediction", None, {}, 8, 2.5, None, 32, 32, [42]), ("sd-v-prediction", None, {}, 8, 2.5, NEGATIVE, 56, 24, [1, 2, 3]),
              ("sd-v-prediction", None, {}, 8, 1.0, None, 32, 32, [42]), ("sd-v-prediction", None, {}, 1, 2.5, None, 32, 32, [42]),
              ("sd-v-prediction", "EulerDiscreteScheduler", {}, 6, 2.5, None, 32, 32, [42]),
              ("sd-v-prediction", "EulerAncestralDiscreteScheduler", {}, 6, 2.5, None, 32, 32, [42]),
              ("sd-v-prediction", "DPMSolverMultistepScheduler", {}, 6, 2.5, None, 32, 32, [42]),
              ("lcm", None, {}, 4, 8.5, None, 32, 32, [42]), ("lcm", None, {}, 4, 1.0, None, 32, 32, [42]),
              ("lcm", None, {}, 8, 5.0, None, 40, 24, [20, 21, 22]), ("lcm", None, {}, 1, 8.5, None, 32, 32, [4]),
              ("sd-float16", None, {}, 3, 2.0, NEGATIVE, 32, 32, [42]), ("sd-float16", None, {}, 6, 1.0, None, 40, 24, [7])]
    return cases


@torch.no_grad()
def pictures(pipes):
    folder, cases = ROOT / "pictures", []
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, (kind, name, overrides, steps, guidance, negative, width, height, seeds) in enumerate(picture_cases()):
        pipe = pipes[kind]
        if name:  # a new pipeline, as if the folder named this class: the constructor corrects steps_offset and clip_sample
            scheduler = CLASSES[name].from_config(pipe.scheduler.config, **overrides)
            pipe = StableDiffusionPipeline(**{**pipe.components, "scheduler": scheduler}, requires_safety_checker=False)
            pipe.set_progress_bar_config(disable=True)
        latents_by_step = []

        def keep(_pipe, _step, _t, values):
            latents_by_step.append(values["latents"].float().numpy().copy())
            return values

        generators = [torch.Generator().manual_seed(s) for s in seeds]
        extra = {} if kind == "lcm" else {"negative_prompt": [negative] * len(seeds) if negative else None}
        images = pipe([FOX] * len(seeds), num_inference_steps=steps, guidance_scale=guidance, width=width, height=height, generator=generators,
                      output_type="np", callback_on_step_end=keep, **extra).images
        id = f"{number:02d}-{kind}-{(name or 'own').replace('Scheduler', '').lower()}"
        np.save(folder / f"{id}.npy", (images * 255).round().astype(np.uint8))
        np.save(folder / f"{id}.latents.npy", np.stack(latents_by_step).astype(np.float32))
        cases.append({"id": id, "model": kind, "scheduler": name, "overrides": overrides, "steps": steps, "guidanceScale": guidance,
                      "prompt": FOX, "negativePrompt": negative, "width": width, "height": height, "seeds": seeds})
    write_json("pictures.json", cases)


def main():
    ROOT.mkdir(exist_ok=True)
    noise()
    schedulers()
    shutil.rmtree(ROOT / "models", ignore_errors=True)
    pipes = {kind: write_folder(kind, ROOT / "models" / kind) for kind in ("sd-epsilon", "sd-v-prediction", "lcm", "sd-float16")}
    for pipe in pipes.values():
        pipe.set_progress_bar_config(disable=True)
    token_ids()
    pictures(pipes)
    write_json("image-to-image.json", varied_pictures(pipes, CLASSES, ROOT / "image-to-image"))
    xl.main()
    write_json("versions.json", {"torch": torch.__version__.split("+")[0], "diffusers": diffusers.__version__, "python": sys.version.split()[0]})


main()
