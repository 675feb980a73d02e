import { defineConfig } from 'vite';

/** `npx vite console` serves the sources, and passes what they ask for on to a service at its usual address. */
const service = 'http://127.0.0.1:3000';

// biome-ignore lint/style/noDefaultExport: Vite asks for one
export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2023',
    // These know light-dark(), by which every colour is written once for both.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The policy under which the page runs allows no data: URLs for what is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Figures are drawn by the service's reports, too, and stand with it.
  server: { proxy: { '/v1': service, '/docs': service }, fs: { allow: ['..'] } },
});
