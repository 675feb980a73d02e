import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import { isKeyAsked, key, signOut } from './api/key.ts';
import icon from './icon.svg';
import { navigation } from './pages.ts';
import { type Theme, theme, themes } from './state/theme.ts';

/** What stands around every page. */
export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the page
      </a>
      <header class="frame-header">
        <div class="frame-bar">
          <a class="frame-name" href="/">
            <img src={icon} alt="" width="28" height="28" /> Pushforward
          </a>
          <Navigation />
          <div class="frame-tools">
            <ThemeSwitch />
            {key.value !== undefined && !isKeyAsked.value && (
              <button type="button" class="button small" onClick={signOut}>
                Sign out
              </button>
            )}
          </div>
        </div>
      </header>
      <main id="main" class="frame-main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Navigation() {
  const { path } = useLocation();
  const here = path === '/' ? '/datasets' : path;
  // Of the links that the path begins with, the longest.
  const current = navigation
    .map(({ href }) => href)
    .filter((href) => here === href || here.startsWith(`${href}/`))
    .sort((a, b) => b.length - a.length)[0];
  return (
    <nav class="frame-navigation" aria-label="Console">
      {navigation.map(({ href, name }) => (
        <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>
          {name}
        </a>
      ))}
      <a href="/docs">API docs</a>
    </nav>
  );
}

const themeNames: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };

function ThemeSwitch() {
  return (
    <label class="theme-switch">
      <span class="visually-hidden">Colours</span>
      <select
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = themes.find((name) => name === currentTarget.value) ?? 'auto';
        }}
      >
        {themes.map((name) => (
          <option key={name} value={name}>
            {themeNames[name]}
          </option>
        ))}
      </select>
    </label>
  );
}
