import { signal } from '@preact/signals';

/** Set where a part of the console could not be loaded: the service is gone, or has another version of it by now. */
export const missingPart = signal<Error | undefined>(undefined);

/** The build has each part that is loaded late tell when it cannot be. */
export function watchParts(): void {
  addEventListener('vite:preloadError', (event) => {
    missingPart.value = event.payload;
  });
}
