/** Payments: read by a merchant's server. */
import { PaymentActionsReply, PaymentReply } from '@sluice/core/wire/replies'
import type { Context } from '../../context.ts'
import { findPayment, readActions } from '../../operations/read-payment.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { paymentActionsReply, paymentReply } from '../replies.ts'
import type { Routes } from '../types.ts'
import { idParams } from './schemas.ts'

const ACCESS = requires({ any: ['gateway:payment-details', 'payment-sessions'] })
const PaymentParams = idParams('pay_…')

export function paymentRoutes(ctx: Context): Routes {
  return async (app) => {
    app.get(
      '/payments/:id',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getPayment',
          summary: 'Get a payment',
          description: 'By `pay_…`, by the `sid_…` its shopper came back with, or by the `ps_…` of its session.',
          tags: ['Payments'],
          params: PaymentParams,
          response: { 200: PaymentReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        const payment = await findPayment(ctx, caller, request.params.id)
        const bySid = request.params.id.startsWith('sid_')
        return paymentReply(ctx, payment, bySid ? await readActions(ctx, caller, payment) : undefined)
      },
    )

    app.get(
      '/payments/:id/actions',
      {
        config: { access: ACCESS },
        schema: {
          operationId: 'getPaymentActions',
          summary: 'Get what happened to a payment, latest first',
          tags: ['Payments'],
          params: PaymentParams,
          response: { 200: PaymentActionsReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        const payment = await findPayment(ctx, caller, request.params.id)
        return paymentActionsReply(payment, await readActions(ctx, caller, payment))
      },
    )
  }
}
