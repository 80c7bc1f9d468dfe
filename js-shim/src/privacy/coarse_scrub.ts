/**
 * A coarse scrubber for the raw signal log only, which leaves the browser
 * without having passed the core. The server scrubs it once more, finely.
 * The cases both must agree on are in tests/cases/scrub ("coarse").
 * Every search begins once in a run of characters, not at each of them: a
 * hostile text of 10,000 would hold the page up for half a second.
 */
const FILTERED = '[Filtered]';

// A secret's name, what joins it to its value, and the value. A colon needs a
// quote before it or a space after: "token:8080" is a host, "tokens.js:10" a place.
const NAMED =
  /((?<![\w-])[\w-]*(?:passw(?:or)?d|pwd|secret|token|authorization|cookie|credential|api[_-]?key|\bkey)(?:["']?\s*=\s*|["']\s*:\s*|:\s+))("[^"]*"|'[^']*'|[^\s,;&"']+)/gi;
// Headers, whose value goes on to the end of the line.
const HEADER = /(?<![\w-])((?:[\w-]+-)?(?:authorization|cookie|api-key)\s*:\s+)\S.*/gi;

const isCardNumber = (text: string): boolean => {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = +(digits[digits.length - 1 - i] as string) * (1 + (i % 2));
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
};

/** Keeps of a query what is allowed; the fragment goes. */
const allowedQuery = (rest: string, allowed: readonly string[]): string => {
  const kept = rest
    .replace(/#.*/, '')
    .slice(1)
    .split('&')
    .filter((pair) => allowed.includes(pair.split('=')[0] as string))
    .join('&');
  return kept && `?${kept}`;
};

const scrubPlain = (text: string): string =>
  text
    .replace(/(:\/\/)[^\s/?#@]+@/g, '$1')
    .replace(HEADER, `$1${FILTERED}`)
    // "Basic authentication" is a phrase; a credential has more than small letters.
    .replace(/\b([Bb]earer|[Bb]asic) +(?=\S*[\d=A-Z._])[\w.~+/=-]+/g, `$1 ${FILTERED}`)
    .replace(NAMED, `$1${FILTERED}`)
    .replace(/(?<![\w.+%-])[\w.+%-]+@(?:[\w-]+\.)+[a-z]{2,}(?![\w-])/gi, FILTERED)
    .replace(/\beyJ[\w-]{5,999}\.[\w-]{5,}\.[\w-]*/g, FILTERED)
    .replace(/(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g, (match) =>
      isCardNumber(match) ? FILTERED : match,
    )
    .replace(/\b[\da-f]{32,}\b/gi, FILTERED)
    .replace(/[\w+-]{40,}={0,2}/g, (match) =>
      /\d/.test(match) && /[a-z]/.test(match) && /[A-Z]/.test(match) ? FILTERED : match,
    );

export const scrubUrl = (url: string, allowed: readonly string[]): string => {
  const [, scheme, type] = /^(data|blob|javascript):([\w.+-]+\/[\w.+-]+)?/i.exec(url) ?? [];
  if (scheme) return `${scheme}:${(scheme.toLowerCase() === 'data' && type) || ''}`;
  return scrubPlain(url.replace(/[?#].*/s, (rest) => allowedQuery(rest, allowed)));
};

export const scrubText = (text: string, allowed: readonly string[]): string =>
  scrubPlain(
    text.replace(/[^\s"<>()]+/g, (word) =>
      word.replace(
        /^([^/]*\/[^?#]*)([?#].+)/,
        (_, path, rest) => path + allowedQuery(rest, allowed),
      ),
    ),
  );

/** A signal's field: a URL by its looks, else text. */
export const scrub = (field: string, allowed: readonly string[]): string =>
  /^(?:[a-z][a-z\d+.-]*:|\/)\S*$/i.test(field)
    ? scrubUrl(field, allowed)
    : scrubText(field, allowed);
