import { useState } from 'preact/hooks';
import { ApiError } from './client';

/** Runs one request at a time and keeps what went wrong for people to read. */
export function useAction(): {
  busy: boolean;
  error: string;
  /** True where it went well. */
  run: (what: () => Promise<void>) => Promise<boolean>;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const run = async (what: () => Promise<void>) => {
    setBusy(true);
    setError('');
    try {
      await what();
      return true;
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
