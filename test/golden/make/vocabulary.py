"""A small byte-level BPE in CLIP's own files (vocab.json, merges.txt): 256 bytes, the same with </w>, some merges, two special tokens."""
import json
import tempfile
from collections import Counter
from pathlib import Path

import regex
from transformers import CLIPTokenizer

MAX_TOKENS = 20
START, END = "<|startoftext|>", "<|endoftext|>"
TEXT = """a photo of a red fox in the snow, high detail. a blue bicycle on a green hill at night. an old lighthouse by the sea, oil painting.
a cat, a dog, a bird and a fish. it's the year 1984! don't blur, low quality, watermark. ein roter Apfel auf einem grünen Teller, weiße Straße.
the quick brown fox jumps over the lazy dog. a castle under the stars, watercolour, soft light. a portrait of an astronaut riding a horse."""


def byte_symbols():
    """As GPT-2's and CLIP's bytes_to_unicode: a printable character for every byte."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table, extra = {byte: chr(byte) for byte in kept}, 0
    for byte in range(256):
        if byte not in table:
            table[byte], extra = chr(256 + extra), extra + 1
    return table


def train(merge_count=180):
    symbols = byte_symbols()
    words = Counter(regex.findall(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", TEXT.lower()))
    spelled = {tuple([symbols[b] for b in w.encode()][:-1] + [symbols[w.encode()[-1]] + "</w>"]): n for w, n in words.items()}
    merges = []
    while len(merges) < merge_count:
        pairs = Counter()
        for word, count in spelled.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        joined = {}
        for word, count in spelled.items():
            out, i = [], 0
            while i < len(word):
                if i + 1 < len(word) and (word[i], word[i + 1]) == best:
                    out.append(word[i] + word[i + 1])
                    i += 2
                else:
                    out.append(word[i])
                    i += 1
            joined[tuple(out)] = count
        spelled = joined
    base = list(symbols.values())
    tokens = base + [s + "</w>" for s in base] + ["".join(m) for m in merges] + [START, END]
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}, merges


def load_tokenizer(pad=None):
    vocabulary, merges = train()
    folder = Path(tempfile.mkdtemp())
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=MAX_TOKENS, pad_token=pad or END)
