// TypeScript's interface for programs, which version 7 no longer has: of the one that is bundled with ts-morph.
// biome-ignore lint/style/noDefaultExport: it stands in for a module that has one
export { ts as default } from '@ts-morph/common';
