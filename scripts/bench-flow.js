// `npm run bench:flow`: what a card payment loads in a browser, and how soon its form is ready.
import { enterWorkspace } from '../packages/cli/bin/front-door.js'

await enterWorkspace(new URL('../bench/flow.ts', import.meta.url), process.argv.slice(2))
