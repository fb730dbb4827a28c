/** Writes docs/reference/fidelity.md from the simulator's data: `node scripts/fidelity-reference.ts`. */
import { writeFileSync } from 'node:fs'
import { fidelityTable } from '@sluice/simulator/fidelity'

export const PAGE = new URL('../docs/reference/fidelity.md', import.meta.url)

export function fidelityReference(): string {
  const table = fidelityTable()
  const areas = [...new Set(table.map(({ area }) => area))]
  const sections = areas.map((area) => {
    const rows = table.filter((row) => row.area === area)
    const lines = rows.map(
      ({ behaviour, fidelity, note }) => `| ${[behaviour, fidelity, note].map(cell).join(' | ')} |`,
    )
    return `## ${area}\n\n| behaviour | fidelity | where it comes from |\n| --- | --- | --- |\n${lines.join('\n')}`
  })
  return `${[intro(), ...sections].join('\n\n')}\n`
}

function intro(): string {
  return `# Fidelity

What the simulator does, and how far it can be trusted to be what the platform's own sandbox does. *Confirmed*: the platform has
published it. *Inferred*: our choice; do not build on it without having tried it where you go live.

\`GET /sandbox/fidelity\` answers the same table as JSON: \`area\`, \`behaviour\`, \`fidelity\`, \`note\`. The page is written by
\`node scripts/fidelity-reference.ts\` from the data that decides what the simulator does; a test compares the two.`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

if (import.meta.main) writeFileSync(PAGE, fidelityReference())
