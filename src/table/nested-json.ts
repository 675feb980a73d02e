/** Arrays and objects in each other, at most: nothing that is asked for is deeper, and who walks a value must not run out of stack. */
export const mostNesting = 64;

/** A text cannot be nested deeper than anybody minds if it is no longer than this. */
const harmlessLength = 1024;

/** Reads JSON that a user sent. Throws SyntaxError, also where it is nested deeper than `mostNesting`. */
export function parseJson(text: string): unknown {
  if (text.length > harmlessLength && isNestedDeeper(text, mostNesting)) throw new SyntaxError(tooDeep);
  return JSON.parse(text);
}

export const tooDeep = `it is nested deeper than ${mostNesting} arrays and objects`;

function isNestedDeeper(text: string, most: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') index = endOfString(text, index);
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    if (depth > most) return true;
  }
  return false;
}

/** The place of the quote that closes a string, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
