import { compareSituations, expect } from '../beside_web_vitals.ts';
import { told } from '../fixtures.ts';

const addPicture = (path: string) => {
  const picture = new Image();
  picture.src = path;
  picture.className = 'late';
  document.body.prepend(picture);
  return picture.decode();
};

compareSituations('lcp', [
  {
    name: 'text is the largest',
    html: '<h1 class="title big">A long headline that is the largest thing here</h1><p>Text</p>',
    check: (v) => expect(v['lcp.target']).toBe('html>body>h1.big.title'),
  },
  {
    name: 'a picture, slow to arrive',
    html: '<h1>Shop</h1><img id="hero" src="/picture-300-600x400.svg">',
    check: (v) => {
      expect(v['lcp.resource_load_duration_ms']).toBeGreaterThan(250);
      expect(v['lcp.target']).toBe('#hero');
    },
  },
  {
    name: 'a picture, found late',
    html: `<h1>Shop</h1><script>onload = () => setTimeout(() => {
      const img = new Image(); img.src = '/picture-50-600x400.svg'; document.body.append(img);
    }, 300)</script>`,
    act: (page) => told(page, 'largest-contentful-paint', '/picture-50'),
    check: (v) => expect(v['lcp.resource_load_delay_ms']).toBeGreaterThan(250),
  },
  {
    name: 'a CSS background',
    html: '<div class="stage" style="width:600px;height:400px;background:url(/picture-100-600x400.svg)"></div>',
    check: (v) => expect(v['lcp.url']).toContain('/picture-100'),
  },
  {
    name: 'the same picture asked for twice',
    html: `<img src="/picture-100-300x200.svg"><script>
      onload = () => fetch('/picture-100-300x200.svg', { cache: 'reload' })</script>`,
  },
  {
    name: 'a larger picture after the first click does not count',
    html: '<h1>Shop</h1><button id="go">Go</button>',
    act: async (page) => {
      await page.click('#go');
      await page.evaluate(addPicture, '/picture-0-700x500.svg');
    },
    check: (v) => expect(v['lcp.url']).toBe(''),
  },
  {
    name: 'a larger picture after the first key does not count',
    html: '<h1>Shop</h1><input autofocus>',
    act: async (page) => {
      await page.keyboard.press('a');
      await page.evaluate(addPicture, '/picture-0-700x500.svg');
    },
    check: (v) => expect(v['lcp.url']).toBe(''),
  },
  {
    name: 'its element is gone when it is looked at',
    html: `<h1 id="splash">A long headline that goes away soon after it was painted</h1><p>Text</p>
      <img src="/picture-400-10x10.svg"><script>new PerformanceObserver((list) => {
        if (list.getEntries().some(({ id }) => id === 'splash')) splash.remove();
      }).observe({ type: 'largest-contentful-paint', buffered: true })</script>`,
    check: (v) => expect(v['lcp.target']).toBe('#splash'),
  },
  {
    name: 'what a frame paints is not ours',
    html: '<h1>Shop</h1><iframe srcdoc="<img src=/picture-0-800x600.svg>" width="900" height="700"></iframe>',
    check: (v) => expect(v['lcp.url']).toBe(''),
  },
  {
    name: 'nothing is painted',
    html: '<main></main>',
    check: (v) => {
      expect(v.lcp_ms).toBeNull();
      expect(v.cls).toBeNull();
    },
  },
  {
    name: 'a slow server',
    html: '<h1>Shop</h1>',
    page: { wait_ms: 400 },
    check: (v) => {
      expect(v['lcp.time_to_first_byte_ms']).toBeGreaterThan(390);
      expect(v['ttfb.request_duration_ms']).toBeGreaterThan(390);
    },
  },
]);
