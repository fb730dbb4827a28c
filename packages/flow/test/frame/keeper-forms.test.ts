/** What a keeper does with the cards typed into its forms: real forms, and a lookup whose answers the test holds. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createCardForm } from '../../src/frame/card-form.ts'
import { keepForms } from '../../src/frame/keeper-forms.ts'
import { withChoices } from '../../src/frame/keeper-seal.ts'
import type { HttpAnswer } from '../../src/frame/server-calls.ts'
import type { CardFormOptions, FromKeeper } from '../../src/common/messages.ts'

const OPTIONS: CardFormOptions = { fields: ['number', 'expiry', 'cvv'] }

function keep() {
  const told: FromKeeper[] = []
  const waiting: { bin: string; answer: (heard: HttpAnswer | undefined) => Promise<void> }[] = []
  const lookUp = (bin: string) =>
    new Promise<HttpAnswer | undefined>((resolve) => {
      const answer = async (heard: HttpAnswer | undefined) => {
        resolve(heard)
        await new Promise((settled) => setImmediate(settled))
      }
      waiting.push({ bin, answer })
    })
  const forms = keepForms(createCardForm, lookUp, (message) => told.push(message))
  forms.receive({ type: 'open-form', form: 'f', options: OPTIONS })
  const type = (number: string) => forms.find('f')?.edit('number', number, number.length)
  const bins = () => told.flatMap((message) => (message.type === 'bin' ? [message.metadata] : []))
  return { forms, told, waiting, type, bins }
}

const found = (bin: string): HttpAnswer => ({ status: 200, body: { bin, scheme: 'visa', card_type: 'credit' } })

test('eight digits are looked up once, and the form and the page learn of them', async () => {
  const { type, waiting, bins, forms } = keep()
  type('4242424')
  assert.equal(waiting.length, 0)
  type('42424242')
  type('424242424')
  assert.deepEqual(
    waiting.map(({ bin }) => bin),
    ['42424242'],
  )
  await waiting[0]?.answer(found('42424242'))
  assert.deepEqual(bins(), [{ bin: '42424242', scheme: 'visa', card_type: 'credit' }])
  assert.equal(forms.metadata('f')?.card_type, 'credit')
})

test('the digits that stand there win over an answer that comes late', async () => {
  const { type, waiting, bins } = keep()
  type('42424242')
  type('54360310')
  await waiting[1]?.answer(found('54360310'))
  await waiting[0]?.answer(found('42424242'))
  assert.deepEqual(
    bins().map(({ bin }) => bin),
    ['54360310'],
  )
})

test('a lookup that fails says what the digits say, and is made again next time; one that was made is remembered', async () => {
  const { type, waiting, bins } = keep()
  type('42424242')
  await waiting[0]?.answer(undefined)
  assert.deepEqual(bins(), [{ bin: '42424242', scheme: 'visa' }])
  type('4242')
  type('42424242')
  await waiting[1]?.answer(found('42424242'))
  type('')
  type('42424242')
  await new Promise((settled) => setImmediate(settled))
  assert.equal(waiting.length, 2)
  assert.equal(bins().length, 3)
})

test('a form that was left forgets the card; opened anew with the same options it is the same form', () => {
  const { forms, type, told } = keep()
  type('4242424242424242')
  const form = forms.find('f')
  forms.receive({ type: 'close-form', form: 'f', forget: 'card' })
  forms.receive({ type: 'open-form', form: 'f', options: { ...OPTIONS } })
  assert.equal(forms.find('f'), form)
  assert.equal(form?.state().empty, true)
  const last = told.at(-1)
  assert.equal(last?.type === 'form' && last.state.empty, true)

  forms.receive({ type: 'open-form', form: 'f', options: { fields: ['cvv'] } })
  assert.notEqual(forms.find('f'), form)
  forms.receive({ type: 'close-form', form: 'f', forget: 'all' })
  assert.equal(forms.find('f'), undefined)
})

test("only a brand that the card carries is sealed as the shopper's choice", () => {
  const card = { number: '4010061700000021', expiry_month: 12, expiry_year: 2030 }
  const state = { valid: true, empty: false, scheme: 'visa', localSchemes: ['cartes_bancaires'] }
  const payment = { method: 'card', displayed: { amount: 1, currency: 'EUR' } }
  const chosen = (preferredScheme: string) => withChoices(card, state, { ...payment, preferredScheme, store: true })
  assert.deepEqual(chosen('cartes_bancaires'), { ...card, preferred_scheme: 'cartes_bancaires', store: true })
  assert.deepEqual(chosen('mastercard'), { ...card, store: true })
  assert.deepEqual(withChoices(card, state, payment), card)
})
