/** What is asked for after a payment: captures, voids, refunds, increments, reversals, cancellations. Bodies may be absent. */
import { wireId } from '@sluice/core/ids'
import { scopeCovers } from '@sluice/core/scopes'
import {
  AcceptedReply,
  AllocationsReply,
  CaptureBody,
  IncrementBody,
  IncrementReply,
  ReferenceBody,
  RefundBody,
  ReversalReply,
  VoidBody,
} from '@sluice/core/wire/operations'
import { possibleCodes } from '@sluice/core/wire/codes'
import { RULE_CODES } from '@sluice/core/wire/rules'
import type { ProblemCode } from '@sluice/core/problems'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { Context } from '../../context.ts'
import { allocationsReply } from '../../operations/allocate.ts'
import type { OperationRequest } from '../../operations/begin-operation.ts'
import { cancelPayment } from '../../operations/cancel-payment.ts'
import { capturePayment } from '../../operations/capture-payment.ts'
import { incrementPayment } from '../../operations/increment-payment.ts'
import { once } from '../../operations/once.ts'
import { findPayment, readActions } from '../../operations/read-payment.ts'
import { refundPayment } from '../../operations/refund-payment.ts'
import { reversePayment } from '../../operations/reverse-payment.ts'
import { voidPayment } from '../../operations/void-payment.ts'
import { requires } from '../access.ts'
import { authenticatedCaller } from '../auth.ts'
import { KEYED, keyed, sendKept } from '../keyed.ts'
import { incrementReply } from '../replies.ts'
import type { Routes } from '../types.ts'
import { readBody } from '../validation.ts'
import { idParams } from './schemas.ts'

const PaymentParams = idParams('pay_…')

/** An operation whose result comes by event. */
interface Accepted {
  /** Wire ids. */
  paymentId: string
  actionId: string
  actionType?: 'Refund' | 'Void'
}

export function paymentActionRoutes(ctx: Context): Routes {
  /** Runs one operation once for its idempotency key, and answers 202. */
  async function accept<Schema extends OperationRequest<never>['schema']>(
    request: FastifyRequest,
    reply: FastifyReply,
    schema: Schema,
    operate: (wanted: OperationRequest<Static<Schema>>) => Promise<Accepted>,
  ) {
    const wanted = operationOf(request, schema)
    const answer = await once(ctx, keyed(request, wanted.body), async () => {
      const { paymentId, actionId, actionType } = await operate(wanted)
      const { reference } = wanted.body as { reference?: string }
      const accepted: AcceptedReply | ReversalReply = {
        action_id: actionId,
        ...(actionType && { action_type: actionType }),
        ...(reference !== undefined && { reference }),
        _links: { payment: { href: `${ctx.config.urls.api}/payments/${paymentId}` } },
      }
      return { status: 202, body: JSON.stringify(accepted), subject: actionId, final: true, replayed: false }
    })
    return sendKept(ctx, reply, answer)
  }

  return async (app) => {
    app.post(
      '/payments/:id/captures',
      {
        attachValidation: true,
        config: {
          access: requires('gateway:payment-captures'),
          problems: [
            ...COMMON,
            'capture_value_greater_than_authorized',
            'capture_value_greater_than_remaining_authorized',
            'payment_expired',
          ],
          bodyCodes: [...possibleCodes(CaptureBody), ...RULE_CODES.capture],
        },
        schema: described('capturePayment', 'Capture a payment, in part or in full', CaptureBody, AcceptedReply),
      },
      (request, reply) =>
        accept(request, reply, CaptureBody, async (wanted) =>
          wireIds(await capturePayment(ctx, authenticatedCaller(request), wanted)),
        ),
    )

    app.post(
      '/payments/:id/voids',
      {
        attachValidation: true,
        config: { access: requires('gateway:payment-voids'), problems: [...COMMON, 'void_amount_invalid'] },
        schema: described('voidPayment', 'Release what is held and not captured', VoidBody, AcceptedReply),
      },
      (request, reply) =>
        accept(request, reply, VoidBody, (wanted) => voidPayment(ctx, authenticatedCaller(request), wanted)),
    )

    app.post(
      '/payments/:id/refunds',
      {
        attachValidation: true,
        config: {
          access: requires('gateway:payment-refunds'),
          problems: [...COMMON, 'refund_amount_exceeds_balance'],
          bodyCodes: [...possibleCodes(RefundBody), ...RULE_CODES.refund],
        },
        schema: described(
          'refundPayment',
          'Give back what was captured, in part or in full',
          RefundBody,
          AcceptedReply,
        ),
      },
      (request, reply) =>
        accept(request, reply, RefundBody, async (wanted) =>
          wireIds(await refundPayment(ctx, authenticatedCaller(request), wanted)),
        ),
    )

    app.post(
      '/payments/:id/reversals',
      {
        attachValidation: true,
        config: {
          access: requires({ any: ['gateway:payment-voids', 'gateway:payment-refunds'] }),
          problems: COMMON,
        },
        schema: described(
          'reversePayment',
          'Undo a payment: refund what was captured, void what is only held',
          ReferenceBody,
          ReversalReply,
        ),
      },
      (request, reply) =>
        accept(request, reply, ReferenceBody, async (wanted) => {
          const caller = authenticatedCaller(request)
          const may = {
            refund: scopeCovers(caller.scopes, 'gateway:payment-refunds'),
            void: scopeCovers(caller.scopes, 'gateway:payment-voids'),
          }
          const begun = await reversePayment(ctx, caller, wanted, may)
          return { ...wireIds(begun), actionType: begun.actionType }
        }),
    )

    app.post(
      '/payments/:id/cancellations',
      {
        attachValidation: true,
        config: { access: requires('gateway:payment-cancellations'), problems: KEYED },
        schema: described(
          'cancelPayment',
          'Stop a payment that has not come to anything yet',
          ReferenceBody,
          AcceptedReply,
        ),
      },
      (request, reply) =>
        accept(request, reply, ReferenceBody, (wanted) => cancelPayment(ctx, authenticatedCaller(request), wanted)),
    )

    app.post(
      '/payments/:id/authorizations',
      {
        attachValidation: true,
        config: { access: requires('gateway:payment-authorizations'), problems: [...COMMON, 'payment_expired'] },
        schema: {
          ...described('incrementPayment', 'Hold more than was authorized', IncrementBody, AcceptedReply),
          response: { 201: IncrementReply, 202: AcceptedReply },
        },
      },
      async (request, reply) => {
        const wanted = operationOf(request, IncrementBody)
        const answer = await once(ctx, keyed(request, wanted.body), async () => {
          const { payment, action } = await incrementPayment(ctx, authenticatedCaller(request), wanted)
          const known = action.state === 'succeeded' || action.state === 'failed'
          const told = incrementReply(ctx, payment, action)
          const { action_id, reference, _links } = told
          const body = known ? told : { action_id, ...(reference !== undefined && { reference }), _links }
          const status = known ? 201 : 202
          return { status, body: JSON.stringify(body), subject: action_id, final: known, replayed: false }
        })
        return sendKept(ctx, reply, answer)
      },
    )

    app.get(
      '/payments/:id/allocations',
      {
        config: { access: requires({ any: ['gateway:payment-details', 'payment-sessions'] }) },
        schema: {
          operationId: 'getPaymentAllocations',
          summary: 'Get what each sub-entity is owed',
          tags: ['Payments'],
          params: PaymentParams,
          response: { 200: AllocationsReply },
        },
      },
      async (request) => {
        const caller = authenticatedCaller(request)
        const payment = await findPayment(ctx, caller, request.params.id)
        return allocationsReply(payment, await readActions(ctx, caller, payment))
      },
    )
  }
}

const COMMON: readonly ProblemCode[] = [...KEYED, 'payment_method_not_supported', 'payment_actions_exceeded']

function described<Body extends TSchema, Reply extends TSchema>(
  operationId: string,
  summary: string,
  body: Body,
  reply: Reply,
) {
  return { operationId, summary, tags: ['Payments'], params: PaymentParams, body, response: { 202: reply } }
}

function operationOf<Schema extends OperationRequest<never>['schema']>(
  request: FastifyRequest,
  schema: Schema,
): OperationRequest<Static<Schema>> {
  const { value, problems } = readBody(request, schema)
  const { key, endpoint } = keyed(request, undefined)
  const { id: paymentId } = request.params as { id: string }
  return { paymentId, schema, body: value, problems, key, endpoint }
}

function wireIds({ payment, actionId }: { payment: { id: string }; actionId: string }): Accepted {
  return { paymentId: wireId('payment', payment.id), actionId: wireId('action', actionId) }
}
