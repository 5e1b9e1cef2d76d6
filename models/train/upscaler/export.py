"""Writes x2.onnx and x4.onnx: `image` [B, 3, H, W] in 0..1 -> `upscaled`, weights stored in 16 bits, run in fp32.

usage: python upscaler/export.py WORK FOLDER
"""
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from checkpoint import averaged_net
from net import FACTORS, OneFactor

OPSET = 17
SMALLEST = 256  # elements; smaller weights stay as they are


def store_in_sixteen_bits(path):
    """fp16 -> Cast; onnxruntime folds the nodes when it loads the model."""
    model = onnx.load(path)
    graph = model.graph
    for weight in [w for w in graph.initializer if w.data_type == onnx.TensorProto.FLOAT]:
        values = numpy_helper.to_array(weight)
        if values.size < SMALLEST:
            continue
        name = weight.name
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        graph.node.insert(0, helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
    onnx.checker.check_model(model)
    onnx.save(model, path)


if __name__ == "__main__":
    work, folder = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    net, samples = averaged_net(work)
    for factor in FACTORS:
        path = folder / f"x{factor}.onnx"
        axes = {0: "batch", 2: "height", 3: "width"}
        torch.onnx.export(OneFactor(net, factor).eval(), (torch.rand(2, 3, 20, 24),), str(path), input_names=["image"],
                          output_names=["upscaled"], opset_version=OPSET, dynamo=False,
                          dynamic_axes={"image": axes, "upscaled": {0: "batch", 2: "upscaled_height", 3: "upscaled_width"}})
        store_in_sixteen_bits(str(path))
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, trained on {samples} samples")
