/** Looking at the focus while it moves: between frames the browser hands it over a moment later. */
import type { Page } from 'playwright-core'

const LOOKS = 100
const PAUSE_MS = 50

/** Presses a key that moves the focus, and waits until it has moved and stays. `focused` says where it is. */
export async function moveFocus(
  page: Page,
  key: 'Tab' | 'Shift+Tab',
  focused: (page: Page) => Promise<string>,
): Promise<void> {
  const before = await focused(page)
  await page.keyboard.press(key)
  let last = before
  for (let looks = 0; looks < LOOKS; looks++) {
    await page.waitForTimeout(PAUSE_MS)
    const now = await focused(page)
    if (now !== before && now === last) return
    last = now
  }
}

/** What `look` answers once it answers what is wanted, or after a while: compare it with what is wanted. */
export async function settled(look: () => Promise<string>, wanted: string): Promise<string> {
  for (let looks = 0; looks < LOOKS; looks++) {
    if ((await look()) === wanted) return wanted
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return await look()
}
