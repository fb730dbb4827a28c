/** How, and whether, the shopper is to be authenticated. */
import { Type } from 'typebox'
import { flag, oneOf } from './values.ts'

export const ThreeDs = Type.Object(
  {
    enabled: Type.Optional(flag('Authenticate this payment with 3D Secure. Default: false.')),
    attempt_n3d: Type.Optional(
      flag('Go on without 3D Secure when the card is not enrolled, or could not be authenticated. Default: false.'),
    ),
    challenge_indicator: Type.Optional(
      oneOf(
        ['no_preference', 'no_challenge_requested', 'challenge_requested', 'challenge_requested_mandate'],
        'Whether the issuer should challenge the shopper. Default: `no_preference`.',
      ),
    ),
    exemption: Type.Optional(
      oneOf(
        [
          'none',
          'low_value',
          'trusted_listing',
          'trusted_listing_prompt',
          'transaction_risk_assessment',
          '3ds_outage',
          'sca_delegation',
          'out_of_sca_scope',
          'low_risk_program',
          'recurring_operation',
          'data_share',
          'secure_corporate_payment',
          'other',
        ],
        'Exemption from strong customer authentication to ask for.',
      ),
    ),
    allow_upgrade: Type.Optional(
      flag('Authenticate after a decline that asks for it (response code 20154). Default: true.'),
    ),
  },
  { description: '3D Secure settings.' },
)
