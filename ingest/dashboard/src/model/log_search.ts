const FIELDS = ['service', 'logger', 'release', 'environment', 'trace_id'];

/** `service:shop level:error order_id:17 payment failed` as the API's parameters. */
export function parseLogSearch(text: string): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  const add = (name: string, value: string) => {
    const known = out[name];
    if (known) known.push(value);
    else out[name] = [value];
  };
  const words: string[] = [];
  for (const [, name, quoted, plain, word] of text.matchAll(
    /([A-Za-z_][\w.-]*):(?:"([^"]*)"|(\S+))|(\S+)/g,
  )) {
    const value = quoted ?? plain;
    if (name === undefined || value === undefined) words.push(word ?? '');
    else if (name === 'level' || FIELDS.includes(name)) add(name, value);
    else add('attribute', `${name}=${value}`);
  }
  if (words.length > 0) add('query', words.join(' '));
  return out;
}
