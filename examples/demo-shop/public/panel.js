// The panel beside the shop: switches, test cards to copy, and a record of what happened.

const KEY = 'demo-shop-notes'
const MOST_NOTES = 80
const list = document.querySelector('[data-calls]')
const clear = document.querySelector('[data-clear]')
let notes = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
let calls = []

/** Writes down what the form told the page. Kept until the tab is closed, so that it is there on the order page too. */
export function note(name, component, detail) {
  notes = [...notes, { at: Date.now(), name, component, detail: shortened(detail) }].slice(-MOST_NOTES)
  sessionStorage.setItem(KEY, JSON.stringify(notes))
  draw()
}

/** Asks the shop's server which calls it made. */
export async function refreshCalls() {
  const response = await fetch('/calls')
  calls = await response.json()
  draw()
}

function draw() {
  // Each list is in order, and what is of the same millisecond stays so.
  const rows = [...calls.map((call) => [call.at, callRow(call)]), ...notes.map((one) => [one.at, noteRow(one)])]
  rows.sort(([a], [b]) => a - b).reverse()
  const open = [...list.querySelectorAll('details[open]')].map((details) => details.dataset.at)
  list.replaceChildren(...rows.map(([, row]) => row))
  for (const details of list.querySelectorAll('details')) details.open = open.includes(details.dataset.at)
  clear.hidden = rows.length === 0
  if (rows.length === 0) list.append(element('li', 'empty', 'Nothing yet. The checkout begins with a payment session.'))
}

function callRow({ at, method, path, status, tookMs, request, response }) {
  const summary = element('summary')
  summary.append(
    element('span', `status s${Math.floor(status / 100)}`, status === 0 ? 'no answer' : String(status)),
    element('code', '', `${method} ${path}`),
    element('span', 'took', `${tookMs} ms`),
  )
  const details = element('details')
  details.dataset.at = at
  details.append(summary, ...body('Sent', request), ...body('Answered', response))
  const row = element('li', 'call')
  row.append(details)
  return row
}

function body(title, value) {
  if (value === undefined) return []
  const text = element('pre', '', JSON.stringify(value, null, 2))
  text.tabIndex = 0 // it scrolls, also by keyboard
  text.setAttribute('aria-label', title)
  text.setAttribute('role', 'region')
  return [element('p', 'hint', title), text]
}

function noteRow({ name, component, detail }) {
  const row = element('li', `note ${name === 'onError' || name === 'thrown' ? 'bad' : ''}`)
  row.append(element('code', '', name), element('span', '', [component, detail].filter(Boolean).join(' · ')))
  return row
}

function element(tag, className = '', text = '') {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text) made.textContent = text
  return made
}

function shortened(detail) {
  const text = detail === undefined ? '' : typeof detail === 'string' ? detail : JSON.stringify(detail)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

// A switch works at once; without scripts there is a button.
const settings = document.querySelector('[data-settings]')
settings.querySelector('[data-apply]').hidden = true
settings.addEventListener('change', () => settings.requestSubmit())

const more = settings.querySelector('details')
more.open = sessionStorage.getItem('demo-shop-more') === 'open'
more.addEventListener('toggle', () => sessionStorage.setItem('demo-shop-more', more.open ? 'open' : ''))

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', () => void copy(button))
}

async function copy(button) {
  const said = document.querySelector('[data-copied]')
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
    said.textContent = `Copied ${button.dataset.copy}`
  } catch {
    // Only pages over HTTPS, and localhost, may write to the clipboard.
    getSelection().selectAllChildren(button)
    said.textContent = 'Press Ctrl+C to copy'
  }
}

clear.addEventListener('click', () => {
  notes = []
  sessionStorage.removeItem(KEY)
  void fetch('/calls/clear', { method: 'POST' }).then(refreshCalls)
})

void refreshCalls()
