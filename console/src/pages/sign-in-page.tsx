import { key, signIn } from '../api/key.ts';
import { Notice } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';

/** Asks for an API key; what was asked for before is shown once there is one. */
export function SignInPage() {
  return (
    <Page title="Sign in" lead="This service asks for an API key. It is kept in this tab alone, and forgotten with it.">
      <form
        class="card form narrow"
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget).get('key');
          if (typeof given === 'string' && given.trim() !== '') signIn(given.trim());
        }}
      >
        {key.value !== undefined && (
          <Notice kind="bad" title="The service does not know this key">
            <p>It may have been revoked, or have expired: enter another one.</p>
          </Notice>
        )}
        <label class="field">
          <span class="field-name">API key</span>
          <input name="key" type="password" autocomplete="off" required />
        </label>
        <button type="submit" class="button primary">
          Sign in
        </button>
      </form>
    </Page>
  );
}
