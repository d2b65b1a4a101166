// SPDX-License-Identifier: Apache-2.0
// Slack's mrkdwn and blocks as elements. Text from others is set as text, never as HTML.
'use strict';

// el('p', { className: 'x' }, 'text', child…)
function el(name, properties = {}, ...children) {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...children.filter((child) => child !== null && child !== undefined));
  return e;
}

function unescapeText(text) {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

// --- <…> tokens ---------------------------------------------------------------------------

const DATE_PARTS = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { year: 'numeric', month: 'long', day: 'numeric' },
  date_short: { year: 'numeric', month: 'short', day: 'numeric' },
  date_long: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', hour12: false },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false },
};

function formatDate(seconds, format) {
  const when = new Date(seconds * 1000);
  const today = new Date().toDateString() === when.toDateString();
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (name.endsWith('_pretty') && today) return 'today';
    const parts = DATE_PARTS[name.replace('_pretty', '')];
    return parts ? when.toLocaleString(undefined, parts) : whole;
  });
}

function renderDate(body, label) {
  const [, seconds, format] = body.split('^');
  const when = new Date(Number(seconds) * 1000);
  const time = el('time', {}, formatDate(Number(seconds), format ?? label));
  time.dateTime = when.toISOString();
  time.title = label;
  return time;
}

// <@U…>, <#C…>, <!here>, <!date^…>, <https://…|text>
function renderToken(token, names) {
  const [body, ...rest] = token.split('|');
  const label = rest.join('|');
  if (body.startsWith('@')) {
    return el('span', { className: 'mention' }, `@${names.user(body.slice(1))}`);
  }
  if (body.startsWith('#')) {
    return el('span', { className: 'mention' }, `#${names.channel(body.slice(1)) || label}`);
  }
  if (body.startsWith('!date^')) return renderDate(body, label);
  if (body.startsWith('!')) return el('span', { className: 'mention' }, label || `@${body.slice(1)}`);
  if (!/^(https?:|mailto:)/.test(body)) return document.createTextNode(`<${token}>`);
  return el('a', { href: unescapeText(body), target: '_blank', rel: 'noopener' },
    unescapeText(label || body));
}

// --- *bold* _italic_ ~strike~ `code` -------------------------------------------------------

const SPANS = [
  [/^```([^]+?)```/, 'code'],
  [/^`([^`\n]+)`/, 'code'],
  [/^\*([^*\n]+)\*(?!\w)/, 'strong'],
  [/^_([^_\n]+)_(?!\w)/, 'em'],
  [/^~([^~\n]+)~(?!\w)/, 's'],
];

function renderSpan(text, atStart, names) {
  for (const [pattern, tag] of SPANS) {
    const match = atStart && pattern.exec(text);
    if (match) {
      const e = el(tag);
      e.append(...(tag === 'code' ? [unescapeText(match[1])] : renderMrkdwn(match[1], names)));
      return [e, match[0].length];
    }
  }
  return null;
}

// mrkdwn -> a list of nodes
function renderMrkdwn(text, names) {
  const nodes = [];
  let plain = '';
  const flush = () => {
    if (plain) nodes.push(unescapeText(plain));
    plain = '';
  };
  for (let i = 0; i < text.length;) {
    const token = /^<([^<>\n]+)>/.exec(text.slice(i));
    const span = token ? null : renderSpan(text.slice(i), !/\w$/.test(plain), names);
    if (token) {
      flush();
      nodes.push(renderToken(token[1], names));
      i += token[0].length;
    } else if (span) {
      flush();
      nodes.push(span[0]);
      i += span[1];
    } else {
      plain += text[i];
      i += 1;
    }
  }
  flush();
  return nodes;
}

function renderText(object, names) {
  if (!object) return [];
  return object.type === 'plain_text' ? [object.text] : renderMrkdwn(object.text, names);
}

// --- blocks ---------------------------------------------------------------------------------

// press(element, value) is called when somebody uses it.
function renderElement(element, names, press) {
  if (element.type === 'button') {
    const b = el('button', { type: 'button', className: element.style ?? '' },
      element.text.text);
    b.dataset.action = element.action_id;
    b.addEventListener('click', () => press(element, element.value ?? ''));
    return b;
  }
  if (element.options) {
    const select = el('select', {}, el('option', { value: '' },
      element.placeholder?.text ?? '…'));
    for (const option of element.options) {
      select.append(el('option', { value: option.value }, option.text.text));
    }
    select.setAttribute('aria-label', element.placeholder?.text ?? element.action_id);
    select.addEventListener('change', () => press(element, select.value));
    return select;
  }
  return el('span', {}, ...renderText(element, names));
}

const BLOCKS = {
  section(block, names, press) {
    const e = el('div', {}, el('p', {}, ...renderText(block.text, names)));
    if (block.fields) {
      e.append(el('div', { className: 'fields' },
        ...block.fields.map((field) => el('p', {}, ...renderText(field, names)))));
    }
    if (block.accessory) {
      e.append(el('div', { className: 'actions' }, renderElement(block.accessory, names, press)));
    }
    return e;
  },
  context: (block, names) => el('p', { className: 'context' },
    ...block.elements.flatMap((element, i) => [i ? '  ' : '', ...renderText(element, names)])),
  actions: (block, names, press) => el('div', { className: 'actions' },
    ...block.elements.map((element) => renderElement(element, names, press))),
  header: (block) => el('h3', {}, block.text.text),
  divider: () => el('hr'),
  image: (block) => el('p', { className: 'context' }, `[${block.alt_text ?? 'image'}]`),
};

function renderBlocks(blocks, names, press) {
  return blocks.filter((block) => BLOCKS[block.type])
    .map((block) => BLOCKS[block.type](block, names, press));
}

// An input block of a modal; its control carries data-block.
function renderInput(block, error) {
  const id = `input-${block.block_id}`;
  const element = block.element;
  let control;
  if (element.options) {
    control = el('select', {}, el('option', { value: '' }, element.placeholder?.text ?? '…'),
      ...element.options.map((o) => el('option', {
        value: o.value,
        selected: element.initial_option?.value === o.value,
      }, o.text.text)));
  } else {
    control = el(element.multiline ? 'textarea' : 'input', {
      value: element.initial_value ?? '',
      placeholder: element.placeholder?.text ?? '',
    });
  }
  control.id = id;
  control.dataset.block = block.block_id;
  if (error) control.setAttribute('aria-describedby', `${id}-error`);
  return el('div', {},
    el('label', { htmlFor: id }, block.label.text + (block.optional ? ' (optional)' : '')),
    control,
    block.hint ? el('p', { className: 'note' }, block.hint.text) : null,
    error ? el('p', { className: 'error', id: `${id}-error` }, error) : null);
}
