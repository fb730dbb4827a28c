/** Which texts a shopper reads, whatever locale was asked for and whatever the shop supplied. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { loadTexts } from '../../src/frame/keeper-texts.ts'

const SHIPPED: Record<string, Record<string, string>> = {
  'en-GB': { card: 'Card', 'form.required': 'Fill in this field' },
  'de-DE': { card: 'Karte', 'form.required': 'Füllen Sie dieses Feld aus' },
  ar: { card: 'بطاقة', 'form.required': 'املأ هذا الحقل' },
}

async function load(locale: string) {
  const texts = SHIPPED[locale]
  if (!texts) throw new Error(`no texts for ${locale}`)
  return texts
}

test('a locale that is shipped is shown as it is, with its direction', async () => {
  assert.deepEqual(await loadTexts(load, 'de-DE'), { locale: 'de-DE', dir: 'ltr', texts: SHIPPED['de-DE'] })
  assert.deepEqual(await loadTexts(load, 'ar'), { locale: 'ar', dir: 'rtl', texts: SHIPPED.ar })
})

test('a relative of a shipped locale gets its texts, any other English', async () => {
  assert.equal((await loadTexts(load, 'de-AT')).locale, 'de-DE')
  assert.equal((await loadTexts(load, 'ar-EG')).dir, 'rtl')
  assert.equal((await loadTexts(load, 'pl-PL')).locale, 'en-GB')
  assert.equal((await loadTexts(load, undefined)).locale, 'en-GB')
})

test("the shop's texts are laid over ours, the nearer tag above the wider one, whatever their case", async () => {
  const translations = { de: { card: 'Kreditkarte' }, 'DE-at': { 'form.required': 'Bitte ausfüllen' } }
  const { locale, texts } = await loadTexts(load, 'de-AT', translations)
  assert.deepEqual([locale, texts], ['de-AT', { card: 'Kreditkarte', 'form.required': 'Bitte ausfüllen' }])
})

test('a locale we do not ship may be supplied; what it lacks is English', async () => {
  const polish = { locale: 'pl-PL', dir: 'ltr', texts: { card: 'Karta', 'form.required': 'Fill in this field' } }
  assert.deepEqual(await loadTexts(load, 'pl-PL', { pl: { card: 'Karta' } }), polish)
  const hebrew = await loadTexts(load, 'he', { he: { card: 'כרטיס' } })
  assert.deepEqual([hebrew.locale, hebrew.dir, hebrew.texts.card], ['he', 'rtl', 'כרטיס'])
})

test('keys that nobody knows, and texts that are none, are ignored', async () => {
  const translations = { 'en-GB': { unknown: 'x', card: 5, constructor: 'y' } } as unknown as Record<string, never>
  assert.deepEqual((await loadTexts(load, 'en-GB', translations)).texts, SHIPPED['en-GB'])
})

test('texts that cannot be had are replaced by English; without those the keeper hears of it', async () => {
  const french = await loadTexts(load, 'fr-FR')
  assert.deepEqual([french.locale, french.texts.card], ['en-GB', 'Card'])
  await assert.rejects(
    loadTexts(() => Promise.reject(new Error('offline')), 'fr-FR'),
    /offline/,
  )
})
