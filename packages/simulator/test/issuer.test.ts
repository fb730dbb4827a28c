import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isApproval, responseSummary } from '@sluice/core/response-codes'
import { brandOf } from '../src/issuer/brands.ts'
import { TEST_CARDS } from '../src/issuer/cards.ts'
import { ADDRESS_ANSWERS } from '../src/issuer/checks.ts'
import { decide, type Plan } from '../src/issuer/decide.ts'
import { LIST_RULES } from '../src/issuer/risk.ts'
import { parseSwitches } from '@sluice/core/switches'
import type { Answer, PaymentRequest } from '../src/wire.ts'

const AT = new Date('2026-11-22T12:00:00Z')

type Wish = Omit<Partial<PaymentRequest>, 'card'> & { number?: string; card?: Partial<PaymentRequest['card']> }

function plan({ number = '4242424242424242', card, ...wish }: Wish = {}, words = ''): Plan {
  const request: PaymentRequest = {
    merchant: 'ent_m',
    amount: 1000,
    currency: 'GBP',
    card: { number, expiry_month: 12, expiry_year: 2030, cvv: '100', ...card },
    ...wish,
  }
  const parsed = parseSwitches(words)
  assert.ok('switches' in parsed, words)
  return decide(request, 'key', AT, parsed.switches)
}

function codeOf(answer: Answer | undefined): string {
  return answer && 'code' in answer ? answer.code : (answer?.outcome ?? 'nothing')
}

const with3ds = (number: string, more: object = {}) => plan({ number, three_ds: { enabled: true, ...more } })

test('every test card answers with the code of its row', () => {
  for (const { number, code } of TEST_CARDS) assert.equal(codeOf(plan({ number }).first), code, number)
})

test('every code of the table is one we can name, and every card is of a known brand', () => {
  for (const { number, code } of TEST_CARDS) {
    assert.ok(responseSummary(code), number)
    assert.notEqual(brandOf(number).scheme, 'UNKNOWN', number)
  }
  assert.equal(new Set(TEST_CARDS.map(({ number }) => number)).size, TEST_CARDS.length)
})

test('4242 4242 4242 4242 is short of funds for exactly 101', () => {
  assert.equal(codeOf(plan({ amount: 101 }).first), '20051')
  assert.equal(codeOf(plan({ amount: 102 }).first), '10000')
})

test('a card that is not in the table approves when it could be a card, else it is no account', () => {
  for (const number of ['4012888888881881', '5555555555554444', '371449635398431', '6200000000000005']) {
    assert.equal(codeOf(plan({ number }).first), '10000', number)
  }
  for (const number of ['4242424242424241', '42424242', '9999999999999995']) {
    assert.equal(codeOf(plan({ number }).first), '20014', number)
  }
})

test('an expiry date in the past is declined, the month itself is still good', () => {
  assert.equal(codeOf(plan({ card: { expiry_month: 10, expiry_year: 2026 } }).first), '20054')
  assert.equal(codeOf(plan({ card: { expiry_month: '10', expiry_year: '26' } }).first), '20054')
  assert.equal(codeOf(plan({ card: { expiry_month: 11, expiry_year: 2026 } }).first), '10000')
  assert.equal(codeOf(plan({ number: '4532446037926437', card: { expiry_year: 2020 } }).first), '20054')
})

test('an amount of nothing verifies the card, and the verification cards say what they stand for', () => {
  assert.equal(codeOf(plan({ amount: 0 }).first), '10000')
  assert.equal(codeOf(plan({ amount: 0, number: '4644968546281686' }).first), '20012')
  assert.equal(codeOf(plan({ amount: 500, number: '5355229757805879' }).first), '20051')
  assert.equal(codeOf(plan({ amount: 0, number: '4394666298116207' }).first), '20061')
})

test('the amount rule acts only when it is asked for', () => {
  assert.equal(codeOf(plan({ amount: 1005 }).first), '10000')
  for (const [amount, code] of [
    [1005, '20005'],
    [1012, '20012'],
    [1014, '20014'],
    [1051, '20051'],
    [1052, '10000'],
  ] as const) {
    assert.equal(codeOf(plan({ amount }, 'amounts').first), code)
  }
})

test('part of the amount is approved only when the merchant takes part of it', () => {
  const number = '5518207720770101'
  assert.equal(codeOf(plan({ number }).first), '10000')
  const { first } = plan({ number, partial_authorization: true })
  assert.deepEqual([codeOf(first), first.outcome === 'approved' && first.amount], ['10010', 500])
  const { first: forced } = plan({}, 'partial:300')
  assert.deepEqual([codeOf(forced), forced.outcome === 'approved' && forced.amount], ['10010', 300])
})

test('the first address line chooses the address check, the row of the card the CVV check', () => {
  for (const { line, answer } of ADDRESS_ANSWERS) {
    assert.equal(plan({ billing: { address: { address_line1: line } } }).first.checks?.avs, answer)
  }
  assert.equal(ADDRESS_ANSWERS.length, 22)
  assert.equal(plan({ billing: { address: { address_line1: '1 High Street' } } }).first.checks?.avs, 'S')
  assert.equal(plan().first.checks?.cvv, 'Y')
  assert.equal(plan({ number: '4734868958733862' }).first.checks?.cvv, 'N')
  assert.equal(plan({ card: { cvv: '' }, payment_type: 'MOTO' }).first.checks?.cvv, 'X')
})

test('the holder CODE 20051 is declined 20051; other names mean nothing', () => {
  assert.equal(codeOf(plan({ card: { name: 'Code 20051' } }).first), '20051')
  assert.equal(codeOf(plan({ card: { name: 'CODE 99999' } }).first), '10000')
  assert.equal(codeOf(plan({}, 'code:30043').first), '30043')
})

test('a hard decline comes with the advice not to try again', () => {
  const { first } = plan({ number: '4539253655711767' })
  assert.ok(first.outcome === 'declined' && first.advice === 'do_not_retry')
})

test('frictionless authentication decides at once', () => {
  for (const [number, code, response, eci] of [
    ['4485040371536584', '10000', 'Y', '05'],
    ['5588686116426417', '10000', 'Y', '02'],
    ['4539628347117863', '20151', 'N', '07'],
    ['4024007186645015', '20153', 'U', undefined],
    ['4556574722325580', '10000', 'A', '06'],
    ['5558468902774508', '10000', 'A', '01'],
    ['4275765574319271', '20151', 'R', '07'],
  ] as const) {
    const { first } = with3ds(number)
    assert.equal(codeOf(first), code, number)
    assert.equal(first.three_ds?.['authentication_response'], response, number)
    assert.equal(first.three_ds?.['eci'], eci, number)
    assert.equal(first.three_ds?.['challenged'], false)
  }
  const { first } = with3ds('4485040371536584')
  assert.match(String(first.three_ds?.['cryptogram']), /^[A-Za-z0-9+/]{27}=$/)
  assert.match(String(first.three_ds?.['xid']), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(first.eci, '05')
})

test('a card that cannot be authenticated is declined, or goes without when the merchant attempts it', () => {
  for (const [number, code] of [
    ['4484070000035519', '20150'],
    ['3530111333300000', '20150'],
    ['4532432452900131', '20150'],
    ['4452927588210665', '20153'],
    ['4024007186645015', '20153'],
  ] as const) {
    assert.equal(codeOf(with3ds(number).first), code, number)
    const { first } = with3ds(number, { attempt_n3d: true })
    assert.equal(codeOf(first), '10000', number)
    assert.equal(first.three_ds?.['downgraded'], true)
    assert.equal(first.eci, '07')
  }
  assert.equal(codeOf(with3ds('4485899805156040', { attempt_n3d: true }).first), '200R1')
})

test('a challenge ends as the card says when the shopper approves, and in 20151 when he fails', () => {
  for (const [number, code] of [
    ['4242424242424242', '10000'],
    ['5385308360135181', '10000'],
    ['4152868552773614', '10000'],
    ['375982239796002', '20151'],
    ['4243754271700719', '20151'],
    ['4539467987109256', '20005'],
  ] as const) {
    const { first, approved, failed, later } = with3ds(number)
    assert.equal(first.outcome, 'action', number)
    assert.equal(codeOf(approved), code, number)
    assert.equal(codeOf(failed), '20151', number)
    assert.deepEqual([later?.afterS, codeOf(later?.to)], [900, '20152'])
  }
  assert.equal(with3ds('4152868552773614').approved?.eci, '06')
})

test('the merchant may ask for a challenge, for none, or for an exemption', () => {
  assert.equal(with3ds('4242424242424242', { challenge_indicator: 'no_challenge_requested' }).first.outcome, 'approved')
  assert.equal(
    with3ds('4485040371536584', { challenge_indicator: 'challenge_requested_mandate' }).first.outcome,
    'action',
  )
  const { first } = with3ds('4242424242424242', { exemption: 'low_value' })
  assert.equal(first.three_ds?.['exemption_applied'], 'low_value')
})

test('a payment by mail or telephone is never authenticated', () => {
  assert.equal(plan({ payment_type: 'MOTO', three_ds: { enabled: true } }).first.outcome, 'approved')
})

test('an issuer that asks for authentication is satisfied by it, also when it comes as an upgrade', () => {
  const number = '4500622868341387'
  assert.equal(codeOf(plan({ number }).first), '20154')
  assert.equal(codeOf(with3ds(number).approved), '10000')
  const upgraded = plan({ number, three_ds: { enabled: false, allow_upgrade: true } })
  assert.equal(upgraded.first.outcome, 'action')
  assert.equal(upgraded.approved?.three_ds?.['upgrade_reason'], 'soft_decline')
})

test('the risk lists decline and flag, unless the merchant switches them off', () => {
  for (const [wish, code] of [
    [{ number: '4000000000000002' }, '40201'],
    [{ ip: '203.0.113.66' }, '40202'],
    [{ customer: { email: 'Blocked@shop.example' } }, '40203'],
    [{ customer: { phone: { number: '555 000 0666' } } }, '40204'],
    [{ number: '4000660000000000' }, '40205'],
  ] as const) {
    const { first } = plan(wish)
    assert.equal(codeOf(first), code)
    assert.deepEqual(first.risk, { flagged: true, score: 100 })
    assert.notEqual(codeOf(plan({ ...wish, risk: { enabled: false } }).first), code)
  }
  assert.deepEqual(plan({ customer: { email: 'risky@shop.example' } }).first.risk, { flagged: true, score: 70 })
  assert.deepEqual(plan().first.risk, { flagged: false, score: 0 })
  assert.equal(new Set(LIST_RULES.map(({ code }) => code)).size, LIST_RULES.length)
})

test('a co-badged card is processed by the scheme the merchant prefers, if it is on the card', () => {
  const schemeOf = (preferred_scheme: string) =>
    plan({ number: '4010061700000021', details: { processing: { preferred_scheme } } }).first.processing?.['scheme']
  assert.equal(schemeOf('cartes_bancaires'), 'CARTES_BANCAIRES')
  assert.equal(schemeOf('mastercard'), 'VISA')
})

test('methods without a card: a page, an app that answers by itself, and a refusal of what is not played', () => {
  const ideal = plan({ method: 'ideal', currency: 'EUR' })
  assert.ok(ideal.first.outcome === 'action' && ideal.first.purpose === 'redirect')
  assert.equal(codeOf(ideal.approved), '10000')
  const mbway = (number: string) => plan({ method: 'mbway', details: { phone: { number } } })
  assert.equal(mbway('912345678').first.outcome, 'pending')
  assert.deepEqual([mbway('912345678').later?.afterS, codeOf(mbway('912345678').later?.to)], [2, '10000'])
  assert.equal(codeOf(mbway('912345670').later?.to), '20005')
  assert.equal(codeOf(mbway('912345671').later?.to), '20019')
  assert.equal(codeOf(plan({ method: 'barter' }).first), '20103')
})

test('a switch that means nothing is refused by name', () => {
  for (const [words, unknown] of [
    ['slow', 'slow'],
    ['slow:fast', 'slow:fast'],
    ['timeout:5', 'timeout:5'],
    ['pending explode', 'explode'],
    ['repaint.timeout', 'repaint.timeout'],
    ['constructor', 'constructor'],
  ] as const) {
    assert.deepEqual(parseSwitches(words), { unknown })
  }
  assert.deepEqual(parseSwitches('slow:20, capture.timeout refund.code:20005'), {
    switches: { 'authorize.slow': '20', 'capture.timeout': '', 'refund.code': '20005' },
  })
})

test('what is approved carries the facts of an approval, what is declined does not', () => {
  const { first } = plan()
  assert.ok(isApproval(codeOf(first)))
  assert.match(String(first.auth_code), /^\d{6}$/)
  assert.equal(first.card?.['issuer_country'], 'GB')
  assert.equal(plan({ number: '4544249167673670' }).first.auth_code, undefined)
})
