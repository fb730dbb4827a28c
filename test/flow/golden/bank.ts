/** The page of the simulator's bank. */
import type { FrameLocator, Page } from 'playwright-core'

/** As an overlay shows it: waits until the shopper can press something on it. */
export async function bankFrame(page: Page): Promise<FrameLocator> {
  const bank = page.frameLocator('iframe[name^="challenge__"]').frameLocator('iframe')
  await bank.locator('form.choices').waitFor()
  return bank
}
