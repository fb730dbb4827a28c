/** How Sluice speaks for a merchant at the simulated bank, which knows a merchant by the first key it was shown for him. */
import type { Vault } from '../../vault/vault.ts'

/**
 * The headers of a message about the merchant.
 * @param merchant wire id of the entity
 */
export function speakingFor(vault: Pick<Vault, 'mac'>, merchant: string): { authorization: string } {
  return { authorization: `Bearer ${vault.mac('simulated-bank', merchant).toString('base64url')}` }
}
