import type { Multipart, MultipartFile } from '@fastify/multipart';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { shown } from '../../table/errors.ts';
import type { ColumnOptions } from '../../table/kinds.ts';
import { RequestError } from '../errors.ts';
import { checkName } from '../schemas/common.ts';
import { parseColumns } from './columns-text.ts';
import { formatOfName, formatOfType, type TableBody, tableEndings, tableTypes } from './table-body.ts';

/** A table in a form, whose fields come in any order: its chunks end when the form does. */
export interface FormBody extends TableBody {
  /** What the form calls the table, once its chunks have ended. */
  readonly formName: () => string | undefined;
  /** What it says of the columns, once its chunks have ended. */
  readonly formColumns: () => readonly ColumnOptions[] | undefined;
}

/** The fields of a form that are not files, as they come. */
interface Fields {
  name?: string;
  columns?: ColumnOptions[];
}

/** Lets the routes of `app` read forms. */
export async function acceptForms(app: FastifyInstance): Promise<void> {
  // Whatever is cut at so many bytes is refused for what it is then; tables have limits of their own.
  const limits = { fieldSize: 2 ** 20, fields: 10, parts: 10, fileSize: Number.POSITIVE_INFINITY };
  await app.register(multipart, { limits });
}

/** The `file` of a form. Throws RequestError, as its chunks do, where the form is damaged or has other fields. */
export async function formBody(request: FastifyRequest): Promise<FormBody> {
  const parts = request.parts();
  const fields: Fields = {};
  const file = await nextFile(parts, fields);
  if (file === undefined) throw badField('file', 'This field is missing: expected a file.');
  return {
    ...tableIn(file),
    chunks: formChunks(file, parts, fields),
    formName: () => fields.name,
    formColumns: () => fields.columns,
  };
}

async function* formChunks(file: MultipartFile, parts: AsyncIterator<Multipart>, fields: Fields) {
  try {
    yield* file.file;
  } catch (error) {
    throw damaged(error);
  }
  const another = await nextFile(parts, fields);
  if (another) throw refusal(another, badField('file', 'This field stands twice.'));
}

/** The next file, and the fields before it; undefined where the form ends. Throws RequestError. */
async function nextFile(parts: AsyncIterator<Multipart>, fields: Fields): Promise<MultipartFile | undefined> {
  for (;;) {
    const { done, value: part } = await parts.next().catch((error) => {
      throw damaged(error);
    });
    if (done) return undefined;
    // Whatever its type says, a part may have no name.
    const fieldname = part.fieldname ?? '';
    if (fieldname !== 'name' && fieldname !== 'columns' && fieldname !== 'file')
      throw refusal(part, badField(fieldname.slice(0, 100), 'Unknown field: expected name, columns, file.'));
    if (part.type === 'file') return part;
    if (fieldname === 'file') throw badField('file', 'Expected a file, got a value.');
    if (fields[fieldname] !== undefined) throw badField(fieldname, 'This field stands twice.');
    if (fieldname === 'name') fields.name = checkName(String(part.value));
    else fields.columns = parseColumns(String(part.value), '');
  }
}

function tableIn(part: MultipartFile): Pick<TableBody, 'format' | 'gzip'> {
  const name = part.filename.toLowerCase();
  const format = formatOfType(part.mimetype) ?? formatOfName(name.replace(/\.gz$/, ''));
  if (format !== undefined) return { format, gzip: name.endsWith('.gz') };
  const expected = `${tableTypes.join(' or ')}, or a name that ends in ${tableEndings.join(' or ')}, and then .gz where it is compressed`;
  const detail = `The file ${shown(part.filename)} is of type ${part.mimetype}: expected ${expected}.`;
  throw refusal(part, new RequestError(415, 'unsupported-media-type', detail));
}

/** The error, once the part waits for no reader: the rest of the form would wait with it. */
function refusal(part: Multipart, error: RequestError): RequestError {
  if (part.type === 'file') part.file.destroy();
  return error;
}

function badField(field: string, message: string): RequestError {
  const path = `/${field}`;
  return new RequestError(400, 'invalid-form', `${path}: ${message}`, { faults: [{ path, message }] });
}

function damaged(error: unknown): RequestError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RequestError(400, 'invalid-form', `The form cannot be read: ${reason}.`);
}
