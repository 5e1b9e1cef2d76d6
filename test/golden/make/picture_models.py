"""Writes test/golden/fixtures/picture-models: two tiny folders with networks that look at pictures, and what PIL and onnxruntime make of pictures.

`similarity` is a seeded convolution whose weights mean nothing; it has its own input in the manifest. `classifier` says whether a picture is
mostly red, in the layout of an exported image classifier (preprocessor_config.json, config.json). `resized` holds pictures as PIL resizes them.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

OUT = Path(__file__).parent.parent / "fixtures" / "picture-models"
SIDE, DIMENSIONS = 16, 12
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
FILTERS = {"area": None, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
SIZES = [(61, 40), (23, 19), (40, 90), (128, 96), (300, 7)]  # width, height


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def model(name, nodes, constants, output, numbers):
    picture = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    answer = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", numbers])
    graph = helper.make_graph(nodes, name, [picture], [answer], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="blitzbild")
    onnx.checker.check_model(made)
    return made


def embedding():
    weights = np.random.default_rng(3)
    nodes = [
        helper.make_node("Conv", ["pixel_values", "kernel"], ["maps"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["maps"], ["bright"]),
        helper.make_node("GlobalAveragePool", ["bright"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "mixing"], ["embedding"]),
    ]
    constants = [constant("kernel", weights.normal(size=(24, 3, 3, 3))), constant("mixing", weights.normal(size=(24, DIMENSIONS)))]
    return model("similarity", nodes, constants, "embedding", DIMENSIONS)


def mostly_red():
    """Logits of [other, mostly red]: the mean of red against that of the other two, in the numbers of the preprocessor (mean and std 0.5)."""
    nodes = [
        helper.make_node("ReduceMean", ["pixel_values"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["means", "weights", "bias"], ["logits"]),
    ]
    return model("classifier", nodes, [constant("weights", [[0, 8], [0, -4], [0, -4]]), constant("bias", [0, -4])], "logits", 2)


def pictures():
    """Name -> [height, width, 3] bytes: noise over a slope, and one that is mostly red."""
    rng = np.random.default_rng(5)
    out = {}
    for width, height in SIZES:
        y, x = np.mgrid[0:height, 0:width]
        slope = np.stack([255 * x / width, 255 * y / height, 255 * (1 - x / width)], -1)
        out[f"{width}x{height}"] = np.clip(slope + rng.normal(0, 40, (height, width, 3)), 0, 255).astype(np.uint8)
    red = rng.integers(0, 60, (30, 50, 3), np.uint8)
    red[..., 0] += 190
    return {**out, "red": red}


def covered(width, height, share):
    """The largest middle part of the shape of a square, and `share` of it."""
    side = min(width, height) * share
    return ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)


def averaged(pixels, width, height, box):
    """The mean over the exact area of every pixel of the result, by differences of cumulative sums. PIL's BOX takes whole pixels."""
    left, top, right, bottom = box
    for axis, (low, high, count) in enumerate(((top, bottom, height), (left, right, width))):
        edges = low + (high - low) * np.arange(count + 1) / count
        sums = np.concatenate([np.zeros_like(pixels[:1] if axis == 0 else pixels[:, :1], float), np.cumsum(pixels, axis, float)], axis)
        whole = np.minimum(np.floor(edges).astype(int), pixels.shape[axis] - 1)
        share = (edges - whole).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        at_edges = np.take(sums, whole, axis) * (1 - share) + np.take(sums, whole + 1, axis) * share
        pixels = np.diff(at_edges, axis=axis) / np.diff(edges).reshape(share.shape[0] - 1 if axis == 0 else 1, -1 if axis else 1, 1)
    return np.floor(pixels + 0.5).clip(0, 255).astype(np.uint8)


def resized(pixels, width, height, filter, box=None):
    box = box or (0, 0, pixels.shape[1], pixels.shape[0])
    if filter == "area":
        return averaged(pixels, width, height, box)
    return np.asarray(Image.fromarray(pixels).resize((width, height), FILTERS[filter], box=box))


def run(path, made_ready):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"pixel_values": made_ready.transpose(2, 0, 1)[None].astype(np.float32)})[0][0].astype(np.float64)


def main():
    for folder in ("similarity", "classifier/onnx", "resized"):
        (OUT / folder).mkdir(parents=True, exist_ok=True)
    onnx.save(embedding(), OUT / "similarity" / "model.onnx")
    onnx.save(mostly_red(), OUT / "classifier" / "onnx" / "model.onnx")
    write("similarity/blitzbild-similarity.json", {
        "name": "tiny-copies", "title": "Tiny, untrained", "licence": "MIT", "file": "model.onnx",
        "input": {"widthPx": SIDE, "heightPx": SIDE, "filter": "area", "mean": MEAN, "std": DEVIATION},
        "dimensions": DIMENSIONS, "threshold": 0.9,
    })
    write("classifier/blitzbild-classifier.json", {
        "name": "tiny-red", "title": "Mostly red or not", "licence": "MIT", "file": "onnx/model.onnx", "label": "mostly red", "threshold": 0.5,
    })
    write("classifier/preprocessor_config.json", {
        "do_resize": True, "size": {"height": 12, "width": 20}, "resample": 2, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    })
    write("classifier/config.json", {"id2label": {"0": "other", "1": "mostly red"}})
    cases = []
    for name, pixels in pictures().items():
        np.save(OUT / "resized" / f"{name}.npy", pixels)
        height, width, _ = pixels.shape
        for filter in FILTERS:
            for fit, box in (("fill", None), ("cover", covered(width, height, 0.875))):
                small = resized(pixels, SIDE, 12 if fit == "fill" else SIDE, filter, box)
                np.save(OUT / "resized" / f"{name}-{filter}-{fit}.npy", small)
        small = resized(pixels, SIDE, SIDE, "area")
        vector = run(OUT / "similarity" / "model.onnx", (small / 255 - MEAN) / DEVIATION)
        small = resized(pixels, 20, 12, "bilinear")
        logits = run(OUT / "classifier" / "onnx" / "model.onnx", (small / 255 - 0.5) / 0.5)
        powers = np.exp(logits - logits.max())
        cases.append({"name": name, "vector": (vector / np.linalg.norm(vector)).round(7).tolist(), "red": round(float(powers[1] / powers.sum()), 7)})
    write("answers.json", cases)


def write(name, json_value):
    (OUT / name).write_text(json.dumps(json_value, indent=2) + "\n")


if __name__ == "__main__":
    main()
