import { signal } from '@preact/signals';

const stored = 'pushforward-key';

/** The API key of this tab; it is forgotten with the tab. */
export const key = signal(sessionStorage.getItem(stored) ?? undefined);

/** Whether the service has asked for a key that it knows. */
export const isKeyAsked = signal(false);

export function signIn(given: string): void {
  sessionStorage.setItem(stored, given);
  key.value = given;
  isKeyAsked.value = false;
}

export function signOut(): void {
  sessionStorage.removeItem(stored);
  key.value = undefined;
}

export function authorization(): Record<string, string> {
  return key.value === undefined ? {} : { authorization: `Bearer ${key.value}` };
}
