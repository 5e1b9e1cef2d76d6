"""The models as graphs: inputs and outputs as Optimum's ONNX exports have them."""

import torch


class TextOnly(torch.nn.Module):
    """input_ids [batch, 77] -> the outputs named, and every layer's hidden state where the model is SDXL."""

    def __init__(self, encoder, outputs, with_layers):
        super().__init__()
        self.encoder, self.outputs, self.with_layers = encoder, outputs, with_layers

    def forward(self, input_ids):
        made = self.encoder(input_ids, output_hidden_states=self.with_layers)
        return tuple(getattr(made, name) for name in self.outputs) + (tuple(made.hidden_states) if self.with_layers else ())


class UnetOnly(torch.nn.Module):
    """sample [batch, 4, h, w], timestep scalar, encoder_hidden_states [batch, 77, width], SDXL's two conditions -> out_sample."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, encoder_hidden_states, text_embeds=None, time_ids=None):
        added = None if text_embeds is None else {"text_embeds": text_embeds, "time_ids": time_ids}
        return self.unet(sample, timestep, encoder_hidden_states, added_cond_kwargs=added, return_dict=False)[0]


class DecoderOnly(torch.nn.Module):
    """latent_sample [batch, 4, h, w] -> sample [batch, 3, 8h, 8w] in -1 … 1."""

    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent_sample):
        return self.vae.decode(latent_sample, return_dict=False)[0]
