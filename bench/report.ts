/** The figures of a run, as a table and as JSON. */
import { cpus, loadavg, release, totalmem } from 'node:os'

/** Rates are per second, medians where there are rounds; times as their names say; `*_vs_*` are ratios of the medians. */
export interface Report {
  create_per_s: number
  create_p50_ms: number
  create_p99_ms: number
  bare_create_per_s: number
  ceiling_create_per_s: number
  create_vs_bare: number
  create_vs_ceiling: number
  read_per_s: number
  submit_per_s: number
  rss_mb: number
  events_published_per_s: number
  webhooks_delivered_per_s: number
  webhook_p50_ms: number
  webhook_p99_ms: number
  outage_noticed_s: number
  outage_drained_s: number
  ready_cold_ms: number
  ready_warm_ms: number
  /** What `sluice verify` said at the end. */
  verified: string
  machine: Machine
}

interface Machine {
  cpu: string
  cores: number
  memory_gb: number
  system: string
  node: string
  /** Of the minute before the run: well under 1 on a machine that does nothing else. */
  load_average: number
}

type Figure = Exclude<keyof Report, 'verified' | 'machine'>

const FIGURES: Record<Figure, string> = {
  create_per_s: 'sessions created per second',
  create_p50_ms: 'latency of a create, median, ms',
  create_p99_ms: 'latency of a create, 99th percentile, ms',
  bare_create_per_s: 'bare handler, one insert a request, per second',
  ceiling_create_per_s: 'bare handler that coalesces its inserts, per second',
  create_vs_bare: 'Sluice, as a share of the bare handler',
  create_vs_ceiling: 'Sluice, as a share of the coalescing handler',
  read_per_s: 'sessions read per second',
  submit_per_s: 'payments submitted per second',
  rss_mb: 'memory after all that, MB',
  events_published_per_s: 'events published per second, of a burst',
  webhooks_delivered_per_s: 'webhooks delivered per second, of the same burst',
  webhook_p50_ms: 'change to delivery under a steady load, median, ms',
  webhook_p99_ms: 'change to delivery under a steady load, 99th percentile, ms',
  outage_noticed_s: 'until a receiver that is back gets its first delivery, s',
  outage_drained_s: 'until it has all that has piled up, s',
  ready_cold_ms: 'start to ready with an empty data folder, ms',
  ready_warm_ms: 'start to ready with data, ms',
}

export function machineFacts(): Machine {
  const processors = cpus()
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    load_average: loadavg()[0] as number,
  }
}

export function table(report: Report): string {
  const rows = (Object.keys(FIGURES) as Figure[]).map((name) => [name, shown(report[name]), FIGURES[name]] as const)
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const { cpu, cores, memory_gb, system, node, load_average } = report.machine
  return [
    ...rows.map(([name, figure, about]) => `${name.padEnd(width(0))}  ${figure.padStart(width(1))}  ${about}`),
    '',
    `${cores} × ${cpu}, ${memory_gb} GB, ${system}, Node ${node}, load average before the run ${load_average.toFixed(2)}`,
    `sluice verify: ${report.verified}`,
  ].join('\n')
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle) - 1] as number)) / 2
}

function shown(figure: number): string {
  return figure < 10 ? figure.toFixed(2) : String(Math.round(figure))
}
