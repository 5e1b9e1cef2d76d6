"""One of the peers, which draws what it is told until its standard input ends.

First line in: {"kind": "eager" | "compiled" | "onnxruntime", "folder": model, "device": "cpu" | "cuda", "threads": n}; answer: {"load_ms"}.
Every further line: {"prompt", "seed", "noise": file of float32 [count, 4, height/8, width/8], "width", "height", "steps", "guidance",
"count", "out": file for the pictures, uint8 [count, height, width, 3]}; answer: {"text_ms", "denoise_ms", "decode_ms", "total_ms"}, of all
pictures together. Picture i has seed + i.
"""

import json
import os
import sys
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
if hasattr(os, "nice"):
    os.nice(5)  # as Blitzbild's engine, so that other work on the machine slows down all alike

setup = json.loads(sys.stdin.readline())
started = time.perf_counter()
if setup["kind"] == "onnxruntime":
    from onnxruntime_peer import open_peer
else:
    from diffusers_peer import open_peer
imported = time.perf_counter()
draw = open_peer(setup)
print(json.dumps({"load_ms": 1000 * (time.perf_counter() - imported), "import_ms": 1000 * (imported - started)}), flush=True)

for line in sys.stdin:
    job = json.loads(line)
    pictures, stamps = draw(job)
    pictures.tofile(job["out"])
    text, denoise, decode = (1000 * (end - start) for start, end in zip(stamps, stamps[1:]))
    answer = {"text_ms": text, "denoise_ms": denoise, "decode_ms": decode, "total_ms": text + denoise + decode}
    print(json.dumps(answer), flush=True)
