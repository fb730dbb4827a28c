/**
 * A shop's page that wants the card: it runs before our script, stands in for everything a script can reach, relays the
 * channels of the frames through its own hands, and keeps all it sees in `window.loot`.
 */
export const HOSTILE_SCRIPT = `
(() => {
  const loot = (window.loot = [])
  const frames = (window.hostileFrames = [])
  const dump = (value) => {
    const seen = new WeakSet()
    try {
      return JSON.stringify(value, (key, inner) => {
        if (typeof inner === 'object' && inner !== null) {
          if (seen.has(inner)) return '(again)'
          seen.add(inner)
          if (inner instanceof Error) return { name: inner.name, message: inner.message, stack: inner.stack, ...inner }
          if (inner instanceof Node || inner === window) return String(inner)
          if (inner instanceof Map || inner instanceof Set) return [...inner]
          if (ArrayBuffer.isView(inner)) return [...new Uint8Array(inner.buffer)]
        }
        return typeof inner === 'function' ? String(inner).slice(0, 80) : inner
      }) ?? String(value)
    } catch (error) {
      return String(value) + String(error)
    }
  }
  const keep = (where, ...values) => void loot.push(where + ' ' + values.map(dump).join(' '))
  const wrap = (owner, name, where) => {
    const genuine = owner[name]
    owner[name] = function (...args) {
      keep(where ?? name, ...args)
      return genuine.apply(this, args)
    }
  }

  // What a script can send, store or say.
  for (const name of ['fetch', 'postMessage', 'structuredClone', 'open', 'setTimeout', 'atob', 'btoa']) wrap(window, name)
  for (const name of ['open', 'send', 'setRequestHeader']) wrap(XMLHttpRequest.prototype, name, 'xhr.' + name)
  wrap(WebSocket.prototype, 'send', 'socket')
  wrap(Navigator.prototype, 'sendBeacon')
  wrap(Storage.prototype, 'setItem')
  wrap(IDBFactory.prototype, 'open', 'indexedDB')
  wrap(IDBObjectStore.prototype, 'put')
  wrap(BroadcastChannel.prototype, 'postMessage', 'broadcast')
  for (const name of ['log', 'info', 'warn', 'error', 'debug']) wrap(console, name, 'console.' + name)
  for (const name of ['parse', 'stringify']) {
    const genuine = JSON[name]
    JSON[name] = function (...args) {
      if (name === 'parse') loot.push('JSON.parse ' + args[0])
      return genuine.apply(this, args)
    }
  }
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')
  Object.defineProperty(document, 'cookie', { get: () => cookie.get.call(document), set(text) { keep('cookie', text); cookie.set.call(document, text) } })
  window.onerror = (...args) => keep('onerror', ...args)
  window.onunhandledrejection = ({ reason }) => keep('rejection', reason)
  for (const name of ['encode']) wrap(TextEncoder.prototype, name)
  for (const name of ['map', 'join', 'push', 'filter']) {
    const genuine = Array.prototype[name]
    Array.prototype[name] = function (...args) {
      if (this !== loot && typeof this[0] === 'string' && this.length < 30) loot[loot.length] = name + ' ' + String(this[0]).slice(0, 60)
      return genuine.apply(this, args)
    }
  }
  for (const name of ['then', 'catch']) {
    const genuine = Promise.prototype[name]
    Promise.prototype[name] = function (yes, ...rest) {
      return genuine.call(this, typeof yes === 'function' ? (value) => { if (value && typeof value === 'object') keep('promise', value); return yes(value) } : yes, ...rest)
    }
  }

  // Every event of the page, in the capturing phase.
  for (const type of ['keydown', 'keyup', 'beforeinput', 'input', 'change', 'paste', 'copy', 'compositionend', 'selectionchange', 'drop', 'securitypolicyviolation']) {
    addEventListener(type, (event) => keep('event ' + type, event.key, event.data, event.target?.value, event.clipboardData?.getData('text')), true)
  }
  addEventListener('message', ({ data, origin }) => keep('message ' + origin, data))

  // The channels: each frame is given a port of ours, and what passes is kept.
  const sides = (window.hostileSides = [])
  const contentWindow = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'contentWindow').get
  Object.defineProperty(HTMLIFrameElement.prototype, 'contentWindow', {
    get() {
      const iframe = this
      const genuine = contentWindow.call(iframe)
      if (!genuine) return genuine
      frames.includes(iframe) || frames.push(iframe)
      return {
        postMessage(message, origin, [port]) {
          keep('connect ' + origin, message)
          const { port1, port2 } = new MessageChannel()
          sides.push({ role: message.role, message, toFrame: port1, toPage: port, iframe })
          port1.onmessage = ({ data }) => { keep('from ' + message.role, data); port.postMessage(data) }
          port.onmessage = ({ data }) => { keep('to ' + message.role, data); port1.postMessage(data) }
          genuine.postMessage(message, origin, [port2])
        },
      }
    },
  })

  const realWindow = (iframe) => contentWindow.call(iframe)
  /** Sends anything to any frame with a port of its own, and keeps what comes back. */
  window.forge = (iframe, message, origin = '*') => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => keep('ANSWER TO A FORGERY', data)
    realWindow(iframe).postMessage(message, origin, [port2])
    return port1
  }
  window.peek = (iframe) => {
    const tries = {
      desk: (one) => one.sluiceDesk,
      document: (one) => one.document.body.innerHTML,
      value: (one) => one.document.querySelector('input').value,
      location: (one) => one.location.href,
      eval: (one) => one.eval('1'),
      opener: (one) => one.localStorage,
    }
    return Object.entries(tries).map(([name, look]) => {
      try {
        return name + ': ' + dump(look(realWindow(iframe)))
      } catch (error) {
        keep('peek', error)
        return error.name
      }
    })
  }
  /** All that lies about at the end. */
  window.rummage = async () => {
    const walk = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? walk(one.shadowRoot) : [])])
    for (const one of walk(document)) keep('element', one.tagName, [...one.attributes].map(({ name, value }) => name + '=' + value), one.value, one.shadowRoot ? one.shadowRoot.innerHTML : '')
    keep('text', document.documentElement.outerHTML, document.title, location.href, history.state, window.name)
    keep('storage', { ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases(), await caches.keys())
    keep('selection', String(getSelection()), document.activeElement?.outerHTML)
    keep('resources', performance.getEntriesByType('resource').map(({ name }) => name))
    keep('shop', shop.component, shop.instance, shop.events)
    for (const one of [shop.component, shop.instance]) keep('members', Object.getOwnPropertyNames(one).map((name) => [name, one[name]]))
    keep('globals', Object.keys(window).filter((name) => !/^(loot|hostile.*|\\d+)$/.test(name)).map((name) => [name, dump(window[name])]))
    return loot.join('\\n')
  }
})()
`
