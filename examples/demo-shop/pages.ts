/** The shop's pages. Everything a page needs is in its HTML; scripts only make it livelier. */
import { html, type Html, json } from './html.ts'
import { CARDS_WITH_3DS, TEST_CARDS, type TestCard } from './cards.ts'
import { countOf, CURRENCY, type Line, linesOf, money, PRODUCTS } from './products.ts'
import { SETTING_NAMES, type SettingName, SETTINGS } from './settings.ts'
import type { Order, Visitor } from './visitors.ts'

/** What a page is told of the installation it belongs to. */
export interface Place {
  /** Origin of the API, which also serves the script of the card form. */
  api: string
  publicKey: string
}

interface Parts {
  title: string
  main: Html
  head?: Html
  scripts?: Html
  /** Whoever changes a setting stays on this page. */
  settingsLeadTo?: 'shop' | 'checkout'
}

function page(visitor: Visitor, { title, main, head, scripts, settingsLeadTo = 'checkout' }: Parts): string {
  const count = countOf(visitor.basket)
  return html`<!doctype html>
<html lang="en" data-theme="${visitor.settings.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Millrace</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css">
${head}
<script type="module" src="/panel.js"></script>
${scripts}
</head>
<body>
<a class="skip" href="#main">Skip to the shop</a>
<header class="top">
  <a class="brand" href="/" aria-label="Millrace, to the shop">${WAVES}<span>Millrace</span></a>
  <p class="claim">Things for slow mornings</p>
  <a class="basket" href="/checkout">Basket<span class="count" data-count>${count}</span></a>
</header>
<div class="columns">
<main id="main">
${main}
</main>
${panel(visitor, settingsLeadTo)}
</div>
<footer class="bottom"><p>Millrace is a demo. Nothing is charged and nothing is shipped.</p></footer>
</body>
</html>
`.text
}

export function frontPage(visitor: Visitor): string {
  const cards = PRODUCTS.map(
    (product) => html`<li class="product">
  <img src="/pictures/${product.id}.svg" alt="" width="400" height="320">
  <h2>${product.name}</h2>
  <p>${product.about}</p>
  <div class="buy">
    <strong>${money(product.price)}</strong>
    <form method="post" action="/basket">
      <input type="hidden" name="product" value="${product.id}">
      <input type="hidden" name="more" value="1">
      <button><span>Add<span class="hidden"> ${product.name}</span> to basket</span></button>
    </form>
  </div>
</li>`,
  )
  const empty = countOf(visitor.basket) === 0
  const lead = empty
    ? 'Six good things. Put something in the basket, and see how a payment feels.'
    : html`Your basket is waiting. <a class="button" href="/checkout">Go to checkout</a>`
  return page(visitor, {
    title: 'Shop',
    settingsLeadTo: 'shop',
    main: html`<h1>Slow mornings, <em>well made</em></h1>
<p class="lead">${lead}</p>
<ul class="products">
${cards}
</ul>`,
  })
}

export function checkoutPage(visitor: Visitor, place: Place): string {
  const lines = linesOf(visitor.basket)
  if (lines.length === 0)
    return page(visitor, {
      title: 'Checkout',
      main: html`<h1>Checkout</h1>
<p class="lead">Your basket is empty. <a class="button" href="/">Back to the shop</a></p>`,
    })
  const { settings } = visitor
  const layout = settings.layout === 'installed' ? undefined : html` data-card-layout="${settings.layout}"`
  return page(visitor, {
    title: 'Checkout',
    head: html`<script defer src="${place.api}/flow/index.js"${layout}></script>`,
    scripts: html`<script type="module" src="/checkout.js"></script>
${json('shop', { publicKey: place.publicKey, currency: CURRENCY, settings })}`,
    main: html`<h1>Checkout</h1>
<div class="checkout">
<section aria-labelledby="order">
  <h2 id="order">Your order</h2>
  <ul class="lines">
  ${lines.map(basketLine)}
  </ul>
  ${totals(lines)}
  <p class="to">Delivered to <strong>Ada Lovelace</strong>, 12 St James’s Square, London SW1Y 4JH</p>
</section>
<section aria-labelledby="pay">
  <h2 id="pay">Payment</h2>
  <div id="payment"></div>
  <p id="status" role="status"></p>
  <noscript><p>The card form needs JavaScript.</p></noscript>
</section>
</div>`,
  })
}

function basketLine({ product, quantity, total }: Line): Html {
  const step = (to: number, sign: string, what: string) => html`<form method="post" action="/basket">
      <input type="hidden" name="product" value="${product.id}"><input type="hidden" name="quantity" value="${to}">
      <input type="hidden" name="from" value="checkout">
      <button aria-label="${what} ${product.name}">${sign}</button>
    </form>`
  return html`<li data-product="${product.id}">
    <img src="/pictures/${product.id}.svg" alt="" width="400" height="320">
    <span class="name">${product.name}</span>
    <span class="steps" data-steps>${step(quantity - 1, '−', 'One less:')}<output aria-label="Quantity">${quantity}</output>${step(quantity + 1, '+', 'One more:')}</span>
    <strong data-total>${money(total)}</strong>
  </li>`
}

function totals(lines: Line[]): Html {
  const amount = lines.reduce((sum, line) => sum + line.total, 0)
  return html`<dl class="totals">
    <div><dt>Delivery</dt><dd>Free</dd></div>
    <div class="sum"><dt>Total</dt><dd data-amount="${amount}">${money(amount)}</dd></div>
  </dl>`
}

/** How an order stands, as the API says, and never as the address of the page does. */
export type Standing =
  | { how: 'paid'; card?: string | undefined; payment: string }
  | { how: 'declined'; reason?: string | undefined }
  | { how: 'waiting' }
  | { how: 'unknown' }

export function orderPage(visitor: Visitor, order: Order | undefined, standing: Standing): string {
  const { title, words } = STANDINGS[standing.how]
  const reason = standing.how === 'declined' && standing.reason ? ` The bank said: ${standing.reason}.` : ''
  const paidBy =
    standing.how === 'paid' && standing.card ? html`<div><dt>Paid by</dt><dd>${standing.card}</dd></div>` : undefined
  const payment =
    standing.how === 'paid' ? html`<div><dt>Payment</dt><dd><code>${standing.payment}</code></dd></div>` : undefined
  const next = {
    paid: html`<a class="button" href="/">Back to the shop</a>`,
    declined: html`<a class="button" href="/checkout">Try again</a>`,
    waiting: html`<a class="button" href="">Look again</a>`,
    unknown: html`<a class="button" href="/">To the shop</a>`,
  }[standing.how]
  return page(visitor, {
    title,
    main: html`<div class="outcome ${standing.how}">
<span class="badge" aria-hidden="true">${BADGES[standing.how]}</span>
<h1>${title}</h1>
<p class="lead">${words}${reason}</p>
${
  order &&
  html`<ul class="lines small">
${order.lines.map(
  ({ product, quantity, total }) => html`<li>
  <img src="/pictures/${product.id}.svg" alt="" width="400" height="320">
  <span class="name">${quantity} × ${product.name}</span><strong>${money(total)}</strong>
</li>`,
)}
</ul>
<dl class="totals">
  <div><dt>Order</dt><dd><code>${order.reference}</code></dd></div>
  ${payment}
  ${paidBy}
  <div class="sum"><dt>Total</dt><dd>${money(order.amount)}</dd></div>
</dl>`
}
<p>${next}</p>
</div>`,
  })
}

const STANDINGS = {
  paid: { title: 'Order confirmed', words: 'Thank you, Ada. Your slow morning is on its way.' },
  declined: { title: 'Not paid', words: 'The payment did not go through, and your basket is as you left it.' },
  waiting: { title: 'Waiting for the bank', words: 'The bank has not decided yet. Please do not pay again meanwhile.' },
  unknown: { title: 'No such order', words: 'We do not know this order, at least not as one of yours.' },
} as const

const BADGES = { paid: '✓', declined: '✕', waiting: '…', unknown: '?' } as const

/** Where no merchant's keys are known, there is nothing to sell with. */
export function closedPage(visitor: Visitor, help: Html): string {
  return page(visitor, {
    title: 'Closed',
    main: html`<h1>The shop has no merchant yet</h1>
<p class="lead">This Sluice has keys of its own, and the shop was not given any.</p>
${help}`,
  })
}

// ---------------------------------------------------------------- beside the shop

function panel(visitor: Visitor, settingsLeadTo: string): Html {
  const others = SETTING_NAMES.filter((name) => name !== 'integration')
  return html`<aside class="panel" aria-label="Behind the counter">
<h2>Behind the counter</h2>
<form class="settings" method="post" action="/settings" data-settings>
  <input type="hidden" name="from" value="${settingsLeadTo}">
  <fieldset>
    <legend>${SETTINGS.integration.label}</legend>
    ${SETTINGS.integration.choices.map(
      ([value, label]) =>
        html`<label class="choice"><input type="radio" name="integration" value="${value}"${checked(
          visitor.settings.integration === value,
        )}> <span>${label}</span></label>`,
    )}
  </fieldset>
  <details>
    <summary>Looks, language, bank</summary>
    ${others.map((name) => select(name, visitor.settings[name]))}
  </details>
  <button class="quiet" data-apply>Apply</button>
</form>
<section aria-labelledby="calls">
  <h3 id="calls">What happened</h3>
  <p class="hint">Calls of the shop’s server with the secret key, and what the form told the page.</p>
  <ol class="calls" data-calls tabindex="0" aria-labelledby="calls"></ol>
  <button class="quiet" type="button" data-clear hidden>Clear</button>
</section>
<details open>
  <summary>Test cards</summary>
  <p class="hint">Press a number to copy it, then paste it into the form.</p>
  <ul class="cards">${TEST_CARDS.map(testCard)}</ul>
  <p class="hint">With 3-D Secure switched on:</p>
  <ul class="cards">${CARDS_WITH_3DS.map(testCard)}</ul>
  <p class="hint" role="status" data-copied></p>
</details>
</aside>`
}

function select(name: SettingName, current: string): Html {
  const { label, choices } = SETTINGS[name]
  return html`<label class="select"><span>${label}</span>
      <select name="${name}">
        ${choices.map(
          ([value, text]) => html`<option value="${value}"${value === current && html` selected`}>${text}</option>`,
        )}
      </select></label>`
}

function checked(yes: boolean): Html | false {
  return yes && html` checked`
}

function testCard({ number, expiry, cvv, outcome, kind }: TestCard): Html {
  const copy = (value: string, what: string) =>
    html`<button type="button" data-copy="${value}" aria-label="Copy ${what} ${value}">${value}</button>`
  return html`<li class="${kind}">${copy(number, 'number')}${copy(expiry, 'expiry date')}${copy(cvv, 'security code')}<span>${outcome}</span></li>`
}

const WAVES = html`<svg viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><circle cx="16" cy="16" r="16"/><path d="M6 13c3.3-3 6.7-3 10 0s6.7 3 10 0M6 20c3.3-3 6.7-3 10 0s6.7 3 10 0"/></svg>`
