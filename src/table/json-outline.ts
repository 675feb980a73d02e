import type { ParsedTokenInfo } from '@streamparser/json/utils/types/parsedTokenInfo.js';
import TokenType from '@streamparser/json/utils/types/tokenType.js';
import { pointer, shown, TableError } from './errors.ts';
import { mostNesting, tooDeep } from './nested-json.ts';

/** Watches the tokens of a JSON body: it must be an object of the known keys, and its rows and records arrays. */
export class JsonOutline {
  readonly #keys: readonly string[];
  readonly #seen = new Set<string>();
  #depth = 0;
  #key: string | undefined;
  #previous: TokenType | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** Throws TableError at the token that does not fit. */
  check({ token, value }: ParsedTokenInfo): void {
    if (this.#depth === 0 && token !== TokenType.LEFT_BRACE)
      throw new TableError('not-json', 'The body must be a JSON object with "rows" or "records".', '');
    if (this.#depth === 1) this.#checkMember(token, value);
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.#depth++;
    if (this.#depth > mostNesting) throw new TableError('not-json', `The body cannot be read as JSON: ${tooDeep}.`);
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.#depth--;
    this.#previous = token;
  }

  #checkMember(token: TokenType, value: unknown): void {
    const startsMember = this.#previous === TokenType.LEFT_BRACE || this.#previous === TokenType.COMMA;
    if (startsMember && token === TokenType.STRING) this.#checkKey(String(value));
    const isTable = this.#key === 'rows' || this.#key === 'records';
    if (this.#previous === TokenType.COLON && isTable && token !== TokenType.LEFT_BRACKET)
      throw new TableError('not-json', 'Expected an array.', `/${this.#key}`);
  }

  #checkKey(key: string): void {
    const path = pointer(key);
    if (!this.#keys.includes(key))
      throw new TableError('unknown-key', `Unknown key ${shown(key)}: expected ${this.#keys.join(', ')}.`, path);
    if (this.#seen.has(key)) throw new TableError('not-json', `The key ${shown(key)} stands twice.`, path);
    this.#seen.add(key);
    if (this.#seen.has('rows') && this.#seen.has('records'))
      throw new TableError('not-json', 'Expected either "rows" or "records", got both.', path);
    this.#key = key;
  }
}
