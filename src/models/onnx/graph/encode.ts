import { PbfWriter } from 'pbf';
import { match, P } from 'ts-pattern';
import {
  elementTypes,
  type Attribute,
  type ExternalData,
  type Graph,
  type GraphNode,
  type Initializer,
  type ValueInfo,
} from './model.js';

/** Versions of the operator sets that graphs are written in: the standard one and ONNX Runtime's own. */
const operatorSets = { '': 21, 'com.microsoft': 1 } as const;
const irVersion = 10;

/** The bytes of an ONNX model. Field numbers are those of onnx.proto. */
export function encodeModel(graph: Graph): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, irVersion);
  writer.writeMessage(7, writeGraph, graph);
  for (const [domain, version] of Object.entries(operatorSets)) {
    writer.writeMessage(8, writeOperatorSet, { domain, version });
  }
  return writer.finish();
}

function writeOperatorSet(set: { readonly domain: string; readonly version: number }, writer: PbfWriter): void {
  writer.writeStringField(1, set.domain);
  writer.writeVarintField(2, set.version);
}

function writeGraph(graph: Graph, writer: PbfWriter): void {
  for (const node of graph.nodes) writer.writeMessage(1, writeNode, node);
  writer.writeStringField(2, 'samplewire');
  for (const initializer of graph.initializers) writer.writeMessage(5, writeInitializer, initializer);
  for (const input of graph.inputs) writer.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) writer.writeMessage(12, writeValueInfo, output);
}

function writeNode(node: GraphNode, writer: PbfWriter): void {
  for (const input of node.inputs) writer.writeStringField(1, input);
  for (const output of node.outputs) writer.writeStringField(2, output);
  writer.writeStringField(4, node.operator);
  for (const attribute of Object.entries(node.attributes)) writer.writeMessage(5, writeAttribute, attribute);
  writer.writeStringField(7, node.domain);
}

const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

function writeAttribute([name, attribute]: readonly [string, Attribute], writer: PbfWriter): void {
  writer.writeStringField(1, name);
  const type = match(attribute)
    .returnType<keyof typeof attributeTypes>()
    .with(P.number, (value) => (writer.writeFloatField(2, value), 'float'))
    .with(P.bigint, (value) => (writer.writeVarintField(3, Number(value)), 'int'))
    .with(P.string, (value) => (writer.writeBytesField(4, new TextEncoder().encode(value)), 'string'))
    .otherwise((values) => {
      for (const value of values) writer.writeVarintField(8, Number(value));
      return 'ints';
    });
  writer.writeVarintField(20, attributeTypes[type]);
}

function writeInitializer({ name, type, shape, data }: Initializer, writer: PbfWriter): void {
  for (const size of shape) writer.writeVarintField(1, size);
  writer.writeVarintField(2, elementTypes[type]);
  writer.writeStringField(8, name);
  if (data instanceof Uint8Array) writer.writeBytesField(9, data);
  else writeExternal(data, writer);
}

function writeExternal({ location, offset, length }: ExternalData, writer: PbfWriter): void {
  for (const entry of Object.entries({ location, offset: String(offset), length: String(length) })) {
    writer.writeMessage(13, writeEntry, entry);
  }
  const external = 1;
  writer.writeVarintField(14, external);
}

function writeEntry([key, value]: readonly [string, string], writer: PbfWriter): void {
  writer.writeStringField(1, key);
  writer.writeStringField(2, value);
}

function writeValueInfo({ name, ...tensor }: ValueInfo, writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeMessage(2, (info, type) => type.writeMessage(1, writeTensorType, info), tensor);
}

function writeTensorType({ type, shape }: Omit<ValueInfo, 'name'>, writer: PbfWriter): void {
  writer.writeVarintField(1, elementTypes[type]);
  writer.writeMessage(2, writeShape, shape);
}

function writeShape(shape: ValueInfo['shape'], writer: PbfWriter): void {
  for (const size of shape) {
    writer.writeMessage(
      1,
      (_, dimension) => {
        if (typeof size === 'number') dimension.writeVarintField(1, size);
        else dimension.writeStringField(2, size);
      },
      size,
    );
  }
}
