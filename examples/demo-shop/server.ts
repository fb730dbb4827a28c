/**
 * The shop by itself, for a merchant of one's own: `node server.ts` (Node 24) with the environment below. `npm start` at
 * the top of the repository starts it too, with the published sandbox merchant.
 */
import { createServer } from 'node:http'
import { demoShop } from './shop.ts'

const {
  SLUICE_API = 'http://localhost:4242',
  SLUICE_FRAMES = 'http://localhost:4243',
  SLUICE_SECRET_KEY = 'sk_sbox_sluicesandboxsecretkey22222',
  SLUICE_PUBLIC_KEY = 'pk_sbox_sluicesandboxpublickey22222',
  SLUICE_CHANNEL = 'pc_sluicesandboxchannel222224',
  PORT = '4250',
} = process.env

const shop = demoShop({
  api: SLUICE_API,
  frames: SLUICE_FRAMES,
  merchant: { secretKey: SLUICE_SECRET_KEY, publicKey: SLUICE_PUBLIC_KEY, channel: SLUICE_CHANNEL },
})

createServer((request, response) => {
  // Another name that leads here is somebody else's page, trying to use the shop.
  if (request.headers.host !== `localhost:${PORT}`) return response.writeHead(421).end('Only as localhost.\n')
  shop(request, response)
}).listen(Number(PORT), '127.0.0.1', () => console.log(`Demo shop: http://localhost:${PORT}`))
