"""SDXL, repainting and TAESD: what diffusers' pipelines make with the folders and parts of xl_models.py.

Run alone (`python test/golden/make/xl.py`) it writes its own fixtures only; make.py runs it at its end.
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from diffusers import (AutoencoderTiny, DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler,
                       EulerDiscreteScheduler, LCMScheduler, PNDMScheduler, StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline,
                       StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline,
                       TCDScheduler, UniPCMultistepScheduler)
from PIL import Image

from image_to_image import NEGATIVE, PROMPT, picture
from models import BETAS, pipeline
from xl_models import write_parts, write_xl_folder

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
EULER, ANCESTRAL, DPM, TCD, LCM = "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler", "TCDScheduler", "LCMScheduler"
UNIPC = "UniPCMultistepScheduler"
CLASSES = {cls.__name__: cls for cls in (EulerDiscreteScheduler, EulerAncestralDiscreteScheduler, DPMSolverMultistepScheduler, TCDScheduler,
                                         LCMScheduler, DDIMScheduler, DDPMScheduler, PNDMScheduler, UniPCMultistepScheduler)}
PIPELINES = {"sdxl": (StableDiffusionXLPipeline, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline),
             "sd": (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline)}
TRAILING = {"timestep_spacing": "trailing"}


def cases():
    """Each differs from the first line's defaults in what it names. `scheduler`: a class or None, the folder's own."""
    made = []

    def add(model, mode="words", scheduler=None, overrides=None, steps=4, guidance=0.0, negative=None, size=(32, 32), seeds=(42,), strength=None, **parts):
        made.append(dict(model=model, mode=mode, scheduler=scheduler, overrides=overrides or {}, steps=steps, guidance=guidance, negative=negative,
                         size=size, seeds=list(seeds), strength=strength if strength or mode == "words" else 0.5, parts=parts))

    for model, strong in (("sdxl", 5.0), ("sdxl-float16", 2.0)):
        for mode, strength in (("words", None), ("picture", 0.5), ("mask", 0.75)):
            add(model, mode, EULER, TRAILING, strength=strength)
            add(model, mode, DPM, {"use_karras_sigmas": True}, steps=6, guidance=strong, negative=NEGATIVE, strength=strength)
            add(model, mode, TCD, strength=strength)
            add(model, mode, LCM, strength=strength)
            add(model, mode, EULER, {**TRAILING, "prediction_type": "sample"}, steps=1, strength=strength and 1.0)
    # its own scheduler: an empty negative prompt is zeros; sides that differ; batches
    add("sdxl", guidance=5.0)
    add("sdxl", guidance=5.0, negative=NEGATIVE, size=(24, 56), seeds=(0, 1, 2))
    add("sdxl", "picture", guidance=5.0, negative=NEGATIVE, size=(40, 24), seeds=(5, 6, 7), strength=0.6)
    add("sdxl", "mask", guidance=5.0, size=(40, 24), seeds=(5, 6, 7), strength=1.0)
    add("sdxl", "mask", ANCESTRAL, guidance=3.0, seeds=(1, 2), strength=0.6)  # noise after that of the mask
    add("sdxl", scheduler=EULER, overrides={**TRAILING, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True}, guidance=3.0)
    # odd sides: 9 × 11 and 65 × 65 latents
    add("sdxl", guidance=4.0, size=(44, 36))
    add("sdxl", "picture", scheduler=EULER, overrides=TRAILING, size=(44, 36))
    add("sdxl", "mask", scheduler=TCD, size=(36, 44), strength=0.8)
    add("sdxl", scheduler=EULER, overrides=TRAILING, steps=1, size=(260, 260))
    # guidance inside
    add("sdxl", scheduler=LCM, guidance=8.0, unet="sdxl-lcm")
    add("sdxl", "picture", scheduler=LCM, guidance=4.0, unet="sdxl-lcm")
    # UNets made for repainting, and others. StableDiffusionInpaintPipeline alone does not correct clip_sample, which old folders lack: we do.
    for strength in (0.6, 1.0):
        add("sdxl", "mask", guidance=4.0, strength=strength, seeds=(3, 4), unet="sdxl-inpaint")
        add("sd-epsilon", "mask", guidance=4.0, negative=NEGATIVE, strength=strength, unet="sd-inpaint")
        add("sd-epsilon", "mask", "DDIMScheduler", {"clip_sample": False}, guidance=4.0, strength=strength)
        add("sd-epsilon", "mask", ANCESTRAL, guidance=1.0, strength=strength, seeds=(8, 9))
    add("sdxl", "mask", scheduler=ANCESTRAL, strength=0.7, unet="sdxl-inpaint")
    for mode in ("words", "picture", "mask"):  # what Stable Diffusion 1 names, and what fine-tuned models name
        add("sd-epsilon", mode, "PNDMScheduler", {"skip_prk_steps": True}, steps=6, guidance=4.0, strength=mode != "words" and 0.5)
        add("sd-epsilon", mode, UNIPC, steps=6, guidance=4.0, strength=mode != "words" and 0.5)
        add("sd-epsilon", mode, "DDPMScheduler", {"clip_sample": False}, steps=5, guidance=4.0, seeds=(1, 2), strength=mode != "words" and 0.6)
    add("sd-epsilon", "mask", LCM, guidance=1.0, strength=0.75)
    add("sd-v-prediction", "mask", guidance=2.5, strength=0.5)
    add("sd-float16", "mask", guidance=1.0, size=(40, 24), seeds=(1, 2, 3), strength=0.6)
    add("sdxl-float16", guidance=2.0, negative=NEGATIVE, size=(24, 40), seeds=(0, 1, 2))
    for strength in (0.5, 1.0):  # sliced as any other schedule, unlike in the image-to-image pipeline of LCM
        add("lcm", "mask", guidance=6.0, strength=strength, seeds=(4, 5))
    # TAESD
    for mode in ("words", "picture", "mask"):
        add("sdxl", mode, guidance=3.0, vae="tiny")
    return made


def mask(width, height):
    """White, which is painted anew: a disc with a grey border on both sides of the middle. uint8 [height, width]."""
    y, x = np.mgrid[0:height, 0:width]
    distance = np.sqrt((x - width / 2) ** 2 + (y - height / 2) ** 2)
    return np.clip(np.rint(127.5 + (min(width, height) / 3 - distance) * 40), 0, 255).astype(np.uint8)


def mean_encoder(vae):
    """As image_to_image.py has it for sd-v-prediction, whose exported encoder gives latents."""
    from types import SimpleNamespace
    encode = vae.encode
    vae.encode = lambda sample: SimpleNamespace(latents=encode(sample).latent_dist.mode())


def pipeline_of(case, pipes, unets, tiny):
    pipe = pipes[case["model"]]
    family = "sdxl" if case["model"].startswith("sdxl") else "sd"
    components = dict(pipe.components)
    if case["parts"].get("unet"):
        components["unet"] = unets[case["parts"]["unet"]]
    if case["parts"].get("vae"):
        components["vae"] = tiny
    if case["scheduler"]:
        components["scheduler"] = CLASSES[case["scheduler"]].from_config(pipe.scheduler.config, **case["overrides"])
    else:
        components["scheduler"] = type(pipe.scheduler).from_config(pipe.scheduler.config)
    if family == "sdxl":
        extra = dict(add_watermarker=False, force_zeros_for_empty_prompt=True)
    else:
        extra = dict(requires_safety_checker=False)
    made = PIPELINES[family][("words", "picture", "mask").index(case["mode"])](**components, **extra)
    made.set_progress_bar_config(disable=True)
    if any(side % 8 for side in case["size"]):
        made.check_inputs = lambda *_arguments, **_named: None  # which wants multiples of 8 pixels, whatever the decoder
    return made


@torch.no_grad()
def pictures(pipes, unets, tiny):
    folder, written = ROOT / "xl", []
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, case in enumerate(cases()):
        pipe, (width, height), seeds = pipeline_of(case, pipes, unets, tiny), case["size"], case["seeds"]
        by_step = []

        def keep(_pipe, _step, _t, values):
            by_step.append(values["latents"].float().numpy().copy())
            return values

        extra, told = {}, {}
        if case["mode"] != "words":
            extra = dict(image=[Image.fromarray(picture(width, height))] * len(seeds), strength=case["strength"])
            told = {"init": f"from-{width}x{height}.npy", "strength": case["strength"]}
            np.save(folder / told["init"], picture(width, height))
        if case["mode"] == "mask":
            extra["mask_image"] = [Image.fromarray(mask(width, height))] * len(seeds)
            told["mask"] = f"mask-{width}x{height}.npy"
            np.save(folder / told["mask"], mask(width, height))
        if case["mode"] != "picture":
            extra |= dict(width=width, height=height)
        negative = [case["negative"]] * len(seeds) if case["negative"] else None
        images = pipe([PROMPT] * len(seeds), num_inference_steps=case["steps"], guidance_scale=case["guidance"], negative_prompt=negative,
                      generator=[torch.Generator().manual_seed(s) for s in seeds], output_type="np", callback_on_step_end=keep, **extra).images
        id = f"{number:02d}-{case['model']}-{case['mode']}-{(case['scheduler'] or 'own').replace('Scheduler', '').lower()}"
        np.save(folder / f"{id}.npy", (images * 255).round().astype(np.uint8))
        np.save(folder / f"{id}.latents.npy", np.stack(by_step).astype(np.float32))
        written.append({"id": id, "model": case["model"], "parts": case["parts"], "scheduler": case["scheduler"], "overrides": case["overrides"],
                        "steps": case["steps"], "guidanceScale": case["guidance"], "prompt": PROMPT, "negativePrompt": case["negative"],
                        "width": width, "height": height, "seeds": seeds, **told, "stepsRun": len(by_step)})
    text = json.dumps(written, separators=(",", ":"))
    (ROOT / "xl.json").write_text(text.replace('},{"id', '},\n{"id') + "\n")


def scheduler_cases():
    """(class, what differs from BETAS, steps, arguments of every step)"""
    made = [(TCD, {}, n, {"eta": 0.0}) for n in (1, 2, 4, 8, 50)] + [(TCD, {}, 4, {"eta": eta}) for eta in (0.3, 1.0)]
    made += [(TCD, {"prediction_type": kind, "original_inference_steps": 20}, 6, {"eta": 0.3}) for kind in ("sample", "v_prediction")]
    made += [(TCD, {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}, 4, {"eta": 0.0})]
    for n in (1, 2, 3, 4, 7, 20):
        made += [("PNDMScheduler", {"skip_prk_steps": True, "steps_offset": 1}, n, {}), ("DDPMScheduler", {"clip_sample": False}, n, {})]
    made += [("PNDMScheduler", {"skip_prk_steps": True, "set_alpha_to_one": True, "prediction_type": "v_prediction", "timestep_spacing": spacing}, 6, {})
             for spacing in ("linspace", "trailing")]
    made += [("DDPMScheduler", overrides, 6, {}) for overrides in (
        {"prediction_type": "v_prediction", "clip_sample": False, "variance_type": "fixed_large"}, {"prediction_type": "sample", "clip_sample": True},
        {"timestep_spacing": "trailing", "clip_sample": True, "clip_sample_range": 0.8}, {"timestep_spacing": "linspace", "clip_sample": False})]
    for spacing in ("linspace", "leading", "trailing"):
        made += [(UNIPC, {"timestep_spacing": spacing, "steps_offset": 1}, n, {}) for n in (1, 2, 3, 8, 20)]
    made += [(UNIPC, overrides, n, {}) for overrides, n in (
        ({"solver_type": "bh1", "final_sigmas_type": "sigma_min"}, 6), ({"solver_order": 1}, 6), ({"solver_order": 3}, 8),
        ({"solver_order": 3, "solver_type": "bh1", "final_sigmas_type": "sigma_min"}, 8),
        ({"use_karras_sigmas": True}, 6), ({"use_exponential_sigmas": True}, 6), ({"prediction_type": "v_prediction"}, 6),
        ({"prediction_type": "sample"}, 6), ({"final_sigmas_type": "sigma_min"}, 6), ({"disable_corrector": [0, 1]}, 6),
        ({"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}, 6),
        ({"use_karras_sigmas": True, "beta_schedule": "squaredcos_cap_v2"}, 24), ({"lower_order_final": False, "final_sigmas_type": "sigma_min"}, 6))]
    # Lightning: the step count that a checkpoint was distilled to, the first of them as `sample`
    made += [(EULER, {**TRAILING, "prediction_type": kind}, n, {}) for kind, n in (("sample", 1), ("epsilon", 2), ("epsilon", 4), ("epsilon", 8))]
    return made


def floats(tensor):
    return [float(f"{v:.9g}") for v in np.asarray(tensor, dtype=np.float64).ravel().tolist()]


def schedulers():
    written = []
    for name, overrides, steps, arguments in scheduler_cases():
        config = {**BETAS, **overrides}
        scheduler = CLASSES[name](**config)
        scheduler.set_timesteps(steps)
        generator, model = torch.Generator().manual_seed(7), torch.Generator().manual_seed(8)
        sample = torch.randn(1, 5, generator=model) * scheduler.init_noise_sigma
        case = {"scheduler": name, "config": {**config, **arguments}, "steps": steps, "timesteps": floats(scheduler.timesteps),
                "initNoiseSigma": float(scheduler.init_noise_sigma), "start": floats(sample), "outputs": [], "inputs": [], "samples": []}
        if steps <= 20:
            for t in scheduler.timesteps:
                scaled, answer = scheduler.scale_model_input(sample, t), torch.randn(1, 5, generator=model)
                named = {"generator": generator} if name in (TCD, EULER, "DDPMScheduler") else {}
                sample = scheduler.step(answer, t, sample, **arguments, **named).prev_sample
                for key, values in (("inputs", scaled), ("outputs", answer), ("samples", sample)):
                    case[key].append(floats(values))
        written.append(case)
    (ROOT / "xl-schedulers.json").write_text(json.dumps(written, separators=(",", ":")).replace('},{"s', '},\n{"s') + "\n")


def main():
    schedulers()
    models = {kind: ROOT / "models" / kind for kind in ("sdxl", "sdxl-float16")}
    for folder in [*models.values(), ROOT / "parts"]:
        shutil.rmtree(folder, ignore_errors=True)
    pipes = {kind: write_xl_folder(kind, folder) for kind, folder in models.items()}
    pipes |= {kind: pipeline(kind) for kind in ("sd-epsilon", "sd-v-prediction", "sd-float16", "lcm")}
    mean_encoder(pipes["sd-v-prediction"].vae)
    pictures(pipes, *write_parts(ROOT / "parts"))


if __name__ == "__main__":
    import warnings
    from transformers.utils import logging as transformers_logging
    from diffusers.utils import logging as diffusers_logging
    warnings.filterwarnings("ignore")
    transformers_logging.set_verbosity_error()
    diffusers_logging.set_verbosity_error()
    torch.set_num_threads(1)
    main()
