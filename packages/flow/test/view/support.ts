/** A shop's page with a strict policy and a neighbour origin for its frames, for the tests of what the page draws. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'

const CHROMIUM_ARGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

/** Where a person finds the screenshots. */
export const SCREENSHOTS = process.env['SLUICE_SCREENSHOTS'] ?? join(tmpdir(), 'sluice-screenshots')

export interface Stage {
  browser: Browser
  /** Address of the shop's page. */
  url: string
  end(): Promise<void>
}

export async function startStage(): Promise<Stage> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  const script = await bundle()
  const frames = await listen(
    createServer((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(request.url?.startsWith('/bank') ? BANK : fieldsPage(request.url ?? ''))
    }),
  )
  const shop = await listen(
    createServer((request, response) => {
      if (request.url === '/script.js') {
        response.setHeader('content-type', 'text/javascript')
        response.end(script)
        return
      }
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', policy(frames.url, request.url ?? ''))
      response.end(shopPage(request.url ?? ''))
    }),
  )
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM_ARGS.split(' ') })
  const end = async () => {
    await browser.close()
    frames.server.close()
    shop.server.close()
  }
  return { browser, url: `${shop.url}/?frames=${encodeURIComponent(frames.url)}`, end }
}

/** The strictest a shop can send: no Trusted Types policy either. The page's own few styles need a nonce: ours need nothing. */
function policy(frames: string, address: string): string {
  const styles = address.includes('ground=') ? "style-src 'nonce-shop'; " : ''
  return `default-src 'none'; ${styles}script-src 'self'; frame-src ${frames}; require-trusted-types-for 'script'; trusted-types 'none'`
}

function shopPage(address: string): string {
  const ground = new URL(address, 'http://shop').searchParams.get('ground')
  const style = ground
    ? `<style nonce="shop">body{background:${ground};font-family:system-ui;color:${ground === '#ffffff' ? '#111' : '#eee'};margin:0 auto;max-width:460px;padding:20px}</style>`
    : ''
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Shop</title>${style}</head><body><main><h1>Checkout</h1><div id="target"></div></main>
<script src="/script.js"></script></body></html>`
}

/** Stands for the real fields, with the same sizes, so that a picture shows how they go together. */
function fieldsPage(address: string): string {
  const part = new URL(address, 'http://frames').searchParams.get('part')
  const field = (label: string, value: string) => `<label>${label}<input placeholder="${value}"></label>`
  const card =
    field('Name on card', '') +
    field('Card number', '1234 1234 1234 1234') +
    `<div>${field('Expiry date', 'MM / YY')}${field('Security code', 'CVV')}</div>`
  const theme = readFileSync(join(import.meta.dirname, '../../src/common/theme.css'), 'utf8')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Card</title><style>${theme}
*{box-sizing:border-box}body{margin:0;padding:var(--s-frame-inset);display:grid;gap:var(--s-row-gap);color:var(--s-color-primary);background:transparent}
div{display:flex;gap:var(--s-gap)}label{flex:1;font:var(--s-label-font)}
input{display:block;width:100%;height:var(--s-field-height);margin-top:var(--s-label-gap);padding:0 12px;color:inherit;background:var(--s-color-form-background);
border:1px solid var(--s-color-form-border);border-radius:var(--s-border-radius);font:16px/1.5 var(--d-family)}
input::placeholder{color:var(--s-color-secondary);opacity:1}
</style><body>${part === 'card' ? card : field(`${part}`, '')}<script>parent.postMessage('loaded','*')
onmessage=({data})=>{const{dataset,style}=document.documentElement;if(data['color-scheme']==='dark')dataset.dark=''
for(const name in data)style.setProperty('--sluice-'+name,data[name])}</script>`
}

const BANK = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Bank</title>
<body style="font:16px system-ui;padding:24px;background:#fff;color:#222"><h1>Your bank</h1><label>Password <input type="password"></label><button>Continue</button>`

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: import.meta.dirname,
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: join(import.meta.dirname, 'page.ts'), output: { format: 'iife' } },
    },
  })
  const output = Array.isArray(built) ? built[0] : built
  if (!output || !('output' in output)) throw new Error('Vite built nothing')
  return output.output[0].code
}

async function listen(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
