/** Modules as a shop's own bundler makes them, in development mode. */
import { build, type Rollup } from 'vite'

/** `StrictMode` mounts, unmounts and mounts again; this shop has no guard against it. */
const SHOP = `
import { createElement, StrictMode, useEffect, useRef } from 'react'
import { createRoot } from 'react-dom/client'

function Checkout({ options }) {
  const target = useRef(null)
  useEffect(() => {
    const heard = (name) => (self, ...rest) => window.shopHeard([name, self.type, ...JSON.parse(JSON.stringify(rest))])
    const callbacks = Object.fromEntries(['onReady', 'onSubmit', 'onPaymentCompleted', 'onError'].map((name) => [name, heard(name)]))
    const component = window.CheckoutWebComponents({ ...options, ...callbacks }).create('flow')
    window.effects = (window.effects ?? 0) + 1
    window.shop.component = component
    component.mount(target.current)
    return () => void component.unmount()
  }, [])
  return createElement('div', { ref: target })
}

export function start(options) {
  createRoot(document.getElementById('app')).render(
    createElement(StrictMode, null, createElement(Checkout, { options })),
  )
}
`
const ENTRY = 'module-in-a-text.js'

/** The shop and React as one module, which exports `start(options)`. */
export const bundleReactShop = () => bundleModule(SHOP)
/** Our own npm module. */
export const bundleOwnLoader = () => bundleModule("export * from '@sluice/flow/index'")

async function bundleModule(source: string): Promise<string> {
  const built = (await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'silent',
    mode: 'development',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { write: false, minify: false, lib: { entry: ENTRY, formats: ['es'] } },
    plugins: [
      {
        name: 'module-in-a-text',
        // The bundler makes a path of it.
        resolveId: (id) => (id.endsWith(ENTRY) ? `\0${ENTRY}` : undefined),
        load: (id) => (id === `\0${ENTRY}` ? source : undefined),
      },
    ],
  })) as Rollup.RollupOutput[]
  const [chunk] = built[0]?.output ?? []
  if (!chunk) throw new Error('nothing was bundled')
  return chunk.code
}
