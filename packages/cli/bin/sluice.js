#!/usr/bin/env node
// The first lines of every command: plain JavaScript for whatever Node (20 or newer) is there. They install what is
// missing, find a Node that runs TypeScript, and hand over. What they say goes to stderr: stdout is the command's.
import { enterWorkspace } from './front-door.js'

await enterWorkspace(new URL('../src/main.ts', import.meta.url), process.argv.slice(2))
