import { encodeModel } from './encode.js';
import {
  elementTypes,
  type Attribute,
  type Dimension,
  type ElementType,
  type ExternalData,
  type GraphNode,
  type Initializer,
  type ValueInfo,
} from './model.js';

/** A tensor in a graph, by its name. */
export type Value = string;

/** `Microsoft` for operators of ONNX Runtime's own set (com.microsoft). */
export type Domain = '' | 'com.microsoft';

/** Writes an ONNX graph operator by operator. Names are given out in order, so that a graph is the same each time. */
export class GraphBuilder {
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #outputNames = new Map<Value, string>();
  /** Small constants by their content: graphs need the same few again and again. */
  readonly #constants = new Map<string, Value>();

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /**
   * Gives an operator's result out under a name of its own, once. (ONNX gives results out by the names they have; an Identity
   * in between would copy them.)
   */
  output(name: string, value: Value, type: ElementType, shape: readonly Dimension[]): void {
    if (this.#outputNames.has(value)) throw new Error(`${value} is given out already`);
    this.#outputNames.set(value, name);
    this.#outputs.push({ name, type, shape });
  }

  /** One operator with one result. */
  add(
    operator: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Domain = '',
  ): Value {
    const [result] = this.addMany(operator, inputs, 1, attributes, domain);
    if (result === undefined) throw new Error(`${operator} has no result`);
    return result;
  }

  /** One operator with several results. */
  addMany(
    operator: string,
    inputs: readonly Value[],
    results: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain: Domain = '',
  ): Value[] {
    const outputs = Array.from({ length: results }, (_, index) => `${operator}.${this.#nodes.length}.${index}`);
    this.#nodes.push({ operator, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** Numbers in another type. */
  cast(value: Value, type: ElementType): Value {
    return this.add('Cast', [value], { to: BigInt(elementTypes[type]) });
  }

  /** Numbers inside the model; row-major. Without a shape a scalar's is taken. */
  floats(values: readonly number[] | Float32Array, shape: readonly number[] = []): Value {
    return this.#constant('float32', new Float32Array(values), shape);
  }

  /** 64-bit integers, the type of shapes, axes and indices. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    return this.#constant('int64', BigInt64Array.from(values, BigInt), shape);
  }

  bytes(type: 'uint8' | 'int8', values: readonly number[], shape: readonly number[] = []): Value {
    return this.#constant(
      type,
      Uint8Array.from(values, (value) => value & 0xff),
      shape,
    );
  }

  /** Numbers that lie in a file, or in memory given to the session under a file's name. */
  external(name: string, type: ElementType, shape: readonly number[], data: ExternalData): Value {
    this.#initializers.push({ name, type, shape, data });
    return name;
  }

  /** The model's bytes. */
  encode(): Uint8Array {
    const named = (value: Value): string => this.#outputNames.get(value) ?? value;
    return encodeModel({
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(named),
        outputs: node.outputs.map(named),
      })),
      initializers: this.#initializers,
    });
  }

  #constant(type: ElementType, values: ArrayBufferView, shape: readonly number[]): Value {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key = data.byteLength > 64 ? null : [type, shape.join('x'), data.join()].join();
    const known = key === null ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant.${this.#initializers.length}`;
    this.#initializers.push({ name, type, shape, data });
    if (key !== null) this.#constants.set(key, name);
    return name;
  }
}
