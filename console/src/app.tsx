import { ErrorBoundary } from 'preact-iso/lazy';
import { LocationProvider, Route, Router } from 'preact-iso/router';
import { isKeyAsked } from './api/key.ts';
import { Frame } from './frame.tsx';
import { MissingPartPage } from './pages/missing-part-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';
import { pages } from './pages.ts';
import { missingPart } from './state/missing-part.ts';

/** Paths that the console shows; links to others leave it. */
const scope = /^\/($|datasets|models|sweeps)/;

export function App() {
  return (
    <LocationProvider scope={scope}>
      <Frame>{missingPart.value ? <MissingPartPage /> : isKeyAsked.value ? <SignInPage /> : <Pages />}</Frame>
    </LocationProvider>
  );
}

function Pages() {
  return (
    <ErrorBoundary>
      <Router onRouteChange={() => document.getElementById('main')?.focus({ preventScroll: true })}>
        {pages.map(({ path, component }) => (
          <Route key={path} path={path} component={component} />
        ))}
        <Route default component={NotFoundPage} />
      </Router>
    </ErrorBoundary>
  );
}
