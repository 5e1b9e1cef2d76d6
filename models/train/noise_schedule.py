"""The noise schedule, the latent space and a small DDIM sampler.

A picture [N, 3, 64, 64] in -1..1 becomes latents [N, 12, 32, 32] by moving 2x2 pixels into channels, scaled to about
unit variance. Schedule: scaled-linear betas, rescaled to zero terminal SNR, so that the last timestep is pure noise
(Lin et al. 2023; as `rescale_zero_terminal_snr` in diffusers).
"""
import torch
import torch.nn.functional as F

BETA_START, BETA_END, STEPS = 0.00085, 0.012, 1000
LATENT_SCALE = 1.5


def alphas_and_sigmas():
    """Weights of signal and noise for each timestep: two [1000] tensors with alpha² + sigma² = 1."""
    betas = torch.linspace(BETA_START**0.5, BETA_END**0.5, STEPS) ** 2
    alpha = (1 - betas).cumprod(0).sqrt()
    alpha = (alpha - alpha[-1]) * alpha[0] / (alpha[0] - alpha[-1])
    return alpha, (1 - alpha**2).sqrt()


ALPHA, SIGMA = alphas_and_sigmas()


def to_latents(pictures):
    return F.pixel_unshuffle(pictures, 2) * LATENT_SCALE


def to_pictures(latents):
    return F.pixel_shuffle(latents / LATENT_SCALE, 2).clamp(-1, 1)


def trailing_timesteps(steps):
    return [round(STEPS - k * STEPS / steps) - 1 for k in range(steps)]


@torch.no_grad()
def sample(unet, text, empty, steps=6, guidance=1.5, seed=0, noise=None):
    """Text vectors [N, L, d] and those of the empty caption [1, L, d] -> pictures [N, 3, 64, 64] in -1..1.

    noise: the latents to start from [N, 12, 32, 32], instead of a seed.
    """
    n = len(text)
    x = torch.randn(n, 12, 32, 32, generator=torch.Generator().manual_seed(seed)) if noise is None else noise
    timesteps = trailing_timesteps(steps)
    for k, t in enumerate(timesteps):
        with torch.autocast("cpu", torch.bfloat16):
            both = unet(torch.cat([x, x]), torch.full((2 * n,), t), torch.cat([text, empty.expand(n, -1, -1)]))
        with_text, without = both.float().chunk(2)
        x0 = without + guidance * (with_text - without)
        noise = (x - ALPHA[t] * x0) / SIGMA[t]
        alpha, sigma = (ALPHA[timesteps[k + 1]], SIGMA[timesteps[k + 1]]) if k + 1 < steps else (1.0, 0.0)
        x = alpha * x0 + sigma * noise
    return to_pictures(x)
