"""Stores the weights of an ONNX graph as int8 with one scale a row: int8 -> Cast -> Mul, then everything runs in fp32.

onnxruntime folds the two nodes when it loads the model, so the picture takes no longer; the file is a quarter.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper

SMALLEST = 2048   # elements; smaller weights stay as they are


def output_axis(node, index):
    """The axis of a weight that counts the outputs of its node; scales run along it."""
    if node.op_type == "MatMul" and index == 1:
        return -1
    if node.op_type == "Gemm" and index == 1:
        return 0 if any(a.name == "transB" and a.i for a in node.attribute) else -1
    return 0


def store_in_eight_bits(path):
    model = onnx.load(path)
    graph = model.graph
    axis_of = {name: output_axis(node, k) for node in graph.node for k, name in enumerate(node.input)}
    nodes = []
    for weight in [w for w in graph.initializer if w.data_type == onnx.TensorProto.FLOAT]:
        values = numpy_helper.to_array(weight)
        if values.size < SMALLEST or values.ndim < 2:
            continue
        axis = axis_of[weight.name] % values.ndim
        others = tuple(k for k in range(values.ndim) if k != axis)
        scale = np.maximum(np.abs(values).max(axis=others, keepdims=True), 1e-8) / 127
        whole = np.round(values / scale).astype(np.int8)
        name = weight.name
        graph.initializer.remove(weight)
        graph.initializer.extend([numpy_helper.from_array(whole, name + "_int8"),
                                  numpy_helper.from_array(scale.astype(np.float32), name + "_scale")])
        nodes += [helper.make_node("Cast", [name + "_int8"], [name + "_float"], to=onnx.TensorProto.FLOAT),
                  helper.make_node("Mul", [name + "_float", name + "_scale"], [name])]
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, path)
