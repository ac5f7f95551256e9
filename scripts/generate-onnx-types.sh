#!/usr/bin/env bash
# Regenerates src/graph/onnx/onnx_pb.ts from the official onnx.proto.
# Needs Debian's protobuf-compiler (protoc) and libonnx-dev (the schema, ONNX 1.12, Apache-2.0).
set -euo pipefail
cd "$(dirname "$0")/.."
schema=${1:-/usr/include/onnx/onnx.proto}
protoc --proto_path="$(dirname "$schema")" \
  --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es \
  --es_out=src/graph/onnx --es_opt=target=ts,import_extension=js \
  "$(basename "$schema")"
