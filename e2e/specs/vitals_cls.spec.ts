import type { Page } from '@playwright/test';
import { compareSituations, drawn, expect } from '../beside_web_vitals.ts';

/** Puts a box of some height above everything, which moves the rest down. */
const push = async (page: Page, height: number): Promise<void> => {
  await page.evaluate((px) => {
    const box = document.createElement('div');
    box.style.height = `${px}px`;
    document.body.prepend(box);
  }, height);
  await drawn(page);
};
/** Waits by the page's own clock: session windows are about time. */
const pause = (page: Page, ms: number): Promise<void> =>
  page.evaluate((wait) => new Promise<void>((done) => setTimeout(done, wait)), ms);

const column =
  '<main class="column"><p style="height:400px">One</p><p style="height:300px">Two</p></main>';

compareSituations('cls', [
  {
    name: 'nothing moves',
    html: column,
    check: (v) => expect(v.cls).toBe(0),
  },
  {
    name: 'a late banner',
    html: column,
    act: (page) => push(page, 120),
    check: (v) => {
      expect(v.cls).toBeGreaterThan(0.05);
      expect(v['cls.largest_shift_target']).toBe('html>body');
    },
  },
  {
    name: 'moved while it loads',
    html: `${column}<script>requestAnimationFrame(() => requestAnimationFrame(() => {
      const box = document.createElement('div'); box.style.height = '90px'; document.body.prepend(box);
    }))</script><img src="/picture-200-10x10.svg">`,
  },
  {
    name: 'shifts of one window add up, the largest names it',
    html: column,
    act: async (page) => {
      for (const height of [40, 150, 30]) {
        await push(page, height);
        await pause(page, 150);
      }
    },
  },
  {
    name: 'of two windows the larger counts',
    html: column,
    act: async (page) => {
      await push(page, 60);
      await pause(page, 1_100);
      await push(page, 90);
      await push(page, 30);
      await pause(page, 1_100);
      await push(page, 20);
    },
  },
  {
    name: 'a window ends after five seconds',
    html: column,
    act: async (page) => {
      for (let i = 0; i < 9; i++) {
        await push(page, 10);
        await pause(page, 700);
      }
    },
  },
  {
    name: 'a shift right after a click does not count',
    html: `<button id="more">More</button>${column}<script>
      more.onclick = () => { const box = document.createElement('div'); box.style.height = '200px'; more.after(box); }</script>`,
    act: (page) => page.click('#more'),
    // The 200 px would be over 0.05; a button may be drawn a hair elsewhere.
    check: (v) => expect(v.cls).toBeLessThan(0.001),
  },
  {
    name: 'a shift after a click that takes too long does',
    html: `<button id="more">More</button>${column}<script>
      more.onclick = () => setTimeout(() => { const box = document.createElement('div'); box.style.height = '200px'; more.after(box); }, 800)</script>`,
    act: async (page) => {
      await page.click('#more');
      await pause(page, 900);
    },
    check: (v) => expect(v.cls).toBeGreaterThan(0),
  },
  {
    name: 'text without an element of its own moves',
    html: 'Some bare text<br>and more of it<div style="height:300px;width:10px"></div>tail',
    act: (page) => push(page, 100),
  },
  {
    name: 'what moved is gone',
    html: `<div id="gone" style="height:300px;background:#eee">Gone soon</div>${column}`,
    act: async (page) => {
      await push(page, 100);
      await page.evaluate(() => document.getElementById('gone')?.remove());
    },
  },
  {
    name: 'a shift inside a frame is not ours',
    html: `${column}<iframe width="600" height="300" srcdoc="<p>In</p><script>setTimeout(() => { const b = document.createElement('div'); b.style.height = '100px'; document.body.prepend(b) }, 200)</script>"></iframe>`,
    act: (page) => pause(page, 400),
    check: (v) => expect(v.cls).toBe(0),
  },
]);
