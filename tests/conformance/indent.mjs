// SPDX-License-Identifier: Apache-2.0
// Indent's own package signs what accessd reads, and the commands of docs/webhooks.md do.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { getSignaturePayload, sign, verify } = createRequire(import.meta.url)('@indent/webhook');
const secret = 'whk_s3cr3t';

function freePort() {
  return new Promise((resolve) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

class Service {
  async start(world, program) {
    this.dir = mkdtempSync(join(tmpdir(), 'accessd-indent-'));
    this.port = await freePort();
    const conf = join(this.dir, 'accessd.conf');
    writeFileSync(conf, `
listen = "127.0.0.1:${this.port}"; ledger = "memory:";
slack = { app_token = "env:SLACK_APP_TOKEN"; bot_token = "env:SLACK_BOT_TOKEN"; api_url = "${world.env.SLACK_API_URL}"; };
incidentio = { api_key = "env:INCIDENTIO_API_KEY"; api_url = "${world.env.INCIDENTIO_API_URL}"; };
indent = { webhook_secret = "env:INDENT_WEBHOOK_SECRET"; };
resources = ( { name = "prod-db"; } );
policies = ( { name = "responders"; resources = [ "prod-db" ];
  any = ( { incidentio = { roles = [ "Incident Lead" ]; }; } ); duration = "6h"; max_duration = "8h"; } );
`);
    this.env = { ...process.env, ...world.env, INDENT_WEBHOOK_SECRET: secret };
    this.child = spawn(program, ['serve', '-c', conf], { env: this.env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr.resume();
    await world.live(1);
  }

  async post(body, change = {}) {
    const timestamp = new Date().toISOString();
    const text = JSON.stringify(body);
    const signature = await sign({ secret, payload: getSignaturePayload({ body: text, timestamp }) });
    const headers = { 'X-Indent-Timestamp': timestamp, 'X-Indent-Signature': signature, ...change };
    assert.equal(await verify({ secret, body: text, headers, throwError: false }), Object.keys(change).length === 0);
    const reply = await fetch(`http://127.0.0.1:${this.port}/webhooks/indent`, { method: 'POST', headers, body: text });
    return { status: reply.status, body: await reply.json() };
  }

  async stop(world) {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
    await world.live(0);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const request = (email, labels = {}) => ({
  events: [{
    event: 'access/request',
    reason: 'zoë ☂',
    actor: { id: '00u1', kind: 'okta.v1.User', email, displayName: 'Zoë' },
    resources: [{ id: 'prod-db', kind: 'app', labels: { deep: 'a"\\/\u2028' } }],
    meta: { labels: { petition: 'pet-1', ...labels } },
  }],
});

export function indentTests(world, program) {
  const service = new Service();

  return [
    ['indent: accessd starts', async () => {
      await service.start(world, program);
      await world.do('declare', { who: 'cara', name: 'Down', severity: 'Major', lead: 'ana' });
    }],
    ['indent: what its package signs gets a claim that echoes what came', async () => {
      const asked = request('ana@acme.example', { 'indent.com/time/duration': '720h0m0s' });
      const { status, body } = await service.post(asked);
      assert.equal(status, 200);
      assert.deepEqual(Object.keys(body), ['status', 'claims']);
      const [claim] = body.claims;
      assert.equal(claim.event, 'access/approve');
      assert.deepEqual(claim.resources, [asked.events[0].actor, ...asked.events[0].resources]);
      assert.equal(claim.meta.labels['indent.com/time/duration'], '6h0m0s');
      assert.equal(claim.meta.labels.petition, 'pet-1');
      assert.equal(Date.parse(claim.meta.labels['indent.com/time/expires']) - Date.parse(claim.timestamp), 6 * 3600e3);
    }],
    ['indent: a bystander gets no claims, and no denial', async () => {
      const { status, body } = await service.post(request('bob@acme.example'));
      assert.equal(status, 200);
      assert.deepEqual(body, { status: { code: 0 }, claims: [] });
    }],
    ['indent: what its package would not verify is HTTP 500 with code 9', async () => {
      const { status, body } = await service.post({ info: true }, { 'X-Indent-Signature': '00' });
      assert.equal(status, 500);
      assert.equal(body.status.code, 9);
      assert.equal(body.status.details[0]['@type'], 'type.googleapis.com/google.rpc.DebugInfo');
    }],
    ['indent: the commands of docs/webhooks.md work as they stand', () => {
      const docs = readFileSync('docs/webhooks.md', 'utf8');
      const [, commands] = docs.match(/\n## Indent\n[^]*?\n```sh\n([^]*?)\n```/);
      const out = execFileSync('sh', ['-euc', commands.replace('127.0.0.1:8080', `127.0.0.1:${service.port}`)],
        { env: service.env, encoding: 'utf8' });
      assert.equal(JSON.parse(out).claims[0].event, 'access/approve');
    }],
    ['indent: accessd stops', () => service.stop(world)],
  ];
}
