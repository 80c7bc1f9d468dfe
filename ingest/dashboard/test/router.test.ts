import { describe, expect, it } from 'vitest';
import {
  apiPath,
  describeRange,
  fromLocalInput,
  keepSelection,
  readSelection,
  toLocalInput,
} from '../src/model/filters';
import { parseSort, sortRows, sortText } from '../src/model/sort';
import { changeQuery, matchPath, matchRoutes, safeNext, withQuery } from '../src/router';

describe('matchPath', () => {
  it.each([
    ['/p/:id/pages', '/p/1/pages', { id: '1' }],
    ['/p/:id/pages', '/p/1/pages/', { id: '1' }],
    ['/p/:id/pages', '/p/1/page', null],
    ['/p/:id', '/p/1/pages', null],
    ['/p/:id/issues/:issue_id', '/p/1/issues/7', { id: '1', issue_id: '7' }],
    ['/p/:id/x', '/p/a%2Fb/x', { id: 'a/b' }],
    ['/p/:id/x', '/p/%zz/x', null],
    ['/', '/', {}],
  ])('%s with %s', (pattern, path, params) => expect(matchPath(pattern, path)).toEqual(params));

  it('takes the first route that fits', () => {
    const routes = [{ pattern: '/p/:id/issues' }, { pattern: '/p/:id/:any' }];
    expect(matchRoutes(routes, '/p/1/issues')?.route.pattern).toBe('/p/:id/issues');
    expect(matchRoutes(routes, '/p/1/other')?.params).toEqual({ id: '1', any: 'other' });
    expect(matchRoutes(routes, '/q')).toBeNull();
  });
});

describe('queries', () => {
  it('leaves out what is empty and encodes the rest', () => {
    expect(withQuery('/page', { page: '/product/:id', from: '', to: undefined, limit: 5 })).toBe(
      '/page?page=%2Fproduct%2F%3Aid&limit=5',
    );
    expect(withQuery('/page', {})).toBe('/page');
  });

  it('changes one parameter and keeps the others', () => {
    expect(changeQuery('?page=%2Fa&device=mobile', { device: null, vital: 'cls' })).toBe(
      '?page=%2Fa&vital=cls',
    );
    expect(changeQuery('?device=mobile', { device: '' })).toBe('');
  });
});

describe('safeNext', () => {
  it.each([
    ['/p/1/pages?from=-1h', '/p/1/pages?from=-1h'],
    ['//evil.example/', '/'],
    ['/\\evil.example/', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
    [null, '/'],
  ])('%s goes to %s', (next, to) => expect(safeNext(next)).toBe(to));
});

describe('time range and filters', () => {
  it('stands for the last day where the URL says nothing', () => {
    const selection = readSelection('');
    expect(selection).toEqual({ from: '-24h', to: '', filters: {} });
    expect(describeRange(selection)).toBe('the last 24 hours');
    expect(apiPath('/x', selection)).toBe('/x?from=-24h');
    expect(keepSelection('/x', selection)).toBe('/x');
  });

  it('travels from one page to the next', () => {
    const selection = readSelection('?from=-168h&device=mobile&page=/a&bogus=1&os=');
    expect(selection.filters).toEqual({ device: 'mobile' });
    expect(keepSelection('/page', selection, { page: '/b' })).toBe(
      '/page?page=%2Fb&from=-168h&device=mobile',
    );
    expect(apiPath('/pages', selection, { limit: 500 })).toBe(
      '/pages?from=-168h&device=mobile&limit=500',
    );
  });

  it('turns the local input into UTC and back', () => {
    const iso = fromLocalInput('2026-11-21T04:00');
    expect(iso).not.toBeNull();
    expect(toLocalInput(iso ?? '')).toBe('2026-11-21T04:00');
    expect(fromLocalInput('')).toBeNull();
    expect(fromLocalInput('soon')).toBeNull();
  });
});

describe('sorting', () => {
  it('survives the URL', () => {
    const fallback = { column: 'views', direction: 'desc' } as const;
    expect(parseSort(null, fallback)).toEqual(fallback);
    for (const text of ['lcp_ms', '-lcp_ms']) {
      expect(sortText(parseSort(text, fallback))).toBe(text);
    }
  });

  it('puts rows without a value last, either way, and keeps equals in place', () => {
    const rows = [
      { n: 'a', v: 2 },
      { n: 'b', v: null },
      { n: 'c', v: 1 },
      { n: 'd', v: 2 },
    ];
    const names = (direction: 'asc' | 'desc') =>
      sortRows(rows, (row) => row.v, direction)
        .map((row) => row.n)
        .join('');
    expect(names('desc')).toBe('adcb');
    expect(names('asc')).toBe('cadb');
  });
});
