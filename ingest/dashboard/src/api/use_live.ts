import { useEffect, useRef, useState } from 'preact/hooks';

export type LiveState = 'connecting' | 'open' | 'broken';

export interface LiveListener {
  /** One message: the event's name and its JSON. */
  onMessage: (event: string, data: unknown) => void;
  /**
   * Something may have been missed: ask for it, which also finds a session that
   * ended. Said when the stream begins, too: what was asked for before it is old.
   */
  onGap: () => void;
}

/** A browser gives up where the answer is not a stream (503, a proxy's page). */
const AGAIN_AFTER_MS = 5000;

/**
 * Listens to server-sent events while the tab is to be seen: a hidden one would
 * keep one of the few connections that a browser opens to a server.
 */
export function useLive(
  path: string,
  events: readonly string[],
  { onMessage, onGap }: LiveListener,
): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const listener = useRef({ onMessage, onGap });
  listener.current = { onMessage, onGap };
  const names = events.join(' ');
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    const open = () => {
      close();
      const opened = new EventSource(path);
      source = opened;
      // A source that breaks comes back by itself and says what it saw last; a
      // new one does not know.
      let gap = true;
      opened.onopen = () => {
        setState('open');
        if (gap) listener.current.onGap();
        gap = false;
      };
      opened.onerror = () => {
        setState('broken');
        if (opened.readyState !== EventSource.CLOSED) return;
        listener.current.onGap();
        timer = setTimeout(open, AGAIN_AFTER_MS);
      };
      opened.addEventListener('gap', () => listener.current.onGap());
      for (const name of names.split(' ')) {
        opened.addEventListener(name, (event) =>
          listener.current.onMessage(name, JSON.parse((event as MessageEvent<string>).data)),
        );
      }
    };
    const onVisibility = () => {
      if (document.hidden) {
        close();
      } else {
        open();
      }
    };
    document.addEventListener('visibilitychange', onVisibility);
    if (!document.hidden) open();
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      close();
    };
  }, [path, names]);
  return state;
}
