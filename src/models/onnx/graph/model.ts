/** The part of the ONNX format (onnx.proto, IR version 10) that networks written here need, as plain values. */

/** Number types by their names in ONNX Runtime, with their codes in `TensorProto.DataType`. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;

export type ElementType = keyof typeof elementTypes;

/** A size, or the name of one that is known when the graph runs. */
export type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** Numbers of a graph: inside the model, or a range of bytes of a file that the session finds by its `location`. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | ExternalData;
}

export interface ExternalData {
  /** File name, looked for in the session's folder of external data, or among those given to the session. */
  readonly location: string;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
}

/** A number is a float, a bigint an integer. */
export type Attribute = number | bigint | string | readonly bigint[];

export interface GraphNode {
  readonly operator: string;
  /** `''` for the standard operators. */
  readonly domain: string;
  /** `''` for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
}
