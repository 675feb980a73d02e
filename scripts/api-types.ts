import { registerHooks } from 'node:module';

/** The types of the API, as TypeScript: those that the client and the console know the service by. */
export async function apiTypes(): Promise<string> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'typescript'
        ? next('./typescript-interface.ts', { parentURL: import.meta.url })
        : next(specifier, context),
  });
  const { default: openapi, astToString } = await import('openapi-typescript');
  return astToString(await openapi(new URL('../openapi/openapi.json', import.meta.url)));
}
