"""CLIP's tokenizer files with a small vocabulary of our own.

usage: python tokenizer.py FOLDER

Writes vocab.json, merges.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json.
"""
import json
import os
import random
import sys
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from captions import caption, wordless
from subjects import random_subject

START, END, LENGTH = "<|startoftext|>", "<|endoftext|>", 32
VOCABULARY = 2560
PATTERN = Regex(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")


def clip_like(model):
    """Puts CLIP's normalizing, splitting and framing around a BPE model."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(PATTERN, "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def byte_letters():
    """The 256 printable stand-ins for bytes, in CLIP's order: printable bytes first, then the shifted rest."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(b) for b in printable] + [chr(256 + k) for k in range(256 - len(printable))]


def train_tokenizer(texts):
    """Learns merges from texts; the vocabulary is laid out as CLIP's: bytes, bytes that end a word, merges, specials."""
    learner = clip_like(models.BPE(end_of_word_suffix="</w>"))
    letters = byte_letters()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY - 256 - 2, initial_alphabet=letters, end_of_word_suffix="</w>",
                                  show_progress=False)
    learner.train_from_iterator(texts, trainer)
    merges = [tuple(m) for m in json.loads(learner.to_str())["model"]["merges"]]
    words = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges] + [START, END]
    vocabulary = {word: k for k, word in enumerate(dict.fromkeys(words))}
    model = models.BPE(vocabulary, merges, unk_token=END, end_of_word_suffix="</w>", continuing_subword_prefix="")
    tokenizer = clip_like(model)
    tokenizer.add_special_tokens([START, END])
    tokenizer.post_processor = processors.RobertaProcessing(
        (END, vocabulary[END]), (START, vocabulary[START]), add_prefix_space=False, trim_offsets=False)
    return tokenizer, vocabulary, merges


def save(folder, tokenizer, vocabulary, merges):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write = lambda name, value: (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    tokenizer.save(str(folder / "tokenizer.json"))
    write("tokenizer_config.json", {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, "errors": "replace",
        "add_prefix_space": False, "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END})
    write("special_tokens_map.json", {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END})


def load(folder):
    """A tokenizer that pads and truncates to LENGTH ids: load(folder).encode_batch(texts)."""
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(length=LENGTH, pad_id=tokenizer.token_to_id(END), pad_token=END)
    return tokenizer


if __name__ == "__main__":
    rng = random.Random(1)
    texts = [caption(random_subject(rng), rng) for _ in range(60_000)] + [wordless(rng) for _ in range(2_000)]
    save(sys.argv[1], *train_tokenizer(texts))
    lengths = [len(e.tokens) for e in clip_like(Tokenizer.from_file(f"{sys.argv[1]}/tokenizer.json").model).encode_batch(texts)]
    print("vocabulary", VOCABULARY, "longest caption", max(lengths) + 2, "longer than", LENGTH, sum(n + 2 > LENGTH for n in lengths) / len(lengths))
