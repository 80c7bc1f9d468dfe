// Answers of the query API as a small shop would give them, made from a seeded
// generator: the same every time, so that a screenshot changes only when the
// dashboard does. `now_unix_ms` is the one thing that comes from outside.

/** xorshift32: small, seeded, good enough to look like visitors. */
function generator(seed) {
  let state = Math.imul(seed, 2654435761) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (list) => list[Math.floor(next() * list.length)],
    hex: (digits) =>
      Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join(''),
  };
}

const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;
const THRESHOLDS = {
  lcp_ms: [2500, 4000],
  inp_ms: [200, 500],
  cls: [0.1, 0.25],
  fcp_ms: [1800, 3000],
  ttfb_ms: [800, 1800],
};
const VITALS = Object.keys(THRESHOLDS);

/** A log-normal-like vital: quantiles, shares and buckets that fit together. */
function vital(name, median, count, spread = 0.55) {
  const [good, poor] = THRESHOLDS[name];
  // Normal quantiles at (i + 0.5) / 400, by a logistic stand-in.
  const values = Array.from({ length: 400 }, (_, i) => {
    const p = (i + 0.5) / 400;
    return median * Math.exp(spread * (Math.log(p / (1 - p)) / 1.702));
  });
  const at = (q) => round(values[Math.floor(q * 400)], name === 'cls' ? 4 : 0);
  const share = (test) => values.filter(test).length / 400;
  const step = (values[390] ?? 1) / 40;
  const buckets = [];
  for (let low = 0; low < values[399]; low += step) {
    const inside = values.filter((v) => v > low && v <= low + step).length;
    if (inside > 0) {
      buckets.push({ low, high: low + step, count: Math.round((inside / 400) * count) });
    }
  }
  return {
    summary: {
      p50: at(0.5),
      p75: at(0.75),
      p95: at(0.95),
      good: share((v) => v <= good),
      needs_improvement: share((v) => v > good && v <= poor),
      poor: share((v) => v > poor),
      count,
    },
    buckets,
  };
}

const PAGES = [
  ['/', 4812, 0.004, [1420, 64, 0.02, 780, 210]],
  ['/products', 3160, 0.006, [2210, 92, 0.05, 1180, 540]],
  ['/product/:id', 2874, 0.021, [2480, 128, 0.09, 1260, 860]],
  ['/cart', 1203, 0.034, [1310, 238, 0.03, 820, 260]],
  ['/checkout', 688, 0.087, [2890, 412, 0.06, 1610, 1240]],
  ['/search', 641, 0.002, [3420, 176, 0.16, 2060, 1490]],
  ['/account/orders', 402, 0, [1820, 88, 0.01, 960, 430]],
  ['/account/orders/:id', 377, 0.011, [1690, 71, 0.01, 900, 395]],
  ['/blog/:slug', 311, 0, [1240, 40, 0.21, 700, 180]],
  ['/spa#/wishlist', 148, 0.014, [null, 104, 0.04, null, null]],
  ['/help/shipping-and-returns', 96, 0, [980, null, 0, 610, 150]],
  ['/campaigns/black-friday/landing', 41, 0.2, [5210, 260, 0.33, 3220, 2010]],
];

function vitalsOf(medians, views) {
  const out = {};
  VITALS.forEach((name, i) => {
    out[name] =
      medians[i] === null
        ? null
        : vital(name, medians[i], Math.round(views * (name === 'inp_ms' ? 0.62 : 0.97))).summary;
  });
  return out;
}

/** Around one quantile of LCP; the phases add up. */
function band(lcp_ms, joined) {
  const part = (share) => round(lcp_ms * share);
  return {
    lcp_ms: round(lcp_ms),
    views: 201,
    joined_share: joined ? 0.93 : 0,
    redirect_ms: 0,
    stall_ms: part(0.02),
    dns_ms: part(0.01),
    connect_ms: part(0.03),
    network_ms: part(joined ? 0.04 : 0.3),
    backend_ms: joined ? part(0.26) : null,
    resource_load_delay_ms: part(0.21),
    resource_load_duration_ms: part(0.31),
    element_render_delay_ms: part(0.12),
    backend_spans: joined
      ? [
          {
            name: 'SELECT … FROM shop_review WHERE product_id = ?',
            op: 'db',
            service: 'shop',
            ms: part(0.21),
            share: 0.81,
          },
          {
            name: 'shop/product.html',
            op: 'template.render',
            service: 'shop',
            ms: part(0.04),
            share: 0.15,
          },
        ]
      : [],
  };
}

export function makeData(now_unix_ms) {
  const at = (before_ms) => new Date(now_unix_ms - before_ms).toISOString();
  const ids = generator(7);
  const trace_id = ids.hex(32);
  const page_view_id = ids.hex(32);
  const session_id = ids.hex(32);
  const other_view_ids = Array.from({ length: 8 }, () => ids.hex(32));
  const event_ids = Array.from({ length: 12 }, () => ids.hex(32));
  const public_key = '4f1c9a0b7d2e4c5f8a6b3d1e0f9c8b7a';
  const project = (id, name, origins) => ({
    id,
    name,
    dsn: `http://${public_key}@127.0.0.1:8790/${id}`,
    public_key,
    allowed_origins: origins,
    created_at: at(40 * 86_400_000),
  });
  const projects = [
    project(1, 'shop', ['https://shop.example']),
    project(2, 'new-app', []),
    project(3, 'docs', []),
  ];

  const pages = PAGES.map(([page, views, error_rate, medians]) => ({
    page,
    views,
    error_rate,
    vitals: vitalsOf(medians, views),
  }));

  const pageReport = (page, from_ms) => {
    const [, views, error_rate, medians] = PAGES.find(([name]) => name === page) ?? PAGES[2];
    const random = generator(page.length * 97 + views);
    const distribution = {};
    VITALS.forEach((name, i) => {
      distribution[name] = medians[i] === null ? [] : vital(name, medians[i], views).buckets;
    });
    const points = from_ms > 48 * 3_600_000 ? 28 : 24;
    const step_ms = from_ms / points;
    const series = Array.from({ length: points }, (_, i) => {
      const busy = 0.55 + 0.45 * Math.sin(((i - 6) / points) * 2 * Math.PI);
      const bump = i > points * 0.6 && i < points * 0.75 ? 1.55 : 1;
      const wave = random.between(0.86, 1.16) * bump;
      const point = {
        at: at(from_ms - i * step_ms),
        views: Math.round((views / points) * (0.4 + busy)),
        error_rate: round(error_rate * random.between(0.3, 1.8), 4),
      };
      VITALS.forEach((name, v) => {
        const value = medians[v] === null ? null : medians[v] * 1.33 * wave;
        point[name] = value === null ? null : round(value, name === 'cls' ? 4 : 0);
      });
      const share = (value, factor) => (value === null ? null : round(value * factor));
      point.lcp = {
        time_to_first_byte_ms: share(point.lcp_ms, 0.36),
        resource_load_delay_ms: share(point.lcp_ms, 0.21),
        resource_load_duration_ms: share(point.lcp_ms, 0.31),
        element_render_delay_ms: share(point.lcp_ms, 0.12),
      };
      point.inp = {
        input_delay_ms: share(point.inp_ms, 0.1),
        processing_duration_ms: share(point.inp_ms, 0.7),
        presentation_delay_ms: share(point.inp_ms, 0.2),
      };
      return point;
    });
    const lcp = medians[0] ?? 0;
    const part = (median, factor) => (median === null ? null : round(median * factor));
    const slice = (value, part, factor) => {
      const out = {
        value,
        views: Math.round(views * part),
        error_rate: round(error_rate * factor, 4),
      };
      VITALS.forEach((name, v) => {
        out[name] =
          medians[v] === null ? null : round(medians[v] * 1.33 * factor, name === 'cls' ? 4 : 0);
      });
      return out;
    };
    const joined = page !== '/blog/:slug';
    return {
      page,
      from: at(from_ms),
      to: at(0),
      views,
      views_kept_by_exception: 3,
      error_rate,
      examined_views: Math.min(views, 2000),
      series_step: points === 24 ? 'hour' : 'day',
      vitals: vitalsOf(medians, views),
      series,
      distribution,
      breakdown: {
        lcp: {
          time_to_first_byte_ms: part(medians[0], 0.47),
          resource_load_delay_ms: part(medians[0], 0.29),
          resource_load_duration_ms: part(medians[0], 0.4),
          element_render_delay_ms: part(medians[0], 0.17),
        },
        inp: {
          input_delay_ms: part(medians[1], 0.12),
          processing_duration_ms: part(medians[1], 0.98),
          presentation_delay_ms: part(medians[1], 0.22),
        },
        lcp_near_p75:
          medians[0] === null
            ? null
            : {
                lcp_ms: part(medians[0], 1.43),
                time_to_first_byte_ms: part(medians[0], 0.5),
                resource_load_delay_ms: part(medians[0], 0.31),
                resource_load_duration_ms: part(medians[0], 0.44),
                element_render_delay_ms: part(medians[0], 0.18),
                backend_ms: joined ? part(medians[0], 0.38) : null,
                views: Math.round(Math.min(views, 2000) * 0.1),
              },
      },
      backend: joined
        ? {
            joined_share: 0.93,
            p75_ms: round(lcp * 0.37),
            spans: [
              [
                'SELECT … FROM shop_review JOIN shop_customer ON … WHERE product_id = ? ORDER BY created DESC',
                'db',
                'navigation',
                0.31,
                0.84,
                1,
              ],
              ['shop/product.html', 'template.render', 'navigation', 0.04, 0.1, 1],
              ['GET product/<int:id>', 'http.server', 'navigation', 0.018, 0.04, 1],
              ['SELECT … FROM shop_product WHERE id = ?', 'db', 'navigation', 0.012, 0.02, 3],
              ['rank candidates', 'function', 'request', 0.11, 0.88, 1],
              ['GET api/recommendations', 'http.server', 'request', 0.015, 0.12, 1],
            ].map(([name, op, where, size, share, times]) => ({
              name,
              op,
              service: name === 'rank candidates' ? 'recommender' : 'shop',
              part: where,
              p75_ms: round(lcp * size),
              share,
              count: Math.round(views * 0.93 * times),
            })),
          }
        : { joined_share: 0, p75_ms: null, spans: [] },
      where_time_goes: {
        p75: band(lcp * 1.43, joined),
        p95: band(lcp * 2.9, joined),
      },
      findings: joined
        ? [
            {
              rule: 'slow_query',
              text: '72 % of the slow visits wait for `SELECT … FROM shop_review WHERE product_id = ?`: 769 ms each. Look at its plan and its index.',
              impact_ms: 769,
              share: 0.72,
              views: 480,
            },
            {
              rule: 'lcp_image_found_late',
              text: 'The LCP image `trail-runner-3-large.jpg` is discovered 620 ms late in 58 % of the slow visits: it is set by CSS. Put it into the HTML or preload it.',
              impact_ms: 620,
              share: 0.58,
              views: 500,
            },
          ]
        : [],
      releases: [{ release: '1.4.2', first_seen_at: at(from_ms * 0.4) }],
      inp_scripts: [
        {
          url: 'https://shop.example/static/js/shop.:hash.js',
          function: 'onBuy',
          invoker: 'BUTTON#buy.onclick',
          views: Math.round(views * 0.2),
          p75_ms: 212,
        },
      ],
      frame_scripts: [
        {
          url: 'https://cdn.example/tag.js',
          function: '',
          invoker: 'https://cdn.example/tag.js',
          views: Math.round(views * 0.6),
          p75_ms: 94,
        },
      ],
      third_parties: [
        {
          host: 'cdn.example',
          views: Math.round(views * 0.94),
          requests: 2.4,
          median_transfer_bytes: 143_200,
          p75_duration_ms: 420,
          p75_script_ms: 94,
        },
      ],
      heaviest_resources: [
        {
          url: 'https://shop.example/media/products/trail-runner-:id-large.jpg',
          initiator_type: 'img',
          views: Math.round(views * 0.71),
          p75_duration_ms: 1140,
          median_transfer_bytes: 812_400,
        },
      ],
      lcp_elements: [
        {
          target: 'main>section.hero>img.product-photo',
          url: 'https://shop.example/media/products/trail-runner-3-large.jpg',
          views: Math.round(views * 0.71),
          p75_ms: round(lcp * 1.38, 0),
        },
        { target: 'main>h1', url: '', views: Math.round(views * 0.2), p75_ms: round(lcp * 0.8, 0) },
        {
          target: 'div.cookie-banner>p',
          url: '',
          views: Math.round(views * 0.06),
          p75_ms: round(lcp * 0.95, 0),
        },
      ],
      inp_targets: [
        { target: 'button#buy', type: 'pointer', views: Math.round(views * 0.21), p75_ms: 284 },
        {
          target: 'select[name=size]',
          type: 'pointer',
          views: Math.round(views * 0.14),
          p75_ms: 122,
        },
        { target: 'input#quantity', type: 'keyboard', views: Math.round(views * 0.05), p75_ms: 64 },
      ],
      shift_sources: [
        { target: 'div.recommendations', views: Math.round(views * 0.34), p75: 0.182 },
        { target: 'div.cookie-banner', views: Math.round(views * 0.12), p75: 0.061 },
      ],
      resources: [
        [
          'https://shop.example/media/products/trail-runner-3-large.jpg',
          'img',
          0.71,
          1140,
          812_400,
        ],
        ['https://shop.example/static/js/vendor.4f9e2c.js', 'script', 0.98, 610, 241_300],
        ['https://cdn.example/fonts/inter-var.woff2', 'css', 0.94, 420, 103_200],
        ['https://shop.example/api/recommendations', 'fetch', 0.93, 388, 4_120],
        ['https://shop.example/static/css/site.css', 'link', 0.99, 180, 28_800],
      ].map(([url, initiator_type, part, p75_duration_ms, median_transfer_bytes]) => ({
        url,
        initiator_type,
        views: Math.round(views * part),
        p75_duration_ms,
        median_transfer_bytes,
      })),
      slices: {
        device: [
          slice('mobile', 0.58, 1.24),
          slice('desktop', 0.38, 0.66),
          slice('tablet', 0.04, 0.98),
        ],
        browser: [
          slice('Chrome', 0.61, 1.02),
          slice('Safari', 0.22, 0.9),
          slice('Firefox', 0.1, 0.94),
          slice('Samsung Internet', 0.05, 1.41),
          slice('', 0.02, 1),
        ],
        connection: [slice('4g', 0.81, 0.88), slice('3g', 0.15, 1.77), slice('2g', 0.04, 2.6)],
        country: [
          slice('DE', 0.44, 0.92),
          slice('FR', 0.2, 1.0),
          slice('US', 0.18, 1.3),
          slice('IN', 0.06, 2.1),
        ],
        release: [slice('1.4.2', 0.66, 1.1), slice('1.4.1', 0.34, 0.84)],
        os: [slice('Android', 0.52, 1.2), slice('iOS', 0.2, 0.9), slice('Windows', 0.28, 0.7)],
        navigation_type: [slice('navigate', 0.8, 1.1), slice('back_forward_cache', 0.2, 0.02)],
      },
      samples: [page_view_id, ...other_view_ids].map((id, i) => ({
        page_view_id: id,
        started_at: at(600_000 + i * 1_700_000),
        lcp_ms: round(lcp * (3.4 - i * 0.22)),
        inp_ms: null,
        device: i % 3 === 1 ? 'desktop' : 'mobile',
        browser: ['Chrome', 'Safari', 'Samsung Internet'][i % 3],
        trace_id: i === 0 ? trace_id : null,
      })),
    };
  };

  /** Shares of vitals to good, and how pages stood before. */
  const overview = (from_ms) => {
    const whole = pageReport('/product/:id', from_ms);
    const sum = pages.reduce((total, page) => total + page.views, 0);
    const p75 = (vitals, factor) =>
      Object.fromEntries(
        VITALS.map((name) => [
          name,
          vitals[name] === null ? null : round(vitals[name].p75 * factor, name === 'cls' ? 4 : 0),
        ]),
      );
    const pain = ({ vitals }) => {
      const of = (name, good) =>
        vitals[name] ? round(vitals[name].count * Math.max(0, vitals[name].p75 / good - 1)) : 0;
      const parts = { lcp_ms: of('lcp_ms', 2500), inp_ms: of('inp_ms', 200), cls: of('cls', 0.1) };
      return { sum: parts.lcp_ms + parts.inp_ms + parts.cls, ...parts };
    };
    const totals = (views, error_rate) => ({
      views,
      views_kept_by_exception: 3,
      error_rate,
      vitals: vitalsOf(PAGES[2][3], views),
    });
    return {
      from: at(from_ms),
      to: at(0),
      ...totals(sum, 0.014),
      previous: { ...totals(sum * 0.9, 0.011), from: at(2 * from_ms), to: at(from_ms) },
      series_step: whole.series_step,
      series: whole.series,
      releases: whole.releases,
      page_count: pages.length,
      pages: pages
        .map((page) => ({
          ...page,
          pain: pain(page),
          previous: {
            views: Math.round(page.views * 0.92),
            error_rate: page.error_rate,
            ...p75(page.vitals, 0.9),
          },
          sparkline: pageReport(page.page, from_ms).series.map((point) => ({
            at: point.at,
            views: point.views,
            ...Object.fromEntries(VITALS.map((name) => [name, point[name]])),
          })),
        }))
        .sort((a, b) => b.pain.sum - a.pain.sum),
    };
  };

  // One visit, in full.
  const started_ms = now_unix_ms - 600_000;
  const on = (ms) => new Date(started_ms + ms).toISOString();
  const root_span = ids.hex(16);
  const server_span = ids.hex(16);
  const fetch_span = ids.hex(16);
  const reco_span = ids.hex(16);
  const cart_server = ids.hex(16);
  const random = generator(42);
  const origin = 'https://shop.example';
  const resources = [];
  const resource = (url, initiator_type, start_ms, wait_ms, load_ms, bytes, extra = {}) => {
    const remote = !url.startsWith(origin);
    const setup = remote && resources.every((r) => !r.url.startsWith(url.split('/', 3).join('/')));
    const request_start_ms = start_ms + (setup ? 74 : random.between(1, 9));
    resources.push({
      index: resources.length,
      url,
      initiator_type,
      next_hop_protocol: 'h2',
      start_ms: round(start_ms),
      domain_lookup_ms: setup ? 18.2 : 0,
      connect_ms: setup ? 52.6 : 0,
      tls_ms: setup ? 30.1 : 0,
      request_start_ms: round(request_start_ms),
      response_start_ms: round(request_start_ms + wait_ms),
      response_end_ms: round(request_start_ms + wait_ms + load_ms),
      transfer_bytes: bytes,
      encoded_body_bytes: bytes,
      decoded_body_bytes: Math.round(bytes * (initiator_type === 'img' ? 1 : 3.4)),
      response_status: 200,
      render_blocking: false,
      server_timing: [],
      ...extra,
    });
  };
  resource(`${origin}/static/css/site.css`, 'link', 1182, 62, 28, 28_800, {
    render_blocking: true,
  });
  resource(`${origin}/static/css/product.css`, 'link', 1184, 66, 12, 7_400, {
    render_blocking: true,
  });
  resource(`${origin}/static/js/vendor.4f9e2c.js`, 'script', 1186, 88, 310, 241_300);
  resource(`${origin}/static/js/shop.81aa0d.js`, 'script', 1187, 92, 84, 61_100);
  resource('https://cdn.example/fonts/inter-var.woff2', 'css', 1310, 44, 96, 103_200);
  resource('https://cdn.example/fonts/inter-italic.woff2', 'css', 1312, 48, 122, 98_800);
  resource(`${origin}/static/img/logo.svg`, 'img', 1205, 40, 4, 2_100);
  for (let i = 0; i < 28; i++) {
    resource(
      `${origin}/media/thumbs/variant-${i + 1}.webp`,
      'img',
      1230 + i * 11,
      random.between(40, 120),
      random.between(8, 70),
      Math.round(random.between(4_000, 22_000)),
    );
  }
  resource(`${origin}/media/products/trail-runner-3-large.jpg`, 'img', 1985, 96, 1130, 812_400);
  resource(`${origin}/api/recommendations`, 'fetch', 2012, 372, 11, 4_120);
  for (let i = 0; i < 8; i++) {
    resource(
      `${origin}/media/recommended/item-${i + 1}.webp`,
      'img',
      2420 + i * 6,
      random.between(40, 90),
      random.between(20, 60),
      Math.round(random.between(9_000, 31_000)),
    );
  }
  resource('https://metrics.partner.example/collect?v=2', 'beacon', 2710, 130, 1, 0, {
    response_start_ms: 0,
    request_start_ms: 0,
    transfer_bytes: 0,
    decoded_body_bytes: 0,
    response_status: 0,
  });
  resource(`${origin}/api/cart`, 'fetch', 6480, 214, 3, 310, { response_status: 500 });
  resource(`${origin}/static/img/sprite-missing.png`, 'img', 2550, 38, 1, 210, {
    response_status: 404,
  });

  const span = (fields) => ({
    parent_span_id: null,
    reported_parent_span_id: fields.parent_span_id ?? null,
    op: '',
    kind: 'internal',
    service: 'shop',
    source: 'otlp',
    status: 'unset',
    status_message: '',
    depth: 0,
    page_view_id,
    attributes: {},
    events: [],
    started_at: on(fields.start_ms),
    ...fields,
  });
  const reviews_sql =
    'SELECT r.id, r.rating, r.body, c.display_name FROM shop_review r INNER JOIN shop_customer c ON c.id = r.customer_id WHERE r.product_id = ? AND lower(r.body) LIKE ? ORDER BY r.created_at DESC LIMIT 50';
  const browserSpans = [
    span({
      span_id: reco_span,
      parent_span_id: root_span,
      name: 'GET /api/recommendations',
      op: 'http.client',
      kind: 'client',
      service: 'browser',
      source: 'pagewake',
      start_ms: 2010.5,
      duration_ms: 388,
      depth: 1,
      attributes: {
        'http.request.method': 'GET',
        'url.full': `${origin}/api/recommendations`,
        'http.response.status_code': 200,
      },
    }),
    span({
      span_id: fetch_span,
      parent_span_id: root_span,
      name: 'POST /api/cart',
      op: 'http.client',
      kind: 'client',
      service: 'browser',
      source: 'pagewake',
      status: 'error',
      start_ms: 6478.2,
      duration_ms: 224,
      depth: 1,
      attributes: {
        'http.request.method': 'POST',
        'url.full': `${origin}/api/cart`,
        'http.response.status_code': 500,
      },
    }),
  ];
  const render_span = ids.hex(16);
  const reco_server = ids.hex(16);
  const backendSpans = [
    span({
      span_id: server_span,
      parent_span_id: root_span,
      reported_parent_span_id: null,
      name: 'GET product/<int:id>',
      op: 'http.server',
      kind: 'server',
      start_ms: 212,
      duration_ms: 894,
      depth: 1,
      attributes: {
        'http.request.method': 'GET',
        'http.route': 'product/<int:id>',
        'url.path': '/product/7',
        'http.response.status_code': 200,
        'server.address': 'shop-1',
      },
    }),
    span({
      span_id: ids.hex(16),
      parent_span_id: server_span,
      name: 'SELECT shop_product',
      op: 'db',
      kind: 'client',
      start_ms: 221,
      duration_ms: 11.4,
      depth: 2,
      attributes: {
        'db.system.name': 'sqlite',
        'db.query.text': 'SELECT id, name, price_cents FROM shop_product WHERE id = ?',
      },
    }),
    span({
      span_id: ids.hex(16),
      parent_span_id: server_span,
      name: 'SELECT shop_review',
      op: 'db',
      kind: 'client',
      start_ms: 236,
      duration_ms: 742.8,
      depth: 2,
      attributes: { 'db.system.name': 'sqlite', 'db.query.text': reviews_sql },
    }),
    span({
      span_id: render_span,
      parent_span_id: server_span,
      name: 'shop/product.html',
      op: 'template.render',
      start_ms: 986,
      duration_ms: 112,
      depth: 2,
    }),
    ...Array.from({ length: 4 }, (_, i) =>
      span({
        span_id: ids.hex(16),
        parent_span_id: render_span,
        name: 'SELECT shop_variant',
        op: 'db',
        kind: 'client',
        start_ms: 992 + i * 22,
        duration_ms: 12.5,
        depth: 3,
        attributes: {
          'db.system.name': 'sqlite',
          'db.query.text': 'SELECT id, colour FROM shop_variant WHERE id = ?',
        },
      }),
    ),
    span({
      span_id: reco_server,
      parent_span_id: reco_span,
      name: 'GET api/recommendations',
      op: 'http.server',
      kind: 'server',
      start_ms: 2034,
      duration_ms: 342,
      depth: 2,
    }),
    span({
      span_id: ids.hex(16),
      parent_span_id: reco_server,
      name: 'GET /v1/similar',
      op: 'http.client',
      kind: 'client',
      service: 'shop',
      start_ms: 2041,
      duration_ms: 318,
      depth: 3,
    }),
    span({
      span_id: ids.hex(16),
      parent_span_id: reco_server,
      name: 'rank candidates',
      op: 'function',
      service: 'recommender',
      start_ms: 2062,
      duration_ms: 281,
      depth: 4,
    }),
    span({
      span_id: cart_server,
      parent_span_id: fetch_span,
      name: 'POST api/cart',
      op: 'http.server',
      kind: 'server',
      status: 'error',
      status_message: 'ZeroDivisionError: division by zero',
      start_ms: 6498,
      duration_ms: 181,
      depth: 2,
      attributes: {
        'http.request.method': 'POST',
        'http.route': 'api/cart',
        'http.response.status_code': 500,
      },
      events: [
        {
          name: 'exception',
          at_ms: 6672,
          attributes: {
            'exception.type': 'ZeroDivisionError',
            'exception.message': 'division by zero',
          },
        },
      ],
    }),
    span({
      span_id: ids.hex(16),
      parent_span_id: cart_server,
      name: 'INSERT shop_cartline',
      op: 'db',
      kind: 'client',
      start_ms: 6521,
      duration_ms: 24.6,
      depth: 3,
      attributes: {
        'db.system.name': 'sqlite',
        'db.query.text':
          'INSERT INTO shop_cartline (cart_id, product_id, quantity) VALUES (?, ?, ?)',
      },
    }),
  ];
  const viewEvents = [
    {
      event_id: event_ids[0],
      issue_id: 7,
      level: 'error',
      title: 'TypeError: Cannot read properties of undefined (reading "total")',
      occurred_at: on(6718),
    },
    {
      event_id: event_ids[1],
      issue_id: 3,
      level: 'error',
      title: 'Error: sprite-missing.png did not load',
      occurred_at: on(2596),
    },
  ];
  const crumb = (ms, type, category, level, message, data = {}) => ({
    at: on(ms),
    type,
    category,
    level,
    message,
    data,
  });
  const breadcrumbs = [
    crumb(0, 'navigation', 'navigation', 'info', '/products → /product/7'),
    crumb(2011, 'http', 'fetch', 'info', 'GET /api/recommendations', {
      status: 200,
      duration_ms: 388,
    }),
    crumb(2596, 'default', 'console', 'warning', 'sprite-missing.png: 404, using fallback'),
    crumb(4120, 'user', 'ui.click', 'info', 'select[name=size]'),
    crumb(5310, 'user', 'ui.input', 'info', 'input#quantity'),
    crumb(6460, 'user', 'ui.click', 'info', 'button#buy'),
    crumb(6702, 'http', 'fetch', 'error', 'POST /api/cart', { status: 500, duration_ms: 224 }),
  ];
  const device = {
    type: 'mobile',
    effective_connection_type: '4g',
    rtt_ms: 100,
    downlink_kbps: 4300,
    save_data: false,
    memory_mb: 4096,
    cores: 8,
    viewport_width_px: 412,
    viewport_height_px: 839,
    screen_width_px: 412,
    screen_height_px: 915,
    language: 'de-DE',
    unsupported_entry_types: ['soft-navigation'],
  };
  const summary = {
    page_view_id,
    session_id,
    trace_id,
    span_id: root_span,
    server_span_id: server_span,
    previous_page_view_id: other_view_ids[0],
    page: '/product/:id',
    url: `${origin}/product/7`,
    title: 'Trail Runner 3',
    referrer: `${origin}/products`,
    navigation_type: 'navigate',
    started_at: on(0),
    received_at: on(9100),
    duration_ms: 8123.4,
    final: true,
    hidden_at_start: false,
    left_before_load: false,
    weight: 1,
    kept_by_exception: false,
    replayed: false,
    revision: 3,
    clock_skew_ms: -12.5,
    release: '1.4.2',
    environment: 'production',
    user_id: '',
    browser: 'Chrome',
    browser_version: '156',
    os: 'Android',
    country: 'DE',
    vitals: {
      lcp_ms: 3242.1,
      inp_ms: 284,
      cls: 0.1832,
      fcp_ms: 1412.2,
      ttfb_ms: 1148.5,
      attribution: {
        lcp: {
          target: 'main>section.hero>img.product-photo',
          url: `${origin}/media/products/trail-runner-3-large.jpg`,
          time_to_first_byte_ms: 1148.5,
          resource_load_delay_ms: 836.5,
          resource_load_duration_ms: 1232,
          element_render_delay_ms: 25.1,
        },
        inp: {
          target: 'button#buy',
          type: 'pointer',
          time_ms: 6458,
          input_delay_ms: 14,
          processing_duration_ms: 231,
          presentation_delay_ms: 39,
          load_state: 'complete',
          longest_script_url: `${origin}/static/js/shop.81aa0d.js`,
          longest_script_function: 'onBuyClick',
          longest_script_invoker: 'BUTTON#buy.onclick',
          longest_script_ms: 224,
          longest_script_char_position: 1204,
          longest_script_subpart: 'processing-duration',
          total_script_duration_ms: 226,
          total_style_and_layout_duration_ms: 21,
          total_paint_duration_ms: 12,
          total_unattributed_duration_ms: 25,
        },
        cls: {
          largest_shift_target: 'div.recommendations',
          largest_shift_time_ms: 2431,
          largest_shift_value: 0.1821,
          load_state: 'dom-interactive',
        },
      },
      missing: {},
    },
    timing: {
      redirect_start_ms: 0,
      redirect_end_ms: 0,
      worker_start_ms: 0,
      fetch_start_ms: 2.1,
      domain_lookup_start_ms: 8,
      domain_lookup_end_ms: 46,
      connect_start_ms: 46,
      secure_connection_start_ms: 98,
      connect_end_ms: 184,
      request_start_ms: 186,
      response_start_ms: 1148.5,
      response_end_ms: 1176,
      dom_interactive_ms: 1640,
      dom_content_loaded_ms: 1702,
      dom_complete_ms: 3196,
      load_event_end_ms: 3204,
      transfer_bytes: 18_420,
      encoded_body_bytes: 18_120,
      decoded_body_bytes: 74_800,
      response_status: 200,
      redirect_count: 0,
      next_hop_protocol: 'h2',
      server_timing: [
        { name: 'db', duration_ms: 212.4, description: 'orders' },
        { name: 'cache', duration_ms: 0, description: 'miss' },
      ],
      not_restored_reasons: [],
    },
    tags: { experiment: 'hero-b' },
    error_count: 2,
    device,
    sdk_cost: { main_thread_ms: 4.1, core_load_ms: 35, sent_bytes: 2210, dropped: 1 },
  };
  const pageView = {
    ...summary,
    resources,
    long_frames: [
      {
        index: 0,
        start_ms: 1584,
        duration_ms: 118,
        blocking_ms: 64,
        script_url: `${origin}/static/js/vendor.4f9e2c.js`,
        script_function: 'hydrateRoot',
        invoker: 'classic-script',
        script_ms: 96,
        style_and_layout_start_ms: 1690,
        scripts: [],
      },
      {
        index: 1,
        start_ms: 6460,
        duration_ms: 262,
        blocking_ms: 204,
        script_url: `${origin}/static/js/shop.81aa0d.js`,
        script_function: 'onBuyClick',
        invoker: 'BUTTON#buy.onclick',
        script_ms: 224,
        style_and_layout_start_ms: 6696,
        scripts: [
          {
            url: `${origin}/static/js/shop.81aa0d.js`,
            function: 'onBuyClick',
            invoker: 'BUTTON#buy.onclick',
            char_position: 1204,
            start_ms: 6472,
            duration_ms: 224,
            forced_style_and_layout_ms: 11,
          },
          {
            url: `${origin}/static/js/vendor.4f9e2c.js`,
            function: 'flush',
            invoker: 'Promise.then',
            char_position: 88,
            start_ms: 6697,
            duration_ms: 8,
            forced_style_and_layout_ms: 0,
          },
        ],
      },
    ],
    breadcrumbs,
    spans: browserSpans,
    events: viewEvents,
  };
  const rootSpan = span({
    span_id: root_span,
    name: '/product/:id',
    op: 'pageload',
    kind: 'client',
    service: 'browser',
    source: 'pagewake',
    start_ms: 0,
    duration_ms: 3242.1,
    attributes: { 'url.full': summary.url },
  });
  const nested = (parent) =>
    backendSpans
      .filter((s) => s.parent_span_id === parent)
      .flatMap((s) => [s, ...nested(s.span_id)]);
  const ranked = backendSpans.find((s) => s.name === 'rank candidates');
  const similar = backendSpans.find((s) => s.name === 'GET /v1/similar');
  ranked.parent_span_id = similar.span_id;
  const trace = {
    trace_id,
    started_at: on(0),
    duration_ms: 6702.2,
    page_view_ids: [page_view_id],
    clock: [
      {
        service: 'shop',
        shift_ms: 12.4,
        reason: "server span began before the browser's request span",
      },
    ],
    spans: [
      rootSpan,
      ...nested(root_span),
      ...browserSpans.flatMap((s) => [s, ...nested(s.span_id)]),
    ],
    events: [
      {
        event_id: event_ids[2],
        issue_id: 9,
        span_id: cart_server,
        level: 'error',
        title: 'ZeroDivisionError: division by zero',
        source: 'sentry',
        platform: 'python',
        occurred_at: on(6672),
        at_ms: 6672,
      },
      {
        ...viewEvents[0],
        span_id: root_span,
        source: 'pagewake',
        platform: 'javascript',
        at_ms: 6718,
      },
    ],
    logs: [
      {
        at: on(240),
        at_ms: 240,
        span_id: server_span,
        level: 'info',
        severity_number: 9,
        message: 'product_viewed',
        logger: 'shop',
        service: 'shop',
        source: 'json_log',
        attributes: { product_id: 7 },
      },
      {
        at: on(980),
        at_ms: 980,
        span_id: server_span,
        level: 'warning',
        severity_number: 13,
        message: 'slow_query',
        logger: 'shop.db',
        service: 'shop',
        source: 'json_log',
        attributes: { duration_ms: 742.8, table: 'shop_review' },
      },
      {
        at: on(6520),
        at_ms: 6520,
        span_id: cart_server,
        level: 'info',
        severity_number: 9,
        message: 'cart_line_added',
        logger: 'shop',
        service: 'shop',
        source: 'json_log',
        attributes: { product_id: 7, quantity: 0 },
      },
      {
        at: on(6671),
        at_ms: 6671,
        span_id: cart_server,
        level: 'error',
        severity_number: 17,
        message: 'request_failed',
        logger: 'django.request',
        service: 'shop',
        source: 'json_log',
        attributes: { path: '/api/cart', status: 500 },
      },
    ],
    truncated: false,
  };

  const issue = (
    issue_id,
    title,
    culprit,
    level,
    platform,
    status,
    first_ms,
    last_ms,
    event_count,
    user_count,
    latest_event_id,
  ) => ({
    issue_id,
    title,
    culprit,
    type: title.split(':')[0],
    level,
    platform,
    status,
    first_seen_at: at(first_ms),
    last_seen_at: at(last_ms),
    first_release: '1.4.1',
    last_release: '1.4.2',
    event_count,
    user_count,
    latest_event_id,
    assignee: issue_id % 3 === 0 ? 'ann' : '',
    resolved_release: status === 'resolved_in_next_release' ? '1.4.2' : '',
    ignored_until_event_count: null,
    ignored_until_spike: false,
    merged_into: null,
    grouping_explanation:
      platform === 'javascript'
        ? `grouped by: type and in-app frames ${culprit.replace(' in ', ' (')})`
        : `grouped by: type and in-app frames ${culprit}`,
  });
  const H = 3_600_000;
  const issues = [
    issue(
      7,
      viewEvents[0].title,
      'renderTotals in cart.js',
      'error',
      'javascript',
      'unresolved',
      26 * H,
      10 * 60_000,
      132,
      87,
      event_ids[0],
    ),
    issue(
      9,
      'ZeroDivisionError: division by zero',
      'shop.cart.average_price',
      'error',
      'python',
      'unresolved',
      26 * H,
      10 * 60_000,
      141,
      90,
      event_ids[2],
    ),
    issue(
      3,
      'Error: sprite-missing.png did not load',
      'resource img',
      'warning',
      'javascript',
      'unresolved',
      70 * H,
      12 * 60_000,
      2_410,
      1_822,
      event_ids[1],
    ),
    issue(
      12,
      'Unhandled rejection: NetworkError when attempting to fetch resource',
      'loadRecommendations in recommend.js',
      'error',
      'javascript',
      'unresolved',
      5 * H,
      3 * H,
      9,
      9,
      event_ids[3],
    ),
    issue(
      2,
      'SecurityError: The operation is insecure.',
      'readPreference in prefs.js',
      'error',
      'javascript',
      'unresolved',
      300 * H,
      20 * H,
      37,
      31,
      event_ids[4],
    ),
    issue(
      5,
      'OperationalError: database is locked',
      'shop.orders.place_order',
      'fatal',
      'python',
      'resolved',
      500 * H,
      90 * H,
      12,
      12,
      event_ids[5],
    ),
    issue(
      6,
      'RangeError: Maximum call stack size exceeded',
      'deepClone in util.js',
      'error',
      'javascript',
      'resolved_in_next_release',
      60 * H,
      4 * H,
      21,
      14,
      event_ids[6],
    ),
    issue(
      1,
      'Error: Extension context invalidated.',
      'content.js',
      'error',
      'javascript',
      'ignored',
      600 * H,
      2 * H,
      988,
      410,
      event_ids[7],
    ),
  ];
  const hoursOf = (found) =>
    Array.from({ length: 24 }, (_, i) => {
      const r = generator(found.issue_id * 131 + i * 17 + 3);
      return {
        at: at((23 - i) * H),
        count:
          r.next() < 0.25
            ? 0
            : Math.round(((found.event_count / 24) * r.between(0, 5) * (i > 15 ? 2 : 0.6)) / 2),
      };
    }).filter((hour) => hour.count > 0);

  const jsEvent = (event_id, found) => ({
    event_id,
    issue_id: found.issue_id,
    title: found.title,
    culprit: found.culprit,
    level: found.level,
    message: '',
    logger: '',
    transaction: '/product/:id',
    platform: 'javascript',
    source: 'pagewake',
    exceptions: [
      {
        type: 'TypeError',
        value: 'Cannot read properties of undefined (reading "total")',
        module: '',
        mechanism: { type: 'onunhandledrejection', handled: false },
        frames: [
          {
            function: 'renderTotals',
            filename: `${origin}/static/js/shop.81aa0d.js`,
            module: '',
            line: 1,
            column: 48211,
            in_app: true,
            original: { source: 'src/cart/totals.ts', line: 42, column: 17, name: 'renderTotals' },
            context: {
              pre: [
                'export function renderTotals(cart: Cart): void {',
                '  const box = document.querySelector("#totals");',
                '  if (!box) return;',
              ],
              line: '  box.textContent = format(cart.summary.total, cart.currency);',
              post: ['  box.classList.toggle("empty", cart.lines.length === 0);', '}', ''],
            },
            unresolved_reason: '',
            debug_id: '',
          },
          {
            function: 'onBuyClick',
            filename: `${origin}/static/js/shop.81aa0d.js`,
            module: '',
            line: 1,
            column: 51877,
            in_app: true,
            original: { source: 'src/product/buy.ts', line: 18, column: 4, name: 'onBuyClick' },
            context: {
              pre: ['  const cart = await addToCart(id, quantity);'],
              line: '  renderTotals(cart);',
              post: ['}'],
            },
            unresolved_reason: '',
            debug_id: '',
          },
          {
            function: 'n',
            filename: `${origin}/static/js/vendor.4f9e2c.js`,
            module: '',
            line: 2,
            column: 10422,
            in_app: false,
            original: null,
            context: null,
            unresolved_reason: 'no_map_for_release',
            debug_id: '',
          },
          {
            function: 'dispatch',
            filename: `${origin}/static/js/vendor.4f9e2c.js`,
            module: '',
            line: 2,
            column: 9911,
            in_app: false,
            original: null,
            context: null,
            unresolved_reason: 'no_map_for_release',
            debug_id: '',
          },
          {
            function: 'HTMLButtonElement.invoke',
            filename: `${origin}/static/js/vendor.4f9e2c.js`,
            module: '',
            line: 2,
            column: 9120,
            in_app: false,
            original: null,
            context: null,
            unresolved_reason: 'no_map_for_release',
            debug_id: '',
          },
          {
            function: '',
            filename: `${origin}/product/7`,
            module: '',
            line: 88,
            column: 21,
            in_app: true,
            original: null,
            context: null,
            unresolved_reason: 'no_map_for_release',
            debug_id: '',
          },
        ],
      },
      {
        type: 'Error',
        value: 'POST /api/cart answered 500',
        module: '',
        mechanism: { type: 'chained', handled: true },
        frames: [
          {
            function: 'addToCart',
            filename: `${origin}/static/js/shop.81aa0d.js`,
            module: '',
            line: 1,
            column: 50112,
            in_app: true,
            original: { source: 'src/cart/api.ts', line: 9, column: 11, name: 'addToCart' },
            context: {
              pre: ['  const response = await fetch("/api/cart", { method: "POST", body });'],
              // biome-ignore lint/suspicious/noTemplateCurlyInString: the shop's source text
              line: '  if (!response.ok) throw new Error(`POST /api/cart answered ${response.status}`);',
              post: ['  return response.json();'],
            },
            unresolved_reason: '',
            debug_id: '',
          },
        ],
      },
    ],
    breadcrumbs,
    tags: { experiment: 'hero-b', cart: 'guest' },
    contexts: { device: { family: 'Pixel 8', memory_mb: 4096 } },
    user: {},
    request: {},
    extra: {},
    release: '1.4.2',
    environment: 'production',
    browser: 'Chrome',
    os: 'Android',
    page: '/product/:id',
    url: summary.url,
    page_view_id,
    session_id,
    trace_id,
    span_id: root_span,
    fingerprint: [],
    grouping: { version: 1, key: 'b7a1c05e9d2f4410', explanation: found.grouping_explanation },
    received_at: on(7100),
    occurred_at: on(6718),
  });
  const pyEvent = (event_id, found) => ({
    ...jsEvent(event_id, found),
    platform: 'python',
    source: 'sentry',
    transaction: 'api/cart',
    browser: '',
    os: '',
    page: '',
    page_view_id: null,
    session_id: null,
    exceptions: [
      {
        type: 'ZeroDivisionError',
        value: 'division by zero',
        module: '',
        mechanism: { type: 'django', handled: false },
        frames: [
          {
            function: 'average_price',
            filename: 'shop/cart.py',
            module: 'shop.cart',
            line: 57,
            column: null,
            in_app: true,
            original: null,
            context: {
              pre: [
                'def average_price(lines):',
                '    total = sum(line.price * line.quantity for line in lines)',
                '    count = sum(line.quantity for line in lines)',
              ],
              line: '    return total / count',
              post: ['', '', 'def add(cart, product, quantity):'],
            },
            unresolved_reason: '',
            debug_id: '',
          },
          {
            function: 'cart_api',
            filename: 'shop/views.py',
            module: 'shop.views',
            line: 112,
            column: null,
            in_app: true,
            original: null,
            context: {
              pre: ['    cart.add(product, quantity)'],
              line: '    summary = {"average": average_price(cart.lines())}',
              post: ['    return JsonResponse(summary)'],
            },
            unresolved_reason: '',
            debug_id: '',
          },
          {
            function: 'inner',
            filename: 'django/core/handlers/exception.py',
            module: 'django.core.handlers.exception',
            line: 55,
            column: null,
            in_app: false,
            original: null,
            context: null,
            unresolved_reason: '',
            debug_id: '',
          },
          {
            function: '_get_response',
            filename: 'django/core/handlers/base.py',
            module: 'django.core.handlers.base',
            line: 197,
            column: null,
            in_app: false,
            original: null,
            context: null,
            unresolved_reason: '',
            debug_id: '',
          },
        ],
      },
    ],
    breadcrumbs: [
      crumb(6500, 'default', 'query', 'info', 'SELECT … FROM shop_cart WHERE id = ?'),
      crumb(6521, 'default', 'query', 'info', 'INSERT INTO shop_cartline …'),
    ],
    request: {
      method: 'POST',
      url: `${origin}/api/cart`,
      headers: { Accept: 'application/json', Cookie: '[Filtered]' },
    },
    contexts: { runtime: { name: 'CPython', version: '3.11.2' } },
    occurred_at: on(6672),
  });
  const eventOf = (event_id) => {
    const found = issues.find((i) => i.latest_event_id === event_id) ?? issues[0];
    return found.platform === 'python' ? pyEvent(event_id, found) : jsEvent(event_id, found);
  };

  const visit = (i, page, before_ms, medians, error_count = 0) => ({
    ...summary,
    page_view_id: i === 2 ? page_view_id : other_view_ids[i],
    page,
    url: `${origin}${page.replace(':id', '7')}`,
    started_at: new Date(started_ms - before_ms).toISOString(),
    navigation_type: i === 3 ? 'soft_navigation' : i === 4 ? 'back_forward_cache' : 'navigate',
    duration_ms: 14_000 + i * 9_100,
    error_count,
    event_count: error_count,
    vitals: { ...summary.vitals, lcp_ms: medians[0], inp_ms: medians[1], cls: medians[2] },
  });
  const session = {
    session_id,
    page_views: [
      visit(0, '/', 52_000, [1380, 48, 0.01]),
      visit(1, '/products', 31_000, [2610, null, 0.04]),
      visit(2, '/product/:id', 0, [3242.1, 284, 0.1832], 2),
      visit(3, '/spa#/wishlist', -21_000, [null, 96, 0.02]),
      visit(4, '/products', -36_000, [210, 40, 0]),
    ],
    events: viewEvents.map((event) => ({ ...event, page_view_id, page: '/product/:id' })),
  };

  const outcomes = {
    items: [
      ['page_view', 'stored', null, 14_753],
      ['event', 'stored', null, 3_750],
      ['span', 'stored', null, 182_411],
      ['log', 'stored', null, 20_118],
      [
        'event',
        'dropped',
        'known_noise',
        812,
        'Recognised as noise: "Script error." without a frame, ResizeObserver loop, a browser extension.',
      ],
      [
        'event',
        'dropped',
        'repeated',
        240,
        'The same error again within one page view, beyond the first few; counted only.',
      ],
      [
        'page_view',
        'dropped',
        'origin_denied',
        61,
        "The project lists allowed origins and this page's is not among them; add it or correct it.",
      ],
      [
        'span',
        'dropped',
        'duplicate',
        22,
        "A record with the same id is already stored; a client's retry, nothing is lost.",
      ],
      [
        'request',
        'dropped',
        'malformed',
        4,
        'The body could not be read as what its route expects; compare it with the documented format.',
      ],
    ].map(([category, outcome, reason, count, explanation]) => ({
      category,
      outcome,
      reason,
      count,
      ...(explanation ? { explanation } : {}),
    })),
  };
  const sum = (name) =>
    outcomes.items.filter((i) => i.outcome === name).reduce((n, i) => n + i.count, 0);
  outcomes.stored = sum('stored');
  outcomes.dropped = sum('dropped');
  outcomes.received = outcomes.stored + outcomes.dropped;

  return {
    projects,
    pages,
    pageReport,
    overview,
    pageView,
    trace,
    issues,
    issueTags: [
      {
        key: 'browser',
        event_count: 132,
        values: [
          { value: 'Chrome', event_count: 90 },
          { value: 'Mobile Safari', event_count: 42 },
        ],
      },
      {
        key: 'release',
        event_count: 132,
        values: [
          { value: '1.4.2', event_count: 120 },
          { value: '', event_count: 12 },
        ],
      },
      { key: 'page', event_count: 132, values: [{ value: '/product/:id', event_count: 132 }] },
    ],
    inboundFilters: {
      known_noise: true,
      browser_extensions: true,
      bots: true,
      localhost: false,
      webdriver: false,
      oldest_versions: { Chrome: 100, Safari: 15.4 },
    },
    groupingPreview: {
      examined_events: 500,
      ignored_events: 12,
      issues_before: 31,
      issues_after: 24,
      rules: [{ line: 1, ignore: true, events: 12, titles: ['ChunkLoadError: Loading chunk 7'] }],
    },
    alertRules: [
      {
        rule_id: 1,
        name: 'New issue',
        kind: 'new_issue',
        enabled: true,
        page: '',
        vital: '',
        threshold: null,
        window_minutes: 60,
        minimum_views: 50,
        cooldown_minutes: 60,
        channel_ids: [1, 2],
      },
      {
        rule_id: 2,
        name: 'Checkout is slow',
        kind: 'vital',
        enabled: true,
        page: '/checkout',
        vital: 'lcp_ms',
        threshold: 4000,
        window_minutes: 120,
        minimum_views: 100,
        cooldown_minutes: 1440,
        channel_ids: [],
      },
      {
        rule_id: 3,
        name: 'Silence',
        kind: 'absence',
        enabled: false,
        page: '',
        vital: '',
        threshold: null,
        window_minutes: 30,
        minimum_views: 50,
        cooldown_minutes: 60,
        channel_ids: [1],
      },
    ],
    alertChannels: [
      {
        channel_id: 1,
        name: 'Shop team',
        kind: 'email',
        addresses: ['shop@example.com', 'ann@example.com'],
        url: '',
        has_secret: false,
        weekly_report: true,
      },
      {
        channel_id: 2,
        name: 'Chat',
        kind: 'webhook',
        addresses: [],
        url: 'https://chat.example/hooks/T0000/B0000/a-long-path-that-must-break-somewhere',
        has_secret: true,
        weekly_report: false,
      },
    ],
    quotas: {
      own: {
        requests_per_day: 0,
        events_per_day: 50_000,
        spans_per_day: 0,
        logs_per_day: 0,
        sessions_per_day: 0,
      },
      used_today: {
        requests_per_day: 812_400,
        events_per_day: 47_310,
        spans_per_day: 96_204,
        logs_per_day: 12_077,
        sessions_per_day: 4_410,
      },
      server: {
        requests_per_day: 2_000_000,
        events_per_day: 100_000,
        spans_per_day: 0,
        logs_per_day: 0,
        sessions_per_day: 0,
      },
    },
    retention: { raw_days: 30, rollup_days: 400, raw_fixed_by: '', rollup_fixed_by: '' },
    alertDeliveries: [
      {
        delivery_id: 3,
        rule_id: 1,
        channel_id: 2,
        title: '2 new issues in shop',
        status: 'pending',
        attempts: 2,
        created_at: at(180_000),
        next_attempt_at: at(-300_000),
        ended_at: null,
        last_error: 'HTTP 503: the chat is being updated',
      },
      {
        delivery_id: 2,
        rule_id: 1,
        channel_id: 1,
        title: '2 new issues in shop',
        status: 'sent',
        attempts: 1,
        created_at: at(180_000),
        next_attempt_at: null,
        ended_at: at(179_000),
        last_error: '',
      },
      {
        delivery_id: 1,
        rule_id: null,
        channel_id: 2,
        title: 'A test of the channel "Chat"',
        status: 'failed',
        attempts: 1,
        created_at: at(86_400_000),
        next_attempt_at: null,
        ended_at: at(86_400_000),
        last_error: 'HTTP 404: no such hook',
      },
    ],
    issueRelated: {
      page_views: [
        {
          page_view_id,
          session_id: null,
          event_id: 'e1',
          page: '/product/:id',
          occurred_at: at(600_000),
        },
      ],
      traces: [{ trace_id, event_id: 'e1', name: '/product/:id', occurred_at: at(600_000) }],
      examined_events: 2,
    },
    activityOf: (issue) => [
      {
        activity_id: 3,
        issue_id: issue.issue_id,
        at: at(300_000),
        kind: 'comment',
        actor: 'ann',
        detail: 'Seen at the till too.',
      },
      {
        activity_id: 2,
        issue_id: issue.issue_id,
        at: at(600_000),
        kind: 'regressed',
        actor: '',
        detail: '1.4.2',
      },
      {
        activity_id: 1,
        issue_id: issue.issue_id,
        at: at(86_400_000),
        kind: 'created',
        actor: '',
        detail: '1.4.1',
      },
    ],
    hoursOf,
    eventOf,
    session,
    outcomes,
    sourceMaps: {
      releases: [
        {
          release: '2.8.1',
          files: 14,
          maps: 13,
          bytes: 18_200_000,
          uploaded_at: at(3 * 3_600_000),
        },
        {
          release: '2.8.0',
          files: 14,
          maps: 14,
          bytes: 17_900_000,
          uploaded_at: at(50 * 3_600_000),
        },
      ],
      missing: [
        {
          release: '2.8.1',
          filename: 'https://shop.example/assets/vendor-Cq3bX1.js',
          debug_id: '',
          reason: 'no_map_for_file',
          explanation:
            'The release has uploads, but none with a map for this file: compare its URL with the uploaded ones.',
          detail: '',
          events: 212,
          frames: 640,
          last_seen_at: at(900_000),
          event_id: event_ids[0],
        },
        {
          release: '',
          filename: 'https://cdn.example/widget.js',
          debug_id: '',
          reason: 'no_release',
          explanation:
            "The event has neither a release nor a debug id: set the SDK's release, or let a bundler plugin add debug ids.",
          detail: '',
          events: 4,
          frames: 4,
          last_seen_at: at(9 * 3_600_000),
          event_id: event_ids[0],
        },
      ],
    },
    page_view_id,
    trace_id,
    session_id,
    event_ids,
    at,
  };
}
