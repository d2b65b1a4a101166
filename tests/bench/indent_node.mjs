// SPDX-License-Identifier: Apache-2.0
// The decision as the official webhook makes it, for a comparison of speed: HMAC over the
// raw body, JSON.parse, the live incidents (here from memory), a claim. No ledger.
//
//   node tests/bench/indent_node.mjs http|express PORT
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [kind, port] = process.argv.slice(2);
const secret = 'whsec_test_0001';
const bot = {
  displayName: 'Incident.io Approval Bot', email: 'bot@acme.example',
  id: 'incidentio-approval-bot', kind: 'indent.v1.Bot',
};
const incidents = [{
  incident_role_assignments: [
    { role: { name: 'Incident Lead', shortform: 'lead' }, assignee: { email: 'ana@acme.example' } },
    { role: { name: 'Reporter', shortform: 'reporter' }, assignee: { email: 'cara@acme.example' } },
  ],
}];
const roles = ['Incident Lead'];
const hours = 6;

function isSigned(headers, raw) {
  const signature = createHmac('sha256', secret)
    .update(`v0:${headers['x-indent-timestamp']}:`).update(raw).digest('hex');
  return headers['x-indent-signature'] === signature;
}

function claimFor({ events }) {
  const request = events.find((e) => e.event === 'access/request');
  const approved = incidents.some((i) => i.incident_role_assignments.some(
    (a) => roles.includes(a.role.name) && a.assignee?.email === request.actor.email));
  if (!approved) return [];
  const now = Date.now();
  return [{
    actor: bot,
    event: 'access/approve',
    meta: {
      labels: {
        'indent.com/time/duration': `${hours}h0m0s`,
        'indent.com/time/expires': new Date(now + hours * 3600e3).toISOString(),
        ...request.meta.labels,
      },
    },
    resources: [request.actor, ...request.resources],
    timestamp: new Date(now).toISOString(),
    reason: 'Auto-approved based on being on-call',
  }];
}

function answer(headers, raw) {
  return isSigned(headers, raw)
    ? { status: 200, body: { status: { code: 0 }, claims: claimFor(JSON.parse(raw)) } }
    : { status: 500, body: { status: { code: 9, message: 'invalid signature' } } };
}

function onRequest(req, res) {
  const pieces = [];
  req.on('data', (piece) => pieces.push(piece));
  req.on('end', () => {
    const { status, body } = answer(req.headers, Buffer.concat(pieces));
    const text = JSON.stringify(body);
    res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    res.end(text);
  });
}

function expressApp() {
  const require = createRequire(new URL('../conformance/package.json', import.meta.url));
  const express = require('express');
  const app = express();
  app.post('/webhooks/indent', express.raw({ type: '*/*' }), (req, res) => {
    const { status, body } = answer(req.headers, req.body);
    res.status(status).json(body);
  });
  return app;
}

createServer(kind === 'express' ? expressApp() : onRequest).listen(Number(port), '127.0.0.1');
