"""Half-precision versions of exports, as onnxconverter-common writes them."""

import copy

import numpy as np
from onnx import TensorProto, numpy_helper

from editing import node, replace_nodes

# Where a float16 stands for a float32's lowest number.
HALF_LOWEST = -10000.0


def half_tensor(value):
    if value.data_type == TensorProto.FLOAT:
        array = np.maximum(numpy_helper.to_array(value), HALF_LOWEST).astype(np.float16)
        value.CopyFrom(numpy_helper.from_array(array, value.name))


def half(model, keep_inputs):
    """All of a model in float16; `keep_inputs`: inputs and outputs stay float32, behind casts."""
    model = copy.deepcopy(model)
    graph = model.graph
    for value in graph.initializer:
        half_tensor(value)
    for item in graph.node:
        for attribute in item.attribute:
            if attribute.HasField("t"):
                half_tensor(attribute.t)
            if item.op_type == "Cast" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    floats = [
        value
        for value in [*graph.input, *graph.output]
        if value.type.tensor_type.elem_type == TensorProto.FLOAT
    ]
    if not keep_inputs:
        for value in floats:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
        return model
    before, after = [], []
    inputs = {value.name for value in graph.input}
    for value in floats:
        inner = f"{value.name}_half"
        for item in graph.node:
            names = item.input if value.name in inputs else item.output
            names[:] = [inner if name == value.name else name for name in names]
        if value.name in inputs:
            before.append(node("Cast", [value.name], [inner], to=TensorProto.FLOAT16))
        else:
            after.append(node("Cast", [inner], [value.name], to=TensorProto.FLOAT))
    replace_nodes(graph, [*before, *graph.node, *after])
    return model
