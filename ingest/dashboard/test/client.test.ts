import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, projectPath, readAnswer, request } from '../src/api/client';

describe('readAnswer', () => {
  it('gives the body, or null for an empty one', async () => {
    expect(await readAnswer(new Response('{"a":1}'))).toEqual({ a: 1 });
    expect(await readAnswer(new Response(null, { status: 204 }))).toBeNull();
  });

  it('throws with the server’s own message', async () => {
    const body = JSON.stringify({ error: { code: 'body_too_large', message: 'At most 1 MiB.' } });
    await expect(readAnswer(new Response(body, { status: 413 }))).rejects.toMatchObject({
      status: 413,
      code: 'body_too_large',
      message: 'At most 1 MiB.',
    });
  });

  it('says something useful for a proxy’s HTML', async () => {
    await expect(
      readAnswer(new Response('<h1>Bad Gateway</h1>', { status: 502, statusText: 'Bad Gateway' })),
    ).rejects.toMatchObject({ status: 502, message: 'The server answered 502 Bad Gateway' });
    await expect(readAnswer(new Response('<h1>Hi</h1>'))).rejects.toMatchObject({
      code: 'not_json',
    });
  });
});

describe('request', () => {
  const sent: { path: string; init: RequestInit }[] = [];
  let respond: () => Promise<Response>;
  beforeEach(() => {
    sent.length = 0;
    respond = async () => new Response('{}');
    vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
      sent.push({ path, init });
      return respond();
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('marks what changes state, so that a foreign page cannot send it', async () => {
    await request('GET', '/x');
    await request('PATCH', '/x', { body: { status: 'resolved' } });
    expect(sent[0]?.init.headers).not.toHaveProperty('X-Pagewake-Csrf');
    expect(sent[1]?.init.headers).toMatchObject({
      'X-Pagewake-Csrf': '1',
      'Content-Type': 'application/json',
    });
    expect(sent[1]?.init.body).toBe('{"status":"resolved"}');
  });

  it('tells an unreachable server from an aborted request', async () => {
    respond = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(request('GET', '/x')).rejects.toBeInstanceOf(ApiError);
    respond = () => Promise.reject(new DOMException('aborted', 'AbortError'));
    await expect(request('GET', '/x')).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('keeps ids inside their path segment', () => {
  expect(projectPath('1/../2', '/pages')).toBe('/api/v1/projects/1%2F..%2F2/pages');
});
