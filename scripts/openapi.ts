/** Writes the OpenAPI document of the service to openapi/openapi.json. */
import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../src/http/openapi.ts';

await writeFile(new URL('../openapi/openapi.json', import.meta.url), await openApiDocument());
