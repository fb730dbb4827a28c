/**
 * Members that Sluice itself does not read: they must reach the bank, the bank's statement and the payment as they were
 * sent, whichever request sent them. The list of fields says which they are: every row that names the test below.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { uuidOf } from '@sluice/core/ids'
import { PaymentReply } from '@sluice/core/wire/payment-reply'
import { makeSessionlessData } from '@sluice/sealing/make'
import { CARDS } from '../support/cards.ts'
import { type Json, SANDBOX_ENTITY, SESSION_BODY, startSluice } from '../support/sluice.ts'
import { filled, type Letter, SCHEMAS } from './filled.ts'
import { toldOnStatement } from './statement.ts'

const THIS = 'what only travels reaches the bank, its statement and the payment, whichever request sent it'

/** The rows of the list that name this test: dotted path, and the letters of the requests that take it. */
const ROWS = readFileSync(new URL('../../docs/reference/fields.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `') && line.endsWith(`| ${THIS} |`))
  .map((line) => {
    const [field = '', on = ''] = line.slice(2, -2).split(' | ')
    const path = field.replaceAll('`', '').replace(/\.\*$/, '').split('.')
    return { path, on: ['C', 'S', 'K'].filter((letter) => on.includes(letter)) as Letter[] }
  })

/** The top-level members of those rows that a request takes. */
function membersOf(letter: Letter): string[] {
  const names = ROWS.filter(({ on }) => on.includes(letter)).map(({ path }) => path[0] as string)
  return [...new Set(names)].filter((name) => SCHEMAS[letter].properties?.[name])
}

test('what only travels reaches the bank, its statement and the payment, whichever request sent it', async (t) => {
  assert.ok(ROWS.length > 70, `only ${ROWS.length} rows name this test`)
  const sluice = await startSluice(t)

  const bodyOf = (letter: Letter) =>
    Object.fromEntries(membersOf(letter).map((name) => [name, filled(letter, name)])) as Json
  const sent: Record<Letter, Json> = { C: bodyOf('C'), S: bodyOf('S'), K: bodyOf('K') }

  const session = await sluice.requestSession({ ...sent.C, customer_retry: { max_attempts: 3 } })
  // The first attempt is declined, so that a second one can show that it got the overrides and not the session's own.
  const created = await sluice.submit(session, CARDS.declined)
  const submitted = await sluice.submit(session, CARDS.approved, sent.S)
  const session_data = await makeSessionlessData({
    framesUrl: sluice.urls.frames,
    entityId: SANDBOX_ENTITY,
    card: CARDS.approved,
  })
  const completed = await sluice.post('/payment-sessions/complete', { ...SESSION_BODY, ...sent.K, session_data })

  for (const [letter, answer] of [
    ['C', created],
    ['S', submitted],
    ['K', completed],
  ] as const) {
    assert.equal(answer.status, 201, answer.text)
    const payment = await sluice.payment(answer.body.id)
    const { rows } = await sluice.ctx.store.db.query<{ exchange: Json }>({
      name: 'exchange_of_payment',
      text: `select exchange from processor_calls where payment_id = $1 and kind = 'authorize'`,
      values: [uuidOf('payment', answer.body.id)],
    })
    const asked = rows[0]?.exchange.request.body
    const statement = await sluice.get((await sluice.get('/sandbox/bank')).body.statement_url)
    const shown = toldOnStatement(statement.text, answer.body.id)

    for (const { path, on } of ROWS.filter((row) => row.on.includes(letter))) {
      const field = `${path.join('.')} sent on ${letter}`
      const value = valueAt(sent[letter], path)
      assert.ok(on.length > 0 && value !== undefined, `${field}: nothing was sent`)
      assertHolds(valueAt(bankMember(asked, path), path), value, `${field}: in the bank’s request`)
      assertHolds(valueAt(bankMember(shown, path), path), value, `${field}: on the statement`)
      if (isEchoed(path)) assertHolds(valueAt(payment, path), value, `${field}: in the payment`)
    }
  }
})

/** The bank has its own names for a few members, and one drawer for what it does not read. */
function bankMember(told: Json, path: readonly string[]): Json {
  const name = path[0] as string
  const own: Record<string, string> = { ip_address: 'ip' }
  const member = own[name] ?? name
  return { [name]: told[member] ?? told.details[member] }
}

/** Answers of the bank and ids of ours may stand beside what was sent. */
function assertHolds(found: Json, value: Json, message: string): void {
  const isObject = typeof value === 'object' && !Array.isArray(value)
  if (isObject) assert.partialDeepStrictEqual(found, value, message)
  else assert.deepEqual(found, value, message)
}

/** `payment_ip`, `risk` and `3ds` of a payment are what came of a request's members, not an echo of them. */
function isEchoed([name]: readonly string[]): boolean {
  return name !== 'risk' && Object.hasOwn(PaymentReply.properties, name as string)
}

function valueAt(value: Json, path: readonly string[]): Json {
  const [name, ...deeper] = path
  if (name === undefined || value === undefined) return value
  return Array.isArray(value) ? value.map((one) => valueAt(one, path)) : valueAt(value[name], deeper)
}
