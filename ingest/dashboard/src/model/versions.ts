/** "Chrome 100", one a line, as an object; the first line that is neither as text. */
export function readVersions(text: string): Record<string, number> | string {
  const versions: Record<string, number> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const match = /^(.*\S)\s+(\d+(?:\.\d)?)$/.exec(line);
    if (!match) return line;
    versions[match[1] as string] = Number(match[2]);
  }
  return versions;
}

export function writeVersions(versions: Record<string, number>): string {
  return Object.entries(versions)
    .map(([browser, version]) => `${browser} ${version}`)
    .join('\n');
}
