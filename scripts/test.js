// `npm test`: plain JavaScript for Node 20, whose own runner would find no .ts file and call that a success.
import { enterWorkspace } from '../packages/cli/bin/front-door.js'

await enterWorkspace(new URL('./run-tests.ts', import.meta.url), process.argv.slice(2))
