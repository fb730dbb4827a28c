/** Figures for Prometheus. Each app has its own registry, so that several can run in one process. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  /** `route` is the template (`/payment-sessions/:id`), never the path; `seconds` from first byte to the answer's last. */
  countRequest(method: string, route: string, status: number, seconds: number): void
}

/** What the pool of database connections says about itself. */
export interface PoolFigures {
  totalCount: number
  idleCount: number
  waitingCount: number
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12]

export function openMetrics(pool: PoolFigures | undefined): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'sluice_' })
  const durations = new Histogram({
    name: 'sluice_http_request_duration_seconds',
    help: 'Time to answer a request, by route template and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  })
  if (pool) reportPool(registry, pool)
  return {
    registry,
    countRequest(method, route, status, seconds) {
      durations.observe({ method, route, status: String(status) }, seconds)
    },
  }
}

function reportPool(registry: Registry, pool: PoolFigures) {
  new Gauge({
    name: 'sluice_database_connections',
    help: 'Connections of the pool by what they are doing; `waiting` are requests without one.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'waiting' }, pool.waitingCount)
    },
  })
}
