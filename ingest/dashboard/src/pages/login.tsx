import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError, request } from '../api/client';
import { currentLocation, navigate, safeNext } from '../router';
import { FormError } from '../ui/forms';
import { Logo } from '../ui/icons';

// How they logged in last: with the printed token at first, later as people.
const REMEMBERED = 'pagewake-login';

function rememberedWay(): 'token' | 'password' {
  try {
    return localStorage.getItem(REMEMBERED) === 'password' ? 'password' : 'token';
  } catch {
    return 'token'; // storage is forbidden
  }
}

function remember(way: 'token' | 'password'): void {
  try {
    localStorage.setItem(REMEMBERED, way);
  } catch {
    // storage is forbidden: they choose again the next time
  }
}

/**
 * The token of a log-in link, as the server's first start prints it. It stands
 * behind the #, which no server or proxy sees, and is taken out of the address.
 */
function takeLinkedToken(): string {
  const token = /^#token=(pwt_[\w-]+)$/.exec(window.location.hash)?.[1] ?? '';
  if (token !== '') {
    history.replaceState(history.state, '', window.location.pathname + window.location.search);
  }
  return token;
}

export function LoginPage(): JSX.Element {
  const [way, setWay] = useState(rememberedWay);
  const email = useRef<HTMLInputElement>(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // With the form itself: a moment later they may type elsewhere already.
  useLayoutEffect(() => {
    document.title = 'Log in · Pagewake';
    (email.current ?? input.current)?.focus();
  }, [way]);
  useEffect(() => {
    const token = takeLinkedToken();
    if (token !== '') logIn({ token }, 'token');
  }, []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const secret = input.current?.value ?? '';
    const address = email.current?.value.trim() ?? '';
    if (secret === '' || (way === 'password' && address === '')) {
      setError(way === 'token' ? 'Paste the token first.' : 'Both are needed.');
      return;
    }
    logIn(way === 'token' ? { token: secret.trim() } : { email: address, password: secret }, way);
  };
  const logIn = async (body: Record<string, string>, way: 'token' | 'password') => {
    setBusy(true);
    setError('');
    try {
      await request('POST', '/api/v1/login', { body });
      remember(way);
      navigate(safeNext(new URLSearchParams(currentLocation().search).get('next')), {
        replace: true,
      });
    } catch (failure) {
      setBusy(false);
      if (!(failure instanceof ApiError)) throw failure;
      setError(
        failure.status === 401 && way === 'token'
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
        {way === 'token' ? (
          // Lets a password manager file the token under a name.
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
        ) : (
          <>
            <label for="email">E-mail</label>
            <input id="email" ref={email} type="email" name="username" autocomplete="username" />
          </>
        )}
        <label for="secret">{way === 'token' ? 'Access token' : 'Password'}</label>
        <input
          key={way}
          id="secret"
          ref={input}
          type="password"
          name={way}
          autocomplete="current-password"
          placeholder={way === 'token' ? 'pwt_…' : ''}
          spellcheck={false}
          aria-describedby="login-help"
          aria-invalid={error !== ''}
        />
        <FormError text={error} />
        <button type="submit" class="button primary wide" disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
        <button
          type="button"
          class="button wide"
          onClick={() => {
            setError('');
            setWay(way === 'token' ? 'password' : 'token');
          }}
        >
          {way === 'token' ? 'Use e-mail and password' : 'Use an access token'}
        </button>
        <div id="login-help" class="help">
          {way === 'token' ? (
            <>
              <p>
                <b>Where is my token?</b> The server printed it at its first start, in the terminal
                or log of <code>pagewake serve</code>. It begins with <code>pwt_</code>.
              </p>
              <p>Lost it? Make another on the server's machine:</p>
              <pre>pagewake token create --scope admin</pre>
            </>
          ) : (
            <>
              <p>
                <b>No password yet?</b> An administrator adds people under Accounts, or on the
                server's machine:
              </p>
              <pre>pagewake user create you@example.com --admin</pre>
            </>
          )}
        </div>
      </form>
    </main>
  );
}
