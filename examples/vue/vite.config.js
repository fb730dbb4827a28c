import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { answerShop } from '../html/server.js'

process.env.VITE_SLUICE_API ??= process.env.SLUICE_API ?? 'http://localhost:4242'

/** The shop's server, beside Vite's: the secret key never reaches the page. */
const shop = {
  name: 'shop',
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      answerShop(request, response).then((answered) => answered || next(), next)
    })
  },
}

export default defineConfig({
  plugins: [vue(), shop],
  server: { port: Number(process.env.PORT ?? 4253), strictPort: true },
})
