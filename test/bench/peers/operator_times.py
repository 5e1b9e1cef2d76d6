"""Where the time of one UNet step and one decoding goes, by kind of operator: what bounds a comparison.

Reads {"kind": "eager" | "onnxruntime", "folder": model, "side": latents' side, "width": of the words} from standard input; answers with
{"unet": {kind of operator: ms}, "vae": the same, "gemm": GFLOP/s of a square matrix product, "conv": GFLOP/s of a 3×3 convolution}.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np

job = json.load(sys.stdin)
side, width = job["side"], job["width"]
noise = np.random.default_rng(0)
latents = noise.standard_normal((1, 4, side, side), np.float32)
words = noise.standard_normal((1, 77, width), np.float32)
GEMM, CONV_CHANNELS, CONV_SIDE, TIMES = 2048, 320, 64, 7
# The bare products that every peer's time is made of.
GEMM_FLOP = 2 * GEMM**3
CONV_FLOP = 2 * 9 * CONV_CHANNELS**2 * CONV_SIDE**2


def fastest(run):
    run()
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def eager():
    import torch
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from torch.profiler import ProfilerActivity, profile

    kinds = {"convolutions": ("conv",), "attention": ("scaled_dot_product", "softmax"), "matrix products": ("mm", "linear", "matmul")}

    def kind_of(name):
        return next((kind for kind, parts in kinds.items() if any(part in name for part in parts)), "the rest")

    def profiled(run):
        run()
        with profile(activities=[ProfilerActivity.CPU]) as watched:
            run()
        sums = Counter()
        for event in watched.key_averages():
            sums[kind_of(event.key)] += event.self_cpu_time_total / 1000
        return dict(sums)

    with torch.inference_mode():
        unet = UNet2DConditionModel.from_pretrained(os.path.join(job["folder"], "unet")).eval()
        inputs = torch.from_numpy(latents), torch.tensor(500.0), torch.from_numpy(words)
        answer = {"unet": profiled(lambda: unet(*inputs))}
        del unet
        vae = AutoencoderKL.from_pretrained(os.path.join(job["folder"], "vae")).eval()
        answer["vae"] = profiled(lambda: vae.decode(torch.from_numpy(latents)))
        a, b = torch.randn(GEMM, GEMM), torch.randn(GEMM, GEMM)
        answer["gemm"] = GEMM_FLOP / fastest(lambda: a @ b) / 1e9
        picture, kernel = torch.randn(1, CONV_CHANNELS, CONV_SIDE, CONV_SIDE), torch.randn(CONV_CHANNELS, CONV_CHANNELS, 3, 3)
        answer["conv"] = CONV_FLOP / fastest(lambda: torch.nn.functional.conv2d(picture, kernel, padding=1)) / 1e9
    return answer


def onnxruntime():
    import onnx
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper

    kinds = {"convolutions": ("Conv",), "attention": ("Softmax", "Attention"), "matrix products": ("MatMul", "Gemm")}

    def kind_of(name):
        return next((kind for kind, parts in kinds.items() if any(part in name for part in parts)), "the rest")

    def options():
        made = ort.SessionOptions()
        made.log_severity_level = 3
        made.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return made

    def profiled(part, feeds):
        with tempfile.TemporaryDirectory() as scratch:
            settings = options()
            settings.enable_profiling = True
            settings.profile_file_prefix = os.path.join(scratch, "profile")
            session = ort.InferenceSession(os.path.join(job["folder"], part, "model.onnx"), settings, providers=["CPUExecutionProvider"])
            session.run(None, feeds)
            between = time.perf_counter()
            session.run(None, feeds)
            took = time.perf_counter() - between
            with open(session.end_profiling(), encoding="utf8") as file:
                nodes = [event for event in json.load(file) if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")]
        sums = Counter()
        # The second run's: the later half of the events.
        for event in nodes[len(nodes) // 2 :]:
            sums[kind_of(event["args"]["op_name"])] += event["dur"] / 1000
        sums["the rest"] += max(0.0, 1000 * took - sum(sums.values()))
        return dict(sums)

    def single(node, weight, shape):
        """A graph of one operator with a constant."""
        graph = helper.make_graph([node], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], [numpy_helper.from_array(weight, "w")])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        session = ort.InferenceSession(model.SerializeToString(), options(), providers=["CPUExecutionProvider"])
        x = noise.standard_normal(shape, np.float32)
        return fastest(lambda: session.run(None, {"x": x}))

    answer = {"unet": profiled("unet", {"sample": latents, "timestep": np.array(500.0, np.float32), "encoder_hidden_states": words}),
              "vae": profiled("vae_decoder", {"latent_sample": latents})}
    square, kernel = (noise.standard_normal(shape, np.float32) for shape in ((GEMM, GEMM), (CONV_CHANNELS, CONV_CHANNELS, 3, 3)))
    answer["gemm"] = GEMM_FLOP / single(helper.make_node("MatMul", ["x", "w"], ["y"]), square, (GEMM, GEMM)) / 1e9
    convolution = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    answer["conv"] = CONV_FLOP / single(convolution, kernel, (1, CONV_CHANNELS, CONV_SIDE, CONV_SIDE)) / 1e9
    return answer


json.dump({"eager": eager, "onnxruntime": onnxruntime}[job["kind"]](), sys.stdout)
