"""Writes test/golden/fixtures/upscaler: two tiny graphs in the layout of an upscaler folder, and a picture enlarged by one of them.

x2 sharpens with a 5x5 convolution that sees black beyond the edge, as every convolution with zero padding does, and then
interpolates: a tile's cut edge shows, unless whoever puts tiles together leaves it out. x4 repeats every pixel four times each
way, so what it must give is known without running it.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

OUT = Path(__file__).parent.parent / "fixtures" / "upscaler"
SHARPEN = -np.ones((5, 5), np.float32) / 48
SHARPEN[2, 2] = 1.5


def graph(nodes, constants, factor):
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    upscaled = helper.make_tensor_value_info("upscaled", TensorProto.FLOAT, ["batch", 3, "height_out", "width_out"])
    scales = onnx.numpy_helper.from_array(np.array([1, 1, factor, factor], np.float32), "scales")
    made = helper.make_graph(nodes, f"x{factor}", [image], [upscaled], [scales, *constants])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="blitzbild")
    onnx.checker.check_model(model)
    return model


def sharpened_x2():
    kernel = np.zeros((3, 3, 5, 5), np.float32)
    for channel in range(3):
        kernel[channel, channel] = SHARPEN
    nodes = [
        helper.make_node("Conv", ["image", "kernel"], ["sharp"], pads=[2, 2, 2, 2]),
        helper.make_node("Resize", ["sharp", "", "scales"], ["upscaled"], mode="linear", coordinate_transformation_mode="half_pixel"),
    ]
    return graph(nodes, [onnx.numpy_helper.from_array(kernel, "kernel")], 2)


def repeated_x4():
    node = helper.make_node(
        "Resize", ["image", "", "scales"], ["upscaled"], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"
    )
    return graph([node], [], 4)


def expected_x2(pixels):
    """[height, width, 3] bytes -> [2 height, 2 width, 3] bytes, in numpy alone."""
    height, width, _ = pixels.shape
    padded = np.pad(pixels / 255, ((2, 2), (2, 2), (0, 0)))
    sharp = sum(SHARPEN[dy, dx] * padded[dy : dy + height, dx : dx + width] for dy in range(5) for dx in range(5))
    for axis in (0, 1):
        sharp = doubled(sharp, axis)
    return np.rint(np.clip(sharp, 0, 1) * 255).astype(np.uint8)


def doubled(values, axis):
    size = values.shape[axis]
    at = np.clip((np.arange(2 * size) + 0.5) / 2 - 0.5, 0, size - 1)
    low = np.floor(at).astype(int)
    share = (at - low).reshape([-1 if i == axis else 1 for i in range(3)])
    return np.take(values, low, axis) * (1 - share) + np.take(values, np.minimum(low + 1, size - 1), axis) * share


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    onnx.save(sharpened_x2(), OUT / "x2.onnx")
    onnx.save(repeated_x4(), OUT / "x4.onnx")
    manifest = {
        "name": "tiny",
        "title": "Tiny",
        "licence": "MIT",
        "domain": "tests",
        "factors": {"2": "x2.onnx", "4": "x4.onnx"},
        "tile": {"sizePx": 64, "overlapPx": 32},
    }
    (OUT / "blitzbild-upscaler.json").write_text(json.dumps(manifest, indent=2) + "\n")
    pixels = np.random.default_rng(1).integers(0, 256, (13, 21, 3), np.uint8)
    np.save(OUT / "picture.npy", pixels)
    np.save(OUT / "picture-x2.npy", expected_x2(pixels))


if __name__ == "__main__":
    main()
