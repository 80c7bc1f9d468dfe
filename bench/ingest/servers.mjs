// The servers that run.mjs loads, each on core 0 with a folder of its own, and
// what the kernel says of their processes.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary, start } from '../../demo-site/processes.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const SERVER_CORE = '0';
const TICKS_PER_S = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The process and its children; taskset executes the program in its own place. */
function processes(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean);
  return [pid, ...children.flatMap((child) => processes(Number(child)))];
}

/** User and system time of all threads so far. */
export function cpuSeconds(server) {
  return processes(server.child.pid).reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  }, 0);
}

export function memoryMiB(server, what = 'VmRSS') {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)[1]) / 1024;
}

const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

const pinned = (command, args, options) =>
  start('taskset', ['-c', SERVER_CORE, command, ...args], options);

/** Our server with the settings that ship, but for the rates that would refuse a load from one address. */
export async function pagewake(folder) {
  const data = join(folder, 'data');
  const token = `pwt_${'i'.repeat(43)}`;
  const server = await pinned(binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], {
    env: {
      PAGEWAKE_ADMIN_TOKEN: token,
      PAGEWAKE_RATE_PER_KEY: '0',
      PAGEWAKE_RATE_PER_ADDRESS: '0',
      PAGEWAKE_MAX_CONNECTIONS: '20000',
    },
    ready: /listening on http:\/\/127\.0\.0\.1:(\d+)/,
  });
  const url = `http://127.0.0.1:${server.match[1]}`;
  const ask = async (path, options) => {
    const response = await fetch(url + path, {
      ...options,
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const [project] = (await (await ask('/api/v1/projects')).json()).items;
  return {
    ...server,
    port: Number(server.match[1]),
    path: `/api/${project.id}/beacon/?key=${project.public_key}`,
    tracesPath: `/v1/traces?key=${project.public_key}`,
    /** What is dropped by one of the project's inbound filters is decoded and answered, not stored. */
    dropPhones: () =>
      ask(`/api/v1/projects/${project.id}/inbound-filters`, {
        method: 'PUT',
        body: JSON.stringify({ oldest_versions: { Chrome: 1000 } }),
      }),
    /** Of one category, since start: stored, counted and dropped. */
    async outcomes(category) {
      const text = await (await ask('/metrics')).text();
      const found = { stored: 0, dropped: 0 };
      const line = new RegExp(
        `outcomes_total\\{project="1",category="${category}",outcome="(\\w+)".*\\} (\\d+)`,
        'g',
      );
      for (const [, outcome, count] of text.matchAll(line)) found[outcome] += Number(count);
      return found;
    },
    /** Stops, then moves what waits in the journal into segments; its CPU seconds. */
    async seal() {
      await server.stop();
      const script = 'TIMEFORMAT="%U %S"; time "$0" prune --data "$1" > /dev/null';
      const { status, stderr } = spawnSync('bash', ['-c', script, binary, data], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`pagewake prune: ${stderr}`);
      return stderr
        .trim()
        .split('\n')
        .at(-1)
        .split(' ')
        .map(Number)
        .reduce((a, b) => a + b);
    },
  };
}

/** nginx with one worker: `/204` answers, `/log` writes each body into a buffered log and answers. */
export async function nginx(folder) {
  const port = await freePort();
  mkdirSync(join(folder, 'nginx'));
  const at = (name) => join(folder, 'nginx', name);
  const configuration = at('nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${at(of)};`,
  );
  writeFileSync(
    configuration,
    `load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
daemon off; worker_processes 1; pid ${at('pid')}; error_log stderr notice;
events { worker_connections 4096; }
http {
  access_log off; ${temporary.join(' ')} keepalive_requests 1000000000; client_body_buffer_size 64k;
  log_format body escape=none '$request_body';
  server {
    listen 127.0.0.1:${port};
    location /204 { return 204; }
    location /log {
      access_log ${at('bodies.log')} body buffer=256k flush=1s;
      echo_read_request_body; echo_status 202; echo -n '';
    }
  }
}
`,
  );
  const server = await pinned('nginx', ['-c', configuration], {
    ready: /start worker process /,
  });
  return { ...server, port, log: at('bodies.log') };
}

export async function nodeSqlite(folder) {
  const data = join(folder, 'node');
  mkdirSync(data);
  const server = await pinned(process.execPath, [join(here, 'peers/node_sqlite.mjs'), data], {
    ready: /listening on (\d+)/,
  });
  return { ...server, port: Number(server.match[1]), path: '/' };
}
