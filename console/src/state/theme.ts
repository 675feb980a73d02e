import { effect, signal } from '@preact/signals';

const stored = 'pushforward-theme';
export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Light or dark, or as the system has it. */
export const theme = signal<Theme>(themes.find((name) => name === localStorage.getItem(stored)) ?? 'auto');

/** Every colour is written for both; which counts is the root's color-scheme. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.style.colorScheme = theme.value === 'auto' ? 'light dark' : theme.value;
    localStorage.setItem(stored, theme.value);
  });
}
