"""Writes model.onnx and blitzbild-similarity.json: `picture` [B, 3, 64, 64] -> `embedding` [B, 192], weights stored in 16 bits, run in fp32.

usage: python similarity/export.py WORK FOLDER [THRESHOLD]   (in the folder models/train)
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from net import DEVIATION, DIMENSIONS, MEAN, SIDE, CopyDetector

OPSET = 17


def averaged_net(work):
    """The net with averaged weights, and the number of works it was trained on."""
    saved = torch.load(work / "similarity.pt", weights_only=True)
    net = CopyDetector(**saved["settings"])
    net.load_state_dict(saved["average"])
    return net.float().eval(), saved["samples"]


def store_in_sixteen_bits(path):
    """fp16 -> Cast; onnxruntime folds the nodes when it loads the model."""
    import onnx
    from onnx import helper, numpy_helper
    model = onnx.load(path)
    for weight in [w for w in model.graph.initializer if w.data_type == onnx.TensorProto.FLOAT]:
        values = numpy_helper.to_array(weight)
        if values.size < 256:
            continue
        name = weight.name
        model.graph.initializer.remove(weight)
        model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        model.graph.node.insert(0, helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def manifest(threshold):
    return {
        "name": "copies-64",
        "title": "Copy detector for drawings, 64 px",
        "licence": "Apache-2.0 AND MIT",
        "file": "model.onnx",
        "input": {"widthPx": SIDE, "heightPx": SIDE, "fit": "fill", "filter": "area", "mean": [MEAN] * 3, "std": [DEVIATION] * 3, "layout": "nchw"},
        "output": "embedding",
        "dimensions": DIMENSIONS,
        "threshold": threshold,
        "isFallback": True,
    }


if __name__ == "__main__":
    work, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    net, samples = averaged_net(work)
    path = str(folder / "model.onnx")
    example = torch.randn(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    torch.onnx.export(net, (example,), path, input_names=["picture"], output_names=["embedding"], opset_version=OPSET, dynamo=False,
                      dynamic_axes={"picture": {0: "batch"}, "embedding": {0: "batch"}})
    store_in_sixteen_bits(path)
    threshold = float(sys.argv[3]) if len(sys.argv) > 3 else json.loads((folder / "blitzbild-similarity.json").read_text())["threshold"]
    (folder / "blitzbild-similarity.json").write_text(json.dumps(manifest(threshold), indent=2) + "\n")
    exported = ort.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"picture": example.numpy()})[0]
    alike = (torch.from_numpy(exported) * net(example)).sum(1).min().item()
    print(f"{path}: {Path(path).stat().st_size / 1e6:.2f} MB, trained on {samples} works; at least {alike:.6f} alike to the net in torch")
