// SPDX-License-Identifier: Apache-2.0
// The demo page: a channel, the people in it, and the two vendors whose word counts. It
// shows the state of the world and sends what a person does; it decides nothing.
'use strict';

const $ = (id) => document.getElementById(id);
let state = null;
let me = localStorage.getItem('me') || 'ana';
let room = localStorage.getItem('room') || 'C0INC0001';
const drafts = new Map(); // view id -> block -> what was typed

const EXAMPLES = ['/access prod-db 2h replica lag', '/access prod-db 90m', '/access mine',
  '/access help', '/access prod-dbx 1h'];

const names = {
  user: (id) => state.people.find((p) => p.slack === id)?.key
    ?? (id === state.bot_user ? 'accessd' : id),
  channel: (id) => state.channels.find((c) => c.id === id)?.name ?? '',
};
const person = () => state.people.find((p) => p.key === me) ?? state.people[0];
const clock = (ms) => new Date(ms).toLocaleTimeString(undefined,
  { hour: '2-digit', minute: '2-digit', hour12: false });

// --- talking to the world --------------------------------------------------------------------

function toast(text) {
  $('toast').textContent = text;
  $('toast').hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $('toast').hidden = true; }, 5000);
}

async function act(verb, body = {}) {
  try {
    const reply = await (await fetch(`world/${verb}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })).json();
    if (!reply.ok) toast(reply.error);
    else if (reply.delivered === false) toast(`${state.command} failed: the app did not respond`);
    return reply;
  } catch {
    toast('The world does not answer');
    return { ok: false };
  }
}

async function follow() {
  for (;;) {
    try {
      const since = state ? `?since=${state.version}` : '';
      state = await (await fetch(`world/state${since}`)).json();
      show();
    } catch {
      $('link').textContent = 'The world is gone';
      $('link').classList.remove('live');
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

// --- the frame ---------------------------------------------------------------------------------

function showLink() {
  const live = state.sockets.filter((s) => s.live && !s.leaving).length;
  const leaving = state.sockets.filter((s) => s.live && s.leaving).length;
  let text = live ? `accessd is connected (${live} socket${live > 1 ? 's' : ''}` : '';
  if (live) text += leaving ? `, ${leaving} leaving)` : ')';
  $('link').textContent = text || 'accessd is not connected';
  $('link').classList.toggle('live', live > 0);
}

function showPeople() {
  const key = state.people.slice(0, 8).map((p) => p.key).join();
  if ($('people').dataset.key === key + me) return;
  $('people').dataset.key = key + me;
  $('people').replaceChildren(...state.people.slice(0, 8).map((p) => {
    const input = el('input', { type: 'radio', name: 'me', value: p.key, checked: p.key === me });
    input.addEventListener('change', () => {
      me = p.key;
      localStorage.setItem('me', me);
      show();
    });
    return el('label', { title: `${p.name}${p.guest ? ', guest' : ''}` }, input, p.name.split(' ')[0]);
  }));
}

function roomButton(id, label) {
  const b = el('button', { type: 'button' }, label);
  b.dataset.room = id;
  if (id === room) b.setAttribute('aria-current', 'true');
  b.addEventListener('click', () => {
    room = id;
    localStorage.setItem('room', room);
    show();
  });
  return el('li', {}, b);
}

function showChannels() {
  const open = state.channels.filter((c) => !c.user && !c.archived);
  const dm = state.channels.filter((c) => c.user === person().slack);
  $('channels').replaceChildren(...open.map((c) => roomButton(c.id, `# ${c.name}`)));
  $('direct').hidden = dm.length === 0;
  $('dms').replaceChildren(...dm.map((c) => roomButton(c.id, 'accessd')));
  if (!open.concat(dm).some((c) => c.id === room)) room = 'C0INC0001';
}

// --- messages ------------------------------------------------------------------------------------

const COLOURS = ['#6b4ba1', '#1264a3', '#0b7a55', '#a15c00', '#b0324f', '#42526e'];

function face(message) {
  const name = names.user(message.by);
  const at = state.people.findIndex((p) => p.slack === message.by);
  const e = el('span', { className: 'face' }, message.bot ? 'A' : name[0].toUpperCase());
  e.style.background = message.bot ? '#1b2a41' : COLOURS[(at + COLOURS.length) % COLOURS.length];
  e.setAttribute('aria-hidden', 'true');
  return e;
}

// The words open the messages of decisions; the page only colours them.
function kind(message) {
  const text = message.text.replace(/^[*_ ]+/, '');
  if (text.startsWith('Granted')) return ' granted';
  if (text.startsWith('Not granted')) return ' refused';
  if (text.startsWith('Failed')) return ' refused';
  return /^(Ended|Ending)/.test(text) ? ' ended' : '';
}

function messageElement(message) {
  const press = (element, value) => act('press',
    { who: me, ts: message.ts, action_id: element.action_id, value });
  const words = message.blocks
    ? renderBlocks(message.blocks, names, press)
    : [el('p', {}, ...renderMrkdwn(message.text, names))];
  const by = el('p', { className: 'by' }, el('strong', {}, names.user(message.by)),
    message.bot ? ' ' : null,
    message.bot ? el('span', { className: 'app' }, 'APP') : null,
    ` ${clock(Number(message.ts.split('.')[0]) * 1000)}`,
    message.edits ? ' (edited)' : null,
    message.to && message.via !== 'typed' ? ' · Only visible to you' : null);
  const classes = ['message', message.via === 'typed' ? 'typed' : '',
    message.to && message.via !== 'typed' ? 'mine-only' : ''];
  const e = el('li', { className: classes.join(' ').trim() }, face(message), by,
    el('div', { className: `words${kind(message)}` }, ...words));
  e.dataset.ts = message.ts;
  const envelope = state.envelopes.find((x) => x.number === message.envelope);
  if (message.via === 'typed' && envelope && !envelope.acks) {
    e.querySelector('.words').append(el('p', { className: 'wait' },
      envelope.socket ? 'waiting for accessd…' : 'accessd did not respond'));
  }
  return e;
}

function showMessages() {
  const list = $('messages');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const mine = state.messages.filter((m) => m.channel === room && !m.thread_ts
    && (!m.to || m.to === person().slack));
  const channel = state.channels.find((c) => c.id === room);
  const key = JSON.stringify([me, room, mine, state.envelopes.map((e) => e.acks)]);
  $('room').textContent = channel?.name ? `#${channel.name}` : 'accessd';
  $('room-note').textContent = `as ${person().name}`;
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...mine.map(messageElement));
  if (mine.length === 0) {
    list.append(el('li', { className: 'note' },
      `Nothing here yet. Declare an incident, take a role, then type ${state.command} prod-db 2h.`));
  }
  if (atEnd) list.scrollTop = list.scrollHeight;
}

// --- the side panel ---------------------------------------------------------------------------------

function button(label, verb, body, className = '') {
  const b = el('button', { type: 'button', className }, label);
  b.addEventListener('click', () => act(verb, body));
  return b;
}

function roleRow(incident, role) {
  const mine = role.who === me;
  const who = role.who ? `@${role.who}` : 'nobody';
  const take = button(mine ? 'Give up' : 'Take', mine ? 'leave_role' : 'take_role',
    { incident: incident.reference, role: role.name, who: me });
  take.setAttribute('aria-label',
    `${mine ? 'Give up' : 'Take'} ${role.name} of ${incident.reference}`);
  return el('li', {}, el('span', {}, `${role.name}: `, el('strong', {}, who)),
    incident.category === 'live' && role.name !== 'Reporter' && (!role.who || mine) ? take : null);
}

function severitySelect(incident) {
  const select = el('select', {}, ...state.severities.map((s) =>
    el('option', { value: s, selected: s === incident.severity }, s)));
  select.setAttribute('aria-label', `Severity of ${incident.reference}`);
  select.addEventListener('change', () =>
    act('severity', { incident: incident.reference, severity: select.value }));
  return select;
}

function incidentCard(incident) {
  const live = incident.category === 'live';
  const e = el('li', { className: `card${live ? '' : ' over'}` },
    el('h3', {}, `${incident.reference} ${incident.name}`),
    el('p', { className: 'state' },
      `${incident.category} · ${incident.severity || 'no severity'} · by ${incident.creator || 'an alert'}`),
    el('ul', { className: 'roles' }, ...incident.roles.map((role) => roleRow(incident, role))),
    el('div', { className: 'do' },
      live ? severitySelect(incident) : null,
      button(live ? 'Resolve' : 'Reopen', 'category',
        { incident: incident.reference, category: live ? 'closed' : 'live' })));
  e.dataset.incident = incident.reference;
  return e;
}

function pageCard(page) {
  const open = page.status !== 'resolved';
  const e = el('li', { className: `card${open ? '' : ' over'}` },
    el('h3', {}, `#${page.number} ${page.title}`),
    el('p', { className: 'state' }, `${page.status} · ${page.service} · ${page.urgency}`,
      page.acks.length ? ` · by ${page.acks.map((a) => `@${a}`).join(', ')}` : ''),
    el('div', { className: 'do' },
      open && !page.acks.includes(me) ? button('Acknowledge', 'ack', { page: page.id, who: me }) : null,
      page.acks.length ? button('Un-acknowledge', 'unack', { page: page.id }) : null,
      open ? button('Resolve', 'resolve_page', { page: page.id }) : null));
  e.dataset.page = String(page.number);
  return e;
}

function holdRow(hold) {
  const e = el('li', { className: `card${hold.has ? '' : ' over'}` },
    el('h3', {}, `@${hold.who}`),
    el('p', { className: 'state' },
      `${hold.target} · ${hold.has ? 'since' : 'gone since'} ${clock(hold.changed_ms)}`));
  e.dataset.hold = `${hold.who}/${hold.target}`;
  return e;
}

function fill(select, values, labels = values) {
  if (select.dataset.key === values.join()) return;
  const before = select.value;
  select.dataset.key = values.join();
  select.replaceChildren(...values.map((v, i) => el('option', { value: v }, labels[i])));
  if (values.includes(before)) select.value = before;
}

// Rebuild a list only when what it shows has changed: focus and open menus stay.
function list(id, rows, element) {
  const key = JSON.stringify([me, rows]);
  if ($(id).dataset.key === key) return;
  $(id).dataset.key = key;
  $(id).replaceChildren(...[...rows].reverse().map(element));
}

function showPanel() {
  const keys = state.people.slice(0, 8).map((p) => p.key);
  if (!$('incident-severity').dataset.key) {
    fill($('incident-severity'), state.severities);
    $('incident-severity').value = 'Major';
  }
  fill($('incident-lead'), ['', ...keys],
    ['nobody yet', ...state.people.slice(0, 8).map((p) => p.name)]);
  fill($('page-service'), state.services);
  list('incidents', state.incidents, incidentCard);
  list('pages', state.pages, pageCard);
  list('holds', state.holds, holdRow);
  $('holds-none').hidden = state.holds.length > 0;
  $('calls-n').textContent = String(Object.values(state.counts).reduce((a, b) => a + b, 0));
  $('calls').replaceChildren(...state.calls.slice(-40).reverse().map((call) =>
    el('li', { className: call.status >= 400 || !call.status ? 'fail' : '' },
      `${clock(call.at_ms)} ${call.name} ${call.status || 'none'}`)));
}

// --- modals --------------------------------------------------------------------------------------------

function modalElement(view) {
  const id = `modal-${view.id}`;
  const blocks = view.view.blocks.map((block) => (block.type === 'input'
    ? renderInput(block, view.errors?.[block.block_id])
    : renderBlocks([block], names, (element, value) =>
      act('press', { who: me, view: view.id, action_id: element.action_id, value }))[0]));
  const close = el('button', { type: 'button' }, view.view.close?.text ?? 'Cancel');
  const form = el('form', {}, ...blocks.filter(Boolean), el('div', { className: 'do' }, close,
    view.view.submit
      ? el('button', { type: 'submit', className: 'primary' }, view.view.submit.text) : null));
  const dialog = el('dialog', { id },
    el('header', {}, el('h2', {}, view.view.title.text)), form);
  const typed = drafts.get(view.id) ?? {};

  dialog.setAttribute('aria-label', view.view.title.text);
  for (const control of form.querySelectorAll('[data-block]')) {
    if (control.dataset.block in typed) control.value = typed[control.dataset.block];
    control.addEventListener('input', () => {
      typed[control.dataset.block] = control.value;
      drafts.set(view.id, typed);
    });
  }
  close.addEventListener('click', () => act('dismiss', { view: view.id }));
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    act('dismiss', { view: view.id });
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = {};
    for (const control of form.querySelectorAll('[data-block]')) {
      values[control.dataset.block] = control.value;
    }
    act('submit', { view: view.id, values });
  });
  return dialog;
}

function showModals() {
  const mine = state.views.filter((v) => !v.home && v.user === person().slack);
  const top = mine.slice(-1);
  const key = JSON.stringify(top);
  if ($('modals').dataset.key === key) return;
  $('modals').dataset.key = key;
  $('modals').replaceChildren(...top.map(modalElement));
  $('modals').firstElementChild?.showModal();
}

// --- all together ------------------------------------------------------------------------------------------

function show() {
  showLink();
  showPeople();
  showChannels();
  showMessages();
  showPanel();
  showModals();
}

$('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const typed = $('text').value.trim();
  if (!typed) return;
  const rest = typed === state.command || typed.startsWith(`${state.command} `)
    ? typed.slice(state.command.length).trim() : null;
  if (rest === null) {
    toast(`Only ${state.command} does something here`);
    return;
  }
  $('text').value = '';
  act('command', { who: me, channel: room, text: rest });
});

$('declare').addEventListener('submit', (event) => {
  event.preventDefault();
  act('declare', {
    who: me,
    name: $('incident-name').value,
    severity: $('incident-severity').value,
    lead: $('incident-lead').value,
  });
});

$('trigger').addEventListener('submit', (event) => {
  event.preventDefault();
  act('trigger', { service: $('page-service').value, title: $('page-title').value });
});

$('reset').addEventListener('click', () => act('reset'));

$('hints').append(...EXAMPLES.map((text) => {
  const b = el('button', { type: 'button' }, text);
  b.addEventListener('click', () => {
    $('text').value = text;
    $('text').focus();
  });
  return b;
}));

follow();
