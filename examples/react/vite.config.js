import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { shop } from '../html/server.js'

process.env.VITE_SLUICE_API ??= process.env.SLUICE_API ?? 'http://localhost:4242'

/** The shop's server, beside Vite's: the secret key never reaches the page. */
const shopServer = {
  name: 'shop-server',
  configureServer(server) {
    server.middlewares.use(shop)
  },
}

export default defineConfig({
  plugins: [react(), shopServer],
  server: { port: Number(process.env.PORT ?? 4252), strictPort: true },
})
