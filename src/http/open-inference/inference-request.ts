import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { parseJson } from '../../table/nested-json.ts';
import { RequestError } from '../errors.ts';
import { inferenceRequestSchema } from '../schemas/open-inference.ts';
import { type Tensor, tensorOfBytes, tensorOfJson } from './tensors.ts';

/** A request of the Open Inference Protocol, read. */
export interface InferenceRequest {
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  /** The outputs that are asked for, and whether each is to be binary; undefined: all, as `binary` says. */
  readonly outputs: readonly { readonly name: string; readonly binary: boolean }[] | undefined;
  readonly binary: boolean;
}

type Request = Static<typeof inferenceRequestSchema>;

const validator = Compile(inferenceRequestSchema);

/**
 * Reads a body: JSON, and where `headerLength`, the value of Inference-Header-Content-Length, is given, after so many bytes of it
 * the binary data of those inputs that have a `binary_data_size`, in their order. Throws RequestError.
 */
export function inferenceRequest(body: Buffer, headerLength: string | undefined): InferenceRequest {
  const length = headerLength === undefined ? body.length : Number(headerLength);
  if (!Number.isSafeInteger(length) || length < 0 || length > body.length)
    throw malformed(
      `Inference-Header-Content-Length: expected a whole number up to ${body.length}, the length of the body, got ${headerLength}.`,
    );
  const request = parsed(body.subarray(0, length));
  let offset = length;
  const inputs = request.inputs.map((input, place): Tensor => {
    const path = `/inputs/${place}`;
    const size = input.parameters?.['binary_data_size'];
    if (size === undefined) return tensorOfJson(input, path);
    const isLength = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    if (input.data !== undefined || !isLength || offset + size > body.length)
      throw malformed(
        `${path} "${input.name}": expected binary_data_size to be up to ${body.length - offset}, the bytes that are left, and no data besides; got ${size}.`,
      );
    const tensor = tensorOfBytes(input, body.subarray(offset, offset + size), path);
    offset += size;
    return tensor;
  });
  if (offset < body.length) throw malformed(`${body.length - offset} bytes of binary data belong to no input.`);
  const binary = request.parameters?.['binary_data_output'] === true;
  const outputs = request.outputs?.map(({ name, parameters }) => {
    const own = parameters?.['binary_data'];
    return { name, binary: own === undefined ? binary : own === true };
  });
  return { id: request.id, inputs, outputs, binary };
}

function parsed(json: Buffer): Request {
  const value = jsonOf(json);
  if (validator.Check(value)) return value;
  const [{ instancePath, message }] = Value.Errors(inferenceRequestSchema, value);
  throw malformed(`${instancePath || 'The request'}: ${message}.`);
}

function jsonOf(json: Buffer): unknown {
  try {
    return parseJson(json.toString());
  } catch (error) {
    throw malformed(`The request is not JSON: ${error instanceof Error ? error.message : error}.`);
  }
}

const malformed = (message: string) => new RequestError(400, 'invalid-inference', message);
