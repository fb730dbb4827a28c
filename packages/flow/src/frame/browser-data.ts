/** What the shopper's browser says of itself, for 3-D Secure (EMV 3DS 2.2, table A.1), and what else this document was told. */
import type { BrowserData } from '@sluice/sealing/payload'
import { metaContent } from './connect.ts'

/** The depths that EMV 3DS knows; a screen of another depth counts as the next lower. */
const COLOR_DEPTHS = [48, 32, 24, 16, 15, 8, 4, 1]

const LONGEST_USER_AGENT = 2048
const LONGEST_LANGUAGE = 35

export function browserData(): BrowserData {
  const { width, height, colorDepth } = window.screen
  const ticket = metaContent('sluice-ticket')
  return {
    user_agent: navigator.userAgent.slice(0, LONGEST_USER_AGENT),
    language: navigator.language.slice(0, LONGEST_LANGUAGE),
    java_enabled: false,
    javascript_enabled: true,
    color_depth: COLOR_DEPTHS.find((depth) => depth <= colorDepth) ?? 1,
    screen_height: Math.round(height),
    screen_width: Math.round(width),
    timezone_offset: new Date(performance.timeOrigin).getTimezoneOffset(),
    ...(ticket && { ticket }),
  }
}
