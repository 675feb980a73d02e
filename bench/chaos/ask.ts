/** What came of a request: its answer, or that there was no whole one in time. */
export interface Answer {
  readonly status: number | 'broken' | 'timed out';
  readonly headers: Headers;
  readonly bytes: Buffer;
}

const patienceSeconds = 30;

/** Asks once, and reads the answer to its end. */
export async function ask(url: string, options: RequestInit = {}): Promise<Answer> {
  const signal = AbortSignal.timeout(1000 * patienceSeconds);
  try {
    const response = await fetch(url, { ...options, signal });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes };
  } catch {
    return { status: signal.aborted ? 'timed out' : 'broken', headers: new Headers(), bytes: Buffer.alloc(0) };
  }
}

export const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  ask(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

/** What an answer of the service says; who asks for it knows the contract. */
export function json<Body>({ bytes }: Answer): Body {
  return JSON.parse(bytes.toString()) as Body;
}

/** Why a request was refused, in a word. */
export function codeOf(answer: Answer): string {
  if (typeof answer.status !== 'number') return answer.status;
  return answer.status >= 400 ? `${answer.status} ${json<{ code: string }>(answer).code}` : String(answer.status);
}
