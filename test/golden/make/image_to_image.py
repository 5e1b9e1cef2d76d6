"""Pictures that start from a picture: what diffusers' two image-to-image pipelines make with the tiny models."""
import shutil
from types import SimpleNamespace

import numpy as np
import torch
from diffusers import LatentConsistencyModelImg2ImgPipeline, StableDiffusionImg2ImgPipeline
from PIL import Image

PROMPT, NEGATIVE = "a photo of a red fox in the snow", "blur, low quality"


def cases():
    """(model, scheduler class or None = the folder's own, overrides, steps, strength, guidance, negative, width, height, seeds)"""
    euler, ancestral, ddim, dpm = "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler"
    made = [("sd-epsilon", None, {}, 8, 0.5, 4.0, NEGATIVE, 32, 32, [42]), ("sd-epsilon", None, {}, 6, 0.5, 1.0, None, 40, 24, [1, 2, 3]),
            ("sd-epsilon", None, {}, 10, 0.29, 4.0, None, 32, 32, [42])]  # 10 · 0.29 is cut to 2 steps
    for name in (euler, ancestral, ddim, dpm):
        for spacing, strength in (("leading", 0.3), ("linspace", 0.75), ("trailing", 1.0)):
            made.append(("sd-epsilon", name, {"timestep_spacing": spacing}, 8, strength, 4.0, NEGATIVE, 32, 32, [42]))
    made += [("sd-epsilon", dpm, {"use_karras_sigmas": True}, 8, 0.6, 4.0, None, 24, 40, [5, 6]),
             ("sd-epsilon", dpm, {"solver_order": 3}, 16, 0.5, 4.0, None, 32, 32, [42]),
             ("sd-epsilon", dpm, {"algorithm_type": "sde-dpmsolver++"}, 8, 0.5, 4.0, None, 32, 32, [42]),
             ("sd-epsilon", euler, {"use_karras_sigmas": True}, 6, 0.5, 4.0, None, 32, 32, [42]),
             ("sd-epsilon", "LCMScheduler", {}, 6, 0.5, 1.0, None, 32, 32, [42])]  # sliced as any other scheduler by this pipeline
    made += [("sd-v-prediction", name, {}, 8, strength, 2.5, None, 32, 32, [42]) for name in (None, euler, dpm) for strength in (0.4, 1.0)]
    made += [("lcm", None, {}, 4, strength, 8.5, None, 32, 32, [42]) for strength in (0.3, 0.8, 1.0)]
    made += [("lcm", None, {}, 6, 0.55, 5.0, None, 40, 24, [20, 21, 22]), ("lcm", None, {}, 1, 0.5, 8.5, None, 32, 32, [4]),
             ("sd-float16", None, {}, 6, 0.5, 2.0, NEGATIVE, 32, 32, [42])]
    return made


def picture(width, height):
    """Slopes of colour, a disc and some noise, from a seed: uint8 [height, width, 3]."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([255 * x / width, 255 * y / height, 255 * (x + y) / (width + height)], axis=-1)
    pixels[(x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(width, height) / 4) ** 2] = (240, 60, 20)
    pixels += np.random.default_rng(width * 1000 + height).normal(0, 12, pixels.shape)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def pipeline_of(pipe, kind, scheduler):
    """The image-to-image pipeline with the parts of `pipe`; its constructor corrects the scheduler's configuration as `pipe`'s did."""
    parts = {**pipe.components, "scheduler": scheduler}
    cls = LatentConsistencyModelImg2ImgPipeline if kind == "lcm" else StableDiffusionImg2ImgPipeline
    made = cls(**parts, requires_safety_checker=False)
    made.set_progress_bar_config(disable=True)
    return made


@torch.no_grad()
def varied_pictures(pipes, classes, folder):
    """Writes the pictures and returns what image-to-image.json says of them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # The one folder whose encoder gives latents and no distribution: diffusers takes such latents as they are.
    vae = pipes["sd-v-prediction"].vae
    encode = vae.encode
    vae.encode = lambda sample: SimpleNamespace(latents=encode(sample).latent_dist.mode())
    written = []
    for number, (kind, name, overrides, steps, strength, guidance, negative, width, height, seeds) in enumerate(cases()):
        pipe = pipes[kind]
        cls = classes[name] if name else type(pipe.scheduler)
        pipe = pipeline_of(pipe, kind, cls.from_config(pipe.scheduler.config, **overrides))
        init = f"from-{width}x{height}.npy"
        np.save(folder / init, picture(width, height))
        by_step = []

        def keep(_pipe, _step, _t, values):
            by_step.append(values["latents"].float().numpy().copy())
            return values

        extra = {} if kind == "lcm" else {"negative_prompt": [negative] * len(seeds) if negative else None}
        images = pipe([PROMPT] * len(seeds), image=[Image.fromarray(picture(width, height))] * len(seeds), strength=strength,
                      num_inference_steps=steps, guidance_scale=guidance, generator=[torch.Generator().manual_seed(s) for s in seeds],
                      output_type="np", callback_on_step_end=keep, **extra).images
        id = f"{number:02d}-{kind}-{(name or 'own').replace('Scheduler', '').lower()}"
        np.save(folder / f"{id}.npy", (images * 255).round().astype(np.uint8))
        np.save(folder / f"{id}.latents.npy", np.stack(by_step).astype(np.float32))
        written.append({"id": id, "model": kind, "scheduler": name, "overrides": overrides, "steps": steps, "guidanceScale": guidance,
                        "prompt": PROMPT, "negativePrompt": negative, "width": width, "height": height, "seeds": seeds,
                        "init": init, "strength": strength, "stepsRun": len(by_step)})
    vae.encode = encode
    return written
