/** Paying with the keyboard alone, from the top of the page: no test here touches a mouse, or puts the focus anywhere. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Frame, Page } from 'playwright-core'
import { openPage } from '../support/browser.ts'
import { moveFocus, settled } from '../support/focus.ts'
import { openShop } from '../support/shop.ts'
import { type Json, SANDBOX_ENTITY, startSluice } from '../support/sluice.ts'
import { issuerFrame } from './visit.ts'

test('with the keyboard alone', async (t) => {
  const sluice = await startSluice(t)
  await openPage(t)

  /** A page with a link before and after the form, and the focus at its very top. */
  async function open(each: Pick<TestContext, 'after'>, members: Record<string, Json> = {}) {
    const session = await sluice.requestSession(members)
    const body = '<p><a id="after" href="/success">Terms</a></p>'
    const shop = await openShop(each, sluice, { session, body })
    await shop.start()
    await shop.waitFor('onReady')
    return { ...shop, session }
  }

  await t.test(
    'a shopper finds every field in order, pays with Enter, and always sees where the focus is',
    async (each) => {
      const { page, waitFor, session } = await open(each)
      const stops: string[] = []
      const step = async () => {
        await moveFocus(page, 'Tab', focused)
        stops.push(await focused(page))
        assert.equal(await isFocusVisible(page), true, `the focus can be seen: ${stops.join(', ')}`)
      }

      await step()
      await step()
      await page.keyboard.type('Ada Lovelace')
      await step()
      await page.keyboard.type('4242424242424242')
      await step()
      await page.keyboard.type('1232')
      await step()
      await page.keyboard.type('100')
      await step()
      await step()
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Enter')
      const [, , payment] = await waitFor('onPaymentCompleted')

      assert.deepEqual(stops, [
        'radio Card',
        'cardholder-name',
        'card-number',
        'card-expiry-date',
        'card-cvv',
        'button Pay £10.00',
        'link Terms',
      ])
      assert.equal((await sluice.payment(payment.id)).approved, true)
      assert.equal(
        await settled(() => focused(page), 'button Paid'),
        'button Paid',
        'the focus is where the shopper left it',
      )
      assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.payment_id, payment.id)
    },
  )

  await t.test('Enter in a field pays too, and a second Enter does not pay again', async (each) => {
    const { page, waitFor, heard } = await open(each)
    const before = await authorizations()

    for (const text of ['', 'Ada Lovelace', '4242424242424242', '1232', '100']) {
      await moveFocus(page, 'Tab', focused)
      if (text) await page.keyboard.type(text)
    }
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await waitFor('onPaymentCompleted')

    assert.equal(heard.filter(([name]) => name === 'onSubmit').length, 1)
    assert.equal((await authorizations()) - before, 1)
  })

  await t.test('Pay on an empty form takes the focus to the first field that misses something', async (each) => {
    const { page, waitFor } = await open(each)
    for (let press = 0; press < 6; press++) await moveFocus(page, 'Tab', focused)
    assert.equal(await settled(() => focused(page), 'button Pay £10.00'), 'button Pay £10.00')

    await page.keyboard.press('Enter')
    const [, , error] = await waitFor('onError')

    assert.equal(error.code, 'component_invalid')
    assert.equal(await settled(() => focused(page), 'cardholder-name'), 'cardholder-name')
    assert.equal(await isFocusVisible(page), true)
    const described = await describedFocus(page)
    assert.deepEqual(described, { invalid: 'true', description: 'Fill in this field' })

    await page.keyboard.type('Ada Lovelace')
    await moveFocus(page, 'Tab', focused)
    await page.keyboard.type('4242424242424241')
    await page.keyboard.press('Enter')
    assert.equal(await settled(() => focused(page), 'card-number'), 'card-number')
    assert.deepEqual(await describedFocus(page), { invalid: 'true', description: 'Enter the full card number' })
  })

  await t.test('the brand of a co-badged card is chosen with arrows, and consent is given with Space', async (each) => {
    const { page, waitFor, session } = await open(each, {
      customer: { email: 'ada@example.com' },
      payment_method_configuration: { card: { store_payment_details: 'collect_consent' } },
    })
    for (const text of ['', 'Ada Lovelace', '4010061700000021', '1232', '100']) {
      await moveFocus(page, 'Tab', focused)
      if (text) await page.keyboard.type(text)
    }
    await waitFor('onCardBinChanged')
    await page.getByRole('radio', { name: 'Cartes Bancaires' }).waitFor()

    await moveFocus(page, 'Tab', focused)
    assert.equal(await settled(() => focused(page), 'radio Visa'), 'radio Visa')
    await page.keyboard.press('ArrowRight')
    assert.equal(await settled(() => focused(page), 'radio Cartes Bancaires'), 'radio Cartes Bancaires')
    assert.equal(await page.getByRole('radio', { name: 'Cartes Bancaires' }).isChecked(), true)
    await moveFocus(page, 'Tab', focused)
    assert.equal(
      await settled(() => focused(page), 'checkbox Save this card for next time'),
      'checkbox Save this card for next time',
    )
    await page.keyboard.press('Space')
    assert.equal(await page.getByRole('checkbox').isChecked(), true)
    await moveFocus(page, 'Tab', focused)
    await page.keyboard.press('Enter')
    const [, , payment] = await waitFor('onPaymentCompleted')

    assert.match((await sluice.payment(payment.id)).source.id, /^src_/)
    assert.equal((await sluice.get(`/payment-sessions/${session.id}`)).body.status, 'Approved')
  })

  await t.test('the page of the bank takes the focus, keeps it, and gives it back', async (each) => {
    const { page, waitFor } = await open(each, { '3ds': { enabled: true } })
    for (const text of ['', 'Ada Lovelace', '4242424242424242', '1232', '100']) {
      await moveFocus(page, 'Tab', focused)
      if (text) await page.keyboard.type(text)
    }
    await moveFocus(page, 'Tab', focused)
    await page.keyboard.press('Enter')
    await issuerFrame(page)
    assert.equal(await settled(() => focused(page), 'heading Confirm with your bank'), 'heading Confirm with your bank')

    await moveFocus(page, 'Tab', focused)
    assert.equal(await settled(() => focused(page), 'button Cancel and go back'), 'button Cancel and go back')
    await page.keyboard.press('Enter')
    await waitFor('onError')

    assert.equal(await settled(() => focused(page), 'button Pay £10.00'), 'button Pay £10.00')
  })

  async function authorizations(): Promise<number> {
    return (await sluice.ledger(SANDBOX_ENTITY)).filter(({ kind }) => kind === 'authorization').length
  }

  await sluice.assertSound()
})

/** What has the focus: the test id of a field, or role and name of an element of the page. */
async function focused(page: Page): Promise<string> {
  const frame = await focusedFrame(page)
  return await frame.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    if (!(element instanceof HTMLElement)) return 'nothing'
    if (element.dataset['testid']) return element.dataset['testid']
    const roles: Record<string, string> = { A: 'link', BUTTON: 'button', H2: 'heading', BODY: 'page', DIALOG: 'dialog' }
    const role = element instanceof HTMLInputElement ? element.type : (roles[element.tagName] ?? element.tagName)
    const text = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element.textContent
    return `${role} ${role === 'page' ? '' : (text ?? '').replaceAll(/\s+/g, ' ').trim()}`.trim()
  })
}

/** The innermost document that has the focus: the last frame, in the order of nesting, that says so. */
async function focusedFrame(page: Page): Promise<Frame> {
  for (const frame of page.frames().reverse()) {
    if (await frame.evaluate(() => document.hasFocus()).catch(() => false)) return frame
  }
  return page.mainFrame()
}

async function isFocusVisible(page: Page): Promise<boolean> {
  const frame = await focusedFrame(page)
  return await frame.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    if (!element) return false
    // The ring may be drawn by the element, the box around it, or one laid over that.
    const near = [element, element.parentElement, element.parentElement?.parentElement]
    for (const each of near.filter((one) => one instanceof Element)) {
      for (const layer of [undefined, '::before', '::after']) {
        const { outlineStyle, outlineWidth } = getComputedStyle(each, layer)
        if (outlineStyle !== 'none' && outlineWidth !== '0px') return true
      }
    }
    return false
  })
}

async function describedFocus(page: Page): Promise<{ invalid: string | null; description: string }> {
  const frame = await focusedFrame(page)
  return await frame.evaluate(() => {
    const element = document.activeElement as HTMLElement
    const ids = (element.getAttribute('aria-describedby') ?? '').split(' ')
    const texts = ids.map((id) => document.getElementById(id)).filter((each) => each?.className === 'error')
    return {
      invalid: element.getAttribute('aria-invalid'),
      description: texts.map((each) => each?.textContent).join(' '),
    }
  })
}
