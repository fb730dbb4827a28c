// `npm run bench`: what Sluice does on this machine, beside handlers that do as little as can be done.
import { enterWorkspace } from '../packages/cli/bin/front-door.js'

await enterWorkspace(new URL('../bench/main.ts', import.meta.url), process.argv.slice(2))
