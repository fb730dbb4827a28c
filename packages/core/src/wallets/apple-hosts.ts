/**
 * Apple's own hosts for merchant validation, as published ("Setting Up Your Server"). The address of a validation comes
 * from the shopper's browser, so no other is ever asked: it would be handed the merchant's certificate.
 */
const PODS = [1, 2, 3, 4, 5].flatMap((pod) => [`nc-pod${pod}`, `pr-pod${pod}`, `nc-pod${pod}-dr`, `pr-pod${pod}-dr`])
const CHINESE_PODS = [1, 2, 3].flatMap((pod) => [`sh-pod${pod}`, `tj-pod${pod}`, `sh-pod${pod}-dr`, `tj-pod${pod}-dr`])

export const APPLE_PAY_HOSTS: readonly string[] = [
  'apple-pay-gateway.apple.com',
  ...PODS.map((pod) => `apple-pay-gateway-${pod}.apple.com`),
  'cn-apple-pay-gateway.apple.com',
  ...CHINESE_PODS.map((pod) => `cn-apple-pay-gateway-${pod}.apple.com`),
]

/** For tests with Apple's own test cards. */
export const APPLE_PAY_TEST_HOSTS: readonly string[] = [
  'apple-pay-gateway-cert.apple.com',
  'cn-apple-pay-gateway-cert.apple.com',
]

const PATHS = ['/paymentservices/startSession', '/paymentservices/paymentSession']

/** What the simulator's sheet names: in sandbox it is the simulator that is asked instead. */
export const TEST_VALIDATION_URL = 'https://apple-pay-gateway-cert.apple.com/paymentservices/startSession'

/** @param testing whether Apple's test hosts are good as well */
export function isAppleValidationUrl(url: string, testing: boolean): boolean {
  const match = /^https:\/\/([a-z0-9.-]+)(\/[A-Za-z/]*)$/.exec(url)
  if (!match) return false
  const [, host = '', path = ''] = match
  return PATHS.includes(path) && (APPLE_PAY_HOSTS.includes(host) || (testing && APPLE_PAY_TEST_HOSTS.includes(host)))
}
