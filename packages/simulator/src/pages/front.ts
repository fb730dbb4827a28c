/** For who opens the bank's address to see what is there. */
import { html, page } from './html.ts'

export function frontPage(): string {
  return page(
    'en-GB',
    'Sluice Simulator Bank',
    html`<main class="statement">
<p class="bank">Sluice Simulator Bank</p>
<h1>What can be seen here</h1>
<p>A merchant's statement shows what the bank was told of each payment, and what it booked. Its address cannot be guessed:
<code>GET /sandbox/bank</code> of Sluice answers it.</p>
<p><code>/ledger?merchant=ent_…</code> is the bank's own record of money, in JSON.</p>
</main>`,
  )
}
