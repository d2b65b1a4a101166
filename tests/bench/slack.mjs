// SPDX-License-Identifier: Apache-2.0
// Speed as Slack sees it: from the frame of a slash command to its ack, ours (with the
// ledger's write) against the least that @slack/bolt can do, in turn, in one run; a burst
// of 1,000; start and memory over TLS. Prints medians of the rounds and their ratio.
//
//   node tests/bench/slack.mjs build [rounds]
import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorld } from '../lib/world.mjs';

const [build = 'build', rounds = '3'] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'accessd-bench-'));
const shm = mkdtempSync('/dev/shm/accessd-bench-'); // a disk that takes no time
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const row = (name, value) => console.log(`${name.padEnd(58)} ${value}`);

function writeConfig(world, name, { more = '', ledger = `sqlite:${dir}/${name}.db` } = {}) {
  const path = join(dir, `${name}.conf`);
  writeFileSync(path, `
listen = ""; ledger = "${ledger}"; ${more}
slack = { app_token = "env:SLACK_APP_TOKEN"; bot_token = "env:SLACK_BOT_TOKEN"; api_url = "${world.env.SLACK_API_URL}"; };
incidentio = { api_key = "env:INCIDENTIO_API_KEY"; api_url = "${world.env.INCIDENTIO_API_URL}"; };
pagerduty = { api_key = "env:PAGERDUTY_API_KEY"; api_url = "${world.env.PAGERDUTY_API_URL}"; };
resources = ( { name = "prod-db"; } );
policies = ( { name = "responders"; resources = [ "prod-db" ];
  any = ( { incidentio = { roles = [ "Incident Lead" ]; }; }, { pagerduty = { acknowledged = true; }; } ); } );
`);
  return path;
}

// Resolves once it has said that it is live; ms is from spawn to that line.
function startAccessd(world, conf) {
  const from = process.hrtime.bigint();
  const child = spawn(`${build}/accessd`, ['serve', '-c', conf],
    { env: world.env, stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', () => reject(new Error(`accessd ended:\n${text}`)));
    child.stderr.on('data', (data) => {
      if (text.length < 65536) text += data;
      if (!child.live && text.includes('service.live')) {
        child.live = true;
        resolve({ child, ms: Number(process.hrtime.bigint() - from) / 1e6 });
      }
    });
  });
}

async function stop(child) {
  child.removeAllListeners('exit');
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

const memory = (pid, field) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))[1]) / 1024;

// What a durable write costs on this disk at the rate of the commands: nobody who promises
// durability is faster. Written over, as a write-ahead log is; and not in a row, for what is
// idle in between, disk and processor, takes longer.
async function durableMs(folder, { n = 200, every = 5 } = {}) {
  const fd = openSync(join(folder, 'floor'), 'w');
  const page = Buffer.alloc(4096, 1);
  const times = [];

  writeSync(fd, Buffer.alloc(n * page.length));
  fdatasyncSync(fd);
  for (let i = 0; i < n; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, every));
    const from = process.hrtime.bigint();
    writeSync(fd, page, 0, page.length, i * page.length);
    fdatasyncSync(fd);
    times.push(Number(process.hrtime.bigint() - from) / 1e6);
  }
  closeSync(fd);
  return median(times);
}

async function acks() {
  const world = await startWorld(`${build}/world`);
  const ours = [];
  const theirs = [];
  const onShm = [];
  const inMemory = [];
  const disk = [];
  const load = { n: 1000, rate_per_s: 200, users: 50, text: 'prod-db 1h lag' };

  for (let i = 0; i < Number(rounds); i += 1) {
    const bolt = spawn(process.execPath, ['tests/conformance/bolt_ack.mjs'],
      { env: { ...process.env, ...world.env }, stdio: 'inherit' });
    await world.live(1);
    theirs.push(await world.do('load', { ...load, acks_only: true }));
    await stop(bolt);
    await world.live(0);

    disk.push(await durableMs(dir));
    for (const [list, ledger] of [[ours, undefined], [onShm, `sqlite:${shm}/${i}.db`], [inMemory, 'memory:']]) {
      const { child } = await startAccessd(world, writeConfig(world, 'ack', { ledger }));
      await world.live(1);
      list.push(await world.do('load', load));
      await stop(child);
      await world.live(0);
    }
  }
  const of = (list, field) => median(list.map((r) => r.ack[field])) / 1000;
  row('ack at 200 commands/s, SQLite: p50', `${of(ours, 'p50_us').toFixed(2)} ms`);
  row('ack at 200 commands/s, SQLite: p99', `${of(ours, 'p99_us').toFixed(2)} ms  (under 10)`);
  row('@slack/bolt acking at once: p50', `${of(theirs, 'p50_us').toFixed(2)} ms`);
  row('@slack/bolt acking at once: p99', `${of(theirs, 'p99_us').toFixed(2)} ms`);
  row('a durable write of 4 KB alone at that rate: p50', `${median(disk).toFixed(2)} ms`);
  row('ack with SQLite on a disk that takes no time: p50', `${of(onShm, 'p50_us').toFixed(2)} ms`);
  row('ack with ledger = "memory:": p50', `${of(inMemory, 'p50_us').toFixed(2)} ms`);
  row('ratio without the disk, SQLite / bolt, median ack',
    `${(of(onShm, 'p50_us') / of(theirs, 'p50_us')).toFixed(2)}`);
  row('ratio of that write alone / bolt',
    `${(median(disk) / of(theirs, 'p50_us')).toFixed(2)}  (no ledger is below it)`);
  row('ratio ours / bolt, median ack',
    `${(of(ours, 'p50_us') / of(theirs, 'p50_us')).toFixed(2)}  (at most 1.0)`);
  await world.stop();
}

async function burst() {
  const world = await startWorld(`${build}/world`);
  const { child } = await startAccessd(world, writeConfig(world, 'burst'));

  await world.live(1);
  await world.do('declare', { who: 'cara', name: 'Down', severity: 'Major', lead: 'ana' });
  const r = await world.do('load', { n: 1000, rate_per_s: 110, users: 500, text: 'prod-db 1h' });
  row('1,000 commands: took', `${(r.took_ms / 1000).toFixed(1)} s  (10)`);
  row('  acked / granted + held + denied',
    `${r.acked} / ${r.granted} + ${r.held} + ${r.denied}  (1000 / 1000)`);
  row('  lists of incident.io / PagerDuty', `${r.incidentio_lists} / ${r.pagerduty_lists}  (at most 5 / 5)`);
  row('  memory after it', `${memory(child.pid, 'VmRSS').toFixed(1)} MB`);
  await stop(child);
  await world.stop();
}

async function idle() {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { stdio: 'ignore' });
  const world = await startWorld(`${build}/world`, ['--tls', dir]);
  const conf = writeConfig(world, 'idle', { more: `ca_file = "${dir}/cert.pem";` });
  const starts = [];
  let rss = 0;

  for (let i = 0; i < 5; i += 1) {
    const { child, ms } = await startAccessd(world, conf);
    starts.push(ms);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    rss = memory(child.pid, 'VmRSS');
    await stop(child);
  }
  row('start to live over TLS, median of 5', `${median(starts).toFixed(0)} ms  (under 100)`);
  row('memory idle, Slack over TLS', `${rss.toFixed(1)} MB  (under 16)`);
  await world.stop();
}

try {
  // world.do() speaks plain HTTP or TLS with a certificate of our own.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  process.removeAllListeners('warning');
  await acks();
  await burst();
  await idle();
} finally {
  rmSync(dir, { recursive: true, force: true });
  rmSync(shm, { recursive: true, force: true });
}
