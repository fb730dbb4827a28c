/** A shop written with React, in development mode: `StrictMode` then mounts, unmounts and mounts again. */
import { build, type Rollup } from 'vite'

/** Uses the component at once, with no guard of its own: what a shop writes first. */
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
const ENTRY = 'virtual:shop'

/** The shop and React as one module, which exports `start(options)`. */
export async function bundleReactShop(): Promise<string> {
  const built = (await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'silent',
    mode: 'development',
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { write: false, minify: false, lib: { entry: ENTRY, formats: ['es'] } },
    plugins: [
      {
        name: 'shop',
        resolveId: (id) => (id === ENTRY ? `\0${ENTRY}` : undefined),
        load: (id) => (id === `\0${ENTRY}` ? SHOP : undefined),
      },
    ],
  })) as Rollup.RollupOutput[]
  const [chunk] = built[0]?.output ?? []
  if (!chunk) throw new Error('nothing was bundled')
  return chunk.code
}
