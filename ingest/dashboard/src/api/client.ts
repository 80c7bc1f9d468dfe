import type { ApiErrorBody } from './types';

/** What the server said no with; `message` is the server's own sentence. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

function isErrorBody(body: unknown): body is ApiErrorBody {
  const error = (body as ApiErrorBody | null)?.error;
  return typeof error?.message === 'string' && typeof error.code === 'string';
}

/** Reads `response`; throws ApiError unless the status is 2xx. An empty body gives null. */
export async function readAnswer(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown = null;
  let readable = true;
  if (text !== '') {
    try {
      body = JSON.parse(text);
    } catch {
      readable = false;
    }
  }
  if (!response.ok) {
    if (isErrorBody(body)) {
      throw new ApiError(response.status, body.error.code, body.error.message);
    }
    throw new ApiError(
      response.status,
      'unexpected_answer',
      `The server answered ${response.status} ${response.statusText}`.trimEnd(),
    );
  }
  if (!readable) {
    throw new ApiError(
      response.status,
      'not_json',
      'The server answered with something other than JSON.',
    );
  }
  return body;
}

/**
 * One request to the query API with the session cookie. `body` is sent as JSON.
 * Throws ApiError (status 0 where the server could not be reached), or the
 * signal's AbortError.
 */
export async function request(
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  options: { body?: unknown; signal?: AbortSignal } = {},
): Promise<unknown> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') {
    // A foreign page cannot set this without a preflight, which the server refuses.
    headers['X-Pagewake-Csrf'] = '1';
  }
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'The server could not be reached. Is it running?');
  }
  return readAnswer(response);
}

export function projectPath(project: string | number, rest: string): string {
  return `/api/v1/projects/${encodeURIComponent(String(project))}${rest}`;
}
