/** Encodes a program as an ONNX model: one ONNX node for each node of the graph. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts';
import { named, type Program } from './program.ts';
import {
  constant,
  type ElementType,
  elementTypeOf,
  type LoopBody,
  type Node,
  type OperatorName,
  type Operators,
  staticShape,
  type Tensor,
  type TensorType,
  valuesOf,
} from './tensor.ts';
import { dependents, nodesInOrder } from './traversal.ts';

const irVersion = 8n;
const operatorSetVersion = 17n;

/** The program as the bytes of a self-contained ONNX model (operator set 17); `metadata` is for those who find the file. */
export function encodeOnnx(
  program: Program,
  name: string,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const graph = new Scope().graph(name, named(program.inputs), named(program.outputs));
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'pushforward',
    opsetImport: [{ domain: '', version: operatorSetVersion }],
    graph,
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

/** A graph under construction; the body of a loop is a scope inside the scope of its loop and sees the names of the outer ones. */
class Scope {
  readonly #outer: Scope | undefined;
  readonly #names = new Map<Tensor, string>();
  readonly #outputNames = new Map<Tensor, string>();
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<string, TensorProto>();
  readonly #counter: { next: number };

  constructor(outer?: Scope) {
    this.#outer = outer;
    this.#counter = outer ? outer.#counter : { next: 0 };
  }

  graph(name: string, inputs: readonly [string, Tensor][], outputs: readonly [string, Tensor][]): GraphProto {
    for (const [inputName, tensor] of inputs) this.#names.set(tensor, inputName);
    for (const [outputName, tensor] of outputs) this.#outputNames.set(tensor, outputName);
    this.#emitAll(outputs.map(([, tensor]) => tensor));
    // An output that is an input, a constant, from an outer scope or given out twice is copied to its name.
    for (const [outputName, tensor] of outputs) {
      const current = this.#nameOf(tensor);
      if (current !== outputName) this.#push('Identity', [current], [outputName]);
    }
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: [...this.#constants.values()],
      input: inputs.map(([inputName, tensor]) => valueInfo(inputName, tensor)),
      output: outputs.map(([outputName, tensor]) => valueInfo(outputName, tensor)),
    });
  }

  #emitAll(outputs: readonly Tensor[]): void {
    for (const node of nodesInOrder(outputs)) if (!node.outputs.some((tensor) => this.#find(tensor))) this.#emit(node);
  }

  #emit(node: Node): void {
    if (node.is('Constant')) return;
    if (node.is('Input')) throw new Error(`The program uses the input ${node.attributes.name} without declaring it`);
    const extra = (constantInputs[node.operator] as ConstantInputs | undefined)?.(node.attributes) ?? [];
    const inputs = [...node.inputs, ...extra].map((tensor) => this.#nameOf(tensor));
    const outputs = node.outputs.map((tensor) => {
      const name = this.#outputNames.get(tensor) ?? this.#freshName();
      this.#names.set(tensor, name);
      return name;
    });
    if (node.is('Loop')) {
      const body = attribute('body', { type: AttributeType.GRAPH, g: this.#loopBody(node.attributes.body) });
      // The empty second input is the loop's own stopping condition, which none of ours has.
      this.#push('Loop', [inputs[0], '', ...inputs.slice(1)], outputs, [body]);
    } else this.#push(operatorTypes[node.operator] ?? node.operator, inputs, outputs, encodedAttributes(node));
  }

  #loopBody({ iteration, state, nextState, scanned }: LoopBody): GraphProto {
    const own = [iteration, ...state];
    const nodes = nodesInOrder([...nextState, ...scanned]);
    const inside = dependents(nodes, own);
    // What does not change from one iteration to the next is computed once, before the loop.
    for (const node of nodes)
      if (!inside.has(node) && !node.outputs.some((tensor) => this.#find(tensor))) this.#emit(node);
    const body = new Scope(this);
    const condition = body.#freshName();
    const inputs = own.map((tensor): [string, Tensor] => [body.#freshName(), tensor]);
    const outputs = [...nextState, ...scanned].map((tensor): [string, Tensor] => [body.#freshName(), tensor]);
    const graph = body.graph('body', inputs, outputs);
    const goOn = body.#freshName();
    graph.input.splice(1, 0, valueInfo(condition, { type: 'bool', shape: [] }));
    graph.output.unshift(valueInfo(goOn, { type: 'bool', shape: [] }));
    graph.node.push(create(NodeProtoSchema, { opType: 'Identity', input: [condition], output: [goOn] }));
    return graph;
  }

  #push(opType: string, inputs: string[], outputs: string[], attributes: AttributeProto[] = []): void {
    this.#nodes.push(create(NodeProtoSchema, { opType, input: inputs, output: outputs, attribute: attributes }));
  }

  #nameOf(tensor: Tensor): string {
    if (tensor.node.is('Constant')) return this.#constantName(tensor, tensor.node);
    const name = this.#find(tensor);
    if (name === undefined) throw new Error(`${tensor.node.operator} is used before it is computed`);
    return name;
  }

  #find(tensor: Tensor): string | undefined {
    return this.#names.get(tensor) ?? (this.#outer ? this.#outer.#find(tensor) : undefined);
  }

  /** Constants are written into the scope that uses them, equal small ones once: runtimes look for them there. */
  #constantName(tensor: Tensor, node: Node<'Constant'>): string {
    const known = this.#names.get(tensor);
    if (known) return known;
    const { values } = node.attributes;
    const name = this.#freshName();
    const key = values.length <= 64 ? `${tensor.type}[${tensor.shape}]${values}` : name;
    const encoded = this.#constants.get(key) ?? encodeConstant(name, tensor, node);
    this.#constants.set(key, encoded);
    this.#names.set(tensor, encoded.name);
    return encoded.name;
  }

  #freshName(): string {
    return `t${this.#counter.next++}`;
  }
}

type ConstantInputs = (attributes: Operators[OperatorName]) => Tensor[];

const integers = (numbers: readonly number[]) => constant(valuesOf('int64', numbers), [numbers.length]);
const shapeInput = ({ shape }: Operators['Reshape']) => [
  integers(shape.map((dimension) => (typeof dimension === 'string' ? -1 : dimension))),
];

/** Attributes of the graph that ONNX takes as constant inputs. */
const constantInputs: { readonly [Name in OperatorName]?: (attributes: Operators[Name]) => Tensor[] } = {
  ReduceSum: ({ axes }) => [integers(axes)],
  Reshape: shapeInput,
  Expand: shapeInput,
  Split: ({ sizes }) => [integers(sizes)],
};

/** Operators that ONNX has by another name. */
const operatorTypes: { readonly [Name in OperatorName]?: string } = {
  // clip(alpha x, 0, 1) with a slope so steep that it is a step: the cheapest way to one in the runtimes.
  Step: 'HardSigmoid',
};

/** Attributes of the graph that are attributes in ONNX too. */
const attributeEncoders: { readonly [Name in OperatorName]?: (attributes: Operators[Name]) => AttributeProto[] } = {
  Step: () => [real('alpha', 3e38), real('beta', 0)],
  Cast: ({ to }) => [integer('to', dataTypes[to])],
  ReduceSum: ({ keepDimensions }) => [integer('keepdims', Number(keepDimensions))],
  ReduceMean: ({ axes, keepDimensions }) => [integerList('axes', axes), integer('keepdims', Number(keepDimensions))],
  ReduceSumSquare: ({ axes, keepDimensions }) => [
    integerList('axes', axes),
    integer('keepdims', Number(keepDimensions)),
  ],
  ReduceMax: ({ axes, keepDimensions }) => [integerList('axes', axes), integer('keepdims', Number(keepDimensions))],
  Gemm: ({ transposeA, transposeB }) => [integer('transA', Number(transposeA)), integer('transB', Number(transposeB))],
  Split: ({ axis }) => [integer('axis', axis)],
  Concat: ({ axis }) => [integer('axis', axis)],
  Gather: ({ axis }) => [integer('axis', axis)],
};

function encodedAttributes<Name extends OperatorName>({ operator, attributes }: Node<Name>): AttributeProto[] {
  const encoder: ((attributes: Operators[Name]) => AttributeProto[]) | undefined = attributeEncoders[operator];
  return encoder ? encoder(attributes) : [];
}

const dataTypes: Record<ElementType, DataType> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

const attribute = (
  name: string,
  value: { type: AttributeType; f?: number; i?: bigint; ints?: bigint[]; g?: GraphProto },
) => create(AttributeProtoSchema, { name, ...value });
const integer = (name: string, value: number) => attribute(name, { type: AttributeType.INT, i: BigInt(value) });
const real = (name: string, value: number) => attribute(name, { type: AttributeType.FLOAT, f: value });
const integerList = (name: string, values: readonly number[]) =>
  attribute(name, { type: AttributeType.INTS, ints: values.map(BigInt) });

function encodeConstant(name: string, { shape }: Tensor, { attributes: { values } }: Node<'Constant'>): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: staticShape(shape).map(BigInt),
    dataType: dataTypes[elementTypeOf(values)],
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  });
}

function valueInfo(name: string, { type, shape }: TensorType): ValueInfoProto {
  const dim = shape.map((dimension) => ({
    value:
      typeof dimension === 'string'
        ? { case: 'dimParam' as const, value: dimension }
        : { case: 'dimValue' as const, value: BigInt(dimension) },
  }));
  const tensorType = { elemType: dataTypes[type], shape: { dim } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensorType } } });
}
