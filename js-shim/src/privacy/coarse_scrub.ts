/**
 * A coarse scrubber for the raw signal log only, which leaves the browser
 * without having passed the core. The server scrubs it once more, finely.
 * The cases both must agree on are in tests/cases/scrub.
 */
const URLS = /(\/[^\s?#"'<>()]*)([?#][^\s"'<>()]*)/g;

// In this order: credentials in a URL, a value behind a telling name or
// scheme, e-mail, JWT, card number, hex, base64.
const SECRETS =
  /(:\/\/)[^\s/?#@]+@|(\b(?:bearer|basic) +|[\w-]*(?:password|passwd|pwd|secret|token|key)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&"']+)|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\b\d(?:[ -]?\d){12,18}\b|\b[\da-f]{32,}\b|[\w+/-]{40,}=*/gi;

export const scrub = (text: string, allowed: readonly string[]): string =>
  text
    .replace(URLS, (_, path, rest) => {
      const query = rest
        .replace(/#.*/, '')
        .slice(1)
        .split('&')
        .filter((pair: string) => allowed.includes(pair.split('=')[0] as string))
        .join('&');
      return query ? `${path}?${query}` : path;
    })
    .replace(
      SECRETS,
      (match, authority, name = '') =>
        authority ||
        // A long path is no base64: that has all three kinds of characters.
        (!name &&
        /^[\w+/-]{40,}=*$/.test(match) &&
        !/^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])|^[\da-f]+$/.test(match)
          ? match
          : `${name}[Filtered]`),
    );
