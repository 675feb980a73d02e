import Papa from 'papaparse';
import { type Cell, cellOf } from './cells.ts';
import { type Field, fitted } from './fields.ts';
import { inOrder, type NamedRows, recordRows, rowsOfJson, TableProblem } from './named-rows.ts';

/**
 * Rows out of a text that somebody copied: from a spreadsheet, a CSV with or without its first line of names, or JSON. Throws
 * TableProblem that says why it is none.
 */
export function pastedRows(text: string, fields: readonly Field[]): Cell[][] {
  const names = fields.map(({ name }) => name);
  const rows = inOrder(isJson(text) ? ofJson(text) : ofText(text, names), names);
  if (rows.length === 0) throw new TableProblem('There are no rows in it.');
  return rows.map((row) => row.map((cell, place) => fitted(fields[place], cell)));
}

const isJson = (text: string) => /^\s*[[{]/.test(text);

function ofJson(text: string): NamedRows {
  try {
    return rowsOfJson(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return ofLines(text, error);
  }
}

/** Objects, one a line. */
function ofLines(text: string, whole: SyntaxError): NamedRows {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  try {
    return recordRows(lines.map((line) => JSON.parse(line)));
  } catch {
    throw new TableProblem(`It begins as JSON, and is none: ${whole.message}`);
  }
}

function ofText(text: string, names: readonly string[]): NamedRows {
  const { data } = Papa.parse<string[]>(text.replaceAll(/^[\r\n]+|[\r\n]+$/g, ''), {
    skipEmptyLines: true,
    // A single column has none of these, and Papa would look for one in it.
    ...(names.length === 1 && { delimiter: ',' }),
    delimitersToGuess: ['\t', ',', ';', '|'],
  });
  const [first = []] = data;
  const header = first.map((cell) => cell.trim());
  const isHeader = header.some((cell) => names.includes(cell));
  return {
    names: isHeader ? header : undefined,
    rows: (isHeader ? data.slice(1) : data).map((row) => row.map(cellOf)),
  };
}
