"""A tiny Z-Image with random weights, and its graphs in the two layouts that people publish.

`frames` is the older one (webnn/Z-Image-Turbo as first published): float32, latents [1, 16, 1, height, width], answer
`unified_results` [16, 1, height, width], captions and pictures padded to 32 tokens inside the graph. `plain` is the newer one:
float16, latents [1, 16, height, width], answer `sample`, nothing padded inside. Both answer with the negative of what a
flow-matching scheduler takes, as the transformer does.
"""
import json
import warnings

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
from diffusers.models.transformers.transformer_z_image import SEQ_MULTI_OF, TimestepEmbedder
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2TokenizerFast, Qwen3Config, Qwen3Model

from vocabulary import TEXT

warnings.filterwarnings("ignore")
CHANNELS, TEXT_WIDTH, WIDTH, HEADS, AXES = 16, 24, 32, 2, [4, 6, 6]
SHIFT, SCALING, OFFSET = 3.0, 0.3611, 0.1159
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# What Qwen3's template comes to for one message of a user: the thinking block is only written where thinking is switched off.
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% if enable_thinking is false %}"
            "{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}")


def make_tokenizer():
    """Byte-level BPE in the shape of Qwen2's tokenizer.json, trained on a few lines."""
    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.NFC()
    bpe.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(WORDS), "isolated"),
                                                 pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator([TEXT, "user\nassistant\n"], trainers.BpeTrainer(
        vocab_size=420, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    bpe.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    return Qwen2TokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token=None, bos_token=None,
                              model_max_length=131072, chat_template=TEMPLATE)


def make_transformer(seed, loudness):
    torch.manual_seed(seed)
    transformer = ZImageTransformer2DModel(in_channels=CHANNELS, dim=WIDTH, n_layers=2, n_refiner_layers=1, n_heads=HEADS, n_kv_heads=HEADS,
                                           cap_feat_dim=TEXT_WIDTH, axes_dims=AXES, axes_lens=[640, 64, 64])
    transformer.t_embedder = TimestepEmbedder(WIDTH, mid_size=WIDTH)  # the usual middle of 1024 alone is more than all the rest
    with torch.no_grad():
        for name, parameter in transformer.named_parameters():
            if "pad_token" in name:
                parameter.normal_()
            elif "norm" in name and parameter.dim() == 1:
                parameter.uniform_(0.5, 1.5)
            elif parameter.dim() == 2:
                parameter.normal_(std=loudness * (2 if "adaLN" in name or "to_" in name else 1.2) / parameter.shape[1] ** 0.5)
            else:
                parameter.normal_(std=0.2)
    return transformer.eval()


def make_text_encoder(seed, tokenizer):
    torch.manual_seed(seed)
    encoder = Qwen3Model(Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=TEXT_WIDTH, intermediate_size=40, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=600, rope_theta=1000000.0, attn_implementation="eager",
        pad_token_id=tokenizer.pad_token_id))
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            parameter.normal_(std=1.5 / parameter.shape[-1] ** 0.5 if parameter.dim() == 2 else 0.3)
            if "norm" in name:
                parameter += 1
        encoder.embed_tokens.weight.normal_()
    return encoder.eval()


def make_vae(seed, contrast):
    torch.manual_seed(seed)
    vae = AutoencoderKL(latent_channels=CHANNELS, block_out_channels=(4, 4, 8, 8), layers_per_block=1, norm_num_groups=2, sample_size=64,
                        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, scaling_factor=SCALING,
                        shift_factor=OFFSET, use_quant_conv=False, use_post_quant_conv=False, mid_block_add_attention=False).eval()
    with torch.no_grad():
        out = vae.decode(torch.randn(8, CHANNELS, 8, 8) / SCALING + OFFSET).sample
        vae.decoder.conv_out.weight *= contrast / out.std()
        vae.decoder.conv_out.bias.zero_()
        mean, logvar = vae.encode(torch.rand(8, 3, 64, 64) * 2 - 1).latent_dist.parameters.chunk(2, dim=1)
        gain = torch.cat([torch.full((CHANNELS,), 1 / SCALING) / mean.std(), 1 / logvar.std().repeat(CHANNELS)])
        vae.encoder.conv_out.weight *= gain.view(-1, 1, 1, 1)
        vae.encoder.conv_out.bias *= gain
    return vae


def make_pipeline(seed=5, loudness=1, contrast=0.5):
    """Loud weights, so that a fault shows in the picture."""
    tokenizer = make_tokenizer()
    return ZImagePipeline(scheduler=FlowMatchEulerDiscreteScheduler(shift=SHIFT), vae=make_vae(seed, contrast), tokenizer=tokenizer,
                          text_encoder=make_text_encoder(seed, tokenizer), transformer=make_transformer(seed, loudness))


class Transformer(torch.nn.Module):
    """ZImageTransformer2DModel for one picture, with real numbers in the rotations: ONNX has no complex ones."""

    def __init__(self, model, pads):
        super().__init__()
        self.model, self.pads = model, pads
        tables = [torch.view_as_real(table) for table in model.rope_embedder.precompute_freqs_cis(AXES, model.axes_lens, model.rope_theta)]
        for axis, table in enumerate(tables):
            self.register_buffer(f"table_{axis}", table)

    def rotations(self, ids):
        return torch.cat([table[ids[:, axis]] for axis, table in enumerate((self.table_0, self.table_1, self.table_2))], dim=1)

    @staticmethod
    def rotate(x, rotations):
        pairs = x.unflatten(-1, (-1, 2))
        cos, sin = rotations[None, :, None, :, 0], rotations[None, :, None, :, 1]
        a, b = pairs[..., 0], pairs[..., 1]
        return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(3)

    def attend(self, attention, x, rotations):
        query, key, value = (layer(x).unflatten(-1, (HEADS, -1)) for layer in (attention.to_q, attention.to_k, attention.to_v))
        query, key = self.rotate(attention.norm_q(query), rotations), self.rotate(attention.norm_k(key), rotations)
        scores = torch.einsum("bqhd,bkhd->bhqk", query, key) / (WIDTH / HEADS) ** 0.5
        return attention.to_out[0](torch.einsum("bhqk,bkhd->bqhd", scores.softmax(-1), value).flatten(2))

    def block(self, block, x, rotations, time):
        if not block.modulation:
            x = x + block.attention_norm2(self.attend(block.attention, block.attention_norm1(x), rotations))
            return x + block.ffn_norm2(block.feed_forward(block.ffn_norm1(x)))
        scale, gate, scale_mlp, gate_mlp = block.adaLN_modulation(time).unsqueeze(1).chunk(4, dim=2)
        x = x + gate.tanh() * block.attention_norm2(self.attend(block.attention, block.attention_norm1(x) * (1 + scale), rotations))
        return x + gate_mlp.tanh() * block.ffn_norm2(block.feed_forward(block.ffn_norm1(x) * (1 + scale_mlp)))

    def forward(self, hidden_states, timestep, encoder_hidden_states):
        model = self.model
        has_frames = hidden_states.dim() == 5
        latents = hidden_states[0, :, 0] if has_frames else hidden_states[0]
        rows, columns, words = latents.shape[1] // 2, latents.shape[2] // 2, encoder_hidden_states.shape[1]
        time = model.t_embedder(timestep * model.t_scale)
        tokens = latents.view(CHANNELS, rows, 2, columns, 2).permute(1, 3, 2, 4, 0).reshape(1, rows * columns, 4 * CHANNELS)
        image = model.all_x_embedder["2-1"](tokens)
        caption = model.cap_embedder(encoder_hidden_states)
        row_ids = torch.arange(rows)[:, None].expand(rows, columns).reshape(-1)
        column_ids = torch.arange(columns)[None, :].expand(rows, columns).reshape(-1)
        caption_fill = (SEQ_MULTI_OF - words % SEQ_MULTI_OF) % SEQ_MULTI_OF if self.pads else 0
        image_ids = torch.stack([torch.zeros_like(row_ids) + (words + caption_fill + 1), row_ids, column_ids], dim=1)
        caption_places = torch.arange(1, words + caption_fill + 1)
        caption_ids = torch.stack([caption_places, torch.zeros_like(caption_places), torch.zeros_like(caption_places)], dim=1)
        if self.pads:
            image_fill = (SEQ_MULTI_OF - (rows * columns) % SEQ_MULTI_OF) % SEQ_MULTI_OF
            image = torch.cat([image, model.x_pad_token[None].expand(1, image_fill, WIDTH)], dim=1)
            image_ids = torch.cat([image_ids, torch.zeros(1, 3, dtype=torch.int64).expand(image_fill, 3)])
            caption = torch.cat([caption, model.cap_pad_token[None].expand(1, caption_fill, WIDTH)], dim=1)
        image_turns, caption_turns = self.rotations(image_ids), self.rotations(caption_ids)
        for layer in model.noise_refiner:
            image = self.block(layer, image, image_turns, time)
        for layer in model.context_refiner:
            caption = self.block(layer, caption, caption_turns, None)
        x, turns = torch.cat([image, caption], dim=1), torch.cat([image_turns, caption_turns])
        for layer in model.layers:
            x = self.block(layer, x, turns, time)
        x = model.all_final_layer["2-1"](x, time)[0, :rows * columns]
        made = x.view(rows, columns, 2, 2, CHANNELS).permute(4, 0, 2, 1, 3).reshape(CHANNELS, rows * 2, columns * 2)
        return made[:, None] if has_frames else made[None]


class TextEncoder(torch.nn.Module):
    """Qwen3 up to where its last layer begins: `hidden_states[-2]`."""

    def __init__(self, model):
        super().__init__()
        self.model, self.config = model, model.config

    def rotate(self, x, cos, sin):
        half = self.config.head_dim // 2
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], dim=-1) * sin

    def forward(self, input_ids, attention_mask):
        config, count = self.config, input_ids.shape[1]
        x = self.model.embed_tokens(input_ids)
        angles = torch.arange(count).float()[:, None] * self.model.rotary_emb.inv_freq[None]
        cos, sin = torch.cat([angles, angles], -1).cos()[None, None], torch.cat([angles, angles], -1).sin()[None, None]
        places = torch.arange(count)
        is_seen = (places[None, :] <= places[:, None])[None, None] & (attention_mask[:, None, None, :] > 0)
        for layer in self.model.layers[:-1]:
            attention, normed = layer.self_attn, layer.input_layernorm(x)
            query = attention.q_norm(attention.q_proj(normed).unflatten(-1, (-1, config.head_dim))).transpose(1, 2)
            key = attention.k_norm(attention.k_proj(normed).unflatten(-1, (-1, config.head_dim))).transpose(1, 2)
            value = attention.v_proj(normed).unflatten(-1, (-1, config.head_dim)).transpose(1, 2)
            groups = config.num_attention_heads // config.num_key_value_heads
            query, key = self.rotate(query, cos, sin), self.rotate(key, cos, sin)
            key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
            scores = query @ key.transpose(2, 3) / config.head_dim ** 0.5
            made = (scores + torch.where(is_seen, 0.0, -1e9)).softmax(-1) @ value
            x = x + attention.o_proj(made.transpose(1, 2).flatten(2))
            x = x + layer.mlp(layer.post_attention_layernorm(x))
        return x


def write_configuration(pipe, root):
    """What a Diffusers folder has beside its graphs. The published folders come without."""
    for part, name in ((pipe.scheduler, "scheduler"), (pipe.transformer, "transformer"), (pipe.vae, "vae")):
        part.save_config(root / name)
    (root / "model_index.json").write_text(json.dumps({"_class_name": "ZImagePipeline", "_diffusers_version": "0.36.0"}, indent=2) + "\n")
