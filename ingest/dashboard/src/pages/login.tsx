import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, request } from '../api/client';
import { currentLocation, navigate, safeNext } from '../router';
import { Logo } from '../ui/icons';

export function LoginPage(): JSX.Element {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Log in · Pagewake';
    input.current?.focus();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? '';
    if (token === '') {
      setError('Paste the token first.');
      return;
    }
    setBusy(true);
    setError('');
    try {
      await request('POST', '/api/v1/login', { body: { token } });
      navigate(safeNext(new URLSearchParams(currentLocation().search).get('next')), {
        replace: true,
      });
    } catch (failure) {
      setBusy(false);
      if (!(failure instanceof ApiError)) throw failure;
      setError(
        failure.status === 401
          ? 'The server does not know this token. Check that all of it was copied.'
          : failure.message,
      );
      input.current?.select();
    }
  };
  return (
    <main class="login">
      <form class="login-card" onSubmit={submit}>
        <div class="brand">
          <Logo />
          <span>Pagewake</span>
        </div>
        <h1>Log in</h1>
        <p class="muted">How fast and how broken your pages are for real visitors, and why.</p>
        {/* Lets a password manager file the token under a name. */}
        <input
          class="sr-only"
          type="text"
          name="username"
          autocomplete="username"
          value="pagewake"
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <label for="token">Access token</label>
        <input
          id="token"
          ref={input}
          type="password"
          name="token"
          autocomplete="current-password"
          placeholder="pwt_…"
          spellcheck={false}
          aria-describedby="token-help"
          aria-invalid={error !== ''}
        />
        {error && (
          <p class="form-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="button primary wide" disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
        <div id="token-help" class="help">
          <p>
            <b>Where is my token?</b> The server printed it at its first start, in the terminal or
            log of <code>pagewake serve</code>. It begins with <code>pwt_</code>.
          </p>
          <p>Lost it? Make another on the server's machine:</p>
          <pre>pagewake token create --scope admin</pre>
        </div>
      </form>
    </main>
  );
}
