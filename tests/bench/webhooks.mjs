// SPDX-License-Identifier: Apache-2.0
// Decisions for Indent's platform: V7 of 531 bytes, signed anew each time, over 64
// connections; the server on one core, the load on the other, in turn, in one run. Prints
// medians of the rounds and their ratios.
//
//   node tests/bench/webhooks.mjs build [rounds] [ms] [name...]
import { execFileSync, spawn } from 'node:child_process';
import {
  mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorld } from '../lib/world.mjs';

const [build = 'build', rounds = '3', ms = '2000', ...only] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'accessd-bench-'));
const self = `${build}/tests/bench/webhooks`;
const connections = 64;
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const row = (name, value) => console.log(`${name.padEnd(58)} ${value}`);
const pinned = (core, ...command) => (cpus().length > 1 ? ['taskset', '-c', String(core), ...command] : command);

function freePort() {
  return new Promise((resolve) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

async function untilOpen(port) {
  for (;;) {
    const open = await new Promise((resolve) => {
      const c = connect(port, '127.0.0.1', () => { c.destroy(); resolve(true); });
      c.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function config(world, port, ledger) {
  const path = join(dir, `${port}.conf`);
  writeFileSync(path, `
listen = "127.0.0.1:${port}"; ledger = "${ledger}";
slack = { app_token = "env:SLACK_APP_TOKEN"; bot_token = "env:SLACK_BOT_TOKEN"; api_url = "${world.env.SLACK_API_URL}"; };
incidentio = { api_key = "env:INCIDENTIO_API_KEY"; api_url = "${world.env.INCIDENTIO_API_URL}"; max_age = "60s"; };
indent = { webhook_secret = "env:INDENT_WEBHOOK_SECRET"; };
resources = ( { name = "prod-db-admin"; } );
policies = ( { name = "responders"; resources = [ "prod-db-admin" ];
  any = ( { incidentio = { roles = [ "Incident Lead" ]; }; } ); duration = "6h"; max_duration = "8h"; } );
`);
  return path;
}

// What there is to be measured: the command of each, given a port.
const ours = (program, ledger) => (world, port) => [...program, config(world, port, ledger(port))];
const file = (port) => `sqlite:${dir}/${port}.db`;
const servers = {
  fixed: (world, port) => [self, 'fixed', port],
  memory: ours([`${build}/accessd`, 'serve', '-c'], () => 'memory:'),
  durable: ours([`${build}/accessd`, 'serve', '-c'], file),
  single: ours([self, 'single'], (port) => `single:${file(port)}`),
  http: (world, port) => [process.execPath, 'tests/bench/indent_node.mjs', 'http', port],
  express: (world, port) => [process.execPath, 'tests/bench/indent_node.mjs', 'express', port],
};

// What all threads of a process have used so far: neighbours disturb it least.
function cpuUs(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((t) => Number(readFileSync(`/proc/${pid}/task/${t}/schedstat`, 'utf8').split(' ')[0]));
  return ns.reduce((a, b) => a + b) / 1000;
}

async function measure(world, command) {
  const port = await freePort();
  const words = pinned(0, ...command(world, port)).map(String);
  const log = openSync(join(dir, 'log'), 'w');
  const child = spawn(words[0], words.slice(1), {
    env: { ...process.env, ...world.env, INDENT_WEBHOOK_SECRET: 'whsec_test_0001' },
    stdio: ['ignore', log, log],
  });
  await untilOpen(port);
  await new Promise((resolve) => setTimeout(resolve, 300)); // it reads the incidents
  const before = cpuUs(child.pid);
  const load = pinned(1, self, 'load', String(port), String(connections), ms);
  const result = JSON.parse(execFileSync(load[0], load.slice(1)));
  result.cpu_us = (cpuUs(child.pid) - before) / result.sent;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 10000).unref();
  await gone;
  if (result.bad > 0) throw new Error(`${words.join(' ')}: ${result.bad} bad replies`);
  return result;
}

async function main() {
  const world = await startWorld(`${build}/world`);
  const got = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));

  await world.do('declare', { who: 'cara', name: 'Down', severity: 'Major', lead: 'ana' });
  for (let i = 0; i < Number(rounds); i += 1) {
    for (const [name, command] of Object.entries(servers)) {
      if (only.length === 0 || only.includes(name)) got[name].push(await measure(world, command));
    }
  }
  await world.stop();
  const of = (name, field) => median(got[name].map((r) => r[field]));
  const line = (name, what) => got[name].length > 0 && row(what, `${of(name, 'per_s').toFixed(0).padStart(6)}/s`
    + `  p50 ${(of(name, 'p50_us') / 1000).toFixed(2)} ms  p99 ${(of(name, 'p99_us') / 1000).toFixed(2)} ms  CPU ${of(name, 'cpu_us').toFixed(1)} us`);
  line('fixed', 'our HTTP server, HMAC, jansson, a fixed reply');
  line('memory', 'decisions for Indent, ledger = "memory:"');
  line('durable', 'decisions for Indent, SQLite  (p99 under 25 ms)');
  line('single', 'the same, one transaction each');
  line('http', 'Node http as the official webhook, no ledger');
  line('express', 'the same on express 5');
  if (only.length > 0) return;
  const ratio = (what, a, b, least) => row(`ratio ${what}`, `${(of(a, 'per_s') / of(b, 'per_s')).toFixed(2)}  (at least ${least})`);
  ratio('memory: / fixed reply', 'memory', 'fixed', '0.8');
  ratio('SQLite / one transaction each', 'durable', 'single', '5');
  ratio('SQLite / Node http', 'durable', 'http', '0.6');
  ratio('memory: / Node http', 'memory', 'http', '1.0');
  ratio('SQLite / express 5', 'durable', 'express', '4');
}

try {
  await main();
} finally {
  rmSync(dir, { recursive: true, force: true });
}
