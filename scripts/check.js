// `npm run check`: everything about the source that can be known without running it.
import { enterWorkspace } from '../packages/cli/bin/front-door.js'

await enterWorkspace(new URL('./run-checks.ts', import.meta.url), process.argv.slice(2))
