/** On the frames origin, for its own keeper: what Apple Pay asks of a server, and in sandbox the sheets of the simulator. */
import { ApproveBody, ValidateBody } from '@sluice/core/wallets/wire'
import { Type } from 'typebox'
import type { Context } from '../../context.ts'
import { approveInSheet, testCards, validateMerchant } from '../../operations/wallets.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import type { Routes } from '../types.ts'

const ACCESS = { access: requires('payment-sessions:pay', { publicKey: 'instead-of-secret' }) } as const
const WalletParams = Type.Object({ wallet: Type.Union([Type.Literal('applepay'), Type.Literal('googlepay')]) })
/** A request of a page, and a merchant session. */
const BODY_BYTES = 32 * 1024

export function walletRoutes(ctx: Context): Routes {
  return async (app) => {
    app.post(
      '/frame/wallets/applepay/validate',
      { config: ACCESS, bodyLimit: BODY_BYTES, schema: { body: ValidateBody } },
      (request) => {
        const { validation_url: validationUrl, recipient, domain } = request.body
        return validateMerchant(ctx, authenticatedCaller(request), { validationUrl, recipient, domain })
      },
    )

    if (ctx.config.mode !== 'sandbox') return
    app.get('/frame/wallets/cards', { config: ACCESS }, () => testCards(ctx))

    app.post(
      '/frame/wallets/:wallet/approve',
      { config: ACCESS, bodyLimit: BODY_BYTES, schema: { params: WalletParams, body: ApproveBody } },
      (request) => {
        const { card, address, request: asked, merchant_session: merchantSession } = request.body
        return approveInSheet(ctx, request.params.wallet, { card, address, request: asked, merchantSession })
      },
    )
  }
}
