import type { Page } from '@playwright/test';
import { compareSituations, drawn, expect, SETTLED } from '../beside_web_vitals.ts';

/** Buttons that keep the page busy for the milliseconds in their id, "busy-120". */
const busy = (ms: number) => `<button id="busy-${ms}" class="b a">Busy ${ms}</button>`;
const script = `<script>
function work(ms) { const until = performance.now() + ms; while (performance.now() < until); }
addEventListener('click', ({ target }) => work(Number(target.id?.split('-')[1] ?? 0)));
</script>`;

/** Keeps what the browser says of each interaction. */
const watching = `<script>
const interactions = new Map();
new PerformanceObserver((list) => {
  for (const { interactionId, duration, target } of list.getEntries()) {
    if (!interactionId) continue;
    const known = interactions.get(interactionId) ?? { duration: 0 };
    if (duration > known.duration) interactions.set(interactionId, { duration, id: target.id });
  }
}).observe({ type: 'event', durationThreshold: 16 });
</script>`;
/**
 * The selector of the n-th slowest interaction, the first of equals. On a busy
 * machine a click that keeps the page busy for 80 ms may take longer than one
 * of 400: only the browser knows.
 */
const slowest = (page: Page, n: number): Promise<string> =>
  page.evaluate(
    `'#' + [...interactions.values()].sort((a, b) => b.duration - a.duration)[${n}].id`,
  );
let expectedTarget = '';

const click = async (page: Page, ms: number): Promise<void> => {
  await page.click(`#busy-${ms}`);
  await page.evaluate(SETTLED);
};

compareSituations('inp', [
  {
    name: 'no interaction',
    html: '<h1>Shop</h1>',
    check: (v) => expect(v.inp_ms).toBeNull(),
  },
  {
    name: 'one slow click, with the script that was slow',
    html: busy(200) + script,
    act: (page) => click(page, 200),
    check: (v) => {
      expect(v.inp_ms).toBeGreaterThanOrEqual(200);
      expect(v['inp.target']).toBe('#busy-200');
      expect(v['inp.longest_script_invoker']).not.toBe('');
      expect(v['inp.longest_script_ms']).toBeGreaterThan(190);
    },
  },
  {
    name: 'a click too fast to be reported is the first input',
    html: busy(0),
    act: async (page) => {
      await page.click('#busy-0');
      await drawn(page);
    },
    // In steps of 8 ms: a fast one may well be 0.
    check: (v) => expect(v.inp_ms).toBeGreaterThanOrEqual(0),
  },
  {
    name: 'a key',
    html: `<input id="field">${script}<script>field.onkeydown = () => work(90)</script>`,
    act: async (page) => {
      await page.focus('#field');
      await page.keyboard.press('a');
      await drawn(page);
    },
    check: (v) => expect(v['inp.type']).toBe('keyboard'),
  },
  {
    name: 'several, the slowest counts',
    html: busy(60) + busy(400) + busy(80) + script + watching,
    act: async (page) => {
      for (const ms of [60, 80, 400, 80]) await click(page, ms);
      expectedTarget = await slowest(page, 0);
    },
    check: (v) => {
      expect(v.inp_ms).toBeGreaterThanOrEqual(400);
      expect(v['inp.target']).toBe(expectedTarget);
    },
  },
  {
    name: 'the same slow one twice: the first of equals',
    html: busy(120) + script,
    act: async (page) => {
      await click(page, 120);
      await click(page, 120);
    },
  },
  {
    name: 'of sixty the second slowest',
    html: busy(20) + busy(600) + busy(1000) + script + watching,
    act: async (page) => {
      await click(page, 1000);
      await click(page, 600);
      for (let i = 0; i < 58; i++) await page.click('#busy-20');
      await page.evaluate(SETTLED);
      expectedTarget = await slowest(page, 1);
    },
    check: (v) => {
      expect(v.inp_ms).toBeGreaterThanOrEqual(600);
      expect(v['inp.target']).toBe(expectedTarget);
    },
  },
  {
    name: 'its element removes itself',
    html: `<main class="list"><button class="remove">Remove</button></main>${script}<script>
      document.querySelector('.remove').onclick = (event) => { work(100); event.target.remove() }</script>`,
    act: async (page) => {
      await page.click('.remove');
      await drawn(page);
    },
  },
  {
    name: 'the page was busy before: input delay',
    html: busy(40) + script,
    act: async (page) => {
      const box = await page.locator('#busy-40').boundingBox();
      await page.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
      await page.evaluate(() => void setTimeout('work(150)'));
      await page.mouse.down();
      await page.mouse.up();
      await drawn(page);
    },
  },
  {
    name: 'painting takes long: presentation delay',
    html: `<button id="paint">Paint</button>${script}<script>
      paint.onclick = () => requestAnimationFrame(() => work(150))</script>`,
    act: async (page) => {
      await page.click('#paint');
      await drawn(page);
    },
    check: (v) => expect(v['inp.presentation_delay_ms']).toBeGreaterThan(140),
  },
  {
    name: 'pointerdown, pointerup and click each do something',
    html: `<button id="all">All</button>${script}<script>
      for (const [type, ms] of [['pointerdown', 60], ['pointerup', 90], ['click', 30]])
        all.addEventListener(type, () => work(ms))</script>`,
    act: async (page) => {
      await page.click('#all');
      await drawn(page);
    },
  },
  {
    name: 'hovering over something slow while clicking',
    html: `<button id="hover">Hover</button>${script}<script>
      hover.onpointerover = () => work(120); hover.onclick = () => work(60)</script>`,
    act: async (page) => {
      await page.click('#hover');
      await drawn(page);
    },
  },
  {
    name: 'an interaction inside a frame is not ours',
    html: `<h1>Shop</h1><iframe srcdoc="<button onclick='const t = performance.now() + 150; while (performance.now() < t);'>In</button>"></iframe>`,
    act: async (page) => {
      await page.frameLocator('iframe').locator('button').click();
      await drawn(page);
    },
    check: (v) => expect(v.inp_ms).toBeNull(),
  },
]);
