/**
 * Counts what a regular expression does, where a stopwatch would also measure
 * the machine: a backtracking matcher as the browsers have it, step by step. It
 * knows the syntax that our scrubbers use and throws at any other; whoever uses
 * it holds its matches against those of the real one.
 */

type Step =
  | { op: 'char'; fits(char: string): boolean }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { op: 'at'; holds(text: string, at: number): boolean }
  | { op: 'ahead'; program: Step[]; isNegative: boolean };

const REPEAT = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/;

class Compiler {
  #rest: string;
  #flags: string;

  constructor({ source, flags }: RegExp) {
    this.#rest = source;
    this.#flags = flags.replace(/[gy]/g, '');
  }

  /** Up to the end, or to the bracket that closes it. */
  alternatives(): Step[] {
    let steps = this.#sequence();
    while (this.#take('|')) {
      const other = this.#sequence();
      steps = [
        { op: 'split', first: 1, second: steps.length + 2 },
        ...steps,
        { op: 'jump', to: other.length + 1 },
        ...other,
      ];
    }
    return steps;
  }

  #take(text: string): boolean {
    const isThere = this.#rest.startsWith(text);
    if (isThere) this.#rest = this.#rest.slice(text.length);
    return isThere;
  }

  #sequence(): Step[] {
    const steps: Step[] = [];
    while (this.#rest && !/^[|)]/.test(this.#rest)) {
      const atom = this.#atom();
      const [repeat, least, comma, most] = REPEAT.exec(this.#rest) ?? [];
      if (!repeat) {
        steps.push(...atom);
        continue;
      }
      this.#rest = this.#rest.slice(repeat.length);
      if (this.#rest.startsWith('?')) throw new Error('lazy');
      const min = least ? +least : repeat === '+' ? 1 : 0;
      const max = least ? (comma ? +(most || Infinity) : min) : repeat === '?' ? 1 : Infinity;
      for (let i = 0; i < min; i++) steps.push(...atom);
      if (max === Infinity) {
        steps.push({ op: 'split', first: 1, second: atom.length + 2 }, ...atom, {
          op: 'jump',
          to: -atom.length - 1,
        });
      } else {
        for (let left = max - min; left > 0; left--) {
          steps.push({ op: 'split', first: 1, second: left * (atom.length + 1) }, ...atom);
        }
      }
    }
    return steps;
  }

  #atom(): Step[] {
    for (const [open, isNegative] of [
      ['(?=', false],
      ['(?!', true],
    ] as const) {
      if (this.#take(open)) return [{ op: 'ahead', program: this.#closed(), isNegative }];
    }
    if (this.#take('(?<!')) {
      const [before, ...more] = this.#closed();
      if (before?.op !== 'char' || more.length > 0) throw new Error('more than a character');
      return [{ op: 'at', holds: (text, at) => at === 0 || !before.fits(text[at - 1] as string) }];
    }
    if (this.#take('(?:') || this.#take('(')) return this.#closed();
    if (this.#take('\\b')) {
      const isWord = (char: string | undefined) => /^\w$/.test(char ?? '');
      return [{ op: 'at', holds: (text, at) => isWord(text[at - 1]) !== isWord(text[at]) }];
    }
    if (this.#take('^')) return [{ op: 'at', holds: (_, at) => at === 0 }];
    if (this.#take('$')) return [{ op: 'at', holds: (text, at) => at === text.length }];
    const [one] = /^(?:\[(?:\\.|[^\]\\])+\]|\\.|[^*+?{])/s.exec(this.#rest) ?? [];
    if (!one || /^\\[1-9k]/.test(one)) throw new Error(`cannot read ${this.#rest}`);
    this.#rest = this.#rest.slice(one.length);
    const real = new RegExp(`^${one}$`, this.#flags);
    const known = new Map<string, boolean>();
    return [
      {
        op: 'char',
        fits(char) {
          const found = known.get(char) ?? real.test(char);
          known.set(char, found);
          return found;
        },
      },
    ];
  }

  #closed(): Step[] {
    const steps = this.alternatives();
    if (!this.#take(')')) throw new Error('a bracket is missing');
    return steps;
  }
}

export interface Matches {
  /** Start and end of each. */
  found: [start: number, end: number][];
  steps: number;
}

/** What `text.matchAll(regexp)` finds, or without the flag `g` its first match. */
export function matchesOf(regexp: RegExp, text: string): Matches {
  const program = new Compiler(regexp).alternatives();
  const matches: Matches = { found: [], steps: 0 };

  const endOf = (steps: Step[], start: number): number => {
    // Places to go back to: step and position by turns.
    const waiting = [0, start];
    while (waiting.length > 0) {
      let at = waiting.pop() as number;
      let i = waiting.pop() as number;
      for (;;) {
        const step = steps[i];
        if (!step) return at;
        matches.steps++;
        if (step.op === 'split') {
          waiting.push(i + step.second, at);
          i += step.first;
        } else if (step.op === 'jump') {
          i += step.to;
        } else {
          const isRight =
            step.op === 'char'
              ? at < text.length && step.fits(text[at++] as string)
              : step.op === 'at'
                ? step.holds(text, at)
                : endOf(step.program, at) >= 0 !== step.isNegative;
          if (!isRight) break;
          i++;
        }
      }
    }
    return -1;
  };

  for (let start = 0; start <= text.length; ) {
    const end = endOf(program, start);
    if (end >= 0) {
      matches.found.push([start, end]);
      if (!regexp.global) break;
    }
    start = Math.max(end, start + 1);
  }
  return matches;
}
